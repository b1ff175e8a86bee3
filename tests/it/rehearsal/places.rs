//! The places from which the program is run, and the ways in: the edge node itself, a machine of the cluster's network,
//! jump hosts, keys and passwords of every kind, sudo that asks.

mod jump;
mod login;
mod sudo;

use super::node::Tree;
use super::stage::{Stage, program};
use hdikafka::edge::{Command, Output, Remote, Ssh, Target};
use hdikafka::sandbox::kafka::EXTERNAL;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the operator's files are on the node.
const HOME: &str = "/home/sshuser/bridge";
/// The one file that is copied there.
const BINARY: &str = "/home/sshuser/bridge/hdikafka";

/// A session that watches the node; the binary has its own.
fn session(stage: &Stage) -> Ssh {
    let addr = stage.rehearsal.edge.addr();
    let config = stage.place().directory().join("watcher_config");
    fs::write(&config, "IdentityAgent none\n").unwrap();
    Ssh::connect(&Target {
        host: addr.ip().to_string(),
        port: Some(addr.port()),
        user: Some("sshuser".into()),
        identity_file: Some(stage.place().identity()),
        known_hosts: Some(stage.place().known_hosts()),
        config_file: Some(config),
        ..Target::default()
    })
    .unwrap()
}

/// Everything the profile names, in the home of sshuser, and a profile that names it there.
fn move_in(stage: &Stage, host: &str) {
    let scratch = stage.rehearsal.edge.scratch();
    fs::create_dir_all(scratch.host_path(HOME)).unwrap();
    scratch.set_owner(HOME, 1000, 1000).unwrap();
    let from = stage.place().directory();
    let profile = fs::read_to_string(stage.place().profile()).unwrap();
    let profile = profile.replace(from.to_str().unwrap(), HOME);
    let addr = stage.rehearsal.edge.addr();
    let ssh = format!("host = \"{}\"\nport = {}\n", addr.ip(), addr.port());
    assert!(profile.contains(&ssh), "{profile}");
    let profile = profile
        .replace(&ssh, &format!("host = \"{host}\"\n"))
        .replace("route = \"tunnel\"", "route = \"auto\"");
    let jar = stage.place().jar();
    let jar = jar.file_name().unwrap().to_str().unwrap();
    for name in ["ca.pem", "ambari-password", "hub.json", "policy.json", jar] {
        put(stage, name, &fs::read(from.join(name)).unwrap());
    }
    put(stage, "hdikafka.toml", profile.as_bytes());
    // By another process: a file that this one has written may be open in whatever it is just starting.
    let binary = scratch.host_path(BINARY);
    let copied = std::process::Command::new("cp")
        .args([program(), &binary])
        .status();
    assert!(copied.unwrap().success());
    scratch.set_mode(BINARY, 0o755).unwrap();
}

fn put(stage: &Stage, name: &str, bytes: &[u8]) {
    let (scratch, guest) = (stage.rehearsal.edge.scratch(), format!("{HOME}/{name}"));
    fs::write(scratch.host_path(&guest), bytes).unwrap();
    scratch.set_owner(&guest, 1000, 1000).unwrap();
    scratch.set_mode(&guest, 0o600).unwrap();
}

struct Said {
    code: String,
    out: String,
    err: String,
}

/// Runs the binary on the node, as sshuser in a shell of the node.
fn on_the_node(stage: &Stage, ssh: &Ssh, arguments: &[&str]) -> Said {
    let line = format!("cd {HOME} && exec \"$0\" --config hdikafka.toml \"$@\"");
    let argv = ["sh", "-c", &line, BINARY];
    let command = Command::new(argv.iter().chain(arguments).copied());
    let output: Output = ssh.run(&command.timeout(Duration::from_secs(120))).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = Said {
        code: output.status.to_string(),
        out: text(output.stdout),
        err: text(output.stderr),
    };
    for secret in &stage.secrets {
        assert!(!said.out.contains(secret) && !said.err.contains(secret));
    }
    said
}

#[test]
fn on_the_edge_node_itself_everything_is_as_from_a_laptop() {
    let stage = Stage::new();
    let ssh = session(&stage);
    let connections = stage.rehearsal.edge.connections();
    // By the node's own name; nothing says that it is this machine.
    // Otherwise the plan has the time of the first setup in it.
    stage.profile("[hub]\n", "[hub]\nstart_time = \"2026-01-31T09:00:00Z\"\n");
    move_in(&stage, "ed10-kafka");
    let near = on_the_node(&stage, &ssh, &["setup", "--dry-run", "-v"]);
    assert_eq!(near.code, "exit code 10", "{}", near.err);
    assert!(
        near.err.contains("this machine is the edge node"),
        "{}",
        near.err
    );
    assert!(
        near.err.contains("Kafka is reached directly"),
        "{}",
        near.err
    );
    let far = stage.run(&["setup", "--dry-run"]);
    // It names the operator's own files; all else is equal byte for byte.
    let own = stage.place().directory().to_str().unwrap();
    let far = far.out.replace(own, HOME);
    let differing = near.out.lines().zip(far.lines()).find(|(a, b)| a != b);
    assert_eq!(differing, None, "another plan than from a laptop");
    assert_eq!(near.out, far);
    assert!(near.out.contains("start the sink"), "{}", near.out);

    let made = on_the_node(&stage, &ssh, &["setup", "--yes"]);
    assert_eq!(made.code, "exit code 0", "{}", made.err);
    assert_eq!(stage.topics(), ["iotin", "iotout"]);
    stage.until_healthy();
    let before = Tree::of(&stage);
    let again = on_the_node(&stage, &ssh, &["setup", "--yes"]);
    assert_eq!(again.code, "exit code 0", "{}", again.err);
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
    assert_eq!(again.out, stage.run(&["setup", "--yes"]).succeeded().out);
    let changes = before.changes(&Tree::of(&stage));
    let changes: Vec<_> = changes
        .iter()
        .filter(|line| !line.contains("/offsets") && !line.contains(".cache"))
        .collect();
    assert!(changes.is_empty(), "{changes:#?}");

    let status = on_the_node(&stage, &ssh, &["connector", "status"]);
    assert_eq!(status.out.matches("healthy").count(), 2, "{}", status.out);
    let sent = on_the_node(&stage, &ssh, &["send", "-d", "fakepi", "from the node"]);
    assert_eq!(sent.code, "exit code 0", "{}", sent.err);
    assert_eq!(
        stage.rehearsal.edge.connections(),
        connections,
        "SSH was used"
    );
}

#[test]
fn the_edge_node_itself_is_chosen_and_refused_by_word() {
    let stage = Stage::new();
    let ssh = session(&stage);
    move_in(&stage, "local");
    let dry = on_the_node(&stage, &ssh, &["setup", "--dry-run"]);
    assert_eq!(dry.code, "exit code 10", "{}", dry.err);
    // Nobody listens at port 22 of the node, and `local` is a name like any other then.
    let ssh_only = ["--edge-access", "ssh", "--edge", "localhost", "--no-input"];
    let said = on_the_node(
        &stage,
        &ssh,
        &[&["setup", "--dry-run"][..], &ssh_only].concat(),
    );
    assert!(
        said.code.ends_with('8') || said.code.ends_with('7') || said.code.ends_with('5'),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("connecting to the edge node"),
        "{}",
        said.err
    );
    // Who says so elsewhere does without the tunnel.
    let elsewhere = ["setup", "--yes", "--edge-access", "local"];
    stage.refused(
        &elsewhere,
        8,
        &["this machine could not connect to wn0-kafka"],
    );
    // sudo refuses there as over SSH.
    stage
        .rehearsal
        .edge
        .set_faults(|faults| faults.sudo = hdikafka::sandbox::edge::Sudo::Refused)
        .unwrap();
    let said = on_the_node(&stage, &ssh, &["setup", "--yes"]);
    assert_eq!(said.code, "exit code 6", "{}", said.err);
    assert!(said.err.contains("--sudo-password-file"), "{}", said.err);
}

#[test]
fn a_machine_of_the_network_speaks_to_kafka_directly() {
    let stage = Stage::new();
    // What a name service of the network would do.
    let outside = stage.rehearsal.kafka.bootstrap(EXTERNAL);
    let direct = ["--via", "direct", "--brokers", &outside, "-v"];
    let with = |first: &[&'static str]| -> Vec<String> {
        let all = first.iter().copied().chain(direct.iter().copied());
        all.map(str::to_owned).collect()
    };
    let run = |first: &[&'static str]| {
        let arguments = with(first);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        stage.run(&arguments)
    };
    stage
        .rehearsal
        .edge
        .set_faults(|faults| faults.forbid_forwarding = true)
        .unwrap();
    let dry = run(&["setup", "--dry-run"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    assert!(dry.err.contains("Kafka is reached directly"), "{}", dry.err);
    run(&["setup", "--yes", "--only", "topics"]).succeeded();
    assert_eq!(stage.topics(), ["iotin", "iotout"]);
    run(&["send", "-d", "fakepi", "direct"]).succeeded();
    let tail = run(&["tail", "iotout", "--last", "1"]).succeeded();
    assert!(tail.out.contains("direct"), "{}", tail.out);
    // The broken twin: through a node that forwards nothing.
    stage
        .run(&["topics", "list", "--via", "tunnel"])
        .failed(6, &["AllowTcpForwarding"]);
}

/// A file of the operator's, private.
fn private(path: &Path, text: &str) -> PathBuf {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_owned()
}
