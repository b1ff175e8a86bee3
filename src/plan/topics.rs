//! The two topics. One that is there with another shape is left alone: its data is somebody's.

use super::{Plan, Step, Wanted};
use crate::facts::Facts;

pub(super) fn plan(wanted: &Wanted, facts: &Facts, plan: &mut Plan) -> Vec<Step> {
    let mut steps = Vec::new();
    for topic in [&wanted.telemetry_topic, &wanted.commands_topic] {
        match facts.topics.topics.get(topic) {
            None => steps.push(Step::CreateTopic {
                topic: topic.clone(),
                partitions: wanted.partitions,
                replication_factor: wanted.replication_factor,
            }),
            Some(shape) => {
                let wished = (
                    wanted.partitions as usize,
                    wanted.replication_factor as usize,
                );
                if (shape.partitions, shape.replication_factor) != wished {
                    plan.warnings.push(format!(
                        "topic {topic} is there with another shape: partitions {}, replication {}; wanted {} and {}; it is left as it is",
                        shape.partitions, shape.replication_factor, wished.0, wished.1
                    ));
                }
                plan.in_place.push(format!("topic {topic}"));
            }
        }
    }
    if !steps.is_empty() && (wanted.replication_factor as usize) > facts.topics.brokers {
        plan.warnings.push(format!(
            "replication {} needs as many brokers; {} answer",
            wanted.replication_factor, facts.topics.brokers
        ));
    }
    steps
}
