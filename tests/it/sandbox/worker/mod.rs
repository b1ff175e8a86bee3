//! The imitated worker as a process of its own, between the in-memory broker and the imitated hub. Here: what every
//! case needs; `source`, `sink`, `refusals`, `rest` and `faults` are the cases.

mod faults;
mod refusals;
mod rest;
mod sink;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdikafka::kafka::Settings;
use hdikafka::kafka::producer::{Producer, Record};
use hdikafka::sandbox::hub::{Api, Hub, Names, Policy, Rights};
use hdikafka::sandbox::kafka::{Cluster, EXTERNAL, Options};
use hdikafka::sandbox::tls::{Authority, server_config};
use hdikafka::sandbox::worker::faults::{self as worker_faults, Faults};
use hdikafka::secret::Secret;
use serde_json::Value;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::PATIENCE;

const SOURCE: &str = "AzureIotHubConnector";
const SINK: &str = "AzureIotHubSinkConnector";
const EVENTS_PATH: &str = "iothub-ehub-myhub-1-3";
const KEY: &[u8] = b"service-key-canary-0123456789abc";
const LATER: &str = "com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector";
const SINK_CLASS: &str = "com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConnector";
const MARKER: &str = "test-invocation";

/// A broker, a hub on addresses of its own with the port that the connector always takes, and a directory.
struct Place {
    dir: tempfile::TempDir,
    cluster: Cluster,
    hub: Hub,
    service: IpAddr,
    events: IpAddr,
}

fn place(partitions: usize) -> Place {
    let cluster = Cluster::start(Options::loopback(1)).unwrap();
    let (hub, service, events, authority) = hub(partitions);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ca.pem"), authority.ca_pem()).unwrap();
    let plugins = dir.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    jar(&plugins.join("connector-0.7.0.jar"), &[LATER, SINK_CLASS]);
    let log4j = hdikafka::template::fill(
        hdikafka::template::LOG4J,
        &[("log", dir.path().join("worker.log").to_str().unwrap())],
    );
    fs::write(dir.path().join("log4j.properties"), log4j).unwrap();
    Place {
        dir,
        cluster,
        hub,
        service,
        events,
    }
}

/// Two addresses of 127/8 that nobody else has taken; the connector's port cannot be chosen.
fn hub(partitions: usize) -> (Hub, IpAddr, IpAddr, Authority) {
    for _ in 0..50 {
        let [a, b, ..] = *uuid::Uuid::new_v4().as_bytes();
        let ip = |last: u8| IpAddr::from([127, 64 | a >> 2, b, last]);
        let (service, events) = (ip(11), ip(12));
        let authority = Authority::new("hdikafka tests").unwrap();
        let (cert, key) = authority.issue(&[], &[service, events]).unwrap();
        let tls = server_config(cert.as_bytes(), key.as_bytes()).unwrap();
        let policy = Policy {
            name: "service".to_owned(),
            rights: Rights::try_from("ServiceConnect".to_owned()).unwrap(),
            keys: vec![Secret::new(STANDARD.encode(KEY))],
        };
        let names = Names {
            name: "myhub".to_owned(),
            host_name: service.to_string(),
            events_host: events.to_string(),
            events_path: EVENTS_PATH.to_owned(),
            partitions,
            consumer_groups: vec!["$Default".to_owned()],
        };
        let device = ("fakepi".to_owned(), Secret::from("ZGV2aWNl"));
        let listen = [
            (Api::Service, format!("{service}:5671")),
            (Api::Events, format!("{events}:5671")),
        ];
        if let Ok(hub) = Hub::start(names, vec![policy], vec![device], &tls, &listen) {
            return (hub, service, events, authority);
        }
    }
    panic!("no free address of 127/8 in 50 tries");
}

fn jar(path: &Path, classes: &[&str]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for class in classes {
        let entry = format!("{}.class", class.replace('.', "/"));
        zip.start_file(entry, SimpleFileOptions::default()).unwrap();
        zip.write_all(b"\xca\xfe\xba\xbe\0\0\0\x34").unwrap();
    }
    zip.finish().unwrap();
}

/// Settings of a file, of which a case changes some; an empty value takes a key out.
fn properties(base: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let mut all: BTreeMap<&str, &str> = base.iter().copied().collect();
    all.extend(changes.iter().copied());
    let lines = all.iter().filter(|(_, value)| !value.is_empty());
    lines
        .map(|(key, value)| {
            format!(
                "{}={}\n",
                hdikafka::properties::escape_key(key),
                hdikafka::properties::escape_value(value)
            )
        })
        .collect()
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn worker_file(&self, changes: &[(&str, &str)]) -> String {
        let brokers = self.cluster.bootstrap(EXTERNAL);
        let offsets = self.path("offsets");
        let plugins = self.path("plugins");
        let base = [
            ("bootstrap.servers", brokers.as_str()),
            (
                "key.converter",
                "org.apache.kafka.connect.storage.StringConverter",
            ),
            (
                "value.converter",
                "org.apache.kafka.connect.storage.StringConverter",
            ),
            ("consumer.max.poll.records", "10"),
            ("offset.storage.file.filename", offsets.to_str().unwrap()),
            ("offset.flush.interval.ms", "200"),
            ("task.shutdown.graceful.timeout.ms", "15000"),
            ("default.api.timeout.ms", "10000"),
            ("listeners", "http://127.0.0.1:0"),
            ("plugin.path", plugins.to_str().unwrap()),
            ("config.providers", "file"),
            (
                "config.providers.file.class",
                "org.apache.kafka.common.config.provider.FileConfigProvider",
            ),
        ];
        self.write("worker.properties", &properties(&base, changes))
    }

    fn source_file(&self, changes: &[(&str, &str)]) -> String {
        let endpoint = format!("sb://{}/", self.events);
        let key = STANDARD.encode(KEY);
        let base = [
            ("name", SOURCE),
            ("connector.class", LATER),
            ("tasks.max", "2"),
            ("Kafka.Topic", "iotin"),
            (
                "value.converter",
                "org.apache.kafka.connect.json.JsonConverter",
            ),
            ("value.converter.schemas.enable", "false"),
            ("IotHub.EventHubCompatibleName", EVENTS_PATH),
            ("IotHub.EventHubCompatibleEndpoint", &endpoint),
            ("IotHub.AccessKeyName", "service"),
            ("IotHub.AccessKeyValue", &key),
            ("IotHub.Partitions", "2"),
            ("IotHub.StartTime", "2018-01-28T00:00:00Z"),
            ("BatchSize", "5"),
            ("ReceiveTimeout", "1"),
        ];
        self.write("source.properties", &properties(&base, changes))
    }

    fn connection_string(&self) -> String {
        let key = STANDARD.encode(KEY);
        format!(
            "HostName={};SharedAccessKeyName=service;SharedAccessKey={key}",
            self.service
        )
    }

    fn sink_file(&self, changes: &[(&str, &str)]) -> String {
        let connection = self.connection_string();
        let base = [
            ("name", SINK),
            ("connector.class", SINK_CLASS),
            ("tasks.max", "1"),
            ("topics", "iotout"),
            ("IotHub.ConnectionString", connection.as_str()),
            ("IotHub.MessageDeliveryAcknowledgement", "Full"),
        ];
        self.write("sink.properties", &properties(&base, changes))
    }

    fn faults(&self, name: &str, faults: Faults) {
        let all = BTreeMap::from([(name.to_owned(), faults)]);
        worker_faults::write(&self.path("faults.json"), &all).unwrap();
    }

    /// As the edge's start script does it: a marker in the log, then the class and its files.
    fn start(&self, files: &[&str]) -> Worker {
        let log = self.path("worker.log");
        let mut marked = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        writeln!(marked, "=== hdikafka start {MARKER}").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hdikafka"));
        command
            .args([
                "sandbox",
                "tool",
                "worker",
                "org.apache.kafka.connect.cli.ConnectStandalone",
            ])
            .args(files)
            .env(
                "KAFKA_LOG4J_OPTS",
                format!(
                    "-Dlog4j.configuration=file:{}",
                    self.path("log4j.properties").display()
                ),
            )
            .env("HDIKAFKA_SANDBOX_CA", self.path("ca.pem"))
            .env("HDIKAFKA_SANDBOX_WORKER_FAULTS", self.path("faults.json"))
            .env_remove("CLASSPATH")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Worker {
            child: command.spawn().unwrap(),
            log,
            ended: None,
        }
    }

    fn produce(&self, topic: &str, values: &[Option<&str>]) {
        let settings = Settings::new([self.cluster.bootstrap(EXTERNAL)]);
        let producer = Producer::connect(&settings).unwrap();
        for value in values {
            let record = Record {
                topic: topic.to_owned(),
                key: None,
                value: value.map(|value| value.as_bytes().to_vec()),
                partition: Some(0),
            };
            producer.send(&record).unwrap();
        }
    }

    /// The telemetry in a topic, as JSON.
    fn telemetry(&self, count: usize) -> Vec<Value> {
        self.cluster
            .wait_for("telemetry", PATIENCE, |seen| {
                seen.count("iotin") >= count as i64
            })
            .unwrap();
        let records = self.cluster.records("iotin").unwrap();
        let value = |record: hdikafka::sandbox::kafka::Record| {
            assert_eq!(record.key, None);
            serde_json::from_slice(&record.value.unwrap()).unwrap()
        };
        records.into_iter().map(value).collect()
    }
}

/// A worker's process; killed when dropped.
struct Worker {
    child: Child,
    log: PathBuf,
    ended: Option<ExitStatus>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    /// The log since this start.
    fn log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.rsplit("=== hdikafka start").next().unwrap().to_owned()
    }

    /// Waits for words in the log; the line that has them.
    #[track_caller]
    fn sees(&self, words: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = self.log();
            if let Some(line) = log.lines().find(|line| line.contains(words)) {
                return line.to_owned();
            }
            assert!(Instant::now() < end, "`{words}` is not in the log:\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn url(&self, path: &str) -> String {
        let line = self.sees("REST server listening at ");
        let place = line
            .split("listening at ")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        format!("{place}{}", path.trim_start_matches('/'))
    }

    fn request(&self, method: &str, path: &str) -> (u16, Value) {
        self.send(method, path, String::new())
    }

    fn send(&self, method: &str, path: &str, body: String) -> (u16, Value) {
        super::install_provider();
        let client = reqwest::blocking::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let response = client
            .request(method.parse().unwrap(), self.url(path))
            .body(body)
            .send()
            .unwrap();
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str(&response.text().unwrap()).unwrap_or(Value::Null),
        )
    }

    /// Waits until a connector's tasks are in these states.
    #[track_caller]
    fn tasks_are(&self, name: &str, states: &[&str]) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let (_, status) = self.request("GET", &format!("/connectors/{name}/status"));
            let tasks = status["tasks"].as_array().into_iter().flatten();
            let seen: Vec<&str> = tasks.filter_map(|task| task["state"].as_str()).collect();
            if seen == states {
                return status;
            }
            assert!(Instant::now() < end, "{status}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: i32) {
        // SAFETY: kill(2) has no memory effects; the child has not been waited for, so the id is still its own.
        assert_eq!(
            unsafe { libc::kill(self.child.id().cast_signed(), signal) },
            0
        );
    }

    /// Waits for the end.
    #[track_caller]
    fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE * 2;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.ended = Some(status);
                return status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn stops(&mut self) {
        self.signal(libc::SIGTERM);
        assert_eq!(self.ended().code(), Some(143), "{}", self.log());
    }
}
