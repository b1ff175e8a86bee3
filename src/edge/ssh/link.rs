//! The session as the pump and the channels see it: how far a call got, whether the socket takes more, and when the node
//! was last heard.

use super::Keepalive;
use crate::edge::printable;
use ssh2::{BlockDirections, ErrorCode, Session};
use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

const AGAIN: i32 = -37;
const CHANNEL_FAILURE: i32 = -21;
/// Errors of one channel; all others are the end of the session.
const CHANNEL_ERRORS: [i32; 8] = [CHANNEL_FAILURE, -22, -24, -25, -26, -27, -34, -39];
const CONNECTION_CLOSED: [i32; 3] = [-7, -13, -43];

/// The end of the session, in words.
#[derive(Debug)]
pub struct Lost(pub String);

/// How far a call of libssh2 got.
pub enum Patience<T> {
    Done(T),
    Again,
    /// This channel will not do it; the session lives.
    Failed(String),
}

/// The session as the channels see it.
pub struct Link {
    pub session: Session,
    pub fd: RawFd,
    /// Somebody waits for the socket to take a small packet.
    held_up: Cell<bool>,
}

impl Link {
    pub fn new(session: Session) -> Self {
        Self {
            fd: session.as_raw_fd(),
            session,
            held_up: Cell::new(false),
        }
    }

    /// Whether the pump should wait for the socket to take something.
    pub fn waits_for_room(&self) -> bool {
        self.held_up.take() || self.wants_to_write()
    }

    pub fn ssh<T>(&self, result: Result<T, ssh2::Error>) -> Result<Patience<T>, Lost> {
        match result {
            Ok(value) => Ok(Patience::Done(value)),
            Err(e) => self.failed(&e),
        }
    }

    /// The same for the calls that the crate dresses up as `io::Error`s, which lose libssh2's code.
    pub fn io<T>(&self, result: io::Result<T>) -> Result<Patience<T>, Lost> {
        match result {
            Ok(value) => Ok(Patience::Done(value)),
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(Patience::Again),
            Err(e) => match ssh2::Error::last_session_error(&self.session) {
                Some(last) => self.failed(&last),
                None => Err(Lost(printable(&e.to_string()))),
            },
        }
    }

    fn failed<T>(&self, error: &ssh2::Error) -> Result<Patience<T>, Lost> {
        let text = printable(error.message());
        match error.code() {
            ErrorCode::Session(AGAIN) => Ok(Patience::Again),
            ErrorCode::Session(code) if CHANNEL_ERRORS.contains(&code) => {
                Ok(Patience::Failed(text))
            }
            ErrorCode::Session(code) if CONNECTION_CLOSED.contains(&code) => {
                Err(Lost("the other side closed the connection".into()))
            }
            _ => Err(Lost(text)),
        }
    }

    /// No packet is half sent and the socket can take a small one whole.
    pub fn is_clear(&self) -> bool {
        let mut entry = [libc::pollfd {
            fd: self.fd,
            events: libc::POLLOUT,
            revents: 0,
        }];
        if !self.wants_to_write() {
            poll(&mut entry, Duration::ZERO);
        }
        let clear = entry[0].revents & libc::POLLOUT != 0;
        if !clear {
            self.held_up.set(true);
        }
        clear
    }

    fn wants_to_write(&self) -> bool {
        matches!(
            self.session.block_directions(),
            BlockDirections::Outbound | BlockDirections::Both
        )
    }

    /// How long nothing has arrived, as the kernel knows it: what libssh2 reads on the way leaves no other trace.
    #[cfg(target_os = "linux")]
    fn silence(&self) -> Option<Duration> {
        // SAFETY: tcp_info is plain integers, for which zeros are values.
        let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
        let mut size = size_of::<libc::tcp_info>() as libc::socklen_t;
        let place = (&raw mut info).cast();
        // SAFETY: `place` has `size` bytes; the kernel writes no more. The descriptor belongs to the live session.
        let rc = unsafe {
            libc::getsockopt(self.fd, libc::IPPROTO_TCP, libc::TCP_INFO, place, &mut size)
        };
        (rc == 0).then(|| Duration::from_millis(info.tcpi_last_data_recv.into()))
    }

    #[cfg(not(target_os = "linux"))]
    fn silence(&self) -> Option<Duration> {
        None
    }
}

/// When the node was heard, and when it was asked.
pub struct Pulse {
    keepalive: Keepalive,
    heard: Instant,
    asked: Instant,
    unanswered: u32,
}

/// The kernel counts in ticks; the same moment must not look like a later one.
const TICK: Duration = Duration::from_millis(100);

impl Pulse {
    pub fn new(keepalive: Keepalive) -> Self {
        let now = Instant::now();
        Self {
            keepalive,
            heard: now,
            asked: now,
            unanswered: 0,
        }
    }

    /// When the next question is due.
    pub fn next(&self) -> Instant {
        self.heard.max(self.asked) + self.keepalive.interval
    }

    /// Asks when it is time. It takes unanswered questions, not only time, to call the node dead: our own process may
    /// have been stopped meanwhile. `arrived`: something has just been seen to come.
    pub fn beat(&mut self, link: &Link, arrived: bool) -> Result<(), Lost> {
        let now = Instant::now();
        let silence = if arrived {
            Some(Duration::ZERO)
        } else {
            link.silence()
        };
        if let Some(heard) = silence.and_then(|silence| now.checked_sub(silence))
            && heard > self.heard + TICK
        {
            self.heard = heard;
            self.unanswered = 0;
        }
        let budget = self.keepalive.interval * self.keepalive.count;
        if now >= self.heard + budget && self.unanswered + 1 >= self.keepalive.count {
            return Err(Lost(format!(
                "nothing was heard from it for {} s",
                (now - self.heard).as_secs()
            )));
        }
        if now >= self.next() {
            self.asked = now;
            self.unanswered += 1;
            // A socket that takes nothing counts as asked: it is full of what the node has not acknowledged.
            if link.is_clear() {
                link.ssh(link.session.keepalive_send())?;
            }
        }
        Ok(())
    }
}

/// poll(2). An interrupted or failed call counts as one without events: the loop comes back.
pub fn poll(entries: &mut [libc::pollfd], timeout: Duration) {
    // Rounded up, or the last millisecond would be spent spinning.
    let millis = timeout.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
    // SAFETY: the pointer and the length are those of one slice, which lives through the call.
    let ready = unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, millis) };
    if ready < 0 {
        entries.iter_mut().for_each(|entry| entry.revents = 0);
    }
}
