//! Which guest paths live where: the mapped prefixes and their way back. Pure but for one question, whether the host has
//! a directory on the way to a prefix.

use super::sys;
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where a guest path belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the scratch directory.
    Mapped,
    /// A directory of the host on the way to a mapped prefix.
    Ancestor,
    /// The host's own /tmp, when it is not mapped: it may be written.
    Temporary,
    /// The host's, to be read.
    Host,
    /// `/proc/PID` of a process of the node, and below.
    Process(i32),
    /// What an open descriptor refers to and no path does: a pipe, a deleted file.
    Descriptor,
}

impl Place {
    /// Do virtual owners and modes count there?
    pub fn is_virtual(self) -> bool {
        matches!(self, Self::Mapped | Self::Temporary)
    }
}

#[derive(Debug)]
pub struct Places {
    dir: Vec<u8>,
    /// Prefixes (true) and the directories above them (false), without a slash at the end; the root is empty.
    marks: HashMap<Vec<u8>, bool>,
}

impl Places {
    /// `dir` is canonical, the prefixes are absolute and canonical in their parents.
    pub fn new(dir: &Path, prefixes: &[Vec<u8>]) -> Self {
        let mut marks = HashMap::from([(Vec::new(), false)]);
        for prefix in prefixes {
            let mut above = prefix.as_slice();
            while let Some(slash) = above.iter().rposition(|byte| *byte == b'/') {
                above = &above[..slash];
                marks.entry(above.to_vec()).or_insert(false);
            }
            marks.insert(prefix.clone(), true);
        }
        Self {
            dir: dir.as_os_str().as_bytes().to_vec(),
            marks,
        }
    }

    /// The place of the entry `guest` of a directory that is at `parent`.
    pub fn below(&self, parent: Place, guest: &[u8]) -> Place {
        match parent {
            Place::Ancestor => match self.marks.get(guest) {
                Some(true) => Place::Mapped,
                Some(false) => Place::Ancestor,
                None if guest == b"/tmp" => Place::Temporary,
                None => Place::Host,
            },
            other => other,
        }
    }

    pub fn of(&self, guest: &[u8]) -> Place {
        let mut place = Place::Ancestor;
        for (at, _) in guest.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            if at > 0 {
                place = self.below(place, &guest[..at]);
            }
        }
        if guest.len() > 1 {
            place = self.below(place, guest);
        }
        place
    }

    pub fn is_prefix(&self, guest: &[u8]) -> bool {
        self.marks.get(guest) == Some(&true)
    }

    /// Where a guest path of that place is on the host.
    pub fn host(&self, place: Place, guest: &[u8]) -> Vec<u8> {
        match place {
            Place::Mapped => self.inside(guest),
            // The host may lack a directory that leads to a prefix.
            Place::Ancestor if guest.len() > 1 && sys::meta(guest, false).is_err() => {
                self.inside(guest)
            }
            _ if guest.is_empty() => b"/".to_vec(),
            _ => guest.to_vec(),
        }
    }

    pub fn inside(&self, guest: &[u8]) -> Vec<u8> {
        let mut host = self.dir.clone();
        if guest != b"/" {
            host.extend_from_slice(guest);
        }
        host
    }

    /// Is it a path of the scratch directory itself?
    pub fn is_inside(&self, host: &[u8]) -> bool {
        host.strip_prefix(self.dir.as_slice())
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }

    /// The guest path of something on the host.
    pub fn guest<'a>(&self, host: &'a [u8]) -> &'a [u8] {
        match host.strip_prefix(self.dir.as_slice()) {
            Some([]) => b"/",
            Some(rest) if rest[0] == b'/' => rest,
            _ => host,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        Places::new(
            Path::new("/scratch/x"),
            &[b"/etc/hdikafka".to_vec(), b"/usr/bin/sudo".to_vec()],
        )
    }

    #[test]
    fn a_prefix_and_what_is_below_it_is_mapped_and_its_neighbours_are_not() {
        let places = places();
        assert_eq!(places.of(b"/etc/hdikafka"), Place::Mapped);
        assert_eq!(places.of(b"/etc/hdikafka/a/b"), Place::Mapped);
        assert_eq!(places.of(b"/etc/hdikafka2"), Place::Host);
        assert_eq!(places.of(b"/etc"), Place::Ancestor);
        assert_eq!(places.of(b"/"), Place::Ancestor);
        assert_eq!(places.of(b"/usr/bin/sudo"), Place::Mapped);
        assert_eq!(places.of(b"/usr/bin/su"), Place::Host);
        assert_eq!(places.of(b"/tmp/x"), Place::Temporary);
    }

    #[test]
    fn the_way_there_and_back() {
        let places = places();
        let host = places.host(Place::Mapped, b"/etc/hdikafka/a");
        assert_eq!(host, b"/scratch/x/etc/hdikafka/a");
        assert_eq!(places.guest(&host), b"/etc/hdikafka/a");
        assert_eq!(places.guest(b"/scratch/x"), b"/");
        assert_eq!(places.guest(b"/scratch/xy"), b"/scratch/xy");
        assert!(places.is_inside(b"/scratch/x/y") && !places.is_inside(b"/scratch/xy"));
    }
}
