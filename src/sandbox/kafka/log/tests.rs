use super::*;
use bytes::BytesMut;
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

/// A batch as a producer sends it: producer id, epoch and sequence, and for each record its timestamp.
fn batch(producer: i64, epoch: i16, sequence: i32, times: &[i64]) -> BytesMut {
    let record = |(number, time): (usize, &i64)| Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: -1,
        producer_id: producer,
        producer_epoch: epoch,
        timestamp_type: TimestampType::Creation,
        offset: number as i64,
        sequence: if producer < 0 {
            number as i32 - 1
        } else {
            sequence + number as i32
        },
        timestamp: *time,
        key: Some(Bytes::from_static(b"k")),
        value: Some(Bytes::from(vec![b'x'; 100])),
        headers: [("h".to_owned().into(), None)].into_iter().collect(),
    };
    let records: Vec<Record> = times.iter().enumerate().map(record).collect();
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    let mut bytes = BytesMut::new();
    RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
    bytes
}

fn append(log: &mut Log, bytes: &[u8]) -> Result<i64, E> {
    log.append(Incoming::check(bytes, true)?, 0, None)
}

#[test]
fn a_repetition_is_written_once_and_a_gap_refused() {
    let mut log = Log::default();
    assert_eq!(append(&mut log, &batch(7, 0, 0, &[1, 2])), Ok(0));
    assert_eq!(append(&mut log, &batch(7, 0, 2, &[3])), Ok(2));
    assert_eq!(append(&mut log, &batch(7, 0, 0, &[1, 2])), Ok(0), "again");
    assert_eq!(append(&mut log, &batch(7, 0, 2, &[3])), Ok(2), "again");
    assert_eq!(log.next(), 3);
    assert_eq!(
        append(&mut log, &batch(7, 0, 4, &[5])),
        Err(E::OutOfOrderSequenceNumber)
    );
    assert_eq!(
        append(&mut log, &batch(7, 1, 3, &[5])),
        Err(E::OutOfOrderSequenceNumber)
    );
    assert_eq!(append(&mut log, &batch(7, 1, 0, &[5])), Ok(3));
    assert_eq!(
        append(&mut log, &batch(7, 0, 3, &[4])),
        Err(E::InvalidProducerEpoch)
    );
    assert_eq!(
        append(&mut log, &batch(8, 0, 0, &[4])),
        Ok(4),
        "another producer"
    );
    assert_eq!(append(&mut log, &batch(-1, -1, 0, &[4])), Ok(5), "none");
    assert_eq!(
        append(&mut log, &batch(-1, -1, 0, &[4])),
        Ok(6),
        "none, twice"
    );
}

#[test]
fn sequences_go_round() {
    assert_eq!(after(i32::MAX, 1), 0);
    assert_eq!(after(i32::MAX - 1, 3), 1);
    assert_eq!(after(5, 1), 6);
}

#[test]
fn what_is_no_batch() {
    let good = batch(-1, -1, 0, &[1, 2, 3]);
    let spoilt = |at: usize, with: u8| {
        let mut bytes = good.clone();
        bytes[at] = with;
        Incoming::check(&bytes, true).unwrap_err()
    };
    assert_eq!(
        spoilt(80, 0xff),
        E::CorruptMessage,
        "a record's byte, by the checksum"
    );
    assert_eq!(spoilt(16, 1), E::InvalidRecord, "magic");
    assert_eq!(spoilt(10, 0xff), E::CorruptMessage, "length");
    let summed = |change: &dyn Fn(&mut BytesMut)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        let sum = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&sum.to_be_bytes());
        Incoming::check(&bytes, false).map(|_| ())
    };
    assert_eq!(summed(&|_| {}), Ok(()));
    assert_eq!(
        summed(&|b| b[22] = 4),
        Err(E::UnsupportedCompressionType),
        "zstd, too early"
    );
    assert_eq!(summed(&|b| b[22] = 7), Err(E::UnsupportedCompressionType));
    assert_eq!(
        summed(&|b| b[22] = 0x10),
        Err(E::InvalidRecord),
        "transactional"
    );
    assert_eq!(summed(&|b| b[60] = 4), Err(E::InvalidRecord), "count");
    assert_eq!(
        summed(&|b| b[61] = 9),
        Err(E::InvalidRecord),
        "a record's length"
    );
    assert_eq!(Incoming::check(&[], true).unwrap_err(), E::InvalidRecord);
    assert_eq!(
        Incoming::check(&[0; 70], true).unwrap_err(),
        E::InvalidRecord
    );
    let two = [&good[..], &good[..]].concat();
    assert_eq!(Incoming::check(&two, true).unwrap_err(), E::InvalidRecord);
    assert_eq!(
        Incoming::check(&good[..90], true).unwrap_err(),
        E::CorruptMessage
    );
}

#[test]
fn times_are_found_inside_a_batch() {
    let mut log = Log::default();
    append(&mut log, &batch(-1, -1, 0, &[10, 30, 20])).unwrap();
    append(&mut log, &batch(-1, -1, 0, &[5, 40])).unwrap();
    assert_eq!(log.at_or_after(0), Some((0, 10)));
    assert_eq!(log.at_or_after(11), Some((1, 30)));
    assert_eq!(log.at_or_after(31), Some((4, 40)));
    assert_eq!(log.at_or_after(41), None);
    assert_eq!(log.latest_timestamp(), Some((4, 40)));
    let all: Vec<_> = log.batches().flat_map(|b| b.records().unwrap()).collect();
    assert_eq!(all[1].headers(), [(b"h".as_slice(), None)]);
    assert_eq!(all[4].offset, 4);
}

#[test]
fn a_topic_of_arrival_times() {
    let mut log = Log::default();
    let incoming = Incoming::check(&batch(-1, -1, 0, &[10, 30]), true).unwrap();
    log.append(incoming, 0, Some(77)).unwrap();
    assert_eq!(log.at_or_after(31), Some((0, 77)));
    let read = log.read(0, usize::MAX, true).unwrap();
    assert!(
        Incoming::check(&read[0], true).is_ok(),
        "the checksum is right again"
    );
}

#[test]
fn reading_and_its_bounds() {
    let mut log = Log::default();
    for _ in 0..3 {
        append(&mut log, &batch(-1, -1, 0, &[1, 2])).unwrap();
    }
    let size = log.read(0, usize::MAX, true).unwrap()[0].len();
    let count = |from, most, first| log.read(from, most, first).map(|read| read.len());
    assert_eq!(count(0, usize::MAX, false), Ok(3));
    assert_eq!(
        count(3, usize::MAX, false),
        Ok(2),
        "the batch that holds it comes whole"
    );
    assert_eq!(count(0, 2 * size, false), Ok(2));
    assert_eq!(count(0, 1, true), Ok(1));
    assert_eq!(count(0, 1, false), Ok(0));
    assert_eq!(count(6, 1, true), Ok(0));
    assert_eq!(count(7, 1, true), Err(E::OffsetOutOfRange));
    assert_eq!(count(-1, 1, true), Err(E::OffsetOutOfRange));
}

#[test]
fn deleting_moves_the_start() {
    let mut log = Log::default();
    for _ in 0..3 {
        append(&mut log, &batch(-1, -1, 0, &[1, 2])).unwrap();
    }
    let all = log.bytes();
    assert_eq!(log.delete_before(3), Ok(3));
    assert_eq!(log.bytes(), all - all / 3, "half a batch is not let go");
    assert_eq!(log.read(2, 1, true), Err(E::OffsetOutOfRange));
    assert_eq!(log.delete_before(9), Err(E::OffsetOutOfRange));
    assert!(log.drop_oldest());
    assert_eq!((log.start(), log.next()), (4, 6));
    assert_eq!(log.delete_before(-1), Ok(6));
    assert_eq!((log.bytes(), log.drop_oldest()), (0, false));
}

#[test]
fn where_an_epoch_ended() {
    let mut log = Log::default();
    for epoch in [0, 0, 3] {
        let incoming = Incoming::check(&batch(-1, -1, 0, &[1]), true).unwrap();
        log.append(incoming, epoch, None).unwrap();
    }
    assert_eq!(log.end_of_epoch(0), Some((0, 2)));
    assert_eq!(log.end_of_epoch(2), Some((0, 2)));
    assert_eq!(log.end_of_epoch(3), Some((3, 3)));
    assert_eq!(log.end_of_epoch(-1), None);
}
