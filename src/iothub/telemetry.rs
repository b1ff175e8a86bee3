//! A record of the source connector as it lies in the telemetry topic, in each of the three forms that its converters
//! write: schemaless JSON, JSON with schema and payload, and the text of a Connect struct. Reading only; what is none of
//! these is none of ours.

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a device sent, with what the hub and the connector added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Telemetry {
    pub device_id: String,
    /// Of the event in its partition of the hub, not of the record in Kafka.
    pub offset: String,
    pub content_type: String,
    /// When the hub took it, RFC 3339.
    pub enqueued_time: String,
    pub sequence_number: i64,
    /// The device's own bytes as text.
    pub content: String,
    pub system_properties: BTreeMap<String, String>,
    pub properties: BTreeMap<String, String>,
}

/// How a record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// JsonConverter without schemas.
    Json,
    /// JsonConverter with schemas: the record is in `payload`.
    Schema,
    /// StringConverter: `Struct{…}`.
    Struct,
}

/// The record in a JSON value, with or without a schema around it.
pub fn of_json(value: &Value) -> Option<(Telemetry, Form)> {
    match payload(value) {
        Some(payload) => Some((of_object(payload.as_object()?)?, Form::Schema)),
        None => Some((of_object(value.as_object()?)?, Form::Json)),
    }
}

/// What JsonConverter put into its envelope, if there is one.
pub fn payload(value: &Value) -> Option<&Value> {
    let object = value.as_object()?;
    let enveloped = object.len() == 2 && object.contains_key("schema");
    object.get("payload").filter(|_| enveloped)
}

fn of_object(object: &Map<String, Value>) -> Option<Telemetry> {
    let text = |name: &str| match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    // A command has a device, too, but none of the others.
    let ours = ["deviceId", "content"]
        .iter()
        .all(|name| object.get(*name).is_some_and(Value::is_string));
    let hub = ["enqueuedTime", "sequenceNumber"]
        .iter()
        .any(|name| object.contains_key(*name));
    if !ours || !hub {
        return None;
    }
    Some(Telemetry {
        device_id: text("deviceId"),
        offset: text("offset"),
        content_type: text("contentType"),
        enqueued_time: text("enqueuedTime"),
        sequence_number: object
            .get("sequenceNumber")
            .and_then(Value::as_i64)
            .unwrap_or_default(),
        content: text("content"),
        system_properties: texts(object.get("systemProperties")),
        properties: texts(object.get("properties")),
    })
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(object)) = value else {
        return BTreeMap::new();
    };
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    object
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// The record in the text of a Connect struct. Nothing in it is escaped, so a content or property that imitates what
/// comes after it can be taken for that: the fields' fixed order and, of a content that is JSON, its own end are what is
/// held on to.
pub fn of_struct(text: &str) -> Option<Telemetry> {
    let inside = text.strip_prefix("Struct{")?.strip_suffix('}')?;
    let (device_id, rest) = until(inside.strip_prefix("deviceId=")?, ",offset=")?;
    // A field without a value is left out.
    let (offset, content_type, rest) = match until(rest, ",contentType=") {
        Some((offset, rest)) if !offset.contains(",enqueuedTime=") => {
            let (content_type, rest) = until(rest, ",enqueuedTime=")?;
            (offset, content_type, rest)
        }
        _ => {
            let (offset, rest) = until(rest, ",enqueuedTime=")?;
            (offset, "", rest)
        }
    };
    let (enqueued_time, rest) = until(rest, ",sequenceNumber=")?;
    let (sequence_number, rest) = until(rest, ",content=")?;
    let (content, rest) = content(rest)?;
    let (system, properties) = match rest.rsplit_once(",properties={") {
        Some((system, properties)) => (system, properties.strip_suffix('}')?),
        None => (rest, ""),
    };
    let system = system.strip_prefix(",systemProperties={").unwrap_or("}");
    Some(Telemetry {
        device_id: device_id.to_owned(),
        offset: offset.to_owned(),
        content_type: content_type.to_owned(),
        enqueued_time: enqueued_time.to_owned(),
        sequence_number: sequence_number.parse().ok()?,
        content: content.to_owned(),
        system_properties: entries(system.strip_suffix('}')?),
        properties: entries(properties),
    })
}

fn until<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(mark)
}

/// The content and what comes after it.
fn content(text: &str) -> Option<(&str, &str)> {
    const AFTER: [&str; 2] = [",systemProperties={", ",properties={"];
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    if let Some(Ok(_)) = values.next() {
        let (content, rest) = text.split_at(values.byte_offset());
        if rest.is_empty() || AFTER.iter().any(|mark| rest.starts_with(mark)) {
            return Some((content, rest));
        }
    }
    let end = AFTER.iter().find_map(|mark| text.rfind(mark));
    Some(text.split_at(end.unwrap_or(text.len())))
}

/// `a=1, b={"x":1, "y":2}`: a comma and a blank begin an entry only where a name and `=` follow.
fn entries(text: &str) -> BTreeMap<String, String> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for piece in text.split(", ") {
        match (piece.split_once('='), entries.last_mut()) {
            (Some((name, value)), _) if is_name(name) => {
                entries.push((name.to_owned(), value.to_owned()));
            }
            (_, Some((_, value))) => {
                value.push_str(", ");
                value.push_str(piece);
            }
            (_, None) => {}
        }
    }
    entries.into_iter().collect()
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "-_.$:@/".contains(c);
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const STRUCT: &str = r#"Struct{deviceId=myDeviceId,offset=0,contentType=,enqueuedTime=2026-11-21T01:59:48.882Z,sequenceNumber=7,content={"messageId": 0, "x": ",systemProperties={"},systemProperties={iothub-enqueuedtime=Sat Nov 21 01:59:48 UTC 2026, iothub-connection-auth-method={"scope":"device", "type":"sas"}},properties={temperatureAlert=false, a=b=c}}"#;

    #[test]
    fn the_three_forms_say_the_same() {
        let found = of_struct(STRUCT).unwrap();
        assert_eq!(
            (found.device_id.as_str(), found.sequence_number),
            ("myDeviceId", 7)
        );
        assert_eq!(
            found.content,
            r#"{"messageId": 0, "x": ",systemProperties={"}"#
        );
        assert_eq!(found.properties["temperatureAlert"], "false");
        assert_eq!(found.properties["a"], "b=c");
        assert_eq!(
            found.system_properties["iothub-connection-auth-method"],
            r#"{"scope":"device", "type":"sas"}"#
        );
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(of_json(&json), Some((found.clone(), Form::Json)));
        let enveloped = json!({"schema": {"type": "struct"}, "payload": json});
        assert_eq!(of_json(&enveloped), Some((found, Form::Schema)));
    }

    #[test]
    fn a_content_that_is_no_json_and_fields_that_are_left_out() {
        let text = "Struct{deviceId=a,b=c,offset=12,enqueuedTime=2026-11-21T01:59:48Z,sequenceNumber=1,content=21.5, warm}";
        let found = of_struct(text).unwrap();
        assert_eq!(
            (found.device_id.as_str(), found.content.as_str()),
            ("a,b=c", "21.5, warm")
        );
        let text = "Struct{deviceId=d,offset=12,contentType=x,enqueuedTime=,sequenceNumber=1,content=,systemProperties={},properties={}}";
        let found = of_struct(text).unwrap();
        assert_eq!(
            (
                found.content_type.as_str(),
                found.content.as_str(),
                found.properties.len()
            ),
            ("x", "", 0)
        );
    }

    #[test]
    fn what_is_none_is_not_taken_for_one() {
        for text in [
            "",
            "Struct{",
            "Struct{}",
            "Struct{deviceId=a}",
            "Struct{deviceId=a,offset=1,enqueuedTime=x,sequenceNumber=many,content=}",
            "{\"deviceId\":\"a\"}",
        ] {
            assert_eq!(of_struct(text), None, "{text}");
        }
        for value in [
            json!(null),
            json!([1]),
            json!({"deviceId": "a", "message": "Turn On", "messageId": "1"}),
            json!({"schema": null, "payload": null}),
            json!({"deviceId": "a", "content": 5, "sequenceNumber": 1}),
        ] {
            assert_eq!(of_json(&value), None, "{value}");
        }
    }
}
