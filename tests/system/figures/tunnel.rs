//! The tunnel beside what it replaces: one `send` from cold beside ssh to the node and kcat there, from near and from far;
//! and many small messages through it beside the same directly, both with the program's own reader and its own producer of
//! many records: from the lab's brokers, and from and to one in memory, which is no limit itself where three JVMs and their
//! clients share two processors. The way is the lab's real sshd each time.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use super::commands::{RECORD, timed};
use super::in_turn;
use super::samples::Samples;
use super::table::Row;
use crate::cases::bridge::write_profile;
use crate::lab::net::{self, Host};
use crate::lab::{Lab, delay, kafka, parts};
use crate::runner::Outcome;
use hdikafka::edge::{Reconnecting, Remote, Target};
use hdikafka::kafka::consumer::{End, Start, Tail};
use hdikafka::kafka::pipe::Pipe;
use hdikafka::kafka::producer::Item;
use hdikafka::kafka::{Dialer, Settings};
use hdikafka::sandbox::kafka::{Cluster, EXTERNAL, Listener, Node, Options};

const SENDS: usize = 10;
const FAR_SENDS: usize = 3;
/// To the edge node, for the sends from far.
const ROUND_TRIP: Duration = Duration::from_millis(80);
const MESSAGES: usize = 150_000;
const SIZE: usize = 1000;
const TOPIC: &str = "load";
/// What is produced through the tunnel, which nobody reads.
const ELSEWHERE: &str = "load-through";
/// Bytes in a second: what is faster directly need not be followed.
const FAST: f64 = 150e6;

#[derive(Default)]
pub struct Figures {
    send: Samples,
    ssh_and_kcat: Samples,
    through: Samples,
    direct: Samples,
    far_send: Samples,
    far_ssh_and_kcat: Samples,
    memory_through: Samples,
    memory_direct: Samples,
    made_through: Samples,
    made_directly: Samples,
}

impl Figures {
    /// In a lab without a bridge.
    pub fn measure(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        ensure!(
            !cfg!(debug_assertions),
            "the reading is done in this process: it has to be an optimised one (benches/run.sh)"
        );
        lab.reset()?;
        write_profile(lab, "")?;
        lab.create_topic("iotout", 8)?;
        let near = (net::EDGE.to_owned(), 22);
        let Figures {
            send,
            ssh_and_kcat,
            far_send,
            far_ssh_and_kcat,
            ..
        } = self;
        cold_sends(lab, ours_first, near, SENDS, (send, ssh_and_kcat))?;
        let far = far_away(lab, ROUND_TRIP)?;
        cold_sends(
            lab,
            ours_first,
            far,
            FAR_SENDS,
            (far_send, far_ssh_and_kcat),
        )?;

        lab.create_topic(TOPIC, 6)?;
        let brokers = kafka::addresses();
        lab.net()
            .inside(Host::Operator, || fill(&brokers.join(",")))??;
        let samples = (&mut self.through, &mut self.direct);
        reads(lab, ours_first, &brokers, samples)?;

        let cluster = in_memory(lab)?;
        for topic in [TOPIC, ELSEWHERE] {
            cluster.create_topic(topic, 6, 1, &[])?;
        }
        let brokers = [cluster.bootstrap(EXTERNAL)];
        let samples = (&mut self.made_through, &mut self.made_directly);
        writes(lab, ours_first, &brokers, samples)?;
        let samples = (&mut self.memory_through, &mut self.memory_direct);
        reads(lab, ours_first, &brokers, samples)
    }

    pub fn rows(&self) -> Vec<Row> {
        let rate = |samples: &Samples| (MESSAGES * SIZE) as f64 / 1e6 / samples.median();
        let tunnel = |doing: &str, through: &Samples, direct: &Samples| {
            let what = format!(
                "{doing} {MESSAGES} messages of 1 kB through the tunnel ({:.0} MB/s) beside the same directly ({:.0} MB/s; more than 150 MB/s count as 150)",
                rate(through),
                rate(direct)
            );
            // 0.7 of the throughput.
            let least = (MESSAGES * SIZE) as f64 / FAST;
            Row::at_most(&what, 1.43, through, &direct.from(least))
        };
        vec![
            Row::at_most(
                "`send --via tunnel` from cold beside `ssh NODE true` and `kcat -P` in the brokers' network, added up",
                1.15,
                &self.send,
                &self.ssh_and_kcat,
            ),
            Row::at_most(
                "the same with 80 ms of round trip between laptop and node",
                1.15,
                &self.far_send,
                &self.far_ssh_and_kcat,
            ),
            tunnel("reading from three brokers", &self.through, &self.direct),
            tunnel(
                "reading from a broker in memory",
                &self.memory_through,
                &self.memory_direct,
            ),
            tunnel(
                "producing to a broker in memory",
                &self.made_through,
                &self.made_directly,
            ),
        ]
    }
}

/// The edge node's sshd under another address, a long way off.
pub fn far_away(lab: &Lab, round_trip: Duration) -> Result<(String, u16)> {
    let sshd = (Host::Edge.address(), 22).into();
    let port = delay::to(lab.net(), sshd, round_trip)?;
    let known_hosts = lab.home().join(".ssh/known_hosts");
    let mut known = fs::read_to_string(&known_hosts)?;
    known += &format!("[127.0.0.1]:{port} {}\n", lab.edge()?.host_key()?);
    fs::write(known_hosts, known)?;
    Ok(("127.0.0.1".to_owned(), port))
}

/// Ours, and the peer's two added up. kcat runs in the brokers' network, as on the node itself.
fn cold_sends(
    lab: &Lab,
    ours_first: bool,
    (host, port): (String, u16),
    count: usize,
    (send, ssh_and_kcat): (&mut Samples, &mut Samples),
) -> Outcome {
    let brokers = kafka::bootstrap();
    let ours = format!(
        "{} --profile lab send --via tunnel --edge {host} --edge-port {port} --brokers {brokers} --device fakepi 'Turn On'",
        parts::binary().display()
    );
    let ssh = lab.home().join(".ssh");
    let login = format!(
        "ssh -F none -o BatchMode=yes -o UserKnownHostsFile={} -i {} -p {port} sshuser@{host} true",
        ssh.join("known_hosts").display(),
        ssh.join("id_ed25519").display(),
    );
    let record = lab.home().join("record.json");
    fs::write(&record, RECORD)?;
    let kcat = format!(
        "kcat -P -b {brokers} -t iotout -k fakepi -X acks=all -X enable.idempotence=true -X linger.ms=0 {}",
        record.display()
    );
    in_turn(
        ours_first,
        || {
            send.extend(timed(lab, count, &ours)?);
            Ok(())
        },
        || {
            let (logins, sends) = (timed(lab, count, &login)?, timed(lab, count, &kcat)?);
            ssh_and_kcat.extend(logins.iter().zip(sends).map(|(login, send)| login + send));
            Ok(())
        },
    )
}

/// A broker of ours on the head node, where none of the lab's is, with room for all messages. It runs in this process.
fn in_memory(lab: &Lab) -> Result<Cluster> {
    let listener = Listener {
        name: EXTERNAL.to_owned(),
        bind: format!("{}:9092", Host::Head.address()),
        advertised: Some((net::internal_name(Host::Head), 9092)),
    };
    let node = Node {
        id: 1001,
        listeners: vec![listener],
    };
    let options = Options {
        memory: MESSAGES * SIZE * 3,
        ..Options::new(vec![node])
    };
    lab.net().inside(Host::Head, || Cluster::start(options))?
}

/// Makes the messages both ways; those that come directly stay for reading.
fn writes(
    lab: &Lab,
    ours_first: bool,
    brokers: &[String],
    (through, direct): (&mut Samples, &mut Samples),
) -> Outcome {
    let tunnel = settings(lab, brokers)?;
    let straight = Settings {
        dialer: None,
        ..tunnel.clone()
    };
    in_turn(
        ours_first,
        || write(lab, &tunnel, ELSEWHERE).map(|took| through.push(took)),
        || write(lab, &straight, TOPIC).map(|took| direct.push(took)),
    )
}

/// Seconds from nothing to the last acknowledgement.
fn write(lab: &Lab, settings: &Settings, topic: &str) -> Result<f64> {
    lab.net().inside(Host::Operator, || {
        let value = vec![b'x'; SIZE];
        let item = Item {
            value: &value,
            ..Item::default()
        };
        let (mut count, mut failed) = (0, None);
        let mut told = |(), outcome: Result<_, _>| match outcome {
            Ok(_) => count += 1,
            Err(error) => failed = Some(error),
        };
        let began = Instant::now();
        let mut pipe = Pipe::open(settings, topic, (MESSAGES as u64, (MESSAGES * SIZE) as u64))?;
        for _ in 0..MESSAGES {
            // What is given back did not fit yet.
            while pipe.push(&item, (), &mut told)?.is_some() {}
        }
        pipe.finish(&mut told);
        let took = began.elapsed().as_secs_f64();
        ensure!(count == MESSAGES, "{count} messages, {failed:?}");
        Ok(took)
    })?
}

/// Reads the topic both ways.
fn reads(
    lab: &Lab,
    ours_first: bool,
    brokers: &[String],
    (through, direct): (&mut Samples, &mut Samples),
) -> Outcome {
    let tunnel = settings(lab, brokers)?;
    let straight = Settings {
        dialer: None,
        ..tunnel.clone()
    };
    in_turn(
        ours_first,
        || read(lab, &tunnel).map(|took| through.push(took)),
        || read(lab, &straight).map(|took| direct.push(took)),
    )
}

fn settings(lab: &Lab, brokers: &[String]) -> Result<Settings> {
    let ssh = lab.home().join(".ssh");
    let target = Target {
        host: net::EDGE.to_owned(),
        user: Some("sshuser".to_owned()),
        identity_file: Some(ssh.join("id_ed25519")),
        known_hosts: Some(ssh.join("known_hosts")),
        config_file: Some("/dev/null".into()),
        ..Target::default()
    };
    let edge = lab.net().inside(Host::Operator, || {
        Reconnecting::connect(&target, Arc::new(|_: &str| ()))
    })??;
    let dialer = Dialer::new(move |socket, host, port| {
        edge.carry(socket, host, port)
            .map_err(std::io::Error::other)
    });
    Ok(Settings {
        timeout: Duration::from_secs(60),
        dialer: Some(dialer.context("the tunnel is not built here")?),
        ..Settings::new(brokers)
    })
}

/// Seconds from nothing to the last message.
fn read(lab: &Lab, settings: &Settings) -> Result<f64> {
    lab.net().inside(Host::Operator, || {
        let began = Instant::now();
        let mut count = 0;
        for record in Tail::new(settings, TOPIC, Start::Earliest, End::Now)? {
            let size = record?.value.map_or(0, |value| value.len());
            ensure!(size == SIZE, "a message of {size} bytes");
            count += 1;
        }
        ensure!(count == MESSAGES, "{count} messages");
        Ok(began.elapsed().as_secs_f64())
    })?
}

/// By a client of the lab's own, directly.
fn fill(brokers: &str) -> Outcome {
    let producer: ThreadedProducer<DefaultProducerContext> = kafka::client()
        .set("bootstrap.servers", brokers)
        .set("queue.buffering.max.kbytes", "262144")
        .set("queue.buffering.max.messages", "1000000")
        .create()?;
    let value = vec![b'x'; SIZE];
    for _ in 0..MESSAGES {
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(TOPIC).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(120))?;
    Ok(())
}
