//! A record where it lies: in librdkafka's memory while it is looked at, or in somebody's own. Nothing is copied unless
//! the whole record is.

use super::consumer::Record;
use rdkafka::bindings::{
    rd_kafka_header_get_all, rd_kafka_headers_t, rd_kafka_message_headers, rd_kafka_resp_err_t,
};
use rdkafka::message::{BorrowedMessage, Message};
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

/// A header's name and value.
pub type Header = (String, Option<Vec<u8>>);

/// A record that is looked at.
pub struct View<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub key: Option<&'a [u8]>,
    /// None is a tombstone.
    pub value: Option<&'a [u8]>,
    rest: Rest<'a>,
}

/// What few look at.
enum Rest<'a> {
    Native(&'a BorrowedMessage<'a>),
    Own {
        timestamp_ms: Option<i64>,
        headers: &'a [Header],
    },
}

impl<'a> View<'a> {
    pub(super) fn native(message: &'a BorrowedMessage<'a>, topic: &'a str) -> Self {
        Self {
            topic,
            partition: message.partition(),
            offset: message.offset(),
            key: message.key(),
            value: message.payload(),
            rest: Rest::Native(message),
        }
    }

    /// A record that came another way.
    pub fn new(
        topic: &'a str,
        (partition, offset): (i32, i64),
        timestamp_ms: Option<i64>,
        key: Option<&'a [u8]>,
        value: Option<&'a [u8]>,
    ) -> Self {
        Self {
            topic,
            partition,
            offset,
            key,
            value,
            rest: Rest::Own {
                timestamp_ms,
                headers: &[],
            },
        }
    }

    /// Milliseconds since 1970; by the topic's setting the time of creation or of arrival.
    pub fn timestamp_ms(&self) -> Option<i64> {
        match &self.rest {
            Rest::Native(message) => message.timestamp().to_millis(),
            Rest::Own { timestamp_ms, .. } => *timestamp_ms,
        }
    }

    pub fn headers(&self) -> Vec<Header> {
        match &self.rest {
            Rest::Native(message) => headers(message),
            Rest::Own { headers, .. } => headers.to_vec(),
        }
    }

    pub fn to_record(&self) -> Record {
        Record {
            topic: self.topic.to_owned(),
            partition: self.partition,
            offset: self.offset,
            timestamp_ms: self.timestamp_ms(),
            key: self.key.map(<[u8]>::to_vec),
            value: self.value.map(<[u8]>::to_vec),
            headers: self.headers(),
        }
    }
}

impl Record {
    pub fn view(&self) -> View<'_> {
        View {
            topic: &self.topic,
            partition: self.partition,
            offset: self.offset,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            rest: Rest::Own {
                timestamp_ms: self.timestamp_ms,
                headers: &self.headers,
            },
        }
    }
}

/// Not by rdkafka's own `headers`, which panics at a name that is no UTF-8: any producer may write one.
fn headers(message: &BorrowedMessage<'_>) -> Vec<Header> {
    let mut found = Vec::new();
    let mut native: *mut rd_kafka_headers_t = ptr::null_mut();
    // SAFETY: the message is alive; librdkafka keeps the headers it gives as long as the message.
    let answer = unsafe { rd_kafka_message_headers(message.ptr(), &raw mut native) };
    if answer != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return found;
    }
    loop {
        let mut name: *const c_char = ptr::null();
        let mut value: *const c_void = ptr::null();
        let mut size = 0;
        // SAFETY: the list is the message's own; the three places are written to before they are read.
        let answer = unsafe {
            rd_kafka_header_get_all(
                native,
                found.len(),
                &raw mut name,
                &raw mut value,
                &raw mut size,
            )
        };
        if answer != rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
            return found;
        }
        // SAFETY: a name ends with a NUL, and a value that is there has so many bytes.
        let (name, value) = unsafe {
            let value =
                (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), size));
            (CStr::from_ptr(name).to_string_lossy(), value)
        };
        found.push((name.into_owned(), value.map(<[u8]>::to_vec)));
    }
}
