//! Units, starts, the gate before the sink, and proof.

use super::{From, Plan, Position, Refusal, Step, Wanted};
use crate::facts::Facts;
use crate::facts::edge::Edge;
use crate::facts::health::{Health, Verdict};
use crate::facts::places::{Connector, sink_group};
use crate::facts::topics::SinkPosition;
use serde::{Deserialize, Serialize};

/// Daemon-reload and enablement, when a unit file changes or a unit is not as wanted at boot.
pub(super) fn units(wanted: &Wanted, facts: &Facts, content: &[Step]) -> Vec<Step> {
    if !wanted.has(super::Part::Services) {
        return Vec::new();
    }
    let writes_unit = |connector: Connector| {
        content
            .iter()
            .any(|step| step.path() == Some(&connector.unit_path()))
    };
    let at_boot =
        |connector: Connector| connector == Connector::Source || wanted.sink_start_at_boot;
    let mut enable = Vec::new();
    let mut disable = Vec::new();
    let mut reload = false;
    for connector in Connector::BOTH {
        let unit = facts
            .edge
            .units
            .get(&connector)
            .cloned()
            .unwrap_or_default();
        reload |= writes_unit(connector) || unit.needs_reload;
        match (at_boot(connector), unit.enabled) {
            (true, false) => enable.push(connector),
            (false, true) => disable.push(connector),
            _ => {}
        }
    }
    if reload || !enable.is_empty() || !disable.is_empty() {
        vec![Step::EnableUnits { enable, disable }]
    } else {
        Vec::new()
    }
}

/// What is to run: enough to start connectors with or without a whole setup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartWish {
    pub connectors: Vec<Runner>,
    /// Hosts that the node must reach on 5671, each for the connector that speaks to it.
    pub hosts: Vec<(Connector, String)>,
    pub commands_topic: String,
    pub from: Option<From>,
    /// Restart what runs, even if nothing speaks for it.
    pub restart: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runner {
    pub connector: Connector,
    /// What Connect calls it.
    pub name: String,
    pub tasks: u32,
    pub port: u16,
}

/// What is true of them.
pub struct StartFacts<'a> {
    pub edge: &'a Edge,
    pub health: &'a [Health],
    pub sink: &'a SinkPosition,
}

pub(super) type Stages = Vec<(&'static str, Vec<Step>)>;

/// Units, position, start and proof. A connector that runs with unchanged files and is healthy needs nothing. Systemd and
/// Kafka know nothing of each other, so what `units` wants of the one and the position of the other are had side by side.
pub(super) fn start(
    wish: &StartWish,
    facts: &StartFacts,
    changed: &[Connector],
    units: Vec<Step>,
    plan: &mut Plan,
) -> Result<Stages, Refusal> {
    let mut positions = Vec::new();
    let mut starts = Vec::new();
    let mut proofs = Vec::new();
    for runner in &wish.connectors {
        let connector = runner.connector;
        let hosts = wish
            .hosts
            .iter()
            .filter(|(of, _)| *of == connector)
            .map(|(_, host)| host.clone())
            .collect();
        let running = facts
            .edge
            .units
            .get(&connector)
            .is_some_and(|unit| unit.is_running());
        let verdict = facts
            .health
            .iter()
            .find(|health| health.connector == connector)
            .map(|health| health.verdict);
        let speaks_for_it =
            changed.contains(&connector) || verdict == Some(Verdict::Unhealthy) || wish.restart;
        if running && !speaks_for_it {
            if verdict == Some(Verdict::Healthy) {
                plan.in_place
                    .push(format!("{connector} running and healthy"));
                continue;
            }
        } else {
            match connector {
                Connector::Source => offset_file(facts.edge)?,
                Connector::Sink => {
                    positions.extend(sink_gate(wish, &runner.name, facts.sink, plan)?)
                }
            }
            starts.push(match running {
                true => Step::RestartConnector { connector, hosts },
                false => Step::StartConnector { connector, hosts },
            });
        }
        proofs.push(Step::Prove {
            connector,
            name: runner.name.clone(),
            tasks: runner.tasks,
            port: runner.port,
        });
    }
    let before_start = match (units.is_empty(), positions.is_empty()) {
        (false, false) => "Services, and the position of the sink",
        (false, true) => "Services",
        (true, _) => "Position of the sink",
    };
    Ok(vec![
        (before_start, [units, positions].concat()),
        ("Start", starts),
        ("Proof", proofs),
    ])
}

/// A damaged offset file is read by Connect as "from the beginning", in silence.
fn offset_file(edge: &Edge) -> Result<(), Refusal> {
    let path = Connector::Source.offset_file();
    match &edge.offset_problem {
        None => Ok(()),
        Some(problem) => Err(Refusal::conflict(
            format!("the offset file {path} cannot be used: {problem}"),
            format!(
                "put a good copy of it back ({path}.after-stop, if it is there), or move it away to begin at IotHub.StartTime"
            ),
        )),
    }
}

/// Before every start of the sink: a first start may send a whole backlog to devices.
fn sink_gate(
    wish: &StartWish,
    name: &str,
    sink: &SinkPosition,
    plan: &mut Plan,
) -> Result<Option<Step>, Refusal> {
    if sink.active {
        return Ok(None);
    }
    let topic = &wish.commands_topic;
    let commit = |position| Step::CommitGroup {
        group: sink_group(name),
        topic: topic.clone(),
        position,
    };
    if let Some(from) = &wish.from {
        return Ok(Some(commit(match from {
            From::Earliest => Position::Earliest,
            From::Latest => Position::Latest,
            From::Time(ms) => Position::Time(*ms),
        })));
    }
    let waiting = sink.waiting();
    if waiting == 0 {
        // an idle sink commits nothing: without a position of its own, tomorrow's first commands look like a backlog
        let fresh = sink.committed.is_empty() || !sink.uncommitted().is_empty();
        return Ok(fresh.then(|| commit(Position::Latest)));
    }
    let words = backlog_words(sink);
    if sink.committed.is_empty() {
        return Err(Refusal::conflict(
            format!(
                "the sink has never run and {words} in {topic}: starting it would send all of that"
            ),
            "say where it begins: --from latest, --from earliest or --from TIME",
        ));
    }
    plan.warnings.push(format!(
        "{words} in {topic}: starting the sink sends all of that"
    ));
    Ok(None)
}

fn backlog_words(sink: &SinkPosition) -> String {
    let waiting = sink.waiting();
    let noun = if waiting == 1 {
        "command waits"
    } else {
        "commands wait"
    };
    match &sink.backlog {
        Some(backlog) => {
            let devices = if backlog.devices == 1 {
                "1 device".to_owned()
            } else {
                format!("{} devices", backlog.devices)
            };
            let oldest = backlog
                .oldest_ms
                .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            let since = oldest
                .map(|time| format!(", the oldest since {time:.0}"))
                .unwrap_or_default();
            format!("{waiting} {noun} for {devices}{since},")
        }
        None => format!("{waiting} {noun}"),
    }
}

/// Files changed but services were not asked for: say what that leaves.
pub(super) fn warn_of_restart(changed: &[Connector], facts: &Facts, plan: &mut Plan) {
    for connector in changed {
        if facts
            .edge
            .units
            .get(connector)
            .is_some_and(|unit| unit.is_running())
        {
            plan.warnings.push(format!("the {connector} runs with its old files until `hdikafka connector restart {connector}`"));
        }
    }
}
