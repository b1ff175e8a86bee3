//! Brokers and topics: what there is, creating more, deleting.

mod create;
mod delete;

pub use create::{CreateError, Created, NewTopic};
pub use delete::DeleteError;

use super::error::{KafkaError, plain};
use super::session::{Session, Watermarks, existing, until_heard_of};
use super::settings::Settings;
use super::watch::Watch;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigSource, ResourceSpecifier};
use rdkafka::consumer::Consumer;
use rdkafka::metadata::{Metadata, MetadataTopic};
use serde::Serialize;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;

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
        until_heard_of(KafkaError::is_not_known_yet, || {
            self.session.watermarks(topic)
        })
    }

    pub fn describe(&self, topic: &str) -> Result<Description, KafkaError> {
        let found = until_heard_of(KafkaError::is_not_known_yet, || {
            let metadata = self.session.metadata(Some(topic))?;
            existing(&metadata, topic, &self.session).map(self::topic)
        })?;
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

    fn client(&self) -> Result<&AdminClient<Watch>, KafkaError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let watch = Watch::over(self.settings.dialer.as_ref());
        let client = self.settings.client(&[], watch, |watch| watch)?;
        Ok(self.client.get_or_init(|| ManuallyDrop::new(client)))
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
    use std::time::{Duration, Instant};

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
