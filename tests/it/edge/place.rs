//! What the tests of `write-file.sh` share: a directory to write in, and the arguments of one write.

use super::programs::{Ended, Shell, set_mode};
use hdikafka::edge::digest;
use std::fs;
use std::path::{Path, PathBuf};

pub const PROGRAM: &str = include_str!("../../../templates/edge/write-file.sh");

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
