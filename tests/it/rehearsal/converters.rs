//! Converters for other producers and consumers, on the worker or for one connector; and what cannot work.

use super::node::CONFIG;
use super::stage::{Stage, eventually};

const JSON: &str = "value.converter=org.apache.kafka.connect.json.JsonConverter";
const STRING: &str = "value.converter=org.apache.kafka.connect.storage.StringConverter";

fn lines(stage: &Stage, name: &str) -> Vec<String> {
    let text = stage.text(&format!("{CONFIG}/{name}.properties"));
    text.lines()
        .filter(|line| line.starts_with("value.converter") || line.starts_with("key.converter="))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_sink_that_reads_json_with_its_schema_gets_structs_to_the_device() {
    let stage = Stage::new();
    stage
        .run(&[
            "setup",
            "--yes",
            "--sink-converter",
            "json-schema",
            "--source-converter",
            "json-schema",
        ])
        .succeeded();
    let own = [JSON, "value.converter.schemas.enable=true"];
    assert_eq!(lines(&stage, "connect-iothub-sink"), own);
    assert_eq!(lines(&stage, "connect-iothub-source"), own);
    let field = |name: &str| format!(r#"{{"type":"string","optional":false,"field":"{name}"}}"#);
    let schema = format!(
        r#"{{"type":"struct","optional":false,"fields":[{},{},{}]}}"#,
        field("messageId"),
        field("message"),
        field("deviceId")
    );
    let record = format!(
        r#"{{"schema":{schema},"payload":{{"messageId":"1","message":"Turn On","deviceId":"fakepi"}}}}"#
    );
    stage.run(&["produce", "iotout", &record]).succeeded();
    eventually("the command", || stage.commands("fakepi") == ["Turn On"]);
    // What `send` writes would stop this sink.
    let refused = stage.run(&[
        "send",
        "-d",
        "fakepi",
        "x",
        "--sink-converter",
        "json-schema",
    ]);
    refused.failed(2, &["the sink reads json-schema", "hdikafka produce"]);

    stage
        .run(&["device", "simulate", "fakepi", "-n", "1"])
        .succeeded();
    eventually("telemetry with its schema", || {
        let tail = stage
            .run(&["tail", "iotin", "--last", "1", "-o", "json"])
            .out;
        tail.contains("\"schema\"")
    });
    let tail = stage.run(&["tail", "iotin", "--last", "1"]).succeeded();
    assert!(
        tail.out.contains("fakepi {\"messageId\":1,") && !tail.out.contains("schema"),
        "{}",
        tail.out
    );
}

#[test]
fn the_workers_converter_is_for_both_and_each_may_have_its_own() {
    let stage = Stage::new();
    let files = ["setup", "--yes", "--only", "config"];
    let run = |more: &[&str]| stage.run(&[&files[..], more].concat()).succeeded();
    run(&[]);
    let key = "key.converter=org.apache.kafka.connect.storage.StringConverter";
    assert_eq!(
        lines(&stage, "connect-standalone"),
        [key, STRING, "value.converter.schemas.enable=true"]
    );
    assert_eq!(
        lines(&stage, "connect-iothub-source"),
        [JSON, "value.converter.schemas.enable=false"]
    );
    assert_eq!(lines(&stage, "connect-iothub-sink"), [""; 0]);

    // the manual's way; a line that is there is made right, for it would win over the worker's
    run(&["--source-format", "string"]);
    assert_eq!(lines(&stage, "connect-iothub-source")[0], STRING);

    run(&["--converter", "json-schema"]);
    assert_eq!(
        lines(&stage, "connect-standalone"),
        [key, JSON, "value.converter.schemas.enable=true"]
    );
    assert_eq!(
        lines(&stage, "connect-iothub-source"),
        [JSON, "value.converter.schemas.enable=true"]
    );
    run(&[
        "--converter",
        "json",
        "--sink-converter",
        "io.confluent.connect.avro.AvroConverter",
    ]);
    assert_eq!(
        lines(&stage, "connect-standalone"),
        [key, JSON, "value.converter.schemas.enable=false"]
    );
    assert_eq!(
        lines(&stage, "connect-iothub-sink"),
        ["value.converter=io.confluent.connect.avro.AvroConverter"]
    );
    let worker = stage.text("/etc/hdikafka/sink-worker.properties");
    assert!(worker.contains(JSON), "{worker}");
}

#[test]
fn what_the_connectors_cannot_read_or_write_is_refused_before_anybody_is_asked() {
    let stage = Stage::new();
    for (line, words) in [
        (
            &["--converter", "json"][..],
            &["worker.converter", "--sink-converter string"][..],
        ),
        (
            &["--sink-converter", "json"],
            &["sink.converter", "JSON without its schema"],
        ),
        (&["--source-converter", "bytes"], &["no bytes"]),
        (&["--converter", "avro"], &["no converter", "json-schema"]),
        (
            &["--source-converter", "string", "--source-format", "json"],
            &["source.converter", "leave one of them out"],
        ),
    ] {
        stage
            .run(&[&["setup", "--yes"], line].concat())
            .failed(2, words);
    }
    assert_eq!(stage.rehearsal.edge.connections(), 0);
}
