//! Why a call to Kafka failed.

use super::watch::Watch;
pub(super) use crate::text::plain;
use rdkafka::error::{KafkaError as Native, RDKafkaErrorCode as Code};

/// Why a call failed. Topics and groups are named by the caller's own words; texts of brokers are stripped of control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KafkaError {
    #[error("cannot reach Kafka at {brokers}: {cause}")]
    Unreachable { brokers: String, cause: String },
    /// What connects to the brokers for us is not allowed to.
    #[error("Kafka at {brokers} cannot be reached through the tunnel: {cause}")]
    Forbidden { brokers: String, cause: String },
    /// The certificate of a broker, or the handshake.
    #[error("Kafka at {brokers} cannot be trusted: {cause}")]
    Tls { brokers: String, cause: String },
    #[error("Kafka did not accept the credentials: {cause}")]
    Credentials { cause: String },
    /// An ACL of the cluster.
    #[error("Kafka does not allow it: {cause}")]
    Denied { cause: String },
    #[error("topic {topic} does not exist")]
    NoSuchTopic { topic: String },
    #[error("partition {partition} of topic {topic} does not exist")]
    NoSuchPartition { topic: String, partition: i32 },
    /// The broker that was asked does not know all partitions that another one told of: for a moment after a topic was
    /// created.
    #[error("a broker does not know all partitions of {topic} yet")]
    PartitionsNotKnownYet { topic: String },
    /// Positions of a group can be set only while nobody reads with it.
    #[error("the group {group} is in use")]
    GroupInUse { group: String },
    /// A client property that librdkafka does not know or accept.
    #[error("Kafka client setting: {0}")]
    Setting(String),
    /// Anything else that a broker or librdkafka answered.
    #[error("Kafka answered: {cause}")]
    Refused { cause: String },
}

impl KafkaError {
    /// Turns librdkafka's error into ours, with what was seen of the brokers meanwhile.
    pub(super) fn from_native(error: Native, brokers: &str, watch: &Watch) -> Self {
        let brokers = brokers.to_owned();
        match error {
            // Not the value: it may be a password.
            Native::ClientConfig(_, why, key, _) => {
                Self::Setting(format!("{key}: {}", plain(&why)))
            }
            Native::ClientCreation(why) => Self::Setting(plain(&why)),
            error => match code_of(&error) {
                Some(code) if is_silence(code) => Self::from_silence(brokers, watch),
                Some(code) if is_denial(code) => Self::Denied {
                    cause: plain(&code.to_string()),
                },
                Some(Code::Authentication | Code::SaslAuthenticationFailed) => Self::Credentials {
                    cause: plain(&error.to_string()),
                },
                Some(code) => Self::Refused {
                    cause: plain(&code.to_string()),
                },
                None => Self::Refused {
                    cause: plain(&error.to_string()),
                },
            },
        }
    }

    /// A broker has not heard of the topic, or not of all its partitions: of one that was created a moment ago perhaps not
    /// yet.
    pub fn is_not_known_yet(&self) -> bool {
        matches!(
            self,
            Self::NoSuchTopic { .. } | Self::PartitionsNotKnownYet { .. }
        )
    }

    /// The call got no answer: what the callbacks saw tells why.
    pub(super) fn from_silence(brokers: String, watch: &Watch) -> Self {
        let cause = watch.cause();
        match (watch.code(), cause) {
            (_, Some(cause)) if watch.is_forbidden() => Self::Forbidden { brokers, cause },
            (Some(Code::SSL), Some(cause)) => Self::Tls { brokers, cause },
            (Some(Code::Authentication | Code::SaslAuthenticationFailed), Some(cause)) => {
                Self::Credentials { cause }
            }
            (_, Some(cause)) => Self::Unreachable { brokers, cause },
            // librdkafka has no words for a broker that took the connection and hung up.
            (_, None) if watch.all_down() => Self::Unreachable {
                brokers,
                cause: "the brokers close the connection unanswered: is security.protocol that of the port?".into(),
            },
            (_, None) => Self::Unreachable {
                brokers,
                cause: "no answer in time".into(),
            },
        }
    }
}

/// librdkafka's code; the crate itself does not give that of an admin request.
pub(super) fn code_of(error: &Native) -> Option<Code> {
    match error {
        Native::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// Codes that say no more than that no answer came.
pub(super) fn is_silence(code: Code) -> bool {
    matches!(
        code,
        Code::OperationTimedOut
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::MessageTimedOut
            | Code::TimedOutQueue
            | Code::Resolve
            | Code::RequestTimedOut
            | Code::WaitingForCoordinator
            // We gave up ourselves, because nobody answered.
            | Code::PurgeQueue
            | Code::PurgeInflight
    )
}

pub(super) fn is_denial(code: Code) -> bool {
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
    )
}
