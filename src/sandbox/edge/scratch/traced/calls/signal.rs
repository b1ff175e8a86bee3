//! Signals reach the node's processes only; anybody else does not exist.

use super::{Context, Outcome};
use crate::sandbox::edge::scratch::traced::call::Signal;
use crate::sandbox::edge::scratch::traced::sys::{self, Answer};

impl Context<'_> {
    pub fn signal(&mut self, signal: Signal) -> Answer<Outcome> {
        match signal {
            Signal::Kill { pid, signal } => self.kill(pid, signal),
            Signal::Thread {
                process: Some(pid), ..
            } => self.allowed(pid),
            Signal::Thread {
                process: None,
                thread,
            } => self.allowed(process_of(thread)?),
            Signal::Reference { pid } => {
                if self.scratch.processes.has(pid) {
                    Ok(Outcome::Pass)
                } else {
                    Err(libc::ESRCH)
                }
            }
        }
    }

    fn allowed(&self, pid: i32) -> Answer<Outcome> {
        let target = self.scratch.processes.get(pid).ok_or(libc::ESRCH)?;
        if pid != self.pid {
            self.who().may_signal(target.users)?;
        }
        Ok(Outcome::Pass)
    }

    fn kill(&self, pid: i32, signal: i32) -> Answer<Outcome> {
        match pid {
            // The node's init takes no signals from its users and ignores those of root.
            1 if self.who().overrides() => Ok(Outcome::Answer(0)),
            1 => Err(libc::EPERM),
            // The own group began in the node.
            0 => Ok(Outcome::Pass),
            -1 => self.kill_some(self.scratch.processes.all(), signal),
            ..-1 => {
                let group = self.scratch.processes.group(pid.wrapping_neg());
                if group.is_empty() {
                    return Err(libc::ESRCH);
                }
                for member in group {
                    if self.allowed(member).is_ok() {
                        return Ok(Outcome::Pass);
                    }
                }
                Err(libc::EPERM)
            }
            _ => self.allowed(pid),
        }
    }

    /// `kill(-1)`: everybody but itself, and nobody outside.
    fn kill_some(&self, pids: Vec<i32>, signal: i32) -> Answer<Outcome> {
        let mut reached = false;
        for pid in pids.into_iter().filter(|pid| *pid != self.pid) {
            if self.allowed(pid).is_ok() {
                // SAFETY: no memory is involved.
                reached |= unsafe { libc::kill(pid, signal) } == 0;
            }
        }
        if reached {
            Ok(Outcome::Answer(0))
        } else {
            Err(libc::ESRCH)
        }
    }
}

/// The process of a thread, by its own entry in /proc.
fn process_of(thread: i32) -> Answer<i32> {
    let status =
        std::fs::read_to_string(format!("/proc/{thread}/status")).map_err(|_| libc::ESRCH)?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("Tgid:")?.trim().parse().ok())
        .ok_or_else(sys::last_error)
}
