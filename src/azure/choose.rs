//! Which of several hubs and policies is meant. Names, groups and subscriptions are shown in errors; keys never.

use super::error::AzError;
use super::model::{hub_of, policy_of};
use super::pieces::{Pieces, shown};
use serde_json::Value;

/// What the person said about the hub and the policy.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meant<'a> {
    pub hub: Option<&'a str>,
    pub resource_group: Option<&'a str>,
    /// Id; a name of it is compared with nothing.
    pub subscription: Option<&'a str>,
    pub policy: Option<&'a str>,
    /// The policy was only assumed: another one that stands alone is taken.
    pub policy_is_default: bool,
}

/// Hubs and policies that were found, as JSON that has not been judged yet: the broken ones among them may not be meant.
#[derive(Default)]
pub(super) struct Candidates {
    pub hubs: Vec<Value>,
    pub policies: Vec<Value>,
}

impl Candidates {
    /// The hub and the policy that are meant, or the only ones. The same one found twice has to say the same.
    pub fn chosen(self, meant: &Meant) -> Result<Pieces, AzError> {
        let mut pieces = Pieces::default();
        let is_meant = |wanted: Option<&str>, known: Option<&str>| match (wanted, known) {
            (Some(wanted), Some(known)) => wanted.eq_ignore_ascii_case(known),
            _ => true,
        };
        let hub = |hub: &Value| {
            let id = meant.subscription.filter(|text| is_id(text));
            is_meant(meant.hub, hub["name"].as_str())
                && is_meant(meant.resource_group, group(hub))
                && is_meant(id, hub["subscriptionid"].as_str())
        };
        for value in one_of("hubs", self.hubs, hub, called)? {
            pieces.add(hub_of(value)?)?;
        }
        let alone = self.policies.len() == 1 && meant.policy_is_default;
        let policy = |policy: &Value| alone || is_meant(meant.policy, policy["keyName"].as_str());
        let name = |policy: &Value| shown(policy["keyName"].as_str().unwrap_or_default());
        for value in one_of("policies", self.policies, policy, name)? {
            pieces.add(policy_of(value)?)?;
        }
        Ok(pieces)
    }
}

impl Meant<'_> {
    /// Whether a connection string of a list can be of the hub and the policy that are meant.
    pub(super) fn takes(&self, string: &Pieces) -> bool {
        let fits = |wanted: Option<&str>, found: Option<&str>| match (wanted, found) {
            (Some(wanted), Some(found)) => wanted.eq_ignore_ascii_case(found),
            _ => true,
        };
        let host = string.host_name.as_deref();
        let hub = host.and_then(|host| host.split('.').next());
        fits(self.hub, hub) && fits(self.policy, string.policy.as_deref())
    }
}

/// All that are the one that is meant: several only if they are the same.
fn one_of(
    what: &'static str,
    found: Vec<Value>,
    is_meant: impl Fn(&Value) -> bool,
    name: impl Fn(&Value) -> String,
) -> Result<Vec<Value>, AzError> {
    let names = |values: &[Value]| {
        let mut names: Vec<String> = values.iter().map(&name).collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        names.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        names
    };
    let all = names(&found);
    let meant: Vec<Value> = found.into_iter().filter(|value| is_meant(value)).collect();
    let known = names(&meant);
    match (meant.is_empty(), known.len()) {
        (true, _) if !all.is_empty() => Err(AzError::NotAmong {
            what,
            known: all.join(", "),
        }),
        (_, 0 | 1) => Ok(meant),
        _ => Err(AzError::Several {
            what,
            known: known.join(", "),
        }),
    }
}

/// `myhub (resource group rg1, subscription …)`
fn called(hub: &Value) -> String {
    let mut place = Vec::new();
    if let Some(group) = group(hub) {
        place.push(format!("resource group {}", shown(group)));
    }
    if let Some(subscription) = hub["subscriptionid"].as_str() {
        place.push(format!("subscription {}", shown(subscription)));
    }
    let name = shown(hub["name"].as_str().unwrap_or("a hub without a name"));
    match place.is_empty() {
        true => name,
        false => format!("{name} ({})", place.join(", ")),
    }
}

fn group(hub: &Value) -> Option<&str> {
    let direct = hub["resourcegroup"]
        .as_str()
        .or(hub["resourceGroup"].as_str());
    // …/resourceGroups/NAME/…
    let in_id = || {
        let mut parts = hub["id"].as_str()?.split('/');
        parts.find(|part| part.eq_ignore_ascii_case("resourceGroups"))?;
        parts.next()
    };
    direct.or_else(in_id)
}

/// A subscription is named by its id or by a name that az knows and the hub does not.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}
