//! Several `sandbox up` and `sandbox down` at once in one directory, and directories that only look like a sandbox's.

use super::sandbox::{Place, nothing_is_left, processes_of};
use hdikafka::sandbox::rehearsal::{Faults, process};
use std::fs;
use std::path::Path;
use std::thread;

const MARK: &str = "this-is-an-hdikafka-sandbox";

/// The processes that `up` leaves in the background for this directory.
fn rehearsals(directory: &Path) -> Vec<i32> {
    let is_one = |pid: &i32| {
        let argv = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        argv.split(|byte| *byte == 0)
            .skip(1)
            .take(2)
            .eq([&b"sandbox"[..], b"run"])
    };
    processes_of(directory).into_iter().filter(is_one).collect()
}

#[test]
fn of_several_that_start_it_one_does() {
    let place = Place::new();
    let ups = thread::scope(|scope| {
        let up = || place.sandbox("up", &["-o", "json"]);
        let all = [(); 4].map(|()| scope.spawn(up));
        all.map(|one| one.join().unwrap().succeeded())
    });
    let already = ups.iter().filter(|up| up.err.contains("is up already"));
    assert_eq!(already.count(), 3, "{:?}", ups.map(|up| up.err));
    let pids: Vec<_> = ups.iter().map(|up| up.json()["pid"].clone()).collect();
    assert!(pids.iter().all(|pid| *pid == pids[0]), "{pids:?}");
    assert_eq!(rehearsals(&place.directory).len(), 1);
    let status = place.sandbox("status", &["-o", "json"]).succeeded().json();
    assert_eq!(status["pid"], pids[0]);
    assert!(place.answers());
    place.sandbox("down", &[]).succeeded();
    nothing_is_left(&place.directory);
}

#[test]
fn starting_and_ending_it_at_once_leaves_one_or_none() {
    let place = Place::new();
    for _ in 0..3 {
        thread::scope(|scope| {
            for verb in ["up", "down", "up", "down"] {
                let place = &place;
                scope.spawn(move || place.sandbox(verb, &[]).succeeded());
            }
        });
        let status = place.sandbox("status", &[]);
        match status.code {
            0 => {
                assert_eq!(rehearsals(&place.directory).len(), 1);
                assert!(place.answers());
            }
            code => {
                assert_eq!(code, 4, "{}", status.err);
                nothing_is_left(&place.directory);
            }
        }
    }
    place.sandbox("down", &[]).succeeded();
    nothing_is_left(&place.directory);
}

/// The mark names the very directory that it was made in.
#[test]
fn a_mark_of_another_directory_is_none() {
    let place = Place::new();
    place.up();
    let genuine = fs::read_to_string(place.directory.join(MARK)).unwrap();
    for mark in ["", genuine.as_str()] {
        let mine = place.world.file("work/mine/thesis.txt", "years");
        let marked = place.world.file(&format!("work/mine/{MARK}"), mark);
        for verb in ["up", "down"] {
            place
                .sandbox(verb, &["--dir", "mine"])
                .failed(3, &["mine is not empty and no sandbox of ours", "--dir"]);
        }
        assert_eq!(fs::read_to_string(&mine).unwrap(), "years");
        assert_eq!(fs::read_to_string(&marked).unwrap(), mark);
        assert_eq!(place.sandbox("status", &["--dir", "mine"]).code, 4);
    }
    assert!(place.answers(), "the other one was ended");
}

/// A lock that somebody holds and a process's number in it are not enough for a signal.
#[test]
fn the_holder_of_a_strangers_lock_is_not_ended() {
    let place = Place::new();
    let mut stranger = std::process::Command::new("/bin/sleep")
        .arg("1000")
        .spawn()
        .unwrap();
    let lock = place
        .world
        .file("work/mine/lock", stranger.id().to_string());
    let lock = fs::File::open(lock).unwrap();
    lock.try_lock().unwrap();
    let outcome = place.sandbox("down", &["--dir", "mine"]);
    let ended = stranger.try_wait().unwrap();
    let _ = stranger.kill();
    let _ = stranger.wait();
    assert_eq!(ended, None, "{}", outcome.err);
    outcome.failed(3, &["mine is not empty and no sandbox of ours", "--dir"]);
    place
        .sandbox("up", &["--dir", "mine"])
        .failed(3, &["mine is not empty and no sandbox of ours", "--dir"]);
}

#[test]
fn a_program_that_ends_at_once_is_told() {
    let place = Place::new();
    // More than a pipe takes: it is still being told them when it ends.
    let faults = Faults {
        hub: [("/x".repeat(100_000), Default::default())].into(),
        ..Faults::default()
    };
    let error = |program: &Path| {
        let started = process::start(&place.directory, program, &faults);
        match started {
            Ok(_) => panic!("it is up"),
            Err(error) => format!("{error:#}"),
        }
    };
    for program in ["/bin/false", "/bin/true"] {
        let words = error(Path::new(program));
        let log = place.directory.join("sandbox.log");
        assert_eq!(
            words,
            format!("the sandbox ended while it came up; see {}", log.display())
        );
        assert!(log.exists(), "there is nothing to see");
    }
    let words = error(&place.world.path("no-such-program"));
    assert!(words.contains("cannot start the sandbox: "), "{words}");
    assert!(process::state(&place.directory).unwrap().is_none());
    // What they left is in nobody's way.
    place.up();
    place.sandbox("down", &[]).succeeded();
    nothing_is_left(&place.directory);
}
