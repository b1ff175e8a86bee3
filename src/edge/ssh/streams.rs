//! What a caller holds of a running command: its streams, its end, and the line that keeps it alive.

use super::super::Status;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How a command ended, once it has. The pump writes it, before it closes any stream of the command.
#[derive(Debug, Default)]
pub struct Fate {
    end: Mutex<Option<Result<Status, String>>>,
    changed: Condvar,
}

impl Fate {
    /// The first word counts: a command that has ended is not lost with the session afterwards.
    pub fn seal(&self, end: Result<Status, String>) {
        let mut current = self.lock();
        if current.is_none() {
            *current = Some(end);
            self.changed.notify_all();
        }
    }

    pub fn wait(&self) -> Result<Status, String> {
        let mut current = self.lock();
        loop {
            match &*current {
                Some(end) => return end.clone(),
                None => {
                    current = self
                        .changed
                        .wait(current)
                        .unwrap_or_else(PoisonError::into_inner)
                }
            }
        }
    }

    fn lost(&self) -> Option<io::Error> {
        match &*self.lock() {
            Some(Err(cause)) => Some(io::Error::new(ErrorKind::ConnectionAborted, cause.clone())),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<Status, String>>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the pump out of its poll.
#[derive(Debug)]
pub struct Waker(UnixStream);

impl Waker {
    /// `socket` must not block.
    pub fn new(socket: UnixStream) -> Self {
        Self(socket)
    }

    pub fn wake(&self) {
        // A full socket means that it is awake already; a broken one, that it is gone.
        let _ = (&self.0).write(&[1]);
    }
}

/// Shared by everything that a caller holds of one command. When the last part is dropped, the pump closes the channel.
#[derive(Debug)]
pub struct Lifeline {
    abandoned: Arc<AtomicBool>,
    forgotten: AtomicBool,
    waker: Arc<Waker>,
}

impl Lifeline {
    pub fn new(waker: Arc<Waker>) -> Self {
        Self {
            abandoned: Arc::default(),
            forgotten: AtomicBool::new(false),
            waker,
        }
    }

    pub fn flag(&self) -> Arc<AtomicBool> {
        self.abandoned.clone()
    }

    pub fn give_up(&self) {
        self.abandoned.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Dropping it means nothing any more.
    pub fn forget(&self) {
        self.forgotten.store(true, Ordering::Release);
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        if !self.forgotten.load(Ordering::Acquire) {
            self.give_up();
        }
    }
}

/// Where the pump puts the bytes of stdout or stderr.
#[derive(Debug)]
pub struct Sink {
    pub socket: UnixStream,
    /// All has been put there; set before the socket is shut down.
    pub complete: Arc<AtomicBool>,
}

/// The reading end of stdout or stderr. Its end is an error unless the pump has said that it is the end: a lost
/// connection must not look like a short output, also when the command itself had ended before.
#[derive(Debug)]
pub struct ReadEnd {
    socket: UnixStream,
    complete: Arc<AtomicBool>,
    fate: Arc<Fate>,
    _life: Arc<Lifeline>,
}

impl ReadEnd {
    /// Both ends of one stream.
    pub fn pair(fate: Arc<Fate>, life: Arc<Lifeline>) -> io::Result<(Self, Sink)> {
        let (near, far) = UnixStream::pair()?;
        let complete = Arc::new(AtomicBool::new(false));
        let sink = Sink {
            socket: far,
            complete: complete.clone(),
        };
        Ok((
            Self {
                socket: near,
                complete,
                fate,
                _life: life,
            },
            sink,
        ))
    }
}

impl Read for ReadEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.read(buffer)?;
        if count == 0 && !buffer.is_empty() && !self.complete.load(Ordering::Acquire) {
            let unsaid = || ErrorKind::ConnectionAborted.into();
            return Err(self.fate.lost().unwrap_or_else(unsaid));
        }
        Ok(count)
    }
}

/// The writing end of stdin; dropping it is the end of input.
#[derive(Debug)]
pub struct WriteEnd {
    socket: UnixStream,
    fate: Arc<Fate>,
    _life: Arc<Lifeline>,
}

impl WriteEnd {
    pub fn new(socket: UnixStream, fate: Arc<Fate>, life: Arc<Lifeline>) -> Self {
        Self {
            socket,
            fate,
            _life: life,
        }
    }
}

impl Write for WriteEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes).map_err(|e| match e.kind() {
            // What a socket with a write timeout says when the other side takes nothing.
            ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
            _ => self.fate.lost().unwrap_or(e),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for WriteEnd {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}
