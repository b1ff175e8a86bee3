//! Where things are on the edge node, and what the two connectors are called there. Names only; no I/O.

use serde::{Deserialize, Serialize};

pub const ETC: &str = "/etc/hdikafka";
pub const STATE: &str = "/var/lib/hdikafka";
pub const OFFSETS: &str = "/var/lib/hdikafka/offsets";
pub const BACKUPS: &str = "/var/lib/hdikafka/backups";
pub const MANIFEST: &str = "/var/lib/hdikafka/manifest.json";
pub const OPERATIONS_LOG: &str = "/var/lib/hdikafka/operations.log";
/// Below /run, which only root may write and which is there before any directory of ours.
pub const LOCK: &str = "/run/hdikafka.lock";
pub const LOGS: &str = "/var/log/hdikafka";
pub const PLUGINS: &str = "/usr/lib/hdikafka/plugins";
/// A directory of its own under `plugin.path`, so that Connect isolates the jar from Kafka's own classes.
pub const PLUGIN_DIR: &str = "/usr/lib/hdikafka/plugins/iothub";
/// Where Kafka's shipped worker file puts offsets: wiped at every reboot, and a sign of a bridge made by hand.
pub const SHIPPED_OFFSETS: &str = "/tmp/connect.offsets";

/// One of the two connectors of the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connector {
    /// Telemetry: IoT Hub → Kafka.
    Source,
    /// Commands: Kafka → IoT Hub.
    Sink,
}

impl Connector {
    pub const BOTH: [Self; 2] = [Self::Source, Self::Sink];

    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }

    /// Connect's `name` unless a bridge made by hand has another. The stored offsets and the sink's consumer group are
    /// keyed by it, so it is the name of the connector's own sample files and never changes.
    pub fn connect_name(self) -> &'static str {
        match self {
            Self::Source => "AzureIotHubConnector",
            Self::Sink => "AzureIotHubSinkConnector",
        }
    }

    pub fn unit(self) -> String {
        format!("hdikafka-{}.service", self.word())
    }

    pub fn unit_path(self) -> String {
        format!("/etc/systemd/system/{}", self.unit())
    }

    /// The worker file of this connector: derived from `connect-standalone.properties`, with a REST port and an offset
    /// file of its own.
    pub fn worker_file(self) -> String {
        format!("{ETC}/{}-worker.properties", self.word())
    }

    pub fn log4j_file(self) -> String {
        format!("{ETC}/{}-log4j.properties", self.word())
    }

    /// Tells the worker's REST port where its password is.
    pub fn jaas_file(self) -> String {
        format!("{ETC}/{}-rest-jaas.conf", self.word())
    }

    /// User and password of the worker's REST port, `hdikafka=…`. The unit makes it at each start, in the directory that
    /// systemd makes for it below /run.
    pub fn login_file(self) -> String {
        format!("/run/hdikafka-{}/rest-login.properties", self.word())
    }

    pub fn secrets_file(self) -> String {
        format!("{ETC}/{}-secrets.properties", self.word())
    }

    pub fn offset_file(self) -> String {
        format!("{OFFSETS}/{}.offsets", self.word())
    }

    pub fn log_file(self) -> String {
        format!("{LOGS}/{}.log", self.word())
    }

    /// Where the manual puts the connector's properties, below Kafka's home.
    pub fn properties_file(self, kafka_home: &str) -> String {
        format!(
            "{kafka_home}/config/connect-iothub-{}.properties",
            self.word()
        )
    }
}

impl std::fmt::Display for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// What one page of the manual calls the connector's properties in its prose; its commands use the right name.
pub fn misnamed_file(connector: Connector, kafka_home: &str) -> String {
    format!("{kafka_home}/config/connect-iot-{connector}.properties")
}

/// The worker file that Kafka ships and the manual edits.
pub fn standalone_file(kafka_home: &str) -> String {
    format!("{kafka_home}/config/connect-standalone.properties")
}

/// The consumer group of a sink: Connect's own rule.
pub fn sink_group(name: &str) -> String {
    format!("connect-{name}")
}
