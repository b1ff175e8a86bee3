//! `hdikafka tail [TOPIC]`: read a topic back, or follow it.

use super::over_rest;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::consumer::{End, Polled, Record, Start, Tail as Reader};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style, sanitise_line};
use anyhow::Context as _;
use serde::Serialize;
use std::io;
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
    /// Only this partition
    #[arg(long, value_name = "NUMBER")]
    partition: Option<i32>,
    /// From this offset of the partition on
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "partition",
        conflicts_with = "last"
    )]
    offset: Option<i64>,
    /// No more than this many records
    #[arg(long, value_name = "N")]
    count: Option<usize>,
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
    if ctx.is_over_rest() {
        let last = match (args.last, args.follow || args.offset.is_some()) {
            (Some(last), _) => Some(last),
            (None, true) => None,
            (None, false) => Some(SCREEN),
        };
        let wish = over_rest::tail::Wish {
            last,
            partition: args.partition,
            offset: args.offset,
            count: args.count,
            follow: args.follow,
        };
        return over_rest::tail::run(ctx, &topic, &wish);
    }
    let settings = ctx.kafka(ctx.brokers()?)?;
    let reading = || format!("reading {topic}");
    let start = match (args.offset, args.last) {
        (Some(offset), _) => Start::At(offset),
        (None, Some(0)) | (None, None) if args.follow => Start::Latest,
        (None, last) => Start::Last(last.unwrap_or(SCREEN)),
    };
    let end = match args.follow {
        true => End::Follow,
        false => End::Now,
    };
    let mut left = args.count.unwrap_or(usize::MAX);
    ctx.stop_on_signals()?;
    let mut reader = Reader::of_partition(&settings, &topic, args.partition, start, end)
        .with_context(reading)?;
    let mut told = None;
    while left > 0 && !ctx.stop.load(Ordering::Relaxed) {
        match reader
            .poll(Duration::from_millis(100))
            .with_context(reading)?
        {
            Polled::Record(record) => {
                print(ctx, &Line::of(&record))?;
                left -= 1;
            }
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
    Ok(if args.follow || left == 0 {
        Exit::Done
    } else {
        Exit::Interrupted
    })
}

/// One record.
pub fn print(ctx: &Context, line: &Line) -> anyhow::Result<()> {
    Ok(ctx.ui.line(line)?)
}

#[derive(Serialize)]
pub struct Line<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<String>,
    pub key: Option<String>,
    /// JSON where the record is JSON, else its text; null is a tombstone.
    pub value: serde_json::Value,
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
}

impl Report for Line<'_> {
    /// `2026-01-31T09:00:00.123Z iotin-3@812 fakepi {"temperature":21.5}`: of telemetry the device and its own text.
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        // of JSON that carries its schema along, what it is about
        let enveloped = self.value.get("payload");
        let value = enveloped.filter(|_| self.value.get("schema").is_some());
        let value = value.unwrap_or(&self.value);
        let field = |name: &str| value.get(name).and_then(|value| value.as_str());
        let device = self.key.as_deref().or(field("deviceId")).unwrap_or("-");
        let body = match (field("content"), value) {
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
        writeln!(out, "{}", sanitise_line(&line))
    }
}
