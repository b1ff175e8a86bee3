//! What is wanted of a topic: from where to where, and which records count.

use crate::kafka::error::KafkaError;
use crate::kafka::session::{Session, Watermarks};
use crate::kafka::view::View;
use std::collections::BTreeMap;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The last n records before the end, by their timestamps.
    Last(usize),
    Earliest,
    /// From this offset of each partition on, or from the first that is there.
    At(i64),
    /// In each partition from the first record of this time (milliseconds since 1970) or later.
    Since(i64),
    /// What comes from now on.
    Latest,
}

/// Where to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the offsets that were the next ones when the reading began.
    Now,
    /// There, or in each partition before the first record of this time (milliseconds since 1970) or later: what comes
    /// after it is not read, even if its own time is an earlier one.
    Until(i64),
    /// Never.
    Follow,
}

/// Which records count.
pub type Only = Box<dyn Fn(&View<'_>) -> bool>;

/// What is to be read of a topic.
pub struct Wish {
    /// One partition only.
    pub partition: Option<i32>,
    pub start: Start,
    pub end: End,
    /// The others are passed over; [`Start::Last`] does not count them either.
    pub only: Option<Only>,
}

impl Wish {
    pub fn new(start: Start, end: End) -> Self {
        Self {
            partition: None,
            start,
            end,
            only: None,
        }
    }

    /// Of each partition what lies between start and end; for the last ones all before the end.
    pub(super) fn ranges(
        &self,
        session: &Session,
        topic: &str,
        marks: &[Watermarks],
    ) -> Result<Vec<Range>, KafkaError> {
        let at = |time_ms| session.offsets_for_time(topic, marks, time_ms);
        let since = match self.start {
            Start::Since(time_ms) => at(time_ms)?,
            _ => BTreeMap::new(),
        };
        let until = match self.end {
            End::Until(time_ms) => at(time_ms)?,
            _ => BTreeMap::new(),
        };
        let range = |marks: &Watermarks| {
            let to = until.get(&marks.partition).copied().unwrap_or(marks.high);
            let from = match self.start {
                Start::Last(_) | Start::Earliest => marks.low,
                Start::At(offset) => offset.clamp(marks.low, marks.high),
                Start::Since(_) => since.get(&marks.partition).copied().unwrap_or(marks.low),
                Start::Latest => marks.high,
            };
            Range {
                partition: marks.partition,
                from: from.min(to),
                to,
            }
        };
        Ok(marks.iter().map(range).collect())
    }
}

/// A part of a partition: from an offset up to, and without, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub partition: i32,
    pub from: i64,
    pub to: i64,
}
