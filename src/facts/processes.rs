//! The Connect workers that run on the node: ours, and those that somebody started by hand.

use super::sections::{Sections, pairs};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerProcess {
    pub pid: u32,
    pub user: String,
    /// Our unit, if it is ours.
    pub unit: Option<String>,
    pub argv: Vec<String>,
    /// Of one that is not ours: when it began, in clock ticks since the node's boot.
    pub started: u64,
    /// And the SHA-256 of its arguments as /proc has them, in hex.
    pub argv_sha256: String,
    /// And its working directory.
    pub directory: String,
    /// And what it was started with: the worker file, then those of its connectors, with full paths.
    pub reads: Vec<String>,
}

impl WorkerProcess {
    /// The property files on its command line: what a person recognises it by.
    pub fn files(&self) -> Vec<&str> {
        self.argv
            .iter()
            .filter(|argument| argument.ends_with(".properties") && !argument.starts_with('-'))
            .map(String::as_str)
            .collect()
    }
}

/// All workers of an answer of `facts.sh`.
pub fn workers(sections: &Sections) -> Vec<WorkerProcess> {
    let text = sections.text("workers");
    let all = text.lines().filter_map(worker);
    all.map(|worker| by_hand(worker, sections)).collect()
}

fn worker(line: &str) -> Option<WorkerProcess> {
    let mut parts = line.splitn(4, ' ');
    let (pid, user, unit, argv) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(WorkerProcess {
        pid: pid.parse().ok()?,
        user: user.to_owned(),
        unit: (unit != "-").then(|| unit.to_owned()),
        argv: argv
            .split('\u{1f}')
            .filter(|argument| !argument.is_empty())
            .map(str::to_owned)
            .collect(),
        ..WorkerProcess::default()
    })
}

/// What is told of a worker that is not ours.
fn by_hand(mut worker: WorkerProcess, sections: &Sections) -> WorkerProcess {
    let about = sections.text(&format!("worker:{}", worker.pid));
    for (key, value) in pairs(&about) {
        match key {
            "started" => worker.started = value.parse().unwrap_or_default(),
            "argv" => worker.argv_sha256 = value.to_owned(),
            "cwd" => worker.directory = value.to_owned(),
            "reads" => worker.reads.push(value.to_owned()),
            _ => {}
        }
    }
    worker
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_of_somebodys_is_told_with_what_it_reads() {
        let answer = |name: &str, body: &str| format!("{name} {}\n{body}\n", body.len());
        let line = "812 kafka - java\u{1f}-cp\u{1f}x y\u{1f}a.properties\u{1f}\n";
        let about =
            "started=4711\nargv=ab\ncwd=/home/ann/x = y\nreads=/home/ann/a.properties\nreads=/b\n";
        let text = [
            answer(
                "workers",
                &format!("{line}813 kafka hdikafka-sink.service java\u{1f}\n"),
            ),
            answer("worker:812", about),
            "end 0\n\n".to_owned(),
        ]
        .concat();
        let sections = Sections::parse(text.as_bytes(), "workers").unwrap();
        let [process, ours] = &workers(&sections)[..] else {
            panic!("two of them")
        };
        assert_eq!(
            (process.pid, &process.unit, process.files()),
            (812, &None, vec!["a.properties"])
        );
        assert_eq!(
            (process.started, process.argv_sha256.as_str()),
            (4711, "ab")
        );
        assert_eq!(process.directory, "/home/ann/x = y");
        assert_eq!(process.reads, ["/home/ann/a.properties", "/b"]);
        assert_eq!(ours.unit.as_deref(), Some("hdikafka-sink.service"));
    }
}
