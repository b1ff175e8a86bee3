//! What our program asks, through its own `kafka` module.

use std::collections::BTreeMap;

use hdikafka::kafka::KafkaError;
use hdikafka::kafka::admin::{Admin, CreateError, NewTopic};
use hdikafka::kafka::group::Group;
use hdikafka::kafka::producer::{SendError, send};
use hdikafka::sandbox::kafka::ApiKey;

use super::{cluster, produce, record, settings, values};

fn topic(name: &str, partitions: i32, replication_factor: i32) -> NewTopic {
    NewTopic {
        name: name.into(),
        partitions,
        replication_factor,
        config: BTreeMap::new(),
    }
}

#[test]
fn topics_are_created_described_and_refused() {
    let cluster = cluster();
    let admin = Admin::connect(&settings(&cluster)).unwrap();
    assert_eq!(admin.cluster_id().as_deref(), Some(cluster.cluster_id()));
    let ids: Vec<i32> = admin.cluster().brokers.iter().map(|b| b.id).collect();
    assert_eq!(ids, [1001, 1002, 1003]);

    let mut kept = topic("iotin", 8, 3);
    kept.config = BTreeMap::from([("retention.ms".into(), "60000".into())]);
    let mut unknown = topic("misspelt", 1, 1);
    unknown.config = BTreeMap::from([("retentoin.ms".into(), "60000".into())]);
    let wanted = [
        kept,
        topic("a b", 1, 1),
        topic("big", 1, 4),
        topic("none", 0, 1),
        unknown,
    ];
    let outcomes: Vec<_> = admin
        .create(&wanted)
        .unwrap()
        .into_iter()
        .map(|(_, o)| o)
        .collect();
    assert_eq!(outcomes[0], Ok(()));
    assert!(
        matches!(&outcomes[1], Err(CreateError::Other(text)) if text.contains("InvalidTopic")),
        "{outcomes:?}"
    );
    let wrong = CreateError::InvalidReplication {
        wanted: 4,
        brokers: 3,
    };
    assert_eq!(outcomes[2], Err(wrong));
    assert!(
        matches!(&outcomes[3], Err(CreateError::Other(text)) if text.contains("artitions")),
        "{outcomes:?}"
    );
    assert!(
        matches!(&outcomes[4], Err(CreateError::Other(text)) if text.contains("onfig")),
        "{outcomes:?}"
    );
    assert_eq!(
        admin.create(&[topic("iotin", 8, 3)]).unwrap()[0].1,
        Err(CreateError::AlreadyExists)
    );

    let described = admin.describe("iotin").unwrap();
    assert_eq!(
        described.config,
        BTreeMap::from([("retention.ms".into(), "60000".into())])
    );
    assert_eq!(described.topic.partitions.len(), 8);
    assert_eq!(described.topic.replication_factor(), Some(3));
    let leaders: std::collections::BTreeSet<_> = described
        .topic
        .partitions
        .iter()
        .map(|p| p.leader)
        .collect();
    assert_eq!(leaders.len(), 3, "leaders are spread over the nodes");
    let missing = admin.describe("iotout").unwrap_err();
    assert_eq!(
        missing,
        KafkaError::NoSuchTopic {
            topic: "iotout".into()
        }
    );
}

#[test]
fn records_go_in_and_come_out() {
    let cluster = cluster();
    cluster.create_topic("iotin", 4, 3, &[]).unwrap();
    let settings = settings(&cluster);
    produce(
        &settings,
        &[("iotin", 0, "a"), ("iotin", 3, "b"), ("iotin", 0, "c")],
    );
    let mut read = values(&settings, "iotin");
    read.sort();
    assert_eq!(read, ["a", "b", "c"]);
    let kept = cluster.records("iotin").unwrap();
    let places: Vec<_> = kept.iter().map(|r| (r.partition, r.offset)).collect();
    assert_eq!(places, [(0, 0), (0, 1), (3, 0)]);
    assert_eq!(kept[1].key.as_deref(), Some(b"k0".as_slice()));
    assert!(
        cluster.requests(ApiKey::InitProducerId) > 0,
        "the producer is idempotent"
    );
    let missing = send(&settings, &record("iotout", 0, "x")).unwrap_err();
    assert_eq!(
        missing,
        SendError::NoSuchTopic {
            topic: "iotout".into()
        }
    );
    let large = "x".repeat(1_100_000);
    assert_eq!(
        send(&settings, &record("iotin", 0, &large)),
        Err(SendError::TooLarge)
    );
}

#[test]
fn positions_of_a_group_are_set_and_read_from_outside() {
    let cluster = cluster();
    cluster.create_topic("iotout", 3, 3, &[]).unwrap();
    let settings = settings(&cluster);
    produce(&settings, &[("iotout", 0, "a"), ("iotout", 0, "b")]);
    let group = Group::open(&settings, "connect-AzureIotHubSinkConnector").unwrap();
    assert_eq!(group.describe().unwrap().state, "Dead");
    group.commit("iotout", &[(0, 1), (2, 0)]).unwrap();
    let set = BTreeMap::from([(0, Some(1)), (1, None), (2, Some(0))]);
    assert_eq!(group.committed("iotout").unwrap(), set);
    assert_eq!(group.describe().unwrap().state, "Empty");
    let marks: Vec<_> = group
        .watermarks("iotout")
        .unwrap()
        .iter()
        .map(|m| (m.low, m.high))
        .collect();
    assert_eq!(marks, [(0, 2), (0, 0), (0, 0)]);
    let seen = cluster.group("connect-AzureIotHubSinkConnector").unwrap();
    assert_eq!(seen.positions[&("iotout".to_owned(), 0)], 1);
}

#[test]
fn the_first_offset_from_a_time_on_is_exact_also_inside_a_batch() {
    let cluster = cluster();
    cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    let settings = settings(&cluster);
    produce(&settings, &[("iotin", 0, "a")]);
    std::thread::sleep(std::time::Duration::from_millis(5));
    produce(&settings, &[("iotin", 0, "b")]);
    let times: Vec<i64> = cluster
        .records("iotin")
        .unwrap()
        .iter()
        .map(|r| r.timestamp_ms)
        .collect();
    let group = Group::open(&settings, "g").unwrap();
    let at = |time| group.offsets_for_time("iotin", time).unwrap();
    assert_eq!(at(times[0]), [(0, 0)]);
    assert_eq!(at(times[0] + 1), [(0, 1)]);
    assert_eq!(at(times[1]), [(0, 1)]);
    assert_eq!(at(times[1] + 1), [(0, 2)]);
}
