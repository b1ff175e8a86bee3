//! The edge node: what is installed, what runs, which files are there. One exec of one fixed program; here its parser.

use super::log::LogFacts;
use super::manifest::{self, Manifest};
use super::offsets;
use super::places::{self, Connector};
use super::processes::{self, WorkerProcess};
use super::sections::{Sections, SectionsError, pairs};
use crate::connect::Login;
use crate::edge::{Command, Remote};
use crate::properties;
use crate::secret::Secret;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub const SECTIONS_PROGRAM: &str = include_str!("../../templates/edge/sections.sh");
const FACTS_PROGRAM: &str = include_str!("../../templates/edge/facts.sh");

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Edge {
    pub host: String,
    pub boot_id: String,
    pub os: String,
    /// The user that we came in as.
    pub user: String,
    /// Unix time on the node, in seconds.
    pub now: i64,
    /// Seconds since the node's boot.
    pub uptime: i64,
    /// `systemd` or whatever PID 1 is called.
    pub init: String,
    pub systemd_version: Option<u32>,
    /// Kafka's home with all links resolved; none when Kafka is not there.
    pub kafka_real_home: Option<String>,
    /// `3.2.0`, from the name of Kafka's own jar.
    pub kafka_version: Option<String>,
    pub has_connect: bool,
    /// Kafka's extension that makes the workers' REST port ask for a password is there.
    pub has_rest_login: bool,
    pub java_path: Option<String>,
    /// `17.0.15` or `1.8.0_345`, as java prints it.
    pub java_version: Option<String>,
    /// Which of the wished run user and `kafka` exist.
    pub existing_users: BTreeSet<String>,
    /// Tools that our programs need and the node lacks.
    pub lacks: Vec<String>,
    /// Server processes that an edge node does not run: `kafka-broker`, `ambari-server`.
    pub servers: Vec<String>,
    pub disks: Vec<Disk>,
    pub paths: BTreeMap<String, PathFacts>,
    /// Contents of the text files among `paths`, each byte a char of the same number (Latin-1, as Java reads them).
    pub contents: BTreeMap<String, String>,
    pub workers: Vec<WorkerProcess>,
    /// Property files of a worker or of the connector in home directories.
    pub home_files: Vec<String>,
    /// Where offsets were looked for because a worker file says so, there or not; ours are not among them.
    pub offset_files: Vec<String>,
    /// Who listens on the two REST ports, as `ss` says it; no entry = nobody.
    pub ports: BTreeMap<u16, String>,
    /// Offset file or its directory that the run user cannot write.
    pub unwritable: Vec<String>,
    pub units: BTreeMap<Connector, UnitFacts>,
    pub logs: BTreeMap<Connector, LogFacts>,
    /// Passwords of the workers' REST ports, of this start of each.
    #[serde(skip)]
    pub logins: BTreeMap<Connector, Login>,
    pub manifest: Option<Manifest>,
    /// Why the manifest that is there cannot be used.
    pub manifest_problem: Option<String>,
    /// What is wrong with the source's offset file, if it is there and damaged.
    pub offset_problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    pub path: String,
    pub mount: String,
    pub free_kib: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathFacts {
    pub directory: bool,
    /// Octal permission bits, `640`.
    pub mode: String,
    pub owner: String,
    pub group: String,
    pub size: u64,
    /// Last change, Unix time in seconds on the node's clock.
    pub mtime: i64,
    /// Hex; files only.
    pub sha256: Option<String>,
}

/// What systemd says of one unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitFacts {
    pub loaded: bool,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`.
    pub active: String,
    pub sub: String,
    pub result: String,
    pub pid: u32,
    pub enabled: bool,
    /// Exit code of the last run, or the signal that ended it.
    pub exit_status: i32,
    pub by_signal: bool,
    pub restarts: u32,
    pub invocation: String,
    /// When it became active, as systemd prints it.
    pub since: String,
    /// The same in seconds since boot.
    pub since_boot: i64,
    pub needs_reload: bool,
    /// The journal's last lines when the unit is not simply running: what the JVM or the shell said before the log began.
    pub journal: Vec<String>,
}

impl UnitFacts {
    pub fn is_running(&self) -> bool {
        self.active == "active" && self.pid != 0
    }

    /// The process has ended by itself: for good, or until systemd tries again.
    pub fn has_failed(&self) -> bool {
        self.active == "failed"
            || self.active == "activating" && (self.sub == "auto-restart" || self.restarts > 0)
    }

    fn parse(show: &str, journal: &str) -> Self {
        let values: BTreeMap<&str, &str> = pairs(show).collect();
        let text = |key: &str| values.get(key).copied().unwrap_or_default().to_owned();
        let number = |key: &str| {
            values
                .get(key)
                .and_then(|value| value.parse::<i64>().ok())
                .unwrap_or(0)
        };
        Self {
            loaded: text("LoadState") == "loaded",
            active: text("ActiveState"),
            sub: text("SubState"),
            result: text("Result"),
            pid: number("MainPID") as u32,
            enabled: text("UnitFileState") == "enabled",
            exit_status: number("ExecMainStatus") as i32,
            // CLD_KILLED and CLD_DUMPED
            by_signal: matches!(number("ExecMainCode"), 2 | 3),
            restarts: number("NRestarts") as u32,
            invocation: text("InvocationID"),
            since: text("ActiveEnterTimestamp"),
            since_boot: number("ActiveEnterTimestampMonotonic") / 1_000_000,
            needs_reload: text("NeedDaemonReload") == "yes",
            journal: journal.lines().map(str::to_owned).collect(),
        }
    }
}

impl Edge {
    pub fn contents(&self, path: &str) -> Option<&str> {
        self.contents.get(path).map(String::as_str)
    }

    pub fn sha256(&self, path: &str) -> Option<&str> {
        self.paths.get(path)?.sha256.as_deref()
    }

    /// The major version of Java: 8 for `1.8.0_345`, 17 for `17.0.15`.
    pub fn java_major(&self) -> Option<u32> {
        let version = self.java_version.as_deref()?;
        let mut parts = version.split(['.', '_', '-', '+']);
        match parts.next()?.parse().ok()? {
            1 => parts.next()?.parse().ok(),
            major => Some(major),
        }
    }

    /// Was this file written after the unit last became active? Then the running worker does not know its contents.
    pub fn newer_than_start(&self, path: &str, unit: &UnitFacts) -> bool {
        let started = self.now - self.uptime + unit.since_boot;
        self.paths
            .get(path)
            .is_some_and(|facts| facts.mtime > started + 1)
    }

    /// The values of a properties file, as Java reads it. None: it is not there, cannot be read or is no such file.
    pub fn properties(&self, path: &str) -> Option<BTreeMap<String, String>> {
        properties::read(&latin1_bytes(self.contents(path)?)).ok()
    }

    /// Connect's name of the connector that our unit runs: what its file says. Stored offsets and the sink's group are
    /// keyed by it.
    pub fn connect_name(&self, connector: Connector, kafka_home: &str) -> String {
        self.properties(&connector.properties_file(kafka_home))
            .and_then(|values| values.get("name").map(|name| name.trim().to_owned()))
            .filter(|name| !name.is_empty() && name != "PLACEHOLDER")
            .unwrap_or_else(|| connector.connect_name().to_owned())
    }

    pub fn kafka_version_parts(&self) -> Option<(u32, u32)> {
        let mut parts = self.kafka_version.as_deref()?.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

/// What the program is told.
pub struct Question<'a> {
    pub kafka_home: &'a str,
    pub run_user: Option<&'a str>,
    pub source_port: u16,
    pub sink_port: u16,
}

/// Asks the node: one exec, as root (offset files, other people's processes and our secrets files are closed to others).
pub fn ask(remote: &dyn Remote, question: &Question) -> anyhow::Result<Edge> {
    let program = [SECTIONS_PROGRAM, FACTS_PROGRAM].concat();
    let arguments = [
        question.kafka_home.to_owned(),
        question.run_user.unwrap_or_default().to_owned(),
        question.source_port.to_string(),
        question.sink_port.to_string(),
    ];
    let command = Command::program("hdikafka-facts", &program, arguments)
        .sudo()
        .timeout(Duration::from_secs(60));
    let output = super::run_as_root(remote, &command)
        .with_context(|| format!("asking {} what is there", remote.name()))?;
    Ok(parse(&output, question)?)
}

pub fn parse(answer: &[u8], question: &Question) -> Result<Edge, SectionsError> {
    let sections = Sections::parse(answer, "node")?;
    let mut edge = Edge::default();
    for (key, value) in pairs(&sections.text("node")).map(|(key, value)| (key, value.to_owned())) {
        match key {
            "host" => edge.host = value,
            "boot" => edge.boot_id = value,
            "os" => edge.os = value,
            "user" => edge.user = value,
            "now" => edge.now = value.parse().unwrap_or_default(),
            "init" => edge.init = value,
            "uptime" => edge.uptime = value.parse().unwrap_or_default(),
            "systemd" => edge.systemd_version = value.parse().ok(),
            "kafka_real" if !value.is_empty() => edge.kafka_real_home = Some(value),
            "kafka_jar" => {
                edge.kafka_version = edge.kafka_version.or_else(|| kafka_version(&value))
            }
            "connect" => edge.has_connect = true,
            "rest_login" => edge.has_rest_login = true,
            "java" => edge.java_path = Some(value),
            "exists" => drop(edge.existing_users.insert(value)),
            "lacks" => edge.lacks.push(value),
            "runs" => edge.servers.push(value),
            _ => {}
        }
    }
    edge.java_version = java_version(&sections.text("java"));
    edge.disks = sections.text("disk").lines().filter_map(disk).collect();
    edge.paths = sections
        .text("paths")
        .lines()
        .filter_map(path_facts)
        .collect();
    let files = sections.files()?;
    let text = |(path, body): (&&str, &&[u8])| ((*path).to_owned(), latin1(body));
    edge.contents = files.iter().map(text).collect();
    edge.workers = processes::workers(&sections);
    let lines = |name: &str| sections.text(name).lines().map(str::to_owned).collect();
    edge.home_files = lines("home");
    edge.offset_files = lines("offsets");
    for port in [question.source_port, question.sink_port] {
        let holder = sections.text(&format!("port:{port}"));
        if !holder.trim().is_empty() {
            edge.ports.insert(port, holder.trim().to_owned());
        }
    }
    edge.unwritable = sections
        .text("unwritable")
        .lines()
        .map(str::to_owned)
        .collect();
    for connector in Connector::BOTH {
        let (unit, log) = connector_state(&sections, connector);
        edge.logins
            .extend(login(&sections, connector).map(|login| (connector, login)));
        edge.units.insert(connector, unit);
        edge.logs.insert(connector, log);
    }
    match edge
        .contents
        .get(places::MANIFEST)
        .map(|text| manifest::read(text))
    {
        Some(Ok(manifest)) => edge.manifest = Some(manifest),
        Some(Err(problem)) => edge.manifest_problem = Some(problem),
        None => {}
    }
    edge.offset_problem = files
        .get(Connector::Source.offset_file().as_str())
        .and_then(|bytes| offsets::read(bytes).err())
        .map(|problem| problem.to_string());
    Ok(edge)
}

/// The part of an answer that tells of one connector; the same in `facts.sh` and `state.sh`.
pub fn connector_state(sections: &Sections, connector: Connector) -> (UnitFacts, LogFacts) {
    let text = |what: &str| sections.text(&format!("{what}:{connector}"));
    (
        UnitFacts::parse(&text("unit"), &text("journal")),
        LogFacts::parse(&text("log")),
    )
}

/// Who may ask the REST port of a worker that runs.
pub fn login(sections: &Sections, connector: Connector) -> Option<Login> {
    let text = sections.text(&format!("login:{connector}"));
    let (user, password) = text.trim().split_once('=')?;
    Some(Login {
        user: user.to_owned(),
        password: Secret::from(password),
    })
}

/// Each byte a char of the same number: how Java reads a properties file, and lossless.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The bytes of a text made by [`latin1`]. A char above 255 cannot come from there; it becomes `?`.
pub fn latin1_bytes(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect()
}

/// `3.2.0` from `kafka_2.13-3.2.0.5.1.2.3.jar`: the three parts after the Scala version; HDP appends its own.
fn kafka_version(jar: &str) -> Option<String> {
    let (_, version) = jar.strip_prefix("kafka_")?.split_once('-')?;
    let parts: Vec<&str> = version
        .trim_end_matches(".jar")
        .split('.')
        .take(3)
        .collect();
    (parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok()))
        .then(|| parts.join("."))
}

fn java_version(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.split('"').nth(1))
        .map(str::to_owned)
}

fn disk(line: &str) -> Option<Disk> {
    let mut parts = line.splitn(3, ' ');
    let (free, mount, path) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Disk {
        path: path.to_owned(),
        mount: mount.to_owned(),
        free_kib: free.parse().ok()?,
    })
}

pub(super) fn path_facts(line: &str) -> Option<(String, PathFacts)> {
    // a group of a directory service may have blanks in its name, a path anything
    let mut parts = line.splitn(8, '|');
    let mut next = || parts.next().map(str::to_owned);
    let (kind, mode, owner, group) = (next()?, next()?, next()?, next()?);
    let (size, mtime, digest, path) = (
        next()?.parse().ok()?,
        next()?.parse().ok()?,
        next()?,
        next()?,
    );
    let sha256 = (digest != "-").then_some(digest);
    Some((
        path,
        PathFacts {
            directory: kind == "d",
            mode,
            owner,
            group,
            size,
            mtime,
            sha256,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_node_prints() {
        assert_eq!(
            kafka_version("kafka_2.13-3.2.0.5.1.2.3.jar").as_deref(),
            Some("3.2.0")
        );
        assert_eq!(
            kafka_version("kafka_2.11-1.1.0.jar").as_deref(),
            Some("1.1.0")
        );
        assert_eq!(kafka_version("kafka_2.11-x.jar"), None);
        let edge = |version: &str| Edge {
            java_version: java_version(version),
            ..Edge::default()
        };
        assert_eq!(
            edge("openjdk version \"1.8.0_345\"\n").java_major(),
            Some(8)
        );
        assert_eq!(
            edge("openjdk version \"17.0.15\" 2025-04-15\n").java_major(),
            Some(17)
        );
        assert_eq!(
            edge("Picked up _JAVA_OPTIONS: x\nopenjdk version \"11\"\n").java_major(),
            Some(11)
        );
        assert_eq!(edge("sh: 1: java: not found").java_major(), None);
    }

    #[test]
    fn a_line_of_each_kind_is_read() {
        let (path, facts) =
            path_facts("f|640|root|domain users|12|1700000000|abc|/etc/hdikafka/a b|c.properties")
                .unwrap();
        assert_eq!(
            (path.as_str(), facts.group.as_str(), facts.size),
            ("/etc/hdikafka/a b|c.properties", "domain users", 12)
        );
        assert_eq!(latin1_bytes(&latin1(b"\xe9\x00z")), b"\xe9\x00z");
    }
}
