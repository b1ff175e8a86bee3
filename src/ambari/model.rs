//! What Ambari says, and the shapes it says it in.

use super::error::plain;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A cluster by its exact name: in paths Ambari tells upper from lower case, which DNS does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterRef {
    pub name: String,
    /// The stack: `HDP-3.1`.
    pub version: String,
    /// `NONE` or `KERBEROS`.
    pub security_type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Fully qualified.
    pub name: String,
    pub ip: Option<String>,
    /// `HEALTHY`, `UNHEALTHY`, `HEARTBEAT_LOST`, `INIT` …
    pub state: String,
    /// Component to state: `KAFKA_BROKER` to `STARTED`.
    pub components: BTreeMap<String, String>,
}

/// A collection. `items` is always there, if empty.
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
    ip: Option<String>,
    #[serde(default)]
    host_state: String,
}

#[derive(Deserialize)]
struct ComponentItem {
    #[serde(rename = "HostRoles")]
    roles: Roles,
}

#[derive(Deserialize)]
struct Roles {
    component_name: String,
    #[serde(default)]
    state: String,
}

impl From<ClusterItem> for ClusterRef {
    fn from(item: ClusterItem) -> Self {
        Self {
            name: plain(&item.cluster.cluster_name),
            version: plain(&item.cluster.version),
            security_type: plain(&item.cluster.security_type),
        }
    }
}

impl From<HostItem> for Host {
    fn from(item: HostItem) -> Self {
        let components = item.host_components.into_iter().map(|component| {
            (
                plain(&component.roles.component_name),
                plain(&component.roles.state),
            )
        });
        Self {
            name: plain(&item.host.host_name),
            ip: item.host.ip.as_deref().map(plain),
            state: plain(&item.host.host_state),
            components: components.collect(),
        }
    }
}
