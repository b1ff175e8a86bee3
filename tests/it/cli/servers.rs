//! What the binary is pointed at: an Ambari of the sandbox, and a place where nobody may knock.

use super::{PASSWORD, World};
use hdikafka::sandbox::ambari::{Ambari, Cluster, Entrance};
use hdikafka::sandbox::tls::{Authority, server_config};
use hdikafka::secret::Secret;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::net::TcpListener;

const SUFFIX: &str = "kafka.abcdef.ax.internal.cloudapp.net";

/// A host of a cluster, in the form of the sandbox's spec.
pub(super) fn host(name: &str, ip: &str, component: &str, state: &str) -> Value {
    json!({"name": format!("{name}-{SUFFIX}"), "ip": ip, "components": {component: state}})
}

/// Two started brokers and one that is not, out of order; ZooKeeper; both head nodes.
pub(super) fn cluster(name: &str) -> Value {
    json!({"name": name, "version": "HDP-5.1", "hosts": [
        host("wn1", "10.0.0.21", "KAFKA_BROKER", "STARTED"),
        host("wn0", "10.0.0.20", "KAFKA_BROKER", "STARTED"),
        host("wn2", "10.0.0.22", "KAFKA_BROKER", "INSTALLED"),
        host("zk0", "10.0.0.30", "ZOOKEEPER_SERVER", "STARTED"),
        host("hn1", "10.0.0.17", "METRICS_MONITOR", "STARTED"),
        host("hn0", "10.0.0.16", "METRICS_COLLECTOR", "STARTED"),
    ]})
}

/// An Ambari with two entrances: the gateway over TLS and a head node in the clear.
pub(super) struct Running {
    pub(super) ambari: Ambari,
    pub(super) ca_pem: String,
}

pub(super) fn ambari(clusters: &[Value]) -> Running {
    let authority = Authority::new("hdikafka tests").unwrap();
    let (cert, key) = authority
        .issue(&[], &["127.0.0.1".parse().unwrap()])
        .unwrap();
    let config = server_config(cert.as_bytes(), key.as_bytes()).unwrap();
    let entrance = |tls| Entrance {
        addr: "127.0.0.1:0".to_owned(),
        tls,
    };
    let clusters: Vec<Cluster> = clusters
        .iter()
        .map(|cluster| serde_json::from_value(cluster.clone()).unwrap())
        .collect();
    let entrances = vec![entrance(Some(config)), entrance(None)];
    Running {
        ambari: Ambari::start(entrances, "admin", Secret::from(PASSWORD), clusters).unwrap(),
        ca_pem: authority.ca_pem().to_owned(),
    }
}

impl Running {
    pub(super) fn gateway(&self) -> String {
        format!("https://{}", self.ambari.addr())
    }

    pub(super) fn head_node(&self) -> String {
        format!("http://{}", self.ambari.server().addrs()[1])
    }

    pub(super) fn requests(&self) -> usize {
        self.ambari.server().requests().len()
    }

    /// An operator who asks the head node and knows the password.
    pub(super) fn world(&self) -> World {
        World::new()
            .set("HDIKAFKA_GATEWAY", self.head_node())
            .set("HDIKAFKA_AMBARI_PASSWORD", PASSWORD)
    }
}

/// An address where connections would be seen.
pub(super) struct Watched(TcpListener);

impl Watched {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(super) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Whoever connects waits in the kernel's queue until he is accepted, also when he has left.
    pub(super) fn was_contacted(&self) -> bool {
        match self.0.accept() {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// An address at which nobody listens.
pub(super) fn closed() -> String {
    Watched::new().address()
}

#[test]
fn a_contact_is_seen() {
    let watched = Watched::new();
    assert!(!watched.was_contacted());
    drop(std::net::TcpStream::connect(watched.address()).unwrap());
    assert!(watched.was_contacted());
}
