//! What the tests of `write-file.sh` and `write-files.sh` share: a directory to write in, and the arguments of one write.

use super::programs::{Ended, Shell, set_mode};
use hdikafka::edge::digest;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const PROGRAM: &str = concat!(
    include_str!("../../../templates/edge/files.sh"),
    include_str!("../../../templates/edge/write-file.sh")
);
pub const SEVERAL: &str = concat!(
    include_str!("../../../templates/edge/files.sh"),
    include_str!("../../../templates/edge/write-files.sh")
);

pub fn sha(bytes: &[u8]) -> String {
    digest(bytes).unwrap().1
}

/// A directory that everybody may enter, and the arguments of one write in it.
pub struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        set_mode(directory.path(), 0o755);
        Self { directory }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.directory)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub struct Args {
    pub path: PathBuf,
    pub mode: &'static str,
    pub before: String,
    pub length: usize,
    pub sha256: String,
    pub backups: PathBuf,
}

impl Args {
    pub fn new(path: PathBuf, bytes: &[u8]) -> Self {
        Self {
            path,
            mode: "keep",
            before: "any".into(),
            length: bytes.len(),
            sha256: sha(bytes),
            backups: PathBuf::new(),
        }
    }

    pub fn list(&self) -> Vec<String> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        vec![
            text(&self.path),
            self.mode.into(),
            "keep".into(),
            "keep".into(),
            self.before.clone(),
            self.length.to_string(),
            self.sha256.clone(),
            text(&self.backups),
        ]
    }

    pub fn run(&self, shell: &Shell, input: &[u8]) -> Ended {
        let list = self.list();
        shell.run(
            PROGRAM,
            "write-file",
            &list.iter().map(String::as_str).collect::<Vec<_>>(),
            input,
        )
    }
}

/// A file system of its own, as small as the test wants it.
pub struct Disk {
    pub path: PathBuf,
}

impl Disk {
    pub fn mount(path: PathBuf) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m,mode=755", "hdikafka-test"])
            .arg(&path)
            .output();
        match mount {
            Ok(output) if output.status.success() => Some(Self { path }),
            other => {
                let announced = std::env::var("HDIKAFKA_SKIP").unwrap_or_default();
                assert!(
                    announced.split(',').any(|word| word == "mount"),
                    "this test mounts a small disk, as root: {other:?}"
                );
                println!("skipped: no small disk here, as HDIKAFKA_SKIP says");
                None
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}
