//! What is true now: each file a question and a pure parser of the answer. Partial results are allowed.
//!
//! Plain data only: the planner is tested with these types read from files.

pub mod cause;
pub mod cluster;
pub mod drift;
pub mod edge;
pub mod flow;
pub mod health;
pub mod hub;
pub mod jars;
pub mod log;
pub mod manifest;
pub mod observe;
pub mod offsets;
pub mod places;
pub mod processes;
pub mod sections;
pub mod topics;

use serde::{Deserialize, Serialize};

/// All that `setup` knows before it plans.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    pub cluster: cluster::Cluster,
    pub edge: edge::Edge,
    pub hub: hub::Hub,
    pub topics: topics::Topics,
    /// Asked apart from `edge`, because it means reading all of them.
    #[serde(default)]
    pub jars: jars::Jars,
    /// Health of the two connectors, judged from history; in the order source, sink.
    pub health: Vec<health::Health>,
}

use crate::edge::{Command, Output, Remote, Status};

/// Root was refused on the node: its own words.
#[derive(Debug, thiserror::Error)]
#[error("{node} does not let {user} become root: {words}")]
pub struct SudoRefused {
    pub node: String,
    pub user: String,
    pub words: String,
}

/// A program of ours ended with an error on the node.
#[derive(Debug, thiserror::Error)]
#[error("{program} ended with {status} on {node}: {words}")]
pub struct ProgramFailed {
    pub node: String,
    pub program: String,
    pub status: String,
    pub words: String,
}

/// Runs a program of ours and gives its stdout. A refused sudo is told apart from a program that failed.
pub fn run_as_root(remote: &dyn Remote, command: &Command) -> anyhow::Result<Vec<u8>> {
    let output = remote.run(command)?;
    if output.success() {
        return Ok(output.stdout);
    }
    Err(failure(remote, command, &output))
}

/// Why a finished command of ours did not succeed.
pub fn failure(remote: &dyn Remote, command: &Command, output: &Output) -> anyhow::Error {
    if let Some(words) = crate::edge::sudo_refusal(output) {
        let node = remote.name();
        let user = node
            .split_once('@')
            .map_or("this user", |(user, _)| user)
            .to_owned();
        return SudoRefused { node, user, words }.into();
    }
    let status = match &output.status {
        Status::Code(code) => format!("code {code}"),
        Status::Signal(signal) => format!("signal {signal}"),
    };
    let program = command
        .argv
        .get(3)
        .or(command.argv.first())
        .cloned()
        .unwrap_or_default();
    let words = String::from_utf8_lossy(&output.stderr)
        .trim()
        .replace(|c: char| c.is_control(), " ");
    ProgramFailed {
        node: remote.name(),
        program,
        status,
        words,
    }
    .into()
}
