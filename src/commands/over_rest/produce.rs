//! `produce --via rest`: batches; and where an answer got lost, a look into the topic instead of a second try.

use super::{as_json, key_of};
use crate::commands::produce::Wanted;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::iothub::command::Command;
use crate::rest_proxy::{Client, Partition, ProduceError, WriteRecord, batches};
use crate::ui::{Report, Style};
use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long records whose answer got lost are looked for, if `--timeout` is not shorter.
const LOOK_FOR: Duration = Duration::from_secs(10);
/// Records of one read.
const COUNT: u32 = 1000;

#[derive(Serialize)]
struct Written {
    topic: String,
    records: usize,
    requests: usize,
    /// Of requests whose answer got lost, and whose records were found in the topic.
    found: usize,
}

impl Report for Written {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        let plural = if self.records == 1 { "" } else { "s" };
        writeln!(
            out,
            "{} record{plural} written to {}",
            self.records, self.topic
        )
    }
}

pub fn run(ctx: &mut Context, topic: &str, wanted: &[Wanted]) -> anyhow::Result<Exit> {
    let records: Vec<WriteRecord> = wanted.iter().map(Wanted::for_rest).collect();
    let parts = batches(&records)?;
    let client = ctx.rest()?;
    ctx.stop_on_signals()?;
    // Where the topic ends now; and whether it is there at all, before anything is written.
    let before = client
        .partitions(topic)
        .with_context(|| format!("asking the REST proxy for topic {topic}"))?;
    let progress = ctx.ui.task(&format!("writing {} records", records.len()));
    let (mut done, mut found) = (0, 0);
    for part in &parts {
        if ctx.stop.load(Ordering::Relaxed) {
            let words = format!(
                "interrupted: {done} of {} records were written to {topic}, line {} and those after it were not sent",
                records.len(),
                wanted[part.start].line
            );
            return Err(Failure::new(Exit::Interrupted, words).into());
        }
        match client.produce(topic, &records[part.clone()]) {
            Ok(()) => {}
            Err(error @ ProduceError::Unknown { .. }) => {
                ctx.ui.warn(&format!("{error}; looking into the topic"));
                let (first, part) = (&records[..part.start], &records[part.clone()]);
                let there = look(ctx, &client, topic, &before, (first, part));
                if there < part.len() {
                    let words = format!(
                        "{done} of {} records were written to {topic}; of the next {}, from line {} on, {there} were found in the topic so far",
                        records.len(),
                        part.len(),
                        wanted[first.len()].line
                    );
                    return Err(anyhow::Error::from(error).context(words));
                }
                found += part.len();
            }
            Err(error) => {
                let words = format!(
                    "{done} of {} records were written to {topic}; line {} and those after it were not",
                    records.len(),
                    wanted[part.start].line
                );
                return Err(anyhow::Error::from(error).context(words));
            }
        }
        done += part.len();
        progress.message(&format!("{done} of {}", records.len()));
    }
    progress.done();
    ctx.ui.report(&Written {
        topic: topic.to_owned(),
        records: done,
        requests: parts.len(),
        found,
    })?;
    Ok(Exit::Done)
}

/// `send --via rest`: as [`run`] with one record. The proxy does not say where it is.
pub fn command(ctx: &mut Context, topic: &str, command: &Command) -> anyhow::Result<Exit> {
    let value = serde_json::from_str(&command.to_json())?;
    let record = WriteRecord {
        key: Some(command.device_id().to_owned()),
        partition: None,
        value,
    };
    let client = ctx.rest()?;
    let sending = || format!("sending to {}", command.device_id());
    let before = client.partitions(topic).with_context(sending)?;
    let records = [record];
    match client.produce(topic, &records) {
        Err(error @ ProduceError::Unknown { .. }) => {
            ctx.ui.warn(&format!("{error}; looking into the topic"));
            if look(ctx, &client, topic, &before, (&[], &records)) == 0 {
                return Err(error).with_context(sending);
            }
        }
        outcome => outcome.with_context(sending)?,
    }
    ctx.ui.report(&Accepted {
        topic: topic.to_owned(),
        message_id: command.message_id().to_owned(),
        device_id: command.device_id().to_owned(),
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Accepted {
    topic: String,
    #[serde(rename = "messageId")]
    message_id: String,
    #[serde(rename = "deviceId")]
    device_id: String,
}

impl Report for Accepted {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        writeln!(out, "{} (message {})", self.topic, self.message_id)
    }
}

type Content = (Option<String>, String);

fn content(key: Option<String>, value: &Value) -> Content {
    (key, as_json(value).to_string())
}

/// How many of the records of a request whose answer got lost are in the topic, beside those that were written before.
/// Records of equal content count as often as they are there.
fn look(
    ctx: &Context,
    client: &Client,
    topic: &str,
    before: &[Partition],
    (first, doubtful): (&[WriteRecord], &[WriteRecord]),
) -> usize {
    let end = Instant::now() + LOOK_FOR.min(ctx.timeout);
    loop {
        // A look that fails leaves it unknown, no more.
        let mut there = since(client, topic, before).unwrap_or_default();
        let mut take = |record: &WriteRecord| {
            let known = content(record.key.clone(), &record.value);
            match there.get_mut(&known) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => false,
            }
        };
        for record in first {
            take(record);
        }
        let found = doubtful.iter().filter(|record| take(record)).count();
        if found == doubtful.len() || Instant::now() >= end {
            return found;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What has come into the topic since, counted by content.
fn since(client: &Client, topic: &str, before: &[Partition]) -> Option<HashMap<Content, usize>> {
    let mut there = HashMap::new();
    let now = client.partitions(topic).ok()?;
    for partition in &now {
        let from = before.iter().find(|known| known.id == partition.id);
        let mut next = from.map_or(0, |known| known.latest);
        while next < partition.latest {
            let read = client.consume(topic, partition.id, next, COUNT).ok()?;
            if read.next <= next {
                break;
            }
            next = read.next;
            for record in &read.records {
                *there
                    .entry(content(key_of(record), &record.value))
                    .or_default() += 1;
            }
        }
    }
    Some(there)
}
