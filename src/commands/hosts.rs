//! `hdikafka hosts`: brokers, ZooKeeper servers and head nodes, from Ambari.

use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::cluster::{Cluster, Node};
use crate::profile::SettingsArgs;
use crate::ui::{Cell, Report, Style, Table, Tone};
use serde::Serialize;
use std::io;

/// Show brokers, ZooKeeper servers and head nodes
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  hdikafka hosts --cluster mykafka\n  hdikafka hosts -o json | jq -r .bootstrap_servers\n\nFor scripts, the text alone (started ones only):\n  hdikafka hosts -o bootstrap  # wn0-…:9092,wn1-…:9092\n  hdikafka hosts -o zookeeper  # zk0-…:2181,zk1-…:2181\n  hdikafka hosts -o env        # KAFKABROKERS='…' and KAFKAZKHOSTS='…'"
)]
pub struct Hosts {
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Text for scripts in the place of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// `host:9092,host:9092`
    Bootstrap,
    /// `host:2181,host:2181`
    Zookeeper,
    /// Both as lines of a shell, in the variables of the manual.
    Env,
}

#[derive(Serialize)]
struct Listed {
    cluster: Cluster,
    bootstrap_servers: String,
    zookeeper: String,
}

pub fn run(ctx: &mut Context, plain: Option<Plain>) -> anyhow::Result<Exit> {
    let cluster = ctx.cluster()?;
    if cluster.is_kerberised() {
        ctx.ui.warn(&format!(
            "{} has the Enterprise Security Package (Kerberos): no other command supports it",
            cluster.name
        ));
    }
    if let Some(plain) = plain {
        let text = text(&cluster, plain)?;
        let mut stream = ctx.ui.stream();
        stream.write(text.as_bytes())?;
        stream.flush()?;
        return Ok(Exit::Done);
    }
    let listed = Listed {
        bootstrap_servers: cluster.bootstrap().join(","),
        zookeeper: cluster.zookeeper().join(","),
        cluster,
    };
    ctx.ui.report(&listed)?;
    Ok(Exit::Done)
}

/// What a script gets: never an empty value, which it would take for an answer.
fn text(cluster: &Cluster, plain: Plain) -> anyhow::Result<String> {
    let brokers = || addresses(cluster.started()?);
    let zookeeper = || {
        let started = cluster.zookeeper();
        if started.is_empty() {
            let words = format!("no ZooKeeper server of {} is started", cluster.name);
            return Err(Failure::new(Exit::Unreachable, words).into());
        }
        addresses(started)
    };
    Ok(match plain {
        Plain::Bootstrap => format!("{}\n", brokers()?),
        Plain::Zookeeper => format!("{}\n", zookeeper()?),
        Plain::Env => format!(
            "KAFKABROKERS='{}'\nKAFKAZKHOSTS='{}'\n",
            brokers()?,
            zookeeper()?
        ),
    })
}

/// Names of hosts go into scripts as they are, so what is none goes nowhere.
fn addresses(addresses: Vec<String>) -> anyhow::Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    match addresses.iter().find(|address| !address.chars().all(plain)) {
        Some(strange) => Err(anyhow::anyhow!(
            "Ambari tells of a host whose name is none: {strange:?}"
        )),
        None => Ok(addresses.join(",")),
    }
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
