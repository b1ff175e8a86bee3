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
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "hdikafka", &mut script);
    let mut stream = ui.stream();
    stream.write(&script)?;
    stream.flush()?;
    Ok(Exit::Done)
}
