use super::*;
use rdkafka::mocking::MockCluster;
use rdkafka::types::RDKafkaApiKey;

fn settings(brokers: &str) -> Settings {
    Settings {
        timeout: Duration::from_secs(5),
        ..Settings::new([brokers])
    }
}

fn record(value: &[u8]) -> Record {
    Record {
        topic: "iotout".into(),
        key: Some("fakepi".into()),
        value: Some(value.to_vec()),
        partition: None,
    }
}

#[test]
fn a_record_is_acknowledged_with_its_place() {
    let mock = MockCluster::new(3).unwrap();
    mock.create_topic("iotout", 8, 3).unwrap();
    let settings = settings(&mock.bootstrap_servers());
    let first = send(&settings, &record(b"one")).unwrap();
    let producer = Producer::connect(&settings).unwrap();
    let second = producer.send(&record(b"two")).unwrap();
    assert_eq!(
        (first.partition, first.offset + 1),
        (second.partition, second.offset)
    );
    assert_eq!(first.to_string(), format!("iotout-{}@0", first.partition));

    let chosen = Record {
        partition: Some(5),
        ..record(b"three")
    };
    assert_eq!(producer.send(&chosen).unwrap().to_string(), "iotout-5@0");
}

#[test]
fn the_partition_is_the_one_that_java_chooses() {
    // Utils.toPositive(Utils.murmur2("fakepi")) % 8 of Kafka's Java client.
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotout", 8, 1).unwrap();
    let sent = send(&settings(&mock.bootstrap_servers()), &record(b"x")).unwrap();
    assert_eq!(sent.partition, 6);
}

#[test]
fn a_dead_broker_means_not_sent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let brokers = format!("127.0.0.1:{port}");
    let settings = Settings {
        timeout: Duration::from_secs(1),
        ..settings(&brokers)
    };
    let error = send(&settings, &record(b"x")).unwrap_err();
    let SendError::NotSent(KafkaError::Unreachable { cause, .. }) = &error else {
        panic!("{error:?}")
    };
    assert!(cause.contains("Connection refused"), "{cause}");
}

#[test]
fn an_answer_that_never_comes_is_unknown() {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotout", 1, 1).unwrap();
    let settings = Settings {
        timeout: Duration::from_secs(2),
        ..settings(&mock.bootstrap_servers())
    };
    let producer = Producer::connect(&settings).unwrap();
    producer.send(&record(b"warm")).unwrap();
    mock.broker_round_trip_time(1, Duration::from_secs(30))
        .unwrap();
    let error = producer.send(&record(b"x")).unwrap_err();
    assert!(matches!(error, SendError::Unknown { .. }), "{error:?}");
}

#[test]
fn what_the_broker_says_no_to() {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotout", 1, 1).unwrap();
    let settings = settings(&mock.bootstrap_servers());
    let refuse = |error| mock.request_errors(RDKafkaApiKey::Produce, &[error]);
    refuse(RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    assert_eq!(send(&settings, &record(b"x")), Err(SendError::TooLarge));
    refuse(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    let error = send(&settings, &record(b"x"));
    assert!(
        matches!(error, Err(SendError::NotSent(KafkaError::Denied { .. }))),
        "{error:?}"
    );
    let chosen = Record {
        partition: Some(7),
        ..record(b"x")
    };
    assert!(matches!(
        send(&settings, &chosen),
        Err(SendError::NoSuchPartition { partition: 7, .. })
    ));
    let large = vec![b'x'; 2_000_000];
    assert_eq!(send(&settings, &record(&large)), Err(SendError::TooLarge));
}

#[test]
fn librdkafkas_own_retries_are_written_once() {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic("iotout", 1, 1).unwrap();
    mock.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
        ],
    );
    let sent = send(&settings(&mock.bootstrap_servers()), &record(b"x")).unwrap();
    assert_eq!(sent.offset, 0);
}
