//! The thread that owns the session: takes jobs, opens channels one at a time, moves all of them on, and sees when the
//! node is gone. Nothing else touches libssh2 after the session is made.

use super::Keepalive;
use super::channel::Conduit;
use super::streams::{Fate, Lifeline, Waker};
use crate::edge::{RemoteError, printable};
use ssh2::{BlockDirections, Channel, ErrorCode, Session};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// What the node may send ahead on one command; libssh2's default of 2 MiB is 25 MB/s at a round trip of 80 ms.
const WINDOW: u32 = 4 << 20;
const PACKET: u32 = 32 << 10;

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

pub enum Request {
    Exec {
        line: String,
        stdin: Option<UnixStream>,
        input: Vec<u8>,
        stdout: UnixStream,
        stderr: UnixStream,
    },
    Dial {
        host: String,
        port: u16,
        socket: UnixStream,
    },
}

pub struct Job {
    pub request: Request,
    pub fate: Arc<Fate>,
    pub abandoned: Arc<AtomicBool>,
    /// Dropped without a word when the session is lost.
    pub opened: Sender<Result<(), String>>,
}

/// The way to the pump. When the last one is dropped, it ends after the last stream.
#[derive(Debug)]
pub struct Handle {
    jobs: Sender<Job>,
    waker: Arc<Waker>,
    epitaph: Arc<OnceLock<String>>,
}

impl Handle {
    /// `false` if the session is lost.
    pub fn submit(&self, job: Job) -> bool {
        let sent = self.jobs.send(job).is_ok();
        self.waker.wake();
        sent
    }

    pub fn lifeline(&self) -> Arc<Lifeline> {
        Arc::new(Lifeline::new(self.waker.clone()))
    }

    /// Why the session is lost.
    pub fn epitaph(&self) -> String {
        self.epitaph
            .get()
            .cloned()
            .unwrap_or_else(|| "the session has ended".into())
    }
}

pub fn spawn(session: Session, keepalive: Keepalive, host: &str) -> Result<Handle, RemoteError> {
    let failed = |e: io::Error| RemoteError::Start {
        command: "the SSH thread".into(),
        cause: e.to_string(),
    };
    let (near, far) = UnixStream::pair().map_err(failed)?;
    near.set_nonblocking(true).map_err(failed)?;
    far.set_nonblocking(true).map_err(failed)?;
    let (jobs, inbox) = channel();
    let epitaph = Arc::new(OnceLock::new());
    let pump = Pump {
        link: Link {
            fd: session.as_raw_fd(),
            session,
            held_up: Cell::new(false),
        },
        inbox,
        orphaned: false,
        wake: Some(far),
        waiting: VecDeque::new(),
        opening: None,
        no_more_commands: false,
        conduits: Vec::new(),
        pulse: Pulse::new(keepalive),
        epitaph: epitaph.clone(),
    };
    std::thread::Builder::new()
        .name(format!("ssh {host}"))
        .spawn(move || pump.run())
        .map_err(failed)?;
    Ok(Handle {
        jobs,
        waker: Arc::new(Waker::new(near)),
        epitaph,
    })
}

/// The session as the channels see it.
pub struct Link {
    session: Session,
    fd: RawFd,
    /// Somebody waits for the socket to take a small packet.
    held_up: Cell<bool>,
}

impl Link {
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

    /// Bytes that have arrived and that libssh2 has not read.
    fn unread(&self) -> i32 {
        let mut count: libc::c_int = 0;
        // SAFETY: FIONREAD writes one int; the descriptor belongs to the session, which is alive.
        let rc = unsafe { libc::ioctl(self.fd, libc::FIONREAD, &mut count) };
        if rc == 0 { count } else { 0 }
    }
}

/// When the node was heard, and when it was asked.
struct Pulse {
    keepalive: Keepalive,
    heard: Instant,
    asked: Instant,
    unanswered: u32,
    unread: i32,
}

impl Pulse {
    fn new(keepalive: Keepalive) -> Self {
        let now = Instant::now();
        Self {
            keepalive,
            heard: now,
            asked: now,
            unanswered: 0,
            unread: 0,
        }
    }

    fn hear(&mut self) {
        self.heard = Instant::now();
        self.unanswered = 0;
    }

    fn next(&self) -> Instant {
        self.heard.max(self.asked) + self.keepalive.interval
    }

    /// Asks when it is time. It takes unanswered questions, not only time, to call the node dead: our own process may
    /// have been stopped meanwhile.
    fn beat(&mut self, link: &Link) -> Result<(), Lost> {
        let (now, budget) = (
            Instant::now(),
            self.keepalive.interval * self.keepalive.count,
        );
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

struct Pump {
    link: Link,
    inbox: Receiver<Job>,
    /// Nobody can send jobs any more.
    orphaned: bool,
    wake: Option<UnixStream>,
    waiting: VecDeque<Job>,
    /// libssh2 keeps the state of opening in the session: one at a time, and the same one until it is answered.
    opening: Option<Job>,
    /// The node refused one more command (`MaxSessions`); the rest wait until one of ours has ended.
    no_more_commands: bool,
    conduits: Vec<Conduit>,
    pulse: Pulse,
    epitaph: Arc<OnceLock<String>>,
}

#[cfg(target_os = "linux")]
const PEER_CLOSED: i16 = libc::POLLRDHUP;
#[cfg(not(target_os = "linux"))]
const PEER_CLOSED: i16 = 0;

impl Pump {
    fn run(mut self) {
        self.link.session.set_blocking(false);
        // The least that libssh2 allows between two of them; `Pulse` decides when.
        self.link.session.set_keepalive(true, 2);
        let end = loop {
            match self.turn() {
                Err(Lost(cause)) => break cause,
                Ok(_) if self.is_done() => break "the session has ended".into(),
                Ok(moved) => {
                    if let Err(Lost(cause)) = self.watch(moved) {
                        break cause;
                    }
                }
            }
        };
        self.bury(&end);
    }

    /// Tells everybody, in this order: the epitaph, the fates, and only then the ends of the streams.
    fn bury(mut self, cause: &str) {
        let _ = self.epitaph.set(cause.to_owned());
        // Best effort; then a broken socket lets libssh2 free its channels without trying to close them properly.
        let _ = self.link.session.disconnect(None, "done", None);
        // SAFETY: the descriptor belongs to the session, which is alive.
        unsafe { libc::shutdown(self.link.fd, libc::SHUT_RDWR) };
        for conduit in self.conduits.drain(..) {
            conduit.lose(cause);
        }
    }

    fn is_done(&self) -> bool {
        self.orphaned
            && self.waiting.is_empty()
            && self.opening.is_none()
            && self.conduits.iter().all(Conduit::is_closing)
    }

    fn turn(&mut self) -> Result<bool, Lost> {
        self.take_jobs();
        if let Some(conduit) = self
            .conduits
            .iter_mut()
            .find(|conduit| !conduit.is_closing())
        {
            conduit.drain_wire(&self.link)?;
            self.pulse.unread = 0;
        }
        let mut moved = self.open()?;
        for conduit in &mut self.conduits {
            moved |= conduit.step(&self.link)?;
        }
        let commands = self.commands();
        self.conduits.retain(|conduit| !conduit.is_gone());
        if self.commands() < commands {
            self.no_more_commands = false;
        }
        Ok(moved)
    }

    fn commands(&self) -> usize {
        self.conduits
            .iter()
            .filter(|conduit| conduit.is_command())
            .count()
    }

    fn take_jobs(&mut self) {
        if let Some(wake) = &mut self.wake
            && matches!(wake.read(&mut [0; 64]), Ok(0))
        {
            self.wake = None;
        }
        loop {
            match self.inbox.try_recv() {
                Ok(job) => self.waiting.push_back(job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.orphaned = true;
                    break;
                }
            }
        }
        self.waiting
            .retain(|job| !job.abandoned.load(Ordering::Acquire));
    }

    fn open(&mut self) -> Result<bool, Lost> {
        if self.opening.is_none() {
            let startable =
                |job: &Job| !(self.no_more_commands && matches!(job.request, Request::Exec { .. }));
            let Some(index) = self.waiting.iter().position(startable) else {
                return Ok(false);
            };
            self.opening = self.waiting.remove(index);
        }
        let Some(job) = &self.opening else {
            return Ok(false);
        };
        let result = match &job.request {
            Request::Exec { .. } => self
                .link
                .session
                .channel_open("session", WINDOW, PACKET, None),
            Request::Dial { host, port, .. } => {
                self.link.session.channel_direct_tcpip(host, *port, None)
            }
        };
        match self.link.ssh(result)? {
            Patience::Again => return Ok(false),
            Patience::Done(channel) => self.opened(channel)?,
            Patience::Failed(cause) => self.refused(cause),
        }
        Ok(true)
    }

    fn opened(&mut self, channel: Channel) -> Result<(), Lost> {
        let Some(job) = self.opening.take() else {
            return Ok(());
        };
        // Only out of file descriptors; the channel could not even be closed without its streams.
        let conduit = Conduit::new(channel, job.request, job.fate, job.abandoned, job.opened)
            .map_err(|e| Lost(format!("no more streams can be opened here: {e}")))?;
        self.conduits.push(conduit);
        Ok(())
    }

    fn refused(&mut self, cause: String) {
        let Some(job) = self.opening.take() else {
            return;
        };
        if matches!(job.request, Request::Exec { .. }) && self.commands() > 0 {
            self.no_more_commands = true;
            self.waiting.push_front(job);
        } else {
            let _ = job.opened.send(Err(cause));
        }
    }

    /// Waits for something to do, not longer than until the next keepalive.
    fn watch(&mut self, moved: bool) -> Result<(), Lost> {
        // Without a channel libssh2 has no call that reads: what has arrived would keep waking us.
        let reading =
            self.opening.is_some() || self.conduits.iter().any(|conduit| !conduit.is_gone());
        let mut events = if reading { libc::POLLIN } else { PEER_CLOSED };
        if self.link.held_up.take() || self.link.wants_to_write() {
            events |= libc::POLLOUT;
        }
        let mut entries = vec![libc::pollfd {
            fd: self.link.fd,
            events,
            revents: 0,
        }];
        let wake = self.wake.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        entries.push(libc::pollfd {
            fd: wake,
            events: libc::POLLIN,
            revents: 0,
        });
        let mut owners = Vec::new();
        for (index, conduit) in self.conduits.iter().enumerate() {
            conduit.interests(&mut |fd, events| {
                entries.push(libc::pollfd {
                    fd,
                    events,
                    revents: 0,
                });
                owners.push(index);
            });
        }
        let idle = self.pulse.next().saturating_duration_since(Instant::now());
        poll(&mut entries, if moved { Duration::ZERO } else { idle });
        for (entry, &owner) in entries[2..].iter().zip(&owners) {
            if entry.revents & (libc::POLLHUP | libc::POLLERR) != 0 {
                self.conduits[owner].hung_up();
            }
        }
        self.listen(entries[0].revents, reading)
    }

    fn listen(&mut self, revents: i16, reading: bool) -> Result<(), Lost> {
        let broken = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;
        if revents & (broken | PEER_CLOSED) != 0 && !(reading && revents & libc::POLLIN != 0) {
            return Err(Lost("the other side closed the connection".into()));
        }
        let unread = self.link.unread();
        if revents & libc::POLLIN != 0 || unread > self.pulse.unread {
            self.pulse.hear();
        }
        self.pulse.unread = unread;
        self.pulse.beat(&self.link)
    }
}

/// poll(2). An interrupted or failed call counts as one without events: the loop comes back.
fn poll(entries: &mut [libc::pollfd], timeout: Duration) {
    // Rounded up, or the last millisecond would be spent spinning.
    let millis = timeout.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32;
    // SAFETY: the pointer and the length are those of one slice, which lives through the call.
    let ready = unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, millis) };
    if ready < 0 {
        entries.iter_mut().for_each(|entry| entry.revents = 0);
    }
}
