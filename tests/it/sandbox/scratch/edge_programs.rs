//! The programs that the product runs on an edge node, as they are.

use super::stage::{PATH, Stage};
use sha2::{Digest, Sha256};
use std::process::Command;
use std::time::{Duration, Instant};

const SECTIONS: &str = include_str!("../../../../templates/edge/sections.sh");
const FACTS: &str = include_str!("../../../../templates/edge/facts.sh");
const WRITE_FILE: &str = concat!(
    include_str!("../../../../templates/edge/files.sh"),
    include_str!("../../../../templates/edge/write-file.sh")
);
const MAKE_DIRECTORIES: &str = concat!(
    include_str!("../../../../templates/edge/files.sh"),
    include_str!("../../../../templates/edge/make-directories.sh")
);
const LOCK: &str = include_str!("../../../../templates/edge/lock.sh");
const APPEND_LOG: &str = include_str!("../../../../templates/edge/append-log.sh");

fn facts() -> String {
    format!("{SECTIONS}\n{FACTS}")
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[test]
fn write_file_makes_and_replaces_with_owner_and_backup() {
    let stage = Stage::new();
    let write = |user: &str, bytes: &[u8], before: &str| {
        let length = bytes.len().to_string();
        let sum = digest(bytes);
        stage.run(
            user,
            &[
                "sh",
                "-c",
                WRITE_FILE,
                "write-file",
                "/etc/hdikafka/f",
                "0640",
                "root",
                "kafka",
                before,
                &length,
                &sum,
                "/var/lib/hdikafka/backups/1",
            ],
            bytes,
        )
    };
    write("root", b"one\n", "absent").is("done created\npath\n/etc/hdikafka/f");
    stage
        .sh(
            "root",
            "stat -c '%a %U %G' /etc/hdikafka/f; cat /etc/hdikafka/f; ls -A /etc/hdikafka",
        )
        .is("640 root kafka\none\nf\n");
    write("root", b"one\n", "any").is("done unchanged\npath\n/etc/hdikafka/f");
    let before = digest(b"one\n");
    write("root", b"two\n", &before).is(&format!(
        "backup\nprevious {before}\ndone replaced\npath\n/etc/hdikafka/f"
    ));
    stage
        .sh("root", "cat /var/lib/hdikafka/backups/1/etc/hdikafka/f")
        .is("one\n");
    let refused = write("sshuser", b"three\n", "any");
    assert_eq!(refused.status.code(), Some(14), "{}", refused.err);
    let changed = write("root", b"three\n", "absent");
    assert_eq!(changed.status.code(), Some(10), "{}", changed.err);
    stage.scratch.set_full("/etc/hdikafka", true);
    let full = write("root", b"three\n", "any");
    assert_eq!(full.status.code(), Some(13), "{} {}", full.out, full.err);
}

#[test]
fn make_directories_sets_owner_and_mode() {
    let stage = Stage::new();
    let argv = [
        "sh",
        "-c",
        MAKE_DIRECTORIES,
        "make-directories",
        "/var/lib/hdikafka/offsets",
        "0750",
        "kafka",
        "hadoop",
    ];
    stage.run("root", &argv, b"").is("created\n");
    stage.run("root", &argv, b"").is("unchanged\n");
    stage
        .sh("root", "stat -c '%a %U %G' /var/lib/hdikafka/offsets")
        .is("750 kafka hadoop\n");
}

#[test]
fn the_lock_is_held_and_let_go() {
    let stage = Stage::new();
    let argv = ["sh", "-c", LOCK, "lock", "/run/hdikafka.lock", "me", "20"];
    let (first, input, mut out, _err) = stage.start("root", &argv);
    let mut word = [0; 7];
    std::io::Read::read_exact(&mut out, &mut word).unwrap();
    assert_eq!(&word, b"locked\n");
    let second = stage.run("root", &argv, b"");
    assert_eq!(second.status.code(), Some(20), "{}", second.err);
    assert!(second.out.starts_with("me, since "), "{}", second.out);
    drop(input);
    assert!(first.wait().success());
    stage.run("root", &argv, b"").is("locked\n");
}

#[test]
fn the_operations_log_grows_line_by_line() {
    let stage = Stage::new();
    for line in ["a", "b"] {
        stage
            .run(
                "root",
                &[
                    "sh",
                    "-c",
                    APPEND_LOG,
                    "log",
                    "/var/lib/hdikafka/operations.log",
                ],
                line.as_bytes(),
            )
            .is("");
    }
    stage
        .sh(
            "root",
            "cat /var/lib/hdikafka/operations.log; stat -c %a /var/lib/hdikafka/operations.log",
        )
        .is("a\nb\n600\n");
}

#[test]
fn facts_are_those_of_the_node() {
    let stage = Stage::new();
    stage
        .sh("root", "echo x=1 > /etc/hdikafka/source-worker.properties")
        .is("");
    let said = stage.run(
        "sshuser",
        &[
            "sh",
            "-c",
            &facts(),
            "facts",
            "/usr/hdp/current/kafka-broker",
            "",
            "8083",
            "8084",
        ],
        b"",
    );
    assert!(said.status.success(), "{}", said.err);
    for words in [
        "host=ed10-rehearsal\n",
        "init=systemd\n",
        "user=sshuser\n",
        "kafka_real=/usr/hdp/2.4.1/kafka\n",
        "exists=kafka\n",
        "/etc/hdikafka/source-worker.properties\n",
        "\nfiles 41\n4 /etc/hdikafka/source-worker.properties\n\ncontents 4\nx=1\n",
        "\nunwritable 0\n",
        "d|755|root|root",
        "\nend 0\n",
    ] {
        assert!(said.out.contains(words), "{words:?} is not in {}", said.out);
    }
    for words in ["runs=kafka-broker", "runs=ambari-server"] {
        assert!(!said.out.contains(words), "{words:?} is in {}", said.out);
    }
}

/// A figure, and a bound that only a change of kind would break: the machine may be busy with other tests.
#[test]
fn tracing_costs_little() {
    let stage = Stage::new();
    let text = facts();
    let argv = [
        "sh",
        "-c",
        &text,
        "facts",
        "/usr/hdp/current/kafka-broker",
        "",
        "8083",
        "8084",
    ];
    let mut native = Vec::new();
    let mut traced = Vec::new();
    for _ in 0..7 {
        let start = Instant::now();
        Command::new(argv[0])
            .args(&argv[1..])
            .env_clear()
            .env("PATH", PATH)
            .output()
            .unwrap();
        native.push(start.elapsed());
        let start = Instant::now();
        stage.run("sshuser", &argv, b"");
        traced.push(start.elapsed());
    }
    let (native, traced) = (median(native), median(traced));
    let ratio = traced.as_secs_f64() / native.as_secs_f64();
    println!("facts.sh: {native:?} by itself, {traced:?} traced: {ratio:.2} times");
    assert!(ratio < 10.0, "{native:?} by itself, {traced:?} traced");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
