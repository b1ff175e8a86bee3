//! Does this machine allow a process to trace its own children? Asked by doing it once.

use super::super::User;
use super::{Scratch, Spawn};
use std::fs::File;
use std::io;
use std::sync::OnceLock;

/// Whether processes of a scratch root can run here; if not, the reason in words. The answer is found out once.
pub fn supported() -> Result<(), String> {
    static ANSWER: OnceLock<Result<(), String>> = OnceLock::new();
    ANSWER.get_or_init(|| probe().map_err(in_words)).clone()
}

fn probe() -> io::Result<()> {
    let dir = tempfile::tempdir()?;
    let scratch = Scratch::new(dir.path(), &["/etc/hdikafka"])?;
    let null = || File::options().read(true).write(true).open("/dev/null");
    let child = scratch.spawn(Spawn {
        // Only with a virtual root can this be true for everybody.
        argv: ["/bin/sh", "-c", "mkdir /etc/hdikafka"]
            .map(Into::into)
            .to_vec(),
        env: vec![("PATH".into(), "/usr/bin:/bin".into())],
        cwd: "/".into(),
        user: User {
            name: "root".into(),
            uid: 0,
            gid: 0,
            groups: Vec::new(),
            home: "/".into(),
        },
        stdin: null()?.into(),
        stdout: null()?.into(),
        stderr: null()?.into(),
        new_session: true,
        controlling_terminal: false,
    })?;
    let status = child.wait();
    if status.success() && scratch.host_path("/etc/hdikafka").is_dir() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "a traced process did not do what it should ({status})"
    )))
}

fn in_words(error: io::Error) -> String {
    let reason = match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => {
            "this system does not let a process trace its children (see kernel.yama.ptrace_scope, and the seccomp \
             profile of the container)"
        }
        Some(libc::ENOSYS | libc::EINVAL) => {
            "this kernel lacks ptrace or seccomp filters (Linux 4.11 or newer is needed)"
        }
        _ => return format!("processes of the edge node cannot be run here: {error}"),
    };
    format!("processes of the edge node cannot be run here: {reason}: {error}")
}
