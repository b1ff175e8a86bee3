//! The edge node's disk and processes as its own root would see them.

use super::stage::Stage;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use hdikafka::sandbox::edge::scratch::{Child, Spawn, User};

pub const CONFIG: &str = "/usr/hdp/current/kafka-broker/config";
pub const ROOT: (u32, u32) = (0, 0);
/// User kafka, group hadoop.
pub const KAFKA: (u32, u32) = (1010, 1009);

impl Stage {
    pub fn read(&self, guest: &str) -> Vec<u8> {
        let path = self.rehearsal.edge.scratch().host_path(guest);
        fs::read(&path).unwrap_or_else(|error| panic!("{guest}: {error}"))
    }

    pub fn text(&self, guest: &str) -> String {
        String::from_utf8_lossy(&self.read(guest)).into_owned()
    }

    pub fn exists(&self, guest: &str) -> bool {
        self.rehearsal.edge.scratch().host_path(guest).exists()
    }

    /// As root; owner and mode of a file that is there stay.
    pub fn write(&self, guest: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.rehearsal.edge.scratch().host_path(guest), bytes).unwrap();
    }

    pub fn remove(&self, guest: &str) {
        fs::remove_file(self.rehearsal.edge.scratch().host_path(guest)).unwrap();
    }

    /// `0640 0:1009`
    pub fn access(&self, guest: &str) -> String {
        let scratch = self.rehearsal.edge.scratch();
        let (uid, gid) = scratch.owner(guest).unwrap();
        format!("{:04o} {uid}:{gid}", scratch.mode(guest).unwrap())
    }

    /// Starts a program on the node, in the environment of a shell.
    pub fn spawn(&self, user: &str, (uid, gid): (u32, u32), argv: &[&str]) -> Child {
        let null = || {
            OwnedFd::from(
                File::options()
                    .read(true)
                    .write(true)
                    .open("/dev/null")
                    .unwrap(),
            )
        };
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let spawn = Spawn {
            argv: argv.iter().map(Into::into).collect(),
            env: vec![
                ("PATH".to_owned(), path.to_owned()),
                ("LOG_DIR".to_owned(), "/tmp".to_owned()),
            ],
            cwd: "/".to_owned(),
            user: User {
                name: user.to_owned(),
                uid,
                gid,
                groups: Vec::new(),
                home: "/tmp".to_owned(),
            },
            stdin: null(),
            stdout: null(),
            stderr: null(),
            new_session: true,
            controlling_terminal: false,
        };
        self.rehearsal.edge.scratch().spawn(spawn).unwrap()
    }
}

/// All files of the node but logs, sockets and what its processes are: kind, access, bytes.
#[derive(PartialEq)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    pub fn of(stage: &Stage) -> Self {
        let root = stage.place().edge().join("root");
        let mut all = BTreeMap::new();
        walk(stage, &root, "", &mut all);
        assert!(all.len() > 50, "this is not a node: {:#?}", all.keys());
        Self(all)
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// `+ PATH`, `- PATH`, `~ PATH`
    pub fn changes(&self, after: &Self) -> Vec<String> {
        let gone = self.0.keys().filter(|path| !after.0.contains_key(*path));
        let came = after.0.keys().filter(|path| !self.0.contains_key(*path));
        let other = self
            .0
            .iter()
            .filter(|(path, what)| after.0.get(*path).is_some_and(|after| after != *what));
        let gone = gone.map(|path| format!("- {path}"));
        let came = came.map(|path| format!("+ {path}"));
        gone.chain(came)
            .chain(other.map(|(path, _)| format!("~ {path}")))
            .collect()
    }

    #[track_caller]
    pub fn is_still(&self, stage: &Stage) {
        let changes = self.changes(&Self::of(stage));
        assert!(changes.is_empty(), "the node was changed: {changes:#?}");
    }
}

fn walk(stage: &Stage, directory: &Path, guest: &str, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{guest}/{}", entry.file_name().to_str().unwrap());
        if ["/proc", "/run", "/var/log"].contains(&path.as_str()) {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            all.insert(path, format!("link {}", target.display()));
        } else if kind.is_dir() {
            all.insert(path.clone(), format!("directory {}", stage.access(&path)));
            walk(stage, &entry.path(), &path, all);
        } else {
            let size = entry.metadata().map_or(0, |found| found.len());
            // The one large file is the program itself.
            let bytes = match size > 1 << 22 {
                true => size.to_le_bytes().to_vec(),
                false => fs::read(entry.path()).unwrap_or_default(),
            };
            // A temporary file may be gone again.
            let Some(access) = entry.path().exists().then(|| stage.access(&path)) else {
                continue;
            };
            all.insert(path, format!("file {access} {}", digest(&bytes)));
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

/// Every file below a directory of this machine that holds one of the texts.
pub fn holding(directory: &Path, texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding(&entry.path(), texts));
        } else if kind.is_file() {
            let mut bytes = Vec::new();
            let file = File::open(entry.path());
            if let Ok(mut file) = file {
                file.read_to_end(&mut bytes).unwrap();
            }
            let holds = |text: &String| bytes.windows(text.len()).any(|one| one == text.as_bytes());
            if bytes.len() < 1 << 22 && texts.iter().any(holds) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found.sort();
    found
}
