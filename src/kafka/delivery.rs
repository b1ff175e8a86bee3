//! The reports of a producer, from librdkafka's thread to the one that waits.

use super::producer::Place;
use super::watch::Watch;
use rdkafka::ClientContext;
use rdkafka::bindings::{rd_kafka_message_status, rd_kafka_msg_status_t};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as Native;
use rdkafka::message::{BorrowedMessage, DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What became of the record with this number.
pub(super) struct Report {
    pub number: usize,
    pub outcome: Result<Place, Failed>,
}

pub(super) struct Failed {
    pub error: Native,
    pub may_be_written: bool,
}

/// Reports that nobody has taken yet. They come by thousands at once and are taken so: a channel would cost more for each
/// than librdkafka does.
#[derive(Default)]
pub(super) struct Reports {
    waiting: Mutex<Vec<Report>>,
    came: Condvar,
}

impl Reports {
    fn put(&self, report: Report) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(report);
        // Waking somebody is a system call, whether anybody sleeps or not.
        if waiting.len() == 1 {
            self.came.notify_one();
        }
    }

    /// Exchanges the empty list for all that are there; waits for the first one at most this long.
    pub fn take(&self, wait: Duration, list: &mut Vec<Report>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !wait.is_zero() {
            let end = Instant::now() + wait;
            while waiting.is_empty() {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                let woken = self.came.wait_timeout(waiting, left);
                (waiting, _) = woken.unwrap_or_else(PoisonError::into_inner);
            }
        }
        std::mem::swap(&mut *waiting, list);
    }
}

pub(super) struct Delivery {
    pub watch: Watch,
    reports: Arc<Reports>,
}

impl Delivery {
    pub fn new(watch: Watch, reports: Arc<Reports>) -> Self {
        Self { watch, reports }
    }
}

impl ClientContext for Delivery {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.watch.log(level, facility, message);
    }

    fn error(&self, error: Native, reason: &str) {
        self.watch.error(error, reason);
    }
}

impl ProducerContext for Delivery {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let outcome = match result {
            Ok(message) => Ok(Place {
                partition: message.partition(),
                offset: message.offset(),
            }),
            Err((error, message)) => Err(Failed {
                error: error.clone(),
                may_be_written: may_be_written(message),
            }),
        };
        self.reports.put(Report { number, outcome });
    }
}

/// librdkafka knows whether a failed message ever went into a request that was not refused.
fn may_be_written(message: &BorrowedMessage<'_>) -> bool {
    // SAFETY: the pointer is that of the message that we borrow, and the function only reads it.
    let status = unsafe { rd_kafka_message_status(message.ptr()) };
    status != rd_kafka_msg_status_t::RD_KAFKA_MSG_STATUS_NOT_PERSISTED
}
