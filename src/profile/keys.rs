//! The one table of every setting: its key, flag, variable, kind, default and help. What a text means by its kind is in
//! `value`; which text wins, in `layers`.

use super::converter;
use super::rules::{self, Rule};
use super::settings::{Access, Acknowledgement, Placement, Route, SecretsAs, SourceFormat};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.key`, as in the profile file.
    pub name: &'static str,
    /// With its dashes. The flag of a secret takes a path or `-`, never the value.
    pub flag: &'static str,
    /// The variable. Of a secret it holds the value; `…_FILE` a path.
    pub env: &'static str,
    pub kind: Kind,
    pub default: Option<&'static str>,
    pub help: &'static str,
    /// What the text may be beyond its kind; of a list: each item.
    pub rule: Option<Rule>,
    /// Shown by `-h`; the others only by `--help`.
    pub common: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A file of this machine. `-` is standard input where the help says so.
    Path,
    /// Inclusive bounds.
    Integer {
        min: i64,
        max: i64,
    },
    Bool,
    /// Inclusive bounds in whole seconds. Written `10`, `10s`, `2m 30s`.
    Duration {
        min: u64,
        max: u64,
    },
    /// Commas between the items, or the flag several times.
    List,
    Choice(&'static [&'static str]),
    Secret,
    /// Settings of librdkafka by their own names: one a flag, one a line of the variable, a table in the file.
    Properties,
}

/// How a secret stands in a file.
pub(super) const SECRET_SHAPE: &str = "one of { env = \"NAME\" }, { file = \"PATH\" }, { command = [\"PROGRAM\", \"ARGUMENT\"] }, { keyring = \"NAME\" }";

/// In the order of the profile file.
#[rustfmt::skip] // a table reads better as one
pub const KEYS: &[Key] = &[
    text("cluster.name", "--cluster", "HDIKAFKA_CLUSTER",
        "Name of the HDInsight cluster").rule(rules::cluster_name).common(),
    text("cluster.gateway", "--gateway", "HDIKAFKA_GATEWAY",
        "Base URL of Ambari, if not https://NAME.azurehdinsight.net").rule(rules::url),
    text("cluster.user", "--ambari-user", "HDIKAFKA_AMBARI_USER",
        "User of Ambari").or("admin").rule(rules::login),
    secret("cluster.password", "--ambari-password-file", "HDIKAFKA_AMBARI_PASSWORD",
        "Password of the Ambari user").common(),
    path("cluster.ca_file", "--ca-file", "HDIKAFKA_CA_FILE",
        "More certificate authorities to trust, in PEM"),
    list("cluster.brokers", "--brokers", "HDIKAFKA_BROKERS",
        "Brokers as HOST:PORT; Ambari is not asked then").rule(rules::broker),
    text("edge.host", "--edge", "HDIKAFKA_EDGE",
        "Host of the edge node, if not new-edgenode.NAME-ssh.azurehdinsight.net").rule(rules::host).common(),
    integer("edge.port", "--edge-port", "HDIKAFKA_EDGE_PORT", 1, 65535,
        "SSH port of the edge node, if not 22"),
    choice("edge.access", "--edge-access", "HDIKAFKA_EDGE_ACCESS", Access::NAMES,
        "Over SSH, or local where this runs on the edge node itself").or("auto"),
    list("edge.jump", "--jump", "HDIKAFKA_JUMP",
        "Jump hosts as [USER@]HOST[:PORT], the nearest first; none: without").rule(rules::jump),
    text("edge.user", "--edge-user", "HDIKAFKA_EDGE_USER",
        "SSH user on the edge node").or("sshuser").rule(rules::unix_user).common(),
    path("edge.identity_file", "--identity-file", "HDIKAFKA_IDENTITY_FILE",
        "Private key for the edge node").common(),
    secret("edge.passphrase", "--edge-passphrase-file", "HDIKAFKA_EDGE_PASSPHRASE",
        "Passphrase of the private key"),
    secret("edge.password", "--edge-password-file", "HDIKAFKA_EDGE_PASSWORD",
        "Password of the SSH user, for the login and for sudo"),
    secret("edge.sudo_password", "--sudo-password-file", "HDIKAFKA_SUDO_PASSWORD",
        "Password for sudo, if it is not the one of the login"),
    text("edge.host_key", "--edge-host-key", "HDIKAFKA_EDGE_HOST_KEY",
        "Accept only this host key: SHA256:…").rule(rules::host_key),
    path("edge.known_hosts", "--known-hosts", "HDIKAFKA_KNOWN_HOSTS",
        "File of known host keys, if not ~/.ssh/known_hosts"),
    text("edge.run_user", "--run-user", "HDIKAFKA_RUN_USER",
        "User of the connectors, if not kafka where it exists").rule(rules::unix_user),
    text("edge.kafka_home", "--kafka-home", "HDIKAFKA_KAFKA_HOME",
        "Directory of Kafka on the edge node").or("/usr/hdp/current/kafka-broker").rule(rules::node_path),
    text("hub.name", "--hub", "HDIKAFKA_HUB",
        "Name of the IoT Hub").rule(rules::hub_name).common(),
    text("hub.resource_group", "--resource-group", "HDIKAFKA_RESOURCE_GROUP",
        "Resource group of the hub").rule(rules::resource_group).common(),
    text("hub.subscription", "--subscription", "HDIKAFKA_SUBSCRIPTION",
        "Azure subscription of the hub, id or name").rule(rules::subscription),
    text("hub.policy", "--policy", "HDIKAFKA_POLICY",
        "Shared access policy that the connectors use").or("service").rule(rules::word),
    path("hub.json", "--hub-json", "HDIKAFKA_HUB_JSON",
        "What `az iot hub show` printed, instead of asking az; - is standard input"),
    path("hub.policy_json", "--policy-json", "HDIKAFKA_POLICY_JSON",
        "What `az iot hub policy show` printed; - is standard input"),
    secret("hub.information", "--hub-info-file", "HDIKAFKA_HUB_INFO",
        "All that is known of the hub in any shape: JSON, connection strings, keys"),
    integer("hub.partition_count", "--hub-partitions", "HDIKAFKA_HUB_PARTITIONS", 1, 128,
        "Partitions of the hub's built-in endpoint, where nothing else tells"),
    text("hub.gateway", "--hub-gateway", "HDIKAFKA_HUB_GATEWAY",
        "HOST:PORT to connect to for the hub's HTTPS, if its name does not lead there").rule(rules::broker),
    secret("hub.device_connection_string", "--device-connection-string-file", "HDIKAFKA_DEVICE_CONNECTION_STRING",
        "Connection string of the device that is simulated"),
    text("hub.consumer_group", "--consumer-group", "HDIKAFKA_CONSUMER_GROUP",
        "Consumer group of the hub's built-in endpoint").or("$Default").rule(rules::consumer_group),
    text("hub.start_time", "--start-time", "HDIKAFKA_START_TIME",
        "Read telemetry from this time on: 2026-01-31T09:00:00Z").rule(rules::instant),
    text("topics.telemetry", "--telemetry-topic", "HDIKAFKA_TELEMETRY_TOPIC",
        "Topic that gets the telemetry").or("iotin").rule(rules::topic).common(),
    text("topics.commands", "--commands-topic", "HDIKAFKA_COMMANDS_TOPIC",
        "Topic that commands to devices are read from").or("iotout").rule(rules::topic).common(),
    integer("topics.partitions", "--partitions", "HDIKAFKA_PARTITIONS", 1, 10_000,
        "Partitions of a topic that is created").or("8"),
    integer("topics.replication_factor", "--replication-factor", "HDIKAFKA_REPLICATION_FACTOR", 1, 32_767,
        "Replicas of a topic that is created").or("3"),
    path("connector.jar", "--jar", "HDIKAFKA_JAR",
        "The connector's jar").common(),
    choice("connector.into", "--into", "HDIKAFKA_INTO", Placement::NAMES,
        "Where the jar goes: its own plugin directory, or kafka-broker/libs").or("plugins"),
    choice("connector.source_format", "--source-format", "HDIKAFKA_SOURCE_FORMAT", SourceFormat::NAMES,
        "What the telemetry topic gets: JSON, or the text of a struct").or("json"),
    choice("connector.secrets", "--secrets", "HDIKAFKA_SECRETS", SecretsAs::NAMES,
        "Keys in a file of their own, or inline in the connector files").or("file"),
    integer("source.batch_size", "--batch-size", "HDIKAFKA_BATCH_SIZE", 1, 999,
        "Messages the source asks for at once, per partition").or("5"),
    duration("source.receive_timeout", "--receive-timeout", "HDIKAFKA_RECEIVE_TIMEOUT", 1, 3600,
        "How long the source waits for them").or("5s"),
    text("source.converter", "--source-converter", "HDIKAFKA_SOURCE_CONVERTER",
        "What the source writes: json, json-schema, string or a converter's class").rule(converter::rule),
    integer("source.rest_port", "--source-port", "HDIKAFKA_SOURCE_PORT", 1, 65535,
        "REST port of the source's worker, on 127.0.0.1").or("8083"),
    text("sink.converter", "--sink-converter", "HDIKAFKA_SINK_CONVERTER",
        "What the sink reads: string, json-schema or a converter's class").rule(converter::rule),
    integer("sink.rest_port", "--sink-port", "HDIKAFKA_SINK_PORT", 1, 65535,
        "REST port of the sink's worker, on 127.0.0.1").or("8084"),
    choice("sink.acknowledgement", "--acknowledgement", "HDIKAFKA_ACKNOWLEDGEMENT", Acknowledgement::NAMES,
        "Feedback that the sink asks the hub for").or("None"),
    boolean("sink.start_at_boot", "--sink-start-at-boot", "HDIKAFKA_SINK_START_AT_BOOT",
        "Start the sink when the edge node boots").or("true"),
    text("worker.converter", "--converter", "HDIKAFKA_CONVERTER",
        "Of both, where they have none of their own; as --source-converter").or("string").rule(converter::rule),
    text("worker.heap", "--worker-heap", "HDIKAFKA_WORKER_HEAP",
        "Heap of each connector's JVM").or("256m").rule(rules::heap),
    text("worker.jvm_options", "--worker-jvm-options", "HDIKAFKA_WORKER_JVM_OPTIONS",
        "More options of each connector's JVM").rule(rules::one_line),
    duration("proof.stable_for", "--stable-for", "HDIKAFKA_STABLE_FOR", 0, 3600,
        "How long both connectors are watched after a start").or("10s"),
    choice("kafka.route", "--via", "HDIKAFKA_VIA", Route::NAMES,
        "How Kafka is reached").or("auto"),
    row("kafka.properties", "--kafka-property", "HDIKAFKA_KAFKA_PROPERTY", Kind::Properties,
        "A librdkafka setting, NAME=VALUE; of a secret NAME=@FILE"),
    text("rest.url", "--rest-url", "HDIKAFKA_REST_URL",
        "Base URL of the REST proxy, if not https://NAME-kafkarest.azurehdinsight.net").rule(rules::https_url),
    text("rest.tenant", "--tenant", "HDIKAFKA_TENANT",
        "Entra tenant of the application that uses the REST proxy, id or domain").rule(rules::tenant),
    text("rest.client_id", "--client-id", "HDIKAFKA_CLIENT_ID",
        "Client id of that application").rule(rules::word),
    secret("rest.client_secret", "--client-secret-file", "HDIKAFKA_CLIENT_SECRET",
        "Client secret of that application"),
    text("rest.scope", "--scope", "HDIKAFKA_SCOPE",
        "Scope of its tokens").or(DEFAULT_SCOPE).rule(rules::scope),
    text("rest.authority", "--authority", "HDIKAFKA_AUTHORITY",
        "Where Entra ID is").or(DEFAULT_AUTHORITY).rule(rules::https_url),
];

/// Of the public cloud; the other clouds have theirs, and what it is there is documented nowhere.
const DEFAULT_SCOPE: &str = "https://hib.azurehdinsight.net/.default";
const DEFAULT_AUTHORITY: &str = "https://login.microsoftonline.com";

/// The setting of that name.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The sections of the file in order, with their headings.
pub const SECTIONS: &[(&str, &str)] = &[
    ("cluster", "Cluster"),
    ("edge", "Edge node"),
    ("hub", "IoT Hub"),
    ("topics", "Topics"),
    ("connector", "Connectors"),
    ("source", "Source connector"),
    ("sink", "Sink connector"),
    ("worker", "Workers"),
    ("proof", "Proof"),
    ("kafka", "Kafka"),
    ("rest", "REST proxy"),
];

impl Key {
    /// `cluster` of `cluster.name`.
    pub fn section(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(section, _)| section)
    }

    /// `name` of `cluster.name`.
    pub fn leaf(&self) -> &'static str {
        self.name
            .split_once('.')
            .map_or(self.name, |(_, leaf)| leaf)
    }

    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }
}

// The rows of the table, each with what its kind needs.

const fn row(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    kind: Kind,
    help: &'static str,
) -> Key {
    Key {
        name,
        flag,
        env,
        kind,
        default: None,
        help,
        rule: None,
        common: false,
    }
}

const fn text(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Text, help)
}

const fn path(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Path, help)
}

const fn list(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::List, help)
}

const fn boolean(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Bool, help)
}

const fn secret(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Secret, help)
}

const fn integer(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    min: i64,
    max: i64,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Integer { min, max }, help)
}

const fn duration(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    min: u64,
    max: u64,
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Duration { min, max }, help)
}

const fn choice(
    name: &'static str,
    flag: &'static str,
    env: &'static str,
    names: &'static [&'static str],
    help: &'static str,
) -> Key {
    row(name, flag, env, Kind::Choice(names), help)
}

impl Key {
    const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    const fn rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    const fn common(mut self) -> Self {
        self.common = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_agrees_with_itself() {
        let mut seen = BTreeSet::new();
        for key in KEYS {
            assert!(
                seen.insert(key.name) && seen.insert(key.flag) && seen.insert(key.env),
                "{} is there twice",
                key.name
            );
            let flag = key.flag.strip_prefix("--").unwrap();
            let stem = if key.is_secret() {
                flag.strip_suffix("-file").unwrap()
            } else {
                flag
            };
            assert_eq!(
                key.env,
                format!("HDIKAFKA_{}", stem.to_ascii_uppercase().replace('-', "_"))
            );
            assert!(
                SECTIONS
                    .iter()
                    .any(|(section, _)| *section == key.section()),
                "{}",
                key.name
            );
            assert!(!key.help.ends_with('.') && !key.help.is_empty());
            if let Some(default) = key.default {
                assert_eq!(key.check(default), Ok(()), "{}", key.name);
            }
        }
    }
}
