//! A command for a node, and what comes back from it. Here: data, quoting and reading to the end; not transport.

use super::{RemoteError, printable};
use crate::secret::Secret;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// More than this on one stream of a command that is read to its end is an error, not a reason to fill the memory.
pub const OUTPUT_LIMIT: usize = 16 << 20;

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
    /// Run it as root: `sudo -n --`. [`super::Sudo`] is for a sudo that wants a password.
    pub sudo: bool,
    /// `run`: until the command has ended. `start`: until the node has started it; afterwards it lives as long as its
    /// [`Running`].
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
    pub fn program<S: Into<String>>(
        name: &str,
        program: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut argv = vec![
            "sh".to_owned(),
            "-c".to_owned(),
            program.to_owned(),
            name.to_owned(),
        ];
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

    /// What error messages call it: one short line, without the text of a program.
    pub fn title(&self) -> String {
        let words: &[String] = match self.argv.as_slice() {
            [sh, c, _program, rest @ ..] if sh == "sh" && c == "-c" && !rest.is_empty() => rest,
            all => all,
        };
        let line = printable(&words.join(" "));
        match line.char_indices().nth(76) {
            Some((cut, _)) => format!("{}…", &line[..cut]),
            None => line,
        }
    }

    /// Refuses what no shell can be given. Every implementation of `start` asks this first.
    pub(super) fn check(&self) -> Result<(), RemoteError> {
        let cause = match () {
            () if self.argv.is_empty() => "there is nothing to run",
            () if self.argv.iter().any(|word| word.contains('\0')) => {
                "an argument contains a NUL byte"
            }
            () => return Ok(()),
        };
        Err(RemoteError::Start {
            command: self.title(),
            cause: cause.into(),
        })
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sudo {
            // sudo speaks the language of the account; its refusals are recognised in English.
            f.write_str("LC_ALL=C sudo -n -- ")?;
        }
        let quoter = shlex::Quoter::new().allow_nul(true);
        let line = quoter
            .join(self.argv.iter().map(String::as_str))
            .map_err(|_| fmt::Error)?;
        f.write_str(&line)
    }
}

/// A started command. Each stream is there once; dropping `stdin` is the end of input. Dropping the whole ends the
/// channel (the command on the node gets a hang-up, not a wait).
///
/// The streams are bounded: a command whose output nobody reads stops, as it would on a pipe. Drop the stream that is
/// not wanted. A stream that ends because the connection was lost ends with an error, never with a clean end of file.
pub struct Running {
    pub stdin: Option<Box<dyn Write + Send>>,
    pub stdout: Box<dyn Read + Send>,
    pub stderr: Box<dyn Read + Send>,
    /// Blocks until the command has ended or the connection is lost.
    pub wait: Box<dyn FnOnce() -> Result<Status, RemoteError> + Send>,
    /// Makes the command and its streams end although somebody still reads them. Holding it keeps nothing alive.
    pub cancel: Box<dyn Fn() + Send>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Code(i32),
    /// The name without `SIG`: `TERM`, `KILL`.
    Signal(String),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(name) => write!(f, "killed by SIG{name}"),
        }
    }
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

/// The sentence in which `sudo -n` refused to run a command, or `None` if it was the command itself that failed:
/// both end with 1, so only sudo's own words tell them apart.
pub fn sudo_refusal(output: &Output) -> Option<String> {
    const REFUSALS: [&str; 8] = [
        "a password is required",
        "interactive authentication is required",
        "is not in the sudoers file",
        "is not allowed to ",
        "may not run sudo",
        "a terminal is required",
        "no tty present",
        "you must have a tty",
    ];
    if output.status != Status::Code(1) {
        return None;
    }
    String::from_utf8_lossy(&output.stderr)
        .lines()
        .map(printable)
        .filter(|line| {
            line.starts_with("sudo: ")
                || line.starts_with("Sorry, user ")
                || line.contains("sudoers file")
        })
        .find(|line| REFUSALS.iter().any(|words| line.contains(words)))
}

/// Reads both streams to their end and waits, on `node`, within `command.timeout` and [`OUTPUT_LIMIT`]. When either is
/// exceeded, it is cancelled; the reading threads are not waited for.
pub(super) fn run_to_end(
    mut running: Running,
    command: &Command,
    node: &str,
) -> Result<Output, RemoteError> {
    let deadline = Instant::now() + command.timeout;
    drop(running.stdin.take());
    let (events, inbox) = channel();
    let to_inbox = events.clone();
    std::thread::spawn(move || read_stream(running.stderr, Event::Stderr, &to_inbox));
    std::thread::spawn(move || {
        if read_stream(running.stdout, Event::Stdout, &events) {
            // Nobody listens any more when this run was given up.
            let _ = events.send(Event::Ended((running.wait)()));
        }
    });
    let result = collect(&inbox, command, node, deadline);
    if matches!(
        result,
        Err(RemoteError::TimedOut { .. } | RemoteError::TooMuchOutput { .. })
    ) {
        (running.cancel)();
    }
    result
}

enum Event {
    Stdout(io::Result<Vec<u8>>),
    Stderr(io::Result<Vec<u8>>),
    TooMuch,
    Ended(Result<Status, RemoteError>),
}

fn read_stream(
    mut stream: Box<dyn Read + Send>,
    wrap: fn(io::Result<Vec<u8>>) -> Event,
    events: &Sender<Event>,
) -> bool {
    let mut bytes = Vec::new();
    let end = stream
        .by_ref()
        .take(OUTPUT_LIMIT as u64 + 1)
        .read_to_end(&mut bytes);
    if bytes.len() > OUTPUT_LIMIT {
        let _ = events.send(Event::TooMuch);
        return false;
    }
    events.send(wrap(end.map(|_| bytes))).is_ok()
}

fn collect(
    inbox: &Receiver<Event>,
    command: &Command,
    node: &str,
    deadline: Instant,
) -> Result<Output, RemoteError> {
    let (mut stdout, mut stderr, mut status) = (None, None, None);
    while stdout.is_none() || stderr.is_none() || status.is_none() {
        match inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::Stdout(bytes)) => stdout = Some(bytes),
            Ok(Event::Stderr(bytes)) => stderr = Some(bytes),
            // Said first: a stream breaks with its connection, and this says it better.
            Ok(Event::Ended(ended)) => status = Some(ended?),
            Ok(Event::TooMuch) => {
                return Err(RemoteError::TooMuchOutput {
                    command: command.title(),
                    limit: OUTPUT_LIMIT,
                });
            }
            Err(RecvTimeoutError::Timeout) => return Err(timed_out(command)),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let cut = |e: &str| RemoteError::Lost {
        host: node.to_owned(),
        cause: format!("the output of `{}` was cut: {e}", command.title()),
    };
    let whole = |bytes: Option<io::Result<Vec<u8>>>| match bytes {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(e)) => Err(cut(&e.to_string())),
        None => Err(cut("nobody reads it")),
    };
    let status = status.ok_or_else(|| cut("nobody waits for it"))?;
    Ok(Output {
        status,
        stdout: whole(stdout)?,
        stderr: whole(stderr)?,
    })
}

pub(super) fn timed_out(command: &Command) -> RemoteError {
    // Rounded up: "within 0 s" would say nothing about a deadline of half a second.
    let seconds = command.timeout.as_secs() + u64::from(command.timeout.subsec_nanos() > 0);
    RemoteError::TimedOut {
        command: command.title(),
        seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the line by a real shell and gives back the arguments that arrived.
    fn through(shell: &[&str], words: &[&str]) -> Vec<u8> {
        let mut argv = vec!["printf", "%s\\0"];
        argv.extend(words);
        let line = Command::new(argv).to_string();
        let output = std::process::Command::new(shell[0])
            .args(&shell[1..])
            .arg("-c")
            .arg(line)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    #[test]
    fn the_quoted_line_arrives_word_by_word_in_every_shell() {
        let control: String = (1u8..32).map(char::from).chain(['\u{7f}']).collect();
        let ascii: String = (32u8..127).map(char::from).collect();
        let words = [
            "plain",
            "",
            " ",
            "it's \"quoted\" $HOME `id` \\",
            "a\nb\n",
            "~",
            "*",
            "!x",
            "été €",
            "-n",
        ];
        let words: Vec<&str> = words
            .into_iter()
            .chain([control.as_str(), ascii.as_str()])
            .collect();
        let expected: Vec<u8> = words
            .iter()
            .flat_map(|word| word.bytes().chain([0]))
            .collect();
        for shell in [&["dash"][..], &["bash"], &["busybox", "sh"]] {
            assert_eq!(through(shell, &words), expected, "{shell:?}");
        }
    }

    #[test]
    fn sudo_stands_before_the_line() {
        assert_eq!(
            Command::new(["cat", "a b"]).sudo().to_string(),
            "LC_ALL=C sudo -n -- cat 'a b'"
        );
    }

    #[test]
    fn the_title_is_short_and_without_the_program() {
        assert_eq!(
            Command::program("write-file", "set -eu\nexit 1", ["/etc/x"]).title(),
            "write-file /etc/x"
        );
        assert_eq!(Command::new(["x\u{1b}[2J"]).title(), "x[2J");
        assert!(Command::new(["y".repeat(500)]).title().chars().count() < 80);
    }

    #[test]
    fn what_no_shell_can_take_is_refused() {
        assert!(matches!(
            Command::new(["a\0b"]).check(),
            Err(RemoteError::Start { .. })
        ));
        assert!(matches!(
            Command::new(Vec::<String>::new()).check(),
            Err(RemoteError::Start { .. })
        ));
    }

    #[test]
    fn a_refusal_of_sudo_is_told_from_a_failing_command() {
        let refused = |code, stderr: &str| {
            sudo_refusal(&Output {
                status: Status::Code(code),
                stdout: vec![],
                stderr: stderr.into(),
            })
        };
        assert_eq!(
            refused(1, "sudo: a password is required\n").as_deref(),
            Some("sudo: a password is required")
        );
        assert!(
            refused(
                1,
                "ann is not in the sudoers file.  This incident will be reported.\n"
            )
            .is_some()
        );
        assert!(refused(1, "ann is not in the sudoers file.\n").is_some());
        assert!(
            refused(1, "Sorry, user ann is not allowed to execute '/usr/bin/cat /x' as root on new-edgenode.\n")
                .is_some()
        );
        assert!(refused(1, "sudo: no tty present and no askpass program specified\n").is_some());
        assert_eq!(refused(1, "cat: /x: Permission denied\n"), None);
        assert_eq!(
            refused(
                1,
                "sudo: unable to resolve host new-edgenode\ncat: /x: No such file\n"
            ),
            None
        );
        assert_eq!(refused(0, "sudo: a password is required\n"), None);
    }
}
