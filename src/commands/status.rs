//! `hdikafka status`: the whole chain at a glance. The edge node and Kafka are asked side by side; a part that cannot be
//! asked is named, and the others are shown all the same. What it looks like is in `report`.

mod report;

use super::over_rest;
use super::show_health;
use super::topics::drift;
use crate::context::Context;
use crate::error::{Exit, diagnose};
use crate::facts::flow::{Asker, Flow};
use crate::facts::health::Health;
use crate::profile::SettingsArgs;
use crate::ui::ErrorDocument;
use jiff::{SignedDuration, Timestamp};
use report::{NotAsked, Status, Telemetry, Topic};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

/// Show the whole chain at a glance: connectors, topics, the sink's lag, telemetry
///
/// What cannot be asked is named, and the rest is shown. Exit code 14 unless all connectors that could be asked are well.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka status\n  hdikafka status --watch --every 10s\n  hdikafka status -o json | jq .sink.lag"
)]
pub struct Show {
    /// Again and again, until Ctrl-C
    #[arg(long, short)]
    watch: bool,
    /// Pause between two looks
    #[arg(long, value_name = "TIME", default_value = "5s", requires = "watch", value_parser = every)]
    every: Duration,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

fn every(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok();
    duration
        .and_then(|duration| Duration::try_from(duration).ok())
        .filter(|duration| {
            (Duration::from_secs(1)..=Duration::from_secs(86_400)).contains(duration)
        })
        .ok_or_else(|| "a time from 1s on, such as 10s or 1m".to_owned())
}

pub fn run(ctx: &mut Context, args: &Show) -> anyhow::Result<Exit> {
    let mut kafka = None;
    if !args.watch {
        let looked = look(ctx, &mut kafka)?;
        ctx.ui.report(&looked)?;
        return Ok(exit(&looked));
    }
    ctx.stop_on_signals()?;
    let mut last = Exit::Done;
    while !ctx.stop.load(Ordering::Relaxed) {
        match look(ctx, &mut kafka) {
            Ok(looked) => {
                last = exit(&looked);
                ctx.ui.again(&looked)?;
            }
            // It may come back.
            Err(error) => {
                let diagnosis = diagnose(&error);
                last = diagnosis.exit;
                ctx.ui.warn(&diagnosis.chain.join(": "));
                ctx.forget_remote();
            }
        }
        pause(ctx, args.every);
    }
    Ok(last)
}

fn exit(status: &Status) -> Exit {
    let connectors = status.connectors.as_deref();
    connectors.map_or(Exit::Done, show_health::exit)
}

/// What was asked of one part, or why it could not be.
type Asked<T> = anyhow::Result<T>;

/// An error only when nothing at all could be asked.
fn look(ctx: &Context, kafka: &mut Option<Asker>) -> anyhow::Result<Status> {
    let (edge, flow) = thread::scope(|scope| {
        let flow = scope.spawn(|| flow(ctx, kafka));
        let edge = super::gather::edge_alone(ctx).map(|alone| (alone.edge.host, alone.health));
        (edge, super::gather::joined(flow.join()))
    });
    let flow = of_another_sink(ctx, kafka, flow);
    let (edge, flow) = match (edge, flow) {
        (Err(edge), Err(flow)) => return Err(nothing(ctx, edge, flow)),
        (edge, flow) => (edge, flow),
    };
    Ok(status(ctx, edge, flow))
}

/// Of two errors the one that says that somebody is out of reach; the other one is a warning.
fn nothing(ctx: &Context, edge: anyhow::Error, kafka: anyhow::Error) -> anyhow::Error {
    let out_of_reach = |error: &anyhow::Error| diagnose(error).exit == Exit::Unreachable;
    let (told, other) = match out_of_reach(&edge) || !out_of_reach(&kafka) {
        true => (edge, kafka),
        false => (kafka, edge),
    };
    let other = diagnose(&other).chain.join(": ");
    if other != diagnose(&told).chain.join(": ") {
        ctx.ui.warn(&other);
    }
    told.context("nothing could be asked")
}

/// One client for all looks: each has threads of its own that stay.
fn flow(ctx: &Context, kafka: &mut Option<Asker>) -> Asked<Flow> {
    let topics = &ctx.profile.topics;
    if ctx.is_over_rest() {
        return over_rest::status::flow(ctx);
    }
    let asker = match kafka {
        Some(asker) => asker,
        None => kafka.insert(Asker::new(&ctx.kafka(ctx.brokers()?)?, &ctx.sink_group())?),
    };
    asker.ask(&topics.telemetry, &topics.commands)
}

/// The node has told another name of the sink than was known: Kafka is asked for the group of that one.
fn of_another_sink(ctx: &Context, kafka: &mut Option<Asker>, flow: Asked<Flow>) -> Asked<Flow> {
    let name = ctx.sink_group();
    match kafka {
        Some(asker) if asker.sink_group() != name => {
            *kafka = None;
            self::flow(ctx, kafka)
        }
        _ => flow,
    }
}

fn status(ctx: &Context, edge: Asked<(String, Vec<Health>)>, flow: Asked<Flow>) -> Status {
    let mut status = Status::default();
    match edge {
        Ok((host, health)) => {
            status.host = Some(host);
            status.connectors = Some(health);
        }
        Err(error) => status.not_asked.push(not_asked("connectors", &error)),
    }
    match flow {
        Ok(flow) => {
            status.topics = Some(topics(ctx, &flow));
            status.telemetry = flow.telemetry.map(|newest| {
                Telemetry::of(&ctx.profile.topics.telemetry, newest, Timestamp::now())
            });
            if ctx.is_over_rest() {
                let words = "positions of groups are not over rest; use tunnel";
                status.not_asked.push(NotAsked {
                    part: "sink",
                    error: ErrorDocument::new(&[words.to_owned()], &["--via tunnel".to_owned()], 2),
                });
            }
            status.sink = flow.sink;
        }
        Err(error) => status.not_asked.push(not_asked("kafka", &error)),
    }
    status
}

fn not_asked(part: &'static str, error: &anyhow::Error) -> NotAsked {
    let told = diagnose(error);
    NotAsked {
        part,
        error: ErrorDocument::new(&told.chain, &told.hints, told.exit as u8),
    }
}

fn topics(ctx: &Context, flow: &Flow) -> Vec<Topic> {
    let topics = &ctx.profile.topics;
    [
        (&topics.telemetry, "telemetry"),
        (&topics.commands, "commands"),
    ]
    .map(|(name, carries)| {
        let shape = flow.shapes.get(name).copied();
        Topic {
            name: name.clone(),
            carries,
            exists: shape.is_some(),
            partitions: shape.map(|shape| shape.partitions),
            replication_factor: shape.map(|shape| shape.replication_factor),
            drift: shape.map_or_else(Vec::new, |shape| drift::of(ctx, name, shape)),
        }
    })
    .into()
}

/// Interruptible.
fn pause(ctx: &Context, pause: Duration) {
    let end = Instant::now() + pause;
    while !ctx.stop.load(Ordering::Relaxed) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(left.min(Duration::from_millis(100)));
    }
}
