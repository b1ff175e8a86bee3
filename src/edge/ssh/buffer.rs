//! The bytes between a socket and a channel: bounded, growing only when they are needed, wiped when dropped, because
//! some of them are secrets.

use secrecy::zeroize::Zeroize;
use std::io;

/// Every piece that is read into it is given exactly this much space: the channels' rule.
pub const PIECE: usize = 64 << 10;

#[derive(Debug)]
pub struct Buffer {
    storage: Vec<u8>,
    start: usize,
    end: usize,
    limit: usize,
}

impl Buffer {
    pub fn new(limit: usize) -> Self {
        Self {
            storage: Vec::new(),
            start: 0,
            end: 0,
            limit,
        }
    }

    /// Already filled; `limit` counts for what is added later.
    pub fn holding(bytes: Vec<u8>, limit: usize) -> Self {
        let end = bytes.len();
        Self {
            storage: bytes,
            start: 0,
            end,
            limit,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub fn has_room(&self) -> bool {
        self.end - self.start < self.limit
    }

    pub fn bytes(&self) -> &[u8] {
        &self.storage[self.start..self.end]
    }

    pub fn consume(&mut self, count: usize) {
        self.start += count;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Lets `source` fill [`PIECE`] bytes of space, and passes on what it says.
    pub fn fill(
        &mut self,
        source: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if self.storage.len() - self.end < PIECE {
            self.storage.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.storage.len() - self.end < PIECE {
            self.grow();
        }
        let count = source(&mut self.storage[self.end..self.end + PIECE])?;
        self.end += count;
        Ok(count)
    }

    /// By hand instead of by `Vec`: a reallocation would leave the old bytes behind.
    fn grow(&mut self) {
        let wanted = (self.storage.len() * 2).min(self.limit + PIECE);
        let mut larger = vec![0; wanted.max(self.end + PIECE)];
        larger[..self.end].copy_from_slice(&self.storage[..self.end]);
        self.storage.zeroize();
        self.storage = larger;
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.storage.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_whatever_the_steps() {
        let mut buffer = Buffer::new(100 << 10);
        let (mut next_in, mut next_out) = (0u32, 0u32);
        for step in 0..5_000usize {
            if buffer.has_room() {
                let wanted = 1 + step * 7919 % 9_000;
                buffer
                    .fill(|space| {
                        let count = space.len().min(wanted);
                        for slot in &mut space[..count] {
                            *slot = next_in as u8;
                            next_in += 1;
                        }
                        Ok(count)
                    })
                    .unwrap();
            }
            let count = buffer.bytes().len().min(step * 104_729 % 9_000);
            for &byte in &buffer.bytes()[..count] {
                assert_eq!(byte, next_out as u8);
                next_out += 1;
            }
            buffer.consume(count);
            assert!(
                buffer.storage.len() <= 192 << 10,
                "grew to {}",
                buffer.storage.len()
            );
        }
        assert!(next_out > 1 << 20);
    }

    #[test]
    fn a_failing_source_leaves_it_as_it_was() {
        let mut buffer = Buffer::holding(b"abc".to_vec(), 10);
        assert!(
            buffer
                .fill(|_| Err(io::ErrorKind::WouldBlock.into()))
                .is_err()
        );
        assert_eq!(buffer.bytes(), b"abc");
        buffer.consume(3);
        assert!(buffer.is_empty() && buffer.has_room());
    }
}
