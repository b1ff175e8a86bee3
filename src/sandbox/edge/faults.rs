//! How the node misbehaves, for tests. Here: the switches; who obeys them reads them at each event.

use std::collections::BTreeSet;
use std::time::Duration;

/// What `sudo` does for the SSH user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sudo {
    /// `NOPASSWD:ALL`, as HDInsight sets it up.
    #[default]
    Free,
    /// It asks for the user's password.
    Password,
    /// The user is not in the sudoers file.
    Refused,
}

/// Everything is off by default. [`super::Node::set_faults`] changes them while the node runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// No authentication succeeds.
    pub refuse_auth: bool,
    /// `PasswordAuthentication no`: a password only as the answer to a question (keyboard-interactive).
    pub ask_for_passwords: bool,
    /// The connection ends when the client first tries to log in.
    pub cut_login: bool,
    /// `AllowTcpForwarding no`.
    pub forbid_forwarding: bool,
    /// The connection that brings this many bytes from now on (on the wire, over all connections) is cut at exactly that
    /// byte. Goes back to `None` then.
    pub cut_after: Option<u64>,
    /// A connection is cut in the middle of one of its channels. Goes back to `None` then.
    pub cut_channel: Option<ChannelCut>,
    /// Nothing is read and nothing is answered; connections stay open.
    pub silent: bool,
    /// Of each connection, both directions together.
    pub bytes_per_second: Option<u64>,
    /// Before a command is started.
    pub exec_delay: Duration,
    pub sudo: Sudo,
    /// Added to what the program `date` says, in seconds. Other clocks (files' times) stay right.
    pub clock_skew: i64,
    /// Guest directories in which nothing more can be written (ENOSPC).
    pub full: BTreeSet<String>,
    /// PID 1 is something else, and systemctl says so.
    pub no_systemd: bool,
    /// Tools that are not there: of `sudo`, `systemctl`, `journalctl`, `ss`, `java`, `date` and `Options::hideable`.
    pub missing_tools: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelCut {
    /// The connection's channels are counted from 1 in the order in which they are opened.
    pub number: u32,
    /// Cut when it has brought at least this many bytes.
    pub after: u64,
}
