//! `hdikafka topics delete`: a topic and all its records, after its name was typed or `--yes`. Kafka's own topics, and
//! those of the bridge while its connectors run, only with `--force`.

use super::admin;
use crate::commands::gather;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::health::{Health, Verdict};
use crate::facts::places::Connector;
use crate::kafka::admin::{Admin, DeleteError};
use crate::kafka::group::Group;
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{PromptError, Question, Report, Style};
use anyhow::Context as _;
use serde::Serialize;
use std::io;

#[derive(Debug, clap::Args)]
pub struct Delete {
    /// The topic
    topic: String,
    /// Agree beforehand, instead of typing the name
    #[arg(long, short)]
    yes: bool,
    /// Also a topic of Kafka's own, or of the bridge while its connectors run
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Serialize)]
struct Deleted {
    deleted: Vec<String>,
    /// By its offsets; records that were deleted before or are transaction markers count too.
    records: i64,
}

pub fn run(ctx: &Context, args: &Delete) -> anyhow::Result<Exit> {
    let topic = topic_name(&args.topic).map_err(Failure::usage)?;
    ctx.refuse_rest()?;
    if topic.starts_with("__") && !args.force {
        let words = format!("{topic} is one of Kafka's own topics");
        return Err(Failure::usage(words)
            .hint("--force deletes it all the same")
            .into());
    }
    if !args.yes && !ctx.ui.interactive() {
        let words = format!("nobody is there to type the name of topic {topic}");
        return Err(Failure::usage(words)
            .hint("--yes deletes it without")
            .into());
    }
    let deleting = || format!("deleting topic {topic}");
    let admin = admin(ctx)?;
    let there = admin.cluster().topics.iter().find(|t| t.name == topic);
    let partitions = there
        .ok_or_else(|| no_such_topic(topic))
        .with_context(deleting)?
        .partitions
        .len();
    if !args.force {
        not_in_use(ctx, topic)?;
    }
    let records = records(&admin, topic).with_context(deleting)?;
    if !args.yes {
        let above = format!("topic {topic}: {partitions} partitions, about {records} records");
        if !typed(ctx, topic, &above)? {
            ctx.ui.note("that is not its name: nothing was deleted");
            return Ok(Exit::Pending);
        }
    }
    admin
        .delete(topic)
        .map_err(|error| failure(topic, error))
        .with_context(deleting)?;
    ctx.ui.report(&Deleted {
        deleted: vec![topic.to_owned()],
        records,
    })?;
    Ok(Exit::Done)
}

fn no_such_topic(topic: &str) -> Failure {
    Failure::new(Exit::NotFound, format!("topic {topic} does not exist"))
}

fn records(admin: &Admin, topic: &str) -> anyhow::Result<i64> {
    let marks = admin.watermarks(topic)?;
    Ok(marks.iter().map(|mark| mark.high - mark.low).sum())
}

/// A topic of the bridge is in use while one of its connectors runs, or while that cannot be told.
fn not_in_use(ctx: &Context, topic: &str) -> anyhow::Result<()> {
    let topics = &ctx.profile.topics;
    let connector = match topic {
        topic if topic == topics.telemetry => Connector::Source,
        topic if topic == topics.commands => Connector::Sink,
        _ => return Ok(()),
    };
    let conflict = |words: String| {
        Failure::new(Exit::Conflict, words)
            .hint(format!("hdikafka connector stop {connector}"))
            .hint("--force deletes it all the same")
    };
    let edge = gather::edge_alone(ctx).map_err(|error| {
        conflict(format!(
            "topic {topic} is one of the bridge, and whether the {connector} runs is not known: {error:#}"
        ))
    })?;
    if connector == Connector::Sink {
        let settings = ctx.kafka(ctx.brokers()?)?;
        let name = ctx.sink_group();
        let group = Group::open(&settings, &name)?.describe()?;
        if !group.members.is_empty() {
            let words = format!("topic {topic} is in use: the group {name} reads it");
            return Err(conflict(words).into());
        }
    }
    let still = |health: &&Health| {
        health.connector == connector
            && !matches!(health.verdict, Verdict::Stopped | Verdict::Absent)
    };
    match edge.health.iter().find(still) {
        Some(health) if health.pid > 0 => {
            let words = format!("topic {topic} is in use: the {connector} runs");
            Err(conflict(words).into())
        }
        _ => Ok(()),
    }
}

/// As for a repository or a database: its name, letter by letter.
fn typed(ctx: &Context, topic: &str, above: &str) -> anyhow::Result<bool> {
    let question = Question {
        label: "Type its name to delete it for good",
        help: Some(above),
        ..Question::default()
    };
    match ctx.ui.ask(&question) {
        Ok(answer) => Ok(answer == topic),
        Err(PromptError::Closed(_)) => {
            let words = "the input ended: nothing was deleted";
            Err(Failure::new(Exit::Interrupted, words).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn failure(topic: &str, error: DeleteError) -> Failure {
    let exit = match error {
        DeleteError::NoSuchTopic(_) => return no_such_topic(topic),
        DeleteError::Policy(_) => Exit::Denied,
        DeleteError::Unknown(_) => Exit::Unreachable,
        DeleteError::NotGone { .. } | DeleteError::Other(_) => Exit::Failed,
    };
    let unknown = matches!(error, DeleteError::Unknown(_));
    let failure = Failure::new(exit, error.to_string());
    match unknown {
        true => failure.hint("it may have been deleted all the same: hdikafka topics list"),
        false => failure,
    }
}

impl Report for Deleted {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        for topic in &self.deleted {
            writeln!(out, "deleted {topic} (about {} records)", self.records)?;
        }
        Ok(())
    }
}
