//! `log_digest` of sections.sh on logs of workers, with each awk that there is.

use super::{SHELLS, require, run, shell, text};
use std::fs;
use std::os::unix::fs::symlink;

/// The lines of the digest, but not the last lines of the log (`t`), under every shell and awk: all agree.
fn digest(log: &str, invocation: &str) -> (Vec<String>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a source.log");
    fs::write(&file, log).unwrap();
    let busybox = dir.path().join("bin");
    fs::create_dir(&busybox).unwrap();
    symlink(require("busybox"), busybox.join("awk")).unwrap();
    let program = format!("{}\nlog_digest \"$1\" \"$2\"\n", text("sections.sh"));
    let path = std::env::var("PATH").unwrap();
    let mut answers = Vec::new();
    for under in SHELLS {
        for path in [path.clone(), format!("{}:{path}", busybox.display())] {
            let mut command = shell(under, &program, &[file.to_str().unwrap(), invocation]);
            command.env("PATH", path);
            let ended = run(command, b"");
            assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
            let (last, mut facts): (Vec<String>, Vec<String>) = ended
                .text()
                .lines()
                .map(str::to_owned)
                .partition(|line| line.starts_with("t "));
            // awk promises no order of its tables
            facts.sort_by_key(|line| line.starts_with("P ").then(|| line.clone()));
            answers.push((facts, last));
        }
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );
    answers.remove(0)
}

fn start(id: &str) -> String {
    format!("=== hdikafka start {id} ===\n")
}

const POLLS: &str = "\
[2026-01-31 09:00:00,000] INFO [AzureIotHubConnector|task-0] Polling for data - Obtained 3 SourceRecords (x:1)
[2026-01-31 09:00:00,000] INFO [AzureIotHubConnector|task-1] Polling for data - Obtained 0 SourceRecords (x:1)
[2026-01-31 09:00:00,000] INFO [AzureIotHubConnector|task-0] Polling for data - Obtained 0 SourceRecords (x:1)
[2026-01-31 09:00:00,000] INFO [AzureIotHubSinkConnector|task-0] Received 2 messages to be sent to devices.  (x:1)
[2026-01-31 09:00:00,000] INFO [AzureIotHubConnector|task-11] Polling for data - Obtained 5 SourceRecords (x:1)
";

#[test]
fn polls_are_counted_by_task_and_idle_ones_do_not_fill_the_last_lines() {
    let (facts, last) = digest(&format!("{}{POLLS}", start("a")), "a");
    assert_eq!(
        facts,
        ["B", "E 0", "P task-0 3", "P task-1 1", "P task-11 1"]
    );
    assert_eq!(last.len(), 5);
    assert!(last[0].ends_with(
        "INFO [AzureIotHubConnector|task-0] Polling for data - Obtained 3 SourceRecords (x:1)"
    ));
}

#[test]
fn only_the_start_that_was_asked_for_counts() {
    let error = "[2026-01-31 09:00:00,000] ERROR boom (x:1)\njava.lang.Exception: old\n";
    let created = "[2026-01-31 09:00:00,000] INFO Created connector AzureIotHubConnector (x:1)\n";
    let log = format!(
        "{}{created}{error}{POLLS}{}{POLLS}",
        start("first"),
        start("second")
    );
    let (facts, _) = digest(&log, "second");
    assert_eq!(
        facts,
        ["B", "E 0", "P task-0 3", "P task-1 1", "P task-11 1"]
    );
    let (facts, last) = digest(&log, "first");
    assert!(
        facts.contains(&"C".into()) && facts.contains(&"E 1".into()),
        "{facts:?}"
    );
    assert!(
        facts.contains(&"e java.lang.Exception: old".into()),
        "{facts:?}"
    );
    // no line of the second start
    assert_eq!(
        last.iter().filter(|line| line.contains("task-11")).count(),
        1
    );
    // one unit started twice under one id, which systemd never does: the later start counts
    let (facts, _) = digest(
        &format!("{}{error}{}{created}", start("a"), start("a")),
        "a",
    );
    assert_eq!(facts, ["B", "C", "E 0"]);
    for other in ["third", "none"] {
        assert_eq!(digest(&log, other), (vec!["E 0".into()], vec![]));
    }
    assert_eq!(digest("", "a").0, ["E 0"]);
}

#[test]
fn errors_are_told_with_their_causes_and_without_their_stack() {
    let log = format!(
        "{}[2026-01-31 09:00:00,000] ERROR [AzureIotHubConnector|task-0] Task threw (x:1)\n\
         org.apache.kafka.connect.errors.ConnectException: no\n\
         \tat org.apache.kafka.Connect.run(Connect.java:1)\n\
         Caused by: java.net.UnknownHostException: nowhere.servicebus.windows.net\n\
         [2026-01-31 09:00:01,000] INFO going on (x:1)\n\
         a line that belongs to INFO\n\
         [2026-01-31 09:00:02,000] ERROR second (x:1)\n",
        start("a")
    );
    let (facts, _) = digest(&log, "a");
    assert_eq!(
        facts,
        [
            "B",
            "E 2",
            "e [2026-01-31 09:00:00,000] ERROR [AzureIotHubConnector|task-0] Task threw (x:1)",
            "e org.apache.kafka.connect.errors.ConnectException: no",
            "e Caused by: java.net.UnknownHostException: nowhere.servicebus.windows.net",
            "e [2026-01-31 09:00:02,000] ERROR second (x:1)",
        ]
    );
}

#[test]
fn what_every_worker_says_at_its_start_is_no_error() {
    let benign = "[2026-01-31 09:00:00,000] ERROR Plugin class loader for connector: 'com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector' was not found. Returning: org.apache.kafka.connect.runtime.isolation.DelegatingClassLoader@1 (org.apache.kafka.connect.runtime.isolation.DelegatingClassLoader:1)\n";
    let ready = "[2026-01-31 09:00:00,000] INFO [AzureIotHubSinkConnector|task-0] WorkerSinkTask{id=AzureIotHubSinkConnector-0} Sink task finished initialization and start (x:1)\n";
    let (facts, _) = digest(&format!("{}{benign}{ready}", start("a")), "a");
    assert_eq!(facts, ["B", "S task-0", "E 0"]);
    let (facts, _) = digest(
        &format!("{}{}", start("a"), benign.replace("was not found", "broke")),
        "a",
    );
    assert_eq!(facts[1], "E 1");
}

#[test]
fn a_topic_that_is_missing_shows_in_metadata_warnings() {
    let warning = |number: u32| {
        format!(
            "[2026-01-31 09:00:00,000] WARN [Producer clientId=p] Error while fetching metadata with correlation id {number} : {{iotin=UNKNOWN_TOPIC_OR_PARTITION}} (x:1)\n"
        )
    };
    let (facts, _) = digest(&format!("{}{}{}", start("a"), warning(7), warning(8)), "a");
    assert_eq!(facts[..3], ["B", "E 0", "M 2"]);
    assert!(
        facts[3].starts_with("m [") && facts[3].contains("correlation id 8"),
        "{facts:?}"
    );
}

#[test]
fn an_endless_log_gives_a_short_answer() {
    let error = "[2026-01-31 09:00:00,000] ERROR again (x:1)\n";
    let line = format!("[2026-01-31 09:00:00,000] INFO {}\n", "x".repeat(5000));
    let log = format!("{}{}{}", start("a"), error.repeat(500), line.repeat(100));
    let (facts, last) = digest(&log, "a");
    assert_eq!(facts[1], "E 500");
    assert_eq!(
        facts.iter().filter(|line| line.starts_with("e ")).count(),
        60
    );
    assert_eq!(
        (last.len(), last.iter().map(String::len).max()),
        (40, Some(1002))
    );
}
