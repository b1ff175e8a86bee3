//! `hdikafka man DIR`: a man page for each command, made by clap from what the command line declares.

use crate::error::{Exit, Failure};
use crate::ui::{Report, Style, Ui};
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// Write the man pages
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hdikafka man ~/.local/share/man/man1")]
pub struct Man {
    /// Made when it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// `command` is the whole command line, as `cli` declares it; hidden commands get no page.
pub fn run(ui: &Ui, args: &Man, command: clap::Command) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(&args.directory)
        .and_then(|()| clap_mangen::generate_to(command, &args.directory))
        .map_err(|error| {
            let place = args.directory.display();
            Failure::new(Exit::Failed, format!("cannot write to {place}: {error}"))
        })?;
    ui.note(&format!(
        "man pages written to {}",
        args.directory.display()
    ));
    ui.report(&Written {
        directory: &args.directory,
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Written<'a> {
    directory: &'a Path,
}

impl Report for Written<'_> {
    /// A person has been told on stderr.
    fn human(&self, _: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        Ok(())
    }
}
