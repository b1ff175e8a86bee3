//! Making files, directories and links in a scratch root, with their virtual owners and modes.

use super::scratch::Scratch;
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

/// User and group.
pub type Owner = (u32, u32);
pub const ROOT: Owner = (0, 0);

pub struct Root<'a>(pub &'a Scratch);

impl Root<'_> {
    /// With everything above it; only the last one gets owner and mode.
    pub fn directory(&self, guest: &str, mode: u32, owner: Owner) -> io::Result<()> {
        fs::create_dir_all(self.0.host_path(guest))?;
        self.give(guest, mode, owner)
    }

    /// Replaces what is there.
    pub fn file(
        &self,
        guest: &str,
        contents: impl AsRef<[u8]>,
        mode: u32,
        owner: Owner,
    ) -> io::Result<()> {
        let path = self.0.host_path(guest);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, contents)?;
        if mode & 0o111 != 0 {
            until_it_can_start(&path)?;
        }
        self.give(guest, mode, owner)
    }

    pub fn link(&self, guest: &str, target: &str) -> io::Result<()> {
        let (parent, name) = guest.rsplit_once('/').ok_or(io::ErrorKind::InvalidInput)?;
        let directory = self.0.host_path(parent);
        fs::create_dir_all(&directory)?;
        let link = directory.join(name);
        if fs::symlink_metadata(&link).is_ok() {
            fs::remove_file(&link)?;
        }
        symlink(target, link)
    }

    /// A program of the host under a path of the node. A copy: what the node does to it must not reach the host.
    pub fn program(&self, guest: &str, host: &Path) -> io::Result<()> {
        let path = self.0.host_path(guest);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        if fs::symlink_metadata(&path).is_ok() {
            fs::remove_file(&path)?;
        }
        fs::copy(host.canonicalize()?, &path)?;
        until_it_can_start(&path)?;
        self.give(guest, 0o755, ROOT)
    }

    pub fn give(&self, guest: &str, mode: u32, owner: Owner) -> io::Result<()> {
        self.0.set_owner(guest, owner.0, owner.1)?;
        self.0.set_mode(guest, mode)
    }
}

/// Another thread that starts a program meanwhile has a copy of the descriptor that wrote this one, for the moment between
/// its fork and its exec; whoever starts a file that is open for writing is told "text file busy". The kernel grants a
/// read lease as soon as nobody has it open for writing.
fn until_it_can_start(path: &Path) -> io::Result<()> {
    let file = fs::File::open(path)?;
    let lease = |kind: libc::c_int| {
        // SAFETY: fcntl with these commands takes an int and touches no memory; the descriptor is ours.
        match unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, kind) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    };
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        match lease(libc::F_RDLCK) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(()) => return lease(libc::F_UNLCK),
            // A filesystem without leases: what the program says then is said.
            Err(_) => return Ok(()),
        }
    }
}
