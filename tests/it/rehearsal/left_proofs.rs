//! Ctrl-C while a proof is watched: the command ends at once, what was started runs on, and the same command again
//! has nothing but the rest to do.

use super::stage::{Stage, eventually};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A run of which is read while it goes on what it says.
struct Watched {
    child: Child,
    said: std::path::PathBuf,
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Ended already is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Watched {
    fn start(stage: &Stage, arguments: &[&str]) -> Self {
        let said = stage.world.path("work/said");
        let file = File::create(&said).unwrap();
        let child = stage
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, said }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// Ctrl-C as soon as it says these words; then its exit code, all that it said, and how long the end took.
    fn interrupted_at(mut self, words: &[&str]) -> (Option<i32>, String, Duration) {
        eventually("the proofs are watched", || {
            let said = self.said();
            words.iter().all(|words| said.contains(words))
        });
        // SAFETY: no memory is involved; the child has not been waited for, so the id is still its own.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), libc::SIGINT) };
        assert_eq!(sent, 0);
        let begun = Instant::now();
        eventually("its end", || self.child.try_wait().unwrap().is_some());
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), None, "{}", self.said());
        (status.code(), self.said(), begun.elapsed())
    }
}

fn pids(stage: &Stage) -> [i64; 2] {
    ["source", "sink"].map(|connector| {
        let health = stage.health(connector);
        assert_eq!(health["state"], "RUNNING", "{health:#}");
        health["pid"].as_i64().unwrap()
    })
}

/// What both of them say, and how soon.
#[track_caller]
fn left(ended: &(Option<i32>, String, Duration), words: &[&str]) {
    let (code, said, took) = ended;
    assert_eq!(*code, Some(130), "{said}");
    for words in words {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    // It was to be watched for a minute. A second is the longest pause between two looks; the rest is a busy machine's.
    assert!(*took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn ctrl_c_leaves_the_proofs_of_a_setup() {
    let stage = Stage::new();
    stage.profile("stable_for = \"0s\"", "stable_for = \"60s\"");
    let setup = ["setup", "--yes"];
    let proofs = [
        "prove that the source runs (4 tasks) …",
        "prove that the sink runs (1 task) …",
    ];
    let ended = Watched::start(&stage, &setup).interrupted_at(&proofs);
    left(
        &ended,
        &[
            "ok: start the source",
            "ok: start the sink",
            "error: interrupted: ",
            " steps done, 2 proofs left: what was started runs on",
            "hint: run the same command again for the rest",
        ],
    );
    assert!(!ended.1.contains("failed: "), "{}", ended.1);
    let log = stage.text("/var/lib/hdikafka/operations.log");
    assert!(log.contains("\"result\":\"partly\""), "{log}");
    let running = pids(&stage);

    stage.profile("stable_for = \"60s\"", "stable_for = \"0s\"");
    stage.run(&setup).succeeded();
    stage.nothing_to_do(&setup);
    assert_eq!(pids(&stage), running, "a worker was started again");
}

#[test]
fn ctrl_c_leaves_the_proof_of_a_start() {
    let stage = Stage::bridge();
    stage.until_healthy();
    stage.run(&["connector", "stop", "source"]).succeeded();
    let start = ["connector", "start", "source", "--stable-for", "60s"];
    let ended =
        Watched::start(&stage, &start).interrupted_at(&["prove that the source runs (4 tasks) …"]);
    left(
        &ended,
        &[
            "ok: start the source",
            "1 steps done, 1 proof left: what was started runs on",
        ],
    );
    let running = pids(&stage);
    stage
        .run(&["connector", "start", "source", "--stable-for", "0s"])
        .succeeded();
    assert_eq!(pids(&stage), running, "a worker was started again");
}
