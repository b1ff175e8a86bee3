//! Sending records, each acknowledged by all replicas in sync before it counts.

use super::delivery::{Delivery, Failed, Report, Reports};
use super::error::{KafkaError, is_denial, is_silence, plain};
use super::queue::Queue;
use super::settings::Settings;
use super::watch::Watch;
use rdkafka::error::{KafkaError as Native, RDKafkaErrorCode as Code};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, PurgeConfig, ThreadedProducer};
use rdkafka::types::RDKafkaRespErr;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub topic: String,
    /// Records of one key stay in order: they go to the same partition.
    pub key: Option<String>,
    /// None is a tombstone.
    pub value: Option<Vec<u8>>,
    /// None: by the key, as Kafka's own Java tools would choose.
    pub partition: Option<i32>,
}

/// The same for one of many of a topic, borrowed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Item<'a> {
    pub key: Option<&'a [u8]>,
    pub value: &'a [u8],
    pub partition: Option<i32>,
    pub headers: &'a [(String, Vec<u8>)],
}

/// Where in its topic an acknowledged record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    pub partition: i32,
    pub offset: i64,
}

/// Where an acknowledged record is. `Display` is `iotout-3@812`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Sent {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

impl std::fmt::Display for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}@{}", self.topic, self.partition, self.offset)
    }
}

/// Why a record was not acknowledged. Only after `Unknown` it may be in the topic all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("topic {topic} does not exist")]
    NoSuchTopic { topic: String },
    #[error("partition {partition} of topic {topic} does not exist")]
    NoSuchPartition { topic: String, partition: i32 },
    #[error("the record is larger than the topic takes")]
    TooLarge,
    /// Too few replicas in sync; nothing was written.
    #[error("too few replicas of {topic} are in sync")]
    NotEnoughReplicas { topic: String },
    /// Nothing left this machine.
    #[error(transparent)]
    NotSent(KafkaError),
    #[error("Kafka refused the record: {cause}")]
    Rejected { cause: String },
    /// The request may have arrived and the answer got lost.
    #[error("it is not known whether the record was written: {cause}")]
    Unknown { cause: String },
}

const UNKNOWN_TOPIC: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
/// How long a topic may be unknown before that is believed.
const TOPIC_UNKNOWN_FOR: Duration = Duration::from_secs(2);

/// Sends one record over a connection of its own.
pub fn send(settings: &Settings, record: &Record) -> Result<Sent, SendError> {
    Producer::connect(settings)
        .map_err(SendError::NotSent)?
        .send(record)
}

/// An idempotent producer: what librdkafka sends again by itself is written once.
///
/// A producer's questions about a topic create it where brokers are set up to do that (`auto.create.topics.enable`;
/// HDInsight's are not). Who must not rely on that asks `admin` first.
pub struct Producer {
    /// Never dropped: that would join its polling thread, which takes up to 100 ms. The process ends soon after.
    native: ManuallyDrop<ThreadedProducer<Delivery>>,
    reports: Arc<Reports>,
    /// Of the record that was sent last: a report that comes too late must not be taken for the next one's.
    number: Cell<usize>,
    brokers: String,
    timeout: Duration,
    /// Topics that were found to exist.
    known: RefCell<BTreeSet<String>>,
}

impl Producer {
    /// Makes the client; brokers are contacted when there is something to send.
    pub fn connect(settings: &Settings) -> Result<Self, KafkaError> {
        Self::with(settings, &[("linger.ms", "0")])
    }

    /// As [`Producer::connect`], with the settings that a kind of use adds.
    pub(super) fn with(settings: &Settings, more: &[(&str, &str)]) -> Result<Self, KafkaError> {
        let brokers = settings.brokers.join(",");
        // 0 would be forever.
        let timeout = settings.timeout.as_millis().max(1).to_string();
        let mut own = vec![
            ("acks", "all"),
            ("enable.idempotence", "true"),
            // Java's choice, so that a device's commands stay in one partition whoever sends them.
            ("partitioner", "murmur2_random"),
            ("message.timeout.ms", &timeout),
        ];
        own.extend(more);
        let reports = Arc::new(Reports::default());
        let watch = Watch::over(settings.dialer.as_ref());
        let native = settings.client(&own, watch, |watch| {
            Delivery::new(watch, Arc::clone(&reports))
        })?;
        Ok(Self {
            native: ManuallyDrop::new(native),
            reports,
            number: Cell::new(0),
            brokers,
            timeout: settings.timeout,
            known: RefCell::default(),
        })
    }

    /// Sends one record and waits for its acknowledgement.
    pub fn send(&self, record: &Record) -> Result<Sent, SendError> {
        let (topic, partition) = (&record.topic, record.partition);
        self.introduce(topic)?;
        let item = Item {
            key: record.key.as_ref().map(String::as_bytes),
            value: record.value.as_deref().unwrap_or_default(),
            partition,
            headers: &[],
        };
        let number = self.number.get() + 1;
        self.number.set(number);
        let mut native = native(topic, &item, number);
        native.payload = record.value.as_deref();
        let queued = self.native.send(native);
        queued.map_err(|(error, _)| self.refused(topic, partition, error))?;
        // librdkafka gives up by itself at message.timeout.ms; the second more is for its report to come.
        let end = Instant::now() + self.timeout + Duration::from_secs(1);
        let mut reports = Vec::new();
        loop {
            // `flush` would wait in steps of 100 ms, and `poll` on this thread always uses up its time.
            let left = end.saturating_duration_since(Instant::now());
            self.reports.take(left, &mut reports);
            if reports.is_empty() {
                let cause = "no report of the outcome".to_owned();
                return Err(SendError::Unknown { cause });
            }
            let ours = reports.drain(..).find(|report| report.number == number);
            if let Some(Report { outcome, .. }) = ours {
                return outcome
                    .map(|Place { partition, offset }| Sent {
                        topic: topic.clone(),
                        partition,
                        offset,
                    })
                    .map_err(|failed| self.failed(topic, partition, failed));
            }
        }
    }

    /// For many of one topic.
    pub(super) fn queue_to(&self, topic: &str) -> Result<Queue, SendError> {
        // SAFETY: `native` is a producer and never dropped.
        let queue = unsafe { Queue::of(self.native.client().native_ptr(), topic) };
        queue.map_err(|error| self.refused(topic, None, error))
    }

    /// Hands one of many to librdkafka; its report will have this number.
    pub(super) fn queue(
        &self,
        (topic, queue): (&str, Queue),
        item: &Item<'_>,
        number: usize,
    ) -> Result<(), Native> {
        if item.headers.is_empty() {
            return queue.put(item, number);
        }
        let queued = self.native.send(native(topic, item, number));
        queued.map_err(|(error, _)| error)
    }

    /// Exchanges the empty list for the reports that have come; waits for the first one at most this long.
    pub(super) fn reports(&self, wait: Duration, list: &mut Vec<Report>) {
        self.reports.take(wait, list);
    }

    /// Gives up on all that is not acknowledged: a report of each follows.
    pub(super) fn give_up(&self) {
        self.native.purge(PurgeConfig::default().queue().inflight());
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Reaches a broker and makes sure of the topic before anything is queued: what fails here has not been sent.
    ///
    /// Twice, because of two habits of librdkafka 2.12: the answer to the first question makes it leave the broker that
    /// it was asked from, and it asks for its producer id only when an answer comes or every 500 ms.
    pub(super) fn introduce(&self, topic: &str) -> Result<(), SendError> {
        if self.known.borrow().contains(topic) {
            return Ok(());
        }
        let end = Instant::now() + self.timeout;
        // A topic that has just been created is unknown to some brokers for a moment.
        let believed = Instant::now() + TOPIC_UNKNOWN_FOR.min(self.timeout);
        for _ in 0..2 {
            loop {
                match self.topic_exists(topic, end)? {
                    true => break,
                    false if Instant::now() >= believed => return Err(no_such_topic(topic)),
                    false => std::thread::sleep(Duration::from_millis(50)),
                }
            }
        }
        self.known.borrow_mut().insert(topic.to_owned());
        Ok(())
    }

    fn topic_exists(&self, topic: &str, end: Instant) -> Result<bool, SendError> {
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let slice = left.min(Duration::from_secs(1));
            match self.native.client().fetch_metadata(Some(topic), slice) {
                Ok(metadata) => {
                    return Ok(metadata.topics().iter().any(|found| {
                        found.name() == topic && found.error() != Some(UNKNOWN_TOPIC)
                    }));
                }
                Err(error) => {
                    let watch = &self.native.context().watch;
                    if watch.all_down() || watch.is_hopeless() || slice == left {
                        return Err(SendError::NotSent(self.error(error)));
                    }
                }
            }
        }
    }

    /// Nothing was queued.
    pub(super) fn refused(&self, topic: &str, partition: Option<i32>, error: Native) -> SendError {
        match error.rdkafka_error_code() {
            Some(Code::MessageSizeTooLarge) => SendError::TooLarge,
            Some(Code::UnknownTopic) => no_such_topic(topic),
            Some(Code::UnknownPartition) => no_such_partition(topic, partition),
            _ => SendError::NotSent(self.error(error)),
        }
    }

    pub(super) fn failed(&self, topic: &str, partition: Option<i32>, failed: Failed) -> SendError {
        let code = failed.error.rdkafka_error_code().unwrap_or(Code::Fail);
        if failed.may_be_written {
            let cause = match self.native.context().watch.cause() {
                Some(cause) => cause,
                None => plain(&code.to_string()),
            };
            return SendError::Unknown { cause };
        }
        match code {
            Code::UnknownTopic | Code::UnknownTopicOrPartition => no_such_topic(topic),
            Code::UnknownPartition => no_such_partition(topic, partition),
            Code::MessageSizeTooLarge | Code::InvalidMessageSize => SendError::TooLarge,
            Code::NotEnoughReplicas => SendError::NotEnoughReplicas {
                topic: topic.to_owned(),
            },
            code if is_silence(code) || is_denial(code) => {
                SendError::NotSent(self.error(failed.error))
            }
            code => SendError::Rejected {
                cause: plain(&code.to_string()),
            },
        }
    }

    fn error(&self, error: Native) -> KafkaError {
        KafkaError::from_native(error, &self.brokers, &self.native.context().watch)
    }
}

fn native<'a>(topic: &'a str, item: &Item<'a>, number: usize) -> BaseRecord<'a, [u8], [u8], usize> {
    let mut record = BaseRecord::with_opaque_to(topic, number);
    record.key = item.key;
    record.payload = Some(item.value);
    record.partition = item.partition;
    if !item.headers.is_empty() {
        let mut headers = OwnedHeaders::new_with_capacity(item.headers.len());
        for (key, value) in item.headers {
            headers = headers.insert(Header {
                key,
                value: Some(value),
            });
        }
        record.headers = Some(headers);
    }
    record
}

fn no_such_topic(topic: &str) -> SendError {
    SendError::NoSuchTopic {
        topic: topic.to_owned(),
    }
}

fn no_such_partition(topic: &str, partition: Option<i32>) -> SendError {
    SendError::NoSuchPartition {
        topic: topic.to_owned(),
        partition: partition.unwrap_or(-1),
    }
}

#[cfg(test)]
mod tests;
