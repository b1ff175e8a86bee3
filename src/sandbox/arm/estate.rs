//! What an imitated Azure holds: subscriptions, IoT Hubs with their policies, HDInsight clusters, and who may see them.
//! In a spec file or made by a caller. Here: data; what is shown of it is in `view`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::sandbox::entra::secret_from_file;
use crate::sandbox::http::Fault;
use crate::sandbox::tls::TlsFiles;
use crate::secret::Secret;

/// The spec file (JSON).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub listen: String,
    pub tls: TlsFiles,
    /// The one of the Entra ID whose tokens are taken.
    pub signing_key_file: PathBuf,
    /// Where that one is: `https://localhost:4443`. It is told to whoever asks for the cloud's endpoints.
    pub login_endpoint: String,
    pub estate: Estate,
    /// Path prefix → misbehaviour.
    #[serde(default)]
    pub faults: BTreeMap<String, Fault>,
    /// End when the standard input of the process closes.
    #[serde(default)]
    pub end_with_stdin: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estate {
    pub tenant: String,
    pub subscriptions: Vec<Subscription>,
    /// Object id of a service principal → what it may do, in every subscription.
    pub roles: BTreeMap<String, Role>,
    /// Items of a list in one answer; the rest behind `nextLink`.
    #[serde(default = "whole_pages")]
    pub page: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything but keys.
    Reader,
    /// Keys as well.
    Contributor,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// A GUID.
    pub id: String,
    pub name: String,
    /// Groups beside those that something is in.
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub hubs: Vec<IotHub>,
    #[serde(default)]
    pub clusters: Vec<Cluster>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IotHub {
    pub name: String,
    pub group: String,
    #[serde(default = "region")]
    pub location: String,
    pub host_name: String,
    /// The host of the Event Hubs-compatible endpoint.
    pub events_host: String,
    pub events_path: String,
    pub partitions: usize,
    #[serde(default = "standard")]
    pub tier: String,
    /// Still being made: it has no host name and no endpoint yet.
    #[serde(default)]
    pub activating: bool,
    /// Beside `$Default`.
    #[serde(default)]
    pub consumer_groups: Vec<String>,
    pub policies: Vec<Policy>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub name: String,
    /// `RegistryWrite, ServiceConnect, DeviceConnect`
    pub rights: String,
    #[serde(rename = "primary_key_file", deserialize_with = "secret_from_file")]
    pub primary_key: Secret,
    #[serde(rename = "secondary_key_file", deserialize_with = "secret_from_file")]
    pub secondary_key: Secret,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    pub name: String,
    pub group: String,
    #[serde(default = "region")]
    pub location: String,
    /// Of HDInsight: `5.1.3000.0`.
    #[serde(default = "hdinsight")]
    pub version: String,
    /// Of Kafka: `3.2`.
    #[serde(default = "kafka")]
    pub kafka: String,
    /// `Succeeded`, `InProgress`, `Failed` …
    #[serde(default = "succeeded")]
    pub provisioning_state: String,
    #[serde(default = "workers")]
    pub workers: u32,
    /// Whether it has the Kafka REST proxy, and the security group that may use it.
    #[serde(default)]
    pub rest_proxy: Option<ClientGroup>,
    /// The Enterprise Security Package: Kerberos.
    #[serde(default)]
    pub security_package: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientGroup {
    pub name: String,
    pub id: String,
}

impl Spec {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let spec: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no spec", path.display()))?;
        anyhow::ensure!(
            spec.estate.page > 0,
            "a page of a list has at least one item"
        );
        Ok(spec)
    }
}

impl Subscription {
    /// Every group that has a name or something in it, each once whatever its case.
    pub(super) fn all_groups(&self) -> Vec<&str> {
        let hubs = self.hubs.iter().map(|hub| &hub.group);
        let clusters = self.clusters.iter().map(|cluster| &cluster.group);
        let mut all: Vec<&str> = Vec::new();
        for group in self.groups.iter().chain(hubs).chain(clusters) {
            if !all.iter().any(|known| known.eq_ignore_ascii_case(group)) {
                all.push(group);
            }
        }
        all
    }
}

fn whole_pages() -> usize {
    100
}

fn region() -> String {
    "westeurope".to_owned()
}

fn standard() -> String {
    "Standard".to_owned()
}

fn hdinsight() -> String {
    "5.1.3000.0".to_owned()
}

fn kafka() -> String {
    "3.2".to_owned()
}

fn succeeded() -> String {
    "Succeeded".to_owned()
}

fn workers() -> u32 {
    3
}
