//! A connected client for asking: metadata and watermarks. Admin, consumer and group stand on it.
//!
//! It is a consumer, because only a consumer lets us read librdkafka's events (the causes of failures), and because a
//! consumer's metadata request does not create the topic that it asks for.

use super::error::KafkaError;
use super::settings::Settings;
use super::watch::Watch;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{IsError, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The range of offsets that a partition holds: `low` is the first there is, `high` the next to be written. Deleted
/// records and transaction markers make the number of records smaller than the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Watermarks {
    pub partition: i32,
    pub low: i64,
    pub high: i64,
}

/// Between two questions for a leader that is being elected.
const LEADER_PAUSE: Duration = Duration::from_millis(100);

/// Pauses between questions about a topic that a broker does not know (milliseconds).
const UNHEARD_MS: [u64; 3] = [10, 30, 100];

pub(super) struct Session {
    /// Leaked: destroying a client joins its threads, which takes longer than all that the program asks, and a call
    /// that librdkafka gives no deadline can be left behind in a thread. The process ends soon after.
    consumer: &'static BaseConsumer<Watch>,
    brokers: String,
    pub timeout: Duration,
}

impl Session {
    pub fn open(settings: &Settings, own: &[(&str, &str)]) -> Result<Self, KafkaError> {
        let brokers = settings.brokers.join(",");
        let watch = Watch::over(settings.dialer.as_ref());
        let consumer = settings.client(own, watch, |watch| watch)?;
        Ok(Self {
            consumer: Box::leak(Box::new(consumer)),
            brokers,
            timeout: settings.timeout,
        })
    }

    pub fn consumer(&self) -> &'static BaseConsumer<Watch> {
        self.consumer
    }

    pub fn watch(&self) -> &Watch {
        self.consumer.context()
    }

    pub fn error(&self, error: rdkafka::error::KafkaError) -> KafkaError {
        self.serve();
        KafkaError::from_native(error, &self.brokers, self.watch())
    }

    pub fn silence(&self) -> KafkaError {
        self.serve();
        KafkaError::from_silence(self.brokers.clone(), self.watch())
    }

    /// Metadata of everything, or of one topic (which is in the answer even if it does not exist).
    ///
    /// librdkafka itself would keep trying refused brokers until the time is up. Here the first second is waited for in
    /// any case; then an answer is given as soon as all brokers are known to be down.
    pub fn metadata(&self, topic: Option<&str>) -> Result<Metadata, KafkaError> {
        let end = Instant::now() + self.timeout;
        let mut slice = Duration::from_secs(1);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.consumer.fetch_metadata(topic, slice.min(left)) {
                Ok(metadata) => return Ok(metadata),
                Err(error) => {
                    let error = self.error(error);
                    let unreachable = matches!(error, KafkaError::Unreachable { .. });
                    if !unreachable || self.watch().all_down() || slice >= left {
                        return Err(error);
                    }
                }
            }
            slice *= 2;
        }
    }

    /// The partitions of a topic, sorted.
    pub fn partitions(&self, topic: &str) -> Result<Vec<i32>, KafkaError> {
        let metadata = self.metadata(Some(topic))?;
        let found = existing(&metadata, topic, self)?;
        let mut partitions: Vec<i32> = found.partitions().iter().map(|p| p.id()).collect();
        partitions.sort_unstable();
        Ok(partitions)
    }

    /// First and next offset of each partition. librdkafka asks one partition at a time; asked from several threads
    /// the requests go out together.
    pub fn watermarks(&self, topic: &str) -> Result<Vec<Watermarks>, KafkaError> {
        self.watermarks_of(topic, &self.partitions(topic)?)
    }

    /// The same where the partitions are known already: a round trip less.
    pub fn watermarks_of(
        &self,
        topic: &str,
        partitions: &[i32],
    ) -> Result<Vec<Watermarks>, KafkaError> {
        let mut all = Vec::with_capacity(partitions.len());
        for chunk in partitions.chunks(16) {
            let answers: Vec<_> = std::thread::scope(|scope| {
                let asked: Vec<_> = chunk
                    .iter()
                    .map(|partition| scope.spawn(|| self.marks_of(topic, *partition)))
                    .collect();
                asked.into_iter().map(|thread| thread.join()).collect()
            });
            for (partition, answer) in chunk.iter().zip(answers) {
                let (low, high) = match answer {
                    Ok(answer) => answer.map_err(|error| self.topic_error(error, topic))?,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                all.push(Watermarks {
                    partition: *partition,
                    low,
                    high,
                });
            }
        }
        Ok(all)
    }

    /// For each of these partitions the first offset at or after that time (milliseconds since 1970); the end where there
    /// is none.
    pub fn offsets_for_time(
        &self,
        topic: &str,
        marks: &[Watermarks],
        time_ms: i64,
    ) -> Result<BTreeMap<i32, i64>, KafkaError> {
        let mut asked = TopicPartitionList::new();
        for mark in marks {
            asked
                .add_partition_offset(topic, mark.partition, Offset::Offset(time_ms))
                .map_err(|error| self.error(error))?;
        }
        let answer = self
            .consumer
            .offsets_for_times(asked, self.timeout)
            .map_err(|error| self.topic_error(error, topic))?;
        let found = |mark: &Watermarks| {
            let element = answer.find_partition(topic, mark.partition);
            match element.map(|element| element.offset()) {
                Some(Offset::Offset(offset)) => (mark.partition, offset),
                _ => (mark.partition, mark.high),
            }
        };
        Ok(marks.iter().map(found).collect())
    }

    /// While a partition's leader moves, brokers say so, and librdkafka leaves it to us to ask again.
    fn marks_of(
        &self,
        topic: &str,
        partition: i32,
    ) -> Result<(i64, i64), rdkafka::error::KafkaError> {
        let end = Instant::now() + self.timeout;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let answer = self.consumer.fetch_watermarks(topic, partition, left);
            let moving = matches!(
                answer.as_ref().map_err(|error| error.rdkafka_error_code()),
                Err(Some(
                    RDKafkaErrorCode::NotLeaderForPartition | RDKafkaErrorCode::LeaderNotAvailable
                ))
            );
            if !moving || left < LEADER_PAUSE {
                return answer;
            }
            std::thread::sleep(LEADER_PAUSE);
        }
    }

    /// Of a call about one topic: a broker that does not know it, or librdkafka where the broker's answer lacks a
    /// partition, says so by a code of its own.
    pub fn topic_error(&self, error: rdkafka::error::KafkaError, topic: &str) -> KafkaError {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                KafkaError::NoSuchTopic {
                    topic: topic.to_owned(),
                }
            }
            Some(RDKafkaErrorCode::UnknownPartition) => KafkaError::PartitionsNotKnownYet {
                topic: topic.to_owned(),
            },
            _ => self.error(error),
        }
    }

    /// Hands waiting events to the watch.
    fn serve(&self) {
        // Bounded: brokers that stay down go on making events.
        for _ in 0..1000 {
            if self.consumer.poll(Duration::from_millis(1)).is_none() {
                break;
            }
        }
    }
}

/// Asks about a topic, and again when there is none: of one that was created a moment ago not every broker has heard, and
/// which of them answers is chance. For topics that somebody named: no answer is in a hurry to be "there is none".
pub(super) fn until_heard_of<T, E>(
    is_not_known_yet: impl Fn(&E) -> bool,
    ask: impl Fn() -> Result<T, E>,
) -> Result<T, E> {
    for pause in UNHEARD_MS {
        match ask() {
            Err(error) if is_not_known_yet(&error) => {
                std::thread::sleep(Duration::from_millis(pause));
            }
            answer => return answer,
        }
    }
    ask()
}

/// The topic in an answer to a question about it, if it exists.
pub(super) fn existing<'a>(
    metadata: &'a Metadata,
    topic: &str,
    session: &Session,
) -> Result<&'a MetadataTopic, KafkaError> {
    let no_such = || KafkaError::NoSuchTopic {
        topic: topic.to_owned(),
    };
    let found = metadata
        .topics()
        .iter()
        .find(|found| found.name() == topic)
        .ok_or_else(no_such)?;
    match found.error() {
        None => Ok(found),
        Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) => Err(no_such()),
        // Without a leader the topic exists all the same; its partitions tell.
        Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) => Ok(found),
        Some(error) if error.is_error() => {
            let code = RDKafkaErrorCode::from(error);
            Err(session.error(rdkafka::error::KafkaError::MetadataFetch(code)))
        }
        Some(_) => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn unknown() -> KafkaError {
        KafkaError::NoSuchTopic {
            topic: "iotin".into(),
        }
    }

    #[test]
    fn a_topic_is_asked_for_again_until_a_broker_has_heard_of_it() {
        let asked = Cell::new(0);
        let known_from = |number| {
            asked.set(0);
            until_heard_of(KafkaError::is_not_known_yet, || {
                asked.set(asked.get() + 1);
                if asked.get() < number {
                    return Err(unknown());
                }
                Ok(number)
            })
        };
        assert_eq!((known_from(1), asked.get()), (Ok(1), 1));
        assert_eq!((known_from(4), asked.get()), (Ok(4), 4));
        assert_eq!((known_from(5), asked.get()), (Err(unknown()), 4));
    }
}
