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
            let certificates = Certificate::from_pem_bundle(pem).unwrap_or_default();
            if certificates.is_empty() {
                return Err(IotHubError::Setting(
                    "the CA file holds no certificate".into(),
                ));
            }
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

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use super::*;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};
    use std::io::Write;
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::mpsc::{self, Receiver};

    /// A hub of canned answers, one a connection; tells what it was asked.
    fn hub(answers: Vec<String>) -> (Settings, Receiver<String>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let own =
            rcgen::generate_simple_self_signed(["myhub.azure-devices.net".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let certificate = CertificateDer::from(own.cert.der().to_vec());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = Settings {
            host_name: "myhub.azure-devices.net".into(),
            device_id: "fake#pi".into(),
            key: "Y2FuYXJ5".into(),
            address: Some(listener.local_addr().unwrap()),
            ca_pem: Some(own.cert.pem().into_bytes()),
            timeout: Duration::from_secs(5),
        };
        let (tell, asked) = mpsc::channel();
        std::thread::spawn(move || {
            for answer in answers {
                let (socket, _) = listener.accept().unwrap();
                let mut stream =
                    StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), socket);
                let mut request = Vec::new();
                let mut byte = [0];
                // To the end of the head, or of the only body that is sent here.
                while !request.ends_with(b"\r\n\r\n")
                    && stream.read(&mut byte).is_ok_and(|n| n == 1)
                {
                    request.push(byte[0]);
                }
                let _ = tell.send(String::from_utf8(request).unwrap());
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        (settings, asked)
    }

    fn answer(status: u16, headers: &str, body: &str) -> String {
        format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        )
    }

    #[test]
    fn a_command_is_received_and_completed() {
        let headers = "ETag: \"a1-b2\"\r\niothub-messageid: m1\r\niothub-app-level: high\r\n";
        let (settings, asked) = hub(vec![
            answer(200, headers, "Turn On"),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".into(),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".into(),
        ]);
        let device = Client::new(settings).unwrap();
        let message = device.receive().unwrap().unwrap();
        assert_eq!(message.body, b"Turn On");
        assert_eq!(
            (message.lock.as_str(), message.message_id.as_deref()),
            ("a1-b2", Some("m1"))
        );
        assert_eq!(message.properties["level"], "high");
        device.complete(&message).unwrap();
        assert_eq!(device.receive().unwrap(), None);

        let head = asked.recv().unwrap();
        let path = "/devices/fake%23pi/messages/devicebound?api-version=2020-03-13";
        assert!(head.starts_with(&format!("GET {path} ")), "{head}");
        let token = "authorization: SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Ffake%23pi&sig=";
        assert!(head.contains(token) && !head.contains("Y2FuYXJ5"), "{head}");
        let head = asked.recv().unwrap();
        assert!(
            head.starts_with("DELETE /devices/fake%23pi/messages/devicebound/a1-b2?"),
            "{head}"
        );
    }

    #[test]
    fn telemetry_carries_its_properties() {
        let (settings, asked) = hub(vec![answer(204, "", "")]);
        let device = Client::new(settings).unwrap();
        device
            .send(b"{\"temperature\":21}", &[("temperatureAlert", "false")])
            .unwrap();
        let head = asked.recv().unwrap().to_lowercase();
        assert!(
            head.starts_with("post /devices/fake%23pi/messages/events?"),
            "{head}"
        );
        assert!(
            head.contains("iothub-app-temperaturealert: false"),
            "{head}"
        );
    }

    #[test]
    fn refusals_are_told_apart() {
        let busy =
            r#"{"Message":"ErrorCode:ThrottlingException;slow\u001b down","ExceptionMessage":"x"}"#;
        let (settings, _asked) = hub(vec![
            answer(401, "", "{}"),
            answer(404, "", "{}"),
            answer(412, "", "{}"),
            answer(429, "", busy),
        ]);
        let device = Client::new(settings).unwrap();
        let next = || device.receive().unwrap_err();
        assert!(matches!(next(), IotHubError::Credentials { .. }));
        assert!(matches!(next(), IotHubError::NoSuchDevice { .. }));
        assert_eq!(next(), IotHubError::LockLost);
        let IotHubError::Refused {
            status: 429,
            message,
            ..
        } = next()
        else {
            panic!()
        };
        assert_eq!(message, "ErrorCode:ThrottlingException;slow down");
    }

    #[test]
    fn a_hub_of_another_authority_is_not_trusted() {
        let (settings, _asked) = hub(vec![answer(204, "", "")]);
        let device = Client::new(Settings {
            ca_pem: None,
            ..settings
        })
        .unwrap();
        let error = device.receive().unwrap_err();
        assert!(matches!(error, IotHubError::Tls { .. }), "{error}");
    }

    #[test]
    fn settings_that_cannot_be() {
        let (settings, _asked) = hub(Vec::new());
        let wrong = |settings| match Client::new(settings) {
            Ok(device) => device.receive().unwrap_err(),
            Err(error) => error,
        };
        for settings in [
            Settings {
                device_id: "../x".into(),
                ..settings.clone()
            },
            Settings {
                key: "no base64".into(),
                ..settings.clone()
            },
            Settings {
                ca_pem: Some(b"no PEM".to_vec()),
                ..settings
            },
        ] {
            let error = wrong(settings);
            assert!(matches!(error, IotHubError::Setting(_)), "{error}");
        }
    }
}
