//! The reports of a producer, from librdkafka's thread to the one that waits.

use super::producer::Sent;
use super::watch::Watch;
use rdkafka::ClientContext;
use rdkafka::bindings::{rd_kafka_message_status, rd_kafka_msg_status_t};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as Native;
use rdkafka::message::{BorrowedMessage, DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use std::sync::mpsc::Sender;

/// What became of the record with this number.
pub(super) struct Report {
    pub number: usize,
    pub outcome: Result<Sent, Failed>,
}

pub(super) struct Failed {
    pub error: Native,
    pub may_be_written: bool,
}

pub(super) struct Delivery {
    pub watch: Watch,
    reports: Sender<Report>,
}

impl Delivery {
    pub fn new(watch: Watch, reports: Sender<Report>) -> Self {
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
            Ok(message) => Ok(Sent {
                topic: message.topic().to_owned(),
                partition: message.partition(),
                offset: message.offset(),
            }),
            Err((error, message)) => Err(Failed {
                error: error.clone(),
                may_be_written: may_be_written(message),
            }),
        };
        // Nobody waits any more if the producer is gone.
        let _ = self.reports.send(Report { number, outcome });
    }
}

/// librdkafka knows whether a failed message ever went into a request that was not refused.
fn may_be_written(message: &BorrowedMessage<'_>) -> bool {
    // SAFETY: the pointer is that of the message that we borrow, and the function only reads it.
    let status = unsafe { rd_kafka_message_status(message.ptr()) };
    status != rd_kafka_msg_status_t::RD_KAFKA_MSG_STATUS_NOT_PERSISTED
}
