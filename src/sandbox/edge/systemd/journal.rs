//! What the units and systemd itself said: a bounded ring per unit, and a way to follow it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Lines kept per unit. A worker speaks through its own log file; what lands here is what the JVM or a shell says.
const LINES: usize = 2000;
/// A longer line is cut into pieces of this size, as journald does (LineMax=48K).
const LONGEST: usize = 48 << 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place in the whole journal, from 1.
    pub number: u64,
    pub unit: String,
    /// Microseconds since 1970.
    pub real: i64,
    /// `systemd`, or the name of the program.
    pub identifier: String,
    pub pid: u32,
    pub text: String,
}

#[derive(Default)]
pub struct Journal {
    kept: Mutex<Kept>,
    news: Condvar,
}

#[derive(Default)]
struct Kept {
    last: u64,
    units: BTreeMap<String, VecDeque<Line>>,
}

impl Journal {
    pub fn add(&self, unit: &str, real: i64, identifier: &str, pid: u32, text: &str) {
        let mut kept = self.kept();
        let mut rest = text;
        loop {
            let mut cut = rest.len().min(LONGEST);
            while !rest.is_char_boundary(cut) {
                cut -= 1;
            }
            let (piece, more) = rest.split_at(cut);
            kept.last += 1;
            let line = Line {
                number: kept.last,
                unit: unit.to_owned(),
                real,
                identifier: identifier.to_owned(),
                pid,
                text: piece.to_owned(),
            };
            let ring = kept.units.entry(unit.to_owned()).or_default();
            ring.push_back(line);
            if ring.len() > LINES {
                ring.pop_front();
            }
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        drop(kept);
        self.news.notify_all();
    }

    /// The lines after number `after` of these units (of all if none is named), in order.
    pub fn after(&self, after: u64, units: &[String]) -> Vec<Line> {
        let kept = self.kept();
        let mut lines: Vec<Line> = kept
            .units
            .iter()
            .filter(|(name, _)| units.is_empty() || units.contains(name))
            .flat_map(|(_, ring)| ring.iter())
            .filter(|line| line.number > after)
            .cloned()
            .collect();
        lines.sort_by_key(|line| line.number);
        lines
    }

    /// Waits until something was added, for a while at most.
    pub fn wait(&self, patience: Duration) {
        let kept = self.kept();
        drop(
            self.news
                .wait_timeout(kept, patience)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_is_bounded_and_in_order() {
        let journal = Journal::default();
        for number in 0..LINES + 10 {
            journal.add("a.service", 1, "sh", 1, &number.to_string());
        }
        journal.add("b.service", 1, "systemd", 1, "");
        let lines = journal.after(0, &["a.service".to_owned()]);
        assert_eq!((lines.len(), lines[0].text.as_str()), (LINES, "10"));
        let all = journal.after(lines[LINES - 2].number, &[]);
        assert_eq!(all.len(), 2);
        journal.add("b.service", 1, "sh", 1, &"é".repeat(LONGEST));
        assert_eq!(journal.after(all[1].number, &[]).len(), 2);
    }
}
