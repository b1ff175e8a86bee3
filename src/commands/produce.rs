//! `hdikafka produce TOPIC [VALUE]`: records of any kind, over Kafka's own protocol or over the REST proxy.

mod input;

use super::over_kafka::{About, Sending};
use super::over_rest;
use super::tally::Answers;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::producer::{Item, Place};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style};
use anyhow::Context as _;
pub use input::{Form, Input, Terms};
use serde::Serialize;
use std::io;
use std::path::PathBuf;

/// Write records to a topic
///
/// One from the command line or a whole file, or one for each line of a file or of standard input. Everything is read and
/// checked before the first is written. Over Kafka's own protocol each is acknowledged by all replicas in sync; the place of
/// one is printed, those of many with -o json.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka produce audit '{\"id\":1}' --key a\n  hdikafka produce audit --file lines.txt --header source=import\n  hdikafka produce images --file photo.jpg --whole --key front-door\n  hdikafka produce audit --file records.jsonl --form record --via rest"
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
    /// The whole file, or standard input, is one record
    #[arg(long, conflicts_with = "value")]
    whole: bool,
    /// The key of each record
    #[arg(long, short)]
    key: Option<String>,
    /// The partition of each record; chosen by the key when not given
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
    /// A header of each record; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = header)]
    header: Vec<(String, Vec<u8>)>,
    /// What a value is: JSON, a text, bytes, or a whole record as JSON
    #[arg(long, value_enum, default_value = "any")]
    form: Form,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

fn header(text: &str) -> Result<(String, Vec<u8>), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    // librdkafka takes it for a string of C.
    let pair = pair.filter(|(name, _)| !name.contains('\0'));
    pair.map(|(name, value)| (name.to_owned(), value.into()))
        .ok_or_else(|| "NAME=VALUE is wanted".to_owned())
}

pub fn run(ctx: &mut Context, args: &Produce) -> anyhow::Result<Exit> {
    let topic = topic_name(&args.topic).map_err(Failure::usage)?.to_owned();
    let over_rest = ctx.is_over_rest();
    if over_rest && !args.header.is_empty() {
        let words = "--header: the REST proxy takes no headers";
        return Err(Failure::usage(words)
            .hint("--via tunnel, or --via direct inside of the cluster's network")
            .into());
    }
    let terms = Terms {
        key: args.key.clone(),
        partition: args.partition,
        headers: args.header.clone(),
        form: args.form,
        over_rest,
    };
    let file = args.file.as_deref();
    let input = match &args.value {
        Some(value) => Input::of_one(terms, value.as_bytes().to_vec())?,
        None if args.whole => Input::of_whole(terms, file)?,
        None => Input::of_lines(terms, file)?,
    };
    match over_rest {
        true => over_rest::produce::run(ctx, &topic, input),
        false => over_kafka(ctx, &topic, input),
    }
}

#[derive(Serialize)]
struct Written<'a> {
    line: u64,
    topic: &'a str,
    #[serde(flatten)]
    place: Place,
}

impl Report for Written<'_> {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        let Place { partition, offset } = self.place;
        writeln!(out, "{}-{partition}@{offset}", self.topic)
    }
}

/// A record is known by its line.
struct Record(u64);

impl About for Record {
    fn line(&self) -> u64 {
        self.0
    }

    fn answer(&self, topic: &str, place: Place, answers: &mut Answers<'_>) {
        answers.put(&Written {
            line: self.0,
            topic,
            place,
        });
    }
}

fn over_kafka(ctx: &Context, topic: &str, mut input: Input) -> anyhow::Result<Exit> {
    let settings = ctx.kafka(ctx.brokers()?)?;
    let writing = || format!("writing to {topic}");
    let load = (input.records, input.bytes());
    let mut going = Sending::open(ctx, &settings, topic, load).with_context(writing)?;
    if input.is_single() {
        going.account.answers.also_for_a_person();
    }
    let (total, single) = (input.records, input.is_single());
    let read = input.each(|line, terms, bytes| {
        let Ok(entry) = terms.for_kafka(bytes) else {
            return Ok(None);
        };
        let item = Item {
            key: entry.key.as_deref().map(str::as_bytes),
            value: &entry.value,
            partition: entry.partition,
            headers: &terms.headers,
        };
        Ok(Some(going.push(&item, Record(line))))
    });
    let account = going.finish();
    if single {
        return match account.tally.into_error() {
            Some(error) => Err(error).with_context(writing),
            None => Ok(Exit::Done),
        };
    }
    let outcome = account
        .tally
        .outcome(account.answers, ("record", total), topic)?;
    read?;
    Ok(outcome)
}
