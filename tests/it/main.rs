//! The integration tests: one binary.
//!
//! What may fail in them ends a test, so unwrapping is the right thing to do here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod edge;
mod edge_programs;
mod kafka_line;
mod layers;
mod plans;
mod platforms;
mod profile;
mod properties;
mod rehearsal;
mod rest;
mod routes;
mod sandbox;
mod wizard;
