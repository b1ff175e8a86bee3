//! The sandbox's Entra ID: discovery, both token endpoints, and every way not to get a token.

use super::{client, identity};
use hdikafka::sandbox::entra::{
    Application, Directory, Entra, Signer, State, TokenFault, known_resources,
};
use hdikafka::sandbox::http::Fault;
use hdikafka::sandbox::tls::Authority;
use reqwest::blocking::Client;
use serde_json::Value;

pub(super) const TENANT: &str = "72f988bf-0000-4000-8000-00000000000a";
pub(super) const CLIENT: &str = "11111111-0000-4000-8000-00000000000b";
pub(super) const OBJECT: &str = "22222222-0000-4000-8000-00000000000c";
/// With characters that a form has to encode.
pub(super) const SECRET: &str = "s3cr~t+/&= canary";
pub(super) const ARM_SCOPE: &str = "https://management.core.windows.net//.default";

pub(super) fn directory() -> Directory {
    Directory {
        tenant: TENANT.to_owned(),
        domain: Some("contoso.onmicrosoft.com".to_owned()),
        applications: vec![Application {
            client_id: CLIENT.to_owned(),
            object_id: OBJECT.to_owned(),
            secret: SECRET.into(),
            state: State::Enabled,
        }],
        resources: known_resources(),
        token_seconds: 3599,
    }
}

pub(super) struct Place {
    pub entra: Entra,
    pub authority: Authority,
    pub tls: std::sync::Arc<rustls::ServerConfig>,
    pub http: Client,
}

pub(super) fn place() -> Place {
    let (authority, tls) = identity(&["localhost"]);
    let http = client(&authority, &[]);
    let signer = Signer::generate().unwrap();
    let entra = Entra::start("127.0.0.1:0", &tls, directory(), signer).unwrap();
    Place {
        entra,
        authority,
        tls,
        http,
    }
}

impl Place {
    pub(super) fn base(&self) -> String {
        format!("https://localhost:{}", self.entra.addr().port())
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(format!("{}{path}", self.base()));
        let answer = answer.send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap())
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let mut body = reqwest::Url::parse("x:/").unwrap();
        body.query_pairs_mut().extend_pairs(form);
        let answer = self
            .http
            .post(format!("{}/{path}", self.base()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.query().unwrap_or_default().to_owned());
        let answer = answer.send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap())
    }

    /// A token of the new endpoint.
    pub(super) fn token(&self, scope: &str) -> String {
        let (status, body) = self.post(&format!("{TENANT}/oauth2/v2.0/token"), &v2(scope));
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

fn v2(scope: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("scope", scope),
    ]
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[test]
fn both_endpoints_give_tokens_that_are_signed_for_one_resource() {
    let place = place();
    let verifier = place.entra.verifier();
    let arm = &["https://management.core.windows.net"];
    let shown = format!("Bearer {}", place.token(ARM_SCOPE));
    let claims = verifier.check(Some(&shown), arm, now()).unwrap();
    assert_eq!(
        (claims.appid.as_str(), claims.oid.as_str()),
        (CLIENT, OBJECT)
    );
    assert_eq!(claims.aud, "https://management.core.windows.net/");
    assert_eq!(claims.exp - claims.iat, 3599);

    let hib = "https://hib.azurehdinsight.net";
    let (status, body) = place.post(
        "contoso.onmicrosoft.com/oauth2/token",
        &[
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("resource", hib),
        ],
    );
    assert_eq!(status, 200, "{body}");
    // numbers are texts there
    assert_eq!(
        (&body["expires_in"], &body["resource"]),
        (&"3599".into(), &hib.into())
    );
    assert!(body["expires_on"].as_str().unwrap().parse::<i64>().unwrap() > now());
    let shown = format!("Bearer {}", body["access_token"].as_str().unwrap());
    assert!(verifier.check(Some(&shown), &[hib], now()).is_ok());
    assert!(matches!(
        verifier.check(Some(&shown), arm, now()),
        Err(TokenFault::Audience(_))
    ));
    // a day later
    assert!(matches!(
        verifier.check(Some(&shown), &[hib], now() + 86_400),
        Err(TokenFault::Expired(_))
    ));
}

#[test]
fn every_way_not_to_get_a_token_has_its_code() {
    let place = place();
    let refused = |path: &str, form: &[(&str, &str)], status: u16, error: &str, code: u32| {
        let (got, body) = place.post(path, form);
        assert_eq!(got, status, "{body}");
        assert_eq!(body["error"], error);
        assert_eq!(body["error_codes"][0], code);
        let words = body["error_description"].as_str().unwrap();
        assert!(words.starts_with(&format!("AADSTS{code}: ")), "{words}");
        assert!(!words.contains("canary"), "{words}");
    };
    let path = format!("{TENANT}/oauth2/v2.0/token");
    let old = format!("{TENANT}/oauth2/token");
    let good = v2(ARM_SCOPE);
    let with = |name: &'static str, value: &'static str| -> Vec<(&str, &str)> {
        let kept = good.iter().copied().filter(|(key, _)| *key != name);
        let added = (!value.is_empty()).then_some((name, value));
        kept.chain(added).collect()
    };
    refused(
        &path,
        &with("client_secret", "wrong"),
        401,
        "invalid_client",
        7_000_215,
    );
    refused(
        &path,
        &with("client_secret", ""),
        401,
        "invalid_client",
        7_000_218,
    );
    refused(
        &path,
        &with("client_id", "nobody"),
        400,
        "unauthorized_client",
        700_016,
    );
    refused(
        &path,
        &with("client_id", ""),
        400,
        "invalid_request",
        900_144,
    );
    refused(
        &path,
        &with("grant_type", "password"),
        400,
        "unsupported_grant_type",
        70_003,
    );
    refused(
        &path,
        &with("grant_type", ""),
        400,
        "invalid_request",
        900_144,
    );
    refused(
        &path,
        &with("scope", "https://management.azure.com"),
        400,
        "invalid_scope",
        1_002_012,
    );
    refused(
        &path,
        &with("scope", "a/.default b/.default"),
        400,
        "invalid_scope",
        70_011,
    );
    refused(
        &path,
        &with("scope", "https://elsewhere/.default"),
        400,
        "invalid_resource",
        500_011,
    );
    refused(
        &path,
        &with("resource", "https://management.azure.com"),
        400,
        "invalid_request",
        901_002,
    );
    refused(&old, &good, 400, "invalid_request", 900_144);
    refused(
        "nowhere/oauth2/v2.0/token",
        &good,
        400,
        "invalid_request",
        90_002,
    );

    let state = |state| {
        place
            .entra
            .change(|directory| directory.applications[0].state = state)
    };
    state(State::Disabled);
    refused(&path, &good, 401, "unauthorized_client", 7_000_112);
    state(State::SecretExpired);
    refused(&path, &good, 401, "invalid_client", 7_000_222);
    state(State::Enabled);
    assert_eq!(place.post(&path, &good).0, 200);
}

#[test]
fn discovery_leads_to_the_token_endpoint_and_the_keys() {
    let place = place();
    let authorize = format!("{}/{TENANT}/oauth2/v2.0/authorize", place.base());
    let (status, found) = place.get(&format!(
        "/common/discovery/instance?api-version=1.1&authorization_endpoint={authorize}"
    ));
    assert_eq!(status, 200);
    let description = format!("/{TENANT}/v2.0/.well-known/openid-configuration");
    assert_eq!(
        found["tenant_discovery_endpoint"],
        format!("{}{description}", place.base())
    );
    let (_, found) = place.get(&description);
    let token = format!("{}/{TENANT}/oauth2/v2.0/token", place.base());
    assert_eq!(found["token_endpoint"], token);
    let keys = found["jwks_uri"].as_str().unwrap();
    let (_, keys) = place.get(keys.strip_prefix(&place.base()).unwrap());
    assert_eq!(keys["keys"][0]["crv"], "P-256");
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);

    let elsewhere = "/common/discovery/instance?authorization_endpoint=https://elsewhere/x";
    assert_eq!(place.get(elsewhere).1["error"], "invalid_instance");
    let unknown = "/nowhere/v2.0/.well-known/openid-configuration";
    assert_eq!(place.get(unknown).0, 400);
}

#[test]
fn a_token_may_be_short_lived_and_the_server_may_fail() {
    let place = place();
    place.entra.change(|directory| directory.token_seconds = 0);
    let shown = format!("Bearer {}", place.token(ARM_SCOPE));
    let checked = place.entra.verifier().check(
        Some(&shown),
        &["https://management.core.windows.net"],
        now(),
    );
    assert!(matches!(checked, Err(TokenFault::Expired(_))));
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let fault = Fault::answer(503, "application/json", "{}").times(1);
    place.entra.server().set_fault(&path, fault);
    assert_eq!(place.post(&path[1..], &v2(ARM_SCOPE)).0, 503);
    assert_eq!(place.post(&path[1..], &v2(ARM_SCOPE)).0, 200);
}
