//! A command to a device, in the form in which the sink connector reads it from Kafka. One record that the sink cannot
//! read ends its task for every device, so nothing goes to the topic that has not been through here.

use super::device_id;
use crate::text::check_name;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// IoT Hub's limit for a cloud-to-device message: text and properties together, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// A command that the sink can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Command<'a> {
    message_id: &'a str,
    message: &'a str,
    device_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_time: Option<Expiry>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The id of the device or of the message; the text says what is wrong.
    #[error("{0}")]
    Id(String),
    #[error("the command has {size} bytes; IoT Hub takes at most {LIMIT}")]
    TooLarge { size: usize },
}

impl<'a> Command<'a> {
    /// `message_id` is for people and logs: nothing removes duplicates by it. After `expiry` the hub drops the message
    /// instead of delivering it; without one the hub's default applies.
    pub fn new(
        device: &'a str,
        text: &'a str,
        message_id: &'a str,
        expiry: Option<Expiry>,
    ) -> Result<Self, CommandError> {
        device_id(device).map_err(CommandError::Id)?;
        check_name(message_id, "message id", "-:.+%_#*?!(),=@;$'", 128)
            .map_err(CommandError::Id)?;
        let size = text.len() + message_id.len() + device.len();
        if size > LIMIT {
            return Err(CommandError::TooLarge { size });
        }
        Ok(Self {
            message_id,
            message: text,
            device_id: device,
            expiry_time: expiry,
        })
    }

    /// The key of the record: commands of one device stay in order.
    pub fn device_id(&self) -> &'a str {
        self.device_id
    }

    pub fn message_id(&self) -> &'a str {
        self.message_id
    }

    /// The value of the record, keys in this order and no blanks:
    /// `{"messageId":"1","message":"Turn On","deviceId":"fakepi","expiryTime":"2026-01-31T12:00:00Z"}`.
    pub fn to_json(&self) -> String {
        // Strings and a formatted time: there is nothing in it that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same, appended to a buffer that is used again and again.
    pub fn write_json(&self, into: &mut Vec<u8>) {
        let _ = serde_json::to_writer(into, self);
    }
}

/// When a command is worth nothing any more: `YYYY-MM-DDThh:mm:ssZ`, the one form that the connector reads. Fractions or
/// an offset make it ignore the expiry without a word, and a thirteenth month it takes for the next year's first. Two of
/// them compare as their times do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry([u8; 20]);

impl Expiry {
    /// The fraction of a second is cut off. None beyond the year 9999.
    pub fn at(time: Timestamp) -> Option<Self> {
        time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().parse().ok()
    }

    pub fn as_str(&self) -> &str {
        // Made of ASCII characters only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The error is a sentence's end: what is wanted.
impl FromStr for Expiry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let strict = |text: &str| -> Option<Self> {
            let bytes: [u8; 20] = text.as_bytes().try_into().ok()?;
            let shape = b"dddd-dd-ddTdd:dd:ddZ";
            let fits = bytes.iter().zip(shape).all(|(byte, wanted)| match wanted {
                b'd' => byte.is_ascii_digit(),
                wanted => byte == wanted,
            });
            let number = |at: usize| (bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0');
            if !fits {
                return None;
            }
            let small = |at: usize| i8::try_from(number(at)).ok();
            let year = i16::from(number(0)) * 100 + i16::from(number(2));
            jiff::civil::Date::new(year, small(5)?, small(8)?).ok()?;
            jiff::civil::Time::new(small(11)?, small(14)?, small(17)?, 0).ok()?;
            Some(Self(bytes))
        };
        strict(text).ok_or_else(|| "YYYY-MM-DDThh:mm:ssZ, nothing else".to_owned())
    }
}

impl std::fmt::Debug for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Expiry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The id of the message in a record of the commands' topic, as far as it has one.
pub fn message_id_of(value: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "messageId")]
        message_id: String,
    }
    let named: Named = serde_json::from_slice(value).ok()?;
    Some(named.message_id)
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
        let expiry = Expiry::at("2026-01-31T13:00:00.9+01:00".parse().unwrap());
        let expiring = Command::new("fakepi", "\"\n\u{1b}é", "a-1", expiry).unwrap();
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

    #[test]
    fn an_expiry_is_what_the_connector_reads_and_nothing_else() {
        let first: Expiry = "2024-02-29T23:59:59Z".parse().unwrap();
        let then: Expiry = "2024-03-01T00:00:00Z".parse().unwrap();
        assert!(first < then && first.as_str() == "2024-02-29T23:59:59Z");
        for wrong in [
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T23:59:60Z",
            "2024-02-29 23:59:59Z",
            "2024-02-29T23:59:59z",
            "2024-02-29T23:59:5é",
            "+024-02-29T23:59:59Z",
            "",
        ] {
            assert!(wrong.parse::<Expiry>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn which_message_a_record_is() {
        let command = Command::new("fakepi", "x", "a;1", None).unwrap();
        let mut value = Vec::new();
        command.write_json(&mut value);
        assert_eq!(value, command.to_json().as_bytes());
        assert_eq!(message_id_of(&value).as_deref(), Some("a;1"));
        assert_eq!(message_id_of(b"{\"messageId\":1}"), None);
    }
}
