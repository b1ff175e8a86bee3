//! Java .properties files, read as Java reads them and edited in place with every other byte kept.
//!
//! Here: reading into a map, and the limits of what counts as such a file. `scan` finds the entries and their byte
//! spans, `patch` changes values, `second` asks the java-properties crate for a second opinion. Nothing in here knows
//! what a key means.

mod escape;
mod patch;
mod scan;
mod second;

pub use escape::{escape_key, escape_value};
pub use patch::{Patched, patch};
pub use scan::{Entry, scan};
pub use second::disagreements;

use std::collections::BTreeMap;

/// The largest file that is taken for a property file, in bytes. Kafka's own are below 10 KiB.
pub const LIMIT: usize = 1024 * 1024;

/// Why a file cannot be read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PropertiesError {
    /// Too large, or with NUL bytes (a binary file, UTF-16).
    #[error("not a property file: {0}")]
    NotText(String),
    /// Java's loader would throw on it, and a worker would not start.
    #[error("line {line}: malformed \\uxxxx escape")]
    MalformedEscape { line: usize },
    /// A lone `\` as the last line: Java makes an entry with an empty key of it, which goes away as soon as anything
    /// follows. So nothing can be added without changing what the file says.
    #[error(
        "the file ends in a line continuation (`\\`) with nothing after it; remove that last line"
    )]
    DanglingContinuation,
    /// Two readers read a key that is to be changed differently: a person has to look.
    #[error(
        "two readers of property files disagree about `{key}`; write that line in a plainer way"
    )]
    Disagreement { key: String },
    /// The changed text does not read back as intended. A fault of ours; the file is left alone.
    #[error("the changed file would not read back as intended (at `{key}`)")]
    NotVerified { key: String },
}

/// All entries by key, the last duplicate of a key winning, as `java.util.Properties` has it. Halves of surrogate pairs
/// that stand alone (Java allows them) become U+FFFD.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, String>, PropertiesError> {
    Ok(scan(bytes)?
        .iter()
        .map(|entry| (entry.key(), entry.value()))
        .collect())
}

/// Refuses what is not a property file before anything tries to make sense of it.
fn guard(bytes: &[u8]) -> Result<(), PropertiesError> {
    if bytes.len() > LIMIT {
        return Err(PropertiesError::NotText(format!(
            "{} bytes, more than {LIMIT}",
            bytes.len()
        )));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(PropertiesError::NotText(
            "it is UTF-16; Java reads ISO 8859-1".into(),
        ));
    }
    match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => Err(PropertiesError::NotText(format!(
            "a NUL byte at position {at}"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_duplicate_wins() {
        let map = read(b"a=1\nb=2\na=3\n").unwrap();
        assert_eq!(map["a"], "3");
        assert_eq!(map.len(), 2);
    }

    #[test]
    fn bytes_are_latin_1() {
        assert_eq!(read(b"k=caf\xe9\n").unwrap()["k"], "café");
        assert_eq!(read("k=é".as_bytes()).unwrap()["k"], "Ã©");
    }

    #[test]
    fn what_is_no_property_file_is_refused() {
        let large = vec![b'#'; LIMIT + 1];
        assert!(matches!(read(&large), Err(PropertiesError::NotText(_))));
        assert!(matches!(read(b"a=\0"), Err(PropertiesError::NotText(_))));
        assert!(
            matches!(read(b"\xff\xfea\0"), Err(PropertiesError::NotText(why)) if why.contains("UTF-16"))
        );
        assert!(read(&large[..LIMIT]).unwrap().is_empty());
    }
}
