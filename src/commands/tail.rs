//! `hdikafka tail [TOPIC]`: read a topic back, or follow it. Here: the flags, and reading over Kafka's own protocol. Which
//! records is in `pick`, what one says in `read`, what it looks like in `form`; over the REST proxy in `over_rest`.

pub mod form;
pub mod pick;
mod print;
mod read;

pub use print::Printer;

use super::over_rest;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::consumer::{End, Seen, Tail as Reader, Wish};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use anyhow::Context as _;
use form::Form;
use jiff::Timestamp;
use pick::{Asked, Extent, Moment, Pick, extent, moment};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Read a topic back, or follow it
///
/// Without a word on where to begin it is the last ten records. Records of the source are read in each of the forms that
/// its converters write; what cannot be read is shown as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Tail {
    /// The topic; the telemetry topic when not given
    topic: Option<String>,
    /// This many of the last records
    #[arg(long, short = 'n', value_name = "N", conflicts_with = "since")]
    last: Option<usize>,
    /// Go on with what comes
    #[arg(long, short, conflicts_with_all = ["until", "until_end"])]
    follow: bool,
    /// From this time on: 2026-01-31T09:00:00Z, or how long ago
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Only what came before this time: 2026-01-31T09:00:00Z, or how long ago
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// Everything that is there now, from the first record on if nothing else is said
    #[arg(long)]
    until_end: bool,
    /// Only this partition
    #[arg(long, value_name = "NUMBER")]
    partition: Option<i32>,
    /// From this offset of the partition on
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "partition",
        conflicts_with_all = ["last", "since"]
    )]
    offset: Option<i64>,
    /// No more than this many records
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Only records of this device, or for it
    #[arg(long, short, value_name = "ID", value_parser = device)]
    device: Option<String>,
    /// Only records whose value or key has this text
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    /// table, json, raw (the values alone), or a pattern such as '%t %d %v'
    #[arg(long, value_name = "FORM")]
    format: Option<String>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

fn help() -> String {
    let examples = "\
Examples:
  hdikafka tail iotin --last 20
  hdikafka tail --follow --device fakepi
  hdikafka tail iotin --since 2h --grep temperatureAlert
  hdikafka tail iotin --until-end --format raw > records.jsonl
  hdikafka tail iotin -f --format '%i %d %b'
  hdikafka tail iotout --last 5 -o json

";
    format!("{examples}{}", form::LETTERS)
}

fn device(text: &str) -> Result<String, String> {
    crate::iothub::device_id(text).map(str::to_owned)
}

/// All that was asked for, checked.
pub struct Request {
    pub topic: String,
    pub partition: Option<i32>,
    pub extent: Extent,
    pub pick: Pick,
    /// No more than so many.
    pub count: usize,
    pub form: Form,
}

/// How long to wait for a record before looking at something else.
const WAIT: Duration = Duration::from_millis(100);

pub fn run(ctx: &mut Context, args: &Tail) -> anyhow::Result<Exit> {
    let request = request(ctx, args)?;
    if ctx.is_over_rest() {
        return over_rest::tail::run(ctx, &request);
    }
    let settings = ctx.kafka(ctx.brokers()?)?;
    ctx.stop_on_signals()?;
    let reading = || format!("reading {}", request.topic);
    let mut wish = Wish::new(request.extent.start, request.extent.end);
    wish.partition = request.partition;
    if !request.pick.is_any() {
        let pick = request.pick.clone();
        wish.only = Some(Box::new(move |view| pick.fits(view)));
    }
    let mut reader = Reader::open(&settings, &request.topic, wish).with_context(reading)?;
    let mut printer = Printer::new(ctx, &request);
    let ended = read(ctx, &mut reader, &mut printer, &request);
    // What was read before it went wrong is shown.
    let flushed = printer.flush();
    let ended = ended?;
    flushed?;
    printer.say_how_far(&reader.positions());
    Ok(ended)
}

fn request(ctx: &Context, args: &Tail) -> anyhow::Result<Request> {
    let topic = args.topic.as_ref().unwrap_or(&ctx.profile.topics.telemetry);
    let topic = topic_name(topic).map_err(Failure::usage)?.to_owned();
    let asked = Asked {
        last: args.last,
        follow: args.follow,
        offset: args.offset,
        since: args.since,
        until: args.until,
        until_end: args.until_end,
    };
    let (extent, mut pick) = extent(&asked, Timestamp::now())?;
    pick.device.clone_from(&args.device);
    pick.text.clone_from(&args.grep);
    let form = Form::of(
        args.format.as_deref(),
        ctx.ui.format(),
        ctx.ui.is_terminal(),
    )?;
    Ok(Request {
        topic,
        partition: args.partition,
        extent,
        pick,
        count: args.count.unwrap_or(usize::MAX),
        form,
    })
}

fn read(
    ctx: &Context,
    reader: &mut Reader,
    printer: &mut Printer<'_>,
    request: &Request,
) -> anyhow::Result<Exit> {
    let follow = request.extent.end == End::Follow;
    let mut idle = false;
    let mut told = None;
    while printer.wants_more() && !ctx.stop.load(Ordering::Relaxed) {
        let wait = if idle { WAIT } else { Duration::ZERO };
        let mut shown = Ok(());
        let seen = reader.visit(wait, &mut |view| shown = printer.show(view));
        shown?;
        match seen.with_context(|| format!("reading {}", request.topic))? {
            Seen::Record => idle = false,
            Seen::End => return Ok(Exit::Done),
            Seen::Nothing => {
                // Nothing more is at hand: whoever follows sees what came at once.
                if follow || idle {
                    printer.flush()?;
                }
                idle = true;
                let trouble = reader.trouble();
                if trouble != told {
                    trouble.iter().for_each(|words| ctx.ui.warn(words));
                    told = trouble;
                }
            }
        }
    }
    Ok(match follow || !printer.wants_more() {
        true => Exit::Done,
        false => Exit::Interrupted,
    })
}
