//! The form of the records: rows, JSON, YAML, the bare values, or a pattern with kcat's letters.

use super::read::{self, Line, Read};
use crate::error::Failure;
use crate::kafka::view::View;
use crate::ui::{Format, OutputError, json_line, sanitise_line, yaml_document};
use std::borrow::Cow;
use std::fmt::Write as _;

/// What each letter of a pattern stands for, for the help.
pub const LETTERS: &str = "\
A pattern has a line for each record, in which these are replaced:
  %t topic         %p partition     %o offset        %k key
  %v or %s value   %S its length    %K the key's     %h headers, name=value,…
  %T time in milliseconds since 1970                 %i time, RFC 3339
  %d device        %b what the device sent; of anything else the value
  %% a percent sign, \\n a line end, \\t a tab, \\0 a NUL, \\\\ a backslash
The line's end is added unless the pattern ends with \\n or \\0.";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    Table,
    Json,
    Yaml,
    /// The values' bytes and a line end each. To a terminal as text.
    Raw {
        terminal: bool,
    },
    Pattern(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Letter(Letter),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    Topic,
    Partition,
    Offset,
    Key,
    KeyLength,
    Value,
    ValueLength,
    Headers,
    Milliseconds,
    Time,
    Device,
    Body,
}

impl Form {
    /// `--format`, and without it `--output`. Both together must mean the same.
    pub fn of(asked: Option<&str>, output: Format, terminal: bool) -> Result<Self, Failure> {
        let form = match asked {
            None => match output {
                Format::Table => Self::Table,
                Format::Json => Self::Json,
                Format::Yaml => Self::Yaml,
            },
            Some("table") => Self::Table,
            Some("json") => Self::Json,
            Some("raw") => Self::Raw { terminal },
            Some(pattern) if pattern.contains('%') => Self::Pattern(pieces(pattern)?),
            Some(other) => {
                let words = format!(
                    "--format {other:?} is none of table, json and raw, and no pattern: it has no %"
                );
                return Err(Failure::usage(words).hint("--format '%t %d %v'"));
            }
        };
        let agreed = match output {
            Format::Table => true,
            Format::Json => form == Self::Json,
            Format::Yaml => form == Self::Yaml,
        };
        match agreed {
            true => Ok(form),
            false => Err(Failure::usage(
                "--format and --output both say the form of the records, and not the same one",
            )
            .hint("leave one of them out; --format json is --output json, errors apart")),
        }
    }

    /// Adds the record to what is going to be written.
    pub fn write(&self, out: &mut Vec<u8>, view: &View<'_>) -> Result<(), OutputError> {
        match self {
            Self::Table => line(out, &read::row(view)),
            Self::Json => out.extend_from_slice(json_line(&Line::of(view))?.as_bytes()),
            Self::Yaml => out.extend_from_slice(yaml_document(&Line::of(view))?.as_bytes()),
            Self::Raw { terminal: false } => {
                out.extend_from_slice(view.value.unwrap_or_default());
                out.push(b'\n');
            }
            Self::Raw { terminal: true } => line(out, &shown(view.value)),
            Self::Pattern(pieces) => fill(out, pieces, view),
        }
        Ok(())
    }
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

/// Bytes as text that cannot act on a terminal.
fn shown(bytes: Option<&[u8]>) -> String {
    let text = bytes.map_or(Cow::Borrowed(""), read::text);
    sanitise_line(&text).into_owned()
}

fn fill(out: &mut Vec<u8>, pieces: &[Piece], view: &View<'_>) {
    let wants = |letters: &[Letter]| {
        let of = |piece: &Piece| matches!(piece, Piece::Letter(letter) if letters.contains(letter));
        pieces.iter().any(of)
    };
    let read = wants(&[Letter::Device, Letter::Body]).then(|| Read::of(view));
    let mut text = String::new();
    for piece in pieces {
        let letter = match piece {
            Piece::Text(fixed) => {
                text.push_str(fixed);
                continue;
            }
            Piece::Letter(letter) => letter,
        };
        let length = |bytes: Option<&[u8]>| bytes.map_or("-1".to_owned(), |b| b.len().to_string());
        let filled = match letter {
            Letter::Topic => view.topic.to_owned(),
            Letter::Partition => view.partition.to_string(),
            Letter::Offset => view.offset.to_string(),
            Letter::Key => shown(view.key),
            Letter::KeyLength => length(view.key),
            Letter::Value => shown(view.value),
            Letter::ValueLength => length(view.value),
            Letter::Headers => headers(view),
            Letter::Milliseconds => view.timestamp_ms().unwrap_or(-1).to_string(),
            Letter::Time => read::time(view).unwrap_or_else(|| "-".to_owned()),
            Letter::Device => {
                let device = read.as_ref().and_then(Read::device);
                sanitise_line(device.as_deref().unwrap_or("-")).into_owned()
            }
            Letter::Body => {
                let body = read.as_ref().map(|read| read::body(read, view));
                sanitise_line(&body.unwrap_or_default()).into_owned()
            }
        };
        text.push_str(&filled);
    }
    out.extend_from_slice(text.as_bytes());
}

fn headers(view: &View<'_>) -> String {
    let mut text = String::new();
    for (name, value) in view.headers() {
        let comma = if text.is_empty() { "" } else { "," };
        let value = value.as_deref().map(|value| shown(Some(value)));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{comma}{}={}",
            sanitise_line(&name),
            value.as_deref().unwrap_or("NULL")
        );
    }
    text
}

/// A pattern in pieces, with a line end where it has none.
fn pieces(pattern: &str) -> Result<Vec<Piece>, Failure> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            '%' => {
                let letter = characters.next();
                if letter == Some('%') {
                    text.push('%');
                    continue;
                }
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Letter(self::letter(letter)?));
            }
            '\\' => text.push(escaped(characters.next())?),
            '\n' | '\t' => text.push(c),
            c if c.is_control() => {
                let words = format!("--format: a control character ({c:?}) in the pattern");
                return Err(Failure::usage(words));
            }
            c => text.push(c),
        }
    }
    if !text.ends_with(['\n', '\0']) {
        text.push('\n');
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

fn letter(letter: Option<char>) -> Result<Letter, Failure> {
    Ok(match letter {
        Some('t') => Letter::Topic,
        Some('p') => Letter::Partition,
        Some('o') => Letter::Offset,
        Some('k') => Letter::Key,
        Some('K') => Letter::KeyLength,
        Some('v' | 's') => Letter::Value,
        Some('S') => Letter::ValueLength,
        Some('h') => Letter::Headers,
        Some('T') => Letter::Milliseconds,
        Some('i') => Letter::Time,
        Some('d') => Letter::Device,
        Some('b') => Letter::Body,
        other => {
            let shown = other.map(String::from).unwrap_or_default();
            let words = format!("--format: {:?} stands for nothing", format!("%{shown}"));
            return Err(Failure::usage(words).hint("hdikafka tail --help lists the letters"));
        }
    })
}

fn escaped(c: Option<char>) -> Result<char, Failure> {
    match c {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('0') => Ok('\0'),
        Some('\\') => Ok('\\'),
        other => {
            let shown = other.map(String::from).unwrap_or_default();
            let words = format!("--format: {:?} stands for nothing", format!("\\{shown}"));
            Err(Failure::usage(words).hint("\\n, \\t, \\0 and \\\\ are what there is"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &[u8] = br#"{"deviceId":"pi","content":"warm\u001b[31m","sequenceNumber":4}"#;

    fn written(form: &Form, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        let view = View::new("iotin", (3, 812), Some(1_769_850_000_123), key, value);
        form.write(&mut out, &view).unwrap();
        out
    }

    fn filled(pattern: &str) -> String {
        let form = Form::of(Some(pattern), Format::Table, false).unwrap();
        String::from_utf8(written(&form, None, Some(VALUE))).unwrap()
    }

    #[test]
    fn patterns_are_filled() {
        assert_eq!(filled("%t-%p@%o"), "iotin-3@812\n");
        assert_eq!(filled("%d: %b\\n"), "pi: warm\\x1b[31m\n");
        assert_eq!(filled("%T %i"), "1769850000123 2026-01-31T09:00:00.123Z\n");
        assert_eq!(filled("%S\\t%K %k|100%%\\0"), "63\t-1 |100%\0");
        assert_eq!(
            filled("%v"),
            format!("{}\n", std::str::from_utf8(VALUE).unwrap())
        );
        assert_eq!(filled("%s%h"), filled("%v"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in ["", "yaml", "%", "%x", "%v\\", "%v\\e", "%v\x1b[2J", "50%"] {
            let refused = Form::of(Some(wrong), Format::Table, false);
            assert_eq!(
                refused.unwrap_err().exit,
                crate::error::Exit::Usage,
                "{wrong}"
            );
        }
    }

    #[test]
    fn two_forms_have_to_be_one() {
        let of = |asked, output| Form::of(asked, output, false);
        assert_eq!(of(Some("json"), Format::Json).unwrap(), Form::Json);
        assert_eq!(of(None, Format::Yaml).unwrap(), Form::Yaml);
        for (asked, output) in [
            ("raw", Format::Json),
            ("table", Format::Yaml),
            ("%v", Format::Json),
        ] {
            assert!(of(Some(asked), output).is_err(), "{asked} {output:?}");
        }
    }

    #[test]
    fn raw_is_the_bytes_except_on_a_terminal() {
        let bytes = b"a\xff\x1b[2J\0";
        let raw = |terminal| written(&Form::Raw { terminal }, None, Some(bytes));
        assert_eq!(raw(false), b"a\xff\x1b[2J\0\n");
        assert_eq!(raw(true), b"a\\xff\\x1b[2J\\x00\n");
        assert_eq!(written(&Form::Raw { terminal: false }, None, None), b"\n");
    }

    #[test]
    fn every_letter_is_in_the_help() {
        for letter in "tpokvsSKhTidb".chars() {
            assert!(self::letter(Some(letter)).is_ok());
            assert!(LETTERS.contains(&format!("%{letter} ")), "{letter}");
        }
    }
}
