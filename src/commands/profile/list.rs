//! `hdikafka profile list` and `use`: the profiles of the configuration directory.

use crate::error::Exit;
use crate::profile::named::{self, Named};
use crate::profile::{Found, Selection, locate};
use crate::ui::{Cell, Report, Style, Table, Tone, Ui};
use serde::Serialize;
use serde_json::json;
use std::io;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Use {
    /// The profile's name in the configuration directory
    #[arg(required_unless_present = "none")]
    name: Option<String>,
    /// No profile is the current one any more
    #[arg(long, conflicts_with = "name")]
    none: bool,
}

#[derive(Serialize)]
struct Listed {
    profiles: Vec<Named>,
    /// The file that applies to a command that is run here now, and why.
    in_use: Option<InUse>,
}

#[derive(Serialize)]
struct InUse {
    file: PathBuf,
    found: Found,
}

pub fn list(ui: &Ui, selection: &Selection) -> anyhow::Result<Exit> {
    let profiles = named::list(selection)?;
    // one that cannot be had is an error of the commands that need it
    let in_use = locate(selection)
        .inspect_err(|error| ui.warn(&error.to_string()))
        .unwrap_or_default();
    let in_use = in_use.map(|located| InUse {
        file: located.path,
        found: located.found,
    });
    ui.report(&Listed { profiles, in_use })?;
    Ok(Exit::Done)
}

pub fn choose(ui: &Ui, selection: &Selection, args: &Use) -> anyhow::Result<Exit> {
    named::choose(selection, args.name.as_deref())?;
    let words = match &args.name {
        Some(name) => format!("{name} is the current profile"),
        None => "no profile is the current one".to_owned(),
    };
    ui.done(&words, &json!({ "current": args.name }))?;
    // what is chosen here may not be what counts here
    if let Ok(Some(located)) = locate(selection)
        && located.found != Found::Current
    {
        ui.warn(&format!(
            "here {} applies: {}",
            located.path.display(),
            why(located.found)
        ));
    }
    Ok(Exit::Done)
}

fn why(found: Found) -> &'static str {
    match found {
        Found::Config => "it was named by --config or HDIKAFKA_CONFIG",
        Found::Profile => "it was named by --profile or HDIKAFKA_PROFILE",
        Found::Above => "it was found from the working directory upwards",
        Found::Current => "it is the current profile",
    }
}

impl Report for Listed {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        if self.profiles.is_empty() {
            writeln!(out, "no profiles yet: hdikafka profile init --profile NAME")?;
        } else {
            let mut table = Table::new(["", "PROFILE", "CLUSTER", "HUB", "FILE"]);
            for profile in &self.profiles {
                let known = |text: &Option<String>| match (text, &profile.problem) {
                    (Some(text), _) => Cell::new(text),
                    (None, Some(_)) => Cell::new("?").tone(Tone::Bad),
                    (None, None) => Cell::new("-").tone(Tone::Dim),
                };
                table.row([
                    Cell::new(if profile.current { "*" } else { "" }),
                    Cell::new(&profile.name),
                    known(&profile.cluster),
                    known(&profile.hub),
                    Cell::new(profile.file.display().to_string()),
                ]);
            }
            table.write(out, style)?;
        }
        for profile in &self.profiles {
            for problem in profile.problem.iter().flat_map(|problem| problem.lines()) {
                writeln!(out, "{} {problem}", style.bad("broken:"))?;
            }
        }
        match &self.in_use {
            Some(in_use) => writeln!(
                out,
                "in use here: {} ({})",
                in_use.file.display(),
                why(in_use.found)
            ),
            None => writeln!(out, "in use here: none"),
        }
    }
}
