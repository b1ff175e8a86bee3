//! The REST proxy with the lab's Kafka behind it, and Entra ID, whose tokens it takes: servers of ours as processes on a
//! machine of their own. A case starts them; they end with what it got.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::json;

use super::certificates::{make_certificate, openssl};
use super::host::Daemon;
use super::net::{self, Host};
use super::servers::random_key;
use super::{Lab, kafka};

const TENANT: &str = "5afe0000-0000-4000-8000-0000000000a1";
const CLIENT: &str = "5afe0000-0000-4000-8000-0000000000a2";
/// The application's service principal, a member of the cluster's security group.
const PRINCIPAL: &str = "5afe0000-0000-4000-8000-0000000000a3";

pub struct RestProxy<'a> {
    lab: &'a Lab,
    proxy: Mutex<Option<Daemon>>,
    /// Before each request of records is looked at.
    delay: Duration,
    _entra: Daemon,
}

impl<'a> RestProxy<'a> {
    /// In a lab with Kafka, and Ambari or a hub.
    pub fn start(lab: &'a Lab) -> Result<RestProxy<'a>> {
        RestProxy::start_slow(lab, Duration::ZERO)
    }

    /// One that takes its time with each request of records, so that there is a middle to break something in.
    pub fn start_slow(lab: &'a Lab, delay: Duration) -> Result<RestProxy<'a>> {
        let servers = lab.servers()?;
        let dir = servers.dir();
        make_certificate(dir, "rest-proxy", &[net::REST])?;
        make_certificate(dir, "entra", &[net::LOGIN])?;
        openssl(
            dir,
            &[
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-out",
                "signing.key",
            ],
        )?;
        servers.secret("client-secret", &random_key())?;
        let application = json!({
            "client_id": CLIENT, "object_id": PRINCIPAL, "secret_file": dir.join("client-secret"),
        });
        let spec = json!({
            "listen": format!("{}:443", net::LOGIN_ADDRESS), "tls": servers.tls("entra"),
            "signing_key_file": dir.join("signing.key"),
            "directory": { "tenant": TENANT, "applications": [application] },
        });
        let entra = servers.start(lab.net(), Host::Rest, "entra", &spec)?;
        let proxy = RestProxy {
            lab,
            proxy: Mutex::new(None),
            delay,
            _entra: entra,
        };
        proxy.start_again()?;
        Ok(proxy)
    }

    /// After `kill`; with a view of Kafka that is a second old at most.
    pub fn start_again(&self) -> Result<()> {
        let servers = self.lab.servers()?;
        let spec = json!({
            "listen": format!("{}:443", Host::Rest.address()), "tls": servers.tls("rest-proxy"),
            "bootstrap": kafka::bootstrap(), "tenant": TENANT,
            "signing_key_file": servers.dir().join("signing.key"), "members": [PRINCIPAL], "refresh_seconds": 1,
            "faults": { "/v1/producer": { "delay_ms": self.delay.as_millis() as u64 } },
        });
        let daemon = servers.start(self.lab.net(), Host::Rest, "rest-proxy", &spec)?;
        *self.held() = Some(daemon);
        Ok(())
    }

    /// At once, whatever it is doing.
    pub fn kill(&self) -> Result<()> {
        match self.held().take() {
            Some(mut daemon) => daemon.kill(),
            None => bail!("the REST proxy does not run"),
        }
    }

    /// The part of a profile that leads here, from a machine that is told nothing of the brokers.
    pub fn profile(&self) -> Result<String> {
        let secret = self.lab.home().join("client-secret");
        let file = self.lab.servers()?.dir().join("client-secret");
        fs::copy(file, &secret)?;
        Ok(format!(
            "[kafka]\nroute = \"rest\"\n\n[rest]\ntenant = \"{TENANT}\"\nclient_id = \"{CLIENT}\"\n\
             client_secret = {{ file = {secret:?} }}\n"
        ))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Daemon>> {
        self.proxy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
