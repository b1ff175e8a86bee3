//! A log4j 1 configuration, as far as Kafka's scripts and this program write one: the root logger with its appenders,
//! levels of single loggers, console and file appenders with a pattern. Here: reading it; `log` writes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::properties;

/// Least serious first, as log4j orders them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Off,
}

impl Level {
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_uppercase().as_str() {
            "TRACE" | "ALL" => Self::Trace,
            "DEBUG" => Self::Debug,
            "INFO" => Self::Info,
            "WARN" => Self::Warn,
            "ERROR" | "FATAL" => Self::Error,
            "OFF" => Self::Off,
            _ => return None,
        })
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Off => "OFF",
        }
    }
}

/// Where lines go, and how they look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appender {
    /// `None`: the console.
    pub file: Option<PathBuf>,
    pub pattern: String,
    /// Bytes; a file larger than that is rolled. Daily rolling is not done: a rehearsal is shorter.
    pub max_bytes: Option<u64>,
    pub backups: u32,
}

/// A whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub root: Level,
    pub loggers: BTreeMap<String, Level>,
    pub appenders: Vec<Appender>,
}

/// `connect-log4j.properties` has this pattern.
const PATTERN: &str = "[%d] %p %X{connector.context}%m (%c:%L)%n";

impl Default for Config {
    /// Without a file: everything from INFO on, on the console.
    fn default() -> Self {
        let console = Appender {
            file: None,
            pattern: PATTERN.to_owned(),
            max_bytes: None,
            backups: 0,
        };
        Self {
            root: Level::Info,
            loggers: BTreeMap::new(),
            appenders: vec![console],
        }
    }
}

impl Config {
    /// `bytes`: the file. `system`: Java's system properties, which `${…}` names beside the file's own keys.
    pub fn parse(bytes: &[u8], system: &BTreeMap<String, String>) -> Option<Self> {
        let values = properties::read(bytes).ok()?;
        let get = |key: &str| values.get(key).map(|value| expand(value, &values, system));
        let root = get("log4j.rootLogger")?;
        let mut words = root.split(',').map(str::trim);
        let level = words.next().and_then(Level::parse).unwrap_or(Level::Debug);
        let appenders = words.filter(|name| !name.is_empty()).filter_map(|name| {
            let of = |rest: &str| get(&format!("log4j.appender.{name}{rest}"));
            let class = of("")?;
            let pattern = of(".layout.ConversionPattern").unwrap_or_else(|| "%m%n".to_owned());
            let rolling = class.ends_with(".RollingFileAppender");
            Some(Appender {
                file: match class.ends_with("ConsoleAppender") {
                    true => None,
                    false => Some(of(".File")?.into()),
                },
                pattern,
                max_bytes: rolling
                    .then(|| of(".MaxFileSize").as_deref().and_then(bytes_of))
                    .flatten(),
                backups: of(".MaxBackupIndex")
                    .and_then(|text| text.trim().parse().ok())
                    .unwrap_or(1),
            })
        });
        let loggers = values.iter().filter_map(|(key, value)| {
            let name = key.strip_prefix("log4j.logger.")?;
            let level = Level::parse(value.split(',').next()?)?;
            Some((name.to_owned(), level))
        });
        Some(Self {
            root: level,
            appenders: appenders.collect(),
            loggers: loggers.collect(),
        })
    }

    /// The level in force for a logger: its own, that of the nearest package with one, or the root's.
    pub fn level(&self, logger: &str) -> Level {
        let mut name = logger;
        loop {
            if let Some(level) = self.loggers.get(name) {
                return *level;
            }
            match name.rsplit_once('.') {
                Some((package, _)) => name = package,
                None => return self.root,
            }
        }
    }
}

/// `-Dlog4j.configuration=file:PATH -Dkafka.logs.dir=DIR …`, as `KAFKA_LOG4J_OPTS` holds it.
pub fn system_properties(options: &str) -> BTreeMap<String, String> {
    options
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("-D")?.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// `20MB`, `512KB`, `1000`.
fn bytes_of(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_uppercase();
    let (digits, factor) = match text.strip_suffix("B").unwrap_or(&text) {
        rest if rest.ends_with('K') => (&rest[..rest.len() - 1], 1 << 10),
        rest if rest.ends_with('M') => (&rest[..rest.len() - 1], 1 << 20),
        rest if rest.ends_with('G') => (&rest[..rest.len() - 1], 1 << 30),
        rest => (rest, 1),
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(factor)
}

fn expand(
    value: &str,
    own: &BTreeMap<String, String>,
    system: &BTreeMap<String, String>,
) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        // One step only: a value of the file that names itself must not go round for ever.
        let found = system.get(name).or_else(|| own.get(name));
        out.push_str(found.map_or("", String::as_str));
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_file_and_kafkas() {
        let ours = crate::template::fill(crate::template::LOG4J, &[("log", "/var/log/x.log")]);
        let config = Config::parse(ours.as_bytes(), &BTreeMap::new()).unwrap();
        let appender = &config.appenders[0];
        assert_eq!(appender.file.as_deref(), Some("/var/log/x.log".as_ref()));
        assert_eq!((appender.max_bytes, appender.backups), (Some(20 << 20), 5));
        assert_eq!(appender.pattern, PATTERN);
        let secret = "com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConfig";
        assert_eq!(config.level(secret), Level::Warn);
        assert_eq!(config.level("org.reflections.Reflections"), Level::Error);
        assert_eq!(config.level("org.apache.kafka.X"), Level::Info);

        let shipped = b"log4j.rootLogger=DEBUG, stdout, f\nlog4j.appender.stdout=org.apache.log4j.ConsoleAppender\n\
            p=%m%n\nlog4j.appender.stdout.layout.ConversionPattern=${p}\n\
            log4j.appender.f=org.apache.log4j.DailyRollingFileAppender\nlog4j.appender.f.File=${kafka.logs.dir}/connect.log\n";
        let system = system_properties("-Dkafka.logs.dir=/logs -Dlog4j.configuration=file:/x");
        let config = Config::parse(shipped, &system).unwrap();
        assert_eq!((config.root, config.appenders.len()), (Level::Debug, 2));
        assert_eq!(config.appenders[0].pattern, "%m%n");
        assert_eq!(
            config.appenders[1].file.as_deref(),
            Some("/logs/connect.log".as_ref())
        );
    }
}
