//! What is kept of the settings of a bridge made by hand. The profile's own word counts more; a default never does.
//!
//! Not kept: what the new workers need to be stopped without repeating messages (`tasks.max`, `ReceiveTimeout`, ports and
//! places), the class, which is the jar's, and keys, which come from where the profile says.

use super::{ByHand, File, Properties, recognise};
use crate::facts::Facts;
use crate::facts::edge::Edge;
use crate::facts::places::{self, Connector};
use crate::plan::change::is_secret;
use crate::plan::connector::{MISPRINT, is_start_time};
use crate::plan::converter::{CLASS, Converter, SCHEMAS, STRING};
use crate::plan::secrets::PLACEHOLDER;
use crate::plan::{Plan, Refusal, Step, Wanted};

/// A key of the connector's file, and the settings of the profile that say the same, the plainest first. Connect's name has
/// none.
const KEPT: [(Connector, &str, &[&str]); 10] = [
    (Connector::Source, "name", &[]),
    (Connector::Source, "Kafka.Topic", &["topics.telemetry"]),
    (
        Connector::Source,
        "IotHub.ConsumerGroup",
        &["hub.consumer_group"],
    ),
    (Connector::Source, START_TIME, &["hub.start_time"]),
    (Connector::Source, "BatchSize", &["source.batch_size"]),
    (
        Connector::Source,
        FORMAT,
        &[
            "connector.source_format",
            "source.converter",
            "worker.converter",
        ],
    ),
    (Connector::Sink, "name", &[]),
    (Connector::Sink, "topics", &["topics.commands"]),
    (
        Connector::Sink,
        "IotHub.MessageDeliveryAcknowledgement",
        &["sink.acknowledgement"],
    ),
    (
        Connector::Sink,
        FORMAT,
        &["sink.converter", "worker.converter"],
    ),
];
const START_TIME: &str = "IotHub.StartTime";
/// How records are written stands in several keys of two files; here it is the word of the setting.
const FORMAT: &str = "format";

/// Keys of older generations and of our own choice; what a file made by hand says of them is not handed on.
const NOT_HANDED_ON: [&str; 13] = [
    "IotHub.AccessKeyValue",
    "IotHub.ConnectionString",
    "IotHub.EventHubCompatibleNamespace",
    MISPRINT,
    "ReceiveTimeout",
    "listeners",
    "rest.port",
    "rest.host.name",
    "rest.advertised.host.name",
    "rest.advertised.port",
    "rest.advertised.listener",
    "offset.storage.file.filename",
    "plugin.path",
];

/// The wish with the settings of the bridge made by hand in the place of defaults. Doing it twice changes nothing more.
pub fn adopt(wanted: &Wanted, facts: &Facts) -> Wanted {
    let (found, _) = recognise(&facts.edge, &wanted.kafka_home);
    let mut adopted = wanted.clone();
    for connector in Connector::BOTH {
        for (key, value) in kept(&found, connector, &facts.edge, &wanted.kafka_home) {
            if given(wanted, connector, &key).is_none() {
                put(&mut adopted, connector, &key, value);
            }
        }
    }
    adopted
}

fn settings(connector: Connector, key: &str) -> &'static [&'static str] {
    let mut all = KEPT.iter();
    all.find(|(of, property, _)| *of == connector && *property == key)
        .map_or(&[], |(_, _, settings)| settings)
}

/// The setting by which somebody said otherwise.
fn given(wanted: &Wanted, connector: Connector, key: &str) -> Option<&'static str> {
    let mut all = settings(connector, key).iter().copied();
    all.find(|setting| wanted.given.contains(*setting))
}

fn put(wanted: &mut Wanted, connector: Connector, key: &str, value: String) {
    match key {
        "name" => drop(wanted.names.insert(connector, value)),
        "Kafka.Topic" => wanted.telemetry_topic = value,
        "topics" => wanted.commands_topic = value,
        "IotHub.ConsumerGroup" => wanted.consumer_group = value,
        START_TIME => wanted.start_time = Some(value),
        "BatchSize" => wanted.batch_size = value.parse().unwrap_or(wanted.batch_size),
        "IotHub.MessageDeliveryAcknowledgement" => wanted.acknowledgement = value,
        FORMAT => {
            let converter = Converter::of_word(&value);
            match connector {
                Connector::Source => wanted.converters.source = converter,
                Connector::Sink => wanted.converters.sink = converter,
            }
        }
        _ => {}
    }
}

/// Its settings, from its own file; after the take-over from the manifest.
fn kept(found: &ByHand, connector: Connector, edge: &Edge, kafka_home: &str) -> Properties {
    let Some(file) = found.files.get(&connector) else {
        let manifest = edge.manifest.as_ref();
        return manifest
            .and_then(|manifest| manifest.kept.get(&connector).cloned())
            .unwrap_or_default();
    };
    let mut kept: Properties = KEPT
        .iter()
        .filter(|(of, key, _)| *of == connector && *key != FORMAT)
        .filter_map(|(_, key, _)| Some(((*key).to_owned(), file.value(key)?.to_owned())))
        .filter(|(key, value)| usable(key, value))
        .collect();
    if connector == Connector::Source
        && let Some(misprinted) = file.value(MISPRINT).filter(|time| is_start_time(time))
    {
        let start = kept.entry(START_TIME.to_owned());
        start.or_insert_with(|| misprinted.to_owned());
    }
    let converter = converter(file, edge, kafka_home);
    // a sink fails on JSON without its schema, and would still
    if connector == Connector::Source || converter != Converter::Json {
        kept.insert(FORMAT.to_owned(), converter.word().to_owned());
    }
    kept
}

/// A value that its connector would not take, or would pass over in silence, is no setting.
fn usable(key: &str, value: &str) -> bool {
    match key {
        START_TIME => is_start_time(value),
        "BatchSize" => value
            .parse()
            .is_ok_and(|size: u32| (1..1000).contains(&size)),
        "IotHub.MessageDeliveryAcknowledgement" => {
            ["None", "Full", "PositiveOnly", "NegativeOnly"].contains(&value)
        }
        _ => !value.is_empty() && value != PLACEHOLDER && !value.contains("${"),
    }
}

/// The connector's own, else its worker's.
fn converter(file: &File, edge: &Edge, kafka_home: &str) -> Converter {
    let shipped = edge.properties(&places::standalone_file(kafka_home));
    let worker = file
        .worker
        .as_ref()
        .map(|(_, values)| values)
        .or(shipped.as_ref());
    let own = file.values.contains_key(CLASS);
    let of = |key: &str| match own {
        true => file.value(key),
        false => worker
            .and_then(|values| values.get(key))
            .map(|value| value.trim()),
    };
    Converter::of_file(of(CLASS).unwrap_or(STRING), of(SCHEMAS))
}

/// What the manifest is to remember, and what the plan has to say of it.
pub(super) fn keep(found: &ByHand, wanted: &Wanted, facts: &Facts, plan: &mut Plan) -> Vec<Step> {
    let mut steps = Vec::new();
    for (&connector, file) in &found.files {
        let settings = kept(found, connector, &facts.edge, &wanted.kafka_home);
        for (key, theirs) in &settings {
            warn(wanted, connector, file, (key, theirs), plan);
        }
        if let Some((path, values)) = &file.worker
            && *path != places::standalone_file(&wanted.kafka_home)
            && let Some(plugins) = values.get("plugin.path")
        {
            plan.warnings.push(format!(
                "plugin.path={plugins} of {path} is not taken over: add what it holds beside the connector to connect-standalone.properties"
            ));
        }
        let known = facts
            .edge
            .manifest
            .as_ref()
            .and_then(|one| one.kept.get(&connector));
        if known != Some(&settings) {
            steps.push(Step::KeepSettings {
                connector,
                path: file.path.clone(),
                settings,
            });
        }
    }
    steps
}

fn warn(
    wanted: &Wanted,
    connector: Connector,
    file: &File,
    (key, theirs): (&String, &String),
    plan: &mut Plan,
) {
    let mut with_theirs = wanted.clone();
    put(&mut with_theirs, connector, key, theirs.clone());
    if let Some(setting) = given(wanted, connector, key) {
        if with_theirs != *wanted {
            plan.warnings.push(format!(
                "{setting} of the profile takes the place of {key}={theirs} in {}",
                file.path
            ));
        }
        return;
    }
    let Some(setting) = settings(connector, key).first() else {
        return;
    };
    if key == "Kafka.Topic" && theirs != "iotin" || key == "topics" && theirs != "iotout" {
        plan.warnings.push(format!(
            "the topic {theirs} is kept: put {setting} = \"{theirs}\" into the profile, for hdikafka send and tail"
        ));
    } else if key == FORMAT && connector == Connector::Sink && theirs != "string" {
        plan.warnings.push(format!(
            "the sink reads {theirs} on: put {setting} = \"{theirs}\" into the profile, or hdikafka send writes what stops it"
        ));
    } else if key == FORMAT && connector == Connector::Source && theirs != "json" {
        plan.warnings.push(format!(
            "telemetry is written on in the format of {}: {setting} = \"json\" makes it JSON",
            file.path
        ));
    }
}

/// Keys that are not ours, for the connector's file in its place: those of a file elsewhere, and what the converter of its
/// worker needs beside its class where that was another one than ours is.
pub(in crate::plan) fn extra(
    found: &ByHand,
    connector: Connector,
    kafka_home: &str,
    ours: &[(&str, String)],
) -> Vec<(String, String)> {
    let Some(file) = found.files.get(&connector) else {
        return Vec::new();
    };
    let mut extra = Vec::new();
    if file.path != connector.properties_file(kafka_home) {
        extra = not_ours(&file.values, ours);
    }
    if let Some((_, worker)) = &file.worker
        && !file.values.contains_key(CLASS)
        && let Some(class) = worker.get(CLASS).map(|class| class.trim())
        && class != STRING
        && ours
            .iter()
            .all(|(key, value)| *key != CLASS || value == class)
    {
        let of_converter = not_ours(worker, ours).into_iter();
        extra.extend(of_converter.filter(|(key, _)| key.starts_with(CLASS)));
    }
    extra
}

/// Keys that are not ours in a worker file elsewhere, for the common one.
pub(in crate::plan) fn worker_extra(
    found: &ByHand,
    kafka_home: &str,
    ours: &[(&str, String)],
) -> Vec<(String, String)> {
    let standalone = places::standalone_file(kafka_home);
    let mut extra = Vec::new();
    for file in found.files.values() {
        if let Some((_, values)) = file.worker.as_ref().filter(|(path, _)| *path != standalone) {
            extra.extend(not_ours(values, ours));
        }
    }
    extra.retain(|(key, _)| !key.starts_with("key.converter") && !key.starts_with(CLASS));
    extra.sort();
    extra.dedup_by(|one, other| one.0 == other.0);
    extra
}

fn not_ours(values: &Properties, ours: &[(&str, String)]) -> Vec<(String, String)> {
    let handed_on =
        |key: &str| !NOT_HANDED_ON.contains(&key) && ours.iter().all(|(name, _)| *name != key);
    values
        .iter()
        .filter(|(key, _)| handed_on(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The files of `config` are open to everybody: a password that stood in somebody's home does not go there.
pub(super) fn secrets_at_home(found: &ByHand, wanted: &Wanted) -> Vec<Refusal> {
    let home = &wanted.kafka_home;
    let mut all = worker_extra(found, home, &[]);
    all.extend(
        Connector::BOTH
            .into_iter()
            .flat_map(|connector| extra(found, connector, home, &[])),
    );
    all.retain(|(key, value)| is_secret(key) && !value.starts_with("${"));
    let refuse = |(key, _): (String, String)| {
        Refusal::conflict(
            format!(
                "{key} is set in a file of the bridge made by hand that is not in {home}/config: it is a secret, and what is there can be read by everybody"
            ),
            "put it into connect-standalone.properties yourself, as a reference to a file that only the worker's user reads",
        )
    };
    all.into_iter().map(refuse).collect()
}
