//! A value that must not be printed. Here: the type and nothing else; where a secret comes from is the profile's business.

use secrecy::{ExposeSecret, SecretString};

/// A secret text (a key, a password, a connection string). Wiped from memory when dropped; `Debug` shows only that it
/// is there; there is no `Display` and no `Serialize`, so it cannot reach a log, a diff or a JSON document by accident.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The text itself. Every call is a place to review: the value may go to the peer that it is meant for, into the
    /// 0640 file on the node, and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_does_not_show_the_value() {
        let secret = Secret::from("hunter2-canary");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2-canary");
    }
}
