//! `hdikafka connector …`: the parts of `setup`, and looking at the two connectors. Their life is in `connector_life`.

pub mod build;
pub mod fetch;
pub mod inspect;

use super::changed::ChangedArgs;
use super::connector_life::{start, stop};
use super::gather::{self, EdgeAlone};
use super::later::Later;
use super::setup::{Wish, bring_about, position};
use super::show_health;
use crate::context::Context;
use crate::edge::{Command, Remote};
use crate::error::{Exit, Failure};
use crate::facts::health::Health;
use crate::facts::log::clean;
use crate::facts::places::Connector as Which;
use crate::plan::{self, Part};
use crate::profile::SettingsArgs;
use crate::ui::{Format, Report, Style, escape_json};
use anyhow::Context as _;
use serde::Serialize;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;

/// Install, configure, start, stop and look at the two connectors
#[derive(Debug, clap::Subcommand)]
pub enum Connector {
    /// Show what a connector jar has inside
    Inspect(Later<inspect::Inspect>),
    /// Download a connector jar, and take it only if its digest is right
    Fetch(Later<fetch::Fetch>),
    /// Build a connector jar from its source, by the source's own sbt build
    Build(Later<build::Build>),
    /// Put the jar on the edge node (setup --only jar)
    Install(Later<PartOf>),
    /// Write the files of the connectors (setup --only config,secrets)
    Configure(Later<PartOf>),
    /// Start, and prove that it runs
    Start(Later<StartArgs>),
    /// Stop, and wait until it has stopped
    Stop(Later<WhichArgs>),
    /// Stop, start, and prove that it runs
    Restart(Later<StartArgs>),
    /// Show health and tasks; exit code 14 unless all is well
    Status(Later<WhichArgs>),
    /// Print or follow the log of a worker
    Logs(Later<Logs>),
}

#[derive(Debug, clap::Args)]
pub struct PartOf {
    /// Show the plan and change nothing; exit code 10 if there is something to do
    #[arg(long)]
    dry_run: bool,
    /// Agree to the plan beforehand
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
    #[command(flatten)]
    changed: ChangedArgs,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct StartArgs {
    /// source or sink; both when not given
    #[arg(value_enum)]
    pub connector: Option<Name>,
    /// Where a sink that never ran begins when commands wait: earliest, latest or a time
    #[arg(long, value_name = "POSITION", value_parser = position)]
    pub from: Option<plan::From>,
    /// Agree beforehand to what waiting commands would do
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct WhichArgs {
    /// source or sink; both when not given
    #[arg(value_enum)]
    pub connector: Option<Name>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct Logs {
    /// source or sink
    #[arg(value_enum, default_value = "source")]
    connector: Name,
    /// How many of the last lines
    #[arg(long, short = 'n', default_value_t = 100)]
    lines: u32,
    /// Go on printing what is added
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    Source,
    Sink,
}

impl Name {
    fn which(self) -> Which {
        match self {
            Self::Source => Which::Source,
            Self::Sink => Which::Sink,
        }
    }
}

pub fn chosen(name: Option<Name>) -> Vec<Which> {
    name.map_or(Which::BOTH.to_vec(), |name| vec![name.which()])
}

impl Connector {
    pub fn settings(&self) -> SettingsArgs {
        match self {
            Self::Inspect(args) => args.settings.clone(),
            Self::Fetch(args) => args.settings.clone(),
            Self::Build(_) => SettingsArgs::default(),
            Self::Install(args) | Self::Configure(args) => args.settings.clone(),
            Self::Start(args) | Self::Restart(args) => args.settings.clone(),
            Self::Stop(args) | Self::Status(args) => args.settings.clone(),
            Self::Logs(args) => args.settings.clone(),
        }
    }
}

pub fn run(ctx: &mut Context, args: &Connector) -> anyhow::Result<Exit> {
    match args {
        Connector::Inspect(args) => inspect::run(ctx, args),
        Connector::Fetch(args) => fetch::run(ctx, args),
        Connector::Build(args) => build::run(ctx, args),
        Connector::Install(args) => part(ctx, args, vec![Part::Jar], "connector install"),
        Connector::Configure(args) => part(
            ctx,
            args,
            vec![Part::Config, Part::Secrets],
            "connector configure",
        ),
        Connector::Start(args) => start(ctx, args, false),
        Connector::Restart(args) => start(ctx, args, true),
        Connector::Stop(args) => stop(ctx, args),
        Connector::Status(args) => status(ctx, args),
        Connector::Logs(args) => logs(ctx, args),
    }
}

fn part(
    ctx: &mut Context,
    args: &PartOf,
    parts: Vec<Part>,
    command: &'static str,
) -> anyhow::Result<Exit> {
    bring_about(
        ctx,
        Wish {
            parts,
            dry_run: args.dry_run,
            agreed_beforehand: args.yes.into(),
            from: None,
            decisions: args.changed.decisions()?,
            command,
            ..Wish::default()
        },
    )
}

#[derive(Serialize)]
struct Status {
    host: String,
    connectors: Vec<Health>,
}

fn status(ctx: &mut Context, args: &WhichArgs) -> anyhow::Result<Exit> {
    let EdgeAlone {
        edge, mut health, ..
    } = gather::edge_alone(ctx)?;
    let which = chosen(args.connector);
    health.retain(|one| which.contains(&one.connector));
    let exit = show_health::exit(&health);
    ctx.ui.report(&Status {
        host: edge.host,
        connectors: health,
    })?;
    Ok(exit)
}

impl Report for Status {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        show_health::table(&self.connectors, out, style)
    }
}

/// Line by line, keys and control characters taken out.
fn logs(ctx: &mut Context, args: &Logs) -> anyhow::Result<Exit> {
    let remote: Arc<dyn Remote> = ctx.remote()?;
    let file = args.connector.which().log_file();
    let lines = args.lines.to_string();
    let mut argv = vec!["tail", "-n", &lines];
    if args.follow {
        argv.push("-F");
    }
    argv.extend(["--", &file]);
    let command = Command::new(argv).sudo();
    let running = remote.start(&command)?;
    for line in BufReader::new(running.stdout).split(b'\n') {
        let line = line.context("the log ended")?;
        let line = clean(&String::from_utf8_lossy(&line));
        // as with tail: a document a line
        let text = match ctx.ui.format() {
            Format::Table => line,
            Format::Json => escape_json(serde_json::json!({ "line": line }).to_string()),
            Format::Yaml => format!(
                "---\n{}",
                escape_json(serde_json::json!({ "line": line }).to_string())
            ),
        };
        let mut stream = ctx.ui.stream();
        stream.write(text.as_bytes())?;
        stream.write(b"\n")?;
        stream.flush()?;
    }
    let mut words = String::new();
    let _ = io::Read::read_to_string(&mut io::Read::take(running.stderr, 4096), &mut words);
    let status = (running.wait)()?;
    if status != crate::edge::Status::Code(0) {
        let words = clean(words.trim());
        let exit = if words.contains("No such file") {
            Exit::NotFound
        } else {
            Exit::Failed
        };
        return Err(Failure::new(exit, format!("cannot read {file}: {words}"))
            .hint("hdikafka connector status")
            .into());
    }
    Ok(Exit::Done)
}
