//! A node for the tests: a real sshd on a port of 127.0.0.1, for the current user, with keys of its own.

use hdikafka::edge::{Keepalive, Ssh, Target};
use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program, or a failing test that says what to install. A machine that cannot have it announces that in
/// `HDIKAFKA_SKIP` (words, separated by commas), and sees it said.
pub fn require(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    if let Some(found) = places
        .map(|place| place.join(program))
        .find(|file| file.is_file())
    {
        return Some(found);
    }
    let announced = std::env::var("HDIKAFKA_SKIP").unwrap_or_default();
    assert!(
        announced.split(',').any(|word| word == program),
        "{program} is needed by this test and is not installed"
    );
    println!("skipped: {program} is not installed, as HDIKAFKA_SKIP says");
    None
}

pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "never came: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn keygen(path: &Path, options: &[&str]) {
    let output = Command::new("ssh-keygen")
        .args(["-q", "-f"])
        .arg(path)
        .args(options)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Bytes that look random and are the same in every run.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
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

pub struct Node {
    pub directory: TempDir,
    pub port: u16,
    pub user: String,
    sshd: Child,
}

impl Node {
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// `settings`: more lines for sshd_config.
    pub fn start_with(settings: &str) -> Option<Self> {
        Self::start_full(settings, &["ed25519"])
    }

    /// `host_keys`: types; each lies in `host_TYPE`. The first one stands in known_hosts.
    pub fn start_full(settings: &str, host_keys: &[&str]) -> Option<Self> {
        let program = require("sshd")?;
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let mut key_lines = String::new();
        for kind in host_keys {
            let file = at(&format!("host_{kind}"));
            keygen(&file, &["-t", kind, "-N", ""]);
            key_lines += &format!("HostKey {}\n", file.display());
        }
        keygen(&at("id"), &["-t", "ed25519", "-N", ""]);
        fs::copy(at("id.pub"), at("authorized_keys")).unwrap();
        fs::write(at("ssh_config"), "IdentityAgent none\n").unwrap();
        // Where root's sshd wants to be empty and its own.
        let _ = fs::create_dir_all("/run/sshd");
        let user =
            String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let mut last = String::new();
        // Another process may take the port between our look and sshd's bind.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let config = format!(
                "{settings}\nListenAddress 127.0.0.1:{port}\n{key_lines}AuthorizedKeysFile {}\nPidFile none\n\
                 UsePAM no\nStrictModes no\nPermitRootLogin yes\nMaxStartups 100\nSubsystem sftp /bin/false\n",
                at("authorized_keys").display()
            );
            fs::write(at("sshd_config"), config).unwrap();
            let log = fs::File::create(at("sshd.log")).unwrap();
            let mut sshd = Command::new(&program)
                .args(["-D", "-e", "-f"])
                .arg(at("sshd_config"))
                .stdin(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap();
            let mut listening = false;
            eventually("sshd listens or ends", || {
                // Its own word: whoever has taken the port from it may greet, too.
                let said = fs::read_to_string(at("sshd.log")).unwrap();
                listening = said.contains("Server listening on") && greets(port);
                listening || sshd.try_wait().unwrap().is_some()
            });
            if listening && sshd.try_wait().unwrap().is_none() {
                let user = user.trim().to_owned();
                let node = Self {
                    directory,
                    port,
                    user,
                    sshd,
                };
                fs::write(
                    node.at("known_hosts"),
                    node.known_hosts_line(&format!("host_{}", host_keys[0])),
                )
                .unwrap();
                return Some(node);
            }
            last = fs::read_to_string(at("sshd.log")).unwrap();
        }
        panic!("sshd did not start: {last}");
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// As it would stand in known_hosts for this node.
    pub fn known_hosts_line(&self, key: &str) -> String {
        let public = fs::read_to_string(self.at(&format!("{key}.pub"))).unwrap();
        format!("[127.0.0.1]:{} {public}", self.port)
    }

    pub fn fingerprint(&self, key: &str) -> String {
        let output = Command::new("ssh-keygen")
            .arg("-lf")
            .arg(self.at(&format!("{key}.pub")))
            .output()
            .unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned()
    }

    /// With everything right; a test spoils what it is about.
    pub fn target(&self) -> Target {
        Target {
            host: "127.0.0.1".into(),
            port: Some(self.port),
            user: Some(self.user.clone()),
            identity_file: Some(self.at("id")),
            known_hosts: Some(self.at("known_hosts")),
            config_file: Some(self.at("ssh_config")),
            connect_timeout: Some(Duration::from_secs(20)),
            ..Target::default()
        }
    }

    pub fn connect(&self) -> Ssh {
        Ssh::connect(&self.target()).unwrap()
    }

    pub fn connect_with(&self, keepalive: Keepalive) -> Ssh {
        Ssh::connect(&Target {
            keepalive: Some(keepalive),
            ..self.target()
        })
        .unwrap()
    }

    /// The processes that serve connections: sshd's children and theirs, as far as they are sshd.
    pub fn sessions(&self) -> Vec<i32> {
        let mut found = vec![self.sshd.id() as i32];
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            found.extend(children(parent));
            next += 1;
        }
        found.split_off(1)
    }

    pub fn signal_sessions(&self, signal: &str) {
        let pids: Vec<String> = self.sessions().iter().map(i32::to_string).collect();
        assert!(!pids.is_empty(), "nobody is connected");
        // One of them may be gone by the time the other one was hit.
        let _ = Command::new("kill")
            .arg(format!("-{signal}"))
            .args(&pids)
            .output()
            .unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let sessions: Vec<String> = self.sessions().iter().map(i32::to_string).collect();
        let _ = self.sshd.kill();
        let _ = self.sshd.wait();
        if !sessions.is_empty() {
            let _ = Command::new("kill").arg("-KILL").args(&sessions).output();
        }
    }
}

fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut banner = [0; 4];
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream.read_exact(&mut banner).is_ok() && &banner == b"SSH-"
}

fn children(parent: i32) -> Vec<i32> {
    let stat = |pid: &str| fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    let of_parent = |text: &str| {
        // The name in parentheses may hold anything but is the only one.
        let (name, rest) = text.rsplit_once(')')?;
        let sshd = name.contains("(sshd");
        (sshd && rest.split_whitespace().nth(1)? == parent.to_string()).then_some(())
    };
    let entries = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = entries.filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
    pids.filter(|pid| stat(pid).and_then(|text| of_parent(&text)).is_some())
        .filter_map(|pid| pid.parse().ok())
        .collect()
}
