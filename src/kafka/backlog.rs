//! What waits between two positions of a topic: how much, how old, for whom.

use super::consumer::{Range, Record, Tail};
use super::error::KafkaError;
use super::settings::Settings;
use std::collections::BTreeMap;

/// What waits between a group's positions and the end of a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Backlog {
    /// By the offsets; records that were deleted or are transaction markers count too.
    pub count: i64,
    /// How many were read to tell the rest; fewer than `count` if there was a limit.
    pub read: usize,
    /// The oldest of those read, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// How many of those read are for whom, as `name` says; the empty name for those it could not tell.
    pub by_name: BTreeMap<String, usize>,
}

/// Reads what is between these offsets, at most `limit` records of it, and says what it is.
pub fn messages_between(
    settings: &Settings,
    topic: &str,
    ranges: &[Range],
    limit: usize,
    name: impl Fn(&Record) -> Option<String>,
) -> Result<Backlog, KafkaError> {
    let count = ranges
        .iter()
        .map(|range| (range.to - range.from).max(0))
        .sum();
    let mut backlog = Backlog {
        count,
        ..Backlog::default()
    };
    if count == 0 {
        return Ok(backlog);
    }
    for record in Tail::between(settings, topic, ranges)?.take(limit) {
        let record = record?;
        backlog.read += 1;
        let times = [backlog.oldest_ms, record.timestamp_ms];
        backlog.oldest_ms = times.into_iter().flatten().min();
        *backlog
            .by_name
            .entry(name(&record).unwrap_or_default())
            .or_default() += 1;
    }
    Ok(backlog)
}

#[cfg(test)]
mod tests {
    use super::super::consumer::tests::{VALUES, produce, settings};
    use super::*;
    use rdkafka::mocking::MockCluster;

    #[test]
    fn a_backlog_is_counted_and_told_apart() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotin", 4, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        produce(&settings, VALUES);
        let ranges = [
            Range {
                partition: 0,
                from: 1,
                to: 3,
            },
            Range {
                partition: 1,
                from: 0,
                to: 0,
            },
            Range {
                partition: 2,
                from: 2,
                to: 3,
            },
        ];
        let key = |record: &Record| Some(String::from_utf8(record.key.clone()?).unwrap());
        let backlog = messages_between(&settings, "iotin", &ranges, 100, key).unwrap();
        assert_eq!((backlog.count, backlog.read), (3, 3));
        assert_eq!(
            backlog.by_name,
            BTreeMap::from([("k0".into(), 2), ("k2".into(), 1)])
        );
        assert!(backlog.oldest_ms.is_some());
        let limited = messages_between(&settings, "iotin", &ranges, 2, key).unwrap();
        assert_eq!((limited.count, limited.read), (3, 2));

        let wrong = [Range {
            partition: 9,
            from: 0,
            to: 1,
        }];
        assert!(matches!(
            messages_between(&settings, "iotin", &wrong, 1, key),
            Err(KafkaError::NoSuchPartition { partition: 9, .. })
        ));
    }
}
