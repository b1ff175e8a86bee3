//! Lives of processes: starting, ending, signals, job control, many at once, and the end of the sandbox.

use super::stage::{Stage, pipe};
use hdikafka::sandbox::edge::scratch::{Spawn, supported};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "never came: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn this_machine_is_supported() {
    assert_eq!(supported(), Ok(()));
}

#[test]
fn the_end_of_the_first_process_is_told() {
    let stage = Stage::new();
    assert_eq!(stage.sh("sshuser", "exit 7").status.code(), Some(7));
    let status = stage.sh("sshuser", "kill -TERM $$").status;
    assert_eq!(status.signal(), Some(libc::SIGTERM));
    // A pipe that nobody reads.
    let said = stage.sh(
        "sshuser",
        "bash -c 'yes; echo \"${PIPESTATUS[0]}\" >&2' | head -n 1",
    );
    assert_eq!((said.out.as_str(), said.err.as_str()), ("y\n", "141\n"));
}

#[test]
fn what_cannot_be_started_says_why() {
    let stage = Stage::new();
    let null = || {
        File::options()
            .read(true)
            .write(true)
            .open("/dev/null")
            .unwrap()
    };
    let spawn = |program: &str, cwd: &str| {
        let stdio = [(); 3].map(|()| null().into());
        let spawned = stage.scratch.spawn(Spawn {
            cwd: cwd.into(),
            new_session: false,
            ..Stage::spawn("sshuser", &[program], stdio)
        });
        spawned.map(|_| ()).unwrap_err().raw_os_error()
    };
    assert_eq!(spawn("no-such-program", "/"), Some(libc::ENOENT));
    assert_eq!(spawn("/no/such", "/"), Some(libc::ENOENT));
    assert_eq!(spawn("/etc/passwd", "/"), Some(libc::EACCES));
    assert_eq!(spawn("true", "/no/such"), Some(libc::ENOENT));
    assert!(stage.scratch.processes().is_empty());
}

#[test]
fn a_daemon_outlives_the_first_process_and_stays_in_the_node() {
    let stage = Stage::new();
    stage
        .sh(
            "root",
            "sleep 1000 </dev/null >/dev/null 2>&1 & echo $! > /tmp/pid",
        )
        .is("");
    eventually("only the daemon", || stage.scratch.processes().len() == 1);
    stage
        .sh(
            "sshuser",
            "cat /proc/$(cat /tmp/pid)/comm; kill $(cat /tmp/pid)",
        )
        .fails("not permitted");
    stage.sh("root", "kill $(cat /tmp/pid)").is("");
    eventually("none", || stage.scratch.processes().is_empty());
}

#[test]
fn a_signal_reaches_the_whole_group() {
    let stage = Stage::new();
    let (child, _in, mut out, _err) =
        stage.start("sshuser", &["sh", "-c", "sleep 1000 | sleep 1000; echo no"]);
    eventually("three processes", || stage.scratch.processes().len() == 3);
    child.signal(libc::SIGTERM).unwrap();
    assert_eq!(child.wait().signal(), Some(libc::SIGTERM));
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    eventually("none", || stage.scratch.processes().is_empty());
    assert!(child.signal(libc::SIGTERM).is_err());
}

#[test]
fn jobs_stop_and_go_on() {
    let stage = Stage::new();
    let said = stage.run(
        "sshuser",
        &["bash", "-c", "set -m; sleep 1000 & kill -STOP %1; until jobs -s | grep -q sleep; do :; done; echo stopped
            kill -CONT %1; until jobs -r | grep -q sleep; do :; done; echo running; kill %1; wait %1; echo $?"],
        b"",
    );
    assert_eq!(said.out, "stopped\nrunning\n143\n", "{}", said.err);
}

#[test]
fn two_hundred_processes_at_once() {
    let stage = Stage::new();
    stage
        .sh("root", "i=0; while [ $i -lt 200 ]; do (mkdir /tmp/$i && echo $i > /tmp/$i/f && cat /tmp/$i/f >> /etc/hdikafka/all) & i=$((i+1)); done; wait; wc -l < /etc/hdikafka/all; ls /tmp | wc -l")
        .is("200\n200\n");
    eventually("none", || stage.scratch.processes().is_empty());
}

#[test]
fn many_trees_at_once() {
    let stage = Stage::new();
    std::thread::scope(|scope| {
        for index in 0..16 {
            let stage = &stage;
            scope.spawn(move || {
                stage
                    .sh(
                        "root",
                        &format!("echo {index} > /tmp/{index}; cat /tmp/{index}"),
                    )
                    .is(&format!("{index}\n"));
            });
        }
    });
}

#[test]
fn the_node_has_its_own_name() {
    Stage::new()
        .sh("sshuser", "uname -n")
        .is("ed10-rehearsal\n");
}

#[test]
fn a_control_group_is_inherited_and_shown() {
    let stage = Stage::new();
    let (out, stdout) = pipe();
    let (stdin, _) = pipe();
    let (_, stderr) = pipe();
    let line = "sh -c 'cat /proc/$$/cgroup; cat /proc/self/cgroup'";
    let spawn = Stage::spawn("kafka", &["sh", "-c", line], [stdin, stdout, stderr]);
    let child = stage
        .scratch
        .spawn_in(spawn, "/system.slice/hdikafka-source.service")
        .unwrap();
    assert!(child.wait().success());
    let mut said = String::new();
    File::from(out).read_to_string(&mut said).unwrap();
    assert_eq!(said, "0::/system.slice/hdikafka-source.service\n".repeat(2));
}

#[test]
fn a_terminal_is_the_sessions_own() {
    let stage = Stage::new();
    let (master, slave) = terminal();
    let copy = || slave.try_clone().unwrap();
    let line = "tty | cut -c 1-8; echo to-tty > /dev/tty; trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 1; done";
    let child = stage
        .scratch
        .spawn(Spawn {
            controlling_terminal: true,
            ..Stage::spawn("sshuser", &["sh", "-c", line], [copy(), copy(), copy()])
        })
        .unwrap();
    drop(slave);
    let master = File::from(master);
    let mut seen = String::new();
    let mut until = |word: &str| {
        while !seen.contains(word) {
            let mut bytes = [0; 256];
            let count = (&master).read(&mut bytes).unwrap();
            seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        seen.clone()
    };
    assert_eq!(until("ready\r\n"), "/dev/pts\r\nto-tty\r\nready\r\n");
    (&master).write_all(b"\x03").unwrap();
    assert_eq!(child.wait().code(), Some(3));
}

fn terminal() -> (OwnedFd, OwnedFd) {
    let (mut master, mut slave) = (0, 0);
    let null = std::ptr::null_mut();
    // SAFETY: two descriptors are given and owned from here on.
    unsafe {
        let made = libc::openpty(&mut master, &mut slave, null, null.cast(), null.cast());
        assert_eq!(made, 0);
        (OwnedFd::from_raw_fd(master), OwnedFd::from_raw_fd(slave))
    }
}

/// Not a test by itself: the process that the next one kills.
#[test]
#[ignore = "run by `kill_9_leaves_nothing`"]
fn holder() {
    let stage = Stage::new();
    let _child = stage.start(
        "sshuser",
        &["sh", "-c", "sleep 1000 & setsid sleep 1000 & wait"],
    );
    eventually("three processes", || stage.scratch.processes().len() == 3);
    println!("\nprocesses {:?}", stage.scratch.processes());
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn kill_9_leaves_nothing() {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--nocapture",
            "--test-threads=1",
            "scratch::life::holder",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let line = lines
        .map_while(Result::ok)
        .find(|line| line.starts_with("processes"))
        .unwrap();
    let pids: Vec<u32> = line
        .split(|sign: char| !sign.is_ascii_digit())
        .filter_map(|word| word.parse().ok())
        .collect();
    assert_eq!(pids.len(), 3, "{line}");
    holder.kill().unwrap();
    holder.wait().unwrap();
    // An ended process that nobody has collected yet has no program any more.
    let gone = |pid: &u32| fs::read_link(format!("/proc/{pid}/exe")).is_err();
    eventually("all gone", || pids.iter().all(gone));
}

/// All other cases once more, as somebody without any rights on the host.
#[test]
fn as_nobody() {
    // SAFETY: no memory is involved.
    if unsafe { libc::geteuid() } != 0 {
        println!("the tests run without privileges anyway");
        return;
    }
    if !super::has("setpriv") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("it");
    // By another process: a file that is written here would be busy as long as a case beside this one starts a program.
    let copied = Command::new("cp")
        .arg(std::env::current_exe().unwrap())
        .arg(&program)
        .status();
    assert!(copied.unwrap().success());
    open_to_all(place.path());
    open_to_all(&program);
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(&program)
        .args(["scratch::", "--skip", "as_nobody"])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(" 0 passed"), "{said}");
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
