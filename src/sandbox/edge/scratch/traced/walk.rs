//! From a path as a process names it to the place where it is: component by component as the kernel walks, but in the
//! node's own tree. Symlinks are guest paths, `..` leads to the guest's parent, `/proc` shows the node's processes only,
//! and what may be searched follows virtual identity.

use super::identity::{EXECUTE, Identity};
use super::owners::Owners;
use super::places::{Place, Places};
use super::processes::Processes;
use super::sys::{self, Answer, Meta};

/// As the kernel's.
const MOST_LINKS: u32 = 40;

/// The answer of a walk. The last component may be missing, everything before it is there.
pub struct Found {
    /// Canonical: absolute, no dots, no slash at the end.
    pub guest: Vec<u8>,
    pub host: Vec<u8>,
    pub place: Place,
    /// Of the last component itself, which is a symlink only if it was not to be followed.
    pub meta: Option<Meta>,
    /// What a link of /proc says to the node, where the host would say something else.
    pub link: Option<Vec<u8>>,
    /// The kernel comes to the same file by the same words.
    pub direct: bool,
    /// It was named as a directory, with a slash at the end.
    pub as_directory: bool,
}

impl Found {
    pub fn existing(&self) -> Answer<&Meta> {
        let meta = self.meta.as_ref().ok_or(libc::ENOENT)?;
        if self.as_directory && kind(meta) != libc::S_IFDIR {
            return Err(libc::ENOTDIR);
        }
        Ok(meta)
    }

    pub fn parent(&self) -> &[u8] {
        match self.guest.iter().rposition(|byte| *byte == b'/') {
            Some(0) | None => b"/",
            Some(slash) => &self.guest[..slash],
        }
    }
}

/// The type bits of `st_mode`.
pub fn kind(meta: &Meta) -> u32 {
    u32::from(meta.stx_mode) & libc::S_IFMT
}

pub struct Walker<'a> {
    pub places: &'a Places,
    pub owners: &'a Owners,
    pub processes: &'a Processes,
    pub who: &'a Identity,
    /// Process and thread that `/proc/self` means.
    pub caller: (i32, i32),
}

/// Where a walk is.
struct Position {
    guest: Vec<u8>,
    place: Place,
    /// The directory's own, if it has been asked already.
    meta: Option<Meta>,
}

/// A walk on its way.
struct Course {
    at: Position,
    /// What is left of the path, the next component last.
    rest: Vec<Vec<u8>>,
    follow: bool,
    as_directory: bool,
    links: u32,
    direct: bool,
    /// What was found of the component that may be the last.
    last: Option<Last>,
}

struct Last {
    host: Vec<u8>,
    meta: Option<Meta>,
    link: Option<Vec<u8>>,
}

/// What a component turned out to be.
enum Step {
    Entry {
        host: Vec<u8>,
        meta: Option<Meta>,
    },
    Link {
        host: Vec<u8>,
        meta: Option<Meta>,
        target: Vec<u8>,
    },
    /// A link of /proc to something without a path.
    Nameless(Vec<u8>),
}

impl Walker<'_> {
    /// `base`: the guest directory that a relative path starts from, and whether it is the host's own.
    pub fn walk(&self, base: (&[u8], bool), path: &[u8], follow: bool) -> Answer<Found> {
        let (at, direct) = match path.first() {
            None => return Err(libc::ENOENT),
            Some(b'/') => (self.start(b"/"), true),
            Some(_) => (self.start(base.0), base.1),
        };
        let as_directory = path.ends_with(b"/");
        let mut course = Course {
            at,
            direct,
            follow: follow || as_directory,
            as_directory,
            rest: Vec::new(),
            links: 0,
            last: None,
        };
        push(&mut course.rest, path);
        while let Some(name) = course.rest.pop() {
            course.last = None;
            if name == b".." {
                let parent = parent(&course.at.guest).to_vec();
                course.at = self.start(&parent);
                continue;
            }
            self.may_search(&mut course.at)?;
            let end = course.rest.is_empty();
            let (guest, place, step) = self.step(&course.at, &name, end)?;
            course.direct &= place != Place::Mapped;
            self.take(&mut course, guest, place, step)?;
        }
        self.arrive(course)
    }

    /// Goes one step on.
    fn take(&self, course: &mut Course, guest: Vec<u8>, place: Place, step: Step) -> Answer<()> {
        let end = course.rest.is_empty();
        let here = |meta| Position { guest, place, meta };
        match step {
            Step::Nameless(_) if !end => return Err(libc::ENOTDIR),
            Step::Nameless(host) => {
                let link = (!course.follow)
                    .then(|| sys::read_link(&host))
                    .transpose()?;
                let meta = Some(sys::meta(&host, course.follow)?);
                course.at = here(None);
                if course.follow {
                    course.at.place = Place::Descriptor;
                }
                course.last = Some(Last { host, meta, link });
            }
            Step::Link { target, .. } if course.follow || !end => {
                course.links += 1;
                if course.links > MOST_LINKS {
                    return Err(libc::ELOOP);
                }
                if target.first() == Some(&b'/') {
                    course.at = self.start(b"/");
                }
                push(&mut course.rest, &target);
            }
            Step::Link { host, meta, target } => {
                course.at = here(None);
                let link = Some(target);
                course.last = Some(Last { host, meta, link });
            }
            Step::Entry { host, meta } => {
                course.at = here(meta);
                course.last = end.then_some(Last {
                    host,
                    meta,
                    link: None,
                });
            }
        }
        Ok(())
    }

    fn arrive(&self, course: Course) -> Answer<Found> {
        let at = course.at;
        let last = match course.last {
            Some(last) => last,
            // The root, or a path that ended in dots.
            None => {
                let host = self.places.host(at.place, &at.guest);
                let meta = Some(sys::meta(&host, false)?);
                Last {
                    host,
                    meta,
                    link: None,
                }
            }
        };
        Ok(Found {
            direct: course.direct && (at.place != Place::Ancestor || last.host == at.guest),
            guest: at.guest,
            host: last.host,
            place: at.place,
            meta: last.meta,
            link: last.link,
            as_directory: course.as_directory,
        })
    }

    fn start(&self, guest: &[u8]) -> Position {
        Position {
            guest: guest.to_vec(),
            place: self.place(guest),
            meta: None,
        }
    }

    /// As [`Places::of`], and knows /proc.
    pub fn place(&self, guest: &[u8]) -> Place {
        match guest.strip_prefix(b"/proc/") {
            Some(rest) => match number(rest.split(|byte| *byte == b'/').next().unwrap_or(rest)) {
                Some(1) => Place::Mapped,
                Some(pid) => Place::Process(pid),
                None => Place::Host,
            },
            None => self.places.of(guest),
        }
    }

    fn may_search(&self, at: &mut Position) -> Answer<()> {
        if !at.place.is_virtual() || self.who.overrides() {
            return Ok(());
        }
        let meta = match at.meta {
            Some(meta) => meta,
            None => sys::meta(&self.places.host(at.place, &at.guest), false)?,
        };
        if kind(&meta) != libc::S_IFDIR {
            return Err(libc::ENOTDIR);
        }
        self.who.may(self.owners.of_place(at.place, &meta), EXECUTE)
    }

    fn step(&self, at: &Position, name: &[u8], end: bool) -> Answer<(Vec<u8>, Place, Step)> {
        let mut guest = at.guest.clone();
        if guest != b"/" {
            guest.push(b'/');
        }
        guest.extend_from_slice(name);
        if at.guest == b"/proc" {
            return self.step_in_proc(guest, name, end);
        }
        let place = self.places.below(at.place, &guest);
        let host = self.places.host(place, &guest);
        if matches!(place, Place::Host | Place::Temporary) && self.places.is_inside(&host) {
            return Err(libc::ENOENT);
        }
        if let Place::Process(_) = place
            && (matches!(name, b"cwd" | b"exe" | b"root") || at.guest.ends_with(b"/fd"))
        {
            return Ok((guest, place, self.magic(host, name)?));
        }
        let step = self.look(place, host, end)?;
        Ok((guest, place, step))
    }

    fn look(&self, place: Place, host: Vec<u8>, end: bool) -> Answer<Step> {
        if end || place.is_virtual() {
            let meta = match sys::meta(&host, false) {
                Ok(meta) => meta,
                Err(libc::ENOENT) if end => return Ok(Step::Entry { host, meta: None }),
                Err(errno) => return Err(errno),
            };
            if kind(&meta) == libc::S_IFLNK {
                let target = sys::read_link(&host)?;
                let meta = Some(meta);
                return Ok(Step::Link { host, meta, target });
            }
            return Ok(Step::Entry {
                host,
                meta: Some(meta),
            });
        }
        match sys::read_link(&host) {
            Ok(target) => Ok(Step::Link {
                host,
                meta: None,
                target,
            }),
            Err(libc::EINVAL) => Ok(Step::Entry { host, meta: None }),
            Err(errno) => Err(errno),
        }
    }

    fn step_in_proc(
        &self,
        guest: Vec<u8>,
        name: &[u8],
        end: bool,
    ) -> Answer<(Vec<u8>, Place, Step)> {
        let (process, thread) = self.caller;
        let own = match name {
            b"self" => Some(process.to_string()),
            b"thread-self" => Some(format!("{process}/task/{thread}")),
            _ => None,
        };
        if let Some(target) = own {
            let host = guest.clone();
            let meta = sys::meta(&host, false).ok();
            let target = target.into_bytes();
            return Ok((guest, Place::Host, Step::Link { host, meta, target }));
        }
        let place = match number(name) {
            None => Place::Host,
            Some(1) => Place::Mapped,
            Some(pid) if self.processes.has(pid) => Place::Process(pid),
            Some(_) if end => {
                let host = guest.clone();
                return Ok((guest, Place::Host, Step::Entry { host, meta: None }));
            }
            Some(_) => return Err(libc::ENOENT),
        };
        let host = self.places.host(place, &guest);
        let step = self.look(place, host, end)?;
        Ok((guest, place, step))
    }

    /// The links of /proc/PID, which lead where their text only describes.
    fn magic(&self, host: Vec<u8>, name: &[u8]) -> Answer<Step> {
        if name == b"root" {
            let target = b"/".to_vec();
            return Ok(Step::Link {
                host,
                meta: None,
                target,
            });
        }
        let text = match sys::read_link(&host) {
            // `fd` itself and other plain entries.
            Err(libc::EINVAL) => {
                let meta = sys::meta(&host, false).ok();
                return Ok(Step::Entry { host, meta });
            }
            other => other?,
        };
        if text.first() == Some(&b'/') && !text.ends_with(b" (deleted)") {
            let target = self.places.guest(&text).to_vec();
            let meta = Some(sys::meta(&host, false)?);
            return Ok(Step::Link { host, meta, target });
        }
        Ok(Step::Nameless(host))
    }
}

fn number(name: &[u8]) -> Option<i32> {
    std::str::from_utf8(name)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()
}

/// Components, the first on top; empty ones and single dots say nothing.
fn push(rest: &mut Vec<Vec<u8>>, path: &[u8]) {
    rest.extend(
        path.split(|byte| *byte == b'/')
            .rev()
            .filter(|name| !name.is_empty() && *name != b".")
            .map(<[u8]>::to_vec),
    );
}

fn parent(guest: &[u8]) -> &[u8] {
    match guest.iter().rposition(|byte| *byte == b'/') {
        Some(0) | None => b"/",
        Some(slash) => &guest[..slash],
    }
}
