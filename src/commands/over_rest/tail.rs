//! `tail --via rest`: partition by partition, from offsets. The proxy knows neither times to begin at nor headers.

use crate::commands::tail::form::{Form, Letter, Piece};
use crate::commands::tail::{Printer, Request};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::consumer::{End, Range, Start};
use crate::kafka::lookback::LookBack;
use crate::kafka::view::View;
use crate::rest_proxy::{Client, Partition, ReadRecord};
use anyhow::Context as _;
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Records of one request; the proxy stops at 6 MB by itself.
const COUNT: u32 = 500;
/// Between two rounds over all partitions when there is nothing new.
const PAUSE: Duration = Duration::from_secs(1);

/// Where reading goes on, and up to where without following.
struct Place {
    partition: i32,
    next: i64,
    end: i64,
}

/// A record as bytes, which is what it is in Kafka.
struct Own {
    partition: i32,
    offset: i64,
    timestamp_ms: Option<i64>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
}

pub fn run(ctx: &mut Context, request: &Request) -> anyhow::Result<Exit> {
    within_its_reach(request)?;
    let client = ctx.rest()?;
    let topic = &request.topic;
    ctx.stop_on_signals()?;
    let partitions = match request.partition {
        Some(partition) => client.partition(topic, partition).map(|found| vec![found]),
        None => client.partitions(topic),
    }
    .with_context(|| format!("reading {topic}"))?;
    let mut places = places(&partitions, request);
    let mut printer = Printer::new(ctx, request);
    let reading = Reading {
        ctx,
        client: &client,
        request,
    };
    let ended = reading.run(&mut places, &partitions, &mut printer);
    // What was read before it went wrong is shown.
    let flushed = printer.flush();
    let ended = ended?;
    flushed?;
    let next: Vec<(i32, i64)> = places.iter().map(|at| (at.partition, at.next)).collect();
    printer.say_how_far(&next);
    match ended {
        Exit::Interrupted => Err(Failure::new(Exit::Interrupted, "interrupted").into()),
        ended => Ok(ended),
    }
}

/// Refused before anybody is contacted.
fn within_its_reach(request: &Request) -> Result<(), Failure> {
    let timed = matches!(request.extent.start, Start::Since(_))
        || matches!(request.extent.end, End::Until(_));
    let headers = match &request.form {
        Form::Pattern(pieces) => pieces.contains(&Piece::Letter(Letter::Headers)),
        _ => false,
    };
    let words = match (timed, headers) {
        (true, _) => {
            "--since and --until are not over rest: the REST proxy finds no offset by time"
        }
        (_, true) => "%h is not over rest: the REST proxy gives no headers",
        _ => return Ok(()),
    };
    Err(Failure::usage(words).hint("use tunnel: --via tunnel"))
}

fn places(partitions: &[Partition], request: &Request) -> Vec<Place> {
    let place = |found: &Partition| Place {
        partition: found.id,
        next: match request.extent.start {
            Start::At(offset) => offset.max(found.earliest),
            Start::Earliest | Start::Since(_) => found.earliest,
            // The last ones are read by themselves.
            Start::Latest | Start::Last(_) => found.latest,
        },
        end: found.latest,
    };
    partitions.iter().map(place).collect()
}

struct Reading<'a> {
    ctx: &'a Context,
    client: &'a Client,
    request: &'a Request,
}

impl Reading<'_> {
    fn run(
        &self,
        places: &mut [Place],
        partitions: &[Partition],
        printer: &mut Printer<'_>,
    ) -> anyhow::Result<Exit> {
        if let Start::Last(count) = self.request.extent.start {
            for record in self.last(partitions, count)? {
                printer.show(&record.view(&self.request.topic))?;
            }
        }
        let follow = self.request.extent.end == End::Follow;
        while printer.wants_more() && !self.stopped() {
            let mut idle = true;
            for place in places.iter_mut() {
                if !printer.wants_more() || (!follow && place.next >= place.end) {
                    continue;
                }
                let records = self.read(place, COUNT)?;
                idle &= records.is_empty();
                for record in &records {
                    let view = record.view(&self.request.topic);
                    let before = follow || record.offset < place.end;
                    if before && printer.wants_more() && self.request.pick.fits(&view) {
                        printer.show(&view)?;
                    }
                    if !printer.wants_more() {
                        place.next = record.offset + 1;
                        break;
                    }
                }
            }
            if !follow && places.iter().all(|place| place.next >= place.end) {
                return Ok(Exit::Done);
            }
            if idle && follow {
                printer.flush()?;
                self.pause();
            } else if idle {
                // The end that was told is further than what can be read: markers, or records deleted meanwhile.
                return Ok(Exit::Done);
            }
        }
        Ok(match follow || !printer.wants_more() {
            true => Exit::Done,
            false => Exit::Interrupted,
        })
    }

    /// The last records that count.
    fn last(&self, partitions: &[Partition], count: usize) -> anyhow::Result<Vec<Own>> {
        let range = |found: &Partition| Range {
            partition: found.id,
            from: found.earliest,
            to: found.latest,
        };
        let ranges: Vec<Range> = partitions.iter().map(range).collect();
        let mut back = LookBack::new(&ranges, count, !self.request.pick.is_any());
        loop {
            let ranges = back.next_ranges();
            if ranges.is_empty() {
                return Ok(back.finish().collect());
            }
            for range in ranges {
                let mut place = Place {
                    partition: range.partition,
                    next: range.from,
                    end: range.to,
                };
                while place.next < place.end && !self.stopped() {
                    let left = u32::try_from(place.end - place.next).unwrap_or(COUNT);
                    for record in self.read(&mut place, left.min(COUNT))? {
                        let Own {
                            partition,
                            offset,
                            timestamp_ms,
                            ..
                        } = record;
                        back.saw(partition, timestamp_ms);
                        if offset < range.to && self.request.pick.fits(&record.view("")) {
                            back.keep(partition, offset, timestamp_ms, record);
                        }
                    }
                }
            }
            if self.stopped() {
                return Ok(Vec::new());
            }
        }
    }

    /// The next records; the place moves on, if it does. Without an end in sight that is what came meanwhile.
    fn read(&self, place: &mut Place, count: u32) -> anyhow::Result<Vec<Own>> {
        let topic = &self.request.topic;
        let read = self
            .client
            .consume(topic, place.partition, place.next, count)
            .with_context(|| format!("reading {topic}"))?;
        let stuck = read.next <= place.next;
        place.next = read.next;
        if stuck {
            // Nothing there: what is said to come before the end will not come.
            place.end = place.end.min(place.next);
        }
        Ok(read.records.into_iter().map(Own::of).collect())
    }

    fn stopped(&self) -> bool {
        self.ctx.stop.load(Ordering::Relaxed)
    }

    /// Interruptible.
    fn pause(&self) {
        let steps = 10;
        for _ in 0..steps {
            if self.stopped() {
                return;
            }
            std::thread::sleep(PAUSE / steps);
        }
    }
}

impl Own {
    /// What was written as JSON may come back as JSON or as its text.
    fn of(record: ReadRecord) -> Self {
        let bytes = |value: Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.into_bytes()),
            value => Some(value.to_string().into_bytes()),
        };
        Self {
            partition: record.partition,
            offset: record.offset,
            timestamp_ms: record.timestamp,
            key: record.key.and_then(bytes),
            value: bytes(record.value),
        }
    }

    fn view<'a>(&'a self, topic: &'a str) -> View<'a> {
        View::new(
            topic,
            (self.partition, self.offset),
            self.timestamp_ms,
            self.key.as_deref(),
            self.value.as_deref(),
        )
    }
}
