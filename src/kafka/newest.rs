//! The newest record of a topic: the last one of each partition is read, and the latest of their times counts. Unlike a
//! question for the offset of the greatest time this works with brokers before Kafka 3.0, too.

use super::error::KafkaError;
use super::session::Session;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError as Native;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::time::Instant;

/// What a topic holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Newest {
    /// By the offsets; records that were deleted before or are transaction markers count too.
    pub records: i64,
    /// Milliseconds since 1970. None: there is no record, or a marker is the last thing in each partition.
    pub time_ms: Option<i64>,
}

/// Of a session whose client has a group, and that nobody else reads records with.
pub(super) fn ask(
    session: &Session,
    topic: &str,
    partitions: &[i32],
) -> Result<Newest, KafkaError> {
    let marks = session.watermarks_of(topic, partitions)?;
    let mut newest = Newest {
        records: marks.iter().map(|mark| mark.high - mark.low).sum(),
        time_ms: None,
    };
    let mut open = BTreeSet::new();
    let mut last = TopicPartitionList::new();
    for mark in marks.iter().filter(|mark| mark.low < mark.high) {
        open.insert(mark.partition);
        last.add_partition_offset(topic, mark.partition, Offset::Offset(mark.high - 1))
            .map_err(|error| session.error(error))?;
    }
    if open.is_empty() {
        return Ok(newest);
    }
    let consumer = session.consumer();
    consumer
        .assign(&last)
        .map_err(|error| session.error(error))?;
    let end = Instant::now() + session.timeout;
    while !open.is_empty() {
        let left = end.saturating_duration_since(Instant::now());
        match consumer.poll(left) {
            Some(Ok(message)) => {
                open.remove(&message.partition());
                newest.time_ms = newest.time_ms.max(message.timestamp().to_millis());
            }
            Some(Err(Native::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            // librdkafka goes on trying.
            Some(Err(_)) if !left.is_zero() => {}
            _ if left.is_zero() => return Err(session.silence()),
            _ => {}
        }
    }
    let _ = consumer.unassign();
    Ok(newest)
}
