//! Files on the node: replaced whole or not at all, in one exec each, by the programs in `templates/edge/`. Not here: what stands in a file, and whether it should be written.

use super::command::{run_to_end, timed_out};
use super::{Command, Output, Remote, RemoteError, Status, Stdin, printable, sudo_refusal};
use crate::secret::Secret;
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};
use std::io::{self, Cursor, Read, Write};
use std::time::Duration;

const WRITE_FILE: &str = concat!(
    include_str!("../../templates/edge/files.sh"),
    include_str!("../../templates/edge/write-file.sh")
);
/// How long the node may take no byte, and how long it may need after the last one (a sync of the whole file).
const PATIENCE: Duration = Duration::from_secs(120);

/// libssh2 and the sockets before it are fastest with large pieces.
const PIECE: usize = 256 << 10;

/// One file to be written. [`WriteFile::new`] keeps owner and mode, asks nothing and backs nothing up.
pub struct WriteFile<'a> {
    /// Absolute. If it is a symbolic link, the file behind it is replaced.
    pub path: String,
    pub contents: Contents<'a>,
    /// `None`: as the file has it, 0644 if there is none.
    pub mode: Option<u32>,
    pub owner: Option<String>,
    pub group: Option<String>,
    pub before: Before,
    /// The old file is copied to this directory (made 0700), under its full path; the first copy stays.
    pub backup_dir: Option<String>,
    pub sudo: bool,
    /// Called with the bytes sent so far.
    pub progress: Option<&'a dyn Fn(u64)>,
}

impl<'a> WriteFile<'a> {
    pub fn new(path: impl Into<String>, contents: Contents<'a>) -> Self {
        Self {
            path: path.into(),
            contents,
            mode: None,
            owner: None,
            group: None,
            before: Before::Any,
            backup_dir: None,
            sudo: false,
            progress: None,
        }
    }
}

pub enum Contents<'a> {
    Bytes(Vec<u8>),
    Secret(Secret),
    /// Exactly `length` bytes with this digest (see [`digest`]): the jar, which is not held in memory.
    Reader {
        reader: Box<dyn Read + 'a>,
        length: u64,
        sha256: String,
    },
}

/// What must be there for the write to go ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    Absent,
    /// 64 hexadecimal digits, lower case.
    Sha256(String),
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Replaced,
    /// The same bytes with the same owner and mode were there; nothing was touched.
    Unchanged,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub outcome: Outcome,
    /// The file itself, where the path was a symbolic link.
    pub path: String,
    /// Of the new contents.
    pub sha256: String,
    /// Of what was replaced.
    pub previous: Option<String>,
    pub backup: Option<String>,
}

/// Why a file was not written. In each case the old file is as it was, and no temporary one is left.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// `found` is the digest of what is there, `None` if there is nothing.
    #[error("{path} is not what was expected: somebody changed it meanwhile")]
    Changed { path: String, found: Option<String> },
    #[error("{path}: only {got} of {expected} bytes arrived")]
    Short {
        path: String,
        expected: u64,
        got: u64,
    },
    #[error("{path}: the bytes that arrived are not those that were sent")]
    Digest { path: String },
    #[error("no space for {path}: it needs {needs} bytes{}", free_text(.free))]
    NoSpace {
        path: String,
        needs: u64,
        free: Option<u64>,
    },
    #[error("no permission to write {path}: {cause}")]
    Denied { path: String, cause: String },
    #[error("{path} is on a read-only file system")]
    ReadOnly { path: String },
    #[error("{path} is in the way: {cause}")]
    NotAFile { path: String, cause: String },
    #[error("cannot write {path}: {cause}")]
    Other { path: String, cause: String },
    /// What was to be sent could not be read here.
    #[error("cannot read what is to be written to {path}: {cause}")]
    Source { path: String, cause: io::Error },
    /// Not known whether it was written; the next look tells.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// Length and digest of what a reader gives, for [`Contents::Reader`].
pub fn digest(mut reader: impl Read) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    let mut length = 0;
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok((length, hex::encode(hash.finalize()))),
            Ok(count) => {
                hash.update(&piece[..count]);
                length += count as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// Writes one file in one exec. See `templates/edge/write-file.sh` for what is checked where.
pub fn write_file(remote: &dyn Remote, file: WriteFile<'_>) -> Result<Written, WriteError> {
    let path = file.path;
    let (mut source, length, sha256) = file.contents.open();
    let wish = Wish {
        path,
        mode: file.mode,
        owner: file.owner,
        group: file.group,
        before: file.before,
        backup_dir: file.backup_dir,
        length,
        sha256,
    };
    let mut command = Command::program("write-file", WRITE_FILE, wish.arguments());
    command.sudo = file.sudo;
    match exchange(remote, command, &mut *source, length, file.progress) {
        Ok(output) => wish.outcome(&output),
        Err(Unsent::Remote(error)) => Err(error.into()),
        Err(Unsent::Source(cause)) => {
            let path = wish.path;
            Err(WriteError::Source { path, cause })
        }
    }
}

/// Why a program did not get its input, or gave no answer.
pub(super) enum Unsent {
    Source(io::Error),
    Remote(RemoteError),
}

/// Runs a program, with `length` bytes of `source` for it to read.
pub(super) fn exchange(
    remote: &dyn Remote,
    command: Command,
    source: &mut dyn Read,
    length: u64,
    progress: Option<&dyn Fn(u64)>,
) -> Result<Output, Unsent> {
    let command = command.stdin(Stdin::Open).timeout(PATIENCE);
    let mut running = remote.start(&command).map_err(Unsent::Remote)?;
    if let Some(stdin) = running.stdin.take() {
        match send(source, stdin, length, progress) {
            Sent::All => {}
            Sent::Stalled => return Err(Unsent::Remote(timed_out(&command))),
            Sent::Unread(cause) => return Err(Unsent::Source(cause)),
        }
    }
    run_to_end(running, &command, &remote.name()).map_err(Unsent::Remote)
}

/// What the program is told of one file.
pub(super) struct Wish {
    pub path: String,
    pub mode: Option<u32>,
    pub owner: Option<String>,
    pub group: Option<String>,
    pub before: Before,
    pub backup_dir: Option<String>,
    pub length: u64,
    pub sha256: String,
}

impl Wish {
    pub fn arguments(&self) -> [String; 8] {
        let keep = || "keep".to_owned();
        [
            self.path.clone(),
            self.mode.map_or_else(keep, |mode| format!("{mode:o}")),
            self.owner.clone().unwrap_or_else(keep),
            self.group.clone().unwrap_or_else(keep),
            match &self.before {
                Before::Any => "any".into(),
                Before::Absent => "absent".into(),
                Before::Sha256(digest) => digest.clone(),
            },
            self.length.to_string(),
            self.sha256.clone(),
            self.backup_dir.clone().unwrap_or_default(),
        ]
    }

    /// What came of it, as the program says.
    pub fn outcome(self, output: &Output) -> Result<Written, WriteError> {
        if !output.success() {
            return Err(failure(output, self.path, self.length));
        }
        let Some(answer) = Answer::read(&output.stdout) else {
            let cause = "the node did not say what it did".into();
            let path = self.path;
            return Err(WriteError::Other { path, cause });
        };
        let backup = self
            .backup_dir
            .filter(|_| answer.backed_up)
            .map(|dir| dir + &answer.path);
        Ok(Written {
            outcome: answer.outcome,
            path: answer.path,
            sha256: self.sha256,
            previous: answer.previous,
            backup,
        })
    }
}

impl<'a> Contents<'a> {
    /// Bytes that will be sent.
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Secret(secret) => secret.expose().len() as u64,
            Self::Reader { length, .. } => *length,
        }
    }

    /// What is to be sent, how many bytes, and their digest.
    pub(super) fn open(self) -> (Box<dyn Read + 'a>, u64, String) {
        let of = |bytes: &[u8]| (bytes.len() as u64, hex::encode(Sha256::digest(bytes)));
        match self {
            Self::Bytes(bytes) => {
                let (length, sha256) = of(&bytes);
                (Box::new(Cursor::new(bytes)), length, sha256)
            }
            Self::Secret(secret) => {
                let (length, sha256) = of(secret.expose().as_bytes());
                (
                    Box::new(Cursor::new(Zeroizing::new(
                        secret.expose().as_bytes().to_vec(),
                    ))),
                    length,
                    sha256,
                )
            }
            Self::Reader {
                reader,
                length,
                sha256,
            } => (reader, length, sha256),
        }
    }
}

enum Sent {
    /// Or as much as the node wanted: then its answer says why.
    All,
    Stalled,
    Unread(io::Error),
}

fn send(
    source: &mut dyn Read,
    mut stdin: Box<dyn Write + Send>,
    length: u64,
    progress: Option<&dyn Fn(u64)>,
) -> Sent {
    let mut piece = Zeroizing::new(vec![0; PIECE.min(length as usize)]);
    let mut sent = 0;
    while sent < length {
        let wanted = piece.len().min((length - sent) as usize);
        let count = match source.read(&mut piece[..wanted]) {
            // Fewer than promised: the node will count them and refuse.
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Sent::Unread(e),
        };
        match stdin.write_all(&piece[..count]) {
            Ok(()) => sent += count as u64,
            Err(e) if e.kind() == io::ErrorKind::TimedOut => return Sent::Stalled,
            Err(_) => break,
        }
        if let Some(progress) = progress {
            progress(sent);
        }
    }
    Sent::All
}

struct Answer {
    outcome: Outcome,
    path: String,
    previous: Option<String>,
    backed_up: bool,
}

impl Answer {
    /// The path comes last and unquoted, because it may hold anything.
    fn read(stdout: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(stdout);
        let (head, path) = text.split_once("\npath\n")?;
        let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        let outcome = match value("done ")? {
            "created" => Outcome::Created,
            "replaced" => Outcome::Replaced,
            "unchanged" => Outcome::Unchanged,
            _ => return None,
        };
        Some(Self {
            outcome,
            path: path.to_owned(),
            previous: value("previous ").map(str::to_owned),
            backed_up: head.lines().any(|line| line == "backup"),
        })
    }
}

pub(super) fn failure(output: &Output, path: String, length: u64) -> WriteError {
    if let Some(cause) = sudo_refusal(output) {
        return WriteError::Denied { path, cause };
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let value = |name: &str| {
        stdout
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(printable)
    };
    let number = |name: &str| value(name).and_then(|text| text.parse().ok());
    let stderr = String::from_utf8_lossy(&output.stderr);
    let words: Vec<String> = stderr.lines().map(printable).collect();
    let said = match words.join("; ") {
        text if text.is_empty() => output.status.to_string(),
        text => text,
    };
    let Status::Code(code) = output.status else {
        return WriteError::Other { path, cause: said };
    };
    match code {
        10 => WriteError::Changed {
            path,
            found: value("found ").filter(|text| text != "absent"),
        },
        11 => WriteError::Short {
            path,
            expected: length,
            got: number("got ").unwrap_or(0),
        },
        12 => WriteError::Digest { path },
        13 => WriteError::NoSpace {
            path,
            needs: length,
            free: number("free "),
        },
        14 => WriteError::Denied { path, cause: said },
        15 => WriteError::ReadOnly { path },
        16 => WriteError::NotAFile { path, cause: said },
        _ => WriteError::Other { path, cause: said },
    }
}

fn free_text(free: &Option<u64>) -> String {
    free.map(|free| format!(", {free} are free"))
        .unwrap_or_default()
}
