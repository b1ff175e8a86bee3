//! A rehearsal never leaves the machine, not as root of the node either. Nothing of these cases would, even if the node
//! let it: a datagram socket that connects only looks for a route, and what comes from 127.0.0.1 is never sent outside.

use super::stage::Said;
use super::{Stage, has};

/// Runs a program with `attempt`, which prints what became of an attempt.
fn python(user: &str, program: &str) -> Option<Said> {
    if !has("python3") {
        return None;
    }
    const HEAD: &str = r#"
import errno, socket
from socket import AF_INET, AF_INET6, AF_PACKET, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM
def attempt(act):
    try:
        act()
        print("done")
    except OSError as error:
        print(errno.errorcode[error.errno])
def connect(family, address, type=SOCK_DGRAM):
    def act():
        with socket.socket(family, type) as s:
            s.connect((address, 9))
    attempt(act)
"#;
    let stage = Stage::new();
    Some(stage.run(user, &["python3", "-c", &format!("{HEAD}{program}")], b""))
}

/// On a machine without a network the kernel itself says the same: the check of addresses has a test of its own.
#[test]
fn other_machines_cannot_be_reached() {
    for user in ["sshuser", "root"] {
        let program = r#"
connect(AF_INET, "198.51.100.1")
connect(AF_INET6, "2001:db8::1")
connect(AF_INET6, "::ffff:198.51.100.1")
def from_loopback():
    with socket.socket(AF_INET, SOCK_STREAM) as s:
        s.bind(("127.0.0.1", 0))
        s.setblocking(False)
        s.connect(("198.51.100.1", 9))
attempt(from_loopback)
"#;
        let Some(said) = python(user, program) else {
            return;
        };
        said.is(&"ENETUNREACH\n".repeat(4));
    }
}

#[test]
fn this_machine_can() {
    let program = r#"
def listen(family, address, others):
    with socket.socket(family, SOCK_STREAM) as listener:
        listener.bind((address, 0))
        listener.listen()
        for family, address in others:
            with socket.socket(family, SOCK_STREAM) as s:
                attempt(lambda: s.connect((address, listener.getsockname()[1])))
listen(AF_INET, "127.0.0.1", [(AF_INET, "127.0.0.1"), (AF_INET6, "::ffff:127.0.0.1"), (AF_INET, "0.0.0.0")])
connect(AF_INET, "127.255.0.9")
"#;
    if let Some(said) = python("sshuser", program) {
        said.is(&"done\n".repeat(4));
    }
}

/// As root of the node, who is root of the machine where the tests are.
#[test]
fn nobody_sees_or_makes_whole_packets() {
    let program = r#"
for family in [AF_INET, AF_INET6]:
    attempt(lambda: socket.socket(family, SOCK_RAW, socket.IPPROTO_UDP))
    attempt(lambda: socket.socket(family, SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, 255))
for type in [SOCK_RAW, SOCK_DGRAM]:
    attempt(lambda: socket.socket(AF_PACKET, type, 0))
attempt(lambda: socket.socket(AF_INET, SOCK_STREAM | socket.SOCK_CLOEXEC))
"#;
    if let Some(said) = python("root", program) {
        said.is(&format!("{}done\n", "EPERM\n".repeat(6)));
    }
}

/// Datagrams that name their receiver themselves, and nothing that could leave: each comes from 127.0.0.1 or goes to a
/// socket of this very machine.
#[test]
fn no_datagram_goes_to_another_machine_either() {
    let program = r#"
s = socket.socket(AF_INET, SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
away = ("198.51.100.1", 9)
attempt(lambda: s.sendto(b"x", away))
attempt(lambda: s.sendmsg([b"x"], [], 0, away))
attempt(lambda: s.sendto(b"x", s.getsockname()))
attempt(lambda: s.sendmsg([b"y"], [], 0, s.getsockname()))
print(s.recv(9), s.recv(9))
s.connect(s.getsockname())
attempt(lambda: s.send(b"z"))
print(s.recv(9))
u = socket.socket(socket.AF_UNIX, SOCK_DGRAM)
attempt(lambda: u.sendto(b"x", PLACE))
"#;
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("socket");
    let host = std::os::unix::net::UnixDatagram::bind(&place).unwrap();
    host.set_nonblocking(true).unwrap();
    let program = program.replace("PLACE", &format!("{:?}", place.to_str().unwrap()));
    for user in ["sshuser", "root"] {
        let Some(said) = python(user, &program) else {
            return;
        };
        said.is("ENETUNREACH\nENETUNREACH\ndone\ndone\nb'x' b'y'\ndone\nb'z'\nECONNREFUSED\n");
        assert!(host.recv(&mut [0; 9]).is_err(), "the host was reached");
    }
}
