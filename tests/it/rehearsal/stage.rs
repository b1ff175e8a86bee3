//! A rehearsal and an operator whose profile it is: the binary against imitated servers, and a look at all of them.

use super::node::Tree;
use crate::cli::{Outcome, World};
use hdikafka::sandbox::rehearsal::files::Place;
use hdikafka::sandbox::rehearsal::{Faults, Options, Rehearsal};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What may happen at any time has happened by then, or never.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// The binary under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_hdikafka"))
}

pub struct Stage {
    // In the order in which they end.
    pub rehearsal: Rehearsal,
    pub world: World,
    /// Nothing that is printed may hold any of them.
    pub secrets: Vec<String>,
}

impl Stage {
    /// Nothing but a cluster, a hub and an edge node. Connectors are not watched after RUNNING.
    pub fn new() -> Self {
        let world = World::new();
        let rehearsal = Rehearsal::start(Options {
            directory: world.path("r"),
            program: program().to_owned(),
            faults: Faults::default(),
        })
        .unwrap();
        let stage = Self {
            secrets: secrets(rehearsal.place()),
            rehearsal,
            world,
        };
        stage.profile("stable_for = \"2s\"", "stable_for = \"0s\"");
        stage
    }

    /// With a bridge whose connectors run.
    pub fn bridge() -> Self {
        let stage = Self::new();
        stage.run(&["setup", "--yes"]).succeeded();
        stage
    }

    /// One bridge for all cases that neither change it nor stop it; both connectors are healthy.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Stage> = OnceLock::new();
        SHARED.get_or_init(|| {
            let stage = Self::bridge();
            stage.until_healthy();
            // Nobody drops what is static.
            let mut left = lock(&LEFT);
            *left = Some(stage.world.dir.path().to_owned());
            // SAFETY: the function is one of C's calling convention and stays.
            assert_eq!(unsafe { libc::atexit(remove_left) }, 0);
            stage
        })
    }

    pub fn place(&self) -> &Place {
        self.rehearsal.place()
    }

    /// Another text in the profile.
    #[track_caller]
    pub fn profile(&self, old: &str, new: &str) {
        let file = self.place().profile();
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {text}");
        self.place()
            .write("hdikafka.toml", &text.replace(old, new))
            .unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .arg("--config")
            .arg(self.place().profile())
            .args(arguments)
            .env_clear()
            .envs(&self.world.env)
            .env("USER", "ann")
            .current_dir(self.world.path("work"));
        command
    }

    /// Runs the binary with the rehearsal's profile.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_with(arguments, b"")
    }

    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> Outcome {
        let mut going = self.start(arguments);
        let mut stdin = going.child.stdin.take().unwrap();
        let input = input.to_owned();
        // A program that does not read its input may leave before it is written.
        thread::spawn(move || stdin.write_all(&input));
        going.finish()
    }

    /// The key of the hub's policy.
    pub fn hub_key(&self) -> String {
        let text = std::fs::read_to_string(self.place().directory().join("policy.json")).unwrap();
        let policy: Value = serde_json::from_str(&text).unwrap();
        policy["primaryKey"].as_str().unwrap().to_owned()
    }

    /// Runs it in the background.
    pub fn start(&self, arguments: &[&str]) -> Going {
        let mut going = Going::start(&mut self.command(arguments));
        going.secrets.clone_from(&self.secrets);
        going
    }

    /// It ends with `code` and says all of `words` on stderr; nothing on the node and no topic has changed.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], code: i32, words: &[&str]) -> Outcome {
        let before = (Tree::of(self), self.topics());
        let outcome = self.run(arguments).failed(code, words);
        before.0.is_still(self);
        assert_eq!(self.topics(), before.1, "{arguments:?}");
        outcome
    }

    pub fn topics(&self) -> Vec<String> {
        self.rehearsal.kafka.look(|seen| seen.topics())
    }

    /// `connector status` of one connector as JSON, whatever its exit code.
    pub fn health(&self, connector: &str) -> Value {
        let outcome = self.run(&["connector", "status", connector, "-o", "json"]);
        outcome.json()["connectors"][0].clone()
    }

    /// An idle sink says only every five seconds that it has polled; with a command it does so at once.
    #[track_caller]
    pub fn until_healthy(&self) {
        self.run(&["send", "-d", "fakepi", "wake up"]).succeeded();
        eventually("two healthy connectors", || {
            let status = self.run(&["connector", "status"]);
            status.code == 0 && status.out.matches("healthy").count() == 2
        });
    }

    /// `setup` until the connectors have polled, and there is nothing to do or to prove.
    #[track_caller]
    pub fn nothing_to_do(&self, arguments: &[&str]) {
        self.until_healthy();
        let again = self.run(arguments).succeeded();
        assert!(again.out.contains("Nothing to do"), "{}", again.out);
    }

    /// Bodies of the commands that the hub has taken for the device, in order.
    pub fn commands(&self, device: &str) -> Vec<String> {
        let commands = self.rehearsal.hub.commands(device).into_iter();
        commands
            .map(|command| String::from_utf8(command.body).unwrap())
            .collect()
    }
}

/// Ambari's password, the keys of policy and device, and the private key's body.
fn secrets(place: &Place) -> Vec<String> {
    let text = |name: &str| std::fs::read_to_string(place.directory().join(name)).unwrap();
    let policy: Value = serde_json::from_str(&text("policy.json")).unwrap();
    let device = text("fakepi.connection-string");
    let private = text("id_ed25519");
    vec![
        text("ambari-password").trim().to_owned(),
        text("edge-password").trim().to_owned(),
        policy["primaryKey"].as_str().unwrap().to_owned(),
        device
            .trim()
            .split_once("SharedAccessKey=")
            .unwrap()
            .1
            .to_owned(),
        private.lines().nth(3).unwrap().to_owned(),
    ]
}

static LEFT: Mutex<Option<PathBuf>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shared bridge's processes end with this one; its files do not.
extern "C" fn remove_left() {
    if let Some(directory) = lock(&LEFT).take() {
        Stage::shared().rehearsal.edge.scratch().kill_all();
        for _ in 0..100 {
            if std::fs::remove_dir_all(&directory).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A run of the binary in the background.
pub struct Going {
    pub child: Child,
    out: thread::JoinHandle<String>,
    err: thread::JoinHandle<String>,
    begun: Instant,
    pub secrets: Vec<String>,
}

impl Going {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = reader(child.stdout.take().unwrap());
        let err = reader(child.stderr.take().unwrap());
        Self {
            child,
            out,
            err,
            begun: Instant::now(),
            secrets: Vec::new(),
        }
    }

    pub fn signal(&self, signal: i32) {
        // SAFETY: kill(2) has no memory effects; the child has not been waited for, so the id is still its own.
        let sent = unsafe { libc::kill(self.child.id().cast_signed(), signal) };
        assert_eq!(sent, 0);
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    #[track_caller]
    pub fn finish(mut self) -> Outcome {
        let end = Instant::now() + PATIENCE * 2;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                self.child.kill().unwrap();
                panic!("it does not end: {}", self.err.join().unwrap());
            }
            thread::sleep(Duration::from_millis(2));
        };
        let outcome = Outcome {
            code: status.code().expect("ended by a signal"),
            out: self.out.join().unwrap(),
            err: self.err.join().unwrap(),
            took: self.begun.elapsed(),
        };
        for text in [&outcome.out, &outcome.err] {
            // Tabs are in files of which a plan shows lines.
            let wild = |c: &char| c.is_control() && !['\n', '\t'].contains(c);
            assert_eq!(text.chars().find(wild), None, "{text:?}");
            for secret in &self.secrets {
                assert!(!text.contains(secret.as_str()), "a secret was printed");
            }
        }
        assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
        outcome
    }
}

fn reader(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all
    })
}

#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "never came: {what}");
        // Most conditions run the binary.
        thread::sleep(Duration::from_millis(100));
    }
}
