//! FileOffsetBackingStore: the offsets of a standalone worker in one file, a Java-serialised `HashMap<byte[], byte[]>`.
//!
//! Written as Connect does: in place, without a temporary file, so that a worker that is killed in the middle leaves a
//! truncated one. Read as Connect does: an empty or truncated file is taken for none, in silence.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::exception::{CONNECT, Exception, of_file};
use crate::sandbox::http::lock;

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

pub struct OffsetStore {
    path: PathBuf,
    entries: Mutex<Entries>,
    /// A fault: every write fails.
    unwritable: bool,
}

impl OffsetStore {
    /// Reads the file, if there is one.
    pub fn open(path: &Path, unwritable: bool) -> Result<Self, Exception> {
        let name = path.display().to_string();
        let entries = match std::fs::read(path) {
            Ok(bytes) => read(&bytes).map_err(|error| Exception::around(CONNECT, error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Entries::new(),
            Err(error) => return Err(Exception::around(CONNECT, of_file(&error, &name))),
        };
        Ok(Self {
            path: path.to_owned(),
            entries: Mutex::new(entries),
            unwritable,
        })
    }

    pub fn get(&self, key: &str) -> Option<String> {
        let entries = lock(&self.entries);
        let value = entries.get(key.as_bytes())?;
        Some(String::from_utf8_lossy(value).into_owned())
    }

    /// Takes the values over and writes the whole file.
    pub fn set(&self, values: impl IntoIterator<Item = (String, String)>) -> Result<(), Exception> {
        let mut entries = lock(&self.entries);
        for (key, value) in values {
            entries.insert(key.into_bytes(), value.into_bytes());
        }
        let name = self.path.display().to_string();
        let written = match self.unwritable {
            true => Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied)),
            false => std::fs::write(&self.path, serialised(&entries)),
        };
        written.map_err(|error| Exception::around(CONNECT, of_file(&error, &name)))
    }

    /// A fault: half of the file is lost.
    pub fn truncate(&self) {
        let entries = lock(&self.entries);
        let half = std::fs::read(&self.path).unwrap_or_default();
        // What cannot be written is truncated enough.
        let _ = std::fs::write(&self.path, &half[..half.len() / 2]);
        drop(entries);
    }
}

/// Magic and version of the stream; `HashMap` with its serialVersionUID, flags and two fields.
const HEAD: &[u8] = b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp\x3f\x40\x00\x00";
/// `byte[]`, described the first time.
const FIRST_ARRAY: &[u8] = b"ur\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00xp";
/// And referred to from then on.
const NEXT_ARRAY: &[u8] = b"uq\x00\x7e\x00\x02";
const END: u8 = b'x';

fn serialised(entries: &Entries) -> Vec<u8> {
    // As a HashMap that grew from its default: a power of two, at most three quarters full.
    let mut capacity: u32 = 16;
    while entries.len() as u32 > capacity / 4 * 3 {
        capacity *= 2;
    }
    let mut bytes = HEAD.to_vec();
    bytes.extend((capacity / 4 * 3).to_be_bytes());
    bytes.extend([b'w', 8]);
    bytes.extend(capacity.to_be_bytes());
    bytes.extend((entries.len() as u32).to_be_bytes());
    let mut described = false;
    for array in entries.iter().flat_map(|(key, value)| [key, value]) {
        bytes.extend(if described { NEXT_ARRAY } else { FIRST_ARRAY });
        described = true;
        bytes.extend((array.len() as u32).to_be_bytes());
        bytes.extend(array);
    }
    bytes.push(END);
    bytes
}

fn read(bytes: &[u8]) -> Result<Entries, Exception> {
    if let Some(wrong) = bytes.get(..4).filter(|magic| *magic != &HEAD[..4]) {
        return Err(Exception::new(
            "java.io.StreamCorruptedException",
            format!("invalid stream header: {}", hex::encode_upper(wrong)),
        ));
    }
    // Connect catches the EOFException and goes on with nothing.
    Ok(entries(bytes)?.unwrap_or_default())
}

/// `None`: the stream ends early.
fn entries(bytes: &[u8]) -> Result<Option<Entries>, Exception> {
    let foreign = || Exception::connect("Expected HashMap but found another object");
    let shared = bytes.len().min(HEAD.len());
    if bytes[..shared] != HEAD[..shared] {
        return Err(foreign());
    }
    let mut rest = &bytes[shared..];
    let mut take = |count: usize| -> Option<&[u8]> {
        let (taken, behind) = rest.split_at_checked(count)?;
        rest = behind;
        Some(taken)
    };
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    // The threshold, the block's head, the capacity; then the number of entries.
    let Some(count) = take(10).and_then(|_| take(4)).map(number) else {
        return Ok(None);
    };
    let mut arrays = Vec::new();
    for index in 0..count.saturating_mul(2) {
        let description = if index == 0 { FIRST_ARRAY } else { NEXT_ARRAY };
        match take(description.len()) {
            Some(found) if found == description => {}
            Some(_) => return Err(foreign()),
            None => return Ok(None),
        }
        let Some(array) = take(4).map(number).and_then(&mut take) else {
            return Ok(None);
        };
        arrays.push(array.to_vec());
    }
    let pairs = arrays
        .chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()));
    Ok(take(1).map(|_| pairs.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(partition: usize) -> String {
        format!(
            r#"["AzureIotHubConnector",{{"EventHubName":"myhub-eh","EventHubPartition":"{partition}"}}]"#
        )
    }

    #[test]
    fn what_is_written_is_read_again_in_every_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("o");
        let store = OffsetStore::open(&path, false).unwrap();
        for count in [1, 2, 12, 13, 30] {
            store
                .set((0..count).map(|n| (key(n), r#"{"EventHubOffset":"100"}"#.to_owned())))
                .unwrap();
            let again = OffsetStore::open(&path, false).unwrap();
            assert_eq!(
                again.get(&key(count - 1)).as_deref(),
                Some(r#"{"EventHubOffset":"100"}"#)
            );
        }
    }

    #[test]
    fn two_partitions_take_335_bytes_as_measured() {
        let values = [0, 1].map(|n| (key(n).into_bytes(), br#"{"EventHubOffset":"100"}"#.to_vec()));
        assert_eq!(serialised(&values.into()).len(), 335);
    }

    #[test]
    fn truncated_is_nothing_and_garbage_is_an_error() {
        let values = [0, 1].map(|n| (key(n).into_bytes(), b"{}".to_vec()));
        let bytes = serialised(&values.into());
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Ok(Entries::new()), "{length}");
        }
        let error = read(b"garbage").unwrap_err();
        assert_eq!(
            error.to_string(),
            "java.io.StreamCorruptedException: invalid stream header: 67617262"
        );
        let dir = tempfile::tempdir().unwrap();
        let error = OffsetStore::open(dir.path(), false)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.ends_with("java.io.IOException: Is a directory"),
            "{error}"
        );
    }

    #[test]
    fn a_write_that_fails_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let gone = OffsetStore::open(&dir.path().join("no/o"), false).unwrap();
        let error = gone.set([]).unwrap_err().to_string();
        assert!(error.contains("NoSuchFileException"), "{error}");
        let fault = OffsetStore::open(&dir.path().join("o"), true).unwrap();
        assert!(
            fault
                .set([])
                .unwrap_err()
                .to_string()
                .contains("AccessDeniedException")
        );
    }
}
