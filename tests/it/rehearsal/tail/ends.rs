//! How a reading ends: by Ctrl-C, a full disk, a reader that left, a topic that goes; and what a terminal gets.

use super::{JSON, NINE, Written, stage, value, write};
use crate::rehearsal::person::Person;
use crate::rehearsal::stage::{PATIENCE, Stage, eventually};
use kafka_protocol::messages::ApiKey;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A run whose lines are looked at while it runs.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

/// A case that fails leaves nobody who follows.
impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Following {
    fn start(stage: &Stage, arguments: &[&str]) -> Self {
        let mut command = stage.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || {
            for line in out.lines() {
                if tell.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    #[track_caller]
    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// Ctrl-C; the exit code and what stood on stderr.
    fn interrupt(mut self) -> (i32, String) {
        // SAFETY: kill(2) has no memory effects; the child has not been waited for, so the id is still its own.
        assert_eq!(
            unsafe { libc::kill(self.child.id().cast_signed(), libc::SIGINT) },
            0
        );
        let mut err = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        (self.child.wait().unwrap().code().unwrap(), err)
    }
}

#[test]
fn whoever_follows_sees_each_line_at_once_and_is_told_how_far_it_came() {
    let stage = stage("iotin");
    write(
        &stage,
        "iotin",
        &[value(0, NINE, "first"), value(1, NINE + 1, "second")],
    );
    let following = Following::start(&stage, &["tail", "-f", "-n", "1", "--format", "%p@%o %v"]);
    assert_eq!(following.next(), "1@0 second");
    // Nothing else comes that could push them out.
    for (offset, text) in (1..).zip(["third", "fourth"]) {
        write(&stage, "iotin", &[value(0, NINE, text)]);
        assert_eq!(following.next(), format!("0@{offset} {text}"));
    }
    // The end of a partition, of which brokers tell after half a second, is no trouble.
    let asked = || stage.rehearsal.kafka.requests(ApiKey::Fetch);
    let before = asked();
    eventually("answers without a record", || asked() >= before + 4);
    let (code, err) = following.interrupt();
    assert_eq!(
        (code, err.as_str()),
        (0, "3 records; next offsets: iotin-0@3 iotin-1@1\n")
    );

    // One device only, from a time on; what is passed over counts as read.
    let arguments = [
        "tail",
        "-f",
        "--since",
        "2026-01-31T09:00:00Z",
        "--device",
        "fakepi",
    ];
    let following = Following::start(&stage, &arguments);
    write(
        &stage,
        "iotin",
        &[value(1, NINE + 2, "other"), value(1, NINE + 3, JSON)],
    );
    assert!(following.next().contains("iotin-1@2 fakepi"));
    // The other partition's records, none of which is the device's, may come after it.
    let before = asked();
    eventually("answers of both partitions", || asked() >= before + 4);
    let (code, err) = following.interrupt();
    assert_eq!(
        (code, err.as_str()),
        (0, "1 record; next offsets: iotin-0@3 iotin-1@3\n")
    );

    let told = stage.run(&["tail", "--until-end", "-v"]).succeeded();
    assert!(
        told.err
            .contains("6 records; next offsets: iotin-0@3 iotin-1@3"),
        "{}",
        told.err
    );
}

#[test]
fn a_full_disk_is_an_error_and_a_reader_that_left_is_none() {
    let stage = stage("iotin");
    let long = "x".repeat(1000);
    let records: Vec<Written<'_>> = (0..1000).map(|n| value(0, NINE + n, &long)).collect();
    write(&stage, "iotin", &records);
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for few in [&["--until-end"][..], &["--last", "1"]] {
        let mut command = stage.command(&[&["tail", "--format", "raw"], few].concat());
        let output = command
            .stdin(Stdio::null())
            .stdout(full())
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert!(
            err.contains("cannot write the output: No space left"),
            "{err}"
        );
    }
    let mut command = stage.command(&["tail", "--until-end", "--format", "raw"]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1000];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_terminal_gets_no_control_character_in_any_form() {
    let stage = stage("iotin");
    let wild = "\u{1b}]0;title\u{7}\u{9b}31m\u{202e}";
    write(&stage, "iotin", &[value(0, NINE, wild)]);
    for form in [
        &["--format", "raw"][..],
        &["--format", "%v"],
        &["--format", "json"],
        &[],
    ] {
        let mut person = Person::at(&stage, &[&["tail", "-n", "1"], form].concat(), &[]);
        person.reads("title");
        let (code, seen) = person.leaves(&[]);
        assert_eq!(code, 0);
        for bad in ["\u{1b}]", "\u{7}", "\u{9b}", "\u{202e}"] {
            assert!(!seen.contains(bad), "{form:?}: {seen:?}");
        }
    }
}

#[test]
fn a_topic_that_is_deleted_while_it_is_followed_is_said_to_be_gone() {
    let stage = stage("iotin");
    write(&stage, "iotin", &[value(0, NINE, "first")]);
    let following = Following::start(&stage, &["tail", "-f", "-n", "1", "--format", "raw"]);
    assert_eq!(following.next(), "first");
    stage
        .run(&["topics", "delete", "iotin", "--yes", "--force"])
        .succeeded();
    let mut following = following;
    let deleted = Instant::now();
    eventually("the end of tail", || {
        following.child.try_wait().unwrap().is_some()
    });
    // librdkafka's own patience with a topic that is new to it is 30 s
    assert!(deleted.elapsed() < Duration::from_secs(20));
    let mut err = String::new();
    following
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!(following.child.wait().unwrap().code(), Some(4), "{err}");
    assert!(err.contains("topic iotin does not exist"), "{err}");
}
