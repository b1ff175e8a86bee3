//! The sink connector's keys: the same in both generations.

use super::define::{Key, Kind, Props, Rule};

pub const CONNECTION_STRING: &str = "IotHub.ConnectionString";
pub const ACKNOWLEDGEMENT: &str = "IotHub.MessageDeliveryAcknowledgement";

const ACKNOWLEDGEMENTS: &[&str] = &["None", "Full", "PositiveOnly", "NegativeOnly"];

pub const KEYS: &[Key] = &[
    Key::new(CONNECTION_STRING, Kind::Text, None),
    Key::new(ACKNOWLEDGEMENT, Kind::Text, Some("None")).with(Rule::OneOf(ACKNOWLEDGEMENTS)),
];

/// Connect's own keys of a sink.
pub const TOPICS: &[Key] = &[
    Key::new("topics", Kind::Text, Some("")),
    Key::new("topics.regex", Kind::Text, Some("")),
];

/// What Connect checks of a sink beyond single keys.
pub fn errors(props: &Props) -> Vec<String> {
    let is_set = |key: &str| props.get(key).is_some_and(|value| !value.trim().is_empty());
    let words = match (is_set("topics"), is_set("topics.regex")) {
        (false, false) => "Must configure one of topics or topics.regex",
        (true, true) => "topics and topics.regex are mutually exclusive options, but both are set.",
        _ => return Vec::new(),
    };
    vec![words.to_owned()]
}

/// As many identical ones as it may have; more than the topic has partitions stay idle.
pub fn task_settings(props: &Props) -> Vec<Props> {
    let most = super::define::number(super::define::CONNECTOR, props, "tasks.max").max(1);
    (0..most).map(|_| props.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::worker::define::errors as key_errors;

    #[test]
    fn what_is_refused() {
        let props = |pairs: &[(&str, &str)]| -> Props {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let given = props(&[(ACKNOWLEDGEMENT, "full")]);
        assert_eq!(
            key_errors(KEYS, &given),
            [
                "Missing required configuration \"IotHub.ConnectionString\" which has no default value.",
                "Invalid value full for configuration IotHub.MessageDeliveryAcknowledgement: String must be one of: None, Full, PositiveOnly, NegativeOnly",
            ]
        );
        assert_eq!(
            errors(&given),
            ["Must configure one of topics or topics.regex"]
        );
        assert_eq!(
            errors(&props(&[("topics", "a"), ("topics.regex", "b")])).len(),
            1
        );
        assert!(errors(&props(&[("topics", "iotout")])).is_empty());
        assert_eq!(task_settings(&props(&[("tasks.max", "3")])).len(), 3);
    }
}
