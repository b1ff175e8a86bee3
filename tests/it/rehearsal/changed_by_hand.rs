//! Values that somebody changed by hand since the last run: shown as conflicts, with three ways out. Kept ones stay kept.

use super::node::CONFIG;
use super::person::Person;
use super::stage::Stage;
use serde_json::Value;

const SINK: &str = "connect-iothub-sink.properties";
const SOURCE: &str = "connect-iothub-source.properties";

impl Stage {
    /// Another text in a file of the node.
    #[track_caller]
    fn edited(&self, name: &str, old: &str, new: &str) {
        let path = format!("{CONFIG}/{name}");
        let text = self.text(&path);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {text}");
        self.write(&path, text.replace(old, new));
    }

    fn says(&self, name: &str, line: &str) -> bool {
        self.text(&format!("{CONFIG}/{name}"))
            .lines()
            .any(|one| one == line)
    }

    /// Nothing in the files is to be changed; what the workers say of themselves is another matter.
    #[track_caller]
    fn files_are_settled(&self, arguments: &[&str]) {
        let dry = self.run(
            &[
                &["setup", "--only", "config,secrets", "--dry-run"],
                arguments,
            ]
            .concat(),
        );
        assert_eq!(dry.code, 0, "{}{}", dry.out, dry.err);
    }
}

const FILES: [&str; 4] = ["setup", "--only", "config,secrets", "--yes"];

#[test]
fn each_change_is_kept_or_overwritten_by_name_and_what_is_kept_is_remembered() {
    let stage = Stage::new();
    stage.run(&FILES).succeeded();
    stage.edited(SINK, "tasks.max=1", "tasks.max=7");
    stage.edited(SOURCE, "BatchSize=5", "BatchSize=50");
    stage.edited(
        SOURCE,
        "IotHub.ConsumerGroup=$Default",
        "IotHub.ConsumerGroup=mine",
    );
    let refused = stage.refused(
        &["setup", "--yes"],
        3,
        &[
            "it says tasks.max=7, setup would write tasks.max=1",
            "it says BatchSize=50, setup would write BatchSize=5",
            "--keep=/usr/hdp/current/kafka-broker/config/connect-iothub-source.properties:BatchSize",
            "edit the setting: source.batch_size (--batch-size)",
            "edit the setting: hub.consumer_group (--consumer-group)",
        ],
    );
    assert!(
        !refused.err.contains("edit the setting: tasks"),
        "{}",
        refused.err
    );
    // What is not named is still undecided.
    let one = "--keep=connect-iothub-sink.properties:tasks.max";
    let refused = stage.refused(&["setup", "--yes", one], 3, &["BatchSize"]);
    assert!(!refused.err.contains("tasks.max=7"), "{}", refused.err);

    let decided = [one, "--keep=IotHub.ConsumerGroup", "--overwrite=BatchSize"];
    let dry = stage.run(&[&["setup", "--dry-run"][..], &decided].concat());
    assert!(
        dry.out.contains("= keep tasks.max in /usr/hdp") && dry.out.contains("+BatchSize=5"),
        "{}",
        dry.out
    );
    stage.run(&[&FILES[..], &decided].concat()).succeeded();
    assert!(stage.says(SINK, "tasks.max=7"));
    assert!(stage.says(SOURCE, "BatchSize=5") && stage.says(SOURCE, "IotHub.ConsumerGroup=mine"));
    stage.files_are_settled(&[]);
    stage.files_are_settled(&["--overwrite"]);
    let manifest: Value =
        serde_json::from_str(&stage.text("/var/lib/hdikafka/manifest.json")).unwrap();
    let kept = &manifest["files"][format!("{CONFIG}/{SINK}")]["kept"]["tasks.max"];
    assert!(kept["theirs"].is_string(), "{manifest:#}");

    // Another value there, or another wish, is another question.
    stage.edited(SINK, "tasks.max=7", "tasks.max=8");
    stage.refused(&["setup", "--yes"], 3, &["it says tasks.max=8"]);
    stage.edited(SINK, "tasks.max=8", "tasks.max=7");
    stage.refused(
        &["setup", "--yes", "--consumer-group", "other"],
        3,
        &["it says IotHub.ConsumerGroup=mine, setup would write IotHub.ConsumerGroup=other"],
    );
    stage
        .run(&[&FILES[..], &["--overwrite=tasks.max"]].concat())
        .succeeded();
    assert!(stage.says(SINK, "tasks.max=1"));
    stage.files_are_settled(&[]);
}

#[test]
fn all_of_it_is_kept_with_one_word_also_in_the_files_of_the_workers() {
    let stage = Stage::new();
    stage.run(&FILES).succeeded();
    let standalone = "connect-standalone.properties";
    stage.edited(
        standalone,
        "key.converter=org.apache.kafka.connect.storage.StringConverter",
        "key.converter=org.apache.kafka.connect.json.JsonConverter",
    );
    let worker = "/etc/hdikafka/sink-worker.properties";
    stage.write(worker, stage.text(worker) + "consumer.fetch.max.bytes=1\n");
    stage.refused(
        &["setup", "--yes"],
        3,
        &[
            "key.converter=org.apache.kafka.connect.json.JsonConverter",
            "sink-worker.properties is written by hdikafka and was changed by hand since",
            "--keep=/etc/hdikafka/sink-worker.properties",
            "a systemd drop-in",
        ],
    );
    let dry = stage.run(&["setup", "--only", "config", "--dry-run", "--keep"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    assert!(
        dry.out
            .contains("= keep /etc/hdikafka/sink-worker.properties as it was changed by hand"),
        "{}",
        dry.out
    );
    stage.run(&[&FILES[..], &["--keep"]].concat()).succeeded();
    assert!(stage.text(worker).ends_with("consumer.fetch.max.bytes=1\n"));
    // The worker reads the file that is derived from the kept one.
    assert!(
        stage
            .text("/etc/hdikafka/source-worker.properties")
            .contains("key.converter=org.apache.kafka.connect.json.JsonConverter")
    );
    stage.files_are_settled(&[]);
    stage
        .run(&[&FILES[..], &["--overwrite=sink-worker.properties"]].concat())
        .succeeded();
    assert!(!stage.text(worker).contains("fetch.max.bytes"));
}

#[test]
fn flags_that_contradict_each_other_contact_nobody() {
    let stage = Stage::new();
    for line in [
        &["setup", "--yes", "--keep", "--overwrite"][..],
        &["setup", "--yes", "--keep=a,b", "--overwrite=b"],
        &["connector", "configure", "--yes", "--keep", "--overwrite"],
    ] {
        stage.run(line).failed(2, &["--keep and --overwrite"]);
    }
    assert_eq!(stage.rehearsal.edge.connections(), 0);
}

#[test]
fn at_a_terminal_each_change_is_asked_about() {
    let stage = Stage::new();
    stage.run(&FILES).succeeded();
    stage.edited(SINK, "tasks.max=1", "tasks.max=7");
    stage.edited(SOURCE, "BatchSize=5", "BatchSize=50");
    stage.edited(
        SOURCE,
        "IotHub.ConsumerGroup=$Default",
        "IotHub.ConsumerGroup=mine",
    );
    let mut person = Person::at(&stage, &["setup", "--only", "config,secrets"], &[]);
    person.reads("it says IotHub.ConsumerGroup=mine");
    person.reads("[k]eep what is there");
    person.types("what?");
    person.reads("one of the letters");
    person.types("e");
    person.reads("hub.consumer_group");
    person.types("other");
    person.reads("hub.consumer_group is other in this run; put it into");
    person.reads("it says BatchSize=50");
    person.reads("keep [n]one");
    person.types("o");
    person.reads("it says tasks.max=7");
    person.reads("keep [n]one");
    // behind this one stands no setting
    person.types("e");
    person.reads("No setting stands behind tasks.max");
    person.types("keep");
    person.reads("keep tasks.max in");
    person.reads("Go ahead?");
    person.types("y");
    let (code, screen) = person.leaves(&[]);
    assert_eq!(code, 0, "{screen}");
    assert!(stage.says(SINK, "tasks.max=7"));
    assert!(stage.says(SOURCE, "BatchSize=5") && stage.says(SOURCE, "IotHub.ConsumerGroup=other"));
    stage.files_are_settled(&["--consumer-group", "other"]);
}

#[test]
fn one_answer_may_be_for_all_and_none_is_no_answer() {
    let stage = Stage::new();
    stage.run(&FILES).succeeded();
    stage.edited(SINK, "tasks.max=1", "tasks.max=7");
    stage.edited(SOURCE, "BatchSize=5", "BatchSize=50");
    let mut person = Person::at(&stage, &["setup", "--only", "config,secrets"], &[]);
    for _ in 0..3 {
        person.reads("keep [n]one");
        person.types("");
    }
    let (code, screen) = person.leaves(&[]);
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("nothing was changed"), "{screen}");
    let mut person = Person::at(
        &stage,
        &["setup", "--only", "config,secrets", "--dry-run"],
        &[],
    );
    person.reads("keep [n]one");
    person.types("a");
    let (code, screen) = person.leaves(&[]);
    assert_eq!(code, 10, "{screen}");
    assert!(
        screen.contains("keep BatchSize in") && screen.contains("keep tasks.max in"),
        "{screen}"
    );
    assert!(stage.says(SOURCE, "BatchSize=50"));
}

#[test]
fn a_saved_plan_holds_what_was_decided() {
    let stage = Stage::new();
    stage.run(&FILES).succeeded();
    stage.edited(SINK, "tasks.max=1", "tasks.max=7");
    let plan = stage.world.path("plan.json");
    let plan = plan.to_str().unwrap();
    let dry = stage.run(&[
        "setup",
        "--only",
        "config",
        "--dry-run",
        "--keep=tasks.max",
        "--out",
        plan,
    ]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    stage.run(&["apply", plan, "--yes"]).succeeded();
    assert!(stage.says(SINK, "tasks.max=7"));
    stage.files_are_settled(&[]);
}
