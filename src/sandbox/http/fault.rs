//! How a server misbehaves when told to. Here: the description of a fault and which one applies to a request.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::Response;

/// Misbehaviour for all requests whose path begins with a prefix. Without any of these set the answer is untouched.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Wait this long (milliseconds) before anything else.
    pub delay_ms: u64,
    /// Answer with this status instead of asking the service. The body is `body`.
    pub status: Option<u16>,
    /// Answer with this body instead of asking the service. The status is `status`, or 200.
    pub body: Option<String>,
    /// Of `body`; `text/plain` when not said.
    pub content_type: Option<String>,
    /// Of an answer that stands in for the service's.
    pub headers: BTreeMap<String, String>,
    /// Send the whole answer's headers, but only this many bytes of its body, then close the connection.
    pub cut_at: Option<usize>,
    /// Close the connection without any answer.
    pub hang_up: bool,
    /// How many requests it is for; after that it is gone. `None`: until it is cleared.
    pub times: Option<u32>,
}

impl Fault {
    /// An answer that the service is not asked for.
    pub fn answer(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status: Some(status),
            body: Some(body.to_owned()),
            content_type: Some(content_type.to_owned()),
            ..Self::default()
        }
    }

    /// With a header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn delay(delay: Duration) -> Self {
        Self {
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            ..Self::default()
        }
    }

    pub fn cut_at(bytes: usize) -> Self {
        Self {
            cut_at: Some(bytes),
            ..Self::default()
        }
    }

    pub fn hang_up() -> Self {
        Self {
            hang_up: true,
            ..Self::default()
        }
    }

    /// The same fault for so many requests only.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// The answer that stands in for the service's, if the fault has one.
    pub(super) fn replacement(&self) -> Option<Response> {
        if self.status.is_none() && self.body.is_none() {
            return None;
        }
        let content_type = self.content_type.as_deref().unwrap_or("text/plain");
        let body = self.body.clone().unwrap_or_default();
        let response = Response::text(self.status.unwrap_or(200), content_type, body);
        let headers = self.headers.iter();
        Some(headers.fold(response, |response, (name, value)| {
            response.with_header(name, value.clone())
        }))
    }
}

/// The faults that are set, by path prefix.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(String, Fault)>);

impl Faults {
    pub(super) fn set(&mut self, prefix: &str, fault: Fault) {
        self.0.retain(|(known, _)| known != prefix);
        self.0.push((prefix.to_owned(), fault));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault with the longest prefix of this path; counts it as used.
    pub(super) fn take(&mut self, path: &str) -> Option<Fault> {
        let fits = |(prefix, fault): &&mut (String, Fault)| {
            path.starts_with(prefix.as_str()) && fault.times != Some(0)
        };
        let (_, fault) = self
            .0
            .iter_mut()
            .filter(fits)
            .max_by_key(|(prefix, _)| prefix.len())?;
        if let Some(left) = &mut fault.times {
            *left -= 1;
        }
        Some(fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins_until_it_is_used_up() {
        let mut faults = Faults::default();
        faults.set("/", Fault::answer(500, "text/plain", "all"));
        faults.set("/api", Fault::answer(503, "text/plain", "api").times(1));
        assert_eq!(faults.take("/api/v1").and_then(|f| f.status), Some(503));
        assert_eq!(faults.take("/api/v1").and_then(|f| f.status), Some(500));
        faults.clear();
        assert!(faults.take("/api/v1").is_none());
    }
}
