//! The lock: by the program alone in every shell, and over SSH, where it can be lost.

use super::node::{Node, eventually};
use super::programs::{Shell, finish, shells as all_shells};
use hdikafka::edge::{Local, Lock, LockError};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const PROGRAM: &str = include_str!("../../../templates/edge/lock.sh");

/// Those that have the tools; a busybox may come without flock.
fn shells() -> Vec<Shell> {
    let has_flock = |shell: &Shell| shell.run("command -v flock", "probe", &[], b"").code == 0;
    all_shells().into_iter().filter(has_flock).collect()
}

/// Whether somebody holds it, found out as the next run would.
fn is_free(path: &Path) -> bool {
    Command::new("flock")
        .arg("-n")
        .arg(path)
        .arg("true")
        .status()
        .unwrap()
        .success()
}

fn hold(shell: &Shell, path: &str, who: &str, silence: &str) -> Child {
    let mut child = shell
        .command(PROGRAM, "lock", &[path, who, silence])
        .spawn()
        .unwrap();
    let mut answer = [0; 7];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut answer)
        .unwrap();
    assert_eq!(&answer, b"locked\n", "{}", shell.name);
    child
}

#[test]
fn held_until_the_end_of_input() {
    for shell in shells() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("it's the lock");
        let name = path.to_str().unwrap();
        let mut child = hold(&shell, name, "ann@laptop, setup", "20");
        assert!(!is_free(&path));
        let second = shell.run(PROGRAM, "lock", &[name, "bob", "20"], b"");
        assert_eq!(second.code, 20, "{}", shell.name);
        assert!(
            second.stdout.starts_with("ann@laptop, setup, since 20"),
            "{}",
            second.stdout
        );
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{}", shell.name);
        assert!(is_free(&path));
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "",
            "nobody is named any more"
        );
    }
}

/// Three seconds instead of twenty, held for longer than that by the heartbeat alone.
#[test]
fn silence_lets_go_and_a_heartbeat_holds() {
    let by_heartbeat = |shell: &Shell| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let mut child = hold(shell, path.to_str().unwrap(), "ann", "3");
        let mut stdin = child.stdin.take().unwrap();
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(4500) {
            stdin.write_all(b".").unwrap();
            assert!(
                !is_free(&path),
                "{}: lost in spite of the heartbeat",
                shell.name
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        let silent = Instant::now();
        assert_eq!(child.wait().unwrap().code(), Some(21), "{}", shell.name);
        let took = silent.elapsed();
        assert!(
            took > Duration::from_secs(2) && took < Duration::from_secs(10),
            "{took:?}"
        );
        eventually("the lock is free", || is_free(&path));
    };
    std::thread::scope(|scope| {
        for shell in shells() {
            scope.spawn(move || by_heartbeat(&shell));
        }
    });
}

#[test]
fn a_killed_holder_holds_nothing() {
    for shell in shells() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let mut child = hold(&shell, path.to_str().unwrap(), "ann", "20");
        child.kill().unwrap();
        child.wait().unwrap();
        eventually("the lock is free", || is_free(&path));
        drop(
            hold(&shell, path.to_str().unwrap(), "bob", "20")
                .stdin
                .take(),
        );
    }
}

#[test]
fn what_is_missing_or_forbidden_is_said() {
    for shell in all_shells() {
        let missing = shell.run(PROGRAM, "lock", &["/no/such/lock", "ann", "20"], b"");
        let has_flock = finish(
            shell
                .command("command -v flock", "probe", &[])
                .spawn()
                .unwrap(),
            b"",
        )
        .code
            == 0;
        assert_eq!(
            missing.code,
            if has_flock { 14 } else { 17 },
            "{}",
            shell.name
        );
        assert!(
            missing.stderr.contains(if has_flock {
                "/no/such/lock"
            } else {
                "flock is missing"
            }),
            "{}",
            missing.stderr
        );
    }
    let error = Lock::take(&Local, "/no/such/lock", "ann", false).unwrap_err();
    assert!(matches!(error, LockError::Denied { .. }), "{error}");
}

#[test]
fn two_over_ssh_and_the_one_that_is_lost() {
    let Some(node) = Node::start() else { return };
    let path = node.at("lock");
    let name = path.to_str().unwrap();
    let (first, second) = (node.connect(), node.connect());
    let lock = Lock::take(&first, name, "ann@laptop,\u{1b}[2J setup", false).unwrap();
    assert!(lock.is_held());
    match Lock::take(&second, name, "bob", false).unwrap_err() {
        LockError::Held { by } => assert!(by.starts_with("ann@laptop,[2J setup, since 20"), "{by}"),
        other => panic!("{other}"),
    }
    drop(lock);
    let lock = Lock::take(&second, name, "bob", false).unwrap();
    node.signal_sessions("KILL");
    eventually("the loss is known here", || !lock.is_held());
    assert!(lock.lost().unwrap().contains("lost"), "{:?}", lock.lost());
    eventually("the node has let go", || is_free(&path));
}
