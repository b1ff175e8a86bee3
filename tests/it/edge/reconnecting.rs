//! A session that dies is made again for connections, and for nothing else: nobody is asked twice, no login is tried
//! twice, and a host that swallows packets keeps nobody else waiting.

use super::node::{Node, eventually};
use super::ssh::echo_server;
use hdikafka::edge::{Command, HostKeyDecision, Reconnecting, Remote, RemoteError, Target};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn connect(target: &Target) -> Reconnecting {
    Reconnecting::connect(target, Arc::new(|_: &str| ())).unwrap()
}

fn echoes(mut stream: UnixStream) {
    stream.write_all(b"hello").unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

fn verbose() -> Option<Node> {
    Node::start_with("LogLevel VERBOSE")
}

/// TCP connections that sshd has seen; the first is the test's own look whether it listens.
fn connections(node: &Node) -> usize {
    let log = fs::read_to_string(node.at("sshd.log")).unwrap();
    log.matches("Connection from").count() - 1
}

#[test]
fn connections_go_on_after_the_session_died_and_commands_do_not() {
    let Some(node) = verbose() else { return };
    let edge = connect(&node.target());
    let port = echo_server();
    let mut old = edge.dial("127.0.0.1", port).unwrap();
    for round in 1..=2 {
        node.signal_sessions("KILL");
        // All at once: one new session is enough.
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| echoes(edge.dial("127.0.0.1", port).unwrap()));
            }
        });
        assert_eq!(connections(&node), 1 + round);
    }
    assert_eq!(
        old.read(&mut [0]).unwrap_or(0),
        0,
        "it ended with its session"
    );
    let outcome = edge.run(&Command::new(["true"]));
    assert!(
        matches!(outcome, Err(RemoteError::Lost { .. })),
        "{outcome:?}"
    );
}

#[test]
fn a_refused_login_is_not_tried_again() {
    let Some(node) = verbose() else { return };
    let edge = connect(&node.target());
    fs::write(node.at("authorized_keys"), "").unwrap();
    node.signal_sessions("KILL");
    for _ in 0..5 {
        let error = edge.dial("127.0.0.1", 1).unwrap_err();
        assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
    }
    assert_eq!(connections(&node), 2);
}

#[test]
fn nobody_is_asked_about_the_host_key_again() {
    let Some(node) = verbose() else { return };
    fs::write(node.at("known_hosts"), "").unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let target = Target {
        accept: HostKeyDecision::Ask(Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            true
        })),
        ..node.target()
    };
    let edge = connect(&target);
    // Even when the file says nothing any more.
    fs::write(node.at("known_hosts"), "").unwrap();
    node.signal_sessions("KILL");
    echoes(edge.dial("127.0.0.1", echo_server()).unwrap());
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(fs::read_to_string(node.at("known_hosts")).unwrap(), "");
}

#[test]
fn what_the_node_refuses_is_told_apart() {
    let Some(node) = Node::start_with("AllowTcpForwarding no") else {
        return;
    };
    let error = connect(&node.target()).dial("wn0", 9092).unwrap_err();
    assert!(matches!(error, RemoteError::Forbidden { .. }), "{error}");

    let Some(node) = Node::start() else { return };
    let edge = connect(&node.target());
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (host, port) in [("127.0.0.1", closed.port()), ("no-such-host.invalid", 9092)] {
        let error = edge.dial(host, port).unwrap_err().to_string();
        let words = format!("could not connect to {host}:{port}: refused, or the node");
        assert!(error.contains(&words), "{error}");
    }
    assert!(edge.run(&Command::new(["true"])).unwrap().success());
}

/// An address whose packets nobody answers: the queue of those who want to be accepted is full.
fn silent() -> (TcpListener, Vec<TcpStream>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: a live socket that listens; the call only makes its queue shorter.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
    }
    (listener, waiting, address)
}

#[test]
fn a_host_that_swallows_packets_keeps_nobody_else_waiting() {
    let Some(node) = verbose() else { return };
    let edge = Arc::new(connect(&node.target()));
    let (listener, waiting, address) = silent();
    let stuck = Arc::clone(&edge);
    let slow = std::thread::spawn(move || stuck.dial("127.0.0.1", address.port()));
    eventually("sshd tries the silent host", || {
        // Remote address, then 02: SYN sent.
        let line = format!(" 0100007F:{:04X} 02 ", address.port());
        fs::read_to_string("/proc/net/tcp").unwrap().contains(&line)
    });
    let began = Instant::now();
    let port = echo_server();
    for _ in 0..3 {
        echoes(edge.dial("127.0.0.1", port).unwrap());
    }
    assert!(edge.run(&Command::new(["true"])).unwrap().success());
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert!(!slow.is_finished(), "it is still being tried");
    assert_eq!(connections(&node), 1, "in the one session");
    // Once the address answers, so does the edge.
    drop((listener, waiting));
    let error = slow.join().unwrap().unwrap_err();
    assert!(matches!(error, RemoteError::Dial { .. }), "{error}");
}
