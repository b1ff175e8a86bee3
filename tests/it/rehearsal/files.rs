//! Files and topics that were there before: every byte that is not ours stays, and another generation of the jar is told
//! from the one that is wanted.

use super::node::{CONFIG, KAFKA};
use super::stage::Stage;
use hdikafka::sandbox::edge::scratch::Scratch;
use std::io::{Cursor, Write as _};
use zip::write::{SimpleFileOptions, ZipWriter};

const SETUP: [&str; 2] = ["setup", "--yes"];

/// CRLF, Latin-1 and UTF-8 side by side, keys given twice, values and keys over several lines, odd separators.
const STANDALONE: &[u8] = b"# Gr\xf6\xdfe \xe2\x82\xac, by ann\r\n\
    ! bootstrap.servers=commented:9092\r\n\
    bootstrap.servers = first:9092\r\n\
    \tkey.converter : org.apache.kafka.connect.json.\\\r\n      JsonConverter\r\n\
    value.converter=org.apache.kafka.connect.json.JsonConverter\n\
    offset.flush.timeout.ms=5000\r\n\
    offset.flush.timeout.ms = \\\r\n   6000\r\n\
    rest.extra\\ key\\:x=caf\xe9 \\u20ac\r\n\
    bootstrap.servers:second:9092\r\n\
    offset.storage.file.filename=/tmp/connect.offsets\r\n\
    # the last line has no end\r\n\
    access.control.allow.methods=GET";

/// What of it is not ours, in order.
const KEPT: [&[u8]; 6] = [
    b"# Gr\xf6\xdfe \xe2\x82\xac, by ann\r\n! bootstrap.servers=commented:9092\r\n",
    b"offset.flush.timeout.ms=5000\r\noffset.flush.timeout.ms = \\\r\n   6000\r\n",
    b"rest.extra\\ key\\:x=caf\xe9 \\u20ac\r\n",
    b"offset.storage.file.filename=/var/lib/hdikafka/offsets/connect.offsets\r\n",
    b"# the last line has no end\r\n",
    b"access.control.allow.methods=GET",
];

#[test]
fn every_other_byte_of_somebodys_files_is_kept() {
    let stage = Stage::new();
    let standalone = format!("{CONFIG}/connect-standalone.properties");
    let sink = format!("{CONFIG}/connect-iothub-sink.properties");
    stage.write(&standalone, STANDALONE);
    let scratch: &Scratch = stage.rehearsal.edge.scratch();
    scratch.set_owner(&standalone, KAFKA.0, KAFKA.1).unwrap();
    scratch.set_mode(&standalone, 0o664).unwrap();
    stage.write(
        &sink,
        b"# ann\xe9\r\nname=Mine\r\nerrors.log.enable=\\\r\n  false\r\n",
    );
    scratch.set_mode(&sink, 0o644).unwrap();
    stage
        .rehearsal
        .kafka
        .create_topic("iotin", 2, 1, &[])
        .unwrap();

    let made = stage.run(&SETUP).succeeded();
    let warned = "topic iotin is there with another shape: partitions 2";
    assert!(made.err.contains(warned), "{}", made.err);
    let after = stage.read(&standalone);
    let mut rest = after.as_slice();
    for part in KEPT {
        let at = rest.windows(part.len()).position(|window| window == part);
        let at = at
            .unwrap_or_else(|| panic!("{part:?} is not in {:?}", String::from_utf8_lossy(&after)));
        rest = &rest[at + part.len()..];
    }
    assert_eq!(
        stage.access(&standalone),
        format!("0664 {}:{}", KAFKA.0, KAFKA.1)
    );
    let backups = super::node::holding(
        &scratch.host_path("/var/lib/hdikafka/backups"),
        &["commented:9092".to_owned()],
    );
    assert_eq!(backups.len(), 1, "the old file is kept once");
    let after = stage.read(&sink);
    assert!(
        after.starts_with(b"# ann\xe9\r\nname="),
        "{:?}",
        String::from_utf8_lossy(&after)
    );
    assert_eq!(
        stage
            .rehearsal
            .kafka
            .look(|seen| seen.watermarks("iotin").len()),
        2
    );
    stage.nothing_to_do(&SETUP);

    stage
        .run(&["topics", "create", "iotin", "--partitions", "8"])
        .failed(3, &["iotin", "2 partitions"]);
}

/// A jar with these classes and nothing else.
fn jar(stage: &Stage, name: &str, classes: &[&str]) -> String {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for class in classes {
        let name = format!("com/microsoft/azure/iot/kafka/connect/{class}.class");
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"\xca\xfe\xba\xbe\0\0\0\x34").unwrap();
    }
    stage.world.file(name, zip.finish().unwrap().into_inner())
}

#[test]
fn a_jar_of_the_other_generation_has_other_classes_and_settings() {
    let stage = Stage::bridge();
    let old = jar(
        &stage,
        "kafka-connect-iothub-assembly_2.11-0.6.jar",
        &[
            "IotHubSourceConnector",
            "IotHubSourceTask",
            "sink/IotHubSinkConnector",
            "sink/IotHubSinkTask",
        ],
    );
    let dry = stage.run(&["setup", "--dry-run", "--jar", &old]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for part in [
        "kafka-connect-iothub-assembly_2.11-0.6.jar",
        "-connector.class=com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector",
        "+connector.class=com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector",
        "restart the source",
    ] {
        assert!(dry.out.contains(part), "{part:?} is not in {}", dry.out);
    }
    stage.run(&["setup", "--yes", "--jar", &old]).succeeded();
    // This generation waits a minute at an idle partition before it says that it has polled: only that is left.
    let again = stage
        .run(&["setup", "--dry-run", "--jar", &old, "-o", "json"])
        .json();
    let steps = super::setup::steps(&again);
    assert!(
        steps.iter().all(|step| step.starts_with("prove ")),
        "{steps:#?}"
    );
    let half = jar(&stage, "half.jar", &["source/IotHubSourceConnector"]);
    stage.refused(
        &["setup", "--yes", "--jar", &half],
        2,
        &["half.jar", "no sink connector"],
    );
    let text = stage.world.file("text.jar", "not a jar");
    stage.refused(
        &["setup", "--yes", "--jar", &text],
        2,
        &["text.jar", "not a jar"],
    );
}
