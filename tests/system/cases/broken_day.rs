//! 10,000 numbered messages while something breaks: a broker, its leadership, the session of the tunnel, the REST proxy.
//! What the program says was written is where it says, once; nothing is there twice; nothing is missing unless it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;

use super::rest_proxy;
use crate::lab::host::{Output, last_lines};
use crate::lab::net::{self, Host};
use crate::lab::rest_proxy::RestProxy;
use crate::lab::{Lab, Parts, kafka};
use crate::runner::{Case, Outcome};
use crate::transcript;

const MESSAGES: usize = 10_000;
const TOPIC: &str = "numbers";
const PARTITIONS: i32 = 6;
/// Longer than any of these days.
const PATIENCE: &str = "90";

pub fn cases() -> Vec<Case> {
    let kafka = Parts::KAFKA;
    let node = kafka.and(Parts::EDGE);
    vec![
        Case::shared("a_broker_is_killed_among_10000", kafka, broker_killed),
        Case::shared("leaders_move_among_10000", kafka, leaders_move),
        Case::shared("a_broker_is_paused_among_10000", kafka, broker_paused),
        Case::shared("sessions_die_among_10000", node, sessions_die),
        Case::shared(
            "the_rest_proxy_restarts_among_10000",
            kafka.and(Parts::AMBARI),
            proxy_restarts,
        ),
    ]
}

fn broker_killed(lab: &Lab) -> Outcome {
    directly(lab, || {
        lab.broker(0)?.kill()?;
        at_least(lab, MESSAGES / 2)?;
        lab.start_broker(0)
    })
}

fn leaders_move(lab: &Lab) -> Outcome {
    directly(lab, || {
        let before = leaders(lab)?;
        lab.kafka()?.move_leaders(lab.net(), TOPIC, PARTITIONS)?;
        lab.wait("other leaders", Duration::from_secs(30), || {
            let now = leaders(lab)?;
            Ok(before
                .iter()
                .all(|(id, leader)| now.get(id) != Some(leader)))
        })
    })
}

fn broker_paused(lab: &Lab) -> Outcome {
    directly(lab, || {
        let paused = 1001;
        lab.broker(0)?.pause()?;
        // The others take over when ZooKeeper has missed it for six seconds.
        lab.wait("other leaders", Duration::from_secs(40), || {
            Ok(!leaders(lab)?.values().any(|leader| *leader == paused))
        })?;
        lab.broker(0)?.resume()
    })
}

fn sessions_die(lab: &Lab) -> Outcome {
    lab.create_topic(TOPIC, PARTITIONS)?;
    let outside = lab.net().outside()?;
    let output = over_kafka(lab, &["--via", "tunnel"], || {
        for _ in 0..2 {
            lab.edge_exec(&["sh", "-c", "kill -9 $(pgrep -u sshuser sshd)"])?
                .ok()?;
            let now = written(lab)?;
            at_least(lab, (now + MESSAGES / 10).min(MESSAGES))?;
        }
        Ok(())
    })?;
    drop(outside);
    each_in_its_place(lab, &output)
}

fn directly(lab: &Lab, fault: impl FnOnce() -> Outcome) -> Outcome {
    lab.create_topic(TOPIC, PARTITIONS)?;
    let output = over_kafka(lab, &["--via", "direct"], fault)?;
    each_in_its_place(lab, &output)
}

/// Sends the numbers over Kafka's own protocol, a few to a request, so that there is a middle to break something in.
fn over_kafka(lab: &Lab, via: &[&str], fault: impl FnOnce() -> Outcome) -> Result<Output> {
    let brokers = kafka::bootstrap();
    let slowly = [
        "-X",
        "batch.num.messages=4",
        "-X",
        "max.in.flight.requests.per.connection=1",
        "--brokers",
        &brokers,
        "--cluster",
        net::CLUSTER,
    ];
    while_sending(lab, &[via, &slowly].concat(), fault)
}

/// Every place that was told has the message of its line.
fn each_in_its_place(lab: &Lab, output: &Output) -> Outcome {
    let places: Vec<Value> = output
        .stdout
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    match output.code {
        Some(0) => ensure!(places.len() == MESSAGES, "{} places", places.len()),
        Some(13) => {
            let words = format!("{} of {MESSAGES} record", places.len());
            ensure!(output.stderr.contains(&words), "{}", output.stderr);
        }
        code => bail!("ended with {code:?}: {}", last_lines(&output.stderr, 5)),
    }
    let there = read_back(lab)?;
    for place in &places {
        let at = |name: &str| place[name].as_i64().context("no place");
        let record = there.get(&(i32::try_from(at("partition")?)?, at("offset")?));
        let wanted = number(usize::try_from(at("line")?)?);
        ensure!(record == Some(&wanted), "{place} is {record:?}");
    }
    accounted(&there, places.len(), output.code)
}

fn proxy_restarts(lab: &Lab) -> Outcome {
    // Ten requests in all, of a thousand records each.
    let proxy = RestProxy::start_slow(lab, Duration::from_millis(300))?;
    rest_proxy::write_profile(lab, &proxy)?;
    lab.create_topic(TOPIC, PARTITIONS)?;
    let output = while_sending(lab, &["--profile", "lab"], || {
        proxy.kill()?;
        proxy.start_again()
    })?;
    let there = read_back(lab)?;
    // The report, or the error in its place.
    let document: Value = serde_json::from_str(&output.stdout)?;
    let (told, in_doubt) = match output.code {
        Some(0) => {
            let records = document["records"].as_u64().context("records")?;
            (usize::try_from(records)?, MESSAGES + 1)
        }
        Some(13) => {
            let words = document["error"].as_str().context("no error")?;
            let number = |text: &str| -> Result<usize> {
                let end = text.find(|c: char| !c.is_ascii_digit());
                Ok(text[..end.unwrap_or(text.len())].parse()?)
            };
            // "… line 2001 …" or "… lines 2001-3000 …": what comes before them was acknowledged.
            let (_, lines) = words.split_once("line").context("no line is named")?;
            let first = lines.trim_start_matches('s').trim_start();
            (number(words)?, number(first)?)
        }
        code => bail!("ended with {code:?}: {}", last_lines(&output.stderr, 5)),
    };
    let values: BTreeSet<&String> = there.values().collect();
    for line in 1..in_doubt {
        ensure!(values.contains(&number(line)), "line {line} is not there");
    }
    accounted(&there, told, output.code)
}

/// Nothing is there twice, and all of it is there when that was said.
fn accounted(there: &BTreeMap<(i32, i64), String>, told: usize, code: Option<i32>) -> Outcome {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for value in there.values() {
        *seen.entry(value).or_default() += 1;
    }
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    ensure!(twice.is_empty(), "there more than once: {twice:?}");
    ensure!(seen.len() >= told, "{} of {told} are there", seen.len());
    if code == Some(0) {
        ensure!(seen.len() == MESSAGES, "{} are there", seen.len());
    }
    transcript::say(format!(
        "exit {code:?}: {told} told, {} there, none twice",
        seen.len()
    ));
    Ok(())
}

/// Runs `produce` and, when a third is in the topic, what breaks.
fn while_sending(lab: &Lab, more: &[&str], fault: impl FnOnce() -> Outcome) -> Result<Output> {
    let file = numbers(lab)?.display().to_string();
    let produce = ["produce", TOPIC, "--file", &file, "--form", "text"];
    let args = [&produce[..], &["-o", "json", "--timeout", PATIENCE], more].concat();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| lab.hdikafka(&args));
        let broken = at_least(lab, MESSAGES / 3).and_then(|()| {
            ensure!(!sending.is_finished(), "it was over before anything broke");
            fault()
        });
        let output = sending.join().map_err(|_| anyhow::anyhow!("a panic"))?;
        transcript::say(format!("{:.1} s", began.elapsed().as_secs_f64()));
        broken?;
        output
    })
}

fn numbers(lab: &Lab) -> Result<PathBuf> {
    let file = lab.home().join("numbers.txt");
    let text: String = (1..=MESSAGES).map(|line| number(line) + "\n").collect();
    fs::write(&file, text)?;
    Ok(file)
}

/// The message of a line. Large enough that the REST proxy gets more than one or two requests.
fn number(line: usize) -> String {
    format!("message-{line:05}-{}", "x".repeat(200))
}

fn at_least(lab: &Lab, count: usize) -> Outcome {
    let what = format!("{count} messages in the topic");
    lab.wait(&what, Duration::from_secs(100), || {
        // Brokers that are gone do not answer.
        Ok(written(lab).is_ok_and(|there| there >= count))
    })
}

/// How many messages the topic has now. From a machine inside of the network, wherever the laptop is.
fn written(lab: &Lab) -> Result<usize> {
    lab.net().inside(Host::Head, || {
        let consumer: BaseConsumer = kafka::client().create()?;
        Ok(ends(&consumer)?
            .iter()
            .map(|end| usize::try_from(*end).unwrap_or(0))
            .sum())
    })?
}

fn ends(consumer: &BaseConsumer) -> Result<Vec<i64>> {
    (0..PARTITIONS)
        .map(|partition| {
            let marks = consumer.fetch_watermarks(TOPIC, partition, Duration::from_secs(2))?;
            Ok(marks.1)
        })
        .collect()
}

fn leaders(lab: &Lab) -> Result<BTreeMap<i32, i32>> {
    lab.net().inside(Host::Head, || {
        let consumer: BaseConsumer = kafka::client().create()?;
        let metadata = consumer.fetch_metadata(Some(TOPIC), Duration::from_secs(2))?;
        let partitions = metadata
            .topics()
            .iter()
            .flat_map(|topic| topic.partitions());
        Ok(partitions.map(|one| (one.id(), one.leader())).collect())
    })?
}

/// Every record of the topic by its place, read with a client of the lab's own.
fn read_back(lab: &Lab) -> Result<BTreeMap<(i32, i64), String>> {
    lab.kafka()?.wait_until_ready(lab.net())?;
    lab.net().inside(Host::Head, || {
        let consumer: BaseConsumer = kafka::client().create()?;
        let ends = ends(&consumer)?;
        let mut places = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            places.add_partition_offset(TOPIC, partition, Offset::Beginning)?;
        }
        consumer.assign(&places)?;
        let wanted: i64 = ends.iter().sum();
        let mut there = BTreeMap::new();
        let limit = Instant::now() + Duration::from_secs(60);
        while (there.len() as i64) < wanted {
            ensure!(
                Instant::now() < limit,
                "{} of {wanted} are read",
                there.len()
            );
            if let Some(Ok(message)) = consumer.poll(Duration::from_secs(1)) {
                let value = String::from_utf8_lossy(message.payload().unwrap_or_default());
                there.insert((message.partition(), message.offset()), value.into_owned());
            }
        }
        Ok(there)
    })?
}
