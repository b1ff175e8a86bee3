//! What a rehearsal writes into its directory: the profile that every command takes, and what the profile names. All of
//! it is the owner's alone, because some of it is secret, if only a rehearsal's.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::addresses::Addresses;
use super::jar;
use crate::sandbox::hub::Names;
use crate::secret::Secret;

pub const CLUSTER: &str = "rehearsal";
pub const HUB: &str = "rehearsal-hub";
/// Of the tenant, and of the application that may use the REST proxy.
pub const TENANT: &str = "5afe0000-0000-4000-8000-000000000001";
pub const CLIENT: &str = "5afe0000-0000-4000-8000-000000000002";
pub const POLICY: &str = "service";
/// The device that the tour and the demo talk to.
pub const DEVICE: &str = "fakepi";

/// The directory of one rehearsal.
#[derive(Clone, Debug)]
pub struct Place(PathBuf);

/// What only this rehearsal knows; new for each.
pub struct Keys {
    pub ambari_password: Secret,
    /// Of the node's `sshuser`, for the login and for a sudo that asks.
    pub edge_password: Secret,
    pub hub_policy: Secret,
    pub hub_owner: Secret,
    pub device: Secret,
    /// Of the application that may use the REST proxy.
    pub application: Secret,
}

impl Keys {
    pub fn new() -> Self {
        Self {
            ambari_password: Secret::new(random(18)),
            edge_password: Secret::new(random(18)),
            hub_policy: Secret::new(random(32)),
            hub_owner: Secret::new(random(32)),
            device: Secret::new(random(32)),
            application: Secret::new(random(30)),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// So many random bytes in base64, the form of IoT Hub's own keys.
fn random(bytes: usize) -> String {
    use base64::Engine as _;
    let mut all = Vec::new();
    while all.len() < bytes {
        all.extend_from_slice(uuid::Uuid::new_v4().as_bytes());
    }
    base64::engine::general_purpose::STANDARD.encode(&all[..bytes])
}

/// What the profile says beside paths.
pub struct ProfileFacts<'a> {
    pub addresses: &'a Addresses,
    pub source_port: u16,
    pub sink_port: u16,
}

impl Place {
    /// Makes the directory, 0700. One that is there may hold what an earlier rehearsal left.
    pub fn new(directory: &Path) -> anyhow::Result<Self> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        let directory = directory
            .canonicalize()
            .with_context(|| format!("cannot find {}", directory.display()))?;
        Ok(Self(directory))
    }

    pub fn directory(&self) -> &Path {
        &self.0
    }

    pub fn profile(&self) -> PathBuf {
        self.0.join("hdikafka.toml")
    }

    pub fn ca(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    pub fn known_hosts(&self) -> PathBuf {
        self.0.join("known_hosts")
    }

    /// The private key that the edge node accepts for `sshuser`.
    pub fn identity(&self) -> PathBuf {
        self.0.join("id_ed25519")
    }

    pub fn jar(&self) -> PathBuf {
        self.0.join(jar::NAME)
    }

    pub fn device(&self) -> PathBuf {
        self.0.join("fakepi.connection-string")
    }

    /// The scratch root of the edge node.
    pub fn edge(&self) -> PathBuf {
        self.0.join("edge")
    }

    pub fn write_secrets(&self, keys: &Keys, names: &Names) -> anyhow::Result<()> {
        self.write("ambari-password", keys.ambari_password.expose())?;
        self.write("edge-password", keys.edge_password.expose())?;
        self.write("client-secret", keys.application.expose())?;
        self.write("hub.json", &pretty(&hub_json(names))?)?;
        self.write("policy.json", &pretty(&policy_json(&keys.hub_policy))?)?;
        self.write(
            "fakepi.connection-string",
            &format!(
                "HostName={};DeviceId={DEVICE};SharedAccessKey={}\n",
                names.host_name,
                keys.device.expose()
            ),
        )?;
        jar::write(&self.jar())
    }

    pub fn write_profile(&self, facts: &ProfileFacts) -> anyhow::Result<()> {
        self.write("hdikafka.toml", &self.profile_text(facts))
    }

    /// Owner only; replaced whole.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.0.join(name);
        let write = || {
            let _ = std::fs::remove_file(&path);
            let mut options = std::fs::OpenOptions::new();
            let mut file = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            file.write_all(text.as_bytes())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    fn profile_text(&self, facts: &ProfileFacts) -> String {
        let path = |path: PathBuf| toml::Value::String(path.display().to_string()).to_string();
        let (gateway, edge) = (facts.addresses.gateway(), facts.addresses.edge_ssh());
        format!(
            r#"# Written by `hdikafka sandbox up`: a rehearsal on this machine, removed by `hdikafka sandbox down`.
[cluster]
name = "{CLUSTER}"
gateway = "https://{gateway}"
password = {{ file = {password} }}
ca_file = {ca}

[edge]
host = "{host}"
port = {port}
identity_file = {identity}
known_hosts = {known_hosts}

[hub]
name = "{HUB}"
json = {hub}
policy_json = {policy}
gateway = "{hub_https}"
device_connection_string = {{ file = {device} }}

[connector]
jar = {jar}

# Short, because a rehearsal's hub is near.
[source]
receive_timeout = "1s"
rest_port = {source_port}

[sink]
rest_port = {sink_port}

[proof]
stable_for = "2s"

# The brokers' names are known to the edge node only, as with a real cluster seen from outside.
[kafka]
route = "tunnel"

[rest]
url = "https://{rest}"
tenant = "{TENANT}"
client_id = "{CLIENT}"
client_secret = {{ file = {client_secret} }}
authority = "https://{azure}"
"#,
            rest = facts.addresses.rest(),
            azure = facts.addresses.azure(),
            client_secret = path(self.0.join("client-secret")),
            password = path(self.0.join("ambari-password")),
            ca = path(self.ca()),
            host = edge.ip(),
            port = edge.port(),
            identity = path(self.identity()),
            known_hosts = path(self.known_hosts()),
            hub_https = facts.addresses.hub_https(),
            device = path(self.device()),
            hub = path(self.0.join("hub.json")),
            policy = path(self.0.join("policy.json")),
            jar = path(self.jar()),
            source_port = facts.source_port,
            sink_port = facts.sink_port,
        )
    }
}

fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// As `az iot hub show` prints it, as far as anybody reads it.
fn hub_json(names: &Names) -> Value {
    let partitions: Vec<String> = (0..names.partitions).map(|n| n.to_string()).collect();
    json!({
        "name": names.name,
        "location": "westeurope",
        "resourcegroup": "rehearsal",
        "subscriptionid": "00000000-0000-0000-0000-000000000001",
        "type": "Microsoft.Devices/IotHubs",
        "sku": {"capacity": 1, "name": "S1", "tier": "Standard"},
        "properties": {
            "hostName": names.host_name,
            "state": "Active",
            "provisioningState": "Succeeded",
            "eventHubEndpoints": {"events": {
                "endpoint": format!("sb://{}/", names.events_host),
                "path": names.events_path,
                "partitionCount": names.partitions,
                "partitionIds": partitions,
                "retentionTimeInDays": 1,
            }},
        },
    })
}

/// As `az iot hub policy show` prints it.
fn policy_json(key: &Secret) -> Value {
    json!({
        "keyName": POLICY,
        "primaryKey": key.expose(),
        "secondaryKey": key.expose(),
        "rights": "ServiceConnect",
    })
}
