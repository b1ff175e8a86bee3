//! The settings of a topic: names, defaults and what values they take, after Kafka 2.4's table of topic configs. Of
//! them `max.message.bytes`, `min.insync.replicas` and `message.timestamp.type` have an effect here; the others are
//! kept and shown. Nothing is ever compacted or deleted by age.

use std::collections::BTreeMap;

pub(super) type Config = BTreeMap<String, String>;

/// What differs from the defaults is in the map.
pub(super) struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    kind: Kind,
}

enum Kind {
    /// Not below.
    Long(i64),
    Bool,
    Fraction,
    OneOf(&'static [&'static str]),
    Text,
}

const fn setting(name: &'static str, default: &'static str, kind: Kind) -> Setting {
    Setting {
        name,
        default,
        kind,
    }
}

const MAX: &str = "9223372036854775807";
const POLICIES: &[&str] = &["delete", "compact", "compact,delete", "delete,compact"];
const CODECS: &[&str] = &["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"];
const TIMES: &[&str] = &["CreateTime", "LogAppendTime"];

pub(super) const SETTINGS: &[Setting] = &[
    setting("cleanup.policy", "delete", Kind::OneOf(POLICIES)),
    setting("compression.type", "producer", Kind::OneOf(CODECS)),
    setting("delete.retention.ms", "86400000", Kind::Long(0)),
    setting("file.delete.delay.ms", "60000", Kind::Long(0)),
    setting("flush.messages", MAX, Kind::Long(1)),
    setting("flush.ms", MAX, Kind::Long(0)),
    setting("follower.replication.throttled.replicas", "", Kind::Text),
    setting("index.interval.bytes", "4096", Kind::Long(0)),
    setting("leader.replication.throttled.replicas", "", Kind::Text),
    setting("max.compaction.lag.ms", MAX, Kind::Long(1)),
    setting("max.message.bytes", "1048588", Kind::Long(0)),
    setting("message.downconversion.enable", "true", Kind::Bool),
    setting("message.format.version", "2.4-IV1", Kind::Text),
    setting("message.timestamp.difference.max.ms", MAX, Kind::Long(0)),
    setting("message.timestamp.type", "CreateTime", Kind::OneOf(TIMES)),
    setting("min.cleanable.dirty.ratio", "0.5", Kind::Fraction),
    setting("min.compaction.lag.ms", "0", Kind::Long(0)),
    setting("min.insync.replicas", "1", Kind::Long(1)),
    setting("preallocate", "false", Kind::Bool),
    setting("retention.bytes", "-1", Kind::Long(-1)),
    setting("retention.ms", "604800000", Kind::Long(-1)),
    setting("segment.bytes", "1073741824", Kind::Long(14)),
    setting("segment.index.bytes", "10485760", Kind::Long(4)),
    setting("segment.jitter.ms", "0", Kind::Long(0)),
    setting("segment.ms", "604800000", Kind::Long(1)),
    setting("unclean.leader.election.enable", "false", Kind::Bool),
];

/// Checks a name and a value; the error is the sentence for the answer.
pub(super) fn check(name: &str, value: &str) -> Result<(), String> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
        return Err(format!("Unknown topic config name: {name}"));
    };
    let good = match setting.kind {
        Kind::Long(least) => value.parse().is_ok_and(|value: i64| value >= least),
        Kind::Bool => matches!(value, "true" | "false"),
        Kind::Fraction => value
            .parse()
            .is_ok_and(|value: f64| (0.0..=1.0).contains(&value)),
        Kind::OneOf(values) => values.contains(&value),
        Kind::Text => true,
    };
    match good {
        true => Ok(()),
        false => Err(format!("Invalid value {value} for configuration {name}")),
    }
}

/// A setting's value in this topic.
pub(super) fn value<'a>(config: &'a Config, name: &str) -> &'a str {
    let default = || {
        let found = SETTINGS.iter().find(|setting| setting.name == name);
        found.map_or("", |setting| setting.default)
    };
    config.get(name).map_or_else(default, String::as_str)
}

/// A numeric setting's value in this topic; 0 for one that is not a number.
pub(super) fn number(config: &Config, name: &str) -> usize {
    value(config, name).parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_is_taken() {
        for setting in SETTINGS {
            assert_eq!(check(setting.name, setting.default), Ok(()));
        }
    }

    #[test]
    fn names_and_values_that_are_refused() {
        assert!(check("retention", "1").is_err_and(|text| text.contains("Unknown")));
        for (name, value) in [
            ("retention.ms", "a day"),
            ("retention.ms", "-2"),
            ("cleanup.policy", "keep"),
            ("min.cleanable.dirty.ratio", "1.5"),
            ("preallocate", "yes"),
        ] {
            assert!(check(name, value).is_err(), "{name}={value}");
        }
        let config = Config::from([("min.insync.replicas".into(), "2".into())]);
        assert_eq!(number(&config, "min.insync.replicas"), 2);
        assert_eq!(number(&config, "max.message.bytes"), 1_048_588);
    }
}
