//! How records flow through the two topics: how far the sink has come with the commands, and how old the newest telemetry
//! is. Asked of Kafka with one client, again and again if need be.

use super::topics::Shape;
use crate::kafka::Settings;
use crate::kafka::admin::Cluster;
use crate::kafka::group::{Description, Group};
use crate::kafka::newest::Newest;
use crate::kafka::{KafkaError, Watermarks};
use anyhow::Context as _;
use serde::Serialize;
use std::collections::BTreeMap;
use std::thread;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Of all topics.
    pub shapes: BTreeMap<String, Shape>,
    /// None: there is no topic of telemetry.
    pub telemetry: Option<Newest>,
    /// None: there is no topic of commands, or it could not be asked for.
    pub sink: Option<Sink>,
}

/// The sink's consumer group in the topic of commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sink {
    pub group: String,
    /// `Stable`, `Empty`, `Dead`, `PreparingRebalance`, `CompletingRebalance`
    pub state: String,
    pub members: usize,
    pub topic: String,
    /// Sums over the partitions. A position that was never committed counts as the first record there is.
    pub position: i64,
    pub end: i64,
    pub lag: i64,
    pub partitions: Vec<Lag>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Lag {
    pub partition: i32,
    /// The offset that the group reads next; none where it never committed.
    pub position: Option<i64>,
    pub end: i64,
    pub lag: i64,
}

/// A client for these questions.
pub struct Asker {
    name: String,
    group: Group,
}

impl Asker {
    /// Nobody is contacted yet.
    pub fn new(settings: &Settings, sink_group: &str) -> anyhow::Result<Self> {
        let group = Group::open(settings, sink_group)?;
        let name = sink_group.to_owned();
        Ok(Self { name, group })
    }

    /// The group that it asks for.
    pub fn sink_group(&self) -> &str {
        &self.name
    }

    /// Which topics there are; then positions, ends, members and the newest telemetry side by side.
    pub fn ask(&self, telemetry: &str, commands: &str) -> anyhow::Result<Flow> {
        let group = &self.group;
        let cluster = group.cluster().context("asking Kafka for its topics")?;
        let partitions = |name: &str| -> Option<Vec<i32>> {
            let topic = cluster.topics.iter().find(|topic| topic.name == name)?;
            Some(topic.partitions.iter().map(|one| one.id).collect())
        };
        let (telemetry_parts, commands_parts) = (partitions(telemetry), partitions(commands));
        let (newest, sink) = thread::scope(|scope| {
            let newest = telemetry_parts
                .as_ref()
                .map(|parts| scope.spawn(|| group.newest(telemetry, parts)));
            let sink = commands_parts.as_ref().map(|parts| {
                let committed = scope.spawn(|| group.committed_of(commands, parts));
                let marks = scope.spawn(|| group.watermarks_of(commands, parts));
                let described = group.describe_among_known();
                let (committed, marks) = (joined(committed.join())?, joined(marks.join())?);
                let read = sink(&self.name, commands, &described?, &committed, &marks);
                Ok::<_, anyhow::Error>(read)
            });
            (newest.map(|newest| joined(newest.join())), sink)
        });
        Ok(Flow {
            telemetry: newest
                .transpose()
                .with_context(|| format!("reading the newest record of {telemetry}"))?,
            sink: sink
                .transpose()
                .with_context(|| format!("asking for the positions of {}", self.name))?,
            shapes: shapes(&cluster),
        })
    }
}

fn joined<T>(outcome: thread::Result<Result<T, KafkaError>>) -> anyhow::Result<T> {
    match outcome {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(anyhow::anyhow!("internal error: a thread ended early")),
    }
}

fn shapes(cluster: &Cluster) -> BTreeMap<String, Shape> {
    let shape = |topic: &crate::kafka::admin::Topic| {
        let shape = Shape {
            partitions: topic.partitions.len(),
            replication_factor: topic.replication_factor().unwrap_or(0),
        };
        (topic.name.clone(), shape)
    };
    cluster.topics.iter().map(shape).collect()
}

fn sink(
    name: &str,
    topic: &str,
    group: &Description,
    committed: &BTreeMap<i32, Option<i64>>,
    marks: &[Watermarks],
) -> Sink {
    let mut sink = Sink {
        group: name.to_owned(),
        state: group.state.clone(),
        members: group.members.len(),
        topic: topic.to_owned(),
        position: 0,
        end: 0,
        lag: 0,
        partitions: Vec::new(),
    };
    for mark in marks {
        let position = committed.get(&mark.partition).copied().flatten();
        // What was deleted before it was read will not be read.
        let from = position.unwrap_or(mark.low).max(mark.low);
        let lag = (mark.high - from).max(0);
        sink.position += from;
        sink.end += mark.high;
        sink.lag += lag;
        sink.partitions.push(Lag {
            partition: mark.partition,
            position,
            end: mark.high,
            lag,
        });
    }
    sink
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_position_and_end_is_behind() {
        let group = Description {
            state: "Empty".into(),
            members: Vec::new(),
        };
        let mark = |partition, low, high| Watermarks {
            partition,
            low,
            high,
        };
        let marks = [mark(0, 0, 8), mark(1, 4, 6), mark(2, 5, 5), mark(3, 0, 2)];
        let committed = [(0, Some(5)), (1, Some(2)), (2, None), (3, Some(7))].into();
        let sink = sink("connect-x", "iotout", &group, &committed, &marks);
        let lags: Vec<i64> = sink.partitions.iter().map(|one| one.lag).collect();
        assert_eq!(lags, [3, 2, 0, 0]);
        assert_eq!((sink.position, sink.end, sink.lag), (5 + 4 + 5 + 7, 21, 5));
        assert_eq!(sink.partitions[2].position, None);
    }
}
