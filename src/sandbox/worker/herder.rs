//! StandaloneHerder: all connectors of the worker and their tasks, started, stopped and restarted one order at a time.
//! Here: what there is and in which state; REST's words for it are in `rest`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::Runtime;
use super::connector;
use super::define::{CONNECTOR, Props, text};
use super::exception::Exception;
use super::log::{set_context, within};
use super::plugins::{Direction, Plugin};
use super::task::{Control, State, Status, Task};
use super::{sink_task, source_task};
use crate::sandbox::http::lock;

const WORKER: &str = "org.apache.kafka.connect.runtime.Worker";
const WORKER_TASK: &str = "org.apache.kafka.connect.runtime.WorkerTask";
pub const ALREADY_EXISTS: &str = "org.apache.kafka.connect.errors.AlreadyExistsException";
pub const NOT_FOUND: &str = "org.apache.kafka.connect.errors.NotFoundException";

pub struct Herder {
    pub runtime: Arc<Runtime>,
    connectors: Mutex<BTreeMap<String, Connector>>,
}

/// A connector as it was given, and its tasks.
pub struct Connector {
    pub given: Props,
    pub plugin: Plugin,
    pub state: State,
    pub trace: Option<String>,
    pub tasks: Vec<Running>,
}

/// A task and how to reach it.
pub struct Running {
    pub number: u32,
    /// As the connector gave them: with references of the second step unresolved.
    pub settings: Props,
    pub status: Arc<Status>,
    control: Arc<Control>,
    restarts: u32,
}

/// What a restart is to include.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    pub include_tasks: bool,
    pub only_failed: bool,
}

impl Herder {
    pub fn new(runtime: Arc<Runtime>) -> Self {
        Self {
            runtime,
            connectors: Mutex::default(),
        }
    }

    /// Checks and starts a new connector; its name.
    pub fn create(&self, given: &Props) -> Result<String, Exception> {
        let mut connectors = lock(&self.connectors);
        let plugin = connector::validate(&self.runtime, given)?;
        let name = text(CONNECTOR, given, "name");
        if connectors.contains_key(&name) {
            return Err(Exception::new(
                ALREADY_EXISTS,
                format!("Connector {name} already exists"),
            ));
        }
        let settings = within(format!("[{name}|worker] "), || {
            connector::start(&self.runtime, &plugin, given)
        })?;
        let mut created = Connector {
            given: given.clone(),
            plugin,
            state: State::Running,
            trace: None,
            tasks: Vec::new(),
        };
        for (number, settings) in (0..).zip(settings) {
            let task = self.start_task(&name, &created, number, settings, 0, false);
            created.tasks.push(task);
        }
        connectors.insert(name.clone(), created);
        Ok(name)
    }

    /// Looks at one connector.
    pub fn with<T>(&self, name: &str, look: impl FnOnce(&Connector) -> T) -> Result<T, Exception> {
        let connectors = lock(&self.connectors);
        connectors
            .get(name)
            .map(look)
            .ok_or_else(|| not_found(name))
    }

    pub fn names(&self) -> Vec<String> {
        lock(&self.connectors).keys().cloned().collect()
    }

    /// Takes effect after the poll that is under way.
    pub fn pause(&self, name: &str, paused: bool) -> Result<(), Exception> {
        let mut connectors = lock(&self.connectors);
        let connector = connectors.get_mut(name).ok_or_else(|| not_found(name))?;
        connector.state = if paused {
            State::Paused
        } else {
            State::Running
        };
        connector
            .tasks
            .iter()
            .for_each(|task| task.control.pause(paused));
        Ok(())
    }

    pub fn delete(&self, name: &str) -> Result<(), Exception> {
        let mut connectors = lock(&self.connectors);
        let connector = connectors.remove(name).ok_or_else(|| not_found(name))?;
        self.stop_tasks(name, &connector.tasks);
        connector::stop(&self.runtime, &connector.plugin, name);
        Ok(())
    }

    /// The connector, and if asked for its tasks. `Err` with a class other than [`NOT_FOUND`]: it did not start again,
    /// and is FAILED.
    pub fn restart(&self, name: &str, restart: Restart) -> Result<(), Exception> {
        let mut connectors = lock(&self.connectors);
        let connector = connectors.get_mut(name).ok_or_else(|| not_found(name))?;
        if !restart.only_failed || connector.state == State::Failed {
            connector::stop(&self.runtime, &connector.plugin, name);
            let started = within(format!("[{name}|worker] "), || {
                connector::start(&self.runtime, &connector.plugin, &connector.given)
            });
            connector.trace = started.as_ref().err().map(Exception::trace);
            connector.state = if started.is_ok() {
                State::Running
            } else {
                State::Failed
            };
            started?;
        }
        if restart.include_tasks {
            for index in 0..connector.tasks.len() {
                let failed = connector.tasks[index].state() == Some(State::Failed);
                if failed || !restart.only_failed {
                    self.restart_one(name, connector, index);
                }
            }
        }
        Ok(())
    }

    pub fn restart_task(&self, name: &str, number: u32) -> Result<(), Exception> {
        let mut connectors = lock(&self.connectors);
        let connector = connectors.get_mut(name).ok_or_else(|| not_found(name))?;
        let index = connector
            .tasks
            .iter()
            .position(|task| task.number == number);
        let index = index
            .ok_or_else(|| Exception::new(NOT_FOUND, format!("Task {name}-{number} not found")))?;
        self.restart_one(name, connector, index);
        Ok(())
    }

    /// One connector after the other, as the real one does.
    pub fn stop(&self) {
        let connectors = lock(&self.connectors);
        for (name, connector) in connectors.iter() {
            self.stop_tasks(name, &connector.tasks);
            connector::stop(&self.runtime, &connector.plugin, name);
        }
    }

    fn restart_one(&self, name: &str, connector: &mut Connector, index: usize) {
        let old = &connector.tasks[index];
        self.stop_tasks(name, std::slice::from_ref(old));
        let (number, settings, restarts) = (old.number, old.settings.clone(), old.restarts + 1);
        let paused = connector.state == State::Paused;
        connector.tasks[index] =
            self.start_task(name, connector, number, settings, restarts, paused);
    }

    fn start_task(
        &self,
        name: &str,
        connector: &Connector,
        number: u32,
        settings: Props,
        restarts: u32,
        paused: bool,
    ) -> Running {
        let (status, control) = (Arc::new(Status::default()), Arc::new(Control::default()));
        control.pause(paused);
        let id = format!("{name}-{number}");
        within(format!("[{name}|task-{number}] "), || {
            let (log, plugin) = (&self.runtime.log, &connector.plugin);
            log.info(WORKER, format!("Creating task {id}"));
            let (version, class) = (&plugin.version, connector::task_class(plugin));
            let words = format!("Instantiated task {id} with version {version} of type {class}");
            // References of the second step.
            let resolved = self.runtime.providers.resolve(&settings);
            let started = resolved.and_then(|resolved| {
                log.info(WORKER, words);
                let task = Task {
                    runtime: Arc::clone(&self.runtime),
                    connector: name.to_owned(),
                    number,
                    generation: plugin.generation,
                    settings: settings.clone(),
                    status: Arc::clone(&status),
                    control: Arc::clone(&control),
                    restarts,
                    started: Instant::now(),
                };
                let direction = plugin.direction;
                let thread = std::thread::Builder::new().name(format!("task-thread-{id}"));
                let spawned = thread.spawn(move || run(Arc::new(task), direction, resolved));
                spawned.map(drop).map_err(|error| {
                    Exception::new("java.lang.OutOfMemoryError", error.to_string())
                })
            });
            if let Err(error) = started {
                log.error(WORKER, format!("Failed to start task {id}"), Some(&error));
                status.failed(error.trace());
                control.finish();
            }
        });
        Running {
            number,
            settings,
            status,
            control,
            restarts,
        }
    }

    /// All at once, within one time-out; who is not ready then is given up and commits nothing more.
    fn stop_tasks(&self, name: &str, tasks: &[Running]) {
        let log = &self.runtime.log;
        for task in tasks {
            log.info(WORKER, format!("Stopping task {name}-{}", task.number));
            task.control.stop();
        }
        let deadline = Instant::now() + self.runtime.millis("task.shutdown.graceful.timeout.ms");
        for task in tasks {
            if !task.control.wait_for_end(deadline) {
                log.error(
                    WORKER,
                    format!("Graceful stop of task {name}-{} failed.", task.number),
                    None,
                );
                task.control.cancel();
            }
        }
    }
}

impl Running {
    pub fn state(&self) -> Option<State> {
        self.status.get().map(|(state, _)| state)
    }
}

/// The life of a task's thread.
fn run(task: Arc<Task>, direction: Direction, resolved: Props) {
    set_context(task.context());
    let result = match direction {
        Direction::Source => source_task::run(&task, &resolved),
        Direction::Sink => sink_task::run(&task, &resolved),
    };
    match result {
        Ok(()) => task.status.set(State::Unassigned),
        Err(error) => {
            let kind = match direction {
                Direction::Source => "WorkerSourceTask",
                Direction::Sink => "WorkerSinkTask",
            };
            task.runtime.log.error(
                WORKER_TASK,
                format!("{kind}{{id={}}} Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted", task.id()),
                Some(&error),
            );
            task.status.failed(error.trace());
        }
    }
    task.control.finish();
}

fn not_found(name: &str) -> Exception {
    Exception::new(NOT_FOUND, format!("Connector {name} not found"))
}
