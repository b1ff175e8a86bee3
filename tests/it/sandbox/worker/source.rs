//! Telemetry: from the hub into the topic, and what is remembered.

use std::collections::BTreeMap;
use std::process::Command;

use hdikafka::facts::{log::LogFacts, offsets};

use super::*;

#[test]
fn telemetry_arrives_once_and_a_restart_goes_on_where_it_was() {
    let place = place(2);
    place.cluster.create_topic("iotin", 2, 1, &[]).unwrap();
    for text in ["one", "two", "three"] {
        place.hub.inject("fakepi", text.as_bytes(), BTreeMap::new());
    }
    let files = [place.worker_file(&[]), place.source_file(&[])];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut worker = place.start(&files);
    let telemetry = place.telemetry(3);
    let mut contents: Vec<&str> = telemetry
        .iter()
        .map(|t| t["content"].as_str().unwrap())
        .collect();
    contents.sort_unstable();
    assert_eq!(contents, ["one", "three", "two"]);
    assert_eq!(telemetry[0]["deviceId"], "fakepi");
    assert!(telemetry[0]["sequenceNumber"].is_i64());
    worker.tasks_are(SOURCE, &["RUNNING", "RUNNING"]);
    worker.sees("with start time Some(2018-01-28T00:00:00Z)");
    worker.stops();
    let stored = offsets::read(&fs::read(place.path("offsets")).unwrap()).unwrap();
    assert!(!stored.is_empty());
    let key = stored.keys().next().unwrap();
    assert!(
        key.starts_with(&format!(
            r#"["{SOURCE}",{{"EventHubName":"{EVENTS_PATH}","EventHubPartition":""#
        )),
        "{key}"
    );

    place.hub.inject("fakepi", b"four", BTreeMap::new());
    let mut worker = place.start(&files);
    let telemetry = place.telemetry(4);
    assert_eq!(
        telemetry.iter().filter(|t| t["content"] == "four").count(),
        1
    );
    worker.sees("with previously saved offset");
    worker.stops();
    assert_eq!(
        place.cluster.records("iotin").unwrap().len(),
        4,
        "nothing is read twice"
    );
}

#[test]
fn its_log_is_understood_by_the_digest() {
    let place = place(2);
    place.cluster.create_topic("iotin", 2, 1, &[]).unwrap();
    let worker = place.start(&[&place.worker_file(&[]), &place.source_file(&[])]);
    let first = worker.sees("stand-in");
    assert!(
        first.contains("This is a stand-in for a Kafka Connect worker"),
        "{first}"
    );
    assert_eq!(
        worker.log().lines().nth(1),
        Some(first.as_str()),
        "it is the first line"
    );
    worker
        .sees("|task-0] Polling for data - Obtained 0 SourceRecords from iothub-ehub-myhub-1-3:0");
    worker.sees("|task-1] Polling for data");
    worker.sees("Created connector AzureIotHubConnector");
    let program = format!(
        "{}\nlog_digest \"$1\" \"$2\"\n",
        include_str!("../../../../templates/edge/sections.sh")
    );
    let digest = Command::new("sh")
        .args([
            "-c",
            &program,
            "digest",
            place.path("worker.log").to_str().unwrap(),
            MARKER,
        ])
        .output()
        .unwrap();
    let facts = LogFacts::parse(&String::from_utf8_lossy(&digest.stdout));
    assert!(facts.begun && facts.created, "{facts:?}");
    assert_eq!(facts.errors, 0, "{facts:?}");
    assert_eq!(
        facts.ready.iter().map(String::as_str).collect::<Vec<_>>(),
        ["task-0", "task-1"]
    );
    assert!(
        facts.polls["task-0"] > 0 && facts.polls["task-1"] > 0,
        "{facts:?}"
    );
}

#[test]
fn a_missing_topic_is_warned_of_while_it_says_running() {
    let place = place(2);
    place.hub.inject("fakepi", b"one", BTreeMap::new());
    let worker = place.start(&[&place.worker_file(&[]), &place.source_file(&[])]);
    worker.sees(
        "Error while fetching metadata with correlation id 3 : {iotin=UNKNOWN_TOPIC_OR_PARTITION}",
    );
    worker.tasks_are(SOURCE, &["RUNNING", "RUNNING"]);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    assert_eq!(place.telemetry(1)[0]["content"], "one");
}

#[test]
fn text_is_a_struct_when_the_worker_converts() {
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    place.hub.inject(
        "fakepi",
        b"hello",
        BTreeMap::from([("a".to_owned(), "b".to_owned())]),
    );
    let source = place.source_file(&[("value.converter", ""), ("IotHub.Partitions", "1")]);
    let _worker = place.start(&[&place.worker_file(&[]), &source]);
    place
        .cluster
        .wait_for("a record", PATIENCE, |seen| seen.count("iotin") == 1)
        .unwrap();
    let value = place.cluster.records("iotin").unwrap()[0]
        .value
        .clone()
        .unwrap();
    let text = String::from_utf8(value).unwrap();
    assert!(
        text.starts_with("Struct{deviceId=fakepi,offset=") && text.ends_with(",properties={a=b}}"),
        "{text}"
    );
    assert!(text.contains(",content=hello,"), "{text}");
}

#[test]
fn offsets_that_cannot_be_written_are_complained_of_and_read_again() {
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    place.hub.inject("fakepi", b"one", BTreeMap::new());
    let gone = place.path("no/such/directory/offsets");
    let worker_file =
        place.worker_file(&[("offset.storage.file.filename", gone.to_str().unwrap())]);
    let source = place.source_file(&[("IotHub.Partitions", "1"), ("tasks.max", "1")]);
    let mut worker = place.start(&[&worker_file, &source]);
    let line = worker.sees("Flush of offsets threw an unexpected exception");
    assert!(
        line.contains("] ERROR [AzureIotHubConnector|task-0|offsets] "),
        "{line}"
    );
    worker.sees("Failed to commit offsets");
    worker.tasks_are(SOURCE, &["RUNNING"]);
    worker.stops();
    let mut worker = place.start(&[&worker_file, &source]);
    assert_eq!(place.telemetry(2).len(), 2);
    worker.stops();
}

#[test]
fn a_wrong_key_fails_the_tasks_and_is_named() {
    let place = place(2);
    let source = place.source_file(&[("IotHub.AccessKeyValue", "d3Jvbmc=")]);
    let worker = place.start(&[&place.worker_file(&[]), &source]);
    let status = worker.tasks_are(SOURCE, &["FAILED", "FAILED"]);
    let trace = status["tasks"][0]["trace"].as_str().unwrap();
    assert!(trace.starts_with("com.microsoft.azure.eventhubs.AuthorizationFailedException: Put token failed. status-code: 401"), "{trace}");
    assert_eq!(status["connector"]["state"], "RUNNING");
    worker.sees("Task is being killed and will not recover until manually restarted");
    let cause = hdikafka::facts::cause::of_text(trace).unwrap();
    assert_eq!(cause.words, "IoT Hub refuses the key of the policy");
}

#[test]
fn a_stop_waits_for_the_poll_and_gives_up_what_takes_longer() {
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    let worker_file = place.worker_file(&[("task.shutdown.graceful.timeout.ms", "300")]);
    let source = place.source_file(&[
        ("IotHub.Partitions", "1"),
        ("tasks.max", "1"),
        ("ReceiveTimeout", "60"),
    ]);
    let mut worker = place.start(&[&worker_file, &source]);
    place.hub.inject("fakepi", b"one", BTreeMap::new());
    // The batch is not full: the task waits for more.
    place
        .hub
        .wait(PATIENCE, |data| (data.reads[0] >= 2).then_some(()))
        .unwrap();
    worker.stops();
    worker.sees("Graceful stop of task AzureIotHubConnector-0 failed.");
    assert!(!place.path("offsets").exists());
}

#[test]
fn the_key_is_where_connect_shows_it_and_nowhere_else() {
    let key = STANDARD.encode(KEY);
    let place = place(1);
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    let secrets = place.path("secrets.properties");
    let secrets = secrets.to_str().unwrap();
    fs::write(
        secrets,
        format!("outer.key=${{file:{secrets}:inner.key}}\ninner.key={key}\n"),
    )
    .unwrap();
    let (inner, outer) = (
        format!("${{file:{secrets}:inner.key}}"),
        format!("${{file:{secrets}:outer.key}}"),
    );
    // reference, level of the logger that prints everything → config, tasks-config, log
    for (value, level, shown) in [
        (key.as_str(), "INFO", [true, true, true]),
        (key.as_str(), "WARN", [true, true, false]),
        (inner.as_str(), "INFO", [false, true, true]),
        (inner.as_str(), "WARN", [false, true, false]),
        (outer.as_str(), "INFO", [false, false, false]),
    ] {
        let log4j = fs::read_to_string(place.path("log4j.properties")).unwrap();
        let log4j = log4j.replace(
            "source.IotHubSourceConfig=INFO",
            "source.IotHubSourceConfig=WARN",
        );
        let log4j = log4j.replace(
            "source.IotHubSourceConfig=WARN",
            &format!("source.IotHubSourceConfig={level}"),
        );
        place.write("log4j.properties", &log4j);
        let source =
            place.source_file(&[("IotHub.AccessKeyValue", value), ("IotHub.Partitions", "1")]);
        let mut worker = place.start(&[&place.worker_file(&[]), &source]);
        worker.tasks_are(SOURCE, &["RUNNING"]);
        worker.sees("Created connector");
        let of = |path: &str| {
            worker
                .request("GET", &format!("/connectors/{SOURCE}/{path}"))
                .1
                .to_string()
                .contains(&key)
        };
        let found = [
            of("config"),
            of("tasks-config"),
            worker.log().contains(&key),
        ];
        assert_eq!(found, shown, "{value} {level}");
        worker.stops();
    }
}
