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
