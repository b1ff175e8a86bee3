//! Running the node's programs by themselves, in the shells that nodes have.

use super::node::require;
use hdikafka::edge::{Output, Status, sudo_refusal};
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

pub struct Shell {
    pub name: &'static str,
    argv: &'static [&'static str],
    /// Instead of the PATH of the test: a node that has nothing but busybox.
    path: Option<PathBuf>,
}

pub struct Ended {
    /// 128 + number for a signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// dash, bash, busybox's sh with the usual tools, and busybox's sh with busybox's tools.
pub fn shells() -> Vec<Shell> {
    let shell = |name, argv, path| Shell { name, argv, path };
    let mut all = Vec::new();
    for (name, argv) in [("dash", &["dash", "-c"][..]), ("bash", &["bash", "-c"])] {
        all.extend(require(name).map(|_| shell(name, argv, None)));
    }
    if require("busybox").is_some() {
        all.push(shell("busybox", &["busybox", "sh", "-c"], None));
        all.push(shell(
            "busybox alone",
            &["busybox", "sh", "-c"],
            Some(busybox_tools()),
        ));
    }
    all
}

/// A shell cannot trap what was ignored when it began, and whoever runs the tests in the background ignores some.
fn hear_signals() -> std::io::Result<()> {
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the default disposition is valid for each of them.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    Ok(())
}

impl Shell {
    pub fn command(&self, program: &str, name: &str, args: &[&str]) -> Command {
        let mut command = Command::new(require(self.argv[0]).unwrap());
        command
            .args(&self.argv[1..])
            .arg(program)
            .arg(name)
            .args(args);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // SAFETY: signal(2) is async-signal-safe and only this child's dispositions change.
        unsafe { command.pre_exec(hear_signals) };
        command
    }

    pub fn run(&self, program: &str, name: &str, args: &[&str], input: &[u8]) -> Ended {
        finish(self.command(program, name, args).spawn().unwrap(), input)
    }

    /// As an account without any rights, when the tests run as root; root may write everywhere.
    pub fn run_unprivileged(
        &self,
        program: &str,
        name: &str,
        args: &[&str],
        input: &[u8],
    ) -> Ended {
        let mut command = self.command(program, name, args);
        if is_root() {
            command.uid(65534).gid(65534);
        }
        finish(command.spawn().unwrap(), input)
    }
}

pub fn finish(mut child: Child, input: &[u8]) -> Ended {
    // A program that refuses at once does not read its input.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(input);
    }
    let output = child.wait_with_output().unwrap();
    let code = output
        .status
        .code()
        .or(output.status.signal().map(|s| 128 + s))
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended {
        code,
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

/// A directory with a link for each of busybox's tools, made once and kept for the life of the process.
fn busybox_tools() -> PathBuf {
    static TOOLS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = TOOLS.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        set_mode(directory.path(), 0o755);
        let busybox = require("busybox").unwrap();
        let list = Command::new(&busybox).arg("--list").output().unwrap();
        for tool in String::from_utf8(list.stdout).unwrap().lines() {
            std::os::unix::fs::symlink(&busybox, directory.path().join(tool)).unwrap();
        }
        directory
    });
    made.path().to_owned()
}

pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_programs_pass_shellcheck() {
    let shellcheck = require("shellcheck").expect("shellcheck is needed by this test");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/edge");
    for name in [
        "files.sh",
        "write-file.sh",
        "write-files.sh",
        "make-directories.sh",
        "lock.sh",
    ] {
        let output = Command::new(&shellcheck)
            .args(["-s", "sh"])
            .arg(folder.join(name))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

/// sudo's own words, from sudo itself: an account without rights asks for more.
#[test]
#[ignore = "needs root"]
fn a_refusal_of_the_real_sudo_is_recognised_as_root() {
    let sudo = require("sudo").expect("sudo is needed by this test");
    assert!(
        is_root(),
        "only root can become an account that sudo refuses: run the tests as root"
    );
    let output = Command::new(sudo)
        .args(["-n", "--", "true"])
        .env("LC_ALL", "C")
        .uid(65534)
        .gid(65534)
        .output();
    let output = output.unwrap();
    let output = Output {
        status: Status::Code(output.status.code().unwrap()),
        stdout: output.stdout,
        stderr: output.stderr,
    };
    assert!(sudo_refusal(&output).unwrap().starts_with("sudo: "));
}
