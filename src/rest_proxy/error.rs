//! Why the REST proxy, or Entra ID before it, gave no answer that can be used.

/// Texts from the other side are stripped of control characters; none holds a secret or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Entra ID said no: its own first sentence, with its AADSTS number.
    #[error("{at} gave the application {client} no token ({error}): {words}")]
    NoToken {
        at: String,
        client: String,
        /// OAuth's word for it, such as `invalid_client`.
        error: String,
        words: String,
    },
    /// 401, also with a token that had just been fetched.
    #[error("{at} does not accept the token (401): {words}")]
    Unauthorised { at: String, words: String },
    /// 403. Entra gives a token to every application; whom the proxy lets in is decided by the cluster's security group.
    #[error("{at} does not let this application in (403): {words}")]
    NotAMember { at: String, words: String },
    #[error("{at} does not know {what} (404)")]
    NotFound { at: String, what: String },
    /// 400 and other refusals of one request.
    #[error("{at} refused the request ({status}): {words}")]
    Refused {
        at: String,
        status: u16,
        words: String,
    },
    /// 502 and 504: the public gateway answers, the proxy behind it does not.
    #[error("the gateway {at} answers, the REST proxy behind it does not ({status})")]
    NoProxyBehind { at: String, status: u16 },
    /// 429 and 503, for longer than we wait.
    #[error("{at} asks to come back later ({status}), and did so for {waited} s")]
    Busy {
        at: String,
        status: u16,
        waited: u64,
    },
    #[error("{at} failed ({status}): {words}")]
    Server {
        at: String,
        status: u16,
        words: String,
    },
    /// Something answered that is not the REST proxy (or not Entra ID): a portal, another service.
    #[error("{at} answered {status} with {looks_like}, which the REST proxy never does")]
    Foreign {
        at: String,
        status: u16,
        looks_like: String,
    },
    #[error("the name {host} is not known")]
    NoSuchName { host: String },
    #[error("cannot reach {at}: {cause}")]
    Unreachable { at: String, cause: String },
    #[error("{at} cannot be trusted: {cause}")]
    Tls { at: String, cause: String },
    /// A URL, a tenant or a CA file of the settings.
    #[error("{0}")]
    Setting(String),
}
