//! `setup` on a node with nothing but Kafka: what a dry run says, what is there afterwards, and that a second run finds
//! nothing to do.

use super::node::{CONFIG, KAFKA, ROOT, Tree};
use super::stage::{Stage, eventually};
use serde_json::{Value, json};

const SETUP: [&str; 2] = ["setup", "--yes"];

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let stage = Stage::new();
    let before = Tree::of(&stage);
    let dry = stage.run(&["setup", "--dry-run"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for part in [
        "connect-standalone.properties",
        "+bootstrap.servers=wn0-kafka.",
        "create topic iotin (8 partitions, replication 3)",
        "create topic iotout (8 partitions, replication 3)",
        "connect-iothub-source.properties",
        "connect-iothub-sink.properties",
        "/etc/systemd/system/hdikafka-source.service",
        "start the source",
        "start the sink",
    ] {
        assert!(dry.out.contains(part), "{part:?} is not in {}", dry.out);
    }
    let json = stage.run(&["setup", "--dry-run", "-o", "json"]);
    let yaml = stage.run(&["setup", "--dry-run", "-o", "yaml"]);
    assert_eq!((json.code, yaml.code), (10, 10), "{}", json.err);
    let (json, yaml) = (json.json(), yaml.yaml());
    assert_eq!(json["result"], "pending");
    assert_eq!(steps(&json), steps(&yaml));
    assert!(steps(&json).len() > 15, "{json:#}");
    before.is_still(&stage);
    assert_eq!(stage.topics(), Vec::<String>::new());
    assert!(
        !stage.exists("/run/hdikafka.lock"),
        "a dry run took the lock"
    );
}

/// What is done to what. Times and salts are new in each run.
pub fn steps(report: &Value) -> Vec<String> {
    let stages = report["plan"]["stages"].as_array().unwrap().iter();
    let steps = stages.flat_map(|stage| stage["steps"].as_array().unwrap());
    steps
        .map(|step| {
            let of = |key: &str| step[key].as_str().unwrap_or_default();
            format!(
                "{} {}{}{}",
                of("step"),
                of("path"),
                of("topic"),
                of("connector")
            )
        })
        .collect()
}

#[test]
fn a_bridge_is_made_once() {
    let stage = Stage::new();
    let made = stage
        .run(&["setup", "--yes", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(made["result"], "done", "{made:#}");
    assert_eq!(made["proofs"].as_array().unwrap().len(), 2, "{made:#}");
    files_are_as_they_should_be(&stage);
    stage.rehearsal.kafka.look(|seen| {
        for topic in ["iotin", "iotout"] {
            assert_eq!(seen.watermarks(topic).len(), 8, "{topic}");
        }
    });
    let manifest: Value =
        serde_json::from_str(&stage.text("/var/lib/hdikafka/manifest.json")).unwrap();
    assert_eq!(manifest["cluster"], "rehearsal", "{manifest:#}");

    stage.until_healthy();
    let before = Tree::of(&stage);
    let again = stage.run(&SETUP).succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
    let dry = stage
        .run(&["setup", "--dry-run", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(dry["result"], "nothing-to-do");
    let changes = before.changes(&Tree::of(&stage));
    let changes: Vec<_> = changes
        .iter()
        .filter(|line| !line.contains("/offsets"))
        .collect();
    assert!(changes.is_empty(), "{changes:#?}");
    a_hand_is_seen(&stage);
}

fn files_are_as_they_should_be(stage: &Stage) {
    let owned = |mode: &str, (uid, gid): (u32, u32)| format!("{mode} {uid}:{gid}");
    // The run user's own group, which is not the one that it has first.
    let reader = (ROOT.0, 1011);
    for (path, access) in [
        (
            "/etc/hdikafka/source-secrets.properties".to_owned(),
            owned("0640", reader),
        ),
        (
            "/etc/hdikafka/sink-secrets.properties".to_owned(),
            owned("0640", reader),
        ),
        (
            "/etc/hdikafka/source-worker.properties".to_owned(),
            owned("0644", ROOT),
        ),
        (
            "/etc/hdikafka/sink-log4j.properties".to_owned(),
            owned("0644", ROOT),
        ),
        (
            "/etc/systemd/system/hdikafka-sink.service".to_owned(),
            owned("0644", ROOT),
        ),
        (
            format!("{CONFIG}/connect-standalone.properties"),
            owned("0644", ROOT),
        ),
        (
            format!("{CONFIG}/connect-iothub-source.properties"),
            owned("0644", ROOT),
        ),
        (
            "/var/lib/hdikafka/offsets".to_owned(),
            owned("0750", (KAFKA.0, reader.1)),
        ),
    ] {
        assert_eq!(stage.access(&path), access, "{path}");
    }
    let jar = stage.place().jar();
    let name = jar.file_name().unwrap().to_str().unwrap();
    let there = format!("/usr/lib/hdikafka/plugins/iothub/{name}");
    assert_eq!(stage.access(&there), owned("0644", ROOT));
    assert!(
        stage.read(&there) == std::fs::read(&jar).unwrap(),
        "another jar"
    );
    let source = stage.text(&format!("{CONFIG}/connect-iothub-source.properties"));
    for line in [
        "name=AzureIotHubConnector",
        "tasks.max=4",
        "Kafka.Topic=iotin",
        "IotHub.Partitions=4",
    ] {
        assert!(
            source.lines().any(|one| one == line),
            "{line} is not in {source}"
        );
    }
    let key = &stage.hub_key();
    assert!(
        !source.contains(key.as_str()) && source.contains("${file:"),
        "{source}"
    );
}

/// A value that somebody changed by hand is not overwritten unasked.
fn a_hand_is_seen(stage: &Stage) {
    let path = format!("{CONFIG}/connect-iothub-sink.properties");
    let text = stage.text(&path);
    stage.write(&path, text.replace("tasks.max=1", "tasks.max=7"));
    stage.refused(&SETUP, 3, &["tasks.max", "7", "--overwrite"]);
    stage.refused(&["connector", "configure", "--yes"], 3, &["tasks.max"]);
    stage.run(&["setup", "--yes", "--overwrite"]).succeeded();
    assert_eq!(stage.text(&path), text);
    // A key of one's own is nobody's conflict.
    stage.write(&path, format!("{text}errors.log.enable=true\n"));
    let dry = stage.run(&["setup", "--dry-run"]);
    assert!([0, 10].contains(&dry.code), "{}", dry.err);
    assert!(!dry.out.contains("errors.log.enable"), "{}", dry.out);
}

#[test]
fn the_parts_of_a_setup_make_the_same_bridge() {
    let stage = Stage::new();
    stage.run(&["connector", "install", "--yes"]).succeeded();
    assert!(stage.exists("/usr/lib/hdikafka/plugins/iothub"));
    assert!(!stage.exists("/etc/hdikafka/source-worker.properties"));
    assert_eq!(stage.topics(), Vec::<String>::new());

    let dry = stage.run(&["connector", "configure", "--dry-run"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    assert!(!dry.out.contains("create topic"), "{}", dry.out);
    stage
        .run(&["setup", "--only", "config,secrets", "--yes"])
        .succeeded();
    assert!(stage.exists("/etc/hdikafka/source-secrets.properties"));
    assert!(!stage.exists("/etc/systemd/system/hdikafka-source.service"));
    stage.run(&["connector", "configure", "--yes"]).succeeded();

    stage
        .run(&["setup", "--only", "topics", "--yes"])
        .succeeded();
    assert_eq!(stage.topics(), ["iotin", "iotout"]);
    stage
        .run(&["setup", "--only", "services", "--yes"])
        .succeeded();
    stage.nothing_to_do(&SETUP);
}

#[test]
fn facts_are_the_same_as_a_table_and_as_a_document() {
    let stage = Stage::shared();
    let table = stage.run(&["hosts"]).succeeded().out;
    let hosts = stage.run(&["hosts", "-o", "json"]).succeeded().json();
    let yaml = stage.run(&["hosts", "-o", "yaml"]).succeeded().yaml();
    assert_eq!(hosts, yaml);
    let names: Vec<String> = names_in(&hosts);
    assert!(names.len() >= 8, "{hosts:#}");
    for name in names {
        assert!(table.contains(&name), "{name} is not in {table}");
    }
    let hub = stage.run(&["hub", "show", "-o", "json"]).succeeded().json();
    assert_eq!(
        hub,
        stage.run(&["hub", "show", "-o", "yaml"]).succeeded().yaml()
    );
    let shown = stage.run(&["hub", "show"]).succeeded().out;
    for value in hub.as_object().unwrap().values().filter_map(Value::as_str) {
        assert!(shown.contains(value), "{value} is not in {shown}");
    }
    let status = stage
        .run(&["connector", "status", "-o", "json"])
        .succeeded();
    let table = stage.run(&["connector", "status"]).succeeded().out;
    for connector in status.json()["connectors"].as_array().unwrap() {
        assert_eq!(connector["verdict"], "healthy");
        let name = connector["connector"].as_str().unwrap();
        let row = table.lines().find(|line| line.starts_with(name)).unwrap();
        let pid = connector["pid"].to_string();
        let running = connector["tasks"].as_array().unwrap().len();
        let expected = connector["expected_tasks"].as_u64().unwrap();
        assert_eq!(running as u64, expected);
        for fact in ["healthy", "RUNNING", &pid] {
            assert!(row.contains(fact), "{fact} is not in {row}");
        }
    }
    let topics = stage
        .run(&["topics", "list", "-o", "json"])
        .succeeded()
        .json();
    let table = stage.run(&["topics", "list"]).succeeded().out;
    for name in ["iotin", "iotout"] {
        assert!(
            names_in(&topics).iter().any(|one| one == name),
            "{topics:#}"
        );
        assert!(table.contains(name), "{table}");
    }
}

/// All values of `name` or `host`, however deep.
fn names_in(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().flat_map(names_in).collect(),
        Value::Object(all) => {
            let own = all
                .get("name")
                .or(all.get("host"))
                .and_then(Value::as_str)
                .map(str::to_owned);
            own.into_iter()
                .chain(all.values().flat_map(names_in))
                .collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn nothing_that_needs_a_person_is_done_without_one() {
    let stage = Stage::new();
    stage.refused(&["setup"], 2, &["--yes"]);
    stage.refused(&["setup", "--no-input"], 2, &["--yes"]);
    stage.refused(&["setup", "--dry-run", "--yes"], 2, &["--dry-run"]);
    stage.profile("name = \"rehearsal\"\n", "");
    stage.profile("[connector]\njar", "[connector]\n#jar");
    stage.refused(&["setup", "--yes", "--no-input"], 2, &["connector.jar"]);
    eventually("no session at the node", || {
        stage.rehearsal.edge.connections() == 0
    });
    assert_eq!(json!([]), json!(stage.topics()));
}
