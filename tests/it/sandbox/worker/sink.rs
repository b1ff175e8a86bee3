//! Commands: from the topic to the devices, and what ends the task.

use super::*;

const GROUP: &str = "connect-AzureIotHubSinkConnector";

fn command(device: &str, id: &str) -> String {
    format!(r#"{{"messageId":"{id}","message":"Turn On","deviceId":"{device}"}}"#)
}

fn received(place: &Place, count: usize) -> Vec<String> {
    let ids = |commands: Vec<hdikafka::sandbox::hub::Command>| -> Vec<String> {
        commands
            .into_iter()
            .filter_map(|command| command.message_id)
            .collect()
    };
    place
        .hub
        .wait(PATIENCE, |data| {
            let commands = data.devices.get("fakepi")?.commands();
            (commands.len() >= count).then_some(())
        })
        .unwrap();
    ids(place.hub.commands("fakepi"))
}

fn position(place: &Place) -> Option<i64> {
    let group = place.cluster.group(GROUP)?;
    group.positions.get(&("iotout".to_owned(), 0)).copied()
}

#[test]
fn commands_reach_the_device_once() {
    let place = place(1);
    place.cluster.create_topic("iotout", 1, 1, &[]).unwrap();
    let (one, two) = (command("fakepi", "1"), command("fakepi", "2"));
    place.produce("iotout", &[Some(&one), Some(&two)]);
    let files = [place.worker_file(&[]), place.sink_file(&[])];
    let mut worker = place.start(&[&files[0], &files[1]]);
    assert_eq!(received(&place, 2), ["1", "2"]);
    let first = &place.hub.commands("fakepi")[0];
    assert_eq!(
        (first.body.as_slice(), first.ack.as_deref()),
        (b"Turn On".as_slice(), Some("full"))
    );
    worker.sees("Started tasks to send 2 messages to devices.");
    worker.sees("Received 0 messages to be sent to devices. ");
    place
        .cluster
        .wait_for("the position", PATIENCE, |seen| {
            let group = seen.group(GROUP);
            group.is_some_and(|group| group.positions.get(&("iotout".to_owned(), 0)) == Some(&2))
        })
        .unwrap();
    let told = Instant::now();
    worker.stops();
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "an idle sink ends at once"
    );
    assert!(
        place.cluster.group(GROUP).unwrap().members.is_empty(),
        "it has left"
    );

    let three = command("fakepi", "3");
    place.produce("iotout", &[Some(&three)]);
    let mut worker = place.start(&[&files[0], &files[1]]);
    assert_eq!(
        received(&place, 3),
        ["1", "2", "3"],
        "nothing is sent again"
    );
    worker.sees("Started tasks to send 1 messages to devices.");
    worker.stops();
    assert_eq!(position(&place), Some(3), "a stop commits");
}

#[test]
fn a_bad_record_kills_the_task_with_its_batch_uncommitted() {
    let place = place(1);
    place.cluster.create_topic("iotout", 1, 1, &[]).unwrap();
    let (one, two) = (command("fakepi", "1"), command("fakepi", "2"));
    place.produce("iotout", &[Some(&one), Some(""), Some(&two)]);
    let mut worker = place.start(&[&place.worker_file(&[]), &place.sink_file(&[])]);
    let status = worker.tasks_are(SINK, &["FAILED"]);
    let trace = status["tasks"][0]["trace"].as_str().unwrap();
    assert!(trace.starts_with("org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception."), "{trace}");
    assert!(
        trace.contains("Unable to convert record with schema STRING and value  to C2D message"),
        "{trace}"
    );
    worker.sees("until manually restarted. Error: Unable to convert record");
    assert_eq!(received(&place, 1), ["1"]);
    assert_eq!(position(&place), None);

    let (code, _) = worker.request("POST", &format!("/connectors/{SINK}/tasks/0/restart"));
    assert_eq!(code, 204);
    assert_eq!(received(&place, 2), ["1", "1"], "the batch begins again");
    worker.tasks_are(SINK, &["FAILED"]);
    worker.stops();
}

#[test]
fn what_the_hub_refuses_has_its_own_exception() {
    let place = place(1);
    place.cluster.create_topic("iotout", 1, 1, &[]).unwrap();
    let unknown = command("nobody", "1");
    place.produce("iotout", &[Some(&unknown)]);
    let mut worker = place.start(&[&place.worker_file(&[]), &place.sink_file(&[])]);
    let trace = |status: Value| status["tasks"][0]["trace"].as_str().unwrap().to_owned();
    let seen = trace(worker.tasks_are(SINK, &["FAILED"]));
    assert!(
        seen.contains("IotHubNotFoundException: IoT Hub not found! ErrorCode:DeviceNotFound"),
        "{seen}"
    );
    worker.stops();

    let wrong = place
        .connection_string()
        .replace(&STANDARD.encode(KEY), "d3Jvbmc=");
    let mut worker = place.start(&[
        &place.worker_file(&[]),
        &place.sink_file(&[("IotHub.ConnectionString", &wrong)]),
    ]);
    let seen = trace(worker.tasks_are(SINK, &["FAILED"]));
    assert!(
        seen.contains("IotHubUnathorizedException: Unauthorized!"),
        "{seen}"
    );
    worker.stops();

    let nowhere = "HostName=127.0.0.99;SharedAccessKeyName=service;SharedAccessKey=AAAA";
    let mut worker = place.start(&[
        &place.worker_file(&[]),
        &place.sink_file(&[("IotHub.ConnectionString", nowhere)]),
    ]);
    let seen = trace(worker.tasks_are(SINK, &["FAILED"]));
    assert!(
        seen.contains("java.io.IOException: Connection failed to be established"),
        "{seen}"
    );
    worker.stops();

    let mut worker = place.start(&[
        &place.worker_file(&[]),
        &place.sink_file(&[("IotHub.ConnectionString", "PLACEHOLDER")]),
    ]);
    let seen = trace(worker.tasks_are(SINK, &["FAILED"]));
    assert!(
        seen.contains("IllegalArgumentException: SharedAccessKeyName cannot be null or empty"),
        "{seen}"
    );
    worker.stops();
}

#[test]
fn the_51st_command_of_a_queue_fails_the_task() {
    let place = place(1);
    place.cluster.create_topic("iotout", 1, 1, &[]).unwrap();
    let all: Vec<String> = (0..51).map(|n| command("fakepi", &n.to_string())).collect();
    let all: Vec<Option<&str>> = all.iter().map(|text| Some(text.as_str())).collect();
    place.produce("iotout", &all);
    let worker = place.start(&[&place.worker_file(&[]), &place.sink_file(&[])]);
    let status = worker.tasks_are(SINK, &["FAILED"]);
    let trace = status["tasks"][0]["trace"].as_str().unwrap();
    assert!(
        trace.contains(
            "IotHubDeviceMaximumQueueDepthExceededException: Maximum queue depth exceeded!"
        ),
        "{trace}"
    );
    assert_eq!(place.hub.commands("fakepi").len(), 50);
    assert_eq!(
        position(&place),
        Some(50),
        "what was delivered before is committed"
    );
}

#[test]
fn a_missing_topic_is_warned_of() {
    let place = place(1);
    let mut worker = place.start(&[&place.worker_file(&[]), &place.sink_file(&[])]);
    worker.sees(
        "Error while fetching metadata with correlation id 3 : {iotout=UNKNOWN_TOPIC_OR_PARTITION}",
    );
    worker.tasks_are(SINK, &["RUNNING"]);
    worker.stops();
}
