//! Looking at the connectors: the node's own view by one exec, the workers' REST API through the node, one judgement.

use super::edge::{self, Edge, SECTIONS_PROGRAM, UnitFacts, connector_state};
use super::health::{Health, Observation, Rest, judge};
use super::log::LogFacts;
use super::places::Connector;
use super::sections::Sections;
use crate::connect::{self, Login};
use crate::edge::{Command, Remote};
use std::sync::Arc;
use std::time::Duration;

const STATE_PROGRAM: &str = include_str!("../../templates/edge/state.sh");

/// What a healthy connector has to show.
#[derive(Clone, Debug)]
pub struct Expected {
    pub connector: Connector,
    /// What Connect calls it.
    pub name: String,
    pub tasks: u32,
    pub port: u16,
}

/// One look at one connector: one exec, and one REST request when its unit is running.
pub fn connector(remote: &Arc<dyn Remote>, expected: &Expected) -> anyhow::Result<Health> {
    let program = [SECTIONS_PROGRAM, STATE_PROGRAM].concat();
    let word = expected.connector.word();
    let command = Command::program("hdikafka-state", &program, [word])
        .sudo()
        .timeout(Duration::from_secs(30));
    let answer = super::run_as_root(remote.as_ref(), &command)?;
    let sections = Sections::parse(&answer, &format!("unit:{word}"))?;
    let (unit, log) = connector_state(&sections, expected.connector);
    let unwritable: Vec<String> = sections
        .text("unwritable")
        .lines()
        .map(str::to_owned)
        .collect();
    let login = edge::login(&sections, expected.connector);
    let rest = rest(remote, expected, &unit, login);
    Ok(judge_one(expected, &unit, &log, &rest, &unwritable))
}

/// Both connectors, from facts of the edge that are there already: only REST is asked, side by side.
pub fn both(remote: &Arc<dyn Remote>, edge: &Edge, expected: &[Expected]) -> Vec<Health> {
    std::thread::scope(|scope| {
        let looks: Vec<_> = expected
            .iter()
            .map(|expected| {
                scope.spawn(move || {
                    let (unit, log) = (
                        unit(edge, expected.connector),
                        edge.logs.get(&expected.connector),
                    );
                    let login = edge.logins.get(&expected.connector).cloned();
                    let rest = rest(remote, expected, &unit, login);
                    judge_one(
                        expected,
                        &unit,
                        &log.cloned().unwrap_or_default(),
                        &rest,
                        &edge.unwritable,
                    )
                })
            })
            .collect();
        looks
            .into_iter()
            .filter_map(|look| look.join().ok())
            .collect()
    })
}

fn unit(edge: &Edge, connector: Connector) -> UnitFacts {
    edge.units.get(&connector).cloned().unwrap_or_default()
}

fn judge_one(
    expected: &Expected,
    unit: &UnitFacts,
    log: &LogFacts,
    rest: &Rest,
    unwritable: &[String],
) -> Health {
    judge(&Observation {
        connector: expected.connector,
        expected_tasks: expected.tasks,
        unit,
        log,
        rest,
        unwritable,
    })
}

/// The worker's REST API listens on the node's loopback only; a stream through the node reaches it.
fn rest(
    remote: &Arc<dyn Remote>,
    expected: &Expected,
    unit: &UnitFacts,
    login: Option<Login>,
) -> Rest {
    if !unit.is_running() {
        return Rest::Silent;
    }
    match client(remote, "127.0.0.1", expected.port, login)
        .and_then(|client| Ok(client.status(&expected.name)?))
    {
        Ok(Some(status)) => Rest::Status {
            state: status.state,
            tasks: status
                .tasks
                .into_iter()
                .map(|task| (task.id, task.state, task.trace))
                .collect(),
        },
        Ok(None) => Rest::Unknown,
        Err(_) => Rest::Silent,
    }
}

/// A worker's REST API where the node finds it.
pub fn client(
    remote: &Arc<dyn Remote>,
    host: &str,
    port: u16,
    login: Option<Login>,
) -> anyhow::Result<connect::Client> {
    let (remote, host) = (Arc::clone(remote), host.to_owned());
    let dial = move || remote.dial(&host, port).map_err(std::io::Error::other);
    Ok(connect::Client::new(Box::new(dial), login)?)
}
