//! Values that somebody changed by hand since our last run: how one is known, and what was decided about it. Each has three
//! ways out: it stays, ours is written, or the setting is changed so that both say the same.

use super::files::{Files, Wish};
use super::secrets::{PLACEHOLDER, clear_value, property};
use super::{Refusal, SecretsAs, Step};
use crate::facts::edge::latin1_bytes;
use crate::facts::manifest::{Kept, Owned, WHOLE};
use crate::properties;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What was decided beforehand. A name counts more than `All`; what both name is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decisions {
    pub keep: Which,
    pub overwrite: Which,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    #[default]
    Nothing,
    All,
    /// `FILE:KEY`, `FILE` or `KEY`; a file by its path or its name.
    These(BTreeSet<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Keep,
    Overwrite,
}

impl Which {
    fn names(&self, path: &str, key: Option<&str>) -> bool {
        let Self::These(these) = self else {
            return false;
        };
        let file = path.rsplit('/').next().unwrap_or(path);
        these.iter().any(|name| {
            name == path
                || name == file
                || key.is_some_and(|key| {
                    name == key
                        || name
                            .strip_suffix(key)
                            .and_then(|rest| rest.strip_suffix(':'))
                            .is_some_and(|rest| rest == path || rest == file)
                })
        })
    }
}

impl Decisions {
    fn of(&self, path: &str, key: Option<&str>) -> Option<Decision> {
        if self.keep.names(path, key) {
            Some(Decision::Keep)
        } else if self.overwrite.names(path, key) {
            Some(Decision::Overwrite)
        } else if self.keep == Which::All {
            Some(Decision::Keep)
        } else {
            (self.overwrite == Which::All).then_some(Decision::Overwrite)
        }
    }

    /// One more, as a person at the terminal decided it.
    pub fn decide(&mut self, changed: &Changed, keep: bool) {
        let which = if keep {
            &mut self.keep
        } else {
            &mut self.overwrite
        };
        let mut these = match std::mem::take(which) {
            Which::These(these) => these,
            Which::Nothing | Which::All => BTreeSet::new(),
        };
        these.insert(changed.name());
        *which = Which::These(these);
    }
}

/// A value, or a whole file of ours, that is neither what we left nor what it should become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub path: String,
    /// None: the whole file is ours.
    pub key: Option<String>,
    /// For a person: keys are not shown.
    pub theirs: String,
    pub ours: String,
}

impl Changed {
    /// As `--keep` and `--overwrite` name it.
    pub fn name(&self) -> String {
        match &self.key {
            Some(key) => format!("{}:{key}", self.path),
            None => self.path.clone(),
        }
    }

    /// The setting of the profile that the value comes from, if there is one.
    pub fn setting(&self) -> Option<&'static str> {
        let of_source = self.path.ends_with("connect-iothub-source.properties");
        let of_sink = self.path.ends_with("connect-iothub-sink.properties");
        Some(match self.key.as_deref()? {
            "bootstrap.servers" => "cluster.brokers",
            "value.converter" if of_source => "source.converter",
            "value.converter" if of_sink => "sink.converter",
            "value.converter" => "worker.converter",
            "Kafka.Topic" => "topics.telemetry",
            "topics" => "topics.commands",
            "IotHub.AccessKeyName" => "hub.policy",
            "IotHub.ConsumerGroup" => "hub.consumer_group",
            "IotHub.StartTime" => "hub.start_time",
            "BatchSize" => "source.batch_size",
            "ReceiveTimeout" => "source.receive_timeout",
            "IotHub.MessageDeliveryAcknowledgement" => "sink.acknowledgement",
            _ => return None,
        })
    }
}

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            path, theirs, ours, ..
        } = self;
        match &self.key {
            Some(_) => write!(
                f,
                "{path} was changed by hand: it says {theirs}, setup would write {ours}"
            ),
            None => write!(
                f,
                "{path} is written by hdikafka and was changed by hand since"
            ),
        }
    }
}

/// What becomes of the values of one file.
pub(super) struct Settled<'a> {
    /// Those that are written, or say already what they should.
    pub values: Vec<(&'a str, String)>,
    /// Those that stay by a decision of this run.
    pub kept: BTreeMap<String, Kept>,
    /// Those that stay by an earlier one.
    pub known: Vec<&'a str>,
}

/// What becomes of a file that is ours alone.
pub(super) enum Whole {
    Write,
    Stays,
    Keep(BTreeMap<String, Kept>),
}

/// Base, theirs and ours of a three-way comparison. A key in the clear stands in it as a fingerprint.
struct Three {
    base: Option<String>,
    theirs: String,
    ours: String,
}

impl Files<'_> {
    pub(super) fn settle<'a>(
        &self,
        wish: &Wish<'a>,
        text: &str,
    ) -> Result<Settled<'a>, Vec<Refusal>> {
        let mut settled = Settled {
            values: Vec::new(),
            kept: BTreeMap::new(),
            known: Vec::new(),
        };
        let mut conflicts = Vec::new();
        let owned = self.owned(&wish.path);
        // a file that cannot be read is told when it is patched
        let now = properties::read(&latin1_bytes(text)).unwrap_or_default();
        for (key, ours) in &wish.values {
            let write = (*key, ours.clone());
            let Some(there) = now.get(*key) else {
                settled.values.push(write);
                continue;
            };
            let three = self.three(wish, owned, key, there, ours);
            let kept = owned.and_then(|owned| owned.kept.get(*key));
            let pair = three.pair();
            let decision = self.wanted.decisions.of(&wish.path, Some(key));
            let named = self.wanted.decisions.keep.names(&wish.path, Some(key));
            // a sample that was fetched once more is nobody's decision
            if three.theirs == three.ours || there.trim() == PLACEHOLDER {
                settled.values.push(write);
            } else if kept == Some(&pair)
                && !self.wanted.decisions.overwrite.names(&wish.path, Some(key))
            {
                settled.known.push(key);
            } else if kept.is_some() || three.is_by_hand() || named {
                match decision {
                    Some(Decision::Keep) => drop(settled.kept.insert((*key).to_owned(), pair)),
                    Some(Decision::Overwrite) => settled.values.push(write),
                    None => conflicts.push(Refusal::Changed(self.changed(wish, key, there, ours))),
                }
            } else {
                settled.values.push(write);
            }
        }
        if conflicts.is_empty() {
            Ok(settled)
        } else {
            Err(conflicts)
        }
    }

    fn three(
        &self,
        wish: &Wish,
        owned: Option<&Owned>,
        key: &str,
        there: &str,
        ours: &str,
    ) -> Three {
        let mut three = Three {
            base: owned.and_then(|owned| owned.values.get(key).cloned()),
            theirs: there.to_owned(),
            ours: ours.to_owned(),
        };
        let secret = wish.secret.filter(|&connector| property(connector) == key);
        let Some(secret) = secret.and_then(|connector| self.wanted.secrets.get(&connector)) else {
            return three;
        };
        let mark = |fingerprint: &str| format!("{HMAC}{fingerprint}");
        if let Some(base) = owned.and_then(|owned| owned.fingerprint.as_deref()) {
            three.base = Some(mark(base));
        }
        if let Some(there) = &secret.there {
            three.theirs = mark(there);
        }
        if self.wanted.secrets_as == SecretsAs::Inline {
            three.ours = mark(&secret.fingerprint);
        }
        three
    }

    fn changed(&self, wish: &Wish, key: &str, theirs: &str, ours: &str) -> Changed {
        let is_secret = wish.secret.is_some_and(|one| property(one) == key);
        let shown = |value: &str| match is_secret && clear_value(value).is_some() {
            true => format!("{key}=(a key, not shown)"),
            false => crate::secret::redact(&format!("{key}={value}")),
        };
        Changed {
            path: wish.path.clone(),
            key: Some(key.to_owned()),
            theirs: shown(theirs),
            ours: shown(ours),
        }
    }

    /// A file that is ours alone, about to become `after`.
    pub(super) fn whole(&self, path: &str, after: &str) -> Result<Whole, Refusal> {
        let (Some(owned), Some(there)) = (self.owned(path), self.facts.edge.sha256(path)) else {
            return Ok(Whole::Write);
        };
        if owned.sha256 == there {
            return Ok(Whole::Write);
        }
        let pair = Kept {
            theirs: there.to_owned(),
            ours: hex::encode(Sha256::digest(latin1_bytes(after))),
        };
        let decisions = &self.wanted.decisions;
        if owned.kept.get(WHOLE) == Some(&pair) && !decisions.overwrite.names(path, None) {
            return Ok(Whole::Stays);
        }
        match decisions.of(path, None) {
            Some(Decision::Overwrite) => Ok(Whole::Write),
            Some(Decision::Keep) => Ok(Whole::Keep([(WHOLE.to_owned(), pair)].into())),
            None => Err(Refusal::Changed(Changed {
                path: path.to_owned(),
                key: None,
                theirs: String::new(),
                ours: String::new(),
            })),
        }
    }

    pub(super) fn keep(&self, path: &str, kept: BTreeMap<String, Kept>) -> Step {
        Step::Keep {
            path: path.to_owned(),
            sha256: self.facts.edge.sha256(path).unwrap_or_default().to_owned(),
            kept,
        }
    }

    fn owned(&self, path: &str) -> Option<&Owned> {
        self.facts.edge.manifest.as_ref()?.files.get(path)
    }
}

const HMAC: &str = "hmac:";

impl Three {
    /// Neither what we wrote last time nor what we want now: somebody decided otherwise.
    fn is_by_hand(&self) -> bool {
        self.base.as_ref().is_some_and(|base| *base != self.theirs)
    }

    /// For the manifest: digests, because a value may hold a key where it does not belong (an endpoint as the portal shows
    /// it). What is a fingerprint already stays one.
    fn pair(&self) -> Kept {
        let digest = |value: &str| match value.strip_prefix(HMAC) {
            Some(fingerprint) => fingerprint.to_owned(),
            None => hex::encode(Sha256::digest(value.as_bytes())),
        };
        Kept {
            theirs: digest(&self.theirs),
            ours: digest(&self.ours),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(names: &[&str]) -> Which {
        Which::These(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_name_counts_more_than_all() {
        let path = "/k/config/connect-standalone.properties";
        let of = |keep: Which, overwrite: Which| {
            Decisions { keep, overwrite }.of(path, Some("key.converter"))
        };
        for name in [
            "key.converter",
            "connect-standalone.properties",
            "connect-standalone.properties:key.converter",
            "/k/config/connect-standalone.properties:key.converter",
        ] {
            assert_eq!(
                of(these(&[name]), Which::All),
                Some(Decision::Keep),
                "{name}"
            );
            assert_eq!(
                of(Which::All, these(&[name])),
                Some(Decision::Overwrite),
                "{name}"
            );
        }
        for name in [
            "converter",
            "standalone.properties",
            "x:key.converter",
            "connect-standalone.properties:converter",
        ] {
            assert_eq!(of(these(&[name]), Which::Nothing), None, "{name}");
        }
    }
}
