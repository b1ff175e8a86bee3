//! The servers as processes: the ready line, a reload, and each way to end.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use hdikafka::sandbox::tls::Authority;
use serde_json::{Value, json};

use super::install_provider;

/// Set: this very test is the child process and serves.
const ROLE: &str = "HDIKAFKA_TEST_SANDBOX_PART";

struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: BufReader<ChildStdout>,
}

impl Process {
    /// Runs the program itself: `sandbox serve`.
    fn serve(part: &str, spec: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hdikafka"));
        command.args(["sandbox", "serve", part, "--spec"]).arg(spec);
        Self::spawn(command)
    }

    /// Runs the test of this name as a child that plays `part`.
    fn start(test: &str, part: &str, spec: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command
            .env(ROLE, part)
            .env("HDIKAFKA_TEST_SANDBOX_SPEC", spec);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// The next JSON line; what the test harness itself prints is passed over. Null at the end.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if let Some(start) = line.find('{') {
                return serde_json::from_str(&line[start..]).unwrap();
            }
            line.clear();
        }
        Value::Null
    }

    fn signal(&self, signal: i32) {
        // SAFETY: kill(2) has no memory effects; the child has not been waited for, so the id is still its own.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0);
    }

    /// Within a time; one that goes on is killed.
    fn ended_well(&mut self) -> bool {
        let end = Instant::now() + super::PATIENCE;
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status.success(),
                None if Instant::now() > end => break,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        false
    }
}

/// The child's side. `true`: this process was the child and has served to its end.
fn served_as_child() -> bool {
    let Some(part) = std::env::var_os(ROLE) else {
        return false;
    };
    let spec = std::env::var_os("HDIKAFKA_TEST_SANDBOX_SPEC").unwrap();
    hdikafka::sandbox::serve(part.to_str().unwrap(), Path::new(&spec)).unwrap();
    true
}

#[test]
fn ambari_serves_reloads_and_ends_on_a_signal() {
    if served_as_child() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let spec = dir.path().join("ambari.json");
    let password = dir.path().join("password");
    std::fs::write(&password, "pw\n").unwrap();
    let write = |name: &str| {
        let text = json!({
            "listen": [{"addr": "127.0.0.1:0"}], "user": "admin", "password_file": password,
            "clusters": [{"name": name, "version": "HDP-5.1", "hosts": []}],
        });
        std::fs::write(&spec, text.to_string()).unwrap();
    };
    write("one");
    let test = "sandbox::process::ambari_serves_reloads_and_ends_on_a_signal";
    let mut process = Process::start(test, "ambari", &spec);
    let ready = process.line();
    assert_eq!(
        (&ready["ready"], &ready["part"]),
        (&json!(true), &json!("ambari"))
    );
    install_provider();
    let url = format!(
        "http://{}/api/v1/clusters",
        ready["listening"][0].as_str().unwrap()
    );
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let clusters = || {
        client
            .get(&url)
            .basic_auth("admin", Some("pw"))
            .send()
            .unwrap()
            .text()
            .unwrap()
    };
    assert!(clusters().contains("\"one\""));
    write("two");
    process.signal(libc::SIGHUP);
    assert_eq!(process.line(), json!({"reloaded": true}));
    assert!(clusters().contains("\"two\""));
    std::fs::write(&spec, "{").unwrap();
    process.signal(libc::SIGHUP);
    assert_eq!(process.line()["reloaded"], false);
    assert!(
        clusters().contains("\"two\""),
        "a broken spec changes nothing"
    );
    process.signal(libc::SIGTERM);
    assert!(process.ended_well());
}

#[test]
fn the_hub_serves_and_ends_with_its_standard_input() {
    if served_as_child() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::File::create(&path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        path
    };
    let (cert, key) = Authority::new("t")
        .unwrap()
        .issue(&["myhub.azure-devices.net"], &[])
        .unwrap();
    let spec = json!({
        "name": "myhub", "host_name": "myhub.azure-devices.net", "events_host": "ns.servicebus.windows.net",
        "events_path": "ehub", "partitions": 2,
        "policies": [{"name": "service", "rights": "ServiceConnect", "primary_key_file": file("service", "a2V5")}],
        "devices": [{"id": "fakepi", "key_file": file("device", "a2V5")}],
        "tls": {"cert": file("cert.pem", &cert), "key": file("key.pem", &key)},
        "listen": {"https": ["127.0.0.1:0"], "service": ["127.0.0.1:0"], "admin": ["127.0.0.1:0"]},
        "end_with_stdin": true,
    });
    let spec = file("hub.json", &spec.to_string());
    let test = "sandbox::process::the_hub_serves_and_ends_with_its_standard_input";
    let mut process = Process::start(test, "hub", &spec);
    let ready = process.line();
    assert_eq!(ready["listening"].as_array().unwrap().len(), 3);
    install_provider();
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let admin = format!("http://{}/state", ready["listening"][2].as_str().unwrap());
    let state: Value =
        serde_json::from_str(&client.get(admin).send().unwrap().text().unwrap()).unwrap();
    assert_eq!(state["partitions"].as_array().unwrap().len(), 2);
    assert_eq!(state["devices"]["fakepi"]["queued"], 0);
    drop(process.stdin.take());
    assert!(process.ended_well());
}

#[test]
fn an_unknown_part_and_a_misspelt_key_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let spec = dir.path().join("spec.json");
    std::fs::write(&spec, r#"{"listne": []}"#).unwrap();
    let mut out = Vec::new();
    let error = hdikafka::sandbox::serve_to("ambari", &spec, &mut out).unwrap_err();
    assert!(format!("{error:#}").contains("listne"), "{error:#}");
    assert!(
        hdikafka::sandbox::serve_to("rest", &spec, &mut out)
            .unwrap_err()
            .to_string()
            .contains("ambari, hub")
    );
    assert!(out.is_empty());
}

const TENANT: &str = "72f988bf-0000-4000-8000-00000000000a";
const OBJECT: &str = "22222222-0000-4000-8000-00000000000c";

/// Files of a server with a certificate for `localhost`, and a client that trusts it.
struct Azure {
    dir: tempfile::TempDir,
    client: reqwest::blocking::Client,
}

impl Azure {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new("t").unwrap();
        let (cert, key) = authority.issue(&["localhost"], &[]).unwrap();
        let azure = Self {
            dir,
            client: super::client(&authority, &[]),
        };
        let signer = hdikafka::sandbox::entra::Signer::generate().unwrap();
        for (name, text) in [
            ("cert.pem", cert.as_str()),
            ("key.pem", &key),
            ("signing.pem", signer.to_pem().expose()),
            ("secret", "canary"),
        ] {
            std::fs::write(azure.path(name), text).unwrap();
        }
        azure
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a spec with what both servers have in common, and says where.
    fn spec(&self, name: &str, mut own: Value) -> std::path::PathBuf {
        own["listen"] = json!("127.0.0.1:0");
        own["tls"] = json!({"cert": self.path("cert.pem"), "key": self.path("key.pem")});
        own["signing_key_file"] = json!(self.path("signing.pem"));
        own["end_with_stdin"] = json!(true);
        let path = self.path(name);
        std::fs::write(&path, own.to_string()).unwrap();
        path
    }

    fn entra_spec(&self, token_seconds: u32) -> std::path::PathBuf {
        let application = json!({
            "client_id": "11111111-0000-4000-8000-00000000000b", "object_id": OBJECT,
            "secret_file": self.path("secret"),
        });
        let directory = json!({
            "tenant": TENANT, "applications": [application], "token_seconds": token_seconds,
        });
        self.spec("entra.json", json!({"directory": directory}))
    }

    fn arm_spec(&self, login: &str, role: &str) -> std::path::PathBuf {
        let estate = json!({
            "tenant": TENANT, "roles": {OBJECT: role},
            "subscriptions": [{"id": "00000000-0000-4000-8000-000000000001", "name": role}],
        });
        self.spec(
            "arm.json",
            json!({"login_endpoint": login, "estate": estate}),
        )
    }

    /// Reads the ready line, and gives where it listens.
    fn ready(process: &mut Process, part: &str) -> String {
        let ready = process.line();
        let listening = ready["listening"][0].as_str().unwrap();
        let (_, port) = listening.rsplit_once(':').unwrap();
        assert_eq!(
            ready,
            json!({"ready": true, "part": part, "listening": [listening]})
        );
        format!("https://localhost:{port}")
    }

    /// What a token of the Entra ID there is good for, and the token.
    fn token(&self, entra: &str) -> (u64, String) {
        self.token_for(entra, "management.azure.com")
    }

    fn token_for(&self, entra: &str, resource: &str) -> (u64, String) {
        let body = format!(
            "grant_type=client_credentials&client_secret=canary\
             &client_id=11111111-0000-4000-8000-00000000000b\
             &scope=https%3A%2F%2F{resource}%2F.default"
        );
        let asked = self
            .client
            .post(format!("{entra}/{TENANT}/oauth2/v2.0/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let answer: Value = asked.send().unwrap().json().unwrap();
        let token = answer["access_token"].as_str();
        let token = token.unwrap_or_else(|| panic!("{answer}"));
        (answer["expires_in"].as_u64().unwrap(), token.to_owned())
    }
}

/// The end of standard input ends it; the last line has what was asked, and no secret.
#[track_caller]
fn ends_with_its_input(mut process: Process, asked: &str) {
    drop(process.stdin.take());
    assert!(process.ended_well(), "it goes on");
    let ended = process.line();
    assert_eq!(ended["ended"], true, "{ended}");
    let requests = ended["requests"].to_string();
    assert!(requests.contains(asked), "{requests}");
    assert!(!requests.contains("canary"), "{requests}");
}

#[test]
fn entra_and_arm_serve_reload_and_end_with_their_standard_input() {
    let azure = Azure::new();
    let mut entra = Process::serve("entra", &azure.entra_spec(3599));
    let login = Azure::ready(&mut entra, "entra");
    let mut arm = Process::serve("arm", &azure.arm_spec(&login, "reader"));
    let base = Azure::ready(&mut arm, "arm");
    let (seconds, token) = azure.token(&login);
    assert_eq!(seconds, 3599);
    let subscriptions = || {
        let url = format!("{base}/subscriptions?api-version=2022-12-01");
        let answer = azure.client.get(url).bearer_auth(&token).send().unwrap();
        answer.text().unwrap()
    };
    let before = subscriptions();
    assert!(before.contains("\"displayName\":\"reader\""), "{before}");

    azure.entra_spec(60);
    entra.signal(libc::SIGHUP);
    assert_eq!(entra.line(), json!({"reloaded": true}));
    assert_eq!(azure.token(&login).0, 60);
    azure.arm_spec(&login, "contributor");
    arm.signal(libc::SIGHUP);
    assert_eq!(arm.line(), json!({"reloaded": true}));
    assert!(subscriptions().contains("\"displayName\":\"contributor\""));
    for (process, file) in [(&mut entra, "entra.json"), (&mut arm, "arm.json")] {
        std::fs::write(azure.path(file), "{").unwrap();
        process.signal(libc::SIGHUP);
        assert_eq!(process.line()["reloaded"], false);
    }
    assert!(subscriptions().contains("\"displayName\":\"contributor\""));
    assert_eq!(azure.token(&login).0, 60);

    ends_with_its_input(entra, "/oauth2/v2.0/token");
    ends_with_its_input(arm, "/subscriptions");
}

#[test]
fn the_rest_proxy_serves_takes_members_over_and_ends_with_its_standard_input() {
    let azure = Azure::new();
    let mut entra = Process::serve("entra", &azure.entra_spec(3599));
    let login = Azure::ready(&mut entra, "entra");
    let spec = |members: &[&str]| {
        let own = json!({
            "bootstrap": "127.0.0.1:9", "tenant": TENANT, "members": members, "refresh_seconds": 0,
        });
        azure.spec("rest.json", own)
    };
    let mut proxy = Process::serve("rest-proxy", &spec(&[]));
    let base = Azure::ready(&mut proxy, "rest-proxy");
    let (_, token) = azure.token_for(&login, "hib.azurehdinsight.net");
    let status = |token: &str| {
        let url = format!("{base}/v1/status");
        let answer = azure.client.get(url).bearer_auth(token).send().unwrap();
        answer.status().as_u16()
    };
    assert_eq!(status(&token), 403);
    spec(&[OBJECT]);
    proxy.signal(libc::SIGHUP);
    assert_eq!(proxy.line(), json!({"reloaded": true}));
    assert_eq!(status(&token), 200);
    // Of the same directory, for another audience.
    assert_eq!(status(&azure.token(&login).1), 401);
    ends_with_its_input(proxy, "/v1/status");
    ends_with_its_input(entra, "/oauth2/v2.0/token");
}
