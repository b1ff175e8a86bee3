//! The servers that the program imitates for tests and rehearsals. They are stand-ins and say so.
//!
//! Each server is used in two ways: in process, as a handle that stops it when dropped ([`ambari::Ambari`],
//! [`hub::Hub`], [`entra::Entra`], [`arm::Arm`]), and as a process of its own from a spec file ([`serve`]). What they imitate is only what the
//! program, its connectors and devices ask for; anything else is answered with an error that says so, never with
//! something that looks right. tokio lives in this folder and nowhere else.

pub mod ambari;
pub mod arm;
pub mod edge;
pub mod entra;
pub mod http;
pub mod hub;
pub mod kafka;
mod listener;
pub mod rehearsal;
pub mod rest_proxy;
mod serve;
pub mod tls;
mod tools;
pub mod worker;

pub use serve::{serve, serve_to};
pub use tools::tool;
