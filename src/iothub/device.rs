//! The device's side of IoT Hub over HTTPS: sending telemetry, receiving commands.

use super::error::{IotHubError, plain};
use super::{device_id, sas};
use crate::secret::Secret;
use jiff::Timestamp;
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap};
use reqwest::{Certificate, Method, StatusCode};
use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

const API_VERSION: &str = "2020-03-13";
/// How long a token is good for: longer than any request, short enough to be worthless in a capture.
const TOKEN_SECONDS: i64 = 600;
/// A command has at most 64 KiB, an error far less.
const BODY_LIMIT: u64 = 256 * 1024;

/// Which device, and how its hub is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `myhub.azure-devices.net`
    pub host_name: String,
    pub device_id: String,
    /// The device's own key, base64.
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
    settings: Settings,
    http: Http,
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
        // Whoever installed one first, it is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Http::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none());
        if let Some(address) = settings.address {
            builder = builder.resolve(&settings.host_name, address);
        }
        if let Some(pem) = &settings.ca_pem {
            let certificates = Certificate::from_pem_bundle(pem)
                .map_err(|_| IotHubError::Setting("the CA file holds no certificate".into()))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder
            .build()
            .map_err(|error| IotHubError::transport(&settings.host_name, &error))?;
        Ok(Self { settings, http })
    }

    /// Sends one telemetry message, with application properties.
    pub fn send(&self, body: &[u8], properties: &[(&str, &str)]) -> Result<(), IotHubError> {
        let mut request = self
            .request(Method::POST, "messages/events")?
            .body(body.to_vec());
        for (name, value) in properties {
            request = request.header(format!("iothub-app-{name}"), *value);
        }
        self.answer(request).map(|_| ())
    }

    /// The next command, if one is waiting. It does not wait for one.
    pub fn receive(&self) -> Result<Option<Message>, IotHubError> {
        let response = self.answer(self.request(Method::GET, "messages/devicebound")?)?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let headers = response.headers().clone();
        let lock = text(&headers, ETAG.as_str()).map(|etag| etag.trim_matches('"').to_owned());
        let Some(lock) = lock else {
            return Err(self.refused(&response, "a message without an ETag".into()));
        };
        let mut body = Vec::new();
        response
            .take(BODY_LIMIT)
            .read_to_end(&mut body)
            .map_err(|error| self.unreachable(error.to_string()))?;
        let properties = headers.keys().filter_map(|name| {
            let property = name.as_str().strip_prefix("iothub-app-")?;
            Some((property.to_owned(), text(&headers, name.as_str())?))
        });
        Ok(Some(Message {
            body,
            lock,
            message_id: text(&headers, "iothub-messageid"),
            properties: properties.collect(),
        }))
    }

    /// Tells the hub that the command was dealt with, so that it does not come again.
    pub fn complete(&self, message: &Message) -> Result<(), IotHubError> {
        let path = format!("messages/devicebound/{}", sas::encode(&message.lock));
        self.answer(self.request(Method::DELETE, &path)?)
            .map(|_| ())
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, IotHubError> {
        let Settings {
            host_name,
            device_id,
            key,
            address,
            ..
        } = &self.settings;
        let device = sas::encode(device_id);
        let expires = Timestamp::now().as_second() + TOKEN_SECONDS;
        let token = sas::token(
            &format!("{host_name}/devices/{device_id}"),
            None,
            key,
            expires,
        )
        .map_err(|error| IotHubError::Setting(error.to_string()))?;
        let port = address.map_or(443, |address| address.port());
        let url =
            format!("https://{host_name}:{port}/devices/{device}/{path}?api-version={API_VERSION}");
        Ok(self
            .http
            .request(method, url)
            .header(AUTHORIZATION, token.expose()))
    }

    fn answer(&self, request: RequestBuilder) -> Result<Response, IotHubError> {
        let Settings {
            host_name,
            device_id,
            ..
        } = &self.settings;
        let response = request
            .send()
            .map_err(|error| IotHubError::transport(host_name, &error))?;
        let (host, device) = (host_name.clone(), device_id.clone());
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::UNAUTHORIZED => Err(IotHubError::Credentials { host, device }),
            StatusCode::NOT_FOUND => Err(IotHubError::NoSuchDevice { host, device }),
            StatusCode::PRECONDITION_FAILED => Err(IotHubError::LockLost),
            status => {
                let mut body = Vec::new();
                // What can be read of an error is better than nothing.
                let _ = response.take(BODY_LIMIT).read_to_end(&mut body);
                Err(IotHubError::Refused {
                    host,
                    status: status.as_u16(),
                    message: message(&body),
                })
            }
        }
    }

    fn refused(&self, response: &Response, message: String) -> IotHubError {
        let host = self.settings.host_name.clone();
        IotHubError::Refused {
            host,
            status: response.status().as_u16(),
            message,
        }
    }

    fn unreachable(&self, cause: String) -> IotHubError {
        IotHubError::Unreachable {
            host: self.settings.host_name.clone(),
            cause: plain(&cause),
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(plain)
}

/// IoT Hub's errors are `{"Message":"ErrorCode:…;…","ExceptionMessage":…}`.
fn message(body: &[u8]) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    match parsed.as_ref().and_then(|json| json["Message"].as_str()) {
        Some(message) => plain(message),
        None => plain(&String::from_utf8_lossy(body)),
    }
}
