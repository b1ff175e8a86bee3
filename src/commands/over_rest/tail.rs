//! `tail --via rest`: partition by partition, from offsets.

use super::{as_json, key_of};
use crate::commands::tail::{Line, print};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::rest_proxy::{Client, Partition, ReadRecord};
use anyhow::Context as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Records of one request; the proxy stops at 6 MB by itself.
const COUNT: u32 = 500;
/// Between two rounds over all partitions when there is nothing new.
const PAUSE: Duration = Duration::from_secs(1);

/// What is to be read.
pub struct Wish {
    /// The last ones of the whole topic; none: from `offset` on, or from the end when following.
    pub last: Option<usize>,
    pub partition: Option<i32>,
    pub offset: Option<i64>,
    pub count: Option<usize>,
    pub follow: bool,
}

/// Where reading goes on, and up to where without following.
struct Place {
    partition: i32,
    next: i64,
    end: i64,
}

pub fn run(ctx: &mut Context, topic: &str, wish: &Wish) -> anyhow::Result<Exit> {
    let client = ctx.rest()?;
    let reading = || format!("reading {topic}");
    ctx.stop_on_signals()?;
    let partitions = match wish.partition {
        Some(partition) => client.partition(topic, partition).map(|found| vec![found]),
        None => client.partitions(topic),
    }
    .with_context(reading)?;
    let mut places = places(&partitions, wish);
    let mut left = wish.count.unwrap_or(usize::MAX);

    if let Some(last) = wish.last {
        let mut records = Vec::new();
        for place in &mut places {
            while place.next < place.end && !ctx.stop.load(Ordering::Relaxed) {
                let read = read(&client, topic, place).with_context(reading)?;
                records.extend(read);
            }
        }
        records.sort_by_key(|record| (record.timestamp, record.partition, record.offset));
        let from = records.len().saturating_sub(last);
        for record in &records[from..] {
            if left == 0 {
                return Ok(Exit::Done);
            }
            show(ctx, topic, record)?;
            left -= 1;
        }
    }
    while !ctx.stop.load(Ordering::Relaxed) {
        let mut idle = true;
        for place in &mut places {
            if !wish.follow && place.next >= place.end {
                continue;
            }
            let records = read(&client, topic, place).with_context(reading)?;
            idle &= records.is_empty();
            for record in &records {
                if left == 0 {
                    return Ok(Exit::Done);
                }
                show(ctx, topic, record)?;
                left -= 1;
            }
        }
        if left == 0 || (!wish.follow && places.iter().all(|place| place.next >= place.end)) {
            return Ok(Exit::Done);
        }
        if idle && wish.follow {
            pause(ctx);
        } else if idle {
            // The end that was told is further than what can be read: markers, or records that were deleted meanwhile.
            return Ok(Exit::Done);
        }
    }
    match wish.follow {
        true => Ok(Exit::Done),
        false => Err(Failure::new(Exit::Interrupted, "interrupted").into()),
    }
}

fn places(partitions: &[Partition], wish: &Wish) -> Vec<Place> {
    let place = |found: &Partition| {
        let last = wish
            .last
            .map(|last| i64::try_from(last).unwrap_or(i64::MAX));
        let next = match (wish.offset, last) {
            (Some(offset), _) => offset.max(found.earliest),
            (None, Some(last)) => found.latest.saturating_sub(last).max(found.earliest),
            (None, None) if wish.follow => found.latest,
            (None, None) => found.earliest,
        };
        Place {
            partition: found.id,
            next,
            end: found.latest,
        }
    };
    partitions.iter().map(place).collect()
}

/// The next records; the place moves on, if it does. Without an end in sight that is what came meanwhile.
fn read(
    client: &Client,
    topic: &str,
    place: &mut Place,
) -> Result<Vec<ReadRecord>, crate::rest_proxy::RestError> {
    let read = client.consume(topic, place.partition, place.next, COUNT)?;
    let stuck = read.next <= place.next;
    place.next = read.next;
    if stuck {
        // Nothing there: what is said to come before the end will not come.
        place.end = place.end.min(place.next);
    }
    Ok(read.records)
}

fn show(ctx: &Context, topic: &str, record: &ReadRecord) -> anyhow::Result<()> {
    let timestamp = record
        .timestamp
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    print(
        ctx,
        &Line {
            topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: timestamp.map(|time| format!("{time:.3}")),
            key: key_of(record),
            value: as_json(&record.value),
        },
    )
}

/// Interruptible.
fn pause(ctx: &Context) {
    let steps = 10;
    for _ in 0..steps {
        if ctx.stop.load(Ordering::Relaxed) {
            return;
        }
        std::thread::sleep(PAUSE / steps);
    }
}
