//! `hdikafka topics create`: topics in the shape of the profile or of the flags. One that is there already is in place or a
//! conflict; none is ever changed.

use super::admin;
use crate::commands::over_rest;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::admin::{CreateError, NewTopic};
use crate::kafka::topic_name;
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

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
    pub settings: SettingsArgs,
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
pub fn run(ctx: &Context, args: &Create) -> anyhow::Result<Exit> {
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
    let unknown = matches!(error, CreateError::Unknown(_));
    let failure = Failure::new(exit, format!("topic {name}: {error}"));
    match unknown {
        true => failure.hint("it may have been created all the same: hdikafka topics list"),
        false => failure,
    }
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
