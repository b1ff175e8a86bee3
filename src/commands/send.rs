//! `hdikafka send`: commands to devices, through the commands' topic: one from the command line, many from a file or
//! standard input, or as somebody types them.

mod batch;
mod check;
mod many;
mod message;
mod one;
mod repeated;
mod settle;
mod sink;
mod typed;

use super::device::duration;
use super::lines::Source;
use super::over_rest;
use super::tally::Pace;
use crate::context::{Context, names};
use crate::error::{Exit, Failure};
use crate::iothub;
use crate::iothub::command::Expiry;
use crate::kafka::producer::Place;
use crate::profile::{Converter, SettingsArgs};
use crate::ui::{OutputError, Report, Style};
pub use batch::Batch;
use message::{Ids, Lifetime, Terms};
use serde::Serialize;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Send commands to devices
///
/// One from the command line; or many from a file or standard input, as JSON lines {"deviceId": …, "message": …} with an optional
/// messageId and expiryTime, or with --device as one text a line; or at a terminal, line by line. All lines are checked
/// before the first is sent: a record that the sink cannot read stops it for every device. The answer is where a message is in
/// the topic; whether the device has it is not known here. What got no answer is looked for in the topic and never sent again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka send --device fakepi \"Turn On\"\n  hdikafka send --device fakepi --expires-in 10m --wait \"Turn Off\"\n  hdikafka send --file commands.jsonl --rate 100/min -o json\n  jq -c '{deviceId: .id, message: \"Turn On\"}' devices.json | hdikafka send\n  hdikafka send --device fakepi < texts.txt"
)]
pub struct Send {
    /// The device's id in IoT Hub
    #[arg(long, short, value_name = "ID")]
    pub device: Option<String>,
    /// The text that the device gets
    #[arg(conflicts_with = "file", requires = "device")]
    pub text: Option<String>,
    /// Messages of this file, one a line; - is standard input
    #[arg(long, short, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The message's id; a random one when not given
    #[arg(long, value_name = "ID", requires = "text")]
    pub id: Option<String>,
    /// When a message is worth nothing any more: YYYY-MM-DDThh:mm:ssZ
    #[arg(long, value_name = "TIME")]
    pub expires: Option<Expiry>,
    /// The same, from when it is sent: 90s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = lifetime, conflicts_with = "expires")]
    pub expires_in: Option<Duration>,
    /// Send what is valid, and write into this file what is not, and why
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub skip_invalid: Option<PathBuf>,
    /// No more messages than so many a second: 10, 0.5, 100/min, 1000/h
    #[arg(long, value_name = "RATE", conflicts_with = "text")]
    pub rate: Option<Pace>,
    /// Wait until the sink has passed what was sent, at most so long
    #[arg(long, value_name = "TIME", value_parser = patience, num_args = 0..=1, require_equals = true, default_missing_value = "30s")]
    pub wait: Option<Duration>,
    /// Look first whether a sink runs, and warn if none does
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1))
}

fn patience(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_millis(100))
}

/// A message that was acknowledged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'a> {
    /// Of the input, if it was one of many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub topic: &'a str,
    /// Not told by the REST proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    pub message_id: &'a str,
    pub device_id: &'a str,
}

impl<'a> Answer<'a> {
    pub fn of(
        topic: &'a str,
        place: Option<Place>,
        message_id: &'a str,
        device_id: &'a str,
    ) -> Self {
        Self {
            line: None,
            topic,
            partition: place.map(|place| place.partition),
            offset: place.map(|place| place.offset),
            message_id,
            device_id,
        }
    }
}

impl Report for Answer<'_> {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        match (self.partition, self.offset) {
            (Some(partition), Some(offset)) => {
                writeln!(out, "{}-{partition}@{offset}", self.topic)
            }
            _ => writeln!(out, "{} (message {})", self.topic, self.message_id),
        }
    }
}

pub fn run(ctx: &mut Context, args: &Send) -> anyhow::Result<Exit> {
    readable(ctx)?;
    let terms = terms(args)?;
    if ctx.is_over_rest() && args.wait.is_some() {
        let words = "--wait: the REST proxy knows no groups, so it cannot tell how far the sink is";
        return Err(Failure::usage(words)
            .hint("--via tunnel, or --via direct inside of the cluster's network")
            .into());
    }
    if let (Some(device), Some(text)) = (&args.device, &args.text) {
        return one(ctx, args, &terms, device, text);
    }
    if args.file.is_none() && ctx.ui.interactive() {
        if args.check {
            sink::check(ctx);
        }
        return typed::run(ctx, &terms, args.wait);
    }
    let mut source = Source::open(args.file.as_deref())?;
    let checked = check::check(&ctx.ui, &mut source, &terms, args.skip_invalid.as_deref())?;
    // What was checked is what is sent.
    source.is_unchanged()?;
    let batch = Batch {
        source,
        checked,
        terms: &terms,
        ids: Ids::random(),
        pace: args.rate,
    };
    if args.check {
        sink::check(ctx);
    }
    match ctx.is_over_rest() {
        true => over_rest::send::many(ctx, batch),
        false => many::run(ctx, batch, args.wait),
    }
}

/// A command is JSON text, and one record that the sink cannot read stops it for every device.
fn readable(ctx: &Context) -> Result<(), Failure> {
    let converter = ctx.profile.sink_converter();
    if *converter == Converter::String {
        return Ok(());
    }
    let words = format!(
        "the sink reads {converter} (sink.converter), and a command is sent as JSON text: it would stop the sink for every device"
    );
    Err(Failure::usage(words)
        .hint("hdikafka produce sends any record; --sink-converter string is what send is for"))
}

/// What holds for all messages; wrong ones are refused before anything is read.
fn terms(args: &Send) -> anyhow::Result<Terms> {
    if let Some(device) = &args.device {
        iothub::device_id(device).map_err(Failure::usage)?;
    }
    let now = jiff::Timestamp::now();
    let lifetime = match (args.expires, args.expires_in) {
        (Some(expiry), _) => Some(Lifetime::Until(expiry)),
        (None, duration) => duration.map(Lifetime::For),
    };
    if let Some(lifetime) = lifetime {
        let expiry = lifetime.expiry(now).map_err(Failure::usage)?;
        if Expiry::at(now).is_some_and(|now| expiry <= now) {
            return Err(
                Failure::usage(format!("--expires: {} has passed", expiry.as_str())).into(),
            );
        }
    }
    Ok(Terms {
        device: args.device.clone(),
        lifetime,
    })
}

fn one(
    ctx: &Context,
    args: &Send,
    terms: &Terms,
    device: &str,
    text: &str,
) -> anyhow::Result<Exit> {
    let mut random = [0; 36];
    let id = match &args.id {
        Some(id) => id,
        None => Ids::random().of(0, &mut random),
    };
    let command = one::command(device, text, id, terms)?;
    if args.check {
        sink::check(ctx);
    }
    let way = one::Way::open(ctx)?;
    let place = way.send(ctx, &command, args.id.is_some())?;
    names::learn(names::Kind::Device, [device]);
    let topic = &ctx.profile.topics.commands;
    match ctx.ui.line(&Answer::of(topic, place, id, device)) {
        // It was sent, whether anybody reads of it or not.
        Ok(()) | Err(OutputError::ReaderLeft) => {}
        Err(error) => return Err(error.into()),
    }
    if let Some(wait) = args.wait {
        ctx.stop_on_signals()?;
        way.wait(ctx, place, wait)?;
    }
    Ok(Exit::Done)
}
