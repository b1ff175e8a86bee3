//! What a file is before and after, and how the difference is shown.

use super::secrets::{PLACEHOLDER, STAND_IN};
use crate::facts::edge::{latin1, latin1_bytes};
use crate::properties;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use similar::TextDiff;

/// What a step expects to find. It refuses if the world has changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Before {
    Absent,
    /// Hex.
    Sha256(String),
}

impl Before {
    pub fn of(sha256: Option<&str>) -> Self {
        sha256.map_or(Self::Absent, |sha256| Self::Sha256(sha256.to_owned()))
    }
}

/// New contents of a text file, each byte a char of the same number (Latin-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Not in reports: somebody's own comment may hold a key, and only the diff is cleaned of those.
    #[serde(skip)]
    pub after: String,
    /// A unified diff; the file's own keys are taken out of it.
    pub diff: String,
    /// Of the new contents, in hex: what the diff leaves out is told apart by it.
    #[serde(default)]
    pub sha256: String,
}

impl Change {
    pub fn new(before: Option<&str>, after: String) -> Self {
        let old = hide(before.unwrap_or_default());
        let new = hide(&after);
        let diff = TextDiff::from_lines(old.as_str(), new.as_str())
            .unified_diff()
            .context_radius(1)
            .to_string();
        let sha256 = hex::encode(Sha256::digest(latin1_bytes(&after)));
        Self {
            after,
            diff,
            sha256,
        }
    }

    /// Whether the new contents may be shown as they are: no key in the clear is in them.
    pub fn is_showable(&self) -> bool {
        hide(&self.after) == self.after
    }

    /// `+3 −1 lines`
    pub fn summary(&self) -> String {
        let count = |sign: char| {
            self.diff
                .lines()
                .filter(|line| line.starts_with(sign))
                .count()
        };
        format!("+{} −{} lines", count('+'), count('-'))
    }
}

/// Keys of a properties file whose values are secrets: the connector's, and those of Kafka's own clients.
pub(super) fn is_secret(key: &str) -> bool {
    ["IotHub.AccessKeyValue", "IotHub.ConnectionString"].contains(&key)
        || ["password", "sasl.jaas.config", ".secret", ".user.info"]
            .iter()
            .any(|end| key.ends_with(end))
}

/// Somebody's own key in the clear (a connector file written by hand) must not be shown on its way out.
fn hide(text: &str) -> String {
    let mut bytes = latin1_bytes(text);
    let entries = properties::scan(&bytes).unwrap_or_default();
    for entry in entries.iter().rev().filter(|entry| is_secret(&entry.key())) {
        let value = entry.value();
        if !value.starts_with("${file:")
            && !value.is_empty()
            && ![STAND_IN, PLACEHOLDER].contains(&value.as_str())
        {
            bytes.splice(entry.value_span.clone(), STAND_IN.bytes());
        }
    }
    // and what stands in comments
    crate::secret::redact(&latin1(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_replaced_is_not_shown_in_the_diff() {
        let change = Change::new(
            Some(
                "name=x\nIotHub.AccessKeyValue=canary77\nIotHub.ConnectionString : HostName=h;SharedAccessKey=canary78;\\\n  more=canary79\n#IotHub.AccessKeyValue=canary80\nproducer.sasl.jaas.config=x password\\=canary81\n",
            ),
            "name=x\nIotHub.AccessKeyValue=${file:/etc/f:outer.key}\n".to_owned(),
        );
        assert!(!change.diff.contains("canary"), "{}", change.diff);
        assert!(
            change
                .diff
                .contains("+IotHub.AccessKeyValue=${file:/etc/f:outer.key}")
        );
        assert_eq!(change.summary(), "+1 −4 lines");
        assert!(change.is_showable());
        let kept = Change::new(None, "ssl.keystore.password=canary82\n".to_owned());
        assert!(!kept.is_showable() && !kept.diff.contains("canary"));
    }
}
