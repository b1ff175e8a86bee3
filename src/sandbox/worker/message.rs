//! A command to a device, and the two ways in which a record says one: JSON text, or a struct with its schema. What the
//! connector's JSON library is lenient about, this is lenient about as well.

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::converter::Converter;
use super::exception::{DATA, Exception, NULL_POINTER};
use super::telemetry::java_date;

/// `None` in a field is Scala's null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub message_id: Option<String>,
    pub message: Option<String>,
    pub device_id: Option<String>,
    /// Milliseconds since 1970; none: the hub's default.
    pub expiry: Option<i64>,
}

/// A record's value after its converter: with the schema that it has then.
#[derive(Clone, Debug)]
pub enum Converted {
    /// A null value is a tombstone.
    Text(Option<String>),
    Struct {
        schema: Value,
        payload: Value,
    },
    /// JSON without schemas.
    NoSchema,
    Other(&'static str),
}

/// What the worker does before the task sees a record.
pub fn convert(value: Option<&[u8]>, converter: Converter) -> Result<Converted, Exception> {
    let text = || value.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    match converter {
        Converter::Text => Ok(Converted::Text(text())),
        Converter::Bytes => Ok(Converted::Other("BYTES")),
        Converter::Json { schemas } => {
            let parsed = value.map_or(Ok(Value::Null), serde_json::from_slice);
            let parsed: Value = parsed.map_err(|error| {
                tolerance(Exception::new(
                    DATA,
                    "Converting byte[] to Kafka Connect data failed due to serialization error: ",
                )
                .caused_by(Exception::new(
                    "org.apache.kafka.common.errors.SerializationException",
                    error.to_string(),
                )))
            })?;
            match schemas && !parsed.is_null() {
                true => enveloped(&parsed),
                false => Ok(Converted::NoSchema),
            }
        }
    }
}

fn enveloped(parsed: &Value) -> Result<Converted, Exception> {
    let object = parsed.as_object().filter(|object| object.len() == 2);
    let both = object.and_then(|object| Some((object.get("schema")?, object.get("payload")?)));
    let Some((schema, payload)) = both else {
        return Err(tolerance(Exception::new(
            DATA,
            "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.",
        )));
    };
    Ok(match schema["type"].as_str() {
        Some("string") => Converted::Text(payload.as_str().map(str::to_owned)),
        Some("struct") => Converted::Struct {
            schema: schema.clone(),
            payload: payload.clone(),
        },
        Some("map") => Converted::Other("MAP"),
        Some("bytes") => Converted::Other("BYTES"),
        _ => Converted::NoSchema,
    })
}

fn tolerance(cause: Exception) -> Exception {
    Exception::connect("Tolerance exceeded in error handler").caused_by(cause)
}

impl Message {
    pub fn of(converted: &Converted) -> Result<Self, Exception> {
        match converted {
            Converted::Text(Some(text)) => Self::of_text(text).ok_or_else(|| {
                Exception::connect(format!(
                    "Unable to convert record with schema STRING and value {text} to C2D message"
                ))
            }),
            // Neither a tombstone nor a record without a schema is expected by the connector.
            Converted::Text(None) | Converted::NoSchema => Err(Exception::bare(NULL_POINTER)),
            Converted::Struct { schema, payload } => Self::of_struct(schema, payload),
            Converted::Other(kind) => Err(Exception::connect(format!(
                "Schema of Kafka record is of type {kind}, while the supported schemas are 'struct' and 'string'"
            ))),
        }
    }

    /// What follows the object is not looked at.
    fn of_text(text: &str) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields = Fields::deserialize(&mut reader).ok()?;
        let expiry = fields.get("expiryTime").and_then(Value::as_str);
        Some(Self {
            message_id: fields.text("messageId")?,
            message: fields.text("message")?,
            device_id: fields.text("deviceId")?,
            expiry: expiry.and_then(lenient_time),
        })
    }

    fn of_struct(schema: &Value, payload: &Value) -> Result<Self, Exception> {
        let field = |name: &str| {
            let fields = schema["fields"].as_array()?;
            fields.iter().find(|field| field["field"] == name)
        };
        for required in ["deviceId", "message", "messageId"] {
            let Some(found) = field(required) else {
                return Err(Exception::connect(format!(
                    "Schema of Kafka record does not contain required field {required}"
                )));
            };
            let kind = found["type"].as_str().unwrap_or_default().to_uppercase();
            if kind != "STRING" {
                return Err(Exception::connect(format!(
                    "Schema type of Kafka record field {required} - {kind} does not match the expected schema type STRING"
                )));
            }
        }
        let text = |name: &str| payload[name].as_str().map(str::to_owned);
        let expiry = match field("expiry").and_then(|_| text("expiry")) {
            None => None,
            Some(expiry) => Some(strict_time(&expiry)?),
        };
        Ok(Self {
            message_id: text("messageId"),
            message: text("message"),
            device_id: text("deviceId"),
            expiry,
        })
    }

    /// As Scala prints the case class; it goes into the log at INFO.
    pub fn shown(&self) -> String {
        let or_null = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
        let expiry = self
            .expiry
            .map_or("None".to_owned(), |at| format!("Some({})", java_date(at)));
        format!(
            "C2DMessage({},{},{},{expiry})",
            or_null(&self.message_id),
            or_null(&self.message),
            or_null(&self.device_id)
        )
    }
}

/// A JSON object in the order written: of two equal keys the first counts.
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The field must be there; a number becomes text, null stays null, anything else does not fit.
    fn text(&self, name: &str) -> Option<Option<String>> {
        match self.get(name)? {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text.clone())),
            Value::Number(number) => Some(Some(number.to_string())),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// `SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss'Z'")`, lenient: a 13th month is next year's first, what follows the Z does
/// not matter. `None` in silence for what it cannot read.
fn lenient_time(text: &str) -> Option<i64> {
    let mut rest = text.trim_start();
    let mut numbers = [0i64; 6];
    for (number, mark) in numbers.iter_mut().zip(["-", "-", "T", ":", ":", "Z"]) {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        *number = rest[..end].parse().ok()?;
        rest = rest[end..].strip_prefix(mark)?;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let months = year.checked_mul(12)?.checked_add(month - 1)?;
    let first = jiff::civil::Date::new(
        i16::try_from(months.div_euclid(12)).ok()?,
        i8::try_from(months.rem_euclid(12) + 1).ok()?,
        1,
    )
    .ok()?;
    let midnight = first
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    let seconds = (day - 1)
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    midnight.checked_add(seconds)?.checked_mul(1000)
}

fn strict_time(text: &str) -> Result<i64, Exception> {
    let trimmed = text.trim();
    let parsed = trimmed
        .ends_with(['Z', 'z'])
        .then(|| trimmed.parse::<jiff::Timestamp>().ok())
        .flatten();
    parsed.map(jiff::Timestamp::as_millisecond).ok_or_else(|| {
        // The brace too much is the real connector's.
        Exception::connect(format!(
            "ExpiryTime string {text}}} cannot be parsed to Instant object. Expected format is YYYY-MM-DDThh:mm:ssZ."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Message, Exception> {
        Message::of(&convert(Some(text.as_bytes()), Converter::Text).unwrap())
    }

    #[test]
    fn text_is_read_leniently() {
        let message = of(
            r#"{"deviceId":7,"messageId":null,"message":"Turn On","message":"x","expiry":1} junk"#,
        )
        .unwrap();
        assert_eq!(message.device_id.as_deref(), Some("7"));
        assert_eq!(
            (message.message_id.as_deref(), message.message.as_deref()),
            (None, Some("Turn On"))
        );
        assert_eq!(message.shown(), "C2DMessage(null,Turn On,7,None)");
    }

    #[test]
    fn what_is_no_command_says_so_with_its_text() {
        for bad in [
            "",
            "x",
            "[]",
            "1",
            r#"{"deviceId":"d","messageId":"1"}"#,
            r#"{"deviceId":"d","messageId":"1","message":true}"#,
        ] {
            let error = of(bad).unwrap_err().to_string();
            let words = format!(
                "Unable to convert record with schema STRING and value {bad} to C2D message"
            );
            assert!(error.ends_with(&words), "{error}");
        }
        let tombstone = Message::of(&convert(None, Converter::Text).unwrap()).unwrap_err();
        assert_eq!(tombstone.to_string(), NULL_POINTER);
        let plain = convert(Some(b"{}"), Converter::Json { schemas: false }).unwrap();
        assert_eq!(Message::of(&plain).unwrap_err().to_string(), NULL_POINTER);
        let error = convert(Some(b"{}"), Converter::Json { schemas: true }).unwrap_err();
        assert!(
            error
                .trace()
                .contains("requires \"schema\" and \"payload\"")
        );
    }

    #[test]
    fn expiry_as_a_lenient_date_format_reads_it() {
        let at = |text: &str| {
            let json = serde_json::json!({"deviceId": "d", "messageId": "1", "message": "m", "expiryTime": text});
            of(&json.to_string()).unwrap().expiry
        };
        assert_eq!(at("2017-01-19T19:25:50Z"), Some(1_484_853_950_000));
        assert_eq!(
            at("2017-13-45T99:00:00Z"),
            "2018-02-18T03:00:00Z"
                .parse::<jiff::Timestamp>()
                .ok()
                .map(|t| t.as_millisecond())
        );
        assert_eq!(at("2017-01-19T19:25:50Z and more"), Some(1_484_853_950_000));
        assert_eq!(at("2017-01-19T19:25:50.123Z"), None);
        assert_eq!(at("2017-01-19T19:25:50+00:00"), None);
    }

    #[test]
    fn structs_are_checked_against_the_schema() {
        let record = |kind: &str, expiry: &str| {
            let field = |name: &str, kind: &str| serde_json::json!({"field": name, "type": kind});
            let fields = [
                field("deviceId", "string"),
                field("message", kind),
                field("messageId", "string"),
                field("expiry", "string"),
            ];
            serde_json::json!({
                "schema": {"type": "struct", "fields": fields},
                "payload": {"deviceId": "d", "message": "m", "messageId": "1", "expiry": expiry},
            })
            .to_string()
        };
        let read = |text: String| {
            Message::of(&convert(Some(text.as_bytes()), Converter::Json { schemas: true }).unwrap())
        };
        assert_eq!(
            read(record("string", "1970-01-01T00:00:01Z"))
                .unwrap()
                .expiry,
            Some(1000)
        );
        assert!(
            read(record("int32", "x"))
                .unwrap_err()
                .to_string()
                .contains("field message - INT32 does not match")
        );
        assert!(
            read(record("string", "soon"))
                .unwrap_err()
                .to_string()
                .contains("ExpiryTime string soon} cannot")
        );
    }
}
