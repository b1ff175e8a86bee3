//! What the node sees of /proc where the host's would say too much or something else: the list of processes, its init,
//! and who a process is. Copies in the scratch directory, made when they are opened.

use super::Scratch;
use super::processes::Public;
use super::sys::{Answer, Errno};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

impl Scratch {
    /// The directory that stands for /proc in listings: the node's processes and the host's other entries, without
    /// their contents.
    pub(super) fn list_processes(&self) -> Answer<Vec<u8>> {
        let _guard = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        let listing = self.inside("/proc");
        self.sync_listing(&listing).map_err(number)?;
        Ok(listing.into_os_string().into_encoded_bytes())
    }

    fn sync_listing(&self, listing: &Path) -> io::Result<()> {
        let alive = self.processes.all();
        for entry in fs::read_dir(listing)? {
            let entry = entry?;
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if pid.is_some_and(|pid: i32| pid != 1 && !alive.contains(&pid)) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        for pid in alive {
            make(fs::create_dir(listing.join(pid.to_string())))?;
        }
        Ok(())
    }

    /// Laid out once: entries that are no processes, and init.
    pub(super) fn lay_out_proc(&self) -> io::Result<()> {
        let listing = self.inside("/proc");
        fs::create_dir_all(&listing)?;
        for entry in fs::read_dir("/proc")? {
            let entry = entry?;
            let name = entry.file_name();
            if name.as_bytes().iter().all(u8::is_ascii_digit) {
                continue;
            }
            let place = listing.join(&name);
            let kind = entry.file_type()?;
            make(if kind.is_dir() {
                fs::create_dir(&place)
            } else if kind.is_symlink() {
                symlink("self", &place)
            } else {
                fs::write(&place, "")
            })?;
        }
        fs::create_dir_all(listing.join("1"))?;
        self.set_init("systemd")
    }

    /// What the node's first process is called: `systemd` from the start.
    pub fn set_init(&self, name: &str) -> io::Result<()> {
        let place = self.inside("/proc/1");
        fs::write(place.join("comm"), format!("{name}\n"))?;
        fs::write(place.join("cmdline"), "/sbin/init\0")?;
        fs::write(place.join("cgroup"), "0::/init.scope\n")?;
        fs::write(
            place.join("stat"),
            format!("1 ({name}) S 0 1 1 0 -1 4194560{}\n", " 0".repeat(43)),
        )?;
        fs::write(
            place.join("status"),
            format!(
                "Name:\t{name}\nUmask:\t0000\nState:\tS (sleeping)\nTgid:\t1\nPid:\t1\nPPid:\t0\n\
                 TracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nThreads:\t1\n"
            ),
        )
    }

    /// The copy that a process gets instead of `/proc/PID/status` and `/proc/PID/cgroup`; `None` for other files.
    pub(super) fn as_seen(&self, pid: i32, guest: &[u8]) -> Answer<Option<Vec<u8>>> {
        let Some(name) = guest
            .strip_prefix(format!("/proc/{pid}/").as_bytes())
            .filter(|name| matches!(*name, b"status" | b"cgroup"))
        else {
            return Ok(None);
        };
        let public = self.processes.get(pid).ok_or(libc::ENOENT)?;
        let text = if name == b"cgroup" {
            format!("0::{}\n", public.cgroup)
        } else {
            let status = fs::read_to_string(OsStr::from_bytes(guest)).map_err(number)?;
            as_status(&status, &public)
        };
        let _guard = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        let place = self.inside(&format!("/proc/{pid}"));
        make(fs::create_dir(&place)).map_err(number)?;
        let file = place.join(OsStr::from_bytes(name));
        // A reader of an older copy keeps it.
        make_gone(fs::remove_file(&file)).map_err(number)?;
        fs::write(&file, text).map_err(number)?;
        Ok(Some(file.into_os_string().into_encoded_bytes()))
    }

    fn inside(&self, guest: &str) -> PathBuf {
        PathBuf::from(OsStr::from_bytes(&self.places.inside(guest.as_bytes())))
    }
}

fn as_status(status: &str, public: &Public) -> String {
    let ids = |ids: super::identity::Ids| {
        format!(
            "{}\t{}\t{}\t{}",
            ids.real, ids.effective, ids.saved, ids.files
        )
    };
    let groups: Vec<String> = public.supplementary.iter().map(u32::to_string).collect();
    let mut seen = String::with_capacity(status.len());
    for line in status.lines() {
        let key = line.split_once(':').map_or(line, |(key, _)| key);
        match key {
            "Uid" => seen += &format!("Uid:\t{}", ids(public.users)),
            "Gid" => seen += &format!("Gid:\t{}", ids(public.groups)),
            "Groups" => seen += &format!("Groups:\t{} ", groups.join(" ")),
            "CapPrm" => seen += &format!("CapPrm:\t{:016x}", public.permitted),
            "CapEff" => seen += &format!("CapEff:\t{:016x}", public.effective),
            "NoNewPrivs" => seen += "NoNewPrivs:\t0",
            "TracerPid" => seen += "TracerPid:\t0",
            _ => seen += line,
        }
        seen.push('\n');
    }
    seen
}

/// Being there already is as good.
fn make(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Ok(()),
        _ => Err(error),
    })
}

fn make_gone(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

fn number(error: io::Error) -> Errno {
    error.raw_os_error().unwrap_or(libc::EIO)
}
