//! What a worker says of itself and its connectors.

use super::error::{plain, plain_lines};
use serde::{Deserialize, Serialize};

/// A worker, and the cluster it works with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// Kafka's: `3.2.0`.
    pub version: String,
    #[serde(default)]
    pub commit: String,
    /// Kafka's own id of the cluster.
    #[serde(default)]
    pub kafka_cluster_id: String,
}

/// A connector by its REST status. RUNNING says little: a source that lost its hub, or whose topic is gone, stays so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectorStatus {
    pub name: String,
    /// `RUNNING`, `FAILED`, `PAUSED`, `UNASSIGNED`, `RESTARTING`.
    pub state: String,
    /// Address of the worker that it runs on.
    pub worker_id: String,
    pub trace: Option<String>,
    /// By id. Fewer than planned, even none, is possible beside RUNNING.
    pub tasks: Vec<Task>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    pub id: u32,
    pub state: String,
    pub worker_id: String,
    /// The stack trace of a failed task, several lines. Keys in it are left out.
    pub trace: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct StatusJson {
    name: String,
    connector: StateJson,
    #[serde(default)]
    tasks: Vec<StateJson>,
}

#[derive(Deserialize)]
struct StateJson {
    #[serde(default)]
    id: u32,
    state: String,
    #[serde(default)]
    worker_id: String,
    trace: Option<String>,
}

impl From<StatusJson> for ConnectorStatus {
    fn from(json: StatusJson) -> Self {
        let trace = |trace: Option<String>| trace.map(|trace| plain_lines(&trace));
        let mut tasks: Vec<Task> = json
            .tasks
            .into_iter()
            .map(|task| Task {
                id: task.id,
                state: plain(&task.state),
                worker_id: plain(&task.worker_id),
                trace: trace(task.trace),
            })
            .collect();
        tasks.sort_by_key(|task| task.id);
        Self {
            name: plain(&json.name),
            state: plain(&json.connector.state),
            worker_id: plain(&json.connector.worker_id),
            trace: trace(json.connector.trace),
            tasks,
        }
    }
}

impl WorkerInfo {
    pub(super) fn cleaned(self) -> Self {
        Self {
            version: plain(&self.version),
            commit: plain(&self.commit),
            kafka_cluster_id: plain(&self.kafka_cluster_id),
        }
    }
}
