//! `hdikafka device simulate ID`: a device that sends telemetry and prints the commands it gets. Here: the arguments, and
//! as whom it signs in; what it does then is in `at_work`.

mod at_work;
mod event;

use super::later::Later;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::iothub::IotHubError;
use crate::iothub::connection_string;
use crate::iothub::device::{Client, Settings};
use crate::iothub::registry::{self, Registry};
use crate::profile::SettingsArgs;
use anyhow::Context as _;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

/// Simulate a device
#[derive(Debug, clap::Subcommand)]
pub enum Device {
    /// Send telemetry as a device would, and print the commands it gets
    #[command(
        after_help = "Examples:\n  hdikafka device simulate fakepi --policy iothubowner --create\n  hdikafka device simulate fakepi --every 10s --for 5m\n  hdikafka device simulate fakepi --device-connection-string-file device.txt\n  hdikafka device simulate fakepi --no-telemetry --count 1"
    )]
    Simulate(Later<Simulate>),
}

/// Send telemetry as a device would, and print the commands it gets
///
/// Over HTTPS, to any IoT Hub: telemetry in the shape of the web simulator, `Receive message: …` for each command, which
/// is then completed. Signs in with the device's connection string; without one, the hub's policy (--policy) needs the
/// right RegistryRead to fetch the device's key, RegistryWrite for --create, or DeviceConnect to act for the device.
/// Ctrl-C ends it.
#[derive(Debug, clap::Args)]
pub struct Simulate {
    /// The device's id in IoT Hub
    #[arg(value_name = "ID")]
    device: String,
    /// Pause between two telemetry messages
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = every)]
    every: Duration,
    /// End after this many messages; with --no-telemetry, commands
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = lifetime)]
    lifetime: Option<Duration>,
    /// Register the device if the hub does not have it
    #[arg(long)]
    create: bool,
    /// Only receive commands
    #[arg(long)]
    no_telemetry: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Device {
    pub fn settings(&self) -> &SettingsArgs {
        let Self::Simulate(simulate) = self;
        &simulate.settings
    }
}

pub fn run(ctx: &mut Context, args: &Device) -> anyhow::Result<Exit> {
    let Device::Simulate(args) = args;
    crate::iothub::device_id(&args.device).map_err(Failure::usage)?;
    ctx.stop_on_signals()?;
    let client = sign_in(ctx, args)?;
    let mut simulation = at_work::Simulation::new(ctx, args, client);
    let ended = simulation.run();
    simulation.say_the_end()?;
    ended
}

fn every(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_millis(100))
}

fn lifetime(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1))
}

/// `2`, `2s`, `500ms`, `5m 30s`; up to a year.
pub(super) fn duration(text: &str, least: Duration) -> Result<Duration, String> {
    let parsed = match text.parse::<u32>() {
        Ok(seconds) => Some(Duration::from_secs(seconds.into())),
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok()),
    };
    let most = Duration::from_secs(365 * 24 * 3600);
    parsed
        .filter(|duration| (least..=most).contains(duration))
        .ok_or_else(|| format!("a time from {least:?} on, such as 2s or 5m"))
}

/// The device's own key if its connection string is given, else what the hub's policy allows.
fn sign_in(ctx: &Context, args: &Simulate) -> anyhow::Result<Client> {
    let settings = |host_name: String, key| -> anyhow::Result<Settings> {
        Ok(Settings {
            host_name,
            device_id: args.device.clone(),
            key,
            address: address(ctx)?,
            ca_pem: ctx.ca_pem()?,
            timeout: ctx.timeout,
        })
    };
    if let Some(string) = ctx.profile.hub.device_connection_string.resolve()? {
        let device = connection_string::device(&string)
            .map_err(|why| Failure::usage(format!("hub.device_connection_string: {why}")))?;
        if device.device_id != args.device {
            let words = format!(
                "the connection string is for the device {}, not for {}",
                device.device_id, args.device
            );
            return Err(Failure::usage(words).into());
        }
        if args.create {
            let words = "--create needs a policy: a device cannot register itself with its own connection string";
            return Err(Failure::usage(words).into());
        }
        return Ok(Client::new(settings(device.host_name, device.key)?)?);
    }
    let (hub, key, _) = super::ask_hub::ask(ctx)?;
    // Without rights in what az printed it is left to the hub to refuse.
    let has = |right: &str| {
        let rights = hub.rights.as_deref();
        rights.is_none_or(|rights| rights.split(',').any(|one| one.trim() == right))
    };
    let may_read = has("RegistryRead") || has("RegistryWrite");
    if !may_read && has("DeviceConnect") && !args.create {
        return Ok(Client::with_policy(
            settings(hub.host_name, key)?,
            &hub.policy,
        )?);
    }
    let lacks = if args.create && !has("RegistryWrite") {
        Some("RegistryWrite")
    } else {
        (!may_read).then_some("RegistryRead")
    };
    if let Some(right) = lacks {
        return Err(lacking(&hub.policy, right, hub.rights.as_deref()).into());
    }
    let key = key_of_device(ctx, args, &settings(hub.host_name, key)?, &hub.policy)?;
    Ok(Client::new(key)?)
}

fn lacking(policy: &str, right: &str, rights: Option<&str>) -> Failure {
    let has = rights.unwrap_or("no rights that are known");
    let words =
        format!("the policy {policy} cannot fetch the device's key: it has {has}, not {right}");
    Failure::new(Exit::Denied, words)
        .hint(format!("--policy NAME (or --policy-json FILE) of a policy with {right}: iothubowner has all rights"))
        .hint("or the device's own: --device-connection-string-file FILE")
}

/// What the registry says of the device, as its settings. `by_policy` has the policy's key.
fn key_of_device(
    ctx: &Context,
    args: &Simulate,
    by_policy: &Settings,
    policy: &str,
) -> anyhow::Result<Settings> {
    let Settings {
        host_name,
        key,
        address,
        ca_pem,
        timeout,
        ..
    } = by_policy.clone();
    let registry = Registry::new(registry::Settings {
        host_name: host_name.clone(),
        policy: policy.to_owned(),
        key,
        address,
        ca_pem,
        timeout,
    })?;
    let asking = || format!("asking {host_name} for the device {}", args.device);
    let device = match registry.get(&args.device).with_context(asking)? {
        Some(device) => device,
        None if args.create => {
            let device = registry
                .create(&args.device)
                .with_context(|| format!("registering the device {}", args.device))?;
            ctx.ui
                .note(&format!("{} has a new device: {}", host_name, args.device));
            device
        }
        None => {
            return Err(IotHubError::NoSuchDevice {
                host: host_name,
                device: args.device.clone(),
            }
            .into());
        }
    };
    if !device.enabled {
        let words = format!("the device {} is disabled in {host_name}", args.device);
        return Err(Failure::new(Exit::Denied, words).into());
    }
    let Some(key) = device.key else {
        let words = format!(
            "the device {} signs in with a certificate; only shared access keys are simulated",
            args.device
        );
        return Err(Failure::new(Exit::Conflict, words).into());
    };
    Ok(Settings {
        key,
        ..by_policy.clone()
    })
}

/// Where `hub.gateway` leads.
fn address(ctx: &Context) -> anyhow::Result<Option<SocketAddr>> {
    let Some(gateway) = &ctx.profile.hub.gateway else {
        return Ok(None);
    };
    let found = gateway.to_socket_addrs().map(|mut found| found.next());
    match found {
        Ok(Some(address)) => Ok(Some(address)),
        Ok(None) => Err(Failure::new(
            Exit::Unreachable,
            format!("hub.gateway: {gateway} has no address"),
        )
        .into()),
        Err(error) => Err(Failure::new(
            Exit::Unreachable,
            format!("hub.gateway: {gateway}: {error}"),
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_do() {
        for (text, milliseconds) in [
            ("2", 2_000),
            ("2s", 2_000),
            ("500ms", 500),
            ("1m 30s", 90_000),
        ] {
            assert_eq!(
                every(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in ["0", "1ms", "-2s", "soon", "", "2 years"] {
            assert!(every(text).is_err(), "{text}");
        }
        assert!(lifetime("500ms").is_err());
    }
}
