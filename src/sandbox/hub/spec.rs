//! What an imitated IoT Hub is made of, as a spec file says it. Here: shapes, and reading the keys that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use super::sas::{Policy, Rights};
use crate::sandbox::ambari::read_secret;
use crate::sandbox::http::Fault;
use crate::sandbox::tls::TlsFiles;
use crate::secret::Secret;

/// The spec file (JSON). Keys lie in files, base64 as IoT Hub gives them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub name: String,
    /// `myhub.azure-devices.net`: devices on 443, commands from services on 5671.
    pub host_name: String,
    /// The Event Hubs-compatible endpoint's host: telemetry on 5671.
    pub events_host: String,
    /// The Event Hubs-compatible name.
    pub events_path: String,
    pub partitions: usize,
    /// Beside `$Default`.
    #[serde(default)]
    pub consumer_groups: Vec<String>,
    pub policies: Vec<PolicySpec>,
    #[serde(default)]
    pub devices: Vec<DeviceSpec>,
    pub tls: TlsFiles,
    pub listen: ListenSpec,
    /// Path prefix → misbehaviour, on all listeners.
    #[serde(default)]
    pub faults: BTreeMap<String, Fault>,
    /// End when the standard input of the process closes.
    #[serde(default)]
    pub end_with_stdin: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySpec {
    pub name: String,
    /// `RegistryWrite, ServiceConnect, DeviceConnect`, as `az iot hub policy show` prints them.
    pub rights: Rights,
    pub primary_key_file: PathBuf,
    pub secondary_key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSpec {
    pub id: String,
    pub key_file: PathBuf,
}

/// Addresses by what is served there. All but `admin` speak TLS.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenSpec {
    /// The devices' public HTTP API and the registry.
    pub https: Vec<String>,
    /// Commands to devices, from the stand-in connector.
    pub service: Vec<String>,
    /// Telemetry, to the stand-in connector.
    pub events: Vec<String>,
    /// What happened so far: a test facility, without TLS and without credentials.
    pub admin: Vec<String>,
}

impl Spec {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let spec: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no spec", path.display()))?;
        anyhow::ensure!(spec.partitions > 0, "a hub has at least one partition");
        Ok(spec)
    }

    pub(super) fn read_policies(&self) -> anyhow::Result<Vec<Policy>> {
        let read = |policy: &PolicySpec| {
            let mut keys = vec![read_secret(&policy.primary_key_file)?];
            if let Some(path) = &policy.secondary_key_file {
                keys.push(read_secret(path)?);
            }
            Ok(Policy {
                name: policy.name.clone(),
                rights: policy.rights.clone(),
                keys,
            })
        };
        self.policies.iter().map(read).collect()
    }

    pub(super) fn read_devices(&self) -> anyhow::Result<Vec<(String, Secret)>> {
        let read = |device: &DeviceSpec| Ok((device.id.clone(), read_secret(&device.key_file)?));
        self.devices.iter().map(read).collect()
    }
}
