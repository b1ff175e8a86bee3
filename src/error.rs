//! Exit codes, and the one place that turns an error chain into an exit code and hints.

/// The exit codes. Documented in the README, tested, never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed; the state is known.
    Failed = 1,
    /// Wrong usage or configuration; nothing was contacted.
    Usage = 2,
    /// The world differs from what was expected.
    Conflict = 3,
    NotFound = 4,
    /// Wrong password, key or token.
    Auth = 5,
    Denied = 6,
    /// Host key, TLS certificate, checksum.
    Trust = 7,
    Unreachable = 8,
    /// Changes are pending (`--dry-run`, drift, a plan that nobody agreed to).
    Pending = 10,
    /// Another run holds the lock.
    Locked = 11,
    /// Partly applied: run again.
    Partly = 12,
    /// It is not known whether a message was sent.
    Unknown = 13,
    /// A connector is not healthy.
    Unhealthy = 14,
    Interrupted = 130,
}

impl Exit {
    /// Every code with its meaning. The help is made of it.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Done, "done"),
        (Self::Failed, "failed"),
        (Self::Usage, "usage"),
        (Self::Conflict, "conflict"),
        (Self::NotFound, "not found"),
        (Self::Auth, "authentication"),
        (Self::Denied, "denied"),
        (Self::Trust, "trust"),
        (Self::Unreachable, "unreachable"),
        (Self::Pending, "changes pending"),
        (Self::Locked, "locked"),
        (Self::Partly, "partly applied"),
        (Self::Unknown, "outcome unknown"),
        (Self::Unhealthy, "connector unhealthy"),
        (Self::Interrupted, "interrupted"),
    ];
}

mod systems;

use crate::plan::{Changed, Refusal, Refused};
use crate::profile::keys::key;
use crate::profile::{ErrorKind, Missing, ProfileError};
use crate::{apply, facts};
use std::error::Error as StdError;
use systems::{of_cluster, of_edge, of_files, of_hub, of_kafka, of_rest};

/// A failure that a command itself states: its exit code, its words, what helps.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Failure {
    pub exit: Exit,
    pub words: String,
    pub hints: Vec<String>,
}

impl Failure {
    pub fn new(exit: Exit, words: impl Into<String>) -> Self {
        Self {
            exit,
            words: words.into(),
            hints: Vec::new(),
        }
    }

    pub fn usage(words: impl Into<String>) -> Self {
        Self::new(Exit::Usage, words)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Settings that nobody gave: all of them at once, each with its flag and its variable.
    pub fn missing(missing: &[Missing]) -> Self {
        let names: Vec<&str> = missing.iter().map(|setting| setting.key).collect();
        let hints = missing
            .iter()
            .map(|m| format!("{} (or {}): {}", m.flag, m.env, m.why))
            .collect();
        Self {
            exit: Exit::Usage,
            words: format!("settings are missing: {}", names.join(", ")),
            hints,
        }
    }
}

/// What an error chain means for a script and for a person.
#[derive(Debug)]
pub struct Diagnosis {
    pub exit: Exit,
    /// What was being done, then its causes.
    pub chain: Vec<String>,
    pub hints: Vec<String>,
}

/// The one place that turns an error chain into an exit code and hints. The first link that is known decides.
pub fn diagnose(error: &anyhow::Error) -> Diagnosis {
    let mut chain: Vec<String> = Vec::new();
    for link in error.chain() {
        let text = link.to_string();
        // an error that repeats its source's words would be said twice
        if !chain.iter().any(|said| said.ends_with(&text)) {
            chain.push(text);
        }
    }
    // a Failure that was put on top as context is no link of the chain that could be recognised
    let stated = error
        .downcast_ref::<Failure>()
        .map(|failure| (failure.exit, failure.hints.clone()));
    let known = stated.or_else(|| error.chain().find_map(meaning));
    let (exit, hints) = known.unwrap_or((Exit::Failed, Vec::new()));
    Diagnosis { exit, chain, hints }
}

type Meaning = (Exit, Vec<String>);

fn meaning(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    let plain = |exit: Exit| Some((exit, Vec::new()));
    if let Some(failure) = link.downcast_ref::<Failure>() {
        return Some((failure.exit, failure.hints.clone()));
    }
    if let Some(error) = link.downcast_ref::<ProfileError>() {
        return plain(match error.kind() {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::NotFound => Exit::NotFound,
            ErrorKind::Denied => Exit::Denied,
            ErrorKind::Trust => Exit::Trust,
        });
    }
    if let Some(Refused(refusals)) = link.downcast_ref::<Refused>() {
        return Some(refused(refusals));
    }
    if let Some(error) = link.downcast_ref::<apply::wait::Unhealthy>() {
        let mut hints: Vec<String> = error.hint.iter().cloned().collect();
        hints.push(format!("hdikafka connector logs {}", error.connector));
        return Some((Exit::Unhealthy, hints));
    }
    if let Some(error) = link.downcast_ref::<apply::live::TakeOverError>() {
        use apply::live::TakeOverError as T;
        let exit = match error {
            T::Changed { .. } | T::Offsets { .. } => Exit::Conflict,
            T::Restless { .. } | T::StillThere { .. } => Exit::Failed,
            T::Interrupted { .. } => Exit::Interrupted,
        };
        return Some((exit, vec![error.hint()]));
    }
    if link.downcast_ref::<facts::SudoRefused>().is_some() {
        let hint = "the edge user needs sudo, without a password as on HDInsight or with one: --sudo-password-file FILE";
        return Some((Exit::Denied, vec![hint.to_owned()]));
    }
    of_cluster(link)
        .or_else(|| of_edge(link))
        .or_else(|| of_kafka(link))
        .or_else(|| of_rest(link))
        .or_else(|| of_hub(link))
        .or_else(|| of_files(link))
}

const FORWARDING: &str = "`AllowTcpForwarding yes` in the node's sshd_config, or run this inside of the network with --via direct";

fn refused(refusals: &[Refusal]) -> Meaning {
    let exit = match refusals.first() {
        Some(Refusal::Lacks { .. }) => Exit::Failed,
        _ => Exit::Conflict,
    };
    let mut hints = Vec::new();
    let mut by_hand = false;
    for refusal in refusals {
        let hint = match refusal {
            Refusal::Conflict { hint, .. } | Refusal::Lacks { hint, .. } => hint.clone(),
            Refusal::Changed(changed) => {
                by_hand = true;
                changed_by_hand(changed)
            }
            Refusal::Unsupported { .. } => continue,
        };
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    if by_hand {
        hints.push("--keep and --overwrite alone mean all that was changed by hand; what is kept is remembered".to_owned());
    }
    (exit, hints)
}

/// The three ways out.
fn changed_by_hand(changed: &Changed) -> String {
    let name = changed.name();
    let two = format!("keep it: --keep={name}; take ours: --overwrite={name}");
    match changed.setting().and_then(key) {
        Some(key) => format!("{two}; or edit the setting: {} ({})", key.name, key.flag),
        None if changed.key.is_some() => two,
        None => format!(
            "{two}; or put the change where it belongs: the profile, connect-standalone.properties, a systemd drop-in"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::{self, RemoteError};
    use crate::kafka::{KafkaError, producer::SendError};
    use anyhow::Context as _;

    #[test]
    fn the_cause_decides_also_where_it_is_wrapped_transparently() {
        let down = || KafkaError::Unreachable {
            brokers: "b".into(),
            cause: "refused".into(),
        };
        let lost = || RemoteError::Lost {
            host: "edge".into(),
            cause: "reset".into(),
        };
        let cases: [(anyhow::Error, Exit); 5] = [
            (SendError::NotSent(down()).into(), Exit::Unreachable),
            (edge::WriteError::Remote(lost()).into(), Exit::Unreachable),
            (edge::LockError::Remote(lost()).into(), Exit::Unreachable),
            (Failure::usage("x").into(), Exit::Usage),
            (anyhow::anyhow!("something else"), Exit::Failed),
        ];
        for (error, exit) in cases {
            let error = Err::<(), _>(error).context("doing it").unwrap_err();
            let diagnosis = diagnose(&error);
            assert_eq!(diagnosis.exit, exit, "{:?}", diagnosis.chain);
            assert_eq!(diagnosis.chain[0], "doing it");
        }
    }
}
