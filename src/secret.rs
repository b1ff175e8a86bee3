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

/// Keys that remote text may hold in the clear, and what ends their value. Connect prints the connector's own settings
/// (`IotHub.AccessKeyValue = …`), a pasted connection string comes back inside a URISyntaxException.
const MARKS: [(&str, &[char]); 7] = [
    (
        "SharedAccessKey=",
        &[';', ' ', '"', '\'', ',', '}', ')', '\n'],
    ),
    (
        "SharedAccessSignature=",
        &[';', ' ', '"', '\'', ',', '}', ')', '\n'],
    ),
    ("IotHub.AccessKeyValue = ", &['\n']),
    ("IotHub.AccessKeyValue=", &['\n']),
    ("IotHub.ConnectionString = ", &['\n']),
    ("IotHub.ConnectionString=", &['\n']),
    ("sig=", &['&', ' ', '"', '\n']),
];

/// Remote text with everything that looks like a key taken out. For logs and traces on their way to a person.
pub fn redact(text: &str) -> String {
    let mut out = text.to_owned();
    for (mark, ends) in MARKS {
        let mut from = 0;
        while let Some(found) = out[from..].find(mark) {
            let start = from + found + mark.len();
            // a reference to a secrets file is not a secret, nor are words about one
            if ["${file:", "(a key in the clear"]
                .iter()
                .any(|calm| out[start..].starts_with(calm))
            {
                from = start;
                continue;
            }
            let end = out[start..]
                .find(ends)
                .map_or(out.len(), |length| start + length);
            out.replace_range(start..end, "(redacted)");
            from = start + "(redacted)".len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Secret, redact};

    #[test]
    fn keys_in_remote_text_are_taken_out() {
        let text = "Illegal character: Endpoint=sb://x/;SharedAccessKeyName=service;SharedAccessKey=abc+/==;EntityPath=e\n\tIotHub.AccessKeyValue = zzz\n\tBatchSize = 5";
        let clean = redact(text);
        assert!(
            !clean.contains("abc+/==") && !clean.contains("zzz"),
            "{clean}"
        );
        assert!(
            clean.contains("SharedAccessKeyName=service")
                && clean.contains("EntityPath=e")
                && clean.contains("BatchSize = 5")
        );
    }

    #[test]
    fn debug_does_not_show_the_value() {
        let secret = Secret::from("hunter2-canary");
        assert!(!format!("{secret:?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2-canary");
    }
}
