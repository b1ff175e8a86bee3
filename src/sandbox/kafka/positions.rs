//! The positions of a group: the offset that it reads next in each partition. Pure.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError as E;

/// Kafka's `offset.metadata.max.bytes`.
const MAX_METADATA: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    pub offset: i64,
    /// The leader's epoch that the member read the record before it in; -1 if it does not say.
    pub leader_epoch: i32,
    pub metadata: String,
}

/// By topic and partition.
#[derive(Debug, Default)]
pub(super) struct Positions(BTreeMap<String, BTreeMap<i32, Position>>);

impl Positions {
    pub fn set(&mut self, topic: &str, partition: i32, position: Position) -> Result<(), E> {
        if position.metadata.len() > MAX_METADATA {
            return Err(E::OffsetMetadataTooLarge);
        }
        self.0
            .entry(topic.to_owned())
            .or_default()
            .insert(partition, position);
        Ok(())
    }

    pub fn get(&self, topic: &str, partition: i32) -> Option<&Position> {
        self.0.get(topic)?.get(&partition)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &BTreeMap<i32, Position>)> {
        self.0.iter()
    }

    /// The topic is gone.
    pub fn forget(&mut self, topic: &str) {
        self.0.remove(topic);
    }
}
