//! A Connect worker's REST API, reached through a dialer: it knows nothing of SSH.
//!
//! The API has no passwords and shows every setting, so it listens on the node's loopback only. What runs here reaches
//! it through a private socket that each connection is dialled for (see `socket`). Configurations are never asked for.

mod client;
mod error;
mod model;
mod socket;

pub use client::Client;
pub use error::ConnectError;
pub use model::{ConnectorStatus, Task, WorkerInfo};
pub use socket::Dial;
