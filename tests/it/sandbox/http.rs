//! The HTTP server that all of them share: TLS versions, faults, the log, and its end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hdikafka::sandbox::http::{Fault, Listen, Request, Response, Server};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

use super::{PATIENCE, client, identity};

fn hello(tls: Option<Arc<rustls::ServerConfig>>) -> Server {
    let listen = Listen {
        addr: "127.0.0.1:0".to_owned(),
        tls,
        service: Arc::new(|_: Request| Response::text(200, "text/plain", "hello, world")),
        connections: Arc::default(),
    };
    Server::start(vec![listen]).unwrap()
}

/// Everything that the server sends for one GET, until it closes.
fn get(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Basic Y2FuYXJ5\r\n\r\n").unwrap();
    let mut all = Vec::new();
    // A reset instead of a proper end is one way to hang up.
    let _ = stream.read_to_end(&mut all);
    String::from_utf8(all).unwrap()
}

#[test]
fn clients_of_either_tls_version_are_served() {
    let (authority, config) = identity(&["a.example"]);
    let server = hello(Some(config));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap();
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("a.example").unwrap();
        let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(server.addr()).unwrap();
        let mut stream = rustls::StreamOwned::new(session, socket);
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n")
            .unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
    }
}

#[test]
fn another_authority_is_not_trusted_and_counts_as_a_connection() {
    let (_, config) = identity(&["a.example"]);
    let (stranger, _) = identity(&["a.example"]);
    let server = hello(Some(config));
    let url = format!("https://a.example:{}/", server.addr().port());
    assert!(
        client(&stranger, &[("a.example", server.addr())])
            .get(url)
            .send()
            .is_err()
    );
    assert!(server.requests().is_empty());
}

#[test]
fn a_cut_answer_promises_all_and_stops_at_the_byte() {
    let server = hello(None);
    server.set_fault("/", Fault::cut_at(5));
    let answer = get(&server, "/x");
    assert!(answer.contains("content-length: 12"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    server.set_fault("/", Fault::cut_at(0));
    assert!(get(&server, "/x").ends_with("\r\n\r\n"));
}

#[test]
fn faults_hit_their_prefix_and_their_number_of_requests() {
    let server = hello(None);
    server.set_fault(
        "/api",
        Fault::answer(500, "text/html", "<html>no</html>").times(1),
    );
    server.set_fault("/gone", Fault::hang_up());
    assert!(get(&server, "/api/v1").contains("<html>no</html>"));
    assert!(get(&server, "/api/v1").ends_with("hello, world"));
    assert_eq!(get(&server, "/gone"), "");
    server.clear_faults();
    assert!(get(&server, "/gone").ends_with("hello, world"));
    let statuses: Vec<u16> = server
        .requests()
        .iter()
        .map(|logged| logged.status)
        .collect();
    assert_eq!(statuses, [500, 200, 0, 200]);
}

#[test]
fn a_delay_comes_before_the_answer() {
    let server = hello(None);
    server.set_fault("/slow", Fault::delay(Duration::from_millis(120)));
    let start = Instant::now();
    assert!(get(&server, "/slow").ends_with("hello, world"));
    assert!(start.elapsed() >= Duration::from_millis(120));
}

#[test]
fn the_log_keeps_no_credentials() {
    let server = hello(None);
    get(&server, "/a?b=c");
    let log = format!("{:?}", server.requests());
    assert!(log.contains("/a?b=c") && !log.contains("Y2FuYXJ5"), "{log}");
}

#[test]
fn dropping_the_server_frees_the_port_and_ends_its_connections() {
    let server = hello(None);
    let addr = server.addr();
    let mut idle = TcpStream::connect(addr).unwrap();
    idle.set_read_timeout(Some(PATIENCE)).unwrap();
    // An answer shows that the connection is accepted, not only queued by the kernel.
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    idle.read_exact(&mut [0; 12]).unwrap();
    drop(server);
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest);
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn too_large_a_body_is_refused() {
    let server = hello(None);
    let mut stream = TcpStream::connect(server.addr()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        3 << 20
    )
    .unwrap();
    let mut first = [0; 12];
    // The server may close while the rest is still on its way; its answer is what counts.
    let sender = stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        let mut sender = sender;
        let _ = sender.write_all(&vec![b'x'; 3 << 20]);
    });
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 413");
    drop(stream);
    drop(server);
    sending.join().unwrap();
}
