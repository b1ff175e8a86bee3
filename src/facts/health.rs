//! Is a connector healthy? A pure judgement from the unit, its log since the start and the worker's REST answer.
//!
//! Neither "active" nor RUNNING proves anything: a source without its topic, with an unwritable offset file or with no
//! task at all says RUNNING. Healthy = as many tasks as planned, all RUNNING, a poll line of each task since the start,
//! no ERROR since, no metadata warning, offset file writable.

use super::cause::{self, Cause};
use super::edge::UnitFacts;
use super::log::LogFacts;
use super::places::Connector;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Healthy,
    /// Nothing is wrong, but not everything that would prove it has been seen.
    Starting,
    Unhealthy,
    Stopped,
    /// There is no unit.
    Absent,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Starting => "starting",
            Self::Unhealthy => "unhealthy",
            Self::Stopped => "stopped",
            Self::Absent => "absent",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub connector: Connector,
    pub verdict: Verdict,
    /// `RUNNING`, `FAILED`, … as Connect says; `-` when the worker does not answer.
    pub state: String,
    pub tasks: Vec<Task>,
    pub expected_tasks: u32,
    pub pid: u32,
    pub since: String,
    pub restarts: u32,
    /// What is still missing for "healthy", in words.
    pub missing: Vec<String>,
    /// Why it is not healthy.
    pub cause: Option<Cause>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: u32,
    pub state: String,
    /// Poll lines of this task since the start.
    pub polls: u64,
    /// The beginning of the trace of a failed task, keys taken out.
    pub trace: Option<String>,
}

/// What the worker's REST API said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rest {
    /// Not asked, or no answer (the worker may still be starting).
    Silent,
    /// The worker answers but knows no such connector (yet).
    Unknown,
    Status {
        state: String,
        tasks: Vec<(u32, String, Option<String>)>,
    },
}

/// Everything that one judgement rests on.
pub struct Observation<'a> {
    pub connector: Connector,
    pub expected_tasks: u32,
    pub unit: &'a UnitFacts,
    pub log: &'a LogFacts,
    pub rest: &'a Rest,
    /// Offset file or directory that the run user cannot write.
    pub unwritable: &'a [String],
}

impl Health {
    pub fn is_running(&self) -> bool {
        self.state == "RUNNING"
            && self.tasks.len() as u32 == self.expected_tasks
            && self.tasks.iter().all(|task| task.state == "RUNNING")
    }
}

pub fn judge(seen: &Observation) -> Health {
    let (state, tasks) = match seen.rest {
        Rest::Status { state, tasks } => (state.clone(), tasks.as_slice()),
        Rest::Silent | Rest::Unknown => ("-".to_owned(), &[][..]),
    };
    let polls = |id: u32| {
        let of_task = seen
            .log
            .polls
            .get(&format!("task-{id}"))
            .copied()
            .unwrap_or(0);
        // Kafka before 2.3 has no connector context in its log lines
        of_task
            + if id == 0 {
                seen.log.polls.get("task-?").copied().unwrap_or(0)
            } else {
                0
            }
    };
    let tasks = tasks.iter().map(|(id, state, trace)| Task {
        id: *id,
        state: state.clone(),
        polls: polls(*id),
        trace: trace.as_deref().map(cause::first_lines),
    });
    let mut health = Health {
        connector: seen.connector,
        verdict: Verdict::Healthy,
        state,
        tasks: tasks.collect(),
        expected_tasks: seen.expected_tasks,
        pid: seen.unit.pid,
        since: seen.unit.since.clone(),
        restarts: seen.unit.restarts,
        missing: Vec::new(),
        cause: None,
    };
    health.verdict = verdict(seen, &mut health);
    health
}

fn verdict(seen: &Observation, health: &mut Health) -> Verdict {
    if !seen.unit.loaded {
        return Verdict::Absent;
    }
    let unwritable = seen
        .unwritable
        .first()
        .filter(|_| seen.connector == Connector::Source);
    if seen.unit.has_failed() {
        health.cause = Some(match unwritable {
            Some(path) => Cause::unwritable(path),
            None => cause::of_exit(seen.unit, seen.log),
        });
        return Verdict::Unhealthy;
    }
    if !seen.unit.is_running() {
        return if seen.unit.active == "activating" {
            Verdict::Starting
        } else {
            Verdict::Stopped
        };
    }
    let failed = health.tasks.iter().find(|task| task.state == "FAILED");
    if let Some(trace) = failed.and_then(|task| task.trace.clone()) {
        health.cause = Some(cause::of_text(&trace).unwrap_or_else(|| Cause::unknown(&trace)));
        return Verdict::Unhealthy;
    }
    if failed.is_some() || health.state == "FAILED" {
        health.cause = Some(
            cause::of_log(seen.log)
                .unwrap_or_else(|| Cause::unknown("a task is FAILED and gives no trace")),
        );
        return Verdict::Unhealthy;
    }
    if let Some(path) = unwritable {
        health.cause = Some(Cause::unwritable(path));
        return Verdict::Unhealthy;
    }
    if seen.log.metadata_warnings > 0 && seen.log.polls.values().all(|&polls| polls == 0)
        || seen.log.metadata_warnings > 20
    {
        health.cause = Some(cause::of_metadata(seen.log));
        return Verdict::Unhealthy;
    }
    if seen.log.errors > 0 {
        health.cause = cause::of_log(seen.log);
        return Verdict::Unhealthy;
    }
    missing(seen, health);
    if health.missing.is_empty() {
        Verdict::Healthy
    } else {
        Verdict::Starting
    }
}

fn missing(seen: &Observation, health: &mut Health) {
    match seen.rest {
        Rest::Silent => health
            .missing
            .push("the worker's REST port does not answer".into()),
        Rest::Unknown => health
            .missing
            .push("the worker does not know the connector yet".into()),
        Rest::Status { .. } => {
            if health.tasks.len() as u32 != seen.expected_tasks {
                health.missing.push(format!(
                    "{} of {} tasks are there",
                    health.tasks.len(),
                    seen.expected_tasks
                ));
            }
            for task in health.tasks.iter().filter(|task| task.state != "RUNNING") {
                health
                    .missing
                    .push(format!("task {} is {}", task.id, task.state));
            }
            let silent: Vec<String> = health
                .tasks
                .iter()
                .filter(|task| task.polls == 0)
                .map(|task| task.id.to_string())
                .collect();
            if !silent.is_empty() && !one_line_for_all(seen.log) {
                health
                    .missing
                    .push(format!("no poll line yet of task {}", silent.join(", ")));
            }
        }
    }
    if !seen.log.begun {
        health
            .missing
            .push("its log does not reach back to its start".into());
    }
}

/// Without the connector context in the log, any poll line has to stand for all tasks.
fn one_line_for_all(log: &LogFacts) -> bool {
    log.polls.get("task-?").is_some_and(|&polls| polls > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> UnitFacts {
        UnitFacts {
            loaded: true,
            active: "active".into(),
            pid: 7,
            ..UnitFacts::default()
        }
    }

    fn log() -> LogFacts {
        LogFacts {
            begun: true,
            polls: [("task-0".to_owned(), 3), ("task-1".to_owned(), 1)].into(),
            ..LogFacts::default()
        }
    }

    fn rest(states: &[&str]) -> Rest {
        let task = |(id, state): (usize, &&str)| (id as u32, (*state).to_owned(), None);
        Rest::Status {
            state: "RUNNING".into(),
            tasks: states.iter().enumerate().map(task).collect(),
        }
    }

    fn seen(unit: &UnitFacts, log: &LogFacts, rest: &Rest, unwritable: &[String]) -> Health {
        judge(&Observation {
            connector: Connector::Source,
            expected_tasks: 2,
            unit,
            log,
            rest,
            unwritable,
        })
    }

    #[test]
    fn healthy_needs_every_sign() {
        assert_eq!(
            seen(&unit(), &log(), &rest(&["RUNNING", "RUNNING"]), &[]).verdict,
            Verdict::Healthy
        );
        let one = seen(&unit(), &log(), &rest(&["RUNNING"]), &[]);
        assert_eq!(
            (one.verdict, one.missing),
            (Verdict::Starting, vec!["1 of 2 tasks are there".to_owned()])
        );
        let silent = LogFacts {
            polls: [("task-0".to_owned(), 3)].into(),
            ..log()
        };
        let health = seen(&unit(), &silent, &rest(&["RUNNING", "RUNNING"]), &[]);
        assert_eq!(
            (health.verdict, health.missing),
            (
                Verdict::Starting,
                vec!["no poll line yet of task 1".to_owned()]
            )
        );
        assert_eq!(
            seen(
                &unit(),
                &LogFacts::default(),
                &rest(&["RUNNING", "RUNNING"]),
                &[]
            )
            .verdict,
            Verdict::Starting
        );
    }

    #[test]
    fn running_is_not_believed_against_the_evidence() {
        let both = rest(&["RUNNING", "RUNNING"]);
        let missing_topic = LogFacts {
            metadata_warnings: 30,
            metadata_warning: Some("Error while fetching metadata with correlation id 3 : {iotin=UNKNOWN_TOPIC_OR_PARTITION}".into()),
            ..log()
        };
        let health = seen(&unit(), &missing_topic, &both, &[]);
        assert_eq!(health.verdict, Verdict::Unhealthy);
        assert!(health.cause.unwrap().words.contains("iotin"));
        let health = seen(
            &unit(),
            &log(),
            &both,
            &["/var/lib/hdikafka/offsets".to_owned()],
        );
        assert_eq!(health.verdict, Verdict::Unhealthy);
        let errors = LogFacts {
            errors: 1,
            error_lines: vec!["[x] ERROR Failed to commit offsets".into()],
            ..log()
        };
        assert_eq!(
            seen(&unit(), &errors, &both, &[]).verdict,
            Verdict::Unhealthy
        );
    }

    #[test]
    fn a_unit_that_is_not_there_or_not_running_is_told_apart() {
        let silent = Rest::Silent;
        assert_eq!(
            seen(&UnitFacts::default(), &log(), &silent, &[]).verdict,
            Verdict::Absent
        );
        let stopped = UnitFacts {
            active: "inactive".into(),
            pid: 0,
            ..unit()
        };
        assert_eq!(
            seen(&stopped, &log(), &silent, &[]).verdict,
            Verdict::Stopped
        );
        let failed = UnitFacts {
            active: "failed".into(),
            pid: 0,
            exit_status: 3,
            ..unit()
        };
        assert_eq!(
            seen(&failed, &log(), &silent, &[]).verdict,
            Verdict::Unhealthy
        );
    }
}
