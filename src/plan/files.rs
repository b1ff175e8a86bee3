//! How a planned file comes about: patched or written anew, compared with what we left, refused where somebody changed it
//! by hand; and the directories that the files need. What stands in them is in `worker`, `connector` and `unit`.

use super::by_hand::{self, ByHand};
use super::change::{Before, Change};
use super::refuse::{Refusal, placeholders};
use super::{Directory, Into, Part, Plan, Step, Wanted};
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
    let (by_hand, _) = by_hand::recognise(&facts.edge, &wanted.kafka_home);
    let files = Files {
        wanted,
        facts,
        by_hand,
    };
    match part {
        Part::Config => files.config(plan),
        Part::Secrets => Ok(files.secrets(plan)),
        Part::Services => files.units(plan),
        Part::Jar | Part::Topics => Ok(Vec::new()),
    }
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
        connector.jaas_file(),
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
    pub by_hand: ByHand<'a>,
}

/// A properties file as it should be: patched where it is there, from `base` where it is not.
pub(super) struct Wish<'a> {
    pub path: String,
    /// What a missing file begins with.
    pub base: String,
    /// Rebuilt from `base` each time instead of patched in place: the file is ours alone.
    pub derived: bool,
    pub values: Vec<(&'a str, String)>,
    /// Keys of a bridge made by hand that are not ours and stood elsewhere.
    pub extra: Vec<(String, String)>,
}

impl Files<'_> {
    pub(super) fn properties(
        &self,
        wish: Wish,
        plan: &mut Plan,
    ) -> Result<Option<Step>, Vec<Refusal>> {
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
        let after = with_extra(base, &wish).map_err(|error| {
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

/// The values that are not ours come first, so that ours count.
pub(super) fn with_extra(base: &str, wish: &Wish) -> Result<String, properties::PropertiesError> {
    if wish.extra.is_empty() {
        return patched(base, &wish.values);
    }
    let extra = wish.extra.iter();
    let extra: Vec<(&str, String)> = extra
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    patched(&patched(base, &extra)?, &wish.values)
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
