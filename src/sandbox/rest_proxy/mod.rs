//! An imitation of HDInsight's Kafka REST proxy: the eight operations of its v1, tokens really checked, membership of the
//! security group, and a view of the topics that is refreshed only now and then. Behind it a real Kafka, or the sandbox's.
//!
//! Here: the server and who is let in. `route` says which operation a request is, `backend` speaks to Kafka.

mod backend;
mod route;
mod spec;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustls::ServerConfig;

use super::entra::{Signer, Verifier};
use super::http::{Answer, Listen, Request, Response, Server, Service, lock};
use backend::Backend;
pub use spec::Spec;

/// For what tokens are accepted.
pub const AUDIENCE: &str = "https://hib.azurehdinsight.net";

/// A bit more than what clients of ours send. What the real one takes is documented nowhere.
const BODY_LIMIT: usize = 8 << 20;

/// What a proxy is made from.
#[derive(Clone, Debug)]
pub struct Options {
    /// Brokers as `host:port`.
    pub bootstrap: String,
    /// Object ids of the members of the cluster's security group.
    pub members: BTreeSet<String>,
    /// How old its list of topics may be.
    pub refresh: Duration,
    /// Whether records come in an object, as Microsoft's sample reads them, or as a bare list, as the specification says.
    pub wrapped: bool,
}

/// A running imitation.
pub struct RestProxy {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    options: Mutex<Options>,
    verifier: Verifier,
    /// Made when it is first needed: a rehearsal has to be up at once.
    backend: OnceLock<Result<Backend, String>>,
    /// The list of topics, and when it was made.
    listed: Mutex<Option<(Instant, Vec<String>)>>,
}

impl RestProxy {
    /// Port 0 takes a free one. Kafka is not contacted before somebody asks.
    pub fn start(
        addr: &str,
        tls: &Arc<ServerConfig>,
        verifier: Verifier,
        options: Options,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            backend: OnceLock::new(),
            options: Mutex::new(options),
            verifier,
            listed: Mutex::default(),
        });
        let server = Server::start(vec![Listen {
            addr: addr.to_owned(),
            tls: Some(Arc::clone(tls)),
            service: Arc::new(Door(Arc::clone(&shared))),
            connections: Arc::default(),
        }])?;
        Ok(Self { server, shared })
    }

    pub fn from_spec(spec: &Spec) -> anyhow::Result<Self> {
        let verifier = Signer::from_file(&spec.signing_key_file)?.verifier(&spec.tenant);
        let proxy = Self::start(&spec.listen, &spec.tls.load()?, verifier, spec.options())?;
        proxy.server.set_faults(&spec.faults);
        Ok(proxy)
    }

    /// Takes over members, view and faults of a spec; address, certificate, tenant and brokers stay as they were at the
    /// start.
    pub fn reload(&self, spec: &Spec) {
        self.change(|options| *options = spec.options());
        self.server.set_faults(&spec.faults);
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addrs()[0]
    }

    /// Request log and faults.
    pub fn server(&self) -> &Server {
        &self.server
    }

    pub fn change(&self, work: impl FnOnce(&mut Options)) {
        work(&mut lock(&self.shared.options));
    }
}

struct Door(Arc<Shared>);

impl Service for Door {
    /// Kafka's clients block: each request has a thread of the runtime's pool.
    fn call(&self, request: Request) -> Answer<'_> {
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let answered = tokio::task::spawn_blocking(move || shared.answer(&request)).await;
            answered.unwrap_or_else(|_| Response::empty(500))
        })
    }

    fn body_limit(&self) -> usize {
        BODY_LIMIT
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Response {
        let now = Timestamp::now().as_second();
        let claims = self
            .verifier
            .check(request.header("authorization"), &[AUDIENCE], now);
        let claims = match claims {
            Ok(claims) => claims,
            Err(fault) => {
                return Response::text(401, "text/plain", format!("Unauthorized: {fault}"));
            }
        };
        let options = lock(&self.options).clone();
        if !options.members.contains(&claims.oid) {
            return Response::text(403, "text/plain", "Forbidden");
        }
        route::answer(self, &options, request).unwrap_or_else(|refusal| refusal)
    }

    fn backend(&self, options: &Options) -> Result<&Backend, Response> {
        let made = self
            .backend
            .get_or_init(|| Backend::new(&options.bootstrap).map_err(|error| format!("{error:#}")));
        made.as_ref()
            .map_err(|error| Response::text(500, "text/plain", error.clone()))
    }

    /// The topics as they were at most `refresh` ago.
    fn topics(&self, options: &Options) -> Result<Vec<String>, Response> {
        let mut listed = lock(&self.listed);
        if let Some((at, topics)) = listed.as_ref()
            && at.elapsed() < options.refresh
        {
            return Ok(topics.clone());
        }
        let topics = self.backend(options)?.topics().map_err(route::failed)?;
        *listed = Some((Instant::now(), topics.clone()));
        Ok(topics)
    }
}
