//! The hub's inside: what it is called, who may do what, and everything that it holds. Here: the one lock around it,
//! and how those who wait for a change hear of it; what changes it is in the APIs beside.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::devices::{Devices, Fate};
use super::sas::Policy;
use super::telemetry::Telemetry;
use crate::sandbox::http::lock;

/// What a hub is called and how large it is. Fixed for its life.
#[derive(Clone, Debug)]
pub struct Names {
    pub name: String,
    pub host_name: String,
    pub events_host: String,
    pub events_path: String,
    pub partitions: usize,
    /// `$Default` among them.
    pub consumer_groups: Vec<String>,
}

pub struct Core {
    pub names: Names,
    data: Mutex<Data>,
    /// Wakes threads that wait in [`Core::wait`].
    seen: Condvar,
    /// Wakes long polls.
    arrived: Notify,
}

pub struct Data {
    pub policies: Vec<Policy>,
    pub devices: Devices,
    pub telemetry: Telemetry,
    /// Per partition: reads so far, from the Event Hubs-compatible endpoint.
    pub reads: Vec<u64>,
}

impl Core {
    pub fn new(names: Names, policies: Vec<Policy>, devices: Devices) -> Self {
        let data = Data {
            policies,
            devices,
            telemetry: Telemetry::new(names.partitions),
            reads: vec![0; names.partitions],
        };
        Self {
            names,
            data: Mutex::new(data),
            seen: Condvar::new(),
            arrived: Notify::new(),
        }
    }

    /// Looks at or changes what the hub holds, and tells everybody who waits.
    pub fn with<T>(&self, work: impl FnOnce(&mut Data) -> T) -> T {
        let result = work(&mut lock(&self.data));
        self.seen.notify_all();
        self.arrived.notify_waiters();
        result
    }

    /// As [`Core::with`], but nobody needs to hear of it.
    pub fn look<T>(&self, work: impl FnOnce(&mut Data) -> T) -> T {
        work(&mut lock(&self.data))
    }

    /// Blocks until the condition gives something, or the time is over.
    pub fn wait<T>(&self, timeout: Duration, condition: impl Fn(&Data) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + timeout;
        let mut data = lock(&self.data);
        loop {
            if let Some(found) = condition(&data) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            let woken = self.seen.wait_timeout(data, left);
            data = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Repeats `read` at every change until it finds something or the time is over (then: what it said last).
    pub async fn poll<T>(
        &self,
        timeout: Duration,
        read: impl Fn(&mut Data) -> Option<T>,
    ) -> Option<T> {
        let over = tokio::time::sleep(timeout);
        tokio::pin!(over);
        loop {
            // Registered before looking: a change between the look and the wait is not missed.
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if let Some(found) = self.look(&read) {
                return Some(found);
            }
            let waited = std::future::poll_fn(|cx| {
                use std::future::Future as _;
                if arrived.as_mut().poll(cx).is_ready() {
                    return std::task::Poll::Ready(true);
                }
                over.as_mut().poll(cx).map(|()| false)
            });
            if !waited.await {
                return None;
            }
        }
    }

    /// What happened so far, for tests: counts of telemetry, and every command with what became of it.
    pub fn state(&self) -> Value {
        self.look(|data| {
            let partitions: Vec<Value> = data
                .telemetry
                .partitions()
                .iter()
                .zip(&data.reads)
                .enumerate()
                .map(describe)
                .collect();
            let devices: serde_json::Map<String, Value> = data
                .devices
                .iter()
                .map(|(id, device)| {
                    let commands: Vec<Value> =
                        device.commands().iter().map(describe_command).collect();
                    let sent = data.telemetry.of_device(id).len();
                    (
                        id.clone(),
                        json!({"telemetry": sent, "queued": device.queued(), "commands": commands}),
                    )
                })
                .collect();
            json!({
                "note": "a test facility of the sandbox's IoT Hub: no Azure service has this page",
                "hub": self.names.name,
                "partitions": partitions,
                "devices": devices,
            })
        })
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A time as the hub prints it; the beginning of 1970 for one that no calendar has.
pub fn rfc3339(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .unwrap_or_default()
        .to_string()
}

fn describe((index, (events, reads)): (usize, (&Vec<super::telemetry::Event>, &u64))) -> Value {
    json!({
        "partition": index,
        "count": events.len(),
        "last_offset": events.last().map(|event| event.offset.to_string()),
        "reads": reads,
    })
}

fn describe_command(command: &super::devices::Command) -> Value {
    let fate = match &command.fate {
        Fate::Queued => "queued",
        // The lock token stays inside: who has it can complete the command in the device's place.
        Fate::Locked { .. } => "locked",
        Fate::Completed => "completed",
        Fate::Rejected => "rejected",
        Fate::Expired => "expired",
        Fate::DeadLettered => "dead-lettered",
    };
    json!({
        "sequence": command.sequence,
        "message_id": command.message_id,
        "body": String::from_utf8_lossy(&command.body),
        "ack": command.ack,
        "enqueued": rfc3339(command.enqueued),
        "expiry": rfc3339(command.expiry),
        "deliveries": command.deliveries,
        "fate": fate,
    })
}
