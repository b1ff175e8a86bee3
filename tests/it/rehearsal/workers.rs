//! The life of the two connectors, and workers that do not start, that die, or that say RUNNING while nothing happens:
//! exit code 14 and the cause in words.

use super::node::CONFIG;
use super::stage::{Stage, eventually};
use hdikafka::sandbox::rehearsal::Faults;
use hdikafka::sandbox::worker::faults::{Crash, Faults as Worker, TaskFailed};

const SOURCE: &str = "AzureIotHubConnector";
const SINK: &str = "AzureIotHubSinkConnector";

/// How the connector's worker misbehaves from its next start on.
fn misbehave(stage: &Stage, connector: &str, worker: Worker) {
    let workers = [(connector.to_owned(), worker)].into();
    stage
        .rehearsal
        .set_faults(&Faults {
            workers,
            ..Faults::default()
        })
        .unwrap();
}

fn behave(stage: &Stage) {
    stage.rehearsal.set_faults(&Faults::default()).unwrap();
}

/// `connector status` says 14 and all of these words, once it knows.
#[track_caller]
fn is_unhealthy(stage: &Stage, connector: &str, words: &[&str]) {
    let mut last = String::new();
    eventually(&format!("{words:?}"), || {
        let status = stage.run(&["connector", "status", connector]);
        last = format!("{}: {}{}", status.code, status.out, status.err);
        status.code == 14 && words.iter().all(|words| last.contains(words))
    });
}

fn pid(stage: &Stage, connector: &str) -> i64 {
    stage.health(connector)["pid"].as_i64().unwrap()
}

#[test]
fn connectors_are_stopped_started_and_restarted() {
    let stage = Stage::bridge();
    let before = pid(&stage, "source");
    let restarted = stage
        .run(&["connector", "restart", "source", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(restarted["result"], "done", "{restarted:#}");
    assert_ne!(pid(&stage, "source"), before);

    let sink = pid(&stage, "sink");
    let stopped = stage
        .run(&["connector", "stop", "source", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(stopped["result"], "done", "{stopped:#}");
    let status = stage.run(&["connector", "status"]);
    assert_eq!(status.code, 14);
    let row = status
        .out
        .lines()
        .find(|line| line.starts_with("source"))
        .unwrap();
    assert!(row.contains("stopped"), "{row}");
    assert_eq!(pid(&stage, "sink"), sink, "the other one was stopped, too");
    let again = stage.run(&["connector", "stop", "source"]).succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);

    let started = stage
        .run(&["connector", "start", "-o", "yaml"])
        .succeeded()
        .yaml();
    assert_eq!(started["result"], "done");
    stage.until_healthy();
    let again = stage.run(&["connector", "start"]).succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
    let log = stage
        .run(&["connector", "logs", "source", "-n", "500"])
        .done()
        .out;
    assert!(
        log.contains("Kafka Connect stopped") && log.contains("Kafka Connect started"),
        "{log}"
    );
    assert_eq!(
        stage
            .run(&["connector", "logs", "sink", "-n", "2"])
            .done()
            .out
            .lines()
            .count(),
        2
    );
}

#[test]
fn without_a_bridge_there_is_nothing_to_look_at() {
    let stage = Stage::new();
    let status = stage.run(&["connector", "status"]);
    assert_eq!(status.code, 4, "{}", status.err);
    assert_eq!(status.out.matches("absent").count(), 2, "{}", status.out);
    stage.refused(
        &["connector", "start", "source"],
        3,
        &["there is no source", "hdikafka setup"],
    );
    stage.run(&["connector", "logs"]).failed(4, &["source.log"]);
    let stop = stage.run(&["connector", "stop"]).succeeded();
    assert!(stop.out.contains("Nothing to do"), "{}", stop.out);
}

#[test]
fn a_worker_that_crashes_is_told_with_its_end() {
    let stage = Stage::bridge();
    let crash = |status, signal| Crash {
        after_ms: 0,
        status,
        signal,
    };
    for (connector, name, end, words) in [
        ("source", SOURCE, crash(3, None), "exited with 3"),
        (
            "sink",
            SINK,
            crash(0, Some(libc::SIGKILL)),
            "was killed by signal 9",
        ),
    ] {
        misbehave(
            &stage,
            name,
            Worker {
                crash: Some(end),
                ..Worker::default()
            },
        );
        let restart = [
            "connector",
            "restart",
            connector,
            "--yes",
            "--stable-for",
            "30s",
        ];
        let error = format!("the {connector} is not healthy");
        let outcome = stage.run(&restart);
        assert_eq!(outcome.code, 14, "{}", outcome.err);
        for words in [&error, words, "hint: ", "connector logs"] {
            assert!(
                outcome.err.contains(words),
                "{words:?} is not in {}",
                outcome.err
            );
        }
        is_unhealthy(&stage, connector, &[words]);
        behave(&stage);
        stage
            .run(&["connector", "restart", connector, "--yes"])
            .succeeded();
    }
    // One that is killed while it runs well.
    let killed = pid(&stage, "source");
    // SAFETY: no memory is involved; the process is the worker.
    assert_eq!(unsafe { libc::kill(killed as i32, libc::SIGKILL) }, 0);
    is_unhealthy(&stage, "source", &["was killed by signal 9"]);
    stage.run(&["setup", "--yes"]).succeeded();
    stage.until_healthy();
}

#[test]
fn a_task_that_failed_is_told_with_its_trace() {
    let stage = Stage::bridge();
    for (connector, name, class, message, words) in [
        (
            "source",
            SOURCE,
            "com.microsoft.azure.eventhubs.QuotaExceededException",
            "Exceeded the maximum number of allowed receivers per partition",
            "more than five readers share a partition",
        ),
        (
            "sink",
            SINK,
            "com.microsoft.azure.sdk.iot.service.exceptions.IotHubNotFoundException",
            "Device \u{1b}[31mnosuch",
            "a command names a device that IoT Hub does not know",
        ),
        (
            "sink",
            SINK,
            "java.lang.IllegalStateException",
            "never seen before",
            "never seen before",
        ),
    ] {
        let failed = TaskFailed {
            class: class.to_owned(),
            message: message.to_owned(),
            ..TaskFailed::default()
        };
        misbehave(
            &stage,
            name,
            Worker {
                task_failed: Some(failed),
                ..Worker::default()
            },
        );
        let restart = [
            "connector",
            "restart",
            connector,
            "--yes",
            "--stable-for",
            "30s",
        ];
        let outcome = stage.run(&restart);
        assert_eq!(outcome.code, 14, "{}", outcome.err);
        assert!(
            outcome.err.contains(words),
            "{words:?} is not in {}",
            outcome.err
        );
        is_unhealthy(&stage, connector, &[words]);
        let health = stage.health(connector);
        let trace = health["tasks"][0]["trace"].as_str().unwrap();
        assert!(trace.contains(class), "{trace}");
        behave(&stage);
    }
}

#[test]
fn running_is_not_enough() {
    let stage = Stage::bridge();
    let errors = Worker {
        error_lines: vec![
            "WorkerSourceTask{id=AzureIotHubConnector-0} Failed to commit offsets".to_owned(),
        ],
        ..Worker::default()
    };
    misbehave(&stage, SOURCE, errors);
    stage.run(&["connector", "restart", "source"]);
    is_unhealthy(
        &stage,
        "source",
        &["RUNNING", "the offset file cannot be written"],
    );

    misbehave(
        &stage,
        SOURCE,
        Worker {
            never_polls: true,
            ..Worker::default()
        },
    );
    stage.run(&["connector", "restart", "source"]).succeeded();
    let health = stage.health("source");
    assert_eq!(
        (&health["state"], &health["verdict"]),
        (&"RUNNING".into(), &"starting".into()),
        "{health:#}"
    );
    let missing = health["missing"].to_string();
    assert!(
        missing.contains("no poll line yet of task 0, 1, 2, 3"),
        "{missing}"
    );

    misbehave(
        &stage,
        SINK,
        Worker {
            rest_silent: true,
            ..Worker::default()
        },
    );
    let mut restart = stage.start(&["connector", "restart", "sink", "--yes"]);
    eventually("a status of the sink", || {
        let health = stage.health("sink");
        health["missing"]
            .to_string()
            .contains("REST port does not answer")
    });
    assert!(restart.is_running(), "it is proven without an answer");
    restart.signal(libc::SIGINT);
    let outcome = restart.finish();
    assert_ne!(outcome.code, 0, "{}", outcome.err);
}

#[test]
fn files_that_were_spoilt_are_told_apart() {
    let stage = Stage::bridge();
    stage.run(&["connector", "stop"]).succeeded();
    let path = format!("{CONFIG}/connect-iothub-sink.properties");
    let good = stage.text(&path);
    let class = good
        .lines()
        .find(|line| line.starts_with("connector.class"))
        .unwrap();
    for (text, words) in [
        (
            good.replace(class, "connector.class=com.example.NoSuchSink"),
            "does not find the connector's class",
        ),
        (
            good.replace("tasks.max=1", "tasks.max=many"),
            "a setting of the connector file is invalid",
        ),
    ] {
        assert_ne!(text, good);
        stage.write(&path, text);
        let start = ["connector", "start", "sink", "--stable-for", "10s"];
        let outcome = stage.run(&start);
        assert_eq!(outcome.code, 14, "{}", outcome.err);
        assert!(
            outcome.err.contains(words),
            "{words:?} is not in {}",
            outcome.err
        );
        is_unhealthy(&stage, "sink", &[words]);
    }
    stage.write(&path, format!("{good}errors.tolerance=PLACEHOLDER\n"));
    stage.refused(
        &["connector", "start", "sink"],
        3,
        &["errors.tolerance=PLACEHOLDER"],
    );
    stage.write(&path, &good);
    stage.remove("/etc/hdikafka/sink-secrets.properties");
    stage.refused(
        &["connector", "start", "sink"],
        3,
        &["sink-secrets.properties is missing", "--only secrets"],
    );
    stage.run(&["setup", "--yes"]).succeeded();

    stage.run(&["connector", "stop", "source"]).succeeded();
    let offsets = "/var/lib/hdikafka/offsets/source.offsets";
    stage.write(offsets, b"\xac\xed\x00\x05sr\x00\x11java.util");
    for arguments in [&["connector", "start", "source"][..], &["setup", "--yes"]] {
        stage
            .run(arguments)
            .failed(3, &["offset file", "cannot be used", ".after-stop"]);
    }
    assert_eq!(stage.health("source")["verdict"], "stopped");
}
