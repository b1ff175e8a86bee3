//! What devices have sent, by partition, as the Event Hubs-compatible endpoint keeps it. Here: storing and reading;
//! who may do either is checked before.

use std::collections::BTreeMap;

/// One message of a device. Offset, sequence number and time are given by the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Grows within a partition, with gaps; Event Hubs hands it out as text.
    pub offset: i64,
    /// From 0 within a partition, without gaps.
    pub sequence: i64,
    /// Milliseconds since 1970.
    pub enqueued: i64,
    pub device: String,
    pub body: Vec<u8>,
    /// What the hub and the protocol say of the message: `iothub-connection-auth-method`, `message-id` …
    pub system: BTreeMap<String, String>,
    /// What the device's application says of it.
    pub properties: BTreeMap<String, String>,
}

/// Where reading begins. Both are exclusive, as the filters of the Event Hubs SDK are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// After this offset; -1 is before the first.
    Offset(i64),
    /// Later than this time, milliseconds since 1970.
    Time(i64),
}

#[derive(Debug)]
pub struct Telemetry {
    partitions: Vec<Vec<Event>>,
}

impl Telemetry {
    pub fn new(partitions: usize) -> Self {
        Self {
            partitions: vec![Vec::new(); partitions],
        }
    }

    pub fn partitions(&self) -> &[Vec<Event>] {
        &self.partitions
    }

    /// All messages of a device so far, by what the hub calls it.
    pub fn of_device(&self, device: &str) -> Vec<&Event> {
        let partition = &self.partitions[partition_of(device, self.partitions.len())];
        partition
            .iter()
            .filter(|event| event.device == device)
            .collect()
    }

    /// Stores a message in its device's partition and returns `(partition, offset)`. `event`'s own offset and sequence
    /// number are ignored.
    pub fn append(&mut self, mut event: Event) -> (usize, i64) {
        let index = partition_of(&event.device, self.partitions.len());
        let partition = &mut self.partitions[index];
        // Event Hubs counts bytes: the next offset is the last plus the stored size, a little over the body's.
        event.offset = partition
            .last()
            .map_or(0, |last| last.offset + stored_size(last));
        event.sequence = i64::try_from(partition.len()).unwrap_or(i64::MAX);
        let offset = event.offset;
        partition.push(event);
        (index, offset)
    }

    /// At most `max` messages after the position, oldest first. An unknown partition has none.
    pub fn read(&self, partition: usize, from: Position, max: usize) -> Vec<Event> {
        let Some(events) = self.partitions.get(partition) else {
            return Vec::new();
        };
        // Both grow within a partition, so that the place is found without a walk.
        let start = match from {
            Position::Offset(offset) => events.partition_point(|event| event.offset <= offset),
            Position::Time(time) => events.partition_point(|event| event.enqueued <= time),
        };
        events[start..].iter().take(max).cloned().collect()
    }
}

fn stored_size(event: &Event) -> i64 {
    i64::try_from(event.body.len()).unwrap_or(i64::MAX / 2) + 96
}

/// The partition is a function of the device's id (FNV-1a), so that a device's messages stay in order.
fn partition_of(device: &str, partitions: usize) -> usize {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = device.bytes().fold(0x811c_9dc5, step);
    hash as usize % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(device: &str, enqueued: i64) -> Event {
        Event {
            offset: 99,
            sequence: 99,
            enqueued,
            device: device.to_owned(),
            body: b"{}".to_vec(),
            system: BTreeMap::new(),
            properties: BTreeMap::new(),
        }
    }

    #[test]
    fn positions_are_exclusive() {
        let mut telemetry = Telemetry::new(1);
        let offsets: Vec<i64> = (0..3)
            .map(|n| telemetry.append(event("a", 1000 + n)).1)
            .collect();
        assert_eq!(offsets[0], 0);
        let read = |from, max| -> Vec<i64> {
            let read = telemetry.read(0, from, max);
            read.iter().map(|event| event.sequence).collect()
        };
        assert_eq!(read(Position::Offset(-1), 10), [0, 1, 2]);
        assert_eq!(read(Position::Offset(offsets[0]), 10), [1, 2]);
        assert_eq!(read(Position::Offset(offsets[0]), 1), [1]);
        assert_eq!(read(Position::Time(1000), 10), [1, 2]);
        assert_eq!(read(Position::Offset(offsets[2]), 10), [0; 0]);
        assert!(telemetry.read(7, Position::Offset(-1), 10).is_empty());
    }

    #[test]
    fn a_device_stays_in_its_partition() {
        let mut telemetry = Telemetry::new(4);
        let partitions: Vec<usize> = (0..5)
            .map(|n| telemetry.append(event("fakepi", n)).0)
            .collect();
        assert!(
            partitions
                .iter()
                .all(|partition| *partition == partitions[0])
        );
        assert_eq!(telemetry.of_device("fakepi").len(), 5);
    }
}
