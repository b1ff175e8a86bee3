//! Who forwards what was sent: whether the sink runs, and whether it has come past a message.

use crate::commands::gather::{self, EdgeAlone};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::facts::health::Verdict;
use crate::facts::places::Connector;
use crate::kafka::Settings;
use crate::kafka::group::Group;
use anyhow::Context as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const STATUS: &str = "hdikafka connector status sink";
/// Between two looks at the group's position.
const PAUSE: Duration = Duration::from_millis(250);

/// `--check`: a word when nobody would forward a message now. It takes an edge node; without one that is said.
pub fn check(ctx: &Context) {
    let sink = |alone: EdgeAlone| {
        let mut all = alone.health.into_iter();
        all.find(|health| health.connector == Connector::Sink)
            .context("it says nothing of the sink")
    };
    match gather::edge_alone(ctx).and_then(sink) {
        Ok(health) if matches!(health.verdict, Verdict::Healthy | Verdict::Starting) => {
            ctx.ui.detail("the sink runs");
        }
        Ok(health) => ctx.ui.warn(&format!(
            "the sink is {}: what is sent waits in {} until it runs ({STATUS})",
            health.verdict.word(),
            ctx.profile.topics.commands
        )),
        Err(error) => ctx.ui.warn(&format!(
            "whether the sink runs is told by the edge node only, and it could not be asked: {error:#}"
        )),
    }
}

/// `--wait`: until the sink's group has passed these offsets. `ends` is by partition the last that was written.
pub fn until_passed(
    ctx: &Context,
    settings: &Settings,
    topic: &str,
    ends: &[Option<i64>],
    wait: Duration,
) -> anyhow::Result<()> {
    let name = ctx.sink_group();
    let asking = || format!("asking Kafka for the position of {name}");
    let end = Instant::now() + wait;
    let group = Group::open(settings, &name).with_context(asking)?;
    let progress = ctx.ui.task("waiting for the sink");
    loop {
        let committed = group.committed(topic).with_context(asking)?;
        // A group's position is the offset that it reads next.
        let behind = (0..).zip(ends).find_map(|(partition, last)| {
            let position = committed.get(&partition).copied().flatten();
            last.filter(|last| position.is_none_or(|position| position <= *last))
                .map(|last| format!("{topic}-{partition}@{last}"))
        });
        let Some(behind) = behind else {
            progress.done();
            return Ok(());
        };
        if ctx.stop.load(Ordering::Relaxed) {
            let words = format!("interrupted: the sink has not passed {behind} yet");
            return Err(Failure::new(Exit::Interrupted, words).into());
        }
        if Instant::now() >= end {
            progress.failed();
            let words =
                format!("acknowledged, but the sink has not passed {behind} within {wait:?}");
            let idle = group.describe().with_context(asking)?.members.is_empty();
            return Err(match idle {
                true => Failure::new(Exit::Unhealthy, format!("{words}: it does not run")),
                false => Failure::new(Exit::Failed, words),
            }
            .hint(STATUS)
            .into());
        }
        let left = end.saturating_duration_since(Instant::now());
        std::thread::sleep(PAUSE.min(left));
    }
}
