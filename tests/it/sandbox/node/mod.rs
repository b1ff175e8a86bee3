//! The rehearsal's edge node, met by our own program and by OpenSSH.
#![allow(clippy::print_stdout, clippy::panic)]

mod faults;
mod login;
mod look;
mod openssh;
mod services;
pub mod stage;
