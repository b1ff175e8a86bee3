//! `topics list|describe|create --via rest`.

use crate::commands::topics::create::{Created, same_shape};
use crate::commands::topics::{Line, Listed, drift};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::drift::Difference;
use crate::facts::topics::Shape;
use crate::kafka::admin::NewTopic;
use crate::rest_proxy::{self, Broker, Client, Partition};
use crate::ui::{Report, Style, Table};
use anyhow::Context as _;
use serde::Serialize;
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Between two looks at the list; the first ones come sooner.
const LOOK: Duration = Duration::from_secs(5);

/// Names, and the shape of each: the proxy tells of partitions topic by topic.
pub fn list(ctx: &Context, all: bool, check: bool) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let mut names = client
        .topics()
        .context("asking the REST proxy for the topics")?;
    names.retain(|name| all || !name.starts_with("__"));
    let mut topics = Vec::new();
    for name in names {
        let partitions = client
            .partitions(&name)
            .with_context(|| format!("asking the REST proxy for the partitions of {name}"))?;
        let behind = partitions.iter().filter(|p| p.isr.len() < p.replicas.len());
        let shape = shape(&partitions);
        topics.push(Line {
            under_replicated: behind.count(),
            replication_factor: shape.replication_factor,
            partitions: shape.partitions,
            drift: drift::of(ctx, &name, shape),
            name,
        });
    }
    Listed::new(ctx, topics).told(ctx, check)
}

fn shape(partitions: &[Partition]) -> Shape {
    Shape {
        partitions: partitions.len(),
        replication_factor: replication(partitions),
    }
}

fn replication(partitions: &[Partition]) -> usize {
    let first = partitions.first().map_or(0, |p| p.replicas.len());
    match partitions.iter().all(|p| p.replicas.len() == first) {
        true => first,
        false => 0,
    }
}

#[derive(Serialize)]
struct Described {
    topic: String,
    partitions: Vec<Partition>,
    /// Nothing is known of it from one partition alone.
    drift: Vec<Difference>,
}

pub fn describe(
    ctx: &Context,
    topic: &str,
    partition: Option<i32>,
    check: bool,
) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let describing = || format!("describing topic {topic}");
    let whole = partition.is_none() || check;
    let mut partitions = match partition {
        Some(partition) if !whole => client.partition(topic, partition).map(|found| vec![found]),
        _ => client.partitions(topic),
    }
    .with_context(describing)?;
    let drift = match whole {
        true => drift::of(ctx, topic, shape(&partitions)),
        false => Vec::new(),
    };
    if let Some(wanted) = partition {
        partitions.retain(|found| found.id == wanted);
        if partitions.is_empty() {
            let words = format!("topic {topic} has no partition {wanted}");
            return Err(Failure::new(Exit::NotFound, words).into());
        }
    }
    let differs = !drift.is_empty();
    ctx.ui.report(&Described {
        topic: topic.to_owned(),
        partitions,
        drift,
    })?;
    Ok(match check && differs {
        true => Exit::Pending,
        false => Exit::Done,
    })
}

impl Report for Described {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let ids = |brokers: &[Broker]| {
            let ids = brokers.iter().map(|broker| broker.id.to_string());
            ids.collect::<Vec<_>>().join(",")
        };
        let mut table = Table::new([
            "PARTITION",
            "LEADER",
            "REPLICAS",
            "IN SYNC",
            "FIRST",
            "NEXT",
        ]);
        for partition in &self.partitions {
            let leader = partition.leader.as_ref();
            table.row([
                partition.id.to_string(),
                leader.map_or("none".to_owned(), |leader| leader.id.to_string()),
                ids(&partition.replicas),
                ids(&partition.isr),
                partition.earliest.to_string(),
                partition.latest.to_string(),
            ]);
        }
        table.write(out, style)?;
        drift::write(&self.topic, &self.drift, out, style)
    }
}

/// Asks for what is not there yet, then waits until the proxy lists it: it looks at Kafka only now and then.
pub fn create(ctx: &Context, mut wanted: Vec<NewTopic>, wait: Duration) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    ctx.stop_on_signals()?;
    let there = client
        .topics()
        .context("asking the REST proxy for the topics")?;
    let mut in_place = Vec::new();
    for topic in wanted.iter().filter(|topic| there.contains(&topic.name)) {
        let partitions = client
            .partitions(&topic.name)
            .with_context(|| format!("describing topic {}", topic.name))?;
        same_shape(topic, partitions.len(), replication(&partitions))?;
        in_place.push(topic.name.clone());
    }
    wanted.retain(|topic| !in_place.contains(&topic.name));
    let mut created = Vec::new();
    for topic in &wanted {
        let shape = rest_proxy::NewTopic {
            partitions: topic.partitions,
            replication_factor: topic.replication_factor,
            config: topic.config.clone(),
        };
        client
            .create(&topic.name, &shape)
            .with_context(|| format!("creating topic {}", topic.name))?;
        created.push(topic.name.clone());
    }
    let invisible = until_listed(ctx, &client, &created, wait)?;
    if !invisible.is_empty() {
        ctx.ui.warn(&format!(
            "created, but not listed by the REST proxy within {} s: {}. It looks at Kafka only now and then; hdikafka topics list --via rest",
            wait.as_secs(),
            invisible.join(", ")
        ));
    }
    ctx.ui.report(&Created {
        created,
        in_place,
        invisible,
    })?;
    Ok(Exit::Done)
}

/// Those that are not listed when the time is up.
fn until_listed(
    ctx: &Context,
    client: &Client,
    created: &[String],
    wait: Duration,
) -> anyhow::Result<Vec<String>> {
    if created.is_empty() {
        return Ok(Vec::new());
    }
    let end = Instant::now() + wait;
    let waiting = ctx.ui.task("waiting until the REST proxy lists it");
    let mut pause = Duration::from_millis(250);
    loop {
        let listed = client
            .topics()
            .context("asking the REST proxy for the topics")?;
        let missing: Vec<String> = created
            .iter()
            .filter(|name| !listed.contains(name))
            .cloned()
            .collect();
        let left = end.saturating_duration_since(Instant::now());
        if missing.is_empty() || left.is_zero() {
            waiting.done();
            return Ok(missing);
        }
        if ctx.stop.load(Ordering::Relaxed) {
            let words = format!(
                "interrupted: created, not seen in the list: {}",
                missing.join(", ")
            );
            return Err(Failure::new(Exit::Interrupted, words).into());
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(LOOK);
    }
}
