//! How a planned file comes about: patched or written anew; and the directories that the files need. What stands in them is
//! in `worker`, `connector` and `unit`, what somebody changed by hand in `changed`.

use super::change::{Before, Change};
use super::changed::{Settled, Whole};
use super::refuse::{Refusal, placeholders};
use super::secrets::{self, STAND_IN};
use super::{Directory, InlineKey, Into, Part, Plan, Step, Wanted};
use crate::facts::Facts;
use crate::facts::edge::{latin1, latin1_bytes};
use crate::facts::places::{self, Connector};
use crate::properties;
use std::collections::BTreeMap;

pub(super) type Values = Vec<(&'static str, String)>;

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
        Part::Secrets => files.secrets(plan),
        Part::Services => files.units(plan),
        Part::Jar | Part::Topics => Ok(Vec::new()),
    }
}

/// Secrets files that go, because the keys are elsewhere now.
pub(super) fn left_over(wanted: &Wanted, facts: &Facts, planned: &[Step]) -> Vec<Step> {
    Files { wanted, facts }.left_over(planned)
}

/// Directories that are missing and that the planned steps need, and the file in them that only a worker writes.
pub(super) fn directories(wanted: &Wanted, facts: &Facts, steps: &[Step]) -> Vec<Step> {
    let writes = |step: &Step| step.path().is_some() || matches!(step, Step::MoveAway { .. });
    if !steps.iter().any(writes) && !wanted.has(Part::Services) {
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
    let mut steps = Vec::new();
    if !all.is_empty() {
        steps.push(Step::MakeDirectories { directories: all });
    }
    steps.extend(offset_file(facts, &user));
    steps
}

/// A source that cannot write its offsets says nothing of it and reads everything again after its next start.
fn offset_file(facts: &Facts, user: &str) -> Option<Step> {
    let path = Connector::Source.offset_file();
    let there = facts.edge.paths.get(&path)?;
    let mode = u32::from_str_radix(&there.mode, 8).unwrap_or(0);
    let usable = there.owner == user && mode & 0o600 == 0o600;
    (!there.directory && !usable).then(|| Step::GiveFile {
        path,
        owner: user.to_owned(),
        group: user.to_owned(),
        mode: "640".to_owned(),
    })
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
        // another jar that came or went there, also in a run that ended before its restart
        places::PLUGIN_DIR.to_owned(),
    ];
    reads.retain(|path| !path.is_empty());
    let planned = steps
        .iter()
        .filter_map(Step::path)
        .any(|path| reads.iter().any(|read| read == path))
        || steps
            .iter()
            .any(|step| matches!(step, Step::MoveAway { .. }));
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

pub(super) struct Files<'a> {
    pub wanted: &'a Wanted,
    pub facts: &'a Facts,
}

/// A properties file as it should be: patched where it is there, from `base` where it is not.
pub(super) struct Wish<'a> {
    pub path: String,
    /// What a missing file begins with.
    pub base: String,
    /// Rebuilt from `base` each time instead of patched in place: the file is ours alone.
    pub derived: bool,
    pub values: Vec<(&'a str, String)>,
    /// A connector file: one of its values is this connector's secret.
    pub secret: Option<Connector>,
}

impl Files<'_> {
    pub(super) fn properties(
        &self,
        wish: Wish,
        plan: &mut Plan,
    ) -> Result<Vec<Step>, Vec<Refusal>> {
        let there = self.facts.edge.contents(&wish.path);
        let settled = match there.filter(|_| !wish.derived) {
            Some(text) => {
                let ours: Vec<&str> = wish.values.iter().map(|(key, _)| *key).collect();
                let left = placeholders(&wish.path, text, &ours);
                if !left.is_empty() {
                    return Err(left);
                }
                self.settle(&wish, text)?
            }
            None => Settled {
                values: wish.values.clone(),
                kept: BTreeMap::new(),
                known: Vec::new(),
            },
        };
        let unusable = |error| {
            let words = format!("{} cannot be patched: {error}", wish.path);
            vec![Refusal::conflict(words, "mend the file by hand")]
        };
        let key = self.key(&wish, &settled);
        let text = match there {
            Some(text) => Some(without_key(text, key.as_ref()).map_err(unusable)?),
            None => None,
        };
        let base = text.as_deref().filter(|_| !wish.derived);
        let after = patched(base.unwrap_or(&wish.base), &settled.values).map_err(unusable)?;
        let mut steps = Vec::new();
        if text.as_deref() == Some(after.as_str()) && self.has_key(&wish, key.as_ref()) {
            plan.in_place.push(in_place(&wish.path, &settled.known));
        } else {
            if wish.derived {
                match self
                    .whole(&wish.path, &after)
                    .map_err(|refusal| vec![refusal])?
                {
                    Whole::Write => {}
                    Whole::Stays => {
                        plan.in_place.push(format!("{} (kept as it is)", wish.path));
                        return Ok(Vec::new());
                    }
                    Whole::Keep(kept) => return Ok(vec![self.keep(&wish.path, kept)]),
                }
            }
            let values = settled.values.into_iter();
            let values = values
                .filter(|(_, value)| value != STAND_IN)
                .map(|(key, value)| (key.to_owned(), value))
                .collect();
            steps.push(self.write(wish.path.clone(), after, values, key));
        }
        if !settled.kept.is_empty() {
            steps.push(self.keep(&wish.path, settled.kept));
        }
        Ok(steps)
    }

    /// The key that this file gets in the clear.
    fn key(&self, wish: &Wish, settled: &Settled) -> Option<InlineKey> {
        let connector = wish.secret?;
        let secret = self.wanted.secrets.get(&connector)?;
        let written = settled.values.iter().any(|(_, value)| value == STAND_IN);
        written.then(|| InlineKey {
            connector,
            property: secrets::property(connector).to_owned(),
            source: secret.source.clone(),
            fingerprint: secret.fingerprint.clone(),
        })
    }

    /// Is the key that the file should have in it, and the file closed?
    fn has_key(&self, wish: &Wish, key: Option<&InlineKey>) -> bool {
        let Some(key) = key else {
            return true;
        };
        let there = self
            .wanted
            .secrets
            .get(&key.connector)
            .and_then(|secret| secret.there.as_deref());
        there == Some(key.fingerprint.as_str()) && self.is_closed(&wish.path)
    }

    /// A text file that is ours alone.
    pub(super) fn text(
        &self,
        path: String,
        after: String,
        plan: &mut Plan,
    ) -> Result<Option<Step>, Refusal> {
        if self.facts.edge.contents(&path) == Some(after.as_str()) {
            plan.in_place.push(path);
            return Ok(None);
        }
        Ok(match self.whole(&path, &after)? {
            Whole::Write => Some(self.write(path, after, BTreeMap::new(), None)),
            Whole::Keep(kept) => Some(self.keep(&path, kept)),
            Whole::Stays => {
                plan.in_place.push(format!("{path} (kept as it is)"));
                None
            }
        })
    }

    /// A file that is there keeps owner and mode, unless a key in the clear comes into it.
    fn write(
        &self,
        path: String,
        after: String,
        values: BTreeMap<String, String>,
        key: Option<InlineKey>,
    ) -> Step {
        let there = self.facts.edge.paths.contains_key(&path);
        let (mode, owner, group) = match (&key, there) {
            (Some(_), _) => ("640", "root", run_user(self.wanted, self.facts)),
            (None, true) => ("keep", "keep", "keep".to_owned()),
            (None, false) => ("644", "root", "root".to_owned()),
        };
        Step::WriteFile {
            before: Before::of(self.facts.edge.sha256(&path)),
            change: Change::new(self.facts.edge.contents(&path), after),
            mode: mode.to_owned(),
            owner: owner.to_owned(),
            group,
            values,
            key,
            path,
        }
    }
}

/// The text with the stand-in where its key is: a plan must not hold what the node has.
fn without_key(text: &str, key: Option<&InlineKey>) -> Result<String, properties::PropertiesError> {
    match key {
        Some(key) if secrets::in_the_clear(key.connector, text).is_some() => {
            patched(text, &[(&key.property, STAND_IN.to_owned())])
        }
        _ => Ok(text.to_owned()),
    }
}

fn in_place(path: &str, known: &[&str]) -> String {
    match known {
        [] => path.to_owned(),
        known => format!("{path} (kept: {})", known.join(", ")),
    }
}

pub(super) fn patched(
    text: &str,
    values: &[(&str, String)],
) -> Result<String, properties::PropertiesError> {
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    properties::patch(&latin1_bytes(text), &values).map(|patched| latin1(&patched.bytes))
}
