//! Kafka behind the proxy, over its own protocol: one client of each kind for the life of the server.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseRecord, ProducerContext, ThreadedProducer};
use rdkafka::util::Timeout;
use rdkafka::{ClientContext, Offset, Timestamp, TopicPartitionList};
use serde_json::{Value, json};
use std::sync::mpsc::{Sender, channel};

use crate::sandbox::http::lock;

const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Backend {
    consumer: Mutex<BaseConsumer>,
    producer: ThreadedProducer<Reports>,
    admin: AdminClient<DefaultClientContext>,
}

/// A record to be written.
pub(super) struct Write {
    pub key: Option<String>,
    pub partition: Option<i32>,
    pub value: Option<String>,
}

pub(super) enum Failure {
    NotFound,
    /// The request cannot be carried out as it is.
    Refused(String),
    Broken(String),
}

/// Each record's report goes to the request that it belongs to.
struct Reports;

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Sender<Result<(), KafkaError>>>;

    fn delivery(&self, result: &DeliveryResult<'_>, sender: Self::DeliveryOpaque) {
        let outcome = result
            .as_ref()
            .map(drop)
            .map_err(|(error, _)| error.clone());
        // The request may have given up.
        let _ = sender.send(outcome);
    }
}

impl Backend {
    pub fn new(bootstrap: &str) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", bootstrap)
            .set("client.id", "rest-proxy")
            .set("enable.metrics.push", "false")
            .set_log_level(rdkafka::config::RDKafkaLogLevel::Emerg);
        let mut producing = config.clone();
        producing
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "2")
            .set("partitioner", "murmur2_random")
            .set("message.timeout.ms", PATIENCE.as_millis().to_string());
        let mut consuming = config.clone();
        consuming
            .set("group.id", "rest-proxy")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error")
            .set("fetch.wait.max.ms", "20");
        Ok(Self {
            consumer: Mutex::new(consuming.create().context("a consumer")?),
            producer: producing
                .create_with_context(Reports)
                .context("a producer")?,
            admin: config.create().context("an admin client")?,
        })
    }

    pub fn brokers(&self) -> Result<Vec<Value>, Failure> {
        Ok(hosts(&self.metadata(None)?).into_values().collect())
    }

    pub fn topics(&self) -> Result<Vec<String>, Failure> {
        let metadata = self.metadata(None)?;
        let names = metadata
            .topics()
            .iter()
            .map(|topic| topic.name().to_owned());
        Ok(names.collect())
    }

    pub fn partitions(&self, topic: &str) -> Result<Vec<Value>, Failure> {
        let consumer = lock(&self.consumer);
        let metadata = consumer
            .fetch_metadata(Some(topic), PATIENCE)
            .map_err(broken)?;
        let brokers = hosts(&metadata);
        let found = existing(&metadata, topic).ok_or(Failure::NotFound)?;
        let all = |ids: &[i32]| {
            ids.iter()
                .filter_map(|id| brokers.get(id))
                .cloned()
                .collect()
        };
        let mut partitions = Vec::new();
        for partition in found.partitions() {
            let marks = consumer.fetch_watermarks(topic, partition.id(), PATIENCE);
            let (low, high) = marks.map_err(broken)?;
            let (replicas, isr): (Vec<Value>, Vec<Value>) =
                (all(partition.replicas()), all(partition.isr()));
            partitions.push(json!({
                "partition_id": partition.id(), "earliest_offset": low, "latest_offset": high,
                "leader": brokers.get(&partition.leader()), "replicas": replicas, "isr": isr,
            }));
        }
        Ok(partitions)
    }

    /// All records, or the first that was refused.
    pub fn produce(&self, topic: &str, records: Vec<Write>) -> Result<(), Failure> {
        let metadata = lock(&self.consumer)
            .fetch_metadata(Some(topic), PATIENCE)
            .map_err(broken)?;
        let found = existing(&metadata, topic).ok_or(Failure::NotFound)?;
        let partitions = found.partitions().len();
        drop(metadata);
        let wrong = |record: &Write| {
            let partition = record.partition.unwrap_or(0);
            usize::try_from(partition).map_or(true, |number| number >= partitions)
        };
        if records.iter().any(wrong) {
            return Err(Failure::Refused(
                "Bad Request: no such partition".to_owned(),
            ));
        }
        let (sender, reports) = channel();
        for record in &records {
            let mut native =
                BaseRecord::<str, str, _>::with_opaque_to(topic, Box::new(sender.clone()));
            native.key = record.key.as_deref();
            native.payload = record.value.as_deref();
            native.partition = record.partition;
            self.producer
                .send(native)
                .map_err(|(error, _)| Failure::Refused(error.to_string()))?;
        }
        drop(sender);
        // Ends when the last record's sender is gone.
        for outcome in reports {
            outcome.map_err(broken)?;
        }
        Ok(())
    }

    /// Up to so many records and bytes, and the offset to go on from.
    pub fn consume(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        count: usize,
        bytes: usize,
    ) -> Result<(Vec<Value>, i64), Failure> {
        let consumer = lock(&self.consumer);
        let metadata = consumer
            .fetch_metadata(Some(topic), PATIENCE)
            .map_err(broken)?;
        let found = existing(&metadata, topic).ok_or(Failure::NotFound)?;
        if !found.partitions().iter().any(|one| one.id() == partition) {
            return Err(Failure::NotFound);
        }
        let marks = consumer.fetch_watermarks(topic, partition, PATIENCE);
        let (low, high) = marks.map_err(broken)?;
        if offset < low || offset > high {
            let words = format!("Bad Request: offset {offset} is not within {low} and {high}");
            return Err(Failure::Refused(words));
        }
        if offset == high || count == 0 {
            return Ok((Vec::new(), offset));
        }
        let mut place = TopicPartitionList::new();
        place
            .add_partition_offset(topic, partition, Offset::Offset(offset))
            .map_err(broken)?;
        consumer.assign(&place).map_err(broken)?;
        let read = read(&consumer, offset, count, bytes);
        let _ = consumer.unassign();
        read
    }

    pub fn create(
        &self,
        topic: &str,
        partitions: i32,
        replication: i32,
        config: Vec<(String, String)>,
    ) -> Result<(), Failure> {
        let mut wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(replication));
        for (key, value) in &config {
            wanted = wanted.set(key, value);
        }
        let options = AdminOptions::new()
            .request_timeout(Some(PATIENCE))
            .operation_timeout(Some(PATIENCE));
        let asked = self.admin.create_topics([&wanted], &options);
        let answers = futures_executor::block_on(asked).map_err(broken)?;
        match answers.into_iter().next() {
            Some(Err((_, code))) => Err(Failure::Refused(format!("Bad Request: {code}"))),
            _ => Ok(()),
        }
    }

    fn metadata(&self, topic: Option<&str>) -> Result<Metadata, Failure> {
        lock(&self.consumer)
            .fetch_metadata(topic, PATIENCE)
            .map_err(broken)
    }
}

fn read(
    consumer: &BaseConsumer,
    offset: i64,
    count: usize,
    bytes: usize,
) -> Result<(Vec<Value>, i64), Failure> {
    let (mut records, mut size, mut next) = (Vec::new(), 0, offset);
    let end = Instant::now() + PATIENCE;
    while records.len() < count && size < bytes {
        match consumer.poll(Timeout::After(
            end.saturating_duration_since(Instant::now()),
        )) {
            Some(Ok(message)) => {
                let text = |bytes: Option<&[u8]>| {
                    bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                };
                let kind = match message.timestamp() {
                    Timestamp::LogAppendTime(_) => "LogAppendTime",
                    _ => "CreateTime",
                };
                size += message.payload_len();
                next = message.offset() + 1;
                records.push(json!({
                    "key": text(message.key()), "value": text(message.payload()),
                    "partition": message.partition(), "offset": message.offset(),
                    "timestamp": message.timestamp().to_millis(), "timestampType": kind,
                }));
            }
            Some(Err(KafkaError::PartitionEOF(_))) | None => break,
            Some(Err(error)) => return Err(broken(error)),
        }
    }
    Ok((records, next))
}

fn hosts(metadata: &Metadata) -> BTreeMap<i32, Value> {
    let all = metadata.brokers().iter().map(|broker| {
        let shown = json!({"hostName": broker.host(), "port": broker.port(), "id": broker.id(), "rack": null});
        (broker.id(), shown)
    });
    all.collect()
}

fn existing<'a>(
    metadata: &'a Metadata,
    topic: &str,
) -> Option<&'a rdkafka::metadata::MetadataTopic> {
    let found = metadata.topics().iter().find(|one| one.name() == topic)?;
    found.error().is_none().then_some(found)
}

fn broken(error: KafkaError) -> Failure {
    match error.rdkafka_error_code() {
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => Failure::NotFound,
        Some(Code::MessageSizeTooLarge) => Failure::Refused("Bad Request: too large".to_owned()),
        _ => Failure::Broken(error.to_string()),
    }
}
