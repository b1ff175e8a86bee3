//! `hdikafka topics list|describe|create`, over Kafka's own protocol; over the REST proxy in `over_rest`.

use super::over_rest;
use crate::context::{Context, names};
use crate::error::{Exit, Failure};
use crate::kafka::admin::{Admin, CreateError, Description, NewTopic, Topic};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style, Table};
use anyhow::Context as _;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// List, describe and create topics
#[derive(Debug, clap::Subcommand)]
pub enum Topics {
    /// List the topics
    List(List),
    /// Show partitions, leaders, replicas and own settings of a topic
    Describe(Describe),
    /// Create topics
    #[command(
        after_help = "Examples:\n  hdikafka topics create iotin iotout\n  hdikafka topics create audit --partitions 3 --set retention.ms=86400000"
    )]
    Create(Create),
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Kafka's own topics too
    #[arg(long, short)]
    all: bool,
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
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct Create {
    /// Their names
    #[arg(required = true, value_name = "TOPIC")]
    topics: Vec<String>,
    /// A setting of the topic, KEY=VALUE; may be given several times
    #[arg(long = "config-entry", visible_alias = "set", value_name = "KEY=VALUE")]
    entries: Vec<String>,
    /// Seconds to wait until the REST proxy lists them
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    wait: u64,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Topics {
    pub fn settings(&self) -> &SettingsArgs {
        match self {
            Self::List(args) => &args.settings,
            Self::Describe(args) => &args.settings,
            Self::Create(args) => &args.settings,
        }
    }
}

pub fn run(ctx: &mut Context, args: &Topics) -> anyhow::Result<Exit> {
    match args {
        Topics::List(args) => list(ctx, args),
        Topics::Describe(args) => describe(ctx, args),
        Topics::Create(args) => create(ctx, args),
    }
}

fn admin(ctx: &Context) -> anyhow::Result<Admin> {
    let settings = ctx.kafka(ctx.brokers()?)?;
    Admin::connect(&settings).context("asking Kafka for its topics")
}

fn list(ctx: &Context, args: &List) -> anyhow::Result<Exit> {
    if ctx.is_over_rest() {
        return over_rest::topics::list(ctx, args.all);
    }
    let mut topics = admin(ctx)?.cluster().topics.clone();
    topics.retain(|topic| args.all || !topic.name.starts_with("__"));
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    names::learn(
        names::Kind::Topic,
        topics.iter().map(|topic| topic.name.as_str()),
    );
    ctx.ui.report(&Listed {
        topics: topics.iter().map(Line::of).collect(),
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
pub struct Listed {
    pub topics: Vec<Line>,
}

#[derive(Serialize)]
pub struct Line {
    pub name: String,
    pub partitions: usize,
    /// 0: not the same for all partitions.
    pub replication_factor: usize,
    /// Partitions with fewer replicas in sync than there should be.
    pub under_replicated: usize,
}

impl Line {
    fn of(topic: &Topic) -> Self {
        let behind = topic
            .partitions
            .iter()
            .filter(|partition| partition.isr.len() < partition.replicas.len());
        Self {
            name: topic.name.clone(),
            partitions: topic.partitions.len(),
            replication_factor: topic.replication_factor().unwrap_or(0),
            under_replicated: behind.count(),
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
        table.write(out, style)
    }
}

#[derive(Serialize)]
struct Described(Description);

fn describe(ctx: &Context, args: &Describe) -> anyhow::Result<Exit> {
    let topic = topic_name(&args.topic).map_err(Failure::usage)?;
    if ctx.is_over_rest() {
        return over_rest::topics::describe(ctx, topic, args.partition);
    }
    let describing = || format!("describing topic {topic}");
    let mut description = admin(ctx)?.describe(topic).with_context(describing)?;
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
    ctx.ui.report(&Described(description))?;
    Ok(Exit::Done)
}

impl Report for Described {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let ids = |ids: &[i32]| ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
        let mut table = Table::new(["PARTITION", "LEADER", "REPLICAS", "IN SYNC"]);
        for partition in &self.0.topic.partitions {
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
        for (key, value) in &self.0.config {
            writeln!(out, "{key}={value}")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
pub struct Created {
    pub created: Vec<String>,
    pub in_place: Vec<String>,
    /// Of the created ones those that the REST proxy does not list yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invisible: Vec<String>,
}

/// A topic that is there in the wanted shape is in place; in another shape it is a conflict and left alone.
fn create(ctx: &Context, args: &Create) -> anyhow::Result<Exit> {
    let config = config_entries(&args.entries)?;
    let (partitions, replication_factor) = (
        ctx.profile.topics.partitions,
        ctx.profile.topics.replication_factor,
    );
    let mut wanted = Vec::new();
    for name in &args.topics {
        let name = topic_name(name).map_err(Failure::usage)?.to_owned();
        wanted.push(NewTopic {
            name,
            partitions,
            replication_factor,
            config: config.clone(),
        });
    }
    if ctx.is_over_rest() {
        return over_rest::topics::create(ctx, wanted, Duration::from_secs(args.wait));
    }
    let admin = admin(ctx)?;
    let mut in_place = Vec::new();
    for topic in &wanted {
        if let Some(there) = admin
            .cluster()
            .topics
            .iter()
            .find(|there| there.name == topic.name)
        {
            same_shape(
                topic,
                there.partitions.len(),
                there.replication_factor().unwrap_or(0),
            )?;
            in_place.push(topic.name.clone());
        }
    }
    wanted.retain(|topic| !in_place.contains(&topic.name));
    let mut created = Vec::new();
    let mut failed: Option<anyhow::Error> = None;
    if !wanted.is_empty() {
        for (name, outcome) in admin.create(&wanted)? {
            match outcome {
                Ok(()) => created.push(name),
                Err(error) => failed = failed.or_else(|| Some(create_failure(&name, error).into())),
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => {
            ctx.ui.report(&Created {
                created,
                in_place,
                invisible: Vec::new(),
            })?;
            Ok(Exit::Done)
        }
    }
}

/// A topic of this shape is there already: a conflict unless it is the wanted one.
pub fn same_shape(
    wanted: &NewTopic,
    partitions: usize,
    replication_factor: usize,
) -> Result<(), Failure> {
    let shape = (partitions, replication_factor);
    if shape
        == (
            wanted.partitions as usize,
            wanted.replication_factor as usize,
        )
    {
        return Ok(());
    }
    let words = format!(
        "topic {} is there with {} partitions and replication {}; wanted were {} and {}",
        wanted.name, shape.0, shape.1, wanted.partitions, wanted.replication_factor
    );
    Err(Failure::new(Exit::Conflict, words).hint("it is left as it is; choose another name, or its shape with --partitions and --replication-factor"))
}

pub fn create_failure(name: &str, error: CreateError) -> Failure {
    let exit = match error {
        CreateError::AlreadyExists => Exit::Conflict,
        CreateError::InvalidReplication { .. } => Exit::Usage,
        CreateError::Policy(_) => Exit::Denied,
        CreateError::Unknown(_) => Exit::Unreachable,
        CreateError::NotReady { .. } | CreateError::Other(_) => Exit::Failed,
    };
    Failure::new(exit, format!("topic {name}: {error}"))
}

fn config_entries(entries: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |entry: &String| {
        let (key, value) = entry
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("{entry:?} is not KEY=VALUE")))?;
        Ok((key.to_owned(), value.to_owned()))
    };
    entries.iter().map(pair).collect()
}

impl Report for Created {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        for topic in &self.created {
            writeln!(out, "created {topic}")?;
        }
        for topic in &self.in_place {
            writeln!(out, "{topic} is there already")?;
        }
        Ok(())
    }
}
