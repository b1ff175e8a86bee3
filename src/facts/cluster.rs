//! The cluster as Ambari tells of it: which brokers, ZooKeeper servers and head nodes there are, and their states.

use crate::ambari;
use serde::{Deserialize, Serialize};

pub const KAFKA_PORT: u16 = 9092;
pub const ZOOKEEPER_PORT: u16 = 2181;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// As Ambari spells it; its REST paths are case-sensitive.
    pub name: String,
    pub version: String,
    /// `NONE`, or `KERBEROS` on a cluster with the Enterprise Security Package.
    pub security: String,
    pub brokers: Vec<Node>,
    pub zookeepers: Vec<Node>,
    pub head_nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    pub host: String,
    pub ip: String,
    /// The component's state (`STARTED`, `INSTALLED`, …); for head nodes the host's (`HEALTHY`, …).
    pub state: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("Ambari knows no cluster")]
    None,
    #[error("Ambari knows no cluster {wanted:?}; it knows {known}")]
    Unknown { wanted: String, known: String },
    #[error("Ambari knows several clusters and none was named: {known}")]
    Several { known: String },
    #[error("the cluster {cluster} has no KAFKA service: it is not a Kafka cluster")]
    NoKafka { cluster: String },
    #[error("no broker of {cluster} is started: {states}")]
    NoBroker { cluster: String, states: String },
    /// Its brokers want SASL with Kerberos; a client without it waits for its time-out and learns nothing.
    #[error("{cluster} has the Enterprise Security Package (Kerberos), which is not supported")]
    EnterpriseSecurity { cluster: String },
}

impl Cluster {
    /// Every started broker, sorted, as `host:9092`.
    pub fn bootstrap(&self) -> Vec<String> {
        addresses(&self.brokers, KAFKA_PORT)
    }

    /// The started brokers, to be spoken to; or why there are none, or none that would answer.
    pub fn started(&self) -> Result<Vec<String>, ClusterError> {
        if self.is_kerberised() {
            return Err(ClusterError::EnterpriseSecurity {
                cluster: self.name.clone(),
            });
        }
        let bootstrap = self.bootstrap();
        if bootstrap.is_empty() {
            let states = self
                .brokers
                .iter()
                .map(|node| format!("{} is {}", node.host, node.state));
            return Err(ClusterError::NoBroker {
                cluster: self.name.clone(),
                states: states.collect::<Vec<_>>().join(", "),
            });
        }
        Ok(bootstrap)
    }

    /// A cluster of which only the brokers are known, from the profile. Ports other than 9092 are kept.
    pub fn of_brokers(name: &str, brokers: &[String]) -> Self {
        let node = |address: &String| Node {
            host: address.clone(),
            ip: String::new(),
            state: "STARTED".into(),
        };
        Self {
            name: name.to_owned(),
            brokers: brokers.iter().map(node).collect(),
            ..Self::default()
        }
    }

    /// The Enterprise Security Package: Ambari's cluster is kerberised.
    pub fn is_kerberised(&self) -> bool {
        self.security == "KERBEROS"
    }

    /// What a host is in this cluster, if Ambari knows: an edge node has no part in it. By the first label of the name: the
    /// node says it without its domain.
    pub fn part_of(&self, host: &str) -> Option<&'static str> {
        let label = |host: &str| host.split('.').next().unwrap_or_default().to_lowercase();
        let ours = label(host);
        let parts = [
            (&self.head_nodes, "a head node"),
            (&self.brokers, "a broker"),
            (&self.zookeepers, "a ZooKeeper server"),
        ];
        let part = parts
            .into_iter()
            .find(|(nodes, _)| nodes.iter().any(|node| label(&node.host) == ours));
        part.map(|(_, name)| name)
    }

    pub fn zookeeper(&self) -> Vec<String> {
        addresses(&self.zookeepers, ZOOKEEPER_PORT)
    }
}

fn addresses(nodes: &[Node], port: u16) -> Vec<String> {
    let started = nodes.iter().filter(|node| node.state == "STARTED");
    let address = |node: &Node| match node.host.rsplit_once(':') {
        Some(_) => node.host.clone(),
        None => format!("{}:{port}", node.host),
    };
    let mut addresses: Vec<String> = started.map(address).collect();
    addresses.sort();
    addresses
}

/// Two requests: the clusters there, then the hosts of ours with their components.
pub fn ask(client: &ambari::Client, wanted: Option<&str>) -> anyhow::Result<Cluster> {
    let known = client.clusters()?;
    let names: Vec<&str> = known.iter().map(|cluster| cluster.name.as_str()).collect();
    let name = choose(&names, wanted)?.to_owned();
    let hosts = client.hosts(&name)?;
    let mut cluster = Cluster {
        name,
        ..Cluster::default()
    };
    if let Some(chosen) = known.iter().find(|known| known.name == cluster.name) {
        cluster.version = chosen.version.clone();
        cluster.security = chosen.security_type.clone();
    }
    let mut kafka = false;
    for host in hosts {
        let node = |state: &str| Node {
            host: host.name.clone(),
            ip: host.ip.clone().unwrap_or_default(),
            state: state.to_owned(),
        };
        if let Some(state) = host.components.get("KAFKA_BROKER") {
            kafka = true;
            cluster.brokers.push(node(state));
        }
        if let Some(state) = host.components.get("ZOOKEEPER_SERVER") {
            cluster.zookeepers.push(node(state));
        }
        // HDInsight names its head nodes hn0-…, hn1-…
        if host.name.starts_with("hn") {
            cluster.head_nodes.push(node(&host.state));
        }
    }
    if !kafka {
        return Err(ClusterError::NoKafka {
            cluster: cluster.name,
        }
        .into());
    }
    for nodes in [
        &mut cluster.brokers,
        &mut cluster.zookeepers,
        &mut cluster.head_nodes,
    ] {
        nodes.sort_by(|a, b| a.host.cmp(&b.host));
    }
    Ok(cluster)
}

/// The cluster's name as Ambari spells it: by exact name, by a name that differs in case only, or the only one there is.
fn choose<'a>(known: &[&'a str], wanted: Option<&str>) -> Result<&'a str, ClusterError> {
    let list = || known.join(", ");
    match wanted {
        Some(wanted) => {
            let exact = known.iter().find(|name| **name == wanted);
            let same = || known.iter().find(|name| name.eq_ignore_ascii_case(wanted));
            exact
                .or_else(same)
                .copied()
                .ok_or_else(|| ClusterError::Unknown {
                    wanted: wanted.to_owned(),
                    known: list(),
                })
        }
        None => match known {
            [] => Err(ClusterError::None),
            [only] => Ok(only),
            _ => Err(ClusterError::Several { known: list() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_found_by_name_in_any_case_or_by_being_the_only_one() {
        assert_eq!(
            choose(&["myKafka", "other"], Some("MYKAFKA")).unwrap(),
            "myKafka"
        );
        assert_eq!(choose(&["Kafka", "kafka"], Some("kafka")).unwrap(), "kafka");
        assert_eq!(choose(&["only"], None).unwrap(), "only");
        assert!(matches!(
            choose(&["a", "b"], None),
            Err(ClusterError::Several { .. })
        ));
        assert!(matches!(
            choose(&["a"], Some("b")),
            Err(ClusterError::Unknown { .. })
        ));
        assert!(matches!(choose(&[], None), Err(ClusterError::None)));
    }

    #[test]
    fn only_started_brokers_are_bootstrap_servers() {
        let node = |host: &str, state: &str| Node {
            host: host.into(),
            ip: String::new(),
            state: state.into(),
        };
        let cluster = Cluster {
            brokers: vec![node("wn0", "STARTED"), node("wn1", "INSTALLED")],
            ..Cluster::default()
        };
        assert_eq!(cluster.bootstrap(), ["wn0:9092"]);
    }
}
