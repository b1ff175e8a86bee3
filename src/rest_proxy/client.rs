//! The client: one request per operation, tried again where that can help and never where it could write twice.

use super::entra::{Application, no_answer, retry_after};
use super::error::RestError;
use super::model::{
    Broker, Brokers, NewTopic, Partition, Partitions, Read, Records, Topics, words,
};
use super::tokens::{Token, Tokens};
use super::waiting::Patience;
use crate::text::plain;
use crate::transport::{self, innermost, looks_like};
use jiff::Timestamp;
use reqwest::blocking::{Client as Http, Response};
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A read gives at most 6 MB of records; as JSON they may be some times that.
const ANSWER_LIMIT: u64 = 64 * 1024 * 1024;
/// Reads are asked again when the way to the proxy fails.
const READS: u32 = 3;
/// Between two tries to reach a proxy that was there a moment ago.
const AGAIN: Duration = Duration::from_millis(250);

/// Where the proxy is, who asks, and how long.
pub struct Settings {
    /// `https://CLUSTER-kafkarest.azurehdinsight.net`, without `/v1`.
    pub url: String,
    pub application: Application,
    /// Trusted beside the system's roots.
    pub ca_pem: Option<Vec<u8>>,
    /// For each request as a whole.
    pub timeout: Duration,
    /// Our cache directory, for the token.
    pub cache: Option<PathBuf>,
}

pub struct Client {
    http: Http,
    base: Url,
    tokens: Tokens,
    timeout: Duration,
    /// It has answered at least once.
    answered: AtomicBool,
}

/// How often the same request may be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing.
    Freely,
    /// Only after an answer that says that nothing was done.
    WhenRefused,
}

/// What was answered: any status but 401.
pub(super) struct Answer {
    pub status: u16,
    pub next_offset: Option<String>,
    pub body: Vec<u8>,
}

/// Why there is no answer.
pub(super) enum NoAnswer {
    /// The request did not arrive, or was sent back unopened.
    NotDone(RestError),
    /// It may have been carried out.
    Unclear(RestError),
}

impl NoAnswer {
    pub fn error(self) -> RestError {
        match self {
            Self::NotDone(error) | Self::Unclear(error) => error,
        }
    }
}

impl Client {
    /// Makes the client; nobody is contacted. `HTTPS_PROXY` is honoured.
    pub fn new(settings: Settings) -> Result<Self, RestError> {
        let base = transport::base(&settings.url, "the REST proxy").map_err(RestError::Setting)?;
        if base.scheme() != "https" {
            let words = format!("{}: a token is sent over https only", plain(&settings.url));
            return Err(RestError::Setting(words));
        }
        let http = transport::client(settings.timeout, settings.ca_pem.as_deref())
            .map_err(RestError::Setting)?
            .build()
            .map_err(|error| RestError::Setting(innermost(&error)))?;
        let tokens = Tokens::new(http.clone(), settings.application, settings.cache);
        Ok(Self {
            http,
            base,
            tokens,
            timeout: settings.timeout,
            answered: AtomicBool::new(false),
        })
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What the proxy says of itself.
    pub fn status(&self) -> Result<String, RestError> {
        let body = self.read(&["status"], &[])?.body;
        Ok(match serde_json::from_slice::<Value>(&body) {
            Ok(Value::String(text)) => plain(&text),
            _ => words(&body),
        })
    }

    pub fn brokers(&self) -> Result<Vec<Broker>, RestError> {
        let found: Brokers = self.get(&["metadata", "brokers"], &[])?.0;
        Ok(found.brokers)
    }

    /// As the proxy's cache has them: a topic that was made elsewhere may come later.
    pub fn topics(&self) -> Result<Vec<String>, RestError> {
        let mut found: Topics = self.get(&["metadata", "topics"], &[])?.0;
        found.topics.sort();
        Ok(found.topics)
    }

    pub fn partitions(&self, topic: &str) -> Result<Vec<Partition>, RestError> {
        let path = ["metadata", "topics", topic, "partitions"];
        let mut found: Partitions = self.get(&path, &[])?.0;
        found.partitions.sort_by_key(|partition| partition.id);
        Ok(found.partitions)
    }

    pub fn partition(&self, topic: &str, partition: i32) -> Result<Partition, RestError> {
        let number = partition.to_string();
        let path = ["metadata", "topics", topic, "partitions", &number];
        Ok(self.get(&path, &[])?.0)
    }

    /// Up to `count` records from an offset on, and up to 6 MB.
    pub fn consume(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        count: u32,
    ) -> Result<Read, RestError> {
        let (number, from) = (partition.to_string(), offset.to_string());
        let path = [
            "consumer",
            "topics",
            topic,
            "partitions",
            &number,
            "offsets",
            &from,
        ];
        let count = count.to_string();
        let (records, answer): (Records, _) = self.get(&path, &[("count", &count)])?;
        let records = records.into_vec();
        // A text; and the specification does not know it, so it may be missing.
        let told = answer.next_offset.and_then(|text| text.trim().parse().ok());
        let after = records.iter().map(|record| record.offset + 1).max();
        let next = told.or(after).unwrap_or(offset).max(offset);
        Ok(Read { records, next })
    }

    /// Asks for a topic. Whether the proxy lists it already is another question.
    pub fn create(&self, topic: &str, wanted: &NewTopic) -> Result<(), RestError> {
        let body =
            serde_json::to_vec(wanted).map_err(|error| RestError::Setting(error.to_string()))?;
        let answer = self
            .call(
                Method::PUT,
                &["topics", topic],
                &[],
                Some(&body),
                Repeat::WhenRefused,
            )
            .map_err(NoAnswer::error)?;
        self.expect(&["topics", topic], &answer)
    }

    fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<(T, Answer), RestError> {
        let answer = self.read(path, query)?;
        match serde_json::from_slice(&answer.body) {
            Ok(parsed) => Ok((parsed, answer)),
            Err(_) => Err(RestError::Foreign {
                at: self.at(),
                status: answer.status,
                looks_like: looks_like(&answer.body),
            }),
        }
    }

    fn read(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, RestError> {
        let answer = self
            .call(Method::GET, path, query, None, Repeat::Freely)
            .map_err(NoAnswer::error)?;
        self.expect(path, &answer)?;
        Ok(answer)
    }

    /// An error for every status but 2xx.
    pub(super) fn expect(&self, path: &[&str], answer: &Answer) -> Result<(), RestError> {
        let (at, status, body) = (self.at(), answer.status, &answer.body);
        Err(match status {
            200..=299 => return Ok(()),
            403 => RestError::NotAMember {
                at,
                words: words(body),
            },
            404 => RestError::NotFound {
                at,
                what: path
                    .iter()
                    .map(|part| plain(part))
                    .collect::<Vec<_>>()
                    .join("/"),
            },
            // Whatever stands there wants to send us elsewhere, a login page for one.
            300..=399 => RestError::Foreign {
                at,
                status,
                looks_like: "a redirect".into(),
            },
            502 | 504 => RestError::NoProxyBehind { at, status },
            400..=499 => RestError::Refused {
                at,
                status,
                words: words(body),
            },
            _ => RestError::Server {
                at,
                status,
                words: words(body),
            },
        })
    }

    /// One request with a token. A refused token is renewed once; 429 and 503 are waited for as long as they ask, and a
    /// proxy that has answered before for as long as a request may take.
    pub(super) fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&[u8]>,
        repeat: Repeat,
    ) -> Result<Answer, NoAnswer> {
        let url = self.url(path, query);
        let mut token = self.tokens.get().map_err(NoAnswer::NotDone)?;
        let (mut renewed, mut failures) = (false, 0);
        let mut patience = Patience::default();
        let end = Instant::now() + self.timeout;
        loop {
            let response = match self.send(&method, &url, body, &token) {
                Ok(response) => {
                    self.answered.store(true, Ordering::Relaxed);
                    response
                }
                // Without a connection nothing has arrived: a proxy that is started anew is waited for.
                Err(error)
                    if error.is_connect()
                        && self.answered.load(Ordering::Relaxed)
                        && Instant::now() < end =>
                {
                    std::thread::sleep(AGAIN);
                    continue;
                }
                Err(error) => {
                    failures += 1;
                    if repeat == Repeat::Freely && failures < READS && !error.is_timeout() {
                        continue;
                    }
                    let fits = error.is_connect();
                    let error = no_answer(&error, &self.at());
                    return Err(match fits {
                        true => NoAnswer::NotDone(error),
                        false => NoAnswer::Unclear(error),
                    });
                }
            };
            let status = response.status().as_u16();
            let later = retry_after(&response);
            let answer = match self.whole(response) {
                Ok(answer) => answer,
                Err(_) if repeat == Repeat::Freely && failures + 1 < READS => {
                    failures += 1;
                    continue;
                }
                Err(error) => return Err(NoAnswer::Unclear(error)),
            };
            match status {
                401 if !renewed => {
                    renewed = true;
                    token = self.tokens.renew(&token).map_err(NoAnswer::NotDone)?;
                }
                401 => {
                    return Err(NoAnswer::NotDone(RestError::Unauthorised {
                        at: self.at(),
                        words: words(&answer.body),
                    }));
                }
                // 503 without a word on when to come back may come from a gateway that lost the proxy's answer.
                429 | 503 if status == 429 || repeat == Repeat::Freely || later.is_some() => {
                    match patience.next(later.as_deref(), Timestamp::now()) {
                        Some(wait) => std::thread::sleep(wait),
                        None => {
                            return Err(NoAnswer::NotDone(RestError::Busy {
                                at: self.at(),
                                status,
                                waited: patience.waited(),
                            }));
                        }
                    }
                }
                502 | 504 if repeat == Repeat::Freely && failures + 1 < READS => failures += 1,
                _ => return Ok(answer),
            }
        }
    }

    fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
        token: &Token,
    ) -> Result<Response, reqwest::Error> {
        let mut request = self
            .http
            .request(method.clone(), url.clone())
            .bearer_auth(token.value.expose());
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_vec());
        }
        request.send()
    }

    fn whole(&self, response: Response) -> Result<Answer, RestError> {
        let status = response.status().as_u16();
        let next_offset = response
            .headers()
            .get("NextOffset")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let broken = |cause: String| RestError::Unreachable {
            at: self.at(),
            cause,
        };
        let mut body = Vec::new();
        let read = response.take(ANSWER_LIMIT + 1).read_to_end(&mut body);
        read.map_err(|error| broken(plain(&format!("the answer broke off: {error}"))))?;
        if body.len() as u64 > ANSWER_LIMIT {
            return Err(broken("the answer has more than 64 MiB".into()));
        }
        Ok(Answer {
            status,
            next_offset,
            body,
        })
    }

    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let path = ["v1"].into_iter().chain(path.iter().copied());
        let mut url = transport::resource(&self.base, path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// `https://mykafka-kafkarest.azurehdinsight.net`
    pub fn at(&self) -> String {
        transport::at(&self.base)
    }
}
