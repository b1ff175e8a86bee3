//! The first process of a tree: fork, descriptors, session, filter, exec. What happens between fork and exec may not
//! allocate, because other threads of the sandbox may hold any lock at the moment of the fork.

use super::sys::last_error;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Everything that the child needs, made before the fork.
pub struct Launch {
    /// Guest path of the program.
    pub program: CString,
    pub argv: Vec<CString>,
    pub envp: Vec<CString>,
    /// Where it starts, on the host: the filter is not there yet.
    pub directory: CString,
    pub stdio: [OwnedFd; 3],
    pub new_session: bool,
    pub controlling_terminal: bool,
    pub filter: Vec<libc::sock_filter>,
}

/// A child that waits for a byte on `go` before it does anything, and says on `failure` why it could not start.
pub struct Forked {
    pub pid: i32,
    pub go: OwnedFd,
    /// Ends without a byte when the program runs; else four bytes of `errno`.
    pub failure: OwnedFd,
}

pub fn fork(launch: &Launch) -> io::Result<Forked> {
    let (wait, go) = pipe()?;
    let (failure, report) = pipe()?;
    let stdio = above_stdio(&launch.stdio)?;
    let argv = pointers(&launch.argv);
    let envp = pointers(&launch.envp);
    // SAFETY: the child makes only system calls until it execs or exits.
    let pid = unsafe { libc::fork() };
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let fds = [0, 1, 2].map(|index: usize| stdio[index].as_raw_fd());
            // SAFETY: the pointers are to strings of `launch`, which live as long as this process.
            unsafe {
                libc::close(go.as_raw_fd());
                let errno = child(
                    launch,
                    fds,
                    wait.as_raw_fd(),
                    report.as_raw_fd(),
                    &argv,
                    &envp,
                );
                libc::write(report.as_raw_fd(), (&raw const errno).cast(), 4);
                libc::_exit(127)
            }
        }
        pid => Ok(Forked { pid, go, failure }),
    }
}

fn pointers(words: &[CString]) -> Vec<*const libc::c_char> {
    words
        .iter()
        .map(|word| word.as_ptr())
        .chain([std::ptr::null()])
        .collect()
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    // SAFETY: two descriptors are given and owned from here on.
    unsafe {
        if libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok((OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])))
    }
}

/// Copies that `dup2` onto 0, 1 and 2 cannot overwrite.
fn above_stdio(fds: &[OwnedFd; 3]) -> io::Result<Vec<OwnedFd>> {
    fds.iter()
        .map(|fd| {
            // SAFETY: the descriptor is open; the copy is owned.
            unsafe {
                match libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 10) {
                    -1 => Err(io::Error::last_os_error()),
                    copy => Ok(OwnedFd::from_raw_fd(copy)),
                }
            }
        })
        .collect()
}

/// Between fork and exec. Returns only on failure, with `errno`.
///
/// # Safety
/// Only in a child, with null-terminated pointer rows; no allocation, no lock, no panic in here.
unsafe fn child(
    launch: &Launch,
    stdio: [RawFd; 3],
    wait: RawFd,
    report: RawFd,
    argv: &[*const libc::c_char],
    envp: &[*const libc::c_char],
) -> i32 {
    // SAFETY: as the caller says; every pointer below is to memory that outlives the call.
    unsafe {
        let mut byte = 0_u8;
        if libc::read(wait, (&raw mut byte).cast(), 1) != 1 {
            // Whoever wanted it is gone.
            libc::_exit(127);
        }
        let apart = if launch.new_session {
            libc::setsid()
        } else {
            libc::setpgid(0, 0)
        };
        if apart < 0 {
            return last_error();
        }
        for (target, fd) in stdio.into_iter().enumerate() {
            if libc::dup2(fd, target as RawFd) < 0 {
                return last_error();
            }
        }
        if launch.controlling_terminal && libc::ioctl(0, libc::TIOCSCTTY, 0) != 0 {
            return last_error();
        }
        only_stdio(report);
        plain_signals();
        // The node's umask is virtual; the tracer gives the modes.
        libc::umask(0);
        if libc::chdir(launch.directory.as_ptr()) != 0 {
            return last_error();
        }
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return last_error();
        }
        let program = libc::sock_fprog {
            len: launch.filter.len() as u16,
            filter: launch.filter.as_ptr().cast_mut(),
        };
        if libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        ) != 0
        {
            return last_error();
        }
        libc::execve(launch.program.as_ptr(), argv.as_ptr(), envp.as_ptr());
        last_error()
    }
}

/// No descriptor of the sandbox may reach the node.
unsafe fn only_stdio(report: RawFd) {
    // SAFETY: marks descriptors of this process only; `report` has the flag already.
    unsafe {
        if libc::syscall(
            libc::SYS_close_range,
            3,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        ) != 0
        {
            // Linux before 5.11.
            for fd in (3..4096).filter(|fd| *fd != report) {
                libc::close(fd);
            }
        }
    }
}

unsafe fn plain_signals() {
    // SAFETY: the sets and actions are on the stack and zero is a valid value of both.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = libc::SIG_DFL;
        for signal in 1..65 {
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
}
