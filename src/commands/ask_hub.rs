//! The hub and the key of its policy: from what the profile names, in whatever shape that is, and from az for the rest.

use super::gather::joined;
use crate::azure::{self, Az, AzError, Meant, Pieces, Scope};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::hub::Hub;
use crate::profile::Profile;
use crate::secret::Secret;
use anyhow::Context as _;
use std::io::{self, Read};
use std::path::Path;
use std::thread;

/// More than all that az prints about a subscription's hubs.
const LIMIT: u64 = 4 << 20;

/// The hub, its key, and in words where the key is from.
pub fn ask(ctx: &Context) -> anyhow::Result<(Hub, Secret, String)> {
    let settings = &ctx.profile.hub;
    let mut known = Known::default();
    for path in [&settings.json, &settings.policy_json]
        .into_iter()
        .flatten()
    {
        let (name, bytes) = contents(path)?;
        known.read(&ctx.profile, name, &bytes)?;
    }
    if let Some(information) = settings.information.resolve_text()? {
        let name = settings.information.place();
        known.read(&ctx.profile, name, information.expose().as_bytes())?;
    }
    if known.pieces.partitions.is_none() {
        known.pieces.partitions = settings.partition_count;
    }
    from_az(ctx, &mut known)?;
    usable(&known.pieces)?;
    as_named(&ctx.profile, &known.pieces)?;
    let (facts, key) = whole(known.pieces, &settings.policy)?;
    Ok((
        facts,
        key,
        known.key_from.unwrap_or_else(|| "az".to_owned()),
    ))
}

/// What the sources have told so far.
#[derive(Default)]
struct Known {
    pieces: Pieces,
    /// Each source with what it alone told, to name the two that contradict each other.
    told: Vec<(String, Pieces)>,
    key_from: Option<String>,
}

impl Known {
    fn read(&mut self, profile: &Profile, source: String, bytes: &[u8]) -> anyhow::Result<()> {
        let found =
            azure::recognise(bytes, meant(profile)).with_context(|| format!("reading {source}"))?;
        self.add(source, found)
    }

    fn add(&mut self, source: String, found: Pieces) -> anyhow::Result<()> {
        if let Err(error) = self.pieces.add(found.clone()) {
            let contradicts = |(_, other): &&(String, Pieces)| {
                let mut other = other.clone();
                other.add(found.clone()).is_err()
            };
            let other = self.told.iter().find(contradicts);
            let other = other.map_or("what is known already", |(name, _)| name);
            return Err(error).with_context(|| format!("putting {other} and {source} together"));
        }
        if found.key.is_some() && self.key_from.is_none() {
            self.key_from = Some(source.clone());
        }
        self.told.push((source, found));
        Ok(())
    }
}

/// Of what is said of several hubs or policies, the one of the settings.
pub fn meant(profile: &Profile) -> Meant<'_> {
    let settings = &profile.hub;
    Meant {
        hub: settings.name.as_deref(),
        resource_group: settings.resource_group.as_deref(),
        subscription: settings.subscription.as_deref(),
        policy: Some(&settings.policy),
        policy_is_default: profile.is_default("hub.policy"),
    }
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
        Some(state) if state != "Active" => Err(AzError::Activating { name: name() })
            .with_context(|| format!("the hub says that it is {state}")),
        _ => Ok(()),
    }
}

/// Connection strings have no name of a hub and no list to choose from: what they lead to is held against what was named.
fn as_named(profile: &Profile, known: &Pieces) -> anyhow::Result<()> {
    let settings = &profile.hub;
    let host = known.host_name.as_deref();
    let hub = host.and_then(|host| host.split('.').next());
    let policy = (!profile.is_default("hub.policy")).then_some(settings.policy.as_str());
    for (key, wanted, found) in [
        ("hub.name", settings.name.as_deref(), hub),
        ("hub.policy", policy, known.policy.as_deref()),
    ] {
        if let (Some(wanted), Some(found)) = (wanted, found)
            && !wanted.eq_ignore_ascii_case(found)
        {
            let from = profile.sources.get(key).map(ToString::to_string);
            let from = from.unwrap_or_default();
            let words =
                format!("{key} is {wanted} ({from}), and what is known is of another one: {found}");
            return Err(Failure::usage(words)
                .hint("give information of one hub and one policy only")
                .into());
        }
    }
    Ok(())
}

/// az is asked only for what is not known yet, for both at once.
fn from_az(ctx: &Context, known: &mut Known) -> anyhow::Result<()> {
    let settings = &ctx.profile.hub;
    let pieces = &known.pieces;
    let lacks_hub = pieces.host_name.is_none()
        || pieces.events_path.is_none()
        || pieces.events_endpoint.is_none()
        || pieces.partitions.is_none();
    let given = pieces.host_name.is_some() || pieces.events_endpoint.is_some();
    // A hub that was described in part is looked up only if it was named as well.
    let ask_hub = lacks_hub && (!given || settings.name.is_some());
    let ask_policy = pieces.key.is_none();
    let az = Az::default();
    let name = || match (&settings.name, &pieces.name) {
        (None, Some(known)) => Ok(known),
        (named, _) => ctx.required(named, "hub.name"),
    };
    let scope = Scope {
        resource_group: settings.resource_group.as_deref(),
        subscription: settings.subscription.as_deref(),
    };
    let (hub, policy) = thread::scope(|threads| {
        let policy = ask_policy
            .then(|| threads.spawn(|| Ok(az.policy(name()?, &settings.policy, scope)?)));
        let hub = ask_hub.then(|| name().and_then(|name| Ok(az.hub(name, scope)?)));
        (hub, policy.map(|policy| joined(policy.join())))
    });
    if let Some(hub) = hub {
        known.add("az".to_owned(), hub.context("asking for the IoT Hub")?)?;
    }
    if let Some(policy) = policy {
        let policy = policy.context("asking for the policy's key")?;
        known.add("az".to_owned(), policy)?;
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
    let (name, bytes) = match path == Path::new("-") {
        true => ("standard input".to_owned(), bounded(io::stdin())),
        false => (
            path.display().to_string(),
            std::fs::File::open(path).and_then(bounded),
        ),
    };
    let bytes = bytes.map_err(|error| {
        let exit = match error.kind() {
            io::ErrorKind::NotFound => Exit::NotFound,
            io::ErrorKind::PermissionDenied => Exit::Denied,
            _ => Exit::Usage,
        };
        Failure::new(exit, format!("cannot read {name}: {error}"))
    })?;
    if bytes.len() as u64 > LIMIT {
        let words = format!(
            "{name} is larger than {} MiB: not what az printed about a hub",
            LIMIT >> 20
        );
        return Err(Failure::usage(words).into());
    }
    Ok((name, bytes))
}

/// One byte more than the limit at most, so that the excess is seen.
fn bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
