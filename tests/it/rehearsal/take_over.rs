//! A bridge that somebody made by hand is taken over while messages flow: none is lost, none comes twice, in either
//! direction, and its name, topics and settings stay.

use super::by_hand::{DEVICES, Hand, Traffic, arrived, each_arrives_once, session, workers};
use super::node::CONFIG;
use super::stage::{Going, Stage, eventually};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

const OFFSETS: &str = "/tmp/connect.offsets";
const OURS: &str = "/var/lib/hdikafka/offsets/source.offsets";
const TAKE_OVER: [&str; 3] = ["setup", "--yes", "--take-over"];

fn topics(stage: &Stage, names: [&str; 2]) {
    for name in names {
        stage.rehearsal.kafka.create_topic(name, 8, 3, &[]).unwrap();
    }
}

fn manifest(stage: &Stage) -> Value {
    serde_json::from_str(&stage.text("/var/lib/hdikafka/manifest.json")).unwrap()
}

/// Commands `FROM..TO`, ten a second, in the background.
fn commands(stage: &Stage, topic: &str, from: usize, to: usize) -> Going {
    let mut going = stage.start(&["produce", topic, "--key", "fakepi", "--file", "-"]);
    let mut stdin = going.child.stdin.take().unwrap();
    std::thread::spawn(move || {
        for number in from..to {
            let line = json!({"deviceId": "fakepi", "messageId": format!("m{number}"), "message": format!("command {number}")});
            // a program that has failed says so itself
            if writeln!(stdin, "{line}").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    going
}

#[track_caller]
fn each_command_came_once(stage: &Stage, sent: usize) {
    eventually("all commands", || stage.commands("fakepi").len() >= sent);
    let expected: Vec<String> = (0..sent)
        .map(|number| format!("command {number}"))
        .collect();
    assert_eq!(stage.commands("fakepi"), expected);
}

/// One worker with both files, started with nohup, as the manual goes on.
#[test]
fn nothing_is_read_or_sent_twice_across_the_take_over() {
    let stage = Stage::new();
    topics(&stage, ["iotin", "iotout"]);
    let hand = Hand::in_config(
        &stage,
        &[("BatchSize", "7"), ("source:errors.log.enable", "true")],
    );
    let ssh = session(&stage);
    let pid = hand.nohup(&ssh, &hand.both());
    // One partition has events all the time and the others never: a poll takes seconds, far longer than Connect waits for
    // a task, and what the poll before it has handed on is not yet written down.
    let traffic = Traffic::begin(&stage, 1);
    commands(&stage, "iotout", 0, 5).finish().succeeded();
    eventually("the bridge made by hand at work", || {
        arrived(&stage, "iotin").len() > 10
            && stage.commands("fakepi").len() == 5
            && stage.exists(OFFSETS)
    });

    let dry = stage.run(&["setup", "--dry-run"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for part in [
        "Take over the bridge made by hand",
        &format!(
            "- stop the Connect worker of sshuser, pid {pid} ({CONFIG}/connect-standalone.properties {CONFIG}/connect-iothub-source.properties {CONFIG}/connect-iothub-sink.properties)"
        ),
        &format!("+ carry the offsets of AzureIotHubConnector from {OFFSETS} to {OURS} ("),
        "BatchSize=7",
        "-IotHub.AccessKeyValue=(a key in the clear, not shown)",
    ] {
        assert!(dry.out.contains(part), "{part:?} is not in {}", dry.out);
    }
    let alone = stage.run(&["setup", "--yes"]);
    let alone = alone.failed(
        3,
        &[
            "takes over a bridge made by hand",
            "--take-over",
            "nothing was changed",
        ],
    );
    assert!(alone.err.contains("pid"), "{}", alone.err);
    assert_eq!(workers(&stage), [pid], "it was touched");
    assert!(!stage.exists("/var/lib/hdikafka/manifest.json"));

    let sending = commands(&stage, "iotout", 5, 45);
    let taken = stage
        .run(&[&TAKE_OVER[..], &["-o", "json"]].concat())
        .succeeded()
        .json();
    assert_eq!(taken["result"], "done", "{taken:#}");
    sending.finish().succeeded();
    assert!(!workers(&stage).contains(&pid), "it runs on");
    commands(&stage, "iotout", 45, 46).finish().succeeded();
    let more = traffic.sent() + 20;
    eventually("more events", || traffic.sent() >= more);
    let sent = traffic.stop();
    each_arrives_once(&stage, "iotin", sent);
    each_command_came_once(&stage, 46);

    // its own files stay what they were, or are ours with its settings
    assert!(stage.exists(OFFSETS), "its offsets are gone");
    let manifest = manifest(&stage);
    assert_eq!(manifest["carried"]["from"], OFFSETS, "{manifest:#}");
    let source = stage.text(&format!("{CONFIG}/connect-iothub-source.properties"));
    for line in [
        "# by hand",
        "BatchSize=7",
        "errors.log.enable=true",
        "IotHub.StartTime=2026-01-20T00:00:00Z",
        "IotHub.AccessKeyValue=${file",
    ] {
        assert!(source.contains(line), "{line} is not in {source}");
    }
    assert!(
        stage.rehearsal.kafka.look(|seen| {
            let records = seen.records("iotin").unwrap();
            records
                .iter()
                .all(|record| record.value.as_ref().unwrap().starts_with(b"Struct{"))
        }),
        "the format of the telemetry has changed"
    );
    stage.nothing_to_do(&["setup", "--yes"]);
}

/// Two workers, as somebody has them who noticed that both want port 8083: names and topics of their own, files in a home
/// directory, one in the foreground; by a plan that was saved.
#[test]
fn two_workers_with_files_at_home_are_taken_over_by_a_saved_plan() {
    let stage = Stage::new();
    topics(&stage, ["telemetry", "commands"]);
    let at = |directory: &str, edits: &[(&str, &str)]| {
        let name = |name: &str| format!("{directory}/{name}.properties");
        let files = [name("worker"), name("source"), name("sink")];
        Hand::at(&stage, &[&files[0], &files[1], &files[2]], edits)
    };
    let own = [
        ("source:name", "Mine"),
        ("Kafka.Topic", "telemetry"),
        ("sink:name", "My Sink"),
        ("topics", "commands"),
        ("offset.storage.file.filename", "state/my.offsets"),
        ("worker:producer.linger.ms", "3"),
        ("source:errors.log.enable", "true"),
        ("tasks.max", "1"),
    ];
    let one = at("/home/sshuser", &own);
    let other = at("/home/sshuser/two", &own);
    let scratch = stage.rehearsal.edge.scratch();
    std::fs::create_dir_all(scratch.host_path("/home/sshuser/state")).unwrap();
    scratch
        .set_owner("/home/sshuser/state", 1000, 1000)
        .unwrap();
    let ssh = session(&stage);
    let source = one.nohup(&ssh, &["worker.properties", "source.properties"]);
    let foreground = other.foreground(&ssh, &["two/worker.properties", "two/sink.properties"]);
    let traffic = Traffic::begin(&stage, DEVICES);
    commands(&stage, "commands", 0, 3).finish().succeeded();
    eventually("the bridge made by hand at work", || {
        arrived(&stage, "telemetry").len() > 20
            && stage.commands("fakepi").len() == 3
            && stage.exists("/home/sshuser/state/my.offsets")
    });

    let dry = stage.run(&["setup", "--dry-run", "--out", "plan.json"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for part in [
        "keep what /home/sshuser/source.properties says of the source",
        "keep what /home/sshuser/two/sink.properties says of the sink",
        "carry the offsets of Mine from /home/sshuser/state/my.offsets",
        "put topics.commands = \"commands\" into the profile",
        "/home/sshuser/source.properties is not read any more",
    ] {
        assert!(dry.out.contains(part), "{part:?} is not in {}", dry.out);
    }
    let file = std::fs::read_to_string(stage.world.path("work").join("plan.json")).unwrap();
    for secret in &stage.secrets {
        assert!(
            !file.contains(secret.as_str()),
            "a secret is in the saved plan"
        );
    }
    stage
        .run(&["apply", "plan.json", "--yes"])
        .failed(3, &["--take-over"]);
    assert_eq!(workers(&stage).len(), 2, "one was touched");
    let sending = commands(&stage, "commands", 3, 33);
    stage
        .run(&["apply", "plan.json", "--yes", "--take-over"])
        .succeeded();
    sending.finish().succeeded();
    // it was told to end, and its session with it
    (foreground.wait)().unwrap();
    assert!(!workers(&stage).contains(&source));
    let sent = traffic.stop();
    each_arrives_once(&stage, "telemetry", sent);
    each_command_came_once(&stage, 33);

    let source = stage.text(&format!("{CONFIG}/connect-iothub-source.properties"));
    for line in [
        "name=Mine",
        "Kafka.Topic=telemetry",
        "errors.log.enable=true",
    ] {
        assert!(source.contains(line), "{line} is not in {source}");
    }
    assert!(
        stage
            .text(&format!("{CONFIG}/connect-iothub-sink.properties"))
            .contains("name=My\\ Sink")
            || stage
                .text(&format!("{CONFIG}/connect-iothub-sink.properties"))
                .contains("name=My Sink")
    );
    assert!(
        stage
            .text("/etc/hdikafka/source-worker.properties")
            .contains("producer.linger.ms=3")
    );
    eventually("the sink's positions in the group of its name", || {
        let group = stage
            .rehearsal
            .kafka
            .look(|seen| seen.group("connect-My Sink"));
        group.unwrap().positions.values().sum::<i64>() == 33
    });
    // the second run knows all of it, though the profile does not
    eventually("two healthy connectors", || {
        stage
            .run(&["connector", "status"])
            .out
            .matches("healthy")
            .count()
            == 2
    });
    let again = stage.run(&["setup", "--yes"]).succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
}

/// Its worker was stopped by its operator; the files and the offsets are there.
#[test]
fn files_and_offsets_of_a_bridge_that_does_not_run_are_taken_over() {
    let stage = Stage::new();
    topics(&stage, ["iotin", "iotout"]);
    // so that Ctrl-C alone loses nothing
    let calm = [
        ("tasks.max", "4"),
        ("task.shutdown.graceful.timeout.ms", "20000"),
    ];
    let hand = Hand::in_config(&stage, &calm);
    let ssh = session(&stage);
    let pid = hand.nohup(&ssh, &hand.both());
    let traffic = Traffic::begin(&stage, DEVICES);
    commands(&stage, "iotout", 0, 2).finish().succeeded();
    eventually("the bridge made by hand at work", || {
        arrived(&stage, "iotin").len() > 20 && stage.commands("fakepi").len() == 2
    });
    let kill = hdikafka::edge::Command::new(["kill", &pid.to_string()]);
    assert!(hdikafka::edge::Remote::run(&ssh, &kill).unwrap().success());
    eventually("its end", || workers(&stage).is_empty());
    let before = arrived(&stage, "iotin").len();
    let more = traffic.sent() + 10;
    eventually("more events", || traffic.sent() >= more);

    stage
        .run(&["setup", "--yes"])
        .failed(3, &["--take-over", "carry the offsets"]);
    assert!(workers(&stage).is_empty());
    // the commands of the meantime are meant: the group has a position
    commands(&stage, "iotout", 2, 3).finish().succeeded();
    stage.run(&TAKE_OVER).succeeded();
    let sent = traffic.stop();
    assert!(before < sent);
    each_arrives_once(&stage, "iotin", sent);
    each_command_came_once(&stage, 3);
    stage.nothing_to_do(&["setup", "--yes"]);
    // who wants to begin anew moves ours away, and is not given the old ones again
    stage.run(&["connector", "stop", "source"]).succeeded();
    stage.remove(OURS);
    let dry = stage.run(&["setup", "--dry-run"]);
    assert!(!dry.out.contains("carry the offsets"), "{}", dry.out);
}
