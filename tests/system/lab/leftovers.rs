//! Takes away what a case left in Kafka: topics, and consumer groups with the offsets they committed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Result, ensure};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;

use super::{kafka, wait};

const ANSWER: Duration = Duration::from_secs(10);

/// Deletes all topics and groups; to be called with the operator's sockets.
pub fn delete() -> Result<()> {
    let consumer: BaseConsumer = kafka::client().create()?;
    let admin: AdminClient<DefaultClientContext> = kafka::client().create()?;
    let options = AdminOptions::new().operation_timeout(Some(ANSWER));
    delete_groups(&consumer, &admin, &options)?;
    delete_topics(&consumer, &admin, &options)
}

/// Names of the topics, sorted, without Kafka's own.
pub fn topics(consumer: &BaseConsumer) -> Result<Vec<String>> {
    let metadata = consumer.fetch_metadata(None, ANSWER)?;
    let names = metadata
        .topics()
        .iter()
        .map(|topic| topic.name().to_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("__")).collect();
    names.sort_unstable();
    Ok(names)
}

fn delete_topics(
    consumer: &BaseConsumer,
    admin: &AdminClient<DefaultClientContext>,
    options: &AdminOptions,
) -> Result<()> {
    let names = topics(consumer)?;
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for result in futures_executor::block_on(admin.delete_topics(&names, options))? {
        result.map_err(|(name, code)| anyhow::anyhow!("deleting the topic {name}: {code}"))?;
    }
    wait("the end of the topics", Duration::from_secs(20), || {
        Ok(topics(consumer)?.is_empty() && are_free(&names, admin)?)
    })
}

/// Whether the controller would take these names again: it holds them after the brokers have stopped showing the topics,
/// and who creates one then waits.
fn are_free(names: &[&str], admin: &AdminClient<DefaultClientContext>) -> Result<bool> {
    let topics: Vec<NewTopic<'_>> = names
        .iter()
        .map(|name| NewTopic::new(name, 1, TopicReplication::Fixed(1)))
        .collect();
    let asked = AdminOptions::new().validate_only(true);
    for result in futures_executor::block_on(admin.create_topics(&topics, &asked))? {
        match result {
            Ok(_) => {}
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => return Ok(false),
            Err((name, code)) => anyhow::bail!("asking for the name {name}: {code}"),
        }
    }
    Ok(true)
}

fn delete_groups(
    consumer: &BaseConsumer,
    admin: &AdminClient<DefaultClientContext>,
    options: &AdminOptions,
) -> Result<()> {
    let mut names = Vec::new();
    for group in consumer.fetch_group_list(None, ANSWER)?.groups() {
        // A worker whose machine was taken away is a member until its session times out (45 s), and as long the next
        // worker of that group would wait for its partitions.
        for member in group.members() {
            dismiss(group.name(), member.id())?;
        }
        names.push(group.name().to_owned());
    }
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for result in futures_executor::block_on(admin.delete_groups(&names, options))? {
        result.map_err(|(name, code)| anyhow::anyhow!("deleting the group {name}: {code}"))?;
    }
    Ok(())
}

/// Leaves a group in a member's name (LeaveGroup, version 0). Asks every broker: only the group's coordinator agrees.
fn dismiss(group: &str, member: &str) -> Result<()> {
    let mut agreed = false;
    for broker in kafka::addresses() {
        agreed |= leave(&broker, group, member)? == 0;
    }
    ensure!(
        agreed,
        "no broker let the member {member} leave the group {group}"
    );
    Ok(())
}

/// The broker's error code.
fn leave(broker: &str, group: &str, member: &str) -> Result<i16> {
    let mut request = vec![0, 13, 0, 0, 0, 0, 0, 1];
    for text in ["lab", group, member] {
        request.extend(i16::try_from(text.len())?.to_be_bytes());
        request.extend(text.bytes());
    }
    let mut stream = TcpStream::connect(broker)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(&i32::try_from(request.len())?.to_be_bytes())?;
    stream.write_all(&request)?;
    // Size, correlation id, error code.
    let mut answer = [0; 10];
    stream.read_exact(&mut answer)?;
    Ok(i16::from_be_bytes([answer[8], answer[9]]))
}
