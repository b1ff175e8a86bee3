//! The two connector files, and the secrets files that they refer to.

use super::change::Before;
use super::files::{Files, Values, run_user};
use super::{Plan, SourceFormat, Step};
use crate::facts::edge::latin1_bytes;
use crate::facts::places::Connector;
use crate::properties;
use crate::template;

pub(super) const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";

impl Files<'_> {
    pub(super) fn source_template(&self) -> String {
        let unknown = |line: &&str| {
            let format =
                line.starts_with("value.converter") || line.starts_with("# Telemetry as JSON");
            let timeout =
                line.starts_with("ReceiveTimeout") || line.starts_with("# Seconds that a poll");
            format && self.wanted.source_format == SourceFormat::String
                || timeout && !self.wanted.jar.receive_timeout
        };
        template::SOURCE
            .split_inclusive('\n')
            .filter(|line| !unknown(line))
            .collect()
    }

    pub(super) fn source_values(&self) -> Values {
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
            (
                "IotHub.AccessKeyValue",
                template::source_reference(&Connector::Source.secrets_file()),
            ),
            ("IotHub.ConsumerGroup", wanted.consumer_group.clone()),
            ("IotHub.Partitions", hub.partitions.to_string()),
            ("IotHub.StartTime", self.start_time()),
            ("IotHub.Offsets", String::new()),
            ("BatchSize", wanted.batch_size.to_string()),
        ];
        if wanted.jar.receive_timeout {
            values.push(("ReceiveTimeout", wanted.receive_timeout.to_string()));
        }
        if wanted.source_format == SourceFormat::Json {
            values.push(("value.converter", JSON_CONVERTER.to_owned()));
            values.push(("value.converter.schemas.enable", "false".to_owned()));
        }
        values
    }

    /// The profile's, else what the file says if that is valid, else the time of the first setup.
    fn start_time(&self) -> String {
        let path = Connector::Source.properties_file(&self.wanted.kafka_home);
        let there = self
            .facts
            .edge
            .contents(&path)
            .and_then(|text| properties::read(&latin1_bytes(text)).ok());
        let there = there
            .and_then(|values| values.get("IotHub.StartTime").cloned())
            .filter(|time| is_start_time(time));
        let first = self
            .facts
            .edge
            .manifest
            .as_ref()
            .map(|manifest| manifest.first_setup.clone());
        let first = first
            .filter(|time| is_start_time(time))
            .unwrap_or_else(|| self.wanted.first_setup.clone());
        self.wanted.start_time.clone().or(there).unwrap_or(first)
    }

    pub(super) fn sink_values(&self) -> Values {
        vec![
            ("name", self.wanted.name(Connector::Sink).to_owned()),
            ("connector.class", self.wanted.jar.sink_class.clone()),
            ("tasks.max", "1".to_owned()),
            ("topics", self.wanted.commands_topic.clone()),
            (
                "IotHub.ConnectionString",
                template::sink_reference(&Connector::Sink.secrets_file()),
            ),
            (
                "IotHub.MessageDeliveryAcknowledgement",
                self.wanted.acknowledgement.clone(),
            ),
        ]
    }

    pub(super) fn secrets(&self, plan: &mut Plan) -> Vec<Step> {
        let group = run_user(self.wanted, self.facts);
        let mut steps = Vec::new();
        for (&connector, wish) in &self.wanted.secrets {
            let path = connector.secrets_file();
            let there = self.facts.edge.paths.get(&path);
            let owned = self
                .facts
                .edge
                .manifest
                .as_ref()
                .and_then(|manifest| manifest.files.get(&path));
            let same = owned
                .is_some_and(|owned| owned.fingerprint.as_deref() == Some(&wish.fingerprint))
                && owned.map(|owned| owned.sha256.as_str()) == self.facts.edge.sha256(&path);
            let closed = there.is_some_and(|facts| {
                (
                    facts.mode.as_str(),
                    facts.owner.as_str(),
                    facts.group.as_str(),
                ) == ("640", "root", group.as_str())
            });
            if same && closed {
                plan.in_place.push(path);
                continue;
            }
            steps.push(Step::WriteSecrets {
                connector,
                before: Before::of(self.facts.edge.sha256(&path)),
                path,
                group: group.clone(),
                source: wish.source.clone(),
                fingerprint: wish.fingerprint.clone(),
            });
        }
        steps
    }
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
