//! Which operation a request is, and its answer in the proxy's shapes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::backend::{Failure, Write};
use super::{Options, Shared};
use crate::sandbox::http::{Request, Response};

/// What one read gives at most.
const READ_BYTES: usize = 6_000_000;

/// The answer; an error is an answer, too.
pub(super) fn answer(
    shared: &Shared,
    options: &Options,
    request: &Request,
) -> Result<Response, Response> {
    let segments = request.segments();
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    let backend = shared.backend(options)?;
    match (request.method.as_str(), words.as_slice()) {
        ("GET", ["v1", "status"]) => Ok(Response::json(200, &json!("OK"))),
        ("GET", ["v1", "metadata", "brokers"]) => {
            let brokers = backend.brokers().map_err(failed)?;
            Ok(Response::json(200, &json!({"brokers": brokers})))
        }
        ("GET", ["v1", "metadata", "topics"]) => {
            let topics = shared.topics(options)?;
            Ok(Response::json(200, &json!({"topics": topics})))
        }
        ("GET", ["v1", "metadata", "topics", topic, "partitions"]) => {
            let partitions = backend.partitions(topic).map_err(failed)?;
            Ok(Response::json(
                200,
                &json!({"topic": topic, "partitions": partitions}),
            ))
        }
        ("GET", ["v1", "metadata", "topics", topic, "partitions", partition]) => {
            let partition: i32 = number(partition)?;
            let partitions = backend.partitions(topic).map_err(failed)?;
            let mut all = partitions.into_iter();
            let found = all.find(|one| one["partition_id"] == json!(partition));
            found.map_or_else(|| Err(not_found()), |one| Ok(Response::json(200, &one)))
        }
        ("POST", ["v1", "producer", "topics", topic]) => {
            let body: Records = parse(&request.body)?;
            let records = body.records.into_iter().map(Record::write).collect();
            backend.produce(topic, records).map_err(failed)?;
            Ok(Response::json(200, &json!("Success")))
        }
        (
            "GET",
            [
                "v1",
                "consumer",
                "topics",
                topic,
                "partitions",
                partition,
                "offsets",
                offset,
            ],
        ) => consume(
            shared,
            options,
            request,
            topic,
            (number(partition)?, number(offset)?),
        ),
        ("PUT", ["v1", "topics", topic]) => {
            let body: NewTopic = match request.body.is_empty() {
                true => NewTopic::default(),
                false => parse(&request.body)?,
            };
            let config = body.topic_properties.into_iter();
            let config = config.map(|(key, value)| (key, text(&value))).collect();
            backend
                .create(topic, body.partition_count, body.replication_factor, config)
                .map_err(failed)?;
            Ok(Response::json(
                200,
                &json!(format!("Topic {topic} created")),
            ))
        }
        (_, ["v1", "status"] | ["v1", "metadata" | "producer" | "consumer" | "topics", ..]) => {
            Err(Response::text(405, "text/plain", "Method Not Allowed"))
        }
        _ => Err(not_found()),
    }
}

fn consume(
    shared: &Shared,
    options: &Options,
    request: &Request,
    topic: &str,
    (partition, offset): (i32, i64),
) -> Result<Response, Response> {
    let count: usize = match request.parameter("count") {
        Some(count) => number(count)?,
        None => 1,
    };
    let (records, next) = shared
        .backend(options)?
        .consume(topic, partition, offset, count, READ_BYTES)
        .map_err(failed)?;
    let body = match options.wrapped {
        true => json!({"records": records}),
        false => json!(records),
    };
    Ok(Response::json(200, &body).with_header("NextOffset", next.to_string()))
}

#[derive(Deserialize)]
struct Records {
    records: Vec<Record>,
}

/// `value` has to be there; `null` is a value.
#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    key: Option<Value>,
    #[serde(default)]
    partition: Option<i32>,
    value: Value,
}

impl Record {
    fn write(self) -> Write {
        Write {
            key: self.key.filter(|key| !key.is_null()).map(|key| text(&key)),
            partition: self.partition,
            value: (!self.value.is_null()).then(|| text(&self.value)),
        }
    }
}

#[derive(Deserialize)]
struct NewTopic {
    #[serde(default = "one")]
    partition_count: i32,
    #[serde(default = "one")]
    replication_factor: i32,
    #[serde(default)]
    topic_properties: BTreeMap<String, Value>,
}

impl Default for NewTopic {
    fn default() -> Self {
        Self {
            partition_count: 1,
            replication_factor: 1,
            topic_properties: BTreeMap::new(),
        }
    }
}

fn one() -> i32 {
    1
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Response> {
    serde_json::from_slice(body)
        .map_err(|error| Response::text(400, "text/plain", format!("Bad Request: {error}")))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, Response> {
    text.parse()
        .map_err(|_| Response::text(400, "text/plain", "Bad Request: not a number"))
}

fn not_found() -> Response {
    Response::text(404, "text/plain", "Not Found")
}

pub(super) fn failed(failure: Failure) -> Response {
    match failure {
        Failure::NotFound => not_found(),
        Failure::Refused(words) => Response::text(400, "text/plain", words),
        Failure::Broken(words) => Response::text(500, "text/plain", words),
    }
}
