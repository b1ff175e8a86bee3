//! Values by their kind: what one text of a setting means. Which text wins is the business of `layers`.

use super::error::quoted;
use super::keys::{Key, Kind, SECRET_SHAPE};
use super::origin::Base;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A value by its kind; secrets are not among them: they are resolved late and elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Path(PathBuf),
    Integer(i64),
    Bool(bool),
    Duration(Duration),
    List(Vec<String>),
}

/// As it would be written in the file, without quotes.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Integer(number) => number.fmt(f),
            Self::Bool(value) => value.fmt(f),
            Self::Duration(duration) => write!(f, "{}s", duration.as_secs()),
            Self::List(items) => f.write_str(&items.join(",")),
        }
    }
}

impl Key {
    /// Whether this text could be the value; for a prompt's validation. The error finishes "NAME: …".
    pub fn check(&self, text: &str) -> Result<(), String> {
        if self.is_secret() {
            return Ok(());
        }
        self.parse(
            text,
            &Base {
                dir: std::path::Path::new(""),
                home: None,
            },
        )
        .map(drop)
    }

    /// What a value looks like, in words for an error.
    pub(super) fn shape(&self) -> String {
        match self.kind {
            Kind::Text => "a text in quotes".into(),
            Kind::Path => "a path in quotes".into(),
            Kind::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Bool => "true or false".into(),
            Kind::Duration { min, max } => {
                format!("a duration from {min} to {max} whole seconds, such as \"10s\"")
            }
            Kind::List => "a list of texts".into(),
            Kind::Choice(names) => format!("one of {}", names.join(", ")),
            Kind::Secret => SECRET_SHAPE.into(),
            Kind::Properties => "a table of librdkafka's settings".into(),
        }
    }

    /// The value of a text. Not for secrets.
    pub(super) fn parse(&self, text: &str, base: &Base<'_>) -> Result<Value, String> {
        if text.is_empty() {
            return Err("must not be empty".into());
        }
        let unexpected = || format!("{} is not {}", quoted(text), self.shape());
        match self.kind {
            Kind::Text => {
                self.obey(text)?;
                Ok(Value::Text(text.to_owned()))
            }
            Kind::Path if text.contains('\0') => Err("must not contain a NUL".into()),
            Kind::Path => Ok(Value::Path(base.path(text))),
            Kind::Integer { min, max } => match text.parse() {
                Ok(number) if (min..=max).contains(&number) => Ok(Value::Integer(number)),
                _ => Err(unexpected()),
            },
            Kind::Bool => match text {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err(unexpected()),
            },
            Kind::Duration { min, max } => match seconds(text) {
                Some(seconds) if (min..=max).contains(&seconds) => {
                    Ok(Value::Duration(Duration::from_secs(seconds)))
                }
                _ => Err(unexpected()),
            },
            Kind::List => self.items(text.split(',').map(|item| item.trim().to_owned()).collect()),
            Kind::Choice(names) => {
                match names.iter().find(|name| name.eq_ignore_ascii_case(text)) {
                    Some(name) => Ok(Value::Text((*name).to_owned())),
                    None => Err(unexpected()),
                }
            }
            Kind::Secret => Err(format!("a secret is {}", self.shape())),
            Kind::Properties => Err(unexpected()),
        }
    }

    /// The value of a list, each item checked.
    pub(super) fn items(&self, items: Vec<String>) -> Result<Value, String> {
        if items.is_empty() {
            return Err("must not be empty".into());
        }
        items.iter().try_for_each(|item| self.obey(item))?;
        Ok(Value::List(items))
    }

    fn obey(&self, text: &str) -> Result<(), String> {
        self.rule.map_or(Ok(()), |rule| rule(text))
    }
}

fn seconds(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let duration: jiff::SignedDuration = text.parse().ok()?;
    (duration.subsec_nanos() == 0)
        .then(|| u64::try_from(duration.as_secs()).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use crate::profile::keys::key;

    #[test]
    fn kinds_take_their_own_shapes_only() {
        let check = |name: &str, text: &str| key(name).unwrap().check(text);
        for (name, text) in [
            ("topics.partitions", "0"),
            ("topics.partitions", "8.0"),
            ("topics.partitions", "1000000000"),
            ("source.batch_size", "1000"),
            ("source.receive_timeout", "0"),
            ("source.receive_timeout", "1500ms"),
            ("source.receive_timeout", "-5s"),
            ("sink.start_at_boot", "maybe"),
            ("connector.into", "elsewhere"),
            ("cluster.brokers", "a:1,,b:2"),
            ("connector.jar", "a\0b"),
            ("hub.name", ""),
        ] {
            assert!(check(name, text).is_err(), "{name} took {text:?}");
        }
        for (name, text) in [
            ("source.receive_timeout", "5"),
            ("proof.stable_for", "2m 30s"),
            ("proof.stable_for", "0"),
            ("sink.acknowledgement", "full"),
            ("cluster.brokers", "a:1, b:2"),
        ] {
            assert_eq!(check(name, text), Ok(()), "{name} {text:?}");
        }
    }
}
