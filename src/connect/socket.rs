//! A Unix socket of our own in front of a dialer: an HTTP client connects to it, each connection is dialled anew, and
//! bytes are pumped between the two. In a directory that only we can enter; gone when dropped.

use std::io;
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use tempfile::TempDir;

/// Opens a stream to the worker's REST port, wherever that is.
pub type Dial = Box<dyn Fn() -> io::Result<UnixStream> + Send + Sync>;

pub(super) struct Socket {
    path: PathBuf,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    _private: TempDir,
}

struct Shared {
    dial: Dial,
    stopped: AtomicBool,
    /// Why the last connection could not be dialled. The HTTP client sees only that it ended.
    failure: Mutex<Option<String>>,
}

impl Socket {
    pub fn new(dial: Dial) -> io::Result<Self> {
        let private = tempfile::Builder::new()
            .prefix("hdikafka-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir()?;
        let path = private.path().join("rest");
        let listener = UnixListener::bind(&path)?;
        let shared = Arc::new(Shared {
            dial,
            stopped: AtomicBool::new(false),
            failure: Mutex::default(),
        });
        let accepting = {
            let shared = shared.clone();
            thread::spawn(move || accept(&listener, &shared))
        };
        Ok(Self {
            path,
            shared,
            accepting: Some(accepting),
            _private: private,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why dialling failed since this was last asked.
    pub fn take_failure(&self) -> Option<String> {
        self.shared.failure().take()
    }
}

impl Shared {
    fn failure(&self) -> MutexGuard<'_, Option<String>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the accept; without it the thread would wait for a client that never comes.
        let woken = UnixStream::connect(&self.path).is_ok();
        if let Some(accepting) = self.accepting.take()
            && woken
        {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        let shared = shared.clone();
        // Dialling takes a round trip or more; other connections need not wait for it.
        thread::spawn(move || match (shared.dial)() {
            Ok(worker) => pump(client, worker),
            Err(error) => *shared.failure() = Some(error.to_string()),
        });
    }
}

/// Copies both ways until both ways have ended. The end of one way is passed on, not the end of all.
fn pump(client: UnixStream, worker: UnixStream) {
    let (Ok(from_client), Ok(to_worker)) = (client.try_clone(), worker.try_clone()) else {
        return;
    };
    let up = thread::spawn(move || copy(from_client, to_worker));
    copy(worker, client);
    let _ = up.join();
}

fn copy(mut from: UnixStream, mut to: UnixStream) {
    // Whatever ends it, a close or an error, this direction is over.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn only_we_can_get_at_it_and_it_goes_away() {
        let socket = Socket::new(Box::new(|| UnixStream::pair().map(|pair| pair.0))).unwrap();
        let folder = socket.path().parent().unwrap().to_owned();
        let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(socket);
        assert!(!folder.exists());
    }

    #[test]
    fn bytes_and_ends_go_both_ways() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let near = Mutex::new(Some(near));
        let socket = Socket::new(Box::new(move || {
            near.lock()
                .unwrap()
                .take()
                .ok_or(io::ErrorKind::NotFound.into())
        }))
        .unwrap();
        let mut client = UnixStream::connect(socket.path()).unwrap();
        client.write_all(b"ping").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut heard = String::new();
        far.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "ping");
        far.write_all(b"pong").unwrap();
        drop(far);
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "pong");
    }

    #[test]
    fn a_failed_dial_is_told() {
        let refused = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
        let socket = Socket::new(Box::new(refused)).unwrap();
        let mut client = UnixStream::connect(socket.path()).unwrap();
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        assert_eq!(socket.take_failure().as_deref(), Some("connection refused"));
        assert_eq!(socket.take_failure(), None);
    }
}
