//! What all our HTTP clients have in common: whom they trust, where they go, and, in words, why a request came to nothing:
//! what lies under the texts that reqwest wraps around it, and what it is that was answered instead.

use crate::text::plain;
use reqwest::blocking::ClientBuilder;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Url};
use std::error::Error;
use std::io;
use std::time::Duration;

/// Nobody waits longer than this for a connection to a server that is there.
const CONNECT: Duration = Duration::from_secs(5);

/// A client that trusts the system's roots and the authorities of `ca_pem`, gives a request this long as a whole, and
/// follows no redirect: a password or a token must not follow one to who knows where. `HTTPS_PROXY` is honoured.
pub fn client(timeout: Duration, ca_pem: Option<&[u8]>) -> Result<ClientBuilder, String> {
    let builder = bare_client()
        .connect_timeout(CONNECT.min(timeout))
        .timeout(timeout);
    let Some(pem) = ca_pem else {
        return Ok(builder);
    };
    let certificates = Certificate::from_pem_bundle(pem).unwrap_or_default();
    match certificates.is_empty() {
        true => Err("the CA file holds no certificate".into()),
        false => Ok(builder.tls_certs_merge(certificates)),
    }
}

/// One that waits as long as it takes. It wants a TLS provider even where no TLS is spoken.
pub fn bare_client() -> ClientBuilder {
    // Whoever installed one first, it is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder().redirect(Policy::none())
}

/// Where a service is that is called `what`.
pub fn base(url: &str, what: &str) -> Result<Url, String> {
    // Not repeated: what stands before the @ may be a password, also in what is no URL.
    if url.contains('@') {
        return Err(format!(
            "the URL of {what} must not hold a user or a password"
        ));
    }
    let wrong = |why: &str| format!("{}: {why}", plain(url));
    let base = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
    match base.scheme() {
        "https" | "http" => Ok(base),
        _ => Err(wrong("not an http or https URL")),
    }
}

/// A resource of it, its segments encoded.
pub fn resource<'a>(base: &Url, path: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // The URL of a host always has a path to extend.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

/// `https://mykafka.azurehdinsight.net`
pub fn at(base: &Url) -> String {
    base.as_str().trim_end_matches('/').to_owned()
}

/// Why a request got no answer, with its cause in words.
pub enum NoAnswer {
    /// The certificate, or the handshake.
    Untrusted(String),
    InTime(String),
    Unreachable(String),
}

impl NoAnswer {
    pub fn of(error: &reqwest::Error) -> Self {
        if let Some(cause) = tls(error) {
            return Self::Untrusted(cause);
        }
        match error.is_timeout() {
            true => Self::InTime("no answer in time".into()),
            false => Self::Unreachable(innermost(error)),
        }
    }
}

/// The innermost cause: the outer texts only repeat that a request failed.
pub fn innermost(error: &reqwest::Error) -> String {
    let text = chain(error).last().map(ToString::to_string);
    let text = text.unwrap_or_default();
    // Where rustls explains a connection that just ended; it is no place that the operator has asked for.
    let words = text.split(": https://docs.rs/").next().unwrap_or_default();
    plain(words)
}

/// What rustls found wrong, if it was rustls.
fn tls(error: &reqwest::Error) -> Option<String> {
    let tls = chain(error).find(|error| error.is::<rustls::Error>())?;
    Some(plain(&tls.to_string()))
}

/// From the outside in. An `io::Error` does not name what it wraps as its source, but the source of that.
fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: Option<&(dyn Error + 'static)> = Some(error);
    std::iter::successors(first, |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| error.source())
    })
}

/// A few words on a body that is not what it should be.
pub fn looks_like(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start();
    if text.is_empty() {
        return "nothing".into();
    }
    if text.starts_with('<') {
        let lower = text.to_ascii_lowercase();
        let title = lower.find("<title>").map(|at| at + 7).and_then(|from| {
            let to = lower[from..].find("</title>")? + from;
            Some(plain(text.get(from..to)?.trim()))
        });
        return match title {
            Some(title) if !title.is_empty() => format!("an HTML page, \"{title}\""),
            _ => "an HTML page".into(),
        };
    }
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return "JSON of another shape".into();
    }
    let start: String = plain(text).chars().take(60).collect();
    format!("\"{start}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_not_repeated() {
        for url in [
            "https://admin:canary@mykafka",
            "ftp://admin:canary@mykafka",
            "https://admin:canary@my kafka:99999",
            "admin:canary@mykafka",
        ] {
            let error = base(url, "Ambari").unwrap_err();
            assert!(error.contains("Ambari must not hold"), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
        let error = base("ftp://mykafka", "Ambari").unwrap_err();
        assert_eq!(error, "ftp://mykafka: not an http or https URL");
    }
}
