//! The planner: facts + what is wanted → plan. Pure: no I/O, no clock, no environment.
//!
//! A plan is data: it can be shown, saved and compared. It never holds a secret.

mod change;
mod files;
mod jar;
mod refuse;
mod services;
mod step;
mod topics;
mod wanted;

pub use change::{Before, Change};
pub use refuse::{Refusal, Refused};
pub use step::{Directory, Position, Step};
pub use wanted::{From, Into, JarFile, Part, SecretsFile, SourceFormat, Wanted};

use crate::facts::Facts;
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

    fn push(&mut self, title: &str, steps: Vec<Step>) {
        if !steps.is_empty() {
            self.stages.push(Stage { title: title.to_owned(), steps });
        }
    }
}

/// The plan that leads from `facts` to `wanted`, or everything that forbids one.
pub fn plan(wanted: &Wanted, facts: &Facts) -> Result<Plan, Refused> {
    let mut refusals = refuse::before_anything(wanted, facts);
    let mut plan = Plan { title: format!("IoT Hub bridge {} ↔ {}", facts.hub.name, facts.cluster.name), ..Plan::default() };
    let mut content = Vec::new();
    let mut topic_steps = Vec::new();

    if wanted.has(Part::Jar) {
        content.extend(jar::plan(wanted, facts, &mut plan));
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
    let directories = files::directories(wanted, facts, &content);
    let changed: Vec<Connector> = Connector::BOTH
        .into_iter()
        .filter(|&connector| files::restart_needed(connector, wanted, facts, &content))
        .collect();
    let units = services::units(wanted, facts, &content);
    content.extend(topic_steps);

    plan.push("Directories", directories);
    plan.push("Files and topics", content);
    plan.push("Services", units);
    if wanted.has(Part::Services) {
        match services::start(wanted, facts, &changed, &mut plan) {
            Ok(stages) => stages.into_iter().for_each(|(title, steps)| plan.push(title, steps)),
            Err(refusal) => refusals.push(refusal),
        }
    } else {
        services::warn_of_restart(&changed, facts, &mut plan);
    }
    if refusals.is_empty() { Ok(plan) } else { Err(Refused(refusals)) }
}
