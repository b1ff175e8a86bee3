//! The command line: what is parsed, and which command gets it. Here: clap types and dispatch; no work.

use crate::commands;
use crate::commands::later::Later;
use crate::context::{self, Context};
use crate::error::{Exit, Failure, diagnose};
use crate::profile::{self, Selection};
use crate::ui::{ColorChoice, Format, OutputError, Ui};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The IoT Hub bridge of Kafka on Azure HDInsight: made, proven and kept running
#[derive(Debug, Parser)]
#[command(
    name = "hdikafka",
    version,
    max_term_width = 80,
    propagate_version = false,
    disable_help_subcommand = true
)]
#[command(after_help = exit_codes())]
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
    #[arg(
        long,
        short,
        global = true,
        value_enum,
        default_value = "table",
        value_name = "FORM"
    )]
    pub output: Output,
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
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub color: ColorChoice,
    /// Seconds to wait for an answer of Ambari or Kafka, and for a connection
    #[arg(long, global = true, default_value_t = 15, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

/// `--output`: the forms of every report, and those that only `hosts` has. The latter are in its own help: offered
/// everywhere, they would be refused nearly everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Table,
    Json,
    Yaml,
    #[value(hide = true)]
    Bootstrap,
    #[value(hide = true)]
    Zookeeper,
    #[value(hide = true)]
    Env,
}

impl Output {
    /// The form of reports and errors, and what `hosts` prints instead of a report.
    fn split(self) -> (Format, Option<commands::hosts::Plain>) {
        use commands::hosts::Plain;
        match self {
            Self::Table => (Format::Table, None),
            Self::Json => (Format::Json, None),
            Self::Yaml => (Format::Yaml, None),
            Self::Bootstrap => (Format::Table, Some(Plain::Bootstrap)),
            Self::Zookeeper => (Format::Table, Some(Plain::Zookeeper)),
            Self::Env => (Format::Table, Some(Plain::Env)),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the whole bridge exist and prove that it runs
    Setup(Later<commands::setup::Setup>),
    /// Carry out a plan that `setup --dry-run --out` has saved
    Apply(Later<commands::apply::Apply>),
    /// Show the whole chain at a glance: connectors, topics, the sink's lag, telemetry
    Status(Later<commands::status::Show>),
    /// Show brokers, ZooKeeper servers and head nodes
    Hosts(Later<commands::hosts::Hosts>),
    /// Show what the connectors need to know of the IoT Hub
    #[command(subcommand)]
    Hub(Later<commands::hub::Hub>),
    /// List, describe, create and delete topics
    #[command(subcommand)]
    Topics(Later<commands::topics::Topics>),
    /// Install, configure, start, stop and look at the two connectors
    #[command(subcommand)]
    Connector(Later<commands::connector::Connector>),
    /// Send commands to devices
    Send(Later<commands::send::Send>),
    /// Read a topic back, or follow it
    Tail(Later<commands::tail::Tail>),
    /// Write records to a topic
    Produce(Later<commands::produce::Produce>),
    /// Status, brokers and tokens of the REST proxy
    #[command(subcommand)]
    Rest(Later<commands::rest::Rest>),
    /// Simulate a device
    #[command(subcommand)]
    Device(Later<commands::device::Device>),
    /// Make, show and check the settings of a bridge
    #[command(subcommand)]
    Profile(Later<commands::profile::Profile>),
    /// Print the completions of a shell
    Completions(Later<commands::completions::Completions>),
    /// Write the man pages
    Man(Later<commands::man::Man>),
    /// A rehearsal cluster on this machine: imitated, unprivileged, loopback only
    #[cfg(feature = "sandbox")]
    #[command(subcommand)]
    Sandbox(Later<commands::sandbox::Sandbox>),
}

pub fn main() -> ExitCode {
    #[cfg(feature = "sandbox")]
    if let Some(code) = commands::sandbox::as_tool(std::env::args_os()) {
        return code;
    }
    if let Some(code) = commands::completions::as_completer(Cli::command) {
        return code;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            return refused(&error);
        }
    };
    let global = &cli.global;
    let ui = Arc::new(Ui::new(
        global.color,
        global.output.split().0,
        global.quiet,
        global.verbose,
        global.no_input,
    ));
    match dispatch(&cli, &ui) {
        Ok(exit) => ExitCode::from(exit as u8),
        // whoever read our output has left: not a failure
        Err(error)
            if error
                .chain()
                .any(|link| matches!(link.downcast_ref(), Some(OutputError::ReaderLeft))) =>
        {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let diagnosis = diagnose(&error);
            ui.error(&diagnosis.chain, &diagnosis.hints, diagnosis.exit as u8);
            ExitCode::from(diagnosis.exit as u8)
        }
    }
}

/// What the parser did not take. Help and version are no errors; clap prints each to its own stream.
fn refused(error: &clap::Error) -> ExitCode {
    let usage = error.use_stderr();
    match format_of(std::env::args_os().skip(1)) {
        Format::Table => drop(error.print()),
        _ if !usage => drop(error.print()),
        format => {
            let text = error.render().to_string();
            let words = match error.kind() {
                ErrorKind::MissingSubcommand
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing",
                _ => text.split("\n\nUsage:").next().unwrap_or_default(),
            };
            let words = words.trim_start_matches("error: ").split_whitespace();
            let chain = [words.collect::<Vec<_>>().join(" ")];
            let ui = Ui::new(ColorChoice::Never, format, false, 0, true);
            ui.error(&chain, &["hdikafka --help".to_owned()], Exit::Usage as u8);
        }
    }
    ExitCode::from(if usage { Exit::Usage } else { Exit::Done } as u8)
}

/// `--output` of a command line that could not be parsed as a whole.
fn format_of(arguments: impl Iterator<Item = OsString>) -> Format {
    let mut format = Format::Table;
    let mut value_is_next = false;
    for argument in arguments {
        let Some(text) = argument.to_str() else {
            value_is_next = false;
            continue;
        };
        if text == "--" {
            break;
        }
        let value = match text {
            _ if value_is_next => Some(text),
            _ => text
                .strip_prefix("--output=")
                .or_else(|| text.strip_prefix("-o"))
                .filter(|value| !value.is_empty())
                .map(|value| value.trim_start_matches('=')),
        };
        if let Some(Ok(asked)) = value.map(|value| Format::from_str(value, false)) {
            format = asked;
        }
        value_is_next = !value_is_next && matches!(text, "-o" | "--output");
    }
    format
}

/// Lines that fit 80 columns: clap would break longer ones in the middle.
fn exit_codes() -> String {
    let mut text = "Exit codes:".to_owned();
    let mut width = text.len();
    for (index, (exit, meaning)) in Exit::ALL.iter().enumerate() {
        let comma = if index + 1 < Exit::ALL.len() { "," } else { "" };
        let word = format!("{} {meaning}{comma}", *exit as u8);
        let (space, start) = match width + 1 + word.len() > 80 {
            true => ("\n", 0),
            false => (" ", width + 1),
        };
        text.push_str(space);
        text.push_str(&word);
        width = start + word.len();
    }
    text
}

/// The table: every command with what it needs. Those that need no settings read no profile.
fn dispatch(cli: &Cli, ui: &Arc<Ui>) -> anyhow::Result<Exit> {
    let settings = |flags: &[(&'static str, String)]| load(&cli.global, flags);
    let with = |args: &profile::SettingsArgs| -> anyhow::Result<Context> {
        let profile = settings(args.flags())?;
        profile
            .warnings()
            .iter()
            .for_each(|warning| ui.warn(warning));
        let timeout = Duration::from_secs(cli.global.timeout);
        let context = Context::new(Arc::clone(ui), profile, timeout);
        context::client::check(&context.profile)?;
        if ui.format() != Format::Table {
            context.answer_signals()?;
        }
        Ok(context)
    };
    let plain = cli.global.output.split().1;
    if plain.is_some() && !matches!(cli.command, Command::Hosts(_)) {
        let words = "the forms bootstrap, zookeeper and env of --output are those of hosts only";
        return Err(Failure::usage(words)
            .hint("--output table, json or yaml")
            .into());
    }
    match &cli.command {
        Command::Setup(args) => commands::setup::run(&mut with(&args.settings)?, args),
        Command::Apply(args) => commands::apply::run(&mut with(&args.settings)?, args),
        Command::Status(args) => commands::status::run(&mut with(&args.settings)?, args),
        Command::Hosts(args) => commands::hosts::run(&mut with(&args.settings)?, plain),
        Command::Hub(args) => commands::hub::run(&mut with(args.settings())?, args),
        Command::Topics(args) => commands::topics::run(&mut with(args.settings())?, args),
        Command::Connector(args) => match &**args {
            // a jar is looked at wherever it is: a profile that is wrong is no obstacle
            commands::connector::Connector::Inspect(args) if !args.against_edge => {
                commands::connector::inspect::alone(ui, args)
            }
            args => commands::connector::run(&mut with(&args.settings())?, args),
        },
        Command::Send(args) => commands::send::run(&mut with(&args.settings)?, args),
        Command::Tail(args) => commands::tail::run(&mut with(&args.settings)?, args),
        Command::Produce(args) => commands::produce::run(&mut with(&args.settings)?, args),
        Command::Rest(args) => commands::rest::run(&mut with(args.settings())?, args),
        Command::Device(args) => commands::device::run(&mut with(args.settings())?, args),
        Command::Profile(args) => {
            commands::profile::run(ui, args, &selection(&cli.global)?, &settings)
        }
        Command::Completions(args) => commands::completions::run(ui, args),
        Command::Man(args) => commands::man::run(ui, args, Cli::command()),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => commands::sandbox::run(ui, args),
    }
}

/// The settings of this run: flags, environment, profile file, defaults.
fn load(global: &Global, flags: &[(&'static str, String)]) -> anyhow::Result<profile::Profile> {
    Ok(profile::load(&selection(global)?, flags)?)
}

fn selection(global: &Global) -> anyhow::Result<Selection<'static>> {
    Selection::of_process(global.config.clone(), global.profile.clone()).map_err(|error| {
        Failure::usage(format!("the working directory cannot be read: {error}")).into()
    })
}
