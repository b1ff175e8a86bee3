//! Ids that are given twice. Of an id only a hash of 128 bits is kept, with its line; a million of them take 24 MB of
//! memory, and what is beyond that lies sorted in a temporary file. Two different ids with one hash would be refused as
//! one: among a billion that has a chance of one in 10²⁰. Hash keys are new in each run, so nobody can prepare such ids.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;

/// Hash and line, in this order.
type Entry = ([u64; 2], u64);
const BYTES: usize = 24;

/// Entries that are in memory at once.
const RUN: usize = 1_000_000;
/// Entries that are read of a run at once.
const BLOCK: usize = 4096;

pub struct Ids {
    keys: [RandomState; 2],
    run: Vec<Entry>,
    most: usize,
    /// Sorted runs, one behind the other, and where each ends, in entries.
    file: Option<File>,
    ends: Vec<u64>,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            keys: [RandomState::new(), RandomState::new()],
            run: Vec::new(),
            most: RUN,
            file: None,
            ends: Vec::new(),
        }
    }
}

impl Ids {
    pub fn add(&mut self, id: &str, line: u64) -> io::Result<()> {
        if self.run.len() == self.most {
            self.put_away()?;
        }
        let [low, high] = &self.keys;
        let hash = [high.hash_one(id), low.hash_one(id)];
        self.run.push((hash, line));
        Ok(())
    }

    /// Whether there were any.
    pub fn is_empty(&self) -> bool {
        self.run.is_empty()
    }

    /// Tells each line whose id an earlier one has, and the first that has it. In no order.
    pub fn repeated(mut self, mut tell: impl FnMut(u64, u64)) -> io::Result<()> {
        let mut last: Option<Entry> = None;
        let mut look = |(hash, line): Entry| match last {
            Some((known, first)) if known == hash => tell(line, first),
            _ => last = Some((hash, line)),
        };
        if self.file.is_none() {
            self.run.sort_unstable();
            self.run.into_iter().for_each(look);
            return Ok(());
        }
        self.put_away()?;
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut runs = Vec::with_capacity(self.ends.len());
        let mut from = 0;
        for &to in &self.ends {
            runs.push(Run::of(file, from, to));
            from = to;
        }
        let mut next = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            next.extend(run.next()?.map(|entry| Reverse((entry, index))));
        }
        while let Some(Reverse((entry, index))) = next.pop() {
            look(entry);
            next.extend(runs[index].next()?.map(|entry| Reverse((entry, index))));
        }
        Ok(())
    }

    fn put_away(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut writer = BufWriter::with_capacity(BLOCK * BYTES, &file);
        for ([high, low], line) in &self.run {
            for number in [high, low, line] {
                writer.write_all(&number.to_le_bytes())?;
            }
        }
        writer.flush()?;
        drop(writer);
        let before = self.ends.last().copied().unwrap_or_default();
        self.ends.push(before + self.run.len() as u64);
        self.run.clear();
        self.file = Some(file);
        Ok(())
    }
}

/// A sorted run that is read from its beginning.
struct Run<'a> {
    file: &'a File,
    at: u64,
    to: u64,
    block: std::vec::IntoIter<Entry>,
}

impl<'a> Run<'a> {
    fn of(file: &'a File, at: u64, to: u64) -> Self {
        let block = Vec::new().into_iter();
        Self {
            file,
            at,
            to,
            block,
        }
    }

    fn next(&mut self) -> io::Result<Option<Entry>> {
        if let Some(entry) = self.block.next() {
            return Ok(Some(entry));
        }
        let count = (self.to - self.at).min(BLOCK as u64);
        let mut bytes = vec![0; usize::try_from(count).unwrap_or_default() * BYTES];
        self.file
            .read_exact_at(&mut bytes, self.at * BYTES as u64)?;
        self.at += count;
        let number = |bytes: &[u8]| {
            let bytes = bytes.try_into().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        let entries = bytes.chunks_exact(BYTES).map(|entry| {
            let hash = [number(&entry[..8]), number(&entry[8..16])];
            (hash, number(&entry[16..]))
        });
        self.block = entries.collect::<Vec<_>>().into_iter();
        Ok(self.block.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_ids_are_found_in_memory_and_beyond() {
        for most in [1_000_000, 7, 1] {
            let mut ids = Ids {
                most,
                ..Ids::default()
            };
            assert!(ids.is_empty());
            // 0 to 99, and every seventh again, and 14 once more
            let all = (0..100).chain((0..100).step_by(7)).chain([14]);
            for (line, id) in (1..).zip(all) {
                ids.add(&format!("m{id}"), line).unwrap();
            }
            assert!(!ids.is_empty());
            let mut told = Vec::new();
            ids.repeated(|line, first| told.push((line, first)))
                .unwrap();
            told.sort_unstable();
            let again = (0..15).map(|n| (101 + n, 1 + 7 * n));
            assert_eq!(told, again.chain([(116, 15)]).collect::<Vec<_>>());
        }
    }
}
