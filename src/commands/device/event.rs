//! What a simulated device tells of itself, one line an event, for a person or a program.

use crate::iothub::device::Message;
use crate::iothub::simulation::Reading;
use crate::ui::{Format, sanitise_line};
use serde::Serialize;
use std::collections::BTreeMap;

/// What `-o json` gives, one a line; `event` tells which it is.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Event<'a> {
    Sent {
        #[serde(flatten)]
        reading: &'a Reading,
    },
    Received {
        #[serde(rename = "messageId")]
        message_id: Option<&'a str>,
        text: String,
        properties: &'a BTreeMap<String, String>,
    },
    End {
        sent: u64,
        received: u64,
    },
}

impl<'a> Event<'a> {
    pub fn received(message: &'a Message) -> Self {
        Self::Received {
            message_id: message.message_id.as_deref(),
            text: String::from_utf8_lossy(&message.body).into_owned(),
            properties: &message.properties,
        }
    }

    /// For a terminal or a program, without the line's end. `-o yaml` gives one document an event.
    pub fn line(&self, format: Format) -> anyhow::Result<String> {
        Ok(match format {
            Format::Json => harmless(&serde_json::to_string(self)?),
            // JSON is YAML, and all of it can be escaped.
            Format::Yaml => format!("---\n{}", harmless(&serde_json::to_string(self)?)),
            Format::Table => self.for_a_person()?,
        })
    }

    fn for_a_person(&self) -> anyhow::Result<String> {
        Ok(match self {
            Self::Sent { reading } => format!("Sent message: {}", serde_json::to_string(reading)?),
            Self::Received { text, .. } => format!("Receive message: {}", sanitise_line(text)),
            Self::End { .. } => String::new(),
        })
    }
}

/// JSON in which no character acts on a terminal: the escapes mean the same.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let shown = sanitise_line(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8();
        if shown {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_lets_a_control_character_out_or_changes_the_text() {
        let text = "a\u{9b}2J\u{202e}b\u{7f}c\td\ne\u{1b}[31m";
        let event = Event::Received {
            message_id: None,
            text: text.to_owned(),
            properties: &BTreeMap::new(),
        };
        let json = event.line(Format::Json).unwrap();
        assert_eq!(sanitise_line(&json), json);
        let back: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back["text"], text);
        let line = event.line(Format::Table).unwrap();
        assert!(line.starts_with("Receive message: a") && !line.chars().any(char::is_control));
    }
}
