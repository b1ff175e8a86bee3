//! The verbs that the REST proxy has, too, over it. What it cannot do is refused where the verb is.

pub mod produce;
mod requests;
pub mod send;
pub mod status;
pub mod tail;
pub mod topics;

use crate::rest_proxy::ReadRecord;
use serde_json::Value;

/// A value as JSON. What was written as JSON may come back as its text; a text that is no JSON stays one.
fn as_json(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        value => value.clone(),
    }
}

fn key_of(record: &ReadRecord) -> Option<String> {
    match record.key.as_ref()? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}
