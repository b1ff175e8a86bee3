//! A step: data, one variant per kind of effect. What it says is here, what it does is in `apply::live`.

use super::{Before, Change};
use crate::facts::manifest::{Kept, WHOLE};
use crate::facts::places::Connector;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// Settings of a bridge made by hand that count from now on: the manifest remembers them.
    KeepSettings {
        connector: Connector,
        /// The file that they are from.
        path: String,
        /// By the key of the file.
        settings: BTreeMap<String, String>,
    },
    /// Ends a Connect worker that is not ours: its connectors come to rest, then it gets a SIGTERM and is waited for.
    StopWorker {
        /// What it has to be still.
        process: Process,
        user: String,
        files: Vec<String>,
        /// What Connect calls all that it runs.
        connectors: Vec<String>,
        rest_host: String,
        rest_port: u16,
        /// Seconds until its tasks are at rest.
        rest_within: u64,
        /// Seconds from SIGTERM to its end.
        end_within: u64,
        /// The command that starts it again.
        again: String,
    },
    /// Its offsets, checked, into the file that our source reads. The old file stays where it is.
    CarryOffsets {
        /// The old file.
        path: String,
        to: String,
        /// What Connect calls the source.
        name: String,
        events_path: String,
        /// How many had a position when the plan was made; later there may be more.
        partitions: usize,
        owner: String,
        before: Before,
    },
    MakeDirectories {
        directories: Vec<Directory>,
    },
    /// Owner, group and mode of a file that stays as it is: a worker's own, which it could not write.
    GiveFile {
        path: String,
        owner: String,
        group: String,
        mode: String,
    },
    UploadJar {
        from: PathBuf,
        to: String,
        size: u64,
        sha256: String,
        before: Before,
    },
    /// A jar that has the classes of ours leaves the places that Connect reads; the backups of the run keep it.
    MoveAway {
        path: String,
        sha256: String,
        size: u64,
        /// What it is, for a person.
        what: String,
    },
    WriteFile {
        path: String,
        before: Before,
        change: Change,
        mode: String,
        owner: String,
        group: String,
        /// Keys of a properties file that we own from now on, and their values.
        values: BTreeMap<String, String>,
        /// Comes into the file in the clear, at apply time; `change` has a stand-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<InlineKey>,
    },
    /// Nothing on the node: what somebody changed by hand stays, and the manifest remembers that it was meant.
    Keep {
        path: String,
        sha256: String,
        kept: BTreeMap<String, Kept>,
    },
    /// The contents are made at apply time from the secrets' own sources.
    WriteSecrets {
        connector: Connector,
        path: String,
        before: Before,
        group: String,
        source: String,
        fingerprint: String,
    },
    /// A secrets file that nothing refers to any more. No copy is kept.
    RemoveSecrets {
        path: String,
        sha256: String,
    },
    EnableUnits {
        enable: Vec<Connector>,
        disable: Vec<Connector>,
    },
    CreateTopic {
        topic: String,
        partitions: i32,
        replication_factor: i32,
    },
    /// Sets where the sink begins, while its group has no member.
    CommitGroup {
        group: String,
        topic: String,
        position: Position,
    },
    StartConnector {
        connector: Connector,
        /// Hosts that the node must reach on 5671 before it makes sense.
        hosts: Vec<String>,
    },
    RestartConnector {
        connector: Connector,
        hosts: Vec<String>,
    },
    StopConnector {
        connector: Connector,
    },
    /// Watches a connector that was just started until it is proven healthy, or known not to be.
    Prove {
        connector: Connector,
        /// What Connect calls it.
        name: String,
        tasks: u32,
        port: u16,
    },
}

/// A process of the node, told apart from any later one of the same number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: u32,
    pub boot_id: String,
    /// Clock ticks since the node's boot.
    pub started: u64,
    /// Of its arguments, in hex: they themselves may hold a password.
    pub argv_sha256: String,
}

/// A secret of a connector file that has it in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineKey {
    pub connector: Connector,
    /// The key of the properties file.
    pub property: String,
    /// Where the value comes from, in words.
    pub source: String,
    /// HMAC-SHA256 of the value.
    pub fingerprint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub path: String,
    pub mode: String,
    pub owner: String,
    pub group: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    Earliest,
    Latest,
    /// Unix time in milliseconds.
    Time(i64),
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Earliest => f.write_str("the earliest record"),
            Self::Latest => f.write_str("the end"),
            Self::Time(ms) => match jiff::Timestamp::from_millisecond(*ms) {
                Ok(time) => write!(f, "{time}"),
                Err(_) => write!(f, "{ms} ms"),
            },
        }
    }
}

impl Step {
    /// The file on the node that this step writes.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::WriteFile { path, .. }
            | Self::WriteSecrets { path, .. }
            | Self::UploadJar { to: path, .. } => Some(path),
            _ => None,
        }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::KeepSettings {
                connector,
                path,
                settings,
            } => {
                let settings: Vec<String> = settings
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                write!(
                    f,
                    "keep what {path} says of the {connector}: {}",
                    settings.join(", ")
                )
            }
            Self::StopWorker {
                process,
                user,
                files,
                ..
            } => write!(
                f,
                "stop the Connect worker of {user}, pid {} ({})",
                process.pid,
                files.join(" ")
            ),
            Self::CarryOffsets {
                path,
                to,
                name,
                partitions,
                ..
            } => {
                let noun = if *partitions == 1 {
                    "partition"
                } else {
                    "partitions"
                };
                write!(
                    f,
                    "carry the offsets of {name} from {path} to {to} ({partitions} {noun})"
                )
            }
            Self::MakeDirectories { directories } => {
                let names: Vec<&str> = directories
                    .iter()
                    .map(|directory| directory.path.as_str())
                    .collect();
                write!(f, "create {}", names.join(", "))
            }
            Self::GiveFile {
                path,
                owner,
                group,
                mode,
            } => write!(f, "give {path} to {owner}:{group} ({mode})"),
            Self::UploadJar {
                to, size, before, ..
            } => {
                let verb = if before == &Before::Absent {
                    "upload"
                } else {
                    "replace"
                };
                write!(f, "{verb} {to} ({} kB)", size.div_ceil(1000))
            }
            Self::MoveAway {
                path, size, what, ..
            } => write!(
                f,
                "move {path} away to the backups ({what}, {} kB)",
                size.div_ceil(1000)
            ),
            Self::WriteFile {
                path,
                before: Before::Absent,
                mode,
                owner,
                group,
                key,
                ..
            } => {
                let key = not_shown(key.as_ref());
                write!(f, "create {path} ({mode} {owner}:{group}{key})")
            }
            Self::WriteFile {
                path,
                change,
                mode,
                owner,
                group,
                key: Some(key),
                ..
            } => write!(
                f,
                "change {path} ({}; {mode} {owner}:{group}{})",
                change.summary(),
                not_shown(Some(key))
            ),
            Self::WriteFile { path, change, .. } => {
                write!(f, "change {path} ({})", change.summary())
            }
            Self::Keep { path, kept, .. } if kept.contains_key(WHOLE) => {
                write!(f, "keep {path} as it was changed by hand")
            }
            Self::Keep { path, kept, .. } => {
                let names: Vec<&str> = kept.keys().map(String::as_str).collect();
                write!(f, "keep {} in {path} as changed by hand", names.join(", "))
            }
            Self::RemoveSecrets { path, .. } => write!(f, "remove {path}"),
            Self::WriteSecrets {
                path,
                before,
                group,
                source,
                ..
            } => {
                let verb = if before == &Before::Absent {
                    "create"
                } else {
                    "replace"
                };
                write!(
                    f,
                    "{verb} {path} (0640 root:{group}; values not shown: {source})"
                )
            }
            Self::EnableUnits { enable, disable } => {
                let names = |connectors: &[Connector]| {
                    connectors
                        .iter()
                        .map(|c| c.unit())
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                match (enable.is_empty(), disable.is_empty()) {
                    (false, true) => write!(f, "start at boot: {}", names(enable)),
                    (true, false) => write!(f, "do not start at boot: {}", names(disable)),
                    (false, false) => write!(
                        f,
                        "start at boot: {}; not: {}",
                        names(enable),
                        names(disable)
                    ),
                    (true, true) => f.write_str("let systemd read its units again"),
                }
            }
            Self::CreateTopic {
                topic,
                partitions,
                replication_factor,
            } => {
                write!(
                    f,
                    "create topic {topic} ({partitions} partitions, replication {replication_factor})"
                )
            }
            Self::CommitGroup {
                group,
                topic,
                position,
            } => {
                write!(f, "let {group} begin at {position} of {topic}")
            }
            Self::StartConnector { connector, .. } => write!(f, "start the {connector}"),
            Self::RestartConnector { connector, .. } => write!(f, "restart the {connector}"),
            Self::StopConnector { connector } => write!(f, "stop the {connector}"),
            Self::Prove {
                connector, tasks, ..
            } => {
                let noun = if *tasks == 1 { "task" } else { "tasks" };
                write!(f, "prove that the {connector} runs ({tasks} {noun})")
            }
        }
    }
}

/// `; value not shown: key of service from az`
fn not_shown(key: Option<&InlineKey>) -> String {
    key.map(|key| format!("; {} not shown: {}", key.property, key.source))
        .unwrap_or_default()
}
