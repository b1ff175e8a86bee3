//! The manual's steps with the real Connect, one by one, and then `setup`, which takes over what they made: counted by the
//! hub's sequence numbers in one direction and by what the device gets in the other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::bad_day::{KAFKA_CONFIG, read, says, write, write_profile};
use super::bridge::{as_device, hdikafka};
use crate::lab::{Lab, Parts, kafka, net, parts};
use crate::runner::{Case, Outcome};
use crate::transcript;

const OFFSETS: &str = "/tmp/connect.offsets";
const LIBS: &str = "/usr/hdp/current/kafka-broker/libs";
const JAR: &str = "kafka-connect-iothub-assembly_2.11-0.7.0.jar";

pub fn cases() -> Vec<Case> {
    vec![Case::shared(
        "a_bridge_made_by_hand_is_taken_over",
        Parts::ALL,
        a_bridge_made_by_hand_is_taken_over,
    )]
}

fn a_bridge_made_by_hand_is_taken_over(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    by_hand(lab)?;
    let pid = started(lab)?;
    for number in 0..4 {
        event(lab, number)?;
    }
    for number in 0..2 {
        command(lab, number)?;
    }
    lab.wait("the bridge made by hand", Duration::from_secs(120), || {
        Ok(in_topic(lab)?.len() == 4 && at_the_hub(lab)? == 2)
    })?;
    lab.wait("its offsets", Duration::from_secs(90), || {
        Ok(lab.edge()?.exec_quietly(&["test", "-s", OFFSETS])?.code == Some(0))
    })?;

    // --yes alone touches nothing
    says(
        hdikafka(lab, &["setup", "--yes"])?,
        3,
        &[
            "takes over a bridge made by hand",
            "--take-over",
            &format!("pid {pid}"),
        ],
    )?;
    ensure!(alive(lab, &pid)?, "it was stopped");

    // devices and senders go on while it is taken over
    let (over, sent) = (AtomicBool::new(false), AtomicUsize::new(4));
    let taken = std::thread::scope(|scope| {
        let traffic = scope.spawn(|| -> Result<()> {
            while !over.load(Ordering::SeqCst) {
                event(lab, sent.load(Ordering::SeqCst))?;
                sent.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(200));
            }
            Ok(())
        });
        let taken =
            command(lab, 2).and_then(|()| hdikafka(lab, &["setup", "--yes", "--take-over"]));
        over.store(true, Ordering::SeqCst);
        traffic.join().ok().context("the devices")??;
        taken
    })?
    .ok()?;
    let sent = sent.load(Ordering::SeqCst);
    transcript::say(format!(
        "taken over in {:.1} s, {sent} events",
        taken.took.as_secs_f64()
    ));
    ensure!(!alive(lab, &pid)?, "it runs on beside ours");
    command(lab, 3)?;
    event(lab, sent)?;
    lab.wait("all of it", Duration::from_secs(60), || {
        Ok(in_topic(lab)?.len() > sent && at_the_hub(lab)? >= 4)
    })?;
    hdikafka(lab, &["connector", "restart", "--yes"])?.ok()?;
    let all = in_topic(lab)?;
    let expected: BTreeMap<usize, usize> = (0..=sent).map(|number| (number, 1)).collect();
    ensure!(all == expected, "by the hub's sequence numbers: {all:?}");
    ensure!(at_the_hub(lab)? == 4, "a command was sent twice");
    what_is_left(lab)
}

/// Its jar, its offsets, its keys.
fn what_is_left(lab: &Lab) -> Outcome {
    // /tmp is in the memory of the node: its disk does not show it
    lab.edge_exec(&["test", "-s", OFFSETS])?.ok()?;
    let ls = lab.edge_exec(&["ls", LIBS])?.ok()?;
    ensure!(!ls.stdout.contains(JAR), "two jars of one connector");
    let manifest: Value = serde_json::from_slice(&read(lab, "/var/lib/hdikafka/manifest.json")?)?;
    ensure!(manifest["carried"]["from"] == OFFSETS, "{manifest:#}");
    let source = read(
        lab,
        &format!("{KAFKA_CONFIG}/connect-iothub-source.properties"),
    )?;
    let source = String::from_utf8(source)?;
    let key = lab.servers()?.service_key()?;
    ensure!(
        !source.contains(key.trim()),
        "the key is still in the open file"
    );
    ensure!(source.contains("BatchSize=7\n"), "{source}");
    lab.wait("nothing to do", Duration::from_secs(60), || {
        let again = hdikafka(lab, &["setup", "--yes"])?.ok()?;
        Ok(again.stdout.starts_with("Nothing to do"))
    })
}

/// As the manual has it: the jar into libs, the worker file edited, source and sink filled in, topics made. Only the times
/// are shorter, for a case's sake: a poll of all partitions still takes longer than the 5 s that Connect waits for a task.
fn by_hand(lab: &Lab) -> Outcome {
    let jar = std::fs::read(parts::connector()?.join(JAR))?;
    write(lab, &format!("{LIBS}/{JAR}"), &jar)?;
    let worker = format!("{KAFKA_CONFIG}/connect-standalone.properties");
    let string = "org.apache.kafka.connect.storage.StringConverter";
    let edits = [
        format!(
            "s/^bootstrap.servers=.*/bootstrap.servers={}/",
            kafka::bootstrap()
        ),
        format!("s/^key.converter=.*/key.converter={string}/"),
        format!("s/^value.converter=.*/value.converter={string}/"),
        "$ a consumer.max.poll.records=10".to_owned(),
    ];
    for edit in &edits {
        lab.edge_exec(&["sed", "-i", edit, &worker])?.ok()?;
    }
    let state = hdikafka(lab, &["hub", "show", "-o", "json"])?.ok()?;
    let hub: Value = serde_json::from_str(&state.stdout)?;
    let text = |name: &str| {
        hub[name]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("{name} of {hub:#}"))
    };
    let key = lab.servers()?.service_key()?;
    let key = key.trim();
    let source = format!(
        "connector.class=com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector\nname=AzureIotHubConnector\n\
         tasks.max=1\nKafka.Topic=iotin\nIotHub.EventHubCompatibleName={}\nIotHub.EventHubCompatibleEndpoint={}\n\
         IotHub.AccessKeyName=service\nIotHub.AccessKeyValue={key}\nIotHub.ConsumerGroup=$Default\nIotHub.Partitions={}\n\
         IotHub.StartTime=2026-01-20T00:00:00Z\nIotHub.Offsets=PLACEHOLDER\nBatchSize=7\nReceiveTimeout=4\n",
        text("events_path")?,
        text("events_endpoint")?,
        hub["partitions"],
    );
    let sink = format!(
        "connector.class=com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConnector\nname=AzureIotHubSinkConnector\n\
         tasks.max=1\ntopics=iotout\nIotHub.ConnectionString=HostName={};SharedAccessKeyName=service;SharedAccessKey={key}\n\
         IotHub.MessageDeliveryAcknowledgement=None\n",
        net::HUB
    );
    write(
        lab,
        &format!("{KAFKA_CONFIG}/connect-iothub-source.properties"),
        source.as_bytes(),
    )?;
    write(
        lab,
        &format!("{KAFKA_CONFIG}/connect-iothub-sink.properties"),
        sink.as_bytes(),
    )?;
    for topic in ["iotin", "iotout"] {
        lab.create_topic(topic, 8)?;
    }
    Ok(())
}

/// Both in one worker, started with nohup in a session that ends; its pid.
fn started(lab: &Lab) -> Result<String> {
    let line = format!(
        "cd && {{ nohup /usr/hdp/current/kafka-broker/bin/connect-standalone.sh {KAFKA_CONFIG}/connect-standalone.properties \
         {KAFKA_CONFIG}/connect-iothub-source.properties {KAFKA_CONFIG}/connect-iothub-sink.properties >connect.out 2>&1 </dev/null & }}; echo $!"
    );
    let pid = lab
        .ssh(&["bash", "-c", &line])?
        .ok()?
        .stdout
        .trim()
        .to_owned();
    let status = "curl -fsS http://127.0.0.1:8083/connectors/AzureIotHubSinkConnector/status; curl -fsS http://127.0.0.1:8083/connectors/AzureIotHubConnector/status";
    lab.wait("a worker made by hand", Duration::from_secs(120), || {
        let said = lab.edge()?.exec_quietly(&["sh", "-c", status])?;
        Ok(said.stdout.matches("\"state\":\"RUNNING\"").count() == 4)
    })?;
    Ok(pid)
}

fn alive(lab: &Lab, pid: &str) -> Result<bool> {
    let exe = format!("/proc/{pid}/cmdline");
    let said = lab
        .edge()?
        .exec_quietly(&["grep", "-q", "ConnectStandalone", &exe])?;
    Ok(said.code == Some(0))
}

fn event(lab: &Lab, number: usize) -> Outcome {
    as_device(lab, |device| {
        device.send(format!("event {number}.").as_bytes(), &[])
    })
}

fn command(lab: &Lab, number: usize) -> Outcome {
    hdikafka(
        lab,
        &["send", "--device", "fakepi", &format!("command {number}")],
    )?
    .ok()?;
    Ok(())
}

/// The sequence numbers that the hub gave to what is in the topic, and how often each is there.
fn in_topic(lab: &Lab) -> Result<BTreeMap<usize, usize>> {
    let tail = hdikafka(lab, &["tail", "iotin", "--last", "2000", "--format", "raw"])?.ok()?;
    let mut all = BTreeMap::new();
    for part in tail.stdout.split("sequenceNumber=").skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        *all.entry(digits.parse()?).or_default() += 1;
    }
    Ok(all)
}

/// How many commands the hub has taken for the device.
fn at_the_hub(lab: &Lab) -> Result<usize> {
    let state = lab.hub_state()?;
    let commands = &state["devices"]["fakepi"]["commands"];
    commands
        .as_array()
        .map(Vec::len)
        .with_context(|| format!("{state:#}"))
}
