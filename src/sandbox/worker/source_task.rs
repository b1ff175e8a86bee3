//! A source task: it polls its partitions of the hub one after the other, each for as long as its time-out when nothing
//! comes, hands everything to Kafka after the last one, and remembers offsets as WorkerSourceTask does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::converter::Converter;
use super::define::{Props, number, text};
use super::exception::Exception;
use super::log;
use super::plugins::Generation;
use super::producer::Producer;
use super::receiver::{Endpoint, Event, Position, Receiver};
use super::source_settings as settings;
use super::task::{State, Task};
use super::telemetry::Telemetry;
use crate::sandbox::http::lock;

const WORKER_TASK: &str = "org.apache.kafka.connect.runtime.WorkerSourceTask";
const COMMITTER: &str = "org.apache.kafka.connect.runtime.SourceTaskOffsetCommitter";
/// Longer than anybody waits: what a ReceiveTimeout of 0 comes to with the real connector.
const NEVER: Duration = Duration::from_secs(86_400);

/// Runs until the task is told to end or something is thrown. `props`: the task's settings, resolved.
pub fn run(task: &Arc<Task>, props: &Props) -> Result<(), Exception> {
    let mut source = Source::start(task, props)?;
    let id = task.id();
    let logger = &task.runtime.log;
    logger.info(
        WORKER_TASK,
        format!("WorkerSourceTask{{id={id}}} Source task finished initialization and start"),
    );
    task.status.set(State::Running);
    logger.info(
        WORKER_TASK,
        format!("WorkerSourceTask{{id={id}}} Executing source task"),
    );
    let commits = Arc::clone(&source.commits);
    let committer = commits.spawn(task);
    let result = source.execute();
    logger.info(
        source.task_logger(),
        format!("Stopping {}", source.task_name()),
    );
    // The last offsets, unless nobody waits for this task any more; a failure of its own changes nothing about what
    // was acknowledged before.
    if !task.control.is_cancelled() {
        let drained = source
            .producer
            .drain(task, task.millis("offset.flush.timeout.ms"));
        commits.add(&drained.unwrap_or_default());
        if !task.control.is_cancelled() {
            commits.commit(task);
        }
    }
    task.control.finish();
    if let Some(committer) = committer {
        // It only waits for the end that was just told.
        let _ = committer.join();
    }
    result
}

struct Source<'a> {
    task: &'a Arc<Task>,
    receivers: Vec<(u32, Receiver)>,
    producer: Producer,
    commits: Arc<Commits>,
    converter: Converter,
    entity: String,
    batch: i64,
    wait: Duration,
}

impl<'a> Source<'a> {
    fn start(task: &'a Arc<Task>, props: &Props) -> Result<Self, Exception> {
        let to = Endpoint::parse(
            props
                .get(settings::CONNECTION_STRING)
                .map_or("", String::as_str),
        );
        let of = |key| text(settings::KEYS, props, key);
        let partitions: BTreeMap<u32, String> = props
            .get(settings::TASK_PARTITIONS)
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        let seconds = match task.generation {
            Generation::Later => number(settings::KEYS, props, settings::RECEIVE_TIMEOUT),
            Generation::Release06 => 60,
        };
        let mut source = Self {
            producer: Producer::new(task, &of(settings::TOPIC))?,
            commits: Arc::new(Commits::new(task, &to.entity)),
            converter: Converter::of("value", &task.settings, &task.runtime.worker),
            entity: to.entity.clone(),
            batch: number(settings::KEYS, props, settings::BATCH_SIZE),
            wait: match u64::try_from(seconds) {
                Ok(seconds) if seconds > 0 => Duration::from_secs(seconds),
                _ => NEVER,
            },
            task,
            receivers: Vec::new(),
        };
        // The real one's map happens to count down; nobody may rely on an order.
        let order: Vec<String> = partitions.keys().rev().map(u32::to_string).collect();
        source.log(&format!(
            "Starting {} for partitions {}",
            source.task_name(),
            order.join(",")
        ));
        let start_time = start_time(&of(settings::START_TIME));
        let group = of(settings::GROUP);
        for (partition, configured) in partitions.iter().rev() {
            let position = source.position(*partition, start_time, configured);
            let (tls, log) = (&task.runtime.tls, &task.runtime.log);
            let receiver =
                Receiver::open(&to, &group, *partition, position, task.generation, tls, log)?;
            source.receivers.push((*partition, receiver));
        }
        Ok(source)
    }

    /// A saved offset counts more than a start time, a start time more than a configured offset.
    fn position(
        &self,
        partition: u32,
        start: Option<jiff::Timestamp>,
        configured: &str,
    ) -> Position {
        if let Some(saved) = self.saved(partition) {
            self.log(&format!(
                "Setting up partition receiver {partition} with previously saved offset {saved}"
            ));
            return Position::Offset(saved);
        }
        if let Some(start) = start {
            self.log(&format!(
                "Setting up partition receiver {partition} with start time Some({start})"
            ));
            return Position::Time(start.as_millisecond());
        }
        self.log(&format!(
            "Setting up partition receiver {partition} with offset {configured}"
        ));
        Position::Offset(configured.to_owned())
    }

    fn saved(&self, partition: u32) -> Option<String> {
        let stored = self
            .task
            .runtime
            .offsets
            .get(&self.commits.key(partition))?;
        let stored: BTreeMap<String, String> = serde_json::from_str(&stored).ok()?;
        let offset = stored.get("EventHubOffset")?.clone();
        (!offset.trim().is_empty()).then_some(offset)
    }

    fn execute(&mut self) -> Result<(), Exception> {
        let control = &self.task.control;
        while !control.is_stopping() {
            // Only what was acknowledged when a poll begins can be committed: a task that is given up inside its poll
            // forgets the rest.
            self.commits.add(&self.producer.acknowledged(self.task)?);
            if control.is_paused() {
                self.task.status.set(State::Paused);
                control.wait_while_paused();
                if !control.is_stopping() {
                    self.task.status.set(State::Running);
                }
                continue;
            }
            self.task.ordered_failure()?;
            if self.task.runtime.faults.never_polls {
                control.wait_for_stop(NEVER);
                continue;
            }
            for (partition, event) in self.poll()? {
                let offset = event.offset.clone();
                let value = Telemetry::of(event).bytes(self.converter)?;
                self.producer.send(self.task, partition, offset, value)?;
            }
        }
        Ok(())
    }

    fn poll(&mut self) -> Result<Vec<(u32, Event)>, Exception> {
        let mut all = Vec::new();
        for index in 0..self.receivers.len() {
            let partition = self.receivers[index].0;
            let events = self.read(index).map_err(|error| {
                self.task.runtime.log.error(
                    self.task_logger(),
                    format!("Error while polling for data. Exception - {error} Stack trace - ()"),
                    None,
                );
                Exception::connect("Error while polling for data").caused_by(error)
            })?;
            if self.task.generation == Generation::Later {
                self.log(&format!(
                    "Polling for data - Obtained {} SourceRecords from {}:{partition}",
                    events.len(),
                    self.entity
                ));
            }
            all.extend(events.into_iter().map(|event| (partition, event)));
        }
        if self.task.generation == Generation::Release06 {
            self.log(&format!(
                "Polling for data - Obtained {} SourceRecords from IotHub",
                all.len()
            ));
        }
        Ok(all)
    }

    /// Reads until the batch is full or the time-out passed without an event.
    fn read(&mut self, index: usize) -> Result<Vec<Event>, Exception> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let missing = self.batch - i64::try_from(events.len()).unwrap_or(i64::MAX);
            if missing <= 0 {
                return Ok(events);
            }
            let (partition, receiver) = &mut self.receivers[index];
            match receiver.receive(missing, self.wait) {
                Ok(more) if more.is_empty() => return Ok(events),
                Ok(more) => events.extend(more),
                Err(error) => {
                    let partition = *partition;
                    self.log_read_error(partition, &error);
                    return Err(error);
                }
            }
        }
    }

    fn log_read_error(&self, partition: u32, error: &Exception) {
        let (logger, hub) = match self.task.generation {
            Generation::Later => (
                "com.microsoft.azure.iot.kafka.connect.source.IotHubPartitionSource",
                format!("eventHub {} ", self.entity),
            ),
            Generation::Release06 => (
                "com.microsoft.azure.iot.kafka.connect.IotHubPartitionSource",
                String::new(),
            ),
        };
        self.task.runtime.log.error(
            logger,
            format!(
                "Error while getting SourceRecords for {hub}partition {partition}. Exception - {error} Stack trace - ()"
            ),
            None,
        );
    }

    #[track_caller]
    fn log(&self, words: &str) {
        self.task.runtime.log.info(self.task_logger(), words);
    }

    fn task_name(&self) -> &'static str {
        "IotHubSourceTask"
    }

    fn task_logger(&self) -> &'static str {
        match self.task.generation {
            Generation::Later => "com.microsoft.azure.iot.kafka.connect.source.IotHubSourceTask",
            Generation::Release06 => "com.microsoft.azure.iot.kafka.connect.IotHubSourceTask",
        }
    }
}

/// A start time that cannot be read is passed over in silence, as the real connector does.
fn start_time(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim().to_ascii_uppercase();
    text.ends_with('Z').then(|| text.parse().ok())?
}

/// The offsets of a task that may be written, and their writing.
struct Commits {
    connector: String,
    entity: String,
    waiting: Mutex<BTreeMap<u32, String>>,
}

impl Commits {
    fn new(task: &Task, entity: &str) -> Self {
        Self {
            connector: task.connector.clone(),
            entity: entity.to_owned(),
            waiting: Mutex::default(),
        }
    }

    /// Connect's own key: the connector's name and the source partition.
    fn key(&self, partition: u32) -> String {
        let place = format!(
            "{{\"EventHubName\":{},\"EventHubPartition\":\"{partition}\"}}",
            json!(self.entity)
        );
        format!("[{},{place}]", json!(self.connector))
    }

    fn add(&self, offsets: &BTreeMap<u32, String>) {
        lock(&self.waiting).extend(offsets.iter().map(|(p, o)| (*p, o.clone())));
    }

    fn spawn(self: &Arc<Self>, task: &Arc<Task>) -> Option<std::thread::JoinHandle<()>> {
        let (commits, task) = (Arc::clone(self), Arc::clone(task));
        let interval = task
            .millis("offset.flush.interval.ms")
            .max(Duration::from_millis(1));
        let work = move || {
            log::set_context(format!(
                "[{}|task-{}|offsets] ",
                task.connector, task.number
            ));
            while !task
                .control
                .wait_for_end(std::time::Instant::now() + interval)
            {
                commits.commit(&task);
            }
        };
        std::thread::Builder::new()
            .name("offsets".to_owned())
            .spawn(work)
            .ok()
    }

    /// Nothing waiting: nothing is written. What cannot be written waits on.
    fn commit(&self, task: &Task) {
        // Taken only when written, under the lock: two flushes at a time must not overtake each other.
        let mut waiting = lock(&self.waiting);
        if waiting.is_empty() {
            return;
        }
        let values = waiting.iter().map(|(partition, offset)| {
            (
                self.key(*partition),
                json!({ "EventHubOffset": offset }).to_string(),
            )
        });
        let Err(error) = task.runtime.offsets.set(values) else {
            waiting.clear();
            return;
        };
        drop(waiting);
        let (log, id) = (&task.runtime.log, task.id());
        log.error(
            WORKER_TASK,
            format!("WorkerSourceTask{{id={id}}} Flush of offsets threw an unexpected exception: "),
            Some(&error.executed()),
        );
        log.error(
            COMMITTER,
            format!("WorkerSourceTask{{id={id}}} Failed to commit offsets"),
            None,
        );
    }
}
