//! Finding the entries of a property file and the bytes that each of them occupies.
//!
//! The two loops follow `java.util.Properties` of JDK 17 (`LineReader.readLine` and `load0`), quirks included: what
//! counts is what the worker will read. Only reading here.

use super::{PropertiesError, guard};
use std::ops::Range;

/// One entry and where it stands. Key and value are UTF-16 units, because Java allows halves of surrogate pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key_units: Vec<u16>,
    pub value_units: Vec<u16>,
    /// The key as written, continuation lines included.
    pub key_span: Range<usize>,
    /// The value as written, up to and without the line end that closes the entry. What lies between the two spans is
    /// the separator; for a key without one both meet.
    pub value_span: Range<usize>,
}

impl Entry {
    pub fn key(&self) -> String {
        String::from_utf16_lossy(&self.key_units)
    }

    pub fn value(&self) -> String {
        String::from_utf16_lossy(&self.value_units)
    }
}

/// All entries in the order of the file, duplicates included.
pub fn scan(bytes: &[u8]) -> Result<Vec<Entry>, PropertiesError> {
    guard(bytes)?;
    let mut reader = LineReader { bytes, at: 0 };
    let mut entries = Vec::new();
    while let Some(line) = reader.next_line() {
        entries.push(
            line.entry()
                .map_err(|Malformed(at)| PropertiesError::MalformedEscape {
                    line: line_number(bytes, at),
                })?,
        );
    }
    Ok(entries)
}

/// A logical line: its bytes with their places in the file, continuations folded, leading blanks gone.
struct Line {
    content: Vec<(u8, usize)>,
    start: usize,
    /// The place of the line end that closes it, or the end of the file.
    end: usize,
}

/// A `\u` without four hexadecimal digits, at this place.
struct Malformed(usize);

struct LineReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl LineReader<'_> {
    fn next_line(&mut self) -> Option<Line> {
        let mut content: Vec<(u8, usize)> = Vec::new();
        let mut start = None;
        let mut skip_blanks = true;
        let mut continued = false;
        let mut after_backslash = false;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else {
                return close(content, start, self.bytes.len(), after_backslash);
            };
            let place = self.at;
            self.at += 1;
            if skip_blanks {
                // A continuation ends at an empty line; everywhere else empty lines are skipped.
                if is_blank(byte) || (!continued && is_line_end(byte)) {
                    continue;
                }
                skip_blanks = false;
                continued = false;
            }
            // Java asks for the length of the line so far, so a comment is also recognised after a lone `\`.
            if content.is_empty() && matches!(byte, b'#' | b'!') {
                self.skip_comment();
                skip_blanks = true;
                continue;
            }
            if !is_line_end(byte) {
                start.get_or_insert(place);
                content.push((byte, place));
                after_backslash = byte == b'\\' && !after_backslash;
                continue;
            }
            if content.is_empty() {
                skip_blanks = true;
                start = None;
                continue;
            }
            if !after_backslash || self.at >= self.bytes.len() {
                return close(content, start, place, after_backslash);
            }
            content.pop();
            skip_blanks = true;
            continued = true;
            after_backslash = false;
            if byte == b'\r' && self.bytes.get(self.at) == Some(&b'\n') {
                self.at += 1;
            }
        }
    }

    fn skip_comment(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            if is_line_end(byte) {
                break;
            }
        }
    }
}

/// The end of a logical line. A backslash that continues into nothing is not part of it; Java then returns a line even
/// if it is empty, which becomes an entry with an empty key.
fn close(
    mut content: Vec<(u8, usize)>,
    start: Option<usize>,
    end: usize,
    after_backslash: bool,
) -> Option<Line> {
    if content.is_empty() {
        return None;
    }
    if after_backslash {
        content.pop();
    }
    Some(Line {
        content,
        start: start.unwrap_or(end),
        end,
    })
}

impl Line {
    fn entry(&self) -> Result<Entry, Malformed> {
        let content = &self.content;
        let key_len = self.key_len();
        let value_at = self.value_at(key_len);
        let place = |index: usize| content.get(index).map(|(_, place)| *place);
        let behind = |index: usize| match index.checked_sub(1).and_then(place) {
            Some(last) => last + 1,
            None => place(0).unwrap_or(self.start),
        };
        let key_end = behind(key_len);
        let value_start = place(value_at).unwrap_or_else(|| behind(value_at));
        Ok(Entry {
            key_units: unescape(&content[..key_len])?,
            value_units: unescape(&content[value_at..])?,
            key_span: self.start.min(key_end)..key_end,
            value_span: value_start..self.end,
        })
    }

    fn key_len(&self) -> usize {
        let mut after_backslash = false;
        for (index, (byte, _)) in self.content.iter().enumerate() {
            if !after_backslash && (is_blank(*byte) || matches!(byte, b'=' | b':')) {
                return index;
            }
            after_backslash = *byte == b'\\' && !after_backslash;
        }
        self.content.len()
    }

    /// Blanks around at most one `=` or `:` separate key and value.
    fn value_at(&self, key_len: usize) -> usize {
        let mut separated = false;
        for (index, (byte, _)) in self.content.iter().enumerate().skip(key_len) {
            match byte {
                byte if is_blank(*byte) => {}
                b'=' | b':' if !separated => separated = true,
                _ => return index,
            }
        }
        self.content.len()
    }
}

fn unescape(content: &[(u8, usize)]) -> Result<Vec<u16>, Malformed> {
    let mut units = Vec::with_capacity(content.len());
    let mut rest = content.iter();
    while let Some((byte, _)) = rest.next() {
        if *byte != b'\\' {
            units.push(u16::from(*byte));
            continue;
        }
        let Some((escaped, place)) = rest.next() else {
            break;
        };
        units.push(match escaped {
            b't' => 0x09,
            b'n' => 0x0a,
            b'f' => 0x0c,
            b'r' => 0x0d,
            b'u' => {
                let mut unit = 0;
                for _ in 0..4 {
                    let digit = rest
                        .next()
                        .and_then(|(byte, _)| char::from(*byte).to_digit(16));
                    unit = unit << 4 | digit.ok_or(Malformed(*place))?;
                }
                unit as u16
            }
            other => u16::from(*other),
        });
    }
    Ok(units)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0c)
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The 1-based natural line of a place, CR, LF and CRLF counting as one line end each.
fn line_number(bytes: &[u8], place: usize) -> usize {
    let before = &bytes[..place.min(bytes.len())];
    let crlf = before.windows(2).filter(|pair| *pair == b"\r\n").count();
    1 + before.iter().filter(|byte| is_line_end(**byte)).count() - crlf
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        scan(text.as_bytes())
            .unwrap()
            .iter()
            .map(|e| (e.key(), e.value()))
            .collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.into(), value.into())
    }

    #[test]
    fn separators() {
        for text in [
            "k=v",
            "k:v",
            "k v",
            "k = v",
            "k\t:\x0cv",
            "  k=v",
            "k\\\n  =v",
            "k=\\\n  v",
        ] {
            assert_eq!(pairs(text), [pair("k", "v")], "{text:?}");
        }
        assert_eq!(
            pairs("k==v\nk : =v\nk\n=v"),
            [
                pair("k", "=v"),
                pair("k", "=v"),
                pair("k", ""),
                pair("", "v")
            ]
        );
    }

    #[test]
    fn comments_blank_lines_and_line_ends() {
        assert_eq!(
            pairs("# c\\\na=1\r\n\r\n!x\rb=2\r  \n\nc=3"),
            [pair("a", "1"), pair("b", "2"), pair("c", "3")]
        );
        // A comment is recognised after a continuation of nothing, not after one of something.
        assert_eq!(pairs("\\\n#c\na=1"), [pair("a", "1")]);
        assert_eq!(pairs("a=1\\\n#c"), [pair("a", "1#c")]);
    }

    #[test]
    fn escapes() {
        assert_eq!(pairs(r"a\ b\=c=\u0041\t\q\\"), [pair("a b=c", "A\tq\\")]);
        assert_eq!(pairs(r"k=\uD83D\uDE00"), [pair("k", "😀")]);
        assert_eq!(
            scan(b"a=1\r\nb=\\u12G4"),
            Err(PropertiesError::MalformedEscape { line: 2 })
        );
    }

    #[test]
    fn a_backslash_at_the_end_continues_into_nothing() {
        assert_eq!(pairs("a=1\\"), [pair("a", "1")]);
        assert_eq!(pairs("a=1\\\n"), [pair("a", "1")]);
        assert_eq!(pairs("a=1\n\\"), [pair("a", "1"), pair("", "")]);
    }

    #[test]
    fn spans_cover_what_was_written() {
        let text = b"# c\n ke\\\n y = v1,\\\r\n  v2\r\nlast";
        let entries = scan(text).unwrap();
        assert_eq!(&text[entries[0].key_span.clone()], b"ke\\\n y");
        assert_eq!(&text[entries[0].value_span.clone()], b"v1,\\\r\n  v2");
        assert_eq!(entries[1].key_span.end, entries[1].value_span.start);
    }
}
