//! Records in few requests; and where an answer got lost, a look into the topic instead of a second try. The proxy says of
//! no record where it is, so it is told by its key and value.

use super::{as_json, key_of};
use crate::commands::tally::Tally;
use crate::context::Context;
use crate::rest_proxy::{Batch, Client, Partition, ProduceError, WriteRecord};
use anyhow::Context as _;
use serde_json::Value;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long records whose answer got lost are looked for, if `--timeout` is not shorter.
const LOOK_FOR: Duration = Duration::from_secs(10);
/// Records of one read.
const COUNT: u32 = 1000;
/// After so many requests it is asked anew where the topic ends: what would have to be looked through is bounded.
const RENEW: usize = 20;

/// A topic that is written to. `T` is what the caller knows a record by.
pub struct Requests<'a, T> {
    ctx: &'a Context,
    client: &'a Client,
    topic: &'a str,
    batch: Batch,
    /// The line and the content of each record of the batch.
    records: Vec<(u64, Content, T)>,
    /// Where the topic ended, and what was written since.
    before: Vec<Partition>,
    written: Vec<Content>,
    keys: [RandomState; 2],
    pub tally: Tally,
    /// Acknowledged, for the caller to take away.
    pub acknowledged: Vec<T>,
    pub requests: usize,
    /// Records of requests whose answer got lost, and that were found.
    pub found: usize,
}

/// A hash of key and value. Records of equal content count as often as they are there.
type Content = [u64; 2];

impl<'a, T> Requests<'a, T> {
    /// Asks where the topic ends; and whether it is there at all, before anything is written.
    pub fn open(ctx: &'a Context, client: &'a Client, topic: &'a str) -> anyhow::Result<Self> {
        let before = client
            .partitions(topic)
            .with_context(|| format!("asking the REST proxy for topic {topic}"))?;
        Ok(Self {
            ctx,
            client,
            topic,
            batch: Batch::default(),
            records: Vec::new(),
            before,
            written: Vec::new(),
            keys: [RandomState::new(), RandomState::new()],
            tally: Tally::default(),
            acknowledged: Vec::new(),
            requests: 0,
            found: 0,
        })
    }

    /// Takes a record in. What there is by then is written first, if there is no room for it. False if it is not going to
    /// be sent any more.
    pub fn push(&mut self, line: u64, record: &WriteRecord, about: T) -> anyhow::Result<bool> {
        if self.ends() {
            return Ok(self.leave(line));
        }
        if !self.batch.add(record)? {
            self.write();
            if self.ends() {
                return Ok(self.leave(line));
            }
            self.batch.add(record)?;
        }
        let content = self.content(record.key.as_deref(), &record.value);
        self.records.push((line, content, about));
        Ok(true)
    }

    fn ends(&self) -> bool {
        self.ctx.stop.load(Ordering::Relaxed) || self.tally.is_over()
    }

    /// Neither this line nor what waits for its request.
    fn leave(&mut self, line: u64) -> bool {
        let first = self.records.first().map_or(line, |(first, ..)| *first);
        let interrupted = self.ctx.stop.load(Ordering::Relaxed);
        self.tally.left(first, interrupted);
        self.records.clear();
        self.batch.clear();
        false
    }

    /// Writes what there is, and accounts for it.
    pub fn write(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        if self.requests > 0
            && self.requests.is_multiple_of(RENEW)
            && let Ok(now) = self.client.partitions(self.topic)
        {
            (self.before, self.written) = (now, Vec::new());
        }
        self.requests += 1;
        let outcome = self.client.produce(self.topic, &self.batch);
        self.batch.clear();
        let there = match &outcome {
            Ok(()) => vec![true; self.records.len()],
            Err(error @ ProduceError::Unknown { .. }) => {
                let words = format!("{error}; looking into the topic");
                self.ctx.ui.warn(&words);
                let there = self.look();
                self.found += there.iter().filter(|there| **there).count();
                there
            }
            Err(_) => vec![false; self.records.len()],
        };
        let records = std::mem::take(&mut self.records);
        for ((line, content, about), there) in records.into_iter().zip(there) {
            self.written.push(content);
            match &outcome {
                Err(error) if !there => {
                    let unknown = matches!(error, ProduceError::Unknown { .. });
                    self.tally.failed_as(line, unknown, error.clone());
                }
                _ => {
                    self.tally.acknowledged += 1;
                    self.acknowledged.push(about);
                }
            }
        }
    }

    /// Which of the records are in the topic, beside those that were written before.
    fn look(&self) -> Vec<bool> {
        let end = Instant::now() + LOOK_FOR.min(self.ctx.timeout);
        loop {
            // A look that fails leaves it unknown, no more.
            let mut there = self.since().unwrap_or_default();
            let mut take = |content: &Content| match there.get_mut(content) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    true
                }
                _ => false,
            };
            for content in &self.written {
                take(content);
            }
            let found: Vec<bool> = self.records.iter().map(|(_, c, _)| take(c)).collect();
            if found.iter().all(|found| *found) || Instant::now() >= end {
                return found;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// What has come into the topic since, counted by content.
    fn since(&self) -> Option<HashMap<Content, usize>> {
        let mut there = HashMap::new();
        let now = self.client.partitions(self.topic).ok()?;
        for partition in &now {
            let from = self.before.iter().find(|known| known.id == partition.id);
            let mut next = from.map_or(0, |known| known.latest);
            while next < partition.latest {
                let read = self
                    .client
                    .consume(self.topic, partition.id, next, COUNT)
                    .ok()?;
                if read.next <= next {
                    break;
                }
                next = read.next;
                for record in &read.records {
                    let content = self.content(key_of(record).as_deref(), &record.value);
                    *there.entry(content).or_default() += 1;
                }
            }
        }
        Some(there)
    }

    fn content(&self, key: Option<&str>, value: &Value) -> Content {
        let text = as_json(value).to_string();
        [0, 1].map(|index: usize| self.keys[index].hash_one((key, &text)))
    }
}
