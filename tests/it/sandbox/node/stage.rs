//! A node for a test, and ways to reach it.

use hdikafka::edge::{Command, Keepalive, Output, Remote, RemoteError, Ssh, Target};
use hdikafka::sandbox::edge::{Faults, Node, Options};
use hdikafka::secret::Secret;
use std::fs;
use std::path::PathBuf;
use std::process::Command as Process;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const PASSWORD: &str = "Rehearsal 1!";

pub struct Stage {
    pub node: Node,
    pub dir: TempDir,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("id");
        let made = Process::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&key)
            .status()
            .unwrap();
        assert!(made.success());
        let mut options = Options::new(dir.path().join("node"), env!("CARGO_BIN_EXE_hdikafka"));
        options.password = Some(Secret::from(PASSWORD));
        options.authorized_keys = vec![fs::read_to_string(key.with_extension("pub")).unwrap()];
        change(&mut options);
        let node = Node::start(options).unwrap();
        fs::write(dir.path().join("known_hosts"), node.known_hosts()).unwrap();
        let config = format!(
            "IdentityAgent none\nIdentitiesOnly yes\nIdentityFile {}\n",
            key.display()
        );
        fs::write(dir.path().join("config"), config).unwrap();
        Self { node, dir }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// By key; known_hosts has the node.
    pub fn target(&self) -> Target {
        let addr = self.node.addr();
        Target {
            host: addr.ip().to_string(),
            port: Some(addr.port()),
            user: Some("sshuser".into()),
            identity_file: Some(self.at("id")),
            known_hosts: Some(self.at("known_hosts")),
            config_file: Some(self.at("config")),
            connect_timeout: Some(Duration::from_secs(20)),
            keepalive: Some(Keepalive {
                interval: Duration::from_secs(2),
                count: 2,
            }),
            ..Target::default()
        }
    }

    pub fn connect(&self) -> Ssh {
        Ssh::connect(&self.target()).unwrap()
    }

    /// A program of OpenSSH that finds the node under the name `edge`.
    pub fn openssh(&self, program: &str) -> Process {
        let addr = self.node.addr();
        let config = self.at("openssh_config");
        let text = format!(
            "Host edge\n HostName {}\n Port {}\n User sshuser\n IdentityFile {}\n IdentitiesOnly yes\n \
             UserKnownHostsFile {}\n GlobalKnownHostsFile /dev/null\n StrictHostKeyChecking yes\n BatchMode yes\n \
             LogLevel ERROR\n",
            addr.ip(),
            addr.port(),
            self.at("id").display(),
            self.at("known_hosts").display()
        );
        fs::write(&config, text).unwrap();
        let mut process = Process::new(program);
        process.arg("-F").arg(config);
        process
    }

    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        self.node.set_faults(change).unwrap();
    }
}

pub fn sh(script: &str) -> Command {
    Command::program("test", script, [] as [&str; 0])
}

pub trait Say {
    /// Runs a line and gives what it printed; it must have worked.
    fn say(&self, script: &str) -> String;
    fn try_sh(&self, script: &str) -> Output;
}

impl Say for Ssh {
    #[track_caller]
    fn say(&self, script: &str) -> String {
        let output = self.try_sh(script);
        assert!(output.success(), "{script}: {}", words(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn try_sh(&self, script: &str) -> Output {
        self.run(&sh(script)).unwrap()
    }
}

pub fn words(output: &Output) -> String {
    format!(
        "{}: {}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end, "never came: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Bytes that look random and are the same in every run.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..length.div_ceil(8))
        .flat_map(|_| next())
        .take(length)
        .collect()
}

#[track_caller]
pub fn refused(result: Result<Ssh, RemoteError>) -> RemoteError {
    match result {
        Ok(_) => panic!("the node let us in"),
        Err(error) => error,
    }
}
