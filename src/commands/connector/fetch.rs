//! `connector fetch`: a jar from a URL, resumed where it broke, named only when it is the right one.
//!
//! Without a digest nobody knows which file the right one is: on a terminal the digest and what the jar has inside are
//! shown and a person decides; elsewhere it is refused before anything is contacted.

use super::inspect;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::jar::{self, fetch};
use crate::profile::SettingsArgs;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka connector fetch --url https://host/connector.jar --sha256 DIGEST\n  hdikafka connector fetch --url https://host/connector.jar --to jars/"
)]
pub struct Fetch {
    /// Where the jar is: https, or http if its digest is given
    #[arg(long, value_name = "URL")]
    url: String,
    /// SHA-256 that the file must have
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<String>,
    /// File or directory to write to; the name of the URL in the working directory if not given
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

pub fn run(ctx: &Context, args: &Fetch) -> anyhow::Result<Exit> {
    let url = fetch::url(&args.url)?;
    let expected = args.sha256.as_deref().map(fetch::digest).transpose();
    let expected = expected.map_err(Failure::usage)?;
    let expected = expected.as_deref();
    if expected.is_none() && (url.scheme() == "http" || !ctx.ui.interactive()) {
        let words = match url.scheme() {
            "http" => {
                "over plain http anybody on the way can change the file: its digest is needed"
            }
            _ => "nobody is there to look at the digest of the file: it has to be given",
        };
        return Err(Failure::usage(words).hint("--sha256 DIGEST").into());
    }
    let to = place(args.to.as_deref(), &url)?;
    if to.exists() {
        return there(ctx, &to, expected);
    }
    ctx.stop_on_signals()?;
    let label = format!("downloading {}", to.display());
    let task = Mutex::new(None);
    let progress = |done, total: Option<u64>| {
        let Ok(mut task) = task.lock() else { return };
        let task = task.get_or_insert_with(|| ctx.ui.bytes(&label, total.unwrap_or(0)));
        task.set(done);
    };
    let settings = fetch::Settings {
        url,
        ca_pem: ctx.ca_pem()?,
        timeout: ctx.timeout,
        progress: &progress,
        stop: &ctx.stop,
    };
    let fetched = fetch::fetch(&settings, &to, expected);
    let shown = task.lock().ok().and_then(|mut task| task.take());
    match (&fetched, shown) {
        (Ok(_), Some(task)) => task.done(),
        (Err(_), Some(task)) => task.failed(),
        _ => {}
    }
    let fetched = fetched.context("downloading the connector jar")?;
    if fetched.resumed > 0 {
        let words = format!("{} bytes were here already", fetched.resumed);
        ctx.ui.note(&words);
    }
    let mut jar = match jar::inspect(fetched.part()) {
        Ok(jar) => jar,
        Err(error) => {
            fetched.discard();
            return Err(anyhow::Error::from(error).context("what was downloaded was not taken"));
        }
    };
    jar.path.clone_from(&to);
    if expected.is_none() {
        let classes = [&jar.source_class, &jar.sink_class];
        let classes: Vec<&str> = classes.into_iter().flatten().map(String::as_str).collect();
        let details = format!(
            "Nobody said which digest the file has to have. It has\n  sha256 {}\n  {} bytes, {}\nCompare the digest with what its publisher says.",
            fetched.sha256,
            jar.size,
            classes.join(", ")
        );
        if !ctx.ui.confirm(&details, "Take it?")? {
            fetched.discard();
            return Err(Failure::new(Exit::Failed, "not agreed to: the file was not taken").into());
        }
    }
    fetched.take()?;
    inspect::show(&ctx.ui, jar, None)
}

/// The same file is nothing to do; another one is never replaced.
fn there(ctx: &Context, to: &Path, expected: Option<&str>) -> anyhow::Result<Exit> {
    let found = jar::inspect(to).ok();
    match found.filter(|jar| Some(jar.sha256.as_str()) == expected) {
        Some(jar) => {
            ctx.ui.note(&format!("{} is there already", to.display()));
            inspect::show(&ctx.ui, jar, None)
        }
        None => {
            let words = format!("{} is there already and is not that file", to.display());
            let hint = "move it away, or name another place with --to";
            Err(Failure::new(Exit::Conflict, words).hint(hint).into())
        }
    }
}

fn place(to: Option<&Path>, url: &reqwest::Url) -> anyhow::Result<PathBuf> {
    if let Some(file) = to.filter(|to| !to.is_dir()) {
        return Ok(file.to_owned());
    }
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    if !name.ends_with(".jar") || name.starts_with('.') || !name.chars().all(plain) {
        let words = "the URL does not end in the name of a jar";
        return Err(Failure::usage(words).hint("--to FILE").into());
    }
    Ok(to.unwrap_or(Path::new("")).join(name))
}
