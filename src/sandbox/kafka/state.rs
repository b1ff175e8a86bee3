//! What the nodes share: one state under one lock, and the condition that something in it has changed. The nodes are
//! different only in what they lead and coordinate.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use kafka_protocol::error::ResponseError as E;

use super::Options;
use super::fault::Faults;
use super::group::Group;
use super::topics::{Partition, Topics};

/// Groups that the cluster keeps; a rehearsal needs few.
pub(super) const MAX_GROUPS: usize = 1000;

#[derive(Debug)]
pub(super) struct Node {
    pub id: i32,
    pub alive: bool,
    /// Takes requests and does nothing with them.
    pub paused: bool,
    /// What it advertises, by listener.
    pub endpoints: Vec<(String, u16)>,
}

#[derive(Debug)]
pub(super) struct State {
    pub nodes: Vec<Node>,
    pub topics: Topics,
    pub groups: BTreeMap<String, Group>,
    pub faults: Faults,
    /// Requests by the number of their kind, those that met a fault included.
    pub requests: BTreeMap<i16, u64>,
    /// The producer ids given out so far.
    pub producers: i64,
    /// The member ids given out so far.
    pub members: u64,
    /// Observers that wait for a change. Without any, requests that change nothing wake nobody.
    pub observers: usize,
    /// The cluster ends: nobody waits any longer.
    pub ended: bool,
}

impl State {
    pub fn new(nodes: Vec<Node>) -> Self {
        Self {
            nodes,
            topics: Topics::default(),
            groups: BTreeMap::new(),
            faults: Faults::default(),
            requests: BTreeMap::new(),
            producers: 0,
            members: 0,
            observers: 0,
            ended: false,
        }
    }

    pub fn alive(&self) -> Vec<bool> {
        self.nodes.iter().map(|node| node.alive).collect()
    }

    /// The first node that lives.
    pub fn controller(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.alive)
    }

    /// The node that keeps this group, as long as it lives; then the next one.
    pub fn coordinator(&self, group: &str) -> Option<usize> {
        // Java's String.hashCode, by which Kafka chooses, too.
        let hash = group.chars().fold(0u32, |hash, c| {
            hash.wrapping_mul(31).wrapping_add(u32::from(c))
        });
        let count = self.nodes.len();
        let first = usize::try_from(hash & 0x7fff_ffff).unwrap_or_default() % count;
        (0..count)
            .map(|step| (first + step) % count)
            .find(|node| self.nodes[*node].alive)
    }

    /// A partition as its leader sees it. `epoch`: what the client believes, -1 if it does not say.
    pub fn led(&self, node: usize, topic: &str, index: i32, epoch: i32) -> Result<&Partition, E> {
        let partition = self.topics.partition(topic, index);
        let partition = partition.ok_or(E::UnknownTopicOrPartition)?;
        if partition.leader != Some(node) {
            return Err(E::NotLeaderOrFollower);
        }
        match epoch {
            epoch if epoch >= 0 && epoch < partition.epoch => Err(E::FencedLeaderEpoch),
            epoch if epoch > partition.epoch => Err(E::UnknownLeaderEpoch),
            _ => Ok(partition),
        }
    }

    /// The index of the node with this id.
    pub fn node(&self, id: i32) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// Ends the sessions and rebalances whose time has come.
    pub fn tick(&mut self, now: Instant) {
        for group in self.groups.values_mut() {
            group.tick(now);
        }
    }

    /// When [`State::tick`] has something to do next.
    pub fn next_event(&self) -> Option<Instant> {
        self.groups.values().filter_map(Group::next_event).min()
    }
}

pub(super) struct Shared {
    state: Mutex<State>,
    pub changed: Condvar,
    pub options: Options,
}

impl Shared {
    pub fn new(state: State, options: Options) -> Self {
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            options,
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, at most until then.
    pub fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        let Some(until) = until else {
            let waited = self.changed.wait(state);
            return waited.unwrap_or_else(PoisonError::into_inner);
        };
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout(state, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
