//! `hdikafka hosts`: brokers, ZooKeeper servers and head nodes, from Ambari.

use crate::context::Context;
use crate::error::Exit;
use crate::facts::cluster::{Cluster, Node};
use crate::profile::SettingsArgs;
use crate::ui::{Cell, Report, Style, Table, Tone};
use serde::Serialize;
use std::io;

/// Show brokers, ZooKeeper servers and head nodes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka hosts --cluster mykafka\n  hdikafka hosts -o json | jq -r .bootstrap_servers"
)]
pub struct Hosts {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Serialize)]
struct Listed {
    cluster: Cluster,
    bootstrap_servers: String,
    zookeeper: String,
}

pub fn run(ctx: &mut Context) -> anyhow::Result<Exit> {
    let cluster = ctx.cluster()?;
    if cluster.is_kerberised() {
        ctx.ui.warn(&format!(
            "{} has the Enterprise Security Package (Kerberos): no other command supports it",
            cluster.name
        ));
    }
    let listed = Listed {
        bootstrap_servers: cluster.bootstrap().join(","),
        zookeeper: cluster.zookeeper().join(","),
        cluster,
    };
    ctx.ui.report(&listed)?;
    Ok(Exit::Done)
}

impl Report for Listed {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let mut table = Table::new(["ROLE", "HOST", "IP", "STATE"]);
        let cluster = &self.cluster;
        for (role, nodes) in [
            ("broker", &cluster.brokers),
            ("zookeeper", &cluster.zookeepers),
            ("head", &cluster.head_nodes),
        ] {
            for Node { host, ip, state } in nodes {
                let tone = if state == "STARTED" || state == "HEALTHY" {
                    Tone::Good
                } else {
                    Tone::Bad
                };
                table.row([
                    Cell::new(role),
                    Cell::new(host),
                    Cell::new(ip),
                    Cell::new(state).tone(tone),
                ]);
            }
        }
        table.write(out, style)
    }
}
