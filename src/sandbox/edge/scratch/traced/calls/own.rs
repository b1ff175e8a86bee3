//! Calls that change what a file shows: chmod, chown, times; and its length by path.

use super::{Context, Outcome};
use crate::sandbox::edge::scratch::traced::call::{At, Times};
use crate::sandbox::edge::scratch::traced::identity::{Attributes, WRITE};
use crate::sandbox::edge::scratch::traced::owners::mode_on_disk;
use crate::sandbox::edge::scratch::traced::places::Place;
use crate::sandbox::edge::scratch::traced::sys::{self, Answer, Meta};
use crate::sandbox::edge::scratch::traced::tracee;
use crate::sandbox::edge::scratch::traced::walk::{Found, kind};

impl Context<'_> {
    /// A file whose attributes are the node's to change.
    fn changeable<'b>(&self, found: &'b Found) -> Answer<(&'b Meta, Attributes)> {
        let meta = found.existing()?;
        if !found.place.is_virtual() {
            return Err(libc::EROFS);
        }
        Ok((meta, self.attributes_of(found.place, meta)))
    }

    pub fn change_mode(&mut self, at: At, mode: u32, flags: i32) -> Answer<Outcome> {
        let found = self.find_at(at, flags)?;
        if self.is_own_stream(&found) {
            return Ok(Outcome::Answer(0));
        }
        let (meta, mut attributes) = self.changeable(&found)?;
        if kind(meta) == libc::S_IFLNK {
            return Err(libc::EOPNOTSUPP);
        }
        if !self.who().owns(attributes) {
            return Err(libc::EPERM);
        }
        attributes.mode = (attributes.mode & libc::S_IFMT) | (mode & 0o7777);
        if !self.who().overrides() && !self.who().in_group(attributes.gid) {
            attributes.mode &= !libc::S_ISGID;
        }
        // On disk too, for the change time and for what may be executed.
        sys::chmod(&found.host, mode_on_disk(attributes.mode))?;
        self.scratch.owners.set(meta, attributes);
        Ok(Outcome::Answer(0))
    }

    pub fn change_owner(&mut self, at: At, (uid, gid): (u32, u32), flags: i32) -> Answer<Outcome> {
        let found = self.find_at(at, flags)?;
        if self.is_own_stream(&found) {
            return Ok(Outcome::Answer(0));
        }
        let (meta, attributes) = self.changeable(&found)?;
        let attributes = attributes.changed_owner(self.who(), uid, gid)?;
        self.scratch.owners.set(meta, attributes);
        Ok(Outcome::Answer(0))
    }

    /// Terminals and pipes change hands when programs start others: it is so already, whoever it is on the host.
    fn is_own_stream(&self, found: &Found) -> bool {
        let terminal = found.guest.starts_with(b"/dev/pts/") || found.guest == b"/dev/null";
        found.place == Place::Descriptor || (terminal && self.who().overrides())
    }

    pub fn set_times(&mut self, at: At, times: Times, flags: i32) -> Answer<Outcome> {
        let times = self.times(times)?;
        let found = self.find_at(at, flags)?;
        let (_, attributes) = self.changeable(&found)?;
        let now = times.is_none_or(|both| both.iter().all(|time| time.tv_nsec == libc::UTIME_NOW));
        if !self.who().owns(attributes) {
            self.who()
                .may(attributes, WRITE)
                .and(if now { Ok(()) } else { Err(libc::EPERM) })?;
        }
        let by_descriptor = flags & libc::AT_EMPTY_PATH != 0;
        let flags = if by_descriptor {
            0
        } else {
            libc::AT_SYMLINK_NOFOLLOW
        };
        sys::set_times(&found.host, times, flags)?;
        Ok(Outcome::Answer(0))
    }

    fn times(&self, times: Times) -> Answer<Option<[libc::timespec; 2]>> {
        let (Times::Nanoseconds(address) | Times::Microseconds(address) | Times::Seconds(address)) =
            times;
        if address == 0 {
            return Ok(None);
        }
        let word =
            |index: u64| tracee::read_u64(self.tid, address + 8 * index).map(|word| word as i64);
        let time = |tv_sec, tv_nsec| libc::timespec { tv_sec, tv_nsec };
        Ok(Some(match times {
            Times::Nanoseconds(_) => [time(word(0)?, word(1)?), time(word(2)?, word(3)?)],
            Times::Microseconds(_) => [
                time(word(0)?, word(1)?.saturating_mul(1000)),
                time(word(2)?, word(3)?.saturating_mul(1000)),
            ],
            Times::Seconds(_) => [time(word(0)?, 0), time(word(1)?, 0)],
        }))
    }

    pub fn truncate(&mut self, path: u64, length: i64) -> Answer<Outcome> {
        let at = At {
            dir: libc::AT_FDCWD,
            path,
        };
        let found = self.find(at, true)?;
        let (meta, attributes) = self.changeable(&found)?;
        self.who().may(attributes, WRITE)?;
        self.open_on_disk(&found, meta)?;
        sys::truncate(&found.host, length)?;
        Ok(Outcome::Answer(0))
    }
}
