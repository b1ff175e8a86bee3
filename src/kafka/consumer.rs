//! Reading a topic without being a member of any group: nothing is committed, nobody is disturbed.

use super::error::KafkaError;
use super::session::{Session, Watermarks};
use super::settings::Settings;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError as Native, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970; by the topic's setting the time of creation or of arrival.
    pub timestamp_ms: Option<i64>,
    pub key: Option<Vec<u8>>,
    /// None is a tombstone.
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The last n records of the topic, by their timestamps.
    Last(usize),
    Earliest,
    /// From this offset of each partition on, or from the first that is there.
    At(i64),
    /// What comes from now on.
    Latest,
}

/// Where to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the offsets that were the next ones when the reading began.
    Now,
    /// Never.
    Follow,
}

/// A part of a partition: from an offset up to, and without, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub partition: i32,
    pub from: i64,
    pub to: i64,
}

/// One step of a [`Tail`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    Record(Record),
    /// Nothing came within the time; there may be more.
    Nothing,
    End,
}

/// A topic being read. An iterator of the records; who has to look at something else between them uses
/// [`Tail::poll`].
pub struct Tail {
    session: Session,
    topic: String,
    /// What has to be read before the end (or, for `Last`, before the first record can be given out): partition and
    /// the offset up to which.
    open: BTreeMap<i32, i64>,
    end: End,
    /// `Last(n)` while the records are still being collected.
    collect: Option<usize>,
    collected: Vec<Record>,
    ready: VecDeque<Record>,
    heard: Instant,
}

impl Tail {
    pub fn new(
        settings: &Settings,
        topic: &str,
        start: Start,
        end: End,
    ) -> Result<Self, KafkaError> {
        Self::of_partition(settings, topic, None, start, end)
    }

    /// Of one partition only, where one is named.
    pub fn of_partition(
        settings: &Settings,
        topic: &str,
        partition: Option<i32>,
        start: Start,
        end: End,
    ) -> Result<Self, KafkaError> {
        let session = Self::session(settings, end)?;
        let ranges: Vec<Range> = session
            .watermarks(topic)?
            .iter()
            .filter(|marks| partition.is_none_or(|wanted| wanted == marks.partition))
            .map(|marks| range(marks, start))
            .collect();
        if let (Some(partition), true) = (partition, ranges.is_empty()) {
            return Err(KafkaError::NoSuchPartition {
                topic: topic.to_owned(),
                partition,
            });
        }
        let collect = match start {
            Start::Last(count) => Some(count),
            Start::Earliest | Start::At(_) | Start::Latest => None,
        };
        Self::read(session, topic, ranges, end, collect)
    }

    /// Exactly these parts of a topic. Unlike `new`, partitions that are not named are not read.
    pub fn between(settings: &Settings, topic: &str, ranges: &[Range]) -> Result<Self, KafkaError> {
        let session = Self::session(settings, End::Now)?;
        let known = session.partitions(topic)?;
        if let Some(range) = ranges
            .iter()
            .find(|range| !known.contains(&range.partition))
        {
            let partition = range.partition;
            return Err(KafkaError::NoSuchPartition {
                topic: topic.to_owned(),
                partition,
            });
        }
        Self::read(session, topic, ranges.to_vec(), End::Now, None)
    }

    /// Waits for a record, at most this long. Brokers that go away are waited for: [`Tail::trouble`] tells of them.
    pub fn poll(&mut self, wait: Duration) -> Result<Polled, KafkaError> {
        let until = Instant::now() + wait;
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Polled::Record(record));
            }
            if self.open.is_empty() {
                if let Some(count) = self.collect.take() {
                    self.ready = last(std::mem::take(&mut self.collected), count);
                    continue;
                }
                if self.end == End::Now {
                    return Ok(Polled::End);
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.session.consumer().poll(left) {
                Some(Ok(message)) => {
                    let record = record(&message);
                    self.take(record);
                }
                Some(Err(error)) => self.event(error)?,
                None => {}
            }
            if !self.open.is_empty() && self.heard.elapsed() > self.session.timeout {
                return Err(self.session.silence());
            }
            if self.ready.is_empty() && Instant::now() >= until && !self.complete() {
                return Ok(Polled::Nothing);
            }
        }
    }

    /// Why brokers could not be reached lately, if any could not.
    pub fn trouble(&self) -> Option<String> {
        self.session.watch().cause()
    }

    fn session(settings: &Settings, end: End) -> Result<Session, KafkaError> {
        // How long a broker may hold back the answer that a partition has nothing more. Short where that answer is
        // waited for.
        let wait = if end == End::Now { "50" } else { "500" };
        Session::open(
            settings,
            &[
                // librdkafka wants a group's name to assign partitions by hand; nothing is joined or committed.
                ("group.id", "hdikafka-tail"),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("enable.partition.eof", "true"),
                ("auto.offset.reset", "earliest"),
                ("fetch.wait.max.ms", wait),
                // The default would hold 64 MiB.
                ("queued.max.messages.kbytes", "8192"),
                // How long a full queue is left alone: the default of 1000 held a fast broker down to 24 MB/s.
                ("fetch.queue.backoff.ms", "5"),
            ],
        )
    }

    /// The session has read the topic's metadata by now; assigning before that would cost half a second.
    fn read(
        session: Session,
        topic: &str,
        ranges: Vec<Range>,
        end: End,
        collect: Option<usize>,
    ) -> Result<Self, KafkaError> {
        let mut assignment = TopicPartitionList::new();
        let mut open = BTreeMap::new();
        for range in ranges {
            let unread = range.from < range.to;
            if unread {
                open.insert(range.partition, range.to);
            }
            if unread || end == End::Follow {
                assignment
                    .add_partition_offset(topic, range.partition, Offset::Offset(range.from))
                    .map_err(|error| session.error(error))?;
            }
        }
        session
            .consumer()
            .assign(&assignment)
            .map_err(|error| session.error(error))?;
        Ok(Self {
            session,
            topic: topic.to_owned(),
            open,
            end,
            collect,
            collected: Vec::new(),
            ready: VecDeque::new(),
            heard: Instant::now(),
        })
    }

    fn complete(&self) -> bool {
        self.open.is_empty() && (self.collect.is_some() || self.end == End::Now)
    }

    fn take(&mut self, record: Record) {
        self.heard = Instant::now();
        let to = self.open.get(&record.partition).copied();
        let wanted = to.is_some_and(|to| record.offset < to);
        if to.is_some_and(|to| record.offset + 1 >= to) {
            self.open.remove(&record.partition);
        }
        if wanted && self.collect.is_some() {
            self.collected.push(record);
        } else if wanted || self.end == End::Follow {
            self.ready.push_back(record);
        }
    }

    fn event(&mut self, error: Native) -> Result<(), KafkaError> {
        match error {
            // The way to see the end behind transaction markers and deleted records, which are never given out.
            Native::PartitionEOF(partition) => {
                self.heard = Instant::now();
                self.open.remove(&partition);
                Ok(())
            }
            Native::MessageConsumption(Code::UnknownTopicOrPartition | Code::UnknownTopic) => {
                Err(KafkaError::NoSuchTopic {
                    topic: self.topic.clone(),
                })
            }
            // Comes again and again while brokers are away; librdkafka goes on trying.
            Native::MessageConsumption(
                Code::AllBrokersDown
                | Code::BrokerTransportFailure
                | Code::Resolve
                | Code::OperationTimedOut,
            ) => Ok(()),
            error => Err(self.session.error(error)),
        }
    }
}

impl Iterator for Tail {
    type Item = Result<Record, KafkaError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.poll(Duration::from_secs(1)) {
                Ok(Polled::Record(record)) => return Some(Ok(record)),
                Ok(Polled::Nothing) => {}
                Ok(Polled::End) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn range(marks: &Watermarks, start: Start) -> Range {
    let from = match start {
        // Each partition might hold all of the last ones.
        Start::Last(count) => marks
            .high
            .saturating_sub(i64::try_from(count).unwrap_or(i64::MAX))
            .max(marks.low),
        Start::Earliest => marks.low,
        Start::At(offset) => offset.clamp(marks.low, marks.high),
        Start::Latest => marks.high,
    };
    Range {
        partition: marks.partition,
        from,
        to: marks.high,
    }
}

/// The newest ones in the order of time; of the same time in the order of partitions and offsets.
fn last(mut records: Vec<Record>, count: usize) -> VecDeque<Record> {
    records.sort_by_key(|record| (record.timestamp_ms, record.partition, record.offset));
    let surplus = records.len().saturating_sub(count);
    records.drain(..surplus);
    records.into()
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().map(|headers| {
        headers
            .iter()
            .map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec)))
            .collect()
    });
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::kafka::producer::{self, Producer};
    use rdkafka::mocking::MockCluster;

    pub fn settings(brokers: &str) -> Settings {
        Settings {
            timeout: Duration::from_secs(5),
            ..Settings::new([brokers])
        }
    }

    pub fn produce(settings: &Settings, values: &[(i32, &str)]) {
        let producer = Producer::connect(settings).unwrap();
        for (partition, value) in values {
            let record = producer::Record {
                topic: "iotin".into(),
                key: Some(format!("k{partition}")),
                value: Some(value.as_bytes().to_vec()),
                partition: Some(*partition),
            };
            producer.send(&record).unwrap();
            // Timestamps have milliseconds; the order in time is what is tested.
            let now = Instant::now();
            while now.elapsed() < Duration::from_millis(2) {
                std::thread::yield_now();
            }
        }
    }

    fn values(tail: Tail) -> Vec<String> {
        tail.map(|record| String::from_utf8(record.unwrap().value.unwrap()).unwrap())
            .collect()
    }

    pub const VALUES: &[(i32, &str)] =
        &[(0, "a"), (2, "b"), (0, "c"), (2, "d"), (2, "e"), (0, "f")];

    #[test]
    fn the_last_ones_come_in_the_order_of_time() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotin", 4, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        produce(&settings, VALUES);
        let last =
            |count| values(Tail::new(&settings, "iotin", Start::Last(count), End::Now).unwrap());
        assert_eq!(last(3), ["d", "e", "f"]);
        assert_eq!(last(100), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(last(0), Vec::<String>::new());
        assert_eq!(
            values(Tail::new(&settings, "iotin", Start::Earliest, End::Now).unwrap()).len(),
            6
        );
        assert!(values(Tail::new(&settings, "iotin", Start::Latest, End::Now).unwrap()).is_empty());
    }

    #[test]
    fn following_goes_on_after_the_last_ones() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotin", 4, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        produce(&settings, VALUES);
        let mut tail = Tail::new(&settings, "iotin", Start::Last(1), End::Follow).unwrap();
        let first = tail.next().unwrap().unwrap();
        assert_eq!(first.value.as_deref(), Some(b"f".as_slice()));
        assert_eq!(
            (first.partition, first.offset, first.key.as_deref()),
            (0, 2, Some(b"k0".as_slice()))
        );
        assert_eq!(
            tail.poll(Duration::from_millis(10)).unwrap(),
            Polled::Nothing
        );
        produce(&settings, &[(3, "new")]);
        assert_eq!(
            tail.next().unwrap().unwrap().value.as_deref(),
            Some(b"new".as_slice())
        );
    }

    #[test]
    fn brokers_that_go_away_in_the_middle_end_a_reading_that_has_an_end() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotin", 1, 1).unwrap();
        let settings = Settings {
            timeout: Duration::from_secs(2),
            ..settings(&mock.bootstrap_servers())
        };
        produce(&settings, &[(0, "a")]);
        let beyond = [Range {
            partition: 0,
            from: 1,
            to: 5,
        }];
        let mut tail = Tail::between(&settings, "iotin", &beyond).unwrap();
        mock.broker_down(1).unwrap();
        let outcome = tail.next();
        assert!(
            matches!(outcome, Some(Err(KafkaError::Unreachable { .. })) | None),
            "{outcome:?}"
        );
    }
}
