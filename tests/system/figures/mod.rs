//! Figures: how fast and how small the program is, beside what one would use instead, in one run on one machine.
//!
//! Not cases. They run with `--figures` only, nothing here fails because of a time, and the result is a table in Markdown
//! on standard output. It fails when something does not work: a figure of a command that did not do its job is worth
//! nothing. Here: the order of a run. Each file measures what its name says; the arithmetic is in `samples`.

mod bridge;
mod commands;
mod machine;
mod memory;
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

pub fn run(lab: &Lab) -> Outcome {
    ensure!(
        std::env::var_os("HDIKAFKA_BIN").is_some(),
        "figures are of the release binary: run benches/run.sh, which makes it and names it in HDIKAFKA_BIN"
    );
    let before = machine::load();
    let (mut commands, mut bridge) = (commands::Figures::default(), bridge::Figures::default());
    let mut tunnel = tunnel::Figures::default();
    let mut upload = upload::Figures::default();
    for round in 0..ROUNDS {
        progress(&format!("round {} of {ROUNDS}", round + 1));
        let ours_first = round % 2 == 0;
        lab.reset()?;
        commands.measure(lab, ours_first)?;
        bridge.measure(lab, ours_first)?;
        tunnel.measure(lab, ours_first)?;
        upload.measure(lab, ours_first)?;
    }
    progress("memory");
    let memory = memory::measure(lab)?;
    progress("the rehearsal cluster");
    let sandbox = sandbox::measure(lab)?;
    let rows = [
        commands.rows(),
        bridge.rows(),
        tunnel.rows(),
        upload.rows(),
        memory,
        sandbox,
    ]
    .concat();
    print(&table::markdown(&rows, &machine::described(lab, &before)?));
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
