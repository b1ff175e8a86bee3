//! What our facts program and curious people see of the node.

use super::stage::{PASSWORD, Say, Stage, sh, words};
use hdikafka::edge::{Remote, Status, Stdin};
use hdikafka::facts::edge::{self, Question};
use hdikafka::sandbox::edge::Sudo;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::Instant;

const QUESTION: Question = Question {
    kafka_home: "/usr/hdp/current/kafka-broker",
    run_user: None,
    source_port: 8083,
    sink_port: 8084,
};

#[test]
fn our_own_facts_of_a_fresh_node() {
    let started = Instant::now();
    let stage = Stage::new();
    println!("the node was up after {:?}", started.elapsed());
    let ssh = stage.connect();
    let started = Instant::now();
    let facts = edge::ask(&ssh, &QUESTION).unwrap();
    println!("the facts took {:?}", started.elapsed());
    assert_eq!(facts.host, "edge-sandbox");
    assert_eq!(facts.os, "Ubuntu 18.04.6 LTS");
    assert_eq!(facts.init, "systemd");
    assert_eq!(facts.systemd_version, Some(237));
    assert_eq!(facts.user, "sshuser");
    assert_eq!(
        facts.kafka_real_home.as_deref(),
        Some("/usr/hdp/5.1.4.8/kafka")
    );
    assert_eq!(facts.kafka_version.as_deref(), Some("3.2.0"));
    assert!(facts.has_connect);
    assert_eq!(facts.java_path.as_deref(), Some("/usr/bin/java"));
    assert_eq!(facts.java_version.as_deref(), Some("1.8.0_345"));
    assert!(facts.existing_users.contains("kafka"));
    assert!(facts.lacks.is_empty(), "{:?}", facts.lacks);
    assert!(facts.servers.is_empty(), "{:?}", facts.servers);
    assert!(facts.workers.is_empty(), "{:?}", facts.workers);
    assert_eq!(facts.disks.len(), 5, "{:?}", facts.disks);
    assert!(facts.ports.is_empty());
    assert!(
        facts
            .units
            .values()
            .all(|unit| !unit.loaded && unit.active == "inactive")
    );
    let worker = "/usr/hdp/current/kafka-broker/config/connect-standalone.properties";
    assert!(
        facts
            .contents(worker)
            .unwrap()
            .contains("offset.flush.interval.ms=10000")
    );
    assert_eq!(facts.paths[worker].owner, "root");
}

#[test]
fn curious_fingers() {
    let stage = Stage::new();
    let ssh = stage.connect();
    assert!(ssh.say("java -version 2>&1").contains("1.8.0_345"));
    let topics = ssh.try_sh("/usr/hdp/current/kafka-broker/bin/kafka-topics.sh --list");
    assert_eq!(topics.status, Status::Code(1));
    assert!(words(&topics).contains("hdikafka topics list"));
    assert!(
        ssh.say("cat /usr/hdp/current/kafka-broker/libs/README")
            .contains("empty archive")
    );
    assert_eq!(ssh.say("id -gn kafka; id -u kafka"), "hadoop\n1010\n");
    assert_eq!(
        ssh.say("hostname 2>/dev/null || uname -n"),
        "edge-sandbox\n"
    );
    assert!(ssh.say("ps ax 2>/dev/null || echo no ps").lines().count() < 20);
    // The host is read, not changed.
    assert!(!ssh.try_sh("sudo -n touch /usr/share/x").success());
    assert_eq!(ssh.say("echo hello > /tmp/x; cat /tmp/x"), "hello\n");
    assert!(
        stage
            .node
            .scratch()
            .host_path("/tmp/x")
            .starts_with(stage.dir.path())
    );
}

/// A place below a directory that the node has of its own: there the program is put into the node.
#[test]
fn what_is_done_to_the_program_of_the_node_does_not_reach_the_hosts() {
    let outside = tempfile::tempdir_in("/tmp").unwrap();
    let program = outside.path().join("hdikafka");
    fs::copy(env!("CARGO_BIN_EXE_hdikafka"), &program).unwrap();
    let look = || {
        let file = fs::metadata(&program).unwrap();
        (file.nlink(), file.mode(), file.mtime(), file.len())
    };
    let before = look();
    let stage = Stage::with(|options| options.program.clone_from(&program));
    let ssh = stage.connect();
    let inside = "/usr/lib/hdikafka-sandbox/hdikafka";
    assert_eq!(
        ssh.say(&format!("stat -c '%h %a %U' {inside}")),
        "1 755 root\n"
    );
    ssh.say(&format!(
        "sudo sh -c 'touch -d @981158400 {inside} && chmod 600 {inside}'"
    ));
    assert_eq!(
        ssh.say(&format!("stat -c '%a %Y' {inside}")),
        "600 981158400\n"
    );
    assert_eq!(look(), before);
}

#[test]
fn sudo_as_it_is_on_a_node() {
    let stage = Stage::new();
    let ssh = stage.connect();
    assert_eq!(ssh.say("sudo -n -- id -u"), "0\n");
    assert_eq!(
        ssh.say("sudo -n sh -c 'echo $SUDO_USER $SUDO_UID $USER $LOGNAME'"),
        "sshuser 1000 root root\n"
    );
    assert_eq!(
        ssh.say("sudo -u kafka id -un; sudo -u kafka id -Gn"),
        "kafka\nhadoop kafka\n"
    );
    assert_eq!(
        ssh.say("FOO=1 LC_ALL=C sudo env | grep -c -e ^FOO= -e ^LC_ALL=C"),
        "1\n"
    );
    assert_eq!(ssh.say("sudo FOO=2 printenv FOO"), "2\n");
    assert_eq!(ssh.say("echo x | sudo sh -c 'cat; umask'"), "x\n0022\n");
    assert_eq!(
        ssh.say("sudo -i pwd; sudo -s 'id -u'; sudo -H sh -c 'echo $HOME'"),
        "/root\n0\n/root\n"
    );
    assert_eq!(ssh.try_sh("sudo -n sh -c 'exit 7'").status, Status::Code(7));
    assert_eq!(
        ssh.try_sh("sudo -n sh -c 'kill -TERM $$'").status,
        Status::Code(143)
    );
    assert!(
        words(&ssh.try_sh("sudo no-such-program"))
            .contains("sudo: no-such-program: command not found")
    );
    assert!(words(&ssh.try_sh("sudo -u nobody-here id")).contains("unknown user: nobody-here"));
    assert_eq!(
        ssh.say("sudo sudo -u kafka sudo -V"),
        "Sudo version 1.8.21p2\n"
    );
    // kafka is in no sudoers file.
    assert_eq!(
        ssh.try_sh("sudo -u kafka sudo -n id").status,
        Status::Code(1)
    );
    assert!(!ssh.try_sh("cat /etc/sudoers").success());
    assert!(ssh.say("sudo cat /etc/sudoers").contains("includedir"));
}

#[test]
fn sudo_that_wants_a_password_or_refuses() {
    let stage = Stage::new();
    let ssh = stage.connect();
    stage.faults(|faults| faults.sudo = Sudo::Password);
    assert!(words(&ssh.try_sh("sudo -n true")).contains("sudo: a password is required"));
    assert!(words(&ssh.try_sh("sudo true")).contains("no tty present"));
    let ask = |password: &str| {
        let input = format!("{password}\nrest\n");
        let command =
            sh("sudo -S -p 'NONCE %p' sh -c 'id -u; cat'").stdin(Stdin::Bytes(input.into()));
        ssh.run(&command).unwrap()
    };
    let right = ask(PASSWORD);
    assert_eq!(right.stdout, b"0\nrest\n", "{}", words(&right));
    assert!(right.stderr.starts_with(b"NONCE sshuser"));
    let wrong = ask("wrong");
    assert_eq!(wrong.status, Status::Code(1));
    assert!(
        words(&wrong).contains("Sorry, try again."),
        "{}",
        words(&wrong)
    );
    stage.faults(|faults| faults.sudo = Sudo::Refused);
    let refused = ask(PASSWORD);
    assert!(
        words(&refused).contains("is not in the sudoers file"),
        "{}",
        words(&refused)
    );
    let refusal = hdikafka::edge::sudo_refusal(&refused);
    assert!(refusal.is_some());
}
