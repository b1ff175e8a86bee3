//! The worker's REST API: Connect's paths, documents and error bodies, for what the program and a curious person ask.
//! As the real one it shows whatever the settings hold, and asks for a password only when the worker file says so.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::define::Props;
use super::exception::{BAD_REQUEST, Exception};
use super::herder::{ALREADY_EXISTS, Connector, Herder, NOT_FOUND, Restart};
use super::log4j::Level;
use super::rest_login::Door;
use super::task::State;
use crate::sandbox::http::{Answer, Connections, Listen, Request, Response, Server, Service};

/// Kafka's version and commit, as the stand-in claims them.
pub const VERSION: &str = "3.2.0";
pub const COMMIT: &str = "38103ffaa962ef50";

/// The API, once there is a herder behind it.
#[derive(Clone, Default)]
pub struct Api {
    herder: Arc<OnceLock<Arc<Herder>>>,
    /// A fault: connections are taken and nothing is answered.
    silent: bool,
    door: Option<Door>,
}

impl Api {
    pub fn new(silent: bool, door: Option<Door>) -> Self {
        Self {
            silent,
            door,
            ..Self::default()
        }
    }

    /// From now on requests are answered.
    pub fn open(&self, herder: &Arc<Herder>) {
        // The first herder stays: there is only one.
        let _ = self.herder.set(Arc::clone(herder));
    }

    /// Listens on `http://HOST:PORT`; an empty host is every address.
    pub fn listen(&self, listener: &str) -> Result<(Server, SocketAddr), Exception> {
        let Some(place) = listener.trim().strip_prefix("http://") else {
            return Err(Exception::config(format!(
                "Invalid value {listener} for configuration listeners: this stand-in for a worker speaks http only"
            )));
        };
        let place = place.trim_end_matches('/');
        let addr = match place.strip_prefix(':') {
            Some(port) => format!("0.0.0.0:{port}"),
            None => place.to_owned(),
        };
        let listen = Listen {
            addr: addr.clone(),
            tls: None,
            service: Arc::new(self.clone()),
            connections: Arc::<Connections>::default(),
        };
        Server::start(vec![listen])
            .map(|server| {
                let bound = server.addr();
                (server, bound)
            })
            .map_err(|error| {
                let cause = error
                    .chain()
                    .last()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let cause = cause
                    .split(" (os error")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let bind = Exception::new("java.net.BindException", cause);
                let shown = addr
                    .split_once(':')
                    .map_or(addr.clone(), |(host, port)| format!("{host}/{host}:{port}"));
                let failed =
                    Exception::new("java.io.IOException", format!("Failed to bind to {shown}"));
                Exception::connect("Unable to initialize REST server")
                    .caused_by(failed.caused_by(bind))
            })
    }
}

impl Service for Api {
    fn call(&self, request: Request) -> Answer<'_> {
        let herder = self.herder.get().cloned();
        let silent = self.silent;
        let refused = self.door.as_ref().and_then(|door| door.refuses(&request));
        Box::pin(async move {
            if silent {
                return std::future::pending().await;
            }
            if let Some(refused) = refused {
                return refused;
            }
            let Some(herder) = herder else {
                return fault(404, "HTTP 404 Not Found");
            };
            // A restart waits for its task; other requests must be answered meanwhile.
            let answered = tokio::task::spawn_blocking(move || answer(&herder, &request)).await;
            answered.unwrap_or_else(|_| fault(500, "Internal Server Error"))
        })
    }
}

fn answer(herder: &Herder, request: &Request) -> Response {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let found = match (request.method.as_str(), segments.as_slice()) {
        ("GET", rest) => read(herder, rest, request),
        ("PUT" | "POST" | "DELETE", rest) => change(herder, rest, request),
        _ => Ok(fault(405, "HTTP 405 Method Not Allowed")),
    };
    found.unwrap_or_else(|error| {
        let words = error.message.clone().unwrap_or_default();
        match error.class.as_str() {
            NOT_FOUND => fault(404, &words),
            ALREADY_EXISTS => fault(409, &words),
            BAD_REQUEST => fault(400, &words),
            _ => fault(500, &words),
        }
    })
}

fn read(herder: &Herder, path: &[&str], request: &Request) -> Result<Response, Exception> {
    let runtime = &herder.runtime;
    let shown = match path {
        [] => json!({"version": VERSION, "commit": COMMIT, "kafka_cluster_id": runtime.cluster_id}),
        ["connectors"] => expanded(herder, request)?,
        ["connectors", name] => herder.with(name, |connector| info(name, connector))?,
        ["connectors", name, "config"] => herder.with(name, |connector| json!(connector.given))?,
        ["connectors", name, "status"] => herder
            .with(name, |connector| status(herder, name, connector, &[]))
            .map_err(|_| missing(&format!("No status found for connector {name}")))?,
        ["connectors", name, "tasks"] => herder.with(name, |connector| {
            let all = connector.tasks.iter();
            all.map(|task| json!({"id": {"connector": name, "task": task.number}, "config": task.settings}))
                .collect()
        })?,
        ["connectors", name, "tasks-config"] => herder.with(name, |connector| {
            let all = connector.tasks.iter();
            all.map(|task| (format!("{name}-{}", task.number), json!(task.settings)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })?,
        ["connectors", name, "tasks", number, "status"] => {
            let absent = || missing(&format!("No status found for task {name}-{number}"));
            let all = herder
                .with(name, |connector| status(herder, name, connector, &[]))
                .map_err(|_| absent())?;
            let wanted = number.parse::<u64>().ok();
            let mut tasks = all["tasks"].as_array().into_iter().flatten();
            tasks.find(|task| task["id"].as_u64() == wanted).cloned().ok_or_else(absent)?
        }
        ["connectors", name, "topics"] => herder.with(name, |_| json!({*name: {"topics": []}}))?,
        ["connector-plugins"] => runtime
            .plugins
            .found
            .iter()
            .map(|plugin| json!({"class": plugin.class, "type": plugin.direction.word(), "version": plugin.version}))
            .collect(),
        ["admin", "loggers"] => {
            let all = runtime.log.levels().into_iter();
            all.map(|(name, level)| (name, json!({"level": level.word()})))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        ["admin", "loggers", name] => json!({"level": runtime.log.level(name).word()}),
        _ => return Ok(fault(404, "HTTP 404 Not Found")),
    };
    Ok(Response::json(200, &shown))
}

fn change(herder: &Herder, path: &[&str], request: &Request) -> Result<Response, Exception> {
    let done = || Ok(Response::empty(204));
    match (request.method.as_str(), path) {
        ("POST", ["connectors"]) => {
            let given = wanted(&request.body)?;
            let name = herder.create(&given)?;
            let shown = herder.with(&name, |connector| info(&name, connector))?;
            Ok(Response::json(201, &shown).with_header("location", format!("/connectors/{name}")))
        }
        ("DELETE", ["connectors", name]) => herder.delete(name).and_then(|()| done()),
        ("PUT", ["connectors", name, "pause"]) => {
            herder.pause(name, true).map(|()| Response::empty(202))
        }
        ("PUT", ["connectors", name, "resume"]) => {
            herder.pause(name, false).map(|()| Response::empty(202))
        }
        ("POST", ["connectors", name, "restart"]) => {
            let is = |key| {
                request
                    .parameter(key)
                    .is_some_and(|value| value.eq_ignore_ascii_case("true"))
            };
            let restart = Restart {
                include_tasks: is("includeTasks"),
                only_failed: is("onlyFailed"),
            };
            restarted(herder, name, restart)
        }
        ("POST", ["connectors", name, "tasks", number, "restart"]) => match number.parse() {
            Ok(number) => herder.restart_task(name, number).and_then(|()| done()),
            Err(_) => Ok(fault(404, "HTTP 404 Not Found")),
        },
        ("PUT", ["admin", "loggers", name]) => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let Some(level) = body["level"].as_str().and_then(Level::parse) else {
                return Err(missing("invalid log level"));
            };
            herder.runtime.log.set_level(name, level);
            Ok(Response::json(200, &json!([name])))
        }
        _ => Ok(fault(404, "HTTP 404 Not Found")),
    }
}

/// The connector alone: 204 when it is done. With tasks, or only what failed: 202 and what is being restarted.
fn restarted(herder: &Herder, name: &str, restart: Restart) -> Result<Response, Exception> {
    if !restart.include_tasks && !restart.only_failed {
        return herder.restart(name, restart).map(|()| Response::empty(204));
    }
    let shown = herder.with(name, |connector| {
        let restarting: Vec<u32> = connector
            .tasks
            .iter()
            .filter(|_| restart.include_tasks)
            .filter(|task| !restart.only_failed || task.state() == Some(State::Failed))
            .map(|task| task.number)
            .collect();
        let mut shown = status(herder, name, connector, &restarting);
        if !restart.only_failed || connector.state == State::Failed {
            shown["connector"]["state"] = json!("RESTARTING");
        }
        shown
    })?;
    // What fails now is seen in the status, as with the real one.
    let _ = herder.restart(name, restart);
    Ok(Response::json(202, &shown))
}

/// `{"name": …, "config": {…}}`; the settings with that name.
fn wanted(body: &[u8]) -> Result<Props, Exception> {
    #[derive(serde::Deserialize)]
    struct Wanted {
        name: String,
        config: Props,
    }
    let refused = |words: String| Exception::new(BAD_REQUEST, words);
    let wanted: Wanted =
        serde_json::from_slice(body).map_err(|error| refused(error.to_string()))?;
    let mut given = wanted.config;
    match given.insert("name".to_owned(), wanted.name.clone()) {
        Some(other) if other != wanted.name => Err(refused(format!(
            "Connector name configuration ({other}) doesn't match connector name in the URL ({})",
            wanted.name
        ))),
        _ => Ok(given),
    }
}

/// The names, or with `?expand=status` and `?expand=info` what each of these says.
fn expanded(herder: &Herder, request: &Request) -> Result<Value, Exception> {
    let asked = |what: &str| {
        request
            .query
            .iter()
            .any(|(key, value)| key == "expand" && value == what)
    };
    if !asked("status") && !asked("info") {
        return Ok(json!(herder.names()));
    }
    let mut all = serde_json::Map::new();
    for name in herder.names() {
        let one = herder.with(&name, |connector| {
            let mut one = serde_json::Map::new();
            if asked("status") {
                one.insert("status".to_owned(), status(herder, &name, connector, &[]));
            }
            if asked("info") {
                one.insert("info".to_owned(), info(&name, connector));
            }
            one
        })?;
        all.insert(name, one.into());
    }
    Ok(all.into())
}

fn info(name: &str, connector: &Connector) -> Value {
    let tasks: Vec<Value> = connector
        .tasks
        .iter()
        .map(|task| json!({"connector": name, "task": task.number}))
        .collect();
    json!({"name": name, "config": connector.given, "tasks": tasks, "type": connector.plugin.direction.word()})
}

/// A task that has not started has no status yet, and is not listed.
fn status(herder: &Herder, name: &str, connector: &Connector, restarting: &[u32]) -> Value {
    let worker = &herder.runtime.worker_id;
    let tasks: Vec<Value> = connector
        .tasks
        .iter()
        .filter_map(|task| {
            let (state, trace) = task.status.get()?;
            let word = match restarting.contains(&task.number) {
                true => "RESTARTING",
                false => state.word(),
            };
            let mut shown = json!({"id": task.number, "state": word, "worker_id": worker});
            if let Some(trace) = trace {
                shown["trace"] = json!(format!("{trace}\n"));
            }
            Some(shown)
        })
        .collect();
    let mut own = json!({"state": connector.state.word(), "worker_id": worker});
    if let Some(trace) = &connector.trace {
        own["trace"] = json!(trace);
    }
    json!({"name": name, "connector": own, "tasks": tasks, "type": connector.plugin.direction.word()})
}

fn missing(words: &str) -> Exception {
    Exception::new(NOT_FOUND, words)
}

fn fault(status: u16, words: &str) -> Response {
    Response::json(status, &json!({"error_code": status, "message": words}))
}
