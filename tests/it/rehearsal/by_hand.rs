//! An operator who follows the manual on the rehearsal's edge node: files edited, workers started in a session, messages
//! counted.

use super::node::CONFIG;
use super::stage::{Stage, eventually};
use hdikafka::edge::{Command, Remote, Running, Ssh, Target};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const SCRIPT: &str = "/usr/hdp/current/kafka-broker/bin/connect-standalone.sh";

/// Where somebody put the files, and what is in them beside what the manual says.
pub struct Hand {
    pub worker: String,
    pub source: String,
    pub sink: String,
    port: u16,
}

/// Keys and values in the place of the manual's.
pub type Edits<'a> = &'a [(&'a str, &'a str)];

impl Hand {
    /// The files where the manual has them.
    pub fn in_config(stage: &Stage, edits: Edits) -> Self {
        Self::at(
            stage,
            &[
                &format!("{CONFIG}/connect-standalone.properties"),
                &format!("{CONFIG}/connect-iothub-source.properties"),
                &format!("{CONFIG}/connect-iothub-sink.properties"),
            ],
            edits,
        )
    }

    /// Worker, source and sink at these places. An edit counts in the file that the manual has the key in; another key
    /// begins with `worker:`, `source:` or `sink:`.
    pub fn at(stage: &Stage, [worker, source, sink]: &[&str; 3], edits: Edits) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let hand = Self {
            worker: (*worker).to_owned(),
            source: (*source).to_owned(),
            sink: (*sink).to_owned(),
            port,
        };
        let hub = stage.rehearsal.hub.names();
        let policy = std::fs::read(stage.place().directory().join("policy.json")).unwrap();
        let policy: serde_json::Value = serde_json::from_slice(&policy).unwrap();
        let key = policy["primaryKey"].as_str().unwrap();
        let string = "org.apache.kafka.connect.storage.StringConverter";
        let listeners = format!("http://127.0.0.1:{port}");
        let endpoint = format!("sb://{}/", hub.events_host);
        let service = format!(
            "HostName={};SharedAccessKeyName=service;SharedAccessKey={key}",
            hub.host_name
        );
        let hosts = stage.run(&["hosts", "-o", "bootstrap"]).succeeded().out;
        let class = |name: &str| format!("com.microsoft.azure.iot.kafka.connect.{name}");
        let (of_source, of_sink) = (
            class("source.IotHubSourceConnector"),
            class("sink.IotHubSinkConnector"),
        );
        let partitions = hub.partitions.to_string();
        let files: [(&str, &str, Vec<_>); 3] = [
            (
                worker,
                "worker:",
                vec![
                    ("bootstrap.servers", hosts.trim()),
                    ("key.converter", string),
                    ("value.converter", string),
                    ("offset.storage.file.filename", "/tmp/connect.offsets"),
                    // of the manual's 10 s nobody waits
                    ("offset.flush.interval.ms", "1000"),
                    ("consumer.max.poll.records", "10"),
                    ("listeners", &listeners),
                    ("plugin.path", "/opt/jars"),
                    // far less than a poll of all partitions, as with the manual's 60 s against 5 s
                    ("task.shutdown.graceful.timeout.ms", "500"),
                ],
            ),
            (
                source,
                "source:",
                vec![
                    ("connector.class", &of_source),
                    ("name", "AzureIotHubConnector"),
                    ("tasks.max", "1"),
                    ("Kafka.Topic", "iotin"),
                    ("IotHub.EventHubCompatibleName", &hub.events_path),
                    ("IotHub.EventHubCompatibleEndpoint", &endpoint),
                    ("IotHub.AccessKeyName", "service"),
                    ("IotHub.AccessKeyValue", key),
                    ("IotHub.ConsumerGroup", "$Default"),
                    ("IotHub.Partitions", &partitions),
                    ("IotHub.StartTime", "2026-01-20T00:00:00Z"),
                    ("IotHub.Offsets", "PLACEHOLDER"),
                    ("BatchSize", "5"),
                    ("ReceiveTimeout", "1"),
                ],
            ),
            (
                sink,
                "sink:",
                vec![
                    ("connector.class", &of_sink),
                    ("name", "AzureIotHubSinkConnector"),
                    ("tasks.max", "1"),
                    ("topics", "iotout"),
                    ("IotHub.ConnectionString", &service),
                    ("IotHub.MessageDeliveryAcknowledgement", "None"),
                ],
            ),
        ];
        for (path, prefix, values) in files {
            let mut values: BTreeMap<&str, &str> = values.into_iter().collect();
            for (key, value) in edits {
                if let Some(key) = key.strip_prefix(prefix) {
                    values.insert(key, value);
                } else if values.contains_key(key) {
                    values.insert(key, value);
                }
            }
            let lines = values.iter().map(|(key, value)| format!("{key}={value}\n"));
            let scratch = stage.rehearsal.edge.scratch();
            std::fs::create_dir_all(scratch.host_path(path).parent().unwrap()).unwrap();
            stage.write(path, format!("# by hand\n{}", lines.collect::<String>()));
            scratch.set_mode(path, 0o644).unwrap();
        }
        let jars = stage.rehearsal.edge.scratch().host_path("/opt/jars");
        std::fs::create_dir_all(&jars).unwrap();
        let jar = std::fs::read(stage.place().jar()).unwrap();
        std::fs::write(
            jars.join("kafka-connect-iothub-assembly_2.11-0.7.0.jar"),
            jar,
        )
        .unwrap();
        hand
    }

    /// `nohup connect-standalone.sh … &` in a session that ends; the pid.
    pub fn nohup(&self, ssh: &Ssh, files: &[&str]) -> u32 {
        let line = format!(
            "cd && {{ nohup {SCRIPT} {} > connect.log 2>&1 & }}; echo $!",
            files.join(" ")
        );
        let output = ssh.run(&Command::new(["sh", "-c", &line])).unwrap();
        let pid = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .unwrap();
        self.until_it_runs(files.len() - 1);
        pid
    }

    /// In the foreground of a session that stays.
    pub fn foreground(&self, ssh: &Ssh, files: &[&str]) -> Running {
        let line = format!("cd && exec {SCRIPT} {}", files.join(" "));
        let running = ssh.start(&Command::new(["sh", "-c", &line])).unwrap();
        self.until_it_runs(files.len() - 1);
        running
    }

    /// Its REST port is there before it has read the files of its connectors.
    fn until_it_runs(&self, connectors: usize) {
        eventually("a worker made by hand", || {
            let names = self.names().unwrap_or_default();
            names.matches('"').count() == 2 * connectors
        });
    }

    /// What it says to `GET /connectors`, as it stands.
    fn names(&self) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(b"GET /connectors HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said
            .split_once("\r\n\r\n")
            .map_or_else(String::new, |(_, body)| body.to_owned()))
    }

    pub fn both(&self) -> [&str; 3] {
        [&self.worker, &self.source, &self.sink]
    }
}

/// A session of the operator's own.
pub fn session(stage: &Stage) -> Ssh {
    let addr = stage.rehearsal.edge.addr();
    let config = stage.place().directory().join("operator_config");
    std::fs::write(&config, "IdentityAgent none\n").unwrap();
    Ssh::connect(&Target {
        host: addr.ip().to_string(),
        port: Some(addr.port()),
        user: Some("sshuser".into()),
        identity_file: Some(stage.place().identity()),
        known_hosts: Some(stage.place().known_hosts()),
        config_file: Some(config),
        ..Target::default()
    })
    .unwrap()
}

/// The pids of all workers of the node.
pub fn workers(stage: &Stage) -> Vec<u32> {
    let is_worker = |pid: &u32| {
        let argv = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&argv).contains("ConnectStandalone")
    };
    let mut pids = stage.rehearsal.edge.scratch().processes();
    pids.retain(is_worker);
    pids
}

/// Devices that send all the time: each event has a number of its own.
pub struct Traffic {
    sent: Arc<AtomicUsize>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// More than there are partitions.
pub const DEVICES: usize = 9;

impl Traffic {
    pub fn begin(stage: &Stage, devices: usize) -> Self {
        let (sent, end) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let hub = stage.rehearsal.hub.injector();
        let thread = {
            let (sent, end) = (Arc::clone(&sent), Arc::clone(&end));
            std::thread::spawn(move || {
                while !end.load(Ordering::SeqCst) {
                    let number = sent.load(Ordering::SeqCst);
                    hub(
                        &format!("d{}", number % devices),
                        format!("event-{number};").as_bytes(),
                    );
                    sent.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(25));
                }
            })
        };
        Self {
            sent,
            end,
            thread: Some(thread),
        }
    }

    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// No more of it; how many events there were.
    pub fn stop(mut self) -> usize {
        self.end.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
        self.sent()
    }
}

/// How often each event arrived in the topic: its number, and the number of its records.
pub fn arrived(stage: &Stage, topic: &str) -> BTreeMap<usize, usize> {
    let records = stage
        .rehearsal
        .kafka
        .look(|seen| seen.records(topic).unwrap_or_default());
    let mut all = BTreeMap::new();
    for record in records {
        let text = String::from_utf8_lossy(&record.value.unwrap_or_default()).into_owned();
        let number = text
            .split("event-")
            .nth(1)
            .and_then(|rest| rest.split(';').next());
        let number = number.unwrap_or_else(|| panic!("no event of ours: {text}"));
        *all.entry(number.parse().unwrap()).or_default() += 1;
    }
    all
}

/// The hub's own sequence numbers of what is in the topic, by device.
pub fn sequence_numbers(stage: &Stage, topic: &str) -> Vec<String> {
    let records = stage
        .rehearsal
        .kafka
        .look(|seen| seen.records(topic).unwrap_or_default());
    let number = |text: &str, key: &str| {
        let rest = text
            .split(key)
            .nth(1)
            .unwrap_or_else(|| panic!("{key} is not in {text}"));
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    let mut all: Vec<String> = records
        .iter()
        .map(|record| {
            let text =
                String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned();
            let text = text.replace('"', "").replace(':', "=");
            format!(
                "{} {}",
                number(&text, "deviceId="),
                number(&text, "sequenceNumber=")
            )
        })
        .collect();
    all.sort();
    all
}

/// Every event is in the topic, and none of them twice: by what they say and by the hub's sequence numbers.
#[track_caller]
pub fn each_arrives_once(stage: &Stage, topic: &str, sent: usize) {
    eventually("all events", || arrived(stage, topic).len() >= sent);
    let all = arrived(stage, topic);
    let twice: Vec<_> = all.iter().filter(|(_, count)| **count != 1).collect();
    assert!(
        twice.is_empty(),
        "of {sent} events these were read more than once: {twice:?}"
    );
    assert!(all.keys().copied().eq(0..sent), "{all:?}");
    let mut numbers = sequence_numbers(stage, topic);
    assert_eq!(numbers.len(), sent);
    numbers.dedup();
    assert_eq!(
        numbers.len(),
        sent,
        "a sequence number of the hub came twice"
    );
}
