//! One message at a time, each acknowledged before the next.

use super::message::Terms;
use super::settle::{Since, find};
use super::sink;
use crate::commands::over_rest;
use crate::context::Context;
use crate::error::Failure;
use crate::iothub::command::Command;
use crate::kafka;
use crate::kafka::producer::{Place, Producer, Record, SendError};
use crate::rest_proxy::Client;
use anyhow::Context as _;
use std::collections::HashMap;
use std::time::Duration;

/// The way to the commands' topic.
pub enum Way {
    Kafka {
        settings: kafka::Settings,
        producer: Box<Producer>,
    },
    Rest(Box<Client>),
}

impl Way {
    /// Nobody is contacted yet, unless it takes that to know the brokers.
    pub fn open(ctx: &Context) -> anyhow::Result<Self> {
        if ctx.is_over_rest() {
            return Ok(Self::Rest(Box::new(ctx.rest()?)));
        }
        let settings = ctx.kafka(ctx.brokers()?)?;
        let producer = Box::new(Producer::connect(&settings)?);
        Ok(Self::Kafka { settings, producer })
    }

    /// Where it is; the REST proxy does not say.
    pub fn send(
        &self,
        ctx: &Context,
        command: &Command<'_>,
        id_was_given: bool,
    ) -> anyhow::Result<Option<Place>> {
        let topic = &ctx.profile.topics.commands;
        let sending = || format!("sending to {}", command.device_id());
        let (settings, producer) = match self {
            Self::Kafka { settings, producer } => (settings, producer),
            Self::Rest(client) => {
                return over_rest::send::one(ctx, client, topic, command)
                    .map(|()| None)
                    .with_context(sending);
            }
        };
        let record = Record {
            topic: topic.clone(),
            key: Some(command.device_id().to_owned()),
            value: Some(command.to_json().into()),
            partition: None,
        };
        let since = Since::before(settings, topic, id_was_given).with_context(sending)?;
        let sent = producer.send(&record).map(|sent| Place {
            partition: sent.partition,
            offset: sent.offset,
        });
        if let Err(SendError::Unknown { .. }) = sent {
            let wanted = HashMap::from([(command.message_id().to_owned(), ())]);
            let found = find(ctx, settings, topic, (&since, &[]), wanted);
            if let Some((_, place)) = found.first() {
                return Ok(Some(*place));
            }
        }
        sent.map(Some).with_context(sending)
    }
}

impl Way {
    /// Until the sink has passed this place.
    pub fn wait(&self, ctx: &Context, place: Option<Place>, wait: Duration) -> anyhow::Result<()> {
        let (Self::Kafka { settings, .. }, Some(place)) = (self, place) else {
            return Ok(());
        };
        let partition = usize::try_from(place.partition).unwrap_or_default();
        let mut ends = vec![None; partition];
        ends.push(Some(place.offset));
        sink::until_passed(ctx, settings, &ctx.profile.topics.commands, &ends, wait)
    }
}

/// A text for a device as a command, or why it cannot be one.
pub fn command<'a>(
    device: &'a str,
    text: &'a str,
    id: &'a str,
    terms: &Terms,
) -> anyhow::Result<Command<'a>> {
    let expiry = terms
        .lifetime
        .map(|lifetime| lifetime.expiry(jiff::Timestamp::now()));
    let expiry = expiry.transpose().map_err(Failure::usage)?;
    let command = Command::new(device, text, id, expiry);
    Ok(command.map_err(|error| Failure::usage(error.to_string()))?)
}
