//! A client that speaks the protocol by hand, for what librdkafka would never send.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hdikafka::sandbox::kafka::{ApiKey, Cluster, EXTERNAL};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    ProduceRequest, ProduceResponse, RequestHeader, RequestKind, ResponseHeader, ResponseKind,
    TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use kafka_protocol::records::{
    Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

pub struct Wire(TcpStream);

impl Wire {
    pub fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        Self(stream)
    }

    pub fn to(cluster: &Cluster, node: i32) -> Self {
        Self::connect(cluster.addr(node, EXTERNAL).unwrap())
    }

    /// To the node that leads it.
    pub fn to_leader(cluster: &Cluster, topic: &str, partition: i32) -> Self {
        let leader = cluster.look(|seen| seen.leader(topic, partition)).unwrap();
        Self::to(cluster, leader)
    }

    pub fn send(&mut self, version: i16, request: &RequestKind, api: ApiKey) {
        let mut bytes = BytesMut::new();
        RequestHeader::default()
            .with_request_api_key(api as i16)
            .with_request_api_version(version)
            .with_correlation_id(4711)
            .with_client_id(Some(StrBytes::from_static_str("wire")))
            .encode(&mut bytes, api.request_header_version(version))
            .unwrap();
        request.encode(&mut bytes, version).unwrap();
        self.raw(&bytes);
    }

    /// A frame of these bytes.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
        self.bytes(bytes);
    }

    /// What is no frame. The other side may have closed already.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// The next answer's bytes; none where the connection was closed.
    pub fn frame(&mut self) -> Option<Bytes> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).ok()?;
        let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut bytes).ok()?;
        Some(bytes.into())
    }

    pub fn receive(&mut self, version: i16, api: ApiKey) -> ResponseKind {
        let mut bytes = self.frame().unwrap();
        let header = ResponseHeader::decode(&mut bytes, api.response_header_version(version));
        assert_eq!(header.unwrap().correlation_id, 4711);
        let response = ResponseKind::decode(api, &mut bytes, version).unwrap();
        assert!(bytes.is_empty());
        response
    }

    pub fn ask(
        &mut self,
        version: i16,
        request: impl Into<RequestKind>,
        api: ApiKey,
    ) -> ResponseKind {
        self.send(version, &request.into(), api);
        self.receive(version, api)
    }

    /// Whether the other side has closed the connection.
    pub fn closed(mut self) -> bool {
        matches!(self.0.read(&mut [0; 1]), Ok(0) | Err(_))
    }

    /// Code and offset of a batch that is written.
    pub fn produce(&mut self, topic: &str, partition: i32, batch: Bytes) -> (i16, i64) {
        let request = produce(topic, partition, batch, -1);
        let ResponseKind::Produce(answer) = self.ask(8, request, ApiKey::Produce) else {
            unreachable!()
        };
        outcome(&answer)
    }
}

pub fn outcome(answer: &ProduceResponse) -> (i16, i64) {
    let partition = &answer.responses[0].partition_responses[0];
    (partition.error_code, partition.base_offset)
}

pub fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}

pub fn produce(topic: &str, partition: i32, batch: Bytes, acks: i16) -> ProduceRequest {
    let data = PartitionProduceData::default()
        .with_index(partition)
        .with_records(Some(batch));
    let topic = TopicProduceData::default()
        .with_name(name(topic))
        .with_partition_data(vec![data]);
    ProduceRequest::default()
        .with_acks(acks)
        .with_timeout_ms(1000)
        .with_topic_data(vec![topic])
}

/// A batch of an idempotent producer (or of none, with -1): its sequence number and the values.
pub fn batch(producer: i64, sequence: i32, values: &[&[u8]]) -> Bytes {
    let records: Vec<Record> = (0i32..)
        .zip(values)
        .map(|(number, value)| Record {
            transactional: false,
            control: false,
            delete_horizon: false,
            partition_leader_epoch: -1,
            producer_id: producer,
            producer_epoch: if producer < 0 { -1 } else { 0 },
            timestamp_type: TimestampType::Creation,
            offset: i64::from(number),
            sequence: sequence + number,
            timestamp: 1_000 + i64::from(number),
            key: None,
            value: Some(Bytes::copy_from_slice(value)),
            headers: Default::default(),
        })
        .collect();
    let options = RecordEncodeOptions {
        version: 2,
        compression: Compression::None,
    };
    let mut bytes = BytesMut::new();
    RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
    bytes.freeze()
}
