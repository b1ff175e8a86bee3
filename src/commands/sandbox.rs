//! `hdikafka sandbox`: a rehearsal cluster on this machine. Hidden: `serve PART`, one imitated server as a process;
//! `run`, the rehearsal's own process; `tool`, the imitated programs of its edge node.

use crate::error::{Exit, Failure};
use crate::sandbox;
use crate::sandbox::rehearsal::demo::{Demo, Hop};
use crate::sandbox::rehearsal::process::{self, PlaceError, Started};
use crate::sandbox::rehearsal::{Faults, State};
use crate::ui::{Format, Report, Style, Table, Ui};
use anyhow::Context as _;
use etcetera::BaseStrategy as _;
use serde::Serialize;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A rehearsal cluster on this machine: imitated, unprivileged, loopback only
#[derive(Debug, clap::Subcommand)]
pub enum Sandbox {
    /// Start the rehearsal cluster and write a profile for it
    Up(Place),
    /// Show what is running, and where
    Status(Place),
    /// End the rehearsal cluster; nothing is left of it
    Down(Place),
    /// Watch the whole bridge come up, work and go down, in one go
    Demo,
    /// Run one imitated server until it is told to end
    #[command(hide = true)]
    Serve {
        /// ambari, hub, entra, arm or rest-proxy
        part: String,
        #[arg(long, value_name = "FILE")]
        spec: PathBuf,
    },
    /// The process that `up` leaves in the background
    #[command(hide = true)]
    Run(Place),
    /// A program of the imitated edge node
    #[command(hide = true)]
    Tool {
        name: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka sandbox up\n  hdikafka -p sandbox setup\n  hdikafka sandbox down"
)]
pub struct Place {
    /// Directory of the rehearsal, if not the usual one
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Patience of the demo with each hop.
const PATIENCE: Duration = Duration::from_secs(15);

pub fn run(ui: &Ui, args: &Sandbox) -> anyhow::Result<Exit> {
    match args {
        Sandbox::Up(place) => up(ui, place),
        Sandbox::Status(place) => status(ui, place),
        Sandbox::Down(place) => down(ui, place),
        Sandbox::Demo => demo(ui),
        Sandbox::Serve { part, spec } => sandbox::serve(part, spec).map(|()| Exit::Done),
        Sandbox::Run(place) => process::run(&place.directory()?, &program()?).map(|()| Exit::Done),
        Sandbox::Tool { name, arguments } => {
            let status = sandbox::tool(name, arguments)?;
            // The status is the imitated program's own. Threads that were given up must not be torn down in its end.
            signal_hook::low_level::exit(status.into())
        }
    }
}

fn up(ui: &Ui, place: &Place) -> anyhow::Result<Exit> {
    let directory = place.directory()?;
    let begun = Instant::now();
    let started = process::start(&directory, &program()?, &Faults::default())
        .map_err(|error| place.explain(error))?;
    let state = match started {
        Started::Now(state) => {
            ui.note(&format!(
                "The rehearsal cluster is up after {:.1} s. Everything in it is imitated.",
                begun.elapsed().as_secs_f64()
            ));
            state
        }
        Started::Already(state) => {
            ui.note("The rehearsal cluster is up already.");
            state
        }
    };
    let select = place.profile(&directory)?;
    ui.report(&Up {
        running: true,
        directory: &directory,
        next: [
            format!("hdikafka {select} setup"),
            format!("hdikafka {select} device simulate fakepi"),
            format!("hdikafka {select} send --device fakepi \"Turn On\""),
            format!("hdikafka sandbox down{}", place.suffix()),
        ],
        state,
    })?;
    Ok(Exit::Done)
}

fn status(ui: &Ui, place: &Place) -> anyhow::Result<Exit> {
    let directory = place.directory()?;
    match process::state(&directory).map_err(|error| place.explain(error))? {
        Some(state) => {
            ui.report(&Status { state })?;
            Ok(Exit::Done)
        }
        None => Err(
            Failure::new(Exit::NotFound, "no rehearsal cluster is running")
                .hint(format!("hdikafka sandbox up{}", place.suffix()))
                .into(),
        ),
    }
}

fn down(ui: &Ui, place: &Place) -> anyhow::Result<Exit> {
    let directory = place.directory()?;
    let was_there = process::stop(&directory).map_err(|error| place.explain(error))?;
    if let Some(link) = place.link()?
        && std::fs::read_link(&link).is_ok_and(|target| target.starts_with(&directory))
    {
        std::fs::remove_file(&link).with_context(|| format!("removing {}", link.display()))?;
    }
    ui.report(&Down { was_there })?;
    Ok(Exit::Done)
}

fn demo(ui: &Ui) -> anyhow::Result<Exit> {
    let begun = Instant::now();
    let style = *ui.style();
    let mut demo = Demo {
        program: &program()?,
        out: &mut |line| {
            // a program gets a document at the end, and what a person would watch on stderr
            if ui.format() != Format::Table {
                ui.note(line);
                return Ok(());
            }
            let mut stream = ui.stream();
            stream.write(format!("{line}\n").as_bytes())?;
            Ok(stream.flush()?)
        },
        colors: style.is_colored(),
        prompt: &|line| format!("{}", style.strong(format!("$ {line}"))),
        remark: &|text| format!("{}", style.dim(format!("# {text}"))),
        before: &mut |_: Hop, _: &Path| Ok(()),
        patience: PATIENCE,
    };
    demo.run()?;
    let seconds = begun.elapsed().as_secs_f64();
    ui.success(&format!("every hop was seen, after {seconds:.1} s"));
    ui.report(&Seen { seconds })?;
    Ok(Exit::Done)
}

impl Place {
    fn directory(&self) -> anyhow::Result<PathBuf> {
        match &self.dir {
            Some(directory) => Ok(std::path::absolute(directory)?),
            None => {
                let base = etcetera::base_strategy::Xdg::new().context("there is no home")?;
                let state = base.state_dir().unwrap_or_else(|| base.data_dir());
                Ok(state.join("hdikafka").join("sandbox"))
            }
        }
    }

    fn suffix(&self) -> String {
        match &self.dir {
            Some(directory) => {
                let shown = directory.display().to_string();
                let quoted = shlex::try_quote(&shown).map_or_else(|_| shown.clone(), Into::into);
                format!(" --dir {quoted}")
            }
            None => String::new(),
        }
    }

    /// `sandbox` among the user's own profiles. Only the usual directory has that name.
    fn link(&self) -> anyhow::Result<Option<PathBuf>> {
        if self.dir.is_some() {
            return Ok(None);
        }
        let base = etcetera::base_strategy::Xdg::new().context("there is no home")?;
        let profiles = base.config_dir().join("hdikafka").join("profiles");
        Ok(Some(profiles.join("sandbox.toml")))
    }

    /// How commands name the profile. A file of the user's own with that name stays.
    fn profile(&self, directory: &Path) -> anyhow::Result<String> {
        let file = directory.join("hdikafka.toml");
        if let Some(link) = self.link()? {
            if std::fs::read_link(&link).is_ok_and(|target| target == file) {
                return Ok("-p sandbox".to_owned());
            }
            let made = link
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::os::unix::fs::symlink(&file, &link));
            if made.is_ok() {
                return Ok("-p sandbox".to_owned());
            }
        }
        let shown = file.display().to_string();
        Ok(format!("--config {}", shlex::try_quote(&shown)?))
    }

    fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        let is_denied = |cause: &&(dyn std::error::Error + 'static)| {
            let cause = cause.downcast_ref::<io::Error>();
            cause.is_some_and(|cause| cause.kind() == io::ErrorKind::PermissionDenied)
        };
        if error.chain().find(is_denied).is_some() {
            let failure = Failure::new(Exit::Denied, "the directory is not yours to write in")
                .hint("--dir with a directory of your own");
            return error.context(failure);
        }
        match error.downcast_ref::<PlaceError>() {
            Some(foreign) => Failure::new(Exit::Conflict, foreign.to_string())
                .hint("--dir with an empty or a new directory")
                .into(),
            None => error,
        }
    }
}

fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("cannot find this program")
}

#[derive(Serialize)]
struct Up<'a> {
    running: bool,
    directory: &'a Path,
    #[serde(flatten)]
    state: State,
    /// What to type next.
    next: [String; 4],
}

impl Report for Up<'_> {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        writeln!(out, "Next:")?;
        for line in &self.next {
            writeln!(out, "  {}", style.strong(line))?;
        }
        Ok(())
    }
}

/// Of a demo in which every hop was seen.
#[derive(Serialize)]
struct Seen {
    seconds: f64,
}

impl Report for Seen {
    /// A person has watched it.
    fn human(&self, _: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Serialize)]
struct Down {
    was_there: bool,
}

impl Report for Down {
    fn human(&self, out: &mut dyn io::Write, _: &Style) -> io::Result<()> {
        out.write_all(match self.was_there {
            true => b"The rehearsal cluster is gone.\n",
            false => b"There was no rehearsal cluster.\n",
        })
    }
}

#[derive(Serialize)]
struct Status {
    #[serde(flatten)]
    state: State,
}

impl Report for Status {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let mut table = Table::new(["PART", "WHERE", "STATE"]);
        for part in &self.state.parts {
            table.row([
                part.name.as_str(),
                part.address.as_str(),
                part.state.as_str(),
            ]);
        }
        table.write(out, style)?;
        writeln!(out, "Profile: {}", self.state.profile.display())
    }
}

/// The program as a tool of the rehearsal's edge node: `hdikafka sandbox-tool NAME ARGS…`, which is what the first line of
/// such a tool says. Not for the parser: the arguments are another program's.
pub fn as_tool(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    args.nth(1)
        .filter(|word| word == sandbox::edge::tools::WORD)?;
    let args: Vec<OsString> = args.collect();
    let code = sandbox::edge::tools::run(&args);
    Some(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
