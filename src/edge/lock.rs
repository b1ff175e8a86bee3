//! The lock that keeps two operators apart: held on the node by a program on a channel, for as long as we write to it.
//! Not here: what is done under it.

use super::{
    Command, Output, Remote, RemoteError, Running, Status, Stdin, printable, sudo_refusal,
};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const LOCK: &str = include_str!("../../templates/edge/lock.sh");

/// A byte this often …
const HEARTBEAT: Duration = Duration::from_secs(5);
/// … and the node lets go after so many seconds without one.
const SILENCE: u32 = 20;

/// How long the node may take to answer, and, at the end, to let go.
const ANSWER: Duration = Duration::from_secs(30);
const RELEASE: Duration = Duration::from_secs(5);

/// Held until it is dropped, or lost with the connection.
#[derive(Debug)]
pub struct Lock {
    /// Dropping it ends the heartbeat, and with it the input of the program.
    heart: Option<Sender<()>>,
    /// After `Locked` only the end comes.
    events: Mutex<Receiver<Event>>,
    lost: Arc<Mutex<Option<String>>>,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// `by` is what the holder wrote into the file: who, on which machine, doing what, since when.
    #[error("another run holds the lock: {by}")]
    Held { by: String },
    #[error("no permission to lock {path}: {cause}")]
    Denied { path: String, cause: String },
    #[error("cannot lock {path}: {cause}")]
    Other { path: String, cause: String },
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

impl Lock {
    /// Does not wait for another holder. `who` is shown to those who come meanwhile (`ann@laptop, hdikafka setup`);
    /// the directory of `path` must exist.
    pub fn take(remote: &dyn Remote, path: &str, who: &str, sudo: bool) -> Result<Self, LockError> {
        let args = [path.to_owned(), printable(who), SILENCE.to_string()];
        let mut command = Command::program("lock", LOCK, args)
            .stdin(Stdin::Open)
            .timeout(ANSWER);
        command.sudo = sudo;
        let mut running = remote.start(&command)?;
        let stdin = running.stdin.take();
        let (events, inbox) = channel();
        let lost = Arc::new(Mutex::new(None));
        let shared = lost.clone();
        std::thread::spawn(move || watch(running, &events, &shared));
        match inbox.recv_timeout(ANSWER) {
            Ok(Event::Locked) => {}
            Ok(Event::Ended(result)) => return Err(refusal(result, path)),
            Err(_) => return Err(super::command::timed_out(&command).into()),
        }
        let (heart, stop) = channel();
        if let Some(stdin) = stdin {
            std::thread::spawn(move || beat(stdin, &stop));
        }
        Ok(Self {
            heart: Some(heart),
            events: Mutex::new(inbox),
            lost,
        })
    }

    pub fn is_held(&self) -> bool {
        self.lost().is_none()
    }

    /// Why it is not held any more: nothing may be changed on the node from then on.
    pub fn lost(&self) -> Option<String> {
        self.lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Lock {
    /// Waits until the node has let go, so that the next run does not find it held.
    fn drop(&mut self) {
        drop(self.heart.take());
        let events = self
            .events
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let _ = events.recv_timeout(RELEASE);
    }
}

#[derive(Debug)]
enum Event {
    Locked,
    Ended(Result<Output, RemoteError>),
}

fn beat(mut stdin: Box<dyn Write + Send>, stop: &Receiver<()>) {
    while stop.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
        if stdin.write_all(b".").is_err() {
            return;
        }
    }
}

/// Follows the program to its end, on a thread of its own.
fn watch(running: Running, events: &Sender<Event>, lost: &Mutex<Option<String>>) {
    let mut stdout = BufReader::new(running.stdout);
    let mut text = Vec::new();
    // A broken stream is told by `wait`, in better words.
    let first = stdout.read_until(b'\n', &mut text);
    if first.is_ok() && text == b"locked\n" {
        let _ = events.send(Event::Locked);
    }
    let _ = stdout.take(1 << 16).read_to_end(&mut text);
    let mut stderr = Vec::new();
    let _ = running.stderr.take(1 << 16).read_to_end(&mut stderr);
    let ended = (running.wait)();
    let cause = match &ended {
        Err(e) => e.to_string(),
        Ok(Status::Code(0)) => "it was released".into(),
        Ok(Status::Code(21)) => {
            format!("the node heard nothing from here for {SILENCE} s and let go")
        }
        Ok(status) => format!("the program that held it ended ({status})"),
    };
    *lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
    let output = ended.map(|status| Output {
        status,
        stdout: text,
        stderr,
    });
    let _ = events.send(Event::Ended(output));
}

fn refusal(result: Result<Output, RemoteError>, path: &str) -> LockError {
    let output = match result {
        Ok(output) => output,
        Err(e) => return e.into(),
    };
    let path = path.to_owned();
    if let Some(cause) = sudo_refusal(&output) {
        return LockError::Denied { path, cause };
    }
    let text = |bytes: &[u8]| printable(String::from_utf8_lossy(bytes).trim());
    let cause = text(&output.stderr);
    match output.status {
        Status::Code(20) => {
            let by = text(&output.stdout);
            LockError::Held {
                by: if by.is_empty() {
                    "somebody who has not said who".into()
                } else {
                    by
                },
            }
        }
        Status::Code(14) => LockError::Denied { path, cause },
        status if cause.is_empty() => LockError::Other {
            path,
            cause: status.to_string(),
        },
        _ => LockError::Other { path, cause },
    }
}
