//! The hub's registry of devices over HTTPS, as a policy with the rights for it sees it: one device, read or made.

use super::error::IotHubError;
use super::link::{BODY_LIMIT, Link};
use super::{device_id, sas};
use crate::secret::Secret;
use reqwest::blocking::Response;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

/// Which hub, and who asks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `myhub.azure-devices.net`
    pub host_name: String,
    /// A shared access policy with RegistryRead, or RegistryWrite, which includes it.
    pub policy: String,
    /// The policy's key, base64.
    pub key: Secret,
    /// Another address for that name.
    pub address: Option<SocketAddr>,
    /// Trusted beside the system's roots.
    pub ca_pem: Option<Vec<u8>>,
    /// For each request as a whole.
    pub timeout: Duration,
}

pub struct Registry {
    link: Link,
    policy: String,
    key: Secret,
}

/// A device as the registry has it.
#[derive(Debug, Clone)]
pub struct Device {
    /// A disabled device is refused by the hub whatever its key.
    pub enabled: bool,
    /// Its primary key; none if it signs in with a certificate.
    pub key: Option<Secret>,
}

#[derive(Deserialize)]
struct Json {
    status: Option<String>,
    authentication: Option<Authentication>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    symmetric_key: Option<SymmetricKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SymmetricKey {
    primary_key: Option<String>,
}

impl Registry {
    /// Makes the client; the hub is not contacted.
    pub fn new(settings: Settings) -> Result<Self, IotHubError> {
        let Settings {
            host_name,
            policy,
            key,
            address,
            ca_pem,
            timeout,
        } = settings;
        Ok(Self {
            link: Link::new(&host_name, address, ca_pem.as_deref(), timeout)?,
            policy,
            key,
        })
    }

    /// None if the hub has no such device.
    pub fn get(&self, id: &str) -> Result<Option<Device>, IotHubError> {
        let response = self.answer(Method::GET, id, None, "RegistryRead")?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            _ => self.device(response).map(Some),
        }
    }

    /// Registers a device with keys of the hub's making. If somebody else was faster, that one is the device.
    pub fn create(&self, id: &str) -> Result<Device, IotHubError> {
        let body = serde_json::json!({
            "deviceId": id, "status": "enabled", "authentication": {"type": "sas"},
        });
        let response = self.answer(Method::PUT, id, Some(body.to_string()), "RegistryWrite")?;
        match response.status() {
            StatusCode::CONFLICT => self.get(id)?.ok_or_else(|| IotHubError::NoSuchDevice {
                host: self.link.host_name.clone(),
                device: id.to_owned(),
            }),
            StatusCode::NOT_FOUND => Err(self.link.refusal(response)),
            _ => self.device(response),
        }
    }

    /// Answers of 404 and 409 are the caller's to understand.
    fn answer(
        &self,
        method: Method,
        id: &str,
        body: Option<String>,
        right: &'static str,
    ) -> Result<Response, IotHubError> {
        let path = format!(
            "/devices/{}",
            sas::encode(device_id(id).map_err(IotHubError::Setting)?)
        );
        let send = || {
            let token = sas::token(
                &self.link.host_name,
                Some(&self.policy),
                &self.key,
                self.link.expiry(),
            )
            .map_err(|error| IotHubError::Setting(error.to_string()))?;
            let mut request = self
                .link
                .request(method.clone(), &path)
                .header(AUTHORIZATION, token.expose());
            if let Some(body) = &body {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone());
            }
            self.link.send(request)
        };
        let mut response = send()?;
        if response.status() == StatusCode::UNAUTHORIZED && self.link.takes_the_clock_of(&response)
        {
            response = send()?;
        }
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::NOT_FOUND | StatusCode::CONFLICT => Ok(response),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(IotHubError::Policy {
                host: self.link.host_name.clone(),
                policy: self.policy.clone(),
                right,
            }),
            _ => Err(self.link.refusal(response)),
        }
    }

    fn device(&self, response: Response) -> Result<Device, IotHubError> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        response
            .take(BODY_LIMIT)
            .read_to_end(&mut body)
            .map_err(|error| self.link.unreadable(&error))?;
        // Not quoted: it holds keys.
        let json: Json = serde_json::from_slice(&body).map_err(|_| IotHubError::Refused {
            host: self.link.host_name.clone(),
            status,
            message: "this is not the JSON of a device".into(),
        })?;
        let key = json
            .authentication
            .and_then(|authentication| authentication.symmetric_key)
            .and_then(|keys| keys.primary_key)
            .filter(|key| !key.is_empty());
        Ok(Device {
            enabled: json.status.as_deref() != Some("disabled"),
            key: key.map(Secret::new),
        })
    }
}
