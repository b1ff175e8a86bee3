//! What a test sees of a cluster without being its client: records, groups, leaders, counts of requests.

use std::collections::BTreeMap;

use anyhow::Context as _;
use kafka_protocol::messages::ApiKey;

use super::group;
use super::state::State;

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    pub key: Option<Vec<u8>>,
    /// None is a tombstone.
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// A group as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable`.
    pub state: &'static str,
    /// Of the present set of members; it grows with every rebalance.
    pub generation: i32,
    /// By id.
    pub members: Vec<Member>,
    /// The offset read next, by topic and partition.
    pub positions: BTreeMap<(String, i32), i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    pub client_id: String,
    /// Without the port.
    pub host: String,
    /// As the leader of the group gave it, in the encoding of Kafka's consumers; empty before that.
    pub assignment: Vec<u8>,
}

/// The cluster at one moment.
pub struct Seen<'a>(pub(super) &'a State);

impl Seen<'_> {
    /// By name.
    pub fn topics(&self) -> Vec<String> {
        let topics = self.0.topics.iter();
        topics.map(|(name, _)| name.to_string()).collect()
    }

    /// The first offset of each partition and the next one to be given; none for a topic that there is not.
    pub fn watermarks(&self, topic: &str) -> Vec<(i64, i64)> {
        let topic = self.0.topics.get(topic).into_iter();
        let partitions = topic.flat_map(|topic| &topic.partitions);
        partitions
            .map(|partition| (partition.log.start(), partition.log.next()))
            .collect()
    }

    /// How many records the topic holds by its offsets, compressed ones included.
    pub fn count(&self, topic: &str) -> i64 {
        let marks = self.watermarks(topic);
        marks.iter().map(|(low, high)| high - low).sum()
    }

    /// All records of the topic, by partition and offset. Fails for an unknown topic, and for records that are
    /// compressed: nothing here can read these.
    pub fn records(&self, topic: &str) -> anyhow::Result<Vec<Record>> {
        let found = self.0.topics.get(topic);
        let found = found.with_context(|| format!("there is no topic {topic}"))?;
        let mut all = Vec::new();
        for (index, partition) in (0..).zip(&found.partitions) {
            for batch in partition.log.batches() {
                let records = batch
                    .records()
                    .with_context(|| format!("{topic}-{index}@{} is compressed", batch.base))?;
                let kept = records.filter(|record| record.offset >= partition.log.start());
                all.extend(kept.map(|record| Record {
                    partition: index,
                    offset: record.offset,
                    timestamp_ms: record.timestamp,
                    key: record.key.map(<[u8]>::to_vec),
                    value: record.value.map(<[u8]>::to_vec),
                    headers: headers(&record),
                }));
            }
        }
        Ok(all)
    }

    pub fn group(&self, name: &str) -> Option<Group> {
        let group = self.0.groups.get(name)?;
        let members = group
            .members()
            .map(|(id, member): (_, &group::Member)| Member {
                id: id.clone(),
                client_id: member.about.client_id.clone(),
                host: member.about.host.clone(),
                assignment: member.assignment.to_vec(),
            });
        let positions = group.positions.iter().flat_map(|(topic, partitions)| {
            let places = partitions.iter();
            places.map(|(index, position)| ((topic.clone(), *index), position.offset))
        });
        Some(Group {
            state: group.phase().name(),
            generation: group.generation(),
            members: members.collect(),
            positions: positions.collect(),
        })
    }

    /// The id of the node that leads it.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<i32> {
        let leader = self.0.topics.partition(topic, partition)?.leader?;
        Some(self.0.nodes[leader].id)
    }

    /// The id of the node that keeps this group.
    pub fn coordinator(&self, group: &str) -> Option<i32> {
        let node = self.0.coordinator(group)?;
        Some(self.0.nodes[node].id)
    }

    /// The id of the node that creates topics.
    pub fn controller(&self) -> Option<i32> {
        let node = self.0.controller()?;
        Some(self.0.nodes[node].id)
    }

    /// How many requests of this kind came to all nodes since the start, those that met a fault included.
    pub fn requests(&self, api: ApiKey) -> u64 {
        let found = self.0.requests.get(&(api as i16));
        found.copied().unwrap_or_default()
    }

    /// What the records take in memory.
    pub fn bytes(&self) -> usize {
        self.0.topics.bytes()
    }
}

fn headers(record: &super::batch::Raw<'_>) -> Vec<(String, Option<Vec<u8>>)> {
    let headers = record.headers().into_iter();
    headers
        .map(|(name, value)| {
            let name = String::from_utf8_lossy(name).into_owned();
            (name, value.map(<[u8]>::to_vec))
        })
        .collect()
}
