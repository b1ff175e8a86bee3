//! `topics create` and `topics delete` where brokers are slow to agree: on what was made or deleted a moment ago, and on
//! whether there is an answer at all.

use super::World;
use super::send_many::cluster;
use hdikafka::sandbox::kafka::{ApiKey, Cluster, Fault, ResponseError};
use std::time::Duration;

const CREATE: [&str; 3] = ["topics", "create", "audit"];
const DELETE: [&str; 4] = ["topics", "delete", "audit", "--yes"];

fn within(world: &World, seconds: &str, words: &[&str]) -> super::Outcome {
    world.run(&[words, &["--timeout", seconds]].concat())
}

fn there(kafka: &Cluster) -> bool {
    kafka
        .look(|seen| seen.topics())
        .contains(&"audit".to_owned())
}

#[test]
fn a_name_that_is_still_taken_is_asked_for_again() {
    let (kafka, world) = cluster("iotout", 1);
    let taken = Fault::error(ResponseError::TopicAlreadyExists);
    kafka.fail(ApiKey::CreateTopics, taken.clone().times(3));
    world.run(&CREATE).succeeded();
    assert!(there(&kafka));
    let again = world.run(&CREATE).succeeded();
    assert_eq!(again.out, "audit is there already\n");
    world.run(&DELETE).succeeded();
    assert!(!there(&kafka));
    kafka.fail(ApiKey::CreateTopics, taken);
    within(&world, "1", &CREATE).failed(1, &["still being deleted; try again later"]);
}

#[test]
fn a_topic_of_which_the_controller_has_not_heard_is_deleted() {
    let (kafka, world) = cluster("audit", 1);
    let unknown = Fault::error(ResponseError::UnknownTopicOrPartition);
    kafka.fail(ApiKey::DeleteTopics, unknown.clone());
    world
        .run(&DELETE)
        .failed(4, &["topic audit does not exist"]);
    assert!(there(&kafka));
    kafka.fail(ApiKey::DeleteTopics, unknown.times(2));
    world.run(&DELETE).succeeded();
    assert!(!there(&kafka));
}

#[test]
fn what_was_accepted_and_takes_long_is_looked_for() {
    let (kafka, world) = cluster("audit", 1);
    let later = || Fault::error(ResponseError::RequestTimedOut);
    kafka.fail(ApiKey::DeleteTopics, later());
    within(&world, "1", &DELETE).failed(1, &["brokers still list it after 1 s"]);
    kafka.clear_faults();
    world.run(&DELETE).succeeded();
    kafka.fail(ApiKey::CreateTopics, later());
    within(&world, "1", &CREATE).failed(1, &["not ready within 1 s"]);
    assert!(!there(&kafka));
}

#[test]
fn silence_is_no_refusal() {
    let (kafka, world) = cluster("audit", 1);
    for api in [ApiKey::CreateTopics, ApiKey::DeleteTopics] {
        kafka.fail(api, Fault::delay(Duration::from_secs(40)));
    }
    within(&world, "1", &DELETE).failed(8, &["no answer", "may have been deleted all the same"]);
    within(&world, "1", &["topics", "create", "other"])
        .failed(8, &["no answer", "may have been created all the same"]);
}

#[test]
fn a_topic_of_which_a_broker_has_not_heard_is_asked_for_again() {
    let (kafka, world) = cluster("audit", 1);
    let unknown = Fault::error(ResponseError::UnknownTopicOrPartition);
    for words in [&["tail", "audit", "--until-end"][..], &DELETE] {
        kafka.fail(ApiKey::ListOffsets, unknown.clone());
        world.run(words).failed(4, &["topic audit does not exist"]);
        kafka.fail(ApiKey::ListOffsets, unknown.clone().times(2));
        world.run(words).succeeded();
        kafka.clear_faults();
    }
}
