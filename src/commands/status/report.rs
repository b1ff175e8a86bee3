//! What `status` says, for a person and for a program.

use crate::commands::show_health;
use crate::commands::topics::drift;
use crate::facts::drift::Difference;
use crate::facts::flow::Sink;
use crate::facts::health::Health;
use crate::kafka::newest::Newest;
use crate::ui::{Cell, ErrorDocument, Report, Style, Table, Tone};
use jiff::Timestamp;
use serde::Serialize;
use std::io;

/// What could not be asked is null, and in `not_asked`.
#[derive(Default, Serialize)]
pub struct Status {
    /// The edge node.
    pub host: Option<String>,
    pub connectors: Option<Vec<Health>>,
    /// The two of the profile.
    pub topics: Option<Vec<Topic>>,
    /// Null also where there is no topic of telemetry.
    pub telemetry: Option<Telemetry>,
    /// Null also where there is no topic of commands.
    pub sink: Option<Sink>,
    pub not_asked: Vec<NotAsked>,
}

#[derive(Serialize)]
pub struct Topic {
    pub name: String,
    /// `telemetry` or `commands`
    pub carries: &'static str,
    pub exists: bool,
    pub partitions: Option<usize>,
    /// 0: not the same for all partitions.
    pub replication_factor: Option<usize>,
    pub drift: Vec<Difference>,
}

/// What the source has written.
#[derive(Serialize)]
pub struct Telemetry {
    pub topic: String,
    /// By the offsets.
    pub records: i64,
    /// The time of the newest record; null where there is none.
    pub newest: Option<String>,
    /// Since then; never negative, though clocks differ.
    pub age_seconds: Option<i64>,
}

/// A part that could not be asked: `connectors`, `kafka` or `sink`.
#[derive(Serialize)]
pub struct NotAsked {
    pub part: &'static str,
    pub error: ErrorDocument,
}

impl Telemetry {
    pub fn of(topic: &str, newest: Newest, now: Timestamp) -> Self {
        let time = newest
            .time_ms
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self {
            topic: topic.to_owned(),
            records: newest.records,
            newest: time.map(|time| format!("{time:.3}")),
            age_seconds: time.map(|time| now.duration_since(time).as_secs().max(0)),
        }
    }
}

impl Report for Status {
    fn human(&self, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        if let Some(connectors) = &self.connectors {
            show_health::table(connectors, out, style)?;
        }
        if let Some(topics) = &self.topics {
            gap(self.connectors.is_some(), out)?;
            self.topics(topics, out, style)?;
        }
        if let Some(sink) = &self.sink {
            gap(true, out)?;
            lags(sink, out, style)?;
        }
        gap(!self.not_asked.is_empty(), out)?;
        for NotAsked { part, error } in &self.not_asked {
            let mut words = error.error.clone();
            for cause in &error.causes {
                words.push_str(&format!(": {cause}"));
            }
            writeln!(out, "{}: not asked: {words}", style.bad(part))?;
            for hint in &error.hints {
                writeln!(out, "  {} {hint}", style.dim("hint:"))?;
            }
        }
        Ok(())
    }
}

impl Status {
    fn topics(&self, topics: &[Topic], out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
        let mut table = Table::new(["TOPIC", "CARRIES", "PARTITIONS", "REPLICATION", "NEWEST"]);
        for topic in topics {
            let number = |number: Option<usize>| number.map_or("-".to_owned(), |n| n.to_string());
            let telemetry = self.telemetry.as_ref();
            let newest = telemetry.filter(|telemetry| telemetry.topic == topic.name);
            let newest = newest.map_or("-".to_owned(), |telemetry| match telemetry.age_seconds {
                Some(seconds) => ago(seconds),
                None => "no record yet".to_owned(),
            });
            table.row([
                Cell::new(&topic.name),
                Cell::new(topic.carries),
                Cell::new(number(topic.partitions)),
                Cell::new(number(topic.replication_factor)),
                Cell::new(newest),
            ]);
        }
        table.write(out, style)?;
        for topic in topics {
            if !topic.exists {
                let name = style.bad(&topic.name);
                writeln!(out, "{name}: the profile wants it, there is none")?;
            }
            drift::write(&topic.name, &topic.drift, out, style)?;
        }
        Ok(())
    }
}

fn lags(sink: &Sink, out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
    let tone = |lag: i64| if lag > 0 { Tone::Warn } else { Tone::Plain };
    let mut table = Table::new(["COMMANDS", "POSITION", "END", "LAG"]);
    for one in &sink.partitions {
        let position = one.position.map_or("none".to_owned(), |at| at.to_string());
        table.row([
            Cell::new(format!("{}-{}", sink.topic, one.partition)),
            Cell::new(position),
            Cell::from(one.end),
            Cell::from(one.lag).tone(tone(one.lag)),
        ]);
    }
    table.row([
        Cell::new("all"),
        Cell::from(sink.position),
        Cell::from(sink.end),
        Cell::from(sink.lag).tone(tone(sink.lag)),
    ]);
    table.write(out, style)?;
    let members = match sink.members {
        1 => "1 member".to_owned(),
        n => format!("{n} members"),
    };
    writeln!(out, "{}: {}, {members}", sink.group, sink.state)
}

/// An empty line before what is not the first.
fn gap(wanted: bool, out: &mut dyn io::Write) -> io::Result<()> {
    match wanted {
        true => writeln!(out),
        false => Ok(()),
    }
}

/// `12 s ago`
fn ago(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..120 => (seconds, "s"),
        120..7200 => (seconds / 60, "min"),
        7200..172_800 => (seconds / 3600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{number} {unit} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_in_the_largest_unit_that_tells_something() {
        let seconds = [0, 119, 120, 7199, 7200, 172_800];
        let words = seconds.map(ago);
        assert_eq!(
            words,
            [
                "0 s ago",
                "119 s ago",
                "2 min ago",
                "119 min ago",
                "2 h ago",
                "2 d ago"
            ]
        );
    }

    #[test]
    fn a_record_from_the_future_is_not_younger_than_new() {
        let newest = Newest {
            records: 1,
            time_ms: Some(60_000),
        };
        let now = Timestamp::from_second(30).unwrap();
        let told = Telemetry::of("iotin", newest, now);
        assert_eq!(told.age_seconds, Some(0));
        assert_eq!(told.newest.as_deref(), Some("1970-01-01T00:01:00.000Z"));
    }
}
