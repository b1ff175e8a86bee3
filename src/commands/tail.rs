//! `hdikafka tail [TOPIC]`: read a topic back, or follow it.

use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::consumer::{End, Polled, Record, Start, Tail as Reader};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Format, escape_json, sanitise_line};
use anyhow::Context as _;
use serde::Serialize;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Read a topic back, or follow it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka tail iotin --last 20\n  hdikafka tail iotin --follow\n  hdikafka tail iotout --last 5 -o json"
)]
pub struct Tail {
    /// The topic; the telemetry topic when not given
    topic: Option<String>,
    /// This many of the last records
    #[arg(long, short = 'n', value_name = "N")]
    last: Option<usize>,
    /// Go on with what comes
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Without --last and --follow: as many as fit a screen.
const SCREEN: usize = 10;

pub fn run(ctx: &mut Context, args: &Tail) -> anyhow::Result<Exit> {
    let topic = args
        .topic
        .clone()
        .unwrap_or_else(|| ctx.profile.topics.telemetry.clone());
    let topic = topic_name(&topic).map_err(Failure::usage)?.to_owned();
    let settings = ctx.kafka(ctx.brokers()?)?;
    let reading = || format!("reading {topic}");
    let last = args.last.unwrap_or(if args.follow { 0 } else { SCREEN });
    let (start, end) = match (last, args.follow) {
        (0, true) => (Start::Latest, End::Follow),
        (last, true) => (Start::Last(last), End::Follow),
        (last, false) => (Start::Last(last), End::Now),
    };
    ctx.stop_on_signals()?;
    let mut reader = Reader::new(&settings, &topic, start, end).with_context(reading)?;
    let mut told = None;
    while !ctx.stop.load(Ordering::Relaxed) {
        match reader
            .poll(Duration::from_millis(100))
            .with_context(reading)?
        {
            Polled::Record(record) => print(ctx, &record)?,
            Polled::Nothing => {
                let trouble = reader.trouble();
                if trouble != told {
                    trouble.iter().for_each(|words| ctx.ui.warn(words));
                    told = trouble;
                }
            }
            Polled::End => return Ok(Exit::Done),
        }
    }
    Ok(if args.follow {
        Exit::Done
    } else {
        Exit::Interrupted
    })
}

/// One JSON object a line, or one line for a person. `-o yaml` gives one document a record.
fn print(ctx: &Context, record: &Record) -> anyhow::Result<()> {
    let line = Line::of(record);
    let text = match ctx.ui.format() {
        Format::Json => escape_json(serde_json::to_string(&line)?),
        Format::Yaml => format!("---\n{}", serde_yaml_ng::to_string(&line)?.trim_end()),
        Format::Table => line.for_a_person(),
    };
    let mut stream = ctx.ui.stream();
    stream.write(text.as_bytes())?;
    stream.write(b"\n")?;
    stream.flush()?;
    Ok(())
}

#[derive(Serialize)]
struct Line<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp: Option<String>,
    key: Option<String>,
    /// JSON where the record is JSON, else its text; null is a tombstone.
    value: serde_json::Value,
}

impl<'a> Line<'a> {
    fn of(record: &'a Record) -> Self {
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let value = match &record.value {
            None => serde_json::Value::Null,
            Some(bytes) => serde_json::from_slice(bytes)
                .unwrap_or_else(|_| serde_json::Value::String(text(bytes))),
        };
        let timestamp = record
            .timestamp_ms
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        Self {
            topic: &record.topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: timestamp.map(|time| format!("{time:.3}")),
            key: record.key.as_ref().map(text),
            value,
        }
    }

    /// `2026-01-31T09:00:00.123Z iotin-3@812 fakepi {"temperature":21.5}`: of telemetry the device and its own text.
    fn for_a_person(&self) -> String {
        let field = |name: &str| self.value.get(name).and_then(|value| value.as_str());
        let device = self.key.as_deref().or(field("deviceId")).unwrap_or("-");
        let body = match (field("content"), &self.value) {
            (Some(content), _) => content.to_owned(),
            (None, serde_json::Value::String(text)) => text.clone(),
            (None, serde_json::Value::Null) => "(no value)".to_owned(),
            (None, value) => value.to_string(),
        };
        let time = self.timestamp.as_deref().unwrap_or("-");
        let line = format!(
            "{time} {}-{}@{} {device} {body}",
            self.topic, self.partition, self.offset
        );
        sanitise_line(&line).into_owned()
    }
}
