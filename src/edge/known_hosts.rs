//! Host keys on file: reading known_hosts as OpenSSH does, judging the key that a server shows, appending a new one.
//!
//! The matching is our own because libssh2's is not OpenSSH's: it gives up at the first line it cannot read, knows no
//! wildcards and no `@revoked`, and takes a line without a port for every port. Not here: who decides about an unknown
//! key (the caller of `Ssh::connect`).

use super::{RemoteError, printable};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use ssh2::{CheckResult, KnownHostFileKind};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What the files say about a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Known,
    /// No line speaks of this host.
    Unknown,
    /// Lines speak of this host, and all of them name other keys: their fingerprints and places.
    Changed {
        expected: String,
    },
    /// The key itself is marked `@revoked`, at this place.
    Revoked {
        place: String,
    },
}

/// The lines of one or more known_hosts files.
#[derive(Debug, Default)]
pub struct KnownHosts {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    revoked: bool,
    hosts: String,
    key_type: String,
    key: Vec<u8>,
    place: String,
}

impl KnownHosts {
    /// A file that does not exist is empty. One that cannot be read is an error: its hosts are not unknown.
    pub fn read(paths: &[PathBuf]) -> Result<Self, RemoteError> {
        let mut lines = Vec::new();
        for path in paths {
            let mut bytes = Vec::new();
            match File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
                Ok(_) => lines.extend(parse(
                    &String::from_utf8_lossy(&bytes),
                    &path.display().to_string(),
                )),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => {
                    return Err(RemoteError::Config(format!(
                        "cannot read {}: {e}",
                        path.display()
                    )));
                }
            }
        }
        Ok(Self { lines })
    }

    /// The types of the keys on file for a host, in the order of the files. To be offered first in the handshake:
    /// otherwise the server shows a key of another type, and a known host looks changed.
    pub fn key_types(&self, name: &str) -> Vec<&str> {
        let mut types: Vec<&str> = Vec::new();
        for line in self
            .lines
            .iter()
            .filter(|line| !line.revoked && line.speaks_of(name))
        {
            if !types.contains(&line.key_type.as_str()) {
                types.push(&line.key_type);
            }
        }
        types
    }

    /// `name` as [`host_name`] makes it; `key` is the raw blob.
    pub fn judge(&self, name: &str, key: &[u8]) -> Verdict {
        let about: Vec<&Line> = self
            .lines
            .iter()
            .filter(|line| line.speaks_of(name))
            .collect();
        if let Some(line) = about.iter().find(|line| line.revoked && line.key == key) {
            return Verdict::Revoked {
                place: line.place.clone(),
            };
        }
        let mut valid = about.iter().filter(|line| !line.revoked).peekable();
        if valid.peek().is_none() {
            return Verdict::Unknown;
        }
        if valid.clone().any(|line| line.key == key) {
            return Verdict::Known;
        }
        let expected: Vec<String> = valid
            .map(|line| format!("{} ({})", fingerprint(&line.key), line.place))
            .collect();
        Verdict::Changed {
            expected: expected.join(" or "),
        }
    }
}

impl Line {
    /// OpenSSH's rule: at least one pattern fits, and no negated one does.
    fn speaks_of(&self, name: &str) -> bool {
        if self.hosts.starts_with('|') {
            return hashed_fits(self, name);
        }
        let mut fits = false;
        for pattern in self.hosts.split(',') {
            match pattern.strip_prefix('!') {
                Some(negated) if wildcard_fits(negated, name) => return false,
                Some(_) => {}
                None => fits |= wildcard_fits(pattern, name),
            }
        }
        fits
    }
}

/// How known_hosts names a host: lower case, and with its port when that is not 22.
pub fn host_name(host: &str, port: u16) -> String {
    let host = host.to_lowercase();
    if port == 22 {
        host
    } else {
        format!("[{host}]:{port}")
    }
}

/// `SHA256:…`, as `ssh-keygen -l` prints it.
pub fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key)))
}

/// The type that stands at the beginning of a raw key: `ssh-ed25519`.
pub fn key_type(key: &[u8]) -> String {
    let Some((length, rest)) = key.split_first_chunk::<4>() else {
        return String::new();
    };
    let name = rest
        .get(..u32::from_be_bytes(*length) as usize)
        .unwrap_or_default();
    printable(&String::from_utf8_lossy(name))
}

/// Appends a line for a host; the file is made 0600 and its directory 0700 when they are not there.
pub fn append(path: &Path, name: &str, key: &[u8]) -> std::io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.exists()) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    let mut line = format!("{name} {} {}\n", key_type(key), STANDARD.encode(key));
    // A last line without its newline would swallow ours.
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != [b'\n'] {
        line.insert(0, '\n');
    }
    file.write_all(line.as_bytes())
}

fn parse(text: &str, path: &str) -> Vec<Line> {
    let numbered = text.lines().enumerate();
    numbered
        .filter_map(|(index, text)| parse_line(text, format!("{path}:{}", index + 1)))
        .collect()
}

/// `None` for blank lines, comments, certificate authorities (certificates are not offered to servers by libssh2) and
/// for what cannot be read: one garbled line must not hide the others.
fn parse_line(text: &str, place: String) -> Option<Line> {
    let mut words = text.split_whitespace().peekable();
    let mut revoked = false;
    match words.peek()? {
        word if word.starts_with('#') => return None,
        &"@revoked" => {
            revoked = true;
            words.next();
        }
        word if word.starts_with('@') => return None,
        _ => {}
    }
    let hosts = words.next()?;
    let key_type_on_file = words.next()?;
    let key = STANDARD.decode(words.next()?).ok()?;
    if key_type(&key) != key_type_on_file {
        return None;
    }
    let hosts = if hosts.starts_with('|') {
        hosts.to_owned()
    } else {
        hosts.to_lowercase()
    };
    Some(Line {
        revoked,
        hosts,
        key_type: key_type_on_file.to_owned(),
        key,
        place,
    })
}

/// `*` and `?`, nothing else: OpenSSH's `match_pattern`. Linear in memory, so that a hostile file cannot blow it up.
fn wildcard_fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n, mut retry) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n + 1));
                p += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match retry {
                Some((after_star, next)) => {
                    (p, n) = (after_star, next);
                    retry = Some((after_star, next + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// `|1|salt|hash|` is HMAC-SHA1; libssh2 computes it. Asked without a port, it compares the very name it is given.
fn hashed_fits(line: &Line, name: &str) -> bool {
    let check = || -> Result<CheckResult, ssh2::Error> {
        let session = ssh2::Session::new()?;
        let mut hosts = session.known_hosts()?;
        let text = format!(
            "{} {} {}",
            line.hosts,
            line.key_type,
            STANDARD.encode(&line.key)
        );
        hosts.read_str(&text, KnownHostFileKind::OpenSSH)?;
        Ok(hosts.check(name, &line.key))
    };
    // ssh2 panics on a NUL in the name.
    !name.contains('\0') && matches!(check(), Ok(CheckResult::Match | CheckResult::Mismatch))
}

#[cfg(test)]
mod tests;
