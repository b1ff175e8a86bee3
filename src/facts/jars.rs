//! The jars that count for a worker on the node: what lies in Kafka's own `libs`, and every jar with an IoT Hub connector
//! inside, wherever Connect would find it. What follows from that is the planner's business.

use super::edge::{PathFacts, SECTIONS_PROGRAM, path_facts};
use super::sections::{Sections, SectionsError};
use crate::edge::{Command, Remote};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const JARS_PROGRAM: &str = include_str!("../../templates/edge/jars.sh");

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Jars {
    /// File names of the jars in Kafka's `libs`, in the order in which Kafka's scripts put them on the class path.
    pub libs: Vec<String>,
    /// Jars that have a connector class of IoT Hub, by their path: in `libs`, in our plugin directory, and below every
    /// directory of a worker file's `plugin.path`. Found by what is inside, whatever they are called.
    pub connectors: BTreeMap<String, PathFacts>,
}

impl Jars {
    pub fn sha256(&self, path: &str) -> Option<&str> {
        self.connectors.get(path)?.sha256.as_deref()
    }
}

/// One exec, as root: a plugin directory may be closed to others. It reads all of `libs`, some hundred MB.
pub fn ask(remote: &dyn Remote, kafka_home: &str) -> anyhow::Result<Jars> {
    let program = [SECTIONS_PROGRAM, JARS_PROGRAM].concat();
    let command = Command::program("hdikafka-jars", &program, [kafka_home])
        .sudo()
        .timeout(Duration::from_secs(120));
    let answer = super::run_as_root(remote, &command)
        .with_context(|| format!("asking {} for its jars", remote.name()))?;
    Ok(parse(&answer)?)
}

pub fn parse(answer: &[u8]) -> Result<Jars, SectionsError> {
    let sections = Sections::parse(answer, "libs")?;
    let lines = |name: &str| sections.text(name);
    Ok(Jars {
        libs: lines("libs").lines().map(str::to_owned).collect(),
        connectors: lines("paths").lines().filter_map(path_facts).collect(),
    })
}
