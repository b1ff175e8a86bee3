//! The edge's disk: an overlay whose upper layer is a small tmpfs. Here: making it, filling it up, and reading what is on
//! the machine, to be compared.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::edge::Edge;
use super::unmount;
use crate::enclosure;

/// Bytes that a fresh edge can write.
const SIZE: u64 = 512 << 20;

/// Where a bridge may be, and nothing else writes: compared to prove that nothing was changed.
const WATCHED: [&str; 8] = [
    "/etc",
    "/home",
    "/opt",
    "/usr/hdp",
    "/usr/lib/hdikafka",
    "/usr/lib/systemd/system",
    "/var/lib/hdikafka",
    "/var/log",
];

pub struct Disk {
    dir: PathBuf,
}

impl Disk {
    pub fn new(edge: &Path) -> Disk {
        Disk {
            dir: edge.join("disk"),
        }
    }

    /// Lays an empty writable layer over `lower`, the uppermost first.
    pub fn make(&self, lower: &[PathBuf]) -> Result<()> {
        fs::create_dir_all(&self.dir)?;
        enclosure::mount(
            "edge",
            &self.dir,
            "tmpfs",
            0,
            &format!("mode=755,size={SIZE}"),
        )?;
        for name in ["upper", "work", "root"] {
            fs::create_dir(self.dir.join(name))?;
        }
        let lower: Vec<_> = lower.iter().map(|dir| dir.display().to_string()).collect();
        let data = format!(
            "lowerdir={},upperdir={dir}/upper,workdir={dir}/work",
            lower.join(":"),
            dir = self.dir.display()
        );
        enclosure::mount("overlay", &self.root(), "overlay", 0, &data)
    }

    pub fn root(&self) -> PathBuf {
        self.dir.join("root")
    }

    pub fn discard(&self) -> Result<()> {
        unmount(&self.root());
        unmount(&self.dir);
        match fs::read_dir(&self.dir).map(|mut entries| entries.next().is_none()) {
            Ok(false) => bail!("the edge's disk is still there"),
            _ => Ok(()),
        }
    }

    /// Takes all but `left` bytes of the disk, until the filling is dropped. Nothing of it is seen on the machine but that
    /// its disk is full. Whoever writes meanwhile gets some of it first.
    pub fn fill(&self, left: u64) -> Result<Filling> {
        let path = self.dir.join("filling");
        let file = File::create(&path)?;
        let filling = Filling { path };
        let mut taken = 0;
        loop {
            let take = self.free()?.saturating_sub(left);
            if take == 0 {
                return Ok(filling);
            }
            let (at, length) = (i64::try_from(taken)?, i64::try_from(take)?);
            // SAFETY: the descriptor is open. fallocate takes the blocks without anybody writing them.
            if unsafe { libc::fallocate(file.as_raw_fd(), 0, at, length) } == 0 {
                taken += take;
                continue;
            }
            let error = std::io::Error::last_os_error();
            // What was free a moment ago may be somebody else's by now; a last block may be nobody's.
            if error.raw_os_error() != Some(libc::ENOSPC) {
                return Err(error).context("filling the edge's disk");
            }
            if self.free()?.saturating_sub(left) == take {
                return Ok(filling);
            }
        }
    }

    /// Bytes that can still be written.
    pub fn free(&self) -> Result<u64> {
        let path = CString::new(self.dir.as_os_str().as_encoded_bytes())?;
        let mut stat = MaybeUninit::<libc::statvfs>::zeroed();
        // SAFETY: a live string, and room for the answer.
        if unsafe { libc::statvfs(path.as_ptr(), stat.as_mut_ptr()) } != 0 {
            return Err(std::io::Error::last_os_error()).context("measuring the edge's disk");
        }
        // SAFETY: all-zero is a valid statvfs, and the call filled it.
        let stat = unsafe { stat.assume_init() };
        Ok(stat.f_bavail * stat.f_frsize)
    }
}

/// What fills a disk; removed when dropped.
pub struct Filling {
    path: PathBuf,
}

impl Drop for Filling {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// What is on the machine: path → kind, mode, owner, and digest or target.
#[derive(Debug, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, String>);

impl Tree {
    /// Reads the watched places, as root on the machine. Left out is what a login or the journal writes.
    pub fn of(edge: &Edge) -> Result<Tree> {
        // Two lists: what is there, and the digests of the files, with one sha256sum for all.
        const PROGRAM: &str = r#"
            places=$*
            set -f
            list() { for place in $places; do [ ! -e "$place" ] || printf '%s\0' "$place"; done; }
            seek() { list | find -files0-from - -xdev \( -path /var/log/journal -o -name wtmp -o -name btmp -o -name lastlog \) -prune -o "$@"; }
            seek -printf '%p\t%y %m %U:%G %l\n'
            echo
            seek -type f -print0 | xargs -0 -r sha256sum"#;
        let mut argv = vec!["sh", "-c", PROGRAM, "sh"];
        argv.extend(WATCHED);
        let listing = edge.exec_quietly(&argv)?.ok()?.stdout;
        let (entries, digests) = listing
            .split_once("\n\n")
            .context("the listing has two parts")?;
        let mut tree: BTreeMap<String, String> = entries
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(path, what)| (path.to_owned(), what.to_owned()))
            .collect();
        for (digest, path) in digests.lines().filter_map(|line| line.split_once("  ")) {
            if let Some(what) = tree.get_mut(path) {
                what.push_str(digest);
            }
        }
        Ok(Tree(tree))
    }

    /// One line a difference: `+` only in `later`, `-` only here, `~` in both and not the same.
    pub fn changes(&self, later: &Tree) -> Vec<String> {
        let gone = self
            .0
            .keys()
            .filter(|path| !later.0.contains_key(*path))
            .map(|path| format!("- {path}"));
        let other = later
            .0
            .iter()
            .filter_map(|(path, now)| match self.0.get(path) {
                None => Some(format!("+ {path} ({now})")),
                Some(before) if before != now => Some(format!("~ {path} ({before} -> {now})")),
                Some(_) => None,
            });
        gone.chain(other).collect()
    }
}
