//! Which converter stands between a connector and Kafka's bytes. Here: the choice, by the connector's file and then the
//! worker's; what each makes of a record is beside the record.

use super::define::{BYTES_CONVERTER, JSON_CONVERTER, Props};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Converter {
    Text,
    Json { schemas: bool },
    Bytes,
}

impl Converter {
    /// For `key` or `value`. A connector's own class comes with its own settings, the worker's with the worker's.
    pub fn of(which: &str, connector: &Props, worker: &Props) -> Self {
        let key = format!("{which}.converter");
        let from = match connector.contains_key(&key) {
            true => connector,
            false => worker,
        };
        match from.get(&key).map(|class| class.trim()) {
            Some(JSON_CONVERTER) => Self::Json {
                schemas: from
                    .get(&format!("{key}.schemas.enable"))
                    .is_none_or(|value| !value.trim().eq_ignore_ascii_case("false")),
            },
            Some(BYTES_CONVERTER) => Self::Bytes,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connectors_own_comes_first() {
        let props = |pairs: &[(&str, &str)]| -> Props {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let worker = props(&[
            ("value.converter", JSON_CONVERTER),
            ("value.converter.schemas.enable", "false"),
        ]);
        assert_eq!(
            Converter::of("value", &props(&[]), &worker),
            Converter::Json { schemas: false }
        );
        let own = props(&[("value.converter", JSON_CONVERTER)]);
        assert_eq!(
            Converter::of("value", &own, &worker),
            Converter::Json { schemas: true }
        );
        assert_eq!(Converter::of("key", &own, &worker), Converter::Text);
    }
}
