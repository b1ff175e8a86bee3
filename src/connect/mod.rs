//! A Connect worker's REST API, reached through a dialer: it knows nothing of SSH.
//!
//! The API shows every setting, so it listens on the node's loopback only and, where Kafka has the extension for it, asks
//! for a password. What runs here reaches it through a private socket that each connection is dialled for (see `socket`).
//! Configurations are never asked for.

mod client;
mod error;
mod model;
mod socket;

pub use client::{Client, Login};
pub use error::ConnectError;
pub use model::{ConnectorStatus, Task, WorkerInfo};
pub use socket::Dial;
