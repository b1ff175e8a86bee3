//! A command for a node, and what comes back from it. Here: data, quoting and reading to the end; not transport.

use super::RemoteError;
use crate::secret::Secret;
use std::io::{Read, Write};
use std::time::Duration;

/// What the command reads.
#[derive(Clone, Debug, Default)]
pub enum Stdin {
    #[default]
    Empty,
    Bytes(Vec<u8>),
    Secret(Secret),
    /// The caller writes to `Running::stdin` and closes it.
    Open,
}

/// An argv, never a shell string. `Display` is the exact line that a POSIX shell gets, quoted.
#[derive(Clone, Debug)]
pub struct Command {
    pub argv: Vec<String>,
    pub stdin: Stdin,
    /// Run it as root: `sudo -n --`.
    pub sudo: bool,
    pub timeout: Duration,
}

impl Command {
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            stdin: Stdin::Empty,
            sudo: false,
            timeout: Duration::from_secs(60),
        }
    }

    /// A fixed POSIX sh program with positional arguments: `sh -c PROGRAM NAME ARGS…`. Nothing is spliced into it.
    pub fn program<S: Into<String>>(name: &str, program: &str, args: impl IntoIterator<Item = S>) -> Self {
        let mut argv = vec!["sh".to_owned(), "-c".to_owned(), program.to_owned(), name.to_owned()];
        argv.extend(args.into_iter().map(Into::into));
        Self::new(argv)
    }

    pub fn sudo(mut self) -> Self {
        self.sudo = true;
        self
    }

    pub fn stdin(mut self, stdin: Stdin) -> Self {
        self.stdin = stdin;
        self
    }

    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// A started command. Each stream is there once; dropping `stdin` is the end of input. Dropping the whole ends the
/// channel (the command on the node gets a hang-up, not a wait).
pub struct Running {
    pub stdin: Option<Box<dyn Write + Send>>,
    pub stdout: Box<dyn Read + Send>,
    pub stderr: Box<dyn Read + Send>,
    /// Blocks until the command has ended or the connection is lost.
    pub wait: Box<dyn FnOnce() -> Result<Status, RemoteError> + Send>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Code(i32),
    Signal(String),
}

#[derive(Clone, Debug)]
pub struct Output {
    pub status: Status,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Output {
    pub fn success(&self) -> bool {
        self.status == Status::Code(0)
    }
}

pub(super) fn run_to_end(_running: Running, _command: &Command) -> Result<Output, RemoteError> {
    Err(RemoteError::Config("not written yet".into()))
}
