//! The first time through the lines: each is checked by itself and its id against all others, before anybody is contacted.
//! One record that the sink cannot read would end it for every device.

use super::message::{Message, Terms};
use super::repeated::Ids;
use crate::commands::lines::{Line, Numbers, Source};
use crate::commands::mistakes::Mistakes;
use crate::error::Failure;
use crate::iothub::command::Expiry;
use crate::ui::Ui;
use anyhow::Context as _;
use serde::Serialize;
use std::io::{BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// What is known of lines that were checked.
#[derive(Debug, Default)]
pub struct Checked {
    /// To be sent.
    pub messages: u64,
    /// Not to be sent, though nothing is wrong with them by themselves: another line has their id.
    pub repeated: Numbers,
    /// Somebody gave an id: it may be in the topic from before.
    pub ids_were_given: bool,
}

/// As long as every id that is made for a message.
const AN_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Goes through all lines. What is wrong is an error, or is put into `skip` and left out.
pub fn check(
    ui: &Ui,
    source: &mut Source,
    terms: &Terms,
    skip: Option<&Path>,
) -> anyhow::Result<Checked> {
    if skip.is_some_and(|skip| source.is(skip)) {
        let words = "the file for invalid lines is the one that is read";
        return Err(Failure::usage(words).into());
    }
    let mut skipped = skip.map(Skipped::into).transpose()?;
    let (mut checked, mut wrong, mut ids) =
        (Checked::default(), Mistakes::default(), Ids::default());
    let now = Expiry::at(jiff::Timestamp::now());
    let mut lines = source.lines()?;
    while let Some(line) = lines.next()? {
        match look(&line, terms, now) {
            Ok(id) => {
                checked.messages += 1;
                if let Some(id) = id {
                    ids.add(&id, line.number).with_context(temporary)?;
                }
            }
            Err(reason) => {
                if let Some(skipped) = &mut skipped {
                    skipped.put(&line, &reason)?;
                }
                wrong.add(line.number, reason);
            }
        }
    }
    checked.ids_were_given = !ids.is_empty();
    let again = |first| format!("line {first} has the same messageId");
    ids.repeated(|line, first| {
        checked.messages -= 1;
        checked.repeated.insert(line);
        wrong.add(line, again(first));
    })
    .with_context(temporary)?;
    if let Some(mut skipped) = skipped {
        skipped.put_all(source, &checked.repeated)?;
        skipped.done()?;
    }
    match (wrong.count, skip) {
        (0, _) => {}
        (_, None) => {
            let words = format!("nothing was sent:\n{}", wrong.words());
            return Err(Failure::usage(words)
                .hint("--skip-invalid FILE puts such lines into a file and sends the others")
                .into());
        }
        (count, Some(skip)) => {
            let (are, place) = (
                if count == 1 { "line is" } else { "lines are" },
                skip.display(),
            );
            let words = wrong.words();
            ui.warn(&format!(
                "{count} {are} invalid and not sent, see {place}:\n{words}"
            ));
        }
    }
    if checked.messages == 0 {
        return Err(Failure::usage("there is nothing to send").into());
    }
    Ok(checked)
}

fn temporary() -> String {
    "keeping the messages' ids in a temporary file".to_owned()
}

/// The id that the line gives to its message, if it is one that may be sent.
fn look<'a>(
    line: &Line<'a>,
    terms: &'a Terms,
    now: Option<Expiry>,
) -> Result<Option<std::borrow::Cow<'a, str>>, String> {
    let text = line.text.ok_or("this is longer than any message")?;
    let message = Message::read(text, terms)?;
    if let (Some(expiry), Some(now)) = (message.expiry, now)
        && expiry <= now
    {
        return Err(format!("expiryTime: {} has passed", expiry.as_str()));
    }
    message.command(AN_ID, None)?;
    Ok(message.id)
}

/// The file of `--skip-invalid`: JSON, a line each. It has its name only when it is whole.
struct Skipped<'a> {
    path: &'a Path,
    file: BufWriter<NamedTempFile>,
}

#[derive(Serialize)]
struct Invalid<'a> {
    line: u64,
    reason: &'a str,
    /// Null if it is longer than any message.
    input: Option<std::borrow::Cow<'a, str>>,
}

impl<'a> Skipped<'a> {
    fn into(path: &'a Path) -> anyhow::Result<Self> {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let file = NamedTempFile::new_in(directory).map_err(|error| unwritable(path, &error))?;
        let file = BufWriter::new(file);
        Ok(Self { path, file })
    }

    fn put(&mut self, line: &Line<'_>, reason: &str) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(&Invalid {
            line: line.number,
            reason,
            input: line.text.map(String::from_utf8_lossy),
        })?;
        text.push(b'\n');
        let written = self.file.write_all(&text);
        Ok(written.map_err(|error| unwritable(self.path, &error))?)
    }

    /// Ids are compared when all lines have been read: those that are not to be sent are looked up again.
    fn put_all(&mut self, source: &mut Source, numbers: &Numbers) -> anyhow::Result<()> {
        if numbers.is_empty() {
            return Ok(());
        }
        let mut lines = source.lines()?;
        while let Some(line) = lines.next()? {
            if numbers.contains(line.number) {
                self.put(&line, "an earlier line has the same messageId")?;
            }
        }
        Ok(())
    }

    fn done(self) -> anyhow::Result<()> {
        let path = self.path;
        let file = self
            .file
            .into_inner()
            .map_err(|error| unwritable(path, error.error()))?;
        file.persist(path)
            .map_err(|error| unwritable(path, &error.error))?;
        Ok(())
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{} cannot be written: {error}", path.display()))
}
