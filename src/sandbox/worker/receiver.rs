//! Reads one partition of the hub's telemetry: the place of the Event Hubs SDK, with its words and its patience. What
//! becomes of an event is for the source task.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use serde::Deserialize;

use super::channel::{Channel, PORT, Refusal, encode, events_token, parts};
use super::exception::{Exception, ILLEGAL_ARGUMENT};
use super::log::Log;
use super::plugins::Generation;

/// The SDK's prefetch count: more cannot be asked for at once.
pub const PREFETCH: i64 = 999;
/// The SDK goes on retrying for about this long after a connection is lost.
const RETRY: Duration = Duration::from_secs(16);
const PAUSE: Duration = Duration::from_millis(500);
const TOKEN_SECONDS: i64 = 20 * 60;

const FACTORY: &str = "com.microsoft.azure.eventhubs.impl.MessagingFactory";
const CONNECTION: &str = "com.microsoft.azure.eventhubs.impl.ConnectionHandler";
const RECEIVER: &str = "com.microsoft.azure.eventhubs.impl.MessageReceiver";

/// One event, as `private_api` sends it.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    pub offset: String,
    pub sequence: i64,
    /// Milliseconds since 1970.
    pub enqueued: i64,
    /// Base64.
    pub body: String,
    pub system: BTreeMap<String, String>,
    pub properties: BTreeMap<String, String>,
}

/// The Event Hubs connection string that the connector builds, taken apart by its tasks.
#[derive(Clone)]
pub struct Endpoint {
    /// `None` is noticed only when connecting.
    host: Option<String>,
    pub entity: String,
    key_name: String,
    key: String,
}

impl Endpoint {
    pub fn parse(connection_string: &str) -> Self {
        let part = parts(connection_string);
        let of = |name| part(name).unwrap_or_default();
        Self {
            host: host_of(&of("Endpoint")),
            entity: of("EntityPath"),
            key_name: of("SharedAccessKeyName"),
            key: of("SharedAccessKey"),
        }
    }
}

/// `java.net.URI.getHost()`: none without a scheme, and none for a name that no host has.
fn host_of(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.split(':').next()?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!host.is_empty() && host.chars().all(good)).then(|| host.to_owned())
}

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// After this offset; as text, for the hub judges it.
    Offset(String),
    /// After this time, in milliseconds since 1970.
    Time(i64),
}

impl Position {
    fn query(&self) -> String {
        match self {
            Self::Offset(offset) => format!("offset={}", encode(offset)),
            Self::Time(millis) => format!("time={millis}"),
        }
    }
}

pub struct Receiver {
    to: Endpoint,
    host: String,
    group: String,
    partition: u32,
    position: Position,
    generation: Generation,
    tls: Arc<ClientConfig>,
    log: Arc<Log>,
    channel: Option<Channel>,
    lost_since: Option<Instant>,
}

impl Receiver {
    /// Connects and checks token, name, partition and position, so that a wrong one is found at the start.
    pub fn open(
        to: &Endpoint,
        group: &str,
        partition: u32,
        position: Position,
        generation: Generation,
        tls: &Arc<ClientConfig>,
        log: &Arc<Log>,
    ) -> Result<Self, Exception> {
        let Some(host) = to.host.clone() else {
            return Err(match generation {
                Generation::Later => Exception::new(
                    EVENT_HUB,
                    "Cannot invoke \"String.length()\" because \"str\" is null",
                ),
                Generation::Release06 => Exception::new(SERVICE_BUS, "the endpoint has no host"),
            });
        };
        let mut receiver = Self {
            to: to.clone(),
            host,
            group: group.to_owned(),
            partition,
            position,
            generation,
            tls: Arc::clone(tls),
            log: Arc::clone(log),
            channel: None,
            lost_since: None,
        };
        receiver.log_opening();
        receiver
            .ask(0, Duration::ZERO)
            .map_err(|failure| match failure {
                Failure::Refused(exception) => exception,
                Failure::Lost(error) if is_timeout(&error) => receiver.timed_out(),
                Failure::Lost(error) => {
                    receiver.log_closed("connection aborted");
                    receiver.unreachable(&error)
                }
            })?;
        receiver.log_receiving();
        Ok(receiver)
    }

    /// At least one event as soon as there is one, at most `max`; none when the time is over. While a lost connection
    /// is retried, the time passes without events.
    pub fn receive(&mut self, max: i64, wait: Duration) -> Result<Vec<Event>, Exception> {
        if !(1..=PREFETCH).contains(&max) {
            return Err(Exception::new(
                ILLEGAL_ARGUMENT,
                format!(
                    "parameter 'maxMessageCount' should be a positive number and should be less than prefetchCount({PREFETCH})"
                ),
            ));
        }
        let deadline = Instant::now() + wait;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.ask(max, left) {
                Ok(events) => {
                    self.lost_since = None;
                    return Ok(events);
                }
                Err(Failure::Refused(exception)) => return Err(exception),
                Err(Failure::Lost(error)) => self.lost(&error)?,
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Vec::new());
            }
            std::thread::sleep(PAUSE.min(left));
        }
    }

    fn lost(&mut self, error: &io::Error) -> Result<(), Exception> {
        self.channel = None;
        self.log_closed(&error.to_string());
        match self.lost_since {
            None => self.lost_since = Some(Instant::now()),
            Some(since) if since.elapsed() > RETRY => return Err(self.unreachable(error)),
            Some(_) => {}
        }
        Ok(())
    }

    fn path(&self) -> String {
        let (entity, group) = (&self.to.entity, &self.group);
        format!(
            "{entity}/ConsumerGroups/{group}/Partitions/{}",
            self.partition
        )
    }

    fn ask(&mut self, max: i64, wait: Duration) -> Result<Vec<Event>, Failure> {
        let audience = format!("amqp://{}/{}", self.host, self.path());
        let token = events_token(&audience, &self.to.key_name, &self.to.key, TOKEN_SECONDS);
        let target = format!(
            "/v1/{}/ConsumerGroups/{}/Partitions/{}?{}&max={max}&wait_ms={}",
            encode(&self.to.entity),
            encode(&self.group),
            self.partition,
            self.position.query(),
            wait.as_millis()
        );
        let mut channel = match self.channel.take() {
            Some(channel) => channel,
            None => Channel::open(&self.host, &self.tls).map_err(Failure::Lost)?,
        };
        let headers = [("Authorization", token.as_str())];
        let answer = channel
            .ask("GET", &target, &headers, b"", wait)
            .map_err(Failure::Lost)?;
        self.channel = Some(channel);
        if answer.status != 200 {
            let refusal = Refusal::read(&answer.body);
            return Err(Failure::Refused(self.refused(answer.status, &refusal)));
        }
        #[derive(Deserialize)]
        struct Events {
            events: Vec<Event>,
        }
        let read: Events = serde_json::from_slice(&answer.body)
            .map_err(|error| Failure::Lost(io::Error::other(error)))?;
        if let Some(last) = read.events.last() {
            self.position = Position::Offset(last.offset.clone());
        }
        Ok(read.events)
    }

    fn refused(&self, status: u16, refusal: &Refusal) -> Exception {
        let description = refusal.description.clone();
        let package = match self.generation {
            Generation::Later => "com.microsoft.azure.eventhubs",
            Generation::Release06 => "com.microsoft.azure.servicebus",
        };
        match (refusal.condition.as_str(), self.generation) {
            ("amqp:unauthorized-access", _) => Exception::new(
                &format!("{package}.AuthorizationFailedException"),
                format!(
                    "Put token failed. status-code: {status}, status-description: {description}"
                ),
            ),
            ("amqp:not-found", _) => {
                Exception::new(&format!("{package}.IllegalEntityException"), description)
            }
            (condition, Generation::Later) => {
                let text = format!("{condition}: {description}");
                Exception::new(EVENT_HUB, description).caused_by(Exception::new(
                    "com.microsoft.azure.eventhubs.impl.AmqpException",
                    text,
                ))
            }
            (_, Generation::Release06) => Exception::new(SERVICE_BUS, description),
        }
    }

    fn unreachable(&self, error: &io::Error) -> Exception {
        // What a resolver says comes without a kind of its own.
        let unknown = error.raw_os_error().is_none() && error.to_string().contains("lookup");
        match (self.generation, unknown) {
            (Generation::Later, _) => Exception::new(EVENT_HUB, "connection aborted"),
            (Generation::Release06, true) => Exception::new(
                COMMUNICATION,
                "java.nio.channels.UnresolvedAddressException",
            ),
            (Generation::Release06, false) => Exception::new(COMMUNICATION, "connection aborted"),
        }
    }

    fn timed_out(&self) -> Exception {
        let class = match self.generation {
            Generation::Later => "com.microsoft.azure.eventhubs.TimeoutException",
            Generation::Release06 => "com.microsoft.azure.servicebus.TimeoutException",
        };
        Exception::new(class, "Opening MessagingFactory timed out.")
    }

    fn log_opening(&self) {
        if self.generation == Generation::Release06 {
            return;
        }
        let (name, host) = (name(), &self.host);
        self.log.info(
            FACTORY,
            format!("messagingFactory[{name}], hostName[{host}], info[starting reactor instance.]"),
        );
        let (offset, time) = match &self.position {
            Position::Offset(offset) => (offset.clone(), "null".to_owned()),
            Position::Time(millis) => ("null".to_owned(), millis.to_string()),
        };
        self.log.info(
            RECEIVER,
            format!(
                "receiverPath[RECEIVER IS NULL], action[createReceiveLink], offset[{offset}], sequenceNumber[null], enqueuedTime[{time}], inclusiveFlag[false]"
            ),
        );
    }

    fn log_receiving(&self) {
        if self.generation == Generation::Release06 {
            return;
        }
        let (name, host, path) = (name(), &self.host, self.path());
        self.log.info(
            CONNECTION,
            format!("onConnectionRemoteOpen: hostname[{host}:{PORT}, ]"),
        );
        self.log.info(
            RECEIVER,
            format!(
                "receiverPath[{path}], linkname[{name}], updated-link-credit[{PREFETCH}], sentCredits[{PREFETCH}]"
            ),
        );
    }

    fn log_closed(&self, error: &str) {
        if self.generation == Generation::Later {
            let host = &self.host;
            self.log.warn(
                CONNECTION,
                format!("onTransportClosed: hostname[{host}:{PORT}], error[{error}]"),
            );
        }
    }
}

const EVENT_HUB: &str = "com.microsoft.azure.eventhubs.EventHubException";
const SERVICE_BUS: &str = "com.microsoft.azure.servicebus.ServiceBusException";
const COMMUNICATION: &str = "com.microsoft.azure.servicebus.CommunicationException";

enum Failure {
    /// The connection: it may come back.
    Lost(io::Error),
    /// The hub's word.
    Refused(Exception),
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
    )
}

fn name() -> String {
    uuid::Uuid::new_v4().to_string().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_as_java_finds_them() {
        for (uri, host) in [
            (
                "sb://ns.servicebus.windows.net/",
                Some("ns.servicebus.windows.net"),
            ),
            (
                "sb://ns.servicebus.windows.net:443/",
                Some("ns.servicebus.windows.net"),
            ),
            ("https://127.0.0.1", Some("127.0.0.1")),
            ("PLACEHOLDER", None),
            ("sb://my_ns.x/", None),
            ("ns.servicebus.windows.net", None),
        ] {
            assert_eq!(host_of(uri).as_deref(), host, "{uri}");
        }
    }
}
