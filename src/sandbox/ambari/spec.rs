//! What an imitated Ambari serves, as a spec file says it. Here: shapes and their checks; no sockets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::sandbox::http::Fault;
use crate::sandbox::tls::TlsFiles;

/// The spec file (JSON). All paths are read when the server starts, and again on a reload.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub listen: Vec<ListenSpec>,
    /// Needed as soon as a listener has `tls`.
    pub tls: Option<TlsFiles>,
    pub user: String,
    /// The cluster login's password; a newline at the end does not belong to it.
    pub password_file: PathBuf,
    pub clusters: Vec<Cluster>,
    /// Path prefix → misbehaviour.
    #[serde(default)]
    pub faults: BTreeMap<String, Fault>,
    /// End when the standard input of the process closes.
    #[serde(default)]
    pub end_with_stdin: bool,
}

/// One address. With TLS it answers as the cluster's public gateway does, without as Ambari itself on a head node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenSpec {
    pub addr: String,
    #[serde(default)]
    pub tls: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Case-sensitive in paths, unlike the name in DNS.
    pub name: String,
    /// `NONE` or `KERBEROS`.
    #[serde(default = "no_security")]
    pub security_type: String,
    /// The stack: `HDP-…`.
    pub version: String,
    pub hosts: Vec<Host>,
    /// Settings of config types, `kafka-broker` → key → value, over what a Kafka cluster has by itself.
    #[serde(default)]
    pub configurations: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    pub name: String,
    pub ip: IpAddr,
    /// `HEALTHY`, `UNHEALTHY`, `HEARTBEAT_LOST`, `INIT` …
    #[serde(default = "healthy")]
    pub state: String,
    /// Component → state: `{"KAFKA_BROKER": "STARTED"}`.
    #[serde(default)]
    pub components: BTreeMap<String, String>,
}

impl Spec {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let spec: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no spec", path.display()))?;
        for cluster in &spec.clusters {
            cluster.check()?;
        }
        Ok(spec)
    }
}

impl Cluster {
    /// A component that belongs to no known service would be served nowhere: most likely it is misspelt.
    pub fn check(&self) -> anyhow::Result<()> {
        for host in &self.hosts {
            for component in host.components.keys() {
                anyhow::ensure!(
                    service_of(component).is_some(),
                    "{}: it is not known which service {component} belongs to",
                    host.name
                );
            }
        }
        Ok(())
    }
}

/// `(service, category, display name)` of the components that a Kafka cluster on HDInsight has.
pub(super) fn service_of(component: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match component {
        "KAFKA_BROKER" => ("KAFKA", "MASTER", "Kafka Broker"),
        "ZOOKEEPER_SERVER" => ("ZOOKEEPER", "MASTER", "ZooKeeper Server"),
        "ZOOKEEPER_CLIENT" => ("ZOOKEEPER", "CLIENT", "ZooKeeper Client"),
        "NAMENODE" => ("HDFS", "MASTER", "NameNode"),
        "ZKFC" => ("HDFS", "SLAVE", "ZKFailoverController"),
        "JOURNALNODE" => ("HDFS", "SLAVE", "JournalNode"),
        "DATANODE" => ("HDFS", "SLAVE", "DataNode"),
        "HDFS_CLIENT" => ("HDFS", "CLIENT", "HDFS Client"),
        "METRICS_COLLECTOR" => ("AMBARI_METRICS", "MASTER", "Metrics Collector"),
        "METRICS_MONITOR" => ("AMBARI_METRICS", "SLAVE", "Metrics Monitor"),
        "KERBEROS_CLIENT" => ("KERBEROS", "CLIENT", "Kerberos Client"),
        _ => return None,
    })
}

fn no_security() -> String {
    "NONE".to_owned()
}

fn healthy() -> String {
    "HEALTHY".to_owned()
}
