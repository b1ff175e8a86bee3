//! The connection goes away: by a reset, by silence, in the middle of everything. Whatever was under way says so, and
//! nothing looks like a clean end.

use super::node::{Node, noise};
use super::ssh::echo_server;
use hdikafka::edge::{
    Command, Contents, Keepalive, Remote, RemoteError, Running, Ssh, Status, Stdin, WriteError,
    WriteFile, write_file,
};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn sh(script: &str) -> Command {
    Command::program("test", script, [] as [&str; 0])
}

fn is_lost<T>(result: Result<T, RemoteError>) -> bool {
    matches!(result, Err(RemoteError::Lost { .. }))
}

/// Things under way: one that sends, one that receives, one that only waits, and a dialled connection.
struct Traffic {
    sending: Running,
    receiving: Running,
    waiting: Running,
    dialled: std::os::unix::net::UnixStream,
}

impl Traffic {
    fn start(ssh: &Ssh) -> Self {
        let mut receiving = ssh.start(&sh("cat /dev/zero")).unwrap();
        receiving.stdout.read_exact(&mut [0; 100_000]).unwrap();
        let mut sending = ssh.start(&sh("cat >/dev/null").stdin(Stdin::Open)).unwrap();
        sending
            .stdin
            .as_mut()
            .unwrap()
            .write_all(&noise(3, 3_000_000))
            .unwrap();
        let mut dialled = ssh.dial("127.0.0.1", echo_server()).unwrap();
        dialled.write_all(b"x").unwrap();
        dialled.read_exact(&mut [0]).unwrap();
        Self {
            sending,
            receiving,
            // it ends when nobody can write to it any more
            waiting: ssh.start(&sh("cat").stdin(Stdin::Open)).unwrap(),
            dialled,
        }
    }

    /// All of it ends, as lost.
    fn ends_as_lost(mut self) {
        let mut rest = Vec::new();
        let end = self.receiving.stdout.take(1 << 30).read_to_end(&mut rest);
        assert!(
            end.is_err(),
            "a cut must not look like the end of the output"
        );
        let mut stdin = self.sending.stdin.take().unwrap();
        let mut write = || stdin.write_all(&[0; 1 << 20]);
        assert!(
            write().and_then(|()| write()).is_err(),
            "nobody takes this input any more"
        );
        for wait in [self.sending.wait, self.receiving.wait, self.waiting.wait] {
            assert!(is_lost(wait()));
        }
        // A reset would be better than an end, but a bare socket has nothing else to say.
        assert_eq!(self.dialled.read(&mut [0]).unwrap_or(0), 0);
    }
}

#[test]
fn a_killed_session_is_lost_everywhere_at_once() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let traffic = Traffic::start(&ssh);
    let started = Instant::now();
    node.signal_sessions("KILL");
    traffic.ends_as_lost();
    assert!(is_lost(ssh.run(&sh("true"))));
    assert!(is_lost(ssh.dial("127.0.0.1", 1)));
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn silence_is_lost_after_the_keepalive_budget() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect_with(Keepalive {
        interval: Duration::from_secs(2),
        count: 2,
    });
    let traffic = Traffic::start(&ssh);
    let started = Instant::now();
    node.signal_sessions("STOP");
    traffic.ends_as_lost();
    let took = started.elapsed();
    assert!(
        took > Duration::from_secs(3) && took < Duration::from_secs(9),
        "{took:?}"
    );
    assert!(
        ssh.run(&sh("true"))
            .unwrap_err()
            .to_string()
            .contains("nothing was heard")
    );
}

#[test]
fn an_idle_session_stays_and_an_idle_loss_is_noticed() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect_with(Keepalive {
        interval: Duration::from_secs(2),
        count: 2,
    });
    // Twice the budget without a byte of ours: only the keepalives hold it.
    std::thread::sleep(Duration::from_secs(8));
    assert!(ssh.run(&sh("true")).unwrap().success());
    let mut quiet = ssh
        .start(&sh("read line; echo $line").stdin(Stdin::Open))
        .unwrap();
    std::thread::sleep(Duration::from_secs(5));
    quiet.stdin.take().unwrap().write_all(b"here\n").unwrap();
    let mut text = String::new();
    quiet.stdout.read_to_string(&mut text).unwrap();
    assert_eq!(text, "here\n");
    node.signal_sessions("KILL");
    let started = Instant::now();
    assert!(is_lost(ssh.run(&sh("true"))));
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

/// The command had ended and said how; but not all of its output had been fetched.
#[test]
fn an_output_that_was_not_fetched_is_not_taken_for_a_short_one() {
    let Some(node) = Node::start() else { return };
    let ssh = node.connect();
    let mut running = ssh.start(&sh("head -c 400000 /dev/zero")).unwrap();
    assert_eq!((running.wait)().unwrap(), Status::Code(0));
    node.signal_sessions("KILL");
    super::node::eventually("the loss is noticed", || is_lost(ssh.run(&sh("true"))));
    let mut bytes = Vec::new();
    let end = running.stdout.read_to_end(&mut bytes);
    assert!(
        end.is_err() && bytes.len() < 400_000,
        "{end:?} after {}",
        bytes.len()
    );
}

/// The upload is cut at many places; the old file stays, and nothing lies beside it.
#[test]
fn a_cut_upload_leaves_the_old_file() {
    let Some(node) = Node::start() else { return };
    let directory = node.at("target");
    std::fs::create_dir(&directory).unwrap();
    let path = directory.join("file");
    std::fs::write(&path, "old").unwrap();
    let bytes = noise(5, 3 << 20);
    let (length, sha256) = hdikafka::edge::digest(bytes.as_slice()).unwrap();
    for cut in [0u64, 1, 32 << 10, 1 << 20, length - 1] {
        let ssh = node.connect();
        let reader = Cutting {
            node: &node,
            bytes: &bytes,
            at: 0,
            cut: cut as usize,
            cut_it: false,
        };
        let contents = Contents::Reader {
            reader: Box::new(reader),
            length,
            sha256: sha256.clone(),
        };
        let result = write_file(&ssh, WriteFile::new(path.to_str().unwrap(), contents));
        assert!(
            matches!(result, Err(WriteError::Remote(RemoteError::Lost { .. }))),
            "cut at {cut}: {result:?}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        super::node::eventually("no temporary file is left", || {
            std::fs::read_dir(&directory).unwrap().count() == 1
        });
    }
}

/// Kills the session when so many bytes have been read from it.
struct Cutting<'a> {
    node: &'a Node,
    bytes: &'a [u8],
    at: usize,
    cut: usize,
    cut_it: bool,
}

impl Read for Cutting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at >= self.cut && !self.cut_it {
            self.cut_it = true;
            self.node.signal_sessions("KILL");
        }
        let left = if self.at < self.cut {
            self.cut - self.at
        } else {
            self.bytes.len() - self.at
        };
        let count = buffer.len().min(left);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
