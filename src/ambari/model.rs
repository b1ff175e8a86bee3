//! The shapes of Ambari's answers, as far as they are read. Unknown members are ignored.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A cluster that Ambari knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterRef {
    pub name: String,
    /// The stack, `HDP-3.1`.
    pub version: String,
    /// `NONE` or `KERBEROS`; empty when Ambari does not say.
    pub security_type: String,
}

/// A host with its components' states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub name: String,
    pub ip: String,
    /// `HEALTHY`, `UNHEALTHY`, `HEARTBEAT_LOST`, …
    pub state: String,
    /// `KAFKA_BROKER` → `STARTED`, `INSTALLED`, …
    pub components: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct Items<T> {
    pub items: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct ClusterItem {
    #[serde(rename = "Clusters")]
    cluster: ClusterFields,
}

#[derive(Deserialize)]
struct ClusterFields {
    cluster_name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    security_type: String,
}

#[derive(Deserialize)]
pub(super) struct HostItem {
    #[serde(rename = "Hosts")]
    host: HostFields,
    #[serde(default)]
    host_components: Vec<ComponentItem>,
}

#[derive(Deserialize)]
struct HostFields {
    host_name: String,
    #[serde(default)]
    ip: String,
    #[serde(default)]
    host_state: String,
}

#[derive(Deserialize)]
struct ComponentItem {
    #[serde(rename = "HostRoles")]
    role: RoleFields,
}

#[derive(Deserialize)]
struct RoleFields {
    component_name: String,
    #[serde(default)]
    state: String,
}

#[derive(Deserialize)]
pub(super) struct Message {
    pub message: String,
}

impl From<ClusterItem> for ClusterRef {
    fn from(item: ClusterItem) -> Self {
        let ClusterFields { cluster_name, version, security_type } = item.cluster;
        Self { name: cluster_name, version, security_type }
    }
}

impl From<HostItem> for Host {
    fn from(item: HostItem) -> Self {
        let components = item.host_components.into_iter().map(|component| component.role);
        Self {
            name: item.host.host_name,
            ip: item.host.ip,
            state: item.host.host_state,
            components: components.map(|role| (role.component_name, role.state)).collect(),
        }
    }
}
