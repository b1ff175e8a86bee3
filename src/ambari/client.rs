//! The client: one GET per question, tried again where that can help and never where it can harm.

use super::body::{ambaris_message, looks_like, message};
use super::error::{AmbariError, innermost, plain};
use super::login::{location, wants_entra};
use super::model::{ClusterItem, ClusterRef, Host, HostItem, Items};
use crate::secret::Secret;
use crate::transport::{self, NoAnswer};
use backon::{BlockingRetryable, ExponentialBuilder};
use reqwest::blocking::{Client as Http, Response};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use std::io::Read;
use std::time::Duration;

/// Hosts with their components are about 1 KiB each.
const BODY_LIMIT: u64 = 8 * 1024 * 1024;

/// Where Ambari is and who asks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://CLUSTER.azurehdinsight.net`, or `http://headnodehost:8080` inside; without `/api/v1`.
    pub base_url: String,
    pub user: String,
    pub password: Secret,
    /// Trusted beside the system's roots.
    pub ca_pem: Option<Vec<u8>>,
    /// For each request as a whole.
    pub timeout: Duration,
}

pub struct Client {
    settings: Settings,
    base: Url,
    http: Http,
}

/// An error, and whether the same question may fare better in a moment.
struct Failure {
    error: AmbariError,
    passing: bool,
}

impl Client {
    /// Makes the client; Ambari is not contacted. `HTTPS_PROXY` is honoured.
    pub fn new(settings: Settings) -> Result<Self, AmbariError> {
        let base = transport::base(&settings.base_url, "Ambari").map_err(AmbariError::Setting)?;
        let http = transport::client(settings.timeout, settings.ca_pem.as_deref())
            .map_err(AmbariError::Setting)?
            .build()
            .map_err(|error| AmbariError::Setting(innermost(&error)))?;
        Ok(Self {
            settings,
            base,
            http,
        })
    }

    /// Whether something speaks HTTP there with a certificate that is trusted. No user and no password are sent, so that
    /// this counts as nobody's failed login; any answer is one.
    pub fn knock(&self) -> Result<(), AmbariError> {
        let answer = self.http.get(self.base.clone()).send();
        answer
            .map(drop)
            .map_err(|error| self.transport(&error).error)
    }

    /// All clusters of this Ambari; on HDInsight exactly one.
    pub fn clusters(&self) -> Result<Vec<ClusterRef>, AmbariError> {
        let fields = "Clusters/cluster_name,Clusters/version,Clusters/security_type";
        let found: Items<ClusterItem> = self.get(&["clusters"], fields)?;
        Ok(found.items.into_iter().map(ClusterRef::from).collect())
    }

    /// All hosts of a cluster with their components, sorted by name.
    pub fn hosts(&self, cluster: &str) -> Result<Vec<Host>, AmbariError> {
        let fields = "Hosts/host_name,Hosts/ip,Hosts/host_state,\
                      host_components/HostRoles/component_name,host_components/HostRoles/state";
        let found: Items<HostItem> = self.get(&["clusters", cluster, "hosts"], fields)?;
        let mut hosts: Vec<Host> = found.items.into_iter().map(Host::from).collect();
        hosts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(hosts)
    }

    /// Reads a resource. The `href`s in answers are internal addresses: URLs are always made from our own base.
    fn get<T: DeserializeOwned>(&self, path: &[&str], fields: &str) -> Result<T, AmbariError> {
        let path = ["api", "v1"].into_iter().chain(path.iter().copied());
        let mut url = transport::resource(&self.base, path);
        url.set_query(Some(&format!("fields={fields}")));
        let again = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(2)
            .with_jitter();
        (|| self.ask(&url))
            .retry(again)
            .when(|failure| failure.passing)
            .call()
            .map_err(|f| f.error)
    }

    fn ask<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Failure> {
        let request = self
            .http
            .get(url.clone())
            .basic_auth(&self.settings.user, Some(self.settings.password.expose()))
            .header("X-Requested-By", "hdikafka");
        let response = request.send().map_err(|error| self.transport(&error))?;
        let status = response.status();
        let place = location(&response);
        if wants_entra(&response) {
            return Err(Failure {
                error: AmbariError::EntraOnly { at: self.at() },
                passing: false,
            });
        }
        let body = self.body(response)?;
        let failed = |error| Failure {
            error,
            passing: status.is_server_error(),
        };
        let (at, number) = (self.at(), status.as_u16());
        match status {
            status if status.is_success() => serde_json::from_slice(&body).map_err(|_| {
                let looks_like = looks_like(&body);
                failed(AmbariError::NotJson {
                    at,
                    status: number,
                    looks_like,
                })
            }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let message = message(&body);
                Err(failed(AmbariError::Credentials {
                    at,
                    status: number,
                    message,
                }))
            }
            StatusCode::NOT_FOUND if ambaris_message(&body).is_some() => {
                Err(failed(AmbariError::NotFound {
                    at,
                    message: message(&body),
                }))
            }
            status if status.is_redirection() || status == StatusCode::NOT_FOUND => {
                let looks_like = place.unwrap_or_else(|| looks_like(&body));
                Err(failed(AmbariError::NotJson {
                    at,
                    status: number,
                    looks_like,
                }))
            }
            _ => Err(failed(AmbariError::Server {
                at,
                status: number,
                message: message(&body),
            })),
        }
    }

    fn body(&self, response: Response) -> Result<Vec<u8>, Failure> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        if let Err(error) = response.take(BODY_LIMIT + 1).read_to_end(&mut body) {
            let cause = plain(&format!("the answer broke off: {error}"));
            return Err(Failure {
                error: AmbariError::Unreachable {
                    at: self.at(),
                    cause,
                },
                passing: true,
            });
        }
        if body.len() as u64 > BODY_LIMIT {
            let looks_like = format!("more than {} MiB", BODY_LIMIT / 1024 / 1024);
            let error = AmbariError::NotJson {
                at: self.at(),
                status,
                looks_like,
            };
            return Err(Failure {
                error,
                passing: false,
            });
        }
        Ok(body)
    }

    fn transport(&self, error: &reqwest::Error) -> Failure {
        let at = self.at();
        let (error, passing) = match NoAnswer::of(error) {
            NoAnswer::Untrusted(cause) => (AmbariError::Tls { at, cause }, false),
            NoAnswer::InTime(cause) => (AmbariError::Unreachable { at, cause }, false),
            NoAnswer::Unreachable(cause) => (AmbariError::Unreachable { at, cause }, true),
        };
        Failure { error, passing }
    }

    fn at(&self) -> String {
        transport::at(&self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{self, Receiver};

    /// Gives these answers, one a connection, and tells each request's head. Afterwards nobody listens.
    fn server(answers: Vec<String>) -> (String, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, heads) = mpsc::channel();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head: Vec<String> = lines
                    .map_while(Result::ok)
                    .take_while(|l| !l.is_empty())
                    .collect();
                let _ = tell.send(head.join("\n"));
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        (base, heads)
    }

    fn answer(status: u16, body: &str) -> String {
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn client(base_url: &str) -> Client {
        let settings = Settings {
            base_url: base_url.into(),
            user: "admin".into(),
            password: "canary".into(),
            ca_pem: None,
            timeout: Duration::from_secs(5),
        };
        Client::new(settings).unwrap()
    }

    #[test]
    fn clusters_and_hosts() {
        let clusters = r#"{"href":"http://10.0.0.18:8080/x","items":[{"href":"…","Clusters":{"cluster_name":"MyKafka","version":"HDP-3.1","security_type":"NONE"}}]}"#;
        let hosts = r#"{"items":[
            {"Hosts":{"cluster_name":"C","host_name":"wn1","ip":"10.0.0.2","host_state":"HEALTHY"},
             "host_components":[{"HostRoles":{"component_name":"KAFKA_BROKER","state":"STARTED"}}]},
            {"Hosts":{"host_name":"hn0\u001b[31m","host_state":"HEALTHY"}}]}"#;
        let (base, heads) = server(vec![answer(200, clusters), answer(200, hosts)]);
        let client = client(&format!("{base}/"));
        let found = client.clusters().unwrap();
        assert_eq!(
            found,
            [ClusterRef {
                name: "MyKafka".into(),
                version: "HDP-3.1".into(),
                security_type: "NONE".into()
            }]
        );
        let hosts = client.hosts("My/Kafka").unwrap();
        assert_eq!(hosts[0].name, "hn0[31m");
        assert_eq!(hosts[1].ip.as_deref(), Some("10.0.0.2"));
        assert_eq!(hosts[1].components["KAFKA_BROKER"], "STARTED");
        let head = heads.recv().unwrap();
        assert!(
            head.starts_with("GET /api/v1/clusters?fields=Clusters/cluster_name,"),
            "{head}"
        );
        assert!(
            head.to_lowercase()
                .contains("authorization: basic ywrtaw46y2fuyxj5"),
            "{head}"
        );
        assert!(
            heads
                .recv()
                .unwrap()
                .starts_with("GET /api/v1/clusters/My%2FKafka/hosts?")
        );
    }

    #[test]
    fn wrong_credentials_are_tried_once() {
        for (status, body) in [
            (
                403,
                r#"{"status":403,"message":"Unable to sign in. Invalid username/password combination."}"#,
            ),
            (401, "<html><head><title>401</title></head></html>"),
        ] {
            let (base, heads) = server(vec![answer(status, body), answer(200, r#"{"items":[]}"#)]);
            let error = client(&base).clusters().unwrap_err();
            assert!(matches!(error, AmbariError::Credentials { status: got, .. } if got == status));
            assert!(!error.to_string().contains("canary"));
            assert_eq!(heads.try_iter().count(), 1);
        }
    }

    #[test]
    fn server_errors_are_tried_three_times() {
        let busy = || answer(500, r#"{"status":500,"message":"Internal server error"}"#);
        let (base, heads) = server(vec![busy(), busy(), answer(200, r#"{"items":[]}"#)]);
        assert_eq!(client(&base).clusters().unwrap(), []);
        assert_eq!(heads.try_iter().count(), 3);

        let page = || answer(502, "<HTML><TITLE>502 - Bad\u{1b} Gateway</TITLE>");
        let (base, heads) = server(vec![page(), page(), page(), page()]);
        let error = client(&base).clusters().unwrap_err();
        assert!(
            matches!(&error, AmbariError::Server { status: 502, message, .. } if message == "an HTML page, \"502 - Bad Gateway\""),
            "{error}"
        );
        assert_eq!(heads.try_iter().count(), 3);
    }

    #[test]
    fn what_is_not_ambari() {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: https://login.example/?token=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        for (answer, expected) in [
            (answer(200, "<!DOCTYPE html><p>hello"), "an HTML page"),
            (answer(200, r#"{"things":[]}"#), "JSON of another shape"),
            (answer(200, ""), "nothing"),
            (answer(404, "not here"), "\"not here\""),
            (redirect.to_owned(), "a redirect to https://login.example/"),
        ] {
            let (base, _heads) = server(vec![answer]);
            let error = client(&base).clusters().unwrap_err();
            assert!(
                matches!(&error, AmbariError::NotJson { looks_like, .. } if looks_like == expected),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unknown_cluster_is_not_found() {
        let body = r#"{"status":404,"message":"The requested resource doesn't exist: Cluster not found, clusterName=c"}"#;
        let (base, _heads) = server(vec![answer(404, body)]);
        assert!(matches!(
            client(&base).hosts("c"),
            Err(AmbariError::NotFound { .. })
        ));
    }

    #[test]
    fn too_much_is_cut_off() {
        let endless = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
            " ".repeat(BODY_LIMIT as usize + 10)
        );
        let (base, _heads) = server(vec![endless]);
        let error = client(&base).clusters().unwrap_err();
        assert!(error.to_string().contains("more than 8 MiB"), "{error}");
    }

    #[test]
    fn nobody_there_and_no_tls_there() {
        let (base, _heads) = server(Vec::new());
        let error = client(&base).clusters().unwrap_err();
        assert!(
            matches!(&error, AmbariError::Unreachable { cause, .. } if cause.contains("refused")),
            "{error}"
        );

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .write_all(answer(400, "no TLS here").as_bytes())
                .unwrap();
            // Closing with something unread would be a reset.
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let error = client(&base).clusters().unwrap_err();
        assert!(matches!(error, AmbariError::Tls { .. }), "{error}");
    }

    #[test]
    fn urls_that_are_none() {
        for url in ["", "mykafka", "ftp://x/", "https://admin:canary@x/"] {
            let settings = Settings {
                base_url: url.into(),
                user: "admin".into(),
                password: "p".into(),
                ca_pem: None,
                timeout: Duration::from_secs(1),
            };
            let error = Client::new(settings).err().unwrap();
            assert!(
                matches!(error, AmbariError::Setting(_)) && !error.to_string().contains("canary")
            );
        }
    }
}
