//! Writing records: in batches that the proxy takes, and never twice.

use super::client::{Client, NoAnswer, Repeat};
use super::error::RestError;
use super::model::WriteRecord;
use reqwest::Method;

/// Bytes of a request's body. What the proxy takes at most is documented nowhere; this is what it gives at most, and
/// Kafka's own limit for one record (1 MB) is below it.
pub const BODY_LIMIT: usize = 6_000_000;
/// Records of a request: one that got no answer leaves so many in doubt.
pub const COUNT_LIMIT: usize = 1000;

const BEGIN: &[u8] = b"{\"records\":[";
const END: &[u8] = b"]}";

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

/// The body of a request, which grows record by record.
#[derive(Debug, Default)]
pub struct Batch {
    body: Vec<u8>,
    records: usize,
}

impl Batch {
    /// Whether there was room for it; if not, the batch is to be written first.
    pub fn add(&mut self, record: &WriteRecord) -> Result<bool, ProduceError> {
        let length = self.body.len();
        self.body.extend(if length == 0 { BEGIN } else { b"," });
        let written = serde_json::to_writer(&mut self.body, record);
        written.map_err(|error| ProduceError::NotWritten(RestError::Setting(error.to_string())))?;
        if self.records < COUNT_LIMIT && self.body.len() + END.len() <= BODY_LIMIT {
            self.records += 1;
            return Ok(true);
        }
        let size = self.body.len() - length;
        self.body.truncate(length);
        match self.records {
            0 => Err(ProduceError::TooLarge { size }),
            _ => Ok(false),
        }
    }

    pub fn len(&self) -> usize {
        self.records
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    pub fn clear(&mut self) {
        self.body.clear();
        self.records = 0;
    }
}

impl Client {
    /// Writes the records of a batch. The proxy does not say where they are.
    pub fn produce(&self, topic: &str, batch: &Batch) -> Result<(), ProduceError> {
        let body = [&batch.body, END].concat();
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn record(bytes: usize) -> WriteRecord {
        WriteRecord {
            key: None,
            partition: None,
            value: json!("x".repeat(bytes)),
        }
    }

    /// How many records each request would have.
    fn batches(records: &[WriteRecord]) -> Vec<usize> {
        let (mut batch, mut counts) = (Batch::default(), Vec::new());
        for record in records {
            if !batch.add(record).unwrap() {
                counts.push(batch.len());
                batch.clear();
                assert!(batch.add(record).unwrap());
            }
            let body: Value = serde_json::from_slice(&[&batch.body, END].concat()).unwrap();
            assert_eq!(body["records"].as_array().unwrap().len(), batch.len());
        }
        counts.push(batch.len());
        counts
    }

    #[test]
    fn batches_keep_count_and_size() {
        let small: Vec<WriteRecord> = (0..1200).map(|_| record(1)).collect();
        assert_eq!(batches(&small), [1000, 200]);
        let large: Vec<WriteRecord> = (0..4).map(|_| record(2_500_000)).collect();
        assert_eq!(batches(&large), [2, 2]);
        let mut batch = Batch::default();
        assert!(matches!(
            batch.add(&record(BODY_LIMIT)),
            Err(ProduceError::TooLarge { .. })
        ));
        assert!(batch.is_empty() && batch.add(&record(1)).unwrap());
    }

    #[test]
    fn the_largest_that_fits() {
        // {"value":"…"} around it, and the frame of the request
        let fits = record(BODY_LIMIT - BEGIN.len() - END.len() - 12);
        let mut batch = Batch::default();
        assert!(batch.add(&fits).unwrap());
        assert_eq!(batch.body.len() + END.len(), BODY_LIMIT);
        assert!(!batch.add(&record(0)).unwrap());
    }
}
