//! The end of a listening socket.

use std::os::fd::{AsFd, AsRawFd as _};

/// Nobody gets through from now on. Closing alone does not do that: a program that another thread is just starting has a
/// copy of every descriptor until it is executed, and until then the kernel goes on taking connections.
pub(super) fn end(socket: &impl AsFd) {
    // SAFETY: no memory is involved, and the descriptor is open as long as it is borrowed.
    // It fails only for what listens no longer.
    unsafe { libc::shutdown(socket.as_fd().as_raw_fd(), libc::SHUT_RDWR) };
}
