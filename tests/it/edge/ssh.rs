//! Commands and connections over a real sshd: what comes back, many at once, and nothing left behind.

use super::node::{Node, eventually, noise};
use hdikafka::edge::{
    Command, Contents, Outcome, Remote, RemoteError, Ssh, Status, Stdin, WriteFile, write_file,
};
use hdikafka::secret::Secret;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::{Duration, Instant};

fn sh(script: &str) -> Command {
    Command::program("test", script, [] as [&str; 0])
}

/// Answers every connection with what it is sent, until the test process ends.
pub fn echo_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let mut reader = peer.unwrap();
            let mut writer = reader.try_clone().unwrap();
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut reader, &mut writer);
                let _ = writer.shutdown(Shutdown::Write);
            });
        }
    });
    port
}

fn echo_through(ssh: &Ssh, port: u16, bytes: &[u8]) {
    let mut stream = ssh.dial("127.0.0.1", port).unwrap();
    let mut writer = stream.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writer.write_all(bytes).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        assert!(
            back == bytes,
            "{} bytes came back of {}",
            back.len(),
            bytes.len()
        );
    });
}

#[test]
fn output_exit_code_and_signal() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    assert_eq!(ssh.name(), format!("{}@127.0.0.1", node.user));
    let output = ssh.run(&sh("printf out; printf err >&2; exit 3")).unwrap();
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out"[..], &b"err"[..])
    );
    assert_eq!(output.status, Status::Code(3));
    assert_eq!(
        ssh.run(&sh("kill -TERM $$")).unwrap().status,
        Status::Signal("TERM".into())
    );
    assert_eq!(
        ssh.run(&Command::new(["/nonexistent"])).unwrap().status,
        Status::Code(127)
    );
    let nasty = "it's\n\"$HOME\" `id` \\ é";
    let output = ssh.run(&Command::new(["printf", "%s", nasty])).unwrap();
    assert_eq!(output.stdout, nasty.as_bytes());
    // The status comes although the output ended long before it.
    let output = ssh.run(&sh("exec >&- 2>&-; sleep 0.3; exit 7")).unwrap();
    assert_eq!(output.status, Status::Code(7));
}

#[test]
fn input_is_given_and_ends() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    assert_eq!(ssh.run(&sh("cat; echo end")).unwrap().stdout, b"end\n");
    let secret = Stdin::Secret(Secret::from("hidden"));
    assert_eq!(ssh.run(&sh("cat").stdin(secret)).unwrap().stdout, b"hidden");
    let much = noise(1, 3_000_000);
    assert!(
        ssh.run(&sh("cat").stdin(Stdin::Bytes(much.clone())))
            .unwrap()
            .stdout
            == much
    );
    // A command that does not want its input ends all the same.
    assert_eq!(
        ssh.run(&sh("exit 4").stdin(Stdin::Bytes(much)))
            .unwrap()
            .status,
        Status::Code(4)
    );
    let mut running = ssh.start(&sh("head -c 1").stdin(Stdin::Open)).unwrap();
    let mut stdin = running.stdin.take().unwrap();
    eventually("a broken pipe", || stdin.write_all(&[0; 65536]).is_err());
}

#[test]
fn much_on_all_streams_at_once() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let script = "head -c 8000000 /dev/zero >&2 & head -c 5000000 /dev/zero; cat; wait";
    let mut running = ssh.start(&sh(script).stdin(Stdin::Open)).unwrap();
    let input = noise(2, 20_000_000);
    let mut stdin = running.stdin.take().unwrap();
    let (mut stdout, mut stderr) = (running.stdout, running.stderr);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stdin.write_all(&input).unwrap();
            drop(stdin);
        });
        let errors = scope.spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).unwrap();
        assert!(
            bytes.len() == 25_000_000
                && bytes[5_000_000..] == input
                && bytes[..5_000_000].iter().all(|b| *b == 0)
        );
        let errors = errors.join().unwrap();
        let foreign = errors.iter().position(|byte| *byte != 0);
        let words =
            foreign.map(|at| String::from_utf8_lossy(&errors[at..errors.len().min(at + 200)]));
        assert_eq!((errors.len(), words), (8_000_000, None));
    });
    assert_eq!((running.wait)().unwrap(), Status::Code(0));
}

#[test]
fn unread_errors_do_not_hold_up_the_output() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let mut running = ssh
        .start(&sh("head -c 8000000 /dev/zero >&2; echo done"))
        .unwrap();
    let mut text = String::new();
    running.stdout.read_to_string(&mut text).unwrap();
    assert_eq!(text, "done\n");
    let mut errors = Vec::new();
    running.stderr.read_to_end(&mut errors).unwrap();
    assert_eq!(errors.len(), 8_000_000);
    assert_eq!((running.wait)().unwrap(), Status::Code(0));
}

#[test]
fn endless_output_is_bounded() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let result = ssh.run(&sh("cat /dev/zero"));
    assert!(
        matches!(result, Err(RemoteError::TooMuchOutput { .. })),
        "{:?}",
        result.map(|o| o.stdout.len())
    );
    assert!(
        ssh.run(&sh("true")).unwrap().success(),
        "the session lives on"
    );
}

#[test]
fn many_channels_side_by_side() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let port = echo_server();
    std::thread::scope(|scope| {
        for seed in 0..32 {
            let ssh = &ssh;
            scope.spawn(move || {
                echo_through(ssh, port, &noise(seed, 400_000 + 31_337 * seed as usize))
            });
        }
        for seed in 100..104 {
            let ssh = &ssh;
            scope.spawn(move || {
                let bytes = noise(seed, 1_000_000);
                assert!(
                    ssh.run(&sh("cat").stdin(Stdin::Bytes(bytes.clone())))
                        .unwrap()
                        .stdout
                        == bytes
                );
            });
        }
    });
}

/// sshd allows ten at a time on one session; the others wait instead of failing.
#[test]
fn more_commands_than_the_node_allows_wait_their_turn() {
    let Some(node) = Node::start_with("MaxSessions 3") else {
        return;
    };
    let ssh = node.connect();
    std::thread::scope(|scope| {
        for number in 0..12 {
            let ssh = &ssh;
            scope.spawn(move || {
                let output = ssh.run(&sh(&format!("sleep 0.1; echo {number}"))).unwrap();
                assert_eq!(output.stdout, format!("{number}\n").as_bytes());
            });
        }
    });
}

#[test]
fn rekeying_in_the_middle_changes_nothing() {
    let Some(node) = Node::start_with("RekeyLimit 1M") else {
        return;
    };
    let ssh = node.connect();
    let port = echo_server();
    std::thread::scope(|scope| {
        for seed in 0..6 {
            let ssh = &ssh;
            scope.spawn(move || echo_through(ssh, port, &noise(seed, 4_000_000)));
        }
    });
}

#[test]
fn a_refused_connection_is_told() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = ssh.dial("127.0.0.1", port).unwrap_err();
    assert!(matches!(error, RemoteError::Dial { .. }));
    let text = error.to_string();
    assert!(
        text.contains(&format!("could not connect to 127.0.0.1:{port}"))
            && text.contains("refused, or the node does not know the name"),
        "{text}"
    );
    assert!(matches!(ssh.dial("a\0b", 1), Err(RemoteError::Dial { .. })));
    assert!(
        ssh.run(&sh("true")).unwrap().success(),
        "the session lives on"
    );
}

#[test]
fn the_deadline_is_kept() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let attempt = || {
        let started = Instant::now();
        let result = ssh.run(&sh("sleep 30").timeout(Duration::from_millis(500)));
        assert!(
            matches!(result, Err(RemoteError::TimedOut { seconds: 1, .. })),
            "{result:?}"
        );
        started.elapsed()
    };
    // The best of three: another process may have had the machine.
    let best = (0..3).map(|_| attempt()).min().unwrap();
    assert!(
        best >= Duration::from_millis(500) && best < Duration::from_millis(600),
        "{best:?}"
    );
    assert!(
        ssh.run(&sh("true")).unwrap().success(),
        "the session lives on"
    );
}

#[test]
fn dropping_it_ends_the_command_and_the_last_drop_the_session() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let mut running = ssh
        .start(&sh("echo $$; exec cat").stdin(Stdin::Open))
        .unwrap();
    let mut pid = Vec::new();
    while pid.last() != Some(&b'\n') {
        let mut byte = [0];
        running.stdout.read_exact(&mut byte).unwrap();
        pid.extend(byte);
    }
    let process = format!("/proc/{}", String::from_utf8(pid).unwrap().trim());
    assert!(std::fs::exists(&process).unwrap());
    drop(running);
    eventually("the command ends", || !std::fs::exists(&process).unwrap());

    let mut follower = ssh
        .start(&sh("echo up; exec cat").stdin(Stdin::Open))
        .unwrap();
    drop(ssh);
    follower
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"still\n")
        .unwrap();
    let mut text = [0; 9];
    follower.stdout.read_exact(&mut text).unwrap();
    assert_eq!(
        &text, b"up\nstill\n",
        "streams outlive the session's handle"
    );
    assert!(!node.sessions().is_empty());
    drop(follower);
    eventually("the session ends", || node.sessions().is_empty());
}

#[test]
fn a_jar_is_uploaded_at_speed() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let bytes = noise(7, 50 << 20);
    let (length, sha256) = hdikafka::edge::digest(bytes.as_slice()).unwrap();
    let path = node.at("dir with 'quotes'").join("the.jar");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let last = std::cell::Cell::new(0);
    let progress = |sent: u64| {
        assert!(sent > last.get());
        last.set(sent);
    };
    let contents = Contents::Reader {
        reader: Box::new(bytes.as_slice()),
        length,
        sha256,
    };
    let mut file = WriteFile::new(path.to_str().unwrap(), contents);
    file.mode = Some(0o644);
    file.progress = Some(&progress);
    let started = Instant::now();
    let written = write_file(&ssh, file).unwrap();
    let took = started.elapsed();
    assert_eq!((written.outcome, last.get()), (Outcome::Created, 50 << 20));
    assert!(std::fs::read(&path).unwrap() == bytes);
    println!(
        "50 MiB written and checked in {took:?}: {:.0} MB/s",
        length as f64 / 1e6 / took.as_secs_f64()
    );
}
