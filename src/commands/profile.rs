//! `hdikafka profile init|show|check`: the settings of a bridge.

use crate::error::{Exit, Failure};
use crate::profile::{self, Profile as Settings, SettingsArgs, Shown, Source};
use crate::ui::{Cell, Report, Style, Table, Tone, Ui};
use serde::Serialize;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Make, show and check the settings of a bridge
#[derive(Debug, clap::Subcommand)]
pub enum Profile {
    /// Write a profile file to start from
    #[command(
        after_help = "Examples:\n  hdikafka profile init --cluster mykafka --hub myhub\n  hdikafka profile init staging.toml --cluster staging"
    )]
    Init(Init),
    /// Show every setting and where its value comes from
    Show(ShowArgs),
    /// Say what is wrong or missing, without contacting anything
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
pub struct Init {
    /// Where to write it
    #[arg(default_value = profile::FILE_NAME)]
    file: PathBuf,
    /// Overwrite a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Where each value comes from
    #[arg(long)]
    sources: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Resolves settings from flags, environment, file and defaults.
type Load<'a> = &'a dyn Fn(&[(&'static str, String)]) -> anyhow::Result<Settings>;

pub fn run(ui: &Ui, args: &Profile, load: Load) -> anyhow::Result<Exit> {
    match args {
        Profile::Init(args) => init(ui, args),
        Profile::Show(args) => show(ui, &load(args.settings.flags())?, args.sources),
        Profile::Check(args) => check(ui, &load(args.settings.flags())?),
    }
}

fn init(ui: &Ui, args: &Init) -> anyhow::Result<Exit> {
    let values: Vec<(&str, &str)> = args
        .settings
        .flags()
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let text = profile::render_example(&values);
    let directory = args
        .file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let written = || -> io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
        temporary.write_all(text.as_bytes())?;
        match args.force {
            true => temporary.persist(&args.file).map(drop),
            false => temporary.persist_noclobber(&args.file).map(drop),
        }
        .map_err(|error| error.error)
    };
    match written() {
        Ok(()) => {
            ui.success(&format!(
                "wrote {}; next: hdikafka profile check, then hdikafka setup --dry-run",
                args.file.display()
            ));
            ui.report(&Written { file: &args.file })?;
            Ok(Exit::Done)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::new(
            Exit::Conflict,
            format!("{} is there already", args.file.display()),
        )
        .hint("--force overwrites it")
        .into()),
        Err(error) => Err(Failure::new(
            Exit::Failed,
            format!("cannot write {}: {error}", args.file.display()),
        )
        .into()),
    }
}

#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
}

impl Report for Written<'_> {
    /// A person has been told on stderr.
    fn human(&self, _: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Serialize)]
struct Settled {
    file: Option<PathBuf>,
    settings: Vec<Shown>,
    #[serde(skip)]
    with_sources: bool,
}

fn show(ui: &Ui, profile: &Settings, with_sources: bool) -> anyhow::Result<Exit> {
    ui.report(&Settled {
        file: profile.file.clone(),
        settings: profile.show(),
        with_sources,
    })?;
    Ok(Exit::Done)
}

impl Report for Settled {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let headers: &[&str] = if self.with_sources {
            &["SETTING", "VALUE", "FROM"]
        } else {
            &["SETTING", "VALUE"]
        };
        let mut table = Table::new(headers.iter().copied());
        for setting in &self.settings {
            let mut row = vec![Cell::new(setting.key)];
            row.push(match &setting.value {
                Some(value) => Cell::new(value),
                None => Cell::new("not set").tone(Tone::Dim),
            });
            if self.with_sources {
                let tone = if setting.source == Source::Default {
                    Tone::Dim
                } else {
                    Tone::Plain
                };
                row.push(Cell::new(setting.source.to_string()).tone(tone));
            }
            table.row(row);
        }
        table.write(out, style)
    }
}

#[derive(Serialize)]
struct Checked {
    file: Option<PathBuf>,
    missing: Vec<profile::Missing>,
}

/// Loading has already refused what is wrong; here is what `setup` would still ask for.
fn check(ui: &Ui, profile: &Settings) -> anyhow::Result<Exit> {
    let missing = profile.missing(&super::setup::needed(profile));
    let complete = missing.is_empty();
    for warning in profile.warnings() {
        ui.warn(&warning);
    }
    ui.report(&Checked {
        file: profile.file.clone(),
        missing,
    })?;
    Ok(if complete { Exit::Done } else { Exit::Usage })
}

impl Report for Checked {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let file = self
            .file
            .as_ref()
            .map_or("no profile file".to_owned(), |file| {
                file.display().to_string()
            });
        if self.missing.is_empty() {
            return writeln!(
                out,
                "{} {file}: nothing is missing for setup",
                style.good("ok:")
            );
        }
        writeln!(out, "{file}: missing for setup")?;
        let mut table = Table::new(["SETTING", "FLAG", "VARIABLE", "WHAT IT IS"]);
        for missing in &self.missing {
            table.row([missing.key, missing.flag, missing.env, missing.why]);
        }
        table.write(out, style)
    }
}
