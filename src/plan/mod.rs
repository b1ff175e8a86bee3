//! The planner: facts + what is wanted → plan. Pure: no I/O, no clock, no environment.
//!
//! A plan is data: it can be shown, saved and compared. It never holds a secret.

mod by_hand;
mod change;
mod changed;
mod connector;
mod converter;
mod files;
mod jar;
mod refuse;
mod secrets;
mod services;
mod step;
mod topics;
mod unit;
mod wanted;
mod worker;

pub use by_hand::adopt;
pub use change::{Before, Change};
pub use changed::{Changed, Decisions, Which};
pub use converter::{Converter, Converters};
pub use refuse::{Refusal, Refused};
pub use secrets::{STAND_IN, in_the_clear};
pub use services::{Runner, StartFacts, StartWish};
pub use step::{Directory, InlineKey, Position, Process, Step};
pub use wanted::{From, Into, JarFile, Part, SecretWish, SecretsAs, Wanted};

use crate::facts::Facts;
use crate::facts::hub::Reach;
use crate::facts::places::Connector;
use serde::{Deserialize, Serialize};

/// What would be done. Stages one after the other, the steps of a stage side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub title: String,
    pub stages: Vec<Stage>,
    /// What is there already as it should be.
    pub in_place: Vec<String>,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub title: String,
    pub steps: Vec<Step>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(|stage| &stage.steps)
    }

    /// Does it end or go on with something that somebody made by hand? That wants a consent of its own.
    pub fn takes_over(&self) -> bool {
        self.steps()
            .any(|step| matches!(step, Step::StopWorker { .. } | Step::CarryOffsets { .. }))
    }

    fn push_all(&mut self, stages: services::Stages) {
        stages
            .into_iter()
            .for_each(|(title, steps)| self.push(title, steps));
    }

    fn push(&mut self, title: &str, steps: Vec<Step>) {
        if !steps.is_empty() {
            self.stages.push(Stage {
                title: title.to_owned(),
                steps,
            });
        }
    }
}

/// The plan that leads from `facts` to `wanted`, or everything that forbids one.
pub fn plan(wanted: &Wanted, facts: &Facts) -> Result<Plan, Refused> {
    let wanted = &by_hand::adopt(wanted, facts);
    let mut refusals = refuse::before_anything(wanted, facts);
    let mut plan = Plan {
        title: format!("IoT Hub bridge {} ↔ {}", facts.hub.name, facts.cluster.name),
        ..Plan::default()
    };
    let mut content = Vec::new();
    let mut away = Vec::new();
    let mut topic_steps = Vec::new();

    if wanted.has(Part::Jar) {
        content.extend(jar::plan(wanted, facts, &mut plan));
        away = jar::rivals(wanted, facts);
    }
    for part in [Part::Config, Part::Secrets, Part::Services] {
        if wanted.has(part) {
            match files::plan(part, wanted, facts, &mut plan) {
                Ok(steps) => content.extend(steps),
                Err(conflicts) => refusals.extend(conflicts),
            }
        }
    }
    if wanted.has(Part::Topics) {
        topic_steps = topics::plan(wanted, facts, &mut plan);
    }
    plan.warnings.extend(connector::misnamed(wanted, facts));
    let left_over = files::left_over(wanted, facts, &content);
    let all = [content.as_slice(), &away].concat();
    let directories = files::directories(wanted, facts, &all);
    let changed: Vec<Connector> = Connector::BOTH
        .into_iter()
        .filter(|&connector| files::restart_needed(connector, wanted, facts, &all))
        .collect();
    let units = services::units(wanted, facts, &content);
    content.extend(topic_steps);
    let take_over = by_hand::steps(wanted, facts, &mut plan);

    // what has no space fails before somebody's bridge is stopped
    plan.push("Directories", directories);
    // its offsets are whole only when it has ended, and nothing of it is changed before they are ours
    plan.push("Take over the bridge made by hand", take_over.first);
    plan.push("Offsets of the bridge made by hand", take_over.offsets);
    plan.push("Files and topics", content);
    // only when the jar that is wanted lies in its place
    plan.push("Other connector jars", away);
    if wanted.has(Part::Services) {
        let seen = StartFacts {
            edge: &facts.edge,
            health: &facts.health,
            sink: &facts.topics.sink,
        };
        match services::start(
            &start_wish(wanted, facts),
            &seen,
            &changed,
            units,
            &mut plan,
        ) {
            Ok(stages) => plan.push_all(stages),
            Err(refusal) => refusals.push(refusal),
        }
        if plan.steps().any(|step| {
            matches!(
                step,
                Step::StartConnector { .. } | Step::RestartConnector { .. }
            )
        }) {
            plan.warnings.extend(facts.hub.reach_problems());
        }
    } else {
        services::warn_of_restart(&changed, facts, &mut plan);
    }
    // only when nothing refers to them any more
    plan.push("Secrets that are not needed", left_over);
    if refusals.is_empty() {
        Ok(plan)
    } else {
        Err(Refused(refusals))
    }
}

/// The plan of `connector start` and `restart`: nothing is written, what is there is started and proven.
pub fn plan_start(wish: &StartWish, facts: &StartFacts, kafka_home: &str) -> Result<Plan, Refused> {
    let mut plan = Plan {
        title: "Start".to_owned(),
        ..Plan::default()
    };
    let mut refusals = refuse::before_start(wish, facts.edge, kafka_home);
    match services::start(wish, facts, &[], Vec::new(), &mut plan) {
        Ok(stages) => plan.push_all(stages),
        Err(refusal) => refusals.push(refusal),
    }
    if refusals.is_empty() {
        Ok(plan)
    } else {
        Err(Refused(refusals))
    }
}

/// The plan of `connector stop`.
pub fn plan_stop(connectors: &[Connector], edge: &crate::facts::edge::Edge) -> Plan {
    let mut plan = Plan {
        title: "Stop".to_owned(),
        ..Plan::default()
    };
    let (running, stopped): (Vec<_>, Vec<_>) = connectors.iter().copied().partition(|connector| {
        edge.units
            .get(connector)
            .is_some_and(|unit| !["inactive", "failed", ""].contains(&unit.active.as_str()))
    });
    plan.in_place = stopped
        .iter()
        .map(|connector| format!("{connector} not running"))
        .collect();
    plan.push(
        "Stop",
        running
            .into_iter()
            .map(|connector| Step::StopConnector { connector })
            .collect(),
    );
    plan
}

fn start_wish(wanted: &Wanted, facts: &Facts) -> StartWish {
    let runner = |connector| Runner {
        connector,
        name: wanted.name(connector).to_owned(),
        tasks: wanted.tasks(connector, facts.hub.partitions),
        port: wanted.port(connector),
    };
    // a host that has just answered the node is not asked again
    let answered = |host: &str| facts.hub.reach.get(host) == Some(&Reach::Ok);
    StartWish {
        connectors: Connector::BOTH.map(runner).to_vec(),
        hosts: Connector::BOTH
            .into_iter()
            .zip(facts.hub.hosts().map(str::to_owned))
            .filter(|(_, host)| !answered(host))
            .collect(),
        commands_topic: wanted.commands_topic.clone(),
        from: wanted.from.clone(),
        restart: false,
    }
}
