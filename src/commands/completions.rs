//! Completion in shells: the scripts, committed under `completions/` and kept fresh by a test, and what they call for each
//! Tab. A script holds no names and no flags: it asks the program, so that it never offers what another version had.
//!
//! Names of clusters, hubs, topics and devices are those that commands came across; profiles are looked up in their
//! directory. Nothing is contacted, and nothing but the answer is printed.

use crate::context::names::{Kind, known};
use crate::error::Exit;
use crate::profile::{Selection, named};
use crate::ui::{ColorChoice, Format, Ui};
use clap::ValueEnum;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka completions bash > /etc/bash_completion.d/hdikafka\n  hdikafka completions zsh > ~/.zfunc/_hdikafka"
)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

impl Shell {
    fn script(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Elvish => &Elvish,
            Self::Fish => &Fish,
            Self::PowerShell => &Powershell,
            Self::Zsh => &Zsh,
        }
    }

    /// The name as it may stand on this shell's command line; none where this shell would take it for something else.
    ///
    /// zsh and fish quote what they insert by themselves. bash inserts it as it is, and a device may well be called
    /// `$(reboot)`.
    fn quoted(self, name: &str) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-+,%@:".contains(c);
        if name.chars().all(plain) && !name.starts_with('-') {
            return Some(name.to_owned());
        }
        match self {
            Self::Zsh | Self::Fish => Some(name.to_owned()),
            Self::Bash if !name.starts_with('-') => {
                let quoted = |c: char| match plain(c) {
                    true => c.to_string(),
                    false => format!("\\{c}"),
                };
                Some(name.chars().map(quoted).collect())
            }
            _ => None,
        }
    }
}

/// What a script sets to its shell's name when it calls the program for a Tab.
const VARIABLE: &str = "HDIKAFKA_COMPLETE";

pub fn run(ui: &Ui, args: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    let shell = args.shell.script();
    shell.write_registration(VARIABLE, "hdikafka", "hdikafka", "hdikafka", &mut script)?;
    let mut stream = ui.stream();
    stream.write(&script)?;
    stream.flush()?;
    Ok(Exit::Done)
}

/// The answer to a Tab, if this run is one: the words of the line stand after `--`. What goes wrong ends without a word:
/// the person is in the middle of typing.
pub fn as_completer(command: impl FnOnce() -> clap::Command) -> Option<ExitCode> {
    let shell = std::env::var(VARIABLE).ok()?;
    let mut arguments = std::env::args_os();
    let words: Vec<OsString> = match arguments.nth(1) {
        Some(separator) if separator == "--" => arguments.collect(),
        _ => return None,
    };
    let answered = || -> anyhow::Result<()> {
        let shell = Shell::from_str(&shell, false).map_err(anyhow::Error::msg)?;
        let mut command = command();
        // settings become flags only now
        command.build();
        let mut command = with_names(command, shell);
        let mut answer = Vec::new();
        let directory = std::env::current_dir().ok();
        shell
            .script()
            .write_complete(&mut command, words, directory.as_deref(), &mut answer)?;
        let ui = Ui::new(ColorChoice::Never, Format::Table, true, 0, true);
        let mut stream = ui.stream();
        stream.write(&answer)?;
        Ok(stream.flush()?)
    };
    Some(match answered() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

/// The command whose arguments that are names know what names there are.
fn with_names(command: clap::Command, shell: Shell) -> clap::Command {
    let of = command.get_name().to_owned();
    let command = command.mut_args(|argument| match source(&of, argument.get_id().as_str()) {
        Some(names) => argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
            candidates(names(), typed, shell)
        })),
        None => argument,
    });
    command.mut_subcommands(|sub| with_names(sub, shell))
}

fn source(command: &str, argument: &str) -> Option<fn() -> Vec<String>> {
    Some(match (command, argument) {
        ("use", "name") | (_, "profile") => profiles,
        (_, "cluster.name") => || known(Kind::Cluster),
        (_, "hub.name") => || known(Kind::Hub),
        (_, "topic" | "topics.telemetry" | "topics.commands") => || known(Kind::Topic),
        (_, "device") => || known(Kind::Device),
        _ => return None,
    })
}

fn profiles() -> Vec<String> {
    Selection::of_process(None, None)
        .map(|selection| named::names_of(&selection))
        .unwrap_or_default()
}

/// What was typed may be quoted already.
fn candidates(names: Vec<String>, typed: &OsStr, shell: Shell) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let fits = |name: &String| {
        let quoted = shell.quoted(name)?;
        (name.starts_with(&*typed) || quoted.starts_with(&*typed)).then_some(quoted)
    };
    let fitting = names.iter().filter_map(fits);
    fitting.map(CompletionCandidate::new).collect()
}
