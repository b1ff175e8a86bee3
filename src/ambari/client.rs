//! Two reads, each one GET. A wrong password is tried once only: the gateway locks accounts.

use super::error::Error;
use super::model::{ClusterItem, ClusterRef, Host, HostItem, Items, Message};
use crate::secret::Secret;
use backon::{BlockingRetryable, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::blocking::{Client as Http, Response};
use serde::de::DeserializeOwned;
use std::error::Error as _;
use std::io::Read;
use std::time::Duration;

/// A cluster of a thousand hosts answers with less than 2 MB.
const BODY_LIMIT: u64 = 8 << 20;

#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://CLUSTER.azurehdinsight.net` or `http://headnodehost:8080`, without a path.
    pub base_url: String,
    pub user: String,
    pub password: Secret,
    /// A certificate authority of one's own, beside the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// Of a whole request.
    pub timeout: Duration,
}

pub struct Client {
    http: Http,
    settings: Settings,
}

impl Client {
    pub fn new(settings: Settings) -> Result<Self, Error> {
        // the process has one provider; a second installation is refused and changes nothing
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Http::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout.min(Duration::from_secs(5)))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("hdikafka/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &settings.ca_pem {
            let bad = |error: reqwest::Error| Error::Setting(format!("the certificates of ca_file cannot be read: {error}"));
            for certificate in reqwest::Certificate::from_pem_bundle(pem).map_err(bad)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let http = builder.build().map_err(|error| Error::Setting(format!("no HTTP client: {}", deepest(&error))))?;
        Ok(Self { http, settings })
    }

    /// The clusters there: one on HDInsight.
    pub fn clusters(&self) -> Result<Vec<ClusterRef>, Error> {
        let path = "/api/v1/clusters?fields=Clusters/cluster_name,Clusters/version,Clusters/security_type";
        let items: Items<ClusterItem> = self.get(path)?;
        Ok(items.items.into_iter().map(ClusterRef::from).collect())
    }

    /// All hosts of a cluster with their components. The name is case-sensitive.
    pub fn hosts(&self, cluster: &str) -> Result<Vec<Host>, Error> {
        let path = format!(
            "/api/v1/clusters/{}/hosts?fields=Hosts/host_name,Hosts/ip,Hosts/host_state,host_components/HostRoles/component_name,host_components/HostRoles/state",
            path_segment(cluster)
        );
        let items: Items<HostItem> = self.get(&path)?;
        Ok(items.items.into_iter().map(Host::from).collect())
    }

    /// Reads are repeated after a connection that failed or a server's own error, never after a refusal.
    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let schedule = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(2)
            .with_jitter();
        let worth_it = |error: &Error| match error {
            Error::Unreachable { .. } => true,
            Error::Server { status, .. } => *status >= 500,
            Error::NotJson { status, .. } => matches!(status, 502..=504),
            _ => false,
        };
        (|| self.get_once(path)).retry(schedule).when(worth_it).call()
    }

    fn get_once<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let url = format!("{}{path}", self.settings.base_url.trim_end_matches('/'));
        let shown = self.settings.base_url.clone();
        let request = self.http.get(&url).basic_auth(&self.settings.user, Some(self.settings.password.expose()));
        let response = request.send().map_err(|error| sending(&shown, &error))?;
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            let user = self.settings.user.clone();
            return Err(Error::Credentials { url: shown, user, status: status.as_u16() });
        }
        let body = body(response, &shown)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| not_json(shown, status, &body));
        }
        let Ok(Message { message }) = serde_json::from_slice(&body) else { return Err(not_json(shown, status, &body)) };
        let message = plain(&message);
        Err(match status {
            StatusCode::NOT_FOUND => Error::NotFound { url: shown, message },
            _ => Error::Server { url: shown, status: status.as_u16(), message },
        })
    }
}

fn body(response: Response, url: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let read = response.take(BODY_LIMIT).read_to_end(&mut body);
    read.map_err(|error| Error::Unreachable { url: url.to_owned(), cause: format!("the answer was cut off: {error}") })?;
    Ok(body)
}

/// What a body that is no JSON seems to be; its first words at most.
fn not_json(url: String, status: StatusCode, body: &[u8]) -> Error {
    let text = String::from_utf8_lossy(body);
    let looks_like = match text.trim_start() {
        "" => "nothing at all".to_owned(),
        html if html.starts_with('<') => format!("an HTML page{}", title(html)),
        json if json.starts_with(['{', '[']) => "JSON of another shape, or cut off".to_owned(),
        other => format!("{:?}", plain(other).chars().take(60).collect::<String>()),
    };
    Error::NotJson { url, status: status.as_u16(), looks_like }
}

fn title(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let found = lower.find("<title>").zip(lower.find("</title>")).filter(|(start, end)| start < end);
    let words = found.and_then(|(start, end)| html.get(start + "<title>".len()..end));
    words.map(|words| format!(" titled {:?}", plain(words.trim()))).unwrap_or_default()
}

fn sending(url: &str, error: &reqwest::Error) -> Error {
    let (url, cause) = (url.to_owned(), deepest(error));
    let mut link: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = link {
        if current.downcast_ref::<rustls::Error>().is_some() || current.to_string().contains("certificate") {
            return Error::Tls { url, cause };
        }
        link = current.source();
    }
    if error.is_timeout() {
        return Error::Unreachable { url, cause: "no answer in time".into() };
    }
    Error::Unreachable { url, cause }
}

/// The last source says what really happened; those above only that something did.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        cause = error.to_string();
        source = error.source();
    }
    plain(&cause)
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

/// A name inside a path: everything that could leave its place is percent-encoded.
fn path_segment(name: &str) -> String {
    name.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_no_json_are_described() {
        let said = |body: &str| not_json("u".into(), StatusCode::BAD_GATEWAY, body.as_bytes()).to_string();
        assert!(said("<html><head><title>502 Bad\nGateway</title>").contains("an HTML page titled \"502 Bad Gateway\""));
        assert!(said("").contains("nothing at all"));
        assert!(said("{\"items\": [").contains("cut off"));
        assert_eq!(path_segment("a/../b c"), "a%2F..%2Fb%20c");
    }

    #[test]
    fn answers_are_read_by_what_is_needed_of_them() {
        let text = r#"{"href":"x","items":[{"href":"y","Hosts":{"host_name":"wn0","ip":"10.0.0.4","host_state":"HEALTHY"},
            "host_components":[{"HostRoles":{"component_name":"KAFKA_BROKER","state":"STARTED","host_name":"wn0"}}]}]}"#;
        let items: Items<HostItem> = serde_json::from_str(text).unwrap();
        let hosts: Vec<Host> = items.items.into_iter().map(Host::from).collect();
        assert_eq!(hosts[0].components["KAFKA_BROKER"], "STARTED");
    }
}
