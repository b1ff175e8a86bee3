//! The enclosure of a run: process ids, mounts and namespace names of its own, so that nothing of a run can outlive it.
//!
//! Three processes. The outermost asks the kernel for a new process-id namespace and cleans up what is not tied to one.
//! The second is that namespace's init: it makes a mount namespace (private `/run/netns`, `/etc/netns`, `/proc`), starts
//! the third, the runner itself, and reaps. When the init ends, in whatever way, the kernel kills every process in the
//! namespace, and the mounts and network namespaces go with the last of them. That also covers SIGKILL: each process is
//! killed when its parent dies.
//!
//! Outside remain an empty work directory and control groups. The outermost process removes its own, and those of runs
//! that died: a living run holds the lock on its `.lock` file. (Not the process id in a name: seen from inside of another
//! enclosure, or a container, it would be somebody else's.)

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Tells a process of a run which of the three it is. Not for what the runner starts.
pub const STAGE: &str = "HDIKAFKA_SYSTEM_STAGE";
/// The short random name of the run. Whatever it leaves outside carries it, and so do its namespaces.
const RUN: &str = "HDIKAFKA_SYSTEM_RUN";
/// Why the mount namespace could not be made, for the runner to say.
const IMPOSSIBLE: &str = "HDIKAFKA_SYSTEM_IMPOSSIBLE";

/// Fixed, not $TMPDIR: a run has to find what one with another environment left.
const BASE: &str = "/tmp";

pub enum Stage {
    /// This was one of the outer processes, and the run is over.
    Over(ExitCode),
    /// This process is the runner.
    Inside,
    /// This machine lets us have no enclosure; the text says why.
    Impossible(String),
}

pub fn enter() -> Stage {
    match std::env::var(STAGE).as_deref() {
        Ok("run") => match std::env::var(IMPOSSIBLE) {
            Ok(reason) => Stage::Impossible(reason),
            Err(_) => Stage::Inside,
        },
        Ok(_) => Stage::Over(be_init()),
        Err(_) => be_outermost(),
    }
}

/// Where this run keeps its files. Inside of the enclosure a tmpfs is mounted there.
pub fn work_dir() -> PathBuf {
    Path::new(BASE).join(owned_name(&run_name()))
}

/// Four hexadecimal digits.
pub fn run_name() -> String {
    std::env::var(RUN).unwrap_or_default()
}

/// The directories in which this run makes control groups: one a hierarchy. systemd in a container wants one of its own,
/// because two of them in one would kill each other's services.
pub fn control_groups() -> Vec<PathBuf> {
    control_groups_of(&run_name())
}

/// All that the run of this name has outside of its enclosure.
pub fn outside_of(run: &str) -> Vec<PathBuf> {
    let work = Path::new(BASE).join(owned_name(run));
    control_groups_of(run)
        .into_iter()
        .chain([work, lock_file(run)])
        .collect()
}

/// Removes a control group and everything below it; the processes in it must be gone.
pub fn remove_control_group(dir: &Path) -> io::Result<()> {
    if !dir.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_control_group(&entry.path())?;
        }
    }
    fs::remove_dir(dir)
}

fn be_outermost() -> Stage {
    // SAFETY: geteuid cannot fail and touches no memory.
    if unsafe { libc::geteuid() } != 0 {
        return Stage::Impossible("not root".to_owned());
    }
    let (run, lock) = match claim() {
        Ok(claimed) => claimed,
        Err(error) => return Stage::Over(complain(&error)),
    };
    // SAFETY: takes flags only. This process has one thread; its next child is the init of the new namespace.
    if unsafe { libc::unshare(libc::CLONE_NEWPID) } != 0 {
        return Stage::Impossible(format!(
            "no new process-id namespace: {}",
            io::Error::last_os_error()
        ));
    }
    let status = next_stage("init", &run, None).and_then(|child| follow(child, false));
    let left = clean_up(&run);
    drop(lock);
    match (status, left) {
        (Ok(code), Ok(())) => Stage::Over(code),
        (Ok(_), Err(left)) => Stage::Over(complain(&left)),
        (Err(error), _) => Stage::Over(complain(&error)),
    }
}

fn be_init() -> ExitCode {
    let impossible = separate_mounts().err().map(|error| format!("{error:#}"));
    let over =
        next_stage("run", &run_name(), impossible.as_deref()).and_then(|child| follow(child, true));
    match over {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

/// Starts this same program again as the next stage.
fn next_stage(stage: &str, run: &str, impossible: Option<&str>) -> Result<Child> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(program);
    command
        .args(std::env::args_os().skip(1))
        .env(STAGE, stage)
        .env(RUN, run);
    if let Some(reason) = impossible {
        command.env(IMPOSSIBLE, reason);
    }
    // SAFETY: prctl with constants is async-signal-safe. The parent is single-threaded, so "the parent's thread died"
    // means that the parent died.
    unsafe {
        command.pre_exec(
            || match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            },
        );
    }
    command
        .spawn()
        .with_context(|| format!("starting the stage '{stage}'"))
}

/// Waits for `child`, handing signals on to it. An init also reaps the orphans of the namespace. No threads: after
/// `unshare(CLONE_NEWPID)` the kernel allows none.
fn follow(mut child: Child, reap: bool) -> Result<ExitCode> {
    let mut signals =
        Signals::new([SIGCHLD, SIGINT, SIGTERM, SIGHUP]).context("watching signals")?;
    let main = libc::pid_t::try_from(child.id())?;
    // The child may have ended before the handlers stood.
    if let Some(status) = ended(&mut child, main, reap)? {
        return Ok(exit_code(status));
    }
    for signal in signals.forever() {
        if signal != SIGCHLD {
            // SAFETY: the child was not waited for yet, so the id is still its own.
            unsafe { libc::kill(main, signal) };
        } else if let Some(status) = ended(&mut child, main, reap)? {
            return Ok(exit_code(status));
        }
    }
    bail!("no more signals")
}

fn ended(child: &mut Child, main: libc::pid_t, reap: bool) -> Result<Option<ExitStatus>> {
    if !reap {
        return Ok(child.try_wait()?);
    }
    loop {
        let mut status = 0;
        // SAFETY: the pointer is to a live integer.
        match unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) } {
            0 | -1 => return Ok(None),
            pid if pid == main => {
                return Ok(Some(std::os::unix::process::ExitStatusExt::from_raw(
                    status,
                )));
            }
            _ => {}
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    match status.code().map(u8::try_from) {
        Some(Ok(code)) => ExitCode::from(code),
        _ => ExitCode::from(130),
    }
}

/// A mount namespace in which nothing we mount is seen by anybody else, and the places that name namespaces are empty.
fn separate_mounts() -> Result<()> {
    // SAFETY: takes flags only.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        bail!("no new mount namespace: {}", io::Error::last_os_error());
    }
    mount(
        "none",
        Path::new("/"),
        "",
        libc::MS_REC | libc::MS_PRIVATE,
        "",
    )?;
    mount("proc", Path::new("/proc"), "proc", 0, "")?;
    let work = work_dir();
    for dir in ["/run/netns", "/etc/netns", "/run/systemd/nspawn"].map(PathBuf::from) {
        fs::create_dir_all(&dir).with_context(|| format!("making {}", dir.display()))?;
        mount("lab", &dir, "tmpfs", 0, "mode=755")?;
    }
    fs::create_dir_all(&work).with_context(|| format!("making {}", work.display()))?;
    mount("lab", &work, "tmpfs", 0, "mode=755,size=4g")?;
    know_the_names(&work)
}

/// Lets the runner itself resolve the lab's names. All labs have the same.
fn know_the_names(work: &Path) -> Result<()> {
    let hosts = work.join("hosts");
    let mut text = fs::read_to_string("/etc/hosts").unwrap_or_default();
    for (name, address) in crate::lab::net::names() {
        text.push_str(&format!("{address} {name}\n"));
    }
    fs::write(&hosts, text)?;
    let source = hosts.to_str().context("the work directory's name")?;
    mount(source, Path::new("/etc/hosts"), "", libc::MS_BIND, "")
}

/// mount(2), with an error that tells what was to be mounted.
pub fn mount(
    source: &str,
    target: &Path,
    kind: &str,
    flags: libc::c_ulong,
    data: &str,
) -> Result<()> {
    let [c_source, c_target, c_kind, c_data] = [
        CString::new(source)?,
        CString::new(target.as_os_str().as_encoded_bytes())?,
        CString::new(kind)?,
        CString::new(data)?,
    ];
    // SAFETY: four live NUL-terminated strings.
    let result = unsafe {
        libc::mount(
            c_source.as_ptr(),
            c_target.as_ptr(),
            c_kind.as_ptr(),
            flags,
            c_data.as_ptr().cast(),
        )
    };
    match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error())
            .with_context(|| format!("mounting {kind} on {}", target.display())),
    }
}

/// Gives this run a name and holds its lock; removes what dead runs left outside of their enclosures. All under one lock,
/// so that nobody takes a run that is about to lock its file for a dead one.
fn claim() -> Result<(String, File)> {
    let _gate = locked(&Path::new(BASE).join("hdikafka-system.lock"), libc::LOCK_EX)
        .context("waiting for other runs to start")?;
    for entry in fs::read_dir(BASE)?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let run = name
            .strip_prefix("hdikafka-system-")
            .and_then(|name| name.strip_suffix(".lock"));
        // Not in one condition: trying the lock would create a file beside every other name.
        let Some(run) = run else { continue };
        if let Ok(_dead) = locked(&entry.path(), libc::LOCK_EX | libc::LOCK_NB) {
            // Best effort: what cannot be removed now is tried again by the next run.
            let _ = clean_up(run);
        }
    }
    let run = &uuid::Uuid::new_v4().simple().to_string()[..4];
    let lock = locked(&lock_file(run), libc::LOCK_EX | libc::LOCK_NB)
        .with_context(|| format!("claiming the name {run}"))?;
    Ok((run.to_owned(), lock))
}

fn locked(path: &Path, how: libc::c_int) -> io::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    // SAFETY: the descriptor is open.
    match unsafe { libc::flock(file.as_raw_fd(), how) } {
        0 => Ok(file),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Removes what a run has outside of its enclosure, and looks whether anything of it is still there.
fn clean_up(run: &str) -> Result<()> {
    let name = owned_name(run);
    for dir in control_groups_of(run) {
        let began = Instant::now();
        // Of a run that was killed, the last processes may still be ending.
        while let Err(error) = remove_control_group(&dir) {
            if began.elapsed() > Duration::from_secs(5) {
                return Err(error).with_context(|| format!("left behind: {}", dir.display()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let work = Path::new(BASE).join(&name);
    if work.exists() {
        // Not remove_dir_all: with its tmpfs gone the directory is empty, or something is wrong.
        fs::remove_dir(&work).with_context(|| format!("left behind: {}", work.display()))?;
    }
    let mounts = fs::read_to_string("/proc/self/mounts").context("reading the mounts")?;
    if mounts.contains(&name) {
        bail!("left behind: mounts of {name}");
    }
    match fs::remove_file(lock_file(run)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Control-group hierarchies in which systemd keeps its processes: one of its own on a hybrid machine, beside the unified
/// one; the only one on a newer machine.
fn hierarchies() -> Vec<PathBuf> {
    let hybrid: Vec<PathBuf> = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"]
        .map(PathBuf::from)
        .into_iter()
        .filter(|dir| dir.join("cgroup.procs").exists())
        .collect();
    if hybrid.is_empty() {
        vec![PathBuf::from("/sys/fs/cgroup")]
    } else {
        hybrid
    }
}

fn control_groups_of(run: &str) -> Vec<PathBuf> {
    let name = owned_name(run);
    hierarchies().iter().map(|dir| dir.join(&name)).collect()
}

fn owned_name(run: &str) -> String {
    format!("hdikafka-system-{run}")
}

fn lock_file(run: &str) -> PathBuf {
    Path::new(BASE).join(owned_name(run) + ".lock")
}

#[allow(clippy::print_stderr)] // no runner is there to say it
fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
