//! Handing many records of one topic to librdkafka. rdkafka's own call looks the topic up by its name for each of them,
//! under a lock that the threads of all brokers want as well: that takes as long as the rest of it.

use super::producer::Item;
use rdkafka::bindings::{
    RD_KAFKA_MSG_F_COPY, rd_kafka_last_error, rd_kafka_produce, rd_kafka_t, rd_kafka_topic_new,
    rd_kafka_topic_t,
};
use rdkafka::error::KafkaError as Native;
use std::ffi::CString;
use std::ptr;

/// A topic of one client, looked up once. Never given back: neither is the client.
#[derive(Clone, Copy)]
pub(super) struct Queue(*mut rd_kafka_topic_t);

impl Queue {
    /// # Safety
    /// The client is a producer that stays as long as the program.
    pub unsafe fn of(client: *mut rd_kafka_t, topic: &str) -> Result<Self, Native> {
        let name = CString::new(topic)?;
        // SAFETY: by the caller's word, and the name ends with a NUL. Without a configuration it has the client's own.
        let topic = unsafe { rd_kafka_topic_new(client, name.as_ptr(), ptr::null_mut()) };
        match topic.is_null() {
            false => Ok(Self(topic)),
            true => Err(last_error()),
        }
    }

    /// A record without headers; its report will have this number.
    pub fn put(self, item: &Item<'_>, number: usize) -> Result<(), Native> {
        let (key, key_size) = match item.key {
            Some(key) => (key.as_ptr(), key.len()),
            None => (ptr::null(), 0),
        };
        // SAFETY: topic and client stay; librdkafka copies both texts before it returns, and only carries the number.
        let outcome = unsafe {
            rd_kafka_produce(
                self.0,
                item.partition.unwrap_or(-1),
                RD_KAFKA_MSG_F_COPY,
                item.value.as_ptr().cast_mut().cast(),
                item.value.len(),
                key.cast(),
                key_size,
                ptr::without_provenance_mut(number),
            )
        };
        if outcome == 0 {
            Ok(())
        } else {
            Err(last_error())
        }
    }
}

/// Of this thread's last call.
fn last_error() -> Native {
    // SAFETY: reads a number of this thread.
    Native::MessageProduction(unsafe { rd_kafka_last_error() }.into())
}
