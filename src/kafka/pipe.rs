//! Sending many records: as many on their way as the brokers take, each acknowledged or named.

use super::delivery::Report;
use super::producer::{Producer, Record, SendError, Sent};
use super::settings::Settings;
use rdkafka::error::RDKafkaErrorCode as Code;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What became of the record with this number; numbers begin with 1, in the order of [`Pipe::push`].
pub type Told<'a> = &'a mut dyn FnMut(usize, Result<Sent, SendError>);

/// A producer with many records under way.
pub struct Pipe {
    producer: Producer,
    /// Number → partition that was asked for.
    open: BTreeMap<usize, Option<i32>>,
    /// For the words of a failure.
    topic: String,
    /// When the last report came.
    heard: Instant,
}

impl Pipe {
    /// Reaches a broker and makes sure of the topic: what fails here has not been sent.
    pub fn open(settings: &Settings, topic: &str) -> Result<Self, SendError> {
        let more = [
            // A moment, for batches: throughput of 1 kB records grows about tenfold, and nobody notices 5 ms.
            ("linger.ms", "5"),
            ("batch.size", "1000000"),
            // What is under way is in memory: bounded, whatever the size of the input.
            ("queue.buffering.max.messages", "100000"),
            ("queue.buffering.max.kbytes", "49152"),
        ];
        let producer = Producer::with(settings, &more).map_err(SendError::NotSent)?;
        let pipe = Self {
            producer,
            open: BTreeMap::new(),
            topic: topic.to_owned(),
            heard: Instant::now(),
        };
        pipe.producer.introduce(&pipe.record(None))?;
        Ok(pipe)
    }

    /// Takes a record in, after what was reported meanwhile has been told. Waits while too many are under way.
    ///
    /// The error is about this record alone: it was not sent.
    pub fn push(&mut self, record: &Record, told: Told<'_>) -> Result<usize, SendError> {
        self.serve(Duration::ZERO, told);
        loop {
            match self.producer.queue(record) {
                Ok(number) => {
                    if self.open.is_empty() {
                        self.heard = Instant::now();
                    }
                    self.open.insert(number, record.partition);
                    return Ok(number);
                }
                Err(error) if error.rdkafka_error_code() == Some(Code::QueueFull) => {
                    self.serve(Duration::from_millis(100), told);
                }
                Err(error) => return Err(self.producer.refused(record, error)),
            }
        }
    }

    /// Waits until every record is acknowledged or known to have failed.
    pub fn finish(&mut self, told: Told<'_>) {
        // librdkafka gives up by itself at message.timeout.ms; the second more is for its report to come.
        let patience = self.producer.timeout() + Duration::from_secs(1);
        while !self.open.is_empty() {
            self.serve(Duration::from_millis(100), told);
            if self.heard.elapsed() > patience {
                for number in std::mem::take(&mut self.open).into_keys() {
                    let cause = "no report of the outcome".to_owned();
                    told(number, Err(SendError::Unknown { cause }));
                }
            }
        }
    }

    /// Tells all reports that are there, after waiting for the first.
    fn serve(&mut self, wait: Duration, told: Told<'_>) {
        let mut wait = wait;
        while let Some(Report { number, outcome }) = self.producer.report(wait) {
            wait = Duration::ZERO;
            self.heard = Instant::now();
            if let Some(partition) = self.open.remove(&number) {
                let outcome =
                    outcome.map_err(|failed| self.producer.failed(&self.record(partition), failed));
                told(number, outcome);
            }
        }
    }

    fn record(&self, partition: Option<i32>) -> Record {
        Record {
            topic: self.topic.clone(),
            key: None,
            value: None,
            partition,
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

    fn record(topic: &str, value: usize, partition: Option<i32>) -> Record {
        Record {
            topic: topic.to_owned(),
            key: Some(format!("device{}", value % 10)),
            value: Some(value.to_string().into_bytes()),
            partition,
        }
    }

    #[test]
    fn each_of_many_is_told_once_with_its_place() {
        let mock = MockCluster::new(3).unwrap();
        mock.create_topic("iotout", 4, 3).unwrap();
        let mut pipe = Pipe::open(&settings(&mock.bootstrap_servers()), "iotout").unwrap();
        let mut numbers = Vec::new();
        let mut places = BTreeSet::new();
        let mut told = |number: usize, outcome: Result<Sent, SendError>| {
            let sent = outcome.unwrap();
            numbers.push(number);
            assert!(places.insert((sent.partition, sent.offset)));
        };
        for value in 0..5000 {
            pipe.push(&record("iotout", value, None), &mut told)
                .unwrap();
        }
        pipe.finish(&mut told);
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=5000).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_refused_is_told_as_refused() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotout", 1, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        let mut pipe = Pipe::open(&settings, "iotout").unwrap();
        let mut outcomes = Vec::new();
        let mut told = |number: usize, outcome| outcomes.push((number, outcome));
        let refuse = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
        mock.request_errors(RDKafkaApiKey::Produce, &refuse);
        pipe.push(&record("iotout", 1, None), &mut told).unwrap();
        pipe.finish(&mut told);
        let [(1, Err(SendError::NotSent(error)))] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
        assert!(error.to_string().contains("authori"), "{error}");
    }
}
