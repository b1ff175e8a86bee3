//! The real binary against the whole rehearsal: what an operator meets on an ordinary day and on a bad one. What only
//! real parts can show is in tests/system.

// Figures that are worth reading.
#![allow(clippy::print_stdout)]

mod demo;
mod files;
mod interruptions;
mod messages;
mod node;
mod refusals;
mod sandbox;
mod secrets;
mod setup;
mod stage;
mod workers;

pub(crate) use stage::{Stage, eventually};
