//! Converters: what stands between a connector and the bytes in Kafka, in the worker file and where a connector has its own.

use super::files::{Files, Values};
use crate::facts::edge::latin1_bytes;
use crate::facts::places::Connector;
use crate::properties;
use serde::{Deserialize, Serialize};

pub(super) const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
pub(super) const CLASS: &str = "value.converter";
pub(super) const SCHEMAS: &str = "value.converter.schemas.enable";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Converter {
    String,
    Json,
    JsonSchema,
    Class(String),
}

/// Of values; keys are always text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converters {
    pub worker: Converter,
    pub source: Converter,
    pub sink: Converter,
}

impl Converters {
    fn of(&self, connector: Connector) -> &Converter {
        match connector {
            Connector::Source => &self.source,
            Connector::Sink => &self.sink,
        }
    }
}

impl Converter {
    /// What the two lines of a file say. JsonConverter writes and wants the schema along unless it is told otherwise.
    pub(super) fn of_file(class: &str, schemas: Option<&str>) -> Self {
        match (class, schemas) {
            (STRING, _) => Self::String,
            (JSON, Some("false")) => Self::Json,
            (JSON, _) => Self::JsonSchema,
            (class, _) => Self::Class(class.to_owned()),
        }
    }

    /// The text of a setting, the way back from [`Converter::word`].
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "string" => Self::String,
            "json" => Self::Json,
            "json-schema" => Self::JsonSchema,
            class => Self::Class(class.to_owned()),
        }
    }

    pub(super) fn word(&self) -> &str {
        match self {
            Self::String => "string",
            Self::Json => "json",
            Self::JsonSchema => "json-schema",
            Self::Class(class) => class,
        }
    }

    /// Both lines; the second only for the one class that knows it.
    pub(super) fn values(&self) -> Values {
        let (class, schemas) = match self {
            Self::String => (STRING, None),
            Self::Json => (JSON, Some("false")),
            Self::JsonSchema => (JSON, Some("true")),
            Self::Class(class) => (class.as_str(), None),
        };
        let mut values = vec![(CLASS, class.to_owned())];
        values.extend(schemas.map(|enabled| (SCHEMAS, enabled.to_owned())));
        values
    }
}

impl Files<'_> {
    /// A connector whose converter is the worker's has none of its own, unless its file names one already: that would win.
    pub(super) fn own_converter(&self, connector: Connector) -> Values {
        let converters = &self.wanted.converters;
        let own = converters.of(connector);
        if *own != converters.worker || self.names_a_converter(connector) {
            own.values()
        } else {
            Vec::new()
        }
    }

    fn names_a_converter(&self, connector: Connector) -> bool {
        let path = connector.properties_file(&self.wanted.kafka_home);
        let there = self.facts.edge.contents(&path);
        there
            .and_then(|text| properties::read(&latin1_bytes(text)).ok())
            .is_some_and(|values| values.contains_key(CLASS))
    }

    /// The lines of a template, without those about converters that would have no value.
    pub(super) fn with_converter(&self, connector: Connector, template: &str) -> String {
        let own = self.own_converter(connector);
        let json = own.iter().any(|(key, _)| *key == SCHEMAS);
        let says = |line: &str| {
            let key = line.split('=').next().unwrap_or_default();
            match key {
                CLASS => !own.is_empty(),
                SCHEMAS => json,
                _ if line.starts_with("# Telemetry as JSON") => json,
                _ if line.starts_with("# The converter of this topic") => !own.is_empty(),
                _ => true,
            }
        };
        template
            .split_inclusive('\n')
            .filter(|line| says(line))
            .collect()
    }
}
