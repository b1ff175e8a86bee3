//! Steps 4 and 5 of the flow, for every command that changes the edge: consent, lock, apply, and what is left behind.

use super::show_plan::{explain, plan_text};
use crate::apply::live::Live;
use crate::apply::record::Operation;
use crate::apply::wait::Left;
use crate::apply::{Applied, Approved, Event, Execute, Progress, apply};
use crate::context::Context;
use crate::edge::Lock;
use crate::error::{Exit, Failure, diagnose};
use crate::facts::places;
use crate::plan::{Plan, Step};
use crate::ui::{Consent, ErrorDocument, PromptError, Task};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

/// What was agreed to beforehand, by flags only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Agreed {
    /// `--yes`: to the plan.
    pub plan: bool,
    /// `--take-over`: also to the end of workers that somebody else has started.
    pub take_over: bool,
}

impl From<bool> for Agreed {
    fn from(yes: bool) -> Self {
        Self {
            plan: yes,
            take_over: false,
        }
    }
}

/// Shows the plan and asks, or takes `--yes` for an answer. None: somebody said no.
pub fn consent(ctx: &Context, plan: Plan, agreed: Agreed) -> anyhow::Result<Option<Approved>> {
    let style = ctx.ui.err_style();
    let text = plan_text(&plan, style, true);
    if agreed.plan && plan.takes_over() && !agreed.take_over {
        ctx.ui.show(&text);
        let words = "this plan takes over a bridge made by hand, to which --yes does not agree; nothing was changed";
        return Err(Failure::new(Exit::Conflict, words)
            .hint("add --take-over, or leave --yes away and answer on a terminal")
            .into());
    }
    if agreed.plan {
        ctx.ui.show(&text);
        return Ok(Some(Approved::by_consent(plan)));
    }
    if !ctx.ui.interactive() {
        ctx.ui.show(&text);
        let failure =
            Failure::usage("nobody is there to agree to this plan").hint(match plan.takes_over() {
                true => "--yes --take-over agrees; setup --dry-run and apply --show only show it",
                false => "--yes agrees; setup --dry-run and apply --show only show it",
            });
        return Err(failure.into());
    }
    let answer = ctx
        .ui
        .consent(&text, &explain(&plan))
        .map_err(|error| match error {
            PromptError::Closed(_) => {
                Failure::new(Exit::Interrupted, "the input ended: nothing was changed").into()
            }
            error => anyhow::Error::new(error),
        })?;
    Ok(match answer {
        Consent::Yes => Some(Approved::by_consent(plan)),
        Consent::No => None,
    })
}

/// Takes the lock, applies, lets the caller `leave` what it has to leave on the node, and writes the operations log. The lock lives exactly as long as the apply.
pub fn carry_out(
    ctx: &Context,
    approved: Approved,
    live: &Live,
    command: &str,
    leave: &dyn Fn(&Applied),
) -> anyhow::Result<Applied> {
    ctx.stop_on_signals()?;
    let who = who();
    let lock = Lock::take(
        live.remote.as_ref(),
        places::LOCK,
        &format!("{who}, {command}"),
        true,
    )
    .context("taking the lock on the edge node")?;
    let stop = || ctx.stop.load(Ordering::Relaxed);
    if stop() {
        return Err(
            Failure::new(Exit::Interrupted, "interrupted before anything was changed").into(),
        );
    }
    let voice = Voice {
        ctx,
        tasks: Mutex::default(),
    };
    let guarded = Guarded { live, lock: &lock };
    let applied = apply(approved, &guarded, &|event| voice.tell(event), &ctx.stop);
    let summary = applied.summary();
    let failed = summary
        .failed
        .iter()
        .map(|failed| format!("{}: {}", failed.step, failed.error))
        .collect();
    let operation = Operation {
        at: format!("{:.0}", jiff::Timestamp::now()),
        who,
        version: env!("CARGO_PKG_VERSION"),
        command: command.to_owned(),
        result: if applied.is_complete() {
            "done"
        } else {
            "partly"
        }
        .to_owned(),
        done: summary.done,
        failed,
        not_started: summary.not_started,
    };
    let logged = std::thread::scope(|scope| {
        let logged = scope.spawn(|| live.log_operation(&operation));
        leave(&applied);
        logged.join()
    });
    let lost = !lock.is_held();
    let ended_early = || Err(anyhow::anyhow!("internal error: a thread ended early"));
    if let Err(error) = logged.unwrap_or_else(|_| ended_early()) {
        ctx.ui.warn(&format!(
            "the operations log could not be written: {error:#}"
        ));
    }
    if lost {
        ctx.ui.warn(
            "the lock on the edge node was lost on the way: another run may have begun meanwhile",
        );
    }
    Ok(applied)
}

/// No step begins once the lock is gone: another run may have taken it.
struct Guarded<'a> {
    live: &'a Live<'a>,
    lock: &'a Lock,
}

impl Execute for Guarded<'_> {
    fn execute(&self, step: &Step, progress: &dyn Fn(Progress)) -> anyhow::Result<()> {
        if let Some(why) = self.lock.lost() {
            return Err(Failure::new(
                Exit::Unreachable,
                format!("the lock on the edge node was lost: {why}"),
            )
            .into());
        }
        self.live.execute(step, progress)
    }
}

/// The exit code of an apply, and its first failure as an error. What is done stays done: run again for the rest.
pub fn outcome(mut applied: Applied) -> anyhow::Result<()> {
    let began = !applied.done.is_empty();
    if let Some((step, error)) = applied.failed.drain(..).next() {
        let exit = diagnose(&error).exit;
        let told_apart = matches!(
            exit,
            Exit::Unhealthy | Exit::Unreachable | Exit::Conflict | Exit::Trust | Exit::Locked
        );
        let error = error.context(format!("{step}"));
        if told_apart || !began {
            return Err(error);
        }
        let hints = diagnose(&error).hints;
        let failure = Failure {
            exit: Exit::Partly,
            words: "the plan was carried out in part".into(),
            hints,
        }
        .hint("run the same command again: what is done stays done");
        return Err(error.context(failure));
    }
    if applied.interrupted {
        return Err(Failure::new(Exit::Interrupted, interrupted(&applied))
            .hint("run the same command again for the rest")
            .into());
    }
    Ok(())
}

/// What a take-over leaves that ended after the old workers and before anything else: how they are started again. From
/// the first file on, the way is ahead only.
pub fn half_taken_over(applied: &Applied) -> Option<Vec<String>> {
    let again: Vec<String> = applied
        .done
        .iter()
        .filter_map(|step| match step {
            Step::StopWorker { again, .. } => Some(again.clone()),
            _ => None,
        })
        .collect();
    let wrote = applied.done.iter().any(|step| step.path().is_some());
    (!again.is_empty() && !wrote && !applied.is_complete()).then_some(again)
}

/// The same, on top of what ended it.
pub fn with_the_way_back(error: anyhow::Error, again: Vec<String>) -> anyhow::Error {
    let diagnosis = diagnose(&error);
    let back = again
        .into_iter()
        .map(|command| format!("to start it again as it was, on the node: {command}"));
    let failure = Failure {
        exit: diagnosis.exit,
        words:
            "the bridge made by hand is stopped and not taken over; none of its files was changed"
                .to_owned(),
        hints: diagnosis.hints.into_iter().chain(back).collect(),
    };
    error.context(failure)
}

fn interrupted(applied: &Applied) -> String {
    let (done, left) = (applied.done.len(), applied.left);
    let not_begun = applied.not_started.len() - left;
    let mut words = format!("interrupted: {done} steps done");
    if not_begun > 0 || left == 0 {
        words += &format!(", {not_begun} not begun");
    }
    if left > 0 {
        let proofs = if left == 1 { "proof" } else { "proofs" };
        words += &format!(", {left} {proofs} left: what was started runs on");
    }
    words
}

/// What ended a run half-way, for its report.
pub fn document(error: &anyhow::Error) -> ErrorDocument {
    let diagnosis = diagnose(error);
    ErrorDocument::new(&diagnosis.chain, &diagnosis.hints, diagnosis.exit as u8)
}

/// `ann@laptop`: for the lock, the log on the node and saved plans.
pub fn who() -> String {
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| "somebody".into());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let who = format!("{user}@{}", host.trim());
    who.chars()
        .filter(|c| c.is_ascii_graphic())
        .take(120)
        .collect()
}

/// Events of an apply as bars and lines.
struct Voice<'a> {
    ctx: &'a Context,
    tasks: Mutex<BTreeMap<usize, Task>>,
}

impl Voice<'_> {
    fn tell(&self, event: Event) {
        let Ok(mut tasks) = self.tasks.lock() else {
            return;
        };
        let ui = &self.ctx.ui;
        match event {
            Event::Stage { .. } => {}
            Event::Started { index, step } => {
                let task = match step {
                    Step::UploadJar { size, .. } => ui.bytes(&step.to_string(), *size),
                    _ => ui.task(&step.to_string()),
                };
                tasks.insert(index, task);
            }
            Event::Progress { index, progress } => {
                if let Some(task) = tasks.get(&index) {
                    match progress {
                        Progress::Bytes { done, .. } => task.set(done),
                        Progress::Note(note) => task.message(&note),
                    }
                }
            }
            Event::Done { index, .. } => {
                if let Some(task) = tasks.remove(&index) {
                    task.done();
                }
            }
            Event::Failed { index, error, .. } => {
                match tasks.remove(&index) {
                    // nothing failed: that it was left is told at the end
                    Some(task) if error.is::<Left>() => drop(task),
                    Some(task) => task.failed(),
                    None => {}
                }
            }
        }
    }
}
