//! The resolved settings as typed data: what the rest of the program reads. One struct for each section of the file.

use super::client_properties::Property;
use super::converter::Converter;
use super::secrets::SecretSource;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// `[cluster]`: the HDInsight cluster and its Ambari.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub name: Option<String>,
    /// `https://NAME.azurehdinsight.net` when only the name is given. No trailing slash.
    pub gateway: Option<String>,
    pub user: String,
    pub password: SecretSource,
    pub ca_file: Option<PathBuf>,
    /// `host:port` each; empty means: ask Ambari.
    pub brokers: Vec<String>,
}

/// `[edge]`: the edge node and how to log in.
#[derive(Clone, Debug)]
pub struct Edge {
    /// `new-edgenode.NAME-ssh.azurehdinsight.net` when only the cluster's name is given.
    pub host: Option<String>,
    /// `None`: what ~/.ssh/config says, else 22.
    pub port: Option<u16>,
    /// Where it is the default (`Profile::is_default("edge.user")`), ~/.ssh/config may say otherwise.
    pub user: String,
    pub identity_file: Option<PathBuf>,
    pub access: Access,
    /// `[user@]host[:port]` each, the nearest first. Empty: what ~/.ssh/config says; `none`: no jump host, whatever it says.
    pub jump: Vec<String>,
    /// Of the private key.
    pub passphrase: SecretSource,
    /// The password of the login, and of sudo where it asks.
    pub password: SecretSource,
    /// Unset: the one of the login.
    pub sudo_password: SecretSource,
    /// `SHA256:…`: only this key is accepted.
    pub host_key: Option<String>,
    pub known_hosts: Option<PathBuf>,
    /// `None`: `kafka` where that user exists, else the login user.
    pub run_user: Option<String>,
    /// A path on the node.
    pub kafka_home: String,
}

/// `[hub]`: the IoT Hub.
#[derive(Clone, Debug)]
pub struct Hub {
    pub name: Option<String>,
    pub resource_group: Option<String>,
    pub subscription: Option<String>,
    pub policy: String,
    /// What `az iot hub show` printed; `-` is standard input.
    pub json: Option<PathBuf>,
    /// What `az iot hub policy show` printed; `-` is standard input.
    pub policy_json: Option<PathBuf>,
    /// Whatever is known of the hub, in any shape.
    pub information: SecretSource,
    /// Where nothing else tells.
    pub partition_count: Option<u32>,
    /// `host:port` that the hub's HTTPS is reached at; the certificate is still the one of the hub's own name.
    pub gateway: Option<String>,
    /// `HostName=…;DeviceId=…;SharedAccessKey=…`
    pub device_connection_string: SecretSource,
    pub consumer_group: String,
    /// RFC 3339 with `Z`, checked.
    pub start_time: Option<String>,
}

/// `[topics]`
#[derive(Clone, Debug)]
pub struct Topics {
    pub telemetry: String,
    pub commands: String,
    pub partitions: i32,
    pub replication_factor: i32,
}

/// `[connector]`: the jar, and what both connectors share.
#[derive(Clone, Debug)]
pub struct Connector {
    pub jar: Option<PathBuf>,
    pub into: Placement,
    pub source_format: SourceFormat,
    pub secrets: SecretsAs,
}

/// `[source]`: IoT Hub → Kafka.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    pub batch_size: i32,
    /// Whole seconds.
    pub receive_timeout: Duration,
    /// `None`: what `connector.source_format` says, else the worker's if somebody chose that, else JSON.
    pub converter: Option<Converter>,
    pub rest_port: u16,
}

/// `[sink]`: Kafka → devices.
#[derive(Clone, Debug)]
pub struct SinkSettings {
    /// `None`: the worker's.
    pub converter: Option<Converter>,
    pub rest_port: u16,
    pub acknowledgement: Acknowledgement,
    pub start_at_boot: bool,
}

/// `[worker]`: the JVM of a connector.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Of values. Keys are always text: the sink never reads them, and no other converter takes a plain device id.
    pub converter: Converter,
    /// A JVM size: `256m`.
    pub heap: String,
    pub jvm_options: Option<String>,
}

/// `[proof]`
#[derive(Clone, Debug)]
pub struct Proof {
    /// How long both connectors are watched after a start of ours. Whole seconds; zero: not watched.
    pub stable_for: Duration,
}

/// `[kafka]`
#[derive(Clone, Debug)]
pub struct Kafka {
    pub route: Route,
    /// Of librdkafka, by its own names.
    pub properties: BTreeMap<String, Property>,
}

/// `[rest]`: the HDInsight Kafka REST proxy and the application that uses it.
#[derive(Clone, Debug)]
pub struct Rest {
    /// `https://NAME-kafkarest.azurehdinsight.net` when only the cluster's name is given. No trailing slash.
    pub url: Option<String>,
    pub tenant: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: SecretSource,
    pub scope: String,
    pub authority: String,
}

/// An enum whose names are the ones of the profile file; the table of keys takes its choices from `NAMES`.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? } default $default:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Of a text that the table has checked; anything else is the default.
            pub(super) fn of(text: &str) -> Self {
                match text { $($text => Self::$variant,)+ _ => Self::$default }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

choices! {
    /// How the edge node is reached.
    Access {
        /// Local if this machine is the edge node, else SSH.
        Auto = "auto",
        Ssh = "ssh",
        /// This machine is the edge node.
        Local = "local",
    } default Auto
}

choices! {
    /// Where the jar goes on the node.
    Placement {
        /// A directory of its own under plugin.path.
        Plugins = "plugins",
        /// kafka-broker/libs, as the manual says: it breaks other Java tools of that node.
        Libs = "libs",
    } default Plugins
}

choices! {
    /// What the source writes into the telemetry topic.
    SourceFormat {
        /// Schemaless JSON.
        Json = "json",
        /// The text of a Connect struct, as the manual's settings give.
        String = "string",
    } default Json
}

choices! {
    /// How keys get into the connector files.
    SecretsAs {
        /// References to a 0640 file.
        File = "file",
        /// In the clear, as the manual does, 0640.
        Inline = "inline",
    } default File
}

choices! {
    /// What the sink asks the hub to tell about a command.
    Acknowledgement { None = "None", Full = "Full" } default None
}

choices! {
    /// How Kafka is reached.
    Route { Direct = "direct", Tunnel = "tunnel", Rest = "rest", Auto = "auto" } default Auto
}
