//! What librdkafka says while it works. A dead broker gives a call nothing but "timed out"; why comes only through the
//! client's callbacks, many times over. Here the last distinct causes are kept for the error of the call.

use super::line::{Dialer, Line};
use crate::text::printable_start;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError as Native, RDKafkaErrorCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More brokers than this rarely fail each in its own way.
const KEPT: usize = 3;

#[derive(Default)]
pub(super) struct Watch {
    seen: Mutex<Seen>,
    line: Option<Arc<Line>>,
}

#[derive(Default)]
struct Seen {
    causes: Vec<(RDKafkaErrorCode, String)>,
    all_down: bool,
}

/// librdkafka's words for a write to a connection that the other end has closed.
const BROKEN_PIPE: &str = "Send failed: Broken pipe";

impl Watch {
    /// Of a client that connects through the dialer, if there is one.
    pub fn over(dialer: Option<&Dialer>) -> Self {
        Self {
            seen: Mutex::default(),
            line: dialer.map(Line::new),
        }
    }

    pub fn line(&self) -> Option<&Arc<Line>> {
        self.line.as_ref()
    }

    /// The other end of the line lets nobody through.
    pub fn is_forbidden(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.is_forbidden())
    }

    /// Why brokers could not be reached, the latest first; nothing if no trouble was seen.
    pub fn cause(&self) -> Option<String> {
        // librdkafka sees a line that does not come about only as a connection that ended.
        let line = self.line.as_ref().map(|line| line.causes());
        let mut causes = line.unwrap_or_default();
        // Where nobody is let through, what librdkafka saw of it is no cause of its own; nor is it that it was about to
        // write to a line that did not come about.
        if causes.is_empty() || !self.is_forbidden() {
            let told = !causes.is_empty();
            let seen = self.seen();
            let texts = seen.causes.iter().rev().map(|(_, text)| text);
            causes.extend(
                texts
                    .filter(|text| !(told && text.ends_with(BROKEN_PIPE)))
                    .cloned(),
            );
        }
        causes.truncate(KEPT);
        (!causes.is_empty()).then(|| causes.join("; "))
    }

    /// The code of the latest cause: TLS and credentials are told apart by it. After either of them brokers also just
    /// close connections, which says less.
    pub fn code(&self) -> Option<RDKafkaErrorCode> {
        let seen = self.seen();
        let codes = || seen.causes.iter().rev().map(|(code, _)| *code);
        codes().find(|code| is_trust(*code)).or(codes().next())
    }

    /// Every known broker has refused at least once.
    pub fn all_down(&self) -> bool {
        self.seen().all_down
    }

    /// A broker has refused the credentials, or cannot be trusted: waiting changes nothing.
    pub fn is_hopeless(&self) -> bool {
        self.code().is_some_and(is_trust)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, code: RDKafkaErrorCode, text: &str) {
        let text = tidy(text);
        let mut seen = self.seen();
        seen.causes.retain(|(_, known)| *known != text);
        seen.causes.push((code, text));
        if seen.causes.len() > KEPT {
            seen.causes.remove(0);
        }
    }
}

impl ClientContext for Watch {
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {
        // Errors come as events as well; the rest is for librdkafka's own authors.
    }

    fn error(&self, error: Native, reason: &str) {
        match error.rdkafka_error_code() {
            // "3/3 brokers are down" is a count, not a cause.
            Some(RDKafkaErrorCode::AllBrokersDown) => self.seen().all_down = true,
            // Comes as an error, and is none.
            Some(RDKafkaErrorCode::PartitionEOF) => {}
            Some(code) => self.note(code, reason),
            None => self.note(RDKafkaErrorCode::Fail, reason),
        }
    }
}

impl ConsumerContext for Watch {}

fn is_trust(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::SSL | Code::Authentication | Code::SaslAuthenticationFailed
    )
}

/// Without the changing times at the end, which would make every repetition a new cause, and without what a terminal
/// would take for a command.
fn tidy(text: &str) -> String {
    let text = text.split(" (after ").next().unwrap_or_default();
    printable_start(text, 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_count_once_and_the_latest_leads() {
        let watch = Watch::default();
        let transport = || Native::Global(RDKafkaErrorCode::BrokerTransportFailure);
        watch.error(
            transport(),
            "wn0:9092/bootstrap: Connection refused (after 0ms in state CONNECT)",
        );
        watch.error(transport(), "wn1:9092/bootstrap: \x1b[31mno route");
        watch.error(
            transport(),
            "wn0:9092/bootstrap: Connection refused (after 7ms in state CONNECT)",
        );
        watch.error(
            Native::Global(RDKafkaErrorCode::AllBrokersDown),
            "2/2 brokers are down",
        );
        watch.error(
            Native::Global(RDKafkaErrorCode::PartitionEOF),
            "Fetch from broker 1 reached end of partition at offset 0",
        );
        assert!(watch.all_down());
        assert_eq!(
            watch.cause().as_deref(),
            Some("wn0:9092/bootstrap: Connection refused; wn1:9092/bootstrap: [31mno route")
        );
    }
}
