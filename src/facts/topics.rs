//! The topics of the bridge and the sink's position in its topic, asked of Kafka itself.

use super::places::SINK_GROUP;
use crate::kafka;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
                let from = self.committed.get(partition).copied().unwrap_or(low).max(low);
                u64::try_from(high - from).unwrap_or(0)
            })
            .sum()
    }

    /// Partitions on which nothing was ever committed.
    pub fn uncommitted(&self) -> Vec<i32> {
        self.watermarks.keys().filter(|partition| !self.committed.contains_key(partition)).copied().collect()
    }
}

/// One metadata request; and for an existing commands topic its watermarks and the group's positions.
pub fn ask(settings: &kafka::Settings, commands_topic: &str) -> anyhow::Result<Topics> {
    let admin = kafka::admin::Admin::connect(settings)?;
    let metadata = admin.topics()?;
    let mut topics = Topics { cluster_id: admin.cluster_id()?, brokers: admin.brokers()?, ..Topics::default() };
    for topic in metadata {
        let replication_factor = topic.partitions.iter().map(|partition| partition.replicas.len()).min().unwrap_or(0);
        topics.topics.insert(topic.name, Shape { partitions: topic.partitions.len(), replication_factor });
    }
    if topics.topics.contains_key(commands_topic) {
        topics.sink = sink_position(settings, commands_topic)?;
    }
    Ok(topics)
}

pub fn sink_position(settings: &kafka::Settings, commands_topic: &str) -> anyhow::Result<SinkPosition> {
    let group = kafka::consumer::Group::new(settings, SINK_GROUP)?;
    let watermarks = group.watermarks(commands_topic)?;
    let committed = group.committed(commands_topic)?;
    let mut position = SinkPosition {
        committed,
        watermarks,
        active: group.members()? > 0,
        backlog: None,
    };
    if !position.active && position.waiting() > 0 {
        position.backlog = Some(backlog(settings, commands_topic, &position)?);
    }
    Ok(position)
}

/// Reads what waits: how many messages, to how many devices, how old.
fn backlog(settings: &kafka::Settings, topic: &str, position: &SinkPosition) -> anyhow::Result<Backlog> {
    let ranges: Vec<(i32, i64, i64)> = position
        .watermarks
        .iter()
        .map(|(&partition, &(low, high))| (partition, position.committed.get(&partition).copied().unwrap_or(low).max(low), high))
        .filter(|(_, from, to)| from < to)
        .collect();
    let mut devices = std::collections::BTreeSet::new();
    let mut oldest_ms = None;
    let mut messages = 0;
    kafka::consumer::read_ranges(settings, topic, &ranges, |record| {
        messages += 1;
        oldest_ms = match (oldest_ms, record.timestamp_ms) {
            (Some(old), Some(new)) => Some(std::cmp::min(old, new)),
            (old, new) => old.or(new),
        };
        devices.insert(record.key.clone());
    })?;
    Ok(Backlog { messages, devices: devices.len(), oldest_ms })
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
