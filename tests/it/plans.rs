//! The planner, case by case: `tests/plans/base.json` is a fresh edge and an ordinary wish, `CASE/differs.json` what is
//! other in this case (a JSON merge patch), `CASE/plan.txt` what comes out. `HDIKAFKA_UPDATE=1` writes the last anew.

use hdikafka::apply::record;
use hdikafka::facts::Facts;
use hdikafka::facts::edge::{PathFacts, UnitFacts, latin1_bytes};
use hdikafka::facts::health::{Health, Verdict};
use hdikafka::facts::topics::Shape;
use hdikafka::plan::{self, Plan, Refusal, Step, Wanted};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

#[test]
fn every_case_gives_its_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let base = read(&folder.join("base.json"));
    let mut cases = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(&folder)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
    {
        let name = entry.file_name().into_string().unwrap();
        let mut case = base.clone();
        merge(&mut case, read(&entry.path().join("differs.json")));
        let wanted: Wanted =
            serde_json::from_value(case["wanted"].take()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let facts: Facts =
            serde_json::from_value(case["facts"].take()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let came = outcome(&wanted, &facts);
        let file = entry.path().join("plan.txt");
        if std::env::var_os("HDIKAFKA_UPDATE").is_some() {
            std::fs::write(&file, &came).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if came != expected {
            wrong.push(format!(
                "== {name}\n-- expected\n{expected}\n-- came\n{came}"
            ));
        }
        cases += 1;
    }
    assert!(cases >= 20, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same facts and wish, twice: nothing in the planner may depend on anything else.
#[test]
fn the_planner_is_deterministic() {
    let mut base = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/base.json"));
    let wanted: Wanted = serde_json::from_value(base["wanted"].take()).unwrap();
    let facts: Facts = serde_json::from_value(base["facts"].take()).unwrap();
    assert_eq!(plan::plan(&wanted, &facts), plan::plan(&wanted, &facts));
}

/// Facts as a finished setup leaves them, made from its own plan: the next one has nothing to do, and says what is there.
#[test]
fn after_a_whole_setup_there_is_nothing_to_do() {
    let mut base = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans/base.json"));
    let wanted: Wanted = serde_json::from_value(base["wanted"].take()).unwrap();
    let mut facts: Facts = serde_json::from_value(base["facts"].take()).unwrap();
    let first = plan::plan(&wanted, &facts).unwrap();
    assert!(first.steps().count() > 15);
    carry_out(&first, &wanted, &mut facts);

    let second = plan::plan(&wanted, &facts).unwrap();
    assert!(second.is_empty(), "{:#?}", second.stages);
    assert_eq!(second.warnings, [] as [&str; 0]);
    for there in ["topic iotin", "topic iotout", "source running and healthy"] {
        assert!(
            second.in_place.iter().any(|what| what == there),
            "{:?}",
            second.in_place
        );
    }

    // One thing less, and just that is planned again.
    facts.topics.topics.remove("iotin");
    let third = plan::plan(&wanted, &facts).unwrap();
    let steps: Vec<String> = third.steps().map(ToString::to_string).collect();
    assert_eq!(steps, ["create topic iotin (8 partitions, replication 3)"]);

    // A file that its worker cannot write is given back to it, and nothing else happens.
    facts
        .topics
        .topics
        .insert("iotin".into(), facts.topics.topics["iotout"]);
    let offsets = "/var/lib/hdikafka/offsets/source.offsets";
    for (owner, mode, given) in [("kafka", "640", 0), ("root", "640", 1), ("kafka", "440", 1)] {
        let file = path_facts(owner, mode, Some("00".repeat(32)));
        facts.edge.paths.insert(offsets.into(), file);
        let plan = plan::plan(&wanted, &facts).unwrap();
        let steps: Vec<String> = plan.steps().map(ToString::to_string).collect();
        assert_eq!(steps.len(), given, "{owner} {mode}: {steps:?}");
        let said = format!("give {offsets} to kafka:kafka (640)");
        assert!(steps.iter().all(|step| *step == said), "{steps:?}");
    }
}

/// What each kind of step leaves behind, as the next facts show it.
fn carry_out(plan: &Plan, wanted: &Wanted, facts: &mut Facts) {
    let done: Vec<Step> = plan.steps().cloned().collect();
    let written = [("source", "5e"), ("sink", "51")]
        .map(|(word, byte)| {
            (
                format!("/etc/hdikafka/{word}-secrets.properties"),
                byte.repeat(32),
            )
        })
        .into();
    let manifest = record::manifest(wanted, facts, "salt", &done, &written);
    let edge = &mut facts.edge;
    facts.health.clear();
    for step in done {
        match step {
            Step::MakeDirectories { directories } => {
                for made in directories {
                    let mut there = path_facts(&made.owner, &made.mode, None);
                    there.directory = true;
                    edge.paths.insert(made.path, there);
                }
            }
            Step::UploadJar { to, sha256, .. } => {
                edge.paths
                    .insert(to, path_facts("root", "644", Some(sha256)));
            }
            Step::WriteFile { path, change, .. } => {
                let sha256 = hdikafka::edge::digest(latin1_bytes(&change.after).as_slice());
                let there = path_facts("root", "644", Some(sha256.unwrap().1));
                edge.paths.insert(path.clone(), there);
                edge.contents.insert(path, change.after);
            }
            Step::WriteSecrets { path, .. } => {
                let mut there = path_facts("root", "640", written.get(&path).cloned());
                there.group = "kafka".into();
                edge.paths.insert(path, there);
            }
            Step::EnableUnits { enable, .. } => {
                for connector in enable {
                    edge.units.entry(connector).or_default().enabled = true;
                }
            }
            Step::CreateTopic {
                topic,
                partitions,
                replication_factor,
            } => {
                let shape = Shape {
                    partitions: partitions as usize,
                    replication_factor: replication_factor as usize,
                };
                facts.topics.topics.insert(topic, shape);
            }
            Step::CommitGroup { .. } => {
                let positions = (0..wanted.partitions).map(|partition| (partition, 0));
                facts.topics.sink.committed = positions.clone().collect();
                let marks = positions.map(|(partition, at)| (partition, (at, at)));
                facts.topics.sink.watermarks = marks.collect();
            }
            Step::StartConnector { connector, .. } => {
                let unit = edge.units.entry(connector).or_default();
                *unit = UnitFacts {
                    loaded: true,
                    active: "active".into(),
                    sub: "running".into(),
                    pid: 812,
                    since_boot: edge.uptime - 60,
                    ..unit.clone()
                };
            }
            Step::Prove {
                connector, tasks, ..
            } => facts.health.push(Health {
                connector,
                verdict: Verdict::Healthy,
                state: "RUNNING".into(),
                tasks: Vec::new(),
                expected_tasks: tasks,
                pid: 812,
                since: String::new(),
                restarts: 0,
                missing: Vec::new(),
                cause: None,
            }),
            other => panic!("a fresh edge does not need this: {other}"),
        }
    }
    facts.topics.sink.active = true;
    edge.manifest = Some(manifest);
}

/// Older than the workers.
fn path_facts(owner: &str, mode: &str, sha256: Option<String>) -> PathFacts {
    PathFacts {
        directory: false,
        mode: mode.into(),
        owner: owner.into(),
        group: owner.into(),
        size: 1,
        mtime: 1_700_000_000,
        sha256,
    }
}

fn outcome(wanted: &Wanted, facts: &Facts) -> String {
    let mut text = String::new();
    match plan::plan(wanted, facts) {
        Ok(plan) => {
            for stage in &plan.stages {
                writeln!(text, "{}", stage.title).unwrap();
                stage
                    .steps
                    .iter()
                    .for_each(|step| writeln!(text, "  {step}").unwrap());
            }
            plan.in_place
                .iter()
                .for_each(|what| writeln!(text, "in place: {what}").unwrap());
            plan.warnings
                .iter()
                .for_each(|words| writeln!(text, "warning: {words}").unwrap());
        }
        Err(refused) => {
            for refusal in &refused.0 {
                let kind = match refusal {
                    Refusal::Conflict { .. } | Refusal::Changed(_) => "conflict",
                    Refusal::Lacks { .. } => "lacks",
                    Refusal::Unsupported { .. } => "unsupported",
                };
                writeln!(text, "{kind}: {refusal}").unwrap();
            }
        }
    }
    text
}

fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// RFC 7396, except that null is a value: facts have nulls.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}
