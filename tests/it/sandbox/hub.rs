//! The imitated IoT Hub from the outside that is public: devices over HTTPS, and the registry.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdikafka::sandbox::hub::{Api, Fate, Hub, Names, Policy, Rights};
use hdikafka::secret::Secret;
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use super::{client, identity, sas, soon};

pub(super) const HOST: &str = "myhub.azure-devices.net";
pub(super) const EVENTS_HOST: &str = "iothub-ns-myhub-1-2.servicebus.windows.net";
pub(super) const EVENTS_PATH: &str = "iothub-ehub-myhub-1-3";
const OWNER_KEY: &[u8] = b"owner-key-canary-0123456789abcdef";
pub(super) const SERVICE_KEY: &[u8] = b"service-key-canary-0123456789abc";
const DEVICE_KEY: &[u8] = b"device-key-canary-0123456789abcd";

pub(super) struct Running {
    pub(super) hub: Hub,
    pub(super) client: Client,
}

pub(super) fn running() -> Running {
    let (authority, config) = identity(&[HOST, EVENTS_HOST]);
    let policy = |name: &str, rights: &str, key: &[u8]| Policy {
        name: name.to_owned(),
        rights: Rights::try_from(rights.to_owned()).unwrap(),
        keys: vec![Secret::new(STANDARD.encode(key))],
    };
    let names = Names {
        name: "myhub".to_owned(),
        host_name: HOST.to_owned(),
        events_host: EVENTS_HOST.to_owned(),
        events_path: EVENTS_PATH.to_owned(),
        partitions: 4,
        consumer_groups: vec!["$Default".to_owned()],
    };
    let policies = vec![
        policy(
            "iothubowner",
            "RegistryWrite, ServiceConnect, DeviceConnect",
            OWNER_KEY,
        ),
        policy("service", "ServiceConnect", SERVICE_KEY),
    ];
    let devices = vec![(
        "fakepi".to_owned(),
        Secret::new(STANDARD.encode(DEVICE_KEY)),
    )];
    let any = || "127.0.0.1:0".to_owned();
    let listen = [Api::Https, Api::Service, Api::Events, Api::Admin].map(|api| (api, any()));
    let hub = Hub::start(names, policies, devices, &config, &listen).unwrap();
    let names = [
        (HOST, hub.addr(Api::Https).unwrap()),
        (EVENTS_HOST, hub.addr(Api::Events).unwrap()),
    ];
    let client = client(&authority, &names);
    Running { hub, client }
}

impl Running {
    /// A URL of an API, by its host's name.
    pub(super) fn url(&self, api: Api, path: &str) -> String {
        let host = if api == Api::Events {
            EVENTS_HOST
        } else {
            HOST
        };
        format!(
            "https://{host}:{}{path}",
            self.hub.addr(api).unwrap().port()
        )
    }

    fn device(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        let url = self.url(
            Api::Https,
            &format!("/devices/fakepi{path}?api-version=2020-03-13"),
        );
        self.client.request(method, url)
    }

    fn signed(&self, method: &str, path: &str) -> RequestBuilder {
        self.device(method, path)
            .header("authorization", device_token(DEVICE_KEY))
    }

    fn receive(&self) -> Response {
        self.signed("GET", "/messages/devicebound").send().unwrap()
    }

    pub(super) fn send_command(&self, device: &str, id: &str, text: &str) -> Response {
        let url = self.url(
            Api::Service,
            &format!("/v1/devices/{device}/messages/devicebound"),
        );
        let token = sas(HOST, SERVICE_KEY, soon(), Some("service"));
        let request = self
            .client
            .post(url)
            .header("authorization", token)
            .header("iothub-messageid", id);
        request.body(text.to_owned()).send().unwrap()
    }
}

fn device_token(key: &[u8]) -> String {
    sas(
        "myhub.azure-devices.net%2Fdevices%2Ffakepi",
        key,
        soon(),
        None,
    )
}

fn lock_of(response: &Response) -> String {
    let etag = response.headers()["etag"].to_str().unwrap();
    etag.trim_matches('"').to_owned()
}

#[test]
fn telemetry_arrives_with_its_properties() {
    let running = running();
    let request = running
        .signed("POST", "/messages/events")
        .header("iothub-app-temperatureAlert", "true");
    let request = request
        .header("iothub-messageid", "m-1")
        .body(r#"{"temperature":21}"#);
    assert_eq!(request.send().unwrap().status(), 204);
    let event = running.hub.wait(super::PATIENCE, |data| {
        data.telemetry
            .of_device("fakepi")
            .first()
            .map(|e| (*e).clone())
    });
    let event = event.unwrap();
    assert_eq!(event.body, br#"{"temperature":21}"#);
    assert_eq!(event.properties["temperaturealert"], "true");
    assert_eq!(event.system["message-id"], "m-1");
    assert_eq!(event.system["iothub-connection-device-id"], "fakepi");
}

#[test]
fn a_wrong_expired_or_foreign_token_is_refused() {
    let running = running();
    let own = "myhub.azure-devices.net%2Fdevices%2Ffakepi";
    let expired = jiff::Timestamp::now().as_second() - 1;
    let tokens = [
        ("wrong key", sas(own, b"another key", soon(), None)),
        ("expired", sas(own, DEVICE_KEY, expired, None)),
        (
            "another device",
            sas(
                "myhub.azure-devices.net%2Fdevices%2Fother",
                DEVICE_KEY,
                soon(),
                None,
            ),
        ),
        (
            "another hub",
            sas(
                "other.azure-devices.net%2Fdevices%2Ffakepi",
                DEVICE_KEY,
                soon(),
                None,
            ),
        ),
        (
            "policy without the right",
            sas(HOST, SERVICE_KEY, soon(), Some("service")),
        ),
        (
            "unknown policy",
            sas(HOST, OWNER_KEY, soon(), Some("nobody")),
        ),
        ("no token", String::new()),
    ];
    for (what, token) in tokens {
        let request = running
            .device("POST", "/messages/events")
            .header("authorization", token);
        let answer = request.body("{}").send().unwrap();
        assert_eq!(answer.status(), 401, "{what}");
        assert_eq!(
            answer.headers()["iothub-errorcode"],
            "IotHubUnauthorizedAccess",
            "{what}"
        );
    }
    running
        .hub
        .wait(super::PATIENCE, |data| {
            data.telemetry.of_device("fakepi").is_empty().then_some(())
        })
        .unwrap();
    let owner = sas(HOST, OWNER_KEY, soon(), Some("iothubowner"));
    let request = running
        .device("POST", "/messages/events")
        .header("authorization", owner);
    assert_eq!(
        request.body("{}").send().unwrap().status(),
        204,
        "a policy may act for a device"
    );
}

#[test]
fn a_command_is_received_abandoned_received_again_and_completed() {
    let running = running();
    assert_eq!(running.receive().status(), 204, "nothing waits");
    assert_eq!(
        running.send_command("fakepi", "id-1", "Turn On").status(),
        204
    );
    let first = running.receive();
    assert_eq!(first.status(), 200);
    let header = |name: &str| first.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("iothub-messageid"), "id-1");
    assert_eq!(header("iothub-to"), "/devices/fakepi/messages/deviceBound");
    assert_eq!(
        (
            header("iothub-sequencenumber"),
            header("iothub-deliverycount")
        ),
        ("1".into(), "0".into())
    );
    let lock = lock_of(&first);
    assert_eq!(first.text().unwrap(), "Turn On");
    assert_eq!(running.receive().status(), 204, "it is locked");
    let abandon = running
        .signed("POST", &format!("/messages/devicebound/{lock}/abandon"))
        .send()
        .unwrap();
    assert_eq!(abandon.status(), 204);
    let second = running.receive();
    assert_eq!(second.headers()["iothub-deliverycount"], "1");
    let complete = |lock: &str| {
        let path = format!("/messages/devicebound/{lock}");
        running
            .signed("DELETE", &path)
            .send()
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(complete(&lock), 412, "the first lock is lost");
    assert_eq!(complete(&lock_of(&second)), 204);
    let commands = running.hub.commands("fakepi");
    assert_eq!(commands.len(), 1);
    assert_eq!(
        (commands[0].fate.clone(), commands[0].deliveries),
        (Fate::Completed, 2)
    );
}

#[test]
fn the_registry_obeys_rights() {
    let running = running();
    let registry = |method: &str, id: &str, policy: &str, key: &[u8]| {
        let url = running.url(Api::Https, &format!("/devices/{id}?api-version=2021-04-12"));
        let request = running.client.request(method.parse().unwrap(), url);
        request.header("authorization", sas(HOST, key, soon(), Some(policy)))
    };
    assert_eq!(
        registry("GET", "fakepi", "service", SERVICE_KEY)
            .send()
            .unwrap()
            .status(),
        401
    );
    let found = registry("GET", "fakepi", "iothubowner", OWNER_KEY)
        .send()
        .unwrap();
    let found: Value = serde_json::from_str(&found.text().unwrap()).unwrap();
    assert_eq!(
        found["authentication"]["symmetricKey"]["primaryKey"],
        STANDARD.encode(DEVICE_KEY)
    );
    assert_eq!(
        registry("GET", "nobody", "iothubowner", OWNER_KEY)
            .send()
            .unwrap()
            .status(),
        404
    );
    let body = json!({"deviceId": "newpi"}).to_string();
    let put = || registry("PUT", "newpi", "iothubowner", OWNER_KEY).body(body.clone());
    let made: Value = serde_json::from_str(&put().send().unwrap().text().unwrap()).unwrap();
    assert_eq!(put().send().unwrap().status(), 409);
    assert_eq!(put().header("if-match", "*").send().unwrap().status(), 200);
    assert_eq!(made["deviceId"], "newpi");
    assert_eq!(
        registry("PUT", "bad%20id", "iothubowner", OWNER_KEY)
            .body("{}")
            .send()
            .unwrap()
            .status(),
        400
    );
}

#[test]
fn requests_without_an_api_version_are_refused() {
    let running = running();
    let url = running.url(Api::Https, "/devices/fakepi/messages/events");
    let answer = running
        .client
        .post(url)
        .header("authorization", device_token(DEVICE_KEY))
        .send()
        .unwrap();
    assert_eq!(answer.status(), 400);
}

#[test]
fn the_admin_page_says_what_happened_and_that_it_is_for_tests() {
    let running = running();
    running.hub.inject("fakepi", b"{}", BTreeMap::new());
    running.send_command("fakepi", "id-1", "Turn On");
    let url = format!("http://{}/state", running.hub.addr(Api::Admin).unwrap());
    let text = running.client.get(url).send().unwrap().text().unwrap();
    let state: Value = serde_json::from_str(&text).unwrap();
    assert!(state["note"].as_str().unwrap().contains("test facility"));
    assert_eq!(state["devices"]["fakepi"]["telemetry"], 1);
    let command = &state["devices"]["fakepi"]["commands"][0];
    assert_eq!(
        (&command["body"], &command["fate"]),
        (&json!("Turn On"), &json!("queued"))
    );
    assert_eq!(state["connections"]["service"]["accepted"], 1);
    assert!(!text.contains(&STANDARD.encode(DEVICE_KEY)));
}
