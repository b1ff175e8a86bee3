//! `hdikafka connector …`: the parts of `setup`, and the life of the two connectors after it.

use super::carry_out::{carry_out, consent, outcome};
use super::gather::{self, EdgeAlone};
use super::setup::{Wish, bring_about, position};
use super::show_health;
use crate::apply::Approved;
use crate::apply::live::Live;
use crate::context::Context;
use crate::edge::{Command, Remote};
use crate::error::{Exit, Failure};
use crate::facts::edge::Edge;
use crate::facts::health::{Health, Verdict};
use crate::facts::log::clean;
use crate::facts::observe::Expected;
use crate::facts::places::Connector as Which;
use crate::facts::topics::{SinkPosition, sink_position};
use crate::jar;
use crate::plan::{self, Part, Plan, Runner, StartFacts, StartWish};
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style, Table, Ui};
use anyhow::Context as _;
use serde::Serialize;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Install, configure, start, stop and look at the two connectors
#[derive(Debug, clap::Subcommand)]
pub enum Connector {
    /// Show what a connector jar has inside
    Inspect(Inspect),
    /// Put the jar on the edge node (setup --only jar)
    Install(PartOf),
    /// Write the files of the connectors (setup --only config,secrets)
    Configure(PartOf),
    /// Start, and prove that it runs
    Start(StartArgs),
    /// Stop, and wait until it has stopped
    Stop(WhichArgs),
    /// Stop, start, and prove that it runs
    Restart(StartArgs),
    /// Show health and tasks; exit code 14 unless all is well
    Status(WhichArgs),
    /// Print or follow the log of a worker
    Logs(Logs),
}

#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// The jar file
    jar: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct PartOf {
    /// Show the plan and change nothing; exit code 10 if there is something to do
    #[arg(long)]
    dry_run: bool,
    /// Agree to the plan beforehand
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
    /// Overwrite values that somebody changed by hand since the last run
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct StartArgs {
    /// source or sink; both when not given
    #[arg(value_enum)]
    connector: Option<Name>,
    /// Where a sink that never ran begins when commands wait: earliest, latest or a time
    #[arg(long, value_name = "POSITION", value_parser = position)]
    from: Option<plan::From>,
    /// Agree beforehand to what waiting commands would do
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct WhichArgs {
    /// source or sink; both when not given
    #[arg(value_enum)]
    connector: Option<Name>,
    #[command(flatten)]
    settings: SettingsArgs,
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

fn chosen(name: Option<Name>) -> Vec<Which> {
    name.map_or(Which::BOTH.to_vec(), |name| vec![name.which()])
}

impl Connector {
    pub fn settings(&self) -> SettingsArgs {
        match self {
            Self::Inspect(_) => SettingsArgs::default(),
            Self::Install(args) | Self::Configure(args) => args.settings.clone(),
            Self::Start(args) | Self::Restart(args) => args.settings.clone(),
            Self::Stop(args) | Self::Status(args) => args.settings.clone(),
            Self::Logs(args) => args.settings.clone(),
        }
    }
}

pub fn run(ctx: &mut Context, args: &Connector) -> anyhow::Result<Exit> {
    match args {
        Connector::Inspect(args) => inspect(&ctx.ui, args),
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
            yes: args.yes,
            from: None,
            overwrite: args.overwrite,
            command,
        },
    )
}

/// Needs no settings and contacts nothing.
pub fn inspect(ui: &Ui, args: &Inspect) -> anyhow::Result<Exit> {
    let jar = jar::inspect(&args.jar).context("reading the connector jar")?;
    ui.report(&Inspected(jar))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Inspected(jar::Jar);

impl Report for Inspected {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let jar = &self.0;
        let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
        let mut table = Table::new(["WHAT", "VALUE"]);
        for (what, value) in [
            ("source class", or(&jar.source_class)),
            ("sink class", or(&jar.sink_class)),
            ("version", or(&jar.version)),
            (
                "needs Java",
                jar.java
                    .map_or("not known".to_owned(), |java| java.to_string()),
            ),
            ("Scala inside", or(&jar.scala_version)),
            ("knows ReceiveTimeout", yes(jar.receive_timeout_supported)),
            ("size", format!("{} bytes", jar.size)),
            ("sha256", jar.sha256.clone()),
        ] {
            table.row([what.to_owned(), value]);
        }
        table.write(out, style)
    }
}

/// Start and restart: facts of the edge and of the sink's position, the start stages of the plan, proof.
fn start(ctx: &mut Context, args: &StartArgs, restart: bool) -> anyhow::Result<Exit> {
    let which = chosen(args.connector);
    let EdgeAlone {
        edge,
        health,
        expected,
        remote,
    } = gather::edge_alone(ctx)?;
    let settings = ctx.kafka(ctx.brokers()?)?;
    let topic = commands_topic(ctx, &edge);
    let sink = match which.contains(&Which::Sink) {
        true => sink_position(&settings, &topic).context("asking Kafka where the sink stands")?,
        false => SinkPosition::default(),
    };
    let wish = StartWish {
        connectors: expected
            .iter()
            .filter(|one| which.contains(&one.connector))
            .map(runner)
            .collect(),
        hosts: hub_hosts(ctx, &edge),
        commands_topic: topic,
        from: args.from.clone(),
        restart,
    };
    let seen = StartFacts {
        edge: &edge,
        health: &health,
        sink: &sink,
    };
    let plan = plan::plan_start(&wish, &seen, &ctx.profile.edge.kafka_home)?;
    if plan.is_empty() {
        let report = Life {
            result: "nothing-to-do",
            plan,
            health,
        };
        ctx.ui.report(&report)?;
        return Ok(Exit::Done);
    }
    // naming the connector is consent to its start; what waits for the sink is another question
    let approved = match plan.warnings.is_empty() {
        true => Approved::by_consent(plan.clone()),
        false => match consent(ctx, plan.clone(), args.yes)? {
            Some(approved) => approved,
            None => {
                return Err(
                    Failure::new(Exit::Failed, "not agreed to: nothing was started").into(),
                );
            }
        },
    };
    let live = Live::new(remote, "start", ctx.profile.proof.stable_for).with_kafka(settings);
    let command = if restart {
        "connector restart"
    } else {
        "connector start"
    };
    let applied = carry_out(ctx, approved, &live, command, &|_| {})?;
    let health = live
        .proofs()
        .into_iter()
        .map(|proof| proof.health)
        .collect();
    let result = if applied.is_complete() {
        "done"
    } else {
        "partly"
    };
    ctx.ui.report(&Life {
        result,
        plan,
        health,
    })?;
    outcome(applied)?;
    Ok(Exit::Done)
}

fn runner(expected: &Expected) -> Runner {
    Runner {
        connector: expected.connector,
        tasks: expected.tasks,
        port: expected.port,
    }
}

/// What the sink's own file says; the profile's where there is none.
fn commands_topic(ctx: &Context, edge: &Edge) -> String {
    value_of(
        edge,
        &Which::Sink.properties_file(&ctx.profile.edge.kafka_home),
        "topics",
    )
    .unwrap_or_else(|| ctx.profile.topics.commands.clone())
}

/// The telemetry host as the source's file has it; the other one is inside a secret, and in the manifest.
fn hub_hosts(ctx: &Context, edge: &Edge) -> Vec<(Which, String)> {
    let endpoint = value_of(
        edge,
        &Which::Source.properties_file(&ctx.profile.edge.kafka_home),
        "IotHub.EventHubCompatibleEndpoint",
    );
    let hub = crate::facts::hub::Hub {
        events_endpoint: endpoint.unwrap_or_default(),
        host_name: edge
            .manifest
            .as_ref()
            .map(|manifest| manifest.hub_host.clone())
            .unwrap_or_default(),
        ..Default::default()
    };
    let mut hosts: Vec<_> = Which::BOTH
        .into_iter()
        .zip(hub.hosts().map(str::to_owned))
        .collect();
    hosts.retain(|(_, host)| !host.is_empty());
    hosts
}

fn value_of(edge: &Edge, path: &str, key: &str) -> Option<String> {
    let text = edge.contents(path)?;
    crate::properties::read(&crate::facts::edge::latin1_bytes(text))
        .ok()?
        .get(key)
        .cloned()
}

fn stop(ctx: &mut Context, args: &WhichArgs) -> anyhow::Result<Exit> {
    let EdgeAlone { edge, remote, .. } = gather::edge_alone(ctx)?;
    let which = chosen(args.connector);
    let plan = plan::plan_stop(&which, &edge);
    if plan.is_empty() {
        ctx.ui.report(&Life {
            result: "nothing-to-do",
            plan,
            health: Vec::new(),
        })?;
        return Ok(Exit::Done);
    }
    let approved = Approved::by_consent(plan.clone());
    let live = Live::new(remote, "stop", Duration::ZERO);
    let applied = carry_out(ctx, approved, &live, "connector stop", &|_| {})?;
    outcome(applied)?;
    ctx.ui.report(&Life {
        result: "done",
        plan,
        health: Vec::new(),
    })?;
    Ok(Exit::Done)
}

/// What start, stop and restart report.
#[derive(Serialize)]
struct Life {
    result: &'static str,
    plan: Plan,
    health: Vec<Health>,
}

impl Report for Life {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        if self.plan.is_empty() {
            return writeln!(out, "Nothing to do: {}", self.plan.in_place.join(", "));
        }
        if self.health.is_empty() {
            return self
                .plan
                .steps()
                .try_for_each(|step| writeln!(out, "{} {step}", style.good("done:")));
        }
        show_health::table(&self.health, out, style)
    }
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
    let well = show_health::all_well(&health);
    let absent = health.iter().all(|one| one.verdict == Verdict::Absent);
    ctx.ui.report(&Status {
        host: edge.host,
        connectors: health,
    })?;
    Ok(match (well, absent) {
        (_, true) => Exit::NotFound,
        (true, _) => Exit::Done,
        (false, _) => Exit::Unhealthy,
    })
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
        let mut stream = ctx.ui.stream();
        stream.write(clean(&String::from_utf8_lossy(&line)).as_bytes())?;
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
