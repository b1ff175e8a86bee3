//! `hdikafka completions SHELL`: written by clap, committed under `completions/`, kept fresh by a test.

use crate::error::Exit;
use crate::ui::Ui;
use clap_complete::Shell;

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

/// `command` is the whole command line, as `cli` declares it.
pub fn run(ui: &Ui, args: &Completions, command: &mut clap::Command) -> anyhow::Result<Exit> {
    // settings become flags only now
    command.build();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut shown(command), "hdikafka", &mut script);
    let mut stream = ui.stream();
    stream.write(&script)?;
    stream.flush()?;
    Ok(Exit::Done)
}

/// The command without what its help does not show either: clap offers hidden subcommands for completion. clap cannot take
/// a subcommand away, so this is another command with the same arguments.
fn shown(command: &clap::Command) -> clap::Command {
    let mut copy = clap::Command::new(kept(command.get_name()))
        // they are among what is copied
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .args(command.get_arguments().cloned())
        .subcommands(
            command
                .get_subcommands()
                .filter(|subcommand| !subcommand.is_hide_set())
                .map(shown),
        );
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    if let Some(version) = command.get_version() {
        copy = copy.version(kept(version));
    }
    copy
}

/// clap takes names for its whole life; this process prints one script and ends.
fn kept(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}
