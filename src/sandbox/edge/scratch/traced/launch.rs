//! The first process of a tree: a child that shares the memory of the sandbox until its program runs, and what it does
//! until then: descriptors, session, filter, exec.
//!
//! Not a fork: that copies the page tables of a process which may be large, and the next write of each of its threads to
//! each page is a fault. What happens before exec may not allocate or lock, because it is another process that runs with the
//! memory of this one; and it writes its `errno` where the thread has its own that started it and sleeps until exec.

use super::sys::last_error;
use std::ffi::{CString, c_int, c_void};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::thread;

/// For the child until exec; it calls nothing that needs more than a page or two.
const STACK: usize = 64 << 10;

/// Everything that the child needs, made before there is one.
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
pub struct Launched {
    pub pid: i32,
    pub go: OwnedFd,
    /// Ends without a byte when the program runs; else four bytes of `errno`.
    pub failure: OwnedFd,
    /// Where the tracer may put arguments of the child's calls until exec; [`ROOM`] bytes.
    pub room: u64,
}

/// What a process gives the tracer for arguments (bytes).
pub const ROOM: usize = 64 << 10;

/// What the child has in its hands. It is given back by exec, and lives until then in the thread that sleeps.
struct Start {
    launch: Launch,
    stdio: [OwnedFd; 3],
    argv: Vec<*const libc::c_char>,
    envp: Vec<*const libc::c_char>,
    /// The sandbox's end of `go`, of which the child has a copy.
    other_end: RawFd,
    wait: OwnedFd,
    report: OwnedFd,
    here: OwnedFd,
}

pub fn launch(launch: Launch) -> io::Result<Launched> {
    let (wait, go) = pipe()?;
    let (failure, report) = pipe()?;
    let (arrived, here) = pipe()?;
    let (stdio, other_end) = (above_stdio(&launch.stdio)?, go.as_raw_fd());
    let mut room = vec![0_u8; ROOM];
    let address = room.as_mut_ptr() as u64;
    let sleeper = thread::Builder::new().name("launch".into());
    let sleeper = sleeper.spawn(move || {
        let (argv, envp) = (pointers(&launch.argv), pointers(&launch.envp));
        let begun = sleep_until_exec(&Start {
            launch,
            stdio,
            argv,
            envp,
            other_end,
            wait,
            report,
            here,
        });
        drop(room);
        begun
    })?;
    let mut pid = [0; 4];
    if File::from(arrived).read_exact(&mut pid).is_err() {
        let unsaid = || io::Error::other("no process could be made");
        return Err(match sleeper.join() {
            Ok(Err(error)) => error,
            _ => unsaid(),
        });
    }
    Ok(Launched {
        pid: i32::from_ne_bytes(pid),
        go,
        failure,
        room: address,
    })
}

/// Makes the child. Returns when its program runs or it has ended.
fn sleep_until_exec(start: &Start) -> io::Result<()> {
    let mut stack = vec![0_u128; STACK / size_of::<u128>()];
    let top = stack.as_mut_ptr_range().end;
    // SAFETY: `start` and the stack outlive the call, which ends when the child no longer uses this memory. A handler of the
    // sandbox must not run in the child: its signals are held until it has handlers of its own.
    unsafe {
        let (mut all, mut before): (libc::sigset_t, libc::sigset_t) =
            (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        let start = std::ptr::from_ref(start).cast_mut();
        let pid = libc::clone(enter, top.cast(), flags, start.cast());
        let error = io::Error::last_os_error();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        if pid < 0 { Err(error) } else { Ok(()) }
    }
}

extern "C" fn enter(start: *mut c_void) -> c_int {
    // SAFETY: it is the one that the sleeping thread has; the child makes only system calls until it execs or exits.
    unsafe {
        let start = &*start.cast::<Start>();
        libc::close(start.other_end);
        let pid = libc::getpid();
        let report = start.report.as_raw_fd();
        if libc::write(start.here.as_raw_fd(), (&raw const pid).cast(), 4) == 4 {
            let errno = child(start);
            libc::write(report, (&raw const errno).cast(), 4);
        }
        libc::_exit(127)
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
fn above_stdio([input, output, errors]: &[OwnedFd; 3]) -> io::Result<[OwnedFd; 3]> {
    let copy = |fd: &OwnedFd| {
        // SAFETY: the descriptor is open; the copy is owned.
        unsafe {
            match libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 10) {
                -1 => Err(io::Error::last_os_error()),
                copy => Ok(OwnedFd::from_raw_fd(copy)),
            }
        }
    };
    Ok([copy(input)?, copy(output)?, copy(errors)?])
}

/// Until exec. Returns only on failure, with `errno`.
///
/// # Safety
/// Only in a child, with null-terminated pointer rows; no allocation, no lock, no panic in here.
unsafe fn child(start: &Start) -> i32 {
    let Start { launch, report, .. } = start;
    // SAFETY: as the caller says; every pointer below is to memory that outlives the call.
    unsafe {
        let mut byte = 0_u8;
        if libc::read(start.wait.as_raw_fd(), (&raw mut byte).cast(), 1) != 1 {
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
        for (target, fd) in start.stdio.iter().enumerate() {
            if libc::dup2(fd.as_raw_fd(), target as RawFd) < 0 {
                return last_error();
            }
        }
        if launch.controlling_terminal && libc::ioctl(0, libc::TIOCSCTTY, 0) != 0 {
            return last_error();
        }
        only_stdio(report.as_raw_fd());
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
        libc::execve(
            launch.program.as_ptr(),
            start.argv.as_ptr(),
            start.envp.as_ptr(),
        );
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
