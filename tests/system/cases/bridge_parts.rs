//! What a bridge is made of, by itself: Kafka's tools on the edge, a Connect worker under systemd, brokers that go and come.

use std::time::Duration;

use anyhow::ensure;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::lab::kafka;
use crate::lab::net::Host;
use crate::lab::{Lab, Parts};
use crate::runner::{Case, Outcome};

const BIN: &str = "/usr/hdp/current/kafka-broker/bin";

pub fn cases() -> Vec<Case> {
    let both = Parts::KAFKA.and(Parts::EDGE);
    vec![
        Case::shared("kafka_topics_and_messages", both, kafka_topics_and_messages),
        Case::shared("connect_standalone_runs", both, connect_standalone_runs),
        Case::shared(
            "the_next_case_finds_no_topics_and_groups",
            both,
            the_next_case_finds_no_topics_and_groups,
        ),
        Case::shared(
            "topics_that_are_being_deleted_can_be_made_again",
            both,
            topics_that_are_being_deleted_can_be_made_again,
        ),
        Case::shared(
            "brokers_stop_and_start",
            Parts::KAFKA,
            brokers_stop_and_start,
        ),
        Case::shared(
            "a_paused_broker_answers_nothing",
            Parts::KAFKA,
            a_paused_broker_answers_nothing,
        ),
    ]
}

/// The brokers show such a topic no more, and the controller still says that it exists.
fn topics_that_are_being_deleted_can_be_made_again(lab: &Lab) -> Outcome {
    let brokers = kafka::bootstrap();
    let names: Vec<String> = (0..20).map(|n| format!("again-{n}")).collect();
    let mut create = vec!["topics", "create", "--brokers", &brokers];
    create.extend(names.iter().map(String::as_str));
    lab.hdikafka(&create)?.ok()?;
    let delete =
        format!("{BIN}/kafka-topics.sh --bootstrap-server {brokers} --delete --topic 'again-.*'");
    for _ in 0..3 {
        // Kafka's tool does not wait for the end of what it asks for.
        lab.edge_exec(&["bash", "-c", &delete])?.ok()?;
        lab.hdikafka(&create)?.ok()?;
        let there = lab.topics()?;
        ensure!(names.iter().all(|name| there.contains(name)), "{there:?}");
    }
    Ok(())
}

fn kafka_topics_and_messages(lab: &Lab) -> Outcome {
    let brokers = kafka::bootstrap();
    let tool = |name: &str| format!("{BIN}/{name}.sh --bootstrap-server {brokers}");
    let topics = tool("kafka-topics");
    lab.ssh(&[
        "bash",
        "-c",
        &format!("{topics} --create --topic iotin --partitions 8 --replication-factor 3"),
    ])?
    .ok()?;
    let shape = lab
        .ssh(&["bash", "-c", &format!("{topics} --describe --topic iotin")])?
        .ok()?
        .stdout;
    ensure!(
        shape.contains("PartitionCount: 8") && shape.contains("ReplicationFactor: 3"),
        "{shape}"
    );

    let produce = format!(
        "printf 'one\\ntwo\\n' | {} --topic iotin",
        tool("kafka-console-producer")
    );
    lab.ssh(&["bash", "-c", &produce])?.ok()?;
    let consume = format!(
        "{} --topic iotin --from-beginning --max-messages 2 --group reader",
        tool("kafka-console-consumer")
    );
    let messages = lab.ssh(&["bash", "-c", &consume])?.ok()?.stdout;
    let mut messages: Vec<&str> = messages.lines().collect();
    messages.sort_unstable();
    ensure!(messages == ["one", "two"], "{messages:?}");
    let groups = lab
        .ssh(&[
            "bash",
            "-c",
            &format!(
                "{} --describe --group reader",
                tool("kafka-consumer-groups")
            ),
        ])?
        .ok()?;
    ensure!(groups.stdout.contains("iotin"), "{groups:?}");

    // No topic comes to be by being written to.
    let typo = format!(
        "echo x | {} --topic iotni --producer-property max.block.ms=2000",
        tool("kafka-console-producer")
    );
    lab.ssh(&["bash", "-c", &typo])?;
    ensure!(lab.topics()? == ["iotin"], "{:?}", lab.topics()?);
    Ok(())
}

fn connect_standalone_runs(lab: &Lab) -> Outcome {
    lab.create_topic("lines", 1)?;
    let worker = format!(
        "bootstrap.servers={}\nkey.converter=org.apache.kafka.connect.storage.StringConverter\n\
         value.converter=org.apache.kafka.connect.storage.StringConverter\n\
         offset.storage.file.filename=/var/tmp/lines.offsets\nlisteners=http://127.0.0.1:8083\n",
        kafka::bootstrap()
    );
    let source = "name=lines\nconnector.class=org.apache.kafka.connect.file.FileStreamSourceConnector\n\
                  tasks.max=1\nfile=/var/tmp/lines.txt\ntopic=lines\n";
    for (file, text) in [
        ("worker.properties", worker.as_str()),
        ("lines.properties", source),
        ("lines.txt", "a line\n"),
    ] {
        lab.edge()?
            .exec_with(&["tee", &format!("/var/tmp/{file}")], text.as_bytes())?
            .ok()?;
    }
    let start = format!("{BIN}/connect-standalone.sh");
    lab.edge_exec(&[
        "systemd-run",
        "--unit=lines",
        "--uid=kafka",
        "--setenv=KAFKA_HEAP_OPTS=-Xmx200M",
        &start,
        "/var/tmp/worker.properties",
        "/var/tmp/lines.properties",
    ])?
    .ok()?;
    lab.wait("the task to be RUNNING", Duration::from_secs(60), || {
        let active = lab
            .edge()?
            .exec_quietly(&["systemctl", "is-active", "lines"])?;
        ensure!(
            active.code == Some(0),
            "the worker ended:\n{}",
            lab.edge_exec(&["journalctl", "-u", "lines", "-n", "40"])?
                .stdout
        );
        let status = lab.edge()?.exec_quietly(&[
            "curl",
            "-s",
            "http://127.0.0.1:8083/connectors/lines/status",
        ])?;
        let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap_or_default();
        Ok(status["tasks"][0]["state"] == "RUNNING")
    })?;
    let consumer = format!(
        "{BIN}/kafka-console-consumer.sh --bootstrap-server {} --topic lines --from-beginning --max-messages 1",
        kafka::bootstrap()
    );
    let line = lab.ssh(&["bash", "-c", &consumer])?.ok()?.stdout;
    ensure!(line == "a line\n", "{line}");
    // The worker's process is Java itself, as the user that was asked for, and a signal ends it cleanly.
    let main = lab
        .edge_exec(&[
            "sh",
            "-c",
            "ps -o user=,comm= -p $(systemctl show -P MainPID lines)",
        ])?
        .ok()?
        .stdout;
    ensure!(main.split_whitespace().eq(["kafka", "java"]), "{main}");
    lab.edge_exec(&["systemctl", "stop", "lines"])?.ok()?;
    let log = lab
        .edge_exec(&["sh", "-c", "cat /var/log/kafka/connect.log"])?
        .ok()?
        .stdout;
    ensure!(
        log.contains("Kafka Connect stopped"),
        "no clean end in the worker's log"
    );
    Ok(())
}

/// Leaves a topic, and a group whose member does not say goodbye; then does what the runner does between two cases.
fn the_next_case_finds_no_topics_and_groups(lab: &Lab) -> Outcome {
    lab.create_topic("left", 1)?;
    let consumer = format!(
        "{BIN}/kafka-console-consumer.sh --bootstrap-server {} --topic left --group left",
        kafka::bootstrap()
    );
    lab.edge_exec(&["systemd-run", "--unit=reader", "bash", "-c", &consumer])?
        .ok()?;
    let members = || -> anyhow::Result<usize> {
        lab.net().inside(Host::Operator, || {
            let consumer: BaseConsumer = kafka::client().create()?;
            let groups = consumer.fetch_group_list(Some("left"), Duration::from_secs(5))?;
            Ok(groups
                .groups()
                .iter()
                .map(|group| group.members().len())
                .sum())
        })?
    };
    lab.wait("a member of the group", Duration::from_secs(30), || {
        Ok(members()? == 1)
    })?;
    lab.reset()?;
    ensure!(lab.topics()?.is_empty(), "{:?}", lab.topics()?);
    ensure!(members()? == 0, "the group has members");
    Ok(())
}

fn brokers_stop_and_start(lab: &Lab) -> Outcome {
    lab.create_topic("replicated", 6)?;
    lab.broker(1)?.stop()?;
    lab.wait("two brokers", Duration::from_secs(20), || {
        Ok(lab.brokers()? == [1001, 1003])
    })?;
    lab.start_broker(1)?;
    ensure!(lab.brokers()? == [1001, 1002, 1003], "{:?}", lab.brokers()?);
    Ok(())
}

fn a_paused_broker_answers_nothing(lab: &Lab) -> Outcome {
    let connects = |seconds: u64| {
        lab.net()
            .inside(Host::Operator, || -> anyhow::Result<bool> {
                let mut config = kafka::client();
                config.set("bootstrap.servers", &kafka::addresses()[0]);
                let consumer: BaseConsumer = config.create()?;
                Ok(consumer
                    .fetch_metadata(None, Duration::from_secs(seconds))
                    .is_ok())
            })?
    };
    ensure!(connects(5)?, "the broker answers");
    lab.broker(0)?.pause()?;
    ensure!(!connects(1)?, "a paused broker answered");
    lab.broker(0)?.resume()?;
    ensure!(connects(5)?, "the broker answers again");
    Ok(())
}
