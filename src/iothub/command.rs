//! The record of a command, exactly as the sink reads it. One that it cannot read stops it for every device, so
//! everything is checked here, before anything is produced.

use super::device_id;
use serde::Serialize;

/// IoT Hub's limit of a cloud-to-device message, in bytes.
pub const SIZE_LIMIT: usize = 64 * 1024;

/// `{"messageId":…,"message":…,"deviceId":…[,"expiryTime":…]}`, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    message_id: String,
    message: String,
    device_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_time: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("{0}")]
    DeviceId(String),
    #[error("a message id has 1 to 128 printable ASCII characters")]
    MessageId,
    #[error("the command has {0} bytes, IoT Hub takes at most {SIZE_LIMIT}")]
    TooLarge(usize),
    #[error("{0:?} is no expiry time: YYYY-MM-DDThh:mm:ssZ (anything else the sink ignores in silence)")]
    Expiry(String),
}

impl Command {
    pub fn new(message_id: &str, text: &str, device: &str, expiry: Option<&str>) -> Result<Self, CommandError> {
        device_id(device).map_err(CommandError::DeviceId)?;
        if message_id.is_empty() || message_id.len() > 128 || !message_id.chars().all(|c| c.is_ascii_graphic()) {
            return Err(CommandError::MessageId);
        }
        if text.len() > SIZE_LIMIT {
            return Err(CommandError::TooLarge(text.len()));
        }
        if let Some(expiry) = expiry.filter(|expiry| !is_expiry(expiry)) {
            return Err(CommandError::Expiry(expiry.to_owned()));
        }
        Ok(Self {
            message_id: message_id.to_owned(),
            message: text.to_owned(),
            device_id: device.to_owned(),
            expiry_time: expiry.map(str::to_owned),
        })
    }

    pub fn to_json(&self) -> String {
        // strings only: this cannot fail
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The sink's SimpleDateFormat is lenient (a 13th month rolls over); we are not.
fn is_expiry(text: &str) -> bool {
    text.len() == 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' && text.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_is_exactly_what_the_sink_reads() {
        let json = Command::new("1", "Turn \"On\"", "fakepi", None).unwrap().to_json();
        assert_eq!(json, r#"{"messageId":"1","message":"Turn \"On\"","deviceId":"fakepi"}"#);
        let json = Command::new("1", "x", "d", Some("2026-01-31T09:00:00Z")).unwrap().to_json();
        assert!(json.ends_with(r#""expiryTime":"2026-01-31T09:00:00Z"}"#));
    }

    #[test]
    fn what_the_sink_would_choke_on_or_ignore_is_refused() {
        for device in ["", "a b", "a\"b", "a\nb", "a;b", "../b", "ä", &"x".repeat(129)] {
            assert!(matches!(Command::new("1", "x", device, None), Err(CommandError::DeviceId(_))), "{device:?}");
        }
        for expiry in ["2017-13-45T99:00:00Z", "2026-01-31T09:00:00.1Z", "2026-01-31T09:00:00+00:00", "2026-01-31", ""] {
            assert!(matches!(Command::new("1", "x", "d", Some(expiry)), Err(CommandError::Expiry(_))), "{expiry}");
        }
        assert_eq!(Command::new("", "x", "d", None), Err(CommandError::MessageId));
        assert_eq!(Command::new("1", &"x".repeat(SIZE_LIMIT + 1), "d", None), Err(CommandError::TooLarge(SIZE_LIMIT + 1)));
    }
}
