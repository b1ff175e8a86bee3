//! A second opinion on a property file, from the java-properties crate. It reads only: what it writes Java cannot
//! always load. Where the two readers differ our scanner is right (it is tested against Java itself), so a difference
//! stops only the change of the very key.

use super::{PropertiesError, read};
use std::collections::HashMap;

/// Keys that the two readers read differently, each as a sentence. Empty for a file that both read alike.
pub fn disagreements(bytes: &[u8]) -> Result<Vec<String>, PropertiesError> {
    let ours = read(bytes)?;
    let theirs = match second(bytes) {
        Ok(theirs) => theirs,
        Err(warning) => return Ok(vec![warning]),
    };
    let mut keys: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.retain(|key| ours.get(*key) != theirs.get(*key));
    Ok(keys
        .into_iter()
        .map(|key| format!("a second reader reads `{}` differently", plain(key)))
        .collect())
}

/// Parses before and after, applies the changes to the map of before, and compares. A difference at a changed key is an
/// error, any other a warning.
pub(super) fn verify(
    before: &[u8],
    after: &[u8],
    changes: &[(&str, &str)],
) -> Result<Vec<String>, PropertiesError> {
    let ours = read(before)?;
    let (mut expected, found) = match (second(before), second(after)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(warning), _) | (_, Err(warning)) => return Ok(vec![warning]),
    };
    for (key, _) in changes {
        if expected.get(*key) != ours.get(*key) {
            return Err(PropertiesError::Disagreement {
                key: (*key).to_owned(),
            });
        }
    }
    expected.extend(
        changes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    for (key, _) in changes {
        if found.get(*key) != expected.get(*key) {
            return Err(PropertiesError::Disagreement {
                key: (*key).to_owned(),
            });
        }
    }
    let mut differing: Vec<&String> = expected
        .keys()
        .chain(found.keys())
        .filter(|key| expected.get(*key) != found.get(*key))
        .collect();
    differing.sort();
    differing.dedup();
    Ok(differing
        .into_iter()
        .map(|key| {
            format!(
                "a second reader reads `{}` differently after the change",
                plain(key)
            )
        })
        .collect())
}

fn second(bytes: &[u8]) -> Result<HashMap<String, String>, String> {
    java_properties::read(ascii(bytes).as_slice()).map_err(|error| {
        format!(
            "a second reader cannot read the file: {}",
            plain(&error.to_string())
        )
    })
}

/// The same file in ASCII: bytes from 0x80 on as `\u00XX`. The crate would take 0x80–0x9F for Windows-1252.
fn ascii(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut after_backslash = false;
    for byte in bytes {
        if byte.is_ascii() {
            out.push(*byte);
            after_backslash = *byte == b'\\' && !after_backslash;
        } else {
            // Behind a backslash the byte stands for itself, so that backslash becomes the one of the escape.
            let escape = format!("\\u{byte:04x}");
            out.extend_from_slice(&escape.as_bytes()[usize::from(after_backslash)..]);
            after_backslash = false;
        }
    }
    out
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_files_are_read_alike() {
        let text = b"# c\r\na = 1,\\\r\n  2\r\nb:\\u0041\r\ncaf\xe9=\\\xe9\x85\xa0\r\n";
        assert_eq!(disagreements(text).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_lost_last_entry_is_reported() {
        assert_eq!(
            disagreements(b"a=1\nb=2\\").unwrap(),
            ["a second reader reads `b` differently"]
        );
    }

    #[test]
    fn a_disagreement_about_the_changed_key_is_refused() {
        let error = super::super::patch(b"a=1\nb=2\\", &[("b", "3")]);
        assert_eq!(
            error,
            Err(PropertiesError::Disagreement { key: "b".into() })
        );
    }

    #[test]
    fn a_wrong_result_would_be_seen() {
        let changes = [("a", "2")];
        assert!(verify(b"a=1\n", b"a=2\n", &changes).unwrap().is_empty());
        assert!(verify(b"a=1\n", b"a=3\n", &changes).is_err());
        assert_eq!(
            verify(b"a=1\nb=1\n", b"a=2\nb=2\n", &changes)
                .unwrap()
                .len(),
            1
        );
    }
}
