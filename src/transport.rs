//! Why an HTTP request came to nothing, in words: what lies under the texts that reqwest wraps around it, and what it is
//! that was answered instead.

use crate::text::plain;
use std::error::Error;
use std::io;

/// The innermost cause: the outer texts only repeat that a request failed.
pub fn innermost(error: &reqwest::Error) -> String {
    let text = chain(error).last().map(ToString::to_string);
    let text = text.unwrap_or_default();
    // Where rustls explains a connection that just ended; it is no place that the operator has asked for.
    let words = text.split(": https://docs.rs/").next().unwrap_or_default();
    plain(words)
}

/// What rustls found wrong, if it was rustls.
pub fn tls(error: &reqwest::Error) -> Option<String> {
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
