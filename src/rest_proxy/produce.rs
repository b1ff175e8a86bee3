//! Writing records: in batches that the proxy takes, and never twice.

use super::client::{Client, NoAnswer, Repeat};
use super::error::RestError;
use super::model::WriteRecord;
use reqwest::Method;
use std::ops::Range;

/// Bytes of a request's body. What the proxy takes at most is documented nowhere; this is what it gives at most, and
/// Kafka's own limit for one record (1 MB) is below it.
pub const BODY_LIMIT: usize = 6_000_000;
/// Records of a request: one that got no answer leaves so many in doubt.
pub const COUNT_LIMIT: usize = 1000;

/// `{"records":[` and `]}`.
const FRAME: usize = 14;

/// Why records were not acknowledged. Only after `Unknown` they may be in the topic all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProduceError {
    #[error(transparent)]
    NotWritten(RestError),
    /// The request may have arrived and the answer got lost. It is not sent again.
    #[error("it is not known whether the records were written: {cause}")]
    Unknown { cause: RestError },
    #[error("a record of {size} bytes is larger than a request may be ({BODY_LIMIT})")]
    TooLarge { size: usize },
}

/// Which records go together, in their order. Each part is one request.
pub fn batches(records: &[WriteRecord]) -> Result<Vec<Range<usize>>, ProduceError> {
    let mut parts = Vec::new();
    let (mut from, mut bytes) = (0, FRAME);
    for (index, record) in records.iter().enumerate() {
        let size = size(record);
        if size + FRAME > BODY_LIMIT {
            return Err(ProduceError::TooLarge { size });
        }
        if index > from && (bytes + size + 1 > BODY_LIMIT || index - from == COUNT_LIMIT) {
            parts.push(from..index);
            (from, bytes) = (index, FRAME);
        }
        bytes += size + 1;
    }
    if from < records.len() {
        parts.push(from..records.len());
    }
    Ok(parts)
}

impl Client {
    /// Writes records that fit one request (see [`batches`]). The proxy does not say where they are.
    pub fn produce(&self, topic: &str, records: &[WriteRecord]) -> Result<(), ProduceError> {
        let body = serde_json::to_vec(&serde_json::json!({ "records": records }))
            .map_err(|error| ProduceError::NotWritten(RestError::Setting(error.to_string())))?;
        let path = ["producer", "topics", topic];
        let answer = self
            .call(Method::POST, &path, &[], Some(&body), Repeat::WhenRefused)
            .map_err(|failure| match failure {
                NoAnswer::NotDone(error) => ProduceError::NotWritten(error),
                NoAnswer::Unclear(cause) => ProduceError::Unknown { cause },
            })?;
        self.expect(&path, &answer).map_err(|error| match error {
            // Whoever answered like this may have passed the request on before.
            RestError::NoProxyBehind { .. }
            | RestError::Server { .. }
            | RestError::Foreign { .. } => ProduceError::Unknown { cause: error },
            error => ProduceError::NotWritten(error),
        })
    }
}

/// As JSON. Counting without keeping.
fn size(record: &WriteRecord) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting never fails, and the record is made of JSON.
    let _ = serde_json::to_writer(&mut count, record);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(bytes: usize) -> WriteRecord {
        WriteRecord {
            key: None,
            partition: None,
            value: json!("x".repeat(bytes)),
        }
    }

    #[test]
    fn batches_keep_count_and_size() {
        let small: Vec<WriteRecord> = (0..2500).map(|_| record(1)).collect();
        assert_eq!(batches(&small).unwrap(), [0..1000, 1000..2000, 2000..2500]);
        let large: Vec<WriteRecord> = (0..4).map(|_| record(2_500_000)).collect();
        assert_eq!(batches(&large).unwrap(), [0..2, 2..4]);
        for part in batches(&large).unwrap() {
            let body = serde_json::to_vec(&json!({"records": large[part]})).unwrap();
            assert!(body.len() <= BODY_LIMIT);
        }
        assert!(batches(&[]).unwrap().is_empty());
        assert!(matches!(
            batches(&[record(BODY_LIMIT)]),
            Err(ProduceError::TooLarge { .. })
        ));
    }

    #[test]
    fn the_largest_that_fits() {
        // {"value":"…"} around it, and the frame of the request
        let fits = record(BODY_LIMIT - FRAME - 12);
        assert_eq!(batches(std::slice::from_ref(&fits)).unwrap().len(), 1);
        let body = serde_json::to_vec(&json!({"records": [fits]})).unwrap();
        assert_eq!(body.len(), BODY_LIMIT);
    }
}
