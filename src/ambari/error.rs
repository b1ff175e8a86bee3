//! Why Ambari gave no answer that can be used.

use std::error::Error;
use std::io;

/// Texts from the other side are stripped of control characters; none holds the password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmbariError {
    /// 401 (gateway) or 403 (Ambari itself). Asked once only: repeated failures lock an account.
    #[error("{at} did not accept the user and password ({status}: {message})")]
    Credentials {
        at: String,
        status: u16,
        message: String,
    },
    #[error("{at}: {message}")]
    NotFound { at: String, message: String },
    /// Something answered that is not Ambari: a gateway's page, a proxy, a portal.
    #[error("{at} answered {status} with {looks_like}, not with Ambari's JSON")]
    NotJson {
        at: String,
        status: u16,
        looks_like: String,
    },
    #[error("{at} answered {status}: {message}")]
    Server {
        at: String,
        status: u16,
        message: String,
    },
    #[error("cannot reach {at}: {cause}")]
    Unreachable { at: String, cause: String },
    #[error("{at} cannot be trusted: {cause}")]
    Tls { at: String, cause: String },
    /// A URL or a CA file of the settings.
    #[error("{0}")]
    Setting(String),
}

/// The outer texts only repeat that a request failed.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    plain(
        &chain(error)
            .last()
            .map(ToString::to_string)
            .unwrap_or_default(),
    )
}

/// What rustls found wrong, if it was rustls.
pub(super) fn tls(error: &reqwest::Error) -> Option<String> {
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

pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(500).collect()
}
