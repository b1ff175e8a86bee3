//! A Kafka cluster in memory: nodes with listeners of their own, behind them one state. For tests and rehearsals.
//!
//! It answers what our program, Kafka Connect's worker, kcat and clients like kafka-python ask, in the versions of
//! Kafka 2.4 (HDInsight's), and refuses what Kafka refuses with Kafka's codes. What it does not have: transactions, TLS
//! and SASL, ACLs and quotas, compaction, retention by age, replicas (all nodes look at the same logs: a replica is
//! merely a node that may lead). Records are gone when the cluster is dropped.
//!
//! Here: what a cluster is made from. `cluster` is the handle, `door` and `connection` the sockets, `request` the table
//! of what is answered, `answer` the answers; `topics`, `log`, `batch`, `group`, `positions` and `config` are pure.

mod answer;
mod batch;
mod cluster;
mod config;
mod connection;
mod door;
mod fault;
mod group;
mod log;
mod observe;
mod positions;
mod request;
mod shape;
mod state;
mod topics;

use std::ops::RangeInclusive;
use std::time::Duration;

pub use cluster::Cluster;
pub use fault::Fault;
pub use kafka_protocol::error::ResponseError;
pub use kafka_protocol::messages::ApiKey;
pub use observe::{Group, Member, Record, Seen};

/// The name of the only listener of [`Options::loopback`].
pub const EXTERNAL: &str = "external";

/// What a cluster is made from.
#[derive(Clone, Debug)]
pub struct Options {
    /// At least one; all have listeners of the same names.
    pub nodes: Vec<Node>,
    /// What Kafka calls `cluster.id`.
    pub cluster_id: String,
    /// Whether a producer's question for a topic makes it. HDInsight's brokers do not.
    pub auto_create_topics: bool,
    /// Of a topic that does not say: `num.partitions` and `default.replication.factor`.
    pub default_partitions: i32,
    pub default_replication: i16,
    /// Bytes of records that are kept; beyond it the oldest of the largest topics go, and their first offset moves.
    pub memory: usize,
    /// Bytes of the largest request; the connection of a larger one is closed.
    pub max_request: usize,
    /// Connections of each node; more are closed at once.
    pub max_connections: usize,
    /// How long the first member of a group waits for others (`group.initial.rebalance.delay.ms`).
    pub initial_rebalance_delay: Duration,
    /// What a member may ask for (`group.min.session.timeout.ms` and `group.max.session.timeout.ms`).
    pub session_timeout: RangeInclusive<Duration>,
}

/// A broker.
#[derive(Clone, Debug)]
pub struct Node {
    pub id: i32,
    pub listeners: Vec<Listener>,
}

/// A way into a node. Who comes in by it is told the places that all nodes advertise on their listeners of this name.
#[derive(Clone, Debug)]
pub struct Listener {
    pub name: String,
    /// `127.0.0.1:9092`; port 0 takes a free one.
    pub bind: String,
    /// Host and port; port 0 is the one that was bound. `None`: where it is bound.
    pub advertised: Option<(String, u16)>,
}

impl Options {
    /// So many nodes, 1001 and on as HDInsight numbers them, each on a free port of 127.0.0.1.
    pub fn loopback(nodes: usize) -> Self {
        let node = |id| Node {
            id,
            listeners: vec![Listener {
                name: EXTERNAL.to_owned(),
                bind: "127.0.0.1:0".to_owned(),
                advertised: None,
            }],
        };
        Self::new((1001..).take(nodes).map(node).collect())
    }

    /// Kafka's defaults, except that nobody waits three seconds for the first member of a group, and that topics have
    /// three partitions.
    pub fn new(nodes: Vec<Node>) -> Self {
        let replication = i16::try_from(nodes.len().min(3)).unwrap_or(3);
        Self {
            nodes,
            cluster_id: cluster::new_id(),
            auto_create_topics: false,
            default_partitions: 3,
            default_replication: replication,
            memory: 64 << 20,
            max_request: 100 << 20,
            max_connections: 1000,
            initial_rebalance_delay: Duration::from_millis(50),
            session_timeout: Duration::from_secs(6)..=Duration::from_secs(30 * 60),
        }
    }
}
