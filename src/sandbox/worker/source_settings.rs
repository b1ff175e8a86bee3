//! The source connector: its keys, what it checks at its start, and the settings that it gives to its tasks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::define::{Key, Kind, Props, number, text};
use super::exception::Exception;
use super::plugins::Generation;

pub const NAME: &str = "IotHub.EventHubCompatibleName";
pub const ENDPOINT: &str = "IotHub.EventHubCompatibleEndpoint";
const KEY_NAME: &str = "IotHub.AccessKeyName";
const KEY_VALUE: &str = "IotHub.AccessKeyValue";
pub const GROUP: &str = "IotHub.ConsumerGroup";
const PARTITIONS: &str = "IotHub.Partitions";
pub const START_TIME: &str = "IotHub.StartTime";
const OFFSETS: &str = "IotHub.Offsets";
pub const BATCH_SIZE: &str = "BatchSize";
pub const RECEIVE_TIMEOUT: &str = "ReceiveTimeout";
pub const TOPIC: &str = "Kafka.Topic";
/// Only in a task's settings, made by the connector.
pub const CONNECTION_STRING: &str = "IotHub.EventHubCompatibleConnectionString";
pub const TASK_PARTITIONS: &str = "TaskPartitions";

/// The real connector has no validators either.
pub const KEYS: &[Key] = &[
    Key::new(NAME, Kind::Text, None),
    Key::new(ENDPOINT, Kind::Text, None),
    Key::new(KEY_NAME, Kind::Text, None),
    Key::new(KEY_VALUE, Kind::Text, None),
    Key::new(GROUP, Kind::Text, Some("$Default")),
    Key::new(PARTITIONS, Kind::Int, None),
    Key::new(START_TIME, Kind::Text, Some("")),
    Key::new(OFFSETS, Kind::Text, Some("")),
    Key::new(BATCH_SIZE, Kind::Int, Some("100")),
    Key::new(TOPIC, Kind::Text, None),
    Key::new(RECEIVE_TIMEOUT, Kind::Int, Some("60")),
];

/// The 0.6 release does not have the last one.
pub fn keys(generation: Generation) -> &'static [Key] {
    match generation {
        Generation::Later => KEYS,
        Generation::Release06 => &KEYS[..KEYS.len() - 1],
    }
}

/// What counts of the configured endpoint: all of it, or in the 0.6 release the first label of its host only.
pub fn endpoint(props: &Props, generation: Generation) -> Result<String, Exception> {
    let configured = text(KEYS, props, ENDPOINT);
    if generation == Generation::Release06 {
        let host = configured.rsplit("://").next().unwrap_or_default();
        let label = host.split('.').next().unwrap_or_default();
        return Ok(format!("amqps://{label}.servicebus.windows.net"));
    }
    match illegal(&configured) {
        // With the whole value in its text, as Java has it: a pasted connection string shows its key here.
        Some((what, index)) => Err(Exception::new(
            "java.net.URISyntaxException",
            format!("Illegal character in {what} at index {index}: {configured}"),
        )),
        None => Ok(configured),
    }
}

/// Partitions are dealt out in turn: with 5 partitions and 3 tasks the first task has 0 and 3.
pub fn task_settings(props: &Props, generation: Generation) -> Result<Vec<Props>, Exception> {
    let partitions = number(KEYS, props, PARTITIONS).max(0);
    let most = number(super::define::CONNECTOR, props, "tasks.max").max(1);
    let of = |key| text(KEYS, props, key);
    let connection = format!(
        "Endpoint={};EntityPath={};SharedAccessKeyName={};SharedAccessKey={}",
        endpoint(props, generation)?,
        of(NAME),
        of(KEY_NAME),
        of(KEY_VALUE)
    );
    let configured = of(OFFSETS);
    let offsets: Vec<&str> = configured.split(',').map(str::trim).collect();
    let offset_of = |partition: i64| {
        let index = usize::try_from(partition).unwrap_or(usize::MAX);
        offsets
            .get(index)
            .copied()
            .filter(|offset| !offset.is_empty())
            .unwrap_or("-1")
    };
    let task = |task: i64| {
        let step = usize::try_from(most).unwrap_or(usize::MAX);
        let own: BTreeMap<String, Value> = (task..partitions)
            .step_by(step)
            .map(|partition| (partition.to_string(), json!(offset_of(partition))))
            .collect();
        let mut settings = props.clone();
        settings.insert(CONNECTION_STRING.to_owned(), connection.clone());
        settings.insert(TASK_PARTITIONS.to_owned(), json!(own).to_string());
        settings
    };
    Ok((0..partitions.min(most)).map(task).collect())
}

/// The first character that `new URI(…)` does not take, and in which part it stands.
fn illegal(uri: &str) -> Option<(&'static str, usize)> {
    let good = |c: char| {
        c.is_ascii_alphanumeric() || "-_.!~*'();:@&=+$,/?#[]%".contains(c) || !c.is_ascii()
    };
    let scheme_end = uri.find([':', '/', '?', '#']);
    if let Some(end) = scheme_end
        && uri[end..].starts_with(':')
    {
        let wrong = uri[..end].find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
        if let Some(index) = wrong {
            return Some(("scheme name", index));
        }
    }
    uri.find(|c: char| !good(c)).map(|index| ("path", index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        let base = [
            (NAME, "eh"),
            (ENDPOINT, "sb://ns.x/"),
            (KEY_NAME, "service"),
            (KEY_VALUE, "KEY"),
            (PARTITIONS, "5"),
            (TOPIC, "iotin"),
            ("tasks.max", "3"),
        ];
        base.iter()
            .chain(pairs)
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn partitions_are_dealt_out_in_turn() {
        let tasks = task_settings(&props(&[(OFFSETS, "7,,x")]), Generation::Later).unwrap();
        let dealt: Vec<&str> = tasks
            .iter()
            .map(|task| task[TASK_PARTITIONS].as_str())
            .collect();
        assert_eq!(
            dealt,
            [
                r#"{"0":"7","3":"-1"}"#,
                r#"{"1":"-1","4":"-1"}"#,
                r#"{"2":"x"}"#
            ]
        );
        assert_eq!(
            tasks[0][CONNECTION_STRING],
            "Endpoint=sb://ns.x/;EntityPath=eh;SharedAccessKeyName=service;SharedAccessKey=KEY"
        );
        assert!(
            task_settings(&props(&[(PARTITIONS, "0")]), Generation::Later)
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            task_settings(&props(&[("tasks.max", "9")]), Generation::Later)
                .unwrap()
                .len(),
            5
        );
    }

    #[test]
    fn endpoints() {
        let pasted = "Endpoint=sb://ns.x/;SharedAccessKeyName=service;SharedAccessKey=a=";
        let error = endpoint(&props(&[(ENDPOINT, pasted)]), Generation::Later).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "java.net.URISyntaxException: Illegal character in scheme name at index 8: {pasted}"
            )
        );
        assert!(endpoint(&props(&[(ENDPOINT, "PLACEHOLDER")]), Generation::Later).is_ok());
        let old = endpoint(
            &props(&[(ENDPOINT, "sb://ns.x.y:443/")]),
            Generation::Release06,
        );
        assert_eq!(old.unwrap(), "amqps://ns.servicebus.windows.net");
    }
}
