//! `device simulate`: against the sandbox's IoT Hub, and against servers with a will of their own.

use super::{Outcome, World};
use hdikafka::iothub::sas;
use hdikafka::sandbox::http::{Fault, Listen, Request, Response, Server};
use hdikafka::sandbox::hub::{Api, Fate, Hub, Names, Policy, Rights};
use hdikafka::sandbox::tls::{Authority, server_config};
use hdikafka::secret::Secret;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
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

#[test]
fn a_missing_device_is_registered_only_on_request() {
    let place = place();
    let hub = place.hub(&[]);
    let world = place.operator(https(&hub), "iothubowner", Some(OWNER));
    let base = ["device", "simulate", "new-pi", "--count", "1"];
    without_keys(world.run(&base)).failed(4, &["has no device new-pi", "hint: ", "--create"]);
    let create = [&base[..], &["--create"]].concat();
    let outcome = world.run(&create);
    assert!(
        outcome.err.contains("has a new device: new-pi"),
        "{}",
        outcome.err
    );
    counted(outcome, "1 message sent, 0 commands received");
    // it is there now, and stays what it is
    let outcome = world.run(&create);
    assert!(!outcome.err.contains("new device"), "{}", outcome.err);
    counted(outcome, "1 message sent, 0 commands received");
    counted(world.run(&base), "1 message sent, 0 commands received");
}

#[test]
fn the_missing_right_is_named_before_or_after_the_hub_is_asked() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let base = ["device", "simulate", "fakepi", "--count", "1"];
    let create = [&base[..], &["--create"]].concat();
    let operator = |policy: &str, rights: Option<&str>| place.operator(https(&hub), policy, rights);

    let world = operator("service", Some("ServiceConnect"));
    without_keys(world.run(&base))
        .failed(6, &["policy service", "not RegistryRead", "iothubowner"]);
    let world = operator("registryRead", Some("RegistryRead"));
    without_keys(world.run(&create)).failed(6, &["not RegistryWrite"]);
    assert_eq!(hub.server().requests().len(), 0);
    counted(world.run(&base), "1 message sent, 0 commands received");

    // only the key is known: the hub has to say it
    let world = operator("service", None);
    without_keys(world.run(&base)).failed(5, &["the policy service", "RegistryRead"]);
    // a policy that may act for devices needs no registry
    let world = operator("device", Some("DeviceConnect"));
    counted(world.run(&base), "1 message sent, 0 commands received");
    let gone = ["device", "simulate", "nosuch", "--count", "1"];
    without_keys(world.run(&gone)).failed(4, &["no device nosuch"]);
}

#[test]
fn a_connection_string_that_does_not_fit_is_refused_without_contact() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    let other = ["device", "simulate", "other", "--count", "1"];
    without_keys(world.run(&other)).failed(2, &["for the device fakepi, not for other"]);
    let create = ["device", "simulate", "fakepi", "--create"];
    without_keys(world.run(&create)).failed(2, &["--create needs a policy"]);
    let base = [
        "device",
        "simulate",
        "fakepi",
        "--device-connection-string-file",
        "-",
    ];
    let policy = format!("HostName={HOST};SharedAccessKeyName=service;SharedAccessKey={OWNER_KEY}");
    without_keys(world.run_with(&base, policy.as_bytes())).failed(2, &["of a policy"]);
    without_keys(world.run_with(&base, DEVICE_KEY.as_bytes())).failed(2, &["connection string"]);
    assert_eq!(hub.server().requests().len(), 0);
    let good = format!("HostName={HOST};DeviceId=fakepi;SharedAccessKey={DEVICE_KEY}\n");
    let one = [&base[..], &["--count", "1"]].concat();
    counted(
        world.run_with(&one, good.as_bytes()),
        "1 message sent, 0 commands received",
    );
    let wrong = format!("HostName={HOST};DeviceId=fakepi;SharedAccessKey={OWNER_KEY}");
    let outcome = without_keys(world.run_with(&one, wrong.as_bytes()));
    assert_eq!(outcome.code, 5, "{}", outcome.err);
    assert!(
        outcome
            .err
            .contains("does not know device fakepi with this key")
    );
}

#[test]
fn a_hub_of_another_authority_and_one_that_is_away_are_told_apart() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let base = ["device", "simulate", "fakepi", "--count", "1"];
    let mut world = place.device(https(&hub));
    world.env.remove("HDIKAFKA_CA_FILE");
    assert_eq!(without_keys(world.run(&base)).code, 7);
    let closed: SocketAddr = super::servers::closed().parse().unwrap();
    let outcome = without_keys(place.device(closed).run(&base));
    assert_eq!(outcome.code, 8, "{}", outcome.err);
}

#[test]
fn a_hub_that_asks_for_a_pause_gets_it_and_the_message_is_not_lost() {
    let place = place();
    let refused = Mutex::new(false);
    let server = place.server(move |request| match request.method.as_str() {
        "POST" if !std::mem::replace(&mut *refused.lock().unwrap(), true) => {
            let words = json!({"Message": "ErrorCode:ThrottlingException;slow down"});
            Response::json(429, &words).with_header("retry-after", "2")
        }
        _ => Response::empty(204),
    });
    let world = place.device(server.addrs()[0]);
    let arguments = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "1",
    ];
    let outcome = world.run(&arguments);
    assert!(outcome.took >= Duration::from_secs(2), "{:?}", outcome.took);
    assert!(
        outcome.err.contains("slow down; sending again in 2 s"),
        "{}",
        outcome.err
    );
    let out = counted(outcome, "1 message sent, 0 commands received");
    assert!(out.contains("\"messageId\":1,"), "{out}");
    let posts = server.requests().into_iter();
    assert_eq!(posts.filter(|one| one.method == "POST").count(), 2);
}

#[test]
fn a_hub_that_fails_for_a_while_is_waited_for_once_it_has_answered() {
    let place = place();
    let hub = place.hub(&["fakepi"]);
    let world = place.device(https(&hub));
    let events = "/devices/fakepi/messages/events";
    let fault = Fault::answer(500, "text/plain", "down").times(1);
    hub.server().set_fault(events, fault);
    let base = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "2",
    ];
    // the very first answer: better an error at once than a wait
    let outcome = without_keys(world.run(&base));
    assert_eq!(outcome.code, 1, "{}", outcome.err);
    // commands are asked for first here, so that the hub is known to be right
    hub.server()
        .set_fault(events, Fault::answer(503, "text/plain", "busy").times(1));
    let outcome = world.run(&base);
    assert!(
        outcome.err.contains("503: busy; sending again in 1 s"),
        "{}",
        outcome.err
    );
    counted(outcome, "2 messages sent, 0 commands received");
}

#[test]
fn a_clock_that_is_wrong_is_put_right_by_the_hubs() {
    let place = place();
    let expiries = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&expiries);
    let theirs = jiff::Timestamp::now().as_second() + 7200;
    let server = place.server(move |request| {
        let token = request.header("authorization").unwrap_or_default();
        let expiry = token.split("&se=").nth(1).unwrap_or_default();
        let expiry: i64 = expiry.split('&').next().unwrap().parse().unwrap();
        seen.lock().unwrap().push(expiry);
        if expiry > theirs {
            return Response::empty(204);
        }
        let date = jiff::Timestamp::from_second(theirs).unwrap();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let words = json!({"Message": "ErrorCode:IotHubUnauthorizedAccess;ExpiredToken"});
        Response::json(401, &words).with_header("date", date)
    });
    let world = place.device(server.addrs()[0]);
    let arguments = [
        "device", "simulate", "fakepi", "--every", "100ms", "--count", "2",
    ];
    counted(
        world.run(&arguments),
        "2 messages sent, 0 commands received",
    );
    let expiries = expiries.lock().unwrap();
    assert!(expiries[0] < theirs, "{expiries:?}");
    assert!(
        expiries[1..].iter().all(|expiry| *expiry > theirs),
        "{expiries:?}"
    );
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
