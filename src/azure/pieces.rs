//! What is known of a hub, piece by piece. People have parts of it in several shapes; put together they have to agree.

use super::error::AzError;
use super::model::{Hub, Policy};
use crate::secret::Secret;

/// Some of what the connectors need to know; each shape brings other parts.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    pub name: Option<String>,
    /// `myhub.azure-devices.net`
    pub host_name: Option<String>,
    /// `Active` …
    pub state: Option<String>,
    /// `Standard`, `Basic` or `Free`.
    pub tier: Option<String>,
    /// The Event Hubs-compatible name.
    pub events_path: Option<String>,
    /// `sb://NAMESPACE.servicebus.windows.net/`
    pub events_endpoint: Option<String>,
    pub partitions: Option<u32>,
    pub policy: Option<String>,
    /// `ServiceConnect`, `RegistryWrite, ServiceConnect, DeviceConnect` …
    pub rights: Option<String>,
    pub key: Option<Secret>,
}

impl Pieces {
    /// Takes over what `other` has. What both have has to be the same: two hubs mixed up would send one hub's telemetry
    /// with the other's commands.
    pub fn add(&mut self, other: Self) -> Result<(), AzError> {
        let same = |a: &str, b: &str| a == b;
        let names = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        take(&mut self.name, other.name, "name", names)?;
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
                return Err(two("number of partitions", &ours, &theirs));
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

impl From<Hub> for Pieces {
    fn from(hub: Hub) -> Self {
        Self {
            name: hub.name,
            host_name: hub.host_name,
            state: hub.state,
            tier: hub.tier,
            events_path: Some(hub.events_path),
            events_endpoint: Some(hub.events_endpoint),
            partitions: Some(hub.partitions),
            ..Self::default()
        }
    }
}

impl From<Policy> for Pieces {
    fn from(policy: Policy) -> Self {
        Self {
            policy: policy.name,
            rights: policy.rights,
            key: Some(policy.primary_key),
            ..Self::default()
        }
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

fn two(what: &'static str, one: &dyn std::fmt::Display, other: &dyn std::fmt::Display) -> AzError {
    AzError::Differ {
        what,
        values: format!("{one} and {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Pieces;
    use crate::azure::{Meant, recognise};

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
