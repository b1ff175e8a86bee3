//! Sending many records: as many on their way as the brokers take, each acknowledged or named.

use super::delivery::Report;
use super::producer::{Item, Place, Producer, SendError};
use super::queue::Queue;
use super::settings::Settings;
use rdkafka::error::RDKafkaErrorCode as Code;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What became of a record, with what the caller gave to know it by.
pub type Told<'a, T> = &'a mut dyn FnMut(T, Result<Place, SendError>);

/// A producer with many records under way. It fails when no acknowledgement at all has come for the settings' timeout:
/// a queue that moves may take as long as it needs.
pub struct Pipe<T> {
    producer: Producer,
    topic: String,
    queue: Queue,
    /// What is not told yet, in the order of numbers: the partition that was asked for, and the caller's own. None where
    /// a later one was told first.
    open: VecDeque<Option<(Option<i32>, T)>>,
    /// The number of the first of them.
    first: usize,
    /// Emptied at each look.
    reports: Vec<Report>,
    /// When the last report came.
    heard: Instant,
    given_up: bool,
}

/// Beyond this nothing is taken in until the first has been told: one partition without a leader would otherwise let the
/// others run on without bound.
const WINDOW: usize = 200_000;
/// So many are pushed between two looks at what has come back.
const LOOK: usize = 256;
/// More records than leave in one moment.
const MANY: u64 = 20_000;
/// Bytes of a record, below which batches are filled by time and not by size.
const SMALL: u64 = 500;
/// Between two looks while the queue is full.
const PAUSE: Duration = Duration::from_millis(100);

impl<T> Pipe<T> {
    /// Reaches a broker and makes sure of the topic: what fails here has not been sent. About so many records are to come,
    /// and so many bytes in all.
    pub fn open(
        settings: &Settings,
        topic: &str,
        (records, bytes): (u64, u64),
    ) -> Result<Self, SendError> {
        let small = bytes / records.max(1) < SMALL;
        let linger = if small && records >= MANY { "50" } else { "5" };
        let more = [
            // A moment, for batches: throughput of 1 kB records grows about tenfold, and nobody notices it. A million
            // small records need half of the time (and of the brokers') with 50 ms of what they need with 5. Larger ones
            // fill the queue before that, and wait for nothing: through a tunnel they took twice as long.
            ("linger.ms", linger),
            ("batch.size", "1000000"),
            // What is under way is in memory: bounded, whatever the size of the input.
            ("queue.buffering.max.messages", "100000"),
            ("queue.buffering.max.kbytes", "49152"),
            // Of a record in a queue that moves slowly; when nothing moves, it is this module that gives up.
            ("message.timeout.ms", "300000"),
        ];
        let producer = Producer::with(settings, &more).map_err(SendError::NotSent)?;
        producer.introduce(topic)?;
        Ok(Self {
            queue: producer.queue_to(topic)?,
            producer,
            topic: topic.to_owned(),
            open: VecDeque::new(),
            first: 1,
            reports: Vec::new(),
            heard: Instant::now(),
            given_up: false,
        })
    }

    /// Takes a record in, after what was reported meanwhile has been told; gives `about` back if too many are under way
    /// even after a moment. The error is about this record alone: it was not sent.
    pub fn push(
        &mut self,
        item: &Item<'_>,
        about: T,
        told: Told<'_, T>,
    ) -> Result<Option<T>, SendError> {
        // Looking costs more than what is looked at, as long as something is pushed all the time.
        if self.open.len() < 2 || (self.first + self.open.len()).is_multiple_of(LOOK) {
            self.serve(Duration::ZERO, told);
        }
        if self.given_up || self.open.len() >= WINDOW {
            self.serve(PAUSE, told);
            return Ok(Some(about));
        }
        let number = self.first + self.open.len();
        let queue = (self.topic.as_str(), self.queue);
        match self.producer.queue(queue, item, number) {
            Ok(()) => {
                if self.open.is_empty() {
                    self.heard = Instant::now();
                }
                self.open.push_back(Some((item.partition, about)));
                Ok(None)
            }
            Err(error) if error.rdkafka_error_code() == Some(Code::QueueFull) => {
                self.serve(PAUSE, told);
                Ok(Some(about))
            }
            Err(error) => Err(self.producer.refused(&self.topic, item.partition, error)),
        }
    }

    /// Tells what has been reported, waiting at most this long for the first.
    pub fn serve(&mut self, wait: Duration, told: Told<'_, T>) {
        let mut reports = std::mem::take(&mut self.reports);
        self.producer.reports(wait, &mut reports);
        if !reports.is_empty() {
            self.heard = Instant::now();
        }
        for Report { number, outcome } in reports.drain(..) {
            let at = number.wrapping_sub(self.first);
            let known = self.open.get_mut(at).and_then(Option::take);
            while matches!(self.open.front(), Some(None)) {
                self.open.pop_front();
                self.first += 1;
            }
            if let Some((partition, about)) = known {
                let outcome =
                    outcome.map_err(|failed| self.producer.failed(&self.topic, partition, failed));
                told(about, outcome);
            }
        }
        self.reports = reports;
        if !self.given_up && !self.open.is_empty() && self.heard.elapsed() > self.producer.timeout()
        {
            self.producer.give_up();
            (self.given_up, self.heard) = (true, Instant::now());
        }
    }

    /// How many are under way.
    pub fn under_way(&self) -> usize {
        self.open.len()
    }

    /// Waits until every record is acknowledged or known to have failed.
    pub fn finish(&mut self, told: Told<'_, T>) {
        while !self.open.is_empty() {
            self.serve(PAUSE, told);
            // It reports what it was made to give up at once.
            if self.given_up && self.heard.elapsed() > Duration::from_secs(1) {
                self.first += self.open.len();
                for (_, about) in std::mem::take(&mut self.open).into_iter().flatten() {
                    let cause = "no report of the outcome".to_owned();
                    told(about, Err(SendError::Unknown { cause }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
    use std::collections::BTreeSet;

    fn settings(brokers: &str) -> Settings {
        Settings {
            timeout: Duration::from_secs(5),
            ..Settings::new([brokers])
        }
    }

    fn push(pipe: &mut Pipe<usize>, value: usize, told: Told<'_, usize>) {
        let (key, text) = (format!("device{}", value % 10), value.to_string());
        let item = Item {
            key: Some(key.as_bytes()),
            value: text.as_bytes(),
            ..Item::default()
        };
        while pipe.push(&item, value, told).unwrap().is_some() {}
    }

    #[test]
    fn each_of_many_is_told_once_with_its_place() {
        let mock = MockCluster::new(3).unwrap();
        mock.create_topic("iotout", 4, 3).unwrap();
        let mut pipe = Pipe::open(
            &settings(&mock.bootstrap_servers()),
            "iotout",
            (5000, 50_000),
        )
        .unwrap();
        let mut numbers = Vec::new();
        let mut places = BTreeSet::new();
        let mut told = |number: usize, outcome: Result<Place, SendError>| {
            let place = outcome.unwrap();
            numbers.push(number);
            assert!(places.insert((place.partition, place.offset)));
        };
        for value in 0..5000 {
            push(&mut pipe, value, &mut told);
        }
        pipe.finish(&mut told);
        assert_eq!(pipe.under_way(), 0);
        numbers.sort_unstable();
        assert_eq!(numbers, (0..5000).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_refused_is_told_as_refused() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotout", 1, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        let mut pipe = Pipe::open(&settings, "iotout", (1, 1)).unwrap();
        let mut outcomes = Vec::new();
        let mut told = |number: usize, outcome| outcomes.push((number, outcome));
        let refuse = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
        mock.request_errors(RDKafkaApiKey::Produce, &refuse);
        push(&mut pipe, 1, &mut told);
        pipe.finish(&mut told);
        let [(1, Err(SendError::NotSent(error)))] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
        assert!(error.to_string().contains("authori"), "{error}");
    }

    #[test]
    fn when_nothing_moves_what_left_and_what_did_not_are_told_apart() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotout", 1, 1).unwrap();
        let impatient = Settings {
            timeout: Duration::from_secs(1),
            ..settings(&mock.bootstrap_servers())
        };
        let mut pipe = Pipe::open(&impatient, "iotout", (2, 2)).unwrap();
        let mut outcomes = Vec::new();
        let mut told = |number: usize, outcome| outcomes.push((number, outcome));
        push(&mut pipe, 1, &mut told);
        pipe.finish(&mut told);
        mock.broker_round_trip_time(1, Duration::from_secs(60))
            .unwrap();
        push(&mut pipe, 2, &mut told);
        pipe.finish(&mut told);
        let [(1, Ok(_)), (2, Err(SendError::Unknown { .. }))] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
    }
}
