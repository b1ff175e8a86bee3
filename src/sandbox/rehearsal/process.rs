//! A rehearsal as a process of its own in the background: started, asked, ended. Whether one runs is told by a lock that
//! dies with its process, never by a number in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{Faults, Options, Rehearsal, State};

/// Longer than any start takes on a machine that is busy with something else.
const START: Duration = Duration::from_secs(30);
/// Two workers with their graceful time-outs have to end.
const END: Duration = Duration::from_secs(30);

const LOCK: &str = "lock";
const SOCKET: &str = "control";
const LOG: &str = "sandbox.log";
/// Tells a directory of ours from one that somebody named by mistake.
const MARK: &str = "this-is-an-hdikafka-sandbox";

/// What the control socket takes, a line of JSON each.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    State,
    Faults(Box<Faults>),
    Down,
}

/// Its answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    State(Box<State>),
    Done,
    Failed(String),
}

/// How `start` found the place.
pub enum Started {
    Now(State),
    Already(State),
}

#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{} is not empty and no sandbox of ours", .0.display())]
    Foreign(PathBuf),
}

/// Starts the rehearsal of this directory in the background and waits until everything answers.
pub fn start(directory: &Path, program: &Path, faults: &Faults) -> anyhow::Result<Started> {
    let _turn = turn(directory)?;
    if let Some(state) = state(directory)? {
        return Ok(Started::Already(state));
    }
    clear(directory)?;
    super::files::Place::new(directory)?;
    std::fs::write(directory.join(MARK), mark(directory)?)
        .with_context(|| format!("cannot write to {}", directory.display()))?;
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(directory.join(LOG))?;
    let mut command = Command::new(program);
    command
        .args(["sandbox", "run", "--dir"])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .current_dir("/");
    // SAFETY: setsid is async-signal-safe and touches nothing of ours. A terminal's Ctrl-C is not meant for it.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            Ok(())
        });
    }
    let mut child = command.spawn().context("cannot start the sandbox")?;
    if let Some(mut stdin) = child.stdin.take() {
        let faults = serde_json::to_vec(faults)?;
        // One that has died already is told below.
        let _ = stdin.write_all(&faults);
    }
    let ready = child.stdout.take().context("no way to hear of it")?;
    let mut line = String::new();
    BufReader::new(ready).read_line(&mut line)?;
    match serde_json::from_str(&line) {
        Ok(Answer::State(state)) => Ok(Started::Now(*state)),
        Ok(Answer::Failed(words)) => {
            // It has said why; what it leaves is nobody's.
            let _ = child.wait();
            clear(directory)?;
            anyhow::bail!("the sandbox did not come up: {words}")
        }
        _ => {
            let _ = child.wait();
            anyhow::bail!(
                "the sandbox ended while it came up; see {}",
                directory.join(LOG).display()
            )
        }
    }
}

/// The process itself: `sandbox run`. Faults come on standard input, the state goes to standard output when all is up.
pub fn run(directory: &Path, program: &Path) -> anyhow::Result<()> {
    let (signals, on_signal) = io::pipe()?;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::low_level::pipe::register(signal, on_signal.try_clone()?)?;
    }
    end_with_its_owner(on_signal)?;
    let (lock, control, rehearsal) = match come_up(directory, program) {
        Ok(up) => up,
        Err(error) => {
            tell(io::stdout().lock(), &Answer::Failed(format!("{error:#}")))?;
            return Ok(());
        }
    };
    tell(
        io::stdout().lock(),
        &Answer::State(Box::new(rehearsal.state())),
    )?;
    while let Some(caller) = next_caller(&control, &signals)? {
        if !serve(&rehearsal, &caller) {
            break;
        }
    }
    drop(rehearsal);
    drop(lock);
    Ok(())
}

/// Whose end is the end of the rehearsal, too: a number of a process. Set by the demo.
pub const OWNER: &str = "HDIKAFKA_SANDBOX_OWNER";

/// A demo may be killed; what it showed must not stay.
fn end_with_its_owner(mut end: io::PipeWriter) -> anyhow::Result<()> {
    let Some(owner) = std::env::var(OWNER).ok().and_then(|pid| pid.parse().ok()) else {
        return Ok(());
    };
    let owner: libc::pid_t = owner;
    // SAFETY: pidfd_open takes two integers and gives a descriptor or -1.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, owner, 0) };
    anyhow::ensure!(fd >= 0, "the process that owns the sandbox is gone");
    // SAFETY: the kernel has just given it to us alone.
    let fd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
    std::thread::Builder::new()
        .name("owner".to_owned())
        .spawn(move || {
            let mut watched = libc::pollfd {
                fd: fd.as_raw_fd(),
                events: libc::POLLIN,
                revents: 0,
            };
            // SAFETY: one element, which lives through the call.
            while unsafe { libc::poll(&raw mut watched, 1, -1) } < 0 {}
            // The reader is this process itself.
            let _ = end.write_all(b"x");
        })?;
    Ok(())
}

fn come_up(directory: &Path, program: &Path) -> anyhow::Result<(File, UnixListener, Rehearsal)> {
    let mut lock = File::create(directory.join(LOCK))?;
    anyhow::ensure!(
        lock.try_lock().is_ok(),
        "another one runs in this directory"
    );
    // For whoever has to end it without its socket.
    write!(lock, "{}", std::process::id())?;
    let faults = serde_json::from_reader(io::stdin().lock())?;
    let socket = directory.join(SOCKET);
    let _ = std::fs::remove_file(&socket);
    let control = at_socket(directory, |path| UnixListener::bind(path))
        .with_context(|| format!("cannot listen at {}", socket.display()))?;
    let rehearsal = Rehearsal::start(Options {
        directory: directory.to_owned(),
        program: program.to_owned(),
        faults,
    })?;
    Ok((lock, control, rehearsal))
}

/// An address has room for 108 bytes only, and directories may be longer: the way leads through a descriptor.
fn at_socket<T>(directory: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let directory = File::open(directory)?;
    act(Path::new(&format!(
        "/proc/self/fd/{}/{SOCKET}",
        directory.as_raw_fd()
    )))
}

/// `None`: a signal ends it, in the same way as a request does.
fn next_caller(control: &UnixListener, signals: &io::PipeReader) -> io::Result<Option<UnixStream>> {
    let watch = |fd| libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    loop {
        let mut both = [watch(control.as_raw_fd()), watch(signals.as_raw_fd())];
        // SAFETY: the array lives through the call and has two elements.
        if unsafe { libc::poll(both.as_mut_ptr(), 2, -1) } < 0 {
            match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => continue,
                error => return Err(error),
            }
        }
        if both[1].revents != 0 {
            return Ok(None);
        }
        if let Ok((caller, _)) = control.accept() {
            return Ok(Some(caller));
        }
    }
}

/// One request; false when it asks for the end.
fn serve(rehearsal: &Rehearsal, caller: &UnixStream) -> bool {
    let _ = caller.set_read_timeout(Some(Duration::from_secs(5)));
    let mut line = String::new();
    if BufReader::new(caller).read_line(&mut line).is_err() {
        return true;
    }
    let answer = match serde_json::from_str(&line) {
        Ok(Request::State) => Answer::State(Box::new(rehearsal.state())),
        Ok(Request::Faults(faults)) => match rehearsal.set_faults(&faults) {
            Ok(()) => Answer::Done,
            Err(error) => Answer::Failed(format!("{error:#}")),
        },
        Ok(Request::Down) => return false,
        Err(error) => Answer::Failed(error.to_string()),
    };
    // Whoever asked may have left.
    let _ = tell(caller, &answer);
    true
}

/// What runs in this directory. `None`: nothing.
pub fn state(directory: &Path) -> anyhow::Result<Option<State>> {
    if !runs(directory)? {
        return Ok(None);
    }
    match ask(directory, &Request::State)? {
        Answer::State(state) => Ok(Some(*state)),
        Answer::Failed(words) => anyhow::bail!("the sandbox answers: {words}"),
        Answer::Done => anyhow::bail!("the sandbox answered something else"),
    }
}

/// Misbehaviour of a running rehearsal, instead of what was set before.
pub fn set_faults(directory: &Path, faults: &Faults) -> anyhow::Result<()> {
    match ask(directory, &Request::Faults(Box::new(faults.clone())))? {
        Answer::Done => Ok(()),
        Answer::Failed(words) => anyhow::bail!("the sandbox answers: {words}"),
        Answer::State(_) => anyhow::bail!("the sandbox answered something else"),
    }
}

/// Ends it, and removes what it and earlier ones left in the directory. False: there was nothing.
pub fn stop(directory: &Path) -> anyhow::Result<bool> {
    if !directory.exists() {
        return Ok(false);
    }
    let _turn = turn(directory)?;
    let there = directory.join(MARK).exists();
    if runs(directory)? {
        let asked = at_socket(directory, |path| UnixStream::connect(path))
            .map_err(anyhow::Error::from)
            .and_then(|control| tell(&control, &Request::Down));
        if asked.is_err() {
            terminate(directory).context("the sandbox runs and does not listen")?;
        }
        let end = Instant::now() + END;
        while runs(directory)? {
            anyhow::ensure!(
                Instant::now() < end,
                "the sandbox did not end within {} s; see {}",
                END.as_secs(),
                directory.join(LOG).display()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    clear(directory)?;
    Ok(there)
}

/// Without its socket. The number in the lock's file is its holder's, and somebody holds the lock.
fn terminate(directory: &Path) -> anyhow::Result<()> {
    let pid: libc::pid_t = std::fs::read_to_string(directory.join(LOCK))?.parse()?;
    anyhow::ensure!(pid > 1, "{pid} is no process of ours");
    // SAFETY: no memory is involved.
    match unsafe { libc::kill(pid, libc::SIGTERM) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error().into()),
    }
}

/// Starting and ending one after another: held on the directory above, which is there before and after.
fn turn(directory: &Path) -> anyhow::Result<File> {
    let above = directory.parent().unwrap_or(directory);
    let lock = || {
        std::fs::create_dir_all(above)?;
        let above = File::open(above)?;
        above.lock()?;
        io::Result::Ok(above)
    };
    lock().with_context(|| format!("cannot use {}", above.display()))
}

/// What the mark holds: it is of this very directory, not of one that it was copied from.
fn mark(directory: &Path) -> io::Result<String> {
    Ok(std::fs::metadata(directory)?.ino().to_string())
}

fn is_marked(directory: &Path) -> io::Result<bool> {
    Ok(std::fs::read_to_string(directory.join(MARK)).ok() == Some(mark(directory)?))
}

/// The lock is held as long as the process lives, however it ends.
///
/// # Errors
/// [`PlaceError::Foreign`]: somebody holds it who is no sandbox. One whose mark was removed still answers like one.
fn runs(directory: &Path) -> anyhow::Result<bool> {
    let looking = || format!("cannot look at {}", directory.display());
    match File::open(directory.join(LOCK)) {
        Ok(lock) if lock.try_lock_shared().is_ok() => return Ok(false),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(looking),
    }
    let known = is_marked(directory).with_context(looking)?
        || matches!(
            ask_within(directory, &Request::State, Duration::ZERO),
            Ok(Answer::State(_))
        );
    match known {
        true => Ok(true),
        false => Err(PlaceError::Foreign(directory.to_owned()).into()),
    }
}

fn ask(directory: &Path, request: &Request) -> anyhow::Result<Answer> {
    ask_within(directory, request, START)
}

/// `patience` is for somebody to listen.
fn ask_within(directory: &Path, request: &Request, patience: Duration) -> anyhow::Result<Answer> {
    let end = Instant::now() + patience;
    // It holds the lock a moment before it listens.
    let control = loop {
        match at_socket(directory, |path| UnixStream::connect(path)) {
            Ok(control) => break control,
            Err(error) if Instant::now() > end => {
                return Err(error).context("the sandbox does not answer");
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    control.set_read_timeout(Some(START))?;
    tell(&control, request)?;
    let mut line = String::new();
    BufReader::new(&control).read_line(&mut line)?;
    serde_json::from_str(&line).context("the sandbox does not answer")
}

fn tell(mut to: impl io::Write, what: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(what)?;
    line.push('\n');
    to.write_all(line.as_bytes())?;
    Ok(to.flush()?)
}

/// Removes a directory of ours. One that is somebody else's is not touched.
fn clear(directory: &Path) -> anyhow::Result<()> {
    let mut entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot look at {}", directory.display()));
        }
    };
    if entries.next().is_none() {
        return Ok(());
    }
    if !is_marked(directory)? {
        return Err(PlaceError::Foreign(directory.to_owned()).into());
    }
    std::fs::remove_dir_all(directory)
        .with_context(|| format!("cannot remove {}", directory.display()))
}
