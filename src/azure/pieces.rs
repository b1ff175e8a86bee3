//! What is known of a hub, piece by piece. People have parts of it in several shapes; put together they have to agree.

use super::error::{AzError, plain};
use crate::secret::Secret;

/// Some of what the connectors need to know; each shape brings other parts.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    pub name: Option<String>,
    pub resource_group: Option<String>,
    /// Its id.
    pub subscription: Option<String>,
    /// `myhub.azure-devices.net`
    pub host_name: Option<String>,
    /// `Active` …
    pub state: Option<String>,
    /// `Standard`, `Basic` or `Free`. Only `Standard` and `Free` have messages to devices.
    pub tier: Option<String>,
    /// The Event Hubs-compatible name.
    pub events_path: Option<String>,
    /// `sb://NAMESPACE.servicebus.windows.net/`, whatever it came with cut off.
    pub events_endpoint: Option<String>,
    pub partitions: Option<u32>,
    pub policy: Option<String>,
    /// `ServiceConnect`, `RegistryWrite, ServiceConnect, DeviceConnect` …
    pub rights: Option<String>,
    pub key: Option<Secret>,
}

impl Pieces {
    /// Takes over what `other` has. What both have has to be the same: two hubs mixed up would send one hub's telemetry
    /// with the other's commands. On an error `self` has a part of `other` and is of no use any more.
    pub fn add(&mut self, other: Self) -> Result<(), AzError> {
        let same = |a: &str, b: &str| a == b;
        let names = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        take(&mut self.name, other.name, "name", names)?;
        take(
            &mut self.resource_group,
            other.resource_group,
            "resource group",
            names,
        )?;
        take(
            &mut self.subscription,
            other.subscription,
            "subscription",
            names,
        )?;
        take(&mut self.host_name, other.host_name, "host name", names)?;
        take(&mut self.state, other.state, "state", same)?;
        take(&mut self.tier, other.tier, "tier", same)?;
        take(
            &mut self.events_path,
            other.events_path,
            "Event Hubs-compatible name",
            names,
        )?;
        take(
            &mut self.events_endpoint,
            other.events_endpoint,
            "Event Hubs-compatible endpoint",
            names,
        )?;
        take(&mut self.rights, other.rights, "rights of the policy", same)?;
        take(&mut self.policy, other.policy, "policy", same)?;
        match (self.partitions, other.partitions) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                return Err(two(
                    "number of partitions",
                    &ours.to_string(),
                    &theirs.to_string(),
                ));
            }
            (ours, theirs) => self.partitions = ours.or(theirs),
        }
        match (&self.key, other.key) {
            // Neither is shown.
            (Some(ours), Some(theirs)) if ours.expose() != theirs.expose() => {
                Err(AzError::Differ {
                    what: "key",
                    values: "they are not shown".into(),
                })
            }
            (None, theirs @ Some(_)) => {
                self.key = theirs;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Pieces {
    /// All of it on one line, in shapes that [`super::recognise`] reads: what was pasted in several, to be kept as one
    /// secret. What cannot be said alone (a host name without a key) is left out.
    pub fn to_line(&self) -> Secret {
        let mut parts = Vec::new();
        let mut projected = serde_json::Map::new();
        let texts = [
            ("EventHubCompatibleName", &self.events_path),
            ("EventHubCompatibleEndpoint", &self.events_endpoint),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                projected.insert(name.to_owned(), text.clone().into());
            }
        }
        if let Some(count) = self.partitions {
            projected.insert("Partitions".to_owned(), count.into());
        }
        if !projected.is_empty() {
            parts.push(serde_json::Value::Object(projected).to_string());
        }
        if let Some(key) = &self.key {
            let policy = serde_json::json!({
                "keyName": self.policy, "primaryKey": key.expose(), "rights": self.rights,
            });
            parts.push(policy.to_string());
            if let Some(host) = &self.host_name {
                let policy = self
                    .policy
                    .as_deref()
                    .map(|name| format!("SharedAccessKeyName={name};"));
                let policy = policy.unwrap_or_default();
                parts.push(format!(
                    "HostName={host};{policy}SharedAccessKey={}",
                    key.expose()
                ));
            }
        }
        Secret::new(parts.join(" "))
    }
}

/// IoT Hub's keys are 32 or 64 bytes in base64.
pub(super) fn is_key(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() >= 8
        && text.len() - digits.len() <= 2
        && digits
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
}

/// The text, if it can be a host's full name.
pub(super) fn is_host(text: &str) -> Option<String> {
    let fits = text.contains('.')
        && !text.starts_with(['.', '-'])
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    fits.then(|| text.to_owned())
}

/// A name as it may stand in an error. A key that was pasted into the wrong place is not a name: hidden is what is base64
/// of 40 characters and more, as keys are, and what is base64 to its last `=`.
pub(super) fn shown(name: &str) -> String {
    let long = name.len() >= 40 && !name.contains(['.', '-', '_']);
    match long || (name.ends_with('=') && is_key(name)) || name.contains("SharedAccess") {
        true => "(not shown: it looks like a key)".to_owned(),
        false => plain(name),
    }
}

fn take(
    ours: &mut Option<String>,
    theirs: Option<String>,
    what: &'static str,
    same: impl Fn(&str, &str) -> bool,
) -> Result<(), AzError> {
    match (&ours, theirs) {
        (Some(one), Some(other)) if !same(one, &other) => Err(two(what, one, &other)),
        (None, theirs @ Some(_)) => {
            *ours = theirs;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn two(what: &'static str, one: &str, other: &str) -> AzError {
    AzError::Differ {
        what,
        values: format!("{} and {}", shown(one), shown(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::{Meant, recognise};

    const CANARY: &str = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTAxMjM=";

    #[test]
    fn a_key_in_the_place_of_a_name_is_not_shown() {
        for canary in [
            CANARY,
            &CANARY[..43],
            "Y2FuYXJ5IQ==",
            "x;SharedAccessKey=Y2FuYXJ5",
        ] {
            let of = |policy: &str| Pieces {
                policy: Some(policy.to_owned()),
                ..Pieces::default()
            };
            for (one, other) in [(canary, "service"), ("service", canary)] {
                let mut pieces = of(one);
                let error = pieces.add(of(other)).unwrap_err().to_string();
                assert!(
                    error.contains("service") && !error.contains("Y2Fu"),
                    "{error}"
                );
            }
        }
        let name = "iothub-ehub-myhub-25253805-d44b2a856e-and-more";
        assert_eq!(shown(name), name);
        assert_eq!(shown("myiothub"), "myiothub");
    }

    #[test]
    fn one_line_says_the_same() {
        let text = "{\"EventHubCompatibleName\":\"ehub\",\"EventHubCompatibleEndpoint\":\"sb://ns.servicebus.windows.net/\",\"Partitions\":4}\n\
            HostName=myhub.azure-devices.net;SharedAccessKeyName=service;SharedAccessKey=YWJjZGVmZ2g=\n\
            {\"keyName\":\"service\",\"primaryKey\":\"YWJjZGVmZ2g=\",\"rights\":\"ServiceConnect\"}";
        let told = |pieces: &Pieces| {
            let key = pieces.key.as_ref().map(|key| key.expose().to_owned());
            format!("{pieces:?} {key:?}")
        };
        let whole = recognise(text.as_bytes(), Meant::default()).unwrap();
        let line = whole.to_line();
        assert!(!line.expose().contains('\n'));
        let again = recognise(line.expose().as_bytes(), Meant::default()).unwrap();
        assert_eq!(told(&again), told(&whole));
        for part in ["YWJjZGVmZ2g=", "{\"Partitions\": 2}"] {
            let whole = recognise(part.as_bytes(), Meant::default()).unwrap();
            let again = recognise(whole.to_line().expose().as_bytes(), Meant::default()).unwrap();
            assert_eq!(told(&again), told(&whole));
        }
    }
}
