//! The in-memory broker, asked by our own clients, by raw requests where these cannot, and by kcat where it is installed.

mod faults;
mod kcat;
mod membership;
mod product;
mod refusals;
mod wire;

use std::time::Duration;

use hdikafka::kafka::Settings;
use hdikafka::kafka::consumer::{End, Start, Tail};
use hdikafka::kafka::producer::{Producer, Record};
use hdikafka::sandbox::kafka::{Cluster, EXTERNAL, Options};

const PATIENCE: Duration = Duration::from_secs(20);

fn cluster() -> Cluster {
    Cluster::start(Options::loopback(3)).unwrap()
}

fn settings(cluster: &Cluster) -> Settings {
    Settings {
        timeout: Duration::from_secs(10),
        ..Settings::new([cluster.bootstrap(EXTERNAL)])
    }
}

fn record(topic: &str, partition: i32, value: &str) -> Record {
    Record {
        topic: topic.into(),
        key: Some(format!("k{partition}")),
        value: Some(value.into()),
        partition: Some(partition),
    }
}

fn produce(settings: &Settings, records: &[(&str, i32, &str)]) {
    let producer = Producer::connect(settings).unwrap();
    for (topic, partition, value) in records {
        producer.send(&record(topic, *partition, value)).unwrap();
    }
}

/// The values of a topic from its beginning.
fn values(settings: &Settings, topic: &str) -> Vec<String> {
    Tail::new(settings, topic, Start::Earliest, End::Now)
        .unwrap()
        .map(|record| String::from_utf8(record.unwrap().value.unwrap()).unwrap())
        .collect()
}
