//! Setting and reading the positions of a group.

use std::time::Instant;

use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, TopicName,
};

use super::super::positions::Position;
use super::super::request::{Request, code, text};
use super::super::state::{MAX_GROUPS, State};

pub fn commit(request: &Request<'_>, asked: OffsetCommitRequest) -> OffsetCommitResponse {
    let mut state = request.shared.lock();
    let allowed = may_commit(request, &mut state, &asked);
    let mut set = |topic: &str, wanted: &OffsetCommitRequestPartition| {
        allowed?;
        let index = wanted.partition_index;
        if state.topics.partition(topic, index).is_none() {
            return Err(E::UnknownTopicOrPartition);
        }
        let group = state.groups.get_mut(asked.group_id.as_str());
        let position = Position {
            offset: wanted.committed_offset,
            leader_epoch: wanted.committed_leader_epoch,
            metadata: wanted
                .committed_metadata
                .as_deref()
                .unwrap_or_default()
                .to_owned(),
        };
        let group = group.ok_or(E::UnknownMemberId)?;
        group.positions.set(topic, index, position)
    };
    let mut topics = Vec::new();
    for topic in asked.topics {
        let partitions = topic.partitions.iter().map(|wanted| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(wanted.partition_index)
                .with_error_code(code(&set(&topic.name, wanted)))
        });
        topics.push(
            OffsetCommitResponseTopic::default()
                .with_partitions(partitions.collect())
                .with_name(topic.name),
        );
    }
    drop(state);
    request.shared.changed.notify_all();
    OffsetCommitResponse::default().with_topics(topics)
}

/// A commit from outside makes the group if it does not exist.
fn may_commit(
    request: &Request<'_>,
    state: &mut State,
    asked: &OffsetCommitRequest,
) -> Result<(), E> {
    let name = asked.group_id.as_str();
    request.allowed_for_group(state, name)?;
    let generation = asked.generation_id_or_member_epoch;
    if !state.groups.contains_key(name) {
        return match (name, generation) {
            ("", _) => Err(E::InvalidGroupId),
            (_, 0..) => Err(E::IllegalGeneration),
            _ if state.groups.len() >= MAX_GROUPS => Err(E::GroupMaxSizeReached),
            _ => {
                state.groups.entry(name.to_owned()).or_default();
                Ok(())
            }
        };
    }
    let group = state.groups.get_mut(name).ok_or(E::UnknownMemberId)?;
    group.check_commit(&asked.member_id, generation, Instant::now())
}

/// What is told of one partition.
struct Told {
    partition: i32,
    offset: i64,
    leader_epoch: i32,
    metadata: String,
}

/// By topic.
type Answer = Vec<(TopicName, Vec<Told>)>;

/// Version 8 asks for several groups, and its answer has other structures for the same.
pub fn fetch(request: &Request<'_>, asked: OffsetFetchRequest) -> OffsetFetchResponse {
    let state = request.shared.lock();
    if request.version >= 8 {
        let groups = asked.groups.into_iter().map(|group| {
            let wanted = group.topics.map(|topics| {
                let topics = topics.into_iter();
                topics.map(|t| (t.name, t.partition_indexes)).collect()
            });
            let found = positions(request, &state, &group.group_id, wanted);
            OffsetFetchResponseGroup::default()
                .with_error_code(code(&found))
                .with_group_id(group.group_id)
                .with_topics(
                    found
                        .unwrap_or_default()
                        .into_iter()
                        .map(topics_of_8)
                        .collect(),
                )
        });
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    let wanted = asked.topics.map(|topics| {
        let topics = topics.into_iter();
        topics.map(|t| (t.name, t.partition_indexes)).collect()
    });
    let found = positions(request, &state, &asked.group_id, wanted.clone());
    let error = code(&found);
    let found = match found {
        Ok(found) => found,
        // Version 1 has a place for the code only at each partition.
        Err(_) => nothing(wanted.unwrap_or_default()),
    };
    let topics = found.into_iter().map(|topic| topic_until_7(topic, error));
    let response = OffsetFetchResponse::default().with_topics(topics.collect());
    match request.version {
        2.. => response.with_error_code(error),
        _ => response,
    }
}

/// `wanted`: None is all that the group ever set.
fn positions(
    request: &Request<'_>,
    state: &State,
    group: &str,
    wanted: Option<Vec<(TopicName, Vec<i32>)>>,
) -> Result<Answer, E> {
    request.allowed_for_group(state, group)?;
    let group = state.groups.get(group);
    let Some(wanted) = wanted else {
        let all = group.into_iter().flat_map(|group| group.positions.iter());
        return Ok(all
            .map(|(topic, partitions)| {
                let told = partitions.iter().map(|(index, at)| told(*index, Some(at)));
                (TopicName(text(topic)), told.collect())
            })
            .collect());
    };
    let found = wanted.into_iter().map(|(topic, partitions)| {
        let told = partitions.into_iter().map(|index| {
            let position = group.and_then(|group| group.positions.get(&topic, index));
            told(index, position)
        });
        let told = told.collect();
        (topic, told)
    });
    Ok(found.collect())
}

fn told(partition: i32, position: Option<&Position>) -> Told {
    Told {
        partition,
        offset: position.map_or(-1, |position| position.offset),
        leader_epoch: position.map_or(-1, |position| position.leader_epoch),
        metadata: position.map_or_else(String::new, |position| position.metadata.clone()),
    }
}

fn nothing(wanted: Vec<(TopicName, Vec<i32>)>) -> Answer {
    let topics = wanted.into_iter();
    let none = |partitions: Vec<i32>| partitions.into_iter().map(|p| told(p, None)).collect();
    topics
        .map(|(topic, partitions)| (topic, none(partitions)))
        .collect()
}

fn topic_until_7((name, told): (TopicName, Vec<Told>), error: i16) -> OffsetFetchResponseTopic {
    let partitions = told.into_iter().map(|told| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(told.partition)
            .with_committed_offset(told.offset)
            .with_committed_leader_epoch(told.leader_epoch)
            .with_metadata(Some(text(told.metadata)))
            .with_error_code(error)
    });
    OffsetFetchResponseTopic::default()
        .with_name(name)
        .with_partitions(partitions.collect())
}

fn topics_of_8((name, told): (TopicName, Vec<Told>)) -> OffsetFetchResponseTopics {
    let partitions = told.into_iter().map(|told| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(told.partition)
            .with_committed_offset(told.offset)
            .with_committed_leader_epoch(told.leader_epoch)
            .with_metadata(Some(text(told.metadata)))
    });
    OffsetFetchResponseTopics::default()
        .with_name(name)
        .with_partitions(partitions.collect())
}
