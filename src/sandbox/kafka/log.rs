//! The log of one partition: batches in the order of their offsets, what producers have written last, where each
//! leader's reign began. Pure: the time is told by the caller.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use kafka_protocol::error::ResponseError as E;

use super::batch::{Batch, Header, Incoming, after};

/// How many batches of a producer are remembered, as Kafka does: a producer has at most five requests in flight.
const REMEMBERED: usize = 5;
/// Of how many producers; the one that wrote longest ago is forgotten first.
const PRODUCERS: usize = 1000;
/// What a batch takes beside its bytes, roughly.
const OVERHEAD: usize = 128;

#[derive(Debug, Default)]
pub(super) struct Log {
    batches: VecDeque<Batch>,
    start: i64,
    next: i64,
    bytes: usize,
    producers: BTreeMap<i64, Producer>,
    /// Epochs of leaders in which something was written, each with its first offset.
    epochs: Vec<(i32, i64)>,
}

#[derive(Debug)]
struct Producer {
    epoch: i16,
    /// First and last sequence number, and the offset that was given to the first.
    batches: VecDeque<(i32, i32, i64)>,
    /// The log's end after its last write.
    wrote_at: i64,
}

impl Log {
    /// The first offset there is.
    pub fn start(&self) -> i64 {
        self.start
    }

    /// The offset that the next record gets.
    pub fn next(&self) -> i64 {
        self.next
    }

    /// What it holds in memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.iter()
    }

    /// Appends a batch and gives the offset of its first record; for a repetition that of the first time.
    /// `arrival`: see [`Incoming::place`].
    pub fn append(
        &mut self,
        incoming: Incoming,
        leader_epoch: i32,
        arrival: Option<i64>,
    ) -> Result<i64, E> {
        let header = incoming.header;
        if header.producer >= 0
            && let Some(offset) = self.repetition(&header)?
        {
            return Ok(offset);
        }
        let base = self.next;
        if self
            .epochs
            .last()
            .is_none_or(|(epoch, _)| *epoch < leader_epoch)
        {
            self.epochs.push((leader_epoch, base));
        }
        let batch = incoming.place(base, leader_epoch, arrival);
        self.next = batch.last + 1;
        self.bytes += size(&batch);
        self.batches.push_back(batch);
        if header.producer >= 0 {
            self.remember(&header, base);
        }
        Ok(base)
    }

    /// The offset that this batch was given before, or an error if it cannot come next.
    fn repetition(&self, header: &Header) -> Result<Option<i64>, E> {
        let Some(producer) = self.producers.get(&header.producer) else {
            // Nothing is known of it (any more): its word is taken, as Kafka takes it since 2.5.
            return Ok(None);
        };
        if header.epoch < producer.epoch {
            return Err(E::InvalidProducerEpoch);
        }
        if header.epoch > producer.epoch {
            return match header.sequence {
                0 => Ok(None),
                _ => Err(E::OutOfOrderSequenceNumber),
            };
        }
        let ends = (header.sequence, header.last_sequence());
        let known = producer
            .batches
            .iter()
            .find(|(first, last, _)| (*first, *last) == ends);
        if let Some((_, _, offset)) = known {
            return Ok(Some(*offset));
        }
        match producer.batches.back() {
            Some((_, last, _)) if header.sequence != after(*last, 1) => {
                Err(E::OutOfOrderSequenceNumber)
            }
            _ => Ok(None),
        }
    }

    fn remember(&mut self, header: &Header, base: i64) {
        if self.producers.len() >= PRODUCERS && !self.producers.contains_key(&header.producer) {
            let oldest = self.producers.iter().min_by_key(|(_, p)| p.wrote_at);
            if let Some(id) = oldest.map(|(id, _)| *id) {
                self.producers.remove(&id);
            }
        }
        let producer = self.producers.entry(header.producer).or_insert(Producer {
            epoch: header.epoch,
            batches: VecDeque::new(),
            wrote_at: 0,
        });
        if producer.epoch != header.epoch {
            producer.epoch = header.epoch;
            producer.batches.clear();
        }
        if producer.batches.len() == REMEMBERED {
            producer.batches.pop_front();
        }
        producer
            .batches
            .push_back((header.sequence, header.last_sequence(), base));
        producer.wrote_at = self.next;
    }

    /// The batches from an offset on, at most so many bytes, but the first one in any case when `whole_first`.
    pub fn read(&self, from: i64, max_bytes: usize, whole_first: bool) -> Result<Vec<Bytes>, E> {
        if from < self.start || from > self.next {
            return Err(E::OffsetOutOfRange);
        }
        let first = self.batches.partition_point(|batch| batch.last < from);
        let mut left = max_bytes;
        let mut read = Vec::new();
        for batch in self.batches.range(first..) {
            let size = batch.bytes.len();
            if size > left && !(whole_first && read.is_empty()) {
                break;
            }
            left = left.saturating_sub(size);
            read.push(batch.bytes.clone());
        }
        Ok(read)
    }

    /// The first record from this time on: offset and timestamp.
    pub fn at_or_after(&self, timestamp: i64) -> Option<(i64, i64)> {
        let found = self
            .batches
            .iter()
            .find_map(|batch| batch.at_or_after(timestamp))?;
        Some((found.0.max(self.start), found.1))
    }

    /// The record with the largest timestamp, the first of them if there are several.
    pub fn latest_timestamp(&self) -> Option<(i64, i64)> {
        let largest = self.batches.iter().map(|batch| batch.max_timestamp).max()?;
        self.at_or_after(largest)
    }

    /// Where the epoch ended: the largest epoch that is not above it, and the first offset after that one. None if all
    /// that is here was written later.
    pub fn end_of_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        let next = self.epochs.partition_point(|(known, _)| *known <= epoch);
        let (found, _) = self.epochs.get(next.checked_sub(1)?)?;
        let end = self.epochs.get(next).map_or(self.next, |(_, first)| *first);
        Some((*found, end))
    }

    /// Deletes everything before this offset, which is at most the next one; -1 is that.
    pub fn delete_before(&mut self, offset: i64) -> Result<i64, E> {
        let offset = if offset == -1 { self.next } else { offset };
        if offset < 0 || offset > self.next {
            return Err(E::OffsetOutOfRange);
        }
        self.start = self.start.max(offset);
        while self
            .batches
            .front()
            .is_some_and(|batch| batch.last < self.start)
        {
            self.drop_first();
        }
        Ok(self.start)
    }

    /// Lets the oldest batch go, as retention would; whether there was one.
    pub fn drop_oldest(&mut self) -> bool {
        let Some(last) = self.batches.front().map(|batch| batch.last) else {
            return false;
        };
        self.start = self.start.max(last + 1);
        self.drop_first();
        true
    }

    fn drop_first(&mut self) {
        if let Some(batch) = self.batches.pop_front() {
            self.bytes -= size(&batch);
        }
    }
}

fn size(batch: &Batch) -> usize {
    batch.bytes.len() + OVERHEAD
}

#[cfg(test)]
mod tests;
