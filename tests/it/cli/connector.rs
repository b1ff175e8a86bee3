//! `connector inspect`: jars of both generations, and files that are no such jar.

use super::World;
use serde_json::Value;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

const PACKAGE: &str = "com/microsoft/azure/iot/kafka/connect";
const JAVA_8: &[u8] = b"\xca\xfe\xba\xbe\0\0\0\x34";

pub(super) fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let name = name.replace("PACKAGE", PACKAGE);
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn inspected(name: &str, entries: &[(&str, &[u8])]) -> (Value, String) {
    let world = World::new();
    let file = world.file(name, jar(entries));
    let json = world
        .run(&["connector", "inspect", &file, "-o", "json"])
        .done()
        .json();
    (json, world.run(&["connector", "inspect", &file]).done().out)
}

#[test]
fn both_generations_tell_their_classes() {
    let (json, table) = inspected(
        "kafka-connect-iothub-assembly_2.11-0.6.jar",
        &[
            ("PACKAGE/IotHubSourceConnector.class", JAVA_8),
            ("PACKAGE/sink/IotHubSinkConnector.class", JAVA_8),
        ],
    );
    assert_eq!(json["generation"], "release06");
    assert_eq!(
        json["source_class"],
        "com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector"
    );
    assert_eq!(
        (&json["version"], &json["java"]),
        (&"0.6".into(), &8.into())
    );
    assert_eq!(json["receive_timeout_supported"], false);
    assert!(table.contains("com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConnector"));

    let (json, _) = inspected(
        "kafka-connect-iothub-assembly_2.11-0.7.0.jar",
        &[
            ("PACKAGE/source/IotHubSourceConnector.class", JAVA_8),
            ("PACKAGE/sink/IotHubSinkConnector.class", JAVA_8),
        ],
    );
    assert_eq!(json["generation"], "later");
    assert_eq!(
        json["source_class"],
        "com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector"
    );
    assert_eq!(json["receive_timeout_supported"], true);
}

#[test]
fn a_jar_with_the_source_alone_says_that_the_sink_is_missing() {
    let (json, table) = inspected(
        "c.jar",
        &[("PACKAGE/source/IotHubSourceConnector.class", JAVA_8)],
    );
    assert_eq!(json["sink_class"], Value::Null);
    let row = table
        .lines()
        .find(|line| line.starts_with("sink class"))
        .unwrap();
    assert!(row.trim_end().ends_with("none"), "{row}");
}

#[test]
fn what_is_no_connector_jar_is_named_for_what_it_is() {
    let world = World::new();
    let whole = jar(&[("PACKAGE/source/IotHubSourceConnector.class", JAVA_8)]);
    for content in [
        b"<html>404</html>".as_slice(),
        b"",
        &whole[..whole.len() / 2],
    ] {
        let file = world.file("c.jar", content);
        world
            .run(&["connector", "inspect", &file])
            .failed(2, &["c.jar is not a jar"]);
    }
    let other = world.file(
        "c.jar",
        jar(&[("org/x/\x1b[31mFileSinkConnector.class", JAVA_8)]),
    );
    world
        .run(&["connector", "inspect", &other])
        .failed(2, &["no IoT Hub connector", "org.x.[31mFileSinkConnector"]);
    let nothing = world.file("c.jar", jar(&[]));
    world
        .run(&["connector", "inspect", &nothing])
        .failed(2, &["no IoT Hub connector"]);
    world
        .run(&["connector", "inspect", "nowhere.jar"])
        .failed(4, &["nowhere.jar"]);
    world
        .run(&["connector", "inspect", "."])
        .failed(2, &["not a regular file"]);
}

/// What a real fat jar carries, with one class of each.
const FAT: &[(&str, &[u8])] = &[
    ("PACKAGE/source/IotHubSourceConnector.class", JAVA_8),
    ("PACKAGE/sink/IotHubSinkConnector.class", JAVA_8),
    ("META-INF/MANIFEST.MF", b"Implementation-Version: 0.7.0\n"),
    ("scala/Predef.class", b""),
    ("library.properties", b"version.number=2.11.8\n"),
    ("org/slf4j/LoggerFactory.class", b""),
    ("org/slf4j/spi/SLF4JServiceProvider.class", b""),
    ("com/fasterxml/jackson/core/JsonFactory.class", b""),
    (
        "META-INF/maven/com.fasterxml.jackson.core/jackson-core/pom.properties",
        b"#x\nversion=2.8.4\nartifactId=jackson-core\n",
    ),
    ("com/microsoft/azure/eventhubs/EventHubClient.class", b""),
    ("com/microsoft/azure/eventhubs/EventPosition.class", b""),
    (
        "com/microsoft/azure/sdk/iot/service/ServiceClient.class",
        b"",
    ),
    (
        "META-INF/maven/com.microsoft.azure.sdk.iot/iot-service-client/pom.properties",
        b"version=1.4.22\x1b[31m\n",
    ),
];

#[test]
fn all_that_a_person_should_know_of_a_jar_is_told() {
    let (json, table) = inspected("kafka-connect-iothub-assembly_2.11-0.7.0.jar", FAT);
    let library = |name: &str| {
        let found = json["libraries"].as_array().unwrap().iter();
        let mut found = found.filter(|library| library["name"] == name);
        found.next().map(|library| library["version"].clone())
    };
    for (name, version) in [
        ("scala-library", "2.11.8"),
        ("slf4j-api", "1.8 or later"),
        ("jackson-core", "2.8.4"),
        ("azure-eventhubs", "1.0.0 or later"),
        ("iot-service-client", "1.4.22[31m"),
    ] {
        assert_eq!(library(name), Some(version.into()), "{name}");
    }
    assert_eq!(library("gson"), None);
    assert_eq!(json["entries"], FAT.len());
    assert_eq!(json["sha256"].as_str().unwrap().len(), 64);
    for words in [
        "0.7 (built from source)",
        "8 (class files 52)",
        "in kafka-broker/libs it breaks Kafka's own tools",
        "slf4j 1.8 or later is inside",
    ] {
        assert!(table.contains(words), "{words:?} is not in {table}");
    }
    let (old, table) = inspected(
        "x-0.6.jar",
        &[
            ("PACKAGE/IotHubSourceConnector.class", JAVA_8),
            ("PACKAGE/sink/IotHubSinkConnector.class", JAVA_8),
            (
                "com/microsoft/azure/servicebus/ConnectionStringBuilder.class",
                b"",
            ),
        ],
    );
    assert_eq!(old["libraries"][0]["version"], "before 1.0.0");
    assert!(table.contains("0.6 (the last release)") && table.contains("without looking whether"));
}

#[test]
fn a_zip_that_lies_about_itself_costs_nothing() {
    let world = World::new();
    // the directory's end: 500,001 files in 5 kB
    let mut many = jar(&[("PACKAGE/sink/IotHubSinkConnector.class", JAVA_8)]);
    let end = many.len() - 22;
    many[end + 8..end + 12].fill(0xff);
    many[end + 12..end + 16].copy_from_slice(&200_000_000_u32.to_le_bytes());
    let file = world.file("bomb.jar", many);
    let outcome = world.run(&["connector", "inspect", &file]);
    assert!(outcome.took < std::time::Duration::from_secs(5));
    outcome.failed(2, &["bomb.jar is not a jar", "no connector has as many"]);
    // a class of a gigabyte, a million times smaller in the zip: only its head is unpacked
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let name = format!("{PACKAGE}/source/IotHubSourceConnector.class");
    let packed = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file(name, packed).unwrap();
    zip.write_all(JAVA_8).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        zip.write_all(&zeros).unwrap();
    }
    let file = world.file("dense.jar", zip.finish().unwrap().into_inner());
    let outcome = world
        .run(&["connector", "inspect", &file, "-o", "json"])
        .done();
    assert_eq!(outcome.json()["java"], 8);
    // more files than a plain end record can count: zip64
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..66_000 {
        zip.start_file(number.to_string(), SimpleFileOptions::default())
            .unwrap();
    }
    zip.start_file(format!("{PACKAGE}/sink/IotHubSinkConnector.class"), packed)
        .unwrap();
    zip.write_all(JAVA_8).unwrap();
    let file = world.file("many.jar", zip.finish().unwrap().into_inner());
    let outcome = world
        .run(&["connector", "inspect", &file, "-o", "json"])
        .done();
    assert_eq!(outcome.json()["entries"], 66_001);
    // a pipe is not waited for
    let pipe = world.path("pipe.jar");
    let path = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    // SAFETY: the name is a C string that outlives the call.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    world
        .run(&["connector", "inspect", pipe.to_str().unwrap()])
        .failed(2, &["not a regular file"]);
}

#[test]
fn a_profile_that_is_wrong_is_no_obstacle() {
    let world = World::new();
    world.file("work/hdikafka.toml", "[clustr]\n");
    let file = world.file(
        "c.jar",
        jar(&[("PACKAGE/source/IotHubSourceConnector.class", JAVA_8)]),
    );
    world.run(&["connector", "inspect", &file]).done();
    world
        .run(&["connector", "inspect", &file, "--against-edge"])
        .failed(2, &["clustr"]);
    world.run(&["connector", "status"]).failed(2, &["clustr"]);
}
