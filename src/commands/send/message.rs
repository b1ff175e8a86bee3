//! What a line of input asks for: a JSON object of a message, or the text for the device that was named. Pure.

use crate::iothub::command::{Command, Expiry};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use std::borrow::Cow;
use std::time::Duration;
use uuid::Uuid;

/// What the command line says about every message.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Lines are texts for this device; without it they are JSON.
    pub device: Option<String>,
    pub lifetime: Option<Lifetime>,
}

/// When a message is worth nothing any more, if its line does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    Until(Expiry),
    /// From when it is sent.
    For(Duration),
}

impl Lifetime {
    /// For a message that is sent at this time.
    pub fn expiry(self, now: Timestamp) -> Result<Expiry, String> {
        match self {
            Self::Until(expiry) => Ok(expiry),
            Self::For(duration) => now
                .checked_add(duration)
                .ok()
                .and_then(Expiry::at)
                .ok_or_else(|| format!("{duration:?} from now is beyond the year 9999")),
        }
    }
}

/// One message. Borrowed from its line where the line has no escapes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields<'a> {
    #[serde(borrow)]
    device_id: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow, default)]
    message_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    expiry_time: Option<Text<'a>>,
}

pub struct Message<'a> {
    pub device: Cow<'a, str>,
    pub text: Cow<'a, str>,
    /// As it was given.
    pub id: Option<Cow<'a, str>>,
    pub expiry: Option<Expiry>,
}

impl<'a> Message<'a> {
    /// The error says what is wrong with the line.
    pub fn read(line: &'a [u8], terms: &'a Terms) -> Result<Self, String> {
        let line = std::str::from_utf8(line).map_err(|_| "this is not UTF-8".to_owned())?;
        if let Some(device) = &terms.device {
            return Ok(Self {
                device: Cow::Borrowed(device),
                text: Cow::Borrowed(line),
                id: None,
                expiry: None,
            });
        }
        // serde would take an array for the fields in their order.
        if !line.trim_ascii_start().starts_with('{') {
            return Err("this is not a JSON object".to_owned());
        }
        let fields: Fields = serde_json::from_str(line).map_err(|error| wrong(&error))?;
        let expiry = match fields.expiry_time {
            Some(Text(text)) => Some(
                text.parse()
                    .map_err(|wanted| format!("expiryTime: {wanted}"))?,
            ),
            None => None,
        };
        Ok(Self {
            device: fields.device_id.0,
            text: fields.message.0,
            id: fields.message_id.map(|Text(id)| id),
            expiry,
        })
    }

    /// Checked by every rule of sink and hub. `id` is for a message that has none of its own.
    pub fn command<'b>(
        &'b self,
        id: &'b str,
        expiry: Option<Expiry>,
    ) -> Result<Command<'b>, String> {
        let id = self.id.as_deref().unwrap_or(id);
        let expiry = self.expiry.or(expiry);
        Command::new(&self.device, &self.text, id, expiry).map_err(|error| error.to_string())
    }
}

/// serde's words, without the line that it counts from the beginning of the text.
fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let words = text.split(" at line 1 column ").next().unwrap_or(&text);
    if words.starts_with("unknown field `expiry`") {
        return "the sink would ignore `expiry`: it reads expiryTime".to_owned();
    }
    match error.classify() {
        serde_json::error::Category::Data => words.to_owned(),
        _ => format!("this is not JSON: {words} (column {})", error.column()),
    }
}

/// A string that is borrowed if it can be; serde's own `Option<Cow<str>>` never is.
#[derive(Debug)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;
        impl<'de> Visitor<'de> for Borrow {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrow)
    }
}

/// Ids for messages that have none: random as a whole, counted on by line. A random one for each would cost more than the
/// check of its line, and one that follows from the line needs not be remembered until it is acknowledged.
#[derive(Clone, Copy, Debug)]
pub struct Ids(u128);

/// The last group of a UUID, which holds neither its version nor its variant.
const COUNTED: u128 = (1 << 48) - 1;

impl Ids {
    pub fn random() -> Self {
        Self(Uuid::new_v4().as_u128())
    }

    /// The id of the message of this line, written into the buffer.
    pub fn of<'b>(&self, line: u64, buffer: &'b mut [u8; 36]) -> &'b str {
        let counted = self.0.wrapping_add(u128::from(line)) & COUNTED;
        let uuid = Uuid::from_u128(self.0 & !COUNTED | counted);
        uuid.hyphenated().encode_lower(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<String, String> {
        let terms = Terms::default();
        let message = Message::read(line.as_bytes(), &terms)?;
        Ok(message.command("generated", None)?.to_json())
    }

    #[test]
    fn a_message_of_a_line() {
        let whole = r#"{"messageId":"1","message":"Turn On","deviceId":"fakepi","expiryTime":"2026-01-31T12:00:00Z"}"#;
        assert_eq!(read(whole).as_deref(), Ok(whole));
        assert_eq!(
            read(" {\"deviceId\" : \"fake\\u0070i\", \"message\":\"\\\"\\ud83d\\ude00\", \"messageId\":null} ").as_deref(),
            Ok(r#"{"messageId":"generated","message":"\"😀","deviceId":"fakepi"}"#)
        );
    }

    #[test]
    fn what_the_sink_would_fail_at_or_ignore() {
        for (line, words) in [
            (
                r#"{"deviceId":"a","message":"x","expiry":"2026-01-31T12:00:00Z"}"#,
                "expiryTime",
            ),
            (
                r#"{"deviceId":"a","message":"x","expirytime":"2026-01-31T12:00:00Z"}"#,
                "expirytime",
            ),
            (
                r#"{"deviceId":"a","message":"x","expiryTime":"2026-01-31"}"#,
                "YYYY-MM-DDThh:mm:ssZ",
            ),
            (
                r#"{"deviceId":"a","message":"x","expiryTime":5}"#,
                "expected a string",
            ),
            (
                r#"{"deviceId":"a","message":"x","message":"y"}"#,
                "duplicate field",
            ),
            (
                r#"{"deviceId":"a","message":{"on":true}}"#,
                "expected a string",
            ),
            (r#"{"deviceId":"a","message":null}"#, "expected a string"),
            (r#"{"deviceId":"a"}"#, "missing field `message`"),
            (r#"{"message":"x"}"#, "missing field `deviceId`"),
            (r#"{"deviceId":"a b","message":"x"}"#, "device id"),
            (
                r#"{"deviceId":"a","message":"x","messageId":""}"#,
                "message id is empty",
            ),
            (
                r#"{"deviceId":"a","message":"x","messageId":"a b"}"#,
                "message id",
            ),
            (r#"{"deviceId":"a","message":"\ud83d"}"#, "not JSON"),
            (r#"{"deviceId":"a","message":"x"} {}"#, "not JSON"),
            (r#"{"deviceId":"a","message":"x""#, "not JSON"),
            (r#"["a","x"]"#, "not a JSON object"),
            ("Turn On", "not a JSON object"),
            ("\"x\"", "not a JSON object"),
        ] {
            let error = read(line).unwrap_err();
            assert!(
                error.contains(words) && !error.contains("line 1"),
                "{line}: {error}"
            );
        }
        let terms = Terms::default();
        assert!(Message::read(b"{\"deviceId\":\"\xff\"}", &terms).is_err());
    }

    #[test]
    fn a_line_for_a_device_is_its_text() {
        let terms = Terms {
            device: Some("fakepi".into()),
            ..Terms::default()
        };
        let message = Message::read("{\"deviceId\":\"other\"}".as_bytes(), &terms).unwrap();
        let json = message.command("1", None).unwrap().to_json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["message"], "{\"deviceId\":\"other\"}");
        assert!(Message::read(b"\xff", &terms).is_err());
    }

    #[test]
    fn ids_are_uuids_and_differ_from_line_to_line() {
        let ids = Ids(u128::MAX);
        let mut buffer = [0; 36];
        let mut seen = std::collections::BTreeSet::new();
        for line in 0..1000 {
            let id = Ids::random().of(line, &mut buffer).to_owned();
            assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 4);
            assert!(seen.insert(ids.of(line, &mut buffer).to_owned()));
        }
    }

    #[test]
    fn a_lifetime_counts_from_when_it_is_sent() {
        let now: Timestamp = "2026-01-31T23:59:59.9Z".parse().unwrap();
        let expiry = Lifetime::For(Duration::from_secs(60)).expiry(now).unwrap();
        assert_eq!(expiry.as_str(), "2026-02-01T00:00:59Z");
        let ages = Duration::from_secs(9000 * 365 * 24 * 3600);
        assert!(Lifetime::For(ages).expiry(now).is_err());
    }
}
