//! Connect's standalone offset file: a Java-serialised `HashMap<byte[], byte[]>` without a checksum.
//!
//! Connect reads an empty or truncated one as "from the beginning" and says nothing, so it is read here before each
//! start; and written when a bridge made by hand is taken over. Format: the Java Object Serialization Stream Protocol, only what `FileOffsetBackingStore` writes.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OffsetsError {
    #[error("it is empty: the connector would read everything again from the beginning")]
    Empty,
    #[error(
        "it ends early, after {0} bytes: the connector would read everything again from the beginning"
    )]
    Truncated(usize),
    #[error("it is not an offset file of Kafka Connect (byte {0})")]
    Foreign(usize),
}

/// Key → value, both as Connect's JSON text. Ok means that Connect will read the same from it.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, String>, OffsetsError> {
    if bytes.is_empty() {
        return Err(OffsetsError::Empty);
    }
    let mut input = Input { bytes, at: 0 };
    input.expect(&[0xac, 0xed, 0x00, 0x05, OBJECT, CLASS])?;
    if input.utf()? != "java.util.HashMap" {
        return Err(OffsetsError::Foreign(input.at));
    }
    input.class_rest()?;
    // HashMap's own fields (loadFactor, threshold), then its block data: capacity and number of entries
    input.take(8)?;
    input.expect(&[BLOCK, 8])?;
    input.take(4)?;
    let entries = input.int()?;
    let mut map = BTreeMap::new();
    for _ in 0..entries {
        let (Some(key), value) = (input.byte_array()?, input.byte_array()?) else {
            return Err(OffsetsError::Foreign(input.at));
        };
        map.insert(key, value.unwrap_or_default());
    }
    input.expect(&[END])?;
    Ok(map)
}

/// The entries that a source reads at its start: those of its own name for its own event hub.
pub fn of_source(
    all: &BTreeMap<String, String>,
    name: &str,
    events_path: &str,
) -> BTreeMap<String, String> {
    let belongs = |key: &str| {
        let Ok(Value::Array(key)) = serde_json::from_str::<Value>(key) else {
            return false;
        };
        key.first() == Some(&Value::from(name))
            && key.get(1).and_then(|place| place.get("EventHubName"))
                == Some(&Value::from(events_path))
    };
    all.iter()
        .filter(|(key, value)| belongs(key) && !value.is_empty())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// The names of the connectors that it has offsets of.
pub fn names(all: &BTreeMap<String, String>) -> BTreeSet<String> {
    let name = |key: &String| match serde_json::from_str(key) {
        Ok(Value::Array(key)) => key.first()?.as_str().map(str::to_owned),
        _ => None,
    };
    all.keys().filter_map(name).collect()
}

/// The file as Java would write it: what [`read`] and Connect read again.
pub fn written(entries: &BTreeMap<String, String>) -> Vec<u8> {
    // a HashMap that grew from its default: a power of two, at most three quarters full
    let mut capacity: u32 = 16;
    while entries.len() > capacity as usize / 4 * 3 {
        capacity *= 2;
    }
    let mut bytes = HASH_MAP.to_vec();
    bytes.extend((capacity / 4 * 3).to_be_bytes());
    bytes.extend([BLOCK, 8]);
    bytes.extend(capacity.to_be_bytes());
    bytes.extend((entries.len() as u32).to_be_bytes());
    let arrays = entries.iter().flat_map(|(key, value)| [key, value]);
    for (index, array) in arrays.enumerate() {
        // the class of `byte[]` is described once, and referred to from then on
        bytes.extend(match index {
            0 => BYTE_ARRAY,
            _ => AGAIN,
        });
        bytes.extend((array.len() as u32).to_be_bytes());
        bytes.extend(array.as_bytes());
    }
    bytes.push(END);
    bytes
}

/// Magic and version of the stream, the class with its serialVersionUID, flags and two fields, and the load factor.
const HASH_MAP: &[u8] = b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp\x3f\x40\x00\x00";
const BYTE_ARRAY: &[u8] = b"ur\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00xp";
const AGAIN: &[u8] = b"uq\x00\x7e\x00\x02";

const OBJECT: u8 = 0x73;
const CLASS: u8 = 0x72;
const REFERENCE: u8 = 0x71;
const ARRAY: u8 = 0x75;
const NULL: u8 = 0x70;
const BLOCK: u8 = 0x77;
const END: u8 = 0x78;

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], OffsetsError> {
        let end = self
            .at
            .checked_add(count)
            .ok_or(OffsetsError::Foreign(self.at))?;
        let taken = self
            .bytes
            .get(self.at..end)
            .ok_or(OffsetsError::Truncated(self.bytes.len()))?;
        self.at = end;
        Ok(taken)
    }

    fn expect(&mut self, wanted: &[u8]) -> Result<(), OffsetsError> {
        for &byte in wanted {
            let at = self.at;
            if self.take(1)? != [byte] {
                return Err(OffsetsError::Foreign(at));
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, OffsetsError> {
        Ok(self.take(1)?[0])
    }

    fn int(&mut self) -> Result<usize, OffsetsError> {
        Ok(self
            .take(4)?
            .iter()
            .fold(0, |sum, &byte| sum << 8 | usize::from(byte)))
    }

    fn utf(&mut self) -> Result<String, OffsetsError> {
        let length = self
            .take(2)?
            .iter()
            .fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// After a class name: serialVersionUID, flags, primitive fields, end of annotations, no superclass.
    fn class_rest(&mut self) -> Result<(), OffsetsError> {
        self.take(9)?;
        let fields = self
            .take(2)?
            .iter()
            .fold(0usize, |sum, &byte| sum << 8 | usize::from(byte));
        for _ in 0..fields {
            self.take(1)?;
            self.utf()?;
        }
        self.expect(&[END, NULL])
    }

    /// A `byte[]`; its class is written the first time and referred to afterwards. None = null.
    fn byte_array(&mut self) -> Result<Option<String>, OffsetsError> {
        let at = self.at;
        match self.byte()? {
            NULL => return Ok(None),
            ARRAY => {}
            _ => return Err(OffsetsError::Foreign(at)),
        }
        match self.byte()? {
            CLASS => {
                if self.utf()? != "[B" {
                    return Err(OffsetsError::Foreign(at));
                }
                self.class_rest()?;
            }
            REFERENCE => drop(self.take(4)?),
            _ => return Err(OffsetsError::Foreign(at)),
        }
        let length = self.int()?;
        Ok(Some(
            String::from_utf8_lossy(self.take(length)?).into_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `new HashMap<byte[], byte[]>()` with one entry, as JDK 17 writes it.
    fn one_entry() -> Vec<u8> {
        let key = br#"["AzureIotHubConnector",{"EventHubName":"eh","EventHubPartition":"1"}]"#;
        let value = br#"{"EventHubOffset":"100"}"#;
        let mut bytes = vec![0xac, 0xed, 0, 5, 0x73, 0x72, 0, 17];
        bytes.extend(b"java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02F\x00\x0aloadFactorI\x00\x09thresholdxp");
        bytes.extend([
            0x3f, 0x40, 0, 0, 0, 0, 0, 12, 0x77, 8, 0, 0, 0, 16, 0, 0, 0, 1,
        ]);
        bytes.extend([
            0x75, 0x72, 0, 2, b'[', b'B', 0xac, 0xf3, 0x17, 0xf8, 6, 8, 0x54, 0xe0, 2, 0, 0, 0x78,
            0x70,
        ]);
        bytes.extend((key.len() as u32).to_be_bytes());
        bytes.extend(key);
        bytes.extend([0x75, 0x71, 0, 0x7e, 0, 2]);
        bytes.extend((value.len() as u32).to_be_bytes());
        bytes.extend(value);
        bytes.push(0x78);
        bytes
    }

    #[test]
    fn a_whole_file_is_read_and_every_truncation_is_noticed() {
        let bytes = one_entry();
        let map = read(&bytes).unwrap();
        assert_eq!(
            map.values().next().map(String::as_str),
            Some(r#"{"EventHubOffset":"100"}"#)
        );
        for length in 1..bytes.len() {
            assert_eq!(read(&bytes[..length]), Err(OffsetsError::Truncated(length)));
        }
        assert_eq!(read(b""), Err(OffsetsError::Empty));
        assert_eq!(read(b"garbage"), Err(OffsetsError::Foreign(0)));
    }

    fn key(name: &str, hub: &str, partition: u32) -> String {
        format!(r#"["{name}",{{"EventHubName":"{hub}","EventHubPartition":"{partition}"}}]"#)
    }

    #[test]
    fn what_is_written_is_what_java_writes_and_is_read_again() {
        assert_eq!(written(&read(&one_entry()).unwrap()), one_entry());
        for count in [0, 1, 12, 13, 32] {
            let entries: BTreeMap<String, String> = (0..count)
                .map(|n| (key("A", "eh", n), r#"{"EventHubOffset":"7"}"#.to_owned()))
                .collect();
            assert_eq!(read(&written(&entries)), Ok(entries));
        }
    }

    #[test]
    fn only_the_entries_of_the_source_itself_are_taken() {
        let offset = r#"{"EventHubOffset":"7"}"#.to_owned();
        let mut all: BTreeMap<String, String> = [
            (key("A", "eh", 0), offset.clone()),
            (key("A", "eh", 1), offset.clone()),
            (key("A", "other", 0), offset.clone()),
            (key("B", "eh", 0), offset),
            (key("A", "eh", 2), String::new()),
            ("no JSON".to_owned(), String::new()),
        ]
        .into();
        let taken = of_source(&all, "A", "eh");
        assert_eq!(
            taken.keys().cloned().collect::<Vec<_>>(),
            [key("A", "eh", 0), key("A", "eh", 1)]
        );
        all.retain(|key, _| !taken.contains_key(key));
        assert!(of_source(&all, "A", "eh").is_empty());
        assert_eq!(names(&all), ["A".to_owned(), "B".to_owned()].into());
    }
}
