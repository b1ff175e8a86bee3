//! Step 2 of the flow: ask Ambari, the edge, the hub and Kafka, side by side, for plain data.

use crate::azure::{self, Az};
use crate::context::Context;
use crate::edge::Remote;
use crate::error::{Exit, Failure};
use crate::facts::Facts;
use crate::facts::cluster::Cluster;
use crate::facts::edge::{self, Edge, Question};
use crate::facts::health::Health;
use crate::facts::hub::{self, Hub};
use crate::facts::observe::{self, Expected};
use crate::facts::places::Connector;
use crate::facts::topics::{self, Topics};
use crate::secret::Secret;
use anyhow::Context as _;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;

/// All that `setup` knows, and the key that no fact may hold.
pub struct Gathered {
    pub facts: Facts,
    pub key: Secret,
    pub brokers: Vec<String>,
    pub remote: Arc<dyn Remote>,
}

/// Cluster and topics, edge, hub: three ways at once. The node is asked for its way out as soon as the hub's hosts are
/// known; running workers are asked when the node has said that there are some.
pub fn everything(ctx: &Context) -> anyhow::Result<Gathered> {
    let (cluster, edge, hub, reach) = thread::scope(|scope| {
        let cluster = scope.spawn(|| cluster_and_topics(ctx));
        let hub = scope.spawn(|| hub(ctx));
        let remote = ctx.remote();
        let edge = remote
            .as_ref()
            .ok()
            .map(Arc::clone)
            .map(|remote| scope.spawn(move || edge::ask(remote.as_ref(), &question(ctx))));
        let hub = joined(hub.join());
        let reach = match (&remote, &hub) {
            (Ok(remote), Ok((hub, _))) => hub::reach(remote.as_ref(), &hub.hosts())
                .context("asking the edge node for its way out to IoT Hub"),
            // the cause is told below
            _ => Ok(Default::default()),
        };
        let edge = remote.and_then(|remote| match edge.map(|edge| joined(edge.join())) {
            Some(edge) => Ok((edge?, remote)),
            None => Err(anyhow::anyhow!(
                "internal error: the edge node was not asked"
            )),
        });
        (joined(cluster.join()), edge, hub, reach)
    });
    let (cluster, topics, brokers) = cluster?;
    let (edge, remote) = edge?;
    let (mut hub, key) = hub?;
    hub.reach = reach?;
    let health = observe::both(&remote, &edge, &expected(ctx, hub.partitions));
    Ok(Gathered {
        facts: Facts {
            cluster,
            edge,
            hub,
            topics,
            health,
        },
        key,
        brokers,
        remote,
    })
}

fn cluster_and_topics(ctx: &Context) -> anyhow::Result<(Cluster, Topics, Vec<String>)> {
    let cluster = ctx.cluster()?;
    let brokers = cluster.started()?;
    let settings = ctx.kafka(brokers.clone())?;
    let topics = topics::ask(&settings, &ctx.profile.topics.commands)
        .context("asking Kafka for its topics")?;
    Ok((cluster, topics, brokers))
}

/// What a healthy bridge of this profile has.
pub fn expected(ctx: &Context, partitions: u32) -> Vec<Expected> {
    let profile = &ctx.profile;
    vec![
        Expected {
            connector: Connector::Source,
            tasks: partitions,
            port: profile.source.rest_port,
        },
        Expected {
            connector: Connector::Sink,
            tasks: 1,
            port: profile.sink.rest_port,
        },
    ]
}

/// The edge alone, with the health of its connectors judged by what its own files plan: no Ambari, no hub.
pub struct EdgeAlone {
    pub edge: Edge,
    pub health: Vec<Health>,
    pub expected: Vec<Expected>,
    pub remote: Arc<dyn Remote>,
}

pub fn edge_alone(ctx: &Context) -> anyhow::Result<EdgeAlone> {
    let remote = ctx.remote()?;
    let edge = edge::ask(remote.as_ref(), &question(ctx))?;
    let expected = expected(ctx, planned_tasks(&edge, &ctx.profile.edge.kafka_home));
    let health = observe::both(&remote, &edge, &expected);
    Ok(EdgeAlone {
        edge,
        health,
        expected,
        remote,
    })
}

/// As many tasks as Connect makes of the source's file: the smaller of `tasks.max` and the hub's partitions.
fn planned_tasks(edge: &Edge, kafka_home: &str) -> u32 {
    let text = edge
        .contents(&Connector::Source.properties_file(kafka_home))
        .unwrap_or_default();
    let values = crate::properties::read(&edge::latin1_bytes(text)).unwrap_or_default();
    let number = |key: &str| {
        values
            .get(key)
            .and_then(|value| value.trim().parse::<u32>().ok())
    };
    match (number("tasks.max"), number("IotHub.Partitions")) {
        (Some(tasks), Some(partitions)) => tasks.min(partitions),
        (tasks, partitions) => tasks.or(partitions).unwrap_or(1),
    }
}

fn question(ctx: &Context) -> Question<'_> {
    Question {
        kafka_home: &ctx.profile.edge.kafka_home,
        run_user: ctx.profile.edge.run_user.as_deref(),
        source_port: ctx.profile.source.rest_port,
        sink_port: ctx.profile.sink.rest_port,
    }
}

/// The hub and the primary key of its policy: from az, or from what az printed.
pub fn hub(ctx: &Context) -> anyhow::Result<(Hub, Secret)> {
    let settings = &ctx.profile.hub;
    let az = Az::default();
    let name = || ctx.required(&settings.name, "hub.name");
    let place = (
        settings.resource_group.as_deref(),
        settings.subscription.as_deref(),
    );
    let (found, policy) = thread::scope(|scope| {
        let policy = scope.spawn(|| match &settings.policy_json {
            Some(path) => parsed(path, azure::parse_policy),
            None => Ok(az.policy(name()?, &settings.policy, place.0, place.1)?),
        });
        let found = match &settings.json {
            Some(path) => parsed(path, azure::parse_hub),
            None => name().and_then(|name| Ok(az.hub(name, place.0, place.1)?)),
        };
        (found, joined(policy.join()))
    });
    let (found, policy) = (
        found.context("asking for the IoT Hub")?,
        policy.context("asking for the policy's key")?,
    );
    let Some(host_name) = found.host_name.clone() else {
        let words =
            "the hub's host name is not known: this is the manual's projection to three keys";
        return Err(Failure::usage(words)
            .hint("give the whole output of `az iot hub show` to --hub-json")
            .into());
    };
    let named = || host_name.split('.').next().unwrap_or_default().to_owned();
    let facts = Hub {
        name: found.name.clone().unwrap_or_else(named),
        host_name: host_name.clone(),
        events_path: found.events_path.clone(),
        events_endpoint: found.events_endpoint.clone(),
        partitions: found.partitions,
        policy: policy
            .name
            .clone()
            .unwrap_or_else(|| settings.policy.clone()),
        rights: policy.rights.clone(),
        reach: Default::default(),
    };
    Ok((facts, policy.primary_key))
}

fn parsed<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, azure::AzError>) -> anyhow::Result<T> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().take(4 << 20).read_to_end(&mut bytes)?;
        ("standard input".to_owned(), bytes)
    } else {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            let exit = if error.kind() == std::io::ErrorKind::NotFound {
                Exit::NotFound
            } else {
                Exit::Failed
            };
            Failure::new(exit, format!("cannot read {name}: {error}"))
        })?;
        (name, bytes)
    };
    parse(&bytes).with_context(|| format!("reading {name}"))
}

/// A thread of ours that panicked is a bug, and said as one.
fn joined<T>(outcome: thread::Result<anyhow::Result<T>>) -> anyhow::Result<T> {
    outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("internal error: a thread ended early")))
}
