//! `-o json` and `-o yaml`: stdout has one document in every outcome, the report or the error, and nothing else.

use super::by_hand::{Hand, session};
use super::stage::{Going, Stage, eventually};
use crate::cli::{Outcome, World};
use clap::CommandFactory;
use hdikafka::cli::Cli;
use hdikafka::sandbox::rehearsal::Faults;
use hdikafka::sandbox::worker::faults::{Faults as Worker, TaskFailed};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// The whole of stdout as one document; of an error also that stderr ends with the same.
#[track_caller]
fn document(outcome: &Outcome, format: &str) -> Value {
    let whole = match format {
        // what comes after a first document is an error of the parser
        "json" => serde_json::from_str(&outcome.out).map_err(|error| error.to_string()),
        _ => serde_yaml_ng::from_str(&outcome.out).map_err(|error| error.to_string()),
    };
    let document: Value = whole.unwrap_or_else(|error| panic!("{error}: {:?}", outcome.out));
    assert!(document.is_object(), "{}", outcome.out);
    document
}

/// An error document that says all of `words`, here and on the last line of stderr.
#[track_caller]
fn refused(outcome: &Outcome, format: &str, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, code, "{}", outcome.err);
    let document = document(outcome, format);
    let keys: BTreeSet<&str> = document
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["causes", "code", "error", "hints"].into());
    assert_eq!(document["code"], code);
    let last = outcome.err.lines().last().unwrap_or_default();
    assert_eq!(
        serde_json::from_str::<Value>(last).ok(),
        Some(document),
        "{last}"
    );
    for words in words {
        assert!(last.contains(words), "{words:?} is not in {last}");
    }
}

/// One working command line for each command that reports; `{…}` is filled in.
const WORKING: &[&[&str]] = &[
    &["setup", "--dry-run", "--via", "auto"],
    &["status"],
    &["hosts"],
    &["hub", "show"],
    &["topics", "list"],
    &["topics", "describe", "iotout"],
    &["topics", "create", "iotin"],
    &["connector", "inspect", "{jar}"],
    &["connector", "install", "--dry-run"],
    &["connector", "configure", "--dry-run"],
    &["connector", "status"],
    &["connector", "start"],
    &["connector", "restart", "source", "--yes"],
    &["connector", "stop", "source"],
    &["send", "-d", "fakepi", "x"],
    &["produce", "iotin", "x"],
    &["rest", "status"],
    &["rest", "brokers"],
    &["rest", "token"],
    &["profile", "init", "{new}"],
    &["profile", "list"],
    &["profile", "show"],
    &["profile", "check"],
    &["profile", "use", "--none"],
    &["profile", "trust", "{new}"],
    &["profile", "trust", "--remove", "{new}"],
    &["profile", "trust", "--list"],
    &["man", "{man}"],
    &["sandbox", "down", "--dir", "{nothing}"],
];

/// Commands whose stdout is a stream, a text by itself, or that are shown elsewhere.
const OTHERS: &[&str] = &[
    // a document a line
    "tail",
    "produce",
    "connector logs",
    "device simulate",
    // a script
    "completions",
    // of files, builds and keyrings of their own: in `cli`
    "connector fetch",
    "connector build",
    "profile store-secret",
    // of a rehearsal of their own: in `sandbox` and `demo`
    "sandbox up",
    "sandbox status",
    "sandbox demo",
    // what it needs has to be there first: in `topics`
    "topics delete",
    // below
    "setup",
    "apply",
];

fn leaves() -> BTreeSet<String> {
    fn below(path: &str, command: &clap::Command, all: &mut BTreeSet<String>) {
        let mut any = false;
        let subs = command.get_subcommands();
        for sub in subs.filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
            any = true;
            below(format!("{path} {}", sub.get_name()).trim(), sub, all);
        }
        if !any {
            all.insert(path.to_owned());
        }
    }
    let mut all = BTreeSet::new();
    let mut root = Cli::command();
    // What a command takes is made when it is used.
    root.build();
    below("", &root, &mut all);
    all
}

fn filled(stage: &Stage, line: &[&str], format: &str) -> Vec<String> {
    let world = |name: &str| stage.world.path(name).to_str().unwrap().to_owned();
    line.iter()
        .map(|word| match *word {
            "{jar}" => stage.place().jar().to_str().unwrap().to_owned(),
            "{new}" => world(&format!("new-{format}.toml")),
            "{man}" => world("man"),
            "{nothing}" => world("nothing"),
            word => word.to_owned(),
        })
        .collect()
}

#[test]
fn every_command_that_reports_gives_one_document() {
    let named: BTreeSet<String> = leaves()
        .into_iter()
        .filter(|leaf| {
            let words: Vec<&str> = leaf.split(' ').collect();
            !OTHERS.contains(&leaf.as_str()) && !WORKING.iter().any(|line| line.starts_with(&words))
        })
        .collect();
    assert!(named.is_empty(), "not looked at: {named:?}");

    let stage = Stage::bridge();
    stage.until_healthy();
    for format in ["json", "yaml"] {
        for line in WORKING {
            let line = filled(&stage, line, format);
            let mut line: Vec<&str> = line.iter().map(String::as_str).collect();
            line.extend(["-o", format]);
            let outcome = stage.run(&line);
            // a connector that was stopped is not well: a report, too
            assert!(
                [0, 10, 14].contains(&outcome.code),
                "{line:?}: {} {}",
                outcome.code,
                outcome.out
            );
            document(&outcome, format);
        }
    }
}

#[test]
fn every_command_that_fails_gives_one_error_document() {
    let world = World::new();
    let cases: [(&[&str], i32, &str); 25] = [
        (&["setup", "--yes"], 2, "cluster.name"),
        (&["apply", "nowhere.json", "--yes"], 4, "nowhere.json"),
        (&["hosts"], 2, "cluster.name"),
        (&["hub", "show"], 2, "hub.name"),
        (&["topics", "list"], 2, "cluster.name"),
        (&["topics", "describe", "x"], 2, "cluster.name"),
        (&["topics", "create", "x"], 2, "cluster.name"),
        (&["topics", "delete", "x"], 2, "--yes"),
        (&["topics", "delete", "x", "--yes"], 2, "cluster.name"),
        (&["status"], 2, "nothing could be asked"),
        (&["connector", "inspect", "nowhere.jar"], 4, "nowhere.jar"),
        (&["connector", "install", "--yes"], 2, "connector.jar"),
        (&["connector", "configure", "--yes"], 2, "connector.jar"),
        (&["connector", "start"], 2, "edge.host"),
        (&["connector", "restart"], 2, "edge.host"),
        (&["connector", "stop"], 2, "edge.host"),
        (&["connector", "status"], 2, "edge.host"),
        (&["connector", "logs"], 2, "edge.host"),
        (&["send", "-d", "fakepi", "x"], 2, "cluster.name"),
        (&["tail"], 2, "cluster.name"),
        (&["device", "simulate", "fakepi"], 2, "hub.name"),
        (
            &["profile", "init", "no/such/directory.toml"],
            1,
            "cannot write",
        ),
        (&["profile", "show", "--edge-port", "0"], 2, "--edge-port"),
        (&["man", "/dev/null/x"], 1, "cannot write"),
        (
            &["sandbox", "status", "--dir", "nowhere"],
            4,
            "no rehearsal",
        ),
    ];
    for format in ["json", "yaml"] {
        for (line, code, words) in cases {
            let outcome = world.run(&[line, &["--no-input", "-o", format]].concat());
            refused(&outcome, format, code, &[words]);
        }
        // the parser's own
        for line in [
            &["hosts", "--bogus"][..],
            &["setup", "--dry-run", "--yes"],
            &["setup", "--timeout", "x"],
            &["send"],
            &[],
        ] {
            let outcome = world.run(&[line, &["-o", format]].concat());
            refused(&outcome, format, 2, &[]);
        }
    }
}

#[test]
fn a_stream_has_a_document_a_line_and_its_late_error_elsewhere() {
    let stage = Stage::shared();
    stage.run(&["send", "-d", "fakepi", "x"]).succeeded();
    for line in [
        &["tail", "iotout", "--last", "1"][..],
        &["connector", "logs", "sink", "-n", "3"],
        &["device", "simulate", "fakepi", "-n", "1"],
    ] {
        let outcome = stage.run(&[line, &["-o", "json"]].concat()).succeeded();
        assert!(!outcome.out.is_empty(), "{line:?}");
        for line in outcome.out.lines() {
            let one: Value = serde_json::from_str(line).expect(line);
            assert!(one.is_object(), "{line}");
        }
    }
    let lost = stage.run(&["tail", "nowhere", "-o", "json"]);
    refused(&lost, "json", 4, &["nowhere"]);
}

/// Every way in which a setup ends.
#[test]
fn a_setup_gives_one_document_in_every_outcome() {
    let stage = Stage::new();
    let setup = |more: &[&str]| stage.run(&[&["setup", "--yes", "-o", "json"], more].concat());

    let dry = stage.run(&["setup", "--dry-run", "-o", "json"]);
    assert_eq!(
        (dry.code, &document(&dry, "json")["result"]),
        (10, &"pending".into())
    );

    // refused by the plan, and by nobody's consent
    stage.write("/tmp/connect.offsets", "not empty");
    refused(&setup(&[]), "json", 3, &["/tmp/connect.offsets"]);
    stage.remove("/tmp/connect.offsets");
    let alone = stage.run(&["setup", "-o", "json", "--no-input"]);
    refused(&alone, "json", 2, &["nobody is there to agree"]);

    // before anything: Ambari is not there
    refused(
        &setup(&["--gateway", "https://127.0.0.1:1"]),
        "json",
        8,
        &["Ambari"],
    );

    // partly: three replicas want three brokers
    stage.rehearsal.kafka.stop_node(1002).unwrap();
    let partly = setup(&[]);
    let report = document(&partly, "json");
    assert_eq!(
        (partly.code, &report["result"]),
        (12, &"partly".into()),
        "{}",
        partly.err
    );
    assert_eq!(report["error"]["code"], 12);
    assert!(!report["applied"]["done"].as_array().unwrap().is_empty());
    stage.rehearsal.kafka.start_node(1002).unwrap();

    // unhealthy: a sink that fails
    let task_failed = Some(TaskFailed::default());
    let worker = Worker {
        task_failed,
        ..Worker::default()
    };
    let workers = [("AzureIotHubSinkConnector".to_owned(), worker)].into();
    let faults = Faults {
        workers,
        ..Faults::default()
    };
    stage.rehearsal.set_faults(&faults).unwrap();
    let ill = setup(&["--stable-for", "30s"]);
    let report = document(&ill, "json");
    assert_eq!(
        (ill.code, &report["error"]["code"]),
        (14, &14.into()),
        "{}",
        ill.err
    );
    stage.rehearsal.set_faults(&Faults::default()).unwrap();
    stage.run(&["connector", "restart", "--yes"]).succeeded();

    stage.until_healthy();
    let done = setup(&[]).succeeded();
    assert_eq!(document(&done, "json")["result"], "nothing-to-do");
}

fn interrupted(stage: &Stage, ready: impl Fn() -> bool) -> Outcome {
    let mut going: Going = stage.start(&["setup", "--yes", "-o", "json"]);
    eventually("the moment to interrupt", &ready);
    assert!(going.is_running());
    going.signal(libc::SIGINT);
    going.finish()
}

#[test]
fn an_interrupted_setup_gives_one_document_too() {
    let stage = Stage::new();
    let node = &stage.rehearsal.edge;
    // before anything: while facts are asked for
    node.set_faults(|faults| faults.exec_delay = Duration::from_secs(20))
        .unwrap();
    let early = interrupted(&stage, || node.connections() > 0);
    refused(&early, "json", 130, &["interrupted"]);
    assert!(early.took < Duration::from_secs(15), "{:?}", early.took);

    // between two steps
    node.set_faults(|faults| faults.exec_delay = Duration::from_millis(400))
        .unwrap();
    let late = interrupted(&stage, || stage.exists("/etc/hdikafka"));
    let report = document(&late, "json");
    assert_eq!(
        (late.code, &report["result"]),
        (130, &"partly".into()),
        "{}",
        late.err
    );
    assert_eq!(report["error"]["code"], 130);
    assert!(
        !report["applied"]["not_started"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    node.set_faults(|faults| faults.exec_delay = Duration::ZERO)
        .unwrap();
}

/// Every field of a document by its path; what is keyed by data is `*`, what is one of several kinds has its kind.
fn fields(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    const BY_DATA: [&str; 6] = [
        ".values",
        ".settings",
        ".local",
        ".key_check.of",
        ".of",
        ".value",
    ];
    match value {
        Value::Array(items) => {
            for item in items {
                let kind = item["step"].as_str().unwrap_or_default();
                fields(item, &format!("{path}[{kind}]"), all);
            }
        }
        Value::Object(fields_of) => {
            for (name, value) in fields_of {
                let data = BY_DATA.iter().any(|end| path.ends_with(end));
                let path = format!("{path}.{}", if data { "*" } else { name });
                all.insert(path.clone());
                fields(value, &path, all);
            }
        }
        _ => {}
    }
}

const TELEMETRY: &str = r#"{"deviceId":"a","content":"1","sequenceNumber":1}"#;

/// Fields are added, never renamed or removed: each that was ever in `json-fields.txt` is still there.
/// `HDIKAFKA_UPDATE=1` adds new ones.
#[test]
fn no_field_of_a_plan_is_lost() {
    let stage = Stage::new();
    let mut now = BTreeSet::new();
    let dry = stage.run(&["setup", "--dry-run", "--out", "plan.json", "-o", "json"]);
    fields(&dry.json(), "setup", &mut now);
    let saved = stage.run(&["apply", "plan.json", "--show", "-o", "json"]);
    fields(&saved.succeeded().json(), "plan-file", &mut now);
    let applied = stage.run(&["apply", "plan.json", "--yes", "-o", "json"]);
    fields(&applied.succeeded().json(), "apply", &mut now);
    for verb in ["restart", "stop"] {
        let life = stage.run(&["connector", verb, "source", "--yes", "-o", "json"]);
        // stop takes no consent
        let life = match life.code {
            2 => stage.run(&["connector", verb, "source", "-o", "json"]),
            _ => life,
        };
        fields(&life.succeeded().json(), verb, &mut now);
    }
    let error = stage.run(&["setup", "--bogus", "-o", "json"]);
    fields(&error.json(), "error", &mut now);
    for (name, line) in [
        ("status", &["status"][..]),
        (
            "status",
            &["status", "--via", "direct", "--brokers", "127.0.0.1:1"],
        ),
        ("topics-list", &["topics", "list"]),
        ("topics-describe", &["topics", "describe", "iotin"]),
    ] {
        let report = stage.run(&[line, &["-o", "json"]].concat());
        fields(&report.json(), name, &mut now);
    }
    stage.run(&["produce", "iotin", TELEMETRY]).succeeded();
    let record = stage.run(&["tail", "iotin", "--last", "1", "-o", "json"]);
    fields(&record.succeeded().json(), "tail", &mut now);
    let stage = Stage::new();
    let hand = Hand::in_config(&stage, &[]);
    hand.nohup(&session(&stage), &hand.both());
    let dry = stage.run(&["setup", "--dry-run", "-o", "json"]);
    fields(&dry.json(), "take-over", &mut now);

    let file =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rehearsal/json-fields.txt");
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let known: BTreeSet<String> = known.lines().map(str::to_owned).collect();
    let lost: Vec<_> = known.difference(&now).collect();
    assert!(lost.is_empty(), "fields are gone: {lost:#?}");
    assert!(
        known.len() > 100 || std::env::var_os("HDIKAFKA_UPDATE").is_some(),
        "{}",
        known.len()
    );
    if std::env::var_os("HDIKAFKA_UPDATE").is_some() {
        let lines: Vec<&str> = known.union(&now).map(String::as_str).collect();
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    }
}
