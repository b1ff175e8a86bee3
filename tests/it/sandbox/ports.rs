//! Nobody gets through to a server that has ended, whatever other threads of the process are doing at that moment.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread;

use hdikafka::sandbox::edge::Node;
use hdikafka::sandbox::http::{Listen, Request, Response, Server};
use hdikafka::sandbox::kafka::{Cluster, EXTERNAL, Options};

/// Runs `act` while a child of this process is forked and not yet executed: it has a copy of every descriptor, those
/// that are closed on execution, too.
fn while_a_program_is_starting(act: impl FnOnce()) {
    let (mut forked, tell) = std::io::pipe().unwrap();
    let (wait, mut go) = std::io::pipe().unwrap();
    thread::scope(|scope| {
        let starting = scope.spawn(move || {
            let (tell, wait) = (tell, wait);
            let (told, waited) = (tell.as_raw_fd(), wait.as_raw_fd());
            let mut command = Command::new("/bin/true");
            // SAFETY: read and write of one byte that is the child's own are async-signal-safe.
            unsafe {
                command.pre_exec(move || {
                    let mut byte = 0_u8;
                    libc::write(told, (&raw const byte).cast(), 1);
                    libc::read(waited, (&raw mut byte).cast(), 1);
                    Ok(())
                });
            }
            command.status().unwrap()
        });
        forked.read_exact(&mut [0]).unwrap();
        // Not `go` alone would let the child go on: a case that fails must end, too.
        let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        go.write_all(&[0]).unwrap();
        assert!(starting.join().unwrap().success());
        if let Err(panic) = acted {
            std::panic::resume_unwind(panic);
        }
    });
}

#[track_caller]
fn is_shut(addr: SocketAddr) {
    assert!(
        TcpStream::connect(addr).is_err(),
        "{addr} still takes connections"
    );
}

#[test]
fn a_cluster_that_is_gone() {
    let cluster = Cluster::start(Options::loopback(3)).unwrap();
    let addr = |node| cluster.addr(node, EXTERNAL).unwrap();
    let (first, last) = (addr(1001), addr(1003));
    while_a_program_is_starting(|| {
        cluster.stop_node(1001).unwrap();
        is_shut(first);
        drop(cluster);
        is_shut(last);
    });
}

#[test]
fn a_server_that_is_gone() {
    let server = Server::start(vec![Listen {
        addr: "127.0.0.1:0".to_owned(),
        tls: None,
        service: std::sync::Arc::new(|_: Request| Response::empty(200)),
        connections: Default::default(),
    }])
    .unwrap();
    let addr = server.addr();
    while_a_program_is_starting(|| {
        drop(server);
        is_shut(addr);
    });
}

#[test]
fn a_node_that_is_gone() {
    let stage = super::node::stage::Stage::new();
    let addr = stage.node.addr();
    while_a_program_is_starting(|| {
        drop::<Node>(stage.node);
        is_shut(addr);
    });
}
