//! Converters: which ones there are, and what of each can serve a connector of the bridge.

use super::error::quoted;
use std::fmt;

/// What stands between a connector and the bytes in Kafka.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Converter {
    String,
    /// Without its schema.
    Json,
    /// With it: `{"schema": …, "payload": …}`.
    JsonSchema,
    /// A class of somebody else's, on the worker's class path or under its `plugin.path`.
    Class(String),
}

impl Converter {
    /// Of a text that the table has checked.
    pub(super) fn of(text: &str) -> Self {
        match text {
            "string" => Self::String,
            "json" => Self::Json,
            "json-schema" => Self::JsonSchema,
            class => Self::Class(class.to_owned()),
        }
    }
}

impl fmt::Display for Converter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "string",
            Self::Json => "json",
            Self::JsonSchema => "json-schema",
            Self::Class(class) => class,
        })
    }
}

/// A short name, or the class of a converter that the node has. Kafka's own classes have short names here, because two of
/// them say too little (JSON with or without its schema) or serve neither connector (bytes).
pub fn rule(text: &str) -> Result<(), String> {
    const NAMES: &str = "string, json, json-schema, or a class: package.Name";
    match text {
        "string" | "json" | "json-schema" => return Ok(()),
        "bytes" | "org.apache.kafka.connect.converters.ByteArrayConverter" => {
            return Err(
                "the connectors know text and structs, no bytes: string, json or json-schema"
                    .into(),
            );
        }
        "org.apache.kafka.connect.json.JsonConverter" => {
            return Err("say json, or json-schema for JSON that carries its schema along".into());
        }
        "org.apache.kafka.connect.storage.StringConverter" => return Err("say string".into()),
        _ => {}
    }
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
    };
    if text.len() <= 256 && text.contains('.') && text.split('.').all(part) {
        Ok(())
    } else {
        Err(format!("{} is no converter: {NAMES}", quoted(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn names_and_classes_are_taken_and_what_serves_neither_connector_is_not() {
        for good in [
            "string",
            "json",
            "json-schema",
            "io.confluent.connect.avro.AvroConverter",
            "my.pkg.Outer$Inner",
        ] {
            assert_eq!(rule(good), Ok(()), "{good}");
        }
        for (wrong, words) in [
            ("bytes", "no bytes"),
            ("org.apache.kafka.connect.json.JsonConverter", "json-schema"),
            (
                "org.apache.kafka.connect.storage.StringConverter",
                "say string",
            ),
            ("avro", "no converter"),
            ("a..B", "no converter"),
            ("a.B; rm", "no converter"),
            ("JSON", "no converter"),
            ("", "no converter"),
        ] {
            let said = rule(wrong).unwrap_err();
            assert!(said.contains(words), "{wrong}: {said}");
        }
    }
}
