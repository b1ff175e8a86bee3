//! One service of type simple as a state machine: events in, effects out. No clock, no processes, no files.

use super::unit::{Exec, Restart, Unit, signal_name};
use std::collections::VecDeque;
use std::time::Duration;

/// systemd's own time-out for what runs before the main process (`DefaultTimeoutStartSec`).
const START_TIMEOUT: Duration = Duration::from_secs(90);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Dead,
    /// The index of the `ExecStartPre=` that runs.
    StartPre(usize),
    Running,
    StopSigterm,
    StopSigkill,
    AutoRestart,
    Failed,
}

impl State {
    /// `ActiveState` and `SubState`.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Dead => ("inactive", "dead"),
            Self::StartPre(_) => ("activating", "start-pre"),
            Self::Running => ("active", "running"),
            Self::StopSigterm => ("deactivating", "stop-sigterm"),
            Self::StopSigkill => ("deactivating", "stop-sigkill"),
            Self::AutoRestart => ("activating", "auto-restart"),
            Self::Failed => ("failed", "failed"),
        }
    }

    pub fn is_stopping(self) -> bool {
        matches!(self, Self::StopSigterm | Self::StopSigkill)
    }
}

/// `Result=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    #[default]
    Success,
    ExitCode,
    Signal,
    CoreDump,
    Timeout,
    StartLimitHit,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::ExitCode => "exit-code",
            Self::Signal => "signal",
            Self::CoreDump => "core-dump",
            Self::Timeout => "timeout",
            Self::StartLimitHit => "start-limit-hit",
        }
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Code(i32),
    Signal { number: i32, core: bool },
}

impl Ended {
    /// `code=exited, status=1/FAILURE`, as the journal and `status` say it.
    pub fn words(self) -> String {
        match self {
            Self::Code(code) => format!("code=exited, status={code}{}", exit_name(code)),
            Self::Signal { number, core } => format!(
                "code={}, status={number}/{}",
                if core { "dumped" } else { "killed" },
                signal_name(number).unwrap_or("UNKNOWN")
            ),
        }
    }
}

fn exit_name(code: i32) -> &'static str {
    match code {
        0 => "/SUCCESS",
        1 => "/FAILURE",
        203 => "/EXEC",
        217 => "/USER",
        _ => "/n/a",
    }
}

/// The moment of an event.
#[derive(Clone, Debug)]
pub struct Now {
    pub since_boot: Duration,
    /// Microseconds since 1970.
    pub real: i64,
    /// An id that no start has had yet: 32 hex digits.
    pub id: String,
}

#[derive(Clone, Debug)]
pub enum Event {
    Start,
    Stop,
    /// The process that was last run.
    Ended(Ended),
    /// The timer that was last set has run out.
    Timer,
    ResetFailed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Run it, in a session of its own; its end comes back as an event.
    Run { exec: Exec, main: bool },
    /// To all processes of the service.
    Signal(i32),
    /// Replaces the one before; `None` takes it away.
    Timer(Option<Duration>),
    /// systemd's own words about the unit.
    Log(String),
    /// What `systemctl start` waits for.
    StartDone(Result<(), Outcome>),
}

/// When something happened; zero: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    pub since_boot: Duration,
    pub real: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Service {
    pub name: String,
    pub unit: Unit,
    pub state: State,
    pub outcome: Outcome,
    pub restarts: u32,
    pub invocation: String,
    /// How the main process last ended.
    pub last: Option<Ended>,
    pub active_enter: Stamp,
    pub active_exit: Stamp,
    pub inactive_enter: Stamp,
    pub inactive_exit: Stamp,
    pub state_change: Stamp,
    starts: VecDeque<Duration>,
}

impl Service {
    pub fn new(name: &str, unit: Unit) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            ..Self::default()
        }
    }

    pub fn step(&mut self, event: Event, now: &Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match (event, self.state) {
            (Event::Start, State::Running) => effects.push(Effect::StartDone(Ok(()))),
            (Event::Start, State::Dead | State::Failed) => {
                self.restarts = 0;
                self.start(now, &mut effects);
            }
            (Event::Start, State::AutoRestart) => self.start(now, &mut effects),
            // A start under way is joined; one that comes while it stops is the manager's to hold back.
            (Event::Start, _) => {}
            (Event::Stop, State::Running | State::StartPre(_)) => self.stop(now, &mut effects),
            (Event::Stop, State::AutoRestart) => {
                effects.push(Effect::Timer(None));
                self.enter(State::Dead, now);
            }
            (Event::Stop, _) => {}
            (Event::Ended(ended), state) => self.ended(ended, state, now, &mut effects),
            (Event::Timer, state) => self.timer(state, now, &mut effects),
            (Event::ResetFailed, state) => {
                self.starts.clear();
                self.restarts = 0;
                if state == State::Failed {
                    self.outcome = Outcome::Success;
                    self.enter(State::Dead, now);
                }
            }
        }
        effects
    }

    fn start(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        effects.push(Effect::Timer(None));
        if self.starts_too_often(now) {
            self.say(effects, "Start request repeated too quickly.");
            self.outcome = Outcome::StartLimitHit;
            self.say(effects, "Failed with result 'start-limit-hit'.");
            self.enter(State::Failed, now);
            effects.push(Effect::Log(format!("Failed to start {}.", self.title())));
            effects.push(Effect::StartDone(Err(self.outcome)));
            return;
        }
        self.outcome = Outcome::Success;
        self.invocation.clone_from(&now.id);
        if self.unit.start_pre.is_empty() {
            self.run_main(now, effects);
        } else {
            effects.push(Effect::Log(format!("Starting {}...", self.title())));
            self.run_pre(0, now, effects);
        }
    }

    fn starts_too_often(&mut self, now: &Now) -> bool {
        let (interval, burst) = (self.unit.start_limit_interval, self.unit.start_limit_burst);
        if interval.is_zero() || burst == 0 {
            return false;
        }
        self.starts
            .retain(|start| now.since_boot.saturating_sub(*start) < interval);
        if self.starts.len() >= burst as usize {
            return true;
        }
        self.starts.push_back(now.since_boot);
        false
    }

    fn run_pre(&mut self, index: usize, now: &Now, effects: &mut Vec<Effect>) {
        let Some(exec) = self.unit.start_pre.get(index).cloned() else {
            return self.run_main(now, effects);
        };
        self.enter(State::StartPre(index), now);
        effects.push(Effect::Timer(Some(START_TIMEOUT)));
        effects.push(Effect::Run { exec, main: false });
    }

    fn run_main(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        effects.push(Effect::Timer(None));
        // Without one the manager does not start it.
        if let Some(exec) = self.unit.start.clone() {
            self.enter(State::Running, now);
            effects.push(Effect::Run { exec, main: true });
            effects.push(Effect::Log(format!("Started {}.", self.title())));
            effects.push(Effect::StartDone(Ok(())));
        }
    }

    fn stop(&mut self, now: &Now, effects: &mut Vec<Effect>) {
        effects.push(Effect::Log(format!("Stopping {}...", self.title())));
        self.enter(State::StopSigterm, now);
        effects.push(Effect::Signal(libc::SIGTERM));
        effects.push(Effect::Timer(self.unit.stop_timeout));
    }

    fn ended(&mut self, ended: Ended, state: State, now: &Now, effects: &mut Vec<Effect>) {
        let outcome = self.outcome_of(ended);
        match state {
            State::StartPre(index) => {
                let may_fail = self.unit.start_pre.get(index).is_some_and(|e| e.may_fail);
                if outcome == Outcome::Success || may_fail {
                    return self.run_pre(index + 1, now, effects);
                }
                self.say(
                    effects,
                    &format!("Control process exited, {}", ended.words()),
                );
                effects.push(Effect::Signal(libc::SIGKILL));
                self.over(outcome, true, now, effects);
                effects.push(Effect::Log(format!("Failed to start {}.", self.title())));
                effects.push(Effect::StartDone(Err(outcome)));
            }
            State::Running => {
                self.last = Some(ended);
                if outcome != Outcome::Success || !matches!(ended, Ended::Code(0)) {
                    self.say(effects, &format!("Main process exited, {}", ended.words()));
                }
                // What it left behind in its group goes with it.
                effects.push(Effect::Signal(libc::SIGKILL));
                self.over(outcome, true, now, effects);
            }
            State::StopSigterm | State::StopSigkill => {
                self.last = Some(ended);
                if outcome != Outcome::Success {
                    self.say(effects, &format!("Main process exited, {}", ended.words()));
                }
                effects.push(Effect::Signal(libc::SIGKILL));
                let first = self.outcome;
                let outcome = if first == Outcome::Success {
                    outcome
                } else {
                    first
                };
                self.over(outcome, false, now, effects);
                effects.push(Effect::Log(format!("Stopped {}.", self.title())));
            }
            State::Dead | State::Failed | State::AutoRestart => {}
        }
    }

    fn timer(&mut self, state: State, now: &Now, effects: &mut Vec<Effect>) {
        match state {
            State::StartPre(_) => {
                self.say(effects, "Start-pre operation timed out. Terminating.");
                self.outcome = Outcome::Timeout;
                self.stop(now, effects);
                effects.push(Effect::StartDone(Err(Outcome::Timeout)));
            }
            State::StopSigterm if self.unit.send_sigkill => {
                self.say(effects, "State 'stop-sigterm' timed out. Killing.");
                self.outcome = Outcome::Timeout;
                self.enter(State::StopSigkill, now);
                effects.push(Effect::Signal(libc::SIGKILL));
            }
            State::AutoRestart => {
                self.restarts += 1;
                self.say(effects, "Service hold-off time over, scheduling restart.");
                self.say(
                    effects,
                    &format!(
                        "Scheduled restart job, restart counter is at {}.",
                        self.restarts
                    ),
                );
                self.start(now, effects);
            }
            _ => {}
        }
    }

    /// No process is left.
    fn over(&mut self, outcome: Outcome, may_restart: bool, now: &Now, effects: &mut Vec<Effect>) {
        self.outcome = outcome;
        effects.push(Effect::Timer(None));
        if outcome != Outcome::Success {
            self.say(
                effects,
                &format!("Failed with result '{}'.", outcome.name()),
            );
        }
        if may_restart && self.restarts_after(outcome) {
            self.enter(State::AutoRestart, now);
            effects.push(Effect::Timer(Some(self.unit.restart_after)));
        } else if outcome == Outcome::Success {
            self.enter(State::Dead, now);
        } else {
            self.enter(State::Failed, now);
        }
    }

    fn restarts_after(&self, outcome: Outcome) -> bool {
        use Outcome::{CoreDump, Signal, Success, Timeout};
        match self.unit.restart {
            Restart::No => false,
            Restart::Always => true,
            Restart::OnSuccess => outcome == Success,
            Restart::OnFailure => outcome != Success,
            Restart::OnAbnormal => matches!(outcome, Signal | CoreDump | Timeout),
            Restart::OnAbort => matches!(outcome, Signal | CoreDump),
        }
    }

    fn outcome_of(&self, ended: Ended) -> Outcome {
        let clean = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGPIPE];
        match ended {
            Ended::Code(code) if code == 0 || self.unit.success_codes.contains(&code) => {
                Outcome::Success
            }
            Ended::Code(_) => Outcome::ExitCode,
            Ended::Signal { number, .. }
                if clean.contains(&number) || self.unit.success_signals.contains(&number) =>
            {
                Outcome::Success
            }
            Ended::Signal { core: true, .. } => Outcome::CoreDump,
            Ended::Signal { .. } => Outcome::Signal,
        }
    }

    fn enter(&mut self, state: State, now: &Now) {
        let stamp = Stamp {
            since_boot: now.since_boot,
            real: now.real,
        };
        let group = |state: State| match state.names().0 {
            "active" => 2,
            "inactive" | "failed" => 0,
            _ => 1,
        };
        let (before, after) = (group(self.state), group(state));
        if before == 0 && after != 0 {
            self.inactive_exit = stamp;
        }
        if before != 0 && after == 0 {
            self.inactive_enter = stamp;
        }
        if before != 2 && after == 2 {
            self.active_enter = stamp;
        }
        if before == 2 && after != 2 {
            self.active_exit = stamp;
        }
        self.state = state;
        self.state_change = stamp;
    }

    fn say(&self, effects: &mut Vec<Effect>, words: &str) {
        effects.push(Effect::Log(format!("{}: {words}", self.name)));
    }

    /// What systemd calls it in a sentence.
    pub fn title(&self) -> &str {
        if self.unit.description.is_empty() {
            &self.name
        } else {
            &self.unit.description
        }
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
