//! `connector build`: the source's own sbt build, after a look at what it needs and consent. A build file is a program of
//! whoever wrote it: nothing of the source runs before somebody agreed.

use super::inspect;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::jar::build::{self, Preflight};
use crate::jar::choose;
use crate::ui::{Report, Style, Table};
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka connector build --source toketi-kafka-connect-iothub --dry-run\n  hdikafka connector build --source . --yes"
)]
pub struct Build {
    /// Directory of the connector's source
    #[arg(long, value_name = "DIR")]
    source: PathBuf,
    /// Show what would run and what is missing; exit code 10
    #[arg(long)]
    dry_run: bool,
    /// Agree beforehand to run the source's build
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
}

pub fn run(ctx: &Context, args: &Build) -> anyhow::Result<Exit> {
    // facts
    let preflight = build::preflight(&args.source).context("looking at the source")?;
    if args.dry_run {
        let able = preflight.missing.is_empty();
        ctx.ui.report(&Shown(&preflight))?;
        return Ok(if able { Exit::Pending } else { Exit::Failed });
    }
    if !preflight.missing.is_empty() {
        let words = format!(
            "the build cannot run: it lacks {}",
            preflight.missing.join("; ")
        );
        return Err(Failure::new(Exit::Failed, words)
            .hint("hdikafka connector build --source DIR --dry-run shows all that it needs")
            .into());
    }

    // consent
    let details = words(&preflight)?;
    if args.yes {
        ctx.ui.note(&details);
    } else if !ctx.ui.interactive() {
        ctx.ui.note(&details);
        return Err(
            Failure::usage("nobody is there to agree to running this build")
                .hint("--yes agrees, --dry-run only shows it")
                .into(),
        );
    } else if !ctx.ui.confirm(&details, "Run it?")? {
        return Err(Failure::new(Exit::Failed, "not agreed to: nothing was run").into());
    }

    // apply
    ctx.stop_on_signals()?;
    let task = ctx.ui.task("building the connector");
    let mut told = |line: &str| {
        ctx.ui.note(line);
        task.message(line);
    };
    let built = build::run(&preflight, &mut told, &ctx.stop);
    match &built {
        Ok(()) => task.done(),
        Err(_) => task.failed(),
    }
    built.context("building the connector")?;

    // report
    let made = build::made(&preflight.source).context("looking for what the build has made")?;
    if !made.others.is_empty() {
        let others = choose::listed(&made.others);
        ctx.ui.note(&format!(
            "{} is taken; not {others}",
            made.jar.path.display()
        ));
    }
    inspect::show(&ctx.ui, made.jar, None)
}

fn words(preflight: &Preflight) -> Result<String, std::fmt::Error> {
    let mut text =
        "This runs the build that is in the source, as you, with all that you may do:\n".to_owned();
    let command = preflight.command.as_deref().unwrap_or_default().join(" ");
    writeln!(text, "  {command}\n  in {}", preflight.source.display())?;
    for warning in &preflight.warnings {
        writeln!(text, "warning: {warning}")?;
    }
    Ok(text.trim_end().to_owned())
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown<'a>(&'a Preflight);

impl Report for Shown<'_> {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let found = self.0;
        let or = |value: &Option<String>| value.clone().unwrap_or_else(|| "not said".to_owned());
        let java = match (&found.java, &found.java_version) {
            (Some(path), version) => format!("{} ({})", or(version), path.display()),
            (None, _) => "none".to_owned(),
        };
        let mut table = Table::new(["WHAT", "VALUE"]);
        for (what, value) in [
            ("source", found.source.display().to_string()),
            (
                "runs",
                found
                    .command
                    .as_ref()
                    .map_or("nothing".to_owned(), |words| words.join(" ")),
            ),
            ("sbt", or(&found.sbt_version)),
            ("Scala", or(&found.scala_version)),
            ("Java", java),
        ] {
            table.row([what.to_owned(), value]);
        }
        table.write(out, style)?;
        for missing in &found.missing {
            writeln!(out, "{} {missing}", style.bad("missing:"))?;
        }
        for warning in &found.warnings {
            writeln!(out, "{} {warning}", style.warn("warning:"))?;
        }
        Ok(())
    }
}
