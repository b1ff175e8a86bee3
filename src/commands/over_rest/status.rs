//! What the REST proxy knows of the chain for `status`: the shapes of the topics and the newest telemetry. Groups it does
//! not know.

use crate::context::Context;
use crate::facts::flow::Flow;
use crate::facts::topics::Shape;
use crate::kafka::newest::Newest;
use crate::rest_proxy::{Client, Partition};
use anyhow::Context as _;

pub fn flow(ctx: &Context) -> anyhow::Result<Flow> {
    let client = ctx.rest()?;
    let topics = &ctx.profile.topics;
    let listed = client
        .topics()
        .context("asking the REST proxy for the topics")?;
    let mut flow = Flow::default();
    for name in [&topics.telemetry, &topics.commands] {
        if !listed.contains(name) {
            continue;
        }
        let partitions = client
            .partitions(name)
            .with_context(|| format!("asking the REST proxy for the partitions of {name}"))?;
        let replicas: Vec<usize> = partitions.iter().map(|p| p.replicas.len()).collect();
        let first = replicas.first().copied().unwrap_or_default();
        let same = replicas.iter().all(|count| *count == first);
        let shape = Shape {
            partitions: partitions.len(),
            replication_factor: if same { first } else { 0 },
        };
        flow.shapes.insert(name.clone(), shape);
        if *name == topics.telemetry {
            let newest = newest(&client, name, &partitions)
                .with_context(|| format!("reading the newest record of {name}"))?;
            flow.telemetry = Some(newest);
        }
    }
    Ok(flow)
}

/// The last record of each partition is read.
fn newest(client: &Client, topic: &str, partitions: &[Partition]) -> anyhow::Result<Newest> {
    let mut newest = Newest::default();
    for found in partitions.iter().filter(|p| p.earliest < p.latest) {
        newest.records += found.latest - found.earliest;
        let last = client.consume(topic, found.id, found.latest - 1, 1)?;
        let times = last.records.iter().filter_map(|record| record.timestamp);
        newest.time_ms = newest.time_ms.max(times.max());
    }
    Ok(newest)
}
