//! What the node's disk has before anybody touches it: an Ubuntu 18.04 of HDInsight 5.1 with Kafka, as far as our own steps
//! and curious people look. Contents only; making them is `rootfs`'s work.

use super::rootfs::{Owner, ROOT, Root};
use super::ssh::Host;
use super::tools::{self, WORD};
use super::{Options, kafka_home};
use std::io;
use std::path::{Path, PathBuf};

const SSH_USER: Owner = (1000, 1000);
const KAFKA: Owner = (1010, 1009);

/// Scripts and copies of the sandbox's own.
pub const OWN: &str = "/usr/lib/hdikafka-sandbox";

/// Directories of the node; everything else is the host's, to be read.
const DIRECTORIES: [&str; 18] = [
    "/etc/kafka",
    "/etc/systemd",
    "/etc/sudoers.d",
    "/etc/profile.d",
    "/home/sshuser",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/srv",
    "/tmp",
    "/usr/hdp",
    OWN,
    "/usr/local",
    "/var/lib",
    "/var/log",
    "/var/mail",
    "/var/tmp",
];

/// Made by a setup, not there before.
const LATER: [&str; 2] = ["/etc/hdikafka", "/usr/lib/hdikafka"];

const FILES: [&str; 14] = [
    "/etc/bash.bashrc",
    "/etc/environment",
    "/etc/group",
    "/etc/gshadow",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/lsb-release",
    "/etc/motd",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/profile",
    "/etc/resolv.conf",
    "/etc/shadow",
];

/// Tools that may lie in any of these on the host; the node has them in the first only.
const PROGRAM_DIRECTORIES: [&str; 4] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/// Every guest path that lives in the scratch directory.
pub fn prefixes(options: &Options) -> Vec<String> {
    let mut all: Vec<String> = DIRECTORIES
        .iter()
        .chain(&LATER)
        .chain(&FILES)
        .map(|&p| p.to_owned())
        .collect();
    all.push("/etc/sudoers".to_owned());
    for tool in tool_names(options) {
        for directory in PROGRAM_DIRECTORIES {
            // Where one is a link to the other, one prefix stands for both.
            if directory == "/usr/bin" || !Path::new(directory).is_symlink() {
                all.push(format!("{directory}/{tool}"));
            }
        }
    }
    all
}

/// The programs that can be taken away.
pub fn tool_names(options: &Options) -> Vec<String> {
    let own = tools::NAMES.iter().copied().chain(["java", "date"]);
    let own = own.map(str::to_owned);
    let mut all: Vec<String> = own.chain(options.hideable.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}

pub fn lay_out(root: &Root, options: &Options) -> io::Result<()> {
    for directory in DIRECTORIES {
        root.directory(directory, 0o755, ROOT)?;
    }
    for (directory, mode, owner) in [
        ("/tmp", 0o1777, ROOT),
        ("/var/tmp", 0o1777, ROOT),
        ("/root", 0o700, ROOT),
        ("/etc/sudoers.d", 0o750, ROOT),
        ("/etc/systemd/system", 0o755, ROOT),
        ("/run/hdikafka-sandbox", 0o755, ROOT),
        ("/run/lock", 0o1777, ROOT),
        ("/var/lib/kafka", 0o755, KAFKA),
        ("/var/log/kafka", 0o755, KAFKA),
        ("/home/sshuser", 0o755, SSH_USER),
        ("/home/sshuser/.ssh", 0o700, SSH_USER),
    ] {
        root.directory(directory, mode, owner)?;
    }
    system_files(root, options)?;
    let program = program(root, &options.program)?;
    programs(root, options, &program)?;
    kafka(root, options, &program)?;
    let keys: String = options
        .authorized_keys
        .iter()
        .map(|key| format!("{key}\n"))
        .collect();
    root.file("/home/sshuser/.ssh/authorized_keys", keys, 0o600, SSH_USER)?;
    for file in &options.files {
        root.file(&file.path, &file.contents, file.mode, file.owner)?;
    }
    Ok(())
}

fn system_files(root: &Root, options: &Options) -> io::Result<()> {
    let shell = super::accounts::shell();
    let passwd = format!(
        "root:x:0:0:root:/root:{shell}\n\
         daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
         sshd:x:110:65534::/run/sshd:/usr/sbin/nologin\n\
         sshuser:x:1000:1000::/home/sshuser:{shell}\n\
         hdfs:x:1008:1009:Hadoop HDFS:/var/lib/hadoop-hdfs:/bin/false\n\
         kafka:x:1010:1009:Kafka:/var/lib/kafka:/bin/false\n\
         nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    );
    let group = "root:x:0:\ndaemon:x:1:\nadm:x:4:\ntty:x:5:\nsudo:x:27:sshuser\nshadow:x:42:\nsshuser:x:1000:\n\
                 hadoop:x:1009:\nkafka:x:1011:kafka\nnogroup:x:65534:\n";
    let release = "NAME=\"Ubuntu\"\nVERSION=\"18.04.6 LTS (Bionic Beaver)\"\nID=ubuntu\nID_LIKE=debian\n\
                   PRETTY_NAME=\"Ubuntu 18.04.6 LTS\"\nVERSION_ID=\"18.04\"\nVERSION_CODENAME=bionic\n\
                   UBUNTU_CODENAME=bionic\n";
    let motd = "This is a rehearsal: an imitation of an HDInsight edge node inside of hdikafka. Nothing here is Azure.\n";
    let profile = "PS1='\\u@\\h:\\w\\$ '\nexport PS1\nif [ -n \"$SSH_TTY\" ] && [ -r /etc/motd ]; then cat /etc/motd; fi\n";
    let lsb = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=18.04\nDISTRIB_CODENAME=bionic\n\
               DISTRIB_DESCRIPTION=\"Ubuntu 18.04.6 LTS\"\n";
    let resolver =
        "# The rehearsal asks no name server: /etc/hosts has all names that there are.\n";
    let no_environment = "PATH=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n";
    for (path, text, mode) in [
        ("/etc/passwd", passwd.as_str(), 0o644),
        ("/etc/group", group, 0o644),
        (
            "/etc/shadow",
            "root:*:18885:0:99999:7:::\nsshuser:*:18885:0:99999:7:::\n",
            0o640,
        ),
        ("/etc/gshadow", "", 0o640),
        ("/etc/os-release", release, 0o644),
        ("/etc/lsb-release", lsb, 0o644),
        ("/etc/hostname", &format!("{}\n", options.host_name), 0o644),
        ("/etc/hosts", &hosts(options), 0o644),
        (
            "/etc/nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
            0o644,
        ),
        ("/etc/resolv.conf", resolver, 0o644),
        ("/etc/environment", no_environment, 0o644),
        ("/etc/motd", motd, 0o644),
        ("/etc/profile", profile, 0o644),
        ("/etc/bash.bashrc", "PS1='\\u@\\h:\\w\\$ '\n", 0o644),
        (
            "/etc/sudoers",
            "root ALL=(ALL:ALL) ALL\n#includedir /etc/sudoers.d\n",
            0o440,
        ),
        (
            "/etc/sudoers.d/90-hdinsight",
            "sshuser ALL=(ALL) NOPASSWD:ALL\n",
            0o440,
        ),
    ] {
        root.file(path, text, mode, ROOT)?;
    }
    Ok(())
}

/// The node's own name, and those of the other machines.
pub fn hosts(options: &Options) -> String {
    let lines = options
        .hosts
        .iter()
        .map(|Host { address, names }| format!("{address} {}\n", names.join(" ")));
    let own = format!(
        "127.0.0.1 localhost\n{} {}\n",
        options.listen.ip(),
        options.host_name
    );
    std::iter::once(own).chain(lines).collect()
}

/// The guest path of this program. What lies below a directory of the node is not seen there and gets a place.
fn program(root: &Root, host: &Path) -> io::Result<String> {
    let real = host.canonicalize()?;
    let text = real.to_string_lossy().into_owned();
    let is_hidden = DIRECTORIES.iter().any(|directory| {
        let directory = Path::new(directory);
        real.starts_with(directory) || directory.canonicalize().is_ok_and(|d| real.starts_with(d))
    });
    // The first line of a script has room for 255 bytes and no quotes.
    if !is_hidden && text.len() < 200 && !text.contains(char::is_whitespace) {
        return Ok(text);
    }
    let guest = format!("{OWN}/hdikafka");
    root.program(&guest, &real)?;
    Ok(guest)
}

fn programs(root: &Root, options: &Options, program: &str) -> io::Result<()> {
    for name in tools::NAMES.iter().copied().chain(["sftp-server"]) {
        let place = match name {
            "sftp-server" => format!("{OWN}/sftp-server"),
            _ => format!("/usr/bin/{name}"),
        };
        let mode = if name == "sudo" { 0o4755 } else { 0o755 };
        let text = format!("#!{program} {WORD}\n# The sandbox's own {name}.\n");
        root.file(&place, text, mode, ROOT)?;
    }
    root.file("/usr/bin/java", JAVA, 0o755, ROOT)?;
    for name in options.hideable.iter().map(String::as_str).chain(["date"]) {
        if let Some(host) = on_host(name) {
            root.program(&format!("/usr/bin/{name}"), &host)?;
        }
    }
    Ok(())
}

pub fn on_host(name: &str) -> Option<PathBuf> {
    let places = PROGRAM_DIRECTORIES
        .iter()
        .map(|directory| Path::new(directory).join(name));
    places.into_iter().find(|path| path.is_file())
}

/// A program called `date` that is wrong by so many seconds; the host's lies under [`OWN`].
pub fn skewed_date(seconds: i64) -> String {
    format!(
        "#!/bin/sh\n# A clock that is wrong.\nnow=$({OWN}/bin/date +%s) || exit\n\
         exec {OWN}/bin/date -d \"@$((now + {seconds}))\" \"$@\"\n"
    )
}

/// What the workers' REST ports need to ask for a password.
const REST_LOGIN: &str = "connect-basic-auth-extension-3.2.0.jar";

fn kafka(root: &Root, options: &Options, program: &str) -> io::Result<()> {
    let version = &options.hdp_version;
    let home = kafka_home(version);
    let settings = format!("/etc/kafka/{version}/0");
    root.directory(&format!("{home}/libs"), 0o755, ROOT)?;
    root.directory(&format!("{home}/bin"), 0o755, ROOT)?;
    root.file(
        &format!("{settings}/connect-standalone.properties"),
        include_str!("../../../templates/sandbox/connect-standalone.properties"),
        0o644,
        ROOT,
    )?;
    root.link(&format!("{home}/conf"), &settings)?;
    root.link(&format!("{home}/config"), "conf")?;
    root.link(&format!("{home}/logs"), "/var/log/kafka")?;
    root.link("/usr/hdp/current/kafka-broker", &home)?;
    // The directory of a zip file without entries.
    let empty_zip = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    for jar in ["kafka_2.12-3.2.0.jar", REST_LOGIN] {
        let place = format!("{home}/libs/{jar}");
        root.file(&place, &empty_zip, 0o644, ROOT)?;
    }
    let words = "The jars are empty archives: they are here for their names, which tell Kafka's version and what Connect\n\
                 has. The rehearsal's broker and worker are parts of hdikafka and need no jar.\n";
    root.file(&format!("{home}/libs/README"), words, 0o644, ROOT)?;
    root.file(
        &format!("{home}/bin/connect-standalone.sh"),
        worker_script(options, program),
        0o755,
        ROOT,
    )?;
    for (name, instead) in [
        ("kafka-topics.sh", "hdikafka topics list"),
        ("kafka-console-producer.sh", "hdikafka send"),
        ("kafka-console-consumer.sh", "hdikafka tail"),
        ("kafka-consumer-groups.sh", "hdikafka connector status"),
        ("kafka-configs.sh", "hdikafka topics describe"),
        ("connect-distributed.sh", "hdikafka setup"),
    ] {
        let text = format!(
            "#!/bin/sh\necho '{name}: the rehearsal has no JVM; use `{instead}` on your own machine instead' >&2\nexit 1\n"
        );
        root.file(&format!("{home}/bin/{name}"), text, 0o755, ROOT)?;
    }
    Ok(())
}

/// Becomes the worker in place, as Kafka's own script becomes java: systemd watches this process.
fn worker_script(options: &Options, program: &str) -> String {
    let quote = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
    let home = kafka_home(&options.hdp_version);
    // libs on the class path, after what the caller has there
    let mut text = format!(
        "#!/bin/sh\nexport CLASSPATH=\"${{CLASSPATH:+$CLASSPATH:}}\"{}\n",
        quote(&format!("{home}/libs/*"))
    );
    for (name, value) in &options.worker_environment {
        text += &format!("export {name}={}\n", quote(value));
    }
    let words = match &options.worker {
        Some(words) => words.clone(),
        None => [
            program,
            "sandbox",
            "tool",
            "worker",
            "org.apache.kafka.connect.cli.ConnectStandalone",
        ]
        .map(str::to_owned)
        .to_vec(),
    };
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    text + &format!("exec {} \"$@\"\n", words.join(" "))
}

const JAVA: &str = "#!/bin/sh
case $1 in
-version)
    cat >&2 <<'END'
openjdk version \"1.8.0_345\"
OpenJDK Runtime Environment (Zulu 8.64.0.15-CA-linux64) (build 1.8.0_345-b01)
OpenJDK 64-Bit Server VM (Zulu 8.64.0.15-CA-linux64) (build 25.345-b01, mixed mode)
END
    ;;
*)
    echo 'java: this is a rehearsal without a JVM; it answers -version only' >&2
    exit 1
    ;;
esac
";
