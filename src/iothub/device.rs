//! The device's side of the hub, over HTTPS: telemetry out, commands in.

use super::sas::{SasError, token};
use super::{device_id, percent_encoded};
use crate::secret::Secret;
use reqwest::StatusCode;
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const API: &str = "api-version=2020-03-13";
/// Of a token, in seconds.
const VALIDITY: u64 = 3600;

/// A command as the device got it; it stays in the queue until it is completed with its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub body: Vec<u8>,
    pub message_id: Option<String>,
    /// The ETag, without quotes.
    pub lock: String,
}

#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    #[error("{0}")]
    DeviceId(String),
    #[error(transparent)]
    Key(#[from] SasError),
    #[error("cannot reach {host}: {cause}")]
    Unreachable { host: String, cause: String },
    #[error("the hub does not accept the key of device {device}")]
    Refused { device: String },
    #[error("the hub does not know the device {device}")]
    NotFound { device: String },
    #[error("the hub answered HTTP {0}")]
    Answer(u16),
}

pub struct Client {
    http: Http,
    host: String,
    device: String,
    key: Secret,
}

impl Client {
    /// `ca_pem`: a certificate authority of one's own, beside the system's.
    pub fn new(host: &str, device: &str, key: &Secret, ca_pem: Option<&[u8]>) -> Result<Self, DeviceError> {
        device_id(device).map_err(DeviceError::DeviceId)?;
        let unreachable = |error: reqwest::Error| DeviceError::Unreachable { host: host.to_owned(), cause: error.to_string() };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Http::builder().timeout(Duration::from_secs(30)).redirect(reqwest::redirect::Policy::none());
        for certificate in reqwest::Certificate::from_pem_bundle(ca_pem.unwrap_or_default()).map_err(unreachable)? {
            builder = builder.add_root_certificate(certificate);
        }
        let http = builder.build().map_err(unreachable)?;
        Ok(Self { http, host: host.to_owned(), device: device.to_owned(), key: key.clone() })
    }

    /// One telemetry message; `properties` become application properties.
    pub fn send(&self, body: &[u8], properties: &[(&str, &str)]) -> Result<(), DeviceError> {
        let mut request = self.http.post(self.url("messages/events")).body(body.to_vec());
        for (name, value) in properties {
            request = request.header(format!("iothub-app-{name}"), *value);
        }
        self.ask(request).map(drop)
    }

    /// The next command that waits, if there is one.
    pub fn receive(&self) -> Result<Option<Received>, DeviceError> {
        let response = self.ask(self.http.get(self.url("messages/devicebound")))?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let lock = header("etag").unwrap_or_default().trim_matches('"').to_owned();
        let message_id = header("iothub-messageid");
        let body = response.bytes().map_err(|error| self.unreachable(&error))?.to_vec();
        Ok(Some(Received { body, message_id, lock }))
    }

    /// Takes a received command out of the queue.
    pub fn complete(&self, lock: &str) -> Result<(), DeviceError> {
        self.ask(self.http.delete(self.url(&format!("messages/devicebound/{}", percent_encoded(lock))))).map(drop)
    }

    fn url(&self, what: &str) -> String {
        format!("https://{}/devices/{}/{what}?{API}", self.host, percent_encoded(&self.device))
    }

    fn ask(&self, request: RequestBuilder) -> Result<Response, DeviceError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let resource = format!("{}/devices/{}", self.host, self.device);
        let token = token(&resource, None, &self.key, now + VALIDITY)?;
        let response = request.header("Authorization", token.expose()).send().map_err(|error| self.unreachable(&error))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(DeviceError::Refused { device: self.device.clone() }),
            StatusCode::NOT_FOUND => Err(DeviceError::NotFound { device: self.device.clone() }),
            status => Err(DeviceError::Answer(status.as_u16())),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> DeviceError {
        DeviceError::Unreachable { host: self.host.clone(), cause: error.to_string() }
    }
}
