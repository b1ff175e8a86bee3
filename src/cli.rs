//! The command line: what is parsed, and which command gets it. Here: clap types and dispatch; no work.

use crate::commands;
use crate::context::Context;
use crate::error::{Exit, Failure, diagnose};
use crate::profile::{self, Selection};
use crate::ui::{ColorChoice, Format, Ui};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The IoT Hub bridge of Kafka on Azure HDInsight: made, proven and kept running
#[derive(Debug, Parser)]
#[command(name = "hdikafka", version, max_term_width = 80, propagate_version = false, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 conflict, 4 not found, 5 authentication,\n6 denied, 7 trust, 8 unreachable, 10 changes pending, 11 locked, 12 partly applied,\n13 outcome unknown, 14 connector unhealthy, 130 interrupted")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global")]
pub struct Global {
    /// Profile file to use
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Profile to use, by its name in the configuration directory
    #[arg(long, short, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Form of the report on stdout
    #[arg(long, short, global = true, value_enum, default_value = "table")]
    pub output: Format,
    /// Never ask; say what is missing
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Say more; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Only data, warnings and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Colours
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: ColorChoice,
    /// Seconds to wait for an answer of Ambari or Kafka, and for a connection
    #[arg(long, global = true, default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the whole bridge exist and prove that it runs
    Setup(commands::setup::Setup),
    /// Show brokers, ZooKeeper servers and head nodes
    Hosts(commands::hosts::Hosts),
    /// Show what the connectors need to know of the IoT Hub
    #[command(subcommand)]
    Hub(commands::hub::Hub),
    /// List, describe and create topics
    #[command(subcommand)]
    Topics(commands::topics::Topics),
    /// Install, configure, start, stop and look at the two connectors
    #[command(subcommand)]
    Connector(commands::connector::Connector),
    /// Send one command to a device
    Send(commands::send::Send),
    /// Read a topic back, or follow it
    Tail(commands::tail::Tail),
    /// Make, show and check the settings of a bridge
    #[command(subcommand)]
    Profile(commands::profile::Profile),
    /// Print the completions of a shell
    Completions(commands::completions::Completions),
    #[cfg(feature = "sandbox")]
    #[command(subcommand, hide = true)]
    Sandbox(commands::sandbox::Sandbox),
}

pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are no errors; clap prints each to its own stream
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage as u8 } else { Exit::Done as u8 });
        }
    };
    let global = &cli.global;
    let ui = Ui::new(global.color, global.output, global.quiet, global.verbose, global.no_input);
    match dispatch(&cli, ui) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failed) => {
            let (ui, error) = *failed;
            if error.chain().any(|link| matches!(link.downcast_ref(), Some(crate::ui::OutputError::ReaderLeft))) {
                return ExitCode::SUCCESS;
            }
            let diagnosis = diagnose(&error);
            ui.error(&diagnosis.chain, &diagnosis.hints, diagnosis.exit as u8);
            ExitCode::from(diagnosis.exit as u8)
        }
    }
}

type Failed = Box<(Ui, anyhow::Error)>;

/// The table: every command with what it needs. Those that need no settings read no profile.
fn dispatch(cli: &Cli, ui: Ui) -> Result<Exit, Failed> {
    let with = |flags: &[(&'static str, String)], run: &dyn Fn(&mut Context) -> anyhow::Result<Exit>| {
        let profile = match load(&cli.global, flags) {
            Ok(profile) => profile,
            Err(error) => return Err(Box::new((ui_of(&cli.global), error))),
        };
        let mut context = Context::new(ui_of(&cli.global), profile, Duration::from_secs(cli.global.timeout));
        for warning in context.profile.warnings() {
            context.ui.warn(&warning);
        }
        run(&mut context).map_err(|error| Box::new((context.ui, error)))
    };
    match &cli.command {
        Command::Setup(args) => with(args.settings.flags(), &|ctx| commands::setup::run(ctx, args)),
        Command::Hosts(args) => with(args.settings.flags(), &|ctx| commands::hosts::run(ctx)),
        Command::Hub(args) => with(args.settings().flags(), &|ctx| commands::hub::run(ctx, args)),
        Command::Topics(args) => with(args.settings().flags(), &|ctx| commands::topics::run(ctx, args)),
        Command::Connector(args) => with(args.settings().flags(), &|ctx| commands::connector::run(ctx, args)),
        Command::Send(args) => with(args.settings.flags(), &|ctx| commands::send::run(ctx, args)),
        Command::Tail(args) => with(args.settings.flags(), &|ctx| commands::tail::run(ctx, args)),
        Command::Profile(args) => commands::profile::run(&cli.global, &ui, args).map_err(|error| Box::new((ui, error))),
        Command::Completions(args) => commands::completions::run(&ui, args).map_err(|error| Box::new((ui, error))),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => commands::sandbox::run(args).map_err(|error| Box::new((ui, error))),
    }
}

fn ui_of(global: &Global) -> Ui {
    Ui::new(global.color, global.output, global.quiet, global.verbose, global.no_input)
}

/// The settings of this run: flags, environment, profile file, defaults.
pub fn load(global: &Global, flags: &[(&'static str, String)]) -> anyhow::Result<profile::Profile> {
    let selection = Selection::of_process(global.config.clone(), global.profile.clone())
        .map_err(|error| Failure::usage(format!("the working directory cannot be read: {error}")))?;
    Ok(profile::load(&selection, flags)?)
}
