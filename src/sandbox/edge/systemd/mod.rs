//! An imitation of systemd as our steps and an operator's curious fingers meet it: services of type simple.
//!
//! `unit` reads unit files, `words` splits their values, `service` is the pure state machine of one service, `manager` has
//! the effects (processes, timers, links), `properties` is what `show` says, `systemctl` and `journalctl` are the command
//! lines. Nothing in here knows of SSH. What is not imitated is refused in words or named in `status`.

mod clock;
mod enablement;
mod journal;
mod journalctl;
mod manager;
mod process;
mod properties;
mod service;
mod status;
mod systemctl;
mod unit;
mod words;

pub use journal::Line;
pub use manager::{Manager, Setup};

use std::io::{self, Write};

/// Who calls a tool, and what it is given back: two streams as they are produced, and an exit code at the end.
pub struct Call<'a> {
    pub args: &'a [String],
    /// Virtual: root may change things, others may look.
    pub uid: u32,
    pub out: &'a mut dyn Write,
    pub err: &'a mut dyn Write,
}

impl Manager {
    /// One call of a tool, to its end; an `Err` is a reader that left.
    pub fn systemctl(&self, call: &mut Call) -> io::Result<i32> {
        systemctl::run(self, call)
    }

    pub fn journalctl(&self, call: &mut Call) -> io::Result<i32> {
        journalctl::run(self, call)
    }
}
