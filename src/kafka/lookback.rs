//! The search for the last records of a topic: backwards, each partition in windows that grow, until no older record
//! could be among them. Pure: what is to be read next, and what was found. Somebody else reads.

use super::consumer::Range;
use std::collections::BTreeMap;

/// A window's records when only some are looked for; as many as are wanted when each counts.
const FIRST: usize = 500;
/// Windows grow by this factor from round to round, because what is rare is far back,
const GROWTH: i64 = 4;
/// up to this.
const LARGEST: i64 = 1 << 20;

/// By time; of the same time by partition and offset. Records without a time count as the oldest.
type Place = (i64, i32, i64);

pub struct LookBack<T> {
    count: usize,
    step: i64,
    windows: BTreeMap<i32, Window>,
    found: Vec<(Place, T)>,
}

/// What has been read of a partition: everything from `from` on.
struct Window {
    low: i64,
    from: i64,
    /// The oldest time that was seen there; none where nothing was.
    oldest: Option<i64>,
}

impl<T> LookBack<T> {
    /// The last `count` of these ranges. `some`: not every record counts.
    pub fn new(ranges: &[Range], count: usize, some: bool) -> Self {
        let first = if some { count.max(FIRST) } else { count };
        let window = |range: &Range| {
            let window = Window {
                low: range.from,
                from: range.to,
                oldest: None,
            };
            (range.partition, window)
        };
        Self {
            count,
            step: i64::try_from(first).unwrap_or(i64::MAX),
            windows: ranges.iter().map(window).collect(),
            found: Vec::new(),
        }
    }

    /// What has to be read next; nothing when the last ones are found.
    pub fn next_ranges(&mut self) -> Vec<Range> {
        if self.count == 0 {
            return Vec::new();
        }
        self.keep_newest();
        let full = self.found.len() >= self.count;
        let cutoff = self
            .found
            .first()
            .filter(|_| full)
            .map(|(place, _)| place.0);
        let mut ranges = Vec::new();
        for (&partition, window) in &mut self.windows {
            let newer = |cutoff: i64| window.oldest.is_none_or(|oldest| oldest > cutoff);
            if window.from > window.low && cutoff.is_none_or(newer) {
                let to = window.from;
                window.from = to.saturating_sub(self.step).max(window.low);
                ranges.push(Range {
                    partition,
                    from: window.from,
                    to,
                });
            }
        }
        self.step = self.step.saturating_mul(GROWTH).min(LARGEST.max(self.step));
        ranges
    }

    /// A record that was read, whether it counts or not.
    pub fn saw(&mut self, partition: i32, timestamp_ms: Option<i64>) {
        if let Some(window) = self.windows.get_mut(&partition) {
            let time = timestamp_ms.unwrap_or(i64::MIN);
            window.oldest = Some(window.oldest.map_or(time, |oldest| oldest.min(time)));
        }
    }

    /// A record that counts.
    pub fn keep(&mut self, partition: i32, offset: i64, timestamp_ms: Option<i64>, record: T) {
        let place = (timestamp_ms.unwrap_or(i64::MIN), partition, offset);
        self.found.push((place, record));
        // Sorted now and then only; twice the number is what is in memory at most.
        if self.found.len() > self.count.saturating_mul(2).max(FIRST) {
            self.keep_newest();
        }
    }

    /// The last ones, the oldest first.
    pub fn finish(mut self) -> impl Iterator<Item = T> {
        self.keep_newest();
        self.found.into_iter().map(|(_, record)| record)
    }

    fn keep_newest(&mut self) {
        self.found.sort_unstable_by_key(|(place, _)| *place);
        let surplus = self.found.len().saturating_sub(self.count);
        self.found.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Partitions of which the records' times are listed; those with an even time count if only some do.
    fn search(partitions: &[Vec<i64>], count: usize, some: bool) -> (Vec<i64>, usize) {
        let ranges: Vec<Range> = (0..)
            .zip(partitions)
            .map(|(partition, times)| Range {
                partition,
                from: 0,
                to: times.len() as i64,
            })
            .collect();
        let mut back = LookBack::new(&ranges, count, some);
        let mut read = 0;
        loop {
            let next = back.next_ranges();
            if next.is_empty() {
                return (back.finish().collect(), read);
            }
            for range in next {
                for offset in range.from..range.to {
                    let time = partitions[range.partition as usize][offset as usize];
                    read += 1;
                    back.saw(range.partition, Some(time));
                    if !some || time % 2 == 0 {
                        back.keep(range.partition, offset, Some(time), time);
                    }
                }
            }
        }
    }

    #[test]
    fn where_each_counts_one_window_of_each_partition_is_read() {
        let partitions = [vec![1, 4, 9], vec![2, 3, 5, 6, 7, 8], vec![]];
        assert_eq!(search(&partitions, 2, false), (vec![8, 9], 4));
        assert_eq!(search(&partitions, 4, false).0, [6, 7, 8, 9]);
        assert_eq!(search(&partitions, 100, false).0.len(), 9);
        assert_eq!(search(&partitions, 0, false), (vec![], 0));
    }

    #[test]
    fn rare_ones_are_looked_for_further_back() {
        let odd: Vec<i64> = (0..5000).map(|n| 2 * n + 1).collect();
        let mut rare = odd.clone();
        rare[7] = 14;
        assert_eq!(search(&[rare, odd.clone()], 1, true), (vec![14], 10_000));
        assert_eq!(search(&[odd], 1, true).0, Vec::<i64>::new());
    }

    /// The window of a busy partition ends long before that of a quiet one: what lies between must not be missed.
    #[test]
    fn a_busy_partition_is_read_as_far_back_as_a_quiet_one() {
        let busy: Vec<i64> = (0..4000).map(|n| 100_000 + n).collect();
        let quiet: Vec<i64> = (0..10).map(|n| 2 * n * 1000).collect();
        let mut all: Vec<i64> = [busy.clone(), quiet.clone()].concat();
        all.retain(|time| time % 2 == 0);
        all.sort_unstable();
        for count in [1, 300, 1999, 2003] {
            let wanted = &all[all.len() - count..];
            assert_eq!(
                search(&[busy.clone(), quiet.clone()], count, true).0,
                wanted
            );
        }
    }
}
