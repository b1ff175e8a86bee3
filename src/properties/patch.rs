//! Changing values of a property file in place. Every byte outside the changed values stays; the result is read back
//! before it is given out.

use super::scan::{Entry, scan};
use super::{PropertiesError, escape_key, escape_value, second};
use std::collections::BTreeMap;
use std::ops::Range;

/// A changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patched {
    /// The whole new content; equal to the old one if nothing had to change.
    pub bytes: Vec<u8>,
    /// What a person should know about the file. Nothing in here stops the change.
    pub warnings: Vec<String>,
}

/// Sets each key to its value. Of duplicates the last is changed, since that is the one Java uses; an absent key is
/// appended in the order given, with the file's own line end. A key given twice gets its last value.
///
/// The result is verified by our own scanner (entry by entry) and by the java-properties crate; see
/// [`PropertiesError`] for what is refused.
pub fn patch(bytes: &[u8], changes: &[(&str, &str)]) -> Result<Patched, PropertiesError> {
    let entries = scan(bytes)?;
    let wanted = last_of_each(changes);
    let mut edits: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    let mut appended: Vec<(&str, &str)> = Vec::new();
    let mut changed_keys: Vec<(&str, &str)> = Vec::new();
    let mut expected: Vec<(Vec<u16>, Vec<u16>)> = entries
        .iter()
        .map(|e| (e.key_units.clone(), e.value_units.clone()))
        .collect();
    for (key, value) in wanted {
        let key_units: Vec<u16> = key.encode_utf16().collect();
        let value_units: Vec<u16> = value.encode_utf16().collect();
        match entries
            .iter()
            .rposition(|entry| entry.key_units == key_units)
        {
            Some(index) if entries[index].value_units == value_units => continue,
            Some(index) => {
                edits.push(edit(bytes, &entries[index], value));
                expected[index].1 = value_units;
            }
            None => {
                appended.push((key, value));
                expected.push((key_units, value_units));
            }
        }
        changed_keys.push((key, value));
    }
    let mut warnings = warnings(bytes);
    if changed_keys.is_empty() {
        return Ok(Patched {
            bytes: bytes.to_vec(),
            warnings,
        });
    }
    let changed = append(apply(bytes, edits), &appended, &expected)?;
    warnings.extend(second::verify(bytes, &changed, &changed_keys)?);
    Ok(Patched {
        bytes: changed,
        warnings,
    })
}

fn last_of_each<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let last: BTreeMap<&str, &str> = changes.iter().copied().collect();
    let mut order: Vec<&str> = Vec::new();
    for (key, _) in changes {
        if !order.contains(key) {
            order.push(key);
        }
    }
    order
        .into_iter()
        .filter_map(|key| Some((key, *last.get(key)?)))
        .collect()
}

/// The bytes to replace and what comes there.
fn edit(bytes: &[u8], entry: &Entry, value: &str) -> (Range<usize>, Vec<u8>) {
    let escaped = escape_value(value).into_bytes();
    let separator = &bytes[entry.key_span.end..entry.value_span.start];
    // A separator that is spread over a continuation line, or none at all: `=` takes its place.
    if separator.contains(&b'\\') || separator.is_empty() {
        let span = entry.key_span.end..entry.value_span.end;
        return (span, [b"=".as_slice(), &escaped].concat());
    }
    // Behind a separator of blanks a leading `=` or `:` would be taken for the separator.
    let blanks_only = !separator.iter().any(|byte| matches!(byte, b'=' | b':'));
    if blanks_only && matches!(escaped.first(), Some(b'=' | b':')) {
        return (
            entry.value_span.clone(),
            [b"\\".as_slice(), &escaped].concat(),
        );
    }
    (entry.value_span.clone(), escaped)
}

fn apply(bytes: &[u8], mut edits: Vec<(Range<usize>, Vec<u8>)>) -> Vec<u8> {
    edits.sort_by_key(|(span, _)| span.start);
    let mut out = Vec::with_capacity(bytes.len() + 256);
    let mut at = 0;
    for (span, replacement) in edits {
        out.extend_from_slice(&bytes[at..span.start]);
        out.extend_from_slice(&replacement);
        at = span.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// Adds the absent keys. How many line ends have to stand before the first depends on how the file ends (an open last
/// line needs one, a continuation into nothing two); reading the result back decides.
fn append(
    bytes: Vec<u8>,
    appended: &[(&str, &str)],
    expected: &[(Vec<u16>, Vec<u16>)],
) -> Result<Vec<u8>, PropertiesError> {
    let line_end = line_end(&bytes);
    let mut tail = Vec::new();
    for (key, value) in appended {
        tail.extend_from_slice(format!("{}={}", escape_key(key), escape_value(value)).as_bytes());
        tail.extend_from_slice(line_end);
    }
    let most = if appended.is_empty() { 0 } else { 2 };
    for line_ends in 0..=most {
        let mut candidate = bytes.clone();
        candidate.extend_from_slice(&line_end.repeat(line_ends));
        candidate.extend_from_slice(&tail);
        if reads_as(&candidate, expected) {
            return Ok(candidate);
        }
    }
    let ends_open = expected
        .iter()
        .any(|(key, value)| key.is_empty() && value.is_empty());
    if !appended.is_empty() && ends_open {
        return Err(PropertiesError::DanglingContinuation);
    }
    let key = appended
        .first()
        .map_or_else(String::new, |(key, _)| (*key).to_owned());
    Err(PropertiesError::NotVerified { key })
}

fn reads_as(bytes: &[u8], expected: &[(Vec<u16>, Vec<u16>)]) -> bool {
    scan(bytes).is_ok_and(|entries| {
        entries.len() == expected.len()
            && entries
                .iter()
                .zip(expected)
                .all(|(entry, (key, value))| entry.key_units == *key && entry.value_units == *value)
    })
}

/// The line end that the file uses first; `\n` for a file without one.
fn line_end(bytes: &[u8]) -> &'static [u8] {
    match bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => b"\r\n",
        Some(at) if bytes[at] == b'\r' => b"\r",
        _ => b"\n",
    }
}

fn warnings(bytes: &[u8]) -> Vec<String> {
    let mut warnings = Vec::new();
    if bytes.starts_with(b"\xef\xbb\xbf") {
        warnings.push(
            "the file starts with a byte order mark, which Java reads as part of the first line"
                .into(),
        );
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(text: &str, changes: &[(&str, &str)]) -> String {
        String::from_utf8(patch(text.as_bytes(), changes).unwrap().bytes).unwrap()
    }

    #[test]
    fn only_the_value_changes() {
        let text =
            "# workers\r\nbootstrap.servers = localhost:9092 \r\nkey.converter:x\r\n\r\n#end";
        assert_eq!(
            patched(text, &[("bootstrap.servers", "wn0:9092,wn1:9092")]),
            "# workers\r\nbootstrap.servers = wn0:9092,wn1:9092\r\nkey.converter:x\r\n\r\n#end"
        );
    }

    #[test]
    fn unchanged_values_leave_identical_bytes() {
        let text = "a = 1,\\\n   2\nb:\\u0041\n";
        assert_eq!(patched(text, &[("a", "1,2"), ("b", "A")]), text);
    }

    #[test]
    fn the_last_duplicate_and_only_that() {
        assert_eq!(patched("a=1\na=2\nb=3\n", &[("a", "9")]), "a=1\na=9\nb=3\n");
    }

    #[test]
    fn continuation_lines_are_replaced_whole() {
        assert_eq!(
            patched("a=1,\\\r\n  2\r\nb=3\r\n", &[("a", "9")]),
            "a=9\r\nb=3\r\n"
        );
        assert_eq!(patched("a\\\n =1\nb=3\n", &[("a", "9")]), "a=9\nb=3\n");
    }

    #[test]
    fn absent_keys_are_appended_with_the_files_own_line_end() {
        assert_eq!(
            patched("a=1\r\n", &[("z", "1"), ("b", "2")]),
            "a=1\r\nz=1\r\nb=2\r\n"
        );
        assert_eq!(patched("a=1", &[("b", "2")]), "a=1\nb=2\n");
        assert_eq!(
            patched("# only a comment\\", &[("b", "2")]),
            "# only a comment\\\nb=2\n"
        );
        assert_eq!(patched("", &[("b", "2"), ("b", "3")]), "b=3\n");
    }

    #[test]
    fn a_dangling_backslash_is_closed_or_refused() {
        assert_eq!(patched("a=1\\", &[("b", "2")]), "a=1\\\n\nb=2\n");
        assert_eq!(patched("a=1\\\n", &[("b", "2")]), "a=1\\\n\nb=2\n");
        // The java-properties crate loses such an entry, so its value is not changed on one reader's word.
        let error = patch(b"a=1\\", &[("a", "2")]);
        assert_eq!(
            error,
            Err(PropertiesError::Disagreement { key: "a".into() })
        );
        assert_eq!(
            patch(b"a=1\n\\", &[("b", "2")]),
            Err(PropertiesError::DanglingContinuation)
        );
    }

    #[test]
    fn bare_keys_and_blank_separators() {
        assert_eq!(patched("a\nb=1\n", &[("a", "x")]), "a=x\nb=1\n");
        assert_eq!(patched("a 1\n", &[("a", "=x")]), "a \\=x\n");
        assert_eq!(patched("a=1\n", &[("a", "")]), "a=\n");
        assert_eq!(patched("a=1\n", &[("a", " x")]), "a=\\ x\n");
    }

    #[test]
    fn a_value_cannot_add_a_line() {
        let out = patched("a=1\n", &[("a", "x\nconnector.class=evil")]);
        assert_eq!(out, "a=x\\nconnector.class=evil\n");
    }

    #[test]
    fn other_bytes_stay_as_they_are() {
        let text = b"# caf\xe9 \x80\nname=\xe9\na=1\n";
        let out = patch(text, &[("a", "€")]).unwrap();
        assert_eq!(out.bytes, b"# caf\xe9 \x80\nname=\xe9\na=\\u20AC\n");
        assert_eq!(out.warnings, Vec::<String>::new());
    }

    #[test]
    fn what_the_second_reader_cannot_read_is_a_warning() {
        let out = patch(b"smile=\\uD83D\\uDE00\na=1\n", &[("a", "2")]).unwrap();
        assert_eq!(out.bytes, b"smile=\\uD83D\\uDE00\na=2\n");
        assert_eq!(out.warnings.len(), 1, "{:?}", out.warnings);
    }
}
