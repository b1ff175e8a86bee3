//! A private Unix socket (directory 0700) whose every connection becomes a stream of the dialer.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Opens a stream to the worker's REST port.
pub type Dial = Box<dyn Fn() -> io::Result<UnixStream> + Send + Sync>;

pub struct Bridge {
    directory: tempfile::TempDir,
    closed: Arc<AtomicBool>,
}

impl Bridge {
    pub fn open(dial: Dial) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("hdikafka-").tempdir()?;
        let bridge = Self { directory, closed: Arc::default() };
        let listener = UnixListener::bind(bridge.path())?;
        let closed = Arc::clone(&bridge.closed);
        thread::spawn(move || {
            for accepted in listener.incoming().flatten() {
                if closed.load(Ordering::Relaxed) {
                    return;
                }
                // a refused dial closes the connection: the client sees the end of it
                if let Ok(stream) = dial() {
                    thread::spawn(move || pump(&accepted, &stream));
                }
            }
        });
        Ok(bridge)
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("rest.sock")
    }
}

impl Drop for Bridge {
    /// Wakes the accepting thread so that it ends; the socket goes with its directory.
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        let _ = UnixStream::connect(Path::new(&self.path()));
    }
}

fn pump(client: &UnixStream, worker: &UnixStream) {
    thread::scope(|scope| {
        scope.spawn(|| copy(client, worker));
        copy(worker, client);
    });
}

/// One direction to its end; the end is passed on.
fn copy(mut from: &UnixStream, mut to: &UnixStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
