//! Why IoT Hub did not do what a device, or whoever keeps its devices, asked.

pub(super) use crate::text::plain;
use crate::transport::{NoAnswer, innermost};
use std::time::Duration;

/// Texts of the hub are stripped of control characters; none holds a key or a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IotHubError {
    #[error("cannot reach {host}: {cause}")]
    Unreachable { host: String, cause: String },
    /// The hub's certificate, or the handshake.
    #[error("{host} cannot be trusted: {cause}")]
    Tls { host: String, cause: String },
    /// 401: a wrong key, or a device that the hub does not have (it does not tell which).
    #[error("{host} does not know device {device} with this key")]
    Credentials { host: String, device: String },
    #[error("{host} has no device {device}")]
    NoSuchDevice { host: String, device: String },
    /// 401 or 403 to a shared access policy; the hub does not tell which of the two it is.
    #[error(
        "{host} does not accept the policy {policy}: its key is wrong, or it lacks the right {right}"
    )]
    Policy {
        host: String,
        policy: String,
        right: &'static str,
    },
    /// 429 or 503. `retry_after` is what the hub asked for.
    #[error("{host} answered {status}: {message}")]
    Throttled {
        host: String,
        status: u16,
        message: String,
        retry_after: Option<Duration>,
    },
    /// The lock of a received message is over or was never there; the hub delivers it again.
    #[error("the message is no longer locked by this device")]
    LockLost,
    /// A key that is no base64, a device id that cannot be one, a CA file that holds no certificate.
    #[error("{0}")]
    Setting(String),
    #[error("{host} answered {status}: {message}")]
    Refused {
        host: String,
        status: u16,
        message: String,
    },
}

impl IotHubError {
    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Throttled { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }

    pub(super) fn transport(host: &str, error: &reqwest::Error) -> Self {
        let host = host.to_owned();
        if error.is_builder() {
            return Self::Setting(innermost(error));
        }
        match NoAnswer::of(error) {
            NoAnswer::Untrusted(cause) => Self::Tls { host, cause },
            NoAnswer::InTime(cause) | NoAnswer::Unreachable(cause) => {
                Self::Unreachable { host, cause }
            }
        }
    }
}
