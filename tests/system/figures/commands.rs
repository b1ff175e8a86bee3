//! Single commands beside kcat and Kafka's own tools: starting at all, one acknowledged message, two topics.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::in_turn;
use super::samples::Samples;
use super::table::Row;
use crate::lab::{Lab, kafka, parts};
use crate::runner::Outcome;

const STARTS: usize = 60;
const SENDS: usize = 20;
/// Brokers that were just started interpret their own code: before some hundred connections a message takes twice as long.
const WARM_UP: usize = 150;
const TOPICS: usize = 5;
/// The same of pairs of topics, which after so many take no less time. They are deleted again: a broker with many is slower.
const WARM_UP_TOPICS: usize = 60;
const WARM_UP_AT_ONCE: usize = 15;
/// What `send` makes of a command: kcat sends the same bytes.
pub const RECORD: &str = r#"{"messageId":"7d9f2c1e-0c55-4a39-9f0b-2a6f3c1d8e4b","message":"Turn On","deviceId":"fakepi"}"#;

#[derive(Default)]
struct Pair {
    ours: Samples,
    peer: Samples,
}

#[derive(Default)]
pub struct Figures {
    version: Pair,
    send: Pair,
    /// One message by Kafka's own tool.
    console: Samples,
    topics: Pair,
    named: usize,
}

impl Figures {
    /// Once each, in a lab without a bridge: nobody reads what is sent.
    pub fn measure(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        let brokers = kafka::bootstrap();
        if self.named == 0 {
            warm_up_topics(lab, &brokers)?;
        }
        lab.create_topic("iotout", 8)?;
        let binary = parts::binary().display().to_string();
        hyperfine(
            lab,
            ours_first,
            STARTS,
            &mut self.version,
            [&format!("{binary} --version"), "kcat -V"],
        )?;
        let record = lab.home().join("record.json");
        fs::write(&record, RECORD)?;
        let ours = format!("{binary} send --brokers {brokers} --device fakepi 'Turn On'");
        // kcat's own wait for more to send (5 ms) is switched off, too.
        let peer = format!(
            "kcat -P -b {brokers} -t iotout -k fakepi -X acks=all -X enable.idempotence=true -X linger.ms=0 {}",
            record.display()
        );
        if self.send.ours.len() == 0 {
            for command in [&ours, &peer, &ours, &peer] {
                timed(lab, WARM_UP, command)?;
            }
        }
        hyperfine(lab, ours_first, SENDS, &mut self.send, [&ours, &peer])?;
        self.console(lab)?;
        self.two_topics(lab, ours_first)
    }

    /// On the edge, and without the time that an ssh to it would take.
    fn console(&mut self, lab: &Lab) -> Outcome {
        let script = format!(
            "cd /usr/hdp/current/kafka-broker/bin && ./kafka-console-producer.sh --bootstrap-server {} --topic iotout \
             --producer-property acks=all --producer-property enable.idempotence=true",
            kafka::bootstrap()
        );
        let edge = lab.edge()?;
        let sent = edge.exec_with(&["bash", "-c", &script], format!("{RECORD}\n").as_bytes())?;
        self.console.push(sent.ok()?.took.as_secs_f64());
        Ok(())
    }

    /// Topics that were not there before: two by each command of ours, two by two calls of Kafka's tool each time, on the
    /// edge and without the time that an ssh to it would take.
    fn two_topics(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        let numbers = self.named..self.named + TOPICS;
        self.named = numbers.end;
        let brokers = kafka::bootstrap();
        let Pair { ours, peer } = &mut self.topics;
        in_turn(
            ours_first,
            || {
                for n in numbers.clone() {
                    let (first, second) = (format!("in-{n}"), format!("out-{n}"));
                    ours.push(create_two(lab, &brokers, [&first, &second])?);
                }
                Ok(())
            },
            || {
                for n in numbers.clone() {
                    let script = format!(
                        "cd /usr/hdp/current/kafka-broker/bin && for topic in in-{n}-peer out-{n}-peer; do \
                         ./kafka-topics.sh --bootstrap-server {brokers} --create --topic $topic --partitions 8 \
                         --replication-factor 3 || exit; done"
                    );
                    let created = lab.edge_exec(&["bash", "-c", &script])?.ok()?;
                    peer.push(created.took.as_secs_f64());
                }
                Ok(())
            },
        )?;
        // Kafka's tool does not wait until the brokers know of what it created; ours does.
        lab.wait("all of the topics", Duration::from_secs(20), || {
            let there = lab.topics()?;
            let mut wanted = numbers.clone().flat_map(|n| {
                ["in", "out"].map(|name| [format!("{name}-{n}"), format!("{name}-{n}-peer")])
            });
            Ok(wanted.all(|pair| pair.iter().all(|name| there.contains(name))))
        })
    }

    pub fn rows(&self) -> Vec<Row> {
        let Figures {
            version,
            send,
            console,
            topics,
            ..
        } = self;
        vec![
            Row::at_most(
                "start and end: `--version` beside `kcat -V`",
                0.4,
                &version.ours,
                &version.peer,
            ),
            Row::at_most(
                "`send`, one message acknowledged by all replicas, beside `kcat -P` with acks=all and idempotence",
                1.0,
                &send.ours,
                &send.peer,
            ),
            Row::faster(
                "the same beside kafka-console-producer.sh",
                100.0,
                &send.ours,
                console,
            ),
            Row::faster(
                "two topics by one `topics create` beside two calls of kafka-topics.sh",
                20.0,
                &topics.ours,
                &topics.peer,
            ),
        ]
    }
}

/// By one command of ours; in seconds.
fn create_two(lab: &Lab, brokers: &str, [first, second]: [&str; 2]) -> Result<f64> {
    let words = ["topics", "create", "--brokers", brokers, first, second];
    Ok(lab.hdikafka(&words)?.ok()?.took.as_secs_f64())
}

/// Leaves no topics.
fn warm_up_topics(lab: &Lab, brokers: &str) -> Outcome {
    for batch in 0..WARM_UP_TOPICS / WARM_UP_AT_ONCE {
        for n in 0..WARM_UP_AT_ONCE {
            let pair = ["a", "b"].map(|which| format!("warm-{batch}-{n}-{which}"));
            create_two(lab, brokers, [&pair[0], &pair[1]])?;
        }
        lab.forget_topics()?;
    }
    Ok(())
}

/// Runs two commands, ours and the peer's, without a shell; hyperfine stops at the first that fails.
fn hyperfine(
    lab: &Lab,
    ours_first: bool,
    runs: usize,
    pair: &mut Pair,
    [ours, peer]: [&str; 2],
) -> Outcome {
    in_turn(
        ours_first,
        || {
            pair.ours.extend(timed(lab, runs, ours)?);
            Ok(())
        },
        || {
            pair.peer.extend(timed(lab, runs, peer)?);
            Ok(())
        },
    )
}

/// The seconds of so many runs of a command on the operator's machine, by hyperfine.
pub fn timed(lab: &Lab, runs: usize, command: &str) -> Result<Vec<f64>> {
    let file = lab.home().join("hyperfine.json");
    lab.op(&[
        "hyperfine",
        "-N",
        "--style=none",
        "--warmup=3",
        &format!("--runs={runs}"),
        &format!("--export-json={}", file.display()),
        command,
    ])?
    .ok()?;
    times(&file).with_context(|| format!("what hyperfine says of {command}"))
}

fn times(file: &Path) -> Result<Vec<f64>> {
    let report: Value = serde_json::from_slice(&fs::read(file)?)?;
    let times = report["results"][0]["times"].as_array();
    times
        .context("no times")?
        .iter()
        .map(|time| time.as_f64().context("not a number"))
        .collect()
}
