//! What Kafka refuses, asked by hand: bad bytes, wrong nodes, wrong numbers.

use bytes::{Bytes, BytesMut};
use hdikafka::sandbox::kafka::{ApiKey, Cluster, Options, ResponseError as E};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, CreateTopicsRequest, DeleteTopicsRequest,
    FetchRequest, HeartbeatRequest, InitProducerIdRequest, ListOffsetsRequest, MetadataRequest,
    RequestKind, ResponseHeader, ResponseKind, create_topics_request::CreatableTopic,
};
use kafka_protocol::protocol::{Decodable, StrBytes};

use super::cluster;
use super::wire::{Wire, batch, name, outcome, produce};

fn fetch(topic: &str, partition: i32, offset: i64) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_partition(partition)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default()
        .with_topic(name(topic))
        .with_partitions(vec![partition]);
    FetchRequest::default()
        .with_max_wait_ms(10)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic])
}

/// Code, records and watermark.
fn fetched(wire: &mut Wire, topic: &str, partition: i32, offset: i64) -> (i16, Bytes, i64) {
    let request = fetch(topic, partition, offset);
    let ResponseKind::Fetch(answer) = wire.ask(11, request, ApiKey::Fetch) else {
        unreachable!()
    };
    let data = answer.responses[0].partitions[0].clone();
    (data.error_code, data.records.unwrap(), data.high_watermark)
}

fn alive(cluster: &Cluster) -> bool {
    let mut wire = Wire::to(cluster, 1001);
    let answer = wire.ask(3, ApiVersionsRequest::default(), ApiKey::ApiVersions);
    matches!(answer, ResponseKind::ApiVersions(answer) if answer.error_code == 0)
}

#[test]
fn what_is_no_request_ends_its_own_connection_and_nothing_else() {
    let options = Options {
        max_request: 100_000,
        ..Options::loopback(1)
    };
    let cluster = Cluster::start(options).unwrap();
    let mut other = Wire::to(&cluster, 1001);
    other.ask(0, MetadataRequest::default(), ApiKey::Metadata);
    let mut metadata = vec![0, 3, 0, 9, 0, 0, 0, 1, 0, 1, b'x', 0];
    // An array of 2^32 - 2 topics.
    metadata.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    let frames: &[&[u8]] = &[
        b"",
        b"x",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        &[0xff; 64],
        &[0; 9],
        &[0, 99, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff],
        &[0, 3, 0, 77, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        &metadata,
    ];
    for frame in frames {
        let mut wire = Wire::to(&cluster, 1001);
        wire.raw(frame);
        assert!(wire.closed(), "{frame:?}");
    }
    for raw in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0x7f, 0xff, 0xff, 0xff],
        &[0, 1, 0x86, 0xa1],
    ] {
        let mut wire = Wire::to(&cluster, 1001);
        wire.bytes(raw);
        assert!(wire.closed(), "{raw:?}");
    }
    let answer = other.ask(0, MetadataRequest::default(), ApiKey::Metadata);
    assert!(matches!(answer, ResponseKind::Metadata(_)));
    assert!(alive(&cluster));
}

#[test]
fn a_version_of_tomorrow_is_told_what_there_is() {
    let cluster = cluster();
    let mut wire = Wire::to(&cluster, 1002);
    // ApiVersions in version 9, with a body that nobody knows.
    wire.raw(&[0, 18, 0, 9, 0, 0, 0x12, 0x67, 0, 1, b'x', 1, 2, 3]);
    let mut bytes = wire.frame().unwrap();
    ResponseHeader::decode(&mut bytes, 0).unwrap();
    let answer = ApiVersionsResponse::decode(&mut bytes, 0).unwrap();
    assert_eq!(answer.error_code, E::UnsupportedVersion.code());
    let produce = answer.api_keys.iter().find(|api| api.api_key == 0).unwrap();
    assert_eq!((produce.min_version, produce.max_version), (0, 9));
    let answer = wire.ask(0, ApiVersionsRequest::default(), ApiKey::ApiVersions);
    assert!(matches!(answer, ResponseKind::ApiVersions(answer) if answer.error_code == 0));
}

#[test]
fn batches_that_are_not_taken() {
    let cluster = cluster();
    cluster
        .create_topic("iotin", 3, 1, &[("max.message.bytes", "1000")])
        .unwrap();
    cluster
        .create_topic("safe", 1, 2, &[("min.insync.replicas", "3")])
        .unwrap();
    let mut wire = Wire::to_leader(&cluster, "iotin", 0);
    let good = batch(-1, 0, &[b"a", b"b"]);
    assert_eq!(wire.produce("iotin", 0, good.clone()), (0, 0));
    let mut broken = BytesMut::from(&good[..]);
    broken[70] ^= 1;
    let refused = |code: E| (code.code(), -1);
    assert_eq!(
        wire.produce("iotin", 0, broken.freeze()),
        refused(E::CorruptMessage)
    );
    let large = batch(-1, 0, &[&[b'x'; 1000]]);
    assert_eq!(wire.produce("iotin", 0, large), refused(E::MessageTooLarge));
    assert_eq!(
        wire.produce("iotin", 0, Bytes::new()),
        refused(E::InvalidRecord)
    );
    assert_eq!(
        wire.produce("iotin", 1, good.clone()),
        refused(E::NotLeaderOrFollower)
    );
    assert_eq!(
        wire.produce("iotin", 7, good.clone()),
        refused(E::UnknownTopicOrPartition)
    );
    assert_eq!(
        wire.produce("iotin", -1, good.clone()),
        refused(E::UnknownTopicOrPartition)
    );
    assert_eq!(
        wire.produce("other", 0, good.clone()),
        refused(E::UnknownTopicOrPartition)
    );
    let mut safe = Wire::to_leader(&cluster, "safe", 0);
    assert_eq!(
        safe.produce("safe", 0, good.clone()),
        refused(E::NotEnoughReplicas)
    );
    let ResponseKind::Produce(answer) =
        wire.ask(8, produce("iotin", 0, good.clone(), 2), ApiKey::Produce)
    else {
        unreachable!()
    };
    assert_eq!(outcome(&answer), refused(E::InvalidRequiredAcks));
    // acks=0 has no answer: the next one is that of the next request.
    wire.send(
        8,
        &produce("iotin", 0, good.clone(), 0).into(),
        ApiKey::Produce,
    );
    assert_eq!(wire.produce("iotin", 0, good), (0, 4));
}

#[test]
fn an_idempotent_producer_that_repeats_itself_or_leaves_something_out() {
    let cluster = cluster();
    cluster.create_topic("iotin", 1, 3, &[]).unwrap();
    let mut wire = Wire::to_leader(&cluster, "iotin", 0);
    let ResponseKind::InitProducerId(id) = wire.ask(
        1,
        InitProducerIdRequest::default().with_transactional_id(None),
        ApiKey::InitProducerId,
    ) else {
        unreachable!()
    };
    let id = id.producer_id.0;
    assert!(id >= 0);
    assert_eq!(
        wire.produce("iotin", 0, batch(id, 0, &[b"a", b"b"])),
        (0, 0)
    );
    assert_eq!(wire.produce("iotin", 0, batch(id, 2, &[b"c"])), (0, 2));
    assert_eq!(
        wire.produce("iotin", 0, batch(id, 0, &[b"a", b"b"])),
        (0, 0)
    );
    let gap = wire.produce("iotin", 0, batch(id, 4, &[b"e"]));
    assert_eq!(gap.0, E::OutOfOrderSequenceNumber.code());
    assert_eq!(cluster.records("iotin").unwrap().len(), 3);
    let transactional = InitProducerIdRequest::default().with_transactional_id(Some(
        kafka_protocol::messages::TransactionalId(StrBytes::from_static_str("t")),
    ));
    let ResponseKind::InitProducerId(answer) = wire.ask(1, transactional, ApiKey::InitProducerId)
    else {
        unreachable!()
    };
    assert_eq!(answer.error_code, E::InvalidRequest.code());
}

#[test]
fn batches_come_back_as_they_were_sent_compressed_or_not() {
    let cluster = cluster();
    cluster.create_topic("iotin", 1, 3, &[]).unwrap();
    let mut wire = Wire::to_leader(&cluster, "iotin", 0);
    // The broker never looks into what is compressed: any bytes do.
    let mut sent = BytesMut::from(&batch(-1, 0, &[b"abcdef", b"ghi"])[..]);
    sent[22] = 2;
    let sum = crc32c(&sent[21..]);
    sent[17..21].copy_from_slice(&sum.to_be_bytes());
    let sent = sent.freeze();
    assert_eq!(wire.produce("iotin", 0, batch(-1, 0, &[b"first"])), (0, 0));
    assert_eq!(wire.produce("iotin", 0, sent.clone()), (0, 1));
    let (code, read, end) = fetched(&mut wire, "iotin", 0, 1);
    assert_eq!((code, end), (0, 3));
    assert_eq!(read[..8], 1i64.to_be_bytes());
    assert_eq!(read[16..], sent[16..]);
    assert!(
        cluster
            .records("iotin")
            .is_err_and(|e| e.to_string().contains("compressed"))
    );
    assert_eq!(fetched(&mut wire, "iotin", 0, 3).0, 0);
    assert_eq!(
        fetched(&mut wire, "iotin", 0, 4).0,
        E::OffsetOutOfRange.code()
    );
    assert_eq!(
        fetched(&mut wire, "iotin", 5, 0).0,
        E::UnknownTopicOrPartition.code()
    );
    let other = if cluster.look(|seen| seen.leader("iotin", 0)) == Some(1001) {
        1002
    } else {
        1001
    };
    let mut elsewhere = Wire::to(&cluster, other);
    assert_eq!(
        fetched(&mut elsewhere, "iotin", 0, 0).0,
        E::NotLeaderOrFollower.code()
    );
}

/// The checksum of batches, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn the_largest_timestamp_and_old_leaders() {
    let cluster = cluster();
    cluster.create_topic("iotin", 1, 3, &[]).unwrap();
    let mut wire = Wire::to_leader(&cluster, "iotin", 0);
    wire.produce("iotin", 0, batch(-1, 0, &[b"a", b"b"]));
    let mut list = |timestamp: i64, epoch: i32| {
        let partition = ListOffsetsPartition::default()
            .with_current_leader_epoch(epoch)
            .with_timestamp(timestamp);
        let topic = ListOffsetsTopic::default()
            .with_name(name("iotin"))
            .with_partitions(vec![partition]);
        let request = ListOffsetsRequest::default().with_topics(vec![topic]);
        let ResponseKind::ListOffsets(answer) = wire.ask(7, request, ApiKey::ListOffsets) else {
            unreachable!()
        };
        let found = &answer.topics[0].partitions[0];
        (found.error_code, found.offset, found.timestamp)
    };
    assert_eq!(list(-3, -1), (0, 1, 1001));
    assert_eq!(list(-2, 0), (0, 0, -1));
    assert_eq!(list(1001, 0), (0, 1, 1001));
    assert_eq!(list(-1, 5), (E::UnknownLeaderEpoch.code(), -1, -1));
    let leader = cluster.look(|seen| seen.leader("iotin", 0)).unwrap();
    cluster.stop_node(leader).unwrap();
    cluster.start_node(leader).unwrap();
    wire = Wire::to_leader(&cluster, "iotin", 0);
    let mut list = |epoch: i32| {
        let partition = ListOffsetsPartition::default()
            .with_current_leader_epoch(epoch)
            .with_timestamp(-1);
        let topic = ListOffsetsTopic::default()
            .with_name(name("iotin"))
            .with_partitions(vec![partition]);
        let request = ListOffsetsRequest::default().with_topics(vec![topic]);
        let ResponseKind::ListOffsets(answer) = wire.ask(7, request, ApiKey::ListOffsets) else {
            unreachable!()
        };
        answer.topics[0].partitions[0].error_code
    };
    assert_eq!((list(0), list(2)), (E::FencedLeaderEpoch.code(), 0));
}

#[test]
fn who_is_not_the_one_to_ask() {
    let cluster = cluster();
    let creation = CreateTopicsRequest::default().with_topics(vec![
        CreatableTopic::default()
            .with_name(name("t"))
            .with_num_partitions(1)
            .with_replication_factor(1),
    ]);
    let create = |node: i32| {
        let answer = Wire::to(&cluster, node).ask(7, creation.clone(), ApiKey::CreateTopics);
        let ResponseKind::CreateTopics(answer) = answer else {
            unreachable!()
        };
        answer.topics[0].error_code
    };
    assert_eq!(create(1002), E::NotController.code());
    assert_eq!(create(1001), 0);
    assert_eq!(create(1001), E::TopicAlreadyExists.code());
    let deletion = DeleteTopicsRequest::default().with_topic_names(vec![name("t"), name("x")]);
    let answer = Wire::to(&cluster, 1001).ask(5, deletion, ApiKey::DeleteTopics);
    let ResponseKind::DeleteTopics(answer) = answer else {
        unreachable!()
    };
    let codes: Vec<i16> = answer.responses.iter().map(|one| one.error_code).collect();
    assert_eq!(codes, [0, E::UnknownTopicOrPartition.code()]);

    let coordinator = cluster.look(|seen| seen.coordinator("g")).unwrap();
    let beat = HeartbeatRequest::default()
        .with_group_id(kafka_protocol::messages::GroupId(
            StrBytes::from_static_str("g"),
        ))
        .with_member_id(StrBytes::from_static_str("m"));
    for node in [1001, 1002, 1003] {
        let request: RequestKind = beat.clone().into();
        let ResponseKind::Heartbeat(answer) =
            Wire::to(&cluster, node).ask(4, request, ApiKey::Heartbeat)
        else {
            unreachable!()
        };
        let expected = if node == coordinator {
            E::UnknownMemberId
        } else {
            E::NotCoordinator
        };
        assert_eq!(answer.error_code, expected.code());
    }
}
