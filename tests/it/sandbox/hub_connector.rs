//! The imitated IoT Hub from the side of the stand-in connector: port 5671 of both hosts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdikafka::sandbox::hub::{Api, QUEUE_LIMIT};
use reqwest::blocking::Response;
use serde_json::Value;

use super::hub::{EVENTS_HOST, EVENTS_PATH, HOST, Running, SERVICE_KEY, running};
use super::{PATIENCE, sas, soon};

/// A token as the Event Hubs SDK makes it: the key's text signs, the audience is the partition.
fn events_token(partition: &str, key: &[u8]) -> String {
    let resource = format!(
        "amqp%3A%2F%2F{EVENTS_HOST}%2F{EVENTS_PATH}%2FConsumerGroups%2F%24Default%2FPartitions%2F{partition}"
    );
    sas(&resource, key, soon(), Some("service"))
}

fn receive(running: &Running, partition: usize, query: &str) -> Response {
    let key = STANDARD.encode(SERVICE_KEY);
    let token = events_token(&partition.to_string(), key.as_bytes());
    ask(
        running,
        EVENTS_PATH,
        "$Default",
        &partition.to_string(),
        query,
        token,
    )
}

fn ask(
    running: &Running,
    name: &str,
    group: &str,
    partition: &str,
    query: &str,
    token: String,
) -> Response {
    let path = format!("/v1/{name}/ConsumerGroups/{group}/Partitions/{partition}?{query}");
    let request = running
        .client
        .get(running.url(Api::Events, &path))
        .header("authorization", token);
    request.send().unwrap()
}

fn json(response: Response) -> Value {
    serde_json::from_str(&response.text().unwrap()).unwrap()
}

fn bodies(response: Response) -> Vec<String> {
    assert_eq!(response.status(), 200);
    let text = |event: &Value| STANDARD.decode(event["body"].as_str().unwrap()).unwrap();
    let all = json(response);
    let events = all["events"].as_array().unwrap().iter();
    events
        .map(|event| String::from_utf8(text(event)).unwrap())
        .collect()
}

#[test]
fn a_partition_is_read_from_an_offset_or_a_time() {
    let running = running();
    let sent: Vec<(usize, i64)> = ["a", "b", "c"]
        .map(|text| {
            running
                .hub
                .inject("fakepi", text.as_bytes(), BTreeMap::new())
        })
        .to_vec();
    let (partition, second) = sent[1];
    assert_eq!(
        bodies(receive(&running, partition, "offset=-1&max=2")),
        ["a", "b"]
    );
    assert_eq!(
        bodies(receive(&running, partition, &format!("offset={second}"))),
        ["c"]
    );
    assert_eq!(
        bodies(receive(&running, partition, "time=0")),
        ["a", "b", "c"]
    );
    assert_eq!(
        bodies(receive(&running, partition, "time=99999999999999")),
        [""; 0]
    );
    assert_eq!(
        bodies(receive(&running, (partition + 1) % 4, "offset=-1")),
        [""; 0]
    );
    assert_eq!(
        bodies(receive(&running, partition, "offset=-1&max=0")),
        [""; 0],
        "only the position is checked"
    );
}

#[test]
fn a_long_poll_ends_when_something_arrives() {
    let running = running();
    let (partition, _) = running.hub.inject("fakepi", b"first", BTreeMap::new());
    let start = Instant::now();
    assert_eq!(
        bodies(receive(&running, partition, "offset=0&wait_ms=80")),
        [""; 0]
    );
    assert!(start.elapsed() >= Duration::from_millis(80));
    std::thread::scope(|scope| {
        let polling =
            scope.spawn(|| bodies(receive(&running, partition, "offset=0&wait_ms=60000")));
        // Only when the second read has been counted is the poll really waiting.
        running
            .hub
            .wait(PATIENCE, |data| (data.reads[partition] == 2).then_some(()))
            .unwrap();
        running.hub.inject("fakepi", b"second", BTreeMap::new());
        assert_eq!(polling.join().unwrap(), ["second"]);
    });
}

#[test]
fn refusals_have_the_conditions_of_amqp() {
    let running = running();
    let key = STANDARD.encode(SERVICE_KEY);
    let good = || events_token("0", key.as_bytes());
    let refused = |response: Response| {
        (
            response.status().as_u16(),
            json(response)["condition"].as_str().unwrap().to_owned(),
        )
    };
    let is = |status: u16, condition: &str| (status, condition.to_owned());
    let wrong = |token| {
        refused(ask(
            &running,
            EVENTS_PATH,
            "$Default",
            "0",
            "offset=-1",
            token,
        ))
    };
    let unauthorized = is(401, "amqp:unauthorized-access");
    assert_eq!(wrong(events_token("0", b"wrong")), unauthorized);
    assert_eq!(
        wrong(events_token("0", SERVICE_KEY)),
        unauthorized,
        "Event Hubs does not decode the key"
    );
    assert_eq!(
        wrong(events_token("1", key.as_bytes())),
        unauthorized,
        "the audience is one partition"
    );
    assert_eq!(
        wrong(sas(HOST, SERVICE_KEY, soon(), Some("service"))),
        unauthorized
    );
    let bad_offset = ask(
        &running,
        EVENTS_PATH,
        "$Default",
        "0",
        "offset=PLACEHOLDER",
        good(),
    );
    assert_eq!(refused(bad_offset), is(400, "com.microsoft:argument-error"));
    let wide = |resource: &str| sas(resource, key.as_bytes(), soon(), Some("service"));
    let host = || wide(&format!("amqp%3A%2F%2F{EVENTS_HOST}"));
    let not_found = is(404, "amqp:not-found");
    assert_eq!(
        refused(ask(&running, "other", "$Default", "0", "offset=-1", host())),
        not_found
    );
    assert_eq!(
        refused(ask(
            &running,
            EVENTS_PATH,
            "nogroup",
            "0",
            "offset=-1",
            host()
        )),
        not_found
    );
    assert_eq!(
        refused(ask(
            &running,
            EVENTS_PATH,
            "$Default",
            "4",
            "offset=-1",
            host()
        )),
        not_found
    );
}

#[test]
fn commands_are_refused_for_the_right_reasons() {
    let running = running();
    let condition = |response: Response| json(response)["condition"].as_str().unwrap().to_owned();
    assert_eq!(
        condition(running.send_command("nobody", "1", "x")),
        "amqp:not-found"
    );
    for n in 0..QUEUE_LIMIT {
        assert_eq!(
            running.send_command("fakepi", &n.to_string(), "x").status(),
            204
        );
    }
    assert_eq!(
        condition(running.send_command("fakepi", "50", "x")),
        "amqp:resource-limit-exceeded"
    );
    let url = running.url(Api::Service, "/v1/devices/fakepi/messages/devicebound");
    let token = sas(HOST, b"wrong", soon(), Some("service"));
    let refused = running
        .client
        .post(url)
        .header("authorization", token)
        .body("x")
        .send()
        .unwrap();
    assert_eq!(condition(refused), "amqp:unauthorized-access");
    assert_eq!(
        condition(running.send_command("fakepi", "1", &"x".repeat((64 << 10) + 1))),
        "amqp:link:message-size-exceeded"
    );
}

#[test]
fn every_listener_serves_its_own_api_only() {
    let running = running();
    let owner = || sas(HOST, SERVICE_KEY, soon(), Some("service"));
    let send = |api: Api, path: &str| {
        let request = running
            .client
            .post(running.url(api, path))
            .header("authorization", owner());
        request.body("x").send().unwrap().status().as_u16()
    };
    let command = "/v1/devices/fakepi/messages/devicebound";
    assert_eq!(send(Api::Service, command), 204);
    assert_eq!(send(Api::Https, command), 404);
    assert_eq!(send(Api::Events, command), 404);
    assert_eq!(
        send(
            Api::Service,
            "/devices/fakepi/messages/events?api-version=2020-03-13"
        ),
        404
    );
}
