//! sudo that wants a password: a [`Remote`] around another one that runs what is to run as root all the same.
//!
//! `sudo -n` comes first, on the first command that is to run as root; only when it is refused for want of a password is
//! one looked for. From then on one channel keeps a strict order: sudo's prompt (a nonce, so that no other text can pass
//! for it), the password, the word of a program of ours that runs as root already, and only then the input of the command.
//! All of the talk is on standard error and standard input: standard output is the command's alone. The password is tried
//! once; it is in no argument, and no program but sudo reads it.

use super::command::{run_to_end, timed_out};
use super::questions::{Questions, Wanted};
use super::{Command, Output, Remote, RemoteError, Running, Stdin, printable, sudo_refusal};
use crate::secret::Secret;
use secrecy::zeroize::Zeroizing;
use std::io::{self, Cursor, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A directory service may take its time; a sudo that says nothing for this long will not say anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// In which words `sudo -n` asks for one: those of sudo and of sudo-rs.
const WANTS_PASSWORD: [&str; 2] = ["password is required", "authentication is required"];
/// A lecture before the prompt has a few hundred bytes.
const TALK: usize = 64 << 10;
/// Says its word, then becomes the command.
const READY: &str = "printf '%s\\n' \"$0\" >&2; exec \"$@\"";

/// Where the password comes from when sudo turns out to want one.
/// The error is a sentence.
pub type PasswordSource = Box<dyn Fn() -> Result<Option<Secret>, String> + Send + Sync>;

pub struct Sudo {
    node: Arc<dyn Remote>,
    given: PasswordSource,
    questions: Questions,
    mode: Mutex<Mode>,
}

enum Mode {
    Unknown,
    /// `sudo -n` does it; or it refused for a reason that no password changes.
    Free,
    Password(Secret),
    /// A password that was refused once is not tried again.
    Refused(RemoteError),
}

impl Mode {
    fn known(&self) -> Option<Result<Decision, RemoteError>> {
        match self {
            Mode::Unknown => None,
            Mode::Free => Some(Ok(Decision::Free)),
            Mode::Password(password) => Some(Ok(Decision::Password(password.clone()))),
            Mode::Refused(error) => Some(Err(error.clone())),
        }
    }
}

impl Sudo {
    /// `given`: the password of the settings, if there is one; else `questions` may ask for it.
    pub fn new(node: Arc<dyn Remote>, given: PasswordSource, questions: Questions) -> Self {
        Self {
            node,
            given,
            questions,
            mode: Mutex::new(Mode::Unknown),
        }
    }

    /// How sudo is to be used. Commands that find it out at the same time do not wait for each other: only where a password
    /// is wanted, one looks for it and the rest wait.
    fn decide(
        &self,
        command: &Command,
        mut first: impl FnMut() -> Attempt,
    ) -> Result<Decision, RemoteError> {
        if let Some(known) = self.mode().known() {
            return known;
        }
        let output = first()?;
        let refused = sudo_refusal(&output)
            .filter(|words| WANTS_PASSWORD.iter().any(|sign| words.contains(sign)));
        let mut mode = self.mode();
        let password = match (refused, mode.known()) {
            (None, _) => None,
            (Some(_), Some(found)) => return found,
            (Some(_), None) => self.find_password()?,
        };
        let Some(password) = password else {
            if matches!(*mode, Mode::Unknown) {
                *mode = Mode::Free;
            }
            return Ok(Decision::Done(output));
        };
        match self.with_password(command, &password) {
            Ok(running) => {
                *mode = Mode::Password(password);
                Ok(Decision::Running(running))
            }
            Err(error) => {
                if matches!(error, RemoteError::Sudo { .. }) {
                    *mode = Mode::Refused(error.clone());
                }
                Err(error)
            }
        }
    }

    fn mode(&self) -> MutexGuard<'_, Mode> {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find_password(&self) -> Result<Option<Secret>, RemoteError> {
        let given = (self.given)().map_err(RemoteError::Config)?;
        let ask = || {
            self.questions.once(&Wanted::Sudo {
                node: self.node.name(),
            })
        };
        Ok(given.or_else(ask))
    }

    /// Starts it as root with the password.
    fn with_password(&self, command: &Command, password: &Secret) -> Result<Running, RemoteError> {
        command.check()?;
        let nonce = || uuid::Uuid::new_v4().simple().to_string();
        let (prompt, ready) = (
            format!("[hdikafka {}] ", nonce()),
            format!("ready {}", nonce()),
        );
        let words = [
            "env", "LC_ALL=C", "sudo", "-S", "-p", &prompt, "--", "sh", "-c", READY, &ready,
        ];
        let argv = words.into_iter().map(str::to_owned);
        let line = Command::new(argv.chain(command.argv.iter().cloned()))
            .stdin(Stdin::Open)
            .timeout(command.timeout);
        let mut running = self.node.start(&line)?;
        let failed = |cause: String| RemoteError::Sudo {
            node: self.node.name(),
            cause,
        };
        let Some(stdin) = running.stdin.take() else {
            return Err(failed("there is no way to give it the password".into()));
        };
        let talk = Talk {
            stdin,
            stderr: running.stderr,
            prompt: prompt.into_bytes(),
            ready: format!("{ready}\n").into_bytes(),
        };
        let (tell, told) = channel();
        let password = password.clone();
        std::thread::spawn(move || tell.send(talk.hold(&password)));
        let answer = told
            .recv_timeout(PATIENCE)
            .map_err(|_| timed_out(&line.timeout(PATIENCE)))?;
        match answer {
            Ok((stdin, stderr)) => {
                running.stderr = stderr;
                running.stdin = hand_over(&command.stdin, stdin);
                Ok(running)
            }
            Err(Cut::Wrong) => Err(failed("the password was not accepted".into())),
            Err(Cut::Ended(words)) => {
                // A lost connection says so itself; sudo's own end is told by its words.
                (running.wait)()?;
                Err(failed(words))
            }
        }
    }
}

type Attempt = Result<Output, RemoteError>;

enum Decision {
    Free,
    Password(Secret),
    /// The first attempt was the command itself, and is over.
    Done(Output),
    Running(Running),
}

impl Remote for Sudo {
    fn start(&self, command: &Command) -> Result<Running, RemoteError> {
        if !command.sudo {
            return self.node.start(command);
        }
        let probe = || {
            let question = Command::new(["true"]).sudo().timeout(command.timeout);
            self.node.run(&question)
        };
        match self.decide(command, probe)? {
            Decision::Free | Decision::Done(_) => self.node.start(command),
            Decision::Password(password) => self.with_password(command, &password),
            Decision::Running(running) => Ok(running),
        }
    }

    fn run(&self, command: &Command) -> Result<Output, RemoteError> {
        if !command.sudo {
            return self.node.run(command);
        }
        // What sudo refuses has read none of its input, so it can be run again.
        let running = match self.decide(command, || self.node.run(command))? {
            Decision::Free => return self.node.run(command),
            Decision::Done(output) => return Ok(output),
            Decision::Password(password) => self.with_password(command, &password)?,
            Decision::Running(running) => running,
        };
        run_to_end(running, command, &self.name())
    }

    fn dial(&self, host: &str, port: u16) -> Result<UnixStream, RemoteError> {
        self.node.dial(host, port)
    }

    fn carry(&self, socket: UnixStream, host: &str, port: u16) -> Result<(), RemoteError> {
        self.node.carry(socket, host, port)
    }

    fn name(&self) -> String {
        self.node.name()
    }
}

/// The talk with sudo before the command begins.
struct Talk {
    stdin: Box<dyn Write + Send>,
    stderr: Box<dyn Read + Send>,
    prompt: Vec<u8>,
    ready: Vec<u8>,
}

enum Cut {
    /// It asked again.
    Wrong,
    /// What it said last.
    Ended(String),
}

type Streams = (Box<dyn Write + Send>, Box<dyn Read + Send>);

impl Talk {
    /// Gives back both streams as the command has them.
    fn hold(mut self, password: &Secret) -> Result<Streams, Cut> {
        let (mut heard, mut piece, mut given) = (Vec::new(), [0; 1024], false);
        loop {
            if let Some(end) = end_of(&heard, &self.ready) {
                let rest = Cursor::new(heard.split_off(end));
                return Ok((self.stdin, Box::new(rest.chain(self.stderr))));
            }
            if let Some(end) = end_of(&heard, &self.prompt) {
                if given {
                    return Err(Cut::Wrong);
                }
                given = true;
                heard.drain(..end);
                let mut line = Zeroizing::new(password.expose().as_bytes().to_vec());
                line.push(b'\n');
                // If it does not want it, it says why.
                let _ = self
                    .stdin
                    .write_all(&line)
                    .and_then(|()| self.stdin.flush());
                continue;
            }
            match self.stderr.read(&mut piece) {
                Ok(count) if count > 0 && heard.len() < TALK => heard.extend(&piece[..count]),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                _ => return Err(Cut::Ended(last_words(&heard))),
            }
        }
    }
}

/// Where the first `what` in `text` ends.
fn end_of(text: &[u8], what: &[u8]) -> Option<usize> {
    let at = text.windows(what.len()).position(|window| window == what)?;
    Some(at + what.len())
}

fn last_words(heard: &[u8]) -> String {
    let text = String::from_utf8_lossy(heard);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    printable(line.unwrap_or("it ended without a word").trim())
}

/// The input that the command itself was to have.
fn hand_over(wanted: &Stdin, mut stdin: Box<dyn Write + Send>) -> Option<Box<dyn Write + Send>> {
    let bytes = match wanted {
        Stdin::Open => return Some(stdin),
        Stdin::Empty => return None,
        Stdin::Bytes(bytes) => Zeroizing::new(bytes.clone()),
        Stdin::Secret(secret) => Zeroizing::new(secret.expose().as_bytes().to_vec()),
    };
    // From a thread: the command may answer before it has read them all, and need not want them all.
    std::thread::spawn(move || {
        let _ = stdin.write_all(&bytes);
    });
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Status;
    use std::sync::Condvar;

    /// Answers nobody before two have asked.
    #[derive(Default)]
    struct WithTwo {
        asked: Mutex<usize>,
        more: Condvar,
    }

    impl Remote for WithTwo {
        fn start(&self, command: &Command) -> Result<Running, RemoteError> {
            Err(timed_out(command))
        }

        fn run(&self, command: &Command) -> Result<Output, RemoteError> {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            self.more.notify_all();
            let (asked, waited) = self
                .more
                .wait_timeout_while(asked, Duration::from_secs(20), |asked| *asked < 2)
                .unwrap();
            drop(asked);
            if waited.timed_out() {
                return Err(timed_out(command));
            }
            Ok(Output {
                status: Status::Code(0),
                stdout: Vec::new(),
                stderr: Vec::new(),
            })
        }

        fn carry(&self, _: UnixStream, _: &str, _: u16) -> Result<(), RemoteError> {
            Ok(())
        }

        fn name(&self) -> String {
            "node".into()
        }
    }

    #[test]
    fn the_first_two_commands_do_not_wait_for_each_other() {
        let none = Box::new(|| Ok(None));
        let sudo = Sudo::new(Arc::new(WithTwo::default()), none, Questions::default());
        let command = Command::new(["true"]).sudo();
        std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| sudo.run(&command)));
            for one in both {
                assert_eq!(one.join().unwrap().unwrap().status, Status::Code(0));
            }
        });
    }
}
