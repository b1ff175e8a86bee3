//! A connector jar, read from its zip directory: which classes it has and what they need. No JVM, and never the whole
//! file in memory. What follows from it for a worker is the planner's business.

mod bounds;
pub mod build;
pub mod choose;
pub mod fetch;
mod libraries;

pub use libraries::{Clash, Library, against_java, clashes};

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// What is known of a jar from looking inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jar {
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// What `connector.class` of the source has to be for this jar. The file name does not tell: builds of 2017 carry
    /// the name of the 0.6 release and the class of the later ones.
    pub source_class: Option<String>,
    pub sink_class: Option<String>,
    pub generation: Generation,
    /// `Implementation-Version` of the manifest, else what the file name ends in.
    pub version: Option<String>,
    /// Scala's library is inside: in Kafka's `libs` it comes before Kafka's own and breaks the Scala tools and brokers
    /// of that node.
    pub has_scala: bool,
    /// From Scala's own `library.properties`. Classes compiled by 2.11.8 need Java 8, whatever their class-file
    /// version says (`IncompatibleClassChangeError` later).
    pub scala_version: Option<String>,
    pub bundled_slf4j: Slf4j,
    /// Class-file version of the source, or of the sink if there is no source.
    pub class_major: Option<u16>,
    /// The least Java version for that: 52 is Java 8.
    pub java: Option<u16>,
    /// The source reads the key `ReceiveTimeout` (since 0.6.1). Earlier ones ignore it.
    pub receive_timeout_supported: bool,
    /// Files in the zip's directory.
    pub entries: usize,
    /// Other people's libraries inside: the SDKs, and what `libs` of Kafka has too.
    pub libraries: Vec<Library>,
}

impl Jar {
    /// `0.6`, `0.7` or `later`: the version where it is said, else what the classes tell.
    pub fn generation_name(&self) -> &'static str {
        let version = self.version.as_deref().unwrap_or_default();
        match self.generation {
            Generation::Release06 => "0.6 (the last release)",
            Generation::SinkOnly => "not known: no source inside",
            Generation::Later if version.starts_with("0.7") => "0.7 (built from source)",
            Generation::Later if version.starts_with("0.6") => {
                "0.7 (built in 2017 under the name 0.6)"
            }
            Generation::Later => "later than 0.7, or a build without a version",
        }
    }

    pub fn against_java(&self, has: u32) -> Vec<String> {
        let release06 = self.generation == Generation::Release06;
        against_java(
            self.java.map(u32::from),
            self.scala_version.as_deref(),
            release06,
            has,
        )
    }
}

/// Where the source connector lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// Package `…kafka.connect`: the releases 0.5 and 0.6.
    Release06,
    /// Package `…kafka.connect.source`: everything built since June 2017.
    Later,
    /// No source connector inside.
    SinkOnly,
}

/// Which slf4j a fat jar brings along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slf4j {
    None,
    /// The API that Kafka's own binding fits.
    Upto17,
    /// 1.8 and later look for a provider and find none: on the class path of Kafka the log can vanish.
    From18,
}

#[derive(Debug, thiserror::Error)]
pub enum JarError {
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("{} is not a jar: {cause}", path.display())]
    NotZip { path: PathBuf, cause: String },
    #[error("{} has no IoT Hub connector inside; it has {found}", path.display())]
    NoConnector { path: PathBuf, found: String },
    #[error("no jar that is the IoT Hub connector is at {}{}", path.display(), listed(.others))]
    NoneFits {
        path: PathBuf,
        /// What was looked at, each with why not; empty: nothing matches.
        others: String,
    },
}

impl JarError {
    /// The cause without the path.
    fn why(&self) -> String {
        match self {
            Self::Unreadable { cause, .. } => format!("cannot be read: {cause}"),
            Self::NotZip { cause, .. } => format!("no jar: {cause}"),
            Self::NoConnector { .. } => "another jar: no IoT Hub connector inside".to_owned(),
            Self::NoneFits { others, .. } => others.clone(),
        }
    }
}

fn listed(others: &str) -> String {
    match others.is_empty() {
        true => ": nothing matches".to_owned(),
        false => format!(": {others}"),
    }
}

const PACKAGE: &str = "com/microsoft/azure/iot/kafka/connect/";
/// No class or manifest that is looked into is larger than a few kilobytes.
const ENTRY_LIMIT: u64 = 1024 * 1024;
/// A fat jar has some twenty.
const MOST_POMS: usize = 300;
/// The Event Hubs library since 1.0.0, and before.
const EVENT_POSITION: &str = "com/microsoft/azure/eventhubs/EventPosition.class";
const OLD_EVENT_HUBS: &str = "com/microsoft/azure/servicebus/ConnectionStringBuilder.class";

/// Reads the zip directory, a few small entries, and the whole file once for its digest.
pub fn inspect(path: &Path) -> Result<Jar, JarError> {
    let unreadable = |cause| JarError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let not_zip = |cause| JarError::NotZip {
        path: path.to_owned(),
        cause,
    };
    // a pipe would be waited for before it could be seen what it is
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("not a regular file")));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    bounds::check(&mut file, metadata.len())
        .map_err(unreadable)?
        .map_err(not_zip)?;
    file.rewind().map_err(unreadable)?;
    let sha256 = sha256(&mut file).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| not_zip(plain(&error.to_string())))?;
    Contents(archive).describe(path, metadata.len(), sha256)
}

struct Contents<R>(ZipArchive<R>);

impl<R: Read + Seek> Contents<R> {
    fn describe(mut self, path: &Path, size: u64, sha256: String) -> Result<Jar, JarError> {
        let later = format!("{PACKAGE}source/IotHubSourceConnector.class");
        let release = format!("{PACKAGE}IotHubSourceConnector.class");
        let sink = format!("{PACKAGE}sink/IotHubSinkConnector.class");
        let (generation, source) = match (self.has(&later), self.has(&release)) {
            (true, _) => (Generation::Later, Some(later)),
            (false, true) => (Generation::Release06, Some(release)),
            (false, false) => (Generation::SinkOnly, None),
        };
        let sink = self.has(&sink).then_some(sink);
        let Some(class) = source.as_ref().or(sink.as_ref()) else {
            return Err(JarError::NoConnector {
                path: path.to_owned(),
                found: self.found(),
            });
        };
        let class_major = self.read(class).as_deref().and_then(class_major);
        let version = self.manifest_version().or_else(|| version_in_name(path));
        let named = generation == Generation::Later && version.as_deref().is_some_and(since_0_6_1);
        Ok(Jar {
            path: path.to_owned(),
            size,
            sha256,
            generation,
            version,
            entries: self.0.len(),
            libraries: self.libraries(),
            has_scala: self.has("scala/Predef.class"),
            scala_version: self.scala_version(),
            bundled_slf4j: self.slf4j(),
            class_major,
            // Java 1.1 was 45, and each version since has one more.
            java: class_major.and_then(|major| major.checked_sub(44)),
            receive_timeout_supported: named || self.reads_receive_timeout(source.as_deref()),
            source_class: source.map(|entry| class_name(&entry)),
            sink_class: sink.map(|entry| class_name(&entry)),
        })
    }

    fn has(&self, entry: &str) -> bool {
        self.0.index_for_name(entry).is_some()
    }

    fn read(&mut self, entry: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0
            .by_name(entry)
            .ok()?
            .take(ENTRY_LIMIT)
            .read_to_end(&mut bytes)
            .ok()?;
        Some(bytes)
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.0
            .file_names_raw()
            .map(|name| String::from_utf8_lossy(name).into_owned())
    }

    /// A manifest wraps at 72 bytes; a line that begins with a blank goes on with the one before.
    fn manifest_version(&mut self) -> Option<String> {
        let bytes = self.read("META-INF/MANIFEST.MF")?;
        let text = String::from_utf8_lossy(&bytes)
            .replace("\r\n", "\n")
            .replace("\n ", "");
        text.lines()
            .find_map(|line| line.strip_prefix("Implementation-Version:"))
            .map(|version| plain(version.trim()))
            .filter(|version| !version.is_empty())
    }

    fn scala_version(&mut self) -> Option<String> {
        let bytes = self.read("library.properties")?;
        let text = String::from_utf8_lossy(&bytes);
        let version = text
            .lines()
            .find_map(|line| line.strip_prefix("version.number="))?;
        Some(plain(version.trim()))
    }

    fn libraries(&mut self) -> Vec<Library> {
        let poms: Vec<String> = self
            .names()
            .filter(|name| name.starts_with("META-INF/maven/") && name.ends_with("/pom.properties"))
            .take(MOST_POMS)
            .collect();
        let mut found = Vec::new();
        for (name, class) in libraries::MARKERS {
            let old_events = *name == "azure-eventhubs" && self.has(OLD_EVENT_HUBS);
            if !self.has(class) && !old_events {
                continue;
            }
            let pom = poms.iter().find(|pom| pom.rsplit('/').nth(1) == Some(name));
            let version = match (*name, pom) {
                ("scala-library", _) => self.scala_version(),
                (_, Some(pom)) => self.pom_version(pom),
                ("azure-eventhubs", _) if self.has(EVENT_POSITION) => Some("1.0.0 or later".into()),
                ("azure-eventhubs", _) => Some("before 1.0.0".into()),
                ("slf4j-api", _) if self.slf4j() == Slf4j::From18 => Some("1.8 or later".into()),
                ("slf4j-api", _) => Some("up to 1.7".into()),
                _ => None,
            };
            found.push(Library {
                name: (*name).to_owned(),
                version,
            });
        }
        found
    }

    fn pom_version(&mut self, pom: &str) -> Option<String> {
        let bytes = self.read(pom)?;
        let text = String::from_utf8_lossy(&bytes);
        let version = text
            .lines()
            .find_map(|line| line.strip_prefix("version="))?;
        Some(plain(version.trim()))
    }

    fn slf4j(&self) -> Slf4j {
        if self.has("org/slf4j/spi/SLF4JServiceProvider.class") {
            Slf4j::From18
        } else if self.has("org/slf4j/LoggerFactory.class") {
            Slf4j::Upto17
        } else {
            Slf4j::None
        }
    }

    /// The key is a constant of the class that defines the configuration (in Scala of its companion, `…$.class`).
    fn reads_receive_timeout(&mut self, source: Option<&str>) -> bool {
        let Some((folder, _)) = source.and_then(|source| source.rsplit_once('/')) else {
            return false;
        };
        let prefix = format!("{folder}/IotHubSourceConfig");
        let classes: Vec<String> = self
            .names()
            .filter(|name| name.starts_with(&prefix) && name.ends_with(".class"))
            .collect();
        let key = b"ReceiveTimeout";
        classes.iter().any(|class| {
            self.read(class)
                .is_some_and(|bytes| bytes.windows(key.len()).any(|at| at == key))
        })
    }

    /// For a person who took the wrong jar: the connectors that it has, or else its first entries.
    fn found(&self) -> String {
        let connectors: Vec<String> = self
            .names()
            .filter(|name| name.ends_with("Connector.class"))
            .take(5)
            .map(|name| plain(&class_name(&name)))
            .collect();
        if !connectors.is_empty() {
            return connectors.join(", ");
        }
        let first: Vec<String> = self.names().take(3).map(|name| plain(&name)).collect();
        match first.is_empty() {
            true => "nothing at all".into(),
            false => format!(
                "{} entries, the first of them {}",
                self.0.len(),
                first.join(", ")
            ),
        }
    }
}

fn sha256(reader: &mut impl Read) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex::encode(digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}

/// Of a whole file.
fn sha256_of(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    sha256(file)
}

/// Magic, minor, major: `cafebabe mmmm MMMM`.
fn class_major(class: &[u8]) -> Option<u16> {
    match class {
        [0xca, 0xfe, 0xba, 0xbe, _, _, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

/// `ReceiveTimeout` came with 0.6.1.
fn since_0_6_1(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= (0, 6, 1)
}

fn class_name(entry: &str) -> String {
    entry.trim_end_matches(".class").replace('/', ".")
}

fn version_in_name(path: &Path) -> Option<String> {
    let (_, version) = path.file_stem()?.to_str()?.rsplit_once('-')?;
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| plain(version))
}

/// Names in a zip are anybody's text.
fn plain(text: &str) -> String {
    crate::text::printable_start(text, 200)
}

#[cfg(test)]
mod tests;
