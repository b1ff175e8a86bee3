//! Files on the node: replaced by rename, after length and digest were checked there. One exec each.

use super::{Command, Output, Remote, RemoteError, Status, Stdin, printable};
use crate::secret::Secret;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

const WRITE_PROGRAM: &str = include_str!("../../templates/edge/write-file.sh");
const DIRECTORIES_PROGRAM: &str = include_str!("../../templates/edge/make-directories.sh");
/// libssh2 pipelines only within one write: small pieces would wait for the window again and again.
const PIECE: usize = 1 << 20;
/// A write on a node that is busy but alive.
const TIMEOUT: Duration = Duration::from_secs(120);

/// What is written.
#[derive(Clone, Debug)]
pub enum Contents {
    Bytes(Vec<u8>),
    Secret(Secret),
    /// A file of this machine, streamed; its digest is known and checked on the node.
    File {
        path: PathBuf,
        size: u64,
        sha256: String,
    },
}

impl Contents {
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Secret(secret) => secret.expose().len() as u64,
            Self::File { size, .. } => *size,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// SHA-256 in hex.
    pub fn sha256(&self) -> String {
        match self {
            Self::Bytes(bytes) => hex::encode(Sha256::digest(bytes)),
            Self::Secret(secret) => hex::encode(Sha256::digest(secret.expose().as_bytes())),
            Self::File { sha256, .. } => sha256.clone(),
        }
    }
}

/// What must be there before, or nothing is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    Absent,
    /// Hex.
    Sha256(String),
    Any,
}

#[derive(Clone, Debug)]
pub struct WriteFile {
    pub path: String,
    pub contents: Contents,
    /// Octal, or `keep`: what the file that is there has.
    pub mode: String,
    /// A name, or `keep`.
    pub owner: String,
    pub group: String,
    pub before: Before,
    /// The old file is copied there first.
    pub backup_dir: Option<String>,
    pub sudo: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Replaced,
    /// The same bytes, mode and owner were there already.
    Unchanged,
}

/// Why a file was not written. The old one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{path} is not what it was when the plan was made")]
    Changed { path: String, found: String },
    #[error("{path}: {got} of {expected} bytes arrived; nothing was replaced")]
    Short {
        path: String,
        expected: u64,
        got: String,
    },
    #[error("{path}: what arrived on the node is not what was sent; nothing was replaced")]
    Digest { path: String },
    #[error("{path}: {words}")]
    NoSpace { path: String, words: String },
    #[error("{path}: {words}")]
    Denied { path: String, words: String },
    #[error("{path}: {words}")]
    ReadOnly { path: String, words: String },
    #[error("{words}")]
    NotAFile { words: String },
    #[error("{path}: {words}")]
    Other { path: String, words: String },
    #[error("{} cannot be read: {cause}", path.display())]
    Local {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("root is refused on the node: {words}")]
    Sudo { words: String },
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// Writes one file. `sent` hears the bytes handed over so far.
pub fn write_file(
    remote: &dyn Remote,
    file: &WriteFile,
    sent: &mut dyn FnMut(u64),
) -> Result<Written, WriteError> {
    let before = match &file.before {
        Before::Absent => "absent".to_owned(),
        Before::Any => "any".to_owned(),
        Before::Sha256(sha256) => sha256.clone(),
    };
    let arguments = [
        file.path.clone(),
        file.mode.clone(),
        file.owner.clone(),
        file.group.clone(),
        file.contents.len().to_string(),
        file.contents.sha256(),
        before,
        file.backup_dir.clone().unwrap_or_else(|| "-".to_owned()),
    ];
    let mut command = Command::program("hdikafka-write", WRITE_PROGRAM, arguments).timeout(TIMEOUT);
    command.sudo = file.sudo;
    let output = match &file.contents {
        Contents::File { path, .. } => stream(remote, command.stdin(Stdin::Open), path, sent)?,
        Contents::Bytes(bytes) => remote.run(&command.stdin(Stdin::Bytes(bytes.clone())))?,
        Contents::Secret(secret) => remote.run(&command.stdin(Stdin::Secret(secret.clone())))?,
    };
    outcome(file, &output)
}

/// A large file in pieces. The program may end before it has read all (a refusal): that is told by its output.
fn stream(
    remote: &dyn Remote,
    command: Command,
    path: &PathBuf,
    sent: &mut dyn FnMut(u64),
) -> Result<Output, WriteError> {
    let local = |cause| WriteError::Local {
        path: path.clone(),
        cause,
    };
    let mut source = File::open(path).map_err(local)?;
    let mut running = remote.start(&command)?;
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    if let Some(mut stdin) = running.stdin.take() {
        loop {
            let count = source.read(&mut piece).map_err(local)?;
            if count == 0 || stdin.write_all(&piece[..count]).is_err() {
                break;
            }
            total += count as u64;
            sent(total);
        }
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    // what a lost connection cuts off is told by `wait`
    let _ = running.stdout.take(65_536).read_to_end(&mut stdout);
    let _ = running.stderr.take(65_536).read_to_end(&mut stderr);
    let status = (running.wait)()?;
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

fn outcome(file: &WriteFile, output: &Output) -> Result<Written, WriteError> {
    let said = |bytes: &[u8]| printable(String::from_utf8_lossy(bytes).trim());
    let (path, words) = (file.path.clone(), said(&output.stderr));
    match output.status {
        Status::Code(0) if said(&output.stdout).ends_with("unchanged") => Ok(Written::Unchanged),
        Status::Code(0) if said(&output.stdout).ends_with("written") => Ok(Written::Replaced),
        Status::Code(20) => Err(WriteError::Changed {
            path,
            found: said(&output.stdout),
        }),
        Status::Code(21) => Err(WriteError::Short {
            path,
            expected: file.contents.len(),
            got: said(&output.stdout),
        }),
        Status::Code(22) => Err(WriteError::Digest { path }),
        Status::Code(23) => Err(WriteError::NoSpace { path, words }),
        Status::Code(24) => Err(WriteError::Denied { path, words }),
        Status::Code(25) => Err(WriteError::ReadOnly { path, words }),
        Status::Code(26) => Err(WriteError::NotAFile { words }),
        _ => match super::sudo_refusal(output) {
            Some(words) => Err(WriteError::Sudo { words }),
            None => Err(WriteError::Other {
                path,
                words: format!("{}: {words}", output.status),
            }),
        },
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    pub path: String,
    pub mode: String,
    pub owner: String,
    pub group: String,
}

/// Makes them all with one exec.
pub fn make_directories(
    remote: &dyn Remote,
    directories: &[Directory],
    sudo: bool,
) -> Result<(), WriteError> {
    let words = directories
        .iter()
        .flat_map(|d| [&d.path, &d.mode, &d.owner, &d.group])
        .cloned();
    let mut command = Command::program("hdikafka-directories", DIRECTORIES_PROGRAM, words);
    command.sudo = sudo;
    let output = remote.run(&command)?;
    if output.success() {
        return Ok(());
    }
    let words = printable(String::from_utf8_lossy(&output.stderr).trim());
    let path = directories
        .iter()
        .map(|directory| directory.path.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    Err(match super::sudo_refusal(&output) {
        Some(words) => WriteError::Sudo { words },
        None if words.contains("No space left") => WriteError::NoSpace { path, words },
        None if words.contains("Read-only") => WriteError::ReadOnly { path, words },
        None => WriteError::Other { path, words },
    })
}
