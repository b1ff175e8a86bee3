//! The device registry and each device's queue of commands. Here: the rules of the queue (50 messages, locks, time to
//! live, ten deliveries); no HTTP.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use crate::secret::Secret;

/// A device's queue holds at most this many commands, locked ones included (IoT Hub's quota).
pub const QUEUE_LIMIT: usize = 50;
/// A received command must be completed within this time, else it is given out again (IoT Hub: one minute).
const LOCK_MS: i64 = 60_000;
/// A command without an expiry of its own lives so long: the hub's `cloudToDevice.defaultTtlAsIso8601`, `PT1H`.
const DEFAULT_TTL_MS: i64 = 3_600_000;
/// The hub's `cloudToDevice.maxDeliveryCount`.
const MAX_DELIVERIES: u32 = 10;

/// A command to a device. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// From 1, per device.
    pub sequence: u64,
    pub message_id: Option<String>,
    pub body: Vec<u8>,
    /// What the sender wants to hear of it: `none`, `full`, …
    pub ack: Option<String>,
    pub enqueued: i64,
    pub expiry: i64,
    pub deliveries: u32,
    pub fate: Fate,
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Queued,
    /// Given to the device, which has until then to say what it did with it.
    Locked {
        token: String,
        until: i64,
    },
    Completed,
    Rejected,
    Expired,
    /// Given out too often without being completed.
    DeadLettered,
}

/// The queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFull;

#[derive(Debug)]
pub struct Device {
    pub key: Secret,
    pub generation: String,
    pub etag: String,
    queue: VecDeque<Command>,
    done: Vec<Command>,
    last_sequence: u64,
}

impl Device {
    fn new(key: Secret) -> Self {
        Self {
            key,
            generation: format!("{}", Uuid::new_v4().as_u64_pair().0 >> 1),
            etag: STANDARD.encode(&Uuid::new_v4().as_bytes()[..8]),
            queue: VecDeque::new(),
            done: Vec::new(),
            last_sequence: 0,
        }
    }

    /// Every command ever accepted for the device, in the order of arrival.
    pub fn commands(&self) -> Vec<Command> {
        let mut all: Vec<Command> = self.done.iter().chain(&self.queue).cloned().collect();
        all.sort_by_key(|command| command.sequence);
        all
    }

    /// Commands that wait or are locked.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    pub fn enqueue(
        &mut self,
        message_id: Option<String>,
        body: Vec<u8>,
        ack: Option<String>,
        expiry: Option<i64>,
        now: i64,
    ) -> Result<u64, QueueFull> {
        self.settle(now);
        if self.queue.len() >= QUEUE_LIMIT {
            return Err(QueueFull);
        }
        self.last_sequence += 1;
        self.queue.push_back(Command {
            sequence: self.last_sequence,
            message_id,
            body,
            ack,
            enqueued: now,
            expiry: expiry.unwrap_or(now + DEFAULT_TTL_MS),
            deliveries: 0,
            fate: Fate::Queued,
        });
        Ok(self.last_sequence)
    }

    /// Locks and returns the oldest waiting command.
    pub fn receive(&mut self, now: i64) -> Option<Command> {
        self.settle(now);
        let waiting = self
            .queue
            .iter_mut()
            .find(|command| command.fate == Fate::Queued)?;
        waiting.deliveries += 1;
        waiting.fate = Fate::Locked {
            token: Uuid::new_v4().to_string(),
            until: now + LOCK_MS,
        };
        Some(waiting.clone())
    }

    /// Ends a locked command as completed or rejected; `false`: nothing is locked by this token (any more).
    pub fn finish(&mut self, lock: &str, fate: Fate, now: i64) -> bool {
        self.settle(now);
        let Some(at) = self.locked(lock) else {
            return false;
        };
        if let Some(mut command) = self.queue.remove(at) {
            command.fate = fate;
            self.done.push(command);
        }
        true
    }

    /// Puts a locked command back; `false` as for [`Device::finish`].
    pub fn abandon(&mut self, lock: &str, now: i64) -> bool {
        self.settle(now);
        let Some(at) = self.locked(lock) else {
            return false;
        };
        self.queue[at].fate = Fate::Queued;
        self.settle(now);
        true
    }

    fn locked(&self, lock: &str) -> Option<usize> {
        let by_it = |command: &Command| matches!(&command.fate, Fate::Locked { token, .. } if token == lock);
        self.queue.iter().position(by_it)
    }

    /// What time alone does to the queue: locks run out, commands expire or were given out too often.
    fn settle(&mut self, now: i64) {
        for mut command in std::mem::take(&mut self.queue) {
            if matches!(command.fate, Fate::Locked { until, .. } if until <= now) {
                command.fate = Fate::Queued;
            }
            if command.fate == Fate::Queued && command.expiry <= now {
                command.fate = Fate::Expired;
            } else if command.fate == Fate::Queued && command.deliveries >= MAX_DELIVERIES {
                command.fate = Fate::DeadLettered;
            }
            match command.fate {
                Fate::Expired | Fate::DeadLettered => self.done.push(command),
                _ => self.queue.push_back(command),
            }
        }
    }
}

/// All devices of a hub, by id.
#[derive(Debug, Default)]
pub struct Devices(BTreeMap<String, Device>);

impl Devices {
    pub fn get(&self, id: &str) -> Option<&Device> {
        self.0.get(id)
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut Device> {
        self.0.get_mut(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Device)> {
        self.0.iter()
    }

    /// Registers a device, or gives a registered one another key and keeps its queue.
    pub fn put(&mut self, id: &str, key: Secret) {
        match self.0.get_mut(id) {
            Some(device) => device.key = key,
            None => {
                self.0.insert(id.to_owned(), Device::new(key));
            }
        }
    }

    pub fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }
}

/// A key as the registry makes one when it is given none: 32 random bytes, base64.
pub fn new_key() -> Secret {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    Secret::new(STANDARD.encode(bytes))
}

/// Whether IoT Hub would take this as a device id.
pub fn is_valid_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.+%_#*?!(),:=@$'".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock_of(command: &Command) -> String {
        match &command.fate {
            Fate::Locked { token, .. } => token.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn with_one(now: i64) -> Device {
        let mut device = Device::new(new_key());
        device
            .enqueue(Some("m".into()), b"on".to_vec(), None, None, now)
            .unwrap();
        device
    }

    #[test]
    fn a_lock_that_ran_out_gives_the_command_out_again() {
        let mut device = with_one(0);
        let first = device.receive(0).unwrap();
        assert!(device.receive(1).is_none(), "locked");
        let second = device.receive(LOCK_MS).unwrap();
        assert_eq!(second.deliveries, 2);
        assert!(
            !device.finish(&lock_of(&first), Fate::Completed, LOCK_MS + 1),
            "the old lock is lost"
        );
        assert!(device.finish(&lock_of(&second), Fate::Completed, LOCK_MS + 1));
        assert_eq!(device.commands()[0].fate, Fate::Completed);
    }

    #[test]
    fn the_eleventh_delivery_does_not_happen() {
        let mut device = with_one(0);
        for _ in 0..MAX_DELIVERIES {
            let command = device.receive(0).unwrap();
            assert!(device.abandon(&lock_of(&command), 0));
        }
        assert!(device.receive(0).is_none());
        assert_eq!(device.commands()[0].fate, Fate::DeadLettered);
    }

    #[test]
    fn the_queue_is_full_at_fifty_until_something_expires() {
        let mut device = Device::new(new_key());
        for n in 0..QUEUE_LIMIT {
            let expiry = (n == 0).then_some(10);
            device.enqueue(None, Vec::new(), None, expiry, 0).unwrap();
        }
        assert_eq!(
            device.enqueue(None, Vec::new(), None, None, 9),
            Err(QueueFull)
        );
        assert_eq!(device.enqueue(None, Vec::new(), None, None, 10), Ok(51));
        assert_eq!(device.commands()[0].fate, Fate::Expired);
    }
}
