//! The worker as a process: its arguments and environment, its signals, and the status that it ends with. What happens
//! in between is in the module above.

use std::io::Write;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::SignedDuration;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::exception::Exception;
use super::faults::{self, Crash, Faults};
use super::herder::Herder;
use super::log::Log;
use super::log4j::{Config, system_properties};
use super::{CONNECT, HERDER, REST, STANDALONE, STORE, Start, WORKER_CLASS};

/// What the environment says to a worker.
#[derive(Debug, Default)]
struct Environment {
    /// `KAFKA_LOG4J_OPTS`
    log4j: String,
    /// `LOG_DIR`
    log_dir: String,
    /// `CLASSPATH`: where a jar lies that was put into Kafka's libs.
    class_path: String,
    /// `KAFKA_OPTS`
    options: String,
    faults: Option<String>,
    authority: Option<String>,
}

impl Environment {
    fn of_process() -> Self {
        let text = |name: &str| std::env::var(name).ok();
        Self {
            log4j: text("KAFKA_LOG4J_OPTS").unwrap_or_default(),
            log_dir: text("LOG_DIR").unwrap_or_default(),
            class_path: text("CLASSPATH").unwrap_or_default(),
            options: text("KAFKA_OPTS").unwrap_or_default(),
            faults: text(faults::VARIABLE),
            authority: text(super::CA_VARIABLE),
        }
    }
}

enum Event {
    Signal(i32),
    /// The start has failed; the status to end with.
    Failed(u8),
    /// A fault.
    Crash(Crash),
}

/// What is there so far, for whoever ends it.
#[derive(Default)]
struct Progress {
    herder: OnceLock<Arc<Herder>>,
    created: OnceLock<()>,
}

/// Runs `CLASS WORKER.properties CONNECTOR.properties…` until it is told to end; the status to exit with. `out` makes
/// standard output anew for each console appender, `errors` is standard error.
pub fn run(
    arguments: &[String],
    out: impl FnMut() -> Box<dyn Write + Send>,
    errors: &mut dyn Write,
) -> u8 {
    match prepare(arguments, out, errors) {
        Ok((log, faults, tls, environment)) => {
            let Some([_, worker, connectors @ ..]) = Some(arguments) else {
                return 1;
            };
            live(worker, connectors, &environment, log, faults, tls)
        }
        Err(words) => {
            // Whoever started it without a log has only this.
            let _ = writeln!(errors, "{words}");
            1
        }
    }
}

type Prepared = (Arc<Log>, Faults, Arc<rustls::ClientConfig>, Environment);

fn prepare(
    arguments: &[String],
    out: impl FnMut() -> Box<dyn Write + Send>,
    errors: &mut dyn Write,
) -> Result<Prepared, String> {
    match arguments {
        [] => return Err("a class is missing".to_owned()),
        [class, ..] if class != STANDALONE => {
            return Err(format!("Error: Could not find or load main class {class}"));
        }
        [_] => {
            return Err("Usage: ConnectStandalone worker.properties [connector1.properties connector2.properties ...]".to_owned());
        }
        _ => {}
    }
    let environment = Environment::of_process();
    let all = environment
        .faults
        .as_deref()
        .map(|path| faults::read(path.as_ref()));
    let all = all
        .transpose()
        .map_err(|error| format!("{error:#}"))?
        .unwrap_or_default();
    let names: Vec<String> = arguments[2..]
        .iter()
        .filter_map(|path| super::read_properties(path).ok()?.get("name").cloned())
        .collect();
    let faults = faults::of(&all, &names);
    let authority = match &environment.authority {
        Some(path) => {
            std::fs::read(path).map_err(|error| format!("cannot read {path}: {error}"))?
        }
        // Then no hub is trusted.
        None => Vec::new(),
    };
    let tls = super::channel::tls(&authority).map_err(|error| format!("{error:#}"))?;
    let mut system = system_properties(&environment.log4j);
    let logs = system.entry("kafka.logs.dir".to_owned());
    logs.or_insert_with(|| environment.log_dir.clone());
    let file = system
        .get("log4j.configuration")
        .map(|url| url.trim_start_matches("file:"));
    let config = file.and_then(|path| std::fs::read(path).ok());
    let config = config
        .and_then(|bytes| Config::parse(&bytes, &system))
        .unwrap_or_default();
    let skew = SignedDuration::from_secs(faults.log_skew_s);
    let log = Arc::new(Log::open(config, out, errors, skew));
    Ok((log, faults, tls, environment))
}

fn live(
    worker: &str,
    connectors: &[String],
    environment: &Environment,
    log: Arc<Log>,
    faults: Faults,
    tls: Arc<rustls::ClientConfig>,
) -> u8 {
    let (sender, events) = channel();
    log.info("hdikafka.sandbox.Worker", "This is a stand-in for a Kafka Connect worker, made for rehearsals: it moves messages between Kafka and the sandbox's IoT Hub and cannot reach Azure");
    if environment.authority.is_none() {
        log.warn(
            "hdikafka.sandbox.Worker",
            format!(
                "{} names no authority: no hub will be trusted",
                super::CA_VARIABLE
            ),
        );
    }
    if let Err(error) = watch_signals(sender.clone()) {
        let thrown = Exception::new("java.io.IOException", error.to_string());
        log.error(STANDALONE, "Stopping due to error", Some(&thrown));
        return 2;
    }
    let progress = Arc::new(Progress::default());
    let boot = Boot {
        worker: worker.to_owned(),
        connectors: connectors.to_vec(),
        class_path: environment.class_path.clone(),
        jaas_file: system_properties(&environment.options)
            .remove("java.security.auth.login.config"),
        log: Arc::clone(&log),
        faults: faults.clone(),
        tls,
        progress: Arc::clone(&progress),
        events: sender,
    };
    let spawned = std::thread::Builder::new()
        .name("main".to_owned())
        .spawn(move || boot.run());
    if let Err(error) = spawned {
        let thrown = Exception::new("java.lang.OutOfMemoryError", error.to_string());
        log.error(STANDALONE, "Stopping due to error", Some(&thrown));
        return 2;
    }
    loop {
        match events.recv() {
            Ok(Event::Signal(signal)) => {
                let early = progress.created.get().is_none();
                let hangs = early && faults.hang_on_early_term || faults.hang_on_term;
                stop(&log, &progress, hangs);
                return u8::try_from(128 + signal).unwrap_or(u8::MAX);
            }
            Ok(Event::Failed(status)) => {
                stop(&log, &progress, false);
                return status;
            }
            Ok(Event::Crash(Crash {
                signal: Some(signal),
                ..
            })) => {
                // Only a signal that does not end a process returns.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            Ok(Event::Crash(crash)) => return crash.status,
            // The signals' thread holds an end for ever.
            Err(_) => return 2,
        }
    }
}

/// Connect's shutdown hook. Before there is a herder nothing has to be ended.
fn stop(log: &Log, progress: &Progress, hangs: bool) {
    let Some(herder) = progress.herder.get() else {
        return;
    };
    log.info(CONNECT, "Kafka Connect stopping");
    log.info(REST, "Stopping REST server");
    log.info(HERDER, "Herder stopping");
    if hangs {
        loop {
            std::thread::park();
        }
    }
    herder.stop();
    if herder.runtime.faults.truncate_offsets {
        herder.runtime.offsets.truncate();
    }
    log.info(WORKER_CLASS, "Worker stopping");
    log.info(STORE, "Stopped FileOffsetBackingStore");
    log.info(WORKER_CLASS, "Worker stopped");
    log.info(HERDER, "Herder stopped");
    log.info(CONNECT, "Kafka Connect stopped");
}

/// The start, in a thread of its own so that a signal is heard meanwhile.
struct Boot {
    worker: String,
    connectors: Vec<String>,
    class_path: String,
    jaas_file: Option<String>,
    log: Arc<Log>,
    faults: Faults,
    tls: Arc<rustls::ClientConfig>,
    progress: Arc<Progress>,
    events: Sender<Event>,
}

impl Boot {
    fn run(self) {
        let start = Start {
            log: Arc::clone(&self.log),
            faults: self.faults.clone(),
            worker_file: &self.worker,
            class_path: &self.class_path,
            jaas_file: self.jaas_file.as_deref(),
            tls: Arc::clone(&self.tls),
        };
        let herder = match start.worker() {
            Ok(herder) => herder,
            Err(error) => {
                self.log
                    .error(STANDALONE, "Stopping due to error", Some(&error));
                return self.tell(Event::Failed(2));
            }
        };
        // There is one start only.
        let _ = self.progress.herder.set(Arc::clone(&herder));
        for path in &self.connectors {
            if let Err(error) = self.create(&herder, path) {
                self.log
                    .error(STANDALONE, "Stopping after connector error", Some(&error));
                return self.tell(Event::Failed(3));
            }
        }
        let _ = self.progress.created.set(());
        for line in &self.faults.error_lines {
            self.log.error(WORKER_CLASS, line, None);
        }
        if let Some(crash) = self.faults.crash.clone() {
            std::thread::sleep(Duration::from_millis(crash.after_ms));
            self.tell(Event::Crash(crash));
        }
    }

    fn create(&self, herder: &Herder, path: &str) -> Result<(), Exception> {
        let given = super::read_properties(path)?;
        match herder.create(&given) {
            Ok(name) => {
                self.log
                    .info(STANDALONE, format!("Created connector {name}"));
                Ok(())
            }
            Err(error) => {
                self.log
                    .error(STANDALONE, format!("Failed to create job for {path}"), None);
                Err(error.executed())
            }
        }
    }

    /// Nobody listens only when the process is ending anyhow.
    fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

fn watch_signals(events: Sender<Event>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let work = move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                break;
            }
        }
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(work)
        .map(drop)
}
