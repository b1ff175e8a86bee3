//! `hdikafka produce TOPIC [VALUE]`: records of any kind, over Kafka's own protocol or over the REST proxy.

mod input;

use super::over_rest;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::pipe::Pipe;
use crate::kafka::producer::{SendError, Sent};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Format, Report, Style};
use anyhow::Context as _;
pub use input::Wanted;
use input::{Form, Input};
use serde::Serialize;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Write records to a topic
///
/// One from the command line, or one for each line of a file or of standard input. Everything is read and checked before the
/// first is written. Over Kafka's own protocol each is acknowledged by all replicas in sync, and its place is printed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka produce audit '{\"id\":1}' --key a\n  hdikafka produce audit --file lines.txt\n  hdikafka produce audit --file records.jsonl --form record --via rest"
)]
pub struct Produce {
    /// The topic
    topic: String,
    /// The value of one record
    #[arg(conflicts_with = "file")]
    value: Option<String>,
    /// Lines of this file, one a record; - is standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The key of each record
    #[arg(long, short)]
    key: Option<String>,
    /// The partition of each record; chosen by the key when not given
    #[arg(long, value_name = "NUMBER")]
    partition: Option<i32>,
    /// What a value is: JSON, a text, or a whole record as JSON
    #[arg(long, value_enum, default_value = "any")]
    form: Form,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

pub fn run(ctx: &mut Context, args: &Produce) -> anyhow::Result<Exit> {
    let topic = topic_name(&args.topic).map_err(Failure::usage)?.to_owned();
    let records = Input {
        value: args.value.as_deref(),
        file: args.file.as_deref(),
        key: args.key.as_deref(),
        partition: args.partition,
        form: args.form,
        interactive: ctx.ui.interactive(),
    }
    .read()?;
    if ctx.is_over_rest() {
        return over_rest::produce::run(ctx, &topic, &records);
    }
    over_kafka(ctx, &topic, &records)
}

#[derive(Serialize)]
struct Written<'a> {
    line: usize,
    #[serde(flatten)]
    sent: &'a Sent,
}

impl Report for Written<'_> {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        writeln!(out, "{}", self.sent)
    }
}

fn over_kafka(ctx: &mut Context, topic: &str, records: &[Wanted]) -> anyhow::Result<Exit> {
    let settings = ctx.kafka(ctx.brokers()?)?;
    let writing = || format!("writing to {topic}");
    ctx.stop_on_signals()?;
    let mut pipe = Pipe::open(&settings, topic).with_context(writing)?;
    let mut places: Vec<Option<Sent>> = vec![None; records.len()];
    let mut failures: Vec<(usize, SendError)> = Vec::new();
    let mut pushed = 0;
    {
        let mut told = |number: usize, outcome| match outcome {
            Ok(sent) => places[number - 1] = Some(sent),
            Err(error) => failures.push((number - 1, error)),
        };
        for record in records {
            if ctx.stop.load(Ordering::Relaxed) {
                break;
            }
            pipe.push(&record.for_kafka(topic), &mut told)
                .with_context(|| format!("writing line {} to {topic}", record.line))?;
            pushed += 1;
        }
        pipe.finish(&mut told);
    }
    for (record, place) in records.iter().zip(&places) {
        let Some(sent) = place else { continue };
        let written = Written {
            line: record.line,
            sent,
        };
        match ctx.ui.format() {
            Format::Table => ctx.ui.report(&written)?,
            _ => ctx.ui.line(&written)?,
        }
    }
    let done = places.iter().flatten().count();
    // Of several failures the one that leaves the most in doubt decides.
    failures.sort_by_key(|(index, error)| (!matches!(error, SendError::Unknown { .. }), *index));
    if let Some((index, error)) = failures.first() {
        let words = format!(
            "{done} of {} records were written to {topic}; line {} was the first that was not",
            records.len(),
            records[*index].line
        );
        return Err(anyhow::Error::from(error.clone()).context(words));
    }
    if pushed < records.len() {
        let words = format!(
            "interrupted: {done} of {} records were written to {topic}, line {} and those after it were not sent",
            records.len(),
            records[pushed].line
        );
        return Err(Failure::new(Exit::Interrupted, words).into());
    }
    Ok(Exit::Done)
}
