//! The edge: the programs in every shell, and SSH against a real sshd.
// A test fails by panicking, and says what it skipped.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod files;
mod lock;
pub mod node;
mod place;
mod programs;
mod reconnecting;
mod ssh;
mod ssh_login;
mod ssh_loss;
mod ssh_trust;
mod write_file;
mod write_files;
mod write_refusals;
