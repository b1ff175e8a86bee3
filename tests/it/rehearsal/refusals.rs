//! Ambari, the hub, the node or Kafka say no, or nothing: the right exit code, words that help, and nothing changed.

use super::node::{CONFIG, KAFKA, ROOT};
use super::stage::{Stage, eventually};
use hdikafka::sandbox::edge::{KeyKind, Sudo};
use hdikafka::sandbox::http::Fault;
use hdikafka::sandbox::kafka::{ApiKey, Fault as KafkaFault};
use serde_json::json;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

const SETUP: [&str; 2] = ["setup", "--yes"];

#[test]
fn ambari_is_not_itself() {
    let stage = Stage::new();
    let ambari = stage.rehearsal.ambari.server();
    let page = "<html><title>\u{1b}[31mSign in</title></html>";
    for (fault, code, words) in [
        (
            Fault::answer(403, "text/plain", "Forbidden"),
            5,
            &["user", "password"][..],
        ),
        (
            Fault::answer(500, "text/html", page),
            8,
            &["500", "try again"],
        ),
        (
            Fault::answer(200, "text/html", page),
            8,
            &["Ambari", "try again"],
        ),
        (Fault::cut_at(20), 8, &["Ambari"]),
        (Fault::hang_up(), 8, &["Ambari"]),
    ] {
        ambari.set_fault("/", fault);
        stage.refused(&SETUP, code, words);
    }
    ambari.set_fault("/", Fault::delay(Duration::from_secs(30)));
    let slow = stage.refused(&["setup", "--yes", "--timeout", "1"], 8, &["Ambari"]);
    assert!(slow.took < Duration::from_secs(15), "{:?}", slow.took);
    ambari.clear_faults();
    stage.rehearsal.ambari.change(|clusters| {
        let host = json!({"name": "hn0", "ip": "127.0.0.1", "components": {"ZOOKEEPER_CLIENT": "STARTED"}});
        clusters[0].hosts = serde_json::from_value(json!([host])).unwrap();
    });
    stage.refused(&SETUP, 4, &["no KAFKA service"]);
}

#[test]
fn a_wrong_password_is_tried_once() {
    let stage = Stage::new();
    stage
        .place()
        .write("ambari-password", "wr0ng-canary")
        .unwrap();
    let before = stage.rehearsal.ambari.server().requests().len();
    let outcome = stage.refused(&SETUP, 5, &["user", "password", "asked once only"]);
    assert!(!outcome.err.contains("wr0ng-canary"), "{}", outcome.err);
    let requests = stage.rehearsal.ambari.server().requests();
    assert_eq!(requests.len() - before, 1, "asked more than once");
}

#[test]
fn the_hub_cannot_be_an_end_of_a_bridge() {
    let stage = Stage::new();
    let file = |name: &str| {
        let path = stage.place().directory().join(name);
        (name.to_owned(), std::fs::read_to_string(path).unwrap())
    };
    let change = |(name, text): &(String, String), old: &str, new: &str| {
        assert!(text.contains(old), "{old:?} is not in {text}");
        stage.place().write(name, &text.replace(old, new)).unwrap();
    };
    let (hub, policy) = (file("hub.json"), file("policy.json"));
    change(
        &policy,
        "\"rights\": \"ServiceConnect\"",
        "\"rights\": \"RegistryRead\"",
    );
    stage.refused(&SETUP, 3, &["lacks ServiceConnect", "--policy service"]);
    change(&policy, "primaryKey", "keyOfPrimacy");
    stage.refused(&SETUP, 2, &["policy.json", "no primary key"]);
    change(&policy, "{", "{");
    change(&hub, "\"tier\": \"Standard\"", "\"tier\": \"Basic\"");
    stage.refused(&SETUP, 3, &["rehearsal-hub", "Basic tier", "Standard"]);
    change(&hub, "\"state\": \"Active\"", "\"state\": \"Activating\"");
    stage.refused(&SETUP, 3, &["rehearsal-hub", "Activating", "wait until"]);
    stage
        .place()
        .write("hub.json", &hub.1[..hub.1.len() / 2])
        .unwrap();
    stage.refused(&SETUP, 2, &["hub.json"]);
    change(&hub, "{", "{");
    stage.run(&["setup", "--dry-run"]);
}

#[test]
fn the_node_does_not_let_us_in() {
    let stage = Stage::new();
    let node = &stage.rehearsal.edge;
    let known_hosts = stage.place().known_hosts();
    let known = std::fs::read_to_string(&known_hosts).unwrap();

    stage.place().write("known_hosts", "").unwrap();
    stage.refused(
        &SETUP,
        7,
        &["unknown", &node.fingerprints()[0], "--edge-host-key"],
    );
    assert_eq!(
        std::fs::read_to_string(&known_hosts).unwrap(),
        "",
        "remembered without a word"
    );
    stage.place().write("known_hosts", &known).unwrap();

    node.set_faults(|faults| faults.refuse_auth = true).unwrap();
    stage.refused(
        &SETUP,
        5,
        &["did not accept sshuser", "--identity-file FILE"],
    );
    node.set_faults(|faults| faults.refuse_auth = false)
        .unwrap();

    node.set_faults(|faults| faults.sudo = Sudo::Refused)
        .unwrap();
    stage.refused(&SETUP, 6, &["does not let sshuser become root"]);
    node.set_faults(|faults| faults.sudo = Sudo::Password)
        .unwrap();
    stage.refused(&SETUP, 6, &["sudo", "password"]);
    node.set_faults(|faults| faults.sudo = Sudo::Free).unwrap();

    node.set_faults(|faults| faults.forbid_forwarding = true)
        .unwrap();
    stage.refused(&SETUP, 6, &["AllowTcpForwarding"]);
    node.set_faults(|faults| faults.forbid_forwarding = false)
        .unwrap();

    node.set_faults(|faults| faults.silent = true).unwrap();
    let silent = stage
        .run(&["setup", "--yes", "--timeout", "2"])
        .failed(8, &[]);
    assert!(silent.took < Duration::from_secs(25), "{:?}", silent.took);
    node.set_faults(|faults| faults.silent = false).unwrap();

    node.change_host_key(KeyKind::Ed25519).unwrap();
    stage.refused(&SETUP, 7, &["has changed", "SHA256:", "ssh-keygen -R"]);
    assert_eq!(std::fs::read_to_string(&known_hosts).unwrap(), known);
}

#[test]
fn the_node_lacks_something() {
    let stage = Stage::new();
    let node = &stage.rehearsal.edge;
    node.set_faults(|faults| faults.no_systemd = true).unwrap();
    stage.refused(&SETUP, 1, &["not run by systemd"]);
    node.set_faults(|faults| faults.no_systemd = false).unwrap();
    for (tool, words) in [("java", "java"), ("ss", "ss"), ("systemctl", "systemctl")] {
        node.set_faults(|faults| faults.missing_tools = [tool.to_owned()].into())
            .unwrap();
        stage.refused(&SETUP, 1, &["ed10-kafka", words]);
    }
    node.set_faults(|faults| faults.missing_tools.clear())
        .unwrap();
    node.set_faults(|faults| {
        faults.full = ["/usr/lib".to_owned(), "/usr/lib/hdikafka".to_owned()].into()
    })
    .unwrap();
    stage.refused(&SETUP, 1, &["no space"]);
    node.set_faults(|faults| faults.full.clear()).unwrap();

    let free = |faults: &mut hdikafka::sandbox::edge::Faults| faults.clock_skew = 3 * 86400;
    node.set_faults(free).unwrap();
    let skewed = stage.run(&SETUP);
    assert_eq!(skewed.code, 0, "a clock that is wrong: {}", skewed.err);
}

#[test]
fn kafka_is_not_there() {
    let stage = Stage::new();
    let kafka = &stage.rehearsal.kafka;
    let short = ["setup", "--yes", "--timeout", "3"];
    for id in [1001, 1002, 1003] {
        kafka.stop_node(id).unwrap();
    }
    stage.refused(&short, 8, &["cannot reach Kafka"]);
    for id in [1001, 1002, 1003] {
        kafka.start_node(id).unwrap();
        kafka.pause_node(id).unwrap();
    }
    stage.refused(&short, 8, &["cannot reach Kafka"]);
    for id in [1001, 1002, 1003] {
        kafka.resume_node(id).unwrap();
    }
    // One that is down, one that answers late, and leaders that are somewhere else for a moment.
    kafka.stop_node(1002).unwrap();
    kafka.fail(
        ApiKey::Metadata,
        KafkaFault::delay(Duration::from_millis(150)).times(3),
    );
    let moved = hdikafka::sandbox::kafka::ResponseError::NotLeaderOrFollower;
    kafka.fail(ApiKey::ListOffsets, KafkaFault::error(moved).times(2));
    let outcome = stage.run(&SETUP);
    // Three replicas want three brokers.
    assert_eq!(outcome.code, 12, "{}", outcome.err);
    assert!(outcome.err.contains("replication"), "{}", outcome.err);
    kafka.start_node(1002).unwrap();
    stage.run(&SETUP).succeeded();
    kafka.fail(ApiKey::Produce, KafkaFault::error(moved).times(3));
    stage.run(&["send", "-d", "fakepi", "moved"]).done();
    eventually("the command", || stage.commands("fakepi") == ["moved"]);
}

#[test]
fn a_node_in_somebodys_use_is_left_alone() {
    let stage = Stage::new();
    let source = format!("{CONFIG}/connect-iothub-source.properties");
    stage.write(&source, "name=x\ntransforms.a.type=PLACEHOLDER\n");
    stage.refused(&SETUP, 3, &["transforms.a.type=PLACEHOLDER", "give"]);
    stage.remove(&source);

    stage.write("/tmp/connect.offsets", "not empty");
    stage.refused(&SETUP, 3, &["/tmp/connect.offsets", "made by hand"]);
    stage.remove("/tmp/connect.offsets");

    let port = somebody_listens(&stage);
    let arguments = ["setup", "--yes", "--sink-port", &port];
    stage.refused(
        &arguments,
        3,
        &[&port, "the sink's REST port", "(pid ", "--sink-port"],
    );

    foreign_worker(&stage);
    stage.refused(
        &SETUP,
        3,
        &[
            "a Connect worker that is not ours",
            "user kafka",
            "/var/tmp/worker.properties",
        ],
    );
}

/// A program on the node that has a port, which is no Connect worker.
fn somebody_listens(stage: &Stage) -> String {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    drop(held);
    let spec = json!({"listen": [{"addr": address.to_string()}], "user": "admin",
        "password_file": "/var/tmp/password", "clusters": []});
    stage.write("/var/tmp/password", "pw");
    stage.write("/var/tmp/spec.json", spec.to_string());
    let tool = stage.text("/usr/bin/ss");
    let program = tool.strip_prefix("#!").unwrap().split(' ').next().unwrap();
    let serve = [
        program,
        "sandbox",
        "serve",
        "ambari",
        "--spec",
        "/var/tmp/spec.json",
    ];
    stage.spawn("root", ROOT, &serve);
    eventually("a listener", || TcpStream::connect(address).is_ok());
    address.port().to_string()
}

/// What an operator made by hand with Kafka's own script.
fn foreign_worker(stage: &Stage) {
    let hosts = stage.run(&["hosts", "-o", "json"]).succeeded().json();
    let brokers = hosts["bootstrap_servers"].as_str().unwrap();
    let worker = format!(
        "bootstrap.servers={}\nkey.converter=org.apache.kafka.connect.storage.StringConverter\n\
         value.converter=org.apache.kafka.connect.storage.StringConverter\n\
         offset.storage.file.filename=/var/tmp/mine.offsets\nlisteners=http://127.0.0.1:0\n",
        brokers
    );
    stage.write("/var/tmp/worker.properties", worker);
    stage.write(
        "/var/tmp/lines.properties",
        "name=lines\nconnector.class=Lines\ntasks.max=1\n",
    );
    for file in ["/var/tmp/worker.properties", "/var/tmp/lines.properties"] {
        stage
            .rehearsal
            .edge
            .scratch()
            .set_mode(file, 0o644)
            .unwrap();
        stage
            .rehearsal
            .edge
            .scratch()
            .set_owner(file, ROOT.0, ROOT.1)
            .unwrap();
    }
    let script = "/usr/hdp/current/kafka-broker/bin/connect-standalone.sh";
    let files = ["/var/tmp/worker.properties", "/var/tmp/lines.properties"];
    stage.spawn("kafka", KAFKA, &[&[script][..], &files].concat());
}
