//! `hdikafka topics list|describe|create|delete`, over Kafka's own protocol; over the REST proxy in `over_rest`. Here:
//! looking. What changes something has a file of its own.

pub mod create;
mod delete;
pub mod drift;

use super::later::Later;
use super::over_rest;
use crate::context::{Context, names};
use crate::error::{Exit, Failure};
use crate::facts::drift::Difference;
use crate::facts::topics::Shape;
use crate::kafka::admin::{Admin, Description, Topic};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style, Table};
use anyhow::Context as _;
use serde::Serialize;
use std::io;

/// List, describe, create and delete topics
#[derive(Debug, clap::Subcommand)]
pub enum Topics {
    /// List the topics, and where those of the profile are not as it wants them
    #[command(
        after_help = "Examples:\n  hdikafka topics list\n  hdikafka topics list --check  # exit code 10 if there is drift"
    )]
    List(Later<List>),
    /// Show partitions, leaders, replicas and own settings of a topic
    #[command(
        after_help = "Examples:\n  hdikafka topics describe iotin\n  hdikafka topics describe iotout --partition 3 -o json"
    )]
    Describe(Later<Describe>),
    /// Create topics
    #[command(
        after_help = "Examples:\n  hdikafka topics create iotin iotout\n  hdikafka topics create audit --partitions 3 --set retention.ms=86400000"
    )]
    Create(Later<create::Create>),
    /// Delete a topic with all its records; its name is typed, or --yes
    #[command(
        after_help = "Examples:\n  hdikafka topics delete audit\n  hdikafka topics delete audit --yes"
    )]
    Delete(Later<delete::Delete>),
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Kafka's own topics too
    #[arg(long, short)]
    all: bool,
    /// Exit code 10 if a topic of the profile is missing or not as it wants it
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct Describe {
    /// The topic
    topic: String,
    /// Only this partition
    #[arg(long, value_name = "NUMBER")]
    partition: Option<i32>,
    /// Exit code 10 if the profile wants it otherwise
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Topics {
    pub fn settings(&self) -> &SettingsArgs {
        match self {
            Self::List(args) => &args.settings,
            Self::Describe(args) => &args.settings,
            Self::Create(args) => &args.settings,
            Self::Delete(args) => &args.settings,
        }
    }
}

pub fn run(ctx: &mut Context, args: &Topics) -> anyhow::Result<Exit> {
    match args {
        Topics::List(args) => list(ctx, args),
        Topics::Describe(args) => describe(ctx, args),
        Topics::Create(args) => create::run(ctx, args),
        Topics::Delete(args) => delete::run(ctx, args),
    }
}

fn admin(ctx: &Context) -> anyhow::Result<Admin> {
    let settings = ctx.kafka(ctx.brokers()?)?;
    Admin::connect(&settings).context("asking Kafka for its topics")
}

fn list(ctx: &Context, args: &List) -> anyhow::Result<Exit> {
    if ctx.is_over_rest() {
        return over_rest::topics::list(ctx, args.all, args.check);
    }
    let mut topics = admin(ctx)?.cluster().topics.clone();
    topics.retain(|topic| args.all || !topic.name.starts_with("__"));
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    names::learn(
        names::Kind::Topic,
        topics.iter().map(|topic| topic.name.as_str()),
    );
    let lines = topics.iter().map(|topic| Line::of(ctx, topic));
    Listed::new(ctx, lines.collect()).told(ctx, args.check)
}

#[derive(Serialize)]
pub struct Listed {
    pub topics: Vec<Line>,
    /// Topics of the profile that there are not.
    pub missing: Vec<String>,
}

impl Listed {
    pub fn new(ctx: &Context, topics: Vec<Line>) -> Self {
        let missing = drift::missing(ctx, topics.iter().map(|line| line.name.as_str()));
        Self { topics, missing }
    }

    /// The report; what is not as the profile wants it is an error only where that is asked for.
    pub fn told(self, ctx: &Context, check: bool) -> anyhow::Result<Exit> {
        ctx.ui.report(&self)?;
        let differs = self.topics.iter().any(|line| !line.drift.is_empty());
        Ok(match check && (differs || !self.missing.is_empty()) {
            true => Exit::Pending,
            false => Exit::Done,
        })
    }
}

#[derive(Serialize)]
pub struct Line {
    pub name: String,
    pub partitions: usize,
    /// 0: not the same for all partitions.
    pub replication_factor: usize,
    /// Partitions with fewer replicas in sync than there should be.
    pub under_replicated: usize,
    /// Where a topic of the profile is not as it wants it.
    pub drift: Vec<Difference>,
}

fn shape(topic: &Topic) -> Shape {
    Shape {
        partitions: topic.partitions.len(),
        replication_factor: topic.replication_factor().unwrap_or(0),
    }
}

impl Line {
    fn of(ctx: &Context, topic: &Topic) -> Self {
        let Shape {
            partitions,
            replication_factor,
        } = shape(topic);
        let behind = topic
            .partitions
            .iter()
            .filter(|partition| partition.isr.len() < partition.replicas.len());
        Self {
            name: topic.name.clone(),
            partitions,
            replication_factor,
            under_replicated: behind.count(),
            drift: drift::of(ctx, &topic.name, shape(topic)),
        }
    }
}

impl Report for Listed {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let mut table = Table::new(["TOPIC", "PARTITIONS", "REPLICATION", "UNDER-REPLICATED"]);
        for line in &self.topics {
            let numbers = [
                line.partitions,
                line.replication_factor,
                line.under_replicated,
            ]
            .map(|n| n.to_string());
            table.row([&line.name, &numbers[0], &numbers[1], &numbers[2]].map(String::as_str));
        }
        table.write(out, style)?;
        for line in &self.topics {
            drift::write(&line.name, &line.drift, out, style)?;
        }
        for name in &self.missing {
            writeln!(
                out,
                "{}: the profile wants it, there is none",
                style.warn(name)
            )?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Described {
    #[serde(flatten)]
    found: Description,
    drift: Vec<Difference>,
}

fn describe(ctx: &Context, args: &Describe) -> anyhow::Result<Exit> {
    let topic = topic_name(&args.topic).map_err(Failure::usage)?;
    if ctx.is_over_rest() {
        return over_rest::topics::describe(ctx, topic, args.partition, args.check);
    }
    let describing = || format!("describing topic {topic}");
    let mut description = admin(ctx)?.describe(topic).with_context(describing)?;
    let drift = drift::of(ctx, topic, shape(&description.topic));
    let differs = !drift.is_empty();
    if let Some(wanted) = args.partition {
        description
            .topic
            .partitions
            .retain(|found| found.id == wanted);
        if description.topic.partitions.is_empty() {
            let words = format!("topic {topic} has no partition {wanted}");
            return Err(Failure::new(Exit::NotFound, words).into());
        }
    }
    ctx.ui.report(&Described {
        found: description,
        drift,
    })?;
    Ok(match args.check && differs {
        true => Exit::Pending,
        false => Exit::Done,
    })
}

impl Report for Described {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let ids = |ids: &[i32]| ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
        let mut table = Table::new(["PARTITION", "LEADER", "REPLICAS", "IN SYNC"]);
        for partition in &self.found.topic.partitions {
            let leader = partition
                .leader
                .map_or("none".to_owned(), |id| id.to_string());
            table.row([
                partition.id.to_string(),
                leader,
                ids(&partition.replicas),
                ids(&partition.isr),
            ]);
        }
        table.write(out, style)?;
        for (key, value) in &self.found.config {
            writeln!(out, "{key}={value}")?;
        }
        drift::write(&self.found.topic.name, &self.drift, out, style)
    }
}
