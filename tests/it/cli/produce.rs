//! `produce` over Kafka's own protocol: records of every form, with keys, partitions and headers.

use super::World;
use super::send_many::cluster;
use super::servers::Watched;
use hdikafka::sandbox::kafka::{ApiKey, Cluster, Fault, Record};
use serde_json::{Value, json};

fn values(kafka: &Cluster) -> Vec<Vec<u8>> {
    let mut records = kafka.records("audit").unwrap();
    records.sort_by_key(|record| record.offset);
    records.into_iter().map(|r| r.value.unwrap()).collect()
}

#[test]
fn one_record_of_every_form() {
    let (kafka, world) = cluster("audit", 1);
    let bytes: Vec<u8> = (0..=255).collect();
    let photo = world.file("work/photo", &bytes);
    let forms: [(&[&str], &[u8]); 6] = [
        (&["{ \"id\":1.0}"], b"{ \"id\":1.0}"),
        (&["Turn On"], b"Turn On"),
        (&["5", "--form", "text"], b"5"),
        (&["--file", &photo, "--whole"], &bytes),
        (
            &["{\"value\":[1, 2],\"partition\":0}", "--form", "record"],
            b"[1,2]",
        ),
        (&[""], b""),
    ];
    for (offset, (arguments, value)) in forms.iter().enumerate() {
        let written = world.run(&[&["produce", "audit"][..], arguments].concat());
        assert_eq!(written.done().out, format!("audit-0@{offset}\n"));
        assert_eq!(values(&kafka)[offset], *value);
    }
    let piped = world.run_with(
        &["produce", "audit", "--whole", "-o", "json"],
        b"a\nb\n\xff",
    );
    let place = json!({"line": 1, "topic": "audit", "partition": 0, "offset": 6});
    assert_eq!(piped.done().json(), place);
    assert_eq!(values(&kafka)[6], b"a\nb\n\xff");
}

#[test]
fn keys_partitions_and_headers() {
    let (kafka, world) = cluster("audit", 3);
    let more = [
        "--key",
        "k",
        "--partition",
        "2",
        "--header",
        "source=import",
        "--header",
        "empty=",
    ];
    world
        .run(&[&["produce", "audit", "x"][..], &more].concat())
        .done();
    let lines = "{\"key\":\"own\",\"partition\":1,\"value\":\"a\"}\n{\"value\":null}\n";
    let form = ["--form", "record"];
    let written = world.run_with(
        &[&["produce", "audit", "-o", "json"][..], &more, &form].concat(),
        lines.as_bytes(),
    );
    let written = written.succeeded();
    assert_eq!(written.err, "ok: 2 records acknowledged by audit\n");
    let mut places: Vec<Value> = written
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    places.sort_by_key(|place| place["line"].as_u64());
    assert_eq!(
        places,
        [
            json!({"line": 1, "topic": "audit", "partition": 1, "offset": 0}),
            json!({"line": 2, "topic": "audit", "partition": 2, "offset": 1}),
        ]
    );
    let records = kafka.records("audit").unwrap();
    let known = |record: &Record| {
        let text = |bytes: &Option<Vec<u8>>| String::from_utf8(bytes.clone().unwrap()).unwrap();
        (record.partition, text(&record.key), text(&record.value))
    };
    let known: Vec<_> = records.iter().map(known).collect();
    let expected = [(1, "own", "a"), (2, "k", "x"), (2, "k", "null")];
    assert_eq!(
        known,
        expected.map(|(partition, key, value)| (partition, key.to_owned(), value.to_owned()))
    );
    let headers = [("source", "import"), ("empty", "")];
    let headers = headers.map(|(name, value)| (name.to_owned(), Some(value.as_bytes().to_vec())));
    assert!(
        records.iter().all(|record| record.headers == headers),
        "{records:?}"
    );
    world
        .run(&["produce", "audit", "x", "--partition", "7"])
        .failed(4, &["partition 7 of topic audit"]);
}

#[test]
fn lines_of_every_form_and_those_that_are_none() {
    let (kafka, world) = cluster("audit", 1);
    let lines = "\u{feff}{\"n\":1}\r\n\nTurn On\n";
    let written = world.run_with(&["produce", "audit"], lines.as_bytes());
    let written = written.succeeded();
    assert_eq!(
        (written.out.as_str(), written.err.as_str()),
        ("", "ok: 2 records acknowledged by audit\n")
    );
    world
        .run_with(&["produce", "audit", "--form", "bytes"], b"\xff\xfe\n\0\n")
        .succeeded();
    assert_eq!(
        values(&kafka),
        [&b"{\"n\":1}"[..], b"Turn On", b"\xff\xfe", b"\0"]
    );
    let watched = Watched::new();
    let nobody = World::new().set("HDIKAFKA_BROKERS", watched.address());
    let refused = nobody.run_with(&["produce", "audit", "--form", "json"], b"1\nx\n\xff\n");
    refused.failed(
        2,
        &[
            "nothing was written",
            "line 2: this is not JSON",
            "line 3: this is not UTF-8",
        ],
    );
    nobody
        .run_with(&["produce", "audit"], b"\xff")
        .failed(2, &["line 1"]);
    nobody
        .run_with(&["produce", "audit"], b"")
        .failed(2, &["there is nothing to write"]);
    for arguments in [
        &["produce", "a b", "x"][..],
        &["produce", "audit", "x", "--header", "x"],
        &["produce", "audit", "x", "--header", "=x"],
        &["produce", "audit", "x", "--partition", "-1"],
        &["produce", "audit", "x", "--whole"],
        &["produce", "audit", "x", "--form", "record"],
        &["produce", "audit", "--whole", "--file", "."],
    ] {
        let refused = nobody.run(arguments);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (2, ""),
            "{arguments:?}: {}",
            refused.err
        );
    }
    assert!(!watched.was_contacted());
}

#[test]
fn what_is_not_acknowledged_is_named() {
    let (kafka, world) = cluster("audit", 2);
    world
        .run(&["produce", "nosuch", "x"])
        .failed(4, &["writing to nosuch", "does not exist"]);
    kafka.fail(ApiKey::Produce, Fault::hang_up());
    world
        .run(&["produce", "audit", "x", "--timeout", "1"])
        .failed(13, &["writing to audit", "not known whether"]);
    let lines = world.run_with(&["produce", "audit", "--timeout", "1"], b"a\n\nb\n");
    lines.failed(
        13,
        &[
            "0 of 2 records were acknowledged by audit",
            "not known whether written: lines 1, 3",
        ],
    );
    assert!(values(&kafka).is_empty());
}
