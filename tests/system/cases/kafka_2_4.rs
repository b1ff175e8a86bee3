//! The second lane: Kafka 2.4.1, which HDInsight 4.0 and 5.0 run, on the brokers and on the edge. Three brokers, as there:
//! topics are made with three replicas, and a smaller cluster would need settings that no operator has.
//!
//! Here: what may differ from 3.2.0, in one walk from nothing to a bridge that was stopped and started again. Connect 2.4
//! words its log in another way, its REST API and its tools are older, and its Scala is 2.12.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::bad_day::{says, worker_rest};
use super::bridge::{as_device, command_reaches_the_device, hdikafka, write_profile};
use crate::lab::net::{self, Host};
use crate::lab::parts::Generation;
use crate::lab::{Lab, Parts, kafka};
use crate::runner::{Case, Outcome};
use crate::transcript;

pub fn cases() -> Vec<Case> {
    vec![Case::own("kafka_2_4_from_nothing", Parts::ALL, || {
        let lab = Lab::up_with(Parts::ALL, Generation::Kafka2_4)?;
        // The runner knows of shared labs only.
        from_nothing(&lab).inspect_err(|_| lab.note_logs())?;
        lab.down()
    })]
}

fn from_nothing(lab: &Lab) -> Outcome {
    // Long enough for a poll of every task, and for an idle sink to speak.
    write_profile(lab, "[proof]\nstable_for = \"6s\"\n")?;
    set_up(lab)?;
    topics(lab)?;
    command_reaches_the_device(lab)?;
    telemetry(lab, "{\"t\": 1}")?;
    stop_and_start(lab)?;
    a_record_that_is_no_command(lab)
}

fn set_up(lab: &Lab) -> Outcome {
    let made = hdikafka(lab, &["setup", "--yes", "-o", "json"])?.ok()?;
    let report: Value = serde_json::from_str(&made.stdout)?;
    let proofs = report["proofs"].as_array().context("proofs")?;
    ensure!(proofs.len() == 2, "{report:#}");
    for proof in proofs {
        ensure!(proof["health"]["verdict"] == "healthy", "{proof:#}");
    }
    for port in [8083, 8084] {
        let worker = rest(lab, port, "/")?;
        let version = worker["version"].as_str().unwrap_or_default();
        ensure!(version == "2.4.1", "the worker on {port}: {worker}");
    }
    transcript::say(format!(
        "setup on Kafka 2.4.1: {:.1} s",
        made.took.as_secs_f64()
    ));
    let again = hdikafka(lab, &["setup", "--dry-run"])?.ok()?;
    ensure!(
        again.stdout.starts_with("Nothing to do"),
        "{}",
        again.stdout
    );
    Ok(())
}

fn topics(lab: &Lab) -> Outcome {
    hdikafka(lab, &["topics", "create", "audit", "--partitions", "4"])?.ok()?;
    let described = hdikafka(lab, &["topics", "describe", "audit", "-o", "json"])?.ok()?;
    ensure!(described.stdout.contains("audit"), "{}", described.stdout);
    // 2.4's own tool has both ways of asking. It prints fields apart from those of 3.2's: no TopicId.
    let brokers = kafka::bootstrap();
    let zookeeper = format!("{}:2181", net::internal_name(Host::Zookeeper));
    for by in [
        format!("--bootstrap-server {brokers}"),
        format!("--zookeeper {zookeeper}"),
    ] {
        let tool = format!("/usr/hdp/current/kafka-broker/bin/kafka-topics.sh {by} --describe");
        let shape = lab.ssh(&["bash", "-c", &tool])?.ok()?.stdout;
        for (topic, partitions) in [("iotin", 8), ("iotout", 8), ("audit", 4)] {
            let line = shape
                .lines()
                .find(|line| line.starts_with(&format!("Topic: {topic}\t")))
                .with_context(|| format!("no {topic} by {by}:\n{shape}"))?;
            let has = |what: String| line.contains(&what);
            ensure!(
                has(format!("PartitionCount: {partitions}")) && has("ReplicationFactor: 3".into()),
                "{by}: {line}"
            );
        }
    }
    hdikafka(lab, &["topics", "delete", "audit", "--yes"])?.ok()?;
    hdikafka(lab, &["topics", "describe", "audit"])?.code_is(4)?;
    Ok(())
}

fn telemetry(lab: &Lab, body: &str) -> Outcome {
    as_device(lab, |device| device.send(body.as_bytes(), &[]))?;
    lab.wait("the telemetry in iotin", Duration::from_secs(30), || {
        Ok(count(lab, body)? == 1)
    })
}

fn count(lab: &Lab, body: &str) -> Result<usize> {
    let tail = hdikafka(lab, &["tail", "iotin", "--last", "10"])?.ok()?;
    Ok(tail.stdout.matches(body).count())
}

/// A clean stop keeps the place: what was read before is not read again, what came meanwhile is read once.
fn stop_and_start(lab: &Lab) -> Outcome {
    hdikafka(lab, &["connector", "stop"])?.ok()?;
    let status = hdikafka(lab, &["connector", "status"])?.code_is(14)?;
    ensure!(
        status.stdout.matches("stopped").count() == 2,
        "{}",
        status.stdout
    );
    as_device(lab, |device| device.send(b"{\"t\": 2}", &[]))?;
    hdikafka(lab, &["send", "--device", "fakepi", "while it stands"])?.ok()?;
    let status = hdikafka(lab, &["status", "-o", "json"])?.code_is(14)?;
    let status: serde_json::Value = serde_json::from_str(&status.stdout)?;
    ensure!(status["sink"]["lag"] == 1, "{status:#}");
    let since = hdikafka(lab, &["tail", "--since", "1h", "--until", "1ms"])?.ok()?;
    ensure!(since.stdout.contains("{\"t\": 1}"), "{}", since.stdout);
    hdikafka(lab, &["connector", "start", "--yes", "--stable-for", "1s"])?.ok()?;
    lab.wait("what came meanwhile", Duration::from_secs(30), || {
        Ok(count(lab, "{\"t\": 2}")? == 1)
    })?;
    ensure!(count(lab, "{\"t\": 1}")? == 1, "read again after the stop");
    let mut got = None;
    lab.wait("the command at the device", Duration::from_secs(30), || {
        got = as_device(lab, |device| device.receive())?;
        Ok(got.is_some())
    })?;
    let got = got.context("a command")?;
    ensure!(got.body == b"while it stands", "{got:?}");
    as_device(lab, |device| device.complete(&got))?;
    let status = hdikafka(lab, &["connector", "status"])?.ok()?;
    ensure!(
        status.stdout.matches("healthy").count() == 2,
        "{}",
        status.stdout
    );
    Ok(())
}

/// 2.4 says in two lines what 3.2 says in one: the cause is found in both.
fn a_record_that_is_no_command(lab: &Lab) -> Outcome {
    let produce = format!(
        "echo 'no command' | /usr/hdp/current/kafka-broker/bin/kafka-console-producer.sh --broker-list {} --topic iotout",
        kafka::bootstrap()
    );
    lab.ssh(&["bash", "-c", &produce])?.ok()?;
    lab.wait(
        "a sink that is not healthy",
        Duration::from_secs(30),
        || Ok(hdikafka(lab, &["connector", "status", "sink"])?.code == Some(14)),
    )?;
    let status = hdikafka(lab, &["connector", "status", "sink"])?.code_is(14)?;
    ensure!(
        status
            .stdout
            .contains("a record in the commands topic is not a command"),
        "{}",
        status.stdout
    );
    let output = hdikafka(lab, &["connector", "restart", "sink", "--yes"])?;
    says(output, 14, &["the sink is not healthy", "is not a command"])?;
    Ok(())
}

fn rest(lab: &Lab, port: u16, path: &str) -> Result<Value> {
    let connector = if port == 8083 { "source" } else { "sink" };
    let answer = worker_rest(lab, connector, path, &[], b"")?.ok()?;
    Ok(serde_json::from_str(&answer.stdout)?)
}
