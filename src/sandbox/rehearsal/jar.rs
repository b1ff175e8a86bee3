//! The jar that a rehearsal installs: a stand-in with the directory of a connector jar and no code. The imitated worker
//! looks for the connector's class in it as a real one would; no JVM ever loads it.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A name of the kind that the connector's own build gives.
pub const NAME: &str = "kafka-connect-iothub-assembly_2.11-0.7.0.jar";

const MANIFEST: &str = "Manifest-Version: 1.0\r\n\
    Implementation-Title: kafka-connect-iothub (stand-in of an hdikafka rehearsal, without code)\r\n\
    Implementation-Version: 0.7.0\r\n\r\n";

const CLASSES: &[&str] = &[
    "com/microsoft/azure/iot/kafka/connect/source/IotHubSourceConnector.class",
    "com/microsoft/azure/iot/kafka/connect/source/IotHubSourceConfig.class",
    "com/microsoft/azure/iot/kafka/connect/sink/IotHubSinkConnector.class",
];

/// Magic and class-file version 52: Java 8.
const CLASS_HEADER: [u8; 8] = [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52];

pub fn write(path: &Path) -> anyhow::Result<()> {
    let file =
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut jar = ZipWriter::new(file);
    let options = SimpleFileOptions::default();
    jar.start_file("META-INF/MANIFEST.MF", options)?;
    jar.write_all(MANIFEST.as_bytes())?;
    for class in CLASSES {
        jar.start_file(*class, options)?;
        jar.write_all(&CLASS_HEADER)?;
        // The key that tells this generation's source apart; `jar::inspect` looks for it.
        if class.ends_with("Config.class") {
            jar.write_all(b"ReceiveTimeout")?;
        }
    }
    jar.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_like_a_connector_jar() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        write(&path).unwrap();
        let jar = crate::jar::inspect(&path).unwrap();
        assert_eq!(jar.version.as_deref(), Some("0.7.0"));
        assert_eq!(jar.java, Some(8));
        assert!(jar.receive_timeout_supported && jar.sink_class.is_some());
        assert_eq!(jar.generation, crate::jar::Generation::Later);
    }
}
