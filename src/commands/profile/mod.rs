//! `hdikafka profile`: the settings of a bridge. Here: `init`, `show` and `check`; which profile is meant and which may run
//! programs is in the modules below.

mod list;
mod store_secret;
mod trust;

use crate::commands::later::Later;
use crate::context;
use crate::error::{Exit, Failure};
use crate::profile::{self, Found, Profile as Settings, Selection, SettingsArgs, Shown, Source};
use crate::ui::{Cell, Report, Style, Table, Tone, Ui};
use serde::Serialize;
use serde_json::json;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Make, show and check the settings of a bridge
#[derive(Debug, clap::Subcommand)]
pub enum Profile {
    /// Write a profile file to start from
    #[command(
        after_help = "Examples:\n  hdikafka profile init --cluster mykafka --hub myhub\n  hdikafka profile init staging.toml --cluster staging\n  hdikafka profile init --profile staging --cluster staging"
    )]
    Init(Later<Init>),
    /// List the profiles of the configuration directory
    List,
    /// Make a profile the current one
    ///
    /// It is used where nothing nearer says otherwise: --config or --profile, HDIKAFKA_CONFIG or HDIKAFKA_PROFILE, and the
    /// next hdikafka.toml from the working directory upwards come before it, in this order.
    #[command(
        after_help = "Examples:\n  hdikafka profile use production\n  hdikafka profile use --none"
    )]
    Use(Later<list::Use>),
    /// Let a profile file that is found run the programs it names
    ///
    /// { command = [...] } counts in files that are named, or current. In a file that is only found from the working
    /// directory upwards it counts after the file was trusted, and until its path or its contents change.
    #[command(
        after_help = "Examples:\n  hdikafka profile trust hdikafka.toml\n  hdikafka profile trust --list\n  hdikafka profile trust --remove hdikafka.toml"
    )]
    Trust(Later<trust::Trust>),
    /// Put a secret into the system's keyring
    ///
    /// It is typed at a prompt or read from standard input, and used by { keyring = "NAME" } in a profile.
    #[command(
        after_help = "Examples:\n  hdikafka profile store-secret ambari\n  hdikafka profile store-secret ambari < password.txt\n  hdikafka profile store-secret ambari --remove"
    )]
    StoreSecret(Later<store_secret::StoreSecret>),
    /// Show every setting and where its value comes from
    Show(Later<ShowArgs>),
    /// Say what is wrong or missing, without contacting anything
    Check(Later<CheckArgs>),
}

#[derive(Debug, clap::Args)]
pub struct Init {
    /// Where to write it, if neither to hdikafka.toml nor to --profile NAME
    file: Option<PathBuf>,
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

pub fn run(ui: &Ui, args: &Profile, selection: &Selection, load: Load) -> anyhow::Result<Exit> {
    match args {
        Profile::Init(args) => init(ui, args, &place(args, selection)?),
        Profile::List => list::list(ui, selection),
        Profile::Use(args) => list::choose(ui, selection, args),
        Profile::StoreSecret(args) => store_secret::run(ui, args),
        Profile::Trust(args) => trust::run(ui, selection, args),
        Profile::Show(args) => show(ui, &load(args.settings.flags())?, args.sources),
        Profile::Check(args) => check(ui, &load(args.settings.flags())?),
    }
}

fn place(args: &Init, selection: &Selection) -> anyhow::Result<PathBuf> {
    match (&args.file, &selection.profile) {
        (Some(_), Some(_)) => {
            let words = "FILE and --profile name two places: give one of them";
            Err(Failure::usage(words).into())
        }
        (Some(file), None) => Ok(file.clone()),
        (None, Some(name)) => Ok(profile::named::place(selection, name)?),
        (None, None) => Ok(PathBuf::from(profile::FILE_NAME)),
    }
}

fn init(ui: &Ui, args: &Init, file: &Path) -> anyhow::Result<Exit> {
    let values: Vec<(&str, &str)> = args
        .settings
        .flags()
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let text = profile::render_example(&values);
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let written = || -> io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
        temporary.write_all(text.as_bytes())?;
        match args.force {
            true => temporary.persist(file).map(drop),
            false => temporary.persist_noclobber(file).map(drop),
        }
        .map_err(|error| error.error)
    };
    match written() {
        Ok(()) => {
            let words = format!(
                "wrote {}; next: hdikafka profile check, then hdikafka setup --dry-run",
                file.display()
            );
            ui.done(&words, &json!({ "file": file }))?;
            Ok(Exit::Done)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::new(
            Exit::Conflict,
            format!("{} is there already", file.display()),
        )
        .hint("--force overwrites it")
        .into()),
        Err(error) => Err(Failure::new(
            Exit::Failed,
            format!("cannot write {}: {error}", file.display()),
        )
        .into()),
    }
}

#[derive(Serialize)]
struct Settled {
    file: Option<PathBuf>,
    /// How that file came to be used.
    found: Option<Found>,
    settings: Vec<Shown>,
    #[serde(skip)]
    with_sources: bool,
}

fn show(ui: &Ui, profile: &Settings, with_sources: bool) -> anyhow::Result<Exit> {
    ui.report(&Settled {
        file: profile.file.clone(),
        found: profile.found,
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
            let mut row = vec![Cell::new(&setting.key)];
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
    context::client::check(profile)?;
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
