use super::*;
use crate::kafka::producer::{self, Producer};
use rdkafka::mocking::MockCluster;

pub fn settings(brokers: &str) -> Settings {
    Settings {
        timeout: Duration::from_secs(5),
        ..Settings::new([brokers])
    }
}

pub fn produce(settings: &Settings, values: &[(i32, &str)]) {
    let producer = Producer::connect(settings).unwrap();
    for (partition, value) in values {
        let record = producer::Record {
            topic: "iotin".into(),
            key: Some(format!("k{partition}")),
            value: Some(value.as_bytes().to_vec()),
            partition: Some(*partition),
        };
        producer.send(&record).unwrap();
        // Timestamps have milliseconds; the order in time is what is tested.
        let now = Instant::now();
        while now.elapsed() < Duration::from_millis(2) {
            std::thread::yield_now();
        }
    }
}

fn values(tail: Tail) -> Vec<String> {
    tail.map(|record| String::from_utf8(record.unwrap().value.unwrap()).unwrap())
        .collect()
}

pub const VALUES: &[(i32, &str)] = &[(0, "a"), (2, "b"), (0, "c"), (2, "d"), (2, "e"), (0, "f")];

#[test]
fn the_last_ones_come_in_the_order_of_time() {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotin", 4, 1).unwrap();
    let settings = settings(&mock.bootstrap_servers());
    produce(&settings, VALUES);
    let last = |count| values(Tail::new(&settings, "iotin", Start::Last(count), End::Now).unwrap());
    assert_eq!(last(3), ["d", "e", "f"]);
    assert_eq!(last(100), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(last(0), Vec::<String>::new());
    assert_eq!(
        values(Tail::new(&settings, "iotin", Start::Earliest, End::Now).unwrap()).len(),
        6
    );
    assert!(values(Tail::new(&settings, "iotin", Start::Latest, End::Now).unwrap()).is_empty());
}

#[test]
fn following_goes_on_after_the_last_ones() {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotin", 4, 1).unwrap();
    let settings = settings(&mock.bootstrap_servers());
    produce(&settings, VALUES);
    let mut tail = Tail::new(&settings, "iotin", Start::Last(1), End::Follow).unwrap();
    let first = tail.next().unwrap().unwrap();
    assert_eq!(first.value.as_deref(), Some(b"f".as_slice()));
    assert_eq!(
        (first.partition, first.offset, first.key.as_deref()),
        (0, 2, Some(b"k0".as_slice()))
    );
    assert_eq!(
        tail.poll(Duration::from_millis(10)).unwrap(),
        Polled::Nothing
    );
    produce(&settings, &[(3, "new")]);
    assert_eq!(
        tail.next().unwrap().unwrap().value.as_deref(),
        Some(b"new".as_slice())
    );
}

#[test]
fn brokers_that_go_away_in_the_middle_end_a_reading_that_has_an_end() {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotin", 1, 1).unwrap();
    let settings = Settings {
        timeout: Duration::from_secs(2),
        ..settings(&mock.bootstrap_servers())
    };
    produce(&settings, &[(0, "a")]);
    let beyond = [Range {
        partition: 0,
        from: 1,
        to: 5,
    }];
    let mut tail = Tail::between(&settings, "iotin", &beyond).unwrap();
    mock.broker_down(1).unwrap();
    let outcome = tail.next();
    assert!(
        matches!(outcome, Some(Err(KafkaError::Unreachable { .. })) | None),
        "{outcome:?}"
    );
}
