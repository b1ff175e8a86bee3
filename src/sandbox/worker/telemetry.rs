//! What an event of the hub becomes in Kafka: the source connector's record, as text or JSON. The names of its fields
//! are the connector's schema `iothub.kafka.connect`, version 1.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::converter::Converter;
use super::exception::{DATA, Exception};
use super::receiver::Event;

pub struct Telemetry {
    device_id: String,
    offset: String,
    content_type: String,
    enqueued_time: String,
    sequence: i64,
    content: String,
    system: BTreeMap<String, String>,
    properties: BTreeMap<String, String>,
}

impl Telemetry {
    pub fn of(event: Event) -> Self {
        let (mut system, mut properties) = (event.system, event.properties);
        let device_id = system.remove("iothub-connection-device-id");
        let content_type = properties.remove("contentType");
        system.insert("iothub-enqueuedtime".to_owned(), java_date(event.enqueued));
        let body = STANDARD.decode(&event.body).unwrap_or_default();
        Self {
            device_id: device_id.unwrap_or_default(),
            offset: event.offset,
            content_type: content_type.unwrap_or_default(),
            enqueued_time: java_instant(event.enqueued),
            sequence: event.sequence,
            content: String::from_utf8_lossy(&body).into_owned(),
            system,
            properties,
        }
    }

    /// The value's bytes. The key is null whatever the converter.
    pub fn bytes(&self, converter: Converter) -> Result<Vec<u8>, Exception> {
        match converter {
            Converter::Text => Ok(self.text().into_bytes()),
            Converter::Json { schemas: false } => Ok(self.json().into_bytes()),
            Converter::Json { schemas: true } => {
                let schema = schema();
                Ok(format!("{{\"schema\":{schema},\"payload\":{}}}", self.json()).into_bytes())
            }
            Converter::Bytes => {
                let cause =
                    Exception::new(DATA, "Invalid schema type for ByteArrayConverter: STRUCT");
                Err(Exception::connect("Tolerance exceeded in error handler").caused_by(cause))
            }
        }
    }

    /// `Struct.toString()`: one line, nothing escaped, not to be read by a machine.
    fn text(&self) -> String {
        let map = |entries: &BTreeMap<String, String>| {
            let pairs: Vec<String> = entries.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("{{{}}}", pairs.join(", "))
        };
        format!(
            "Struct{{deviceId={},offset={},contentType={},enqueuedTime={},sequenceNumber={},content={},systemProperties={},properties={}}}",
            self.device_id,
            self.offset,
            self.content_type,
            self.enqueued_time,
            self.sequence,
            self.content,
            map(&self.system),
            map(&self.properties)
        )
    }

    /// In the order of the schema's fields.
    fn json(&self) -> String {
        let fields: [(&str, Value); 8] = [
            ("deviceId", json!(self.device_id)),
            ("offset", json!(self.offset)),
            ("contentType", json!(self.content_type)),
            ("enqueuedTime", json!(self.enqueued_time)),
            ("sequenceNumber", json!(self.sequence)),
            ("content", json!(self.content)),
            ("systemProperties", json!(self.system)),
            ("properties", json!(self.properties)),
        ];
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", pairs.join(","))
    }
}

fn schema() -> Value {
    let field = |kind: &str, optional: bool, name: &str| json!({"type": kind, "optional": optional, "field": name});
    let map = |name: &str| {
        let text = json!({"type": "string", "optional": false});
        json!({"type": "map", "keys": text, "values": text, "optional": false, "field": name})
    };
    json!({
        "type": "struct",
        "optional": false,
        "name": "iothub.kafka.connect",
        "version": 1,
        "fields": [
            field("string", false, "deviceId"),
            field("string", false, "offset"),
            field("string", true, "contentType"),
            field("string", false, "enqueuedTime"),
            field("int64", false, "sequenceNumber"),
            field("string", false, "content"),
            map("systemProperties"),
            map("properties"),
        ],
    })
}

/// `Instant.toString()`: no fraction, or one in groups of three digits.
fn java_instant(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or_default();
    match millis.rem_euclid(1000) {
        0 => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        fraction => format!("{}.{fraction:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S")),
    }
}

/// `Date.toString()`: `Sat Nov 21 01:59:48 UTC 2026`.
pub fn java_date(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).unwrap_or_default();
    at.to_zoned(TimeZone::system())
        .strftime("%a %b %d %H:%M:%S %Z %Y")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telemetry() -> Telemetry {
        Telemetry::of(Event {
            offset: "100".to_owned(),
            sequence: 42,
            enqueued: 1_795_226_388_120,
            body: STANDARD.encode(r#"{"messageId":1}"#),
            system: BTreeMap::from([(
                "iothub-connection-device-id".to_owned(),
                "fakepi".to_owned(),
            )]),
            properties: BTreeMap::from([
                ("contentType".to_owned(), "x/y".to_owned()),
                ("temperatureAlert".to_owned(), "false".to_owned()),
            ]),
        })
    }

    #[test]
    fn text_is_a_struct() {
        let text = String::from_utf8(telemetry().bytes(Converter::Text).unwrap()).unwrap();
        let start = r#"Struct{deviceId=fakepi,offset=100,contentType=x/y,enqueuedTime=2026-11-21T01:59:48.120Z,sequenceNumber=42,content={"messageId":1},systemProperties={iothub-enqueuedtime="#;
        assert!(text.starts_with(start), "{text}");
        assert!(
            text.ends_with("},properties={temperatureAlert=false}}"),
            "{text}"
        );
    }

    #[test]
    fn json_keeps_the_order_of_the_fields() {
        let bytes = telemetry()
            .bytes(Converter::Json { schemas: false })
            .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.starts_with(r#"{"deviceId":"fakepi","offset":"100","contentType":"x/y","#),
            "{text}"
        );
        assert!(
            text.contains(r#""sequenceNumber":42,"content":"{\"messageId\":1}","#),
            "{text}"
        );
        let bytes = telemetry()
            .bytes(Converter::Json { schemas: true })
            .unwrap();
        let read: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read["payload"]["deviceId"], "fakepi");
        assert_eq!(read["schema"]["fields"][4]["type"], "int64");
        assert!(telemetry().bytes(Converter::Bytes).is_err());
    }

    #[test]
    fn instants_as_java_prints_them() {
        assert_eq!(java_instant(0), "1970-01-01T00:00:00Z");
        assert_eq!(java_instant(1), "1970-01-01T00:00:00.001Z");
    }
}
