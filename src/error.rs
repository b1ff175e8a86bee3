//! Exit codes, and the one place that turns an error chain into an exit code and hints.

/// The exit codes. Documented in the README, tested, never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed; the state is known.
    Failed = 1,
    /// Wrong usage or configuration; nothing was contacted.
    Usage = 2,
    /// The world differs from what was expected.
    Conflict = 3,
    NotFound = 4,
    /// Wrong password, key or token.
    Auth = 5,
    Denied = 6,
    /// Host key, TLS certificate, checksum.
    Trust = 7,
    Unreachable = 8,
    /// Changes are pending (`--dry-run`, drift).
    Pending = 10,
    /// Another run holds the lock.
    Locked = 11,
    /// Partly applied: run again.
    Partly = 12,
    /// It is not known whether a message was sent.
    Unknown = 13,
    /// A connector is not healthy.
    Unhealthy = 14,
    Interrupted = 130,
}
