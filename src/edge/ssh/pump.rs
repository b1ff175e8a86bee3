//! The thread that owns the session: takes jobs, opens channels for them, moves all of them on, and sees when the node is
//! gone. Nothing else touches libssh2 after the session is made.

use super::Keepalive;
use super::channel::{Conduit, drain_wire};
use super::link::{Link, Lost, Patience, Pulse, poll};
use super::opening::{Asked, Terms, arrivals};
use super::streams::{Fate, Lifeline, Sink, Waker};
use crate::edge::RemoteError;
use ssh2::{Channel, Session};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// What the node may send ahead on one command; libssh2's default of 2 MiB is 25 MB/s at a round trip of 80 ms.
const WINDOW: u32 = 4 << 20;
const PACKET: u32 = 32 << 10;

pub enum Request {
    Exec {
        line: String,
        stdin: Option<UnixStream>,
        input: Vec<u8>,
        stdout: Sink,
        stderr: Sink,
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

impl Job {
    fn is_command(&self) -> bool {
        matches!(self.request, Request::Exec { .. })
    }

    fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }
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
    let link = Link::new(session);
    let pump = Pump {
        link,
        inbox,
        orphaned: false,
        wake: Some(far),
        waiting: VecDeque::new(),
        opening: None,
        asked: Vec::new(),
        no_more_commands: false,
        conduits: Vec::new(),
        drained: false,
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

struct Pump {
    link: Link,
    inbox: Receiver<Job>,
    /// Nobody can send jobs any more.
    orphaned: bool,
    wake: Option<UnixStream>,
    waiting: VecDeque<Job>,
    /// libssh2 keeps the state of asking in the session: one at a time, and the same one until it has left.
    opening: Option<Job>,
    /// The node has been asked, and has not answered yet.
    asked: Vec<(Asked, Job)>,
    /// The node refused one more command (`MaxSessions`); the rest wait until one of ours has ended.
    no_more_commands: bool,
    conduits: Vec<Conduit>,
    /// Something reads the wire in each turn.
    drained: bool,
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
            && self.asked.iter().all(|(_, job)| job.is_abandoned())
            && self.conduits.iter().all(Conduit::is_closing)
    }

    fn turn(&mut self) -> Result<bool, Lost> {
        self.take_jobs();
        self.drained = false;
        for conduit in self
            .conduits
            .iter_mut()
            .filter(|conduit| !conduit.is_closing())
        {
            self.drained = self.drained || conduit.drain_wire(&self.link)?;
        }
        for (asked, _) in &mut self.asked {
            self.drained = self.drained || drain_wire(&mut asked.channel, &self.link)?;
        }
        let arrived = arrivals();
        let mut moved = self.open()?;
        moved |= self.hear()?;
        for conduit in &mut self.conduits {
            moved |= conduit.step(&self.link)?;
        }
        let commands = self.commands();
        self.conduits.retain(|conduit| !conduit.is_gone());
        if self.commands() < commands || self.commands() == 0 {
            self.no_more_commands = false;
        }
        // It may be for one that has had its turn.
        Ok(moved || arrivals() != arrived)
    }

    /// Those that run, and those that were asked for.
    fn commands(&self) -> usize {
        let running = self.conduits.iter().filter(|conduit| conduit.is_command());
        let asked = self.asked.iter().filter(|(_, job)| job.is_command());
        running.count() + asked.count()
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
        self.waiting.retain(|job| !job.is_abandoned());
    }

    /// Asks for as many channels as there are jobs and room in the socket.
    fn open(&mut self) -> Result<bool, Lost> {
        let mut moved = false;
        while self.begin() {
            let Some(job) = &self.opening else { break };
            let session = &self.link.session;
            let asked = Asked::for_one(|| match &job.request {
                Request::Exec { .. } => session.channel_open("session", WINDOW, PACKET, None),
                Request::Dial { host, port, .. } => session.channel_direct_tcpip(host, *port, None),
            });
            let outcome = self.link.ssh(asked)?;
            if matches!(outcome, Patience::Again) {
                break;
            }
            let Some(job) = self.opening.take() else {
                break;
            };
            match outcome {
                Patience::Done(asked) => self.asked.push((asked, job)),
                Patience::Failed(cause) => self.refused(job, cause),
                Patience::Again => {}
            }
            moved = true;
        }
        Ok(moved)
    }

    /// Whether there is a channel to ask for.
    fn begin(&mut self) -> bool {
        if self.opening.is_none() {
            let startable = |job: &Job| !(self.no_more_commands && job.is_command());
            let index = self.waiting.iter().position(startable);
            self.opening = index.and_then(|index| self.waiting.remove(index));
        }
        self.opening.is_some()
    }

    /// Takes the answers that have come.
    fn hear(&mut self) -> Result<bool, Lost> {
        let mut moved = false;
        let mut index = 0;
        while let Some((asked, _)) = self.asked.get(index) {
            let Some(answer) = asked.answer(&self.link.session) else {
                index += 1;
                continue;
            };
            let (asked, job) = self.asked.remove(index);
            match answer {
                Ok(terms) => self.opened(asked.channel, terms, job)?,
                Err(cause) => self.refused(job, cause),
            }
            moved = true;
        }
        Ok(moved)
    }

    fn opened(&mut self, channel: Channel, terms: Terms, job: Job) -> Result<(), Lost> {
        // Only out of file descriptors; the channel could not even be closed without its streams.
        let channel = (channel, terms);
        let conduit = Conduit::new(channel, job.request, job.fate, job.abandoned, job.opened)
            .map_err(|e| Lost(format!("no more streams can be opened here: {e}")))?;
        self.conduits.push(conduit);
        Ok(())
    }

    fn refused(&mut self, job: Job, cause: String) {
        if job.is_command() && self.commands() > 0 {
            self.no_more_commands = true;
            self.waiting.push_front(job);
        } else {
            let _ = job.opened.send(Err(cause));
        }
    }

    /// Waits for something to do, not longer than until the next keepalive.
    fn watch(&mut self, moved: bool) -> Result<(), Lost> {
        // Without a channel libssh2 has no call that reads: what has arrived would keep waking us.
        let opening = self.opening.is_some() || !self.asked.is_empty();
        let reading = opening || self.conduits.iter().any(|conduit| !conduit.is_gone());
        let mut events = if reading { libc::POLLIN } else { PEER_CLOSED };
        if self.link.waits_for_room() {
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
        self.pulse.beat(&self.link, revents & libc::POLLIN != 0)
    }
}
