//! The binary that is shipped, on the oldest system that it is meant for: an edge node's Ubuntu 18.04.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::lab::dns::Dns;
use crate::lab::host::{self, Output};
use crate::lab::net::{self, Host};
use crate::lab::{Lab, Parts, parts, servers};
use crate::runner::{Case, Outcome};
use crate::transcript;

/// The newest version of glibc's symbols that Ubuntu 18.04 has.
const GLIBC: (u32, u32) = (2, 27);

pub fn cases() -> Vec<Case> {
    vec![
        Case::own(
            "the_release_needs_no_newer_glibc",
            Parts::NONE,
            no_newer_glibc,
        )
        .unless(no_release),
        Case::own(
            "the_release_survives_a_wish_for_backtraces",
            Parts::NONE,
            no_backtraces,
        )
        .unless(no_release),
        Case::own("the_release_on_ubuntu_18_04", Parts::AMBARI, || {
            let lab = Lab::up(Parts::AMBARI)?;
            on_ubuntu_18_04(&lab).inspect_err(|_| lab.note_logs())?;
            lab.down()
        })
        .unless(|| no_release().or_else(no_bionic)),
    ]
}

fn no_release() -> Option<String> {
    (!parts::is_release())
        .then(|| "HDIKAFKA_BIN does not name a binary of scripts/release.sh".to_owned())
}

fn no_bionic() -> Option<String> {
    parts::bionic().err().map(|error| format!("{error:#}"))
}

fn no_newer_glibc() -> Outcome {
    let binary = parts::binary();
    let headers = readelf("--program-headers", &binary)?;
    let is_static = !headers.contains("INTERP") && !headers.contains("DYNAMIC");
    let newest = newest_glibc(&readelf("--version-info", &binary)?);
    ensure!(
        newest.is_none_or(|version| version <= GLIBC) && (is_static || newest.is_some()),
        "{} is not static and asks for glibc {newest:?}, which Ubuntu 18.04 does not have",
        binary.display()
    );
    // What finds nothing in every binary proves nothing: any program of this machine asks for some version.
    let other = Path::new("/bin/sh").canonicalize()?;
    let found = newest_glibc(&readelf("--version-info", &other)?);
    ensure!(found.is_some(), "no GLIBC symbol in {}", other.display());
    transcript::say(format!("the release: static {is_static}, glibc {newest:?}"));
    Ok(())
}

/// It has no tables for unwinding: whoever walks the stack all the same is ended by an abort.
fn no_backtraces() -> Outcome {
    let home = tempfile::tempdir()?;
    for (args, code) in [
        (
            &[
                "topics",
                "list",
                "--brokers",
                "127.0.0.1:1",
                "--via",
                "direct",
            ][..],
            8,
        ),
        (&["hosts"], 2),
        (&["sandbox", "demo"], 0),
    ] {
        let ended = std::process::Command::new(parts::binary())
            .args(args)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .env("RUST_BACKTRACE", "full")
            .env("RUST_LIB_BACKTRACE", "1")
            .current_dir(home.path())
            .output()?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(
            ended.status.code() == Some(code),
            "{args:?}: {}\n{said}",
            ended.status
        );
        ensure!(!said.contains("backtrace"), "{args:?}: {said}");
    }
    Ok(())
}

fn readelf(what: &str, file: &Path) -> Result<String> {
    let mut command = Command::new("readelf");
    command.args([what, "--wide"]).arg(file);
    Ok(host::run_quietly("readelf", command, b"")?.ok()?.stdout)
}

fn newest_glibc(versions: &str) -> Option<(u32, u32)> {
    let numbers = versions.split("GLIBC_").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit());
        let mut parts = rest[..end.unwrap_or(rest.len())].split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    numbers.max()
}

/// It starts there, and finds Ambari by /etc/hosts and by DNS, whatever else that system's programs would ask: a static
/// glibc that loads such a module of an older one dies.
fn on_ubuntu_18_04(lab: &Lab) -> Outcome {
    let old = Old::install(lab)?;
    let version = old.run("/lib/x86_64-linux-gnu/libc.so.6", &[])?.ok()?;
    ensure!(version.stdout.contains("2.27"), "{}", version.stdout);
    let version = old.hdikafka(&["--version"])?.ok()?;
    ensure!(
        version.stdout.starts_with("hdikafka "),
        "{}",
        version.stdout
    );

    let dns = Dns::serve(lab.net(), net::GATEWAY, net::gateway_address())?;
    let known = format!(
        "127.0.0.1 localhost\n{} {}\n",
        net::gateway_address(),
        net::GATEWAY
    );
    for sources in [
        "files dns",
        "files mdns4_minimal [NOTFOUND=return] dns myhostname",
        "mdns4_minimal [NOTFOUND=return] files dns",
        "files resolve [!UNAVAIL=return] dns",
        "compat dns",
    ] {
        old.write(
            "etc/nsswitch.conf",
            &format!("passwd: compat systemd\nhosts: {sources}\n"),
        )?;
        for (how, hosts) in [("hosts", known.as_str()), ("DNS", "127.0.0.1 localhost\n")] {
            old.write("etc/hosts", hosts)?;
            let asked = dns.asked();
            let output = old.hdikafka(&["hosts", "-o", "json"])?.ok();
            let output = output.with_context(|| format!("by {how}, with {sources:?}"))?;
            ensure!(output.stdout.contains("wn2-kafka"), "{}", output.stdout);
            ensure!(
                (dns.asked() > asked) == (how == "DNS"),
                "by {how}, with {sources:?}"
            );
        }
    }
    // The same root, asked by a program of its own: the server and the files are such that anybody finds the name.
    old.write("etc/nsswitch.conf", "hosts: files dns\n")?;
    let found = old.run("/usr/bin/getent", &["hosts", net::GATEWAY])?.ok()?;
    ensure!(found.stdout.contains(net::GATEWAY), "{}", found.stdout);
    // And a name that nobody knows is an error in words.
    old.write(
        "etc/nsswitch.conf",
        "hosts: mdns4_minimal [NOTFOUND=return] dns\n",
    )?;
    let unknown = ["hosts", "--gateway", "https://nowhere.example"];
    let output = old.hdikafka(&unknown)?.code_is(8)?;
    ensure!(
        output
            .stderr
            .contains("cannot reach https://nowhere.example"),
        "{}",
        output.stderr
    );
    Ok(())
}

/// A root with the C library of Ubuntu 18.04, on the operator's laptop.
struct Old<'a> {
    lab: &'a Lab,
    root: PathBuf,
}

impl Old<'_> {
    fn install(lab: &Lab) -> Result<Old<'_>> {
        let root = lab.dir().join("bionic");
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(parts::bionic()?).arg(&root);
        host::run("cp the old root", copy, b"")?.ok()?;
        let old = Old { lab, root };
        fs::copy(parts::binary(), old.root.join("usr/local/bin/hdikafka"))?;
        fs::copy(lab.servers()?.ca_file(), old.root.join("root/ca.pem"))?;
        old.write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")?;
        old.write("root/password", servers::AMBARI_PASSWORD)?;
        let nameserver = Host::Head.address();
        old.write(
            "etc/resolv.conf",
            &format!("nameserver {nameserver}\noptions timeout:2 attempts:1\n"),
        )?;
        Ok(old)
    }

    fn write(&self, path: &str, text: &str) -> Outcome {
        fs::write(self.root.join(path), text).with_context(|| format!("writing {path}"))
    }

    /// Without $HOME, so that the user has to be looked up, too.
    fn run(&self, program: &str, args: &[&str]) -> Result<Output> {
        let mut command = self.lab.net().command(Host::Operator, "chroot");
        command
            .arg(&self.root)
            .arg(program)
            .args(args)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        host::run(
            &format!("18.04# {program} {}", args.join(" ")),
            command,
            b"",
        )
    }

    fn hdikafka(&self, args: &[&str]) -> Result<Output> {
        let settings = [
            "--cluster",
            net::CLUSTER,
            "--ca-file",
            "/root/ca.pem",
            "--ambari-password-file",
            "/root/password",
        ];
        let all = match args {
            ["--version"] => args.to_vec(),
            _ => [args, &settings].concat(),
        };
        self.run("/usr/local/bin/hdikafka", &all)
    }
}
