//! Brokers and topics: what there is, creating more, deleting.

mod delete;

pub use delete::DeleteError;

use super::error::{KafkaError, is_denial, is_silence, plain};
use super::session::{Session, Watermarks, existing};
use super::settings::Settings;
use super::watch::Watch;
use rdkafka::admin::{
    AdminClient, AdminOptions, ConfigSource, NewTopic as NativeTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::metadata::{Metadata, MetadataTopic};
use serde::Serialize;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

/// The brokers that answer and the topics they hold, Kafka's own (`__…`) included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// By id.
    pub brokers: Vec<Broker>,
    /// By name.
    pub topics: Vec<Topic>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broker {
    pub id: i32,
    /// As the broker advertises itself.
    pub host: String,
    pub port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    pub name: String,
    /// By id.
    pub partitions: Vec<Partition>,
}

impl Topic {
    /// The replication factor, if all partitions have the same.
    pub fn replication_factor(&self) -> Option<usize> {
        let first = self.partitions.first()?.replicas.len();
        self.partitions
            .iter()
            .all(|p| p.replicas.len() == first)
            .then_some(first)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Partition {
    pub id: i32,
    /// The id of a broker; none while there is no leader.
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
}

/// A topic and the settings in which it differs from the brokers' defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    pub topic: Topic,
    pub config: BTreeMap<String, String>,
}

/// A topic to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    pub name: String,
    pub partitions: i32,
    pub replication_factor: i32,
    pub config: BTreeMap<String, String>,
}

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

/// A connection to the cluster's metadata and its controller. Not for threads to share.
pub struct Admin {
    session: Session,
    settings: Settings,
    seen: Cluster,
    /// Made when first needed, never dropped: dropping waits up to 100 ms for its polling thread.
    client: OnceCell<ManuallyDrop<AdminClient<Watch>>>,
}

impl Admin {
    /// Reaches a broker and reads the cluster's metadata once.
    pub fn connect(settings: &Settings) -> Result<Self, KafkaError> {
        let session = Session::open(settings, &[])?;
        let seen = cluster(&session.metadata(None)?);
        Ok(Self {
            session,
            settings: settings.clone(),
            seen,
            client: OnceCell::new(),
        })
    }

    /// As it was when the connection was made.
    pub fn cluster(&self) -> &Cluster {
        &self.seen
    }

    /// The cluster's own id, the same from every broker and for good; none before Kafka 0.10.1.
    pub fn cluster_id(&self) -> Option<String> {
        self.session
            .consumer()
            .client()
            .fetch_cluster_id(self.session.timeout)
    }

    /// Asks again.
    pub fn topics(&self) -> Result<Vec<Topic>, KafkaError> {
        Ok(cluster(&self.session.metadata(None)?).topics)
    }

    /// The first and the next offset of each partition.
    pub fn watermarks(&self, topic: &str) -> Result<Vec<Watermarks>, KafkaError> {
        self.session.watermarks(topic)
    }

    pub fn describe(&self, topic: &str) -> Result<Description, KafkaError> {
        let metadata = self.session.metadata(Some(topic))?;
        let found = self::topic(existing(&metadata, topic, &self.session)?);
        let options = AdminOptions::new().request_timeout(Some(self.session.timeout));
        let resources = [ResourceSpecifier::Topic(topic)];
        let asked = self.client()?.describe_configs(&resources, &options);
        let answers =
            futures_executor::block_on(asked).map_err(|error| self.session.error(error))?;
        let mut config = BTreeMap::new();
        for answer in answers {
            let resource = answer.map_err(|code| KafkaError::Refused {
                cause: plain(&code.to_string()),
            })?;
            let own = resource
                .entries
                .into_iter()
                .filter(|e| e.source == ConfigSource::DynamicTopic);
            config.extend(own.map(|e| (e.name, e.value.unwrap_or_default())));
        }
        Ok(Description {
            topic: found,
            config,
        })
    }

    /// Creates topics, all in one request, and waits until each is there with a leader for every partition. The
    /// outcomes are in the order of `topics`.
    pub fn create(&self, topics: &[NewTopic]) -> Result<Vec<Created>, KafkaError> {
        let end = Instant::now() + self.session.timeout;
        let client = self.client()?;
        let native: Vec<NativeTopic<'_>> = topics.iter().map(to_native).collect();
        let options = AdminOptions::new()
            .request_timeout(Some(self.session.timeout))
            .operation_timeout(Some(self.session.timeout));
        let answers = futures_executor::block_on(client.create_topics(&native, &options));
        let mut outcomes: BTreeMap<String, Result<(), CreateError>> = match answers {
            Ok(answers) => answers
                .into_iter()
                .map(|answer| match answer {
                    Ok(name) => (name, Ok(())),
                    Err((name, code)) => {
                        let error = self.create_error(topics, &name, code);
                        (name, Err(error))
                    }
                })
                .collect(),
            Err(error) if error.rdkafka_error_code().is_some_and(is_silence) => {
                let cause = self.session.silence().to_string();
                let unknown = || Err(CreateError::Unknown(cause.clone()));
                topics
                    .iter()
                    .map(|topic| (topic.name.clone(), unknown()))
                    .collect()
            }
            Err(error) => return Err(self.session.error(error)),
        };
        for topic in topics {
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

    fn wait_until_ready(&self, topic: &NewTopic, end: Instant) -> Result<(), CreateError> {
        let mut pause = Duration::from_millis(1);
        loop {
            let metadata = self.session.metadata(Some(&topic.name));
            let found = metadata.as_ref().ok().and_then(|metadata| {
                existing(metadata, &topic.name, &self.session)
                    .ok()
                    .map(self::topic)
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

    fn client(&self) -> Result<&AdminClient<Watch>, KafkaError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let watch = Watch::over(self.settings.dialer.as_ref());
        let client = self.settings.client(&[], watch, |watch| watch)?;
        Ok(self.client.get_or_init(|| ManuallyDrop::new(client)))
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

pub(super) fn cluster(metadata: &Metadata) -> Cluster {
    let mut brokers: Vec<Broker> = metadata
        .brokers()
        .iter()
        .map(|broker| Broker {
            id: broker.id(),
            host: plain(broker.host()),
            port: u16::try_from(broker.port()).unwrap_or_default(),
        })
        .collect();
    brokers.sort_by_key(|broker| broker.id);
    let mut topics: Vec<Topic> = metadata.topics().iter().map(topic).collect();
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    Cluster { brokers, topics }
}

fn topic(topic: &MetadataTopic) -> Topic {
    let mut partitions: Vec<Partition> = topic
        .partitions()
        .iter()
        .map(|partition| Partition {
            id: partition.id(),
            leader: Some(partition.leader()).filter(|id| *id >= 0),
            replicas: partition.replicas().to_vec(),
            isr: partition.isr().to_vec(),
        })
        .collect();
    partitions.sort_by_key(|partition| partition.id);
    Topic {
        name: plain(topic.name()),
        partitions,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::mocking::MockCluster;

    fn settings(brokers: &str) -> Settings {
        Settings {
            timeout: Duration::from_secs(5),
            ..Settings::new([brokers])
        }
    }

    #[test]
    fn brokers_and_topics_come_with_one_connection() {
        let mock = MockCluster::new(3).unwrap();
        mock.create_topic("iotout", 4, 3).unwrap();
        mock.create_topic("iotin", 2, 1).unwrap();
        let admin = Admin::connect(&settings(&mock.bootstrap_servers())).unwrap();
        let cluster = admin.cluster();
        assert_eq!(
            cluster.brokers.iter().map(|b| b.id).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert_eq!(
            cluster.topics.iter().map(|t| &t.name).collect::<Vec<_>>(),
            ["iotin", "iotout"]
        );
        assert_eq!(cluster.topics[1].partitions.len(), 4);
        assert_eq!(cluster.topics[1].replication_factor(), Some(3));
        assert!(
            cluster.topics[1]
                .partitions
                .iter()
                .all(|p| p.leader.is_some())
        );
        assert!(admin.cluster_id().is_some_and(|id| !id.is_empty()));
        assert_eq!(admin.topics().unwrap(), cluster.topics);
    }

    #[test]
    fn refused_brokers_are_named_with_the_cause_before_the_time_is_up() {
        // Bound and closed again: nobody listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let brokers = format!("127.0.0.1:{port}");
        let began = Instant::now();
        let patient = Settings {
            timeout: Duration::from_secs(60),
            ..settings(&brokers)
        };
        let error = Admin::connect(&patient).err().unwrap();
        let KafkaError::Unreachable {
            brokers: named,
            cause,
        } = &error
        else {
            panic!("{error}")
        };
        assert_eq!(*named, brokers);
        assert!(cause.contains("Connection refused"), "{cause}");
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn an_unknown_setting_is_named_without_its_value() {
        let mut settings = settings("127.0.0.1:1");
        settings
            .extra
            .insert("sasl.pasword".into(), "canary".into());
        let error = Admin::connect(&settings).err().unwrap();
        let KafkaError::Setting(text) = &error else {
            panic!("{error}")
        };
        assert!(
            text.contains("sasl.pasword") && !text.contains("canary"),
            "{text}"
        );
    }

    #[test]
    fn a_topic_that_does_not_exist() {
        let mock = MockCluster::new(1).unwrap();
        let admin = Admin::connect(&settings(&mock.bootstrap_servers())).unwrap();
        mock.topic_error(
            "iotin",
            rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        )
        .unwrap();
        assert_eq!(
            admin.watermarks("iotin").unwrap_err(),
            KafkaError::NoSuchTopic {
                topic: "iotin".into()
            }
        );
    }
}
