//! `hdikafka profile trust`: lets a profile file that was only found run the programs that it names.

use crate::error::{Exit, Failure};
use crate::profile::trust::{self, Trusted};
use crate::profile::{FILE_NAME, Selection};
use crate::ui::{Cell, Report, Style, Table, Tone, Ui};
use serde::Serialize;
use serde_json::json;
use std::io;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Trust {
    /// The file, as it is now; a change ends the trust
    #[arg(required_unless_present = "list")]
    file: Option<PathBuf>,
    /// Show the files that are trusted
    #[arg(long, conflicts_with_all = ["file", "remove"])]
    list: bool,
    /// Trust it no longer
    #[arg(long)]
    remove: bool,
}

pub fn run(ui: &Ui, selection: &Selection, args: &Trust) -> anyhow::Result<Exit> {
    let Some(file) = &args.file else {
        let files = trust::trusted(selection).into_iter();
        ui.report(&All {
            trusted: files
                .map(|file| Standing {
                    unchanged: trust::is_as_trusted(&file),
                    file,
                })
                .collect(),
        })?;
        return Ok(Exit::Done);
    };
    if args.remove {
        let path = trust::distrust(selection, file)?;
        let words = format!("{} is not trusted any more", path.display());
        ui.done(&words, &json!({ "removed": path }))?;
        return Ok(Exit::Done);
    }
    if file.is_dir() {
        let words = format!("{} is a directory", file.display());
        let hint = format!("hdikafka profile trust {}", file.join(FILE_NAME).display());
        return Err(Failure::usage(words).hint(hint).into());
    }
    let (trusted, programs) = trust::trust(selection, file)?;
    for (key, program) in &programs {
        ui.note(&format!("{key} is what this program prints: {program}"));
    }
    if programs.is_empty() {
        ui.warn("it names no program: nothing needs to be trusted");
    }
    let words = format!(
        "{} is trusted as it is now (sha256 {})",
        trusted.file.display(),
        trusted.sha256
    );
    ui.done(
        &words,
        &json!({ "trusted": trusted.file, "sha256": trusted.sha256 }),
    )?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct All {
    trusted: Vec<Standing>,
}

#[derive(Serialize)]
struct Standing {
    #[serde(flatten)]
    file: Trusted,
    /// Its contents are still the ones that were trusted.
    unchanged: bool,
}

impl Report for All {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        if self.trusted.is_empty() {
            return writeln!(out, "no file is trusted");
        }
        let mut table = Table::new(["FILE", "SHA256", "NOW"]);
        for trusted in &self.trusted {
            let now = match trusted.unchanged {
                true => Cell::new("unchanged").tone(Tone::Good),
                false => Cell::new("changed or gone: not trusted").tone(Tone::Bad),
            };
            table.row([
                Cell::new(trusted.file.file.display().to_string()),
                Cell::new(&trusted.file.sha256),
                now,
            ]);
        }
        table.write(out, style)
    }
}
