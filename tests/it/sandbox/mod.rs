//! The sandbox's servers, looked at from outside: over real sockets and real TLS, with clients that trust nothing but
//! the sandbox's own authority.

// A helper of a test may fail like the test that it helps.
#![allow(clippy::unwrap_used)]

mod ambari;
mod arm;
mod az;
mod entra;
mod http;
mod hub;
mod hub_connector;
mod kafka;
mod node;
mod ports;
mod process;
mod real_az;
mod scratch;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdikafka::sandbox::tls::{Authority, server_config};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::blocking::Client;
use sha2::Sha256;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// reqwest and rustls take the process's provider. Whoever of the tests or of the product installed one first: it is
/// the same.
fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A TLS server's configuration for these names, and the authority that made it.
fn identity(names: &[&str]) -> (Authority, Arc<rustls::ServerConfig>) {
    let authority = Authority::new("hdikafka tests").unwrap();
    let (cert, key) = authority
        .issue(names, &["127.0.0.1".parse().unwrap()])
        .unwrap();
    let config = server_config(cert.as_bytes(), key.as_bytes()).unwrap();
    (authority, config)
}

/// A client that trusts this authority only and finds the names at these addresses.
fn client(authority: &Authority, names: &[(&str, SocketAddr)]) -> Client {
    install_provider();
    let ca = reqwest::Certificate::from_pem(authority.ca_pem().as_bytes()).unwrap();
    let mut builder = Client::builder()
        .tls_certs_only([ca])
        .no_proxy()
        .timeout(PATIENCE);
    for (name, addr) in names {
        builder = builder.resolve(name, *addr);
    }
    builder.build().unwrap()
}

/// A token for a resource that is already url-encoded. `key`: the bytes that sign.
fn sas(encoded_resource: &str, key: &[u8], expiry: i64, policy: Option<&str>) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{encoded_resource}\n{expiry}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let signature = signature
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let policy = policy
        .map(|name| format!("&skn={name}"))
        .unwrap_or_default();
    format!("SharedAccessSignature sr={encoded_resource}&sig={signature}&se={expiry}{policy}")
}

fn soon() -> i64 {
    jiff::Timestamp::now().as_second() + 600
}
