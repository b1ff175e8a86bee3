//! The node's side of the tools: a socket in the scratch root, and an answer to each question.

use super::protocol::{self, Answer, Policy, Question};
use super::sockets;
use crate::sandbox::edge::faults::{Faults, Sudo};
use crate::sandbox::edge::scratch::Scratch;
use crate::sandbox::edge::systemd::{Call, Manager};
use crate::secret::Secret;
use std::io::{self, BufReader, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Tools at work at a time; one more is turned away.
const CALLS: usize = 64;
/// How long a tool may take to put its question.
const QUESTION: Duration = Duration::from_secs(10);

pub struct Setup {
    pub scratch: Arc<Scratch>,
    pub manager: Arc<Manager>,
    pub faults: Arc<Mutex<Faults>>,
    /// The user that sudo decides about; the others have no rights, root has all.
    pub user: String,
    pub password: Option<Secret>,
}

/// Answers until it is dropped.
pub struct Answers {
    setup: Arc<Setup>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Answers {
    pub fn start(setup: Setup) -> io::Result<Self> {
        let setup = Arc::new(setup);
        let closing = Arc::new(AtomicBool::new(false));
        let listener = bind(&setup.scratch.host_path(protocol::SOCKET))?;
        setup.scratch.set_mode(protocol::SOCKET, 0o666)?;
        let thread = std::thread::Builder::new().name("tools".into()).spawn({
            let (setup, closing) = (Arc::clone(&setup), Arc::clone(&closing));
            move || accept(&listener, &setup, &closing)
        })?;
        Ok(Self {
            setup,
            closing,
            thread: Some(thread),
        })
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = connect(&self.setup.scratch.host_path(protocol::SOCKET));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &UnixListener, setup: &Arc<Setup>, closing: &AtomicBool) {
    let busy = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if closing.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if busy.fetch_add(1, Ordering::SeqCst) >= CALLS {
            busy.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (setup, at_work) = (Arc::clone(setup), Arc::clone(&busy));
        let work = move || {
            // A tool that was killed does not listen any more.
            let _ = answer(&stream, &setup);
            at_work.fetch_sub(1, Ordering::SeqCst);
        };
        if std::thread::Builder::new().spawn(work).is_err() {
            busy.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn answer(stream: &UnixStream, setup: &Setup) -> io::Result<()> {
    stream.set_read_timeout(Some(QUESTION))?;
    let Some(question) = protocol::receive(&mut BufReader::new(stream))? else {
        return Ok(());
    };
    let mut out = stream;
    match question {
        Question::Run { tool, args, uid } => {
            let (mut say, mut complain) =
                (Pieces(stream, Answer::Out), Pieces(stream, Answer::Err));
            let code = run(
                setup,
                &tool,
                &mut Call {
                    args: &args,
                    uid,
                    out: &mut say,
                    err: &mut complain,
                },
            )?;
            protocol::send(&mut out, &Answer::Exit(code))
        }
        Question::Sudo { user } => protocol::send(&mut out, &Answer::Sudo(policy(setup, &user))),
        Question::Password { user, password } => {
            let expected = setup.password.as_ref().map(Secret::expose);
            let right = user == setup.user && expected == Some(password.as_str());
            protocol::send(&mut out, &Answer::Password(right))
        }
    }
}

fn policy(setup: &Setup, user: &str) -> Policy {
    let faults = setup.faults.lock().unwrap_or_else(PoisonError::into_inner);
    match faults.sudo {
        _ if user == "root" => Policy::Free,
        _ if user != setup.user => Policy::Refused,
        Sudo::Free => Policy::Free,
        Sudo::Password => Policy::Password,
        Sudo::Refused => Policy::Refused,
    }
}

fn run(setup: &Setup, tool: &str, call: &mut Call) -> io::Result<i32> {
    let no_systemd = setup
        .faults
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .no_systemd;
    match tool {
        "systemctl" if no_systemd && !call.args.iter().any(|arg| arg == "--version") => {
            writeln!(
                call.err,
                "System has not been booted with systemd as init system (PID 1). Can't operate."
            )?;
            Ok(1)
        }
        "systemctl" => setup.manager.systemctl(call),
        "journalctl" => setup.manager.journalctl(call),
        "ss" => sockets::run(&setup.scratch.processes(), call),
        other => {
            writeln!(call.err, "the sandbox has no tool {other}")?;
            Ok(127)
        }
    }
}

/// A stream of the tool, written as pieces of the answer.
struct Pieces<'a>(&'a UnixStream, fn(String) -> Answer);

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        protocol::send(&mut self.0, &(self.1)(text))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// An empty piece too: it finds out whether anybody listens.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(bytes).map(drop)
    }
}

/// A socket's address holds 108 bytes; a directory of the scratch root may have a longer name than that.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let _ = std::fs::remove_file(path);
    through_directory(path, |short| UnixListener::bind(short))
}

fn connect(path: &Path) -> io::Result<UnixStream> {
    through_directory(path, |short| UnixStream::connect(short))
}

fn through_directory<T>(path: &Path, act: impl FnOnce(&str) -> io::Result<T>) -> io::Result<T> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let directory = std::fs::File::open(parent)?;
    act(&format!("/proc/self/fd/{}/{name}", directory.as_raw_fd()))
}
