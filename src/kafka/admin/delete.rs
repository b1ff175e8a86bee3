//! Deleting a topic, and waiting until the brokers no longer know it.

use super::Admin;
use crate::kafka::error::{KafkaError, code_of, is_denial, is_silence, plain};
use crate::kafka::session::until_heard_of;
use rdkafka::admin::AdminOptions;
use rdkafka::error::RDKafkaErrorCode as Code;
use std::time::{Duration, Instant};

/// Why a topic was not deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeleteError {
    #[error("topic {0} does not exist")]
    NoSuchTopic(String),
    /// `delete.topic.enable=false`, or an ACL.
    #[error("the cluster does not allow it: {0}")]
    Policy(String),
    /// Accepted, but still there when the time was up; it will go.
    #[error("deleted, but brokers still list it after {seconds} s")]
    NotGone { seconds: u64 },
    /// The time was up without an answer: it may or may not have been deleted.
    #[error("no answer: {0}")]
    Unknown(String),
    #[error(transparent)]
    Other(KafkaError),
}

impl Admin {
    /// Deletes a topic with all its records.
    pub fn delete(&self, topic: &str) -> Result<(), DeleteError> {
        let end = Instant::now() + self.session.timeout;
        let unknown = |error: &DeleteError| matches!(error, DeleteError::NoSuchTopic(_));
        until_heard_of(unknown, || self.ask_to_delete(topic))?;
        self.wait_until_gone(topic, end)
    }

    /// One request. The brokers' own wait ends before ours: whether the topic is gone is looked at anyway.
    fn ask_to_delete(&self, topic: &str) -> Result<(), DeleteError> {
        let client = self.client().map_err(DeleteError::Other)?;
        let options = AdminOptions::new()
            .request_timeout(Some(self.session.timeout))
            .operation_timeout(Some(self.session.timeout / 2));
        let answers = futures_executor::block_on(client.delete_topics(&[topic], &options));
        let code = match answers {
            Ok(answers) => answers
                .into_iter()
                .find_map(Result::err)
                .map(|(_, code)| code),
            Err(error) => match code_of(&error) {
                Some(code) => Some(code),
                None => return Err(DeleteError::Other(self.session.error(error))),
            },
        };
        match code {
            // accepted
            None | Some(Code::RequestTimedOut) => Ok(()),
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => {
                Err(DeleteError::NoSuchTopic(topic.to_owned()))
            }
            Some(Code::TopicDeletionDisabled) => Err(DeleteError::Policy(
                "its brokers have delete.topic.enable=false".into(),
            )),
            Some(code) if is_denial(code) || code == Code::PolicyViolation => {
                Err(DeleteError::Policy(plain(&code.to_string())))
            }
            Some(code) if is_silence(code) => {
                Err(DeleteError::Unknown(self.session.silence().to_string()))
            }
            Some(code) => Err(DeleteError::Other(KafkaError::Refused {
                cause: plain(&code.to_string()),
            })),
        }
    }

    fn wait_until_gone(&self, topic: &str, end: Instant) -> Result<(), DeleteError> {
        let mut pause = Duration::from_millis(1);
        loop {
            // A list without it: asked by its name, a broker could be made to create it anew.
            let listed = self.topics().map_err(DeleteError::Other)?;
            if !listed.iter().any(|found| found.name == topic) {
                return Ok(());
            }
            if Instant::now() + pause > end {
                return Err(DeleteError::NotGone {
                    seconds: self.session.timeout.as_secs(),
                });
            }
            // As with creating: there is nothing to wait on but the next answer.
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(25));
        }
    }
}
