//! Each switch of the cluster, seen by a client that goes on, or that says what is wrong.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use hdikafka::kafka::KafkaError;
use hdikafka::kafka::admin::Admin;
use hdikafka::kafka::consumer::{End, Start, Tail};
use hdikafka::kafka::producer::{Producer, SendError, send};
use hdikafka::sandbox::kafka::{
    ApiKey, Cluster, EXTERNAL, Fault, Listener, Node, Options, ResponseError as E,
};
use kafka_protocol::messages::MetadataRequest;

use super::wire::{Wire, batch};
use super::{PATIENCE, cluster, produce, record, settings, values};

fn with_topic() -> Cluster {
    let cluster = cluster();
    cluster.create_topic("iotin", 3, 3, &[]).unwrap();
    cluster
}

#[test]
fn errors_for_the_next_requests_are_retried_and_written_once() {
    let cluster = with_topic();
    cluster.fail(ApiKey::Produce, Fault::error(E::NotEnoughReplicas).times(2));
    let sent = send(&settings(&cluster), &record("iotin", 0, "x")).unwrap();
    assert_eq!(sent.offset, 0);
    assert_eq!(cluster.requests(ApiKey::Produce), 3);
    assert_eq!(cluster.records("iotin").unwrap().len(), 1);
    cluster.fail(ApiKey::Produce, Fault::error(E::TopicAuthorizationFailed));
    let error = send(&settings(&cluster), &record("iotin", 0, "x")).unwrap_err();
    assert!(
        matches!(error, SendError::NotSent(KafkaError::Denied { .. })),
        "{error:?}"
    );
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_and_the_record_written_once() {
    let cluster = with_topic();
    for cut in [0, 7] {
        cluster.fail(ApiKey::Produce, Fault::cut_at(cut).times(1));
        let before = cluster.requests(ApiKey::Produce);
        let value = format!("cut at {cut}");
        send(&settings(&cluster), &record("iotin", 0, &value)).unwrap();
        assert_eq!(cluster.requests(ApiKey::Produce), before + 2);
    }
    cluster.fail(ApiKey::Produce, Fault::hang_up().times(1));
    send(&settings(&cluster), &record("iotin", 0, "hung up")).unwrap();
    assert_eq!(
        values(&settings(&cluster), "iotin"),
        ["cut at 0", "cut at 7", "hung up"]
    );
}

#[test]
fn answers_that_come_late_or_slowly() {
    let cluster = with_topic();
    let settings = settings(&cluster);
    produce(&settings, &[("iotin", 0, &"x".repeat(20_000))]);
    // Not for one request only: the producer from above may ask for metadata of its own accord.
    cluster.fail(ApiKey::Metadata, Fault::delay(Duration::from_millis(300)));
    let began = Instant::now();
    Admin::connect(&settings).unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
    cluster.clear_faults();
    cluster.fail(ApiKey::Fetch, Fault::slow(50_000));
    let began = Instant::now();
    assert_eq!(values(&settings, "iotin").len(), 1);
    assert!(
        began.elapsed() >= Duration::from_millis(300),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn what_a_dead_node_led_is_led_by_another_until_it_comes_back() {
    let cluster = with_topic();
    let settings = settings(&cluster);
    let producer = Producer::connect(&settings).unwrap();
    producer.send(&record("iotin", 0, "a")).unwrap();
    let leader = || cluster.look(|seen| seen.leader("iotin", 0));
    let first = leader().unwrap();
    let addr = cluster.addr(first, EXTERNAL).unwrap();
    cluster.stop_node(first).unwrap();
    assert!(TcpStream::connect(addr).is_err(), "nobody listens there");
    assert_eq!(cluster.connections(first).unwrap(), 0);
    assert_ne!(leader(), Some(first));
    producer.send(&record("iotin", 0, "b")).unwrap();
    let admin = Admin::connect(&settings).unwrap();
    assert_eq!(admin.cluster().brokers.len(), 2);
    let partition = &admin.describe("iotin").unwrap().topic.partitions[0];
    assert_eq!((partition.replicas.len(), partition.isr.len()), (3, 2));
    cluster.start_node(first).unwrap();
    assert_eq!(leader(), Some(first));
    producer.send(&record("iotin", 0, "c")).unwrap();
    assert_eq!(values(&settings, "iotin"), ["a", "b", "c"]);
}

#[test]
fn a_partition_whose_only_node_is_dead_has_no_leader() {
    let cluster = cluster();
    cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    let leader = cluster.look(|seen| seen.leader("iotin", 0)).unwrap();
    cluster.stop_node(leader).unwrap();
    let admin = Admin::connect(&settings(&cluster)).unwrap();
    assert_eq!(admin.topics().unwrap()[0].partitions[0].leader, None);
    assert!(
        cluster
            .stop_node(77)
            .is_err_and(|e| e.to_string().contains("77"))
    );
}

#[test]
fn a_paused_node_takes_connections_and_is_silent() {
    let cluster = Cluster::start(Options::loopback(1)).unwrap();
    cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    cluster.pause_node(1001).unwrap();
    let mut impatient = settings(&cluster);
    impatient.timeout = Duration::from_millis(500);
    let error = Admin::connect(&impatient).err().unwrap();
    assert!(matches!(error, KafkaError::Unreachable { .. }), "{error:?}");
    std::thread::scope(|scope| {
        let patient = settings(&cluster);
        let asked = cluster.requests(ApiKey::ApiVersions);
        let waiting = scope.spawn(move || send(&patient, &record("iotin", 0, "x")));
        cluster
            .wait_for("the request", PATIENCE, |seen| {
                seen.requests(ApiKey::ApiVersions) > asked
            })
            .unwrap();
        cluster.resume_node(1001).unwrap();
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn connections_that_are_cut_are_made_again() {
    let cluster = with_topic();
    let settings = settings(&cluster);
    let producer = Producer::connect(&settings).unwrap();
    let mut tail = Tail::new(&settings, "iotin", Start::Latest, End::Follow).unwrap();
    for value in ["a", "b", "c"] {
        producer.send(&record("iotin", 0, value)).unwrap();
        let read = tail.next().unwrap().unwrap();
        assert_eq!(read.value.as_deref(), Some(value.as_bytes()));
        for node in [1001, 1002, 1003] {
            cluster.cut_connections(node).unwrap();
        }
    }
}

#[test]
fn memory_is_bounded_and_the_oldest_records_go() {
    let options = Options {
        memory: 4 << 20,
        ..Options::loopback(1)
    };
    let cluster = Cluster::start(options).unwrap();
    cluster.create_topic("large", 2, 1, &[]).unwrap();
    cluster.create_topic("small", 1, 1, &[]).unwrap();
    let mut wire = Wire::to(&cluster, 1001);
    assert_eq!(wire.produce("small", 0, batch(-1, 0, &[b"kept"])), (0, 0));
    let value = vec![b'x'; 100_000];
    for _ in 0..100 {
        assert_eq!(wire.produce("large", 1, batch(-1, 0, &[&value])).0, 0);
        assert!(cluster.look(|seen| seen.bytes()) <= 4 << 20);
    }
    let marks = cluster.look(|seen| (seen.watermarks("large"), seen.watermarks("small")));
    let (low, high) = marks.0[1];
    assert_eq!((marks.0[0], high, marks.1[0]), ((0, 0), 100, (0, 1)));
    assert!((55..75).contains(&low), "{low}");
    let kept = Tail::new(&settings(&cluster), "large", Start::Earliest, End::Now).unwrap();
    assert_eq!(kept.count(), 100 - low as usize);
}

#[test]
fn connections_are_bounded() {
    let options = Options {
        max_connections: 2,
        ..Options::loopback(1)
    };
    let cluster = Cluster::start(options).unwrap();
    let mut two = [Wire::to(&cluster, 1001), Wire::to(&cluster, 1001)];
    for wire in &mut two {
        wire.ask(0, MetadataRequest::default(), ApiKey::Metadata);
    }
    assert!(Wire::to(&cluster, 1001).closed());
    assert_eq!(cluster.connections(1001).unwrap(), 2);
}

#[test]
fn who_comes_by_a_listener_is_told_its_names() {
    let listener = |name: &str, advertised: Option<(String, u16)>| Listener {
        name: name.into(),
        bind: "127.0.0.1:0".into(),
        advertised,
    };
    let node = |n: i32| Node {
        id: 1001 + n,
        listeners: vec![
            listener(
                "internal",
                Some((format!("wn{n}-kafka.x.ex.internal.cloudapp.net"), 9092)),
            ),
            listener("external", None),
        ],
    };
    let cluster = Cluster::start(Options::new((0..3).map(node).collect())).unwrap();
    let inside = cluster.bootstrap("internal");
    assert!(
        inside.starts_with("wn0-kafka.x.ex.internal.cloudapp.net:9092,wn1-kafka"),
        "{inside}"
    );
    assert!(cluster.bootstrap("external").starts_with("127.0.0.1:"));
    assert_eq!(cluster.bootstrap("other"), "");
    let told = |listener: &str| {
        let mut wire = Wire::connect(cluster.addr(1002, listener).unwrap());
        let request = MetadataRequest::default().with_topics(Some(Vec::new()));
        let answer = wire.ask(9, request, ApiKey::Metadata);
        let kafka_protocol::messages::ResponseKind::Metadata(answer) = answer else {
            unreachable!()
        };
        let places = answer
            .brokers
            .iter()
            .map(|b| format!("{}:{}", b.host.as_str(), b.port));
        places.collect::<Vec<_>>().join(",")
    };
    assert_eq!(told("internal"), inside);
    assert_eq!(told("external"), cluster.bootstrap("external"));

    let mut uneven = vec![node(0), node(1)];
    uneven[1].listeners.pop();
    let error = Cluster::start(Options::new(uneven)).err().unwrap();
    assert!(error.to_string().contains("1002"), "{error}");
}

#[test]
fn clusters_side_by_side_and_nothing_left_behind() {
    let clusters = [with_topic(), with_topic(), with_topic()];
    for (n, cluster) in clusters.iter().enumerate() {
        produce(&settings(cluster), &[("iotin", 0, &format!("of {n}"))]);
    }
    let mut waiting = Wire::to_leader(&clusters[0], "iotin", 0);
    waiting.ask(0, MetadataRequest::default(), ApiKey::Metadata);
    for (n, cluster) in clusters.into_iter().enumerate() {
        assert_eq!(values(&settings(&cluster), "iotin"), [format!("of {n}")]);
        let addr = cluster.addr(1003, EXTERNAL).unwrap();
        drop(cluster);
        assert!(TcpStream::connect(addr).is_err());
    }
    assert!(waiting.closed());
}

#[test]
fn a_producers_question_makes_the_topic_where_that_is_set() {
    let options = Options {
        auto_create_topics: true,
        ..Options::loopback(3)
    };
    let cluster = Cluster::start(options).unwrap();
    send(&settings(&cluster), &record("new", 2, "x")).unwrap();
    assert_eq!(cluster.look(|seen| seen.watermarks("new").len()), 3);
}
