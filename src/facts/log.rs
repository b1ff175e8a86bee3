//! What a worker's log says since the last start of its unit, as counted on the node by `log_digest`.

use crate::secret::redact;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogFacts {
    /// The marker of this start was found. Without it nothing below is about this start.
    pub begun: bool,
    /// Poll lines per task (`task-0`): the only sign in the log that a task goes round.
    pub polls: BTreeMap<String, u64>,
    /// Tasks that said "finished initialization and start".
    pub ready: BTreeSet<String>,
    pub created: bool,
    /// Lines at ERROR, without those that Kafka 2.4 prints on each healthy start.
    pub errors: u64,
    /// The first ERROR lines and what follows each, keys taken out.
    pub error_lines: Vec<String>,
    pub metadata_warnings: u64,
    pub metadata_warning: Option<String>,
    /// The last lines, keys taken out.
    pub tail: Vec<String>,
}

impl LogFacts {
    pub fn parse(text: &str) -> Self {
        let mut log = Self::default();
        for line in text.lines() {
            let (kind, rest) = line.split_at_checked(1).unwrap_or((line, ""));
            let rest = rest.trim_start_matches(' ');
            match kind {
                "B" => log.begun = true,
                "P" => {
                    if let Some((task, count)) = rest.rsplit_once(' ') {
                        log.polls
                            .insert(task.to_owned(), count.parse().unwrap_or(0));
                    }
                }
                "S" => drop(log.ready.insert(rest.to_owned())),
                "C" => log.created = true,
                "E" => log.errors = rest.parse().unwrap_or(0),
                "e" => log.error_lines.push(clean(rest)),
                "M" => log.metadata_warnings = rest.parse().unwrap_or(0),
                "m" => log.metadata_warning = Some(clean(rest)),
                "t" => log.tail.push(clean(rest)),
                _ => {}
            }
        }
        log
    }
}

/// Without keys and without anything that could drive a terminal.
pub fn clean(line: &str) -> String {
    redact(line)
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_and_keys_do_not_survive_it() {
        let log = LogFacts::parse(
            "B\nP task-0 12\nP task-1 0\nS task-0\nC\nE 1\ne [x] ERROR boom SharedAccessKey=geheim; x\nM 3\nm [x] WARN topic\nt last\u{1b}[31m\n",
        );
        assert!(log.begun && log.created);
        assert_eq!(
            (log.polls["task-0"], log.errors, log.metadata_warnings),
            (12, 1, 3)
        );
        assert_eq!(
            log.error_lines,
            ["[x] ERROR boom SharedAccessKey=(redacted); x"]
        );
        assert_eq!(log.tail, ["last[31m"]);
    }
}
