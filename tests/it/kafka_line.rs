//! Kafka clients that connect through an injected dialer: every kind of client, beside direct ones in one process, with
//! names that only the dialer knows; what failed and why; the name that TLS checks. The broker is librdkafka's own mock.
#![cfg(target_os = "linux")]

use hdikafka::kafka::admin::Admin;
use hdikafka::kafka::consumer::{End, Start, Tail};
use hdikafka::kafka::group::Group;
use hdikafka::kafka::producer::{Producer, Record, SendError, send};
use hdikafka::kafka::{Dialer, KafkaError, Settings};
use rdkafka::mocking::MockCluster;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const NAME: &str = "wn0-kafka.nowhere.invalid";

fn settings(brokers: &str, dialer: Option<Dialer>) -> Settings {
    Settings {
        timeout: Duration::from_secs(10),
        dialer,
        ..Settings::new([brokers])
    }
}

fn record(value: &str) -> Record {
    Record {
        topic: "iotout".into(),
        key: Some("fakepi".into()),
        value: Some(value.into()),
        partition: None,
    }
}

/// Both directions, each by a thread.
fn join(one: UnixStream, other: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (one.try_clone()?, other.try_clone()?);
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (other, one);
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    Ok(())
}

/// Knows where `NAME` is, and keeps a list of what it was asked for.
fn dialer(brokers: String) -> (Dialer, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    let dial = move |socket, host: &str, port: u16| {
        list.lock().unwrap().push(format!("{host}:{port}"));
        let address = match host {
            NAME => brokers.clone(),
            _ => format!("{host}:{port}"),
        };
        join(socket, TcpStream::connect(address)?)
    };
    (Dialer::new(dial).unwrap(), asked)
}

#[test]
fn every_kind_of_client_goes_through_the_dialer_and_a_direct_one_beside_it_does_not() {
    let mock = MockCluster::new(3).unwrap();
    mock.create_topic("iotout", 4, 3).unwrap();
    let first = mock.bootstrap_servers();
    let first = first.split(',').next().unwrap().to_owned();
    let (dialer, asked) = dialer(first);
    let through = settings(&format!("{NAME}:9092"), Some(dialer));
    let dials = || asked.lock().unwrap().len();

    let admin = Admin::connect(&through).unwrap();
    assert_eq!(admin.cluster().brokers.len(), 3);
    assert_eq!(admin.watermarks("iotout").unwrap().len(), 4);

    let producer = Producer::connect(&through).unwrap();
    for value in ["a", "b", "c"] {
        producer.send(&record(value)).unwrap();
    }
    let read = Tail::new(&through, "iotout", Start::Earliest, End::Now).unwrap();
    let values: Vec<_> = read.map(|r| r.unwrap().value.unwrap()).collect();
    assert_eq!(values, [b"a", b"b", b"c"]);

    let group = Group::open(&through, "connect-sink").unwrap();
    group.commit("iotout", &[(1, 2)]).unwrap();
    assert_eq!(group.committed("iotout").unwrap()[&1], Some(2));

    let before = dials();
    let first_name = format!("{NAME}:9092");
    assert!(asked.lock().unwrap().contains(&first_name));
    assert!(before >= 8, "{:?}", asked.lock().unwrap());
    let direct = settings(&mock.bootstrap_servers(), None);
    send(&direct, &record("d")).unwrap();
    assert_eq!(Admin::connect(&direct).unwrap().cluster().brokers.len(), 3);
    assert_eq!(
        dials(),
        before,
        "a direct client was sent through the dialer"
    );
    // And the other way round: one that was made before the direct ones still works.
    producer.send(&record("e")).unwrap();
}

#[test]
fn two_dialers_are_not_mixed_up() {
    let mocks = [MockCluster::new(1).unwrap(), MockCluster::new(1).unwrap()];
    let mut producers = Vec::new();
    for (index, mock) in mocks.iter().enumerate() {
        mock.create_topic("iotout", 1, 1).unwrap();
        let (dialer, asked) = dialer(mock.bootstrap_servers());
        let through = settings(&format!("{NAME}:9092"), Some(dialer));
        for value in 0..=index {
            send(&through, &record(&value.to_string())).unwrap();
        }
        producers.push((Producer::connect(&through).unwrap(), asked));
    }
    for (index, (producer, asked)) in producers.iter().enumerate() {
        let sent = producer.send(&record("x")).unwrap();
        assert_eq!(sent.offset, index as i64 + 1, "in the other's cluster");
        let own = mocks[index].bootstrap_servers();
        let asked = asked.lock().unwrap();
        assert!(
            asked.iter().all(|a| *a == own || a.starts_with(NAME)),
            "{asked:?} of {own}"
        );
    }
}

fn failing(kind: io::ErrorKind, words: &'static str) -> Settings {
    let dial = move |_: UnixStream, _: &str, _: u16| Err(io::Error::new(kind, words));
    let brokers = [format!("{NAME}:9092"), "wn1.invalid:9092".to_owned()];
    Settings {
        timeout: Duration::from_secs(6),
        dialer: Some(Dialer::new(dial).unwrap()),
        ..Settings::new(brokers)
    }
}

#[test]
fn the_dialers_own_words_reach_the_error_soon() {
    let words = "ann@edge could not connect to wn0: \x1b[31mrefused";
    let began = Instant::now();
    let error = Admin::connect(&failing(io::ErrorKind::NotConnected, words)).err();
    let Some(KafkaError::Unreachable { cause, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(cause, "ann@edge could not connect to wn0: [31mrefused");
    let error = send(&failing(io::ErrorKind::NotConnected, words), &record("x")).unwrap_err();
    let SendError::NotSent(KafkaError::Unreachable { cause, .. }) = &error else {
        panic!("{error:?}")
    };
    assert!(cause.contains("could not connect to wn0"), "{cause}");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_way_that_is_forbidden_is_another_error_than_one_that_fails() {
    let forbidden = failing(io::ErrorKind::PermissionDenied, "the edge forwards nothing");
    let error = Admin::connect(&forbidden).err();
    let Some(KafkaError::Forbidden { cause, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(cause, "the edge forwards nothing");
    let error = hdikafka::error::diagnose(&error.unwrap().into());
    assert_eq!(error.exit, hdikafka::error::Exit::Denied);
    assert!(error.hints[0].contains("AllowTcpForwarding"), "{error:?}");
}

#[test]
fn a_dial_that_never_ends_is_named_when_the_time_is_up() {
    let dial = |_: UnixStream, _: &str, _: u16| loop {
        std::thread::park();
    };
    let hanging = Settings {
        timeout: Duration::from_secs(2),
        ..settings(&format!("{NAME}:9092"), Dialer::new(dial))
    };
    let error = Admin::connect(&hanging).err();
    let Some(KafkaError::Unreachable { cause, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(cause, format!("no connection to {NAME}:9092 yet"));
}

/// The name that each client asked for, and whether a request of it came.
type Heard = Arc<Mutex<Vec<(String, bool)>>>;

/// A broker that speaks TLS under this name and nothing else.
fn tls_dialer(certified: &str) -> (Dialer, String, Heard) {
    let made = rcgen::generate_simple_self_signed([certified.to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&heard);
    let dial = move |mut socket: UnixStream, _: &str, _: u16| {
        let (config, list) = (Arc::clone(&config), Arc::clone(&list));
        std::thread::spawn(move || {
            let mut tls = rustls::ServerConnection::new(config).unwrap();
            let mut byte = [0];
            let asked = io::Read::read(&mut rustls::Stream::new(&mut tls, &mut socket), &mut byte);
            let name = tls.server_name().unwrap_or_default().to_owned();
            list.lock().unwrap().push((name, matches!(asked, Ok(1))));
        });
        Ok(())
    };
    (Dialer::new(dial).unwrap(), made.cert.pem(), heard)
}

#[test]
fn tls_asks_for_and_checks_the_name_of_the_broker() {
    for (certified, accepted) in [(NAME, true), ("another.invalid", false)] {
        let (dialer, pem, heard) = tls_dialer(certified);
        let directory = tempfile::tempdir().unwrap();
        let ca = directory.path().join("ca.pem");
        std::fs::write(&ca, pem).unwrap();
        let mut settings = settings(&format!("{NAME}:9093"), Some(dialer));
        settings.timeout = Duration::from_secs(5);
        let ca = ca.to_str().unwrap().to_owned();
        settings.extra.insert("ssl.ca.location".into(), ca);
        let protocol = ("security.protocol".into(), "ssl".into());
        settings.extra.extend([protocol]);
        let error = Admin::connect(&settings).err().unwrap();
        // The server's side of it may end a moment later.
        let wanted = (NAME.to_owned(), accepted);
        let end = Instant::now() + Duration::from_secs(10);
        while !heard.lock().unwrap().contains(&wanted) {
            assert!(Instant::now() < end, "{:?}", heard.lock().unwrap());
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(
            matches!(&error, KafkaError::Tls { cause, .. } if cause.contains("verify failed")),
            !accepted,
            "{error:?}"
        );
    }
}
