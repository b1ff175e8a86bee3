//! The hub and the key of its policy: from what the profile names, in whatever shape that is, and from az for the rest.

use super::gather::joined;
use crate::azure::{self, Az, Meant, Pieces};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::hub::Hub;
use crate::secret::Secret;
use anyhow::Context as _;
use std::io::Read as _;
use std::path::Path;
use std::thread;

/// More than all that az prints about a subscription's hubs.
const LIMIT: u64 = 4 << 20;

/// The hub, its key, and in words where the key is from.
pub fn ask(ctx: &Context) -> anyhow::Result<(Hub, Secret, String)> {
    let settings = &ctx.profile.hub;
    let meant = Meant {
        hub: settings.name.as_deref(),
        policy: Some(&settings.policy),
    };
    let mut known = Pieces::default();
    let mut key_from = "az".to_owned();
    for path in [&settings.json, &settings.policy_json]
        .into_iter()
        .flatten()
    {
        let (name, bytes) = contents(path)?;
        let found = azure::recognise(&bytes, meant).with_context(|| format!("reading {name}"))?;
        if known.key.is_none() && found.key.is_some() {
            key_from = name;
        }
        known.add(found)?;
    }
    if let Some(information) = settings.information.resolve()? {
        let found = azure::recognise(information.expose().as_bytes(), meant)
            .context("reading hub.information")?;
        if known.key.is_none() && found.key.is_some() {
            key_from = settings.information.to_string();
        }
        known.add(found)?;
    }
    if known.partitions.is_none() {
        known.partitions = settings.partition_count;
    }
    from_az(ctx, &mut known)?;
    usable(&known)?;
    let (facts, key) = whole(known, &settings.policy)?;
    Ok((facts, key, key_from))
}

/// A hub that cannot be a bridge's end is named before anything is changed.
fn usable(known: &Pieces) -> anyhow::Result<()> {
    let name = || known.name.clone().unwrap_or_default();
    if known.tier.as_deref() == Some("Basic") {
        let words = format!(
            "the hub {} is of the Basic tier, which has no messages to devices",
            name()
        );
        return Err(Failure::new(Exit::Conflict, words)
            .hint("use a hub of the Standard tier (az iot hub update --set sku.name=S1)")
            .into());
    }
    match &known.state {
        Some(state) if state != "Active" => Err(azure::AzError::Activating { name: name() })
            .with_context(|| format!("the hub says that it is {state}")),
        _ => Ok(()),
    }
}

/// az is asked only for what is not known yet, for both at once.
fn from_az(ctx: &Context, known: &mut Pieces) -> anyhow::Result<()> {
    let settings = &ctx.profile.hub;
    let lacks_hub = known.host_name.is_none()
        || known.events_path.is_none()
        || known.events_endpoint.is_none()
        || known.partitions.is_none();
    let given = known.host_name.is_some() || known.events_endpoint.is_some();
    // A hub that was described in part is looked up only if it was named as well.
    let ask_hub = lacks_hub && (!given || settings.name.is_some());
    let az = Az::default();
    let name = || ctx.required(&settings.name, "hub.name");
    let place = (
        settings.resource_group.as_deref(),
        settings.subscription.as_deref(),
    );
    let (hub, policy) = thread::scope(|scope| {
        let policy = known
            .key
            .is_none()
            .then(|| scope.spawn(|| Ok(az.policy(name()?, &settings.policy, place.0, place.1)?)));
        let hub = ask_hub.then(|| name().and_then(|name| Ok(az.hub(name, place.0, place.1)?)));
        (hub, policy.map(|policy| joined(policy.join())))
    });
    if let Some(hub) = hub {
        known.add(hub.context("asking for the IoT Hub")?.into())?;
    }
    if let Some(policy) = policy {
        known.add(policy.context("asking for the policy's key")?.into())?;
    }
    Ok(())
}

/// All that the connectors need, or in words what is not known.
fn whole(known: Pieces, policy: &str) -> anyhow::Result<(Hub, Secret)> {
    let lacking = |what: &str, hint: &str| {
        Failure::usage(format!("the hub's {what} is not known")).hint(hint)
    };
    let whole = "give the whole output of `az iot hub show` to --hub-json";
    let host_name = known.host_name.ok_or_else(|| lacking("host name", whole))?;
    let name = host_name.split('.').next().unwrap_or_default().to_owned();
    let endpoint = known
        .events_endpoint
        .ok_or_else(|| lacking("Event Hubs-compatible endpoint", whole))?;
    let path = known
        .events_path
        .ok_or_else(|| lacking("Event Hubs-compatible name", whole))?;
    let partitions = known
        .partitions
        .ok_or_else(|| lacking("number of partitions", "--hub-partitions N"))?;
    let key = known.key.ok_or_else(|| {
        lacking(
            "key",
            "give the output of `az iot hub policy show` to --policy-json",
        )
    })?;
    let facts = Hub {
        name: known.name.unwrap_or(name),
        host_name,
        events_path: path,
        events_endpoint: endpoint,
        partitions,
        policy: known.policy.unwrap_or_else(|| policy.to_owned()),
        rights: known.rights,
        reach: Default::default(),
    };
    Ok((facts, key))
}

fn contents(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().take(LIMIT).read_to_end(&mut bytes)?;
        return Ok(("standard input".to_owned(), bytes));
    }
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("cannot read {name}: {error}"))
    })?;
    Ok((name, bytes))
}
