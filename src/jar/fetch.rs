//! Downloading a jar: resumed where a connection broke, and given its name only when its digest is the expected one. Until
//! then it is `NAME.part`, with `NAME.part.from` beside it, which tells what the bytes are a part of.
//!
//! Plain http is for a known digest only: then nobody on the way can put another file in its place.

use super::plain;
use crate::transport::{self, NoAnswer, innermost};
use reqwest::blocking::{Client, Response};
use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LAST_MODIFIED, RANGE,
};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A connector jar has some 15 MB.
const MOST: u64 = 1 << 30;
/// Connections that may break one after the other without a byte gained.
const PATIENCE: u32 = 3;

pub struct Settings<'a> {
    pub url: Url,
    pub ca_pem: Option<Vec<u8>>,
    /// Of connecting, and of every single wait for more bytes.
    pub timeout: Duration,
    /// Bytes here, and in all if the server says so.
    pub progress: &'a (dyn Fn(u64, Option<u64>) + Sync),
    pub stop: &'a AtomicBool,
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{0}")]
    Setting(String),
    #[error("{url} answers {status}")]
    Status { url: String, status: u16 },
    #[error("{url} cannot be reached: {cause}")]
    Unreachable { url: String, cause: String },
    #[error("{url} cannot be trusted: {cause}")]
    Tls { url: String, cause: String },
    #[error("{url} sends more than {MOST} bytes: no connector jar is as large")]
    TooLarge { url: String },
    #[error("the connection to {url} broke {} times: {cause}; {done} bytes are kept in {}", PATIENCE, part.display())]
    Broken {
        url: String,
        cause: String,
        done: u64,
        part: PathBuf,
    },
    #[error("interrupted; {done} bytes are kept in {}", part.display())]
    Interrupted { done: u64, part: PathBuf },
    #[error("another run is downloading to {}", part.display())]
    Locked { part: PathBuf },
    #[error("cannot write {}: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
    #[error("what came from {url} has the digest {found}, not {expected}: it was not taken")]
    Digest {
        url: String,
        expected: String,
        found: String,
    },
}

/// An `http` or `https` URL without a password in it.
pub fn url(text: &str) -> Result<Url, FetchError> {
    let wrong = |why: &str| FetchError::Setting(format!("the URL {why}"));
    let url = Url::parse(text).map_err(|error| wrong(&format!("cannot be used: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold a user or a password"));
    }
    Ok(url)
}

/// 64 hexadecimal digits, in lower case.
pub fn digest(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    match text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text),
        false => Err("a SHA-256 digest has 64 hexadecimal digits".to_owned()),
    }
}

/// A finished download that has not got its name yet.
pub struct Fetched {
    file: File,
    part: PathBuf,
    to: PathBuf,
    /// Bytes that were there from an earlier run.
    pub resumed: u64,
    pub sha256: String,
}

impl Fetched {
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Never over a file that has come there meanwhile.
    pub fn take(self) -> Result<(), FetchError> {
        let unwritable = |cause| FetchError::Unwritable {
            path: self.to.clone(),
            cause,
        };
        self.file.sync_all().map_err(unwritable)?;
        match std::fs::hard_link(&self.part, &self.to) {
            Ok(()) => remove(&self.part),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                return Err(unwritable(cause));
            }
            // a file system without links
            Err(_) => std::fs::rename(&self.part, &self.to).map_err(unwritable)?,
        }
        let directory = self.to.parent().filter(|path| !path.as_os_str().is_empty());
        if let Ok(directory) = File::open(directory.unwrap_or(Path::new("."))) {
            // not every file system knows how
            let _ = directory.sync_all();
        }
        Ok(())
    }

    /// It is not what was wanted.
    pub fn discard(self) {
        remove(&self.part);
    }
}

/// Downloads to `TO.part`. With `expected` another digest is an error, after which nothing is left of the download.
pub fn fetch(
    settings: &Settings,
    to: &Path,
    expected: Option<&str>,
) -> Result<Fetched, FetchError> {
    let part = beside(to, ".part");
    let unwritable = |cause| FetchError::Unwritable {
        path: part.clone(),
        cause,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&part)
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FetchError::Locked { part }),
        Err(TryLockError::Error(cause)) => return Err(unwritable(cause)),
    }
    let client = client(settings)?;
    let mut download = Download {
        settings,
        url: shown(&settings.url),
        part: &part,
        client,
    };
    let mut resumed = download.run(&mut file)?;
    let mut sha256 = super::sha256_of(&mut file).map_err(unwritable)?;
    if resumed > 0 && expected.is_some_and(|expected| expected != sha256) {
        // the part may have been of another file: once more, from the beginning
        truncate(&mut file).map_err(unwritable)?;
        remove(&from_file(&part));
        resumed = download.run(&mut file)?;
        sha256 = super::sha256_of(&mut file).map_err(unwritable)?;
    }
    if let Some(expected) = expected.filter(|expected| *expected != sha256) {
        remove(&part);
        return Err(FetchError::Digest {
            url: download.url,
            expected: expected.to_owned(),
            found: sha256,
        });
    }
    Ok(Fetched {
        file,
        part: part.clone(),
        to: to.to_owned(),
        resumed,
        sha256,
    })
}

/// What the bytes of a part are a part of.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct From {
    url: String,
    /// A strong ETag, or the date of the last change: `If-Range` with it gives the rest of the same file or a new one.
    validator: Option<String>,
}

struct Download<'a> {
    settings: &'a Settings<'a>,
    url: String,
    part: &'a Path,
    client: Client,
}

impl Download<'_> {
    /// Until all is here; returns how much of it was there before.
    fn run(&mut self, file: &mut File) -> Result<u64, FetchError> {
        let mut resumed = None;
        let mut failures = 0;
        loop {
            let before = self.length(file)?;
            let outcome = self.attempt(file, &mut resumed);
            let done = self.length(file)?;
            let cause = match outcome {
                Ok(()) => return Ok(resumed.unwrap_or(0).min(done)),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Again(cause)) => cause,
            };
            failures = if done > before { 1 } else { failures + 1 };
            if failures >= PATIENCE {
                return Err(FetchError::Broken {
                    url: self.url.clone(),
                    cause,
                    done,
                    part: self.part.to_owned(),
                });
            }
        }
    }

    fn length(&self, file: &mut File) -> Result<u64, FetchError> {
        file.seek(SeekFrom::End(0))
            .map_err(|cause| self.unwritable(cause))
    }

    /// One request, and as much of its answer as comes. `resumed` is set by the first answer.
    fn attempt(&self, file: &mut File, resumed: &mut Option<u64>) -> Result<(), Trouble> {
        let mut have = self.length(file)?;
        let from = self.known().filter(|from| from.url == self.url && have > 0);
        if from.is_none() {
            truncate(file).map_err(|cause| self.unwritable(cause))?;
            have = 0;
        }
        let mut request = self.client.get(self.settings.url.clone());
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
            if let Some(validator) = from.and_then(|from| from.validator) {
                request = request.header(IF_RANGE, validator);
            }
        }
        let mut response = request.send().map_err(|error| self.transport(&error))?;
        let total = match response.status() {
            StatusCode::PARTIAL_CONTENT if begin(response.headers()) == Some(have) => {
                whole(response.headers())
            }
            StatusCode::OK => {
                // no ranges here, or another file than the one that we have a part of
                truncate(file).map_err(|cause| self.unwritable(cause))?;
                have = 0;
                length(response.headers())
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                truncate(file).map_err(|cause| self.unwritable(cause))?;
                return Err(Trouble::Again("the server's file is another now".into()));
            }
            status => {
                return Err(Trouble::Final(FetchError::Status {
                    url: self.url.clone(),
                    status: status.as_u16(),
                }));
            }
        };
        resumed.get_or_insert(have);
        if have == 0 {
            *resumed = Some(0);
            self.remember(response.headers());
        }
        self.receive(&mut response, file, have, total)
    }

    fn receive(
        &self,
        response: &mut Response,
        file: &mut File,
        mut done: u64,
        total: Option<u64>,
    ) -> Result<(), Trouble> {
        let too_large = || FetchError::TooLarge {
            url: self.url.clone(),
        };
        if total.is_some_and(|total| total > MOST) {
            return Err(too_large().into());
        }
        let mut piece = vec![0; 64 << 10];
        loop {
            (self.settings.progress)(done, total);
            if self.settings.stop.load(Ordering::Relaxed) {
                return Err(Trouble::Final(FetchError::Interrupted {
                    done,
                    part: self.part.to_owned(),
                }));
            }
            let count = match response.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::Again(plain(&error.to_string()))),
            };
            file.write_all(&piece[..count])
                .map_err(|cause| self.unwritable(cause))?;
            done += count as u64;
            if done > MOST {
                return Err(too_large().into());
            }
        }
        match total.filter(|total| *total != done) {
            Some(total) => Err(Trouble::Again(format!("{done} of {total} bytes came"))),
            None => {
                remove(&from_file(self.part));
                Ok(())
            }
        }
    }

    fn known(&self) -> Option<From> {
        let text = std::fs::read(from_file(self.part)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Without this the next run begins anew; nothing worse.
    fn remember(&self, headers: &HeaderMap) {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let strong = text(ETAG).filter(|tag| !tag.starts_with("W/"));
        let from = From {
            url: self.url.clone(),
            validator: strong.or(text(LAST_MODIFIED)).map(str::to_owned),
        };
        if let Ok(text) = serde_json::to_vec(&from) {
            let _ = std::fs::write(from_file(self.part), text);
        }
    }

    fn unwritable(&self, cause: io::Error) -> FetchError {
        FetchError::Unwritable {
            path: self.part.to_owned(),
            cause,
        }
    }

    /// A connection that was refused or not trusted is not tried again; one that broke is.
    fn transport(&self, error: &reqwest::Error) -> Trouble {
        let url = self.url.clone();
        if let NoAnswer::Untrusted(cause) = NoAnswer::of(error) {
            return Trouble::Final(FetchError::Tls { url, cause });
        }
        let cause = innermost(error);
        match error.is_redirect() || error.is_connect() {
            true => Trouble::Final(FetchError::Unreachable { url, cause }),
            false => Trouble::Again(cause),
        }
    }
}

enum Trouble {
    Final(FetchError),
    Again(String),
}

impl std::convert::From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        Self::Final(error)
    }
}

fn client(settings: &Settings) -> Result<Client, FetchError> {
    let secure = settings.url.scheme() == "https";
    let ca_pem = settings.ca_pem.as_deref();
    transport::client(settings.timeout, ca_pem)
        .map_err(FetchError::Setting)?
        .connect_timeout(settings.timeout)
        .redirect(reqwest::redirect::Policy::custom(move |attempt| {
            if secure && attempt.url().scheme() != "https" {
                attempt.error("it redirects from https to http")
            } else if attempt.previous().len() >= 10 {
                attempt.error("it redirects more than ten times")
            } else {
                attempt.follow()
            }
        }))
        .build()
        .map_err(|error| FetchError::Setting(innermost(&error)))
}

/// A query may hold a signature that is as good as a key.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    plain(url.as_str())
}

/// `bytes 100-199/200`
fn begin(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (begin, _) = text.strip_prefix("bytes ")?.split_once('-')?;
    begin.parse().ok()
}

fn whole(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    text.rsplit_once('/')?.1.parse().ok()
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn from_file(part: &Path) -> PathBuf {
    beside(part, ".from")
}

fn truncate(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()
}

/// It is of no use any more; that it stays is no failure.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
