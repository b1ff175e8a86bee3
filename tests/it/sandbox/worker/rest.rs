//! The worker's REST API, by hand and by the program's own client.

use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use serde_json::json;

use super::*;

fn running(place: &Place) -> Worker {
    place.cluster.create_topic("iotin", 1, 1, &[]).unwrap();
    place.cluster.create_topic("iotout", 1, 1, &[]).unwrap();
    let source = place.source_file(&[("IotHub.Partitions", "2"), ("tasks.max", "2")]);
    let worker = place.start(&[&place.worker_file(&[]), &source, &place.sink_file(&[])]);
    worker.tasks_are(SOURCE, &["RUNNING", "RUNNING"]);
    worker.tasks_are(SINK, &["RUNNING"]);
    worker
}

#[test]
fn documents_and_errors() {
    let place = place(2);
    let worker = running(&place);
    let get = |path: &str| worker.request("GET", path);
    assert_eq!(
        get("/"),
        (
            200,
            json!({"version": "3.2.0", "commit": "38103ffaa962ef50", "kafka_cluster_id": place.cluster.cluster_id()})
        )
    );
    assert_eq!(get("/connectors"), (200, json!([SOURCE, SINK])));
    let (_, info) = get(&format!("/connectors/{SOURCE}"));
    assert_eq!(info["type"], "source");
    assert_eq!(
        info["tasks"],
        json!([{"connector": SOURCE, "task": 0}, {"connector": SOURCE, "task": 1}])
    );
    assert_eq!(info["config"]["BatchSize"], "5");
    let (_, tasks) = get(&format!("/connectors/{SOURCE}/tasks-config"));
    assert_eq!(
        tasks[format!("{SOURCE}-1")]["TaskPartitions"],
        r#"{"1":"-1"}"#
    );
    assert_eq!(
        get(&format!("/connectors/{SOURCE}/tasks/1/status")).1["state"],
        "RUNNING"
    );
    let (_, plugins) = get("/connector-plugins");
    assert_eq!(
        plugins[0],
        json!({"class": LATER, "type": "source", "version": "0.7.0"})
    );
    let (_, both) = get("/connectors?expand=status&expand=info");
    assert_eq!(both[SINK]["status"]["connector"]["state"], "RUNNING");
    assert_eq!(both[SINK]["info"]["type"], "sink");
    let gone = |words: &str| (404, json!({"error_code": 404, "message": words}));
    assert_eq!(get("/connectors/x"), gone("Connector x not found"));
    assert_eq!(
        get("/connectors/x/status"),
        gone("No status found for connector x")
    );
    assert_eq!(
        get(&format!("/connectors/{SINK}/tasks/7/status")),
        gone(&format!("No status found for task {SINK}-7"))
    );
    assert_eq!(
        worker.request("POST", "/connectors/x/restart"),
        gone("Connector x not found")
    );
    assert_eq!(get("/nothing"), gone("HTTP 404 Not Found"));
    let create = |name: &str| {
        let body = json!({"name": name, "config": info["config"]}).to_string();
        let (code, body) = worker.send("POST", "/connectors", body);
        (
            code,
            body["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let exists = format!("Connector {SOURCE} already exists");
    assert_eq!(create(SOURCE), (409, exists));
    let (code, words) = create("other");
    assert_eq!(code, 400, "{words}");
}

#[test]
fn pausing_restarting_and_deleting() {
    let place = place(2);
    let mut worker = running(&place);
    let source = format!("/connectors/{SOURCE}");
    assert_eq!(worker.request("PUT", &format!("{source}/pause")).0, 202);
    worker.tasks_are(SOURCE, &["PAUSED", "PAUSED"]);
    place.hub.inject("fakepi", b"while paused", BTreeMap::new());
    assert_eq!(worker.request("PUT", &format!("{source}/resume")).0, 202);
    assert_eq!(place.telemetry(1)[0]["content"], "while paused");
    worker.tasks_are(SOURCE, &["RUNNING", "RUNNING"]);
    assert_eq!(
        worker
            .request("PUT", &format!("/connectors/{SINK}/pause"))
            .0,
        202
    );
    worker.tasks_are(SINK, &["PAUSED"]);
    place.produce(
        "iotout",
        &[Some(
            r#"{"messageId":"1","message":"m","deviceId":"fakepi"}"#,
        )],
    );
    assert_eq!(
        worker
            .request("PUT", &format!("/connectors/{SINK}/resume"))
            .0,
        202
    );
    place
        .hub
        .wait(PATIENCE, |data| {
            data.devices
                .get("fakepi")
                .filter(|d| d.queued() == 1)
                .map(|_| ())
        })
        .unwrap();

    let (code, status) = worker.request(
        "POST",
        &format!("{source}/restart?includeTasks=true&onlyFailed=false"),
    );
    assert_eq!(code, 202);
    assert_eq!(status["tasks"][0]["state"], "RESTARTING");
    worker.tasks_are(SOURCE, &["RUNNING", "RUNNING"]);
    let (code, status) = worker.request(
        "POST",
        &format!("{source}/restart?includeTasks=true&onlyFailed=true"),
    );
    assert_eq!(
        (code, status["connector"]["state"].as_str()),
        (202, Some("RUNNING"))
    );
    assert_eq!(worker.request("POST", &format!("{source}/restart")).0, 204);
    assert_eq!(
        worker
            .request("POST", &format!("{source}/tasks/0/restart"))
            .0,
        204
    );
    assert_eq!(
        worker
            .request("POST", &format!("{source}/tasks/9/restart"))
            .0,
        404
    );
    assert_eq!(worker.request("DELETE", &source).0, 204);
    assert_eq!(worker.request("GET", "/connectors"), (200, json!([SINK])));
    assert_eq!(worker.request("DELETE", &source).0, 404);
    worker.stops();
}

#[test]
fn the_programs_own_client_understands_it() {
    let place = place(2);
    let worker = running(&place);
    let addr = worker
        .url("")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let dial = move || {
        let (near, far) = UnixStream::pair()?;
        let (mut up, mut down) = (TcpStream::connect(&addr)?, far.try_clone()?);
        let (mut from, mut to) = (up.try_clone()?, far);
        std::thread::spawn(move || std::io::copy(&mut to, &mut up));
        std::thread::spawn(move || std::io::copy(&mut from, &mut down));
        Ok(near)
    };
    let client = hdikafka::connect::Client::new(Box::new(dial), None).unwrap();
    assert_eq!(client.version().unwrap().version, "3.2.0");
    assert_eq!(client.connectors().unwrap(), [SOURCE, SINK]);
    let status = client.status(SOURCE).unwrap().unwrap();
    assert_eq!((status.state.as_str(), status.tasks.len()), ("RUNNING", 2));
    assert_eq!(client.status("x").unwrap(), None);
    assert_eq!(client.restart(SOURCE).unwrap(), Some(()));
    assert_eq!(client.restart_task("x", 0).unwrap(), None);
}

#[test]
fn a_logger_is_changed_at_run_time() {
    let place = place(2);
    let worker = running(&place);
    let logger = "/admin/loggers/com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkTask";
    assert_eq!(
        worker.request("GET", logger),
        (200, json!({"level": "INFO"}))
    );
    assert_eq!(
        worker
            .send("PUT", logger, r#"{"level":"OFF"}"#.to_owned())
            .0,
        200
    );
    assert_eq!(
        worker.request("GET", logger),
        (200, json!({"level": "OFF"}))
    );
}
