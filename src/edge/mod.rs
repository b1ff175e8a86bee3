//! The edge node: everything that happens on a node goes through [`Remote`].
//!
//! Two implementations: `ssh` (one session per host, owned by one thread) and `local` (the program runs on the edge
//! itself). Nothing in here knows what the commands mean; the programs that run on the node live in `templates/edge/`.

mod command;
mod directories;
mod file_batch;
mod files;
mod known_hosts;
mod local;
mod lock;
mod questions;
mod reconnecting;
mod ssh;
mod ssh_config;
mod ssh_hosts;
mod sudo;

pub use command::{Command, OUTPUT_LIMIT, Output, Running, Status, Stdin, sudo_refusal};
pub use directories::{Directory, DirectoryOutcome, make_directories};
pub use file_batch::{SMALL, SmallFile, write_files};
pub use files::{Before, Contents, Outcome, WriteError, WriteFile, Written, digest, write_file};
pub use local::Local;
pub use lock::{Lock, LockError};
pub use questions::{Ask, Questions, Wanted};
pub use reconnecting::Reconnecting;
pub use ssh::{HostKeyDecision, Keepalive, Ssh, Target, UnknownKey};
pub use ssh_hosts::ssh_hosts;
pub use sudo::{PasswordSource, Sudo};

use crate::text::printable;
use std::os::unix::net::UnixStream;

/// A node on which commands run and from which other hosts are reached.
pub trait Remote: Send + Sync {
    /// Starts a command; its three streams are live: uploads with progress, followed logs, the lock.
    fn start(&self, command: &Command) -> Result<Running, RemoteError>;

    /// Starts a command, feeds it, reads all that it says (bounded) and waits for its end.
    fn run(&self, command: &Command) -> Result<Output, RemoteError> {
        command::run_to_end(self.start(command)?, command, &self.name())
    }

    /// A byte stream to `host:port` as the node sees it. Over SSH: direct-tcpip, nothing listens here.
    fn dial(&self, host: &str, port: u16) -> Result<UnixStream, RemoteError> {
        let (near, far) = UnixStream::pair().map_err(|e| RemoteError::Dial {
            node: self.name(),
            host: printable(host),
            port,
            cause: e.to_string(),
        })?;
        self.carry(far, host, port)?;
        Ok(near)
    }

    /// Makes a socket that is there already the near end of such a stream, and returns once the stream stands.
    fn carry(&self, socket: UnixStream, host: &str, port: u16) -> Result<(), RemoteError>;

    /// How a person would name the node: `sshuser@new-edgenode.example`.
    fn name(&self) -> String;
}

/// Why a node could not be reached or a command on it not be run. What a command itself printed and returned is not an
/// error of this layer: that is [`Output`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    #[error("cannot reach {host}:{port}: {cause}")]
    Unreachable {
        host: String,
        port: u16,
        cause: String,
    },
    #[error("the host key of {host} is unknown: {fingerprint}")]
    UnknownHostKey { host: String, fingerprint: String },
    #[error(
        "the host key of {host} has changed: {expected} was expected, the host shows {fingerprint}"
    )]
    ChangedHostKey {
        host: String,
        expected: String,
        fingerprint: String,
    },
    #[error("{host} did not accept {user}: tried {tried}")]
    Auth {
        host: String,
        user: String,
        tried: String,
    },
    /// On the way to the node, not on the node itself.
    #[error("on the way through the jump host {hop}: {error}")]
    Jump { hop: String, error: Box<Self> },
    /// sudo wanted a password, and did not run the command with the one that it got.
    #[error("sudo on {node}: {cause}")]
    Sudo { node: String, cause: String },
    /// A setting of ~/.ssh/config or of the profile that cannot be honoured, named with its place.
    #[error("{0}")]
    Config(String),
    /// The session ended while something was under way; what was under way is in the error above this one.
    #[error("the connection to {host} was lost: {cause}")]
    Lost { host: String, cause: String },
    #[error("`{command}` did not end within {seconds} s")]
    TimedOut { command: String, seconds: u64 },
    #[error("`{command}` printed more than {limit} bytes")]
    TooMuchOutput { command: String, limit: usize },
    #[error("{node} could not connect to {host}:{port}: {cause}")]
    Dial {
        node: String,
        host: String,
        port: u16,
        cause: String,
    },
    /// The node's sshd forwards nothing, or not to there.
    #[error("{node} does not allow connections to {host}:{port} through it")]
    Forbidden {
        node: String,
        host: String,
        port: u16,
    },
    #[error("cannot start `{command}`: {cause}")]
    Start { command: String, cause: String },
}
