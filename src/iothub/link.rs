//! HTTPS to a hub: trust, address, clock, and what its refusals mean. Whose signature goes with a request is the
//! business of `device` and `registry`.

use super::error::{IotHubError, plain};
use crate::transport;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use std::io::Read;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const API_VERSION: &str = "2020-03-13";
/// How long a token is good for: longer than any request, short enough to be worthless in a capture. Each request has a
/// token of its own, so none is ever used after its time.
const TOKEN_SECONDS: i64 = 600;
/// A clock that is wrong by less does not invalidate a token.
const TOLERANCE: i64 = 60;
/// A command has at most 64 KiB, an error far less.
pub(super) const BODY_LIMIT: u64 = 256 * 1024;

/// How a hub is reached.
pub(super) struct Link {
    pub host_name: String,
    http: Http,
    port: u16,
    /// What the hub's clock is ahead of ours, in seconds.
    ahead: AtomicI64,
}

impl Link {
    /// The hub is not contacted. `address` is connected to in the place of what the name says; the certificate is
    /// always the name's.
    pub fn new(
        host_name: &str,
        address: Option<SocketAddr>,
        ca_pem: Option<&[u8]>,
        timeout: Duration,
    ) -> Result<Self, IotHubError> {
        let mut builder = transport::client(timeout, ca_pem).map_err(IotHubError::Setting)?;
        if let Some(address) = address {
            // An address that was named is meant; a proxy would look the name up again.
            builder = builder.resolve(host_name, address).no_proxy();
        }
        Ok(Self {
            host_name: host_name.to_owned(),
            http: builder
                .build()
                .map_err(|error| IotHubError::transport(host_name, &error))?,
            port: address.map_or(443, |address| address.port()),
            ahead: AtomicI64::new(0),
        })
    }

    /// `path` begins with a slash, its segments are encoded.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let Self {
            host_name, port, ..
        } = self;
        let url = format!("https://{host_name}:{port}{path}?api-version={API_VERSION}");
        self.http.request(method, url)
    }

    pub fn send(&self, request: RequestBuilder) -> Result<Response, IotHubError> {
        request
            .send()
            .map_err(|error| IotHubError::transport(&self.host_name, &error))
    }

    /// When a token made now is over, by the hub's clock as far as it is known.
    pub fn expiry(&self) -> i64 {
        Timestamp::now().as_second() + self.ahead.load(Ordering::Relaxed) + TOKEN_SECONDS
    }

    /// Takes the hub's clock over from a 401. True if that makes another token worth a try: ours was made by a clock
    /// that differs too much.
    pub fn takes_the_clock_of(&self, response: &Response) -> bool {
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok());
        let Some(theirs) = date.and_then(http_date) else {
            return false;
        };
        let ahead = theirs.as_second() - Timestamp::now().as_second();
        let known = self.ahead.swap(ahead, Ordering::Relaxed);
        (ahead - known).abs() > TOLERANCE
    }

    /// What an answer means that is neither a success nor about the device or its credentials.
    pub fn refusal(&self, response: Response) -> IotHubError {
        let host = self.host_name.clone();
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let mut body = Vec::new();
        // What can be read of an error is better than nothing.
        let _ = response.take(BODY_LIMIT).read_to_end(&mut body);
        let message = message(&body);
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                IotHubError::Throttled {
                    host,
                    status: status.as_u16(),
                    message,
                    retry_after,
                }
            }
            status => IotHubError::Refused {
                host,
                status: status.as_u16(),
                message,
            },
        }
    }

    pub fn unreadable(&self, cause: &std::io::Error) -> IotHubError {
        IotHubError::Unreachable {
            host: self.host_name.clone(),
            cause: plain(&cause.to_string()),
        }
    }
}

/// Seconds, or the time of day: both forms are HTTP's.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let left = http_date(text)?.as_second() - Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

/// `Sat, 21 Nov 2026 06:53:11 GMT`
fn http_date(text: &str) -> Option<Timestamp> {
    Some(rfc2822::parse(text).ok()?.timestamp())
}

/// IoT Hub's errors are `{"Message":"ErrorCode:…;…","ExceptionMessage":…}`.
fn message(body: &[u8]) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    match parsed.as_ref().and_then(|json| json["Message"].as_str()) {
        Some(message) => plain(message),
        None => plain(&String::from_utf8_lossy(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_pause_are_read() {
        let pause = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers)
        };
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        assert_eq!(pause("Sat, 21 Nov 2020 06:53:11 GMT"), Some(Duration::ZERO));
        let soon = Timestamp::now() + jiff::SignedDuration::from_secs(100);
        let soon = soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let left = pause(&soon).unwrap().as_secs();
        assert!((95..=100).contains(&left), "{left}");
        assert_eq!(pause("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
