//! HDInsight's Kafka REST proxy: the eight operations of its v1, and the token that they need. `entra` gets tokens,
//! `tokens` keeps them, `client` asks, `model` has the shapes.
//!
//! Blocking. What a topic or a record means for the bridge is not known here.

mod client;
mod entra;
mod error;
mod model;
mod produce;
mod tokens;
mod waiting;

pub use client::{Client, Settings};
pub use entra::Application;
pub use error::RestError;
pub use model::{Broker, NewTopic, Partition, Read, ReadRecord, WriteRecord};
pub use produce::{BODY_LIMIT, Batch, COUNT_LIMIT, ProduceError};
pub use tokens::{Token, Tokens};
