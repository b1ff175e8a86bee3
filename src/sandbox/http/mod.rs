//! A small HTTP/1.1 server, with or without TLS, that every server of the sandbox is built on: a [`Service`] answers,
//! the server keeps a log of requests (never of credentials) and can be told to misbehave ([`Fault`]).
//!
//! Here: the shape of requests and answers. `server` runs the sockets, `fault` decides how an answer is spoilt.

mod fault;
mod reply;
mod server;

use std::future::Future;
use std::pin::Pin;

use hyper::HeaderMap;
use hyper::body::Bytes;

pub use fault::Fault;
pub(super) use server::lock;
pub use server::{Connections, Listen, Logged, Server};

/// One request, read to its end.
#[derive(Debug)]
pub struct Request {
    pub method: String,
    /// As sent, percent-encoding included, without the query.
    pub path: String,
    /// Decoded, in the order sent.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Which of the server's listeners it came in by: the index in what [`Server::start`] was given.
    pub listener: usize,
}

impl Request {
    /// The decoded, non-empty segments of the path.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(percent_decode)
            .collect()
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A header's value, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// One answer. Headers whose value cannot stand in a header are left out by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut response = Self::empty(status).with_header("content-type", content_type);
        response.body = body.into();
        response
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The answer to a request, when it is there. A long poll may take its time; it is dropped when the client goes away.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// What stands behind a listener.
pub trait Service: Send + Sync + 'static {
    fn call(&self, request: Request) -> Answer<'_>;

    /// Bytes of the largest request body that is read; more is answered with 413.
    fn body_limit(&self) -> usize {
        1 << 20
    }
}

/// A service that needs no waiting is a plain function.
impl<F> Service for F
where
    F: Fn(Request) -> Response + Send + Sync + 'static,
{
    fn call(&self, request: Request) -> Answer<'_> {
        Box::pin(std::future::ready(self(request)))
    }
}

/// Decodes `%XX`; anything that is not a proper escape stays as it is, and bytes that are no UTF-8 are replaced.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten();
        let byte = escape
            .filter(|pair| pair.iter().all(u8::is_ascii_hexdigit))
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The parameters of a query string. A `+` is a blank, as forms and Java's URLEncoder write it.
fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode(&text.replace('+', " "));
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_kept() {
        assert_eq!(percent_decode("a%2Fb%2fc"), "a/b/c");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
        assert_eq!(percent_decode("%+1"), "%+1");
    }

    #[test]
    fn query_pairs_keep_their_order() {
        let pairs = query_pairs("fields=Hosts%2Fip&x=a+b&flag");
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, [("fields", "Hosts/ip"), ("x", "a b"), ("flag", "")]);
    }
}
