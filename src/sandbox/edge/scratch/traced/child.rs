//! The sandbox's hold on a tree of processes: its first process's end, and signals to its group.

use super::Scratch;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The end of a first process, told by the tracer.
#[derive(Debug, Default)]
pub struct Ending {
    status: Mutex<Option<i32>>,
    told: Condvar,
}

impl Ending {
    pub fn set(&self, status: i32) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
        self.told.notify_all();
    }

    fn wait(&self) -> i32 {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(status) = *status {
                return status;
            }
            status = self
                .told
                .wait(status)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn get(&self) -> Option<i32> {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping it ends nothing: the tree goes on until its processes end or the sandbox does.
pub struct Child {
    pub(super) scratch: Arc<Scratch>,
    pub(super) pid: i32,
    pub(super) ending: Arc<Ending>,
}

impl Child {
    pub fn pid(&self) -> u32 {
        self.pid.unsigned_abs()
    }

    /// Blocks until the first process has ended. What it left behind may live on.
    pub fn wait(&self) -> ExitStatus {
        ExitStatus::from_raw(self.ending.wait())
    }

    /// The end of the first process, if it has come.
    pub fn try_wait(&self) -> Option<ExitStatus> {
        self.ending.get().map(ExitStatus::from_raw)
    }

    /// To all processes of its group. `ESRCH` when none is left.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        // The number may belong to somebody else once the group is empty.
        if self.scratch.processes.group(self.pid).is_empty() {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        // SAFETY: no memory is involved.
        if unsafe { libc::kill(-self.pid, signal) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}
