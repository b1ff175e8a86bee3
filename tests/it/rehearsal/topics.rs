//! Topics beside what the profile wants of them, and deleting them.

use super::person::Person;
use super::stage::Stage;
use serde_json::json;

#[test]
fn drift_is_told_and_is_an_exit_code_only_where_asked_for() {
    let stage = Stage::new();
    let kafka = &stage.rehearsal.kafka;
    kafka.create_topic("iotin", 3, 3, &[]).unwrap();
    kafka.create_topic("other", 1, 1, &[]).unwrap();
    let listed = stage.run(&["topics", "list", "-o", "json"]).done().json();
    let partitions = json!([{"setting": "partitions", "wanted": 8, "found": 3}]);
    assert_eq!(listed["topics"][0]["drift"], partitions);
    assert_eq!(listed["topics"][1]["drift"], json!([]));
    assert_eq!(listed["missing"], json!(["iotout"]));
    let table = stage.run(&["topics", "list"]).done().out;
    assert!(
        table.contains("iotin: 3 partitions, the profile wants 8"),
        "{table}"
    );
    assert!(
        table.contains("iotout: the profile wants it, there is none"),
        "{table}"
    );
    assert_eq!(stage.run(&["topics", "list", "--check"]).code, 10);

    let described = stage
        .run(&["topics", "describe", "iotin", "-o", "json"])
        .done();
    assert_eq!(described.json()["drift"], partitions);
    let one = ["topics", "describe", "iotin", "--partition", "1", "--check"];
    let one = stage.run(&one);
    assert_eq!(one.code, 10, "{}", one.err);
    assert!(one.out.contains("the profile wants 8"), "{}", one.out);
    stage
        .run(&["topics", "describe", "other", "--check"])
        .done();

    kafka.create_topic("iotout", 3, 3, &[]).unwrap();
    stage
        .run(&["topics", "list", "--check", "--partitions", "3"])
        .done();
    let replication = [
        "topics",
        "list",
        "--check",
        "--partitions",
        "3",
        "--replication-factor",
        "2",
    ];
    let listed = stage.run(&replication);
    assert_eq!(listed.code, 10);
    assert!(
        listed
            .out
            .contains("iotout: replication 3, the profile wants 2"),
        "{}",
        listed.out
    );
}

#[test]
fn a_topic_goes_when_its_name_was_typed_or_yes_was_said() {
    let stage = Stage::new();
    let kafka = &stage.rehearsal.kafka;
    for name in ["audit", "old", "__own", "iotin"] {
        kafka.create_topic(name, 2, 1, &[]).unwrap();
    }
    stage.run(&["produce", "audit", "x"]).succeeded();
    let refused = |arguments: &[&str], code, words: &[&str]| {
        stage.refused(&[&["topics", "delete"], arguments].concat(), code, words);
    };
    refused(
        &["audit"],
        2,
        &["nobody is there to type the name", "--yes"],
    );
    refused(
        &["audit", "--yes", "--via", "rest"],
        2,
        &["not over rest", "use tunnel"],
    );
    refused(&["nope", "--yes"], 4, &["topic nope does not exist"]);
    refused(&["__own", "--yes"], 2, &["one of Kafka's own", "--force"]);
    refused(&["a/b", "--yes"], 2, &["topic name"]);

    let mut person = Person::at(&stage, &["topics", "delete", "audit"], &[]);
    person.reads("topic audit: 2 partitions, about 1 record");
    person.reads("Type its name");
    person.types("Audit");
    let (code, seen) = person.leaves(&[]);
    assert_eq!(code, 10, "{seen}");
    assert!(seen.contains("nothing was deleted"), "{seen}");
    assert!(stage.topics().contains(&"audit".to_owned()));
    let mut person = Person::at(&stage, &["topics", "delete", "audit"], &[]);
    person.reads("Type its name");
    person.types("audit");
    assert_eq!(person.leaves(&[]).0, 0);
    assert!(!stage.topics().contains(&"audit".to_owned()));

    let gone = stage
        .run(&["topics", "delete", "old", "--yes", "-o", "json"])
        .done();
    assert_eq!(gone.json(), json!({"deleted": ["old"], "records": 0}));
    stage
        .run(&["topics", "delete", "__own", "--yes", "--force"])
        .done();
    // One of the bridge's, but no connector is there.
    stage.run(&["topics", "delete", "iotin", "--yes"]).done();
    assert_eq!(stage.topics(), Vec::<String>::new());
}

#[test]
fn a_topic_of_the_bridge_stays_while_its_connector_runs_or_that_is_not_known() {
    let stage = Stage::shared();
    let refused = |arguments: &[&str], words: &[&str]| {
        stage
            .run(&[&["topics", "delete", "--yes"], arguments].concat())
            .failed(3, words);
    };
    refused(
        &["iotin"],
        &[
            "in use: the source runs",
            "connector stop source",
            "--force",
        ],
    );
    refused(
        &["iotout"],
        &["in use: the group connect-AzureIotHubSinkConnector reads it"],
    );
    let outside = stage
        .rehearsal
        .kafka
        .bootstrap(hdikafka::sandbox::kafka::EXTERNAL);
    let away = [
        "iotin",
        "--via",
        "direct",
        "--brokers",
        &outside,
        "--edge-port",
        "1",
    ];
    refused(&away, &["whether the source runs is not known", "--force"]);
    assert!(stage.topics().contains(&"iotin".to_owned()));
}
