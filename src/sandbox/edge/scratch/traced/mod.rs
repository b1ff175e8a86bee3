//! The scratch root where it can be: Linux on a processor whose system calls are described here.

#[path = "arch_x86_64.rs"]
mod arch;
mod call;
mod calls;
mod child;
mod filter;
mod identity;
mod launch;
mod owners;
mod places;
mod probe;
mod processes;
mod procfs;
mod sys;
mod tracee;
mod tracer;
mod walk;

pub use child::Child;
pub use probe::supported;

use super::Spawn;
use calls::Person;
use identity::{Attributes, EXECUTE, Identity};
use owners::Owners;
use places::{Place, Places};
use processes::Processes;
use std::collections::HashMap;
use std::ffi::{CString, OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};
use sys::Answer;
use walk::{Found, Walker};

/// A directory that plays the root of a machine: what lies under a mapped prefix is in `dir`, everything else is the
/// host's, to be read.
pub struct Scratch {
    places: Places,
    owners: Owners,
    processes: Processes,
    hostname: RwLock<Option<String>>,
    /// Prefixes whose disk is full.
    full: RwLock<Vec<Vec<u8>>>,
    /// Held while the list of processes is brought up to date.
    listing: Mutex<()>,
    /// Directories of sockets with paths that are too long for an address.
    directories: Mutex<HashMap<Vec<u8>, File>>,
    root: Identity,
}

impl Scratch {
    /// `prefixes`: absolute guest paths, directories or single files, that live in `dir`. Those that are not there yet
    /// are not made, only the directories that lead to them.
    pub fn new(dir: &Path, prefixes: &[&str]) -> io::Result<Arc<Self>> {
        fs::create_dir_all(dir)?;
        let dir = dir.canonicalize()?;
        let root = Identity::new(0, 0, Vec::new());
        let mut canonical = Vec::new();
        for prefix in prefixes {
            if !prefix.starts_with('/') || prefix.trim_end_matches('/').is_empty() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{prefix} is not an absolute path below the root"),
                ));
            }
            canonical.push(on_the_host(prefix.trim_end_matches('/')));
        }
        let places = Places::new(&dir, &canonical);
        for prefix in &canonical {
            let host = PathBuf::from(OsString::from_vec(places.inside(prefix)));
            if let Some(above) = host.parent() {
                fs::create_dir_all(above)?;
            }
        }
        let scratch = Self {
            places,
            owners: Owners::default(),
            processes: Processes::default(),
            hostname: RwLock::default(),
            full: RwLock::default(),
            listing: Mutex::default(),
            directories: Mutex::default(),
            root,
        };
        scratch.lay_out_proc()?;
        Ok(Arc::new(scratch))
    }

    /// Where a guest path really is, as root would find it: links are followed, also the last one. What is not there,
    /// or cannot be reached, is where it would be made.
    pub fn host_path(&self, guest: &str) -> PathBuf {
        let host = match self.find(&self.root, guest, true) {
            Ok(found) => found.host,
            Err(_) => {
                let guest = guest.trim_end_matches('/').as_bytes();
                self.places.host(self.places.of(guest), guest)
            }
        };
        PathBuf::from(OsString::from_vec(host))
    }

    /// The virtual owner of a file; its virtual mode stays.
    pub fn set_owner(&self, guest: &str, uid: u32, gid: u32) -> io::Result<()> {
        self.set(guest, |attributes| Attributes {
            uid,
            gid,
            ..attributes
        })
    }

    /// The virtual mode of a file: twelve bits, set-user-id among them.
    pub fn set_mode(&self, guest: &str, mode: u32) -> io::Result<()> {
        self.set(guest, |attributes| Attributes {
            mode: (attributes.mode & libc::S_IFMT) | (mode & 0o7777),
            ..attributes
        })
    }

    pub fn owner(&self, guest: &str) -> io::Result<(u32, u32)> {
        let found = self.find(&self.root, guest, true).map_err(error)?;
        let meta = found.existing().map_err(error)?;
        let attributes = self.owners.of_place(found.place, meta);
        Ok((attributes.uid, attributes.gid))
    }

    /// Twelve bits.
    pub fn mode(&self, guest: &str) -> io::Result<u32> {
        let found = self.find(&self.root, guest, true).map_err(error)?;
        let meta = found.existing().map_err(error)?;
        Ok(self.owners.of_place(found.place, meta).mode & 0o7777)
    }

    /// What `uname -n` says; the host's name until it is set.
    pub fn set_hostname(&self, name: &str) {
        *self
            .hostname
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(name.to_owned());
    }

    /// Below this prefix nothing can be made or opened for writing any more (`ENOSPC`), and `df` shows no room; or it
    /// can again. A file that is open stays writable.
    pub fn set_full(&self, prefix: &str, full: bool) {
        let mut prefixes = self.full.write().unwrap_or_else(PoisonError::into_inner);
        prefixes.retain(|known| known != prefix.as_bytes());
        if full {
            prefixes.push(prefix.as_bytes().to_vec());
        }
    }

    /// Processes alive now, real pids in ascending order.
    pub fn processes(&self) -> Vec<u32> {
        self.processes
            .all()
            .into_iter()
            .map(i32::unsigned_abs)
            .collect()
    }

    /// Kills all of them, those of every tree. They are gone when [`processes`](Self::processes) is empty.
    pub fn kill_all(&self) {
        for pid in self.processes.all() {
            // SAFETY: no memory is involved.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    }

    /// Starts a program. Fails with the error of its `execve`: not found, not allowed.
    pub fn spawn(self: &Arc<Self>, spawn: Spawn) -> io::Result<Child> {
        self.spawn_in(spawn, "/")
    }

    /// The same in a control group, which is what `/proc/PID/cgroup` says of it and of all that comes of it.
    pub fn spawn_in(self: &Arc<Self>, spawn: Spawn, cgroup: &str) -> io::Result<Child> {
        let user = &spawn.user;
        let person = Person {
            identity: Identity::new(user.uid, user.gid, user.groups.clone()),
            umask: 0o022,
            cgroup: cgroup.into(),
        };
        let launch = self.launch(spawn, &person.identity)?;
        let ending = Arc::new(child::Ending::default());
        let (started, start) = mpsc::channel();
        let (scratch, told) = (Arc::clone(self), Arc::clone(&ending));
        std::thread::Builder::new()
            .name("node".into())
            .spawn(move || tracer::trace(scratch, launch, person, told, &started))?;
        let pid = start
            .recv()
            .map_err(|_| io::Error::other("the tracer ended before the program began"))??;
        Ok(Child {
            scratch: Arc::clone(self),
            pid,
            ending,
        })
    }

    fn launch(&self, spawn: Spawn, who: &Identity) -> io::Result<launch::Launch> {
        let program = self.program(&spawn, who)?;
        let found = self.find(who, &spawn.cwd, true).map_err(error)?;
        found.existing().map_err(error)?;
        let variable = |(name, value): &(String, String)| CString::new(format!("{name}={value}"));
        Ok(launch::Launch {
            program: CString::new(program)?,
            argv: spawn
                .argv
                .into_iter()
                .map(|word| CString::new(word.into_vec()))
                .collect::<Result<_, _>>()?,
            envp: spawn.env.iter().map(variable).collect::<Result<_, _>>()?,
            directory: CString::new(found.host)?,
            stdio: [spawn.stdin, spawn.stdout, spawn.stderr],
            new_session: spawn.new_session,
            controlling_terminal: spawn.controlling_terminal,
            filter: filter::program(),
        })
    }

    /// The guest path of the program, looked for as a shell would.
    fn program(&self, spawn: &Spawn, who: &Identity) -> io::Result<Vec<u8>> {
        let nothing = || io::Error::new(io::ErrorKind::InvalidInput, "there is nothing to run");
        let name = spawn.argv.first().ok_or_else(nothing)?.as_bytes();
        if name.contains(&b'/') {
            return Ok(name.to_vec());
        }
        let path = spawn.env.iter().find(|(name, _)| name == "PATH");
        for directory in path.map_or("", |(_, value)| value).split(':') {
            let place = [directory.as_bytes(), b"/", name].concat();
            let walker = self.walker(who, (0, 0));
            let Ok(found) = walker.walk((b"/", true), &place, true) else {
                continue;
            };
            let usable = found.existing().is_ok_and(|meta| {
                let attributes = self.owners.of_place(found.place, meta);
                !attributes.is_directory() && who.may(attributes, EXECUTE).is_ok()
            });
            if usable {
                return Ok(place);
            }
        }
        Err(io::Error::from_raw_os_error(libc::ENOENT))
    }

    fn set(&self, guest: &str, change: impl FnOnce(Attributes) -> Attributes) -> io::Result<()> {
        let found = self.find(&self.root, guest, true).map_err(error)?;
        let meta = found.existing().map_err(error)?;
        if found.place != Place::Mapped {
            return Err(io::Error::from_raw_os_error(libc::EROFS));
        }
        let attributes = change(self.owners.of_place(found.place, meta));
        self.owners.set(meta, attributes);
        sys::chmod(&found.host, owners::mode_on_disk(attributes.mode)).map_err(error)
    }

    fn find(&self, who: &Identity, guest: &str, follow: bool) -> Answer<Found> {
        self.walker(who, (0, 0))
            .walk((b"/", true), guest.as_bytes(), follow)
    }

    fn walker<'a>(&'a self, who: &'a Identity, caller: (i32, i32)) -> Walker<'a> {
        Walker {
            places: &self.places,
            owners: &self.owners,
            processes: &self.processes,
            who,
            caller,
        }
    }

    fn hostname(&self) -> Option<String> {
        self.hostname
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn has_room(&self, guest: &[u8]) -> Answer<()> {
        let full = self.full.read().unwrap_or_else(PoisonError::into_inner);
        let within = |prefix: &Vec<u8>| {
            guest
                .strip_prefix(prefix.as_slice())
                .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
        };
        if full.iter().any(within) {
            return Err(libc::ENOSPC);
        }
        Ok(())
    }

    /// The same place in at most so many bytes: by a descriptor of its directory, which stays open.
    fn short_path(&self, host: &[u8], limit: usize) -> Answer<Vec<u8>> {
        if host.len() <= limit {
            return Ok(host.to_vec());
        }
        let slash = host.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let (directory, name) = host.split_at(slash);
        let mut open = self
            .directories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !open.contains_key(directory) {
            let file = File::open(OsStr::from_bytes(directory))
                .map_err(|error| error.raw_os_error().unwrap_or(libc::EIO))?;
            open.insert(directory.to_vec(), file);
        }
        let fd = open.get(directory).ok_or(libc::EIO)?.as_raw_fd();
        let mut short = format!("/proc/{}/fd/{fd}", std::process::id()).into_bytes();
        short.extend_from_slice(name);
        if short.len() > limit {
            return Err(libc::ENAMETOOLONG);
        }
        Ok(short)
    }
}

fn error(errno: sys::Errno) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

/// A prefix with its directory as the host has it: `/bin/x` is `/usr/bin/x` where one is a link to the other.
fn on_the_host(prefix: &str) -> Vec<u8> {
    let path = Path::new(prefix);
    let mut missing = vec![path.file_name().unwrap_or_default()];
    let mut above = path.parent().unwrap_or(Path::new("/"));
    let real = loop {
        match above.canonicalize() {
            Ok(real) => break real,
            Err(_) => {
                missing.extend(above.file_name());
                above = above.parent().unwrap_or(Path::new("/"));
            }
        }
    };
    let whole = missing
        .into_iter()
        .rev()
        .fold(real, |path, name| path.join(name));
    whole.into_os_string().into_vec()
}
