//! The positions of a consumer group, read and set from outside: how far a connector has come, and where it starts.

use super::admin::{self, Cluster};
use super::error::{KafkaError, is_silence, plain};
use super::newest::{self, Newest};
use super::session::{Session, Watermarks};
use super::settings::Settings;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::{KafkaError as Native, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::mpsc;

/// A group as the brokers describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// `Stable`, `Empty`, `Dead`, `PreparingRebalance`, `CompletingRebalance`; `Dead` for a group that never was.
    pub state: String,
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    pub id: String,
    pub client_id: String,
    pub host: String,
}

/// A group, looked at from outside: opening it joins nothing.
pub struct Group {
    session: Session,
    name: String,
}

impl Group {
    /// Makes the client; brokers are contacted by the first question.
    pub fn open(settings: &Settings, name: &str) -> Result<Self, KafkaError> {
        let session = Session::open(
            settings,
            &[
                ("group.id", name),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                // Read is only the last record of a partition; behind a transaction there is none to be had.
                ("enable.partition.eof", "true"),
            ],
        )?;
        Ok(Self {
            session,
            name: name.to_owned(),
        })
    }

    /// For each partition of the topic the offset that the group reads next; none where it never committed.
    pub fn committed(&self, topic: &str) -> Result<BTreeMap<i32, Option<i64>>, KafkaError> {
        self.committed_of(topic, &self.session.partitions(topic)?)
    }

    /// The same where the partitions are known already: a round trip less.
    pub fn committed_of(
        &self,
        topic: &str,
        partitions: &[i32],
    ) -> Result<BTreeMap<i32, Option<i64>>, KafkaError> {
        let mut asked = TopicPartitionList::new();
        for partition in partitions {
            asked.add_partition(topic, *partition);
        }
        let answer = self
            .session
            .consumer()
            .committed_offsets(asked, self.session.timeout)
            .map_err(|error| self.session.error(error))?;
        let mut committed = BTreeMap::new();
        for element in answer.elements() {
            element.error().map_err(|error| self.session.error(error))?;
            let offset = match element.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            };
            committed.insert(element.partition(), offset);
        }
        Ok(committed)
    }

    /// For each partition the first offset at or after that time (milliseconds since 1970); the end where there is none.
    pub fn offsets_for_time(
        &self,
        topic: &str,
        time_ms: i64,
    ) -> Result<Vec<(i32, i64)>, KafkaError> {
        let marks = self.session.watermarks(topic)?;
        let offsets = self.session.offsets_for_time(topic, &marks, time_ms)?;
        Ok(offsets.into_iter().collect())
    }

    pub fn watermarks(&self, topic: &str) -> Result<Vec<Watermarks>, KafkaError> {
        self.session.watermarks(topic)
    }

    /// The same where the partitions are known already: a round trip less.
    pub fn watermarks_of(
        &self,
        topic: &str,
        partitions: &[i32],
    ) -> Result<Vec<Watermarks>, KafkaError> {
        self.session.watermarks_of(topic, partitions)
    }

    /// Brokers and topics.
    pub fn cluster(&self) -> Result<Cluster, KafkaError> {
        Ok(admin::cluster(&self.session.metadata(None)?))
    }

    /// The newest record of these partitions of a topic. Nothing is committed. Not for two threads at once.
    pub fn newest(&self, topic: &str, partitions: &[i32]) -> Result<Newest, KafkaError> {
        newest::ask(&self.session, topic, partitions)
    }

    /// Who reads with the group now.
    pub fn describe(&self) -> Result<Description, KafkaError> {
        // librdkafka asks the brokers that it knows; before the first metadata that may be one of three.
        self.session.metadata(None)?;
        self.describe_among_known()
    }

    /// The same after [`Group::cluster`]: the brokers are known.
    pub fn describe_among_known(&self) -> Result<Description, KafkaError> {
        let groups = self
            .session
            .consumer()
            .fetch_group_list(Some(&self.name), self.session.timeout)
            .map_err(|error| self.session.error(error))?;
        let Some(group) = groups
            .groups()
            .iter()
            .find(|group| group.name() == self.name)
        else {
            return Ok(Description {
                state: "Dead".into(),
                members: Vec::new(),
            });
        };
        let members = group.members().iter().map(|member| Member {
            id: plain(member.id()),
            client_id: plain(member.client_id()),
            host: plain(member.client_host()),
        });
        Ok(Description {
            state: plain(group.state()),
            members: members.collect(),
        })
    }

    /// Sets the group's positions: partition, and the offset to be read next. A group that has members is not touched:
    /// the broker itself refuses a commit from outside then, so nothing can come in between.
    pub fn commit(&self, topic: &str, positions: &[(i32, i64)]) -> Result<(), KafkaError> {
        let mut wanted = TopicPartitionList::new();
        for (partition, offset) in positions {
            wanted
                .add_partition_offset(topic, *partition, Offset::Offset(*offset))
                .map_err(|error| self.session.error(error))?;
        }
        // Before brokers are known a commit would wait in a queue, and trouble with them would not be told.
        self.session.metadata(Some(topic))?;
        let consumer = self.session.consumer();
        let (tell, told) = mpsc::channel();
        // librdkafka reports a commit by hand only from its synchronous form, and that one has no deadline.
        std::thread::spawn(move || tell.send(consumer.commit(&wanted, CommitMode::Sync)));
        match told.recv_timeout(self.session.timeout) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.commit_error(error, topic)),
            Err(_) => Err(self.session.silence()),
        }
    }

    fn commit_error(&self, error: Native, topic: &str) -> KafkaError {
        match error.rdkafka_error_code() {
            Some(Code::UnknownMemberId | Code::IllegalGeneration | Code::RebalanceInProgress) => {
                KafkaError::GroupInUse {
                    group: self.name.clone(),
                }
            }
            Some(code) if is_silence(code) => self.session.silence(),
            _ => self.session.topic_error(error, topic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::producer;
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
    use std::time::Duration;

    fn settings(brokers: &str) -> Settings {
        Settings {
            timeout: Duration::from_secs(10),
            ..Settings::new([brokers])
        }
    }

    #[test]
    fn positions_are_read_back_as_set() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotout", 3, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        let group = Group::open(&settings, "connect-AzureIotHubSinkConnector").unwrap();
        let none = BTreeMap::from([(0, None), (1, None), (2, None)]);
        assert_eq!(group.committed("iotout").unwrap(), none);
        group.commit("iotout", &[(0, 7), (2, 0)]).unwrap();
        let set = BTreeMap::from([(0, Some(7)), (1, None), (2, Some(0))]);
        assert_eq!(group.committed("iotout").unwrap(), set);
        let other = Group::open(&settings, "another").unwrap();
        assert_eq!(other.committed("iotout").unwrap(), none);
    }

    #[test]
    fn watermarks_of_every_partition() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotout", 20, 1).unwrap();
        let settings = settings(&mock.bootstrap_servers());
        let record = producer::Record {
            topic: "iotout".into(),
            key: None,
            value: Some(b"x".to_vec()),
            partition: Some(17),
        };
        producer::send(&settings, &record).unwrap();
        let group = Group::open(&settings, "g").unwrap();
        let marks = group.watermarks("iotout").unwrap();
        assert_eq!(marks.len(), 20);
        assert_eq!(
            marks[17],
            Watermarks {
                partition: 17,
                low: 0,
                high: 1
            }
        );
        assert!(
            marks
                .iter()
                .filter(|m| m.partition != 17)
                .all(|m| (m.low, m.high) == (0, 0))
        );
    }

    #[test]
    fn a_group_in_use_is_told_from_other_refusals() {
        let mock = MockCluster::new(1).unwrap();
        mock.create_topic("iotout", 1, 1).unwrap();
        let group = Group::open(&settings(&mock.bootstrap_servers()), "g").unwrap();
        let refuse = |error| mock.request_errors(RDKafkaApiKey::OffsetCommit, &[error]);
        refuse(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
        let error = group.commit("iotout", &[(0, 1)]).unwrap_err();
        assert_eq!(error, KafkaError::GroupInUse { group: "g".into() });
        refuse(RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
        let error = group.commit("iotout", &[(0, 1)]).unwrap_err();
        assert!(matches!(error, KafkaError::Denied { .. }), "{error:?}");
    }
}
