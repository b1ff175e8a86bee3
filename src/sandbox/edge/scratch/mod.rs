//! A directory that plays the root of a machine, and processes that live in it: without privileges, without namespaces,
//! without anything installed. A process is traced; a filter lets all but the calls about paths and persons run at full
//! speed, and those are answered from here.
//!
//! It is a stage, not a prison: it keeps a rehearsal from changing the host by accident. What a hostile program with
//! threads could do to its own arguments between a check and a call is not defended against.
//!
//! What differs from a machine: listing a directory of the host does not show what is mapped below it; a script runs
//! under its interpreter's name in `comm`; extended attributes do not exist; the address that a Unix socket says of
//! itself is a path of the host; a process without a living parent sees the host's.

#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    path = "elsewhere.rs"
)]
mod traced;

pub use traced::{Child, Scratch, supported};

use std::ffi::OsString;
use std::os::fd::OwnedFd;

/// Who a process begins as.
#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
    /// Guest path.
    pub home: String,
}

/// A program to start. The environment is exactly `env`.
pub struct Spawn {
    /// A program without a slash is looked for in the PATH of `env`.
    pub argv: Vec<OsString>,
    pub env: Vec<(String, String)>,
    /// Guest path.
    pub cwd: String,
    pub user: User,
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    /// A session of its own; otherwise a process group of its own.
    pub new_session: bool,
    /// `stdin` is a terminal and becomes the session's.
    pub controlling_terminal: bool,
}
