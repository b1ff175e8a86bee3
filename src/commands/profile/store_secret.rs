//! `hdikafka profile store-secret`: puts a secret into the system's keyring, for `{ keyring = "NAME" }`.

use crate::error::{Exit, Failure};
use crate::profile::keyring;
use crate::secret::Secret;
use crate::ui::Ui;
use serde_json::json;
use std::io::Read as _;

#[derive(Debug, clap::Args)]
pub struct StoreSecret {
    /// What { keyring = "NAME" } calls it
    #[arg(value_parser = name)]
    name: String,
    /// Take it out again
    #[arg(long)]
    remove: bool,
}

fn name(text: &str) -> Result<String, String> {
    keyring::check_name(text).map(|()| text.to_owned())
}

pub fn run(ui: &Ui, args: &StoreSecret) -> anyhow::Result<Exit> {
    let name = &args.name;
    if args.remove {
        if !keyring::remove(name)? {
            let words = format!("the keyring has no {name}");
            return Err(Failure::new(Exit::NotFound, words).into());
        }
        let words = format!("{name} is out of the keyring");
        ui.done(&words, &json!({ "removed": name }))?;
        return Ok(Exit::Done);
    }
    let secret = match ui.interactive() {
        true => Secret::new(ui.secret(&format!("The secret {name}"))?),
        false => piped()?,
    };
    keyring::store(name, &secret)?;
    let words = format!(
        "{name} is in your keyring until this machine restarts; in a profile: {{ keyring = \"{name}\" }}"
    );
    ui.done(&words, &json!({ "stored": name }))?;
    Ok(Exit::Done)
}

/// From standard input, without one line end.
fn piped() -> anyhow::Result<Secret> {
    let mut text = String::new();
    let read = std::io::stdin().take(64 * 1024).read_to_string(&mut text);
    read.map_err(|_| Failure::usage("standard input is no text in UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text.is_empty() || text.contains(char::is_control) {
        true => {
            Err(Failure::usage("one line with the secret is expected on standard input").into())
        }
        false => Ok(Secret::from(text)),
    }
}
