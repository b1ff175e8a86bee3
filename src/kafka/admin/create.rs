//! Creating topics: one request for all, and until each of them can be used.

use super::{Admin, topic as topic_of};
use crate::kafka::error::{KafkaError, code_of, is_denial, is_silence, plain};
use crate::kafka::session::existing;
use rdkafka::admin::{AdminOptions, NewTopic as NativeTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode as Code;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A topic to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    pub name: String,
    pub partitions: i32,
    pub replication_factor: i32,
    pub config: BTreeMap<String, String>,
}

/// How long until a name that is still taken is asked for again.
const AGAIN: Duration = Duration::from_millis(25);

/// The name of a topic, and whether it was created.
pub type Created = (String, Result<(), CreateError>);

/// Why a topic was not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    #[error("the topic exists already")]
    AlreadyExists,
    /// More replicas than brokers, or none.
    #[error("replication factor {wanted} does not fit the {brokers} brokers there are")]
    InvalidReplication { wanted: i32, brokers: usize },
    /// A rule of the cluster, or an ACL.
    #[error("the cluster does not allow it: {0}")]
    Policy(String),
    /// Asked for, but not seen with a leader for each partition within the time; it may still come.
    #[error("created, but not ready within {seconds} s")]
    NotReady { seconds: u64 },
    /// The time was up without an answer: it may or may not have been created.
    #[error("no answer: {0}")]
    Unknown(String),
    #[error("{0}")]
    Other(String),
}

impl Admin {
    /// Creates topics, all in one request, and waits until each is there with a leader for every partition. The
    /// outcomes are in the order of `topics`.
    pub fn create(&self, topics: &[NewTopic]) -> Result<Vec<Created>, KafkaError> {
        let end = Instant::now() + self.session.timeout;
        let mut outcomes = self.ask_for(topics)?;
        for topic in topics {
            // A topic that is being deleted keeps its name until all brokers are rid of it, and is shown by none.
            while outcomes.get(&topic.name) == Some(&Err(CreateError::AlreadyExists))
                && !self.is_shown(&topic.name)
            {
                let again = if Instant::now() + AGAIN < end {
                    std::thread::sleep(AGAIN);
                    self.ask_for(std::slice::from_ref(topic))
                } else {
                    let words = "a topic of that name is still being deleted; try again later";
                    let error = CreateError::Other(words.into());
                    Ok(BTreeMap::from([(topic.name.clone(), Err(error))]))
                };
                // what became of the others is known already and must not be lost
                outcomes.extend(again.unwrap_or_else(|error| {
                    let error = CreateError::Unknown(error.to_string());
                    BTreeMap::from([(topic.name.clone(), Err(error))])
                }));
            }
            if let Some(outcome @ Ok(())) = outcomes.get_mut(&topic.name) {
                *outcome = self.wait_until_ready(topic, end);
            }
        }
        let missing = || Err(CreateError::Other("the brokers did not say".into()));
        Ok(topics
            .iter()
            .map(|topic| {
                (
                    topic.name.clone(),
                    outcomes.remove(&topic.name).unwrap_or_else(missing),
                )
            })
            .collect())
    }

    /// One request; by name what the controller says.
    fn ask_for(
        &self,
        topics: &[NewTopic],
    ) -> Result<BTreeMap<String, Result<(), CreateError>>, KafkaError> {
        let client = self.client()?;
        let native: Vec<NativeTopic<'_>> = topics.iter().map(to_native).collect();
        let options = AdminOptions::new()
            .request_timeout(Some(self.session.timeout))
            .operation_timeout(Some(self.session.timeout / 2));
        let answers = futures_executor::block_on(client.create_topics(&native, &options));
        match answers {
            Ok(answers) => Ok(answers
                .into_iter()
                .map(|answer| match answer {
                    // accepted; whether its partitions have leaders is looked at anyway
                    Ok(name) | Err((name, Code::RequestTimedOut)) => (name, Ok(())),
                    Err((name, code)) => {
                        let error = self.create_error(topics, &name, code);
                        (name, Err(error))
                    }
                })
                .collect()),
            Err(error) if code_of(&error).is_some_and(is_silence) => {
                let cause = self.session.silence().to_string();
                let unknown = || Err(CreateError::Unknown(cause.clone()));
                Ok(topics
                    .iter()
                    .map(|topic| (topic.name.clone(), unknown()))
                    .collect())
            }
            Err(error) => Err(self.session.error(error)),
        }
    }

    fn is_shown(&self, topic: &str) -> bool {
        let metadata = self.session.metadata(Some(topic));
        metadata.is_ok_and(|metadata| existing(&metadata, topic, &self.session).is_ok())
    }

    fn wait_until_ready(&self, topic: &NewTopic, end: Instant) -> Result<(), CreateError> {
        let mut pause = Duration::from_millis(1);
        loop {
            let metadata = self.session.metadata(Some(&topic.name));
            let found = metadata.as_ref().ok().and_then(|metadata| {
                existing(metadata, &topic.name, &self.session)
                    .ok()
                    .map(topic_of)
            });
            let ready = found.is_some_and(|found| {
                found.partitions.len() == topic.partitions as usize
                    && found
                        .partitions
                        .iter()
                        .all(|partition| partition.leader.is_some())
            });
            if ready {
                return Ok(());
            }
            if Instant::now() + pause > end {
                return Err(CreateError::NotReady {
                    seconds: self.session.timeout.as_secs(),
                });
            }
            // Metadata spreads from the controller to the brokers; there is nothing to wait on but the next answer.
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(25));
        }
    }

    fn create_error(&self, topics: &[NewTopic], name: &str, code: Code) -> CreateError {
        match code {
            Code::TopicAlreadyExists => CreateError::AlreadyExists,
            Code::InvalidReplicationFactor => CreateError::InvalidReplication {
                wanted: topics
                    .iter()
                    .find(|t| t.name == name)
                    .map_or(0, |t| t.replication_factor),
                brokers: self.seen.brokers.len(),
            },
            Code::PolicyViolation => CreateError::Policy(plain(&code.to_string())),
            code if is_denial(code) => CreateError::Policy(plain(&code.to_string())),
            code if is_silence(code) => CreateError::Unknown(plain(&code.to_string())),
            code => CreateError::Other(plain(&code.to_string())),
        }
    }
}

fn to_native(topic: &NewTopic) -> NativeTopic<'_> {
    NativeTopic {
        name: &topic.name,
        num_partitions: topic.partitions,
        replication: TopicReplication::Fixed(topic.replication_factor),
        config: topic
            .config
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect(),
    }
}
