//! Why Ambari gave no answer that can be used.

pub(super) use crate::text::plain;
pub(super) use crate::transport::innermost;

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
    /// A gateway whose basic login is off: it wants a bearer token, or sends to Entra's page for people.
    #[error("{at} takes logins of Microsoft Entra ID only, which is not supported")]
    EntraOnly { at: String },
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
