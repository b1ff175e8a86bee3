//! Kafka's ConfigDef: keys with a type, a default and a validator, and the words in which a value is refused. Here: the
//! machinery and Connect's own keys; the connectors' keys are beside their code.

use std::collections::BTreeMap;

use super::exception::{BAD_REQUEST, Exception};

/// A property file's entries, as text.
pub type Props = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    Long,
    Bool,
    /// A class name that must be one of those that the stand-in has.
    Converter,
}

#[derive(Clone, Copy, Debug)]
pub enum Rule {
    Any,
    AtLeast(i64),
    OneOf(&'static [&'static str]),
    NotEmpty,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// `None`: required.
    pub default: Option<&'static str>,
    pub rule: Rule,
}

pub const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";
pub const JSON_CONVERTER: &str = "org.apache.kafka.connect.json.JsonConverter";
pub const BYTES_CONVERTER: &str = "org.apache.kafka.connect.converters.ByteArrayConverter";
const CONVERTERS: [&str; 4] = [
    STRING_CONVERTER,
    JSON_CONVERTER,
    BYTES_CONVERTER,
    "org.apache.kafka.connect.storage.SimpleHeaderConverter",
];

impl Key {
    pub const fn new(name: &'static str, kind: Kind, default: Option<&'static str>) -> Self {
        Self {
            name,
            kind,
            default,
            rule: Rule::Any,
        }
    }

    pub const fn with(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    /// The value in force, or why it is refused, in Kafka's words.
    fn check(&self, props: &Props) -> Result<(), String> {
        let Some(given) = props.get(self.name) else {
            return match self.default {
                Some(_) => Ok(()),
                None => Err(format!(
                    "Missing required configuration \"{}\" which has no default value.",
                    self.name
                )),
            };
        };
        let value = given.trim();
        let refused = |why: String| {
            Err(format!(
                "Invalid value {value} for configuration {}: {why}",
                self.name
            ))
        };
        let number = match self.kind {
            Kind::Int => value.parse::<i32>().ok().map(i64::from),
            Kind::Long => value.parse::<i64>().ok(),
            Kind::Bool if !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") => {
                return refused("Expected value to be either true or false".to_owned());
            }
            Kind::Converter if !CONVERTERS.contains(&value) => {
                return refused(format!("Class {value} could not be found."));
            }
            _ => None,
        };
        match (self.kind, self.rule) {
            (Kind::Int, _) if number.is_none() => refused("Not a number of type INT".to_owned()),
            (Kind::Long, _) if number.is_none() => refused("Not a number of type LONG".to_owned()),
            (_, Rule::AtLeast(least)) if number.is_some_and(|number| number < least) => {
                refused(format!("Value must be at least {least}"))
            }
            (_, Rule::OneOf(all)) if !all.contains(&value) => {
                refused(format!("String must be one of: {}", all.join(", ")))
            }
            (_, Rule::NotEmpty) if value.is_empty() => {
                refused("String must be non-empty".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Everything that is wrong, in the order of the keys.
pub fn errors(keys: &[Key], props: &Props) -> Vec<String> {
    keys.iter()
        .filter_map(|key| key.check(props).err())
        .collect()
}

/// The value in force, trimmed as `ConfigDef.parseType` does; empty for a required key that is missing.
pub fn text(keys: &[Key], props: &Props, name: &str) -> String {
    let default = || {
        keys.iter()
            .find(|key| key.name == name)
            .and_then(|key| key.default)
    };
    let given = props.get(name).map(|value| value.trim());
    given.or_else(default).unwrap_or_default().to_owned()
}

/// As [`text`], a number; 0 where there is none (a checked configuration has one).
pub fn number(keys: &[Key], props: &Props, name: &str) -> i64 {
    text(keys, props, name).parse().unwrap_or(0)
}

/// `XConfig values: ` and every key below, as AbstractConfig logs it: no value is hidden, none of the connector's is
/// of type PASSWORD.
pub fn all_values(title: &str, keys: &[Key], props: &Props) -> String {
    let mut names: Vec<&str> = keys.iter().map(|key| key.name).collect();
    names.sort_unstable();
    let mut text = format!("{title} values: ");
    for name in names {
        text.push_str(&format!("\n\t{name} = {}", self::text(keys, props, name)));
    }
    text.push('\n');
    text
}

/// What `Herder.putConnectorConfig` throws for an invalid configuration; `None` for a valid one.
pub fn refusal(errors: &[String]) -> Option<Exception> {
    if errors.is_empty() {
        return None;
    }
    let mut text = format!(
        "Connector configuration is invalid and contains the following {} error(s):",
        errors.len()
    );
    for error in errors {
        text.push('\n');
        text.push_str(error);
    }
    text.push_str(
        "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
    );
    Some(Exception::new(BAD_REQUEST, text))
}

/// A worker's keys that the stand-in looks at; `bootstrap.servers` has Kafka's default.
pub const WORKER: &[Key] = &[
    Key::new("bootstrap.servers", Kind::Text, Some("localhost:9092")),
    Key::new("key.converter", Kind::Converter, None),
    Key::new("value.converter", Kind::Converter, None),
    Key::new("offset.storage.file.filename", Kind::Text, None),
    Key::new("offset.flush.interval.ms", Kind::Long, Some("60000")),
    Key::new("offset.flush.timeout.ms", Kind::Long, Some("5000")),
    Key::new(
        "task.shutdown.graceful.timeout.ms",
        Kind::Long,
        Some("5000"),
    ),
    Key::new("listeners", Kind::Text, Some("http://:8083")),
    Key::new("rest.extension.classes", Kind::Text, Some("")),
    Key::new("plugin.path", Kind::Text, Some("")),
    Key::new("config.providers", Kind::Text, Some("")),
    Key::new("default.api.timeout.ms", Kind::Int, Some("60000")),
];

const POLICIES: &[&str] = &["none", "all"];

/// What every connector has.
pub const CONNECTOR: &[Key] = &[
    Key::new("name", Kind::Text, None).with(Rule::NotEmpty),
    Key::new("connector.class", Kind::Text, None),
    Key::new("tasks.max", Kind::Int, Some("1")).with(Rule::AtLeast(1)),
    Key::new("key.converter", Kind::Converter, Some(STRING_CONVERTER)),
    Key::new("value.converter", Kind::Converter, Some(STRING_CONVERTER)),
    Key::new(
        "header.converter",
        Kind::Converter,
        Some("org.apache.kafka.connect.storage.SimpleHeaderConverter"),
    ),
    Key::new("errors.tolerance", Kind::Text, Some("none")).with(Rule::OneOf(POLICIES)),
    Key::new("errors.retry.timeout", Kind::Long, Some("0")),
    Key::new("errors.log.enable", Kind::Bool, Some("false")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn values_are_refused_in_kafkas_words() {
        let given = props(&[
            ("name", " "),
            ("connector.class", "x"),
            ("tasks.max", "PLACEHOLDER"),
            ("value.converter", "io.confluent.AvroConverter"),
            ("errors.tolerance", "some"),
            ("errors.log.enable", "perhaps"),
        ]);
        assert_eq!(
            errors(CONNECTOR, &given),
            [
                "Invalid value  for configuration name: String must be non-empty",
                "Invalid value PLACEHOLDER for configuration tasks.max: Not a number of type INT",
                "Invalid value io.confluent.AvroConverter for configuration value.converter: Class io.confluent.AvroConverter could not be found.",
                "Invalid value some for configuration errors.tolerance: String must be one of: none, all",
                "Invalid value perhaps for configuration errors.log.enable: Expected value to be either true or false",
            ]
        );
        let given = props(&[("name", "a"), ("tasks.max", "0")]);
        assert_eq!(
            errors(CONNECTOR, &given),
            [
                "Missing required configuration \"connector.class\" which has no default value.",
                "Invalid value 0 for configuration tasks.max: Value must be at least 1",
            ]
        );
    }

    #[test]
    fn a_refusal_counts_its_errors() {
        assert!(refusal(&[]).is_none());
        let text = refusal(&["a".to_owned(), "b".to_owned()])
            .unwrap()
            .to_string();
        assert!(
            text.contains("following 2 error(s):\na\nb\nYou can also find"),
            "{text}"
        );
    }
}
