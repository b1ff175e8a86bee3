//! Why Ambari did not answer as wished.

/// Texts of the server are stripped of control characters.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("{url} does not accept the user {user} with this password (HTTP {status})")]
    Credentials { url: String, user: String, status: u16 },
    #[error("{url}: {message}")]
    NotFound { url: String, message: String },
    #[error("{url} did not answer with JSON (HTTP {status}): {looks_like}")]
    NotJson { url: String, status: u16, looks_like: String },
    #[error("{url} answered HTTP {status}: {message}")]
    Server { url: String, status: u16, message: String },
    #[error("cannot reach {url}: {cause}")]
    Unreachable { url: String, cause: String },
    #[error("{url} cannot be trusted: {cause}")]
    Tls { url: String, cause: String },
    #[error("{0}")]
    Setting(String),
}
