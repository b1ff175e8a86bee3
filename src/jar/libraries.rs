//! Which other people's libraries a fat jar carries, told by one class of each; and what they do among Kafka's own jars in
//! `libs`, where the class path goes by name.

use serde::{Deserialize, Serialize};

/// A library inside of a jar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// As its own jar would begin: `scala-library`, `slf4j-api`.
    pub name: String,
    /// Of its `pom.properties` (Scala: `library.properties`), or what its classes tell.
    pub version: Option<String>,
}

/// Name and a class that only this library has.
pub(super) const MARKERS: &[(&str, &str)] = &[
    (
        "azure-eventhubs",
        "com/microsoft/azure/eventhubs/EventHubClient.class",
    ),
    (
        "iot-service-client",
        "com/microsoft/azure/sdk/iot/service/ServiceClient.class",
    ),
    ("proton-j", "org/apache/qpid/proton/Proton.class"),
    ("scala-library", "scala/Predef.class"),
    ("scala-reflect", "scala/reflect/api/Universe.class"),
    ("scala-logging", "com/typesafe/scalalogging/Logger.class"),
    ("json4s-core", "org/json4s/Formats.class"),
    (
        "jackson-annotations",
        "com/fasterxml/jackson/annotation/JsonProperty.class",
    ),
    (
        "jackson-core",
        "com/fasterxml/jackson/core/JsonFactory.class",
    ),
    (
        "jackson-databind",
        "com/fasterxml/jackson/databind/ObjectMapper.class",
    ),
    ("paranamer", "com/thoughtworks/paranamer/Paranamer.class"),
    ("gson", "com/google/gson/Gson.class"),
    ("javax.json", "javax/json/Json.class"),
    (
        "commons-codec",
        "org/apache/commons/codec/binary/Base64.class",
    ),
    ("slf4j-api", "org/slf4j/LoggerFactory.class"),
    ("logback-classic", "ch/qos/logback/classic/Logger.class"),
    ("log4j", "org/apache/log4j/Logger.class"),
    (
        "kafka-clients",
        "org/apache/kafka/common/config/ConfigDef.class",
    ),
    (
        "connect-api",
        "org/apache/kafka/connect/connector/Connector.class",
    ),
];

impl std::fmt::Display for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{} {version}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// One of Kafka's own jars of which the fat jar has a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// File name in `libs`.
    pub file: String,
    pub inside: Library,
    /// The copy comes first on the class path: Kafka's own is shadowed for everything that runs on that node.
    pub shadowed: bool,
}

/// What happens when a jar of this name lies beside these files. Kafka's scripts take `libs` in the order of the shell's
/// names, which depends on the locale: a jar that comes first in any of the usual orders counts as first.
pub fn clashes(file_name: &str, libraries: &[Library], libs: &[String]) -> Vec<Clash> {
    let one = |file: &String| {
        let inside = libraries
            .iter()
            .find(|library| is_of(file, &library.name))?;
        Some(Clash {
            file: file.clone(),
            inside: inside.clone(),
            shadowed: file_name < file.as_str() || collated(file_name) < collated(file),
        })
    };
    let others = libs.iter().filter(|file| *file != file_name);
    others.filter_map(one).collect()
}

/// `slf4j-api-1.7.36.jar` and `scala-logging_2.13-3.9.4.jar`, but not `jackson-core-asl-1.9.jar`.
fn is_of(file: &str, name: &str) -> bool {
    let Some(rest) = file.strip_prefix(name) else {
        return false;
    };
    let after = rest.trim_start_matches(['-', '_']);
    rest == ".jar" || after.len() < rest.len() && after.starts_with(|c: char| c.is_ascii_digit())
}

/// As a locale of a language sorts: marks do not count, nor does case.
fn collated(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Why this jar may not run on a node with this Java: one sentence for each reason. `scala` is the version inside,
/// `release06` the generation.
pub fn against_java(
    needs: Option<u32>,
    scala: Option<&str>,
    release06: bool,
    has: u32,
) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(needs) = needs.filter(|needs| *needs > has) {
        words.push(format!(
            "the jar needs Java {needs} and the node has Java {has}: the worker will not load it"
        ));
    }
    if has > 8 && scala.is_some_and(before_2_11_12) {
        words.push(format!(
            "the jar was built with Scala {}, the node has Java {has}: above Java 8 its source ends in IncompatibleClassChangeError",
            scala.unwrap_or_default()
        ));
    }
    if has > 8 && release06 {
        words.push(format!(
            "the release 0.6 needs anonymous TLS ciphers, which Java {has} of the node has turned off (jdk.tls.disabledAlgorithms)"
        ));
    }
    words
}

/// 2.11.12 was the first to make classes that a Java above 8 takes.
fn before_2_11_12(version: &str) -> bool {
    let mut parts = version
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) < (2, 11, 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(name: &str, version: &str) -> Library {
        Library {
            name: name.into(),
            version: Some(version.into()),
        }
    }

    #[test]
    fn what_sorts_after_the_jar_is_shadowed() {
        let inside = [
            library("scala-library", "2.11.8"),
            library("jackson-core", "2.8.4"),
            library("slf4j-api", "1.7.25"),
            library("scala-logging", "3.5.0"),
        ];
        let libs = [
            "jackson-core-2.12.6.jar",
            "jackson-core-asl-1.9.13.jar",
            "kafka_2.13-3.2.0.jar",
            "scala-library-2.13.8.jar",
            "scala-logging_2.13-3.9.4.jar",
            "slf4j-api-1.7.36.jar",
        ]
        .map(str::to_owned);
        let seen = |name: &str| -> Vec<(String, bool)> {
            let found = clashes(name, &inside, &libs).into_iter();
            found.map(|clash| (clash.file, clash.shadowed)).collect()
        };
        let own = |file: &str, shadowed| (file.to_owned(), shadowed);
        assert_eq!(
            seen("kafka-connect-iothub-assembly_2.11-0.7.0.jar"),
            [
                own("jackson-core-2.12.6.jar", false),
                own("scala-library-2.13.8.jar", true),
                own("scala-logging_2.13-3.9.4.jar", true),
                own("slf4j-api-1.7.36.jar", true),
            ]
        );
        assert!(seen("zz.jar").iter().all(|(_, shadowed)| !shadowed));
        // capitals come first by bytes and not in a language
        assert!(seen("Zz.jar").iter().all(|(_, shadowed)| *shadowed));
    }

    #[test]
    fn java_and_what_does_not_fit_it() {
        let said = |needs, scala, old, has| against_java(needs, scala, old, has).len();
        assert_eq!(said(Some(8), Some("2.11.8"), true, 8), 0);
        assert_eq!(said(Some(11), None, false, 8), 1);
        assert_eq!(said(Some(8), Some("2.11.8"), true, 17), 2);
        assert_eq!(said(Some(8), Some("2.11.12"), false, 17), 0);
        assert_eq!(said(Some(8), Some("2.13.1"), false, 17), 0);
    }
}
