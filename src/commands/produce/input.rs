//! What is to be written: from an argument, a file or standard input, all of it checked before anything is written.

use crate::commands::lines::{LIMIT, Source};
use crate::commands::mistakes::Mistakes;
use crate::error::Failure;
use crate::rest_proxy::{Batch, WriteRecord};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::borrow::Cow;
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
    /// Whatever it is; the end of a line is none of it
    Bytes,
    /// {"key": …, "partition": …, "value": …}
    Record,
}

/// What the command line says about every record.
#[derive(Clone, Debug)]
pub struct Terms {
    pub key: Option<String>,
    pub partition: Option<i32>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub form: Form,
    pub over_rest: bool,
}

/// One record, as Kafka gets it.
pub struct Entry<'a> {
    pub key: Option<Cow<'a, str>>,
    pub partition: Option<i32>,
    pub value: Cow<'a, [u8]>,
}

impl Terms {
    /// JSON goes as it was written, a text as it is.
    pub fn for_kafka<'a>(&'a self, line: &'a [u8]) -> Result<Entry<'a>, String> {
        let mut entry = Entry {
            key: self.key.as_deref().map(Cow::Borrowed),
            partition: self.partition,
            value: Cow::Borrowed(line),
        };
        match self.form {
            Form::Bytes => {}
            Form::Any | Form::Text => drop(utf8(line)?),
            Form::Json => drop(json::<IgnoredAny>(utf8(line)?)?),
            Form::Record => {
                let read = WholeRecord::read(line)?;
                entry.key = read.key.map(Cow::Owned).or(entry.key);
                entry.partition = read.partition.or(entry.partition);
                entry.value = Cow::Owned(match read.value {
                    Value::String(text) => text.into_bytes(),
                    value => value.to_string().into_bytes(),
                });
            }
        }
        Ok(entry)
    }

    pub fn for_rest(&self, line: &[u8]) -> Result<WriteRecord, String> {
        let mut record = WriteRecord {
            key: self.key.clone(),
            partition: self.partition,
            value: Value::Null,
        };
        let text = || utf8(line).map(|text| Value::String(text.to_owned()));
        match self.form {
            Form::Any => {
                let parsed = serde_json::from_slice(line);
                record.value = parsed.or_else(|_| text())?;
            }
            Form::Json => record.value = json(utf8(line)?)?,
            Form::Text => record.value = text()?,
            Form::Bytes => {
                let words = "the REST proxy takes JSON and texts, and this is not UTF-8";
                record.value = text().map_err(|_| words.to_owned())?;
            }
            Form::Record => {
                let read = WholeRecord::read(line)?;
                record.key = read.key.or(record.key);
                record.partition = read.partition.or(record.partition);
                record.value = read.value;
            }
        }
        Ok(record)
    }

    /// Whether it can be written at all.
    fn check(&self, line: &[u8]) -> Result<(), String> {
        if self.over_rest {
            let record = self.for_rest(line)?;
            let fits = Batch::default().add(&record);
            return fits.map(drop).map_err(|error| error.to_string());
        }
        self.for_kafka(line).map(drop)
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "this is not UTF-8".to_owned())
}

fn json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))
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

impl WholeRecord {
    fn read(line: &[u8]) -> Result<Self, String> {
        let read: Self =
            serde_json::from_slice(line).map_err(|why| format!("this is not a record: {why}"))?;
        match read.partition {
            Some(..0) => Err("the partition is below 0".to_owned()),
            _ => Ok(read),
        }
    }
}

/// All that is to be written; it was checked.
pub struct Input {
    terms: Terms,
    from: From,
    pub records: u64,
}

enum From {
    One(Vec<u8>),
    Lines(Source),
}

impl Input {
    /// How many bytes were given for all of them.
    pub fn bytes(&self) -> u64 {
        match &self.from {
            From::One(value) => value.len() as u64,
            From::Lines(source) => source.bytes(),
        }
    }

    pub fn of_one(terms: Terms, value: Vec<u8>) -> anyhow::Result<Self> {
        terms.check(&value).map_err(Failure::usage)?;
        Ok(Self {
            terms,
            from: From::One(value),
            records: 1,
        })
    }

    /// A file as it is, whatever is in it; where it has to be JSON or a text that is checked.
    pub fn of_whole(mut terms: Terms, path: Option<&Path>) -> anyhow::Result<Self> {
        if terms.form == Form::Any && !terms.over_rest {
            terms.form = Form::Bytes;
        }
        let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
        Self::of_one(terms, Source::open(path)?.whole(limit)?)
    }

    pub fn of_lines(terms: Terms, path: Option<&Path>) -> anyhow::Result<Self> {
        let mut source = Source::open(path)?;
        let (mut mistakes, mut records) = (Mistakes::default(), 0);
        let mut lines = source.lines()?;
        while let Some(line) = lines.next()? {
            let text = line
                .text
                .ok_or_else(|| format!("this is longer than {LIMIT} bytes"));
            match text.and_then(|text| terms.check(text)) {
                Ok(()) => records += 1,
                Err(reason) => mistakes.add(line.number, reason),
            }
        }
        if mistakes.count > 0 {
            let words = format!("nothing was written:\n{}", mistakes.words());
            return Err(Failure::usage(words).into());
        }
        if records == 0 {
            return Err(Failure::usage("there is nothing to write").into());
        }
        source.is_unchanged()?;
        Ok(Self {
            terms,
            from: From::Lines(source),
            records,
        })
    }

    /// Not one of many.
    pub fn is_single(&self) -> bool {
        matches!(self.from, From::One(_))
    }

    /// Each record with its line, until `take` wants no more; it gives nothing for one that is none. An error if there are
    /// not those that were checked.
    pub fn each(
        &mut self,
        mut take: impl FnMut(u64, &Terms, &[u8]) -> anyhow::Result<Option<bool>>,
    ) -> anyhow::Result<()> {
        let source = match &mut self.from {
            From::One(value) => return take(1, &self.terms, value).map(drop),
            From::Lines(source) => source,
        };
        let mut count = 0;
        let mut lines = source.lines()?;
        while let Some(line) = lines.next()? {
            let Some(text) = line.text else { continue };
            match take(line.number, &self.terms, text)? {
                Some(true) => count += 1,
                Some(false) => return Ok(()),
                None => {}
            }
        }
        match count == self.records {
            true => Ok(()),
            false => Err(source.changed().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn terms(form: Form) -> Terms {
        Terms {
            key: Some("k".into()),
            partition: None,
            headers: Vec::new(),
            form,
            over_rest: false,
        }
    }

    #[test]
    fn a_line_in_every_form() {
        let value = |form, text: &str| {
            let record = terms(form).for_rest(text.as_bytes());
            record.map(|record| record.value)
        };
        assert_eq!(value(Form::Any, "5"), Ok(json!(5)));
        assert_eq!(value(Form::Any, "Turn On"), Ok(json!("Turn On")));
        assert_eq!(value(Form::Text, "5"), Ok(json!("5")));
        assert!(value(Form::Json, "Turn On").is_err());
        assert!(terms(Form::Json).for_kafka(b"Turn On").is_err());
        let whole = br#"{"partition":0,"value":{"id":1}}"#;
        let record = terms(Form::Record);
        let entry = record.for_kafka(whole).unwrap();
        assert_eq!(
            (entry.key.as_deref(), entry.partition, &entry.value[..]),
            (Some("k"), Some(0), &br#"{"id":1}"#[..])
        );
        assert_eq!(record.for_rest(whole).unwrap().value, json!({"id": 1}));
        assert!(value(Form::Record, r#"{"valeu":1}"#).is_err());
        assert!(value(Form::Record, r#"{"value":1,"partition":-1}"#).is_err());
    }

    #[test]
    fn json_goes_to_kafka_as_it_was_written_and_bytes_as_they_are() {
        let written = b"{ \"b\":1.0, \"a\" :2}";
        let any = terms(Form::Any);
        assert_eq!(any.for_kafka(written).unwrap().value, &written[..]);
        let bytes = terms(Form::Bytes);
        assert_eq!(bytes.for_kafka(b"\xff\0").unwrap().value, &b"\xff\0"[..]);
        for form in [Form::Any, Form::Text, Form::Json] {
            assert!(terms(form).for_kafka(b"\xff").is_err());
        }
        assert!(bytes.for_rest(b"\xff").is_err());
        assert_eq!(bytes.for_rest(b"5").unwrap().value, json!("5"));
    }
}
