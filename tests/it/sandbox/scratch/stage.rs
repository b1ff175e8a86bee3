//! A small node for the tests: users, directories, and a way to run a line in it.

use hdikafka::sandbox::edge::scratch::{Child, Scratch, Spawn, User};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::ExitStatus;
use std::sync::Arc;
use tempfile::TempDir;

pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PREFIXES: &[&str] = &[
    "/etc/hdikafka",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/systemd/system",
    "/var/lib/hdikafka",
    "/var/log/hdikafka",
    "/usr/lib/hdikafka",
    "/usr/hdp",
    "/run/hdikafka.lock",
    "/bin/asroot",
    "/tmp",
    "/home/sshuser",
];

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n\
    sshuser:x:1001:1001::/home/sshuser:/bin/sh\n\
    kafka:x:1010:1011::/home/kafka:/bin/sh\n";
const GROUP: &str =
    "root:x:0:\nsudo:x:27:sshuser\nsshuser:x:1001:\nhadoop:x:1011:kafka\nkafka:x:1012:kafka\n";

pub struct Stage {
    pub scratch: Arc<Scratch>,
    pub dir: TempDir,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.scratch.kill_all();
    }
}

pub struct Said {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn is(&self, expected: &str) {
        assert!(
            self.status.success(),
            "{}: {}{}",
            self.status,
            self.out,
            self.err
        );
        assert_eq!(self.out, expected, "{}", self.err);
    }

    #[track_caller]
    pub fn fails(&self, words: &str) {
        assert!(!self.status.success(), "it worked: {}", self.out);
        assert!(self.err.contains(words), "{:?} {:?}", self.out, self.err);
    }
}

impl Stage {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(dir.path(), PREFIXES).unwrap();
        for directory in [
            "/etc/hdikafka",
            "/etc/systemd/system",
            "/var/lib/hdikafka",
            "/var/log/hdikafka",
            "/usr/lib/hdikafka",
            "/usr/hdp/2.4.1/kafka/config",
            "/usr/hdp/current",
            "/tmp",
            "/home/sshuser",
        ] {
            fs::create_dir_all(scratch.host_path(directory)).unwrap();
        }
        std::os::unix::fs::symlink(
            "/usr/hdp/2.4.1/kafka",
            scratch.host_path("/usr/hdp/current/kafka-broker"),
        )
        .unwrap();
        fs::write(scratch.host_path("/etc/passwd"), PASSWD).unwrap();
        fs::write(scratch.host_path("/etc/group"), GROUP).unwrap();
        fs::write(
            scratch.host_path("/etc/nsswitch.conf"),
            "passwd: files\ngroup: files\n",
        )
        .unwrap();
        for file in ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"] {
            scratch.set_mode(file, 0o644).unwrap();
        }
        scratch.set_mode("/tmp", 0o1777).unwrap();
        scratch.set_owner("/home/sshuser", 1001, 1001).unwrap();
        scratch.set_hostname("ed10-rehearsal");
        Self { scratch, dir }
    }

    pub fn user(name: &str) -> User {
        let (uid, gid, groups) = match name {
            "root" => (0, 0, vec![]),
            "sshuser" => (1001, 1001, vec![27]),
            "kafka" => (1010, 1011, vec![1012]),
            _ => (65534, 65534, vec![]),
        };
        User {
            name: name.into(),
            uid,
            gid,
            groups,
            home: "/home/sshuser".into(),
        }
    }

    /// What starts a program as that user.
    pub fn spawn(user: &str, argv: &[&str], stdio: [OwnedFd; 3]) -> Spawn {
        let [stdin, stdout, stderr] = stdio;
        Spawn {
            argv: argv.iter().map(OsString::from).collect(),
            env: [("PATH", PATH), ("LC_ALL", "C"), ("HOME", "/home/sshuser")]
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
            cwd: "/".into(),
            user: Self::user(user),
            stdin,
            stdout,
            stderr,
            new_session: true,
            controlling_terminal: false,
        }
    }

    /// A started program and the ends of its pipes.
    pub fn start(&self, user: &str, argv: &[&str]) -> (Child, File, File, File) {
        let (stdin, to) = pipe();
        let (out, stdout) = pipe();
        let (err, stderr) = pipe();
        let spawn = Self::spawn(user, argv, [stdin, stdout, stderr]);
        let child = self.scratch.spawn(spawn).unwrap();
        (child, to.into(), out.into(), err.into())
    }

    pub fn run(&self, user: &str, argv: &[&str], input: &[u8]) -> Said {
        let (child, mut to, mut out, mut err) = self.start(user, argv);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A program that does not read ends the pipe.
                let _ = to.write_all(input);
            });
            let err = scope.spawn(move || read(&mut err));
            let out = read(&mut out);
            let err = err.join().unwrap();
            Said {
                status: child.wait(),
                out,
                err,
            }
        })
    }

    pub fn sh(&self, user: &str, line: &str) -> Said {
        self.run(user, &["sh", "-c", line], b"")
    }
}

fn read(from: &mut File) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub fn pipe() -> (OwnedFd, OwnedFd) {
    let (from, to) = std::io::pipe().unwrap();
    (from.into(), to.into())
}
