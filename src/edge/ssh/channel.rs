//! One channel of the session: a command with its three streams, or a dialled connection, moved on step by step without
//! ever blocking. The rules that libssh2 and sshd impose stand here:
//!
//! * A packet of which a part is on its way must be finished by the very call that began it; every other call is told
//!   to try again meanwhile. So a call that said "again" is repeated until it is done, also on a channel that nobody
//!   wants any more, and packets that libssh2 builds on its stack (EOF, keepalive) are sent only when the socket can
//!   take them whole.
//! * Every read on a channel asks for the same number of bytes. libssh2 widens the window by an amount that depends on
//!   it; repeated with another number, it announces one amount and counts with another, and throws away what the node
//!   sends in between.
//! * After the first `close` nothing may be sent on the channel: an EOF after CLOSE makes sshd drop the session. And a
//!   channel that is not closed must not be dropped.
//! * The exit status arrives after the end of the output. It is read only after the node has closed the channel.

use super::super::Status;
use super::buffer::Buffer;
use super::link::{Link, Lost, Patience};
use super::pump::Request;
use super::streams::{Fate, Sink};
use ssh2::Channel;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

const STDOUT: i32 = 0;
const STDERR: i32 = 1;

/// Enough that the window of the node (2 MiB for sshd) is never empty for want of bytes.
const INPUT_LIMIT: usize = 1 << 20;
const OUTPUT_LIMIT: usize = 256 << 10;
/// stdout and stderr share one window: what nobody reads of one stops both. Callers that read stdout first and stderr
/// afterwards are served up to this.
const STDERR_LIMIT: usize = 8 << 20;

pub struct Conduit {
    channel: Channel,
    stage: Stage,
    inlet: Inlet,
    outlets: Vec<Outlet>,
    fate: Arc<Fate>,
    abandoned: Arc<AtomicBool>,
    is_command: bool,
}

enum Stage {
    /// The caller waits for the answer to the command line; `begun` once that may be on its way.
    Starting {
        line: String,
        begun: bool,
        opened: Sender<Result<(), String>>,
    },
    Live,
    /// Nobody wants it any more, or it is done: `bool` says whether CLOSE was begun.
    Closing(bool),
    Gone,
}

/// From the caller to the node.
struct Inlet {
    socket: Option<UnixStream>,
    buffer: Buffer,
    /// A write that said "again" with part of a packet possibly under way.
    unfinished: bool,
    eof_sent: bool,
}

/// From the node to the caller.
struct Outlet {
    stream: i32,
    /// `None`: nobody reads it any more, its bytes are thrown away.
    socket: Option<UnixStream>,
    complete: Arc<AtomicBool>,
    buffer: Buffer,
    eof_known: bool,
    ended: bool,
    passed_on: bool,
}

impl Conduit {
    /// `opened` is told when the command was accepted; a dialled connection is accepted already.
    pub fn new(
        channel: Channel,
        request: Request,
        fate: Arc<Fate>,
        abandoned: Arc<AtomicBool>,
        opened: Sender<Result<(), String>>,
    ) -> std::io::Result<Self> {
        let inlet = |socket, buffer| Inlet {
            socket,
            buffer,
            unfinished: false,
            eof_sent: false,
        };
        let outlet = |stream, sink: Sink, limit| Outlet {
            stream,
            socket: Some(sink.socket),
            complete: sink.complete,
            buffer: Buffer::new(limit),
            eof_known: false,
            ended: false,
            passed_on: false,
        };
        let (stage, inlet, outlets, is_command) = match request {
            Request::Exec {
                line,
                stdin,
                input,
                stdout,
                stderr,
            } => (
                Stage::Starting {
                    line,
                    begun: false,
                    opened,
                },
                inlet(stdin, Buffer::holding(input, INPUT_LIMIT)),
                vec![
                    outlet(STDOUT, stdout, OUTPUT_LIMIT),
                    outlet(STDERR, stderr, STDERR_LIMIT),
                ],
                true,
            ),
            Request::Dial { socket, .. } => {
                let reader = socket.try_clone()?;
                // A caller that gave up meanwhile is noticed by its socket.
                let _ = opened.send(Ok(()));
                let sink = Sink {
                    socket,
                    complete: Arc::default(),
                };
                let outlets = vec![outlet(STDOUT, sink, OUTPUT_LIMIT)];
                (
                    Stage::Live,
                    inlet(Some(reader), Buffer::new(INPUT_LIMIT)),
                    outlets,
                    false,
                )
            }
        };
        for socket in inlet
            .socket
            .iter()
            .chain(outlets.iter().filter_map(|o| o.socket.as_ref()))
        {
            socket.set_nonblocking(true)?;
        }
        Ok(Self {
            channel,
            stage,
            inlet,
            outlets,
            fate,
            abandoned,
            is_command,
        })
    }

    pub fn is_gone(&self) -> bool {
        matches!(self.stage, Stage::Gone)
    }

    pub fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing(_) | Stage::Gone)
    }

    pub fn is_command(&self) -> bool {
        self.is_command
    }

    /// The session is dead: says so to the caller, before the streams end.
    pub fn lose(self, cause: &str) {
        self.fate.seal(Err(cause.to_owned()));
    }

    /// Moves on as far as it goes without waiting; `true` if anything moved.
    pub fn step(&mut self, link: &Link) -> Result<bool, Lost> {
        match self.stage {
            Stage::Starting { .. } => self.start(link),
            Stage::Live => self.live(link),
            Stage::Closing(_) => self.close(link),
            Stage::Gone => Ok(false),
        }
    }

    /// Takes what has arrived off the wire without taking any of it from this channel, so that window adjustments and
    /// other channels' packets are seen also when this one is held up. `false`: this channel has no call left that
    /// reads.
    pub fn drain_wire(&mut self, link: &Link) -> Result<bool, Lost> {
        if let Patience::Again = link.ssh(self.channel.wait_eof())? {
            return Ok(true);
        }
        Ok(matches!(
            link.ssh(self.channel.wait_close())?,
            Patience::Again
        ))
    }

    fn start(&mut self, link: &Link) -> Result<bool, Lost> {
        let Stage::Starting {
            line,
            begun,
            opened,
        } = &mut self.stage
        else {
            return Ok(false);
        };
        if !*begun && self.abandoned.load(Ordering::Acquire) {
            self.let_go();
            return Ok(true);
        }
        *begun = true;
        match link.ssh(self.channel.exec(line))? {
            Patience::Again => return Ok(false),
            Patience::Done(()) => {
                // Nobody may be waiting any more; then the line to the caller is dropped too, and that ends it.
                let _ = opened.send(Ok(()));
                self.stage = Stage::Live;
            }
            Patience::Failed(cause) => {
                let _ = opened.send(Err(cause));
                self.stage = Stage::Closing(false);
            }
        }
        Ok(true)
    }

    fn live(&mut self, link: &Link) -> Result<bool, Lost> {
        if self.abandoned.load(Ordering::Acquire) {
            self.let_go();
            return Ok(true);
        }
        let mut moved = self.inlet.read_caller();
        moved |= self.inlet.write_node(&mut self.channel, link)?;
        for outlet in &mut self.outlets {
            moved |= outlet.read_node(&mut self.channel, link)?;
            moved |= outlet.write_caller();
        }
        if self.outlets.iter().all(|outlet| outlet.ended) {
            moved |= self.finish(link)?;
        }
        let unwanted = self.inlet.is_drained() && self.outlets.iter().all(|o| o.socket.is_none());
        if unwanted && !self.is_command {
            self.let_go();
        }
        Ok(moved)
    }

    /// All output is here. A command is over when the node has closed the channel, which it does after the exit status;
    /// a connection, when both sides have had enough.
    fn finish(&mut self, link: &Link) -> Result<bool, Lost> {
        let flushed = self.outlets.iter().all(|outlet| outlet.passed_on);
        let closed = matches!(link.ssh(self.channel.wait_close())?, Patience::Done(()));
        if closed {
            self.inlet.stop();
            if self.is_command {
                self.fate.seal(self.status());
            }
        }
        if flushed && (closed || (!self.is_command && self.inlet.eof_sent)) {
            self.let_go();
            return Ok(true);
        }
        Ok(false)
    }

    fn status(&self) -> Result<Status, String> {
        let text = |e: ssh2::Error| e.message().to_owned();
        match self.channel.exit_signal().map_err(text)?.exit_signal {
            Some(name) => Ok(Status::Signal(super::super::printable(&name))),
            None => self.channel.exit_status().map(Status::Code).map_err(text),
        }
    }

    fn let_go(&mut self) {
        self.fate.seal(Err("it was given up".into()));
        self.stage = Stage::Closing(false);
        self.inlet.socket = None;
        for outlet in &mut self.outlets {
            outlet.socket = None;
        }
    }

    fn close(&mut self, link: &Link) -> Result<bool, Lost> {
        let Stage::Closing(begun) = self.stage else {
            return Ok(false);
        };
        if !begun {
            if self.inlet.unfinished {
                self.inlet.write_node(&mut self.channel, link)?;
            }
            for outlet in &mut self.outlets {
                outlet.read_node(&mut self.channel, link)?;
                outlet.write_caller();
            }
            if self.inlet.unfinished || !link.is_clear() {
                return Ok(false);
            }
            self.stage = Stage::Closing(true);
        }
        match link.ssh(self.channel.close())? {
            Patience::Again => return Ok(false),
            Patience::Done(()) | Patience::Failed(_) => self.stage = Stage::Gone,
        }
        Ok(true)
    }

    /// Which sockets of the caller to watch, and for what. No events: only whether the other end has gone.
    pub fn interests(&self, watch: &mut impl FnMut(RawFd, i16)) {
        if !matches!(self.stage, Stage::Live) {
            return;
        }
        if let Some(socket) = &self.inlet.socket
            && self.inlet.buffer.has_room()
        {
            watch(socket.as_raw_fd(), libc::POLLIN);
        }
        for outlet in &self.outlets {
            match &outlet.socket {
                Some(socket) if !outlet.buffer.is_empty() => {
                    watch(socket.as_raw_fd(), libc::POLLOUT)
                }
                Some(socket) if !self.is_command && self.inlet.is_drained() => {
                    watch(socket.as_raw_fd(), 0)
                }
                _ => {}
            }
        }
    }

    /// The other end of one of the watched sockets has gone: for a dialled connection that is its end.
    pub fn hung_up(&mut self) {
        if !self.is_command && self.inlet.is_drained() {
            self.abandoned.store(true, Ordering::Release);
        }
    }
}

impl Inlet {
    /// The caller has nothing more to say, and all that it said is with libssh2.
    fn is_drained(&self) -> bool {
        self.socket.is_none() && self.buffer.is_empty()
    }

    /// The node takes no more: the caller shall see a broken pipe.
    fn stop(&mut self) {
        if !self.unfinished {
            self.buffer.consume(self.buffer.bytes().len());
            self.eof_sent = true;
        }
        self.socket = None;
    }

    fn read_caller(&mut self) -> bool {
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

    fn write_node(&mut self, channel: &mut Channel, link: &Link) -> Result<bool, Lost> {
        let mut moved = false;
        // With an empty window libssh2 would forget that another channel's packet waits for the socket.
        while !self.buffer.is_empty() && channel.write_window().remaining > 0 {
            let result = channel.write(self.buffer.bytes());
            match link.io(result)? {
                Patience::Done(count) => {
                    self.buffer.consume(count);
                    self.unfinished = false;
                    moved |= count > 0;
                }
                Patience::Again => {
                    self.unfinished = channel.write_window().remaining > 0;
                    break;
                }
                Patience::Failed(_) => {
                    self.unfinished = false;
                    self.stop();
                    return Ok(true);
                }
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
    fn read_node(&mut self, channel: &mut Channel, link: &Link) -> Result<bool, Lost> {
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
                Patience::Failed(_) => self.ended = true,
            }
        }
        Ok(moved)
    }

    fn write_caller(&mut self) -> bool {
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
