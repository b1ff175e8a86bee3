//! The producer of a source task: records out, acknowledgements in, and the warnings of a Java client about a topic
//! that is not there. Here: delivery; which offsets follow from it is told by partition of the hub.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};

use super::exception::Exception;
use super::log::{Log, within};
use super::task::Task;
use crate::sandbox::http::lock;

const CLIENT: &str = "org.apache.kafka.clients.NetworkClient";
/// As often as a Java client asks for a topic's metadata again (`retry.backoff.ms`).
const AGAIN: Duration = Duration::from_millis(100);
const ASK: Duration = Duration::from_secs(5);

pub struct Producer {
    client: BaseProducer<Delivered>,
    name: String,
    log: Arc<Log>,
    topic: String,
    topic_known: bool,
    asked: u32,
    next: usize,
    /// Records without an answer, to be sent again if their topic vanished.
    unanswered: HashMap<usize, Vec<u8>>,
    /// By partition of the hub, in the order sent: number, offset, answered.
    submitted: BTreeMap<u32, VecDeque<(usize, String, bool)>>,
}

/// Results, as librdkafka tells them while it is polled.
struct Delivered {
    results: Mutex<Vec<(usize, Option<KafkaError>)>>,
    name: String,
    context: String,
    log: Arc<Log>,
}

impl ClientContext for Delivered {
    fn error(&self, error: KafkaError, reason: &str) {
        within(self.context.clone(), || {
            warn_of(&self.log, &self.name, &error, reason)
        });
    }
}

/// A client's error as a warning of the Java client; its text comes from brokers and has no control characters.
pub fn warn_of(log: &Log, name: &str, error: &KafkaError, reason: &str) {
    if matches!(error.rdkafka_error_code(), Some(Code::AllBrokersDown)) {
        return;
    }
    let reason: String = reason
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect();
    log.warn(
        CLIENT,
        format!("{name} Connection to a node could not be established. Broker may not be available. ({reason})"),
    );
}

impl ProducerContext for Delivered {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let error = result.as_ref().err().map(|(error, _)| error.clone());
        lock(&self.results).push((number, error));
    }
}

impl Producer {
    pub fn new(task: &Task, topic: &str) -> Result<Self, Exception> {
        let id = format!("connector-producer-{}", task.id());
        let name = format!("[Producer clientId={id}]");
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", task.runtime.bootstrap())
            .set("client.id", &id)
            .set("acks", "all")
            .set("linger.ms", "0")
            // Connect never gives a record up.
            .set("message.timeout.ms", "0")
            .set("enable.metrics.push", "false");
        for (key, value) in task.client_settings("producer") {
            config.set(key, value);
        }
        let context = Delivered {
            results: Mutex::default(),
            name: name.clone(),
            context: task.context(),
            log: Arc::clone(&task.runtime.log),
        };
        let client = config.create_with_context(context).map_err(|error| {
            let cause = Exception::config(error.to_string());
            Exception::new(
                "org.apache.kafka.common.KafkaException",
                "Failed to construct kafka producer",
            )
            .caused_by(cause)
        })?;
        Ok(Self {
            client,
            name,
            log: Arc::clone(&task.runtime.log),
            topic: topic.to_owned(),
            topic_known: false,
            asked: 0,
            next: 0,
            unanswered: HashMap::new(),
            submitted: BTreeMap::new(),
        })
    }

    /// Hands a record over. Blocks while the topic is not known, as long as the task is not given up.
    pub fn send(
        &mut self,
        task: &Task,
        partition: u32,
        offset: String,
        value: Vec<u8>,
    ) -> Result<(), Exception> {
        let number = self.next;
        self.next += 1;
        let waiting = self.submitted.entry(partition).or_default();
        waiting.push_back((number, offset, false));
        self.unanswered.insert(number, value);
        self.transmit(task, number)
    }

    fn transmit(&mut self, task: &Task, number: usize) -> Result<(), Exception> {
        self.await_topic(task);
        while !task.control.is_cancelled() {
            let Some(value) = self.unanswered.get(&number) else {
                return Ok(());
            };
            let record =
                BaseRecord::<(), [u8], usize>::with_opaque_to(&self.topic, number).payload(value);
            match self.client.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), _)) => {
                    self.client.poll(AGAIN);
                }
                Err((
                    KafkaError::MessageProduction(
                        Code::UnknownTopic | Code::UnknownTopicOrPartition,
                    ),
                    _,
                )) => {
                    self.topic_known = false;
                    self.await_topic(task);
                }
                Err((error, _)) => return Err(unrecoverable(&error)),
            }
        }
        Ok(())
    }

    /// Asks for the topic every 100 ms and warns each time, as the Java client does.
    fn await_topic(&mut self, task: &Task) {
        while !self.topic_known && !task.control.is_cancelled() {
            self.asked += 1;
            match self.client.client().fetch_metadata(Some(&self.topic), ASK) {
                Ok(metadata) => {
                    let found = metadata
                        .topics()
                        .iter()
                        .find(|topic| topic.name() == self.topic);
                    self.topic_known = found.is_some_and(|topic| topic.error().is_none());
                    if self.topic_known {
                        return;
                    }
                    self.log.warn(
                        CLIENT,
                        format!(
                            "{} Error while fetching metadata with correlation id {} : {{{}=UNKNOWN_TOPIC_OR_PARTITION}}",
                            self.name, self.asked, self.topic
                        ),
                    );
                }
                Err(error) => warn_of(&self.log, &self.name, &error, &error.to_string()),
            }
            self.client.poll(Duration::ZERO);
            std::thread::sleep(AGAIN);
        }
    }

    /// Takes the answers that have come. Per partition of the hub the newest offset up to which all is acknowledged.
    pub fn acknowledged(&mut self, task: &Task) -> Result<BTreeMap<u32, String>, Exception> {
        self.client.poll(Duration::ZERO);
        let results = std::mem::take(&mut *lock(&self.client.context().results));
        for (number, error) in results {
            match error.and_then(|error| error.rdkafka_error_code().map(|code| (error, code))) {
                None => {
                    self.unanswered.remove(&number);
                    self.answered(number);
                }
                Some((
                    _,
                    Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::UnknownPartition,
                )) => {
                    self.topic_known = false;
                    self.transmit(task, number)?;
                }
                Some((error, _)) => return Err(unrecoverable(&error)),
            }
        }
        let mut newest = BTreeMap::new();
        for (partition, waiting) in &mut self.submitted {
            while let Some((_, offset, true)) = waiting.front() {
                newest.insert(*partition, offset.clone());
                waiting.pop_front();
            }
        }
        Ok(newest)
    }

    /// Waits until everything is answered, or the time is over.
    pub fn drain(
        &mut self,
        task: &Task,
        timeout: Duration,
    ) -> Result<BTreeMap<u32, String>, Exception> {
        let deadline = Instant::now() + timeout;
        let mut newest = self.acknowledged(task)?;
        while !self.unanswered.is_empty()
            && Instant::now() < deadline
            && !task.control.is_cancelled()
        {
            self.client.poll(Duration::from_millis(20));
            newest.extend(self.acknowledged(task)?);
        }
        Ok(newest)
    }

    fn answered(&mut self, number: usize) {
        for waiting in self.submitted.values_mut() {
            if let Some(entry) = waiting.iter_mut().find(|(own, _, _)| *own == number) {
                entry.2 = true;
            }
        }
    }
}

fn unrecoverable(error: &KafkaError) -> Exception {
    let cause = Exception::new("org.apache.kafka.common.KafkaException", error.to_string());
    Exception::connect("Unrecoverable exception from producer send callback").caused_by(cause)
}
