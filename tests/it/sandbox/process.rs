//! The servers as processes: the ready line, a reload, and each way to end.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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
    /// Runs the test of this name as a child that plays `part`.
    fn start(test: &str, part: &str, spec: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
        command
            .env(ROLE, part)
            .env("HDIKAFKA_TEST_SANDBOX_SPEC", spec);
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

    fn ended_well(mut self) -> bool {
        self.child.wait().unwrap().success()
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
