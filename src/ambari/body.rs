//! Bodies that are not what was asked for: Ambari's own errors, and the pages of what stands in front of it.

use super::error::plain;
pub(super) use crate::transport::looks_like;
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
