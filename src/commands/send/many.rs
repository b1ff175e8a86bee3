//! The second time through the lines: each is sent over Kafka's own protocol, as many at a time as the brokers take.

use super::batch::Batch;
use super::settle::{Since, find};
use super::{Answer, sink};
use crate::commands::over_kafka::{About, Account, Sending};
use crate::commands::tally::Answers;
use crate::context::Context;
use crate::error::Exit;
use crate::iothub::command::Command;
use crate::kafka;
use crate::kafka::producer::{Item, Place};
use anyhow::Context as _;
use std::collections::HashMap;
use std::time::{Duration, Instant};

pub fn run(ctx: &Context, mut batch: Batch<'_>, wait: Option<Duration>) -> anyhow::Result<Exit> {
    let topic = ctx.profile.topics.commands.clone();
    let settings = ctx.kafka(ctx.brokers()?)?;
    let sending = || format!("sending to {topic}");
    let since = Since::before(&settings, &topic, batch.checked.ids_were_given);
    let since = since.with_context(sending)?;
    let total = batch.checked.messages;
    let mut going = Sending::open(ctx, &settings, &topic, (total, batch.source.bytes()))
        .with_context(sending)?;
    let (mut pace, mut value) = (batch.pace, Vec::new());
    let read = batch.each(|line, command| {
        if let Some(pace) = &mut pace {
            going.until(pace.next(Instant::now()));
        }
        value.clear();
        command.write_json(&mut value);
        let item = Item {
            key: Some(command.device_id().as_bytes()),
            value: &value,
            ..Item::default()
        };
        let names = || Box::new(Names::of(command));
        let names = going.account.answers.wanted().then(names);
        Ok(going.push(&item, Message { line, names }))
    });
    let mut account = going.finish();
    settle(ctx, &settings, &topic, (&mut batch, &since), &mut account);
    account.answers.flush();
    let ends = account.tally.ends.clone();
    let outcome = account
        .tally
        .outcome(account.answers, ("message", total), &topic)?;
    read?;
    if let Some(wait) = wait {
        sink::until_passed(ctx, &settings, &topic, &ends, wait)?;
    }
    Ok(outcome)
}

/// What a message that is under way is known by. Its names only where they will be told.
struct Message {
    line: u64,
    names: Option<Box<Names>>,
}

struct Names {
    message_id: String,
    device_id: String,
}

impl Names {
    fn of(command: &Command<'_>) -> Self {
        Self {
            message_id: command.message_id().to_owned(),
            device_id: command.device_id().to_owned(),
        }
    }
}

impl About for Message {
    fn line(&self) -> u64 {
        self.line
    }

    fn answer(&self, topic: &str, place: Place, answers: &mut Answers<'_>) {
        if let Some(names) = &self.names {
            answers.put(&Answer {
                line: Some(self.line),
                ..Answer::of(topic, Some(place), &names.message_id, &names.device_id)
            });
        }
    }
}

/// Looks for those whose outcome is not known.
fn settle(
    ctx: &Context,
    settings: &kafka::Settings,
    topic: &str,
    (batch, since): (&mut Batch<'_>, &Since),
    account: &mut Account<'_>,
) {
    if account.tally.unknown().is_empty() {
        return;
    }
    let mut wanted = HashMap::new();
    // The same lines give the same ids. A file that has changed meanwhile gives others, and nothing is found.
    let _ = batch.each(|line, command| {
        if account.tally.unknown().contains(line) {
            let names = Some(Box::new(Names::of(command)));
            let id = command.message_id().to_owned();
            wanted.insert(id, Message { line, names });
        }
        Ok(true)
    });
    let acknowledged = account.tally.ends.clone();
    for (message, place) in find(ctx, settings, topic, (since, &acknowledged), wanted) {
        account.found(&message, place);
    }
}
