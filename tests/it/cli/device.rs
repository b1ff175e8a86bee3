//! `device simulate`: against the sandbox's IoT Hub, and against servers with a will of their own.

mod access;
mod moods;

use super::{Outcome, World};
use hdikafka::iothub::sas;
use hdikafka::sandbox::http::{Listen, Request, Response, Server};
use hdikafka::sandbox::hub::{Api, Fate, Hub, Names, Policy, Rights};
use hdikafka::sandbox::tls::{Authority, server_config};
use hdikafka::secret::Secret;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const HOST: &str = "myhub.azure-devices.net";
/// Base64 with a word in it that nothing may print.
const DEVICE_KEY: &str = "ZGV2aWNlLWNhbmFyeS0wMTIzNDU2Nzg5YWJjZGVmZ2g=";
const OWNER_KEY: &str = "b3duZXItY2FuYXJ5LTAxMjM0NTY3ODlhYmNkZWZnaGk=";
const PATIENCE: Duration = Duration::from_secs(20);
const OWNER: &str = "RegistryWrite, ServiceConnect, DeviceConnect";

struct Place {
    authority: Authority,
    tls: Arc<rustls::ServerConfig>,
}

fn place() -> Place {
    let authority = Authority::new("hdikafka tests").unwrap();
    let (cert, key) = authority.issue(&[HOST], &[]).unwrap();
    let tls = server_config(cert.as_bytes(), key.as_bytes()).unwrap();
    Place { authority, tls }
}

impl Place {
    fn hub(&self, devices: &[&str]) -> Hub {
        let names = Names {
            name: "myhub".to_owned(),
            host_name: HOST.to_owned(),
            events_host: "events.example".to_owned(),
            events_path: "myhub-events".to_owned(),
            partitions: 4,
            consumer_groups: vec!["$Default".to_owned()],
        };
        let policies = [
            ("iothubowner", OWNER),
            ("registryRead", "RegistryRead"),
            ("device", "DeviceConnect"),
            ("service", "ServiceConnect"),
        ];
        let policies = policies.map(|(name, rights)| Policy {
            name: name.to_owned(),
            rights: Rights::try_from(rights.to_owned()).unwrap(),
            keys: vec![Secret::from(OWNER_KEY)],
        });
        let devices = devices.iter();
        let devices = devices.map(|id| ((*id).to_owned(), Secret::from(DEVICE_KEY)));
        let listen = [Api::Https, Api::Service].map(|api| (api, "127.0.0.1:0".to_owned()));
        Hub::start(
            names,
            policies.into(),
            devices.collect(),
            &self.tls,
            &listen,
        )
        .unwrap()
    }

    /// A world in which the hub is at this address, without any credentials.
    fn world(&self, address: SocketAddr) -> World {
        let world = World::new();
        let ca = world.file("ca.pem", self.authority.ca_pem());
        world
            .set("HDIKAFKA_CA_FILE", ca)
            .set("HDIKAFKA_HUB_GATEWAY", address.to_string())
    }

    /// As the device itself.
    fn device(&self, address: SocketAddr) -> World {
        let string = format!("HostName={HOST};DeviceId=fakepi;SharedAccessKey={DEVICE_KEY}");
        self.world(address)
            .set("HDIKAFKA_DEVICE_CONNECTION_STRING", string)
    }

    /// With what az said of the hub and of one of its policies.
    fn operator(&self, address: SocketAddr, policy: &str, rights: Option<&str>) -> World {
        let hub = json!({"name": "myhub", "properties": {"hostName": HOST, "state": "Active",
            "eventHubEndpoints": {"events": {"path": "p", "partitionCount": 4, "endpoint": "sb://events.example/"}}}});
        let policy = json!({"keyName": policy, "primaryKey": OWNER_KEY, "rights": rights});
        let world = self.world(address);
        let hub = world.file("hub.json", hub.to_string());
        let policy = world.file("policy.json", policy.to_string());
        world
            .set("HDIKAFKA_HUB_JSON", hub)
            .set("HDIKAFKA_POLICY_JSON", policy)
    }

    /// A server in the hub's place, which answers as it likes.
    fn server(&self, answer: impl Fn(Request) -> Response + Send + Sync + 'static) -> Server {
        let listen = Listen {
            addr: "127.0.0.1:0".to_owned(),
            tls: Some(Arc::clone(&self.tls)),
            service: Arc::new(answer),
            connections: Arc::default(),
        };
        Server::start(vec![listen]).unwrap()
    }

    /// What the sink would do.
    fn command(&self, hub: &Hub, device: &str, text: &str) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = reqwest::Certificate::from_pem(self.authority.ca_pem().as_bytes()).unwrap();
        let address = hub.addr(Api::Service).unwrap();
        let http = reqwest::blocking::Client::builder()
            .tls_certs_only([ca])
            .no_proxy()
            .resolve(HOST, address)
            .build()
            .unwrap();
        let expiry = jiff::Timestamp::now().as_second() + 600;
        let token = sas::token(HOST, Some("service"), &OWNER_KEY.into(), expiry).unwrap();
        let port = address.port();
        let sent = http
            .post(format!(
                "https://{HOST}:{port}/v1/devices/{device}/messages/devicebound"
            ))
            .header("authorization", token.expose())
            .header("iothub-messageid", "m1")
            .body(text.to_owned())
            .send()
            .unwrap();
        assert!(sent.status().is_success(), "{}", sent.status());
    }
}

fn https(hub: &Hub) -> SocketAddr {
    hub.addr(Api::Https).unwrap()
}

#[track_caller]
fn without_keys(outcome: Outcome) -> Outcome {
    for text in [&outcome.out, &outcome.err] {
        for key in [DEVICE_KEY, OWNER_KEY] {
            assert!(!text.contains(&key[..20]), "a key was printed: {text}");
        }
        assert!(!text.contains("SharedAccessSignature"), "{text}");
    }
    outcome
}

/// Ended well; the note with the count is on stderr.
#[track_caller]
fn counted(outcome: Outcome, count: &str) -> String {
    let outcome = without_keys(outcome);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(
        outcome.err.ends_with(&format!("{count}\n")),
        "{}",
        outcome.err
    );
    outcome.out
}

#[test]
fn telemetry_goes_out_and_a_command_comes_in_and_is_completed() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    place.command(&hub, "fakepi", "Turn \u{1b}[31mOn");
    let world = place.device(https(&hub));
    let arguments = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "3",
    ];
    let out = counted(world.run(&arguments), "3 messages sent, 1 command received");
    assert!(out.contains("Receive message: Turn \\x1b[31mOn\n"), "{out}");
    let sent: Vec<Value> = out
        .lines()
        .filter_map(|line| line.strip_prefix("Sent message: "))
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    assert_eq!(sent.len(), 3);
    hub.wait(PATIENCE, |data| {
        let events = data.telemetry.of_device("fakepi");
        let bodies: Vec<Value> = events
            .iter()
            .map(|event| serde_json::from_slice(&event.body).unwrap())
            .collect();
        assert_eq!(bodies, sent);
        for (number, event) in events.iter().enumerate() {
            assert_eq!(bodies[number]["messageId"], number + 1);
            assert_eq!(bodies[number]["deviceId"], "fakepi");
            let temperature = bodies[number]["temperature"].as_f64().unwrap();
            let alert = (temperature > 30.0).to_string();
            assert_eq!(event.properties["temperaturealert"], alert);
        }
        Some(())
    });
    assert_eq!(hub.commands("fakepi")[0].fate, Fate::Completed);
}

#[test]
fn for_a_program_each_event_is_a_line_of_json() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let text = "Turn\u{9b}2J\u{202e} On";
    place.command(&hub, "fakepi", text);
    let world = place.device(https(&hub));
    let base = [
        "device",
        "simulate",
        "fakepi",
        "--no-telemetry",
        "--count",
        "1",
        "-o",
    ];
    let outcome = without_keys(world.run(&[&base[..], &["json"]].concat()).done());
    let lines: Vec<Value> = outcome
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            json!({"event": "received", "messageId": "m1", "text": text, "properties": {}}),
            json!({"event": "end", "sent": 0, "received": 1}),
        ]
    );
    place.command(&hub, "fakepi", text);
    let outcome = world.run(&[&base[..], &["yaml"]].concat()).done();
    assert_eq!(outcome.out.matches("---\n").count(), 2);
}

/// Started, and read up to its first line.
fn started(world: &World, more: &[&str]) -> (std::process::Child, BufReader<impl Read + use<>>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hdikafka"))
        .args(["device", "simulate", "fakepi"])
        .args(more)
        .env_clear()
        .envs(&world.env)
        .current_dir(world.path("work"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("Sent message: "), "{line}");
    (child, out)
}

#[test]
fn a_signal_ends_it_with_a_count() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    for (more, code) in [
        (&["--every", "1h"][..], 0),
        (&["--every", "1h", "--for", "1h"], 130),
    ] {
        let (mut child, mut out) = started(&world, more);
        let pid = libc::pid_t::try_from(child.id()).unwrap();
        // SAFETY: kill only takes numbers; the child has not been waited for.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{err}");
        assert_eq!(err, "1 message sent, 0 commands received\n");
    }
}

#[test]
fn a_command_that_could_not_be_printed_is_given_back() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    let (mut child, out) = started(&world, &["--every", "1h"]);
    // nobody reads any more
    drop(out);
    place.command(&hub, "fakepi", "Turn On");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let command = hub.commands("fakepi").remove(0);
    assert_eq!((command.fate, command.deliveries), (Fate::Queued, 1));
}

#[test]
fn a_time_ends_it_too() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    let arguments = [
        "device", "simulate", "fakepi", "--every", "1h", "--for", "1s",
    ];
    let outcome = world.run(&arguments);
    assert!(outcome.took >= Duration::from_secs(1), "{:?}", outcome.took);
    counted(outcome, "1 message sent, 0 commands received");
    for wrong in [["--every", "0"], ["--for", "soon"], ["--count", "0"]] {
        let arguments = [&["device", "simulate", "fakepi"][..], &wrong].concat();
        assert_eq!(world.run(&arguments).code, 2, "{wrong:?}");
    }
    without_keys(world.run(&["device", "simulate", "a b"])).failed(2, &["device id"]);
}
