//! `open` and its kin. A file that is not there is made by the tracer, so that its owner is known before anybody sees
//! it; the process then opens it by its place on the host.

use super::{Argument, Context, Instead, NOTHING, NOWHERE, Outcome};
use crate::sandbox::edge::scratch::traced::call::At;
use crate::sandbox::edge::scratch::traced::identity::{READ, WRITE};
use crate::sandbox::edge::scratch::traced::owners::mode_on_disk;
use crate::sandbox::edge::scratch::traced::places::Place;
use crate::sandbox::edge::scratch::traced::sys::{self, Answer, Meta};
use crate::sandbox::edge::scratch::traced::walk::{Found, kind};

impl Context<'_> {
    pub fn open(&mut self, at: At, flags: i32, mode: u32) -> Answer<Outcome> {
        if flags & libc::O_TMPFILE == libc::O_TMPFILE {
            // Programs have the older way of a name and an unlink.
            return Err(libc::EOPNOTSUPP);
        }
        let exclusive = flags & libc::O_CREAT != 0 && flags & libc::O_EXCL != 0;
        let follow = flags & libc::O_NOFOLLOW == 0 && !exclusive;
        let found = self.find(at, follow)?;
        match &found.meta {
            Some(_) if exclusive => return Err(libc::EEXIST),
            Some(_) => {}
            None if flags & libc::O_CREAT == 0 => return Err(libc::ENOENT),
            None if found.as_directory => return Err(libc::EISDIR),
            None => {
                let parent = self.may_make(&found)?;
                let attributes = self.new_attributes(parent, libc::S_IFREG | (mode & 0o7777));
                sys::create(&found.host, mode_on_disk(attributes.mode))?;
                self.record(&found.host, attributes)?;
                return Ok(opened(&found, flags));
            }
        }
        let meta = found.existing()?;
        if found.place.is_virtual() {
            self.may_open(&found, meta, flags)?;
            if found.place == Place::Temporary && found.direct && flags & libc::O_CREAT == 0 {
                return Ok(Outcome::Pass);
            }
            return Ok(opened(&found, flags));
        }
        if writes(flags) && kind(meta) != libc::S_IFDIR && !writable_on_host(&found, meta) {
            return Err(libc::EROFS);
        }
        if found.guest == b"/proc" {
            let listing = self.scratch.list_processes()?;
            return Ok(instead(&listing, flags));
        }
        if let Place::Process(pid) = found.place
            && let Some(copy) = self.scratch.as_seen(pid, &found.guest)?
        {
            return Ok(instead(&copy, flags));
        }
        if found.direct {
            return Ok(Outcome::Pass);
        }
        Ok(opened(&found, flags))
    }

    fn may_open(&self, found: &Found, meta: &Meta, flags: i32) -> Answer<()> {
        if flags & libc::O_PATH != 0 {
            return Ok(());
        }
        match kind(meta) {
            libc::S_IFLNK => return Err(libc::ELOOP),
            libc::S_IFDIR if writes(flags) || flags & libc::O_CREAT != 0 => {
                return Err(libc::EISDIR);
            }
            libc::S_IFDIR => {}
            _ if flags & libc::O_DIRECTORY != 0 => return Err(libc::ENOTDIR),
            _ => {}
        }
        let mut want = match flags & libc::O_ACCMODE {
            libc::O_RDONLY => READ,
            libc::O_WRONLY => WRITE,
            _ => READ | WRITE,
        };
        if flags & libc::O_TRUNC != 0 {
            want |= WRITE;
        }
        self.who()
            .may(self.attributes_of(found.place, meta), want)?;
        if want & WRITE != 0 {
            self.scratch.has_room(&found.guest)?;
        }
        self.open_on_disk(found, meta)
    }
}

fn writes(flags: i32) -> bool {
    flags & libc::O_PATH == 0
        && (flags & libc::O_ACCMODE != libc::O_RDONLY || flags & libc::O_TRUNC != 0)
}

/// What a process may write outside the scratch: its own descriptors and /proc, terminals, and devices without memory.
pub fn writable_on_host(found: &Found, meta: &Meta) -> bool {
    match found.place {
        Place::Process(_) | Place::Descriptor => true,
        _ => kind(meta) == libc::S_IFCHR && (is_harmless(&found.guest)),
    }
}

fn is_harmless(guest: &[u8]) -> bool {
    [
        &b"/dev/null"[..],
        b"/dev/zero",
        b"/dev/full",
        b"/dev/random",
        b"/dev/urandom",
        b"/dev/tty",
        b"/dev/ptmx",
    ]
    .contains(&guest)
        || guest.starts_with(b"/dev/pts/")
}

/// The file exists by now, and the walk has followed what was to be followed.
fn opened(found: &Found, flags: i32) -> Outcome {
    instead(&found.host, flags)
}

fn instead(host: &[u8], flags: i32) -> Outcome {
    // O_NOATIME is refused by the kernel to all but the real owner.
    let flags = flags & !(libc::O_CREAT | libc::O_EXCL | libc::O_NOATIME);
    Outcome::Instead(Instead::with_path(
        libc::SYS_openat,
        host,
        [
            NOWHERE,
            Argument::Block(0),
            Argument::Value(flags as u64),
            NOTHING,
            NOTHING,
            NOTHING,
        ],
    ))
}
