//! The lock that keeps two operators apart: a program on the node holds it for as long as it hears a heartbeat.

use super::{Command, Remote, RemoteError, Status, Stdin, printable};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const PROGRAM: &str = include_str!("../../templates/edge/lock.sh");
const HEARTBEAT: Duration = Duration::from_secs(5);
/// After this many seconds without a heartbeat the node lets go: a laptop that vanished does not lock itself out.
const SILENCE: u32 = 20;

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another run holds the lock: {by}")]
    Held { by: String },
    #[error("the lock on the node failed: {0}")]
    Failed(String),
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    held: Arc<AtomicBool>,
    release: Option<Sender<()>>,
    beat: Option<JoinHandle<()>>,
}

impl Lock {
    /// `who` is what another run is told: `ann@laptop, setup`.
    pub fn take(remote: &Arc<dyn Remote>, path: &str, who: &str) -> Result<Self, LockError> {
        Self::take_with(remote, path, who, SILENCE, HEARTBEAT)
    }

    pub fn take_with(
        remote: &Arc<dyn Remote>,
        path: &str,
        who: &str,
        silence: u32,
        heartbeat: Duration,
    ) -> Result<Self, LockError> {
        let arguments = [path.to_owned(), silence.to_string(), who.to_owned()];
        let command = Command::program("hdikafka-lock", PROGRAM, arguments)
            .sudo()
            .stdin(Stdin::Open);
        let mut running = remote.start(&command)?;
        let mut said = BufReader::new(running.stdout);
        let mut line = String::new();
        let read = said.by_ref().take(1024).read_line(&mut line);
        if read.is_err() || line.trim() != "locked" {
            let mut words = String::new();
            let _ = running.stderr.take(4096).read_to_string(&mut words);
            return Err(match (running.wait)()? {
                Status::Code(20) => LockError::Held {
                    by: printable(line.trim()),
                },
                status => LockError::Failed(format!("{status}: {}", printable(words.trim()))),
            });
        }
        let held = Arc::new(AtomicBool::new(true));
        let (release, released) = channel();
        let stdin = running.stdin.take();
        let still = Arc::clone(&held);
        let beat = thread::spawn(move || {
            let Some(mut stdin) = stdin else { return };
            while let Err(RecvTimeoutError::Timeout) = released.recv_timeout(heartbeat) {
                if stdin.write_all(b".").is_err() {
                    still.store(false, Ordering::Relaxed);
                    return;
                }
            }
            drop(stdin);
            // the next run finds the lock free, not about to be
            let _ = said.read_to_string(&mut String::new());
            let _ = (running.wait)();
        });
        Ok(Self {
            held,
            release: Some(release),
            beat: Some(beat),
        })
    }

    /// False once a heartbeat could not be handed over.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(beat) = self.beat.take() {
            let _ = beat.join();
        }
    }
}
