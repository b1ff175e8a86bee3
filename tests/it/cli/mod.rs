//! The real binary, run as an operator runs it, without a lab: an environment of its own, servers of this process, and
//! a look at exit code, stdout, stderr and at who was contacted.

mod build;
mod client_properties;
mod completions;
mod connector;
mod device;
mod fetch;
mod help;
mod hosts;
mod hub;
mod hub_az;
mod hub_shapes;
mod keyring;
mod produce;
mod profile;
mod profile_named;
mod send;
mod send_broken;
mod send_many;
mod servers;
mod topics;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The password of Ambari and the key of the hub: nothing that is printed may hold either, unless it was asked for.
const PASSWORD: &str = "ambari-canary-7d21";
const KEY: &str = "aHViLWNhbmFyeS0wMTIzNDU2Nzg5YWJjZGVmZ2hpamsh";

/// No run of the binary here has a reason to take longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home, a working directory and a PATH with nothing in it but what a test puts there.
pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) env: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["home", "work", "bin"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let place = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let env = [
            ("HOME", place("home")),
            ("XDG_CONFIG_HOME", place("home/.config")),
            ("XDG_CACHE_HOME", place("home/.cache")),
            ("PATH", place("bin")),
        ];
        Self {
            env: env
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            dir,
        }
    }

    pub(crate) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file below the world's directory and returns its path as an argument.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Puts a program on PATH. It has to find its own tools.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[track_caller]
    pub(crate) fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Outcome {
        self.run_with(arguments, b"")
    }

    /// What it prints, byte for byte: for output that is not meant for a terminal.
    fn run_raw(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hdikafka"));
        command.args(arguments).env_clear().envs(&self.env);
        let output = command.output().unwrap();
        assert!(output.status.success());
        output.stdout
    }

    /// Runs the binary in `work` with this standard input.
    #[track_caller]
    pub(crate) fn run_with<S: AsRef<str>>(&self, arguments: &[S], input: &[u8]) -> Outcome {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hdikafka"))
            .args(arguments.iter().map(AsRef::as_ref))
            .env_clear()
            .envs(&self.env)
            .current_dir(self.path("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
        // a program that does not read its input may leave before it is written
        thread::spawn(move || stdin.write_all(&input));
        let out = reader(child.stdout.take().unwrap());
        let err = reader(child.stderr.take().unwrap());
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("did not end within {PATIENCE:?}: {}", err.join().unwrap());
            }
            thread::sleep(Duration::from_millis(2));
        };
        let outcome = Outcome {
            code: status.code().expect("ended by a signal"),
            out: out.join().unwrap(),
            err: err.join().unwrap(),
            took: begun.elapsed(),
        };
        outcome.is_fit_for_a_terminal();
        outcome
    }
}

fn reader(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).expect("output that is no UTF-8")
    })
}

pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) took: Duration,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn is_fit_for_a_terminal(&self) {
        for text in [&self.out, &self.err] {
            let wild = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(wild, None, "{text:?}");
            assert!(
                !text.contains(PASSWORD),
                "the password was printed: {text:?}"
            );
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }

    /// Done, and nothing to complain about.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self
    }

    /// Exit code 0, whatever it said on stderr.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }

    /// Ended with this code, no data, and an error that has all these words.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(
            (self.code, self.out.as_str()),
            (code, ""),
            "stderr: {}",
            self.err
        );
        assert!(self.err.contains("error: "), "{}", self.err);
        for words in words {
            assert!(
                self.err.contains(words),
                "{words:?} is not in: {}",
                self.err
            );
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect(&self.out)
    }

    #[track_caller]
    pub(crate) fn yaml(&self) -> Value {
        serde_yaml_ng::from_str(&self.out).expect(&self.out)
    }
}
