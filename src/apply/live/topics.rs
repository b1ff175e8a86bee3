//! What a plan does to Kafka: topics, and where a group begins.

use super::Live;
use crate::kafka::{self, admin::Admin, admin::NewTopic, group::Group};
use crate::plan::Position;
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

impl Live<'_> {
    fn kafka(&self) -> anyhow::Result<&kafka::Settings> {
        self.kafka.as_ref().context("this run has no way to Kafka")
    }

    pub(super) fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        replication_factor: i32,
    ) -> anyhow::Result<()> {
        let settings = self.kafka()?;
        let topic = NewTopic {
            name: name.to_owned(),
            partitions,
            replication_factor,
            config: BTreeMap::new(),
        };
        let outcome = self
            .topics
            .hand_in(topic, |topics| create_topics(settings, &topics));
        outcome.context("the outcome of a creation was lost")?
    }

    pub(super) fn commit_group(
        &self,
        group: &str,
        topic: &str,
        position: &Position,
    ) -> anyhow::Result<()> {
        let settings = self.kafka()?;
        let group = Group::open(settings, group)?;
        // a topic that was just created is not known to every broker at once: neither to all leaders nor to the
        // coordinator of the group
        let end = Instant::now() + settings.timeout;
        loop {
            match set_position(&group, topic, position) {
                Err(error) if error.is_not_known_yet() && Instant::now() < end => {
                    std::thread::sleep(Duration::from_millis(25));
                }
                other => return Ok(other?),
            }
        }
    }
}

fn set_position(group: &Group, topic: &str, position: &Position) -> Result<(), kafka::KafkaError> {
    let marks = group.watermarks(topic)?;
    let positions: Vec<(i32, i64)> = match position {
        Position::Earliest => marks
            .iter()
            .map(|mark| (mark.partition, mark.low))
            .collect(),
        Position::Latest => marks
            .iter()
            .map(|mark| (mark.partition, mark.high))
            .collect(),
        Position::Time(ms) => group.offsets_for_time(topic, *ms)?,
    };
    group.commit(topic, &positions)
}

/// Over one connection, in one request.
fn create_topics(settings: &kafka::Settings, topics: &[NewTopic]) -> Vec<anyhow::Result<()>> {
    let created = Admin::connect(settings).and_then(|admin| admin.create(topics));
    match created {
        Ok(outcomes) => outcomes
            .into_iter()
            .map(|(_, outcome)| Ok(outcome?))
            .collect(),
        Err(error) => topics.iter().map(|_| Err(error.clone().into())).collect(),
    }
}
