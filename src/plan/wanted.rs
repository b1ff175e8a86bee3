//! What is wanted: the profile's settings, resolved, plus what the planner may not look up itself (time, salt, digests).

use super::changed::Decisions;
use super::converter::Converters;
use crate::facts::places::{self, Connector};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A part of the bridge that can be planned alone (`setup --only …`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Jar,
    Config,
    Topics,
    Services,
    Secrets,
}

impl Part {
    pub const ALL: [Self; 5] = [
        Self::Jar,
        Self::Config,
        Self::Topics,
        Self::Services,
        Self::Secrets,
    ];
}

/// Where the jar goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Into {
    /// A directory of its own under `plugin.path`.
    Plugins,
    /// `kafka-broker/libs`, as the manual says. It breaks Kafka's own tools on that node.
    Libs,
}

/// Where a sink without a committed position starts when commands wait in its topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    Earliest,
    Latest,
    /// Unix time in milliseconds.
    Time(i64),
}

/// The connector jar on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JarFile {
    pub path: std::path::PathBuf,
    pub file_name: String,
    pub size: u64,
    pub sha256: String,
    pub source_class: String,
    pub sink_class: String,
    pub version: Option<String>,
    /// The Java that its classes need: 8, 11, …
    pub java: Option<u32>,
    /// Knows the key `ReceiveTimeout` (0.6.1 and later).
    pub receive_timeout: bool,
    /// Carries Scala's library: in `libs` it shadows Kafka's own.
    pub has_scala: bool,
    /// What else it carries and Kafka's `libs` may have, too.
    #[serde(default)]
    pub libraries: Vec<crate::jar::Library>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub only: BTreeSet<Part>,
    pub kafka_home: String,
    /// The user that the workers run as, if the profile names one.
    pub run_user: Option<String>,
    pub jar: JarFile,
    pub into: Into,
    /// `host:9092`, every started broker, sorted.
    pub brokers: Vec<String>,
    pub consumer_group: String,
    /// RFC 3339 with `Z`, if the profile names one.
    pub start_time: Option<String>,
    /// What StartTime becomes when nothing else says: the time of the first setup.
    pub first_setup: String,
    pub converters: Converters,
    pub batch_size: u32,
    /// Seconds that one poll of an idle partition blocks.
    pub receive_timeout: u32,
    pub acknowledgement: String,
    pub telemetry_topic: String,
    pub commands_topic: String,
    pub partitions: i32,
    pub replication_factor: i32,
    pub source_port: u16,
    pub sink_port: u16,
    pub sink_start_at_boot: bool,
    pub heap: String,
    pub jvm_options: String,
    pub secrets_as: SecretsAs,
    pub secrets: BTreeMap<Connector, SecretWish>,
    pub from: Option<From>,
    /// What becomes of values that somebody changed by hand since our last run.
    #[serde(default)]
    pub decisions: Decisions,
}

/// How the keys get to the workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretsAs {
    /// In a file of their own, which the connector file refers to.
    #[default]
    File,
    /// In the clear in the connector file, as the manual does it; that file is closed to others then.
    Inline,
}

/// The secret of one connector. Never the secret itself: HMAC-SHA256, keyed by the manifest's salt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretWish {
    /// Of what is to be: the whole secrets file, or inline the value.
    pub fingerprint: String,
    /// Where it comes from, in words.
    pub source: String,
    /// Of the value that the connector file on the node has in the clear, if it has one.
    #[serde(default)]
    pub there: Option<String>,
}

impl Wanted {
    pub fn has(&self, part: Part) -> bool {
        self.only.contains(&part)
    }

    pub fn port(&self, connector: Connector) -> u16 {
        match connector {
            Connector::Source => self.source_port,
            Connector::Sink => self.sink_port,
        }
    }

    pub fn jar_place(&self) -> String {
        match self.into {
            Into::Plugins => format!("{}/{}", places::PLUGIN_DIR, self.jar.file_name),
            Into::Libs => format!("{}/libs/{}", self.kafka_home, self.jar.file_name),
        }
    }

    /// Each partition of the source is a task of its own: a task polls its partitions one after the other, and each blocks.
    pub fn tasks(&self, connector: Connector, hub_partitions: u32) -> u32 {
        match connector {
            Connector::Source => hub_partitions,
            Connector::Sink => 1,
        }
    }

    /// `task.shutdown.graceful.timeout.ms`: above what one poll can block, or every stop repeats messages.
    pub fn graceful_stop_ms(&self) -> u32 {
        self.receive_timeout
            .saturating_mul(1000)
            .saturating_add(10_000)
    }
}
