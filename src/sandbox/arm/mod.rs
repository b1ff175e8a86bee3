//! An imitation of Azure Resource Manager, read side: subscriptions, groups, IoT Hubs with their keys, HDInsight
//! clusters, and the endpoints of the cloud for `az cloud register`. Tokens are checked, and so is what their holder
//! may do. Nothing can be made or changed here.

mod estate;
mod refusal;
mod route;
mod view;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use serde_json::{Value, json};

use crate::sandbox::entra::{Signer, Verifier};
use crate::sandbox::http::{Request, Response, Server, lock};

pub use estate::{ClientGroup, Cluster, Estate, IotHub, Policy, Role, Spec, Subscription};
use refusal::Refusal;
use route::{Asked, Route};

/// Both names of Azure Resource Manager.
const AUDIENCES: &[&str] = &[
    "https://management.core.windows.net",
    "https://management.azure.com",
];

/// A running imitation.
pub struct Arm {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    verifier: Verifier,
    login_endpoint: String,
    estate: Mutex<Estate>,
    throttle: Mutex<Throttle>,
}

/// The next so many requests are answered with 429.
#[derive(Default)]
struct Throttle {
    times: u32,
    seconds: u32,
}

impl Arm {
    /// `login_endpoint`: `https://HOST:PORT` of the Entra ID whose tokens the verifier checks.
    pub fn start(
        addr: &str,
        tls: &Arc<ServerConfig>,
        estate: Estate,
        verifier: Verifier,
        login_endpoint: &str,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            verifier,
            login_endpoint: login_endpoint.trim_end_matches('/').to_owned(),
            estate: Mutex::new(estate),
            throttle: Mutex::default(),
        });
        let answering = Arc::clone(&shared);
        let server = Server::over_tls(addr, tls, move |request: Request| {
            answering.answer(&request)
        })?;
        Ok(Self { server, shared })
    }

    pub fn from_spec(spec: &Spec) -> anyhow::Result<Self> {
        let verifier = Signer::from_file(&spec.signing_key_file)?.verifier(&spec.estate.tenant);
        let (tls, estate) = (spec.tls.load()?, spec.estate.clone());
        let arm = Self::start(&spec.listen, &tls, estate, verifier, &spec.login_endpoint)?;
        arm.server.set_faults(&spec.faults);
        Ok(arm)
    }

    /// Takes over estate and faults of a spec; address, certificate and key stay as they were at the start.
    pub fn reload(&self, spec: &Spec) {
        self.change(|estate| *estate = spec.estate.clone());
        self.server.set_faults(&spec.faults);
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addrs()[0]
    }

    /// Request log and faults.
    pub fn server(&self) -> &Server {
        &self.server
    }

    pub fn change(&self, work: impl FnOnce(&mut Estate)) {
        work(&mut lock(&self.shared.estate));
    }

    /// Answers the next requests with 429 and `Retry-After`.
    pub fn throttle(&self, times: u32, retry_after_seconds: u32) {
        *lock(&self.shared.throttle) = Throttle {
            times,
            seconds: retry_after_seconds,
        };
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Response {
        let id = uuid::Uuid::new_v4().to_string();
        let answered = self.try_answer(request);
        let response = answered.unwrap_or_else(|refusal| refusal.response());
        response.with_header("x-ms-request-id", id)
    }

    fn try_answer(&self, request: &Request) -> Result<Response, Refusal> {
        if request.path == "/metadata/endpoints" {
            return self.endpoints(request);
        }
        {
            let mut throttle = lock(&self.throttle);
            if throttle.times > 0 {
                throttle.times -= 1;
                return Err(Refusal::Throttled(throttle.seconds));
            }
        }
        let estate = lock(&self.estate).clone();
        let now = jiff::Timestamp::now().as_second();
        let header = request.header("authorization");
        let claims = self
            .verifier
            .check(header, AUDIENCES, now)
            .map_err(|fault| Refusal::Token(fault, estate.tenant.clone()))?;
        let route = Route::of(request)?;
        let role = estate.roles.get(&claims.oid).copied();
        match route.asked {
            Asked::Tenants => return list(&estate, request, vec![view::tenant(&estate)]),
            Asked::Subscriptions => {
                // Who has no role anywhere sees an empty list, not an error.
                let seen = estate.subscriptions.iter().filter(|_| role.is_some());
                let shown = seen.map(|one| view::subscription(&estate, one)).collect();
                return list(&estate, request, shown);
            }
            _ => {}
        }
        let subscription = estate
            .subscriptions
            .iter()
            .find(|one| one.id.eq_ignore_ascii_case(&route.subscription))
            .ok_or_else(|| Refusal::Subscription(route.subscription.clone()))?;
        let (action, reading) = route.action();
        let allowed = role.is_some_and(|role| reading || role == Role::Contributor);
        if !allowed {
            return Err(Refusal::Denied {
                object: claims.oid,
                action,
                scope: request.path.clone(),
            });
        }
        show(&estate, subscription, &route, request)
    }

    /// What `az cloud register` and others need to know; without a token.
    fn endpoints(&self, request: &Request) -> Result<Response, Refusal> {
        let known = &["2022-09-01"];
        let asked = request
            .parameter("api-version")
            .ok_or(Refusal::NoApiVersion)?;
        if !known.contains(&asked) {
            return Err(Refusal::ApiVersion {
                asked: asked.to_owned(),
                kind: "metadata/endpoints",
                known,
            });
        }
        let here = base(request);
        let login = &self.login_endpoint;
        let audiences = AUDIENCES.iter().map(|audience| format!("{audience}/"));
        let body = json!({
            "name": "hdikafka-sandbox",
            "resourceManager": format!("{here}/"),
            "authentication": {
                "loginEndpoint": login, "tenant": "common", "identityProvider": "AAD",
                "audiences": audiences.collect::<Vec<_>>(),
            },
            "graphAudience": "https://graph.windows.net/",
            "portal": here,
            "suffixes": {},
        });
        Ok(Response::json(200, &body))
    }
}

fn show(
    estate: &Estate,
    subscription: &Subscription,
    route: &Route,
    request: &Request,
) -> Result<Response, Refusal> {
    let in_group = |group: &str| {
        let wanted = route.group.as_deref();
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(group))
    };
    if let Some(group) = &route.group
        && !subscription
            .all_groups()
            .iter()
            .any(|one| one.eq_ignore_ascii_case(group))
    {
        return Err(Refusal::Group(group.clone()));
    }
    let hub = |name: &str| {
        let mut hubs = subscription.hubs.iter();
        hubs.find(|hub| hub.name.eq_ignore_ascii_case(name) && in_group(&hub.group))
            .ok_or_else(|| missing("Microsoft.Devices/IotHubs", name, route))
    };
    let shown = match &route.asked {
        Asked::Tenants | Asked::Subscriptions => return Err(Refusal::NotImitated),
        Asked::Subscription => view::subscription(estate, subscription),
        Asked::Groups => {
            let groups = subscription.all_groups().into_iter();
            let groups = groups.map(|name| view::group(subscription, name));
            return list(estate, request, groups.collect());
        }
        Asked::Group if request.method == "HEAD" => return Ok(Response::empty(204)),
        Asked::Group => view::group(subscription, route.group.as_deref().unwrap_or_default()),
        Asked::Hubs => {
            let hubs = subscription.hubs.iter().filter(|hub| in_group(&hub.group));
            return list(
                estate,
                request,
                hubs.map(|hub| view::hub(subscription, hub)).collect(),
            );
        }
        Asked::Hub(name) => view::hub(subscription, hub(name)?),
        Asked::HubName => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let name = body["name"].as_str().unwrap_or_default();
            // A hub's name is a host's: it is taken wherever it is.
            let mut hubs = estate.subscriptions.iter().flat_map(|one| &one.hubs);
            view::availability(name, hubs.any(|hub| hub.name.eq_ignore_ascii_case(name)))
        }
        Asked::HubKeys(name) => {
            json!({"value": hub(name)?.policies.iter().map(view::policy).collect::<Vec<_>>()})
        }
        Asked::HubKey(name, key) => {
            let mut policies = hub(name)?.policies.iter();
            let found = policies.find(|policy| policy.name.eq_ignore_ascii_case(key));
            view::policy(found.ok_or_else(|| Refusal::Policy(key.clone()))?)
        }
        Asked::ConsumerGroups(name) => {
            let hub = hub(name)?;
            let groups = std::iter::once("$Default")
                .chain(hub.consumer_groups.iter().map(String::as_str))
                .map(|name| view::consumer_group(subscription, hub, name));
            return list(estate, request, groups.collect());
        }
        Asked::Clusters => {
            let clusters = subscription.clusters.iter();
            let clusters = clusters.filter(|cluster| in_group(&cluster.group));
            let shown = clusters.map(|cluster| view::cluster(subscription, cluster));
            return list(estate, request, shown.collect());
        }
        Asked::Cluster(name) => {
            let mut clusters = subscription.clusters.iter();
            let found = clusters.find(|cluster| {
                cluster.name.eq_ignore_ascii_case(name) && in_group(&cluster.group)
            });
            let found =
                found.ok_or_else(|| missing("Microsoft.HDInsight/clusters", name, route))?;
            view::cluster(subscription, found)
        }
    };
    Ok(Response::json(200, &shown))
}

fn missing(kind: &str, name: &str, route: &Route) -> Refusal {
    Refusal::Resource(
        format!("{kind}/{name}"),
        route.group.clone().unwrap_or_default(),
    )
}

/// One page, and the way to the next: `$skiptoken` is the number of items that were shown.
fn list(estate: &Estate, request: &Request, items: Vec<Value>) -> Result<Response, Refusal> {
    let skip = request
        .parameter("$skiptoken")
        .and_then(|text| text.parse().ok());
    let skip: usize = skip.unwrap_or(0);
    let all = items.len();
    let shown: Vec<Value> = items.into_iter().skip(skip).take(estate.page).collect();
    let end = skip.saturating_add(shown.len());
    let mut body = json!({"value": shown});
    if end < all {
        let version = request.parameter("api-version").unwrap_or_default();
        let link = format!(
            "{}{}?api-version={version}&%24skiptoken={end}",
            base(request),
            request.path
        );
        body["nextLink"] = json!(link);
    }
    Ok(Response::json(200, &body))
}

/// The server's address as its client names it.
fn base(request: &Request) -> String {
    format!("https://{}", request.header("host").unwrap_or_default())
}
