//! `hdikafka apply FILE`: a plan that was saved, looked at, and is carried out as it is or not at all.

use super::plan_file::SavedPlan;
use super::setup::{Wish, bring_about};
use crate::context::Context;
use crate::error::Exit;
use crate::profile::SettingsArgs;
use std::path::PathBuf;

/// Carry out a plan that `setup --dry-run --out` has saved
///
/// Asks the same systems again and makes the plan again: it has to be the saved one, of the same settings, the same jar
/// and the same key, else nothing is changed (exit code 3) and the differences are named. Nothing that is written comes
/// from the file. A plan that is carried out already leaves nothing to do (exit code 0).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka apply plan.json --show\n  hdikafka apply plan.json\n  hdikafka apply plan.json --yes -o json"
)]
pub struct Apply {
    /// The saved plan
    #[arg(value_name = "FILE")]
    pub plan: PathBuf,
    /// Show the saved plan with all of its lines; contact nothing
    #[arg(long, conflicts_with = "yes")]
    pub show: bool,
    /// Agree to the plan beforehand
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

pub fn run(ctx: &mut Context, args: &Apply) -> anyhow::Result<Exit> {
    let saved = SavedPlan::read(&args.plan)?;
    if args.show {
        ctx.ui.report(&saved)?;
        return Ok(Exit::Done);
    }
    saved.is_of(&ctx.profile)?;
    let wish = Wish {
        parts: saved.wish.parts.clone(),
        yes: args.yes,
        from: saved.wish.from.clone(),
        decisions: saved.wish.decisions(),
        command: "apply",
        agreed: Some(&saved),
        ..Wish::default()
    };
    bring_about(ctx, wish)
}
