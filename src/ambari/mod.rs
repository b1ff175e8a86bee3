//! Ambari's REST API: hosts, their components and states, through the gateway or plainly on the head node.
//!
//! Reading only. What the components mean for the bridge is for `facts` to say.

mod body;
mod client;
mod error;
mod login;
mod model;

pub use client::{Client, Settings};
pub use error::AmbariError;
pub use model::{ClusterRef, Host};
