//! The edge over SSH: one session per host, owned by one thread.
//!
//! `connect` makes the session (configuration, host key, authentication; `jump` the way to it), `pump` owns it from then on, `opening`
//! how several channels are opened at once, `channel` is one command or one dialled connection on it, `streams` is what the callers hold. libssh2 keeps the state of half-done
//! work in the session, so nothing but the pump may touch it.

mod auth;
mod buffer;
mod channel;
mod connect;
mod flow;
mod jump;
mod key_file;
mod link;
mod opening;
mod pump;
mod streams;

use super::command::timed_out;
use super::{Command, Questions, Remote, RemoteError, Running, Stdin};
use crate::secret::Secret;
use pump::{Handle, Job, Request};
use std::fmt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use streams::{Fate, Lifeline, ReadEnd, WriteEnd};

/// The node had this long to answer a request for a connection to somewhere else: longer than its own TCP timeout is
/// of no use to anybody.
const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

/// One SSH packet carries the command line; libssh2 cannot split it.
const LONGEST_LINE: usize = 32_000;

/// The words for the reasons of RFC 4254, 5.1: libssh2's and those of `opening`.
const PROHIBITED: &str = "administratively prohibited";
const CONNECT_FAILED: &str = "connect failed";

/// Where to connect, and as whom. What is `None` is taken from the ssh configuration, then from ssh's defaults.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// As the user named it: a name, an address, or an alias of the ssh configuration.
    pub host: String,
    pub port: Option<u16>,
    pub user: Option<String>,
    /// When neither `user` nor the configuration names one.
    pub default_user: Option<String>,
    pub identity_file: Option<PathBuf>,
    /// Of the private keys that have one.
    pub passphrase: Option<Secret>,
    pub password: Option<Secret>,
    /// Who may be asked for what is not given here.
    pub questions: Questions,
    /// Hosts on the way, the nearest first; `None`: those of the configuration.
    pub jump: Option<Vec<String>>,
    /// `SHA256:…`: this key and no other; known_hosts is not asked (except for `@revoked`).
    pub pinned_host_key: Option<String>,
    /// Instead of the files of the configuration and of the system.
    pub known_hosts: Option<PathBuf>,
    /// Default: `~/.ssh/config`.
    pub config_file: Option<PathBuf>,
    /// For the TCP connection and for the key exchange, each. Default: 10 s.
    pub connect_timeout: Option<Duration>,
    pub keepalive: Option<Keepalive>,
    pub accept: HostKeyDecision,
}

/// When silence means that the node is gone: after `interval` × `count` without a byte from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// At least 2 s: libssh2 does not ask more often.
    pub interval: Duration,
    /// At least 2.
    pub count: u32,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            count: 3,
        }
    }
}

/// Who decides about the key of a host that is on no file. A key that changed is refused without asking anybody.
#[derive(Clone, Default)]
pub enum HostKeyDecision {
    #[default]
    Refuse,
    /// `true` accepts the key and appends it to the user's known_hosts.
    Ask(Arc<dyn Fn(&UnknownKey) -> bool + Send + Sync>),
}

impl fmt::Debug for HostKeyDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refuse => "Refuse",
            Self::Ask(_) => "Ask",
        })
    }
}

/// What a person is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// As known_hosts names it: `[host]:port` when the port is not 22.
    pub host: String,
    /// `SHA256:…`
    pub fingerprint: String,
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, …
    pub key_type: String,
}

/// A connected, authenticated session. Commands and connections may be started from any thread, many at a time.
/// The session ends when this and all streams that came from it are dropped.
#[derive(Debug)]
pub struct Ssh {
    host: String,
    user: String,
    /// `SHA256:…` of the host key that was trusted.
    fingerprint: String,
    handle: Handle,
}

impl Ssh {
    /// # Errors
    /// `Config`, `Unreachable`, `UnknownHostKey`, `ChangedHostKey`, `Auth`, in the order in which they are found out; those
    /// of a jump host inside of `Jump`. `Forbidden` and `Dial`: what the last jump host did.
    pub fn connect(target: &Target) -> Result<Self, RemoteError> {
        Self::of(connect::connect(target)?)
    }

    fn of(connected: connect::Connected) -> Result<Self, RemoteError> {
        let handle = pump::spawn(connected.session, connected.keepalive, &connected.host)?;
        Ok(Self {
            host: connected.host,
            user: connected.user,
            fingerprint: connected.fingerprint,
            handle,
        })
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// [`Remote::carry`] with a limit of its own: longer than that the node is not waited for.
    pub(super) fn carry_within(
        &self,
        patience: Duration,
        socket: UnixStream,
        host: &str,
        port: u16,
    ) -> Result<(), RemoteError> {
        let node = || self.name();
        let failed = |cause: String| RemoteError::Dial {
            node: node(),
            host: super::printable(host),
            port,
            cause,
        };
        // ssh2 makes a C string of it.
        if host.contains('\0') {
            return Err(failed("the name contains a NUL byte".into()));
        }
        let request = Request::Dial {
            host: host.to_owned(),
            port,
            socket,
        };
        let (fate, life) = (Arc::new(Fate::default()), self.handle.lifeline());
        self.submit(request, &fate, &life, patience, |refusal| match refusal {
            Refused::Said(cause) if cause.contains(PROHIBITED) => RemoteError::Forbidden {
                node: node(),
                host: super::printable(host),
                port,
            },
            Refused::Said(cause) if cause.contains(CONNECT_FAILED) => {
                failed("refused, or the node does not know the name".into())
            }
            Refused::Said(cause) => failed(cause),
            Refused::Silent => failed(format!("no answer within {} s", patience.as_secs())),
        })?;
        // From here on the socket alone tells the pump how long the connection is wanted.
        life.forget();
        Ok(())
    }

    fn begin(&self, command: &Command) -> Result<Running, RemoteError> {
        command.check()?;
        let failed = |cause: String| RemoteError::Start {
            command: command.title(),
            cause,
        };
        let line = command.to_string();
        if line.len() > LONGEST_LINE {
            return Err(failed(format!(
                "the command line has {} bytes, {LONGEST_LINE} fit",
                line.len()
            )));
        }
        let failed_here = |e: std::io::Error| failed(e.to_string());
        let fate = Arc::new(Fate::default());
        let life = self.handle.lifeline();
        let stream = || ReadEnd::pair(fate.clone(), life.clone()).map_err(failed_here);
        let (stdout, out_sink) = stream()?;
        let (stderr, err_sink) = stream()?;
        let (mut in_near, mut in_far, mut input) = (None, None, Vec::new());
        match &command.stdin {
            Stdin::Empty => {}
            Stdin::Bytes(bytes) => input = bytes.clone(),
            Stdin::Secret(secret) => input = secret.expose().as_bytes().to_vec(),
            Stdin::Open => {
                let (near, far) = UnixStream::pair().map_err(failed_here)?;
                near.set_write_timeout(Some(command.timeout))
                    .map_err(failed_here)?;
                (in_near, in_far) = (Some(near), Some(far));
            }
        }
        let request = Request::Exec {
            line,
            stdin: in_far,
            input,
            stdout: out_sink,
            stderr: err_sink,
        };
        self.submit(
            request,
            &fate,
            &life,
            command.timeout,
            |outcome| match outcome {
                Refused::Said(cause) => failed(cause),
                Refused::Silent => timed_out(command),
            },
        )?;
        let write = |socket| -> Box<dyn std::io::Write + Send> {
            Box::new(WriteEnd::new(socket, fate.clone(), life.clone()))
        };
        let (host, wait_fate, wait_life) = (self.host.clone(), fate.clone(), life.clone());
        let weak = Arc::downgrade(&life);
        Ok(Running {
            stdin: in_near.map(write),
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            wait: Box::new(move || {
                let _alive = wait_life;
                wait_fate
                    .wait()
                    .map_err(|cause| RemoteError::Lost { host, cause })
            }),
            cancel: Box::new(move || {
                if let Some(life) = weak.upgrade() {
                    life.give_up();
                }
            }),
        })
    }

    /// Hands a job to the pump and waits until the node has accepted or refused it.
    fn submit(
        &self,
        request: Request,
        fate: &Arc<Fate>,
        life: &Lifeline,
        timeout: Duration,
        refused: impl FnOnce(Refused) -> RemoteError,
    ) -> Result<(), RemoteError> {
        let (opened, answer) = channel();
        let job = Job {
            request,
            fate: fate.clone(),
            abandoned: life.flag(),
            opened,
        };
        if !self.handle.submit(job) {
            return Err(self.lost());
        }
        match answer.recv_timeout(timeout) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(refused(Refused::Said(cause))),
            Err(RecvTimeoutError::Timeout) => Err(refused(Refused::Silent)),
            Err(RecvTimeoutError::Disconnected) => Err(self.lost()),
        }
    }

    fn lost(&self) -> RemoteError {
        RemoteError::Lost {
            host: self.host.clone(),
            cause: self.handle.epitaph(),
        }
    }
}

enum Refused {
    Said(String),
    Silent,
}

impl Remote for Ssh {
    fn start(&self, command: &Command) -> Result<Running, RemoteError> {
        self.begin(command)
    }

    fn carry(&self, socket: UnixStream, host: &str, port: u16) -> Result<(), RemoteError> {
        self.carry_within(DIAL_TIMEOUT, socket, host, port)
    }

    fn name(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}
