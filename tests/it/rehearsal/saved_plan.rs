//! A plan that is saved, looked at and carried out: as it is, or not at all.

use super::node::{CONFIG, Tree};
use super::setup::steps;
use super::stage::{Stage, eventually};
use hdikafka::sandbox::kafka::{ApiKey, Fault as KafkaFault, ResponseError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

fn file(stage: &Stage) -> PathBuf {
    stage.world.path("work").join("plan.json")
}

/// Saved by a dry run of a fresh node.
fn saved(stage: &Stage) -> Value {
    let dry = stage.run(&["setup", "--dry-run", "--out", "plan.json", "--force"]);
    assert!([0, 10].contains(&dry.code), "{}", dry.err);
    assert!(dry.err.contains("hdikafka apply plan.json"), "{}", dry.err);
    read(stage)
}

fn read(stage: &Stage) -> Value {
    serde_json::from_slice(&fs::read(file(stage)).unwrap()).unwrap()
}

/// Changed by somebody who knows how the file is sealed.
fn forge(stage: &Stage, change: impl FnOnce(&mut Value)) {
    let mut plan = read(stage);
    change(&mut plan);
    plan.as_object_mut().unwrap().remove("sha256");
    let digest = hex::encode(Sha256::digest(serde_json::to_vec(&plan).unwrap()));
    plan["sha256"] = digest.into();
    fs::write(file(stage), plan.to_string()).unwrap();
}

const APPLY: [&str; 3] = ["apply", "plan.json", "--yes"];

#[test]
fn a_saved_plan_is_read_and_carried_out_once() {
    let stage = Stage::new();
    let before = Tree::of(&stage);
    let plan = saved(&stage);
    let mode = fs::metadata(file(&stage)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left: Vec<_> = fs::read_dir(stage.world.path("work"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["plan.json"], "something was left beside it");
    assert_eq!(
        (&plan["kind"], &plan["schema"], &plan["version"]),
        (
            &json!("hdikafka plan"),
            &json!(1),
            &json!(env!("CARGO_PKG_VERSION"))
        )
    );
    assert_eq!(plan["for"]["cluster"], "rehearsal");
    assert_eq!(plan["for"]["node"], "ed10-kafka");
    assert!(
        plan["for"]["hub"]
            .as_str()
            .unwrap()
            .starts_with("rehearsal-hub.")
    );
    assert_eq!(
        plan["by"].as_str().unwrap().split_once('@').unwrap().0,
        "ann"
    );
    no_secret_is_in(&stage, &fs::read_to_string(file(&stage)).unwrap());

    // for its reviewer, who needs no cluster
    let requests = stage.rehearsal.ambari.server().requests().len();
    let shown = stage.run(&["apply", "plan.json", "--show"]).done().out;
    for part in [
        "by ann@",
        "for the cluster rehearsal, the edge node ed10-kafka and the hub rehearsal-hub.",
        "create topic iotout (8 partitions, replication 3)",
        "+bootstrap.servers=wn0-kafka.",
        "+IotHub.AccessKeyValue=${file:",
        "+Restart=",
        "topics.partitions = 8",
        "values not shown",
    ] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
    let document = stage
        .run(&["apply", "plan.json", "--show", "-o", "json"])
        .done();
    assert_eq!(document.json(), plan);
    assert_eq!(stage.rehearsal.ambari.server().requests().len(), requests);
    before.is_still(&stage);

    stage.refused(
        &["apply", "plan.json", "--no-input"],
        2,
        &["nobody is there to agree", "--show"],
    );
    let done = stage
        .run(&[&APPLY[..], &["-o", "json"]].concat())
        .succeeded()
        .json();
    assert_eq!(
        (&done["result"], steps(&done)),
        (&json!("done"), steps(&plan))
    );
    assert_eq!(done["proofs"].as_array().unwrap().len(), 2);
    let log: Value = serde_json::from_str(&stage.text("/var/lib/hdikafka/operations.log")).unwrap();
    assert_eq!(log["command"], "apply");
    let first = &plan["wish"]["first_setup"];
    let manifest: Value =
        serde_json::from_str(&stage.text("/var/lib/hdikafka/manifest.json")).unwrap();
    assert_eq!(
        &manifest["first_setup"], first,
        "another time than the plan's"
    );

    // once more: it is what it should be
    stage.nothing_to_do(&APPLY);
    stage.nothing_to_do(&["setup", "--yes"]);
    assert_eq!(saved(&stage)["plan"]["stages"], json!([]));
    stage.nothing_to_do(&APPLY);
}

fn no_secret_is_in(stage: &Stage, text: &str) {
    for secret in &stage.secrets {
        assert!(!text.contains(secret.as_str()));
    }
}

#[test]
fn a_plan_is_never_saved_over_another_file() {
    let stage = Stage::new();
    fs::write(file(&stage), "mine").unwrap();
    let requests = || stage.rehearsal.ambari.server().requests().len();
    let before = requests();
    let line = ["setup", "--dry-run", "--out", "plan.json"];
    stage.refused(&line, 3, &["plan.json is there already", "--force"]);
    stage.refused(&["setup", "--out", "plan.json"], 2, &["--dry-run"]);
    stage.refused(&["setup", "--dry-run", "--force"], 2, &["--out"]);
    stage.refused(&["setup", "--dry-run", "--out", "-"], 2, &["-o json"]);
    stage.refused(
        &["setup", "--dry-run", "--out", ".", "--force"],
        2,
        &["directory"],
    );
    assert_eq!(requests(), before, "somebody was asked");
    assert_eq!(fs::read_to_string(file(&stage)).unwrap(), "mine");
    stage.refused(
        &["setup", "--dry-run", "--out", "no/such/plan.json"],
        1,
        &["cannot write no/such/plan.json"],
    );
    // a refused plan leaves no file
    stage.write("/tmp/connect.offsets", "not empty");
    stage.refused(&["setup", "--dry-run", "--out", "other.json"], 3, &[]);
    assert!(!stage.world.path("work").join("other.json").exists());
}

#[test]
fn a_plan_of_other_settings_or_another_jar_is_refused_before_anything() {
    let stage = Stage::new();
    saved(&stage);
    let requests = || stage.rehearsal.ambari.server().requests().len();
    let before = requests();
    stage.refused(
        &[
            "apply",
            "plan.json",
            "--yes",
            "--partitions",
            "4",
            "--stable-for",
            "3s",
        ],
        3,
        &[
            "topics.partitions: 8 in the plan, 4 here",
            "proof.stable_for",
            "nothing was changed",
        ],
    );
    assert_eq!(requests(), before, "somebody was asked");

    // the same jar elsewhere is the same jar
    let jar = stage.place().jar();
    let name = jar.file_name().unwrap();
    let copy = stage.world.path("elsewhere").join(name);
    fs::create_dir(stage.world.path("elsewhere")).unwrap();
    fs::copy(&jar, &copy).unwrap();
    let copy = copy.to_str().unwrap();
    let apply = ["apply", "plan.json", "--yes", "--jar", copy];
    let mut bytes = fs::read(&jar).unwrap();
    bytes.extend_from_slice(b"x");
    fs::write(copy, &bytes).unwrap();
    stage.refused(&apply, 3, &["connector.jar", "sha256", "not the one"]);
    fs::copy(&jar, copy).unwrap();
    stage.run(&apply).succeeded();
}

#[test]
fn a_plan_is_refused_when_the_world_is_another() {
    let stage = Stage::new();
    saved(&stage);
    let worker = format!("{CONFIG}/connect-standalone.properties");
    let text = stage.text(&worker);
    stage.write(&worker, format!("{text}#by hand\n"));
    stage.refused(
        &APPLY,
        3,
        &[
            "is not as it was",
            &worker,
            "before",
            "setup --dry-run --out",
        ],
    );
    stage.write(&worker, &text);
    // what is not there when it should be, and what is
    stage.run(&["topics", "create", "iotin"]).succeeded();
    stage.refused(&APPLY, 3, &["not needed any more: create topic iotin"]);
    saved(&stage);

    // another key of the same policy, another hub, another cluster
    let policy = fs::read_to_string(stage.place().directory().join("policy.json")).unwrap();
    let key = &stage.hub_key();
    let other = format!("AAAA{}", &key[4..]);
    stage
        .place()
        .write("policy.json", &policy.replace(key, &other))
        .unwrap();
    let refused = stage.refused(&APPLY, 3, &["the key of the policy service"]);
    assert!(!refused.err.contains(&other));
    stage.place().write("policy.json", &policy).unwrap();
    let hub = fs::read_to_string(stage.place().directory().join("hub.json")).unwrap();
    stage
        .place()
        .write("hub.json", &hub.replace("rehearsal-hub.", "another-hub."))
        .unwrap();
    let names = ("name = \"rehearsal-hub\"", "name = \"another-hub\"");
    stage.profile(names.0, names.1);
    stage.refused(&APPLY, 3, &["hub.name: rehearsal-hub", "another-hub"]);
    stage.profile(names.1, names.0);
    stage.place().write("hub.json", &hub).unwrap();

    stage.run(&APPLY).succeeded();
}

/// What was done stays done; the rest is another plan, and says so.
#[test]
fn a_plan_that_was_carried_out_in_part_is_no_longer_the_plan() {
    let stage = Stage::new();
    saved(&stage);
    let kafka = &stage.rehearsal.kafka;
    kafka.fail(
        ApiKey::CreateTopics,
        KafkaFault::error(ResponseError::PolicyViolation).times(9),
    );
    let partly = stage.run(&APPLY);
    assert_eq!(partly.code, 12, "{}", partly.err);
    assert!(
        partly.err.contains("not carried out to its end"),
        "{}",
        partly.err
    );
    assert!(
        partly.err.contains("the rest is a new plan"),
        "{}",
        partly.err
    );
    kafka.clear_faults();
    stage.refused(&APPLY, 3, &["not needed any more", "setup --dry-run --out"]);
    saved(&stage);
    stage.run(&APPLY).succeeded();
}

#[test]
fn a_file_that_is_no_plan_of_ours_is_refused_by_what_is_wrong_with_it() {
    let stage = Stage::new();
    saved(&stage);
    let whole = fs::read(file(&stage)).unwrap();
    let as_text = String::from_utf8(whole.clone()).unwrap();
    let requests = || stage.rehearsal.ambari.server().requests().len();
    let before = requests();
    stage.refused(&["apply", "nowhere.json", "--yes"], 4, &["nowhere.json"]);
    stage.refused(&["apply", ".", "--yes"], 2, &["reading the saved plan"]);
    let cases: [(Vec<u8>, i32, &str); 9] = [
        (Vec::new(), 2, "it ends early"),
        (whole[..whole.len() / 2].to_vec(), 2, "it ends early"),
        (b"\xff\xfe{\0}\0".to_vec(), 2, "no JSON"),
        (
            b"{\"result\": \"pending\", \"plan\": {}}".to_vec(),
            2,
            "nothing that setup",
        ),
        (vec![b' '; 5 << 20], 2, "too large"),
        (
            as_text.replace("\"schema\": 1", "\"schema\": 2").into(),
            3,
            "it has schema 2",
        ),
        (
            as_text.replace("iotout", "iotOUT").into(),
            7,
            "damaged or edited",
        ),
        (
            as_text
                .replace(
                    "\"by\": \"",
                    "\"by\": \"SharedAccessKey=c2VjcmV0LWNhbmFyeQ==;",
                )
                .into(),
            7,
            "seems to be a key in it (by)",
        ),
        (
            as_text.replace("\"by\": \"", "\"by\": \"\\u001b[2J").into(),
            7,
            "damaged",
        ),
    ];
    for (bytes, code, words) in cases {
        fs::write(file(&stage), bytes).unwrap();
        for line in [&APPLY[..], &["apply", "plan.json", "--show"]] {
            let refused = stage.refused(line, code, &[words, "plan.json"]);
            assert!(!refused.err.contains("canary") && !refused.err.contains("c2VjcmV0"));
        }
    }
    assert_eq!(requests(), before, "somebody was asked");
    // written anew by another program, with a mark at its start: still the plan
    let value: Value = serde_json::from_slice(&whole).unwrap();
    let marked = [b"\xef\xbb\xbf".to_vec(), value.to_string().into_bytes()].concat();
    fs::write(file(&stage), marked).unwrap();
    stage.run(&APPLY).succeeded();
}

/// Whatever the file says, nothing is written that a fresh plan would not write.
#[test]
fn a_forged_plan_writes_nothing() {
    let stage = Stage::new();
    let original = saved(&stage);
    let reset = || fs::write(file(&stage), original.to_string()).unwrap();
    let step = |plan: &mut Value, path: &str| -> Value {
        let stages = plan["plan"]["stages"].as_array_mut().unwrap();
        let steps = stages
            .iter_mut()
            .flat_map(|stage| stage["steps"].as_array_mut().unwrap());
        let mut found =
            steps.filter(|step| step["path"].as_str().is_some_and(|p| p.ends_with(path)));
        found.next().unwrap().clone()
    };
    forge(&stage, |plan| {
        let mut other = step(plan, "source.service");
        other["path"] = "/etc/passwd".into();
        plan["plan"]["stages"][1]["steps"]
            .as_array_mut()
            .unwrap()
            .push(other);
    });
    stage.refused(&APPLY, 3, &["/etc/passwd", "not needed any more"]);
    reset();
    forge(&stage, |plan| {
        let text = plan
            .to_string()
            .replace("source.service", "../../root/x.service");
        *plan = serde_json::from_str(&text).unwrap();
    });
    stage.refused(&APPLY, 3, &["../../root/x.service"]);
    reset();
    forge(&stage, |plan| {
        let stages = plan["plan"]["stages"].as_array_mut().unwrap();
        stages.reverse();
    });
    stage.refused(&APPLY, 3, &["in another order"]);
    reset();
    forge(&stage, |plan| {
        let text = plan
            .to_string()
            .replace("ExecStart=", "ExecStart=/bin/evil ");
        *plan = serde_json::from_str(&text).unwrap();
    });
    stage.refused(&APPLY, 3, &["other in: change"]);
    reset();
    for time in [
        "never",
        "2026-01-31T09:00:00+01:00",
        "2026-01-31T09:00:00Z\nconnector.class=x",
    ] {
        forge(&stage, |plan| plan["wish"]["first_setup"] = time.into());
        stage.refused(&APPLY, 2, &["first_setup"]);
        reset();
    }
    // another time is another plan, and the file does not say so
    forge(&stage, |plan| {
        plan["wish"]["first_setup"] = "2020-01-31T09:00:00Z".into()
    });
    stage.refused(&APPLY, 3, &["connect-iothub-source.properties"]);
    reset();
    forge(&stage, |plan| plan["wish"]["parts"] = json!(["topics"]));
    stage.refused(&APPLY, 3, &["not needed any more"]);
    reset();
    forge(&stage, |plan| {
        plan["for"]["cluster"] = "other\u{1b}[2J".into()
    });
    stage.refused(&APPLY, 3, &["cluster: other"]);
    reset();
    stage.run(&APPLY).succeeded();
}

/// Between the second look and the step there is a moment, too.
#[test]
fn a_file_that_changes_under_an_apply_is_not_overwritten() {
    let stage = Stage::new();
    saved(&stage);
    let node = &stage.rehearsal.edge;
    node.set_faults(|faults| faults.exec_delay = Duration::from_millis(500))
        .unwrap();
    let going = stage.start(&APPLY);
    eventually("its first step", || stage.exists("/run/hdikafka.lock"));
    let worker = format!("{CONFIG}/connect-standalone.properties");
    let text = format!("{}#by hand\n", stage.text(&worker));
    stage.write(&worker, &text);
    let outcome = going.finish();
    node.set_faults(|faults| faults.exec_delay = Duration::ZERO)
        .unwrap();
    assert_eq!(outcome.code, 3, "{}", outcome.err);
    assert_eq!(stage.text(&worker), text);
}
