//! How large a zip says that it is, read from its last bytes before anything else of it: what claims too much is refused
//! before memory is spent on it, and what is no zip is told by how it begins.

use std::io::{self, Read, Seek, SeekFrom};

/// A connector jar has some 15,000 entries and a directory of 2 MB.
const MOST_ENTRIES: u64 = 500_000;
const MOST_DIRECTORY: u64 = 64 << 20;

/// The end record is 22 bytes and a comment of at most 65,535; before it stands the locator of zip64.
const END: usize = 22;
const LOCATOR: usize = 20;
const TAIL: u64 = (END + LOCATOR + 65_535) as u64;

/// `Err` in the outer place: the file cannot be read. In the inner: why it is no jar that can be looked into.
pub fn check(file: &mut (impl Read + Seek), size: u64) -> io::Result<Result<(), String>> {
    let mut start = Vec::new();
    file.rewind()?;
    file.by_ref().take(12).read_to_end(&mut start)?;
    if start.is_empty() {
        return Ok(Err("it is empty".into()));
    }
    let begin = size.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(begin))?;
    let mut tail = Vec::new();
    file.by_ref().take(TAIL).read_to_end(&mut tail)?;
    let Some(at) = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06") else {
        return Ok(Err(match start.starts_with(b"PK") {
            true => "its end is missing: it was cut off (a download that broke?)".into(),
            false => format!("it begins with {:?}", begin_of(&start)),
        }));
    };
    let end = &tail[at..];
    let (Some(entries), Some(length)) = (number(end, 10, 2), number(end, 12, 4)) else {
        return Ok(Err("its end is cut off".into()));
    };
    let (mut entries, mut length) = (entries, length);
    if entries == 0xffff || length == 0xffff_ffff {
        // zip64: the numbers are elsewhere
        let record = at
            .checked_sub(LOCATOR)
            .and_then(|at| tail.get(at..))
            .filter(|locator| locator.starts_with(b"PK\x06\x07"))
            .and_then(|locator| number(locator, 8, 8));
        if let Some(place) = record {
            file.seek(SeekFrom::Start(place))?;
            let mut bytes = Vec::new();
            file.by_ref().take(56).read_to_end(&mut bytes)?;
            if let (true, Some(more), Some(long)) = (
                bytes.starts_with(b"PK\x06\x06"),
                number(&bytes, 32, 8),
                number(&bytes, 40, 8),
            ) {
                (entries, length) = (more, long);
            }
        }
    }
    Ok(if entries > MOST_ENTRIES || length > MOST_DIRECTORY {
        Err(format!(
            "it claims {entries} entries and a directory of {length} bytes: no connector has as many"
        ))
    } else if length > size {
        Err(format!(
            "its directory would be {length} bytes, the whole file is {size}"
        ))
    } else {
        Ok(())
    })
}

/// Little-endian.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + length)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    )
}

fn begin_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn checked(bytes: &[u8]) -> Result<(), String> {
        check(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    /// An end record with these numbers, and for zip64 what stands before it.
    fn end(entries: u16, length: u32, zip64: Option<(u64, u64)>) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        if let Some((entries, length)) = zip64 {
            let place = bytes.len() as u64;
            bytes.extend(b"PK\x06\x06");
            bytes.extend([0; 28]);
            bytes.extend(entries.to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend(b"PK\x06\x07\0\0\0\0");
            bytes.extend(place.to_le_bytes());
            bytes.extend([1, 0, 0, 0]);
        }
        bytes.extend(b"PK\x05\x06\0\0\0\0\0\0");
        bytes.extend(entries.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend([0; 6]);
        bytes
    }

    #[test]
    fn what_claims_too_much_is_refused_before_it_is_believed() {
        assert_eq!(checked(&end(0, 0, None)), Ok(()));
        assert_eq!(checked(&end(0xffff, 0xffff_ffff, Some((3, 20)))), Ok(()));
        for (bytes, word) in [
            (
                end(0xffff, 0xffff_ffff, Some((10_000_000, 20))),
                "10000000 entries",
            ),
            (end(0xffff, 0xffff_ffff, Some((1, u64::MAX))), "entries"),
            (end(1, 70_000_000, None), "70000000 bytes"),
            (end(1, 5_000, None), "the whole file is"),
            (b"PK\x05\x06\0\0".to_vec(), "cut off"),
            (b"PK\x03\x04 and no end".to_vec(), "cut off"),
            (
                b"<!DOCTYPE html>".to_vec(),
                "it begins with \"<!DOCTYPE ht\"",
            ),
            (Vec::new(), "empty"),
        ] {
            let words = checked(&bytes).unwrap_err();
            assert!(words.contains(word), "{word:?} is not in {words}");
        }
    }
}
