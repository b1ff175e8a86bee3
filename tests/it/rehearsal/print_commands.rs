//! `setup --print-commands`: a script that a person could run instead; and run it is, against the rehearsal's edge node,
//! by OpenSSH. What needs Kafka's own tools on the node is in the system tests.

use super::node::{CONFIG, Tree};
use super::setup::steps;
use super::stage::Stage;
use crate::edge::node::require;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Parts that need no tool of Kafka's.
const FILES: [&str; 3] = ["setup", "--only", "jar,config,secrets"];

fn printed(stage: &Stage, line: &[&str]) -> String {
    stage
        .run(&[line, &["--print-commands"]].concat())
        .succeeded()
        .out
}

fn saved(stage: &Stage, script: &str) -> PathBuf {
    let path = stage.world.path("steps.sh");
    fs::write(&path, script).unwrap();
    path
}

/// By this machine's own shell and ssh; the key of the hub if it is given.
fn run(stage: &Stage, script: &str, key: Option<&str>) -> Output {
    let mut command = Command::new("/bin/sh");
    command
        .arg(saved(stage, script))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", stage.world.path("home"))
        .stdin(Stdio::null());
    if let Some(key) = key {
        command.env("HUB_KEY", key);
    }
    command.output().unwrap()
}

#[track_caller]
fn ran(stage: &Stage, script: &str) {
    let output = run(stage, script, Some(&stage.hub_key()));
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}\n{script}");
    assert!(!said.contains(&stage.hub_key()), "the key was shown");
}

fn shell_takes_it(stage: &Stage, script: &str) {
    let path = saved(stage, script);
    let parsed = Command::new("/bin/sh")
        .arg("-n")
        .arg(&path)
        .output()
        .unwrap();
    assert!(parsed.status.success(), "{parsed:?}");
    let Some(shellcheck) = require("shellcheck") else {
        return;
    };
    // what root's shell on the node reads is a text to shellcheck: it is looked at by itself
    let inner: Vec<&str> = script
        .split("<<'ON_THE_EDGE_NODE'\n")
        .skip(1)
        .map(|rest| rest.split("\nON_THE_EDGE_NODE\n").next().unwrap())
        .collect();
    for text in std::iter::once(script).chain(inner) {
        let path = saved(stage, text);
        let checked = Command::new(&shellcheck)
            .args(["-s", "sh"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            checked.status.success(),
            "{}\n{text}",
            String::from_utf8_lossy(&checked.stdout)
        );
    }
}

#[test]
fn the_manual_steps_are_printed_and_nothing_is_changed() {
    let stage = Stage::new();
    let before = Tree::of(&stage);
    let script = printed(&stage, &["setup"]);
    for part in [
        "#!/bin/sh\n",
        ": \"${HUB_KEY:?",
        "az iot hub policy show",
        "the manual: scp the jar",
        "the manual: sudo nano connect-standalone.properties",
        "the manual: kafka-topics.sh",
        "kafka-topics.sh --create --replication-factor 3 --partitions 8 --topic iotin --bootstrap-server",
        "--reset-offsets --to-latest --execute </dev/null",
        "systemctl start hdikafka-source.service",
        "set_property /usr/hdp/current/kafka-broker/config/connect-standalone.properties bootstrap.servers ",
    ] {
        assert!(script.contains(part), "{part:?} is not in {script}");
    }
    let numbers: Vec<usize> = script
        .lines()
        .filter_map(|line| {
            line.strip_prefix("# ")?
                .split_once(". the manual: ")?
                .0
                .parse()
                .ok()
        })
        .collect();
    assert!(numbers.len() > 8 && numbers.is_sorted(), "{numbers:?}");
    shell_takes_it(&stage, &script);

    let dry = stage.run(&["setup", "--dry-run", "--print-commands"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    let document = stage
        .run(&["setup", "--print-commands", "-o", "json"])
        .succeeded()
        .json();
    let text = document["script"].as_str().unwrap();
    assert_eq!(text.lines().count(), script.lines().count());
    stage.refused(&["setup", "--print-commands", "--yes"], 2, &["--yes"]);
    before.is_still(&stage);
    assert_eq!(stage.topics(), [] as [&str; 0]);
    assert!(!stage.exists("/run/hdikafka.lock"), "it took the lock");
}

/// `--bootstrap-server` came with 2.2, `--zookeeper` went with 3.0.
#[test]
fn an_old_kafka_is_told_of_topics_by_zookeeper() {
    let stage = Stage::new();
    let libs = "/usr/hdp/current/kafka-broker/libs";
    let found = stage.rehearsal.edge.scratch().host_path(libs);
    let mut renamed = 0;
    for entry in fs::read_dir(&found).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("kafka_2.") && name.contains("-3.2.0") {
            let old = name.replace("-3.2.0", "-1.1.1");
            fs::rename(entry.path(), found.join(old)).unwrap();
            renamed += 1;
        }
    }
    assert!(renamed > 0, "there is no jar of Kafka");
    let script = printed(&stage, &["setup", "--only", "topics"]);
    assert!(
        script.contains("--topic iotin --zookeeper \"$ZOOKEEPERS\""),
        "{script}"
    );
    assert!(
        script.contains("ZOOKEEPERS='zk0-") && !script.contains("BROKERS="),
        "{script}"
    );
    shell_takes_it(&stage, &script);
}

#[test]
fn run_by_hand_the_script_leaves_little_to_do() {
    if require("ssh").is_none() || require("scp").is_none() {
        return;
    }
    let stage = Stage::new();
    let script = printed(&stage, &FILES);
    let before = Tree::of(&stage);
    let without = run(&stage, &script, None);
    assert!(!without.status.success());
    assert!(String::from_utf8_lossy(&without.stderr).contains("HUB_KEY"));
    before.is_still(&stage);

    ran(&stage, &script);
    let jar = stage.place().jar();
    let there = format!(
        "/usr/lib/hdikafka/plugins/iothub/{}",
        jar.file_name().unwrap().to_str().unwrap()
    );
    assert!(stage.read(&there) == fs::read(jar).unwrap());
    assert_eq!(
        stage.access("/etc/hdikafka/source-secrets.properties"),
        "0640 0:1011"
    );

    let left = stage
        .run(&[&FILES[..], &["--dry-run", "-o", "json"]].concat())
        .json();
    let left = steps(&left);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(
        left.iter().all(|step| step.starts_with("write-secrets")),
        "{left:?}"
    );
    // and the secrets are the ones that setup writes
    let secrets = |stage: &Stage| {
        ["source", "sink"]
            .map(|word| stage.text(&format!("/etc/hdikafka/{word}-secrets.properties")))
    };
    let by_hand = secrets(&stage);
    stage.run(&["setup", "--yes"]).succeeded();
    assert_eq!(secrets(&stage), by_hand);
    stage.until_healthy();
    let nothing = printed(&stage, &["setup"]);
    assert!(nothing.contains("# Nothing to do"), "{nothing}");
    shell_takes_it(&stage, &nothing);
}

/// New files and files that are there get the key on standard input; `setup` finds it in its place.
#[test]
fn keys_inline_are_pasted_from_the_variable() {
    if require("ssh").is_none() || require("scp").is_none() {
        return;
    }
    let inline = [&FILES[..], &["--secrets", "inline"]].concat();
    for there in [false, true] {
        let stage = Stage::new();
        let key = stage.hub_key();
        let source = format!("{CONFIG}/connect-iothub-source.properties");
        if there {
            stage.run(&[&FILES[..], &["--yes"]].concat()).succeeded();
        }
        let script = printed(&stage, &inline);
        assert!(
            script.contains("$HUB_KEY") && !script.contains(&key),
            "{script}"
        );
        shell_takes_it(&stage, &script);
        let output = run(&stage, &script, Some(&key));
        assert!(output.status.success(), "{output:?}\n{script}");
        let line = format!("IotHub.AccessKeyValue={key}");
        assert!(
            stage.text(&source).lines().any(|one| one == line),
            "the key is not there"
        );
        assert_eq!(stage.access(&source), "0640 0:1011");
        let left = stage.run(&[&inline[..], &["--dry-run", "-o", "json"]].concat());
        let left = steps(&left.json());
        // what nobody of ours has written is remembered as made by hand, and is as it should be
        let remembered = |step: &&String| step.starts_with("keep-settings ");
        assert!(
            !left
                .iter()
                .filter(|step| !remembered(step))
                .any(|step| step.contains("connect-iothub")),
            "{left:?}"
        );
    }
}

/// What is somebody's own on the node stays there, and is not in the script.
#[test]
fn a_file_that_somebody_worked_on_is_changed_key_by_key() {
    if require("ssh").is_none() {
        return;
    }
    let stage = Stage::new();
    let worker = format!("{CONFIG}/connect-standalone.properties");
    let password = "producer.ssl.keystore.password=canary-4711\n";
    // continuations, other separators, a key in a comment, one set twice
    let odd = "key.converter : twice\\\n  key.converter=no key, \\\n  but text\n";
    let kept = "#key.converter=comment\nown.list = a,\\\n  value.converter=b\n";
    stage.write(&worker, stage.text(&worker) + odd + kept + password);
    let dry = stage.run(&["setup", "--dry-run", "-o", "json"]);
    assert!(!dry.out.contains("canary-4711"), "the plan shows it");
    let script = printed(&stage, &FILES);
    assert!(!script.contains("canary-4711"), "{script}");
    shell_takes_it(&stage, &script);
    ran(&stage, &script);
    let after = stage.text(&worker);
    assert!(after.contains(kept) && after.contains(password), "{after}");
    assert!(
        !after.contains("no key") && !after.contains("but text"),
        "{after}"
    );
    for file in ["source", "sink"] {
        let text = stage.text(&format!("/etc/hdikafka/{file}-worker.properties"));
        assert!(
            text.contains(password) && text.contains("config.providers=file"),
            "{text}"
        );
    }
    // the file itself is as setup wants it; those derived from it have their keys in another order
    let left = stage.run(&[&FILES[..], &["--dry-run", "-o", "json"]].concat());
    let left = steps(&left.json());
    assert!(
        left.len() <= 4 && !left.iter().any(|step| step.contains(&worker)),
        "{left:?}"
    );
}

/// Names and values of others are words of the script, never commands.
#[test]
fn nothing_of_others_is_run() {
    let stage = Stage::new();
    let mark = stage.world.path("mark");
    let jar = stage.place().jar();
    let evil = stage.world.path(&format!("a'$(touch {})'b", "mark"));
    fs::create_dir(&evil).unwrap();
    let copy = evil.join(jar.file_name().unwrap());
    fs::copy(&jar, &copy).unwrap();
    let options = format!(
        "--worker-jvm-options=-Da='$(touch {0})' `touch {0}`",
        mark.display()
    );
    let line = [
        "setup",
        "--jar",
        copy.to_str().unwrap(),
        &options,
        "--print-commands",
    ];
    let outcome = stage.run(&line);
    if outcome.code == 0 {
        shell_takes_it(&stage, &outcome.out);
        if require("ssh").is_some() {
            // it ends where Kafka's tools are missing; by then every file was written
            run(&stage, &outcome.out, Some(&stage.hub_key()));
            let unit = stage.text("/etc/systemd/system/hdikafka-source.service");
            assert!(unit.contains("$(touch "), "{unit}");
        }
    } else {
        panic!("{}", outcome.err);
    }
    assert!(!mark.exists(), "somebody's text was run");
    assert!(
        !stage.exists(mark.to_str().unwrap()),
        "somebody's text was run on the node"
    );
}
