//! The edge node of the rehearsal.
mod accounts;
pub mod scratch;
pub mod systemd;
