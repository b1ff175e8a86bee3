//! What every task has: an id, a state that REST shows, and the way in which it is told to pause or end. What a task
//! does is in `source_task` and `sink_task`.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Runtime;
use super::define::Props;
use super::exception::Exception;
use super::plugins::Generation;
use crate::sandbox::http::lock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Paused,
    Failed,
    Unassigned,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Failed => "FAILED",
            Self::Unassigned => "UNASSIGNED",
        }
    }
}

/// What REST says of a task; nothing before it has started.
#[derive(Debug, Default)]
pub struct Status(Mutex<Option<(State, Option<String>)>>);

impl Status {
    pub fn set(&self, state: State) {
        *lock(&self.0) = Some((state, None));
    }

    pub fn failed(&self, trace: String) {
        *lock(&self.0) = Some((State::Failed, Some(trace)));
    }

    pub fn get(&self) -> Option<(State, Option<String>)> {
        lock(&self.0).clone()
    }
}

/// What a task is told, and that it has ended.
#[derive(Debug, Default)]
pub struct Control {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Told {
    paused: bool,
    stop: bool,
    /// Not waited for any more: it must not commit.
    cancelled: bool,
    finished: bool,
}

impl Control {
    fn tell(&self, change: impl FnOnce(&mut Told)) {
        change(&mut lock(&self.told));
        self.changed.notify_all();
    }

    pub fn pause(&self, paused: bool) {
        self.tell(|told| told.paused = paused);
    }

    pub fn stop(&self) {
        self.tell(|told| told.stop = true);
    }

    pub fn cancel(&self) {
        self.tell(|told| told.cancelled = true);
    }

    pub fn finish(&self) {
        self.tell(|told| told.finished = true);
    }

    pub fn is_stopping(&self) -> bool {
        lock(&self.told).stop
    }

    pub fn is_paused(&self) -> bool {
        lock(&self.told).paused
    }

    pub fn is_cancelled(&self) -> bool {
        lock(&self.told).cancelled
    }

    /// Waits until it is to go on or to end.
    pub fn wait_while_paused(&self) {
        self.wait(None, |told| !told.paused || told.stop);
    }

    /// Until told to end.
    pub fn wait_for_stop(&self, timeout: Duration) -> bool {
        self.wait(Some(Instant::now() + timeout), |told| told.stop)
    }

    /// Until the task has ended. `false`: the time was over first.
    pub fn wait_for_end(&self, deadline: Instant) -> bool {
        self.wait(Some(deadline), |told| told.finished)
    }

    fn wait(&self, deadline: Option<Instant>, done: impl Fn(&Told) -> bool) -> bool {
        let mut told = lock(&self.told);
        while !done(&told) {
            told = match deadline {
                None => self
                    .changed
                    .wait(told)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    let woken = self.changed.wait_timeout(told, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }
}

/// One run of a task: a restart makes a new one.
pub struct Task {
    pub runtime: Arc<Runtime>,
    pub connector: String,
    pub number: u32,
    pub generation: Generation,
    /// The connector's own settings, resolved: converters and overrides stand there.
    pub settings: Props,
    pub status: Arc<Status>,
    pub control: Arc<Control>,
    /// How often it was restarted.
    pub restarts: u32,
    pub started: Instant,
}

impl Task {
    /// `AzureIotHubConnector-0`
    pub fn id(&self) -> String {
        format!("{}-{}", self.connector, self.number)
    }

    /// `[AzureIotHubConnector|task-0] `
    pub fn context(&self) -> String {
        format!("[{}|task-{}] ", self.connector, self.number)
    }

    pub fn millis(&self, key: &str) -> Duration {
        self.runtime.millis(key)
    }

    /// The failure that a fault asks for, when its time has come.
    pub fn ordered_failure(&self) -> Result<(), Exception> {
        let Some(fault) = &self.runtime.faults.task_failed else {
            return Ok(());
        };
        let due = self.started.elapsed() >= Duration::from_millis(fault.after_ms)
            && fault
                .restarts
                .is_none_or(|restarts| self.restarts < restarts);
        match fault.task == self.number && due {
            true => Err(Exception::new(&fault.class, fault.message.clone())),
            false => Ok(()),
        }
    }

    /// Client settings for librdkafka from the worker's `PREFIX.*` and the connector's `PREFIX.override.*`. What
    /// librdkafka does not have is passed over.
    pub fn client_settings(&self, prefix: &str) -> Vec<(String, String)> {
        const SHARED: [&str; 12] = [
            "auto.offset.reset",
            "session.timeout.ms",
            "heartbeat.interval.ms",
            "max.poll.interval.ms",
            "isolation.level",
            "client.id",
            "client.rack",
            "security.protocol",
            "sasl.mechanism",
            "linger.ms",
            "compression.type",
            "metadata.max.age.ms",
        ];
        let worker = &self.runtime.worker;
        let all = SHARED.iter().filter_map(|key| {
            let own = self.settings.get(&format!("{prefix}.override.{key}"));
            let value = own.or_else(|| worker.get(&format!("{prefix}.{key}")))?;
            Some(((*key).to_owned(), value.trim().to_owned()))
        });
        all.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_every_wait() {
        let control = Arc::new(Control::default());
        control.pause(true);
        let waiting = {
            let control = Arc::clone(&control);
            std::thread::spawn(move || control.wait_while_paused())
        };
        control.stop();
        waiting.join().unwrap();
        assert!(control.wait_for_stop(Duration::ZERO));
        assert!(!control.wait_for_end(Instant::now()));
        control.finish();
        assert!(control.wait_for_end(Instant::now()));
    }
}
