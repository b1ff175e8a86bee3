//! `hdikafka hub show`: what the connectors need to know of the IoT Hub.

use super::later::Later;
use crate::context::{Context, names};
use crate::error::Exit;
use crate::facts::hub::{AMQPS_PORT, Hub as Facts};
use crate::iothub::connection_string;
use crate::profile::SettingsArgs;
use crate::ui::{Report, Style, Table};
use serde::Serialize;
use std::io;

/// What the connectors need to know of the IoT Hub
#[derive(Debug, clap::Subcommand)]
pub enum Hub {
    /// Show endpoint, name, partitions and policy
    #[command(
        after_help = "Examples:\n  hdikafka hub show --hub myhub\n  hdikafka hub show --hub-json hub.json --policy-json policy.json --reveal"
    )]
    Show(Later<Show>),
}

#[derive(Debug, clap::Args)]
pub struct Show {
    /// Print the service connection string too
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Hub {
    pub fn settings(&self) -> &SettingsArgs {
        let Self::Show(show) = self;
        &show.settings
    }
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    hub: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_string: Option<String>,
}

pub fn run(ctx: &mut Context, args: &Hub) -> anyhow::Result<Exit> {
    let Hub::Show(args) = args;
    let (hub, key, _) = super::ask_hub::ask(ctx)?;
    names::learn(names::Kind::Hub, [hub.name.as_str()]);
    let revealed = || {
        connection_string::service(&hub.host_name, &hub.policy, &key)
            .expose()
            .to_owned()
    };
    let connection_string = args.reveal.then(revealed);
    ctx.ui.report(&Shown {
        hub,
        connection_string,
    })?;
    Ok(Exit::Done)
}

impl Report for Shown {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let hub = &self.hub;
        let mut table = Table::new(["SETTING", "VALUE"]);
        table
            .row(["hub", &hub.name])
            .row(["host name", &hub.host_name])
            .row(["Event Hubs-compatible name", &hub.events_path])
            .row(["Event Hubs-compatible endpoint", &hub.events_endpoint])
            .row(["partitions", &hub.partitions.to_string()])
            .row(["policy", &hub.policy])
            .row(["rights", hub.rights.as_deref().unwrap_or("not known")])
            .row([
                "port",
                &format!("{AMQPS_PORT} (AMQP over TLS, from the edge node)"),
            ]);
        if let Some(connection_string) = &self.connection_string {
            table.row(["connection string", connection_string]);
        }
        table.write(out, style)
    }
}
