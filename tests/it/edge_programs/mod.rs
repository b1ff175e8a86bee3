//! The programs of templates/edge that ask a node, by themselves, under each shell that a node may have as `sh`: no SSH,
//! no root, and the arguments that `facts` gives them. Those that write and lock are tested beside the Rust around them,
//! in `edge`.

mod append_log;
mod jars;
mod log_digest;
mod remove_file;
mod sections;
mod stop_worker;

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

const SHELLS: [&[&str]; 3] = [&["dash"], &["busybox", "sh"], &["bash"]];

/// The path of a tool that a test cannot do without.
fn require(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|dir| dir.join(tool))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{tool} is not on PATH: install it (apt-get install {tool}), these tests need it")
    })
}

fn text(program: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("templates/edge")
        .join(program);
    std::fs::read_to_string(path).unwrap()
}

/// `SHELL -c TEXT NAME ARGUMENTS…`, as a node is given it.
fn shell<S: AsRef<OsStr>>(shell: &[&str], text: &str, arguments: &[S]) -> Command {
    let mut command = Command::new(require(shell[0]));
    command
        .args(&shell[1..])
        .args(["-c", text, "program"])
        .args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[derive(Debug)]
struct Ended {
    /// None: a signal.
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
}

impl Ended {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// Runs to the end with this standard input; what the program does not read is nobody's loss.
fn run(mut command: Command, input: &[u8]) -> Ended {
    let mut child = command.spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    thread::spawn(move || stdin.write_all(&input));
    ended(child)
}

fn ended(mut child: Child) -> Ended {
    let mut streams = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let err = thread::spawn(move || {
        let mut bytes = Vec::new();
        streams.1.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let out = thread::spawn(move || {
        let mut bytes = Vec::new();
        streams.0.read_to_end(&mut bytes).unwrap();
        bytes
    });
    let mut status = None;
    let code = |status: &mut Option<_>| {
        *status = child.try_wait().unwrap();
        status.is_some()
    };
    let mut code = code;
    until("the program to end", || code(&mut status));
    Ended {
        code: status.unwrap().code(),
        out: out.join().unwrap(),
        err: err.join().unwrap(),
    }
}

/// Waits for a condition.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn every_program_passes_shellcheck() {
    let mut command = Command::new(require("shellcheck"));
    command.args(["-s", "sh"]);
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/edge");
    let programs: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(
        programs.len() >= 9
            && programs
                .iter()
                .all(|path| path.extension() == Some(OsStr::new("sh")))
    );
    let output = command.args(&programs).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn a_tool_that_is_missing_is_named() {
    let caught = std::panic::catch_unwind(|| require("no-such-tool-of-ours"));
    let words = *caught.unwrap_err().downcast::<String>().unwrap();
    assert!(
        words.contains("no-such-tool-of-ours is not on PATH"),
        "{words}"
    );
}
