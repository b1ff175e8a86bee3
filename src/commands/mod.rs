//! One file per command: an `Args` struct and `run`, read from top to bottom.

pub mod apply;
pub mod completions;
pub mod connector;
mod connector_life;
pub mod device;
pub mod hosts;
pub mod hub;
pub mod later;
pub mod man;
pub mod over_rest;
pub mod produce;
pub mod profile;
pub mod rest;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod send;
pub mod setup;
pub mod status;
pub mod tail;
pub mod topics;

mod ask_hub;
mod bridge;
mod carry_out;
mod changed;
mod gather;

mod lines;
mod mistakes;
mod over_kafka;
mod plan_file;
mod print_commands;
mod show_health;
mod show_plan;
mod tally;
mod wizard;
