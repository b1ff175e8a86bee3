//! A saved plan: what a reviewer reads, and what `apply` holds the world to. Here: its contents, its file, and whether it
//! still holds.
//!
//! The file comes from outside and is never trusted: no step is taken from it. `apply` makes the plan again, from facts
//! that are asked for again, and carries out its own; the saved one only has to be equal. What the new plan does take
//! from the file (parts, position, what was decided of changes by hand, the first time) is checked by type, and is among what has to be equal.

mod differences;
mod file;

pub use file::Out;

use super::bridge::Secrets;
use super::carry_out::who;
use super::show_plan::saved_text;
use crate::apply::live::Form;
use crate::error::{Exit, Failure};
use crate::facts::Facts;
use crate::facts::manifest::Kept;
use crate::facts::places::Connector;
use crate::plan::{self, Decisions, Part, Plan, Step, Wanted, Which};
use crate::profile::keys::{self, Kind};
use crate::profile::{Profile, Shown};
use crate::ui::{Report, Style};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// The first word of every saved plan.
const KIND: &str = "hdikafka plan";
/// Of the file's own fields. Another one is refused, whichever program wrote it.
const SCHEMA: u32 = 1;

/// The fields are in the order in which a person reads them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedPlan {
    kind: String,
    schema: u32,
    /// The program that made it. Another version may carry it out as long as it makes the same plan.
    version: String,
    /// RFC 3339.
    made: String,
    by: String,
    #[serde(rename = "for")]
    target: Target,
    pub wish: SavedWish,
    plan: Plan,
    jar: Jar,
    /// What the bridge is like: every setting that has a value and is no path and no secret. They have to be the same.
    settings: BTreeMap<String, String>,
    /// Where the one who made it had its files and secrets: paths and names of variables. They may be elsewhere on the
    /// machine that carries it out; their contents may not differ.
    local: BTreeMap<String, String>,
    key_check: KeyCheck,
    /// Of all the rest, in hex: tells a file that was damaged or edited. No protection against malice, see above.
    #[serde(default)]
    sha256: String,
}

/// For whom. Names only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Target {
    cluster: String,
    kafka_cluster_id: String,
    node: String,
    hub: String,
}

/// What of the plan's making is in no setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedWish {
    pub parts: Vec<Part>,
    pub from: Option<plan::From>,
    /// All of it.
    pub overwrite: bool,
    #[serde(default)]
    decisions: Decisions,
    /// RFC 3339, whole seconds: where a bridge that is not there yet begins.
    pub first_setup: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jar {
    file_name: String,
    size: u64,
    sha256: String,
}

/// HMAC-SHA256 of both secrets files with a salt of this file's own: tells another key without telling the key. The
/// node's salt stays on the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeyCheck {
    salt: String,
    of: BTreeMap<Connector, String>,
}

impl SavedWish {
    /// What becomes of changes by hand.
    pub fn decisions(&self) -> Decisions {
        let mut decisions = self.decisions.clone();
        if self.overwrite {
            decisions.overwrite = Which::All;
        }
        decisions
    }
}

/// Out of what a plan was made.
pub struct Made<'a> {
    pub profile: &'a Profile,
    pub facts: &'a Facts,
    pub secrets: &'a Secrets,
    pub wanted: &'a Wanted,
}

impl SavedPlan {
    pub fn new(plan: &Plan, made: &Made) -> anyhow::Result<Self> {
        let salt = uuid::Uuid::new_v4().simple().to_string();
        let (local, settings) = settings(made.profile);
        let wanted = made.wanted;
        let mut saved = Self {
            kind: KIND.to_owned(),
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made: format!("{:.0}", jiff::Timestamp::now()),
            by: who(),
            target: Target::of(made.facts),
            wish: SavedWish {
                parts: wanted.only.iter().copied().collect(),
                from: wanted.from.clone(),
                overwrite: wanted.decisions.overwrite == Which::All,
                decisions: wanted.decisions.clone(),
                first_setup: wanted.first_setup.clone(),
            },
            plan: without_fingerprints(plan),
            jar: Jar::of(wanted),
            settings,
            local,
            key_check: KeyCheck::new(made.secrets, salt)?,
            sha256: String::new(),
        };
        saved.sha256 = file::digest(&serde_json::to_value(&saved)?)?;
        Ok(saved)
    }

    /// Refused unless these are the settings that it was made with. Contacts nothing.
    pub fn is_of(&self, profile: &Profile) -> Result<(), Failure> {
        let (_, now) = settings(profile);
        let differences = differences::of_settings(&self.settings, &now);
        outdated(
            "the profile is not the one that this plan was made with",
            differences,
        )
    }

    /// Refused unless this is the cluster, node, hub, jar and key that it was made for.
    pub fn is_for(&self, made: &Made) -> anyhow::Result<()> {
        let found = Target::of(made.facts);
        outdated(
            "this plan is for something else",
            differences::of_targets(&self.target, &found),
        )?;
        let jar = Jar::of(made.wanted);
        if jar != self.jar {
            let one = |jar: &Jar| {
                format!(
                    "{} of {} bytes, sha256 {}",
                    jar.file_name, jar.size, jar.sha256
                )
            };
            let words = format!(
                "connector.jar: {} in the plan, {} here",
                one(&self.jar),
                one(&jar)
            );
            outdated(
                "the jar is not the one that this plan was made with",
                vec![words],
            )?;
        }
        if KeyCheck::new(made.secrets, self.key_check.salt.clone())? != self.key_check {
            let words = format!(
                "the key of the policy {} has been changed, or is another policy's",
                made.facts.hub.policy
            );
            outdated(
                "the key is not the one that this plan was made with",
                vec![words],
            )?;
        }
        Ok(())
    }

    /// Refused unless the plan that was made again is this one. Nothing to do is no difference: it was carried out.
    pub fn still_holds(&self, plan: &Plan) -> anyhow::Result<()> {
        if plan.is_empty() {
            return Ok(());
        }
        let differences = differences::of_plans(&self.plan, &without_fingerprints(plan))?;
        Ok(outdated(
            "what is there is not as it was when this plan was made",
            differences,
        )?)
    }

    /// The one line that says what this is.
    pub fn headline(&self) -> String {
        format!(
            "Made {} by {} with hdikafka {}, for the cluster {}, the edge node {} and the hub {}",
            self.made,
            self.by,
            self.version,
            self.target.cluster,
            self.target.node,
            self.target.hub
        )
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Settings and places as `KEY = VALUE`, for a person.
    pub fn settings_lines(&self) -> impl Iterator<Item = String> {
        let all = self.settings.iter().chain(&self.local);
        all.map(|(key, value)| format!("{key} = {value}"))
    }
}

/// What an apply that ended half-way leaves: the rest is another plan.
pub fn half_way(error: anyhow::Error) -> anyhow::Error {
    let diagnosis = crate::error::diagnose(&error);
    let failure = Failure {
        exit: diagnosis.exit,
        words: "the saved plan was not carried out to its end".to_owned(),
        hints: vec![
            "what is done stays done; the rest is a new plan: hdikafka setup --dry-run --out FILE --force".to_owned(),
        ],
    };
    error.context(failure)
}

impl Target {
    fn of(facts: &Facts) -> Self {
        Self {
            cluster: facts.cluster.name.clone(),
            kafka_cluster_id: facts.topics.cluster_id.clone(),
            node: facts.edge.host.clone(),
            hub: facts.hub.host_name.clone(),
        }
    }
}

impl Jar {
    fn of(wanted: &Wanted) -> Self {
        let jar = &wanted.jar;
        Self {
            file_name: jar.file_name.clone(),
            size: jar.size,
            sha256: jar.sha256.clone(),
        }
    }
}

impl KeyCheck {
    fn new(secrets: &Secrets, salt: String) -> anyhow::Result<Self> {
        let of = Connector::BOTH
            .into_iter()
            .map(|connector| {
                Ok((
                    connector,
                    secrets.fingerprint(connector, Form::File, &salt)?,
                ))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { salt, of })
    }
}

/// Where things are on this machine, and what the bridge is like.
fn settings(profile: &Profile) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let local =
        |key: &str| keys::key(key).is_some_and(|key| matches!(key.kind, Kind::Path | Kind::Secret));
    let value = |shown: Shown| Some((shown.key.to_owned(), shown.value?));
    profile
        .show()
        .into_iter()
        .filter_map(value)
        .partition(|(key, _)| local(key))
}

/// The node's fingerprints are keyed by a salt that a node without a manifest gets anew with every plan.
fn without_fingerprints(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let steps = plan.stages.iter_mut().flat_map(|stage| &mut stage.steps);
    for step in steps {
        match step {
            Step::WriteSecrets { fingerprint, .. } => fingerprint.clear(),
            Step::WriteFile { key: Some(key), .. } => key.fingerprint.clear(),
            Step::Keep { kept, .. } => kept.values_mut().for_each(|kept| *kept = Kept::default()),
            _ => {}
        }
    }
    plan
}

fn outdated(words: &str, differences: Vec<String>) -> Result<(), Failure> {
    if differences.is_empty() {
        return Ok(());
    }
    let words = format!("{words}; nothing was changed\n{}", differences.join("\n"));
    Err(Failure::new(Exit::Conflict, words)
        .hint("look at a new plan: hdikafka setup --dry-run --out FILE --force"))
}

impl Report for SavedPlan {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        write!(out, "{}", saved_text(self, style))
    }
}
