//! The files of the bridge: worker files, connector files, log4j, secrets, units, and the directories that they need.

use super::change::{Before, Change};
use super::refuse::{Refusal, placeholders};
use super::{Directory, Into, Part, Plan, SourceFormat, Step, Wanted};
use crate::facts::Facts;
use crate::facts::edge::{latin1, latin1_bytes};
use crate::facts::places::{self, Connector};
use crate::properties;
use crate::template;
use std::collections::BTreeMap;

const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";
const FILE_PROVIDER: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";

type Values = Vec<(&'static str, String)>;

/// The steps of one part, and what is in place already. The conflicts are hand-made changes of values that are ours.
pub(super) fn plan(
    part: Part,
    wanted: &Wanted,
    facts: &Facts,
    plan: &mut Plan,
) -> Result<Vec<Step>, Vec<Refusal>> {
    let files = Files { wanted, facts };
    match part {
        Part::Config => files.config(plan),
        Part::Secrets => Ok(files.secrets(plan)),
        Part::Services => files.units(plan),
        Part::Jar | Part::Topics => Ok(Vec::new()),
    }
}

/// Directories that are missing and that the planned steps need.
pub(super) fn directories(wanted: &Wanted, facts: &Facts, steps: &[Step]) -> Vec<Step> {
    if steps.iter().all(|step| step.path().is_none()) && !wanted.has(Part::Services) {
        return Vec::new();
    }
    let user = run_user(wanted, facts);
    let ours = |path: &str, mode: &str, owner: &str, group: &str| Directory {
        path: path.to_owned(),
        mode: mode.to_owned(),
        owner: owner.to_owned(),
        group: group.to_owned(),
    };
    let mut all = vec![
        ours(places::ETC, "755", "root", "root"),
        ours(places::STATE, "755", "root", "root"),
        ours(places::BACKUPS, "700", "root", "root"),
        ours(places::OFFSETS, "750", &user, &user),
        ours(places::LOGS, "750", &user, &user),
    ];
    if wanted.into == Into::Plugins {
        all.push(ours("/usr/lib/hdikafka", "755", "root", "root"));
        all.push(ours(places::PLUGINS, "755", "root", "root"));
        all.push(ours(places::PLUGIN_DIR, "755", "root", "root"));
    }
    all.retain(|wished| {
        let Some(there) = facts.edge.paths.get(&wished.path) else {
            return true;
        };
        // the lock makes /var/lib/hdikafka before us; its mode is as good as ours
        (&there.owner, &there.mode) != (&wished.owner, &wished.mode) && wished.path != places::STATE
    });
    if all.is_empty() {
        Vec::new()
    } else {
        vec![Step::MakeDirectories { directories: all }]
    }
}

/// Was something changed that a running worker only reads at its start?
pub(super) fn restart_needed(
    connector: Connector,
    wanted: &Wanted,
    facts: &Facts,
    steps: &[Step],
) -> bool {
    let Some(unit) = facts
        .edge
        .units
        .get(&connector)
        .filter(|unit| unit.is_running())
    else {
        return false;
    };
    let mut reads = vec![
        connector.worker_file(),
        connector.properties_file(&wanted.kafka_home),
        connector.log4j_file(),
        connector.secrets_file(),
        connector.unit_path(),
        wanted.jar_place(),
    ];
    reads.retain(|path| !path.is_empty());
    let planned = steps
        .iter()
        .filter_map(Step::path)
        .any(|path| reads.iter().any(|read| read == path));
    planned
        || reads
            .iter()
            .any(|path| facts.edge.newer_than_start(path, unit))
}

pub(super) fn run_user(wanted: &Wanted, facts: &Facts) -> String {
    let kafka = facts
        .edge
        .existing_users
        .contains("kafka")
        .then(|| "kafka".to_owned());
    wanted
        .run_user
        .clone()
        .or(kafka)
        .unwrap_or_else(|| facts.edge.user.clone())
}

struct Files<'a> {
    wanted: &'a Wanted,
    facts: &'a Facts,
}

/// A properties file as it should be: patched where it is there, from `base` where it is not.
struct Wish<'a> {
    path: String,
    /// What a missing file begins with.
    base: String,
    /// Rebuilt from `base` each time instead of patched in place: the file is ours alone.
    derived: bool,
    values: Vec<(&'a str, String)>,
}

impl Files<'_> {
    fn config(&self, plan: &mut Plan) -> Result<Vec<Step>, Vec<Refusal>> {
        let standalone = places::standalone_file(&self.wanted.kafka_home);
        let shipped = self
            .facts
            .edge
            .contents(&standalone)
            .unwrap_or_default()
            .to_owned();
        let mut conflicts = Vec::new();
        let mut steps = Vec::new();
        let mut add = |outcome: Result<Option<Step>, Vec<Refusal>>| match outcome {
            Ok(step) => steps.extend(step),
            Err(refusals) => conflicts.extend(refusals),
        };
        let values = self.standalone_values(&shipped);
        let base = patched(&shipped, &values);
        add(self.properties(
            Wish {
                path: standalone,
                base: shipped.clone(),
                derived: false,
                values,
            },
            plan,
        ));
        for connector in Connector::BOTH {
            if let Ok(base) = &base {
                let values = self.worker_values(connector);
                add(self.properties(
                    Wish {
                        path: connector.worker_file(),
                        base: base.clone(),
                        derived: true,
                        values,
                    },
                    plan,
                ));
            }
            let (base, values) = match connector {
                Connector::Source => (self.source_template(), self.source_values()),
                Connector::Sink => (template::SINK.to_owned(), self.sink_values()),
            };
            let path = connector.properties_file(&self.wanted.kafka_home);
            add(self.properties(
                Wish {
                    path,
                    base,
                    derived: false,
                    values,
                },
                plan,
            ));
            let log4j = template::fill(template::LOG4J, &[("log", &connector.log_file())]);
            add(self
                .text(connector.log4j_file(), log4j, plan)
                .map_err(|refusal| vec![refusal]));
        }
        if conflicts.is_empty() {
            Ok(steps)
        } else {
            Err(conflicts)
        }
    }

    /// What the manual sets, plus where plugins and offsets belong.
    fn standalone_values(&self, shipped: &str) -> Values {
        let mut values = vec![
            ("bootstrap.servers", self.wanted.brokers.join(",")),
            ("key.converter", STRING_CONVERTER.to_owned()),
            ("value.converter", STRING_CONVERTER.to_owned()),
            ("consumer.max.poll.records", "10".to_owned()),
            (
                "offset.storage.file.filename",
                format!("{}/connect.offsets", places::OFFSETS),
            ),
        ];
        if self.wanted.into == Into::Plugins {
            let there = properties::read(&latin1_bytes(shipped))
                .ok()
                .and_then(|map| map.get("plugin.path").cloned());
            values.push((
                "plugin.path",
                appended(there.as_deref().unwrap_or_default(), places::PLUGINS),
            ));
        }
        values
    }

    /// What makes a worker file of its own out of the common one.
    fn worker_values(&self, connector: Connector) -> Values {
        vec![
            (
                "listeners",
                format!("http://127.0.0.1:{}", self.wanted.port(connector)),
            ),
            ("offset.storage.file.filename", connector.offset_file()),
            // an idle sink says something at every flush only; the health check waits for it
            ("offset.flush.interval.ms", "5000".to_owned()),
            (
                "task.shutdown.graceful.timeout.ms",
                self.wanted.graceful_stop_ms().to_string(),
            ),
            ("config.providers", "file".to_owned()),
            ("config.providers.file.class", FILE_PROVIDER.to_owned()),
        ]
    }

    fn source_template(&self) -> String {
        let unknown = |line: &&str| {
            let format =
                line.starts_with("value.converter") || line.starts_with("# Telemetry as JSON");
            let timeout =
                line.starts_with("ReceiveTimeout") || line.starts_with("# Seconds that a poll");
            format && self.wanted.source_format == SourceFormat::String
                || timeout && !self.wanted.jar.receive_timeout
        };
        template::SOURCE
            .split_inclusive('\n')
            .filter(|line| !unknown(line))
            .collect()
    }

    fn source_values(&self) -> Values {
        let (wanted, hub) = (self.wanted, &self.facts.hub);
        let mut values = vec![
            ("name", Connector::Source.connect_name().to_owned()),
            ("connector.class", wanted.jar.source_class.clone()),
            (
                "tasks.max",
                wanted.tasks(Connector::Source, hub.partitions).to_string(),
            ),
            ("Kafka.Topic", wanted.telemetry_topic.clone()),
            ("IotHub.EventHubCompatibleName", hub.events_path.clone()),
            (
                "IotHub.EventHubCompatibleEndpoint",
                hub.events_endpoint.clone(),
            ),
            ("IotHub.AccessKeyName", hub.policy.clone()),
            (
                "IotHub.AccessKeyValue",
                template::source_reference(&Connector::Source.secrets_file()),
            ),
            ("IotHub.ConsumerGroup", wanted.consumer_group.clone()),
            ("IotHub.Partitions", hub.partitions.to_string()),
            ("IotHub.StartTime", self.start_time()),
            ("IotHub.Offsets", String::new()),
            ("BatchSize", wanted.batch_size.to_string()),
        ];
        if wanted.jar.receive_timeout {
            values.push(("ReceiveTimeout", wanted.receive_timeout.to_string()));
        }
        if wanted.source_format == SourceFormat::Json {
            values.push(("value.converter", JSON_CONVERTER.to_owned()));
            values.push(("value.converter.schemas.enable", "false".to_owned()));
        }
        values
    }

    /// The profile's, else what the file says if that is valid, else the time of the first setup.
    fn start_time(&self) -> String {
        let path = Connector::Source.properties_file(&self.wanted.kafka_home);
        let there = self
            .facts
            .edge
            .contents(&path)
            .and_then(|text| properties::read(&latin1_bytes(text)).ok());
        let there = there
            .and_then(|values| values.get("IotHub.StartTime").cloned())
            .filter(|time| is_start_time(time));
        let first = self
            .facts
            .edge
            .manifest
            .as_ref()
            .map(|manifest| manifest.first_setup.clone());
        let first = first
            .filter(|time| is_start_time(time))
            .unwrap_or_else(|| self.wanted.first_setup.clone());
        self.wanted.start_time.clone().or(there).unwrap_or(first)
    }

    fn sink_values(&self) -> Values {
        vec![
            ("name", Connector::Sink.connect_name().to_owned()),
            ("connector.class", self.wanted.jar.sink_class.clone()),
            ("tasks.max", "1".to_owned()),
            ("topics", self.wanted.commands_topic.clone()),
            (
                "IotHub.ConnectionString",
                template::sink_reference(&Connector::Sink.secrets_file()),
            ),
            (
                "IotHub.MessageDeliveryAcknowledgement",
                self.wanted.acknowledgement.clone(),
            ),
        ]
    }

    fn properties(&self, wish: Wish, plan: &mut Plan) -> Result<Option<Step>, Vec<Refusal>> {
        let there = self.facts.edge.contents(&wish.path);
        let ours: Vec<&str> = wish.values.iter().map(|(key, _)| *key).collect();
        if let Some(text) = there.filter(|_| !wish.derived) {
            let left = placeholders(&wish.path, text, &ours);
            if !left.is_empty() {
                return Err(left);
            }
        }
        if let Some(text) = there {
            self.hand_made_changes(&wish, text)?;
        }
        let base = there.filter(|_| !wish.derived).unwrap_or(&wish.base);
        let after = patched(base, &wish.values).map_err(|error| {
            vec![Refusal::conflict(
                format!("{} cannot be patched: {error}", wish.path),
                "mend the file by hand",
            )]
        })?;
        if there == Some(after.as_str()) {
            plan.in_place.push(wish.path);
            return Ok(None);
        }
        if wish.derived {
            self.hand_made_file(&wish.path)
                .map_err(|refusal| vec![refusal])?;
        }
        let values = wish
            .values
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        Ok(Some(self.write(wish.path, after, "644", "root", values)))
    }

    /// A value of ours that is neither what we wrote last time nor what we want now: somebody decided otherwise.
    fn hand_made_changes(&self, wish: &Wish, text: &str) -> Result<(), Vec<Refusal>> {
        let Some(owned) = self
            .facts
            .edge
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.files.get(&wish.path))
        else {
            return Ok(());
        };
        if self.wanted.overwrite {
            return Ok(());
        }
        let Ok(now) = properties::read(&latin1_bytes(text)) else {
            return Ok(());
        };
        let changed = wish.values.iter().filter_map(|(key, ours)| {
            let (base, theirs) = (owned.values.get(*key)?, now.get(*key)?);
            (theirs != base && theirs != ours).then(|| {
                let shown = |value: &str| crate::secret::redact(&format!("{key}={value}"));
                Refusal::conflict(
                    format!(
                        "{} was changed by hand: it says {}, setup would write {}",
                        wish.path,
                        shown(theirs),
                        shown(ours)
                    ),
                    "put that value into the profile to keep it, or run setup with --overwrite",
                )
            })
        });
        let conflicts: Vec<Refusal> = changed.collect();
        if conflicts.is_empty() {
            Ok(())
        } else {
            Err(conflicts)
        }
    }

    fn secrets(&self, plan: &mut Plan) -> Vec<Step> {
        let group = run_user(self.wanted, self.facts);
        let mut steps = Vec::new();
        for (&connector, wish) in &self.wanted.secrets {
            let path = connector.secrets_file();
            let there = self.facts.edge.paths.get(&path);
            let owned = self
                .facts
                .edge
                .manifest
                .as_ref()
                .and_then(|manifest| manifest.files.get(&path));
            let same = owned
                .is_some_and(|owned| owned.fingerprint.as_deref() == Some(&wish.fingerprint))
                && owned.map(|owned| owned.sha256.as_str()) == self.facts.edge.sha256(&path);
            let closed = there.is_some_and(|facts| {
                (
                    facts.mode.as_str(),
                    facts.owner.as_str(),
                    facts.group.as_str(),
                ) == ("640", "root", group.as_str())
            });
            if same && closed {
                plan.in_place.push(path);
                continue;
            }
            steps.push(Step::WriteSecrets {
                connector,
                before: Before::of(self.facts.edge.sha256(&path)),
                path,
                group: group.clone(),
                source: wish.source.clone(),
                fingerprint: wish.fingerprint.clone(),
            });
        }
        steps
    }

    fn units(&self, plan: &mut Plan) -> Result<Vec<Step>, Vec<Refusal>> {
        let (mut steps, mut conflicts) = (Vec::new(), Vec::new());
        for connector in Connector::BOTH {
            match self.unit(connector, plan) {
                Ok(step) => steps.extend(step),
                Err(refusal) => conflicts.push(refusal),
            }
        }
        if conflicts.is_empty() {
            Ok(steps)
        } else {
            Err(conflicts)
        }
    }

    fn unit(&self, connector: Connector, plan: &mut Plan) -> Result<Option<Step>, Refusal> {
        let wanted = self.wanted;
        let user = run_user(wanted, self.facts);
        // above the worker's own graceful time-out, so that systemd's SIGKILL is the last resort
        let stop_seconds = (wanted.graceful_stop_ms() / 1000 + 30).to_string();
        let unit = template::fill(
            template::UNIT,
            &[
                ("connector", connector.word()),
                ("user", &user),
                ("group", &user),
                ("log4j", &connector.log4j_file()),
                ("heap", &wanted.heap),
                ("jvm_options", &wanted.jvm_options),
                ("log", &connector.log_file()),
                ("kafka_home", &wanted.kafka_home),
                ("worker", &connector.worker_file()),
                ("properties", &connector.properties_file(&wanted.kafka_home)),
                ("stop_seconds", &stop_seconds),
                // a sink that fails on a record would send the good ones before it again at every restart
                (
                    "restart",
                    if connector == Connector::Source {
                        "on-failure"
                    } else {
                        "no"
                    },
                ),
            ],
        );
        self.text(connector.unit_path(), unit, plan)
    }

    /// A text file that is ours alone.
    fn text(&self, path: String, after: String, plan: &mut Plan) -> Result<Option<Step>, Refusal> {
        if self.facts.edge.contents(&path) == Some(after.as_str()) {
            plan.in_place.push(path);
            return Ok(None);
        }
        self.hand_made_file(&path)?;
        Ok(Some(self.write(
            path,
            after,
            "644",
            "root",
            BTreeMap::new(),
        )))
    }

    /// A file that is ours alone and is neither as we left it nor as it should become.
    fn hand_made_file(&self, path: &str) -> Result<(), Refusal> {
        let owned = self
            .facts
            .edge
            .manifest
            .as_ref()
            .and_then(|manifest| manifest.files.get(path));
        let changed = match (owned, self.facts.edge.sha256(path)) {
            (Some(owned), Some(there)) => owned.sha256 != there,
            _ => false,
        };
        if !changed || self.wanted.overwrite {
            return Ok(());
        }
        Err(Refusal::conflict(
            format!("{path} is written by hdikafka and was changed by hand since"),
            "put the change where it belongs (profile, connect-standalone.properties, a systemd drop-in), then run setup with --overwrite",
        ))
    }

    fn write(
        &self,
        path: String,
        after: String,
        mode: &str,
        owner: &str,
        values: BTreeMap<String, String>,
    ) -> Step {
        let there = self.facts.edge.paths.get(&path);
        let keep = |ours: &str| {
            if there.is_some() {
                "keep".to_owned()
            } else {
                ours.to_owned()
            }
        };
        Step::WriteFile {
            before: Before::of(self.facts.edge.sha256(&path)),
            change: Change::new(self.facts.edge.contents(&path), after),
            mode: keep(mode),
            owner: keep(owner),
            group: keep(owner),
            values,
            path,
        }
    }
}

fn patched(text: &str, values: &[(&str, String)]) -> Result<String, properties::PropertiesError> {
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    properties::patch(&latin1_bytes(text), &values).map(|patched| latin1(&patched.bytes))
}

/// `plugin.path` is a comma-separated list: ours is appended to what is there, once.
fn appended(list: &str, ours: &str) -> String {
    let mut entries: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .collect();
    if !entries.contains(&ours) {
        entries.push(ours);
    }
    entries.join(",")
}

/// What the connector's `Instant.parse` accepts on every Java: RFC 3339 with seconds and `Z`. Anything else it ignores
/// in silence and reads from the beginning.
pub fn is_start_time(text: &str) -> bool {
    let text = text.trim();
    text.ends_with('Z')
        && text.len() >= 20
        && text.as_bytes()[10] == b'T'
        && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_path_is_appended_to_once() {
        assert_eq!(appended("", "/p"), "/p");
        assert_eq!(appended("/a, /b", "/p"), "/a,/b,/p");
        assert_eq!(appended("/p,/a", "/p"), "/p,/a");
    }

    #[test]
    fn start_times_are_those_that_the_connector_understands() {
        assert!(is_start_time("2018-01-28T00:00:00Z") && is_start_time("2018-01-28T00:00:00.123Z"));
        for wrong in [
            "2018-01-28",
            "2018-01-28T00:00:00",
            "2018-01-28T00:00Z",
            "2018-1-28T00:00:00Z",
            "2018-01-28 00:00:00Z",
            "PLACEHOLDER",
            "",
        ] {
            assert!(!is_start_time(wrong), "{wrong}");
        }
    }
}
