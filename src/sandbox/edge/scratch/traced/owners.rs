//! Virtual owners and modes of the files of the node, kept in memory. On disk every file belongs to whoever runs the
//! sandbox and has an owner-only mode; what the node sees is here. What is not in the table belongs to root.

use super::identity::Attributes;
use super::places::Place;
use super::sys::Meta;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file for as long as it exists. The birth time tells a new file from an old one with the same inode number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    device: (u32, u32),
    inode: u64,
    born: (i64, u32),
}

impl Key {
    pub fn of(meta: &Meta) -> Self {
        Self {
            device: (meta.stx_dev_major, meta.stx_dev_minor),
            inode: meta.stx_ino,
            born: (meta.stx_btime.tv_sec, meta.stx_btime.tv_nsec),
        }
    }
}

#[derive(Debug, Default)]
pub struct Owners(Mutex<HashMap<Key, Attributes>>);

impl Owners {
    fn table(&self) -> MutexGuard<'_, HashMap<Key, Attributes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn known(&self, meta: &Meta) -> Option<Attributes> {
        let found = self.table().get(&Key::of(meta)).copied()?;
        // The type is the file's own; the table keeps what can be changed.
        Some(Attributes {
            mode: (u32::from(meta.stx_mode) & libc::S_IFMT) | (found.mode & 0o7777),
            ..found
        })
    }

    /// As the table says; else what is mapped is root's with the mode on disk, and the host's files are as they are.
    pub fn of_place(&self, place: Place, meta: &Meta) -> Attributes {
        self.known(meta).unwrap_or(Attributes {
            uid: if place == Place::Mapped {
                0
            } else {
                meta.stx_uid
            },
            gid: if place == Place::Mapped {
                0
            } else {
                meta.stx_gid
            },
            mode: u32::from(meta.stx_mode),
        })
    }

    pub fn set(&self, meta: &Meta, attributes: Attributes) {
        self.table().insert(Key::of(meta), attributes);
    }

    pub fn forget(&self, meta: &Meta) {
        self.table().remove(&Key::of(meta));
    }
}

/// The mode on disk of a file with that virtual mode: always open to whoever runs the sandbox, closed to all others,
/// executable if anybody may execute it.
pub fn mode_on_disk(mode: u32) -> u32 {
    if mode & libc::S_IFMT == libc::S_IFDIR || mode & 0o111 != 0 {
        0o700
    } else {
        0o600
    }
}
