//! What a traced system call does on the node. Most are carried out by the tracer itself, which is one stop and no more;
//! those that give the process something of its own (a descriptor, a program, a directory) go on with another path.

mod change;
mod execute;
mod identity;
mod look;
mod open;
mod own;
mod signal;
mod socket;

use super::Scratch;
use super::call::{At, Call};
use super::identity::{Attributes, EXECUTE, Identity, WRITE};
use super::owners::mode_on_disk;
use super::places::Place;
use super::processes::Public;
use super::sys::{self, Answer, Meta};
use super::tracee;
use super::walk::{Found, Walker, kind};
use std::sync::Arc;

/// What belongs to a process and its threads together.
#[derive(Clone, Debug)]
pub struct Person {
    pub identity: Identity,
    pub umask: u32,
    pub cgroup: Arc<str>,
}

impl Person {
    pub fn public(&self) -> Public {
        Public {
            users: self.identity.users,
            groups: self.identity.groups,
            supplementary: self.identity.supplementary.clone(),
            permitted: self.identity.permitted,
            effective: self.identity.effective,
            cgroup: Arc::clone(&self.cgroup),
        }
    }
}

/// How a stopped call goes on.
pub enum Outcome {
    /// As it is.
    Pass,
    /// Not at all: this is its answer.
    Answer(i64),
    /// Another call, with arguments that the tracer puts into the process's memory.
    Instead(Instead),
}

pub struct Instead {
    pub number: i64,
    pub arguments: [Argument; 6],
    /// What the arguments point to.
    pub block: Vec<u8>,
    /// Pointers inside the block: where they are, and to which place of the block they point.
    pub pointers: Vec<(usize, usize)>,
    /// The file that the call makes, and whose it is then.
    pub makes: Option<(Vec<u8>, Attributes)>,
}

#[derive(Clone, Copy)]
pub enum Argument {
    Value(u64),
    /// An offset in the block.
    Block(usize),
}

impl Instead {
    /// A call with one path, at the beginning of the block.
    pub fn with_path(number: i64, path: &[u8], arguments: [Argument; 6]) -> Self {
        let mut block = path.to_vec();
        block.push(0);
        Self {
            number,
            arguments,
            block,
            pointers: Vec::new(),
            makes: None,
        }
    }
}

/// The argument that says that a path is absolute anyway.
pub const NOWHERE: Argument = Argument::Value(libc::AT_FDCWD as u64);
pub const NOTHING: Argument = Argument::Value(0);

pub struct Context<'a> {
    pub scratch: &'a Scratch,
    /// The thread that stopped, and its process.
    pub tid: i32,
    pub pid: i32,
    pub person: &'a mut Person,
    /// Who the process is after an exec that is on its way.
    pub next_identity: &'a mut Option<Identity>,
}

impl Context<'_> {
    pub fn handle(&mut self, call: Call) -> Outcome {
        self.dispatch(call)
            .unwrap_or_else(|errno| Outcome::Answer(-i64::from(errno)))
    }

    fn dispatch(&mut self, call: Call) -> Answer<Outcome> {
        match call {
            Call::Open { at, flags, mode } => self.open(at, flags, mode),
            Call::Stat { at, buffer, flags } => self.stat(at, buffer, flags),
            Call::Statx {
                at,
                flags,
                mask,
                buffer,
            } => self.statx(at, flags, mask, buffer),
            Call::Access { at, mode, flags } => self.access(at, mode, flags),
            Call::ReadLink { at, buffer, size } => self.read_link(at, buffer, size),
            Call::FileSystem { path, buffer } => self.file_system(path, buffer),
            Call::WorkingDirectory { buffer, size } => self.working_directory(buffer, size),
            Call::ChangeDirectory { path } => self.change_directory(path),
            Call::Watch { fd, path, mask } => self.watch(fd, path, mask),
            Call::HostName(buffer) => self.host_name(buffer),
            Call::MakeDirectory { at, mode } => self.make_directory(at, mode),
            Call::MakeNode { at, mode } => self.make_node(at, mode),
            Call::Unlink { at, flags } => self.unlink(at, flags),
            Call::Rename { from, to, flags } => self.rename(from, to, flags),
            Call::Link { from, to, flags } => self.link(from, to, flags),
            Call::Symlink { target, at } => self.symlink(target, at),
            Call::ChangeMode { at, mode, flags } => self.change_mode(at, mode, flags),
            Call::ChangeOwner {
                at,
                uid,
                gid,
                flags,
            } => self.change_owner(at, (uid, gid), flags),
            Call::SetTimes { at, times, flags } => self.set_times(at, times, flags),
            Call::Truncate { path, length } => self.truncate(path, length),
            Call::Execute {
                at,
                argv,
                envp,
                flags,
            } => self.execute(at, argv, envp, flags),
            Call::Address {
                bind,
                fd,
                address,
                length,
            } => self.address(bind, fd, address, length),
            Call::SendTo { address, length } => self.send_to(address, length),
            Call::SendMessages {
                headers,
                count,
                stride,
            } => self.send_messages(headers, count, stride),
            Call::Umask(mask) => {
                let before = std::mem::replace(&mut self.person.umask, mask & 0o777);
                Ok(Outcome::Answer(i64::from(before)))
            }
            Call::Signal(signal) => self.signal(signal),
            Call::Identity(call) => self.identity(call),
        }
    }

    fn who(&self) -> &Identity {
        &self.person.identity
    }

    fn walker<'b>(&'b self, who: &'b Identity) -> Walker<'b> {
        self.scratch.walker(who, (self.pid, self.tid))
    }

    /// Where a path argument leads.
    fn find(&self, at: At, follow: bool) -> Answer<Found> {
        self.find_as(self.who(), at, follow)
    }

    fn find_as(&self, who: &Identity, at: At, follow: bool) -> Answer<Found> {
        let path = tracee::text(self.tid, at.path)?;
        self.find_text(who, at.dir, &path, follow)
    }

    fn find_text(&self, who: &Identity, dir: i32, path: &[u8], follow: bool) -> Answer<Found> {
        let walker = self.walker(who);
        if path.first() == Some(&b'/') {
            return walker.walk((b"/", true), path, follow);
        }
        let host = self.directory(dir)?;
        let guest = self.scratch.places.guest(&host);
        walker.walk((guest, guest.len() == host.len()), path, follow)
    }

    /// The host path of an open directory or of the working directory.
    fn directory(&self, dir: i32) -> Answer<Vec<u8>> {
        let link = if dir == libc::AT_FDCWD {
            format!("/proc/{}/cwd", self.tid)
        } else {
            format!("/proc/{}/fd/{dir}", self.tid)
        };
        let host = sys::read_link(link.as_bytes()).map_err(|errno| match errno {
            libc::ENOENT => libc::EBADF,
            other => other,
        })?;
        match host.first() {
            Some(b'/') if host.ends_with(b" (deleted)") => Err(libc::ENOENT),
            Some(b'/') => Ok(host),
            _ => Err(libc::ENOTDIR),
        }
    }

    /// The file behind a descriptor. Its path is the link in /proc, which reaches what has no other.
    fn by_descriptor(&self, fd: i32) -> Answer<Found> {
        let link = if fd == libc::AT_FDCWD {
            format!("/proc/{}/cwd", self.tid)
        } else {
            format!("/proc/{}/fd/{fd}", self.tid)
        };
        let host = link.into_bytes();
        let text = sys::read_link(&host).map_err(|_| libc::EBADF)?;
        let guest = self.scratch.places.guest(&text).to_vec();
        let place = if self.scratch.places.is_inside(&text) {
            Place::Mapped
        } else if text.first() == Some(&b'/') {
            self.walker(self.who()).place(&guest)
        } else {
            Place::Descriptor
        };
        Ok(Found {
            guest,
            meta: Some(sys::meta(&host, true)?),
            host,
            place,
            link: None,
            direct: false,
            as_directory: false,
        })
    }

    /// A path argument, or the descriptor itself if the path is empty and that is allowed.
    fn find_at(&self, at: At, flags: i32) -> Answer<Found> {
        let follow = flags & libc::AT_SYMLINK_NOFOLLOW == 0;
        if flags & libc::AT_EMPTY_PATH != 0 {
            let path = match at.path {
                0 => Vec::new(),
                path => tracee::text(self.tid, path)?,
            };
            if path.is_empty() {
                return self.by_descriptor(at.dir);
            }
            return self.find_text(self.who(), at.dir, &path, follow);
        }
        self.find(at, follow)
    }

    fn attributes_of(&self, place: Place, meta: &Meta) -> Attributes {
        self.scratch.owners.of_place(place, meta)
    }

    /// What the directory of a mapped path shows: a prefix's own directory is the host's, and root's on the node.
    fn parent(&self, found: &Found) -> Answer<Attributes> {
        if self.scratch.places.is_prefix(&found.guest) {
            return Ok(Attributes {
                uid: 0,
                gid: 0,
                mode: libc::S_IFDIR | 0o755,
            });
        }
        let host = self.scratch.places.host(found.place, found.parent());
        let meta = sys::meta(&host, false)?;
        Ok(self.attributes_of(found.place, &meta))
    }

    /// May an entry be made there? What is not the node's own is a read-only file system.
    fn may_make(&self, found: &Found) -> Answer<Attributes> {
        if found.meta.is_some() {
            return Err(libc::EEXIST);
        }
        if !found.place.is_virtual() {
            return Err(libc::EROFS);
        }
        let parent = self.parent(found)?;
        self.who().may(parent, WRITE | EXECUTE)?;
        self.scratch.has_room(&found.guest)?;
        Ok(parent)
    }

    /// May the entry be taken away? With the sticky bit only by the owner of the file or of the directory.
    fn may_remove(&self, found: &Found) -> Answer<()> {
        let meta = found.meta.as_ref().ok_or(libc::ENOENT)?;
        if !found.place.is_virtual() {
            return Err(libc::EROFS);
        }
        let parent = self.parent(found)?;
        self.who().may(parent, WRITE | EXECUTE)?;
        let file = self.attributes_of(found.place, meta);
        if parent.mode & libc::S_ISVTX != 0 && !self.who().owns(parent) && !self.who().owns(file) {
            return Err(libc::EPERM);
        }
        Ok(())
    }

    /// Virtual attributes of a new file in a directory with these.
    fn new_attributes(&self, parent: Attributes, mode: u32) -> Attributes {
        let mut mode = mode & (libc::S_IFMT | (0o7777 & !self.person.umask));
        let mut gid = self.who().groups.files;
        if parent.mode & libc::S_ISGID != 0 {
            gid = parent.gid;
            if mode & libc::S_IFMT == libc::S_IFDIR {
                mode |= libc::S_ISGID;
            }
        }
        Attributes {
            uid: self.who().users.files,
            gid,
            mode,
        }
    }

    /// Remembers whose a file is that has just been made.
    fn record(&self, host: &[u8], attributes: Attributes) -> Answer<()> {
        let meta = sys::meta(host, false)?;
        self.scratch.owners.set(&meta, attributes);
        Ok(())
    }

    /// Files laid out by the sandbox may lack what a virtual root may always do.
    fn open_on_disk(&self, found: &Found, meta: &Meta) -> Answer<()> {
        let real = u32::from(meta.stx_mode) & 0o777;
        let attributes = self.attributes_of(found.place, meta);
        let wanted = mode_on_disk(attributes.mode);
        if found.place == Place::Mapped && real & wanted != wanted && kind(meta) != libc::S_IFLNK {
            self.scratch.owners.set(meta, attributes);
            sys::chmod(&found.host, wanted)?;
        }
        Ok(())
    }
}
