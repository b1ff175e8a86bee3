//! An imitation of Ambari's REST API, read side, as a Kafka cluster on HDInsight shows it: through the public gateway
//! (TLS) and on a head node (plain).
//!
//! Shapes, error messages, content types and internal `href`s are Ambari's; the gateway's own pages are inferred, nobody
//! has published them. Writes are not imitated and say so (405).

mod settings;
mod spec;
mod tree;
mod view;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use serde_json::{Value, json};

use crate::sandbox::http::{Listen, Request, Response, Server, lock};
use crate::secret::Secret;

pub use spec::{Cluster, Host, ListenSpec, Spec};
use tree::Found;
use view::{Fields, Resource, Unsupported};

/// A running imitation. What it serves can be changed while it runs.
pub struct Ambari {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// An address to listen on: with a certificate it is the gateway, without Ambari itself.
pub struct Entrance {
    pub addr: String,
    pub tls: Option<Arc<ServerConfig>>,
}

struct State {
    user: String,
    password: Secret,
    clusters: Vec<Cluster>,
}

impl Ambari {
    pub fn start(
        entrances: Vec<Entrance>,
        user: &str,
        password: Secret,
        clusters: Vec<Cluster>,
    ) -> anyhow::Result<Self> {
        let state = Arc::new(Mutex::new(State {
            user: user.to_owned(),
            password,
            clusters,
        }));
        let listeners = entrances
            .into_iter()
            .map(|entrance| {
                let state = Arc::clone(&state);
                let gateway = entrance.tls.is_some();
                Listen {
                    addr: entrance.addr,
                    tls: entrance.tls,
                    service: Arc::new(move |request: Request| {
                        answer(&lock(&state), gateway, &request)
                    }),
                    connections: Arc::default(),
                }
            })
            .collect();
        Ok(Self {
            server: Server::start(listeners)?,
            state,
        })
    }

    pub fn from_spec(spec: &Spec) -> anyhow::Result<Self> {
        let tls = spec.tls.as_ref().map(|files| files.load()).transpose()?;
        let mut entrances = Vec::new();
        for listen in &spec.listen {
            let tls = if listen.tls {
                Some(
                    tls.clone()
                        .with_context(|| format!("{} has tls, the spec has none", listen.addr))?,
                )
            } else {
                None
            };
            entrances.push(Entrance {
                addr: listen.addr.clone(),
                tls,
            });
        }
        let password = read_secret(&spec.password_file)?;
        let ambari = Self::start(entrances, &spec.user, password, spec.clusters.clone())?;
        ambari.server.set_faults(&spec.faults);
        Ok(ambari)
    }

    /// Takes over everything of a spec but addresses and certificates, which stay as they were at the start.
    pub fn reload(&self, spec: &Spec) -> anyhow::Result<()> {
        let password = read_secret(&spec.password_file)?;
        *lock(&self.state) = State {
            user: spec.user.clone(),
            password,
            clusters: spec.clusters.clone(),
        };
        self.server.set_faults(&spec.faults);
        Ok(())
    }

    /// Changes the clusters in place.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Cluster>)) {
        change(&mut lock(&self.state).clusters);
    }

    pub fn set_password(&self, password: Secret) {
        lock(&self.state).password = password;
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Addresses, request log and faults.
    pub fn server(&self) -> &Server {
        &self.server
    }
}

/// A secret's file: a line end at its end does not belong to the secret.
pub(super) fn read_secret(path: &Path) -> anyhow::Result<Secret> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

fn answer(state: &State, gateway: bool, request: &Request) -> Response {
    if gateway && request.path.contains(':') {
        return gateway_page(400, "Bad Request");
    }
    if let Some(refused) = refuse(state, gateway, request) {
        return refused;
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
        if request.header("x-requested-by").is_none() {
            return error(
                400,
                "CSRF protection is turned on. X-Requested-By HTTP header is required.",
            );
        }
        return error(
            405,
            "This Ambari is a sandbox's imitation: it imitates no writes.",
        )
        .with_header("allow", "GET");
    }
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["api", "v1", "clusters"] => {
            let all = state.clusters.iter().map(tree::cluster).collect();
            collection(request, all, &base_of(state.clusters.first()))
        }
        ["api", "v1", "clusters", name, rest @ ..] => {
            match state.clusters.iter().find(|c| c.name == *name) {
                None => no_resource(&format!("Cluster not found, clusterName={name}")),
                Some(cluster) => match tree::find(cluster, rest) {
                    Found::Nothing(what) => no_resource(&what),
                    Found::One(resource) => one(request, &resource, &base_of(Some(cluster))),
                    Found::Many(resources) => {
                        collection(request, resources, &base_of(Some(cluster)))
                    }
                },
            }
        }
        _ => no_resource("the path is not imitated"),
    }
}

/// Checks the credentials; `Some` is the refusal. The gateway answers wrong ones with 401, Ambari itself with 403.
fn refuse(state: &State, gateway: bool, request: &Request) -> Option<Response> {
    let Some(given) = request.header("authorization") else {
        return Some(if gateway {
            gateway_page(401, "Unauthorized")
                .with_header("www-authenticate", "Basic realm=\"HDInsight\"")
        } else {
            error(403, "Missing authentication token")
        });
    };
    let decoded = given
        .strip_prefix("Basic ")
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok());
    let expected = format!("{}:{}", state.user, state.password.expose());
    if decoded.as_deref() == Some(expected.as_bytes()) {
        return None;
    }
    Some(if gateway {
        gateway_page(401, "Unauthorized")
            .with_header("www-authenticate", "Basic realm=\"HDInsight\"")
    } else {
        error(
            403,
            "Unable to sign in. Invalid username/password combination.",
        )
    })
}

fn one(request: &Request, resource: &Resource, base: &str) -> Response {
    let fields = request
        .parameter("fields")
        .map_or(Fields::Whole, Fields::parse);
    match resource.show(&fields, base) {
        Ok(shown) => document(&shown),
        Err(unsupported) => bad_field(&unsupported),
    }
}

fn collection(request: &Request, resources: Vec<Resource>, base: &str) -> Response {
    let predicates = || {
        request
            .query
            .iter()
            .filter(|(key, _)| key != "fields" && key != "_")
    };
    // Ambari shows the settings themselves only of a config type that was asked for by its tag.
    let single_version =
        request.path.ends_with("/service_config_versions") || request.parameter("tag").is_some();
    let unasked = if single_version {
        Fields::Whole
    } else {
        Fields::Keys
    };
    let fields = request.parameter("fields").map_or(unasked, Fields::parse);
    let mut items = Vec::new();
    for resource in resources {
        let mut holds = true;
        for (key, value) in predicates() {
            match resource.holds(key, value) {
                Ok(this) => holds &= this,
                Err(unsupported) => return bad_field(&unsupported),
            }
        }
        if holds {
            match resource.show(&fields, base) {
                Ok(shown) => items.push(shown),
                Err(unsupported) => return bad_field(&unsupported),
            }
        }
    }
    document(&json!({"href": format!("{base}{}", request.path), "items": items}))
}

/// The address by which Ambari knows itself: a head node inside the network, useless to a caller outside.
fn base_of(cluster: Option<&Cluster>) -> String {
    let head = cluster.and_then(|c| c.hosts.iter().find(|host| host.name.starts_with("hn")));
    head.map_or_else(
        || "http://10.0.0.18:8080".to_owned(),
        |host| format!("http://{}:8080", host.ip),
    )
}

/// Ambari calls everything `text/plain`, JSON too.
fn document(value: &Value) -> Response {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    Response::text(200, "text/plain", text)
}

fn error(status: u16, message: &str) -> Response {
    let body = json!({"status": status, "message": message});
    Response::text(
        status,
        "text/plain",
        serde_json::to_string_pretty(&body).unwrap_or_default(),
    )
}

fn no_resource(what: &str) -> Response {
    error(
        404,
        &format!("The requested resource doesn't exist: {what}"),
    )
}

fn bad_field(unsupported: &Unsupported) -> Response {
    let Unsupported { property, kind } = unsupported;
    error(
        400,
        &format!(
            "The properties [{property}] specified in the request or predicate are not supported for the resource \
             type {kind}."
        ),
    )
}

fn gateway_page(status: u16, title: &str) -> Response {
    let page = format!(
        "<html><head><title>{status} - {title}</title></head><body><h1>{title}</h1></body></html>\n"
    );
    Response::text(status, "text/html", page)
}
