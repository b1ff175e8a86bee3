//! One TLS connection to port 5671 of one of the hub's hosts, HTTP/1.1 inside, and the signatures that open it. Here:
//! the wire and nothing else; what an answer means is for the receiver and the sender.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde::Deserialize;
use sha2::Sha256;

pub const PORT: u16 = 5671;
/// The SDK's operation timeout: how long a connection may take to come about, and an answer after it is due.
const OPERATION: Duration = Duration::from_secs(60);
/// The longest answer: 999 events of 256 KiB are never asked for here.
const BODY_LIMIT: usize = 64 << 20;
const HEAD_LIMIT: u64 = 64 << 10;
/// The environment variable that names the file with the sandbox's authority, PEM.
pub const CA_VARIABLE: &str = "HDIKAFKA_SANDBOX_CA";

/// TLS 1.2, as the connector's library speaks it. The real one believes every certificate; this one only those of the
/// authority in the PEM, so that it cannot be mistaken for something that talks to Azure.
pub fn tls(authority_pem: &[u8]) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority_pem) {
        roots.add(certificate.context("the authority's certificate is not PEM")?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

pub struct Channel {
    host: String,
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
}

pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Channel {
    pub fn open(host: &str, tls: &Arc<ClientConfig>) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "unknown host");
        for addr in (host, PORT).to_socket_addrs()? {
            match TcpStream::connect_timeout(&addr, OPERATION) {
                Ok(socket) => return Self::handshake(host, socket, tls),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn handshake(host: &str, mut socket: TcpStream, tls: &Arc<ClientConfig>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(OPERATION))?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(Arc::clone(tls), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket)?;
        }
        Ok(Self {
            host: host.to_owned(),
            stream: BufReader::new(StreamOwned::new(session, socket)),
        })
    }

    /// Sends one request and reads its answer, which must begin within `due` and the operation timeout.
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        due: Duration,
    ) -> io::Result<Answer> {
        let mut head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}:{PORT}\r\n",
            self.host
        );
        for (name, value) in headers {
            let value = value.replace(['\r', '\n'], " ");
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let stream = self.stream.get_mut();
        stream.sock.set_read_timeout(Some(due + OPERATION))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        stream.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let status = self.line()?;
        let status = status
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.split(' ').nth(1)?.parse().ok())
            .ok_or_else(|| io::Error::other("no HTTP answer"))?;
        let mut length = 0;
        loop {
            let header = self.line()?;
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        if length > BODY_LIMIT {
            return Err(io::Error::other("the answer is too long"));
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(HEAD_LIMIT);
        limited.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the connection was closed",
            ));
        }
        Ok(String::from_utf8_lossy(&line)
            .trim_end_matches('\r')
            .to_owned())
    }
}

/// Why the hub said no: an AMQP condition and its description.
#[derive(Clone, Debug, Deserialize)]
pub struct Refusal {
    pub condition: String,
    pub description: String,
}

impl Refusal {
    pub fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_| Self {
            condition: "amqp:internal-error".to_owned(),
            description: String::from_utf8_lossy(body).into_owned(),
        })
    }
}

/// Event Hubs: the key's text signs; the audience is one partition of one consumer group.
pub fn events_token(audience: &str, policy: &str, key: &str, seconds: i64) -> String {
    token(&encode(audience), policy, key.as_bytes(), seconds)
}

/// IoT Hub: the key is base64, the resource the host in lower case. `None`: the key is no base64.
pub fn service_token(host: &str, policy: &str, key: &str, seconds: i64) -> Option<String> {
    let key = STANDARD.decode(key).ok()?;
    Some(token(&encode(&host.to_lowercase()), policy, &key, seconds))
}

fn token(resource: &str, policy: &str, key: &[u8], seconds: i64) -> String {
    let expiry = jiff::Timestamp::now().as_second() + seconds;
    let signature = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(format!("{resource}\n{expiry}").as_bytes());
            STANDARD.encode(mac.finalize().into_bytes())
        }
        // HMAC takes a key of any length.
        Err(_) => String::new(),
    };
    format!(
        "SharedAccessSignature sr={resource}&sig={}&se={expiry}&skn={}",
        encode(&signature),
        encode(policy)
    )
}

/// As Java's URLEncoder with `%20` for a blank.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `A=b;C=d`: keys have case, values may hold further `=`.
pub fn parts(connection_string: &str) -> impl Fn(&str) -> Option<String> + '_ {
    move |wanted: &str| {
        let pairs = connection_string
            .split(';')
            .filter_map(|part| part.split_once('='));
        let found = pairs.rev().find(|(key, _)| *key == wanted);
        found.map(|(_, value)| value.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_taken_apart() {
        let get = parts("Endpoint=sb://x/;SharedAccessKey=a+b==;EntityPath=e");
        assert_eq!(get("SharedAccessKey").as_deref(), Some("a+b=="));
        assert_eq!(get("entitypath"), None);
    }

    #[test]
    fn refusals_are_read_whatever_they_are() {
        let refusal = Refusal::read(br#"{"condition":"amqp:not-found","description":"d"}"#);
        assert_eq!(
            (refusal.condition.as_str(), refusal.description.as_str()),
            ("amqp:not-found", "d")
        );
        assert_eq!(Refusal::read(b"<html>").condition, "amqp:internal-error");
    }

    #[test]
    fn a_key_that_is_no_key_signs_nothing() {
        assert!(service_token("h", "p", "PLACEHOLDER!", 1).is_none());
        let token = service_token("H.net", "p", "AAAA", 1).unwrap();
        assert!(
            token.starts_with("SharedAccessSignature sr=h.net&sig="),
            "{token}"
        );
    }
}
