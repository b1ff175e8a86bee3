//! A bridge that somebody made by hand after the manual: recognised, and taken over with its name, settings and offsets,
//! so that nothing is read twice and nothing is sent twice.
//!
//! What counts is what runs: a worker's own arguments name its files, wherever they are. Where nothing runs, the files
//! are looked for where the manual puts them, then in home directories. Here: what is there, and what forbids a
//! take-over. Which settings are kept is in `settings`, the offsets are in `offsets`, the end of its workers in `stop`.

mod offsets;
mod settings;
mod stop;

pub use settings::adopt;
pub(super) use settings::{extra, worker_extra};

use super::secrets::PLACEHOLDER;
use super::{Part, Plan, Refusal, Step, Wanted};
use crate::facts::Facts;
use crate::facts::edge::Edge;
use crate::facts::places::{self, Connector};
use crate::facts::processes::WorkerProcess;
use std::collections::BTreeMap;

pub(super) type Properties = BTreeMap<String, String>;

/// What of it is there.
#[derive(Default)]
pub(super) struct ByHand<'a> {
    /// Workers that run its connectors and nothing else.
    pub workers: Vec<Worker<'a>>,
    pub files: BTreeMap<Connector, File>,
}

pub(super) struct Worker<'a> {
    pub process: &'a WorkerProcess,
    /// Its own file.
    pub file: Properties,
    /// What it runs, in the order of its arguments.
    pub connectors: Vec<Connector>,
}

/// The properties file of one of its connectors, whole: no value that is needed is missing or left as the sample has it.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub path: String,
    pub values: Properties,
    /// The file of the worker that runs it, when one does: its path and values.
    pub worker: Option<(String, Properties)>,
}

impl File {
    pub fn value(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|value| value.trim())
    }

    pub fn name(&self) -> &str {
        self.value("name").unwrap_or_default()
    }
}

impl ByHand<'_> {
    pub fn runs(&self, connector: Connector) -> bool {
        self.workers
            .iter()
            .any(|worker| worker.connectors.contains(&connector))
    }
}

/// What is there, and what of it cannot be taken over.
pub(super) fn recognise<'a>(edge: &'a Edge, kafka_home: &str) -> (ByHand<'a>, Vec<Refusal>) {
    let mut found = ByHand::default();
    let mut refusals = Vec::new();
    for process in edge.workers.iter().filter(|worker| worker.unit.is_none()) {
        match worker(edge, process) {
            Ok((worker, files)) => {
                for (connector, file) in files {
                    if let Some(other) = found.files.insert(connector, file) {
                        refusals.push(Refusal::conflict(
                            format!("two workers of {} run a {connector} of IoT Hub: one is started with {}", edge.host, other.path),
                            "stop the one that is not wanted",
                        ));
                    }
                }
                found.workers.push(worker);
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    for connector in Connector::BOTH {
        let unit = edge.units.get(&connector);
        if found.runs(connector) && unit.is_some_and(|unit| unit.is_running()) {
            refusals.push(Refusal::conflict(
                format!(
                    "a {connector} made by hand runs on {} beside {}",
                    edge.host,
                    connector.unit()
                ),
                "stop the one that is not wanted: hdikafka connector stop, or the worker made by hand",
            ));
        }
        if !found.files.contains_key(&connector) {
            match at_rest(edge, connector, kafka_home) {
                Ok(file) => found.files.extend(file.map(|file| (connector, file))),
                Err(refusal) => refusals.push(refusal),
            }
        }
    }
    (found, refusals)
}

type Running<'a> = (Worker<'a>, Vec<(Connector, File)>);

/// A worker is taken over only if all that it runs is known: it is stopped as a whole.
fn worker<'a>(edge: &Edge, process: &'a WorkerProcess) -> Result<Running<'a>, Refusal> {
    let not_ours = |why: &str| {
        Refusal::conflict(
            format!(
                "a Connect worker that is not ours runs on {}: pid {}, user {}, {}{why}",
                edge.host,
                process.pid,
                process.user,
                process.files().join(" ")
            ),
            "stop it first; only a bridge of IoT Hub made after the manual is taken over",
        )
    };
    let standalone = |argument: &String| argument.ends_with(".ConnectStandalone");
    if !process.argv.iter().any(standalone) {
        return Err(not_ours(" (in distributed mode)"));
    }
    let [worker_file, files @ ..] = &process.reads[..] else {
        return Err(not_ours(""));
    };
    let read = |path: &String| {
        edge.properties(path).ok_or_else(|| {
            Refusal::conflict(
                format!(
                    "the worker made by hand (pid {}, user {}) was started with {path}, which is gone or cannot be read on {}",
                    process.pid, process.user, edge.host
                ),
                "put the file back as it was: the settings of the bridge are in it",
            )
        })
    };
    let mut connectors = Vec::new();
    let mut whole = Vec::new();
    let values = read(worker_file)?;
    for path in files {
        let of_file = read(path)?;
        let Some(connector) = connector_of(&of_file) else {
            return Err(not_ours(&format!(
                "; {path} is no connector of IoT Hub, and stopping the worker would stop it, too"
            )));
        };
        let file = File {
            path: path.clone(),
            values: of_file,
            worker: Some((worker_file.clone(), values.clone())),
        };
        if let Some(key) = lacking(connector, &file.values) {
            return Err(Refusal::conflict(
                format!(
                    "{path}, which a worker made by hand runs (pid {}), has no plain value for {key}",
                    process.pid
                ),
                "a bridge is taken over as the manual makes it: one topic, and every value in the file itself",
            ));
        }
        connectors.push(connector);
        whole.push((connector, file));
    }
    if whole.is_empty() {
        return Err(not_ours(""));
    }
    let worker = Worker {
        process,
        file: values,
        connectors,
    };
    Ok((worker, whole))
}

/// The file of a connector that nobody runs: where the manual puts it unless that is ours by now, else in a home
/// directory. One that was never filled in says nothing, and one that refers to a secrets file of ours is ours.
fn at_rest(edge: &Edge, connector: Connector, kafka_home: &str) -> Result<Option<File>, Refusal> {
    let whole = |path: &String| {
        let values = edge.properties(path)?;
        let fits =
            connector_of(&values) == Some(connector) && lacking(connector, &values).is_none();
        let ours = values
            .values()
            .any(|value| value.contains(&connector.secrets_file()));
        (fits && !ours).then(|| File {
            path: path.clone(),
            values,
            worker: None,
        })
    };
    let place = connector.properties_file(kafka_home);
    let manifest = edge.manifest.as_ref();
    if manifest.is_some_and(|manifest| manifest.files.contains_key(&place)) {
        return Ok(None);
    }
    if let Some(file) = whole(&place) {
        return Ok(Some(file));
    }
    let mut at_home: Vec<File> = edge.home_files.iter().filter_map(whole).collect();
    if at_home.len() > 1 {
        let paths: Vec<&str> = at_home.iter().map(|file| file.path.as_str()).collect();
        return Err(Refusal::conflict(
            format!(
                "{} has several files that could be the {connector} of a bridge made by hand: {}",
                edge.host,
                paths.join(", ")
            ),
            format!("move all but the right one away, or put the right one at {place}"),
        ));
    }
    Ok(at_home.pop())
}

/// By its class: its full name in either generation, or what Connect takes for short.
fn connector_of(values: &Properties) -> Option<Connector> {
    let class = values.get("connector.class")?.trim();
    let ours = class.starts_with("com.microsoft.azure.iot.kafka.connect.") || !class.contains('.');
    let name = class.rsplit('.').next()?;
    match name.trim_end_matches("Connector") {
        "IotHubSource" if ours => Some(Connector::Source),
        "IotHubSink" if ours => Some(Connector::Sink),
        _ => None,
    }
}

/// A key without which the connector cannot be what it is. A reference to elsewhere is as good as nothing: what it stands
/// for is not known here.
fn lacking(connector: Connector, values: &Properties) -> Option<&'static str> {
    let keys: &[&str] = match connector {
        Connector::Source => &["name", "Kafka.Topic", "IotHub.EventHubCompatibleName"],
        Connector::Sink => &["name", "topics"],
    };
    let plain = |value: &str| {
        !value.is_empty() && value != PLACEHOLDER && !value.contains("${") && !value.contains(',')
    };
    keys.iter()
        .find(|key| !values.get(**key).is_some_and(|value| plain(value.trim())))
        .copied()
}

/// What forbids to take it over, beyond what [`recognise`] finds.
pub(super) fn refusals(wanted: &Wanted, facts: &Facts) -> Vec<Refusal> {
    let (found, mut refusals) = recognise(&facts.edge, &wanted.kafka_home);
    refusals.extend(another_hub(&found, facts));
    refusals.extend(settings::secrets_at_home(&found, wanted));
    match offsets::plan(&found, wanted, facts) {
        Err(refusal) => refusals.push(refusal),
        Ok(carry) => {
            let parts = [Part::Config, Part::Secrets, Part::Services];
            let in_part = !parts.into_iter().all(|part| wanted.has(part));
            if in_part && refusals.is_empty() && (carry.is_some() || !found.workers.is_empty()) {
                refusals.push(Refusal::conflict(
                    format!(
                        "a bridge made by hand is on {}: it is taken over as a whole or not at all",
                        facts.edge.host
                    ),
                    "hdikafka setup without --only",
                ));
            }
        }
    }
    refusals
}

/// A bridge of another hub has other offsets and other devices: its take-over would be its end.
fn another_hub(found: &ByHand, facts: &Facts) -> Vec<Refusal> {
    let hub = &facts.hub;
    let refuse = |file: &File, theirs: &str, ours: &str| {
        Refusal::conflict(
            format!(
                "{} on {} is of another hub: it says {theirs}, this one is {ours}",
                file.path, facts.edge.host
            ),
            "name the hub of the bridge made by hand (--hub), or stop that bridge and move its files away",
        )
    };
    let mut refusals = Vec::new();
    if let Some(file) = found.files.get(&Connector::Source) {
        let theirs = file
            .value("IotHub.EventHubCompatibleName")
            .unwrap_or_default();
        if theirs != hub.events_path {
            refusals.push(refuse(file, theirs, &hub.events_path));
        }
    }
    if let Some(file) = found.files.get(&Connector::Sink) {
        let host = file.value("IotHub.ConnectionString").and_then(|text| {
            text.split(';')
                .find_map(|part| part.trim().strip_prefix("HostName="))
        });
        // a sample that nobody has filled in names no hub
        let host = host.filter(|host| *host != PLACEHOLDER);
        if let Some(theirs) = host.filter(|host| !host.eq_ignore_ascii_case(&hub.host_name)) {
            refusals.push(refuse(file, theirs, &hub.host_name));
        }
    }
    refusals
}

/// The steps of a take-over: what comes before anything is written, and the offsets, which come before any other file.
pub(super) struct Steps {
    pub first: Vec<Step>,
    pub offsets: Vec<Step>,
}

/// Call it only without [`refusals`].
pub(super) fn steps(wanted: &Wanted, facts: &Facts, plan: &mut Plan) -> Steps {
    let (found, _) = recognise(&facts.edge, &wanted.kafka_home);
    let mut first = settings::keep(&found, wanted, facts, plan);
    first.extend(stop::workers(&found, wanted, facts));
    let offsets = offsets::plan(&found, wanted, facts).ok().flatten();
    if offsets.is_none() && offsets::were_lost(&found, facts) {
        plan.warnings.push(format!(
            "no offsets of the bridge made by hand are on {}: the source begins at {} and reads again what was read since",
            facts.edge.host,
            wanted.start_time.as_deref().unwrap_or(&wanted.first_setup)
        ));
    }
    for (connector, file) in &found.files {
        if file.path != connector.properties_file(&wanted.kafka_home) {
            plan.warnings.push(format!(
                "{} is not read any more and still holds a key in the clear: remove it when the bridge runs",
                file.path
            ));
        }
    }
    Steps {
        first,
        offsets: offsets.into_iter().collect(),
    }
}

/// The directory of offset files that are ours.
fn is_ours(path: &str) -> bool {
    path.starts_with(places::OFFSETS)
}
