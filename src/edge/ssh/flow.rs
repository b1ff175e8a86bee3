//! The bytes of one channel, each way: between a socket of the caller and libssh2, through a bounded buffer.

use super::buffer::Buffer;
use super::link::{Link, Lost, Patience};
use super::opening::Terms;
use super::streams::Sink;
use ssh2::Channel;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const STDOUT: i32 = 0;
const STDERR: i32 = 1;

/// Enough that the window of the node (2 MiB for sshd) is never empty for want of bytes.
const INPUT_LIMIT: usize = 1 << 20;
const OUTPUT_LIMIT: usize = 256 << 10;
/// stdout and stderr share one window: what nobody reads of one stops both. Callers that read stdout first and stderr
/// afterwards are served up to this.
const STDERR_LIMIT: usize = 8 << 20;

/// From the caller to the node.
pub struct Inlet {
    pub socket: Option<UnixStream>,
    pub buffer: Buffer,
    /// A write that said "again" with part of a packet possibly under way.
    pub unfinished: bool,
    pub eof_sent: bool,
    terms: Terms,
}

/// From the node to the caller.
pub struct Outlet {
    stream: i32,
    /// `None`: nobody reads it any more, its bytes are thrown away.
    pub socket: Option<UnixStream>,
    complete: Arc<AtomicBool>,
    pub buffer: Buffer,
    eof_known: bool,
    pub ended: bool,
    pub passed_on: bool,
}

impl Inlet {
    /// `input` goes before what comes from the socket.
    pub fn new(socket: Option<UnixStream>, input: Vec<u8>, terms: Terms) -> Self {
        let buffer = Buffer::holding(input, INPUT_LIMIT);
        Self {
            socket,
            buffer,
            unfinished: false,
            eof_sent: false,
            terms,
        }
    }

    /// The caller has nothing more to say, and all that it said is with libssh2.
    pub fn is_drained(&self) -> bool {
        self.socket.is_none() && self.buffer.is_empty()
    }

    /// The node takes no more: the caller shall see a broken pipe.
    pub fn stop(&mut self) {
        if !self.unfinished {
            self.buffer.consume(self.buffer.bytes().len());
            self.eof_sent = true;
        }
        self.socket = None;
    }

    pub fn read_caller(&mut self) -> bool {
        let mut moved = false;
        while let Some(socket) = &mut self.socket
            && self.buffer.has_room()
        {
            match self.buffer.fill(|space| socket.read(space)) {
                Ok(0) => self.socket = None,
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => self.socket = None,
            }
            moved = true;
        }
        moved
    }

    /// Before the node has said whether it runs the command: what is known already, once the command line has left.
    pub fn write_early(&mut self, channel: &mut Channel, link: &Link) -> Result<bool, Lost> {
        match self.terms.has_requested() {
            true => self.write_node(channel, link),
            false => Ok(false),
        }
    }

    pub fn write_node(&mut self, channel: &mut Channel, link: &Link) -> Result<bool, Lost> {
        let mut moved = false;
        // With an empty window libssh2 would forget that another channel's packet waits for the socket.
        while let room @ 1.. = self.terms.room(channel).min(self.buffer.bytes().len()) {
            let result = channel.write(&self.buffer.bytes()[..room]);
            match link.io(result)? {
                Patience::Done(count) => {
                    self.buffer.consume(count);
                    self.unfinished = false;
                    moved |= count > 0;
                }
                Patience::Again => {
                    self.unfinished = true;
                    break;
                }
                // Not all of the input would arrive, and the command would not know.
                Patience::Failed(cause) => return Err(Lost(cause)),
            }
        }
        if self.socket.is_none() && self.buffer.is_empty() && !self.eof_sent && link.is_clear() {
            self.eof_sent = !matches!(link.ssh(channel.send_eof())?, Patience::Again);
            moved |= self.eof_sent;
        }
        Ok(moved)
    }
}

impl Outlet {
    pub fn stdout(sink: Sink) -> Self {
        Self::new(STDOUT, sink, OUTPUT_LIMIT)
    }

    pub fn stderr(sink: Sink) -> Self {
        Self::new(STDERR, sink, STDERR_LIMIT)
    }

    fn new(stream: i32, sink: Sink, limit: usize) -> Self {
        Self {
            stream,
            socket: Some(sink.socket),
            complete: sink.complete,
            buffer: Buffer::new(limit),
            eof_known: false,
            ended: false,
            passed_on: false,
        }
    }

    pub fn read_node(&mut self, channel: &mut Channel, link: &Link) -> Result<bool, Lost> {
        let mut moved = false;
        while !self.ended && self.buffer.has_room() {
            let mut stream = channel.stream(self.stream);
            let result = self.buffer.fill(|space| stream.read(space));
            match link.io(result)? {
                // 0 is also said when nothing has come yet, as in a key exchange. And asking for the EOF reads from the
                // wire itself: bytes may have come just before it. So it is the end only when nothing is left to read
                // once the EOF is known.
                Patience::Done(0) if self.eof_known => {
                    self.ended = true;
                    return Ok(true);
                }
                Patience::Done(0) => {
                    self.eof_known = matches!(link.ssh(channel.wait_eof())?, Patience::Done(()));
                    if !self.eof_known {
                        return Ok(moved);
                    }
                }
                Patience::Done(_) => moved = true,
                Patience::Again => break,
                // It must not look like the end of the output.
                Patience::Failed(cause) => return Err(Lost(cause)),
            }
        }
        Ok(moved)
    }

    pub fn write_caller(&mut self) -> bool {
        let mut moved = false;
        while !self.buffer.is_empty() {
            let Some(socket) = &mut self.socket else {
                self.buffer.consume(self.buffer.bytes().len());
                moved = true;
                break;
            };
            match socket.write(self.buffer.bytes()) {
                Ok(count) => self.buffer.consume(count),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return moved,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.socket = None,
            }
            moved = true;
        }
        if self.ended && !self.passed_on {
            self.passed_on = true;
            moved = true;
            if let Some(socket) = &self.socket {
                self.complete.store(true, Ordering::Release);
                let _ = socket.shutdown(Shutdown::Write);
            }
        }
        moved
    }
}
