//! Figures: how fast and how small the program is, beside what one would use instead, in one run on one machine.
//!
//! Not cases. They run with `--figures` only, nothing here fails because of a time, and the result is a table in Markdown
//! on standard output. It fails when something does not work: a figure of a command that did not do its job is worth
//! nothing. Here: the order of a run. Each file measures what its name says; the arithmetic is in `samples`.

mod bridge;
mod commands;
mod machine;
mod memory;
mod messages;
mod samples;
mod sandbox;
mod table;
mod tunnel;
mod upload;

use anyhow::{Result, ensure};

use crate::lab::Lab;
use crate::runner::Outcome;

/// Everything is measured once in every round, and ours and the peer's change places from round to round: what slows the
/// machine down for a while slows both.
const ROUNDS: usize = 7;
/// So far from its limit a median may be on a machine that also does something else. It is said, too.
const TOLERANCE: f64 = 0.05;

/// What can be measured by itself, with the names that a run can be given.
const NAMES: [&str; 8] = [
    "commands", "bridge", "tunnel", "upload", "messages", "rest", "memory", "sandbox",
];

/// Which figures, and how often.
pub struct Wish {
    /// Parts of names; none: all.
    pub names: Vec<String>,
    pub rounds: Option<usize>,
}

impl Wish {
    /// An error where a name is none.
    pub fn check(&self) -> Result<(), String> {
        let fits = |name: &String| NAMES.iter().any(|known| known.contains(name.as_str()));
        match self.names.iter().find(|name| !fits(name)) {
            Some(name) => Err(format!("no figure is called {name}: {}", NAMES.join(", "))),
            None => Ok(()),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|part| name.contains(part.as_str()))
    }
}

pub fn run(lab: &Lab, wish: &Wish) -> Outcome {
    ensure!(
        std::env::var_os("HDIKAFKA_BIN").is_some(),
        "figures are of the release binary: run benches/run.sh, which makes it and names it in HDIKAFKA_BIN"
    );
    let before = machine::load();
    let rounds = wish.rounds.unwrap_or(ROUNDS);
    let (mut commands, mut bridge) = (commands::Figures::default(), bridge::Figures::default());
    let mut tunnel = tunnel::Figures::default();
    let mut upload = upload::Figures::default();
    let in_rounds = ["commands", "bridge", "tunnel", "upload"];
    for round in 0..rounds {
        if !in_rounds.iter().any(|name| wish.has(name)) {
            break;
        }
        progress(&format!("round {} of {rounds}", round + 1));
        let ours_first = round % 2 == 0;
        lab.reset()?;
        if wish.has("commands") {
            commands.measure(lab, ours_first)?;
        }
        if wish.has("bridge") {
            bridge.measure(lab, ours_first)?;
        }
        if wish.has("tunnel") {
            tunnel.measure(lab, ours_first)?;
        }
        if wish.has("upload") {
            upload.measure(lab, ours_first)?;
        }
    }
    let mut rows = Vec::new();
    for (name, of_rounds) in [
        ("commands", commands.rows()),
        ("bridge", bridge.rows()),
        ("tunnel", tunnel.rows()),
        ("upload", upload.rows()),
    ] {
        if wish.has(name) {
            rows.extend(of_rounds);
        }
    }
    for name in ["messages", "rest", "memory", "sandbox"] {
        if !wish.has(name) {
            continue;
        }
        progress(name);
        rows.extend(match name {
            "messages" => messages::measure(lab, rounds)?,
            "rest" => messages::measure_rest(lab, rounds)?,
            "memory" => memory::measure(lab)?,
            _ => sandbox::measure(lab)?,
        });
    }
    print(&table::markdown(
        &rows,
        rounds,
        &machine::described(lab, &before)?,
    ));
    Ok(())
}

/// Ours and the peer's, in the order of this round.
fn in_turn(
    ours_first: bool,
    mut ours: impl FnMut() -> Result<()>,
    mut peer: impl FnMut() -> Result<()>,
) -> Result<()> {
    if ours_first {
        ours()?;
        peer()
    } else {
        peer()?;
        ours()
    }
}

#[allow(clippy::print_stderr)] // the runner's own terminal output
fn progress(text: &str) {
    eprintln!("figures: {text}");
}

#[allow(clippy::print_stdout)] // the runner's own terminal output
fn print(text: &str) {
    println!("{text}");
}
