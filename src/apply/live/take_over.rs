//! The end of a worker that somebody started by hand, and its offsets. Which worker and which file, the plan says.
//!
//! A source task that is stopped inside its poll has handed on records whose offsets nobody has written down, and Connect
//! gives a task 5 s only, far less than a poll of the manual's settings takes; a sink the same for records it has sent. So
//! its connectors are paused first, which ends the poll, and the worker gets its SIGTERM when all tasks are at rest. What
//! goes wrong before that signal is taken back, and nothing has happened.

use super::{Live, expected};
use crate::apply::Progress;
use crate::connect;
use crate::edge::{self, Command, Contents, Status, WriteFile};
use crate::facts::manifest::Carried;
use crate::facts::{failure, observe, offsets};
use crate::plan::{Process, Step};
use crate::text::printable;
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const STOP_WORKER: &str = include_str!("../../../templates/edge/stop-worker.sh");
const READ_FILE: &str = include_str!("../../../templates/edge/read-file.sh");
/// How long a worker that has just been started may take until it says what it runs.
const START: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(200);

/// Why a bridge made by hand is not taken over, or only half.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    #[error("pid {pid} is not the worker of this plan any more: {words}")]
    Changed { pid: u32, words: String },
    #[error("the worker with pid {pid} cannot be brought to rest before it is stopped: {words}")]
    Restless { pid: u32, words: String },
    #[error("the worker with pid {pid} did not end: {words}; it was not killed")]
    StillThere { pid: u32, words: String },
    #[error("the offsets in {path} cannot be carried over: {words}")]
    Offsets { path: String, words: String },
    #[error("interrupted: the worker with pid {pid} runs on")]
    Interrupted { pid: u32 },
}

impl TakeOverError {
    pub fn hint(&self) -> String {
        match self {
            Self::Changed { .. } => "run the command again: it looks at what is there now".to_owned(),
            Self::Restless { .. } => {
                "stop it yourself (Ctrl-C in its terminal), then run the command again; what it read last may be read twice".to_owned()
            }
            Self::StillThere { pid, .. } => format!(
                "wait for its end, or end it with sudo kill -9 {pid}, which may repeat what it did last; then run the command again"
            ),
            Self::Offsets { path, .. } => format!(
                "put a good copy of {path} back, or move it away to begin at IotHub.StartTime; then run the command again"
            ),
            Self::Interrupted { .. } => "run the same command again".to_owned(),
        }
    }
}

impl Live<'_> {
    pub(super) fn stop_worker(
        &self,
        step: &Step,
        progress: &dyn Fn(Progress),
    ) -> anyhow::Result<()> {
        let Step::StopWorker {
            process,
            connectors,
            rest_host,
            rest_port,
            rest_within,
            end_within,
            ..
        } = step
        else {
            return Ok(());
        };
        self.worker_program("look", process, 0)?;
        let client = observe::client(&self.remote, rest_host, *rest_port, None)?;
        let resting = Resting {
            client: &client,
            pid: process.pid,
            names: connectors,
            stop: &|| self.stop.load(Ordering::Relaxed),
            progress,
        };
        resting.known()?;
        let within = Duration::from_secs(*rest_within);
        let stopped = resting.at_rest(within).and_then(|()| {
            progress(Progress::Note("at rest; waiting for its end".to_owned()));
            self.worker_program("stop", process, *end_within)
        });
        if let Err(error) = &stopped
            && !matches!(error.downcast_ref(), Some(TakeOverError::StillThere { .. }))
        {
            resting.resume();
        }
        stopped
    }

    fn worker_program(&self, action: &str, process: &Process, seconds: u64) -> anyhow::Result<()> {
        let pid = process.pid;
        let arguments = [
            action.to_owned(),
            pid.to_string(),
            process.boot_id.clone(),
            process.started.to_string(),
            process.argv_sha256.clone(),
            seconds.to_string(),
        ];
        let command = Command::program("stop-worker", STOP_WORKER, arguments)
            .sudo()
            .timeout(Duration::from_secs(seconds + 60));
        let output = self.remote.run(&command)?;
        let words = printable(String::from_utf8_lossy(&output.stderr).trim());
        match output.status {
            Status::Code(0) => Ok(()),
            Status::Code(10) => Err(TakeOverError::Changed { pid, words }.into()),
            Status::Code(11) => Err(TakeOverError::StillThere { pid, words }.into()),
            _ => Err(failure(self.remote.as_ref(), &command, &output)),
        }
    }

    pub(super) fn carry_offsets(&self, step: &Step) -> anyhow::Result<()> {
        let Step::CarryOffsets {
            path: from,
            to,
            name,
            events_path,
            partitions,
            owner,
            before,
        } = step
        else {
            return Ok(());
        };
        let refused = |words: String| TakeOverError::Offsets {
            path: from.clone(),
            words,
        };
        let command = Command::program("read-file", READ_FILE, [from.as_str()]).sudo();
        let output = self.remote.run(&command)?;
        let bytes = match output.status {
            Status::Code(0) => output.stdout,
            // it has read nothing yet
            Status::Code(4) if *partitions == 0 => return Ok(()),
            Status::Code(4) => return Err(refused("it is gone".to_owned()).into()),
            _ => return Err(failure(self.remote.as_ref(), &command, &output)),
        };
        let all = offsets::read(&bytes).map_err(|problem| refused(problem.to_string()))?;
        let taken = offsets::of_source(&all, name, events_path);
        if taken.len() < *partitions {
            let words = format!(
                "it has positions of {} partitions, {partitions} were there",
                taken.len()
            );
            return Err(refused(words).into());
        }
        if taken.is_empty() {
            return Ok(());
        }
        let write = WriteFile {
            mode: Some(0o640),
            owner: Some(owner.clone()),
            group: Some(owner.clone()),
            before: expected(before),
            backup_dir: Some(self.backups.clone()),
            sudo: true,
            ..WriteFile::new(to.clone(), Contents::Bytes(offsets::written(&taken)))
        };
        let written = edge::write_file(self.remote.as_ref(), write)
            .with_context(|| format!("writing the offsets to {to}"))?;
        self.seen().carried = Some(Carried {
            from: from.clone(),
            to: to.clone(),
            partitions: taken.len(),
            sha256: written.sha256,
        });
        Ok(())
    }
}

/// A worker on its way to rest.
struct Resting<'a> {
    client: &'a connect::Client,
    pid: u32,
    names: &'a [String],
    stop: &'a dyn Fn() -> bool,
    progress: &'a dyn Fn(Progress),
}

impl Resting<'_> {
    fn restless(&self, words: String) -> anyhow::Error {
        TakeOverError::Restless {
            pid: self.pid,
            words,
        }
        .into()
    }

    fn unless_stopped(&self) -> anyhow::Result<()> {
        match (self.stop)() {
            true => Err(TakeOverError::Interrupted { pid: self.pid }.into()),
            false => Ok(()),
        }
    }

    /// It runs what its files say and nothing else. A worker that is still starting has none of it yet.
    fn known(&self) -> anyhow::Result<()> {
        let wanted: BTreeSet<&String> = self.names.iter().collect();
        let end = Instant::now() + START;
        loop {
            self.unless_stopped()?;
            let words = match self.client.connectors() {
                Ok(running) => {
                    let running: BTreeSet<&String> = running.iter().collect();
                    if running == wanted {
                        return Ok(());
                    }
                    if let Some(other) = running.difference(&wanted).next() {
                        let words = format!("it also runs {other}, of which its files say nothing");
                        return Err(TakeOverError::Changed {
                            pid: self.pid,
                            words,
                        }
                        .into());
                    }
                    "it does not run yet what its files say".to_owned()
                }
                Err(error) => format!("its REST port does not answer: {error}"),
            };
            if Instant::now() >= end {
                return Err(self.restless(words));
            }
            (self.progress)(Progress::Note(words));
            std::thread::sleep(AGAIN);
        }
    }

    fn at_rest(&self, within: Duration) -> anyhow::Result<()> {
        for name in self.names {
            self.client
                .pause(name)
                .with_context(|| format!("pausing {name}"))?;
        }
        let end = Instant::now() + within;
        loop {
            self.unless_stopped()?;
            let busy = self.busy()?;
            if busy.is_empty() {
                return Ok(());
            }
            let words = format!(
                "waiting for {} (up to {} s)",
                busy.join(", "),
                within.as_secs()
            );
            if Instant::now() >= end {
                return Err(self.restless(format!("{} does not pause", busy.join(", "))));
            }
            (self.progress)(Progress::Note(words));
            std::thread::sleep(AGAIN);
        }
    }

    /// The tasks that still move messages. One that has failed does not.
    fn busy(&self) -> anyhow::Result<Vec<String>> {
        let still = |state: &str| ["PAUSED", "FAILED"].contains(&state);
        let mut busy = Vec::new();
        for name in self.names {
            let status = self.client.status(name)?;
            let status =
                status.with_context(|| format!("the worker does not know {name} any more"))?;
            let tasks = status.tasks.iter().filter(|task| !still(&task.state));
            busy.extend(tasks.map(|task| format!("{name}-{}", task.id)));
            if !still(&status.state) {
                busy.push(name.clone());
            }
        }
        Ok(busy)
    }

    /// As well as it goes: the worker may be gone.
    fn resume(&self) {
        for name in self.names {
            let _ = self.client.resume(name);
        }
    }
}
