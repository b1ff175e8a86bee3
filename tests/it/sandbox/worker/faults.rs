//! Each fault does what it says; and how a worker ends.

use std::os::unix::process::ExitStatusExt as _;

use hdikafka::sandbox::worker::faults::{Crash, TaskFailed};

use super::*;

fn started(place: &Place, faults: Faults) -> Worker {
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    place.faults(SOURCE, faults);
    let source = place.source_file(&[("IotHub.Partitions", "1"), ("tasks.max", "1")]);
    place.start(&[&place.worker_file(&[]), &source])
}

#[test]
fn crashes() {
    for (crash, code, signal) in [
        (
            Crash {
                after_ms: 10,
                status: 1,
                signal: None,
            },
            Some(1),
            None,
        ),
        (
            Crash {
                after_ms: 10,
                status: 0,
                signal: Some(libc::SIGKILL),
            },
            None,
            Some(libc::SIGKILL),
        ),
        (
            Crash {
                after_ms: 10,
                status: 0,
                signal: Some(libc::SIGABRT),
            },
            None,
            Some(libc::SIGABRT),
        ),
    ] {
        let place = place(1);
        let mut worker = started(
            &place,
            Faults {
                crash: Some(crash),
                ..Faults::default()
            },
        );
        let status = worker.ended();
        assert_eq!((status.code(), status.signal()), (code, signal));
        worker.sees("Created connector");
    }
}

#[test]
fn a_task_fails_until_it_was_restarted() {
    let place = place(1);
    let failed = TaskFailed {
        class: "com.microsoft.azure.eventhubs.EventHubException".to_owned(),
        message: "connection aborted".to_owned(),
        restarts: Some(1),
        ..TaskFailed::default()
    };
    let worker = started(
        &place,
        Faults {
            task_failed: Some(failed),
            ..Faults::default()
        },
    );
    let status = worker.tasks_are(SOURCE, &["FAILED"]);
    let trace = status["tasks"][0]["trace"].as_str().unwrap();
    assert!(
        trace.starts_with("com.microsoft.azure.eventhubs.EventHubException: connection aborted\n"),
        "{trace}"
    );
    worker.request(
        "POST",
        &format!("/connectors/{SOURCE}/restart?includeTasks=true&onlyFailed=true"),
    );
    worker.tasks_are(SOURCE, &["RUNNING"]);
}

#[test]
fn silence_and_complaints() {
    let place = place(1);
    let faults = Faults {
        rest_silent: true,
        never_polls: true,
        error_lines: vec!["something is wrong".to_owned()],
        log_skew_s: -86_400,
        ..Faults::default()
    };
    let mut worker = started(&place, faults);
    let line = worker.sees("] ERROR something is wrong");
    let yesterday = jiff::Zoned::now().date().yesterday().unwrap();
    // A test that runs at midnight may see either.
    let days = [
        yesterday,
        yesterday.yesterday().unwrap(),
        yesterday.tomorrow().unwrap(),
    ]
    .map(|day| format!("[{day} "));
    assert!(days[..2].iter().any(|day| line.starts_with(day)), "{line}");
    worker.sees("Executing source task");
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    assert!(
        client
            .get(worker.url("/connectors"))
            .send()
            .unwrap_err()
            .is_timeout()
    );
    assert!(
        !worker.log().contains("Polling for data"),
        "{}",
        worker.log()
    );
    worker.stops();
}

#[test]
fn offsets_that_no_disk_takes() {
    let place = place(1);
    place.hub.inject("fakepi", b"one", BTreeMap::new());
    let worker = started(
        &place,
        Faults {
            offsets_unwritable: true,
            ..Faults::default()
        },
    );
    worker.sees("Failed to commit offsets");
    worker.sees("AccessDeniedException");
}

#[test]
fn an_early_term_hangs_only_when_told_to() {
    let place = place(1);
    let faults = Faults {
        hang_on_early_term: true,
        slow_connector_ms: 60_000,
        ..Faults::default()
    };
    let mut worker = started(&place, faults);
    worker.sees("Creating connector");
    worker.signal(libc::SIGTERM);
    worker.sees("Herder stopping");
    assert!(worker.child.try_wait().unwrap().is_none());
    worker.signal(libc::SIGKILL);
    assert_eq!(worker.ended().signal(), Some(libc::SIGKILL));

    place.faults(
        SOURCE,
        Faults {
            slow_connector_ms: 500,
            ..Faults::default()
        },
    );
    let mut worker = place.start(&[
        &place.worker_file(&[]),
        &place.source_file(&[("IotHub.Partitions", "1")]),
    ]);
    worker.sees("Creating connector");
    worker.stops();
    worker.sees("Kafka Connect stopped");
}

#[test]
fn a_worker_that_is_idle_costs_little() {
    let place = place(1);
    let mut worker = started(&place, Faults::default());
    worker.tasks_are(SOURCE, &["RUNNING"]);
    worker.sees("Obtained 0 SourceRecords");
    let status = fs::read_to_string(format!("/proc/{}/status", worker.child.id())).unwrap();
    let rss = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib: u64 = rss.trim().trim_end_matches("kB").trim().parse().unwrap();
    assert!(kib < 40 * 1024, "{kib} KiB");
    worker.stops();
}

#[test]
fn faults_that_cannot_be_read_are_no_silent_none() {
    let place = place(1);
    place.write("faults.json", r#"{"*": {"tpyo": 1}}"#);
    let mut worker = place.start(&[&place.worker_file(&[]), &place.source_file(&[])]);
    assert_eq!(worker.ended().code(), Some(1));
}
