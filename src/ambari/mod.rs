//! Ambari's REST API: hosts, their components and states, through the gateway or plainly on the head node.
//!
//! Bodies come as text/plain whatever they are, errors as `{"status": N, "message": "…"}` or as a gateway's HTML. Links in
//! answers point into the cluster and are never followed.

mod client;
mod error;
mod model;

pub use client::{Client, Settings};
pub use error::Error;
pub use model::{ClusterRef, Host};
