//! Making files, directories and links in a scratch root, with their virtual owners and modes.

use super::scratch::Scratch;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

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
        fs::write(path, contents)?;
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
        self.give(guest, 0o755, ROOT)
    }

    pub fn give(&self, guest: &str, mode: u32, owner: Owner) -> io::Result<()> {
        self.0.set_owner(guest, owner.0, owner.1)?;
        self.0.set_mode(guest, mode)
    }
}
