//! From outside of the virtual network, where only SSH and HTTPS are reached: all of Kafka through the one SSH session.
//! Sessions that die, an sshd that forwards nothing, brokers that are gone or swallow packets.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::bad_day::{says, write_profile};
use super::bridge::hdikafka;
use crate::lab::net::{self, Block, Host};
use crate::lab::{Lab, Parts, kafka};
use crate::runner::{Case, Outcome};
use crate::transcript;
use hdikafka::edge::{Reconnecting, Remote, Target};
use hdikafka::kafka::producer::{Producer, Record};
use hdikafka::kafka::{Dialer, Settings};

const MESSAGES: usize = 10_000;
const PRODUCERS: usize = 4;

pub fn cases() -> Vec<Case> {
    let node = Parts::KAFKA.and(Parts::EDGE);
    vec![
        Case::shared("all_from_outside", Parts::ALL, all_from_outside),
        Case::shared("auto_inside_is_direct", Parts::ALL, auto_inside_is_direct),
        Case::shared(
            "forwarding_is_forbidden",
            Parts::ALL,
            forwarding_is_forbidden,
        ),
        Case::shared("brokers_behind_the_edge_fail", Parts::ALL, brokers_fail),
        Case::shared("sessions_die_among_10000_messages", node, sessions_die),
    ]
}

/// With a flag, so that nothing of what `auto` remembers counts.
fn tunnel(lab: &Lab, args: &[&str]) -> Result<crate::lab::host::Output> {
    hdikafka(lab, &[args, &["--via", "tunnel"]].concat())
}

fn all_from_outside(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let outside = lab.net().outside()?;
    says(
        hdikafka(
            lab,
            &["topics", "list", "--via", "direct", "--timeout", "3"],
        )?,
        8,
        &["cannot reach Kafka", "Failed to resolve"],
    )?;
    let probe = Probe::start(lab)?;
    tunnel(lab, &["setup", "--yes"])?.ok()?;
    lab.wait("nothing to do", Duration::from_secs(60), || {
        let again = tunnel(lab, &["setup", "--yes"])?.ok()?;
        Ok(again.stdout.starts_with("Nothing to do"))
    })?;
    everything(lab, "audit-tunnel", &["--via", "tunnel"])?;
    // The first of these finds the way, the others remember it.
    everything(lab, "audit-auto", &["--via", "auto", "-v"])?;
    let again = hdikafka(lab, &["setup", "--yes"])?.ok()?;
    ensure!(
        again.stdout.starts_with("Nothing to do"),
        "{}",
        again.stdout
    );
    let looks = probe.end()?;
    transcript::say(format!("{looks} looks, and nothing listened"));
    drop(outside);
    Ok(())
}

fn everything(lab: &Lab, topic: &str, via: &[&str]) -> Outcome {
    let run = |args: &[&str]| hdikafka(lab, &[args, via].concat())?.ok();
    run(&["topics", "create", topic])?;
    let listed = run(&["topics", "list"])?;
    for name in ["iotin", "iotout", topic] {
        ensure!(listed.stdout.contains(name), "{}", listed.stdout);
    }
    if via.contains(&"-v") {
        let said = "through the edge node's SSH session";
        ensure!(listed.stderr.contains(said), "{}", listed.stderr);
    }
    let sent = run(&["send", "--device", "fakepi", topic])?;
    ensure!(sent.stdout.starts_with("iotout-"), "{}", sent.stdout);
    let tail = run(&["tail", "iotout", "--last", "1"])?;
    ensure!(tail.stdout.contains(topic), "{}", tail.stdout);
    let status = run(&["connector", "status"])?;
    let healthy = status.stdout.matches("healthy").count();
    ensure!(healthy == 2, "{}", status.stdout);
    let status = run(&["status"])?;
    ensure!(status.stdout.contains("1 member"), "{}", status.stdout);
    run(&["topics", "delete", topic, "--yes"])?;
    let left = run(&["topics", "list"])?;
    ensure!(!left.stdout.contains(topic), "{}", left.stdout);
    Ok(())
}

/// Looks all the time whether any process on the laptop listens on a port.
struct Probe {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Result<usize>>,
}

impl Probe {
    fn start(lab: &Lab) -> Result<Probe> {
        // A probe that sees nothing proves nothing.
        let seen = lab.net().inside(Host::Operator, || -> Result<usize> {
            let _listener = TcpListener::bind("127.0.0.1:0")?;
            listeners()
        })??;
        ensure!(seen == 1, "the probe sees {seen} listeners where one is");
        let namespace = std::fs::File::open(lab.net().namespace_file(Host::Operator))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            // SAFETY: the descriptor is open; only this thread changes its namespace.
            let entered = unsafe {
                libc::setns(
                    std::os::fd::AsRawFd::as_raw_fd(&namespace),
                    libc::CLONE_NEWNET,
                )
            };
            ensure!(entered == 0, "{}", std::io::Error::last_os_error());
            let mut looks = 0;
            while !stopped.load(Ordering::Relaxed) {
                ensure!(listeners()? == 0, "something listens on the laptop");
                looks += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(looks)
        });
        Ok(Probe { stop, thread })
    }

    fn end(self) -> Result<usize> {
        self.stop.store(true, Ordering::Relaxed);
        let looks = self
            .thread
            .join()
            .map_err(|_| anyhow::anyhow!("a panic"))??;
        ensure!(looks > 100, "only {looks} looks");
        Ok(looks)
    }
}

/// Ports that are listened on where this thread is: TCP's state 0A, and every UDP socket without a peer.
fn listeners() -> Result<usize> {
    let mut count = 0;
    for (table, state) in [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")] {
        let text = std::fs::read_to_string(format!("/proc/thread-self/net/{table}"))?;
        let states = text
            .lines()
            .skip(1)
            .filter_map(|l| l.split_whitespace().nth(3));
        count += states.filter(|found| *found == state).count();
    }
    Ok(count)
}

fn auto_inside_is_direct(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    lab.create_topic("iotout", 8)?;
    let list = ["topics", "list", "-v"];
    // Asked once, remembered the second time; the edge is not needed at all.
    let barrier = lab.block(Host::Operator, net::EDGE, 22, Block::Reset)?;
    for _ in 0..2 {
        let listed = hdikafka(lab, &list)?.ok()?;
        ensure!(
            listed.stderr.contains("reached directly"),
            "{}",
            listed.stderr
        );
    }
    drop(barrier);
    // The laptop leaves the network: the first command still trusts its memory, and corrects it.
    let outside = lab.net().outside()?;
    hdikafka(lab, &list)?.code_is(8)?;
    let listed = hdikafka(lab, &list)?.ok()?;
    let said = "through the edge node's SSH session";
    ensure!(listed.stderr.contains(said), "{}", listed.stderr);
    drop(outside);
    Ok(())
}

fn forwarding_is_forbidden(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let script = "echo AllowTcpForwarding no >/etc/ssh/sshd_config.d/00-forwarding.conf && systemctl reload ssh";
    lab.edge_exec(&["sh", "-c", script])?.ok()?;
    let _outside = lab.net().outside()?;
    let words = [
        "does not allow connections to",
        ":9092",
        "AllowTcpForwarding yes",
    ];
    for command in [
        &["topics", "list"][..],
        &["send", "--device", "fakepi", "Turn On"],
        &["tail", "iotout"],
        &["setup", "--yes"],
    ] {
        says(hdikafka(lab, command)?, 6, &words)?;
    }
    Ok(())
}

fn brokers_fail(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    lab.create_topic("iotout", 8)?;
    let addresses = kafka::addresses();
    let send = ["send", "--device", "fakepi", "Turn On"];
    // One that answers nobody: the node is told so only after minutes, and nobody else may have to wait for that.
    let silent = net::internal_name(Host::Broker(1));
    let barrier = lab.block(Host::Edge, &silent, 9092, Block::Silence)?;
    let outside = lab.net().outside()?;
    let listed = tunnel(lab, &["topics", "list"])?.ok()?;
    transcript::say(format!("one silent: {:.1} s", listed.took.as_secs_f64()));
    let only = [
        "topics",
        "list",
        "--brokers",
        &addresses[1],
        "--timeout",
        "5",
    ];
    says(tunnel(lab, &only)?, 8, &["no answer within 3 s", &silent])
        .or_else(|_| says(tunnel(lab, &only)?, 8, &["no connection to", &silent]))?;
    drop((outside, barrier));

    lab.broker(0)?.stop()?;
    let _outside = lab.net().outside()?;
    // Its partitions have moved: a record finds its way whatever its key.
    lab.wait(
        "a way around the stopped broker",
        Duration::from_secs(30),
        || Ok(tunnel(lab, &send)?.code == Some(0)),
    )?;
    let only = ["topics", "list", "--brokers", &addresses[0]];
    says(
        tunnel(lab, &only)?,
        8,
        &["could not connect to", &addresses[0], "refused"],
    )?;
    Ok(())
}

fn sessions_die(lab: &Lab) -> Outcome {
    lab.create_topic("iotout", 8)?;
    let ssh = lab.home().join(".ssh");
    let target = Target {
        host: net::EDGE.to_owned(),
        user: Some("sshuser".to_owned()),
        identity_file: Some(ssh.join("id_ed25519")),
        known_hosts: Some(ssh.join("known_hosts")),
        config_file: Some("/dev/null".into()),
        ..Target::default()
    };
    let rebuilt = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&rebuilt);
    let notice = Arc::new(move |text: &str| {
        if text.contains("again") {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let done = AtomicUsize::new(0);
    let outside = lab.net().outside()?;
    let began = Instant::now();
    lab.net().inside(Host::Operator, || -> Outcome {
        let edge = Arc::new(Reconnecting::connect(&target, notice)?);
        let dialer = Dialer::new(move |socket, host, port| {
            edge.carry(socket, host, port)
                .map_err(std::io::Error::other)
        });
        let settings = Settings {
            timeout: Duration::from_secs(60),
            dialer: Some(dialer.context("the tunnel is not built here")?),
            ..Settings::new(kafka::addresses())
        };
        std::thread::scope(|scope| {
            let producers: Vec<_> = (0..PRODUCERS)
                .map(|number| {
                    scope.spawn({
                        let (settings, done) = (&settings, &done);
                        move || produce(settings, number, done)
                    })
                })
                .collect();
            let ended = || producers.iter().any(|thread| thread.is_finished());
            for share in [3, 6] {
                lab.wait("messages", Duration::from_secs(120), || {
                    Ok(ended() || done.load(Ordering::Relaxed) >= MESSAGES * share / 10)
                })?;
                lab.edge_exec(&["sh", "-c", "kill -9 $(pgrep -u sshuser sshd)"])?
                    .ok()?;
            }
            for producer in producers {
                producer.join().map_err(|_| anyhow::anyhow!("a panic"))??;
            }
            Ok(())
        })
    })??;
    drop(outside);
    let rebuilt = rebuilt.load(Ordering::Relaxed);
    transcript::say(format!(
        "{MESSAGES} messages in {:.1} s, the session made again {rebuilt} times",
        began.elapsed().as_secs_f64()
    ));
    ensure!(rebuilt >= 2, "the session was made again {rebuilt} times");
    each_once(lab)
}

fn produce(settings: &Settings, number: usize, done: &AtomicUsize) -> Outcome {
    let producer = Producer::connect(settings)?;
    for index in 0..MESSAGES / PRODUCERS {
        let text = format!("{number}-{index}");
        let record = Record {
            topic: "iotout".to_owned(),
            key: Some(format!("device{}", index % 50)),
            value: Some(text.clone().into_bytes()),
            partition: None,
        };
        producer
            .send(&record)
            .with_context(|| format!("message {text}"))?;
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Read with a client of the lab's own: every message is there, and none twice.
fn each_once(lab: &Lab) -> Outcome {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    lab.net().inside(Host::Operator, || -> Outcome {
        let consumer: BaseConsumer = kafka::client()
            .set("auto.offset.reset", "earliest")
            .set("enable.auto.commit", "false")
            .create()?;
        consumer.subscribe(&["iotout"])?;
        let end = Instant::now() + Duration::from_secs(60);
        while seen.len() < MESSAGES {
            match consumer.poll(Duration::from_secs(1)) {
                Some(Ok(message)) => {
                    let value = message.payload().unwrap_or_default();
                    let value = String::from_utf8_lossy(value).into_owned();
                    *seen.entry(value).or_default() += 1;
                }
                _ if Instant::now() > end => bail!("only {} messages are there", seen.len()),
                _ => {}
            }
        }
        Ok(())
    })??;
    let twice = seen.values().filter(|count| **count > 1).count();
    ensure!(twice == 0, "{twice} messages are there twice");
    Ok(())
}
