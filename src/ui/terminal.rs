//! The terminal as a device: its width, and leaving it as it was found whatever ends a question.

use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Columns, of a terminal.
pub(super) fn width(stream: &impl AsRawFd) -> Option<u16> {
    // SAFETY: winsize is plain data, and TIOCGWINSZ writes one.
    let (result, size) = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        (
            libc::ioctl(stream.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size),
            size,
        )
    };
    (result == 0 && size.ws_col > 0).then_some(size.ws_col)
}

/// Signals that end a question, and with it the program.
const ENDING: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// What the signal handler puts back: the terminal's modes before the question.
static BEFORE: AtomicPtr<libc::termios> = AtomicPtr::new(ptr::null_mut());
/// The thread that asks.
static ASKER: AtomicUsize = AtomicUsize::new(0);
/// One question at a time.
static ASKING: Mutex<()> = Mutex::new(());

/// Held while a question is on the screen.
///
/// Reading keys and passwords changes the terminal's modes and hides the cursor, and Ctrl-C would leave it like that: the
/// handlers that are in place for the length of the guard put modes and cursor back and then let the signal end the
/// program as if nothing had handled it. Handlers that the program had before are in place again afterwards.
pub(super) struct Guard {
    modes: Box<libc::termios>,
    handlers: Vec<(i32, libc::sigaction)>,
    _asking: MutexGuard<'static, ()>,
}

impl Guard {
    /// `None` if stdin is no terminal.
    pub fn new() -> Option<Self> {
        let asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: termios is plain data; the pointer that the handler reads stays valid until `drop` has cleared it, and
        // the boxed modes do not move when the guard does.
        unsafe {
            let mut modes: Box<libc::termios> = Box::new(std::mem::zeroed());
            if libc::tcgetattr(libc::STDIN_FILENO, &raw mut *modes) != 0 {
                return None;
            }
            ASKER.store(libc::pthread_self() as usize, Ordering::SeqCst);
            BEFORE.store(&raw mut *modes, Ordering::SeqCst);
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = end_with as extern "C" fn(i32) as usize;
            let mut handlers = Vec::with_capacity(ENDING.len());
            for signal in ENDING {
                let mut before: libc::sigaction = std::mem::zeroed();
                if libc::sigaction(signal, &raw const action, &raw mut before) == 0 {
                    handlers.push((signal, before));
                }
            }
            Some(Self {
                modes,
                handlers,
                _asking: asking,
            })
        }
    }

    /// Keys are no longer shown, until the guard goes.
    pub fn hide_keys(&self) {
        let mut modes = *self.modes;
        modes.c_lflag &= !libc::ECHO;
        // SAFETY: the modes are the terminal's own but for one flag.
        unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const modes) };
    }

    /// Keys come one by one and are not shown by the terminal, until the guard goes. Ctrl-C still ends the program.
    pub fn by_key(&self) {
        let mut modes = *self.modes;
        modes.c_lflag &= !(libc::ECHO | libc::ICANON);
        (modes.c_cc[libc::VMIN], modes.c_cc[libc::VTIME]) = (1, 0);
        // SAFETY: the modes are the terminal's own but for how keys arrive.
        unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const modes) };
    }

    /// What was typed, past every buffer of this process; 0 when the terminal is gone.
    pub fn read(&self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            // SAFETY: the buffer is writable for its length.
            let length =
                unsafe { libc::read(libc::STDIN_FILENO, into.as_mut_ptr().cast(), into.len()) };
            if let Ok(length) = usize::try_from(length) {
                return Ok(length);
            }
            let error = std::io::Error::last_os_error();
            match error.raw_os_error() {
                // a resize, for one
                Some(libc::EINTR) => {}
                Some(libc::EIO) => return Ok(0),
                _ => return Err(error),
            }
        }
    }

    /// Whether more was typed, or comes within `patience`.
    pub fn waits(&self, patience: std::time::Duration) -> bool {
        let mut poll = libc::pollfd {
            fd: libc::STDIN_FILENO,
            events: libc::POLLIN,
            revents: 0,
        };
        let millis = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: one pollfd is passed.
        unsafe { libc::poll(&raw mut poll, 1, millis) > 0 }
    }

    /// Forgets what was typed before the question stood there: nobody answers what he has not read.
    pub fn drop_typed_ahead(&self) {
        // SAFETY: no memory is involved.
        unsafe { libc::tcflush(libc::STDIN_FILENO, libc::TCIFLUSH) };
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: what is put back was read by `new`.
        unsafe {
            for (signal, before) in &self.handlers {
                libc::sigaction(*signal, before, ptr::null_mut());
            }
            BEFORE.store(ptr::null_mut(), Ordering::SeqCst);
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const *self.modes);
        }
        show_cursor(AS_FOUND);
    }
}

/// Only async-signal-safe calls.
///
/// Handed on to the thread that asks: in another thread the modes could be put back just before the asking one changes
/// them once more for its next key.
extern "C" fn end_with(signal: i32) {
    let before = BEFORE.load(Ordering::SeqCst);
    // SAFETY: a pointer that is not null belongs to a living guard, and so does the thread. The signal is blocked in
    // here; raised again it ends the process when this returns, so that the caller sees a death by this signal.
    unsafe {
        if !before.is_null() {
            let asker = ASKER.load(Ordering::SeqCst) as libc::pthread_t;
            if libc::pthread_equal(asker, libc::pthread_self()) == 0 {
                libc::pthread_kill(asker, signal);
                return;
            }
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, before);
        }
        show_cursor(AS_FOUND);
        show_cursor(b"\n");
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// The cursor is there, and pastes are not marked.
const AS_FOUND: &[u8] = b"\x1b[?2004l\x1b[?25h";

fn show_cursor(sequence: &[u8]) {
    // SAFETY: the slice is valid for its length. A terminal that is gone cannot be told.
    unsafe {
        libc::write(
            libc::STDERR_FILENO,
            sequence.as_ptr().cast(),
            sequence.len(),
        )
    };
}
