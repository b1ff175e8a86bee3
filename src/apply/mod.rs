//! Carrying out an approved plan: consent as a type, execution as a seam, progress as a stream of events.

pub mod live;
pub mod record;
mod together;
pub mod wait;

use crate::plan::{Plan, Step};
use serde::Serialize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// A plan that somebody agreed to. Nothing can be applied without one.
#[must_use]
pub struct Approved(Plan);

impl Approved {
    /// By a person at the prompt, or by `--yes`.
    pub fn by_consent(plan: Plan) -> Self {
        Self(plan)
    }

    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// Does one step. The live one changes the world; tests have others.
pub trait Execute: Sync {
    fn execute(&self, step: &Step, progress: &dyn Fn(Progress)) -> anyhow::Result<()>;
}

/// What a step tells while it is under way.
#[derive(Clone, Debug)]
pub enum Progress {
    Bytes {
        done: u64,
        total: u64,
    },
    /// What it waits for.
    Note(String),
}

/// What happens, in the order in which it happens. The steps of a stage overlap; `index` tells them apart.
#[derive(Debug)]
pub enum Event<'a> {
    Stage {
        title: &'a str,
    },
    Started {
        index: usize,
        step: &'a Step,
    },
    Progress {
        index: usize,
        progress: Progress,
    },
    Done {
        index: usize,
        step: &'a Step,
    },
    Failed {
        index: usize,
        step: &'a Step,
        error: &'a anyhow::Error,
    },
}

/// What became of each step. Never loses one.
#[derive(Debug, Default)]
pub struct Applied {
    pub done: Vec<Step>,
    pub failed: Vec<(Step, anyhow::Error)>,
    pub not_started: Vec<Step>,
    /// How many of those are proofs that had begun ([`wait::Left`]).
    pub left: usize,
    /// Somebody asked to stop.
    pub interrupted: bool,
}

#[derive(Debug, Serialize)]
pub struct Summary {
    pub done: Vec<String>,
    pub failed: Vec<FailedStep>,
    pub not_started: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct FailedStep {
    pub step: String,
    pub error: String,
}

impl Applied {
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.not_started.is_empty()
    }

    pub fn summary(&self) -> Summary {
        let names = |steps: &[Step]| steps.iter().map(ToString::to_string).collect();
        let failed = self.failed.iter().map(|(step, error)| FailedStep {
            step: step.to_string(),
            error: format!("{error:#}"),
        });
        Summary {
            done: names(&self.done),
            failed: failed.collect(),
            not_started: names(&self.not_started),
        }
    }
}

/// Runs the stages in order, the steps of a stage side by side. After a failure, or once `stop` is set, the steps under way
/// are finished and no further stage begins.
pub fn apply(
    approved: Approved,
    execute: &dyn Execute,
    on: &(dyn Fn(Event) + Sync),
    stop: &AtomicBool,
) -> Applied {
    let mut applied = Applied::default();
    let mut index = 0;
    for stage in approved.0.stages {
        applied.interrupted |= stop.load(Ordering::Relaxed);
        if !applied.failed.is_empty() || applied.interrupted {
            applied.not_started.extend(stage.steps);
            continue;
        }
        on(Event::Stage {
            title: &stage.title,
        });
        let outcomes = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for (offset, step) in stage.steps.iter().enumerate() {
                let (index, outcomes) = (index + offset, &outcomes);
                scope.spawn(move || {
                    on(Event::Started { index, step });
                    let outcome =
                        execute.execute(step, &|progress| on(Event::Progress { index, progress }));
                    match &outcome {
                        Ok(()) => on(Event::Done { index, step }),
                        Err(error) => on(Event::Failed { index, step, error }),
                    }
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push((offset, outcome));
                    }
                });
            }
        });
        index += stage.steps.len();
        let mut outcomes = outcomes
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        outcomes.sort_by_key(|(offset, _)| *offset);
        for (step, (_, outcome)) in stage.steps.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => applied.done.push(step),
                Err(error) if error.is::<wait::Left>() => {
                    applied.not_started.push(step);
                    applied.left += 1;
                }
                Err(error) => applied.failed.push((step, error)),
            }
        }
    }
    applied.interrupted |= stop.load(Ordering::Relaxed) && !applied.not_started.is_empty();
    applied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::places::Connector;
    use crate::plan::Stage;

    struct Failing;
    impl Execute for Failing {
        fn execute(&self, step: &Step, _: &dyn Fn(Progress)) -> anyhow::Result<()> {
            match step {
                Step::StopConnector { .. } => anyhow::bail!("no"),
                _ => Ok(()),
            }
        }
    }

    fn topic(name: &str) -> Step {
        Step::CreateTopic {
            topic: name.into(),
            partitions: 1,
            replication_factor: 1,
        }
    }

    #[test]
    fn no_step_is_lost_when_one_fails() {
        let stop = Step::StopConnector {
            connector: Connector::Sink,
        };
        let stage = |steps: Vec<Step>| Stage {
            title: "x".into(),
            steps,
        };
        let stages = vec![
            stage(vec![topic("a")]),
            stage(vec![topic("b"), stop, topic("c")]),
            stage(vec![topic("d")]),
        ];
        let plan = Plan {
            stages,
            ..Plan::default()
        };
        let applied = apply(
            Approved::by_consent(plan),
            &Failing,
            &|_| {},
            &AtomicBool::new(false),
        );
        assert_eq!(
            (
                applied.done.len(),
                applied.failed.len(),
                applied.not_started.len()
            ),
            (3, 1, 1)
        );
        assert!(!applied.is_complete());
    }

    #[test]
    fn nothing_begins_after_a_wish_to_stop() {
        let plan = Plan {
            stages: vec![Stage {
                title: "x".into(),
                steps: vec![topic("a")],
            }],
            ..Plan::default()
        };
        let applied = apply(
            Approved::by_consent(plan),
            &Failing,
            &|_| {},
            &AtomicBool::new(true),
        );
        assert!(applied.interrupted && applied.done.is_empty() && applied.not_started.len() == 1);
    }
}
