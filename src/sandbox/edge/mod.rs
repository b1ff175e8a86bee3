//! The edge node of the rehearsal cluster.

pub mod scratch;
