//! The real binary against the whole rehearsal: what an operator meets on an ordinary day and on a bad one. What only
//! real parts can show is in tests/system.

// Figures that are worth reading.
#![allow(clippy::print_stdout)]

mod changed_by_hand;
mod converters;
mod demo;
mod files;
mod inline;
mod interruptions;
mod jars;
mod json;
mod left_proofs;
mod manual_files;
mod messages;
mod node;
mod person;
mod places;
mod print_commands;
mod refusals;
mod round_trips;
mod sandbox;
mod saved_plan;
mod secrets;
mod setup;
mod side_by_side;
pub(crate) mod stage;
mod workers;

pub(crate) use stage::{Stage, eventually};
