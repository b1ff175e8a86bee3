//! A sink task: a member of the group `connect-NAME` that sends each record to its device, in order, and ends at the
//! first thing that goes wrong, with that batch uncommitted; as WorkerSinkTask and the connector do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use super::converter::Converter;
use super::define::{Props, text};
use super::exception::Exception;
use super::log::{Log, within};
use super::message::{Message, convert};
use super::plugins::Generation;
use super::producer::warn_of;
use super::sender::Sender;
use super::sink_settings as settings;
use super::task::{State, Task};
use crate::sandbox::http::lock;

const WORKER_TASK: &str = "org.apache.kafka.connect.runtime.WorkerSinkTask";
const TASK: &str = "com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkTask";
const CLIENT: &str = "org.apache.kafka.clients.NetworkClient";
/// librdkafka has no wake-up: a stop is seen within this time.
const SLICE: Duration = Duration::from_millis(100);

/// Runs until the task is told to end or something is thrown. `props`: the task's settings, resolved.
pub fn run(task: &Arc<Task>, props: &Props) -> Result<(), Exception> {
    let group = Group::join(task, props)?;
    let (log, id) = (&task.runtime.log, task.id());
    log.info(TASK, "Starting IotHub Sink");
    let of = |key| text(settings::KEYS, props, key);
    let sender = Sender::of(
        &of(settings::CONNECTION_STRING),
        &of(settings::ACKNOWLEDGEMENT),
        task.generation,
        &task.runtime.tls,
    )?;
    log.info(
        WORKER_TASK,
        format!("WorkerSinkTask{{id={id}}} Sink task finished initialization and start"),
    );
    task.status.set(State::Running);
    log.info(
        WORKER_TASK,
        format!("WorkerSinkTask{{id={id}}} Executing sink task"),
    );
    let mut sink = Sink {
        task,
        sender,
        group,
    };
    let result = sink.execute();
    // What was delivered before is committed even when the task fails; its last batch is not.
    if !task.control.is_cancelled() {
        sink.group.commit(CommitMode::Sync);
    }
    log.info(TASK, "Stopping IotHubSink Task");
    log.info(TASK, "Closing IotHub clients");
    result
}

struct Sink<'a> {
    task: &'a Arc<Task>,
    sender: Sender,
    group: Group,
}

impl Sink<'_> {
    fn execute(&mut self) -> Result<(), Exception> {
        let task = self.task;
        let interval = task.millis("offset.flush.interval.ms");
        let mut next_commit = Instant::now() + interval;
        while !task.control.is_stopping() {
            task.ordered_failure()?;
            if task.runtime.faults.never_polls {
                task.control.wait_for_stop(interval);
                continue;
            }
            if Instant::now() >= next_commit {
                self.group.commit(CommitMode::Async);
                next_commit = Instant::now() + interval;
            }
            let paused = self.group.pause(task);
            let batch = self.group.poll(task, next_commit);
            if !batch.is_empty() || !(paused || task.control.is_stopping()) {
                self.deliver(&batch)?;
            }
        }
        Ok(())
    }

    fn deliver(&self, batch: &[Record]) -> Result<(), Exception> {
        let converter = Converter::of("value", &self.task.settings, &self.task.runtime.worker);
        // The whole batch is converted before the task sees any of it.
        let converted: Vec<_> = batch
            .iter()
            .map(|record| convert(record.value.as_deref(), converter))
            .collect::<Result<_, _>>()?;
        self.put(&converted).map_err(|error| {
            let id = self.task.id();
            self.task.runtime.log.error(
                WORKER_TASK,
                format!("WorkerSinkTask{{id={id}}} Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted. Error: {}", error.message.as_deref().unwrap_or("null")),
                Some(&error),
            );
            Exception::connect("Exiting WorkerSinkTask due to unrecoverable exception.").caused_by(error)
        })?;
        self.group.delivered(batch);
        Ok(())
    }

    fn put(&self, batch: &[super::message::Converted]) -> Result<(), Exception> {
        let log = &self.task.runtime.log;
        // The real line ends in a blank, too.
        log.info(
            TASK,
            format!("Received {} messages to be sent to devices. ", batch.len()),
        );
        for converted in batch {
            let message = Message::of(converted)?;
            let line = format!("Sending c2d message {}", message.shown());
            match self.task.generation {
                Generation::Later => log.info(TASK, line),
                Generation::Release06 => log.debug(TASK, line),
            }
            self.sender.send(&message)?;
        }
        log.info(
            TASK,
            format!("Started tasks to send {} messages to devices.", batch.len()),
        );
        Ok(())
    }
}

struct Record {
    topic: String,
    partition: i32,
    offset: i64,
    value: Option<Vec<u8>>,
}

/// The consumer, and where it stands.
struct Group {
    consumer: BaseConsumer<Positions>,
    most: usize,
    name: String,
    topic: String,
    missing: bool,
    asked: u32,
}

type Delivered = BTreeMap<(String, i32), i64>;

/// Positions after what was delivered; those that were not committed yet.
struct Positions {
    delivered: Mutex<Delivered>,
    log: Arc<Log>,
    name: String,
    id: String,
    context: String,
}

impl ClientContext for Positions {
    fn error(&self, error: KafkaError, reason: &str) {
        within(self.context.clone(), || {
            warn_of(&self.log, &self.name, &error, reason)
        });
    }
}

impl ConsumerContext for Positions {
    /// Partitions that go to another task take their position with them.
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(_) = rebalance {
            commit(consumer, self, CommitMode::Sync);
        }
    }

    fn commit_callback(&self, result: Result<(), KafkaError>, _: &TopicPartitionList) {
        if let Err(error) = result {
            within(self.context.clone(), || self.log_commit(&error));
        }
    }
}

impl Positions {
    fn log_commit(&self, error: &KafkaError) {
        // Nothing to commit is no failure.
        if error.rdkafka_error_code() == Some(Code::NoOffset) {
            return;
        }
        let cause = Exception::new(
            "org.apache.kafka.clients.consumer.CommitFailedException",
            error.to_string(),
        );
        self.log.error(
            WORKER_TASK,
            format!(
                "WorkerSinkTask{{id={}}} Commit of offsets threw an unexpected exception",
                self.id
            ),
            Some(&cause),
        );
    }
}

fn commit(consumer: &BaseConsumer<Positions>, positions: &Positions, mode: CommitMode) {
    let delivered = std::mem::take(&mut *lock(&positions.delivered));
    if delivered.is_empty() {
        return;
    }
    let mut list = TopicPartitionList::new();
    for ((topic, partition), next) in &delivered {
        // An offset that Kafka gave is one that the list takes.
        let _ = list.add_partition_offset(topic, *partition, Offset::Offset(*next));
    }
    if let Err(error) = consumer.commit(&list, mode) {
        positions.log_commit(&error);
    }
}

impl Group {
    fn join(task: &Arc<Task>, props: &Props) -> Result<Self, Exception> {
        let id = format!("connector-consumer-{}", task.id());
        let group = format!("connect-{}", task.connector);
        let name = format!("[Consumer clientId={id}, groupId={group}]");
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", task.runtime.bootstrap())
            .set("group.id", &group)
            .set("client.id", &id)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // Connect's own default, which sends a whole backlog at the first start.
            .set("auto.offset.reset", "earliest")
            .set("enable.metrics.push", "false");
        for (key, value) in task.client_settings("consumer") {
            config.set(key, value);
        }
        let context = Positions {
            delivered: Mutex::default(),
            log: Arc::clone(&task.runtime.log),
            name: name.clone(),
            id: task.id(),
            context: task.context(),
        };
        let failed = |error: KafkaError| {
            let cause = Exception::config(error.to_string());
            Exception::new(
                "org.apache.kafka.common.KafkaException",
                "Failed to construct kafka consumer",
            )
            .caused_by(cause)
        };
        let consumer: BaseConsumer<Positions> =
            config.create_with_context(context).map_err(failed)?;
        let topics = text(settings::TOPICS, props, "topics");
        let regex = props
            .get("topics.regex")
            .map(|regex| format!("^{}", regex.trim()));
        let names: Vec<&str> = match &regex {
            Some(regex) => vec![regex],
            None => topics
                .split(',')
                .map(str::trim)
                .filter(|topic| !topic.is_empty())
                .collect(),
        };
        consumer.subscribe(&names).map_err(failed)?;
        let most = props
            .get("consumer.override.max.poll.records")
            .or_else(|| task.runtime.worker.get("consumer.max.poll.records"));
        Ok(Self {
            consumer,
            most: most
                .and_then(|most| most.trim().parse().ok())
                .unwrap_or(500)
                .max(1),
            name,
            topic: names.first().copied().unwrap_or_default().to_owned(),
            missing: false,
            asked: 0,
        })
    }

    /// Until something has come (then all that is there, up to the most at once), the time is over or the task is to
    /// end.
    fn poll(&mut self, task: &Task, until: Instant) -> Vec<Record> {
        let mut batch = Vec::new();
        while batch.len() < self.most {
            let left = until.saturating_duration_since(Instant::now());
            let wait = match batch.is_empty() {
                true => SLICE.min(left),
                false => Duration::ZERO,
            };
            match self.consumer.poll(wait) {
                Some(Ok(message)) => batch.push(Record {
                    topic: message.topic().to_owned(),
                    partition: message.partition(),
                    offset: message.offset(),
                    value: message.payload().map(<[u8]>::to_vec),
                }),
                Some(Err(error)) => self.warn(task, &error),
                None if !batch.is_empty() || left.is_zero() || task.control.is_stopping() => break,
                None if task.control.is_paused() => break,
                None => self.warn_of_missing(task),
            }
        }
        batch
    }

    fn warn(&mut self, task: &Task, error: &KafkaError) {
        match error.rdkafka_error_code() {
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => self.missing = true,
            _ => warn_of(&task.runtime.log, &self.name, error, &error.to_string()),
        }
    }

    /// The Java client warns every 100 ms as long as the topic is not there; librdkafka says it once.
    fn warn_of_missing(&mut self, task: &Task) {
        if !self.missing {
            return;
        }
        self.asked += 1;
        let metadata = self
            .consumer
            .client()
            .fetch_metadata(Some(&self.topic), SLICE * 20);
        let found = metadata.is_ok_and(|metadata| {
            let found = metadata
                .topics()
                .iter()
                .find(|topic| topic.name() == self.topic);
            found.is_some_and(|topic| topic.error().is_none())
        });
        match found {
            true => self.missing = false,
            false => task.runtime.log.warn(
                CLIENT,
                format!(
                    "{} Error while fetching metadata with correlation id {} : {{{}=UNKNOWN_TOPIC_OR_PARTITION}}",
                    self.name, self.asked, self.topic
                ),
            ),
        }
    }

    /// Follows what the task was told; whether it is paused. A partition that comes later is paused at the next call.
    fn pause(&self, task: &Task) -> bool {
        let paused = task.control.is_paused();
        let was = task
            .status
            .get()
            .is_some_and(|(state, _)| state == State::Paused);
        if !paused && !was {
            return false;
        }
        if let Ok(all) = self.consumer.assignment() {
            // A partition that was just taken away needs neither.
            let _ = match paused {
                true => self.consumer.pause(&all),
                false => self.consumer.resume(&all),
            };
        }
        task.status.set(if paused {
            State::Paused
        } else {
            State::Running
        });
        paused
    }

    fn delivered(&self, batch: &[Record]) {
        let mut delivered = lock(&self.consumer.context().delivered);
        for record in batch {
            delivered.insert((record.topic.clone(), record.partition), record.offset + 1);
        }
    }

    fn commit(&self, mode: CommitMode) {
        commit(&self.consumer, self.consumer.context(), mode);
    }
}
