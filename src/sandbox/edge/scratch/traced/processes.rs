//! The node's processes that are alive now, of all its trees: real pids with virtual identity.

use super::identity::Ids;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What others may see of a process.
#[derive(Clone, Debug)]
pub struct Public {
    pub users: Ids,
    pub groups: Ids,
    pub supplementary: Vec<u32>,
    /// Capabilities: permitted and effective.
    pub permitted: u64,
    pub effective: u64,
    /// What `/proc/PID/cgroup` says, `/` for none.
    pub cgroup: Arc<str>,
}

#[derive(Debug, Default)]
pub struct Processes(Mutex<HashMap<i32, Public>>);

impl Processes {
    fn table(&self) -> MutexGuard<'_, HashMap<i32, Public>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn has(&self, pid: i32) -> bool {
        self.table().contains_key(&pid)
    }

    pub fn get(&self, pid: i32) -> Option<Public> {
        self.table().get(&pid).cloned()
    }

    pub fn set(&self, pid: i32, public: Public) {
        self.table().insert(pid, public);
    }

    pub fn remove(&self, pid: i32) {
        self.table().remove(&pid);
    }

    /// In ascending order.
    pub fn all(&self) -> Vec<i32> {
        let mut all: Vec<i32> = self.table().keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// Those of a process group.
    pub fn group(&self, group: i32) -> Vec<i32> {
        self.all()
            .into_iter()
            // SAFETY: no memory is involved.
            .filter(|pid| unsafe { libc::getpgid(*pid) } == group)
            .collect()
    }
}
