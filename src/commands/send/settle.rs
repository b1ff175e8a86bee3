//! What became of messages whose answer got lost: they are looked for in the topic, by their ids. They are never sent again.
//!
//! One that is found is acknowledged: what can be read is on all replicas in sync. One that is not found stays unknown: a
//! broker that was too slow to answer may write it still.

use crate::context::Context;
use crate::iothub::command::message_id_of;
use crate::kafka::consumer::{Range, Tail};
use crate::kafka::group::Group;
use crate::kafka::producer::Place;
use crate::kafka::{KafkaError, Settings};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// From where on a message can be that was sent after this was made.
pub enum Since {
    /// The end of each partition. To be asked for beforehand.
    Ends(BTreeMap<i32, i64>),
    /// Milliseconds since 1970. Costs nothing; only for ids that cannot have been in the topic before.
    Time(i64),
}

/// How long is looked, if `--timeout` is not shorter.
const LOOK_FOR: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// A topic may have its timestamps from the brokers' clocks, which may be behind ours.
const SKEW: Duration = Duration::from_secs(600);
/// Nothing is joined or committed under this name; librdkafka wants one.
const NAME: &str = "hdikafka-send";

impl Since {
    /// Ids that a person gave may have been used before, with the same file, and must not be taken for those of this run.
    pub fn before(
        settings: &Settings,
        topic: &str,
        ids_were_given: bool,
    ) -> Result<Self, KafkaError> {
        if ids_were_given {
            let marks = Group::open(settings, NAME)?.watermarks(topic)?;
            let ends = marks.iter().map(|mark| (mark.partition, mark.high));
            return Ok(Self::Ends(ends.collect()));
        }
        let now = jiff::Timestamp::now().as_millisecond();
        let skew = i64::try_from(SKEW.as_millis()).unwrap_or_default();
        Ok(Self::Time(now - skew))
    }

    fn offsets(&self, group: &Group, topic: &str) -> Result<BTreeMap<i32, i64>, KafkaError> {
        match self {
            Self::Ends(ends) => Ok(ends.clone()),
            Self::Time(time) => Ok(group.offsets_for_time(topic, *time)?.into_iter().collect()),
        }
    }
}

/// Those of `wanted`, by id, that are in the topic. `acknowledged` is the last offset of each partition at which another
/// one of the same run is known to be: a partition keeps the order.
pub fn find<T>(
    ctx: &Context,
    settings: &Settings,
    topic: &str,
    (since, acknowledged): (&Since, &[Option<i64>]),
    mut wanted: HashMap<String, T>,
) -> Vec<(T, Place)> {
    let what = match wanted.len() {
        1 => "1 message was".to_owned(),
        count => format!("{count} messages were"),
    };
    ctx.ui.warn(&format!(
        "it is not known whether {what} written; looking into {topic}"
    ));
    let mut found = Vec::new();
    let mut look = || -> Result<(), KafkaError> {
        let group = Group::open(settings, NAME)?;
        let mut next = since.offsets(&group, topic)?;
        for (partition, last) in (0..).zip(acknowledged) {
            if let (Some(next), Some(last)) = (next.get_mut(&partition), last) {
                *next = (*next).max(last + 1);
            }
        }
        let end = Instant::now() + LOOK_FOR.min(settings.timeout);
        loop {
            let ranges = new_since(&group, topic, &mut next)?;
            if !ranges.is_empty() {
                for record in Tail::between(settings, topic, &ranges)? {
                    let record = record?;
                    let id = record.value.as_deref().and_then(message_id_of);
                    if let Some(known) = id.and_then(|id| wanted.remove(&id)) {
                        let (partition, offset) = (record.partition, record.offset);
                        found.push((known, Place { partition, offset }));
                    }
                }
            }
            if wanted.is_empty() || Instant::now() >= end || ctx.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
    };
    // What could not be looked for stays unknown.
    if let Err(error) = look() {
        ctx.ui
            .warn(&format!("looking into {topic} failed: {error}"));
    }
    found
}

/// What has come since the last look; the next one begins behind it.
fn new_since(
    group: &Group,
    topic: &str,
    next: &mut BTreeMap<i32, i64>,
) -> Result<Vec<Range>, KafkaError> {
    let mut ranges = Vec::new();
    for mark in group.watermarks(topic)? {
        let from = next.insert(mark.partition, mark.high).unwrap_or(mark.low);
        if from < mark.high {
            ranges.push(Range {
                partition: mark.partition,
                from: from.max(mark.low),
                to: mark.high,
            });
        }
    }
    Ok(ranges)
}
