//! The client: states, restarts, and rest.

use super::error::{ConnectError, plain};
use super::model::{ConnectorStatus, StatusJson, WorkerInfo};
use super::socket::{Dial, Socket};
use crate::secret::Secret;
use crate::transport::bare_client;
use reqwest::blocking::{Client as Http, Response};
use reqwest::{Method, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::io::Read;
use std::time::Duration;

/// For each request as a whole. A worker that takes longer is busy stopping or starting.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A status holds a stack trace for each failed task.
const BODY_LIMIT: u64 = 4 * 1024 * 1024;

/// HTTP's basic authentication.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub password: Secret,
}

/// One worker.
pub struct Client {
    http: Http,
    login: Option<Login>,
    base: Url,
    socket: Socket,
}

impl Client {
    /// Makes the client; the worker is dialled when it is asked something.
    pub fn new(dial: Dial, login: Option<Login>) -> Result<Self, ConnectError> {
        let failed = |error: &dyn Error| ConnectError::Socket {
            cause: plain(&error.to_string()),
        };
        let socket = Socket::new(dial).map_err(|error| failed(&error))?;
        let http = bare_client()
            .unix_socket(socket.path())
            .timeout(TIMEOUT)
            .no_proxy()
            .build()
            .map_err(|error| failed(&error))?;
        let base = Url::parse("http://worker/").map_err(|error| failed(&error))?;
        Ok(Self {
            http,
            login,
            base,
            socket,
        })
    }

    pub fn version(&self) -> Result<WorkerInfo, ConnectError> {
        self.read(self.ask(Method::GET, &[], "")?)
            .map(WorkerInfo::cleaned)
    }

    /// The names of the connectors that this worker has.
    pub fn connectors(&self) -> Result<Vec<String>, ConnectError> {
        let names: Vec<String> = self.read(self.ask(Method::GET, &["connectors"], "")?)?;
        Ok(names.iter().map(|name| plain(name)).collect())
    }

    /// None: the worker has no such connector.
    pub fn status(&self, name: &str) -> Result<Option<ConnectorStatus>, ConnectError> {
        let response = self.ask(Method::GET, &["connectors", name, "status"], "")?;
        if response.status() == StatusCode::NOT_FOUND {
            return self.none(response);
        }
        let status: StatusJson = self.read(response)?;
        Ok(Some(status.into()))
    }

    /// Restarts a connector and all its tasks (before Kafka 3.0: the connector only). It is under way when this
    /// returns. None: the worker has no such connector.
    pub fn restart(&self, name: &str) -> Result<Option<()>, ConnectError> {
        self.order(
            Method::POST,
            &["connectors", name, "restart"],
            "includeTasks=true&onlyFailed=false",
        )
    }

    /// Restarts one task. None: there is no such connector or task.
    pub fn restart_task(&self, name: &str, id: u32) -> Result<Option<()>, ConnectError> {
        self.order(
            Method::POST,
            &["connectors", name, "tasks", &id.to_string(), "restart"],
            "",
        )
    }

    /// Lets the tasks of a connector come to rest: what they have read is handed on, and nothing more is read. It is under
    /// way when this returns, and over when the status says PAUSED. None: the worker has no such connector.
    pub fn pause(&self, name: &str) -> Result<Option<()>, ConnectError> {
        self.order(Method::PUT, &["connectors", name, "pause"], "")
    }

    /// Takes [`Self::pause`] back.
    pub fn resume(&self, name: &str) -> Result<Option<()>, ConnectError> {
        self.order(Method::PUT, &["connectors", name, "resume"], "")
    }

    fn order(
        &self,
        method: Method,
        path: &[&str],
        query: &str,
    ) -> Result<Option<()>, ConnectError> {
        let response = self.ask(method, path, query)?;
        match response.status() {
            StatusCode::NOT_FOUND => self.none(response),
            status if status.is_success() => Ok(Some(())),
            _ => Err(self.refused(response)),
        }
    }

    fn ask(&self, method: Method, path: &[&str], query: &str) -> Result<Response, ConnectError> {
        let mut url = self.base.clone();
        // An http URL always has a path to extend.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let _ = self.socket.take_failure();
        let mut request = self.http.request(method, url);
        if let Some(login) = &self.login {
            request = request.basic_auth(&login.user, Some(login.password.expose()));
        }
        request.send().map_err(|error| self.transport(&error))
    }

    fn transport(&self, error: &reqwest::Error) -> ConnectError {
        // Why the dialer failed says more than that a connection ended.
        if let Some(cause) = self.socket.take_failure() {
            return ConnectError::Unreachable {
                cause: plain(&cause),
            };
        }
        if error.is_timeout() {
            return ConnectError::TimedOut {
                seconds: TIMEOUT.as_secs(),
            };
        }
        let mut innermost: &dyn Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        ConnectError::Unreachable {
            cause: plain(&innermost.to_string()),
        }
    }

    fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, ConnectError> {
        if !response.status().is_success() {
            return Err(self.refused(response));
        }
        let status = response.status().as_u16();
        let body = self.body(response)?;
        serde_json::from_slice(&body).map_err(|_| ConnectError::NotConnect {
            status,
            looks_like: looks_like(&body),
        })
    }

    /// A worker's own 404, not that of something else on the port.
    fn none<T>(&self, response: Response) -> Result<Option<T>, ConnectError> {
        let status = response.status().as_u16();
        let body = self.body(response)?;
        match message(&body) {
            Some(_) => Ok(None),
            None => Err(ConnectError::NotConnect {
                status,
                looks_like: looks_like(&body),
            }),
        }
    }

    fn refused(&self, response: Response) -> ConnectError {
        let status = response.status();
        let body = match self.body(response) {
            Ok(body) => body,
            Err(error) => return error,
        };
        match message(&body) {
            Some(message) if status == StatusCode::CONFLICT => ConnectError::Busy { message },
            Some(message) => ConnectError::Refused {
                status: status.as_u16(),
                message,
            },
            None => ConnectError::NotConnect {
                status: status.as_u16(),
                looks_like: looks_like(&body),
            },
        }
    }

    fn body(&self, response: Response) -> Result<Vec<u8>, ConnectError> {
        let mut body = Vec::new();
        let read = response.take(BODY_LIMIT).read_to_end(&mut body);
        read.map_err(|error| ConnectError::Unreachable {
            cause: plain(&error.to_string()),
        })?;
        Ok(body)
    }
}

/// Connect's errors are `{"error_code":404,"message":"…"}`.
fn message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        #[serde(rename = "error_code")]
        _code: u16,
        message: Option<String>,
    }
    let parsed: Message = serde_json::from_slice(body).ok()?;
    Some(plain(&parsed.message.unwrap_or_default()))
}

fn looks_like(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.trim_start() {
        "" => "nothing".into(),
        text if text.starts_with('<') => "an HTML page".into(),
        text => format!("\"{}\"", plain(text).chars().take(60).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, BufRead, BufReader, Write};
    use std::os::unix::net::UnixStream;
    use std::sync::Mutex;
    use std::sync::mpsc::{self, Receiver};
    use std::thread;

    /// A worker of canned answers, one a connection; tells the first line of each request.
    fn worker(answers: Vec<String>) -> (Client, Receiver<String>) {
        let (tell, asked) = mpsc::channel();
        let answers = Mutex::new(answers.into_iter());
        let dial = move || {
            let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
            let answer = answers.lock().unwrap().next().ok_or_else(refused)?;
            let (near, mut far) = UnixStream::pair()?;
            let tell = tell.clone();
            thread::spawn(move || {
                let mut lines = BufReader::new(far.try_clone().unwrap())
                    .lines()
                    .map_while(Result::ok);
                let _ = tell.send(lines.next().unwrap_or_default());
                lines.find(|line| line.is_empty());
                let _ = far.write_all(answer.as_bytes());
            });
            Ok(near)
        };
        (Client::new(Box::new(dial), None).unwrap(), asked)
    }

    fn answer(status: u16, body: &str) -> String {
        let length = body.len();
        format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }

    #[test]
    fn the_status_of_a_connector_with_a_failed_task() {
        let body = r#"{"name":"AzureIotHubConnector","connector":{"state":"RUNNING","worker_id":"127.0.0.1:8083"},
            "tasks":[{"id":1,"state":"FAILED","worker_id":"127.0.0.1:8083","trace":"x: SharedAccessKey=canary;\n\tat y\u001b"},
                     {"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083"}],"type":"source"}"#;
        let (client, asked) = worker(vec![answer(200, body)]);
        let status = client.status("a/b c").unwrap().unwrap();
        assert_eq!(status.state, "RUNNING");
        let states: Vec<(u32, &str)> = status
            .tasks
            .iter()
            .map(|t| (t.id, t.state.as_str()))
            .collect();
        assert_eq!(states, [(0, "RUNNING"), (1, "FAILED")]);
        assert_eq!(
            status.tasks[1].trace.as_deref(),
            Some("x: SharedAccessKey=…;\n\tat y")
        );
        assert_eq!(
            asked.recv().unwrap(),
            "GET /connectors/a%2Fb%20c/status HTTP/1.1"
        );
    }

    #[test]
    fn version_names_and_restarts() {
        let (client, asked) = worker(vec![
            answer(
                200,
                r#"{"version":"3.2.0","commit":"38103ffaa962ef50","kafka_cluster_id":"zPos6rF"}"#,
            ),
            answer(200, r#"["AzureIotHubConnector"]"#),
            answer(202, "{}"),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".into(),
        ]);
        assert_eq!(client.version().unwrap().kafka_cluster_id, "zPos6rF");
        assert_eq!(client.connectors().unwrap(), ["AzureIotHubConnector"]);
        assert_eq!(client.restart("x").unwrap(), Some(()));
        assert_eq!(client.restart_task("x", 3).unwrap(), Some(()));
        let asked: Vec<String> = asked.try_iter().collect();
        assert_eq!(
            asked,
            [
                "GET / HTTP/1.1",
                "GET /connectors HTTP/1.1",
                "POST /connectors/x/restart?includeTasks=true&onlyFailed=false HTTP/1.1",
                "POST /connectors/x/tasks/3/restart HTTP/1.1",
            ]
        );
    }

    #[test]
    fn no_such_connector_is_none_but_not_from_anybody() {
        let own = r#"{"error_code":404,"message":"No status found for connector x"}"#;
        let (client, _asked) = worker(vec![
            answer(404, own),
            answer(404, "<html>"),
            answer(404, own),
        ]);
        assert_eq!(client.status("x").unwrap(), None);
        assert!(matches!(
            client.status("x"),
            Err(ConnectError::NotConnect { status: 404, .. })
        ));
        assert_eq!(client.restart("x").unwrap(), None);
    }

    #[test]
    fn what_is_not_a_worker_and_what_is_busy() {
        let busy = r#"{"error_code":409,"message":"Cannot complete request momentarily due to stale configuration"}"#;
        let broken = r#"{"error_code":500,"message":"oh\u001b no"}"#;
        let (client, _asked) = worker(vec![
            answer(200, "<html>Jupyter</html>"),
            answer(401, "who are you"),
            answer(409, busy),
            answer(500, broken),
        ]);
        let next = || client.connectors().unwrap_err();
        assert_eq!(
            next(),
            ConnectError::NotConnect {
                status: 200,
                looks_like: "an HTML page".into()
            }
        );
        assert_eq!(
            next(),
            ConnectError::NotConnect {
                status: 401,
                looks_like: "\"who are you\"".into()
            }
        );
        assert!(matches!(next(), ConnectError::Busy { .. }));
        assert_eq!(
            next(),
            ConnectError::Refused {
                status: 500,
                message: "oh no".into()
            }
        );
    }

    #[test]
    fn nobody_listens() {
        let (client, _asked) = worker(Vec::new());
        let error = client.version().unwrap_err();
        assert_eq!(
            error,
            ConnectError::Unreachable {
                cause: "connection refused".into()
            }
        );
    }
}
