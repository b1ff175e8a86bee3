//! Members of groups: librdkafka's consumers, several at once, that come, leave and fall silent.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hdikafka::sandbox::kafka::{ApiKey, Cluster, EXTERNAL, Fault, Options};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::Message;

use super::{PATIENCE, produce, settings};

fn quick() -> Cluster {
    let options = Options {
        session_timeout: Duration::from_millis(500)..=Duration::from_secs(60),
        ..Options::loopback(3)
    };
    Cluster::start(options).unwrap()
}

fn member(cluster: &Cluster, group: &str, id: &str) -> BaseConsumer {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", cluster.bootstrap(EXTERNAL))
        .set("group.id", group)
        .set("client.id", id)
        .set("session.timeout.ms", "1500")
        .set("heartbeat.interval.ms", "100")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    consumer.subscribe(&["iotout"]).unwrap();
    consumer
}

/// The partitions that each one reads, once all have some and they are six in all.
fn shared_out(consumers: &[&BaseConsumer]) -> Vec<BTreeSet<i32>> {
    let end = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < end, "never shared out");
        let parts: Vec<BTreeSet<i32>> = consumers
            .iter()
            .map(|consumer| {
                let _ = consumer.poll(Duration::from_millis(10));
                let assignment = consumer.assignment().unwrap();
                assignment
                    .elements()
                    .iter()
                    .map(|e| e.partition())
                    .collect()
            })
            .collect();
        let all: BTreeSet<i32> = parts.iter().flatten().copied().collect();
        let sum: usize = parts.iter().map(BTreeSet::len).sum();
        if all.len() == 6 && sum == 6 && parts.iter().all(|part| !part.is_empty()) {
            return parts;
        }
    }
}

#[test]
fn one_member_joins_at_once_reads_and_commits() {
    let cluster = quick();
    cluster.create_topic("iotout", 6, 3, &[]).unwrap();
    produce(
        &settings(&cluster),
        &[("iotout", 0, "a"), ("iotout", 5, "b")],
    );
    let consumer = member(&cluster, "g", "one");
    let mut read = Vec::new();
    let end = Instant::now() + PATIENCE;
    while read.len() < 2 {
        assert!(Instant::now() < end, "only {read:?}");
        if let Some(message) = consumer.poll(Duration::from_millis(20)) {
            let message = message.unwrap();
            read.push((message.partition(), message.payload().unwrap().to_vec()));
            consumer.commit_message(&message, CommitMode::Sync).unwrap();
        }
    }
    let group = cluster.group("g").unwrap();
    assert_eq!((group.state, group.members.len()), ("Stable", 1));
    assert_eq!(group.members[0].client_id, "one");
    assert_eq!(group.positions[&("iotout".to_owned(), 5)], 1);
    let seen = hdikafka::kafka::group::Group::open(&settings(&cluster), "g").unwrap();
    let described = seen.describe().unwrap();
    assert_eq!(
        (described.state.as_str(), described.members.len()),
        ("Stable", 1)
    );
    let refused = seen.commit("iotout", &[(0, 0)]).unwrap_err();
    assert!(
        matches!(refused, hdikafka::kafka::KafkaError::GroupInUse { .. }),
        "{refused:?}"
    );
    drop(consumer);
    let left =
        |group: Option<hdikafka::sandbox::kafka::Group>| group.is_some_and(|g| g.state == "Empty");
    cluster
        .wait_for("the member to leave", PATIENCE, |seen| {
            left(seen.group("g"))
        })
        .unwrap();
    seen.commit("iotout", &[(0, 0)]).unwrap();
}

#[test]
fn three_members_share_and_one_leaves() {
    let cluster = quick();
    cluster.create_topic("iotout", 6, 3, &[]).unwrap();
    let one = member(&cluster, "g", "one");
    shared_out(&[&one]);
    let (two, three) = (member(&cluster, "g", "two"), member(&cluster, "g", "three"));
    let parts = shared_out(&[&one, &two, &three]);
    assert!(parts.iter().all(|part| part.len() == 2), "{parts:?}");
    let before = cluster.group("g").unwrap().generation;
    drop(two);
    let parts = shared_out(&[&one, &three]);
    assert!(parts.iter().all(|part| part.len() == 3), "{parts:?}");
    let group = cluster.group("g").unwrap();
    assert!(group.generation > before);
    assert!(cluster.requests(ApiKey::LeaveGroup) > 0);
}

#[test]
fn a_group_goes_on_when_its_coordinator_dies() {
    let cluster = quick();
    cluster.create_topic("iotout", 6, 3, &[]).unwrap();
    let one = member(&cluster, "g", "one");
    shared_out(&[&one]);
    let coordinator = cluster.look(|seen| seen.coordinator("g")).unwrap();
    cluster.stop_node(coordinator).unwrap();
    let beats = cluster.requests(ApiKey::Heartbeat);
    let went_on = cluster.wait_for("heartbeats", PATIENCE, |seen| {
        seen.requests(ApiKey::Heartbeat) > beats + 3
    });
    went_on.unwrap();
    assert_eq!(shared_out(&[&one])[0].len(), 6);
}

#[test]
fn a_member_whose_heartbeats_are_lost_is_let_go_and_comes_back() {
    let cluster = quick();
    cluster.create_topic("iotout", 6, 3, &[]).unwrap();
    let one = member(&cluster, "g", "one");
    shared_out(&[&one]);
    cluster.fail(ApiKey::Heartbeat, Fault::hang_up());
    cluster
        .wait_for("the session to end", PATIENCE, |seen| {
            seen.group("g")
                .is_some_and(|group| group.members.is_empty())
        })
        .unwrap();
    cluster.clear_faults();
    assert_eq!(shared_out(&[&one])[0].len(), 6);
}
