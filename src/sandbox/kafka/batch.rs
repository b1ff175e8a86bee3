//! Record batches (magic 2) as bytes: what a broker checks in one that comes, what it writes into it, and the records of
//! one that is not compressed. Compressed records are never looked into.

use bytes::{Buf, Bytes, BytesMut};
use crc32c::crc32c;
use kafka_protocol::error::ResponseError as E;

/// Bytes of the header before the records.
pub(super) const HEADER: usize = 61;
/// What the checksum covers begins here.
const CHECKED: usize = 21;
const CODEC: i16 = 0b111;
const LOG_APPEND_TIME: i16 = 0b1000;
const TRANSACTIONAL_OR_CONTROL: i16 = 0b11_0000;

/// The numbers of a batch's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub attributes: i16,
    pub last_delta: i32,
    /// Milliseconds since 1970.
    pub first_timestamp: i64,
    pub max_timestamp: i64,
    /// -1: the producer is not idempotent.
    pub producer: i64,
    pub epoch: i16,
    pub sequence: i32,
    pub count: i32,
}

impl Header {
    /// The caller makes sure that the header is there.
    fn read(batch: &[u8]) -> Option<Self> {
        let mut rest = batch.get(CHECKED..HEADER)?;
        Some(Self {
            attributes: rest.get_i16(),
            last_delta: rest.get_i32(),
            first_timestamp: rest.get_i64(),
            max_timestamp: rest.get_i64(),
            producer: rest.get_i64(),
            epoch: rest.get_i16(),
            sequence: rest.get_i32(),
            count: rest.get_i32(),
        })
    }

    pub fn compressed(&self) -> bool {
        self.attributes & CODEC != 0
    }

    pub fn last_sequence(&self) -> i32 {
        after(self.sequence, self.last_delta)
    }
}

/// Sequence numbers go from the largest i32 on to 0.
pub(super) fn after(sequence: i32, count: i32) -> i32 {
    let sum = i64::from(sequence) + i64::from(count);
    i32::try_from(sum % (i64::from(i32::MAX) + 1)).unwrap_or_default()
}

/// A batch that a producer sent, checked, not yet part of a log.
#[derive(Debug)]
pub(super) struct Incoming {
    pub header: Header,
    bytes: BytesMut,
}

impl Incoming {
    /// Checks what a producer sent for one partition: exactly one batch, whole, with the right checksum, with records
    /// that are numbered from 0. `zstd`: whether the version of the request knows that codec.
    pub fn check(records: &[u8], zstd: bool) -> Result<Self, E> {
        let mut sizes = records.get(8..12).ok_or(E::InvalidRecord)?;
        let length = usize::try_from(sizes.get_i32()).map_err(|_| E::CorruptMessage)?;
        let magic = *records.get(16).ok_or(E::CorruptMessage)?;
        if magic != 2 {
            return Err(E::InvalidRecord);
        }
        if length + 12 > records.len() || length + 12 < HEADER {
            return Err(E::CorruptMessage);
        }
        if length + 12 < records.len() {
            // One batch for a partition is all that a request may have since version 3.
            return Err(E::InvalidRecord);
        }
        let header = Header::read(records).ok_or(E::CorruptMessage)?;
        let mut sum = &records[17..CHECKED];
        if sum.get_u32() != crc32c(&records[CHECKED..]) {
            return Err(E::CorruptMessage);
        }
        let codec = header.attributes & CODEC;
        if codec > 4 || (codec == 4 && !zstd) {
            return Err(E::UnsupportedCompressionType);
        }
        if header.attributes & TRANSACTIONAL_OR_CONTROL != 0
            || header.count < 1
            || header.last_delta != header.count - 1
            || (header.producer >= 0 && (header.epoch < 0 || header.sequence < 0))
        {
            return Err(E::InvalidRecord);
        }
        if !header.compressed() && !numbered(&records[HEADER..], header.count) {
            return Err(E::InvalidRecord);
        }
        Ok(Self {
            header,
            bytes: BytesMut::from(records),
        })
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Gives it its place. With `arrival` (milliseconds since 1970) that becomes the timestamp of all its records.
    pub fn place(mut self, base: i64, leader_epoch: i32, arrival: Option<i64>) -> Batch {
        self.bytes[..8].copy_from_slice(&base.to_be_bytes());
        self.bytes[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
        if let Some(now) = arrival {
            let attributes = self.header.attributes | LOG_APPEND_TIME;
            self.header.attributes = attributes;
            self.header.max_timestamp = now;
            self.bytes[CHECKED..CHECKED + 2].copy_from_slice(&attributes.to_be_bytes());
            self.bytes[35..43].copy_from_slice(&now.to_be_bytes());
            let sum = crc32c(&self.bytes[CHECKED..]);
            self.bytes[17..CHECKED].copy_from_slice(&sum.to_be_bytes());
        }
        Batch {
            base,
            last: base + i64::from(self.header.last_delta),
            max_timestamp: self.header.max_timestamp,
            bytes: self.bytes.freeze(),
        }
    }
}

/// A batch in a log.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// Offset of the first record.
    pub base: i64,
    /// Offset of the last one.
    pub last: i64,
    /// The largest timestamp in it.
    pub max_timestamp: i64,
    /// As it goes over the wire.
    pub bytes: Bytes,
}

impl Batch {
    pub fn header(&self) -> Option<Header> {
        Header::read(&self.bytes)
    }

    /// Its records, or none of them if they are compressed.
    pub fn records(&self) -> Option<Records<'_>> {
        let header = self.header().filter(|header| !header.compressed())?;
        let arrival = header.attributes & LOG_APPEND_TIME != 0;
        Some(Records {
            rest: self.bytes.get(HEADER..)?,
            base: self.base,
            first_timestamp: header.first_timestamp,
            arrival: arrival.then_some(header.max_timestamp),
        })
    }

    /// The first record from this time on: offset and timestamp. In a compressed batch that is the batch's first record
    /// with the largest timestamp.
    pub fn at_or_after(&self, timestamp: i64) -> Option<(i64, i64)> {
        if self.max_timestamp < timestamp {
            return None;
        }
        let Some(mut records) = self.records() else {
            return Some((self.base, self.max_timestamp));
        };
        records
            .find(|record| record.timestamp >= timestamp)
            .map(|record| (record.offset, record.timestamp))
    }
}

/// A record in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw<'a> {
    pub offset: i64,
    pub timestamp: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    /// How many, and their bytes.
    headers: (i32, &'a [u8]),
}

impl<'a> Raw<'a> {
    pub fn headers(&self) -> Vec<(&'a [u8], Option<&'a [u8]>)> {
        let (count, mut rest) = self.headers;
        let mut one = || Some((sized(&mut rest)??, sized(&mut rest)?));
        (0..count).map_while(|_| one()).collect()
    }
}

pub(super) struct Records<'a> {
    rest: &'a [u8],
    base: i64,
    first_timestamp: i64,
    /// Instead of each record's own timestamp.
    arrival: Option<i64>,
}

impl<'a> Iterator for Records<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        let mut record = sized(&mut self.rest)??;
        let timestamp_delta = record.split_off(1..).and_then(|mut rest| {
            let delta = varint(&mut rest);
            record = rest;
            delta
        })?;
        let offset_delta = varint(&mut record)?;
        let key = sized(&mut record)?;
        let value = sized(&mut record)?;
        let count = i32::try_from(varint(&mut record)?).ok()?;
        Some(Raw {
            // Both numbers are the producer's, so their sum may be anything.
            offset: self.base.saturating_add(offset_delta),
            timestamp: self
                .arrival
                .unwrap_or(self.first_timestamp.saturating_add(timestamp_delta)),
            key,
            value,
            headers: (count, record),
        })
    }
}

/// Whether these are so many records, each whole, with offsets 0, 1, 2 …
fn numbered(records: &[u8], count: i32) -> bool {
    let mut records = Records {
        rest: records,
        base: 0,
        first_timestamp: 0,
        arrival: None,
    };
    let in_order = (0..i64::from(count)).all(|number| {
        records
            .next()
            .is_some_and(|record| record.offset == number && record.headers_whole())
    });
    in_order && records.rest.is_empty()
}

impl Raw<'_> {
    fn headers_whole(&self) -> bool {
        let (count, mut rest) = self.headers;
        let all = (0..count)
            .all(|_| matches!(sized(&mut rest), Some(Some(_))) && sized(&mut rest).is_some());
        count >= 0 && all && rest.is_empty()
    }
}

/// Bytes after their length; the inner none is a length of -1.
fn sized<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let length = varint(rest)?;
    if length == -1 {
        return Some(None);
    }
    let bytes = rest.split_off(..usize::try_from(length).ok()?)?;
    Some(Some(bytes))
}

/// A number in zigzag order, seven bits a byte.
fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut raw = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *rest.split_off_first()?;
        raw |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((raw >> 1) as i64 ^ -((raw & 1) as i64));
        }
    }
    None
}
