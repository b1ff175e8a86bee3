//! A directory that plays the root of a machine. Here: a stand-in without path mapping, until the tracer is merged.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

pub struct Scratch {
    dir: PathBuf,
    owners: Mutex<BTreeMap<String, (u32, u32)>>,
    alive: Mutex<BTreeSet<u32>>,
}

#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
    pub home: String,
}

pub struct Spawn {
    pub argv: Vec<OsString>,
    pub env: Vec<(String, String)>,
    pub cwd: String,
    pub user: User,
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    pub new_session: bool,
    pub controlling_terminal: bool,
}

pub struct Child {
    child: Mutex<Option<std::process::Child>>,
    pid: u32,
    scratch: Arc<Scratch>,
}

impl Scratch {
    pub fn new(dir: &Path, _prefixes: &[&str]) -> io::Result<Arc<Scratch>> {
        std::fs::create_dir_all(dir)?;
        Ok(Arc::new(Scratch {
            dir: dir.to_owned(),
            owners: Mutex::default(),
            alive: Mutex::default(),
        }))
    }
    pub fn host_path(&self, guest: &str) -> PathBuf {
        self.dir.join(guest.trim_start_matches('/'))
    }
    pub fn set_owner(&self, guest: &str, uid: u32, gid: u32) -> io::Result<()> {
        self.owners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(guest.to_owned(), (uid, gid));
        Ok(())
    }
    pub fn owner(&self, guest: &str) -> io::Result<(u32, u32)> {
        Ok(self
            .owners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(guest)
            .copied()
            .unwrap_or((0, 0)))
    }
    pub fn spawn(self: &Arc<Self>, spawn: Spawn) -> io::Result<Child> {
        let mut words = spawn.argv.iter();
        let mut command =
            std::process::Command::new(words.next().ok_or(io::ErrorKind::InvalidInput)?);
        let (session, terminal) = (spawn.new_session, spawn.controlling_terminal);
        command
            .args(words)
            .env_clear()
            .envs(spawn.env)
            .current_dir("/");
        let tty = spawn.stdin.as_raw_fd();
        let _ = tty;
        command
            .stdin(Stdio::from(spawn.stdin))
            .stdout(Stdio::from(spawn.stdout))
            .stderr(Stdio::from(spawn.stderr));
        unsafe {
            command.pre_exec(move || {
                if session {
                    libc::setsid();
                }
                if terminal {
                    libc::ioctl(0, libc::TIOCSCTTY as _, 0);
                }
                Ok(())
            });
        }
        let child = command.spawn()?;
        let pid = child.id();
        self.alive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(pid);
        Ok(Child {
            child: Mutex::new(Some(child)),
            pid,
            scratch: self.clone(),
        })
    }
    pub fn processes(&self) -> Vec<u32> {
        self.alive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .copied()
            .collect()
    }
}

impl Child {
    pub fn pid(&self) -> u32 {
        self.pid
    }
    pub fn wait(&self) -> ExitStatus {
        use std::os::unix::process::ExitStatusExt;
        let child = self
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let status = child.and_then(|mut child| child.wait().ok());
        self.scratch
            .alive
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.pid);
        status.unwrap_or(ExitStatus::from_raw(0))
    }
    pub fn signal(&self, signal: i32) {
        unsafe { libc::killpg(self.pid as i32, signal) };
    }
}
