//! The whole chain at a glance: what is well, what is not, and what could not be asked.

use super::stage::{Stage, eventually};
use hdikafka::sandbox::kafka::EXTERNAL;
use kafka_protocol::messages::ApiKey;
use serde_json::{Value, json};

fn status(stage: &Stage, arguments: &[&str]) -> (i32, Value) {
    let outcome = stage.run(&[&["status", "-o", "json"], arguments].concat());
    (outcome.code, outcome.json())
}

#[test]
fn a_bridge_at_work_and_one_whose_sink_stands() {
    let stage = Stage::bridge();
    stage.until_healthy();
    let (code, seen) = status(&stage, &[]);
    assert_eq!(code, 0, "{seen:#}");
    let verdicts = seen["connectors"].as_array().unwrap().iter();
    let verdicts: Vec<&Value> = verdicts.map(|one| &one["verdict"]).collect();
    assert_eq!(verdicts, ["healthy", "healthy"]);
    let shape = |name: &str, carries: &str| json!({"name": name, "carries": carries, "exists": true, "partitions": 8, "replication_factor": 3, "drift": []});
    let topics = json!([shape("iotin", "telemetry"), shape("iotout", "commands")]);
    assert_eq!(seen["topics"], topics);
    assert_eq!(
        seen["telemetry"],
        json!({"topic": "iotin", "records": 0, "newest": null, "age_seconds": null})
    );
    assert_eq!(seen["not_asked"], json!([]));
    let sink = &seen["sink"];
    assert_eq!(
        (&sink["group"], &sink["members"]),
        (&"connect-AzureIotHubSinkConnector".into(), &1.into())
    );
    assert_eq!(sink["partitions"].as_array().unwrap().len(), 8);

    stage
        .run(&["device", "simulate", "fakepi", "-n", "1"])
        .succeeded();
    eventually("the telemetry", || {
        status(&stage, &[]).1["telemetry"]["records"] == 1
    });
    let telemetry = status(&stage, &[]).1["telemetry"].clone();
    assert!(
        telemetry["age_seconds"].as_i64().unwrap() < 60,
        "{telemetry}"
    );
    assert!(telemetry["newest"].as_str().unwrap().ends_with('Z'));
    let table = stage.run(&["status"]).done().out;
    for words in [
        "healthy",
        "iotin",
        " s ago",
        "iotout-7",
        "connect-AzureIotHubSinkConnector: Stable, 1 member",
    ] {
        assert!(table.contains(words), "{words:?} is not in {table}");
    }

    stage.run(&["connector", "stop", "sink"]).succeeded();
    let end = status(&stage, &[]).1["sink"]["end"].as_i64().unwrap();
    stage.run(&["send", "-d", "fakepi", "later"]).succeeded();
    let (code, seen) = status(&stage, &[]);
    assert_eq!(code, 14);
    let sink = &seen["sink"];
    assert_eq!(
        (&sink["lag"], &sink["end"], &sink["members"]),
        (&1.into(), &(end + 1).into(), &0.into())
    );
    let behind: i64 = sink["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["lag"].as_i64().unwrap())
        .sum();
    assert_eq!(behind, 1);

    // Its topic may go now, and that is seen.
    stage
        .run(&["topics", "delete", "iotout", "--yes"])
        .succeeded();
    let (code, seen) = status(&stage, &[]);
    assert_eq!(
        (code, &seen["sink"], &seen["topics"][1]["exists"]),
        (14, &Value::Null, &false.into())
    );
    let table = stage.run(&["status"]).out;
    assert!(
        table.contains("iotout: the profile wants it, there is none"),
        "{table}"
    );
}

#[test]
fn what_cannot_be_asked_is_named_and_the_rest_is_shown() {
    let stage = Stage::shared();
    let outside = stage.rehearsal.kafka.bootstrap(EXTERNAL);
    let direct = ["--via", "direct", "--brokers", &outside];
    let no_edge = ["--edge-port", "1"];
    let no_kafka = [
        "--via",
        "direct",
        "--brokers",
        "127.0.0.1:1",
        "--timeout",
        "3",
    ];

    let (code, seen) = status(stage, &[&direct[..], &no_edge].concat());
    assert_eq!(
        (code, &seen["connectors"], &seen["host"]),
        (0, &Value::Null, &Value::Null)
    );
    assert_eq!(seen["not_asked"][0]["part"], "connectors");
    assert_eq!(seen["not_asked"][0]["error"]["code"], 8);
    assert_eq!(seen["sink"]["partitions"].as_array().unwrap().len(), 8);

    let (code, seen) = status(stage, &no_kafka);
    assert_eq!(
        (code, &seen["topics"], &seen["sink"]),
        (0, &Value::Null, &Value::Null)
    );
    assert_eq!(seen["connectors"][0]["verdict"], "healthy");
    assert_eq!(seen["not_asked"][0]["part"], "kafka");
    let table = stage.run(&[&["status"], &no_kafka[..]].concat()).done().out;
    assert!(
        table.contains("kafka: not asked: ") && table.contains("cannot reach Kafka"),
        "{table}"
    );

    let nothing = stage.run(&[&["status"], &no_kafka[..], &no_edge].concat());
    nothing.failed(8, &["nothing could be asked", "cannot reach Kafka"]);
}

#[test]
fn watching_looks_again_with_the_same_connections_until_ctrl_c() {
    let stage = Stage::shared();
    let asked = || stage.rehearsal.kafka.requests(ApiKey::OffsetFetch);
    let before = asked();
    let watching = stage.start(&["status", "--watch", "--every", "1s", "-o", "json"]);
    eventually("three looks", || asked() >= before + 3);
    watching.signal(libc::SIGINT);
    let seen = watching.finish();
    assert_eq!((seen.code, seen.err.as_str()), (0, ""));
    assert!(seen.out.lines().count() >= 2, "{}", seen.out);
    for line in seen.out.lines() {
        let one: Value = serde_json::from_str(line).unwrap();
        assert_eq!(one["connectors"][1]["verdict"], "healthy");
    }
    stage
        .run(&["status", "--every", "1s"])
        .failed(2, &["--watch"]);
}
