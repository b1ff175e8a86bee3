//! Writing: batches of producers, and the ids of idempotent ones.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{
    InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse, ProducerId,
};

use super::super::batch::Incoming;
use super::super::config;
use super::super::request::Request;
use super::super::state::State;

const ALL: i16 = -1;

/// What was given to a batch.
struct Written {
    offset: i64,
    /// The time of arrival, where the topic's timestamps are that.
    arrival: Option<i64>,
    log_start: i64,
}

/// None if the producer wants no answer.
pub fn produce(request: &Request<'_>, asked: ProduceRequest) -> Option<ProduceResponse> {
    let acks = asked.acks;
    // The checksums are computed before the lock is taken.
    let check = |records: Option<Bytes>| {
        request.allowed()?;
        match acks {
            _ if asked.transactional_id.is_some() => Err(E::InvalidRequest),
            -1..=1 => Incoming::check(&records.unwrap_or_default(), request.version >= 7),
            _ => Err(E::InvalidRequiredAcks),
        }
    };
    let mut checked = Vec::new();
    for topic in asked.topic_data {
        let partitions: Vec<(i32, Result<Incoming, E>)> = topic
            .partition_data
            .into_iter()
            .map(|partition| (partition.index, check(partition.records)))
            .collect();
        checked.push((topic.name, partitions));
    }
    let mut state = request.shared.lock();
    let mut responses = Vec::new();
    for (name, partitions) in checked {
        let partitions = partitions
            .into_iter()
            .map(|(index, incoming)| {
                let written = incoming
                    .and_then(|it| append(&mut state, request.node, &name, index, it, acks));
                response(index, written)
            })
            .collect();
        responses.push(
            TopicProduceResponse::default()
                .with_name(name)
                .with_partition_responses(partitions),
        );
    }
    state.topics.make_room(request.shared.options.memory);
    drop(state);
    request.shared.changed.notify_all();
    (acks != 0).then(|| ProduceResponse::default().with_responses(responses))
}

fn append(
    state: &mut State,
    node: usize,
    name: &str,
    index: i32,
    incoming: Incoming,
    acks: i16,
) -> Result<Written, E> {
    let alive = state.alive();
    let partition = state.led(node, name, index, -1)?;
    let in_sync = partition.in_sync(&alive).count();
    let topic = state
        .topics
        .get_mut(name)
        .ok_or(E::UnknownTopicOrPartition)?;
    if incoming.len() > config::number(&topic.config, "max.message.bytes") {
        return Err(E::MessageTooLarge);
    }
    if acks == ALL && in_sync < config::number(&topic.config, "min.insync.replicas") {
        return Err(E::NotEnoughReplicas);
    }
    let arrives = config::value(&topic.config, "message.timestamp.type") == "LogAppendTime";
    let arrival = arrives.then(now_ms);
    let partition = usize::try_from(index)
        .ok()
        .and_then(|index| topic.partitions.get_mut(index))
        .ok_or(E::UnknownTopicOrPartition)?;
    let offset = partition.log.append(incoming, partition.epoch, arrival)?;
    Ok(Written {
        offset,
        arrival,
        log_start: partition.log.start(),
    })
}

fn response(index: i32, written: Result<Written, E>) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default().with_index(index);
    match written {
        Ok(written) => response
            .with_base_offset(written.offset)
            .with_log_append_time_ms(written.arrival.unwrap_or(-1))
            .with_log_start_offset(written.log_start),
        Err(error) => response
            .with_error_code(error.code())
            .with_base_offset(-1)
            .with_log_append_time_ms(-1)
            .with_log_start_offset(-1),
    }
}

/// Transactions are not imitated: whoever asks for one is refused.
pub fn init_producer_id(
    request: &Request<'_>,
    asked: InitProducerIdRequest,
) -> InitProducerIdResponse {
    let mut state = request.shared.lock();
    let refused = match request.allowed() {
        Ok(()) if asked.transactional_id.is_some() => Err(E::InvalidRequest),
        other => other,
    };
    match refused {
        Ok(()) => {
            state.producers += 1;
            InitProducerIdResponse::default()
                .with_producer_id(ProducerId(state.producers))
                .with_producer_epoch(0)
        }
        Err(error) => InitProducerIdResponse::default()
            .with_error_code(error.code())
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1),
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
