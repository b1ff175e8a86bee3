//! Calls that change the tree: mkdir, mknod, unlink, rename, link, symlink. All of them are carried out by the tracer,
//! under the rights of the virtual person.

use super::{Context, Outcome};
use crate::sandbox::edge::scratch::traced::call::At;
use crate::sandbox::edge::scratch::traced::identity::WRITE;
use crate::sandbox::edge::scratch::traced::owners::mode_on_disk;
use crate::sandbox::edge::scratch::traced::places::Place;
use crate::sandbox::edge::scratch::traced::sys::{self, Answer};
use crate::sandbox::edge::scratch::traced::tracee;
use crate::sandbox::edge::scratch::traced::walk::{Found, kind};

impl Context<'_> {
    pub fn make_directory(&mut self, at: At, mode: u32) -> Answer<Outcome> {
        let found = self.find(at, false)?;
        let parent = self.may_make(&found)?;
        let attributes = self.new_attributes(parent, libc::S_IFDIR | (mode & 0o1777));
        sys::mkdir(&found.host, mode_on_disk(attributes.mode))?;
        self.record(&found.host, attributes)?;
        Ok(Outcome::Answer(0))
    }

    /// Pipes and plain files; a device would be the host's.
    pub fn make_node(&mut self, at: At, mode: u32) -> Answer<Outcome> {
        let found = self.find(at, false)?;
        let parent = self.may_make(&found)?;
        let mode = if mode & libc::S_IFMT == 0 {
            mode | libc::S_IFREG
        } else {
            mode
        };
        let attributes = self.new_attributes(parent, mode);
        match mode & libc::S_IFMT {
            libc::S_IFREG => sys::create(&found.host, mode_on_disk(attributes.mode))?,
            libc::S_IFIFO => sys::mkfifo(&found.host, 0o600)?,
            _ => return Err(libc::EPERM),
        }
        self.record(&found.host, attributes)?;
        Ok(Outcome::Answer(0))
    }

    pub fn unlink(&mut self, at: At, flags: i32) -> Answer<Outcome> {
        let found = self.find(at, false)?;
        self.may_remove(&found)?;
        let meta = found.existing()?;
        if self.is_mount(&found) {
            return Err(libc::EBUSY);
        }
        sys::unlink(&found.host, flags)?;
        if kind(meta) == libc::S_IFDIR || meta.stx_nlink <= 1 {
            self.scratch.owners.forget(meta);
        }
        Ok(Outcome::Answer(0))
    }

    /// A directory that is mapped by itself behaves as a mount point.
    fn is_mount(&self, found: &Found) -> bool {
        self.scratch.places.is_prefix(&found.guest)
            && found
                .meta
                .as_ref()
                .is_some_and(|meta| kind(meta) == libc::S_IFDIR)
    }

    pub fn rename(&mut self, from: At, to: At, flags: u32) -> Answer<Outcome> {
        let from = self.find(from, false)?;
        let to = self.find(to, false)?;
        let meta = *from.existing()?;
        self.same_side(&from, &to)?;
        self.may_remove(&from)?;
        let exchange = flags & libc::RENAME_EXCHANGE != 0;
        match &to.meta {
            Some(_) if flags & libc::RENAME_NOREPLACE != 0 => return Err(libc::EEXIST),
            Some(_) => self.may_remove(&to)?,
            None if exchange => return Err(libc::ENOENT),
            None => drop(self.may_make(&to)?),
        }
        if self.is_mount(&from) || self.is_mount(&to) {
            return Err(libc::EBUSY);
        }
        // A directory that moves to another parent gets another `..`.
        if kind(&meta) == libc::S_IFDIR && from.parent() != to.parent() {
            self.who()
                .may(self.attributes_of(from.place, &meta), WRITE)?;
        }
        sys::rename(&from.host, &to.host, flags)?;
        if let Some(gone) = to
            .meta
            .filter(|gone| !exchange && gone.stx_nlink <= 1 && gone.stx_ino != meta.stx_ino)
        {
            self.scratch.owners.forget(&gone);
        }
        Ok(Outcome::Answer(0))
    }

    pub fn link(&mut self, from: At, to: At, flags: i32) -> Answer<Outcome> {
        let from = if flags & libc::AT_EMPTY_PATH != 0 {
            self.find_at(from, flags)?
        } else {
            self.find(from, flags & libc::AT_SYMLINK_FOLLOW != 0)?
        };
        let to = self.find(to, false)?;
        let meta = *from.existing()?;
        if kind(&meta) == libc::S_IFDIR {
            return Err(libc::EPERM);
        }
        self.same_side(&from, &to)?;
        self.may_make(&to)?;
        // As with fs.protected_hardlinks: only to what one owns.
        if !self.who().owns(self.attributes_of(from.place, &meta)) {
            return Err(libc::EPERM);
        }
        let follow = flags & libc::AT_EMPTY_PATH != 0;
        let flags = if follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
        sys::link(&from.host, &to.host, flags)?;
        Ok(Outcome::Answer(0))
    }

    /// The border of the mapping is the border of a file system.
    fn same_side(&self, from: &Found, to: &Found) -> Answer<()> {
        if from.place == to.place {
            return Ok(());
        }
        if from.place.is_virtual() || to.place.is_virtual() {
            return Err(libc::EXDEV);
        }
        Err(libc::EROFS)
    }

    pub fn symlink(&mut self, target: u64, at: At) -> Answer<Outcome> {
        let target = tracee::text(self.tid, target)?;
        if target.is_empty() {
            return Err(libc::ENOENT);
        }
        let found = self.find(at, false)?;
        let parent = self.may_make(&found)?;
        if found.place == Place::Temporary && target.first() == Some(&b'/') {
            // On the host it would lead somewhere else than on the node, and only the node's walk knows.
            let place = self.scratch.places.of(&target);
            if place == Place::Mapped {
                return Err(libc::EPERM);
            }
        }
        let mut attributes = self.new_attributes(parent, libc::S_IFLNK);
        attributes.mode = libc::S_IFLNK | 0o777;
        sys::symlink(&target, &found.host)?;
        self.record(&found.host, attributes)?;
        Ok(Outcome::Answer(0))
    }
}
