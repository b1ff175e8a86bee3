//! Bodies that are not what was asked for: Ambari's own errors, and the pages of what stands in front of it.

use super::error::plain;
use serde::Deserialize;

/// What Ambari says when something is wrong: `{"status":404,"message":"…"}`. Its content type is text/plain throughout,
/// so only the body tells.
pub(super) fn ambaris_message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    serde_json::from_slice(body)
        .ok()
        .map(|parsed: Message| plain(&parsed.message))
}

pub(super) fn message(body: &[u8]) -> String {
    ambaris_message(body).unwrap_or_else(|| looks_like(body))
}

/// A few words on a body that is not what it should be.
pub(super) fn looks_like(body: &[u8]) -> String {
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
