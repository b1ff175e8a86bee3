//! Proof: a connector that was just started is watched until it is healthy and has stayed so, or is known not to be.

use super::Progress;
use crate::edge::Remote;
use crate::facts::health::{Health, Verdict};
use crate::facts::observe::{self, Expected};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A worker on a loaded node needs 8 s to its first task; a source polls each partition for up to ReceiveTimeout.
const GIVE_UP: Duration = Duration::from_secs(120);

/// What was seen.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Proof {
    pub health: Health,
    /// From the order to start or restart it until Connect said that the connector and all its tasks are RUNNING.
    pub running_after_ms: Option<u64>,
    /// How long it was watched after that.
    pub watched_ms: u64,
}

/// It is not healthy: the cause in words, and what was still missing.
#[derive(Debug, thiserror::Error)]
#[error("the {connector} is not healthy: {words}")]
pub struct Unhealthy {
    pub connector: String,
    pub words: String,
    pub hint: Option<String>,
    pub evidence: String,
}

impl Unhealthy {
    pub fn of(health: &Health) -> Self {
        let cause = health.cause.as_ref();
        let missing = || format!("{} ({})", health.verdict.word(), health.missing.join("; "));
        Self {
            connector: health.connector.to_string(),
            words: cause.map_or_else(missing, |cause| cause.words.clone()),
            hint: cause.and_then(|cause| cause.hint.clone()),
            evidence: cause
                .map(|cause| cause.evidence.clone())
                .unwrap_or_default(),
        }
    }
}

/// Somebody asked to stop while it was watched: what was started runs on, nothing is known of its health.
#[derive(Debug, thiserror::Error)]
#[error("interrupted: its proof was left")]
pub struct Left;

/// Watches until the connector, whose start was ordered at `ordered`, has been RUNNING for `stable_for` and every sign of
/// health has been seen.
pub fn prove(
    remote: &Arc<dyn Remote>,
    expected: &Expected,
    ordered: Instant,
    stable_for: Duration,
    stop: &AtomicBool,
    progress: &dyn Fn(Progress),
) -> anyhow::Result<Proof> {
    let begun = Instant::now();
    let mut running_since: Option<Instant> = None;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(Left.into());
        }
        let health = observe::connector(remote, expected)?;
        match health.verdict {
            Verdict::Unhealthy | Verdict::Absent | Verdict::Stopped => {
                return Err(Unhealthy::of(&health).into());
            }
            Verdict::Healthy | Verdict::Starting => {}
        }
        if health.is_running() {
            running_since.get_or_insert_with(Instant::now);
        }
        let watched = running_since.map_or(Duration::ZERO, |since| since.elapsed());
        // a watch of 0 s asks for RUNNING and nothing else
        let proven = health.verdict == Verdict::Healthy || stable_for.is_zero();
        if running_since.is_some() && watched >= stable_for && proven {
            let running_after_ms = running_since.map(|since| (since - ordered).as_millis() as u64);
            return Ok(Proof {
                health,
                running_after_ms,
                watched_ms: watched.as_millis() as u64,
            });
        }
        if begun.elapsed() > GIVE_UP.max(stable_for * 2) {
            return Err(Unhealthy::of(&health).into());
        }
        progress(Progress::Note(match running_since {
            Some(_) => format!("RUNNING, watched for {} s", watched.as_secs()),
            None => health.missing.join("; "),
        }));
        let pause = if running_since.is_some() {
            Duration::from_millis(1000)
        } else {
            Duration::from_millis(150)
        };
        std::thread::sleep(pause.min(stable_for.max(Duration::from_millis(150))));
    }
}
