//! Putting the layers together: flag, then environment, then file, then default. The result is typed, knows where each
//! value came from, and can take answers that a person gives later in the run.

use super::client_properties::{self, Property};
use super::converter::Converter;
use super::error::{Problem, ProfileError};
use super::file::{self, Parsed};
use super::keys::{self, KEYS, Key, Kind};
use super::layers::{Layers, Raw};
use super::locate::{self, Found, Located};
use super::origin::{Base, Selection, Source};
use super::secrets::{Origin, SecretSource};
use super::settings::{
    Access, Acknowledgement, Cluster, Connector, Edge, Hub, Kafka, Placement, Proof, Rest, Route,
    SecretsAs, SinkSettings, SourceFormat, SourceSettings, Topics, Worker,
};
use crate::secret::Secret;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// All settings of one bridge, resolved.
#[derive(Clone, Debug)]
pub struct Profile {
    pub cluster: Cluster,
    pub edge: Edge,
    pub hub: Hub,
    pub topics: Topics,
    pub connector: Connector,
    pub source: SourceSettings,
    pub sink: SinkSettings,
    pub worker: Worker,
    pub proof: Proof,
    pub kafka: Kafka,
    pub rest: Rest,
    /// For each key of the table that has a value, where it came from.
    pub sources: BTreeMap<&'static str, Source>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// How that file came to be used.
    pub found: Option<Found>,
    pub(super) raw: Raw,
}

/// A setting that a command needs and that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub key: &'static str,
    pub flag: &'static str,
    pub env: &'static str,
    /// What the setting is.
    pub why: &'static str,
}

/// One line of `profile show`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Of a setting of librdkafka `kafka.properties.` and its name.
    pub key: String,
    /// `None`: not set. Of a secret only where it comes from.
    pub value: Option<String>,
    pub source: Source,
    /// It says where something is on this machine.
    #[serde(skip)]
    pub local: bool,
}

/// Resolves all settings. `flags` are pairs of a key's name and the text given; of a secret: a path or `-`.
///
/// Reads the profile file and nothing else; secrets are fetched when they are asked for. Every value that cannot be used
/// is reported, not only the first.
pub fn load(
    selection: &Selection<'_>,
    flags: &[(&'static str, String)],
) -> Result<Profile, ProfileError> {
    if let Some((name, _)) = flags.iter().find(|(name, _)| keys::key(name).is_none()) {
        return Err(ProfileError::Usage(format!("there is no setting {name}")));
    }
    let located = locate::locate(selection)?;
    let bytes = match &located {
        Some(located) => file::read(&located.path)?,
        None => Vec::new(),
    };
    let parsed = match &located {
        Some(located) => file::parse(&located.path, &bytes, selection.home())?,
        None => Parsed::default(),
    };
    let mut layers = Layers {
        selection,
        flags,
        located: located.as_ref(),
        bytes: &bytes,
        parsed,
        problems: Vec::new(),
        trust: None,
    };
    let raw = layers.resolve();
    if !layers.problems.is_empty() {
        return Err(ProfileError::Invalid(layers.problems));
    }
    if let Some(error) = layers.trust {
        return Err(error);
    }
    let profile = Profile::of(raw, located);
    profile.agree()?;
    Ok(profile)
}

impl Profile {
    /// Those of the named settings that have no value, in the order given.
    pub fn missing(&self, names: &[&str]) -> Vec<Missing> {
        let keys = names.iter().filter_map(|name| keys::key(name));
        let missing = keys.filter(|key| self.shown(key).is_none());
        missing
            .map(|key| Missing {
                key: key.name,
                flag: key.flag,
                env: key.env,
                why: key.help,
            })
            .collect()
    }

    /// Whether nobody chose this value: it is the table's default, derived, or not set.
    pub fn is_default(&self, name: &str) -> bool {
        matches!(self.sources.get(name), None | Some(Source::Default))
    }

    /// Whether a setting of librdkafka was given on the command line.
    pub fn properties_of_flags(&self) -> bool {
        let mut sources = self.raw.properties.values().map(|(_, source)| source);
        sources.any(|source| *source == Source::Flag)
    }

    /// Takes a person's answer to the question for a setting. Overrides every layer.
    pub fn answer(&mut self, name: &str, text: &str) -> Result<(), ProfileError> {
        let key = keys::key(name)
            .ok_or_else(|| ProfileError::Usage(format!("there is no setting {name}")))?;
        let cwd = std::env::current_dir().unwrap_or_default();
        let home = std::env::home_dir();
        let value = key
            .parse(text, &Base { dir: &cwd, home })
            .map_err(|message| ProfileError::Invalid(vec![Problem::new(key.name, message)]))?;
        let mut raw = self.raw.clone();
        raw.answer(key.name, value);
        let changed = Self::of(raw, self.located());
        changed.agree()?;
        *self = changed;
        Ok(())
    }

    /// Takes a secret that a person entered.
    pub fn answer_secret(&mut self, name: &str, secret: Secret) -> Result<(), ProfileError> {
        let key = keys::key(name).filter(|key| key.is_secret());
        let key =
            key.ok_or_else(|| ProfileError::Usage(format!("there is no secret setting {name}")))?;
        let source = SecretSource::new(key.name, Origin::Prompt(secret));
        let mut raw = self.raw.clone();
        raw.answer_secret(key.name, source);
        *self = Self::of(raw, self.located());
        Ok(())
    }

    /// Every setting with its value and source, in the order of the table. No secret is fetched for it.
    pub fn show(&self) -> Vec<Shown> {
        let source = |key: &Key| {
            self.sources
                .get(key.name)
                .cloned()
                .unwrap_or(Source::Default)
        };
        let mut all = Vec::new();
        for key in KEYS {
            if key.kind == Kind::Properties && !self.raw.properties.is_empty() {
                all.extend(self.raw.properties.iter().map(shown_property));
                continue;
            }
            all.push(Shown {
                key: key.name.to_owned(),
                value: self.shown(key),
                source: source(key),
                local: matches!(key.kind, Kind::Path | Kind::Secret),
            });
        }
        all
    }

    /// What the person should know about these settings, one line each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<_> = self
            .raw
            .secrets
            .values()
            .map(|(source, _)| source)
            .chain(self.raw.property_secrets().map(|(_, source)| source))
            .filter_map(SecretSource::warning)
            .collect();
        let (telemetry, commands) = (&self.topics.telemetry, &self.topics.commands);
        if telemetry.replace('.', "_") == commands.replace('.', "_") {
            // Kafka writes both as _ in its metrics.
            warnings.push(format!("the topics {telemetry} and {commands} collide in Kafka's metrics: choose another name"));
        }
        warnings
    }

    /// The value as text; derived ones included.
    fn shown(&self, key: &Key) -> Option<String> {
        if let Some((source, _)) = self.raw.secrets.get(key.name) {
            return Some(source.to_string());
        }
        match key.name {
            "cluster.gateway" => self.cluster.gateway.clone(),
            "edge.host" => self.edge.host.clone(),
            "rest.url" => self.rest.url.clone(),
            _ => self
                .raw
                .values
                .get(key.name)
                .map(|(value, _)| value.to_string()),
        }
    }

    /// What the source writes into its topic.
    pub fn source_converter(&self) -> Converter {
        let format = match self.connector.source_format {
            SourceFormat::Json => Converter::Json,
            SourceFormat::String => Converter::String,
        };
        let chosen = |name: &str| !self.is_default(name);
        match &self.source.converter {
            Some(own) => own.clone(),
            None if chosen("connector.source_format") || !chosen("worker.converter") => format,
            None => self.worker.converter.clone(),
        }
    }

    /// What the sink reads from its topic.
    pub fn sink_converter(&self) -> &Converter {
        self.sink
            .converter
            .as_ref()
            .unwrap_or(&self.worker.converter)
    }

    pub(super) fn located(&self) -> Option<Located> {
        Some(Located {
            path: self.file.clone()?,
            found: self.found?,
        })
    }

    pub(super) fn of(raw: Raw, located: Option<Located>) -> Self {
        let name = raw.text("cluster.name");
        let derived = |prefix: &str, suffix: &str| {
            name.as_ref().map(|name| format!("{prefix}{name}{suffix}"))
        };
        let gateway = raw
            .text("cluster.gateway")
            .map(|url| url.trim_end_matches('/').to_owned());
        let gateway = gateway.or_else(|| derived("https://", ".azurehdinsight.net"));
        let host = raw
            .text("edge.host")
            .or_else(|| derived("new-edgenode.", "-ssh.azurehdinsight.net"));
        let rest_url = raw
            .text("rest.url")
            .map(|url| url.trim_end_matches('/').to_owned())
            .or_else(|| derived("https://", "-kafkarest.azurehdinsight.net"));
        let choice = |key| raw.text(key).unwrap_or_default();
        Self {
            cluster: Cluster {
                gateway,
                user: choice("cluster.user"),
                password: raw.secret("cluster.password"),
                ca_file: raw.path("cluster.ca_file"),
                brokers: raw.list("cluster.brokers"),
                name,
            },
            edge: Edge {
                host,
                port: raw.integer("edge.port"),
                user: choice("edge.user"),
                identity_file: raw.path("edge.identity_file"),
                access: Access::of(&choice("edge.access")),
                jump: raw.list("edge.jump"),
                passphrase: raw.secret("edge.passphrase"),
                password: raw.secret("edge.password"),
                sudo_password: raw.secret("edge.sudo_password"),
                host_key: raw.text("edge.host_key"),
                known_hosts: raw.path("edge.known_hosts"),
                run_user: raw.text("edge.run_user"),
                kafka_home: choice("edge.kafka_home"),
            },
            hub: Hub {
                name: raw.text("hub.name"),
                resource_group: raw.text("hub.resource_group"),
                subscription: raw.text("hub.subscription"),
                policy: choice("hub.policy"),
                json: raw.path("hub.json"),
                policy_json: raw.path("hub.policy_json"),
                information: raw.secret("hub.information"),
                partition_count: raw.integer("hub.partition_count"),
                gateway: raw.text("hub.gateway"),
                device_connection_string: raw.secret("hub.device_connection_string"),
                consumer_group: choice("hub.consumer_group"),
                start_time: raw.text("hub.start_time"),
            },
            topics: Topics {
                telemetry: choice("topics.telemetry"),
                commands: choice("topics.commands"),
                partitions: raw.integer("topics.partitions").unwrap_or_default(),
                replication_factor: raw.integer("topics.replication_factor").unwrap_or_default(),
            },
            connector: Connector {
                jar: raw.path("connector.jar"),
                into: Placement::of(&choice("connector.into")),
                source_format: SourceFormat::of(&choice("connector.source_format")),
                secrets: SecretsAs::of(&choice("connector.secrets")),
            },
            source: SourceSettings {
                batch_size: raw.integer("source.batch_size").unwrap_or_default(),
                receive_timeout: raw.duration("source.receive_timeout"),
                converter: raw
                    .text("source.converter")
                    .map(|text| Converter::of(&text)),
                rest_port: raw.integer("source.rest_port").unwrap_or_default(),
            },
            sink: SinkSettings {
                converter: raw.text("sink.converter").map(|text| Converter::of(&text)),
                rest_port: raw.integer("sink.rest_port").unwrap_or_default(),
                acknowledgement: Acknowledgement::of(&choice("sink.acknowledgement")),
                start_at_boot: raw.boolean("sink.start_at_boot"),
            },
            worker: Worker {
                converter: Converter::of(&choice("worker.converter")),
                heap: choice("worker.heap"),
                jvm_options: raw.text("worker.jvm_options"),
            },
            proof: Proof {
                stable_for: raw.duration("proof.stable_for"),
            },
            kafka: Kafka {
                route: Route::of(&choice("kafka.route")),
                properties: raw
                    .properties
                    .iter()
                    .map(|(name, (property, _))| (name.clone(), property.clone()))
                    .collect(),
            },
            rest: Rest {
                url: rest_url,
                tenant: raw.text("rest.tenant"),
                client_id: raw.text("rest.client_id"),
                client_secret: raw.secret("rest.client_secret"),
                scope: choice("rest.scope"),
                authority: choice("rest.authority"),
            },
            sources: raw.sources(),
            found: located.as_ref().map(|located| located.found),
            file: located.map(|located| located.path),
            raw,
        }
    }
}

fn shown_property((name, (property, source)): (&String, &(Property, Source))) -> Shown {
    let secret = matches!(property, Property::Secret(_));
    Shown {
        key: format!("{}.{name}", client_properties::KEY),
        value: Some(property.to_string()),
        source: source.clone(),
        local: secret || client_properties::is_path(name),
    }
}
