//! Where a secret comes from, and fetching it when it is needed. What is fetched is checked, trimmed of one line end, and
//! kept for the run, so that a password program is asked once and standard input is read once.

use super::error::ProfileError;
use super::keyring;
use crate::secret::Secret;
use crate::text::decode;
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// More is no password, key or connection string, and no answer of az about one hub.
const LIMIT: usize = 64 * 1024;
/// A password manager may wait for its person.
const PATIENCE: Duration = Duration::from_secs(120);

/// A secret setting: unset, or where its value is to be had. Cloning shares what was already fetched.
#[derive(Clone)]
pub struct SecretSource {
    key: Cow<'static, str>,
    origin: Origin,
    fetched: Arc<Mutex<Option<Secret>>>,
}

#[derive(Clone)]
pub(super) enum Origin {
    Unset,
    /// A variable, with its value if it is set.
    Env(String, Option<Secret>),
    File(PathBuf),
    Stdin,
    /// The program with its arguments, and the directory it runs in.
    Command(Vec<String>, PathBuf),
    /// A name in the system's keyring.
    Keyring(String),
    Prompt(Secret),
}

impl SecretSource {
    pub(super) fn new(key: impl Into<Cow<'static, str>>, origin: Origin) -> Self {
        Self {
            key: key.into(),
            origin,
            fetched: Arc::default(),
        }
    }

    /// The setting that it is of.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Whether a source was named. Its value may still turn out to be missing.
    pub fn is_set(&self) -> bool {
        !matches!(self.origin, Origin::Unset)
    }

    /// In words for an error: `file PATH`, `env NAME`, `standard input`.
    pub fn place(&self) -> String {
        self.origin.to_string()
    }

    /// Fetches the value: `None` if no source was named. Without one line end at its end; a value that is empty, holds
    /// control characters or is not UTF-8 is an error. No error repeats any of it.
    pub fn resolve(&self) -> Result<Option<Secret>, ProfileError> {
        self.resolved(clean)
    }

    /// The same of a text of several lines, in any encoding that Windows programs write: what `az` printed about a hub.
    pub fn resolve_text(&self) -> Result<Option<Secret>, ProfileError> {
        self.resolved(|bytes| match bytes.len() > LIMIT {
            true => Err(format!("is longer than {LIMIT} bytes")),
            false => Ok(decode(&bytes).into_owned()),
        })
    }

    fn resolved(
        &self,
        read: fn(Vec<u8>) -> Result<String, String>,
    ) -> Result<Option<Secret>, ProfileError> {
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if fetched.is_none() {
            *fetched = self.fetch(read)?;
        }
        Ok(fetched.clone())
    }

    /// A file that others may read does not keep its secret: a line for the person, or nothing.
    pub fn warning(&self) -> Option<String> {
        let Origin::File(path) = &self.origin else {
            return None;
        };
        let metadata = std::fs::metadata(path)
            .ok()
            .filter(std::fs::Metadata::is_file)?;
        let open = metadata.mode() & 0o044 != 0;
        open.then(|| {
            format!(
                "{} holds a secret and may be read by others: chmod 600",
                path.display()
            )
        })
    }

    /// How a profile would name this source; none for what cannot be named.
    pub(super) fn in_a_profile(&self) -> Option<(&'static str, String)> {
        match &self.origin {
            Origin::Env(name, _) => Some(("env", name.clone())),
            Origin::File(path) => Some(("file", path.display().to_string())),
            Origin::Keyring(name) => Some(("keyring", name.clone())),
            Origin::Unset | Origin::Stdin | Origin::Command(..) | Origin::Prompt(_) => None,
        }
    }

    pub(super) fn reads_stdin(&self) -> bool {
        matches!(self.origin, Origin::Stdin)
    }

    fn fetch(
        &self,
        read: fn(Vec<u8>) -> Result<String, String>,
    ) -> Result<Option<Secret>, ProfileError> {
        let bytes = match &self.origin {
            Origin::Unset => return Ok(None),
            Origin::Prompt(secret) => return Ok(Some(secret.clone())),
            Origin::Env(name, None) => {
                return Err(self.error(format!("the variable {name} is not set")));
            }
            Origin::Env(_, Some(secret)) => secret.expose().as_bytes().to_vec(),
            Origin::File(path) => self.read_file(path)?,
            Origin::Keyring(name) => keyring::fetch(name)?.ok_or_else(|| {
                ProfileError::NotFound(format!(
                    "{}: the keyring has no {name}; put it there: hdikafka profile store-secret {name}",
                    self.key
                ))
            })?,
            Origin::Stdin => self.read_stdin()?,
            Origin::Command(argv, dir) => run(argv, dir).map_err(|cause| self.error(cause))?,
        };
        let text = read(bytes)
            .map_err(|cause| self.error(format!("what {} gives {cause}", self.origin)))?;
        Ok(Some(Secret::new(text)))
    }

    fn read_file(&self, path: &Path) -> Result<Vec<u8>, ProfileError> {
        let failed = |error: io::Error| {
            ProfileError::reading(&format!("{}: {}", self.key, path.display()), &error)
        };
        let file = File::open(path).map_err(failed)?;
        let kind = file.metadata().map_err(failed)?.file_type();
        // A pipe is what a shell's <(…) gives.
        if !kind.is_file() && !kind.is_fifo() {
            return Err(self.error(format!("{} is not a file", path.display())));
        }
        bounded(file).map_err(failed)
    }

    fn read_stdin(&self) -> Result<Vec<u8>, ProfileError> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            // It would stand on the screen.
            return Err(
                self.error("standard input is a terminal, a pipe or a file was expected".into())
            );
        }
        bounded(stdin.lock()).map_err(|error| self.error(format!("standard input: {error}")))
    }

    fn error(&self, cause: String) -> ProfileError {
        ProfileError::Usage(format!("{}: {cause}", self.key))
    }
}

/// Two sources are told apart by where they are, never by their values.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("nothing"),
            Self::Env(name, _) => write!(f, "env {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Stdin => f.write_str("standard input"),
            // The arguments are the person's and may say more than should be shown.
            Self::Command(argv, _) => {
                write!(f, "command {}", argv.first().map_or("", String::as_str))
            }
            Self::Keyring(name) => write!(f, "keyring {name}"),
            Self::Prompt(_) => f.write_str("prompt"),
        }
    }
}

/// Where the secret comes from, in the words of `profile show`.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(secret, from {})", self.origin)
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretSource({}, {})", self.key, self.origin)
    }
}

/// The text without one line end. The error finishes "what … gives".
fn clean(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > LIMIT {
        return Err(format!("is longer than {LIMIT} bytes"));
    }
    if bytes.starts_with(b"\xef\xbb\xbf")
        || bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
    {
        return Err("starts with a byte order mark: save it as UTF-8 without one".into());
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "is not UTF-8 from byte {} on",
            error.utf8_error().valid_up_to() + 1
        )
    })?;
    let end = text.strip_suffix('\n').map_or(text.len(), |rest| {
        rest.strip_suffix('\r').unwrap_or(rest).len()
    });
    text.truncate(end);
    match text.char_indices().find(|(_, c)| c.is_control()) {
        _ if text.is_empty() => Err("is empty".into()),
        Some((at, '\n' | '\r')) => Err(format!("contains a line break at byte {}", at + 1)),
        Some((at, _)) => Err(format!("contains a control character at byte {}", at + 1)),
        None => Ok(text),
    }
}

/// One byte more than the limit at most, so that the excess is seen.
fn bounded(input: impl Read) -> io::Result<Vec<u8>> {
    // Reserved at once: growing would leave copies behind.
    let mut bytes = Vec::with_capacity(LIMIT + 1);
    input.take(LIMIT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn run(argv: &[String], dir: &Path) -> Result<Vec<u8>, String> {
    let (program, arguments) = argv.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run {program}: {error}"))?;
    let (stdout, stderr) = (
        read_aside(child.stdout.take()),
        read_aside(child.stderr.take()),
    );
    let answer = stdout.recv_timeout(PATIENCE);
    let complaint = answer
        .is_ok()
        .then(|| stderr.recv_timeout(PATIENCE).ok())
        .flatten();
    let Ok(bytes) = answer else {
        end(&mut child);
        return Err(format!(
            "{program} did not end within {} s",
            PATIENCE.as_secs()
        ));
    };
    if bytes.len() > LIMIT {
        end(&mut child);
        return Ok(bytes);
    }
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for {program}: {error}"))?;
    if status.success() {
        return Ok(bytes);
    }
    let complaint = String::from_utf8_lossy(&complaint.unwrap_or_default()).into_owned();
    let line = complaint
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("nothing on standard error");
    let line: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
    Err(format!("{program} failed ({status}): {line}"))
}

fn read_aside(stream: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    if let Some(stream) = stream {
        thread::spawn(move || sender.send(bounded(stream).unwrap_or_default()));
    }
    receiver
}

/// Both may fail only because the child is already gone.
fn end(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(argv: &[&str]) -> SecretSource {
        let argv = argv.iter().map(|arg| (*arg).to_owned()).collect();
        SecretSource::new(
            "cluster.password",
            Origin::Command(argv, PathBuf::from("/")),
        )
    }

    #[test]
    fn one_line_end_is_trimmed_and_anything_odd_is_refused_without_echo() {
        assert_eq!(clean(b"hunter2\n".to_vec()).unwrap(), "hunter2");
        assert_eq!(clean(b"hunter2\r\n".to_vec()).unwrap(), "hunter2");
        assert_eq!(clean(b" a/b+c= ".to_vec()).unwrap(), " a/b+c= ");
        for bad in [
            &b""[..],
            b"\n",
            b"hunter2\n\n",
            b"hun\nter2",
            b"hun\0ter2",
            b"hunter2\xff",
            b"\xff\xfeh\0",
            b"\xef\xbb\xbfhunter2",
        ] {
            let error = clean(bad.to_vec()).unwrap_err();
            assert!(
                !error.contains("hunter") && !error.contains("ter2"),
                "{error}"
            );
        }
        assert!(clean(vec![b'x'; LIMIT + 1]).is_err());
    }

    #[test]
    fn a_command_is_run_once_and_its_failure_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("runs");
        let source = command(&[
            "sh",
            "-c",
            "echo run >>\"$1\"; echo hunter2",
            "sh",
            log.to_str().unwrap(),
        ]);
        for secret in [source.resolve(), source.clone().resolve()] {
            assert_eq!(secret.unwrap().unwrap().expose(), "hunter2");
        }
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "run\n");

        let error = command(&[
            "sh",
            "-c",
            "echo hunter2; printf 'no \\033[2Jentry\\n' >&2; exit 3",
        ])
        .resolve()
        .unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("cluster.password: sh failed") && text.ends_with("no [2Jentry"),
            "{text}"
        );
        assert!(!text.contains("hunter2"));
        assert!(
            command(&["/no/such/program"])
                .resolve()
                .unwrap_err()
                .to_string()
                .contains("cannot run")
        );
        assert!(
            command(&["sh", "-c", "yes"])
                .resolve()
                .unwrap_err()
                .to_string()
                .contains("longer than")
        );
    }

    #[test]
    fn neither_debug_nor_display_shows_a_value() {
        let source = SecretSource::new(
            "edge.password",
            Origin::Env("X".into(), Some(Secret::from("hunter2"))),
        );
        assert!(!format!("{source:?} {source}").contains("hunter2"));
        assert_eq!(source.to_string(), "(secret, from env X)");
    }
}
