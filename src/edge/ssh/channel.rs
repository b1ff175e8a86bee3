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
use super::flow::{Inlet, Outlet};
use super::link::{Link, Lost, Patience};
use super::opening::Terms;
use super::pump::Request;
use super::streams::{Fate, Sink};
use ssh2::Channel;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

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

impl Conduit {
    /// `opened` is told when the command was accepted; a dialled connection is accepted already.
    pub fn new(
        (channel, terms): (Channel, Terms),
        request: Request,
        fate: Arc<Fate>,
        abandoned: Arc<AtomicBool>,
        opened: Sender<Result<(), String>>,
    ) -> std::io::Result<Self> {
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
                Inlet::new(stdin, input, terms),
                vec![Outlet::stdout(stdout), Outlet::stderr(stderr)],
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
                let outlets = vec![Outlet::stdout(sink)];
                (
                    Stage::Live,
                    Inlet::new(Some(reader), Vec::new(), terms),
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

    /// As [`drain_wire`] says.
    pub fn drain_wire(&mut self, link: &Link) -> Result<bool, Lost> {
        drain_wire(&mut self.channel, link)
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
            // What the command reads follows its line at once, not a round trip later.
            Patience::Again => return self.inlet.write_early(&mut self.channel, link),
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

/// Takes what has arrived off the wire without taking any of it from this channel, so that window adjustments and other
/// channels' packets are seen also when this one is held up. `false`: this channel has no call left that reads.
pub fn drain_wire(channel: &mut Channel, link: &Link) -> Result<bool, Lost> {
    if let Patience::Again = link.ssh(channel.wait_eof())? {
        return Ok(true);
    }
    Ok(matches!(link.ssh(channel.wait_close())?, Patience::Again))
}
