//! How a worker misbehaves when told to, for tests: a JSON file that a worker reads once, at its start. Here: what can
//! be asked for, and its file; each fault is carried out where the thing that breaks is.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// The environment variable that names the file.
pub const VARIABLE: &str = "HDIKAFKA_SANDBOX_WORKER_FAULTS";

/// Misbehaviour of one worker. Nothing set: none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// End in this way, this long after the first connector was created.
    pub crash: Option<Crash>,
    /// A task fails by itself.
    pub task_failed: Option<TaskFailed>,
    /// The start takes this much longer (milliseconds), before the REST port is there.
    pub slow_start_ms: u64,
    /// REST takes connections and answers none.
    pub rest_silent: bool,
    /// Tasks are RUNNING and go round no more.
    pub never_polls: bool,
    /// Lines at ERROR, logged when the connectors have been created.
    pub error_lines: Vec<String>,
    /// The offset file cannot be written, whoever owns it.
    pub offsets_unwritable: bool,
    /// Seconds that the log's clock is ahead (or, negative, behind).
    pub log_skew_s: i64,
    /// A SIGTERM before the connectors are created ends in the deadlock that the real worker has at times: only
    /// SIGKILL helps.
    pub hang_on_early_term: bool,
    /// Every SIGTERM ends like that.
    pub hang_on_term: bool,
    /// The offset file is cut in its middle at a clean end, as by a kill while it is written.
    pub truncate_offsets: bool,
    /// Milliseconds between `Creating connector` and its creation: the window for an early SIGTERM.
    pub slow_connector_ms: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Crash {
    pub after_ms: u64,
    /// Exit with this status; not looked at when there is a signal.
    pub status: u8,
    /// End by this signal instead.
    pub signal: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskFailed {
    pub task: u32,
    /// After the task's start.
    pub after_ms: u64,
    /// The exception's class.
    pub class: String,
    pub message: String,
    /// Once it was restarted this many times the task runs; `None`: it never does.
    pub restarts: Option<u32>,
}

/// Writes the file: faults by connector name, `*` for every other.
pub fn write(path: &Path, faults: &BTreeMap<String, Faults>) -> anyhow::Result<()> {
    let text = serde_json::to_vec_pretty(faults)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads the file. A file that is not there asks for nothing; one that cannot be read is an error, so that no test
/// passes for want of its fault.
pub fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Faults>> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .with_context(|| format!("{} holds no faults of a worker", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// What counts for a worker of these connectors: the first that is named, else `*`.
pub fn of(all: &BTreeMap<String, Faults>, names: &[String]) -> Faults {
    let named = names.iter().find_map(|name| all.get(name));
    named.or_else(|| all.get("*")).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_found_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("faults.json");
        assert!(read(&path).unwrap().is_empty());
        let silent = Faults {
            rest_silent: true,
            ..Faults::default()
        };
        let slow = Faults {
            slow_start_ms: 9,
            ..Faults::default()
        };
        let all = BTreeMap::from([
            ("a".to_owned(), silent.clone()),
            ("*".to_owned(), slow.clone()),
        ]);
        write(&path, &all).unwrap();
        let read_back = read(&path).unwrap();
        assert_eq!(of(&read_back, &["a".to_owned()]), silent);
        assert_eq!(of(&read_back, &["b".to_owned()]), slow);
        std::fs::write(&path, r#"{"a": {"tpyo": 1}}"#).unwrap();
        assert!(read(&path).is_err());
    }
}
