//! A Connect worker's REST API, reached through a dialer: it knows nothing of SSH.
//!
//! The worker listens on its node's loopback only. Each connection of the HTTP client goes to a private Unix socket of
//! this process, and from there through a stream that the dialer opens.

mod bridge;

use bridge::Bridge;
use reqwest::StatusCode;
use reqwest::blocking::Client as Http;
use serde::Deserialize;
use std::time::Duration;

pub use bridge::Dial;

/// A worker that is up answers in milliseconds; one that rebalances or starts may take seconds.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the worker's REST port does not answer: {0}")]
    Silent(String),
    #[error("the worker answered HTTP {0}")]
    Answer(u16),
    #[error("no private socket for the worker's REST API: {0}")]
    Socket(#[from] std::io::Error),
}

/// `GET /connectors/NAME/status`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "StatusBody")]
pub struct ConnectorStatus {
    pub name: String,
    pub state: String,
    pub worker_id: String,
    pub tasks: Vec<Task>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Task {
    pub id: u32,
    pub state: String,
    /// The Java stack trace of a failed task. It may hold a key.
    #[serde(default)]
    pub trace: Option<String>,
}

#[derive(Deserialize)]
struct StatusBody {
    name: String,
    connector: ConnectorBody,
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct ConnectorBody {
    state: String,
    #[serde(default)]
    worker_id: String,
}

impl From<StatusBody> for ConnectorStatus {
    fn from(body: StatusBody) -> Self {
        let mut tasks = body.tasks;
        tasks.sort_by_key(|task| task.id);
        Self { name: body.name, state: body.connector.state, worker_id: body.connector.worker_id, tasks }
    }
}

pub struct Client {
    http: Http,
    /// Lives as long as the client: its socket is gone with it.
    _bridge: Bridge,
}

impl Client {
    pub fn new(dial: Dial) -> Result<Self, ConnectError> {
        let bridge = Bridge::open(dial)?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Http::builder()
            .unix_socket(bridge.path())
            .timeout(TIMEOUT)
            .no_proxy()
            .build()
            .map_err(|error| ConnectError::Silent(error.to_string()))?;
        Ok(Self { http, _bridge: bridge })
    }

    /// None: the worker knows no such connector (yet).
    pub fn status(&self, connector: &str) -> Result<Option<ConnectorStatus>, ConnectError> {
        let url = format!("http://localhost/connectors/{connector}/status");
        let response = self.http.get(url).send().map_err(|error| ConnectError::Silent(error.to_string()))?;
        match response.status() {
            StatusCode::OK => response.json().map(Some).map_err(|error| ConnectError::Silent(error.to_string())),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(ConnectError::Answer(status.as_u16())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    /// A worker that answers one request on each dialled stream.
    fn worker(answer: &'static str) -> Dial {
        Box::new(move || {
            let (ours, mut theirs) = UnixStream::pair()?;
            std::thread::spawn(move || {
                let mut request = [0u8; 4096];
                let length = theirs.read(&mut request).unwrap_or(0);
                assert!(request[..length].starts_with(b"GET /connectors/X/status HTTP/1.1\r\n"));
                theirs.write_all(answer.as_bytes()).ok();
            });
            Ok(ours)
        })
    }

    #[test]
    fn a_status_is_read_through_the_dialer() {
        let body = r#"{"name":"X","connector":{"state":"RUNNING","worker_id":"w"},"tasks":[{"id":1,"state":"FAILED","worker_id":"w","trace":"t"},{"id":0,"state":"RUNNING"}],"type":"source"}"#;
        let answer: &'static str =
            Box::leak(format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_boxed_str());
        let status = Client::new(worker(answer)).unwrap().status("X").unwrap().unwrap();
        assert_eq!((status.state.as_str(), status.tasks[0].id, status.tasks[1].trace.as_deref()), ("RUNNING", 0, Some("t")));
    }

    #[test]
    fn an_unknown_connector_and_a_closed_port_are_told_apart() {
        let unknown = Client::new(worker("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")).unwrap();
        assert!(unknown.status("X").unwrap().is_none());
        let closed = Client::new(Box::new(|| Err(std::io::Error::other("connection refused")))).unwrap();
        assert!(matches!(closed.status("X"), Err(ConnectError::Silent(_))));
    }
}
