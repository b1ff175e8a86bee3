//! `send --via rest`. The proxy does not say where a message is, nor how far the sink has come.

use super::requests::Requests;
use crate::commands::send::{Answer, Batch};
use crate::commands::tally::Answers;
use crate::context::Context;
use crate::error::Exit;
use crate::iothub::command::Command;
use crate::rest_proxy::{Client, WriteRecord};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// One message, acknowledged.
pub fn one(
    ctx: &Context,
    client: &Client,
    topic: &str,
    command: &Command<'_>,
) -> anyhow::Result<()> {
    let mut requests = Requests::open(ctx, client, topic)?;
    requests.push(1, &record(command)?, ())?;
    requests.write();
    requests.tally.into_error().map_or(Ok(()), Err)
}

/// What a message is told by when it is acknowledged, if that is told at all.
type About = Option<(u64, String, String)>;

pub fn many(ctx: &Context, mut batch: Batch<'_>) -> anyhow::Result<Exit> {
    let topic = ctx.profile.topics.commands.clone();
    let client = ctx.rest()?;
    let mut requests = Requests::open(ctx, &client, &topic)?;
    ctx.stop_on_signals()?;
    let total = batch.checked.messages;
    let (mut answers, mut pace) = (Answers::new(ctx), batch.pace);
    let read = batch.each(|line, command| {
        if let Some(pace) = &mut pace {
            // Whoever sends few a second wants each of them to be there.
            requests.write();
            tell(&mut requests, &mut answers, &topic);
            answers.flush();
            sleep_until(ctx, pace.next(Instant::now()));
        }
        let (id, device) = (command.message_id(), command.device_id());
        let about = answers
            .wanted()
            .then(|| (line, id.to_owned(), device.to_owned()));
        let more = requests.push(line, &record(command)?, about)?;
        tell(&mut requests, &mut answers, &topic);
        Ok(more && answers.error.is_none())
    });
    requests.write();
    tell(&mut requests, &mut answers, &topic);
    answers.flush();
    let outcome = requests
        .tally
        .outcome(answers, ("message", total), &topic)?;
    read?;
    Ok(outcome)
}

fn tell(requests: &mut Requests<'_, About>, answers: &mut Answers<'_>, topic: &str) {
    for (line, id, device) in requests.acknowledged.drain(..).flatten() {
        answers.put(&Answer {
            line: Some(line),
            ..Answer::of(topic, None, &id, &device)
        });
    }
}

fn sleep_until(ctx: &Context, then: Instant) {
    loop {
        let left = then.saturating_duration_since(Instant::now());
        if left.is_zero() || ctx.stop.load(Ordering::Relaxed) {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
}

fn record(command: &Command<'_>) -> anyhow::Result<WriteRecord> {
    Ok(WriteRecord {
        key: Some(command.device_id().to_owned()),
        partition: None,
        value: serde_json::to_value(command)?,
    })
}
