//! A setup that is interrupted, cut off or met by another one: what is done stays done, the node is tidy, and the same
//! command again finishes it.

use super::node::Tree;
use super::stage::{Stage, eventually};
use hdikafka::sandbox::edge::ChannelCut;
use std::time::Duration;

const SETUP: [&str; 2] = ["setup", "--yes"];
const LOCK: &str = "/run/hdikafka.lock";

/// Nobody holds the lock, and no half-written file lies around.
fn is_tidy(stage: &Stage) {
    eventually("a node without left-overs", || {
        let lock = stage.rehearsal.edge.scratch().host_path(LOCK);
        let free = match std::fs::File::open(lock) {
            Ok(file) => file.try_lock_shared().is_ok(),
            Err(_) => true,
        };
        free && Tree::of(stage)
            .paths()
            .all(|path| !path.contains(".hdikafka-"))
    });
}

/// Slow enough that it is still under way when something is done to it.
fn slowly(stage: &Stage) {
    let node = &stage.rehearsal.edge;
    node.set_faults(|faults| faults.exec_delay = Duration::from_millis(400))
        .unwrap();
}

fn at_full_speed(stage: &Stage) {
    let node = &stage.rehearsal.edge;
    node.set_faults(|faults| faults.exec_delay = Duration::ZERO)
        .unwrap();
}

fn until_locked(stage: &Stage) {
    eventually("the lock", || {
        let path = stage.rehearsal.edge.scratch().host_path(LOCK);
        std::fs::read(path).is_ok_and(|text| !text.is_empty())
    });
}

#[test]
fn a_second_setup_is_told_who_has_the_lock() {
    let stage = Stage::new();
    slowly(&stage);
    let mut first = stage.start(&SETUP);
    until_locked(&stage);
    let second = stage
        .run(&SETUP)
        .failed(11, &["another run holds the lock", "ann@", "setup", "wait"]);
    assert!(
        first.is_running(),
        "the first was too fast for this case: {}",
        second.err
    );
    at_full_speed(&stage);
    first.finish().succeeded();
    let log = stage.text("/var/lib/hdikafka/operations.log");
    assert_eq!(log.lines().count(), 1, "{log}");
    stage.nothing_to_do(&SETUP);
}

#[test]
fn ctrl_c_ends_between_two_steps() {
    let stage = Stage::new();
    slowly(&stage);
    let going = stage.start(&SETUP);
    until_locked(&stage);
    eventually("its first step", || stage.exists("/etc/hdikafka"));
    going.signal(libc::SIGINT);
    let outcome = going.finish();
    assert_eq!(outcome.code, 130, "{}", outcome.err);
    for words in ["interrupted", "steps done", "run the same command again"] {
        assert!(
            outcome.err.contains(words),
            "{words:?} is not in {}",
            outcome.err
        );
    }
    at_full_speed(&stage);
    is_tidy(&stage);
    stage.run(&SETUP).succeeded();
    stage.nothing_to_do(&SETUP);
}

#[test]
fn a_session_that_is_cut_at_any_byte_leaves_a_tidy_node() {
    let stage = Stage::new();
    let node = &stage.rehearsal.edge;
    let mut failed = 0;
    for bytes in [9_000, 16_000, 25_000, 40_000] {
        node.set_faults(|faults| faults.cut_after = Some(bytes))
            .unwrap();
        let outcome = stage.run(&SETUP);
        node.set_faults(|faults| faults.cut_after = None).unwrap();
        if outcome.code != 0 {
            failed += 1;
            assert!([8, 12].contains(&outcome.code), "{bytes}: {}", outcome.err);
            assert!(outcome.err.contains("error: "), "{}", outcome.err);
        }
        is_tidy(&stage);
    }
    assert!(failed > 0, "no cut was met");
    stage.run(&SETUP).succeeded();
    stage.nothing_to_do(&SETUP);
}

#[test]
fn a_channel_that_is_cut_and_a_node_that_falls_silent() {
    let stage = Stage::new();
    let node = &stage.rehearsal.edge;
    let cut = ChannelCut {
        number: 6,
        after: 1,
    };
    node.set_faults(|faults| faults.cut_channel = Some(cut))
        .unwrap();
    let outcome = stage.run(&SETUP);
    assert!(node.faults().cut_channel.is_none(), "the cut was not met");
    assert!(
        [8, 12].contains(&outcome.code),
        "{}: {}",
        outcome.code,
        outcome.err
    );
    is_tidy(&stage);

    slowly(&stage);
    let going = stage.start(&["setup", "--yes", "--timeout", "2"]);
    until_locked(&stage);
    node.set_faults(|faults| faults.silent = true).unwrap();
    let outcome = going.finish();
    assert!(
        [8, 12].contains(&outcome.code),
        "{}: {}",
        outcome.code,
        outcome.err
    );
    node.set_faults(|faults| faults.silent = false).unwrap();
    node.drop_connections();
    at_full_speed(&stage);
    is_tidy(&stage);
    stage.run(&SETUP).succeeded();
    stage.nothing_to_do(&SETUP);
}
