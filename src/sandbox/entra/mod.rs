//! An imitation of Microsoft Entra ID as far as applications that sign in with a secret need it: discovery, keys, and
//! the token endpoints of both versions. No person can sign in here.

mod refusal;
mod spec;
mod token;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rustls::ServerConfig;
use serde_json::{Value, json};

use crate::sandbox::http::{Request, Response, Server, lock, percent_decode};

use refusal::Refusal;
pub(in crate::sandbox) use spec::from_file as secret_from_file;
pub use spec::{Application, Directory, Spec, State, known_resources};
pub use token::{Claims, Signer, TokenFault, Verifier};

/// A running imitation.
pub struct Entra {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    directory: Mutex<Directory>,
    signer: Signer,
}

impl Entra {
    /// Port 0 takes a free one.
    pub fn start(
        addr: &str,
        tls: &Arc<ServerConfig>,
        directory: Directory,
        signer: Signer,
    ) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            directory: Mutex::new(directory),
            signer,
        });
        let answering = Arc::clone(&shared);
        let server = Server::over_tls(addr, tls, move |request: Request| {
            answering.answer(&request)
        })?;
        Ok(Self { server, shared })
    }

    pub fn from_spec(spec: &Spec) -> anyhow::Result<Self> {
        let signer = Signer::from_file(&spec.signing_key_file)?;
        let tls = spec.tls.load()?;
        let entra = Self::start(&spec.listen, &tls, spec.directory.clone(), signer)?;
        entra.server.set_faults(&spec.faults);
        Ok(entra)
    }

    /// Takes over directory and faults of a spec; address, certificate and key stay as they were at the start.
    pub fn reload(&self, spec: &Spec) {
        self.change(|directory| *directory = spec.directory.clone());
        self.server.set_faults(&spec.faults);
    }

    pub fn addr(&self) -> SocketAddr {
        self.server.addrs()[0]
    }

    /// Request log and faults.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What checks the tokens of this directory.
    pub fn verifier(&self) -> Verifier {
        let tenant = lock(&self.shared.directory).tenant.clone();
        self.shared.signer.verifier(&tenant)
    }

    pub fn change(&self, work: impl FnOnce(&mut Directory)) {
        work(&mut lock(&self.shared.directory));
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Response {
        let segments = request.segments();
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let base = format!("https://{}", request.header("host").unwrap_or_default());
        let directory = lock(&self.directory).clone();
        match (request.method.as_str(), words.as_slice()) {
            ("GET", ["common", "discovery", "instance"]) => instance(&base, &directory, request),
            ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
                configuration(&base, &directory, tenant, true)
            }
            ("GET", [tenant, ".well-known", "openid-configuration"]) => {
                configuration(&base, &directory, tenant, false)
            }
            ("GET", [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"]) => {
                Response::json(200, &self.signer.key_set())
            }
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => {
                self.token(&directory, tenant, request, true)
            }
            ("POST", [tenant, "oauth2", "token"]) => self.token(&directory, tenant, request, false),
            _ => Response::text(
                404,
                "text/plain",
                "the sandbox's Entra ID does not imitate this path",
            ),
        }
    }

    fn token(&self, directory: &Directory, tenant: &str, request: &Request, v2: bool) -> Response {
        let now = Timestamp::now();
        let granted = directory
            .grant(tenant, &Form::of(&request.body), v2)
            .map(|(application, resource)| directory.claims(application, resource, now));
        let claims = match granted {
            Ok(claims) => claims,
            Err(refusal) => return refusal.response(now),
        };
        let Ok(token) = self.signer.sign(&claims) else {
            return Response::text(500, "text/plain", "the sandbox cannot sign");
        };
        let seconds = claims.exp - claims.iat;
        let body = if v2 {
            json!({
                "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds,
                "access_token": token,
            })
        } else {
            // The old endpoint writes its numbers as texts.
            json!({
                "token_type": "Bearer", "expires_in": seconds.to_string(),
                "ext_expires_in": seconds.to_string(), "expires_on": claims.exp.to_string(),
                "not_before": claims.nbf.to_string(), "resource": claims.aud, "access_token": token,
            })
        };
        Response::json(200, &body).with_header("cache-control", "no-store, no-cache")
    }
}

impl Directory {
    fn is_called(&self, tenant: &str) -> bool {
        let names = [Some(&self.tenant), self.domain.as_ref()];
        names
            .into_iter()
            .flatten()
            .any(|name| name.eq_ignore_ascii_case(tenant))
    }

    /// Who gets a token, and for which resource.
    fn grant(
        &self,
        tenant: &str,
        form: &Form,
        v2: bool,
    ) -> Result<(&Application, String), Refusal> {
        if !self.is_called(tenant) {
            return Err(Refusal::Tenant(tenant.to_owned()));
        }
        let need = |name| form.get(name).ok_or(Refusal::Lacks(name));
        let grant = need("grant_type")?;
        if grant != "client_credentials" {
            return Err(Refusal::GrantType(grant));
        }
        let client = need("client_id")?;
        let mut applications = self.applications.iter();
        let application = applications
            .find(|application| application.client_id.eq_ignore_ascii_case(&client))
            .ok_or_else(|| Refusal::Application(client.clone(), self.tenant.clone()))?;
        let resource = self.resource(form, v2)?;
        let secret = form.get("client_secret").ok_or(Refusal::NoSecret)?;
        if secret != application.secret.expose() {
            return Err(Refusal::Secret(client));
        }
        match application.state {
            State::Enabled => Ok((application, resource)),
            State::Disabled => Err(Refusal::Disabled(client)),
            State::SecretExpired => Err(Refusal::SecretExpired(client)),
        }
    }

    /// `https://RESOURCE/.default` or, at the old endpoint, the resource itself.
    fn resource(&self, form: &Form, v2: bool) -> Result<String, Refusal> {
        let resource = if v2 {
            if form.get("resource").is_some() {
                return Err(Refusal::ResourceAtV2);
            }
            let scope = form.get("scope").ok_or(Refusal::Lacks("scope"))?;
            // MSAL adds OpenID's own scopes for people only; several resources at once are none.
            if scope.contains(' ') {
                return Err(Refusal::Scope(scope));
            }
            match scope.strip_suffix("/.default") {
                Some(resource) => resource.to_owned(),
                None => return Err(Refusal::NotDefault(scope)),
            }
        } else {
            form.get("resource").ok_or(Refusal::Lacks("resource"))?
        };
        let known = self.resources.iter();
        let same = |one: &String| one.trim_end_matches('/') == resource.trim_end_matches('/');
        if known.into_iter().any(same) {
            Ok(resource)
        } else {
            Err(Refusal::Resource(resource, self.tenant.clone()))
        }
    }

    fn claims(&self, application: &Application, resource: String, now: Timestamp) -> Claims {
        let now = now.as_second();
        Claims {
            aud: resource,
            iss: token::issuer(&self.tenant),
            iat: now,
            nbf: now,
            exp: now + i64::from(self.token_seconds),
            appid: application.client_id.clone(),
            idtyp: "app".to_owned(),
            oid: application.object_id.clone(),
            sub: application.object_id.clone(),
            tid: self.tenant.clone(),
            ver: "1.0".to_owned(),
        }
    }
}

/// A body of `application/x-www-form-urlencoded`. Its values may be secrets: there is no `Debug`.
struct Form(Vec<(String, String)>);

impl Form {
    fn of(body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body).replace('+', " ");
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        Self(
            pairs
                .map(|(key, value)| (percent_decode(key), percent_decode(value)))
                .collect(),
        )
    }

    /// An empty value is none.
    fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(key, _)| key == name)?;
        (!found.1.is_empty()).then(|| found.1.clone())
    }
}

/// Where the directory of an authority is described. Asked before anything else by clients that do not know the host.
fn instance(base: &str, directory: &Directory, request: &Request) -> Response {
    let endpoint = request
        .parameter("authorization_endpoint")
        .unwrap_or_default();
    let mut parts = endpoint.split('/').skip(2);
    let (host, tenant) = (parts.next().unwrap_or_default(), parts.next());
    if Some(host) != base.split('/').nth(2) {
        let words = json!({"error": "invalid_instance", "error_description": "AADSTS50049: Unknown or invalid instance.", "error_codes": [50049]});
        return Response::json(400, &words);
    }
    let tenant = tenant.unwrap_or(&directory.tenant);
    let name = host.split(':').next().unwrap_or_default();
    let body = json!({
        "tenant_discovery_endpoint": format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": name, "preferred_cache": name, "aliases": [name]}],
    });
    Response::json(200, &body)
}

fn configuration(base: &str, directory: &Directory, tenant: &str, v2: bool) -> Response {
    let id = &directory.tenant;
    let shared = matches!(tenant, "common" | "organizations");
    if !shared && !directory.is_called(tenant) {
        return Refusal::Tenant(tenant.to_owned()).response(Timestamp::now());
    }
    let (token, authorize, keys, issuer) = if v2 {
        let issuer = format!("{base}/{id}/v2.0");
        (
            "oauth2/v2.0/token",
            "oauth2/v2.0/authorize",
            "discovery/v2.0/keys",
            issuer,
        )
    } else {
        (
            "oauth2/token",
            "oauth2/authorize",
            "discovery/keys",
            token::issuer(id),
        )
    };
    let place = if shared { tenant } else { id };
    let body: Value = json!({
        "issuer": issuer,
        "token_endpoint": format!("{base}/{place}/{token}"),
        "authorization_endpoint": format!("{base}/{place}/{authorize}"),
        "jwks_uri": format!("{base}/{place}/{keys}"),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid"],
        "tenant_region_scope": null,
    });
    Response::json(200, &body)
}
