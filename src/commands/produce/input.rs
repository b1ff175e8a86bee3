//! What is to be written: from an argument, a file or standard input, all of it checked before anything is written.

use crate::error::Failure;
use crate::kafka::producer::Record;
use crate::rest_proxy::WriteRecord;
use anyhow::Context as _;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// What stands in an argument or a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// JSON where it is JSON, else a text
    Any,
    /// JSON, and nothing else will do
    Json,
    /// A text, even if it looks like JSON
    Text,
    /// {"key": …, "partition": …, "value": …}
    Record,
}

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Of the input; 1 for an argument.
    pub line: usize,
    pub key: Option<String>,
    pub partition: Option<i32>,
    pub value: Value,
    /// As it stood there, where that is what Kafka gets.
    text: Option<String>,
}

impl Wanted {
    /// JSON goes as it was written, a text as it is.
    pub fn for_kafka(&self, topic: &str) -> Record {
        let value = match (&self.text, &self.value) {
            (Some(text), _) => text.clone(),
            (None, Value::String(text)) => text.clone(),
            (None, value) => value.to_string(),
        };
        Record {
            topic: topic.to_owned(),
            key: self.key.clone(),
            value: Some(value.into_bytes()),
            partition: self.partition,
        }
    }

    pub fn for_rest(&self) -> WriteRecord {
        WriteRecord {
            key: self.key.clone(),
            partition: self.partition,
            value: self.value.clone(),
        }
    }
}

pub struct Input<'a> {
    pub value: Option<&'a str>,
    pub file: Option<&'a Path>,
    pub key: Option<&'a str>,
    pub partition: Option<i32>,
    pub form: Form,
    pub interactive: bool,
}

/// So many mistakes are told; more are counted.
const TOLD: usize = 20;

impl Input<'_> {
    pub fn read(&self) -> anyhow::Result<Vec<Wanted>> {
        if let Some(partition) = self.partition.filter(|partition| *partition < 0) {
            return Err(Failure::usage(format!("{partition} is no partition")).into());
        }
        let text = match (self.value, self.file) {
            (Some(value), _) => {
                let record = self.record(1, value);
                return Ok(vec![record.map_err(Failure::usage)?]);
            }
            (None, Some(path)) if path.as_os_str() != "-" => {
                std::fs::read(path).map_err(|error| {
                    Failure::usage(format!("{} cannot be read: {error}", path.display()))
                })?
            }
            (None, None) if self.interactive => {
                let failure = Failure::usage("there is nothing to write")
                    .hint("give a value, --file FILE, or lines on standard input");
                return Err(failure.into());
            }
            _ => {
                let mut text = Vec::new();
                std::io::stdin()
                    .lock()
                    .read_to_end(&mut text)
                    .context("reading standard input")?;
                text
            }
        };
        self.lines(&text)
    }

    fn lines(&self, text: &[u8]) -> anyhow::Result<Vec<Wanted>> {
        // PowerShell's files begin with it.
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let (mut records, mut wrong) = (Vec::new(), Vec::new());
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let read = std::str::from_utf8(line)
                .map_err(|_| "this is not UTF-8".to_owned())
                .and_then(|line| self.record(index + 1, line));
            match read {
                Ok(record) => records.push(record),
                Err(why) => wrong.push(format!("line {}: {why}", index + 1)),
            }
        }
        if let Some(more) = wrong.len().checked_sub(TOLD).filter(|more| *more > 0) {
            wrong.truncate(TOLD);
            wrong.push(format!("and {more} more"));
        }
        if !wrong.is_empty() {
            return Err(
                Failure::usage(format!("nothing was written:\n{}", wrong.join("\n"))).into(),
            );
        }
        if records.is_empty() {
            return Err(Failure::usage("there is nothing to write").into());
        }
        Ok(records)
    }

    fn record(&self, line: usize, text: &str) -> Result<Wanted, String> {
        let parsed = || serde_json::from_str::<Value>(text).map_err(|error| format!("{error}"));
        let plain = |value| Wanted {
            line,
            key: self.key.map(str::to_owned),
            partition: self.partition,
            value,
            text: Some(text.to_owned()),
        };
        Ok(match self.form {
            Form::Text => plain(Value::String(text.to_owned())),
            Form::Any => plain(parsed().unwrap_or_else(|_| Value::String(text.to_owned()))),
            Form::Json => plain(parsed().map_err(|why| format!("this is not JSON: {why}"))?),
            Form::Record => {
                let read: WholeRecord = serde_json::from_str(text)
                    .map_err(|why| format!("this is not a record: {why}"))?;
                if read.partition.is_some_and(|partition| partition < 0) {
                    return Err("the partition is below 0".into());
                }
                Wanted {
                    line,
                    key: read.key.or_else(|| self.key.map(str::to_owned)),
                    partition: read.partition.or(self.partition),
                    value: read.value,
                    text: None,
                }
            }
        })
    }
}

/// As in a request to the REST proxy.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct WholeRecord {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    partition: Option<i32>,
    value: Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn input(form: Form) -> Input<'static> {
        Input {
            value: None,
            file: None,
            key: Some("k"),
            partition: None,
            form,
            interactive: false,
        }
    }

    #[test]
    fn a_line_in_every_form() {
        let value = |form, text| input(form).record(1, text).map(|record| record.value);
        assert_eq!(value(Form::Any, "5"), Ok(json!(5)));
        assert_eq!(value(Form::Any, "Turn On"), Ok(json!("Turn On")));
        assert_eq!(value(Form::Text, "5"), Ok(json!("5")));
        assert!(value(Form::Json, "Turn On").is_err());
        let whole = input(Form::Record)
            .record(3, r#"{"partition":0,"value":{"id":1}}"#)
            .unwrap();
        assert_eq!(
            (whole.key.as_deref(), whole.partition),
            (Some("k"), Some(0))
        );
        assert_eq!(whole.for_kafka("t").value.unwrap(), br#"{"id":1}"#);
        assert!(value(Form::Record, r#"{"valeu":1}"#).is_err());
        assert!(value(Form::Record, r#"{"value":1,"partition":-1}"#).is_err());
    }

    #[test]
    fn json_goes_to_kafka_as_it_was_written() {
        let record = input(Form::Any)
            .record(1, "{ \"b\":1.0, \"a\" :2}")
            .unwrap();
        assert_eq!(
            record.for_kafka("t").value.unwrap(),
            b"{ \"b\":1.0, \"a\" :2}"
        );
    }

    #[test]
    fn wrong_lines_are_named_and_counted() {
        let text = format!("1\n\nx\n{}", "y\n".repeat(30));
        let error = input(Form::Json)
            .lines(text.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 3: this is not JSON") && error.contains("and 11 more"),
            "{error}"
        );
        assert!(!error.contains("line 1:") && !error.contains("line 2:"));
        let crlf = input(Form::Any).lines(b"\xef\xbb\xbfa\r\nb\r\n").unwrap();
        assert_eq!(crlf.len(), 2);
        assert_eq!(crlf[0].value, json!("a"));
    }
}
