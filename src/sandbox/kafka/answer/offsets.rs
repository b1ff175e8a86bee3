//! Questions about offsets: the ends of a partition, the first one from a time on, the end of a leader's epoch; and
//! deleting what is before an offset.

use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{
    DeleteRecordsRequest, DeleteRecordsResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};

use super::super::request::{Request, code};
use super::super::state::State;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
/// The record with the largest timestamp (version 7).
const MAX_TIMESTAMP: i64 = -3;

pub fn list(request: &Request<'_>, asked: ListOffsetsRequest) -> ListOffsetsResponse {
    let state = request.shared.lock();
    let topics = asked.topics.into_iter().map(|topic| {
        let one = |wanted: &ListOffsetsPartition| {
            let found = offset(request, &state, &topic.name, wanted);
            let response = ListOffsetsPartitionResponse::default()
                .with_partition_index(wanted.partition_index)
                .with_error_code(code(&found));
            let (offset, timestamp, epoch) = found.unwrap_or((-1, -1, -1));
            response
                .with_offset(offset)
                .with_timestamp(timestamp)
                .with_leader_epoch(if request.version >= 4 { epoch } else { -1 })
        };
        let partitions = topic.partitions.iter().map(one).collect();
        ListOffsetsTopicResponse::default()
            .with_partitions(partitions)
            .with_name(topic.name)
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

/// Offset, timestamp (-1 where the question was for no record) and epoch.
fn offset(
    request: &Request<'_>,
    state: &State,
    topic: &str,
    wanted: &ListOffsetsPartition,
) -> Result<(i64, i64, i32), E> {
    request.allowed()?;
    let (index, epoch) = (wanted.partition_index, wanted.current_leader_epoch);
    let partition = state.led(request.node, topic, index, epoch)?;
    let log = &partition.log;
    let (offset, timestamp) = match wanted.timestamp {
        LATEST => (log.next(), -1),
        EARLIEST => (log.start(), -1),
        MAX_TIMESTAMP if request.version >= 7 => log.latest_timestamp().unwrap_or((-1, -1)),
        time if time >= 0 => log.at_or_after(time).unwrap_or((-1, -1)),
        _ => return Err(E::InvalidRequest),
    };
    Ok((offset, timestamp, partition.epoch))
}

pub fn end_of_epoch(
    request: &Request<'_>,
    asked: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let state = request.shared.lock();
    let topics = asked.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|wanted| {
            let (index, epoch) = (wanted.partition, wanted.current_leader_epoch);
            let found = request
                .allowed()
                .and_then(|()| state.led(request.node, &topic.topic, index, epoch))
                .map(|partition| partition.log.end_of_epoch(wanted.leader_epoch));
            let (error, end) = (code(&found), found.ok().flatten());
            EpochEndOffset::default()
                .with_partition(index)
                .with_error_code(error)
                .with_leader_epoch(end.map_or(-1, |(epoch, _)| epoch))
                .with_end_offset(end.map_or(-1, |(_, offset)| offset))
        });
        OffsetForLeaderTopicResult::default()
            .with_partitions(partitions.collect())
            .with_topic(topic.topic)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

pub fn delete_records(request: &Request<'_>, asked: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let mut state = request.shared.lock();
    let mut one = |topic: &str, index: i32, before: i64| {
        request.allowed()?;
        state.led(request.node, topic, index, -1)?;
        let partition = usize::try_from(index)
            .ok()
            .and_then(|index| state.topics.get_mut(topic)?.partitions.get_mut(index))
            .ok_or(E::UnknownTopicOrPartition)?;
        partition.log.delete_before(before)
    };
    let mut topics = Vec::new();
    for topic in asked.topics {
        let partitions = topic.partitions.iter().map(|wanted| {
            let low = one(&topic.name, wanted.partition_index, wanted.offset);
            DeleteRecordsPartitionResult::default()
                .with_partition_index(wanted.partition_index)
                .with_error_code(code(&low))
                .with_low_watermark(low.unwrap_or(-1))
        });
        topics.push(
            DeleteRecordsTopicResult::default()
                .with_partitions(partitions.collect())
                .with_name(topic.name),
        );
    }
    drop(state);
    request.shared.changed.notify_all();
    DeleteRecordsResponse::default().with_topics(topics)
}
