//! Reading topics back: which records, and in which form. How it ends is in `ends`.

mod ends;

use super::stage::Stage;
use hdikafka::sandbox::kafka::EXTERNAL;
use kafka_protocol::messages::ApiKey;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;

/// 2026-01-31T09:00:00Z, in milliseconds since 1970.
const NINE: i64 = 1_769_850_000_000;

const STRUCT: &str = "Struct{deviceId=fakepi,offset=0,contentType=,enqueuedTime=2026-01-31T09:00:00Z,sequenceNumber=7,content={\"temperature\": 21.5},systemProperties={iothub-connection-auth-method={\"scope\":\"device\"}},properties={temperatureAlert=false}}";
const JSON: &str = r#"{"deviceId":"fakepi","offset":"0","contentType":"","enqueuedTime":"2026-01-31T09:00:00Z","sequenceNumber":7,"content":"{\"temperature\": 21.5}","systemProperties":{"iothub-connection-auth-method":"{\"scope\":\"device\"}"},"properties":{"temperatureAlert":"false"}}"#;

/// A record of a producer that is not ours.
#[derive(Clone, Copy, Default)]
struct Written<'a> {
    partition: i32,
    time: i64,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    header: Option<(&'a str, &'a [u8])>,
}

fn value(partition: i32, time: i64, value: &str) -> Written<'_> {
    Written {
        partition,
        time,
        value: Some(value.as_bytes()),
        ..Written::default()
    }
}

/// A cluster with a topic of two partitions.
fn stage(topic: &str) -> Stage {
    let stage = Stage::new();
    stage
        .rehearsal
        .kafka
        .create_topic(topic, 2, 1, &[])
        .unwrap();
    stage
}

fn write(stage: &Stage, topic: &str, records: &[Written<'_>]) {
    let producer: BaseProducer = ClientConfig::new()
        .set(
            "bootstrap.servers",
            stage.rehearsal.kafka.bootstrap(EXTERNAL),
        )
        .create()
        .unwrap();
    for record in records {
        let mut native = BaseRecord::<[u8], [u8]>::to(topic)
            .partition(record.partition)
            .timestamp(record.time);
        native.key = record.key;
        native.payload = record.value;
        if let Some((key, value)) = record.header {
            let header = Header {
                key,
                value: Some(value),
            };
            native = native.headers(OwnedHeaders::new().insert(header));
        }
        producer.send(native).unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();
}

#[track_caller]
fn lines(stage: &Stage, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["tail", "iotin"], arguments].concat();
    let out = stage.run(&arguments).done().out;
    out.lines().map(str::to_owned).collect()
}

#[test]
fn records_are_chosen_by_time_place_device_and_text() {
    let stage = stage("iotin");
    let command = r#"{"messageId":"1","message":"On","deviceId":"lamp"}"#;
    let mut records = vec![
        value(0, NINE, JSON),
        value(1, NINE + 60_000, command),
        value(0, NINE + 120_000, "alpha"),
        value(1, NINE + 180_000, "beta"),
        // An earlier time that comes later.
        value(1, NINE - 1, "old"),
        value(0, NINE + 240_000, "gamma"),
    ];
    write(&stage, "iotin", &records);
    let values = |arguments: &[&str]| lines(&stage, &[arguments, &["--format", "raw"]].concat());
    let sorted = |arguments: &[&str]| {
        let mut values = values(arguments);
        values.sort();
        values
    };

    assert_eq!(values(&["--until-end"]).len(), 6);
    let from = ["--since", "2026-01-31T10:02:00+01:00"];
    assert_eq!(sorted(&from), ["alpha", "beta", "gamma"]);
    let until = ["--until", "2026-01-31T09:03:00Z"];
    assert_eq!(sorted(&[from, until].concat()), ["alpha"]);
    assert_eq!(
        values(&[&until[..], &["--last", "2"]].concat()),
        [command, "alpha"]
    );
    assert_eq!(values(&["--since", "1s"]), Vec::<String>::new());
    assert_eq!(values(&["--last", "2"]), ["beta", "gamma"]);
    assert_eq!(
        values(&["--partition", "1", "--offset", "1"]),
        ["beta", "old"]
    );
    assert_eq!(
        values(&["--partition", "0", "--until-end", "--count", "2"]),
        [JSON, "alpha"]
    );
    assert_eq!(values(&["--device", "fakepi"]), [JSON]);
    assert_eq!(values(&["--device", "lamp"]), [command]);
    assert_eq!(values(&["--device", "lam"]), Vec::<String>::new());
    assert_eq!(values(&["--grep", "\"On\""]), [command]);
    assert_eq!(
        values(&["--grep", "On", "--device", "fakepi"]),
        Vec::<String>::new()
    );

    // What is rare is searched for far back, in both partitions.
    records.clear();
    let (busy, quiet) = ("x".repeat(20), "y");
    records.extend((0..2600).map(|n| value(0, NINE + 300_000 + n, &busy)));
    records.extend((0..700).map(|n| value(1, NINE + 300_000 + 1000 * n, quiet)));
    write(&stage, "iotin", &records);
    assert_eq!(values(&["--device", "fakepi", "--last", "1"]), [JSON]);
    assert_eq!(values(&["--grep", "a", "--last", "2"]), ["beta", "gamma"]);
}

#[test]
fn the_three_forms_of_the_source_read_alike_and_anything_else_is_shown() {
    let stage = stage("iotin");
    let schema = format!(r#"{{"schema":{{"type":"struct"}},"payload":{JSON}}}"#);
    let mut records: Vec<Written<'_>> = [JSON, &schema, STRUCT, "Struct{deviceId=", "{\"a\":"]
        .iter()
        .zip(NINE..)
        .map(|(text, time)| value(0, time, text))
        .collect();
    let strange = Written {
        time: NINE + 10,
        key: Some(b"\xff"),
        value: Some(b"\xc3\x28\x1b[2J"),
        header: Some(("trace\u{1b}", b"\xfe1")),
        ..Written::default()
    };
    let tombstone = Written {
        time: NINE + 11,
        key: Some(b"gone"),
        ..Written::default()
    };
    records.extend([strange, tombstone]);
    write(&stage, "iotin", &records);

    let rows = lines(&stage, &["--until-end"]);
    for (offset, row) in rows[..3].iter().enumerate() {
        let wanted = format!(
            "2026-01-31T09:00:00.00{offset}Z iotin-0@{offset} fakepi {{\"temperature\": 21.5}}"
        );
        assert_eq!(*row, wanted);
    }
    let said = |at: usize, words: &str| assert!(rows[at].ends_with(words), "{}", rows[at]);
    said(3, " - Struct{deviceId=");
    said(4, " - {\"a\":");
    said(5, " \\xff \\xc3(\\x1b[2J");
    said(6, " gone (no value)");

    let out = stage
        .run(&["tail", "iotin", "--until-end", "-o", "json"])
        .done()
        .out;
    let all: Vec<Value> = out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    for (at, form) in ["json", "schema", "struct"].iter().enumerate() {
        assert_eq!(all[at]["telemetry"], all[0]["telemetry"]);
        assert_eq!(
            (&all[at]["written_as"], &all[at]["device"]),
            (&(*form).into(), &"fakepi".into())
        );
    }
    let telemetry = &all[2]["telemetry"];
    assert_eq!(telemetry["content"], "{\"temperature\": 21.5}");
    assert_eq!(telemetry["properties"]["temperatureAlert"], "false");
    assert_eq!(telemetry["sequenceNumber"], 7);
    assert_eq!(all[2]["value"], STRUCT);
    assert_eq!(all[5]["value_base64"], "wygbWzJK");
    assert_eq!(all[5]["key_base64"], "/w==");
    assert_eq!(all[5]["headers"][0]["name"], "trace\u{1b}");
    assert_eq!(all[5]["headers"][0]["value"], "\\xfe1");
    assert_eq!(all[6]["value"], Value::Null);
    let yaml = stage
        .run(&["tail", "iotin", "--until-end", "-o", "yaml"])
        .done()
        .out;
    assert_eq!(yaml.matches("---\n").count(), 7, "{yaml}");
}

#[test]
fn each_form_of_the_records_and_none_that_contradicts() {
    let stage = stage("iotin");
    let strange = Written {
        time: NINE,
        key: Some(b"k"),
        value: Some(b"a\xff\0\x1b[2J\nb"),
        header: Some(("h", b"1")),
        ..Written::default()
    };
    write(&stage, "iotin", &[value(0, NINE, JSON), strange]);
    let raw = |arguments: &[&str]| {
        let output = stage
            .command(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let all = raw(&["tail", "--until-end", "--format", "raw"]);
    assert_eq!(all, [JSON.as_bytes(), b"\na\xff\0\x1b[2J\nb\n"].concat());
    // The first record has a device; the second has bytes that must not act on a terminal.
    let filled = raw(&[
        "tail",
        "--until-end",
        "--format",
        "%t-%p@%o %i %d %k %S [%h] %b",
    ]);
    let wanted = format!(
        "iotin-0@0 2026-01-31T09:00:00.000Z fakepi  {} [] {{\"temperature\": 21.5}}\n\
         iotin-0@1 2026-01-31T09:00:00.000Z - k 9 [h=1] a\\xff\\x00\\x1b[2J\\nb\n",
        JSON.len()
    );
    assert_eq!(String::from_utf8(filled).unwrap(), wanted);
    let json = raw(&["tail", "--until-end", "--format", "json"]);
    assert_eq!(json, raw(&["tail", "--until-end", "-o", "json"]));

    let asked = || stage.rehearsal.kafka.requests(ApiKey::Metadata);
    let before = asked();
    let cases: [(&[&str], &[&str]); 10] = [
        (&["--follow", "--until-end"], &["--follow", "--until-end"]),
        (&["-f", "--until", "1h"], &["--follow", "--until"]),
        (&["--offset", "3"], &["--partition"]),
        (
            &["--partition", "0", "--offset", "3", "--last", "2"],
            &["--offset", "--last"],
        ),
        (&["--last", "3", "--since", "1h"], &["--last", "--since"]),
        (&["--since", "1h", "--until", "2h"], &["not before --until"]),
        (&["--since", "yesterday"], &["how long ago"]),
        (
            &["--format", "raw", "-o", "json"],
            &["--format and --output"],
        ),
        (&["--format", "%x"], &["stands for nothing", "--help"]),
        (&["--format", "csv"], &["none of table, json and raw"]),
    ];
    for (flags, words) in cases {
        let outcome = stage.run(&[&["tail"], flags].concat());
        assert_eq!(outcome.code, 2, "{flags:?}: {}", outcome.err);
        for words in words {
            assert!(
                outcome.err.contains(words),
                "{words:?} is not in {}",
                outcome.err
            );
        }
    }
    assert_eq!(asked(), before);
    stage
        .run(&["tail", "iotin", "--partition", "7"])
        .failed(4, &["partition 7 of topic iotin does not exist"]);
}
