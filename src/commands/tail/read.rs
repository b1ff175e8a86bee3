//! What a record says: its key and value as text or JSON, the device it is of, the device's own words. What cannot be
//! read is shown as it is; nothing here fails.

use crate::iothub::telemetry::{self, Form, Telemetry};
use crate::kafka::view::{Header, View};
use crate::ui::sanitise_line;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// One record for a program.
#[derive(Serialize)]
pub struct Line<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<String>,
    pub key: Option<Cow<'a, str>>,
    /// JSON where the record is JSON, else its text; null is a tombstone.
    pub value: Value,
    /// Whom it is of or for, where it says so.
    pub device: Option<String>,
    /// A record of the source connector, the same fields whatever it was written as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Telemetry>,
    /// What the telemetry was written as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_as: Option<Form>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Named>,
    /// The bytes of a key that is no UTF-8: its text above is not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_base64: Option<String>,
}

#[derive(Serialize)]
pub struct Named {
    pub name: String,
    pub value: Option<String>,
}

impl<'a> Line<'a> {
    pub fn of(view: &'a View<'_>) -> Self {
        let read = Read::of(view);
        Self {
            topic: view.topic,
            partition: view.partition,
            offset: view.offset,
            timestamp: time(view),
            key: view.key.map(String::from_utf8_lossy),
            device: read.device(),
            telemetry: read.telemetry,
            written_as: read.form,
            value: read.value,
            headers: view.headers().into_iter().map(named).collect(),
            key_base64: view.key.and_then(base64_of_binary),
            value_base64: view.value.and_then(base64_of_binary),
        }
    }
}

fn named((name, value): Header) -> Named {
    let text = |bytes: Vec<u8>| text(&bytes).into_owned();
    Named {
        name,
        value: value.map(text),
    }
}

fn base64_of_binary(bytes: &[u8]) -> Option<String> {
    let binary = std::str::from_utf8(bytes).is_err();
    binary.then(|| STANDARD.encode(bytes))
}

/// A value that was looked into.
pub struct Read {
    pub value: Value,
    pub telemetry: Option<Telemetry>,
    form: Option<Form>,
}

impl Read {
    pub fn of(view: &View<'_>) -> Self {
        let Some(bytes) = view.value else {
            return Self::plain(Value::Null);
        };
        if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
            return match telemetry::of_json(&value) {
                Some((telemetry, form)) => Self {
                    value,
                    telemetry: Some(telemetry),
                    form: Some(form),
                },
                None => Self::plain(value),
            };
        }
        let text = String::from_utf8_lossy(bytes);
        let telemetry = telemetry::of_struct(&text);
        Self {
            form: telemetry.is_some().then_some(Form::Struct),
            telemetry,
            value: Value::String(text.into_owned()),
        }
    }

    fn plain(value: Value) -> Self {
        Self {
            value,
            telemetry: None,
            form: None,
        }
    }

    /// A command names its device as telemetry does.
    pub fn device(&self) -> Option<String> {
        let named = match &self.telemetry {
            Some(telemetry) => Some(telemetry.device_id.clone()),
            None => {
                let value = telemetry::payload(&self.value).unwrap_or(&self.value);
                value
                    .get("deviceId")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            }
        };
        named.filter(|name| !name.is_empty())
    }
}

pub fn device_of(view: &View<'_>) -> Option<String> {
    Read::of(view).device()
}

/// What the device sent; of anything else the whole value.
pub fn body(read: &Read, view: &View<'_>) -> String {
    match (&read.telemetry, view.value) {
        (Some(telemetry), _) => telemetry.content.clone(),
        (None, None) => "(no value)".to_owned(),
        (None, Some(bytes)) => text(bytes).into_owned(),
    }
}

/// `2026-01-31T09:00:00.123Z`
pub fn time(view: &View<'_>) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(view.timestamp_ms()?).ok()?;
    Some(format!("{time:.3}"))
}

/// Bytes as text; those that are none as `\xff`.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(shown)
}

/// One record for a person.
pub fn row(view: &View<'_>) -> String {
    let read = Read::of(view);
    let device = read.device();
    let device = device
        .or_else(|| view.key.map(|key| text(key).into_owned()))
        .unwrap_or_else(|| "-".to_owned());
    let line = format!(
        "{} {}-{}@{} {device} {}",
        time(view).as_deref().unwrap_or("-"),
        view.topic,
        view.partition,
        view.offset,
        body(&read, view)
    );
    sanitise_line(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_everything_that_may_lie_in_a_topic() {
        let row = |key: Option<&str>, value: Option<&[u8]>| {
            let key = key.map(str::as_bytes);
            row(&View::new(
                "iotin",
                (3, 812),
                Some(1_769_850_000_123),
                key,
                value,
            ))
        };
        let start = "2026-01-31T09:00:00.123Z iotin-3@812";
        let telemetry = br#"{"deviceId":"fakepi","content":"21\u001b[2J","sequenceNumber":1}"#;
        assert_eq!(
            row(None, Some(telemetry)),
            format!("{start} fakepi 21\\x1b[2J")
        );
        assert_eq!(row(Some("k"), None), format!("{start} k (no value)"));
        assert_eq!(
            row(None, Some(b"a\xff\xfeb\n")),
            format!("{start} - a\\xff\\xfeb\\n")
        );
        assert_eq!(row(None, Some(b"")), format!("{start} - "));
        let command = br#"{"message":"On","deviceId":"pi"}"#;
        let shown = std::str::from_utf8(command).unwrap();
        assert_eq!(row(Some("k"), Some(command)), format!("{start} pi {shown}"));
    }

    #[test]
    fn bytes_that_are_no_text_are_all_there() {
        let view = View::new("x", (0, 0), None, Some(b"\xff"), Some(b"\xfe\0"));
        let line = serde_json::to_value(Line::of(&view)).unwrap();
        assert_eq!(line["value_base64"], "/gA=");
        assert_eq!(line["key_base64"], "/w==");
        assert_eq!(line["timestamp"], Value::Null);
        let plain = View::new("x", (0, 0), None, None, Some(b"5"));
        let line = serde_json::to_value(Line::of(&plain)).unwrap();
        assert_eq!(line["value"], 5);
        assert_eq!(line.get("value_base64"), None);
    }
}
