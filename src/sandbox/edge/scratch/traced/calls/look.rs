//! The calls that only look: stat, access, readlink, statfs, getcwd, uname; and those that look for the process later
//! (chdir, inotify).

use super::open::writable_on_host;
use super::{Argument, Context, Instead, NOTHING, Outcome};
use crate::sandbox::edge::scratch::traced::call::At;
use crate::sandbox::edge::scratch::traced::identity::EXECUTE;
use crate::sandbox::edge::scratch::traced::places::Place;
use crate::sandbox::edge::scratch::traced::sys::{self, Answer, Meta};
use crate::sandbox::edge::scratch::traced::tracee;
use crate::sandbox::edge::scratch::traced::walk::{Found, kind};

/// As the kernel: no working directory is longer.
const PATH_LIMIT: u64 = libc::PATH_MAX as u64;

impl Context<'_> {
    pub fn stat(&mut self, at: At, buffer: u64, flags: i32) -> Answer<Outcome> {
        let found = self.find_at(at, flags)?;
        let meta = self.as_seen(&found, *found.existing()?);
        let stat = old_form(&meta);
        tracee::write(self.tid, buffer, &sys::bytes_of(&stat))?;
        Ok(Outcome::Answer(0))
    }

    pub fn statx(&mut self, at: At, flags: i32, mask: u32, buffer: u64) -> Answer<Outcome> {
        // glibc probes with null pointers whether the call exists.
        let flags = if at.path == 0 && buffer == 0 {
            return Err(libc::EFAULT);
        } else {
            flags
        };
        let found = self.find_at(at, flags)?;
        let meta = *found.existing()?;
        let meta = match mask & !(libc::STATX_BASIC_STATS | libc::STATX_BTIME) {
            0 => meta,
            _ => {
                let nofollow = match found.place {
                    Place::Descriptor => 0,
                    _ if flags & libc::AT_EMPTY_PATH != 0 => 0,
                    _ => libc::AT_SYMLINK_NOFOLLOW,
                };
                sys::statx(&found.host, nofollow, mask)?
            }
        };
        let meta = self.as_seen(&found, meta);
        tracee::write(self.tid, buffer, &sys::bytes_of(&meta))?;
        Ok(Outcome::Answer(0))
    }

    /// With the owner and mode that the node knows.
    fn as_seen(&self, found: &Found, mut meta: Meta) -> Meta {
        match found.place {
            Place::Process(pid) => {
                if let Some(public) = self.scratch.processes.get(pid) {
                    meta.stx_uid = public.users.effective;
                    meta.stx_gid = public.groups.effective;
                }
            }
            place => {
                let seen = self.attributes_of(place, &meta);
                meta.stx_uid = seen.uid;
                meta.stx_gid = seen.gid;
                meta.stx_mode = seen.mode as u16;
            }
        }
        meta
    }

    pub fn access(&mut self, at: At, mode: i32, flags: i32) -> Answer<Outcome> {
        let who = if flags & libc::AT_EACCESS != 0 {
            self.who().clone()
        } else {
            self.who().by_real_ids()
        };
        let found = if flags & libc::AT_EMPTY_PATH != 0 {
            self.find_at(at, flags)?
        } else {
            self.find_as(&who, at, flags & libc::AT_SYMLINK_NOFOLLOW == 0)?
        };
        let meta = found.existing()?;
        if found.place.is_virtual() {
            who.may(self.attributes_of(found.place, meta), mode as u32 & 7)?;
            return Ok(Outcome::Answer(0));
        }
        if mode & libc::W_OK != 0 && !writable_on_host(&found, meta) {
            return Err(libc::EROFS);
        }
        sys::access(&found.host, mode)?;
        Ok(Outcome::Answer(0))
    }

    pub fn read_link(&mut self, at: At, buffer: u64, size: u64) -> Answer<Outcome> {
        if size == 0 || size > i32::MAX as u64 {
            return Err(libc::EINVAL);
        }
        let path = tracee::text(self.tid, at.path)?;
        let text = if path.is_empty() && at.dir != libc::AT_FDCWD {
            let found = self.by_descriptor(at.dir)?;
            if kind(found.existing()?) != libc::S_IFLNK {
                return Err(libc::EINVAL);
            }
            let place = self.scratch.places.host(found.place, &found.guest);
            sys::read_link(&place)?
        } else {
            let found = self.find_text(self.who(), at.dir, &path, false)?;
            if kind(found.existing()?) != libc::S_IFLNK {
                return Err(libc::EINVAL);
            }
            let text = match found.link {
                Some(text) => text,
                None => sys::read_link(&found.host)?,
            };
            match found.place {
                // where a process of the node is, as the node calls it
                Place::Process(_) if found.guest.ends_with(b"/cwd") => {
                    self.scratch.places.guest(&text).to_vec()
                }
                _ => text,
            }
        };
        let length = text.len().min(size as usize);
        tracee::write(self.tid, buffer, &text[..length])?;
        Ok(Outcome::Answer(length as i64))
    }

    pub fn file_system(&mut self, path: u64, buffer: u64) -> Answer<Outcome> {
        let at = At {
            dir: libc::AT_FDCWD,
            path,
        };
        let found = self.find(at, true)?;
        found.existing()?;
        let mut answer = sys::statfs(&found.host)?;
        if self.scratch.has_room(&found.guest).is_err() {
            answer.f_bfree = 0;
            answer.f_bavail = 0;
        }
        tracee::write(self.tid, buffer, &sys::bytes_of(&answer))?;
        Ok(Outcome::Answer(0))
    }

    pub fn working_directory(&mut self, buffer: u64, size: u64) -> Answer<Outcome> {
        let host = self.directory(libc::AT_FDCWD)?;
        let mut guest = self.scratch.places.guest(&host).to_vec();
        guest.push(0);
        if guest.len() as u64 > size.min(PATH_LIMIT) {
            return Err(libc::ERANGE);
        }
        tracee::write(self.tid, buffer, &guest)?;
        Ok(Outcome::Answer(guest.len() as i64))
    }

    pub fn change_directory(&mut self, path: u64) -> Answer<Outcome> {
        let at = At {
            dir: libc::AT_FDCWD,
            path,
        };
        let found = self.find(at, true)?;
        let meta = found.existing()?;
        if kind(meta) != libc::S_IFDIR {
            return Err(libc::ENOTDIR);
        }
        if found.place.is_virtual() {
            self.who()
                .may(self.attributes_of(found.place, meta), EXECUTE)?;
            self.open_on_disk(&found, meta)?;
        }
        if found.direct {
            return Ok(Outcome::Pass);
        }
        Ok(Outcome::Instead(Instead::with_path(
            libc::SYS_chdir,
            &found.host,
            [
                Argument::Block(0),
                NOTHING,
                NOTHING,
                NOTHING,
                NOTHING,
                NOTHING,
            ],
        )))
    }

    pub fn watch(&mut self, fd: i32, path: u64, mask: u32) -> Answer<Outcome> {
        let at = At {
            dir: libc::AT_FDCWD,
            path,
        };
        let found = self.find(at, mask & libc::IN_DONT_FOLLOW == 0)?;
        found.existing()?;
        if found.direct {
            return Ok(Outcome::Pass);
        }
        Ok(Outcome::Instead(Instead::with_path(
            libc::SYS_inotify_add_watch,
            &found.host,
            [
                Argument::Value(fd as u64),
                Argument::Block(0),
                Argument::Value(u64::from(mask)),
                NOTHING,
                NOTHING,
                NOTHING,
            ],
        )))
    }

    pub fn host_name(&mut self, buffer: u64) -> Answer<Outcome> {
        let mut answer = sys::uname()?;
        if let Some(name) = self.scratch.hostname() {
            answer.nodename = [0; 65];
            for (to, from) in answer.nodename.iter_mut().take(64).zip(name.bytes()) {
                *to = from as libc::c_char;
            }
        }
        tracee::write(self.tid, buffer, &sys::bytes_of(&answer))?;
        Ok(Outcome::Answer(0))
    }
}

/// `struct stat` from `struct statx`.
fn old_form(meta: &Meta) -> libc::stat {
    // SAFETY: zeroes are a valid stat.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    stat.st_dev = libc::makedev(meta.stx_dev_major, meta.stx_dev_minor);
    stat.st_ino = meta.stx_ino;
    stat.st_nlink = meta.stx_nlink.into();
    stat.st_mode = meta.stx_mode.into();
    stat.st_uid = meta.stx_uid;
    stat.st_gid = meta.stx_gid;
    stat.st_rdev = libc::makedev(meta.stx_rdev_major, meta.stx_rdev_minor);
    stat.st_size = meta.stx_size as i64;
    stat.st_blksize = meta.stx_blksize.into();
    stat.st_blocks = meta.stx_blocks as i64;
    stat.st_atime = meta.stx_atime.tv_sec;
    stat.st_atime_nsec = meta.stx_atime.tv_nsec.into();
    stat.st_mtime = meta.stx_mtime.tv_sec;
    stat.st_mtime_nsec = meta.stx_mtime.tv_nsec.into();
    stat.st_ctime = meta.stx_ctime.tv_sec;
    stat.st_ctime_nsec = meta.stx_ctime.tv_nsec.into();
    stat
}
