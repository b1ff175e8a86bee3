//! The device's side of IoT Hub over HTTPS: sending telemetry, receiving commands.

use super::error::{IotHubError, plain};
use super::link::{BODY_LIMIT, Link};
use super::{device_id, sas};
use crate::secret::Secret;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap};
use reqwest::{Method, StatusCode};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

/// Which device, and how its hub is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `myhub.azure-devices.net`
    pub host_name: String,
    pub device_id: String,
    /// The device's own key, base64; or that of the policy named to [`Client::with_policy`].
    pub key: Secret,
    /// Another address for that name (a private endpoint that DNS does not know).
    pub address: Option<SocketAddr>,
    /// Trusted beside the system's roots.
    pub ca_pem: Option<Vec<u8>>,
    /// For each request as a whole.
    pub timeout: Duration,
}

/// A device.
pub struct Client {
    link: Link,
    device_id: String,
    key: Secret,
    policy: Option<String>,
}

/// A command as the device got it. It stays locked (a minute by default) until it is completed, and comes again after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub body: Vec<u8>,
    /// Names the message in [`Client::complete`].
    pub lock: String,
    pub message_id: Option<String>,
    /// Application properties.
    pub properties: BTreeMap<String, String>,
}

impl Client {
    /// Makes the client; the hub is not contacted.
    pub fn new(settings: Settings) -> Result<Self, IotHubError> {
        device_id(&settings.device_id).map_err(IotHubError::Setting)?;
        let Settings {
            host_name,
            device_id,
            key,
            address,
            ca_pem,
            timeout,
        } = settings;
        Ok(Self {
            link: Link::new(&host_name, address, ca_pem.as_deref(), timeout)?,
            device_id,
            key,
            policy: None,
        })
    }

    /// The same, signed in by a policy with the right DeviceConnect instead of the device's own key.
    pub fn with_policy(settings: Settings, policy: &str) -> Result<Self, IotHubError> {
        let mut client = Self::new(settings)?;
        client.policy = Some(policy.to_owned());
        Ok(client)
    }

    /// Sends one telemetry message, with application properties.
    pub fn send(&self, body: &[u8], properties: &[(&str, &str)]) -> Result<(), IotHubError> {
        let request = || {
            let mut request = self
                .request(Method::POST, "/messages/events")?
                .body(body.to_vec());
            for (name, value) in properties {
                request = request.header(format!("iothub-app-{name}"), *value);
            }
            Ok(request)
        };
        self.answer(request).map(drop)
    }

    /// The next command, if one is waiting. It does not wait for one.
    pub fn receive(&self) -> Result<Option<Message>, IotHubError> {
        let response = self.answer(|| self.request(Method::GET, "/messages/devicebound"))?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let headers = response.headers().clone();
        let Some(lock) = text(&headers, ETAG.as_str()) else {
            return Err(IotHubError::Refused {
                host: self.link.host_name.clone(),
                status: response.status().as_u16(),
                message: "a message without an ETag".into(),
            });
        };
        let mut body = Vec::new();
        response
            .take(BODY_LIMIT)
            .read_to_end(&mut body)
            .map_err(|error| self.link.unreadable(&error))?;
        let properties = headers.keys().filter_map(|name| {
            let property = name.as_str().strip_prefix("iothub-app-")?;
            Some((property.to_owned(), text(&headers, name.as_str())?))
        });
        Ok(Some(Message {
            body,
            lock: lock.trim_matches('"').to_owned(),
            message_id: text(&headers, "iothub-messageid"),
            properties: properties.collect(),
        }))
    }

    /// Tells the hub that the command was dealt with, so that it does not come again.
    pub fn complete(&self, message: &Message) -> Result<(), IotHubError> {
        let path = format!("/messages/devicebound/{}", sas::encode(&message.lock));
        self.answer(|| self.request(Method::DELETE, &path))
            .map(drop)
    }

    /// Gives the command back: the hub delivers it again, at once and to whoever asks next as this device.
    pub fn abandon(&self, message: &Message) -> Result<(), IotHubError> {
        let lock = sas::encode(&message.lock);
        let path = format!("/messages/devicebound/{lock}/abandon");
        self.answer(|| self.request(Method::POST, &path)).map(drop)
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, IotHubError> {
        let resource = format!("{}/devices/{}", self.link.host_name, self.device_id);
        let token = sas::token(
            &resource,
            self.policy.as_deref(),
            &self.key,
            self.link.expiry(),
        )
        .map_err(|error| IotHubError::Setting(error.to_string()))?;
        let path = format!("/devices/{}{path}", sas::encode(&self.device_id));
        Ok(self
            .link
            .request(method, &path)
            .header(AUTHORIZATION, token.expose()))
    }

    /// Sends what `request` makes; once more, newly signed, if only the clock was wrong.
    fn answer(
        &self,
        request: impl Fn() -> Result<RequestBuilder, IotHubError>,
    ) -> Result<Response, IotHubError> {
        let mut response = self.link.send(request()?)?;
        if response.status() == StatusCode::UNAUTHORIZED && self.link.takes_the_clock_of(&response)
        {
            response = self.link.send(request()?)?;
        }
        let host = self.link.host_name.clone();
        let device = self.device_id.clone();
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::UNAUTHORIZED => Err(match &self.policy {
                Some(policy) => IotHubError::Policy {
                    host,
                    policy: policy.clone(),
                    right: "DeviceConnect",
                },
                None => IotHubError::Credentials { host, device },
            }),
            StatusCode::NOT_FOUND => Err(IotHubError::NoSuchDevice { host, device }),
            StatusCode::PRECONDITION_FAILED => Err(IotHubError::LockLost),
            _ => Err(self.link.refusal(response)),
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(plain)
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
