//! The beginning and the end of a listening socket.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd as _};
use std::sync::Once;

/// Programs of the node have the same limit, and some close all that they might have open, one by one.
const ENOUGH: libc::rlim_t = 20_000;

/// Servers have a descriptor for each connection, and a rehearsal with its brokers, workers and a node has many servers. An
/// ordinary user may open 1024 files at first, and more for the asking.
pub(super) fn bind(addr: impl ToSocketAddrs) -> io::Result<TcpListener> {
    static ASKED: Once = Once::new();
    ASKED.call_once(raise_open_files);
    TcpListener::bind(addr)
}

/// To what the system allows without asking root. If that fails it stays as it was, and who needs more says so.
fn raise_open_files() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls read or write the one struct, which outlives them.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 && limit.rlim_cur < ENOUGH {
            limit.rlim_cur = limit.rlim_max.min(ENOUGH);
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// Nobody gets through from now on. Closing alone does not do that: a program that another thread is just starting has a
/// copy of every descriptor until it is executed, and until then the kernel goes on taking connections.
pub(super) fn end(socket: &impl AsFd) {
    // SAFETY: no memory is involved, and the descriptor is open as long as it is borrowed.
    // It fails only for what listens no longer.
    unsafe { libc::shutdown(socket.as_fd().as_raw_fd(), libc::SHUT_RDWR) };
}
