//! The topics of the bridge and the sink's position in its topic, asked of Kafka itself.

use crate::iothub::command::device_of;
use crate::kafka;
use crate::kafka::admin::Admin;
use crate::kafka::backlog::messages_between;
use crate::kafka::consumer::{Range, Record};
use crate::kafka::group::Group;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::thread;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Topics {
    /// Kafka's own id of the cluster.
    pub cluster_id: String,
    pub brokers: usize,
    pub topics: BTreeMap<String, Shape>,
    pub sink: SinkPosition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub partitions: usize,
    pub replication_factor: usize,
}

/// Where the sink's consumer group stands. A partition without a committed position is read from the earliest record on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SinkPosition {
    pub committed: BTreeMap<i32, i64>,
    /// Earliest and next offset of each partition of the commands topic.
    pub watermarks: BTreeMap<i32, (i64, i64)>,
    /// The group has members now: the sink runs.
    pub active: bool,
    /// What the sink would send at its next start; none when that is nothing, or was not asked.
    pub backlog: Option<Backlog>,
}

/// Commands that wait in the topic for the sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    pub messages: u64,
    pub devices: usize,
    /// Unix time in milliseconds of the oldest of them.
    pub oldest_ms: Option<i64>,
}

impl SinkPosition {
    /// Messages between the committed position (or the beginning) and the end of the topic.
    pub fn waiting(&self) -> u64 {
        self.watermarks
            .iter()
            .map(|(partition, &(low, high))| {
                let from = self
                    .committed
                    .get(partition)
                    .copied()
                    .unwrap_or(low)
                    .max(low);
                u64::try_from(high - from).unwrap_or(0)
            })
            .sum()
    }

    /// Partitions on which nothing was ever committed.
    pub fn uncommitted(&self) -> Vec<i32> {
        self.watermarks
            .keys()
            .filter(|partition| !self.committed.contains_key(partition))
            .copied()
            .collect()
    }
}

/// One metadata request; and for an existing commands topic its watermarks and the group's positions. Those are asked
/// beside it, because each question to a far cluster is a round trip: what comes of them counts only if the topic exists.
pub fn ask(
    settings: &kafka::Settings,
    group: &str,
    commands_topic: &str,
) -> anyhow::Result<Topics> {
    thread::scope(|scope| {
        let position = scope.spawn(|| sink_position(settings, group, commands_topic));
        let mut topics = shapes(settings)?;
        if topics.topics.contains_key(commands_topic) {
            topics.sink = joined(position.join())?;
        }
        Ok(topics)
    })
}

fn joined<T>(outcome: thread::Result<anyhow::Result<T>>) -> anyhow::Result<T> {
    outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("internal error: a thread ended early")))
}

fn shapes(settings: &kafka::Settings) -> anyhow::Result<Topics> {
    let admin = Admin::connect(settings)?;
    let seen = admin.cluster();
    let cluster_id = admin.cluster_id().unwrap_or_default();
    let mut topics = Topics {
        cluster_id,
        brokers: seen.brokers.len(),
        ..Topics::default()
    };
    for topic in &seen.topics {
        let shape = Shape {
            partitions: topic.partitions.len(),
            replication_factor: topic.replication_factor().unwrap_or(0),
        };
        topics.topics.insert(topic.name.clone(), shape);
    }
    Ok(topics)
}

pub fn sink_position(
    settings: &kafka::Settings,
    group: &str,
    commands_topic: &str,
) -> anyhow::Result<SinkPosition> {
    let group = Group::open(settings, group)?;
    let (committed, marks, active) = thread::scope(|scope| {
        let committed = scope.spawn(|| Ok(group.committed(commands_topic)?));
        let marks = scope.spawn(|| Ok(group.watermarks(commands_topic)?));
        let active = group.describe().map(|group| !group.members.is_empty());
        (joined(committed.join()), joined(marks.join()), active)
    });
    let (committed, marks, active) = (committed?, marks?, active?);
    let mut position = SinkPosition {
        committed: committed
            .into_iter()
            .filter_map(|(partition, offset)| Some((partition, offset?)))
            .collect(),
        watermarks: marks
            .iter()
            .map(|mark| (mark.partition, (mark.low, mark.high)))
            .collect(),
        active,
        backlog: None,
    };
    if !position.active && position.waiting() > 0 {
        position.backlog = Some(backlog(settings, commands_topic, &position)?);
    }
    Ok(position)
}

/// Enough to say for whom and since when; the number is known from the offsets.
const LOOKED_AT: usize = 10_000;

/// Reads what waits: to how many devices, how old.
fn backlog(
    settings: &kafka::Settings,
    topic: &str,
    position: &SinkPosition,
) -> anyhow::Result<Backlog> {
    let range = |(&partition, &(low, to)): (&i32, &(i64, i64))| {
        let from = position
            .committed
            .get(&partition)
            .copied()
            .unwrap_or(low)
            .max(low);
        Range {
            partition,
            from,
            to,
        }
    };
    let ranges: Vec<Range> = position
        .watermarks
        .iter()
        .map(range)
        .filter(|range| range.from < range.to)
        .collect();
    let device = |record: &Record| device_of(record.value.as_deref()?);
    let seen = messages_between(settings, topic, &ranges, LOOKED_AT, device)?;
    Ok(Backlog {
        messages: u64::try_from(seen.count).unwrap_or(0),
        devices: seen.by_name.len(),
        oldest_ms: seen.oldest_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_counted_from_the_committed_position_or_the_beginning() {
        let position = SinkPosition {
            committed: [(0, 5), (1, 2)].into(),
            watermarks: [(0, (0, 8)), (1, (4, 6)), (2, (1, 3))].into(),
            ..SinkPosition::default()
        };
        assert_eq!(position.waiting(), 3 + 2 + 2);
        assert_eq!(position.uncommitted(), [2]);
    }
}
