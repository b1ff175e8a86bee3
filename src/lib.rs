//! `hdikafka`: the IoT Hub bridge of a Kafka cluster on Azure HDInsight, from nothing to proven running.
//!
//! The flow of every command that changes something is facts → plan → consent → apply → report; see `commands::setup`,
//! where it stands on one screen. Which folder may use which is kept by `tests/it/layers.rs`.

pub mod ambari;
pub mod apply;
pub mod azure;
pub mod cli;
pub mod commands;
pub mod connect;
pub mod context;
pub mod edge;
pub mod error;
pub mod facts;
pub mod iothub;
pub mod jar;
pub mod kafka;
pub mod plan;
pub mod profile;
pub mod properties;
pub mod rest_proxy;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod secret;
pub mod template;
pub mod text;
pub mod transport;
pub mod ui;
