//! How a gateway that is not content with user and password shows it: what it offers instead, and where it sends people.

use super::error::plain;
use reqwest::blocking::Response;
use reqwest::{StatusCode, Url};

/// Entra's pages for people, of the clouds that have HDInsight.
const ENTRA_LOGINS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

/// Basic authentication is not among what a 401 offers, bearer tokens are; or a redirect goes to a login page of Entra's.
/// A 401 without an offer stays one of a wrong password.
pub(super) fn wants_entra(response: &Response) -> bool {
    let (status, headers) = (response.status(), response.headers());
    let offers = |scheme: &str| {
        let offered = headers.get_all(reqwest::header::WWW_AUTHENTICATE);
        offered.iter().any(|value| {
            let challenge = value.to_str().unwrap_or_default().trim_start();
            challenge
                .split([' ', ','])
                .next()
                .is_some_and(|first| first.eq_ignore_ascii_case(scheme))
        })
    };
    if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
        return offers("Bearer") && !offers("Basic");
    }
    let page = status
        .is_redirection()
        .then(|| headers.get(reqwest::header::LOCATION))
        .flatten()
        .and_then(|to| Url::parse(to.to_str().ok()?).ok());
    page.is_some_and(|page| {
        page.host_str()
            .is_some_and(|host| ENTRA_LOGINS.contains(&host))
    })
}

/// Where a redirect goes, in words.
pub(super) fn location(response: &Response) -> Option<String> {
    let to = response
        .headers()
        .get(reqwest::header::LOCATION)?
        .to_str()
        .ok()?;
    // A login page may carry tokens in its query.
    let to = to.split(['?', '#']).next().unwrap_or_default();
    Some(format!("a redirect to {}", plain(to)))
}
