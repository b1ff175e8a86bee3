//! Reading a topic without being a member of any group: nothing is committed, nobody is disturbed.

mod wish;

pub use wish::{End, Only, Range, Start, Wish};

use super::error::KafkaError;
use super::lookback::LookBack;
use super::session::{Session, until_heard_of};
use super::settings::Settings;
use super::view::{Header, View};
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError as Native, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, Message};
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
    pub headers: Vec<Header>,
}

/// One step of a [`Tail`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    Record(Record),
    /// Nothing came within the time; there may be more.
    Nothing,
    End,
}

/// One step of a [`Tail`] whose records are only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    Record,
    /// Nothing that counts came within the time; there may be more.
    Nothing,
    End,
}

/// So many records that do not count are passed over before the caller may look at something else.
const PASSED_OVER: usize = 4096;

/// A topic being read. An iterator of the records; who has to look at something else between them uses
/// [`Tail::poll`], or [`Tail::visit`], which copies nothing.
pub struct Tail {
    session: Session,
    topic: String,
    places: BTreeMap<i32, Place>,
    /// How many of the places are open.
    open: usize,
    /// Of each partition that was asked for, where it ended when the reading began.
    ends: Vec<Range>,
    end: End,
    only: Option<Only>,
    /// While the last ones are looked for.
    back: Option<LookBack<Record>>,
    ready: VecDeque<Record>,
    /// Since when nothing has come although there is something.
    silent: Option<Instant>,
}

/// How far a partition has been read.
struct Place {
    next: i64,
    /// Up to here it has to be read.
    to: i64,
    open: bool,
}

impl Tail {
    pub fn new(
        settings: &Settings,
        topic: &str,
        start: Start,
        end: End,
    ) -> Result<Self, KafkaError> {
        Self::open(settings, topic, Wish::new(start, end))
    }

    pub fn open(settings: &Settings, topic: &str, wish: Wish) -> Result<Self, KafkaError> {
        let session = Self::session(settings, wish.end)?;
        let mut marks = until_heard_of(KafkaError::is_not_known_yet, || session.watermarks(topic))?;
        if let Some(partition) = wish.partition {
            marks.retain(|marks| marks.partition == partition);
            if marks.is_empty() {
                return Err(KafkaError::NoSuchPartition {
                    topic: topic.to_owned(),
                    partition,
                });
            }
        }
        let ranges = wish.ranges(&session, topic, &marks)?;
        Self::read(session, topic, ranges, wish)
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
        let wish = Wish::new(Start::Earliest, End::Now);
        Self::read(session, topic, ranges.to_vec(), wish)
    }

    /// Waits for a record, at most this long. Brokers that go away are waited for: [`Tail::trouble`] tells of them.
    pub fn poll(&mut self, wait: Duration) -> Result<Polled, KafkaError> {
        let mut found = None;
        let seen = self.visit(wait, &mut |view| found = Some(view.to_record()))?;
        Ok(match (seen, found) {
            (_, Some(record)) => Polled::Record(record),
            (Seen::End, None) => Polled::End,
            (_, None) => Polled::Nothing,
        })
    }

    /// As [`Tail::poll`], with the record shown where it lies. Without a wait it tells whether there is one at hand.
    pub fn visit(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&View<'_>),
    ) -> Result<Seen, KafkaError> {
        let mut until: Option<Instant> = None;
        let mut passed_over = 0;
        loop {
            if let Some(record) = self.ready.pop_front() {
                take(&record.view());
                return Ok(Seen::Record);
            }
            if self.open == 0 && self.back.is_some() {
                self.look_further_back()?;
                continue;
            }
            if self.open == 0 && self.end != End::Follow {
                return Ok(Seen::End);
            }
            // The clock is asked only when there is nothing at hand: that would be a tenth of the time for a record.
            let left = until.map_or(Duration::ZERO, |until| {
                until.saturating_duration_since(Instant::now())
            });
            match self.session.consumer().poll(left) {
                Some(Ok(message)) => {
                    self.silent = None;
                    if self.look_at(&message, take) {
                        return Ok(Seen::Record);
                    }
                    passed_over += 1;
                    if passed_over == PASSED_OVER {
                        return Ok(Seen::Nothing);
                    }
                    continue;
                }
                Some(Err(error)) => self.event(error)?,
                None => {}
            }
            let now = Instant::now();
            if self.open > 0 && now - *self.silent.get_or_insert(now) > self.session.timeout {
                return Err(self.session.silence());
            }
            let done = self.open == 0 && (self.back.is_some() || self.end != End::Follow);
            if now >= *until.get_or_insert(now + wait) && !done {
                return Ok(Seen::Nothing);
            }
        }
    }

    /// Why brokers could not be reached lately, if any could not.
    pub fn trouble(&self) -> Option<String> {
        self.session.watch().cause()
    }

    /// Of each partition the offset at which somebody would go on; nothing while the last ones are looked for or given out.
    pub fn positions(&self) -> Vec<(i32, i64)> {
        let settled = self.back.is_none() && self.ready.is_empty();
        let places = self.places.iter().filter(|_| settled);
        places.map(|(id, place)| (*id, place.next)).collect()
    }

    fn session(settings: &Settings, end: End) -> Result<Session, KafkaError> {
        // How long a broker may hold back the answer that a partition has nothing more. Short where that answer is
        // waited for.
        let wait = if end == End::Follow { "500" } else { "50" };
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
                // For so long after the start a topic that is gone passes for one that is not yet known everywhere; this
                // one was there, or nothing would be read. The default is 30 s.
                ("topic.metadata.propagation.max.ms", "5000"),
            ],
        )
    }

    fn read(
        session: Session,
        topic: &str,
        ranges: Vec<Range>,
        wish: Wish,
    ) -> Result<Self, KafkaError> {
        let some = wish.only.is_some();
        let back = match wish.start {
            Start::Last(count) => Some(LookBack::new(&ranges, count, some)),
            Start::Earliest | Start::At(_) | Start::Since(_) | Start::Latest => None,
        };
        let end = |range: &Range| Range {
            from: range.to,
            ..*range
        };
        let mut tail = Self {
            session,
            topic: topic.to_owned(),
            places: BTreeMap::new(),
            open: 0,
            ends: ranges.iter().map(end).collect(),
            end: wish.end,
            only: wish.only,
            back,
            ready: VecDeque::new(),
            silent: None,
        };
        match tail.back {
            Some(_) => tail.look_further_back()?,
            None => tail.assign(&ranges)?,
        }
        Ok(tail)
    }

    /// The session has read the topic's metadata by now; assigning before that would cost half a second.
    fn assign(&mut self, ranges: &[Range]) -> Result<(), KafkaError> {
        let follow = self.end == End::Follow && self.back.is_none();
        let mut assignment = TopicPartitionList::new();
        self.places.clear();
        self.open = 0;
        for range in ranges {
            let open = range.from < range.to;
            self.open += usize::from(open);
            let place = Place {
                next: range.from,
                to: range.to,
                open,
            };
            self.places.insert(range.partition, place);
            if open || follow {
                assignment
                    .add_partition_offset(&self.topic, range.partition, Offset::Offset(range.from))
                    .map_err(|error| self.session.error(error))?;
            }
        }
        self.session
            .consumer()
            .assign(&assignment)
            .map_err(|error| self.session.error(error))
    }

    /// The next windows; or, when the last ones are found, those to be given out, and on from the end.
    fn look_further_back(&mut self) -> Result<(), KafkaError> {
        let ranges = self.back.as_mut().map(LookBack::next_ranges);
        if let Some(ranges) = ranges.filter(|ranges| !ranges.is_empty()) {
            return self.assign(&ranges);
        }
        if let Some(back) = self.back.take() {
            self.ready = back.finish().collect();
        }
        let ends = std::mem::take(&mut self.ends);
        self.assign(&ends)
    }

    /// Whether the record was given out.
    fn look_at(&mut self, message: &BorrowedMessage<'_>, take: &mut dyn FnMut(&View<'_>)) -> bool {
        if !self.step(message.partition(), message.offset()) {
            return false;
        }
        let view = View::native(message, &self.topic);
        let counts = self.only.as_ref().is_none_or(|only| only(&view));
        let Some(back) = &mut self.back else {
            if counts {
                take(&view);
            }
            return counts;
        };
        let time = view.timestamp_ms();
        back.saw(view.partition, time);
        if counts {
            back.keep(view.partition, view.offset, time, view.to_record());
        }
        false
    }

    /// Notes how far the partition is read. Whether the record belongs to what is read.
    fn step(&mut self, partition: i32, offset: i64) -> bool {
        let Some(place) = self.places.get_mut(&partition) else {
            return false;
        };
        let follow = self.end == End::Follow && self.back.is_none();
        let wanted = follow || offset < place.to;
        place.next = if wanted { offset + 1 } else { place.to };
        if place.open && place.next >= place.to {
            place.open = false;
            self.open -= 1;
        }
        wanted
    }

    fn event(&mut self, error: Native) -> Result<(), KafkaError> {
        match error {
            // The way to see the end behind transaction markers and deleted records, which are never given out.
            Native::PartitionEOF(partition) => {
                self.silent = None;
                if let Some(place) = self.places.get_mut(&partition) {
                    place.next = place.next.max(place.to);
                    self.open -= usize::from(place.open);
                    place.open = false;
                }
                Ok(())
            }
            // The last of them is what is left of a partition that was there when the reading began.
            Native::MessageConsumption(
                Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition,
            ) => Err(KafkaError::NoSuchTopic {
                topic: self.topic.clone(),
            }),
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

#[cfg(test)]
pub(super) mod tests;
