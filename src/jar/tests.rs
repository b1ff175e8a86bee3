//! What is read out of jars of both generations, and of files that are none.

use super::*;
use std::io::Write;
use zip::write::{SimpleFileOptions, ZipWriter};

const LATER: &str = "com/microsoft/azure/iot/kafka/connect/source/IotHubSourceConnector.class";
const RELEASE: &str = "com/microsoft/azure/iot/kafka/connect/IotHubSourceConnector.class";
const SINK: &str = "com/microsoft/azure/iot/kafka/connect/sink/IotHubSinkConnector.class";
const JAVA_8: &[u8] = b"\xca\xfe\xba\xbe\0\0\0\x34rest";

fn jar(name: &str, entries: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    (dir, path)
}

#[test]
fn the_later_generation() {
    let manifest = b"Manifest-Version: 1.0\r\nImplementation-Version: 0.7\r\n .0\r\n".as_slice();
    let (_dir, path) = jar(
        "x-0.6.jar",
        &[
            ("META-INF/MANIFEST.MF", manifest),
            (LATER, JAVA_8),
            (SINK, JAVA_8),
            (
                "com/microsoft/azure/iot/kafka/connect/source/IotHubSourceConfig$.class",
                b"..\0\x0eReceiveTimeout..",
            ),
            ("scala/Predef.class", b""),
            ("library.properties", b"version.number=2.11.8\n"),
            ("org/slf4j/LoggerFactory.class", b""),
            ("org/slf4j/spi/SLF4JServiceProvider.class", b""),
        ],
    );
    let found = inspect(&path).unwrap();
    assert_eq!(
        found.source_class.as_deref(),
        Some("com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector")
    );
    assert_eq!(
        found.sink_class.as_deref(),
        Some("com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConnector")
    );
    assert_eq!(found.generation, Generation::Later);
    assert_eq!(found.version.as_deref(), Some("0.7.0"));
    assert_eq!((found.class_major, found.java), (Some(52), Some(8)));
    assert_eq!(found.scala_version.as_deref(), Some("2.11.8"));
    assert_eq!(found.bundled_slf4j, Slf4j::From18);
    assert!(found.has_scala && found.receive_timeout_supported);
    assert_eq!(found.size, std::fs::metadata(&path).unwrap().len());
    assert_eq!(
        found.sha256,
        hex::encode(Sha256::digest(std::fs::read(&path).unwrap()))
    );
}

#[test]
fn the_release_0_6() {
    let (_dir, path) = jar(
        "kafka-connect-iothub-assembly_2.11-0.6.jar",
        &[
            (RELEASE, JAVA_8),
            (SINK, JAVA_8),
            (
                "com/microsoft/azure/iot/kafka/connect/IotHubSourceConfig$.class",
                b"BatchSize",
            ),
        ],
    );
    let found = inspect(&path).unwrap();
    assert_eq!(found.generation, Generation::Release06);
    assert_eq!(
        found.source_class.as_deref(),
        Some("com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector")
    );
    assert_eq!(found.version.as_deref(), Some("0.6"));
    assert!(!found.receive_timeout_supported && !found.has_scala);
    assert_eq!(found.bundled_slf4j, Slf4j::None);
}

#[test]
fn a_jar_without_a_sink_says_so() {
    let (_dir, path) = jar("c.jar", &[(LATER, b"short")]);
    let found = inspect(&path).unwrap();
    assert_eq!(
        (found.sink_class, found.class_major, found.version),
        (None, None, None)
    );
}

#[test]
fn another_connector_is_named() {
    let (_dir, path) = jar("c.jar", &[("org/x/\x1b[31mFileConnector.class", b"")]);
    let error = inspect(&path).unwrap_err();
    assert!(
        matches!(&error, JarError::NoConnector { found, .. } if found == "org.x.[31mFileConnector")
    );
}

#[test]
fn what_is_no_zip() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.jar");
    for content in [b"".as_slice(), b"<html>404</html>", b"PK\x03\x04 cut short"] {
        std::fs::write(&path, content).unwrap();
        assert!(matches!(inspect(&path), Err(JarError::NotZip { .. })));
    }
    assert!(matches!(
        inspect(&dir.path().join("no.jar")),
        Err(JarError::Unreadable { .. })
    ));
    assert!(matches!(
        inspect(dir.path()),
        Err(JarError::Unreadable { .. })
    ));
}
