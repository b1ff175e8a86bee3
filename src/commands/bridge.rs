//! From the profile to what the planner wants: settings resolved, digests and fingerprints made, time read.

use super::gather::Gathered;
use crate::apply::live::Form;
use crate::context::Context;
use crate::error::Failure;
use crate::facts::hub::Hub;
use crate::facts::places::Connector;
use crate::iothub::connection_string;
use crate::jar;
use crate::plan::{self, Decisions, JarFile, Part, SecretWish, SecretsAs, Wanted};
use crate::profile::{self, Profile, Source};
use crate::secret::Secret;
use crate::template;
use anyhow::Context as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};

/// Settings for shorter starts: the class data archive, and no optimising compiler, which a worker that moves a few
/// messages never pays back (measured: both workers up in 5.8 s instead of 8.6 s).
const JVM_OPTIONS: &str = "-Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

/// The secrets of both connectors. They live in memory only until they are on the node.
pub struct Secrets(BTreeMap<Connector, Forms>);

/// Of one connector: the contents of its secrets file, and the value alone.
struct Forms {
    file: Secret,
    value: Secret,
}

impl Secrets {
    pub fn of(gathered: &Gathered) -> anyhow::Result<Self> {
        Self::with_key(&gathered.facts.hub, &gathered.key)
    }

    /// The same with another key in the place of the hub's.
    pub fn with_key(hub: &Hub, key: &Secret) -> anyhow::Result<Self> {
        let connection_string = connection_string::service(&hub.host_name, &hub.policy, key);
        let source = Forms {
            file: template::source_secrets(&Connector::Source.secrets_file(), key)?,
            value: key.clone(),
        };
        let sink = Forms {
            file: template::sink_secrets(&connection_string)?,
            value: connection_string,
        };
        Ok(Self(
            [(Connector::Source, source), (Connector::Sink, sink)].into(),
        ))
    }

    pub fn get(&self, connector: Connector, form: Form) -> anyhow::Result<Secret> {
        let forms = self.0.get(&connector);
        let forms = forms.context("there is no secret for this connector")?;
        Ok(match form {
            Form::File => forms.file.clone(),
            Form::Value => forms.value.clone(),
        })
    }

    /// Tells whether a secret is still the same without telling it.
    pub fn fingerprint(
        &self,
        connector: Connector,
        form: Form,
        salt: &str,
    ) -> anyhow::Result<String> {
        fingerprint(&self.get(connector, form)?, salt)
    }
}

fn fingerprint(secret: &Secret, salt: &str) -> anyhow::Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes())
        .map_err(|_| anyhow::anyhow!("the salt is unusable"))?;
    mac.update(secret.expose().as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// What of the wish is not in the profile.
pub struct Options {
    pub only: Vec<Part>,
    pub from: Option<plan::From>,
    pub decisions: Decisions,
    /// When a bridge that is not there yet begins; now, unless a saved plan has said it.
    pub first_setup: Option<String>,
}

pub fn wanted(
    ctx: &Context,
    (gathered, jar): (&Gathered, &JarFile),
    secrets: &Secrets,
    salt: &str,
    options: Options,
) -> anyhow::Result<Wanted> {
    let profile = &ctx.profile;
    let secrets_as = match profile.connector.secrets {
        profile::SecretsAs::File => SecretsAs::File,
        profile::SecretsAs::Inline => SecretsAs::Inline,
    };
    let secret = |connector| -> anyhow::Result<(Connector, SecretWish)> {
        let form = match secrets_as {
            SecretsAs::File => Form::File,
            SecretsAs::Inline => Form::Value,
        };
        let wish = SecretWish {
            fingerprint: secrets.fingerprint(connector, form, salt)?,
            source: format!(
                "key of {} from {}",
                gathered.facts.hub.policy, gathered.key_from
            ),
            there: key_there(connector, profile, gathered, salt)?,
        };
        Ok((connector, wish))
    };
    Ok(Wanted {
        only: options.only.into_iter().collect(),
        kafka_home: profile.edge.kafka_home.clone(),
        run_user: profile.edge.run_user.clone(),
        jar: jar.clone(),
        into: match profile.connector.into {
            profile::Placement::Plugins => plan::Into::Plugins,
            profile::Placement::Libs => plan::Into::Libs,
        },
        brokers: gathered.brokers.clone(),
        consumer_group: profile.hub.consumer_group.clone(),
        start_time: profile.hub.start_time.clone(),
        first_setup: options
            .first_setup
            .unwrap_or_else(|| format!("{:.0}", jiff::Timestamp::now())),
        converters: plan::Converters {
            worker: converter(&profile.worker.converter),
            source: converter(&profile.source_converter()),
            sink: converter(profile.sink_converter()),
        },
        batch_size: profile.source.batch_size as u32,
        receive_timeout: profile.source.receive_timeout.as_secs() as u32,
        acknowledgement: profile.sink.acknowledgement.to_string(),
        telemetry_topic: profile.topics.telemetry.clone(),
        commands_topic: profile.topics.commands.clone(),
        partitions: profile.topics.partitions,
        replication_factor: profile.topics.replication_factor,
        source_port: profile.source.rest_port,
        sink_port: profile.sink.rest_port,
        sink_start_at_boot: profile.sink.start_at_boot,
        heap: profile.worker.heap.clone(),
        jvm_options: profile
            .worker
            .jvm_options
            .clone()
            .unwrap_or_else(|| JVM_OPTIONS.to_owned()),
        secrets_as,
        secrets: Connector::BOTH
            .into_iter()
            .map(secret)
            .collect::<anyhow::Result<_>>()?,
        from: options.from,
        names: BTreeMap::new(),
        given: given(profile),
        decisions: options.decisions,
    })
}

/// The settings that somebody gave, by flag, variable, file or prompt.
fn given(profile: &Profile) -> BTreeSet<String> {
    let given = profile
        .sources
        .iter()
        .filter(|(_, source)| **source != Source::Default);
    given.map(|(key, _)| (*key).to_owned()).collect()
}

/// Of a key that the connector file on the node has in the clear.
fn key_there(
    connector: Connector,
    profile: &profile::Profile,
    gathered: &Gathered,
    salt: &str,
) -> anyhow::Result<Option<String>> {
    let path = connector.properties_file(&profile.edge.kafka_home);
    let text = gathered.facts.edge.contents(&path);
    let key = text.and_then(|text| plan::in_the_clear(connector, text));
    key.map(|key| fingerprint(&Secret::new(key), salt))
        .transpose()
}

fn converter(of: &profile::Converter) -> plan::Converter {
    match of {
        profile::Converter::String => plan::Converter::String,
        profile::Converter::Json => plan::Converter::Json,
        profile::Converter::JsonSchema => plan::Converter::JsonSchema,
        profile::Converter::Class(class) => plan::Converter::Class(class.clone()),
    }
}

/// A jar that can be the bridge: both connectors are inside.
pub fn jar_file(ctx: &Context) -> anyhow::Result<JarFile> {
    let place = ctx.required(&ctx.profile.connector.jar, "connector.jar")?;
    let chosen = jar::choose::choose(place).context("looking for the connector jar")?;
    let jar = chosen.jar;
    let path = jar.path.clone();
    if !chosen.others.is_empty() {
        let others = jar::choose::listed(&chosen.others);
        ctx.ui
            .note(&format!("{} is taken; not {others}", path.display()));
    }
    let lacks = |what: &str| {
        Failure::usage(format!("{} has no {what} connector", path.display()))
            .hint("hdikafka connector inspect FILE shows what a jar has")
    };
    let file_name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    if !file_name.ends_with(".jar") || !file_name.chars().all(plain) {
        return Err(Failure::usage(format!("{file_name:?} is no name for a jar on the node: letters, digits, . _ - + and .jar at its end")).into());
    }
    Ok(JarFile {
        path: std::path::absolute(&path)?,
        file_name,
        size: jar.size,
        sha256: jar.sha256,
        source_class: jar.source_class.ok_or_else(|| lacks("source"))?,
        sink_class: jar.sink_class.ok_or_else(|| lacks("sink"))?,
        version: jar.version,
        java: jar.java.map(u32::from),
        receive_timeout: jar.receive_timeout_supported,
        has_scala: jar.has_scala,
        libraries: jar.libraries,
    })
}
