//! Several small files in one exec: each is replaced or left as by `write_file`, and has its own outcome. An exec for each
//! would cost a channel, a login, a sudo, and a place among the ten that sshd grants to one session.

use super::files::{Unsent, Wish, WriteError, WriteFile, Written, exchange};
use super::{Command, Output, Remote, RemoteError, Status, printable};
use secrecy::zeroize::Zeroizing;
use std::io::{Read, Write as _};

const WRITE_FILES: &str = concat!(
    include_str!("../../templates/edge/files.sh"),
    include_str!("../../templates/edge/write-files.sh")
);

/// Up to here a file is small (bytes): it is held in memory, here and there.
pub const SMALL: u64 = 64 << 10;

/// The arguments of so many fit into one command line, beside the program.
const MOST: usize = 32;

/// A file that is held in memory, ready to be handed to another thread.
pub struct SmallFile {
    wish: Wish,
    bytes: Zeroizing<Vec<u8>>,
    sudo: bool,
}

impl SmallFile {
    /// Reads the contents; at most [`SMALL`] bytes of them, the node finds a larger one short.
    pub fn new(file: WriteFile<'_>) -> Result<Self, WriteError> {
        let path = file.path;
        let (source, length, sha256) = file.contents.open();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(SMALL) as usize));
        if let Err(cause) = source.take(SMALL).read_to_end(&mut bytes) {
            return Err(WriteError::Source { path, cause });
        }
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
        Ok(Self {
            wish,
            bytes,
            sudo: file.sudo,
        })
    }
}

/// Writes all of them, with sudo if one of them wants it. The outcomes are in their order; one that fails keeps no other
/// from being written.
pub fn write_files(remote: &dyn Remote, files: Vec<SmallFile>) -> Vec<Result<Written, WriteError>> {
    let mut outcomes = Vec::with_capacity(files.len());
    let mut rest = files.into_iter().peekable();
    while rest.peek().is_some() {
        outcomes.extend(write_batch(remote, rest.by_ref().take(MOST).collect()));
    }
    outcomes
}

fn write_batch(remote: &dyn Remote, files: Vec<SmallFile>) -> Vec<Result<Written, WriteError>> {
    let mut answers = ask(remote, &files).map(Vec::into_iter);
    let outcome = |file: SmallFile| match &mut answers {
        Ok(answers) => match answers.next() {
            Some(answer) => file.wish.outcome(&answer),
            None => Err(WriteError::Other {
                path: file.wish.path,
                cause: "the node did not say what it did".into(),
            }),
        },
        Err(Failed::Remote(error)) => Err(error.clone().into()),
        Err(Failed::Program(output)) => file.wish.outcome(output),
    };
    files.into_iter().map(outcome).collect()
}

enum Failed {
    Remote(RemoteError),
    /// It did not come to a single file: sudo refused, or the program could not begin.
    Program(Output),
}

fn ask(remote: &dyn Remote, files: &[SmallFile]) -> Result<Vec<Output>, Failed> {
    let arguments = files.iter().flat_map(|file| file.wish.arguments());
    let mut command = Command::program("write-files", WRITE_FILES, arguments);
    command.sudo = files.iter().any(|file| file.sudo);
    let length = files.iter().map(|file| file.bytes.len()).sum();
    // with room for all from the start: bytes that are moved to a larger place stay behind in the old one
    let mut contents = Zeroizing::new(Vec::with_capacity(length));
    for file in files {
        contents.extend_from_slice(&file.bytes);
    }
    let sent = exchange(
        remote,
        command,
        &mut contents.as_slice(),
        length as u64,
        None,
    );
    let output = sent.map_err(|unsent| match unsent {
        Unsent::Remote(error) => Failed::Remote(error),
        // what is in memory can be read
        Unsent::Source(cause) => Failed::Program(Output {
            status: Status::Code(17),
            stdout: Vec::new(),
            stderr: cause.to_string().into_bytes(),
        }),
    })?;
    let answers = answers(&output.stdout);
    if answers.is_empty() && !output.success() {
        return Err(Failed::Program(output));
    }
    Ok(answers)
}

/// "file CODE LENGTH", a line end, so many bytes, a line end. What is cut off is not there.
fn answers(mut stdout: &[u8]) -> Vec<Output> {
    let mut all = Vec::new();
    while let Some((output, rest)) = answer(stdout) {
        all.push(output);
        stdout = rest;
    }
    all
}

fn answer(stdout: &[u8]) -> Option<(Output, &[u8])> {
    let end = stdout.iter().position(|&byte| byte == b'\n')?;
    let head = std::str::from_utf8(stdout.get(..end)?).ok()?;
    let (code, length) = head.strip_prefix("file ")?.split_once(' ')?;
    let (code, length): (i32, usize) = (code.parse().ok()?, length.parse().ok()?);
    let body = stdout.get(end + 1..end + 1 + length)?;
    let mut stderr = Vec::new();
    for line in body.split(|&byte| byte == b'\n') {
        if let Some(words) = line.strip_prefix(b"said ") {
            let words = printable(&String::from_utf8_lossy(words));
            // writing to a vector cannot fail
            let _ = writeln!(stderr, "{words}");
        }
    }
    let output = Output {
        status: Status::Code(code),
        stdout: body.to_vec(),
        stderr,
    };
    Some((output, stdout.get(end + 2 + length..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_their_length_and_a_cut_one_is_none() {
        let text = b"file 0 20\ndone created\npath\n/a\nfile 13 21\nfree 7\nsaid no space!\n";
        let all = answers(text);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].stdout, b"done created\npath\n/a");
        assert_eq!(
            (&all[1].status, all[1].stderr.as_slice()),
            (&Status::Code(13), &b"no space!\n"[..])
        );
        assert_eq!(answers(&text[..40]).len(), 1);
        assert!(answers(b"Welcome\n").is_empty());
    }
}
