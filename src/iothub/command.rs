//! A command to a device, in the form in which the sink connector reads it from Kafka. One record that the sink cannot
//! read ends its task for every device, so nothing goes to the topic that has not been through here.

use super::device_id;
use crate::text::check_name;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// IoT Hub's limit for a cloud-to-device message: text and properties together, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// A command that the sink can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    message_id: String,
    message: String,
    device_id: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    expiry_time: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The id of the device or of the message; the text says what is wrong.
    #[error("{0}")]
    Id(String),
    #[error("the command has {size} bytes; IoT Hub takes at most {LIMIT}")]
    TooLarge { size: usize },
}

impl Command {
    /// `message_id` is for people and logs: nothing removes duplicates by it. After `expiry` (whole seconds) the hub
    /// drops the message instead of delivering it; without one the hub's default applies.
    pub fn new(
        device: &str,
        text: &str,
        message_id: &str,
        expiry: Option<Timestamp>,
    ) -> Result<Self, CommandError> {
        device_id(device).map_err(CommandError::Id)?;
        check_name(message_id, "message id", "-:.+%_#*?!(),=@;$'", 128)
            .map_err(CommandError::Id)?;
        let size = text.len() + message_id.len() + device.len();
        if size > LIMIT {
            return Err(CommandError::TooLarge { size });
        }
        Ok(Self {
            message_id: message_id.to_owned(),
            message: text.to_owned(),
            device_id: device.to_owned(),
            expiry_time: expiry,
        })
    }

    /// The key of the record: commands of one device stay in order.
    pub fn device_id(&self) -> &str {
        &self.device_id
    }

    pub fn message_id(&self) -> &str {
        &self.message_id
    }

    /// The value of the record, keys in this order and no blanks:
    /// `{"messageId":"1","message":"Turn On","deviceId":"fakepi","expiryTime":"2026-01-31T12:00:00Z"}`.
    pub fn to_json(&self) -> String {
        // Strings and a formatted time: there is nothing in it that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The device that a record of the commands' topic is for, as far as it says so.
pub fn device_of(value: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Addressed {
        #[serde(rename = "deviceId")]
        device_id: String,
    }
    let addressed: Addressed = serde_json::from_slice(value).ok()?;
    Some(
        addressed
            .device_id
            .chars()
            .filter(|c| !c.is_control())
            .collect(),
    )
}

/// The one form that the connector reads; fractions or an offset make it ignore the expiry without a word.
fn seconds<S: serde::Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&time.strftime("%Y-%m-%dT%H:%M:%SZ")),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_the_sink_reads() {
        let plain = Command::new("fakepi", "Turn On", "1", None).unwrap();
        assert_eq!(
            plain.to_json(),
            r#"{"messageId":"1","message":"Turn On","deviceId":"fakepi"}"#
        );
        let expiry = "2026-01-31T13:00:00.9+01:00".parse().unwrap();
        let expiring = Command::new("fakepi", "\"\n\u{1b}é", "a-1", Some(expiry)).unwrap();
        assert_eq!(
            expiring.to_json(),
            r#"{"messageId":"a-1","message":"\"\n\u001bé","deviceId":"fakepi","expiryTime":"2026-01-31T12:00:00Z"}"#
        );
    }

    #[test]
    fn what_would_end_the_sink_or_be_refused_by_the_hub() {
        assert!(matches!(
            Command::new("a b", "x", "1", None),
            Err(CommandError::Id(_))
        ));
        assert!(matches!(
            Command::new("fakepi", "x", "", None),
            Err(CommandError::Id(_))
        ));
        assert!(matches!(
            Command::new("fakepi", "x", "a\"b", None),
            Err(CommandError::Id(_))
        ));
        let fits = "x".repeat(LIMIT - 7);
        assert!(Command::new("fakepi", &fits, "1", None).is_ok());
        assert_eq!(
            Command::new("fakepi", &fits, "12", None),
            Err(CommandError::TooLarge { size: LIMIT + 1 })
        );
    }

    #[test]
    fn whom_a_record_is_for() {
        let command = Command::new("fakepi", "x", "1", None).unwrap();
        assert_eq!(
            device_of(command.to_json().as_bytes()).as_deref(),
            Some("fakepi")
        );
        assert_eq!(
            device_of(b"{\"deviceId\":\"a\\u001bb\"}").as_deref(),
            Some("ab")
        );
        assert_eq!(device_of(b""), None);
        assert_eq!(device_of(b"[]"), None);
    }
}
