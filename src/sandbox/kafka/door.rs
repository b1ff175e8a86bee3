//! The sockets of one node: its listeners, and the connections that came in by them. Dropping it closes all and waits
//! for their threads.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::connection::{Connection, serve};
use super::state::Shared;
use crate::sandbox::listener;

/// Until descriptors may have become free.
const RETRY: Duration = Duration::from_millis(20);

pub(super) struct Door {
    shared: Arc<Shared>,
    open: Arc<Mutex<Vec<Open>>>,
    /// Shut down it wakes the thread that accepts, which ends.
    wake: UnixStream,
    accepting: Option<JoinHandle<()>>,
}

struct Open {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Door {
    /// Serves what comes in by these sockets, which are those of the node's listeners in their order.
    pub fn open(shared: Arc<Shared>, node: usize, sockets: Vec<TcpListener>) -> io::Result<Self> {
        for socket in &sockets {
            socket.set_nonblocking(true)?;
        }
        let (wake, woken) = UnixStream::pair()?;
        let open = Arc::new(Mutex::new(Vec::new()));
        let accepting = Builder::new().name("sandbox-kafka".to_owned()).spawn({
            let (shared, open) = (Arc::clone(&shared), Arc::clone(&open));
            move || accept(&shared, node, &sockets, &woken, &open)
        })?;
        Ok(Self {
            shared,
            open,
            wake,
            accepting: Some(accepting),
        })
    }

    /// Connections that are open now.
    pub fn connections(&self) -> usize {
        let open = lock(&self.open);
        open.iter().filter(|one| !one.thread.is_finished()).count()
    }

    /// Cuts the connections; new ones are taken.
    pub fn cut(&self) {
        cut(&self.shared, &mut lock(&self.open));
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Closing it wakes nobody as long as a program that is just being started has a copy.
        let _ = self.wake.shutdown(Shutdown::Both);
        if let Some(thread) = self.accepting.take() {
            // Nobody can be told of a panic here, and the sockets are closed all the same.
            let _ = thread.join();
        }
        self.cut();
    }
}

fn cut(shared: &Shared, open: &mut Vec<Open>) {
    {
        // Under the lock, so that nobody goes to sleep between looking and being woken.
        let _state = shared.lock();
        for one in open.iter() {
            one.cut.store(true, Ordering::SeqCst);
            // It may have been closed by the peer already.
            let _ = one.stream.shutdown(Shutdown::Both);
        }
        shared.changed.notify_all();
    }
    for one in open.drain(..) {
        let _ = one.thread.join();
    }
}

fn accept(
    shared: &Arc<Shared>,
    node: usize,
    sockets: &[TcpListener],
    woken: &UnixStream,
    open: &Mutex<Vec<Open>>,
) {
    while let Some(ready) = wait(sockets, woken) {
        for listener in ready {
            let (stream, peer) = match sockets[listener].accept() {
                Ok(accepted) => accepted,
                // The client has gone again.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                // Out of descriptors: the listener stays ready, and asking again at once would only burn the processor.
                Err(_) => {
                    std::thread::sleep(RETRY);
                    continue;
                }
            };
            let mut open = lock(open);
            open.retain(|one| !one.thread.is_finished());
            if open.len() >= shared.options.max_connections {
                continue;
            }
            let connection = Connection {
                node,
                listener,
                peer: peer.ip().to_string(),
                cut: Arc::new(AtomicBool::new(false)),
            };
            // Out of threads or descriptors: this client is not served.
            if let Ok(one) = begin(shared, stream, connection) {
                open.push(one);
            }
        }
    }
    sockets.iter().for_each(listener::end);
}

fn begin(shared: &Arc<Shared>, stream: TcpStream, connection: Connection) -> io::Result<Open> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    let served = stream.try_clone()?;
    let cut = Arc::clone(&connection.cut);
    let shared = Arc::clone(shared);
    let thread = Builder::new()
        .name("sandbox-kafka".to_owned())
        .spawn(move || {
            // A connection that breaks is the client's to notice.
            let _ = serve(&shared, &connection, &served);
            let _ = served.shutdown(Shutdown::Both);
        })?;
    Ok(Open {
        stream,
        cut,
        thread,
    })
}

/// The listeners that somebody knocks at; `None` when it is over.
fn wait(sockets: &[TcpListener], woken: &UnixStream) -> Option<Vec<usize>> {
    let fds = sockets
        .iter()
        .map(AsRawFd::as_raw_fd)
        .chain([woken.as_raw_fd()]);
    let mut polled: Vec<libc::pollfd> = fds
        .map(|fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        })
        .collect();
    let count = libc::nfds_t::try_from(polled.len()).ok()?;
    // SAFETY: the array lives through the call, and its length is what is told.
    let answer = unsafe { libc::poll(polled.as_mut_ptr(), count, -1) };
    if answer < 0 {
        let interrupted = io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
        return interrupted.then(Vec::new);
    }
    let end = polled.pop()?;
    let ready = polled
        .iter()
        .enumerate()
        .filter(|(_, one)| one.revents != 0);
    (end.revents == 0).then(|| ready.map(|(index, _)| index).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
