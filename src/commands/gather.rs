//! Step 2 of the flow: ask Ambari, the edge, the hub and Kafka, side by side, for plain data.

use super::ask_hub;
use crate::context::Context;
use crate::edge::Remote;
use crate::facts::Facts;
use crate::facts::cluster::Cluster;
use crate::facts::edge::{self, Edge, Question};
use crate::facts::health::Health;
use crate::facts::hub;
use crate::facts::jars;
use crate::facts::observe::{self, Expected};
use crate::facts::places::{Connector, sink_group};
use crate::facts::topics::{self, Topics};
use crate::plan::Wanted;
use crate::secret::Secret;
use anyhow::Context as _;
use std::sync::Arc;
use std::thread;

/// All that `setup` knows, and the key that no fact may hold.
pub struct Gathered {
    pub facts: Facts,
    pub key: Secret,
    /// Where the key is from, in words.
    pub key_from: String,
    pub brokers: Vec<String>,
    pub remote: Arc<dyn Remote>,
}

/// Cluster and topics, edge, hub: three ways at once. The node is asked for its way out as soon as the hub's hosts are
/// known; running workers are asked when the node has said that there are some.
pub fn everything(ctx: &Context) -> anyhow::Result<Gathered> {
    ctx.refuse_rest()?;
    let (cluster, edge, jars, hub, reach) = thread::scope(|scope| {
        let cluster = scope.spawn(|| cluster_and_topics(ctx));
        let hub = scope.spawn(|| ask_hub::ask(ctx));
        let remote = ctx.remote();
        let edge = remote.as_ref().ok().map(Arc::clone).map(|remote| {
            scope.spawn(move || {
                let edge = edge::ask(remote.as_ref(), &question(ctx));
                (edge, remote)
            })
        });
        let jars = remote.as_ref().ok().map(|remote| {
            let (remote, home) = (Arc::clone(remote), &ctx.profile.edge.kafka_home);
            scope.spawn(move || jars::ask(remote.as_ref(), home))
        });
        let hub = joined(hub.join());
        let partitions = hub.as_ref().ok().map(|(hub, ..)| hub.partitions);
        let edge = edge.map(|edge| scope.spawn(move || with_health(ctx, edge.join(), partitions)));
        let reach = match (&remote, &hub) {
            (Ok(remote), Ok((hub, ..))) => hub::reach(remote.as_ref(), &hub.hosts())
                .context("asking the edge node for its way out to IoT Hub"),
            // the cause is told below
            _ => Ok(Default::default()),
        };
        let edge = remote.and_then(|remote| match edge.map(|edge| joined(edge.join())) {
            Some(edge) => edge.map(|(edge, health)| (edge, health, remote)),
            None => Err(anyhow::anyhow!(
                "internal error: the edge node was not asked"
            )),
        });
        let jars = jars.map_or_else(|| Ok(Default::default()), |jars| joined(jars.join()));
        (joined(cluster.join()), edge, jars, hub, reach)
    });
    let (cluster, topics, brokers) = cluster?;
    let (edge, health, remote) = edge?;
    let jars = jars?;
    let (mut hub, key, key_from) = hub?;
    hub.reach = reach?;
    Ok(Gathered {
        facts: Facts {
            cluster,
            edge,
            hub,
            topics,
            jars,
            health,
        },
        key,
        key_from,
        brokers,
        remote,
    })
}

/// Looks at the workers as soon as the node has said which ones run. Without a hub nothing is expected of them.
fn with_health(
    ctx: &Context,
    asked: thread::Result<(anyhow::Result<Edge>, Arc<dyn Remote>)>,
    partitions: Option<u32>,
) -> anyhow::Result<(Edge, Vec<Health>)> {
    let (edge, remote) =
        asked.map_err(|_| anyhow::anyhow!("internal error: a thread ended early"))?;
    let edge = edge?;
    let health = partitions.map(|n| observe::both(&remote, &edge, &expected(ctx, &edge, n)));
    Ok((edge, health.unwrap_or_default()))
}

fn cluster_and_topics(ctx: &Context) -> anyhow::Result<(Cluster, Topics, Vec<String>)> {
    let cluster = ctx.cluster()?;
    let brokers = cluster.started()?;
    let settings = ctx.kafka(brokers.clone())?;
    // that is so unless a bridge made by hand has another name, which only the node knows
    let group = sink_group(Connector::Sink.connect_name());
    let topics = topics::ask(&settings, &group, &ctx.profile.topics.commands)
        .context("asking Kafka for its topics")?;
    Ok((cluster, topics, brokers))
}

/// Where the sink stands, when a bridge made by hand has another name or topic than the profile: one more question.
pub fn sink_again(ctx: &Context, gathered: &mut Gathered, wanted: &Wanted) -> anyhow::Result<()> {
    let topic = &wanted.commands_topic;
    let name = wanted.name(Connector::Sink);
    let asked = (Connector::Sink.connect_name(), &ctx.profile.topics.commands);
    if (name, topic) != asked && gathered.facts.topics.topics.contains_key(topic) {
        let settings = ctx.kafka(gathered.brokers.clone())?;
        gathered.facts.topics.sink = topics::sink_position(&settings, &sink_group(name), topic)
            .context("asking Kafka where the sink stands")?;
    }
    Ok(())
}

/// What a healthy bridge of this profile has.
pub fn expected(ctx: &Context, edge: &Edge, partitions: u32) -> Vec<Expected> {
    let profile = &ctx.profile;
    let name = |connector| edge.connect_name(connector, &profile.edge.kafka_home);
    vec![
        Expected {
            connector: Connector::Source,
            name: name(Connector::Source),
            tasks: partitions,
            port: profile.source.rest_port,
        },
        Expected {
            connector: Connector::Sink,
            name: name(Connector::Sink),
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
    ctx.remember_sink(&edge.connect_name(Connector::Sink, &ctx.profile.edge.kafka_home));
    let expected = expected(
        ctx,
        &edge,
        planned_tasks(&edge, &ctx.profile.edge.kafka_home),
    );
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

/// What `facts::edge` has to be told.
pub(super) fn question(ctx: &Context) -> Question<'_> {
    Question {
        kafka_home: &ctx.profile.edge.kafka_home,
        run_user: ctx.profile.edge.run_user.as_deref(),
        source_port: ctx.profile.source.rest_port,
        sink_port: ctx.profile.sink.rest_port,
    }
}

/// A thread of ours that panicked is a bug, and said as one.
pub(super) fn joined<T>(outcome: thread::Result<anyhow::Result<T>>) -> anyhow::Result<T> {
    outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("internal error: a thread ended early")))
}
