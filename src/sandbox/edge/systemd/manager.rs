//! The effects behind the state machines: unit files, processes, timers, and the jobs that a caller waits for.

use super::journal::Journal;
use super::process::{self, Process};
use super::service::{Effect, Ended, Event, Outcome, Service, State};
use super::unit::Unit;
use super::words::Specifiers;
use super::{clock, enablement};
use crate::sandbox::edge::scratch::Scratch;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A job is given up after this: longer than every time-out that a unit of ours has.
const JOB_PATIENCE: Duration = Duration::from_secs(600);

/// What the services run in.
pub struct Setup {
    pub scratch: Arc<Scratch>,
    pub host_name: String,
    /// Beside what the unit says: PATH and LANG.
    pub environment: Vec<(String, String)>,
}

/// The imitated systemd of one node. Dropping it kills what runs.
pub struct Manager {
    pub(super) shared: Arc<Shared>,
    timer: Option<JoinHandle<()>>,
}

pub(super) struct Shared {
    pub setup: Setup,
    pub journal: Journal,
    units: Mutex<Units>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct Units {
    pub loaded: BTreeMap<String, Loaded>,
    closing: bool,
}

/// A unit that systemd knows.
pub(super) struct Loaded {
    pub service: Service,
    /// The unit file with its drop-ins when it was read; `None`: there was none.
    pub text: Option<String>,
    pub process: Option<Arc<Process>>,
    pub main_started: super::service::Stamp,
    /// The last start's outcome, until somebody waits for it.
    start_done: Option<Result<(), Outcome>>,
    deadline: Option<Instant>,
    /// Counts processes, so that the end of an old one is not taken for that of the present one.
    runs: u64,
}

/// Why a job did not do what was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum JobError {
    NotFound,
    NotLoaded,
    BadSetting(String),
    Failed(Outcome),
    TimedOut,
}

impl Manager {
    /// Nothing runs yet.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            setup,
            journal: Journal::default(),
            units: Mutex::default(),
            changed: Condvar::new(),
        });
        let weak = Arc::downgrade(&shared);
        let timer = std::thread::Builder::new()
            .name("timers".into())
            .spawn(move || run_timers(&weak))?;
        Ok(Self {
            shared,
            timer: Some(timer),
        })
    }

    /// Lines that a unit or systemd about it said, oldest first.
    pub fn journal(&self, unit: &str) -> Vec<super::Line> {
        self.shared.journal.after(0, &[unit.to_owned()])
    }

    pub(super) fn start_unit(&self, name: &str) -> Result<(), JobError> {
        self.begin_start(name)?;
        let mut units = self.shared.lock();
        let end = Instant::now() + JOB_PATIENCE;
        loop {
            let Some(loaded) = units.loaded.get_mut(name) else {
                return Err(JobError::NotLoaded);
            };
            if let Some(done) = loaded.start_done {
                return done.map_err(JobError::Failed);
            }
            units = self.shared.wait(units, end)?;
        }
    }

    fn begin_start(&self, name: &str) -> Result<(), JobError> {
        let mut units = self.shared.lock();
        self.shared.refresh(&mut units, name);
        let end = Instant::now() + JOB_PATIENCE;
        while units
            .loaded
            .get(name)
            .is_some_and(|loaded| loaded.service.state.is_stopping())
        {
            units = self.shared.wait(units, end)?;
        }
        let Some(loaded) = units.loaded.get_mut(name) else {
            return Err(JobError::NotFound);
        };
        if let Some(problem) = &loaded.service.unit.problem {
            return Err(JobError::BadSetting(problem.clone()));
        }
        if !matches!(loaded.service.state, State::StartPre(_)) {
            loaded.start_done = None;
        }
        self.shared.event(&mut units, name, Event::Start);
        Ok(())
    }

    pub(super) fn stop_unit(&self, name: &str) -> Result<(), JobError> {
        let mut units = self.shared.lock();
        self.shared.refresh(&mut units, name);
        if !units.loaded.contains_key(name) {
            return Err(JobError::NotLoaded);
        }
        self.shared.event(&mut units, name, Event::Stop);
        let end = Instant::now() + JOB_PATIENCE;
        while units
            .loaded
            .get(name)
            .is_some_and(|loaded| loaded.service.state.is_stopping())
        {
            units = self.shared.wait(units, end)?;
        }
        Ok(())
    }

    pub(super) fn reset_failed(&self, name: &str) -> Result<(), JobError> {
        let mut units = self.shared.lock();
        self.shared.refresh(&mut units, name);
        if !units.loaded.contains_key(name) {
            return Err(JobError::NotLoaded);
        }
        self.shared.event(&mut units, name, Event::ResetFailed);
        Ok(())
    }

    pub(super) fn signal_unit(&self, name: &str, signal: i32) -> Result<(), JobError> {
        let units = self.shared.lock();
        let loaded = units.loaded.get(name).ok_or(JobError::NotLoaded)?;
        if let Some(process) = &loaded.process {
            process.signal(signal);
        }
        Ok(())
    }

    /// Reads all unit files again.
    pub(super) fn daemon_reload(&self) {
        let mut units = self.shared.lock();
        let names: Vec<String> = units.loaded.keys().cloned().collect();
        for name in names {
            self.shared.read_again(&mut units, &name);
        }
        for name in enablement::at_boot(&self.shared.setup.scratch) {
            if !units.loaded.contains_key(&name) {
                self.shared.read_again(&mut units, &name);
            }
        }
    }

    /// Looks at a unit as it is now; `None`: no such unit.
    pub(super) fn look<T>(&self, name: &str, look: impl FnOnce(Option<&Loaded>) -> T) -> T {
        let mut units = self.shared.lock();
        self.shared.refresh(&mut units, name);
        look(units.loaded.get(name))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.shared.lock().loaded.keys().cloned().collect()
    }

    pub(super) fn scratch(&self) -> &Scratch {
        &self.shared.setup.scratch
    }
}

impl Manager {
    /// Kills what runs and starts nothing any more; whoever waits for a job is told that it timed out.
    pub fn close(&self) {
        let mut units = self.shared.lock();
        units.closing = true;
        for loaded in units.loaded.values() {
            if let Some(process) = &loaded.process {
                process.signal(libc::SIGKILL);
            }
        }
        drop(units);
        self.shared.changed.notify_all();
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.close();
        if let Some(timer) = self.timer.take() {
            let _ = timer.join();
        }
    }
}

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, Units> {
        self.units.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(
        &self,
        units: MutexGuard<'a, Units>,
        end: Instant,
    ) -> Result<MutexGuard<'a, Units>, JobError> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || units.closing {
            return Err(JobError::TimedOut);
        }
        let (units, _) = self
            .changed
            .wait_timeout(units, left)
            .unwrap_or_else(PoisonError::into_inner);
        Ok(units)
    }

    /// The unit's file and its drop-ins as they are now.
    pub fn text(&self, name: &str) -> Option<String> {
        let scratch = &self.setup.scratch;
        let path = format!("{}/{name}", enablement::UNITS);
        let mut text = fs::read_to_string(scratch.host_path(&path)).ok()?;
        let mut drop_ins: Vec<_> = fs::read_dir(scratch.host_path(&format!("{path}.d")))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        drop_ins.retain(|path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "conf"));
        drop_ins.sort();
        for path in drop_ins {
            text.push('\n');
            text.push_str(&fs::read_to_string(path).unwrap_or_default());
        }
        Some(text)
    }

    /// systemd forgets a unit that is neither active nor wanted by anything, and reads it anew when somebody names it.
    fn refresh(&self, units: &mut Units, name: &str) {
        let kept = units.loaded.get(name).is_some_and(|loaded| {
            loaded.service.state != State::Dead || enablement::is_enabled(&self.setup.scratch, name)
        });
        if !kept {
            self.read_again(units, name);
        }
    }

    fn read_again(&self, units: &mut Units, name: &str) {
        let text = self.text(name);
        let unit = text.as_deref().map(|text| {
            let specifiers = Specifiers {
                unit: name,
                host: &self.setup.host_name,
            };
            Unit::parse(text, &specifiers)
        });
        match (units.loaded.get_mut(name), unit) {
            (Some(loaded), Some(unit)) => {
                loaded.service.unit = unit;
                loaded.text = text;
            }
            (Some(loaded), None) if loaded.service.state == State::Dead => {
                units.loaded.remove(name);
            }
            (Some(loaded), None) => loaded.text = None,
            (None, Some(unit)) => {
                let loaded = Loaded {
                    service: Service::new(name, unit),
                    text,
                    process: None,
                    main_started: super::service::Stamp::default(),
                    start_done: None,
                    deadline: None,
                    runs: 0,
                };
                units.loaded.insert(name.to_owned(), loaded);
            }
            (None, None) => {}
        }
    }

    fn event(self: &Arc<Self>, units: &mut Units, name: &str, event: Event) {
        if units.closing {
            return;
        }
        let Some(loaded) = units.loaded.get_mut(name) else {
            return;
        };
        let now = clock::now();
        let mut pending = vec![event];
        while let Some(event) = pending.pop() {
            for effect in loaded.service.step(event, &now) {
                if let Some(next) = self.carry_out(loaded, effect, &now) {
                    pending.push(next);
                }
            }
        }
        if matches!(loaded.service.state, State::Dead | State::Failed) {
            process::remove_runtime_directory(&self.setup.scratch, &loaded.service);
        }
        self.changed.notify_all();
    }

    /// A process that could not be started has ended at once.
    fn carry_out(
        self: &Arc<Self>,
        loaded: &mut Loaded,
        effect: Effect,
        now: &super::service::Now,
    ) -> Option<Event> {
        let name = loaded.service.name.clone();
        match effect {
            Effect::Run { exec, main } => {
                loaded.runs += 1;
                let run = loaded.runs;
                if main {
                    loaded.main_started = super::service::Stamp {
                        since_boot: now.since_boot,
                        real: now.real,
                    };
                }
                match process::start(self, &loaded.service, &exec) {
                    Ok(process) => {
                        let process = Arc::new(process);
                        loaded.process = Some(process.clone());
                        self.watch(name, run, process);
                    }
                    Err(failure) => {
                        loaded.process = None;
                        self.journal
                            .add(&name, now.real, "systemd", 1, &failure.words);
                        return Some(Event::Ended(Ended::Code(failure.code)));
                    }
                }
            }
            Effect::Signal(signal) => {
                if let Some(process) = &loaded.process {
                    process.signal(signal);
                }
            }
            Effect::Timer(after) => {
                loaded.deadline = after.and_then(|after| Instant::now().checked_add(after));
            }
            Effect::Log(text) => self.journal.add(&name, now.real, "systemd", 1, &text),
            Effect::StartDone(done) => loaded.start_done = Some(done),
        }
        None
    }

    fn watch(self: &Arc<Self>, name: String, run: u64, process: Arc<Process>) {
        let shared = Arc::clone(self);
        let wait = move || {
            let ended = process.wait();
            let mut units = shared.lock();
            if let Some(loaded) = units.loaded.get_mut(&name)
                && loaded.runs == run
            {
                shared.event(&mut units, &name, Event::Ended(ended));
                if let Some(loaded) = units.loaded.get_mut(&name)
                    && loaded.runs == run
                {
                    loaded.process = None;
                }
                shared.changed.notify_all();
            }
        };
        // Without a thread the unit would look active for ever; the machine is out of threads then.
        let _ = std::thread::Builder::new()
            .name("service".into())
            .spawn(wait);
    }

    /// Fires the timers that have run out; when the next one does.
    fn fire_timers(self: &Arc<Self>, units: &mut Units) -> Option<Instant> {
        let now = Instant::now();
        let due: Vec<String> = units
            .loaded
            .iter()
            .filter(|(_, loaded)| loaded.deadline.is_some_and(|deadline| deadline <= now))
            .map(|(name, _)| name.clone())
            .collect();
        for name in due {
            if let Some(loaded) = units.loaded.get_mut(&name) {
                loaded.deadline = None;
            }
            self.event(units, &name, Event::Timer);
        }
        units.loaded.values().filter_map(|l| l.deadline).min()
    }
}

fn run_timers(shared: &Weak<Shared>) {
    while let Some(shared) = shared.upgrade() {
        let mut units = shared.lock();
        if units.closing {
            return;
        }
        let next = shared.fire_timers(&mut units);
        let pause = next.map_or(Duration::from_secs(3600), |next| {
            next.saturating_duration_since(Instant::now())
        });
        drop(
            shared
                .changed
                .wait_timeout(units, pause)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}
