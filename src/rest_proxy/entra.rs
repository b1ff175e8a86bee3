//! Entra ID's client credentials: an application's id and secret in, a token out. One POST to the v2 token endpoint.

use super::error::RestError;
use super::model::words;
use super::waiting::Patience;
use crate::secret::Secret;
use crate::text::plain;
use crate::transport::{NoAnswer, looks_like};
use jiff::Timestamp;
use reqwest::blocking::Client as Http;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;
use std::time::Duration;

/// A token answer has about 2 kB.
const BODY_LIMIT: u64 = 256 * 1024;
/// Entra's own errors that pass: a temporary one, a missing partner, a failed service.
const PASSING: [i64; 3] = [90033, 90055, 50000];

/// Who asks for a token, where and for what.
#[derive(Debug, Clone)]
pub struct Application {
    /// `https://login.microsoftonline.com`, without the tenant. Sovereign clouds: `login.microsoftonline.us`,
    /// `login.partner.microsoftonline.cn`.
    pub authority: String,
    /// A GUID or a domain.
    pub tenant: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub scope: String,
}

/// What Entra gave: the token and for how long it is good.
pub(super) struct Granted {
    pub token: Secret,
    pub lifetime: Duration,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    /// A number; the old endpoint writes it as a text.
    expires_in: Option<Value>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<i64>,
}

/// Asks for a token; what passes is asked for again.
pub(super) fn sign_in(http: &Http, application: &Application) -> Result<Granted, RestError> {
    let url = endpoint(application)?;
    let mut patience = Patience::default();
    loop {
        let at = || application.authority.trim_end_matches('/').to_owned();
        let form = form(&[
            ("client_id", &application.client_id),
            ("scope", &application.scope),
            ("client_secret", application.client_secret.expose()),
            ("grant_type", "client_credentials"),
        ]);
        let request = http
            .post(&url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let response = request.send().map_err(|error| no_answer(&error, &at()))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(&response);
        let mut body = Vec::new();
        let read = response.take(BODY_LIMIT).read_to_end(&mut body);
        read.map_err(|error| RestError::Unreachable {
            at: at(),
            cause: plain(&format!("the answer broke off: {error}")),
        })?;
        if status == 200 {
            return granted(&body).ok_or_else(|| RestError::Foreign {
                at: at(),
                status,
                looks_like: looks_like(&body),
            });
        }
        let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
        let passing = matches!(status, 429 | 503)
            || refusal.as_ref().is_some_and(|refusal| {
                refusal
                    .error_codes
                    .iter()
                    .any(|code| PASSING.contains(code))
            });
        if passing {
            match patience.next(retry_after.as_deref(), Timestamp::now()) {
                Some(wait) => std::thread::sleep(wait),
                None => {
                    let waited = patience.waited();
                    return Err(RestError::Busy {
                        at: at(),
                        status,
                        waited,
                    });
                }
            }
            continue;
        }
        return Err(match refusal {
            Some(refusal) => RestError::NoToken {
                at: at(),
                client: plain(&application.client_id),
                error: plain(&refusal.error),
                words: first_sentence(&refusal.error_description),
            },
            None if status >= 500 => RestError::Server {
                at: at(),
                status,
                words: words(&body),
            },
            None => RestError::Foreign {
                at: at(),
                status,
                looks_like: looks_like(&body),
            },
        });
    }
}

fn endpoint(application: &Application) -> Result<String, RestError> {
    let authority = application.authority.trim_end_matches('/');
    let tenant = &application.tenant;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    // Nobody's tenant: an application signs in to its own.
    let shared = ["common", "organizations", "consumers"].contains(&tenant.as_str());
    if shared || tenant.is_empty() || !tenant.chars().all(fits) || tenant.starts_with('.') {
        let words = format!(
            "{:?} is no tenant: its id or its domain is wanted",
            plain(tenant)
        );
        return Err(RestError::Setting(words));
    }
    if !authority.starts_with("https://") {
        let words = "a secret is sent to Entra ID over https only".to_owned();
        return Err(RestError::Setting(words));
    }
    Ok(format!("{authority}/{tenant}/oauth2/v2.0/token"))
}

fn granted(body: &[u8]) -> Option<Granted> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let token = answer.access_token.filter(|token| !token.is_empty())?;
    let seconds = match answer.expires_in? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Some(Granted {
        token: Secret::new(token),
        lifetime: Duration::from_secs(seconds),
    })
}

/// Entra's descriptions go on with ids of the request, line by line.
fn first_sentence(description: &str) -> String {
    let mut lines = description.lines();
    let first = lines.next().unwrap_or_default();
    match first.is_empty() {
        true => "no reason was given".into(),
        false => plain(first),
    }
}

pub(super) fn retry_after(response: &reqwest::blocking::Response) -> Option<String> {
    let value = response.headers().get(reqwest::header::RETRY_AFTER)?;
    value.to_str().ok().map(str::to_owned)
}

/// A request that got no answer.
pub(super) fn no_answer(error: &reqwest::Error, at: &str) -> RestError {
    let at = at.to_owned();
    let cause = match NoAnswer::of(error) {
        NoAnswer::Untrusted(cause) => return RestError::Tls { at, cause },
        NoAnswer::InTime(cause) | NoAnswer::Unreachable(cause) => cause,
    };
    // getaddrinfo's words, in glibc and in musl
    let unknown = [
        "Name or service not known",
        "No address associated",
        "failed to lookup",
    ];
    if unknown.iter().any(|words| cause.contains(words)) {
        let host = at.split("://").nth(1).unwrap_or(&at);
        let host = host.split(['/', ':']).next().unwrap_or(host).to_owned();
        return RestError::NoSuchName { host };
    }
    RestError::Unreachable { at, cause }
}

/// A body of `application/x-www-form-urlencoded`. Held in memory only as long as the request.
fn form(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(key);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    text.push(byte as char);
                }
                byte => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_any_secret() {
        assert_eq!(
            form(&[("a", "x y+&=~"), ("b", "ü")]),
            "a=x%20y%2B%26%3D~&b=%C3%BC"
        );
    }

    #[test]
    fn answers_of_both_endpoints() {
        let new = br#"{"token_type":"Bearer","expires_in":3599,"access_token":"t"}"#;
        let old = br#"{"expires_in":"3599","expires_on":"1","access_token":"t"}"#;
        for body in [&new[..], old] {
            assert_eq!(granted(body).unwrap().lifetime.as_secs(), 3599);
        }
        for body in [
            &br#"{"expires_in":3599}"#[..],
            br#"{"access_token":"","expires_in":3599}"#,
            br#"{"access_token":"t","expires_in":-1}"#,
            b"<html>",
        ] {
            assert!(granted(body).is_none());
        }
    }

    #[test]
    fn a_tenant_cannot_steer_the_url() {
        let application = |tenant: &str| Application {
            authority: "https://login.microsoftonline.com".into(),
            tenant: tenant.into(),
            client_id: "c".into(),
            client_secret: "s".into(),
            scope: "https://hib.azurehdinsight.net/.default".into(),
        };
        for tenant in ["", "common", "../..", "a/b", "a?b", "a@b"] {
            assert!(endpoint(&application(tenant)).is_err(), "{tenant}");
        }
        assert_eq!(
            endpoint(&application("contoso.onmicrosoft.com")).unwrap(),
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
        );
    }
}
