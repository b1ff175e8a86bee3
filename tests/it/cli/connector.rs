//! `connector inspect`: jars of both generations, and files that are no such jar.

use super::World;
use serde_json::Value;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

const PACKAGE: &str = "com/microsoft/azure/iot/kafka/connect";
const JAVA_8: &[u8] = b"\xca\xfe\xba\xbe\0\0\0\x34";

fn jar(entries: &[(&str, &[u8])]) -> Vec<u8> {
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

#[test]
fn a_profile_that_is_wrong_is_no_obstacle() {
    let world = World::new();
    world.file("work/hdikafka.toml", "[clustr]\n");
    let file = world.file(
        "c.jar",
        jar(&[("PACKAGE/source/IotHubSourceConnector.class", JAVA_8)]),
    );
    world.run(&["connector", "inspect", &file]).done();
    world.run(&["connector", "status"]).failed(2, &["clustr"]);
}
