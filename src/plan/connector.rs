//! The two connector files.

use super::files::{Files, Values};
use super::secrets::in_the_clear;
use super::{Plan, Wanted};
use crate::facts::Facts;
use crate::facts::edge::latin1_bytes;
use crate::facts::places::{self, Connector};
use crate::properties;
use crate::template;

/// A misprint of one page of the manual for `IotHub.StartTime`.
pub(super) const MISPRINT: &str = "IotHub.StartType";

impl Files<'_> {
    /// What a connector file that is not there begins with.
    pub(super) fn connector_template(&self, connector: Connector) -> String {
        let template = match connector {
            Connector::Source => template::SOURCE,
            Connector::Sink => template::SINK,
        };
        let unknown = |line: &&str| {
            let timeout =
                line.starts_with("ReceiveTimeout") || line.starts_with("# Seconds that a poll");
            timeout && !self.wanted.jar.receive_timeout
        };
        let known: String = template
            .split_inclusive('\n')
            .filter(|line| !unknown(line))
            .collect();
        self.with_converter(connector, &known)
    }

    pub(super) fn connector_values(&self, connector: Connector) -> Values {
        match connector {
            Connector::Source => self.source_values(),
            Connector::Sink => self.sink_values(),
        }
    }

    fn source_values(&self) -> Values {
        let (wanted, hub) = (self.wanted, &self.facts.hub);
        let mut values = vec![
            ("name", self.wanted.name(Connector::Source).to_owned()),
            ("connector.class", wanted.jar.source_class.clone()),
            (
                "tasks.max",
                wanted.tasks(Connector::Source, hub.partitions).to_string(),
            ),
            ("Kafka.Topic", wanted.telemetry_topic.clone()),
            ("IotHub.EventHubCompatibleName", hub.events_path.clone()),
            (
                "IotHub.EventHubCompatibleEndpoint",
                hub.events_endpoint.clone(),
            ),
            ("IotHub.AccessKeyName", hub.policy.clone()),
            self.secret_value(Connector::Source),
            ("IotHub.ConsumerGroup", wanted.consumer_group.clone()),
            ("IotHub.Partitions", hub.partitions.to_string()),
            ("IotHub.StartTime", self.start_time()),
            ("IotHub.Offsets", String::new()),
            ("BatchSize", wanted.batch_size.to_string()),
        ];
        if wanted.jar.receive_timeout {
            values.push(("ReceiveTimeout", wanted.receive_timeout.to_string()));
        }
        values.extend(self.own_converter(Connector::Source));
        values
    }

    /// The profile's, else what the file says if that is valid, also under the misprinted key, else the time of the first
    /// setup.
    fn start_time(&self) -> String {
        let first = self
            .facts
            .edge
            .manifest
            .as_ref()
            .map(|manifest| manifest.first_setup.clone());
        let first = first
            .filter(|time| is_start_time(time))
            .unwrap_or_else(|| self.wanted.first_setup.clone());
        let there = |key: &str| self.source_says(key).filter(|time| is_start_time(time));
        self.wanted
            .start_time
            .clone()
            .or_else(|| there("IotHub.StartTime"))
            .or_else(|| there(MISPRINT))
            .unwrap_or(first)
    }

    fn source_says(&self, key: &str) -> Option<String> {
        let path = Connector::Source.properties_file(&self.wanted.kafka_home);
        let text = self.facts.edge.contents(&path)?;
        let mut values = properties::read(&latin1_bytes(text)).ok()?;
        values.remove(key)
    }

    /// No version of the connector reads the misprinted key, and none says so.
    pub(super) fn warn_of_misprint(&self, plan: &mut Plan) {
        if self.source_says(MISPRINT).is_some() {
            plan.warnings.push(format!(
                "{} says {MISPRINT}, a misprint of one page of the manual that no connector reads. The key is IotHub.StartTime, and is {}: take the other line out",
                Connector::Source.properties_file(&self.wanted.kafka_home),
                self.start_time()
            ));
        }
    }

    fn sink_values(&self) -> Values {
        let mut values = vec![
            ("name", self.wanted.name(Connector::Sink).to_owned()),
            ("connector.class", self.wanted.jar.sink_class.clone()),
            ("tasks.max", "1".to_owned()),
            ("topics", self.wanted.commands_topic.clone()),
            self.secret_value(Connector::Sink),
            (
                "IotHub.MessageDeliveryAcknowledgement",
                self.wanted.acknowledgement.clone(),
            ),
        ];
        values.extend(self.own_converter(Connector::Sink));
        values
    }
}

/// The names that one page of the manual uses in its prose, where its own commands use others. Nothing reads such a file.
pub(super) fn misnamed(wanted: &Wanted, facts: &Facts) -> Vec<String> {
    let warn = |connector: Connector| {
        let path = places::misnamed_file(connector, &wanted.kafka_home);
        let text = facts.edge.contents(&path)?;
        // what a worker made by hand was started with is told with its take-over
        let mut foreign = facts.edge.workers.iter().filter(|one| one.unit.is_none());
        if foreign.any(|worker| worker.reads.contains(&path)) {
            return None;
        }
        let key = match in_the_clear(connector, text) {
            Some(_) => ", and it holds a key in the clear",
            None => "",
        };
        Some(format!(
            "{path} is there: the manual's text calls the file so by mistake. The one that Connect is given is {}; nothing reads the other{key}: take it away",
            connector.properties_file(&wanted.kafka_home)
        ))
    };
    Connector::BOTH.into_iter().filter_map(warn).collect()
}

/// What the connector's `Instant.parse` accepts on every Java: RFC 3339 with seconds and `Z`. Anything else it ignores
/// in silence and reads from the beginning.
pub fn is_start_time(text: &str) -> bool {
    let text = text.trim();
    text.ends_with('Z')
        && text.len() >= 20
        && text.as_bytes()[10] == b'T'
        && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_times_are_those_that_the_connector_understands() {
        assert!(is_start_time("2018-01-28T00:00:00Z") && is_start_time("2018-01-28T00:00:00.123Z"));
        for wrong in [
            "2018-01-28",
            "2018-01-28T00:00:00",
            "2018-01-28T00:00Z",
            "2018-1-28T00:00:00Z",
            "2018-01-28 00:00:00Z",
            "PLACEHOLDER",
            "",
        ] {
            assert!(!is_start_time(wrong), "{wrong}");
        }
    }
}
