//! Ambari and the IoT Hub: servers of ours (`hdikafka sandbox serve PART`) on their machines, under their names and ports,
//! with certificates of the lab's own CA. Here: their specifications, their keys, and their start.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use serde_json::{Value, json};

use super::certificates::{make_authority, make_certificate};
use super::host::Daemon;
use super::net::{self, Host, Network};
use super::{parts, wait};

pub const AMBARI_USER: &str = "admin";
pub const AMBARI_PASSWORD: &str = "Amb4ri-of-the-lab!";
pub const DEVICE: &str = "fakepi";
pub const EVENTS_PATH: &str = "iothub-ehub-myhub-25253805-d44b2a856e";
pub const PARTITIONS: u32 = 4;
/// Where the hub's server tells what it saw: on its own machine's loopback, which no other machine reaches.
const ADMIN_PORT: u16 = 8900;

/// The lab's CA, the secrets and the specifications: the same for all servers of a lab.
pub struct Servers {
    dir: PathBuf,
    ambari: Mutex<Option<Daemon>>,
    hub: Mutex<Option<Daemon>>,
}

impl Servers {
    pub fn new(lab: &Path) -> Result<Servers> {
        let servers = Servers {
            dir: lab.join("servers"),
            ambari: Mutex::new(None),
            hub: Mutex::new(None),
        };
        fs::create_dir_all(&servers.dir)?;
        make_authority(&servers.dir)?;
        servers.secret("ambari-password", AMBARI_PASSWORD)?;
        for name in ["service-key", "iothubowner-key", "device-key"] {
            servers.secret(name, &random_key())?;
        }
        Ok(servers)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The CA that the servers' certificates are from: a profile's `ca_file`.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// The file with the password of Ambari's user `admin`.
    pub fn password_file(&self) -> PathBuf {
        self.dir.join("ambari-password")
    }

    /// The primary key of the policy `service`.
    pub fn service_key(&self) -> Result<String> {
        self.read("service-key")
    }

    /// The key of the device `fakepi`.
    pub fn device_key(&self) -> Result<String> {
        self.read("device-key")
    }

    pub fn start_ambari(&self, net: &Network) -> Result<()> {
        self.start_ambari_with(net, |_| {})
    }

    /// Starts an Ambari whose specification was changed first: other services, faults.
    pub fn start_ambari_with(&self, net: &Network, change: impl FnOnce(&mut Value)) -> Result<()> {
        make_certificate(&self.dir, "ambari", &[net::GATEWAY])?;
        let mut spec = self.ambari_spec();
        change(&mut spec);
        let daemon = self.start(net, Host::Head, "ambari", &spec)?;
        *self.ambari.lock().unwrap_or_else(PoisonError::into_inner) = Some(daemon);
        Ok(())
    }

    pub fn stop_ambari(&self) -> Result<()> {
        match self
            .ambari
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            Some(mut daemon) => daemon.stop(),
            None => bail!("Ambari does not run"),
        }
    }

    /// What an Ambari that was stopped had been asked: method, path and status of each request.
    pub fn requests_to_ambari(&self) -> Result<Vec<Value>> {
        let log = fs::read_to_string(self.dir.join("ambari.log"))?;
        let last = log.lines().last().unwrap_or_default();
        let ended: Value = serde_json::from_str(last)?;
        let requests = ended["requests"].as_array();
        Ok(requests
            .context("Ambari did not say what it was asked")?
            .clone())
    }

    pub fn start_hub(&self, net: &Network) -> Result<()> {
        make_certificate(&self.dir, "hub", &[net::HUB, net::EVENTS])?;
        let daemon = self.start(net, Host::Hub, "hub", &self.hub_spec())?;
        *self.hub.lock().unwrap_or_else(PoisonError::into_inner) = Some(daemon);
        Ok(())
    }

    pub fn stop_hub(&self) -> Result<()> {
        match self
            .hub
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            Some(mut daemon) => daemon.stop(),
            None => bail!("the hub does not run"),
        }
    }

    /// What the hub saw: telemetry, messages that reached devices, connections. A test facility of our server.
    pub fn hub_state(&self, net: &Network) -> Result<Value> {
        let answer = net.inside(Host::Hub, || -> Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", ADMIN_PORT))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /state HTTP/1.0\r\nHost: hub\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        })??;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("no answer from the hub's admin port")?;
        if !head.lines().next().unwrap_or_default().contains(" 200") {
            bail!("the hub's admin port: {head}");
        }
        Ok(serde_json::from_str(body)?)
    }

    /// What `az iot hub show` and `az iot hub policy show` answer for this hub, for the stand-in of az.
    pub fn write_az(&self, az: &Path) -> Result<()> {
        let hub = json!({
            "id": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Devices/IotHubs/myhub",
            "location": "westus2", "name": "myhub",
            "properties": {
                "eventHubEndpoints": { "events": {
                    "endpoint": format!("sb://{}/", net::EVENTS),
                    "partitionCount": PARTITIONS,
                    "partitionIds": (0..PARTITIONS).map(|n| n.to_string()).collect::<Vec<_>>(),
                    "path": EVENTS_PATH, "retentionTimeInDays": 1,
                } },
                "hostName": net::HUB, "provisioningState": "Succeeded", "state": "Active",
            },
            "resourcegroup": "rg1", "sku": { "capacity": 1, "name": "S1", "tier": "Standard" },
            "subscriptionid": "00000000-0000-0000-0000-000000000001", "tags": {}, "type": "Microsoft.Devices/IotHubs",
        });
        let policy = json!({
            "keyName": "service", "primaryKey": self.service_key()?, "rights": "ServiceConnect",
            "secondaryKey": random_key(),
        });
        fs::write(az.join("hub.json"), format!("{hub:#}\n"))?;
        fs::write(az.join("policy.json"), format!("{policy:#}\n"))?;
        fs::write(az.join("mode"), "ok\n")?;
        Ok(())
    }

    pub fn logs(&self) -> Vec<(String, String)> {
        ["ambari", "hub"]
            .map(|name| {
                (
                    name.to_owned(),
                    fs::read_to_string(self.dir.join(format!("{name}.log"))).unwrap_or_default(),
                )
            })
            .into()
    }

    /// Starts one server and waits for the line that says where it listens.
    pub(super) fn start(
        &self,
        net: &Network,
        host: Host,
        part: &str,
        spec: &Value,
    ) -> Result<Daemon> {
        let spec_file = self.dir.join(format!("{part}.json"));
        fs::write(&spec_file, format!("{spec:#}\n"))?;
        let log = self.dir.join(format!("{part}.log"));
        // Its ready line must be of this start.
        fs::write(&log, "")?;
        let mut command = net.command(host, &parts::binary().display().to_string());
        command
            .args(["sandbox", "serve", part, "--spec"])
            .arg(&spec_file);
        let mut daemon = Daemon::start(part, command, &log)?;
        wait(
            &format!("the server {part}"),
            Duration::from_secs(20),
            || {
                let ready = daemon.log().lines().any(|line| {
                    serde_json::from_str::<Value>(line)
                        .is_ok_and(|line| line["ready"] == Value::Bool(true))
                });
                if !ready {
                    daemon.check()?;
                }
                Ok(ready)
            },
        )?;
        Ok(daemon)
    }

    fn ambari_spec(&self) -> Value {
        let mut hosts = vec![
            node(Host::Head, json!({ "METRICS_COLLECTOR": "STARTED" })),
            node(Host::Zookeeper, json!({ "ZOOKEEPER_SERVER": "STARTED" })),
        ];
        hosts.extend((0..3).map(|n| node(Host::Broker(n), json!({ "KAFKA_BROKER": "STARTED" }))));
        json!({
            "listen": [{ "addr": "0.0.0.0:443", "tls": true }, { "addr": "0.0.0.0:8080", "tls": false }],
            "tls": self.tls("ambari"),
            "user": AMBARI_USER, "password_file": self.password_file(),
            "clusters": [{ "name": net::CLUSTER, "security_type": "NONE", "version": "HDP-3.1", "hosts": hosts }],
        })
    }

    fn hub_spec(&self) -> Value {
        let [hub, events] = [Host::Hub.address(), net::EVENTS_ADDRESS];
        json!({
            "name": "myhub", "host_name": net::HUB, "events_host": net::EVENTS, "events_path": EVENTS_PATH,
            "partitions": PARTITIONS,
            "policies": [
                { "name": "service", "rights": "ServiceConnect", "primary_key_file": self.dir.join("service-key") },
                { "name": "iothubowner", "rights": "RegistryWrite, ServiceConnect, DeviceConnect",
                  "primary_key_file": self.dir.join("iothubowner-key") },
            ],
            "devices": [{ "id": DEVICE, "key_file": self.dir.join("device-key") }],
            "tls": self.tls("hub"),
            "listen": {
                "https": [format!("{hub}:443")], "service": [format!("{hub}:5671")],
                "events": [format!("{events}:5671")], "admin": [format!("127.0.0.1:{ADMIN_PORT}")],
            },
        })
    }

    pub(super) fn tls(&self, name: &str) -> Value {
        json!({ "cert": self.dir.join(format!("{name}.pem")), "key": self.dir.join(format!("{name}.key")) })
    }

    pub(super) fn secret(&self, name: &str, value: &str) -> Result<()> {
        let file = self.dir.join(name);
        fs::write(&file, format!("{value}\n"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        Ok(())
    }

    fn read(&self, name: &str) -> Result<String> {
        Ok(fs::read_to_string(self.dir.join(name))?
            .trim_end()
            .to_owned())
    }
}

fn node(host: Host, components: Value) -> Value {
    json!({
        "name": net::internal_name(host), "ip": host.address().to_string(), "state": "HEALTHY",
        "components": components,
    })
}

/// A key as Azure makes them: 32 random bytes in base64.
pub(super) fn random_key() -> String {
    let bytes = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()]
        .map(uuid::Uuid::into_bytes)
        .concat();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
