//! Reading, with Kafka's long poll: an answer waits until there is enough, or the reader's time is up. There are no fetch
//! sessions: every request names all that it wants, which Kafka allows.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::fetch_request::FetchPartition;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{BrokerId, FetchRequest, FetchResponse};

use super::super::request::Request;
use super::super::state::State;

/// What was found in one partition.
struct Found {
    batches: Vec<Bytes>,
    start: i64,
    end: i64,
}

/// None if nobody waits for the answer any more.
pub fn fetch(request: &Request<'_>, asked: FetchRequest) -> Option<FetchResponse> {
    let refused = match request.allowed() {
        Ok(()) if asked.session_id != 0 && asked.session_epoch > 0 => {
            Err(E::FetchSessionIdNotFound)
        }
        other => other,
    };
    // Version 7 has a place for the code of the whole; before it stands at each partition.
    if let (Err(error), 7..) = (refused, request.version) {
        return Some(FetchResponse::default().with_error_code(error.code()));
    }
    let wait = Duration::from_millis(u64::try_from(asked.max_wait_ms).unwrap_or_default());
    let until = Instant::now() + wait;
    let enough = usize::try_from(asked.min_bytes.max(1)).unwrap_or(1);
    let mut state = request.shared.lock();
    let found = loop {
        let found = look(request, &state, &asked);
        let bytes: usize = found.iter().flatten().flatten().map(size).sum();
        let trouble = found.iter().flatten().any(Result::is_err);
        if bytes >= enough || trouble || Instant::now() >= until {
            break found;
        }
        state = request.wait(state, Some(until))?;
    };
    drop(state);
    Some(response(&asked, found))
}

fn size(found: &Found) -> usize {
    found.batches.iter().map(Bytes::len).sum()
}

/// What there is now, by topic and partition as they were asked for.
fn look(request: &Request<'_>, state: &State, asked: &FetchRequest) -> Vec<Vec<Result<Found, E>>> {
    let mut left = usize::try_from(asked.max_bytes).unwrap_or_default();
    // A batch that is larger than the limits is given all the same if it is the first: else nobody could ever read it.
    let mut first = true;
    let mut one = |topic: &str, wanted: &FetchPartition| {
        request.allowed()?;
        let (index, epoch) = (wanted.partition, wanted.current_leader_epoch);
        let partition = state.led(request.node, topic, index, epoch)?;
        let most = usize::try_from(wanted.partition_max_bytes).unwrap_or_default();
        let batches = partition
            .log
            .read(wanted.fetch_offset, most.min(left), first)?;
        let found = Found {
            batches,
            start: partition.log.start(),
            end: partition.log.next(),
        };
        left = left.saturating_sub(size(&found));
        first &= found.batches.is_empty();
        Ok(found)
    };
    asked
        .topics
        .iter()
        .map(|topic| {
            topic
                .partitions
                .iter()
                .map(|p| one(&topic.topic, p))
                .collect()
        })
        .collect()
}

fn response(asked: &FetchRequest, found: Vec<Vec<Result<Found, E>>>) -> FetchResponse {
    let topics = asked.topics.iter().zip(found).map(|(topic, found)| {
        let partitions = topic.partitions.iter().zip(found);
        FetchableTopicResponse::default()
            .with_topic(topic.topic.clone())
            .with_partitions(
                partitions
                    .map(|(p, found)| data(p.partition, found))
                    .collect(),
            )
    });
    FetchResponse::default().with_responses(topics.collect())
}

fn data(index: i32, found: Result<Found, E>) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(index)
        .with_aborted_transactions(None)
        .with_preferred_read_replica(BrokerId(-1));
    match found {
        Ok(found) => data
            .with_high_watermark(found.end)
            .with_last_stable_offset(found.end)
            .with_log_start_offset(found.start)
            .with_records(Some(joined(found.batches))),
        Err(error) => data
            .with_error_code(error.code())
            .with_high_watermark(-1)
            .with_last_stable_offset(-1)
            .with_log_start_offset(-1)
            .with_records(Some(Bytes::new())),
    }
}

/// One after the other; a single batch is not copied.
fn joined(mut batches: Vec<Bytes>) -> Bytes {
    if batches.len() <= 1 {
        return batches.pop().unwrap_or_default();
    }
    let mut all = BytesMut::with_capacity(batches.iter().map(Bytes::len).sum());
    for batch in batches {
        all.extend_from_slice(&batch);
    }
    all.freeze()
}
