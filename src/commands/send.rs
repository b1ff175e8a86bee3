//! `hdikafka send --device ID TEXT`: one command to a device, through the commands topic.

use crate::context::{Context, names};
use crate::error::{Exit, Failure};
use crate::iothub::command::Command;
use crate::kafka::producer::{Record, Sent, send};
use crate::profile::{Converter, SettingsArgs};
use crate::ui::{Report, Style};
use anyhow::Context as _;
use serde::Serialize;
use std::io;

/// Send one command to a device
///
/// The record is checked before it is produced: one that the sink cannot read stops it for every device. The answer is where
/// the record is in the topic; whether the device has it is not known here.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka send --device fakepi \"Turn On\"\n  hdikafka send --device fakepi --expires 2026-01-31T09:00:00Z \"Turn Off\""
)]
pub struct Send {
    /// The device's id in IoT Hub
    #[arg(long, short, value_name = "ID")]
    pub device: String,
    /// The text that the device gets
    pub text: String,
    /// The message's id; a random one when not given
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// When the command is worth nothing any more: YYYY-MM-DDThh:mm:ssZ
    #[arg(long, value_name = "TIME", value_parser = expiry)]
    pub expires: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Strictly what the sink reads; anything else it ignores in silence, and the command would live for the hub's default.
fn expiry(text: &str) -> Result<jiff::Timestamp, String> {
    let strict = text.len() == 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T';
    let time = text.parse().ok().filter(|_| strict);
    time.ok_or_else(|| "YYYY-MM-DDThh:mm:ssZ, nothing else".to_owned())
}

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    sent: Sent,
    #[serde(rename = "messageId")]
    message_id: String,
    #[serde(rename = "deviceId")]
    device_id: String,
}

pub fn run(ctx: &mut Context, args: &Send) -> anyhow::Result<Exit> {
    let message_id = args
        .id
        .clone()
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let command = Command::new(&args.device, &args.text, &message_id, args.expires)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let record = Record {
        topic: ctx.profile.topics.commands.clone(),
        key: Some(args.device.clone()),
        value: Some(command.to_json().into()),
        partition: None,
    };
    if *ctx.profile.sink_converter() != Converter::String {
        let words = format!(
            "the sink reads {} (sink.converter), and a command is sent as JSON text: it would stop the sink for every device",
            ctx.profile.sink_converter()
        );
        return Err(Failure::usage(words)
            .hint("hdikafka produce sends any record; --sink-converter string is what send is for")
            .into());
    }
    if ctx.is_over_rest() {
        return super::over_rest::produce::command(ctx, &record.topic, &command);
    }
    let settings = ctx.kafka(ctx.brokers()?)?;
    let sent = send(&settings, &record).with_context(|| format!("sending to {}", args.device))?;
    names::learn(names::Kind::Device, [args.device.as_str()]);
    ctx.ui.report(&Answer {
        sent,
        message_id,
        device_id: args.device.clone(),
    })?;
    Ok(Exit::Done)
}

impl Report for Answer {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        writeln!(out, "{}", self.sent)
    }
}
