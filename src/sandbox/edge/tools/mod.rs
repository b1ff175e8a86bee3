//! Programs of the node that the sandbox replaces: sudo, systemctl, journalctl, ss, and the sftp server.
//!
//! In the scratch root each is a script whose interpreter is this program (`#!PROGRAM sandbox-tool`), so that the tracer
//! may give it rights (sudo is set-user-id root there). It runs inside of the scratch root, as the person who called it;
//! what only the node knows it asks over a socket ([`protocol`]): `answers` is the node's side.

mod answers;
mod client;
mod protocol;
mod sftp;
mod sockets;
mod sudo;
mod sudo_line;

pub use answers::{Answers, Setup};
pub use client::run;
pub use protocol::SOCKET;

/// The second word of the command line by which the program becomes a tool.
pub const WORD: &str = "sandbox-tool";

/// Tools with an answer of the node behind them.
pub const NAMES: [&str; 4] = ["sudo", "systemctl", "journalctl", "ss"];
