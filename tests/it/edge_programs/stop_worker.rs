//! `stop-worker.sh`: only the process that was meant, SIGTERM only, and a corpse is gone.

use super::{SHELLS, ended, run, shell, text};
use sha2::{Digest, Sha256};
use std::process::{Child, Command, Stdio};

fn sleeper(script: &str) -> Child {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Pid, boot, start and digest, as `facts.sh` tells them.
fn identity(child: &Child) -> [String; 4] {
    let read = |path: String| std::fs::read(path).unwrap();
    let stat = String::from_utf8(read(format!("/proc/{}/stat", child.id()))).unwrap();
    let started = stat
        .rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(19)
        .unwrap();
    let boot = String::from_utf8(read("/proc/sys/kernel/random/boot_id".into())).unwrap();
    let argv = read(format!("/proc/{}/cmdline", child.id()));
    [
        child.id().to_string(),
        boot.trim().to_owned(),
        started.to_owned(),
        hex::encode(Sha256::digest(argv)),
    ]
}

fn program(
    with: &[&str],
    action: &str,
    identity: &[String; 4],
    seconds: &str,
) -> (Option<i32>, String) {
    let mut arguments = vec![action.to_owned()];
    arguments.extend(identity.iter().cloned());
    arguments.push(seconds.to_owned());
    let ended = run(shell(with, &text("stop-worker.sh"), &arguments), b"");
    (ended.code, ended.err)
}

#[test]
fn only_the_process_that_was_meant_is_stopped() {
    for with in SHELLS {
        let mut child = sleeper("exec sleep 600");
        // until it is what it becomes
        super::until("sleep", || {
            let argv = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
            argv.starts_with(b"sleep")
        });
        let right = identity(&child);
        assert_eq!(program(with, "look", &right, "0").0, Some(0), "{with:?}");
        for (index, wrong) in [(1, "another boot"), (2, "1"), (3, "00")] {
            let mut other = right.clone();
            other[index] = wrong.to_owned();
            let (code, words) = program(with, "stop", &other, "5");
            assert_eq!(code, Some(10), "{with:?} {wrong}: {words}");
        }
        assert!(
            child.try_wait().unwrap().is_none(),
            "it was stopped all the same"
        );
        // nobody has looked at its end yet: it is a corpse, and gone
        let (code, words) = program(with, "stop", &right, "20");
        assert_eq!(code, Some(0), "{with:?}: {words}");
        assert_eq!(ended(child).code, None, "by a signal");
        assert_eq!(program(with, "look", &right, "0").0, Some(10));
    }
}

#[test]
fn who_ignores_it_is_left_alive() {
    for with in SHELLS {
        let mut child = sleeper("trap '' TERM; echo; while :; do sleep 0.1; done");
        let mut line = [0];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut line).unwrap();
        let (code, words) = program(with, "stop", &identity(&child), "1");
        assert_eq!(code, Some(11), "{with:?}: {words}");
        assert!(words.contains("1 s after SIGTERM"), "{words}");
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
