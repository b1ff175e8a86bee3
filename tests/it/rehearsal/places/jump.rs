//! Jump hosts: in the settings and in the ssh configuration, one and several, and each of them out of order.

use super::super::stage::Stage;
use super::private;
use hdikafka::sandbox::edge::{Host, Node, Options};
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;

/// A second node that leads to the first one, whose address nobody but it is told.
struct Bastion {
    node: Node,
    port: u16,
}

impl Bastion {
    /// It knows `hosts` by the names given.
    fn new(stage: &Stage, name: &str, hosts: Vec<Host>) -> Self {
        let mut options = Options::new(stage.world.path(name), super::program());
        let public = stage.world.path(name).with_extension("pub");
        let line = std::process::Command::new("ssh-keygen")
            .arg("-yf")
            .arg(stage.place().identity())
            .output()
            .unwrap();
        fs::write(public, &line.stdout).unwrap();
        options.authorized_keys = vec![String::from_utf8(line.stdout).unwrap()];
        options.host_name = name.to_owned();
        options.hosts = hosts;
        let node = Node::start(options).unwrap();
        let port = node.addr().port();
        Self { node, port }
    }

    fn known(&self, stage: &Stage) {
        let file = stage.place().known_hosts();
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + &self.node.known_hosts()).unwrap();
    }

    fn hop(&self) -> String {
        format!("sshuser@127.0.0.1:{}", self.port)
    }
}

/// The edge node under a name that only a bastion knows.
fn stage() -> (Stage, Vec<Host>) {
    let stage = Stage::new();
    let ip: IpAddr = stage.rehearsal.edge.addr().ip();
    stage.profile(&format!("host = \"{ip}\""), "host = \"inner-edge\"");
    let known = fs::read_to_string(stage.place().known_hosts()).unwrap();
    let named = known.replace(&ip.to_string(), "inner-edge");
    fs::write(stage.place().known_hosts(), named).unwrap();
    let host = Host {
        address: ip,
        names: vec!["inner-edge".into()],
    };
    (stage, vec![host])
}

fn ssh_config(stage: &Stage, text: &str) -> PathBuf {
    let directory = stage.world.path("home/.ssh");
    fs::create_dir_all(&directory).unwrap();
    private(&directory.join("config"), text)
}

#[test]
fn one_jump_host_and_several_lead_to_the_edge_node() {
    let (stage, hosts) = stage();
    let far = Bastion::new(&stage, "far", hosts);
    let near = Bastion::new(&stage, "near", Vec::new());
    far.known(&stage);
    near.known(&stage);
    let dry = |more: &[&str]| stage.run(&[&["setup", "--dry-run"][..], more].concat());
    let one = dry(&["--jump", &far.hop()]);
    assert_eq!(one.code, 10, "{}", one.err);
    let two = dry(&["--jump", &format!("{},{}", near.hop(), far.hop())]);
    assert_eq!((two.code, &two.out), (10, &one.out), "{}", two.err);
    let same = dry(&["--jump", &near.hop(), "--jump", &far.hop()]);
    assert_eq!(same.code, 10, "{}", same.err);

    // The same by ~/.ssh/config, each host with its own part of it.
    let identity = stage.place().identity();
    let text = format!(
        "Host inner-edge\n ProxyJump far\nHost far\n HostName 127.0.0.1\n Port {}\n User sshuser\n ProxyJump near\n\
         Host near\n HostName 127.0.0.1\n Port {}\n User sshuser\nHost *\n IdentityFile {}\n",
        far.port,
        near.port,
        identity.display()
    );
    let config = ssh_config(&stage, &text);
    let configured = dry(&[]);
    assert_eq!(
        (configured.code, &configured.out),
        (10, &one.out),
        "{}",
        configured.err
    );
    // Without the jump host there is no way.
    stage.refused(&["setup", "--yes", "--jump", "none"], 8, &["inner-edge"]);
    // And all of it: Kafka through both, the bridge as ever.
    stage.run(&["setup", "--yes"]).succeeded();
    assert_eq!(stage.topics(), ["iotin", "iotout"]);

    fs::write(&config, "Host *\n ProxyJump far\n").unwrap();
    stage.refused(&["topics", "list"], 2, &["in a circle"]);
    fs::write(&config, "Host inner-edge\n ProxyCommand nc %h %p\n").unwrap();
    stage.refused(&["topics", "list"], 2, &["proxycommand", "--jump"]);
    stage
        .run(&["topics", "list", "--jump", &far.hop()])
        .succeeded();
    stage.refused(&["topics", "list", "--jump", "a:b"], 2, &["--jump"]);
}

#[test]
fn what_is_wrong_with_a_jump_host_is_said_with_its_name() {
    let (stage, hosts) = stage();
    let bastion = Bastion::new(&stage, "bastion", hosts);
    let hop = bastion.hop();
    let setup = ["setup", "--yes", "--jump", &hop];
    let through = format!("through the jump host {hop}");
    let fingerprint = &bastion.node.fingerprints()[0];
    stage.refused(&setup, 7, &[&through, "unknown", fingerprint]);
    bastion.known(&stage);
    bastion
        .node
        .set_faults(|faults| faults.forbid_forwarding = true)
        .unwrap();
    stage.refused(
        &setup,
        6,
        &[
            "sshuser@127.0.0.1 does not allow connections to inner-edge",
            "AllowTcpForwarding",
        ],
    );
    bastion
        .node
        .set_faults(|faults| faults.forbid_forwarding = false)
        .unwrap();
    bastion
        .node
        .set_faults(|faults| faults.refuse_auth = true)
        .unwrap();
    stage.refused(&setup, 5, &[&through, "did not accept sshuser"]);
    bastion
        .node
        .set_faults(|faults| faults.refuse_auth = false)
        .unwrap();
    bastion
        .node
        .set_faults(|faults| faults.cut_login = true)
        .unwrap();
    stage.refused(
        &setup,
        8,
        &[&through, "closed the connection", "--jump HOST"],
    );
    bastion
        .node
        .set_faults(|faults| faults.cut_login = false)
        .unwrap();
    // The edge node's own key, known under its own name, is looked at behind the jump host, too.
    let known = fs::read_to_string(stage.place().known_hosts()).unwrap();
    fs::write(
        stage.place().known_hosts(),
        known.replace("inner-edge", "other"),
    )
    .unwrap();
    let said = stage.refused(&setup, 7, &["the host key of [inner-edge]"]);
    assert!(!said.err.contains("jump host"), "{}", said.err);
    fs::write(stage.place().known_hosts(), known).unwrap();
    // The pin is the edge node's alone.
    let pin = stage.rehearsal.edge.fingerprints()[0].clone();
    let dry = stage.run(&[
        "setup",
        "--dry-run",
        "--jump",
        &hop,
        "--edge-host-key",
        &pin,
    ]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    drop(bastion);
    stage.refused(
        &setup,
        8,
        &[&through, "cannot reach 127.0.0.1", "--jump HOST"],
    );
}
