//! The shapes of the REST proxy's v1, as its specification has them: brokers in camelCase, partitions in snake_case.

use crate::text::printable_start;
use crate::transport::looks_like;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broker {
    #[serde(rename = "hostName", alias = "host")]
    pub host_name: String,
    pub port: u16,
    pub id: i32,
    #[serde(default)]
    pub rack: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    #[serde(rename = "partition_id")]
    pub id: i32,
    #[serde(rename = "earliest_offset")]
    pub earliest: i64,
    /// The next to be written.
    #[serde(rename = "latest_offset")]
    pub latest: i64,
    #[serde(default)]
    pub leader: Option<Broker>,
    #[serde(default)]
    pub replicas: Vec<Broker>,
    #[serde(default)]
    pub isr: Vec<Broker>,
}

/// A topic to be created. The properties' values may be texts or numbers; they are sent as texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewTopic {
    #[serde(rename = "partition_count")]
    pub partitions: i32,
    pub replication_factor: i32,
    #[serde(rename = "topic_properties")]
    pub config: BTreeMap<String, String>,
}

/// A record to be written: any JSON value, an optional key, an optional partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WriteRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    pub value: Value,
}

/// A record as it was read. The specification says that key and value are texts; what was written as JSON may come back
/// as JSON all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadRecord {
    #[serde(default)]
    pub key: Option<Value>,
    #[serde(default)]
    pub value: Value,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970.
    #[serde(default)]
    pub timestamp: Option<i64>,
}

/// What one read gave, and where the next one begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub records: Vec<ReadRecord>,
    pub next: i64,
}

#[derive(Deserialize)]
pub(super) struct Brokers {
    pub brokers: Vec<Broker>,
}

#[derive(Deserialize)]
pub(super) struct Topics {
    pub topics: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Partitions {
    pub partitions: Vec<Partition>,
}

/// Both forms of an answer to a read: the specification's bare list, and the object that Microsoft's sample reads.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Records {
    Bare(Vec<ReadRecord>),
    Wrapped { records: Vec<ReadRecord> },
}

impl Records {
    pub fn into_vec(self) -> Vec<ReadRecord> {
        match self {
            Self::Bare(records) | Self::Wrapped { records } => records,
        }
    }
}

/// A few words on a body that may be anything: empty, JSON of any shape, a page.
pub(super) fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return "without a word".into();
    }
    if text.starts_with('<') {
        return format!("with {}", looks_like(body));
    }
    let said = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|value| match value {
            Value::String(text) => Some(text),
            Value::Object(map) => ["message", "error_description", "error", "detail"]
                .iter()
                .find_map(|key| map.get(*key)?.as_str().map(str::to_owned)),
            _ => None,
        });
    start(said.as_deref().unwrap_or(text))
}

fn start(text: &str) -> String {
    printable_start(text, 300)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_an_answer_to_a_read() {
        let one = json!({"key": "k", "value": {"id": 1}, "partition": 0, "offset": 7, "timestamp": 3, "timestampType": "CreateTime"});
        for body in [json!([one]), json!({"records": [one]})] {
            let records: Records = serde_json::from_value(body).unwrap();
            let records = records.into_vec();
            assert_eq!((records[0].offset, records.len()), (7, 1));
            assert_eq!(records[0].value, json!({"id": 1}));
        }
    }

    #[test]
    fn words_of_any_body() {
        assert_eq!(words(b""), "without a word");
        assert_eq!(words(b"\"no such topic\""), "no such topic");
        assert_eq!(words(br#"{"code":1,"message":"bad\u001b[2J"}"#), "bad[2J");
        assert_eq!(
            words(b"<html><title>Sign in</title>"),
            "with an HTML page, \"Sign in\""
        );
        assert_eq!(words(b"[1,2]"), "[1,2]");
    }

    #[test]
    fn a_record_without_key_or_partition_has_neither() {
        let record = WriteRecord {
            key: None,
            partition: None,
            value: json!(2.5),
        };
        assert_eq!(serde_json::to_string(&record).unwrap(), r#"{"value":2.5}"#);
    }
}
