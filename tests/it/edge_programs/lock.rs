//! lock.sh: one holder, for as long as it is heard.

use super::{SHELLS, ended, require, run, shell, text, until};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command};
use std::thread;
use std::time::{Duration, Instant};

struct Holder {
    child: Child,
    stdin: ChildStdin,
}

/// Takes the lock and waits until it is held.
fn hold(under: &[&str], file: &Path, silence: &str, who: &str) -> Holder {
    let arguments = [file.to_str().unwrap(), silence, who];
    let mut child = shell(under, &text("lock.sh"), &arguments).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    assert_eq!(line, "locked\n", "{under:?}");
    child.stdout = Some(said.into_inner());
    Holder { child, stdin }
}

/// Exit code and words of a second one that tries.
fn attempt(under: &[&str], file: &Path) -> (Option<i32>, String) {
    let arguments = [file.to_str().unwrap(), "20", "second"];
    let ended = run(shell(under, &text("lock.sh"), &arguments), b"");
    (ended.code, ended.text())
}

fn is_free(file: &Path) -> bool {
    let mut flock = Command::new(require("flock"));
    flock
        .arg("-n")
        .arg(file)
        .arg("true")
        .status()
        .unwrap()
        .success()
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state of hdikafka/lock");
    (dir, file)
}

#[test]
fn a_second_one_is_refused_with_the_words_of_the_first() {
    for under in SHELLS {
        let (_dir, file) = place();
        let who = "ann@laptop \"$(id)\" 'setup' %s";
        let first = hold(under, &file, "20", who);
        for second in SHELLS {
            let (code, words) = attempt(second, &file);
            assert_eq!(code, Some(20));
            assert!(words.starts_with(&format!("{who}, since 20")), "{words:?}");
            assert!(words.ends_with("Z\n"), "{words:?}");
        }
        // the end of input lets go at once, not after the silence
        let begun = Instant::now();
        drop(first.stdin);
        assert_eq!(ended(first.child).code, Some(0));
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(attempt(under, &file), (Some(0), "locked\n".into()));
        assert_eq!(
            std::fs::read(&file).unwrap(),
            b"",
            "who held it is no longer told"
        );
    }
}

#[test]
fn it_is_held_by_heartbeats_and_let_go_after_silence() {
    let under_one = |under: &'static [&'static str]| {
        let (_dir, file) = place();
        let mut first = hold(under, &file, "1", "first");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(2500) {
            first.stdin.write_all(b".").unwrap();
            thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(
            attempt(under, &file).0,
            Some(20),
            "{under:?}: let go although it was heard"
        );
        let begun = Instant::now();
        // the input stays open: this is a laptop that vanished
        assert_eq!(ended(first.child).code, Some(0));
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        drop(first.stdin);
        assert!(is_free(&file));
    };
    thread::scope(|scope| {
        for under in SHELLS {
            scope.spawn(move || under_one(under));
        }
    });
}

#[test]
fn its_children_do_not_hold_it() {
    for under in SHELLS {
        let (_dir, file) = place();
        let mut first = hold(under, &file, "20", "first");
        assert!(!is_free(&file));
        first.stdin.write_all(b".").unwrap();
        let children = || {
            let tasks = format!("/proc/{0}/task/{0}/children", first.child.id());
            std::fs::read_to_string(tasks).unwrap()
        };
        until("the reader of heartbeats", || !children().trim().is_empty());
        // the reader waits up to 20 s for the next heartbeat and would keep the lock for that long
        first.child.kill().unwrap();
        first.child.wait().unwrap();
        let begun = Instant::now();
        until("the lock to be free", || is_free(&file));
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{under:?}: {:?}",
            begun.elapsed()
        );
        drop(first.stdin);
    }
}

#[test]
fn a_place_that_cannot_be_locked_is_an_error_of_its_own() {
    for under in SHELLS {
        let dir = tempfile::tempdir().unwrap();
        for file in [Path::new("/dev/null/lock"), dir.path()] {
            let (code, out) = attempt(under, file);
            assert_eq!(
                (code, out.as_str()),
                (Some(27), ""),
                "{under:?} {}",
                file.display()
            );
        }
    }
}
