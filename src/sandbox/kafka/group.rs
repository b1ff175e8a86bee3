//! A consumer group: members, generations, rebalances, as Kafka's group coordinator keeps them. Pure: it never waits and
//! never asks for the time; whoever waits for a join or a sync calls [`Group::tick`] and asks again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::error::ResponseError as E;

use super::positions::Positions;

/// A member's name for a way to assign partitions, and what it says to the leader.
pub(super) type Protocol = (String, Bytes);

/// More members than this are refused.
const MAX_MEMBERS: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Phase {
    /// No members; there may be positions.
    #[default]
    Empty,
    /// Members are called to join again.
    PreparingRebalance,
    /// All have joined; the leader's assignment is waited for.
    CompletingRebalance,
    Stable,
}

impl Phase {
    /// As Kafka writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// What a member says about itself when it joins.
#[derive(Debug, Clone)]
pub(super) struct Joining {
    pub member: String,
    /// `group.instance.id`: a new member of this name takes the place of the old one.
    pub instance: Option<String>,
    pub client_id: String,
    pub host: String,
    pub session_timeout: Duration,
    pub rebalance_timeout: Duration,
    pub protocol_type: String,
    pub protocols: Vec<Protocol>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub about: Joining,
    pub assignment: Bytes,
    seen: Instant,
    /// The number of the join that waits for the generation to begin.
    waits: Option<u64>,
    waits_for_assignment: bool,
}

/// What a member is told when the generation begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    pub generation: i32,
    pub protocol_type: String,
    pub protocol: String,
    pub leader: String,
    /// For the leader alone: member, instance and what it says to the leader.
    pub members: Vec<(String, Option<String>, Bytes)>,
}

#[derive(Debug, Default)]
pub(super) struct Group {
    phase: Phase,
    generation: i32,
    protocol_type: String,
    protocol: String,
    leader: String,
    members: BTreeMap<String, Member>,
    /// Ids that were handed out and have not joined yet, and until when they are waited for.
    expected: BTreeMap<String, Instant>,
    /// When a rebalance ends without those who have not come.
    deadline: Option<Instant>,
    /// Before this a rebalance of an empty group does not end, so that others can come.
    not_before: Option<Instant>,
    joins: u64,
    pub positions: Positions,
}

impl Group {
    pub fn phase(&self) -> Phase {
        self.phase
    }

    pub fn generation(&self) -> i32 {
        self.generation
    }

    pub fn protocol_type(&self) -> &str {
        &self.protocol_type
    }

    /// Of the present generation.
    pub fn protocol(&self) -> &str {
        &self.protocol
    }

    pub fn members(&self) -> impl Iterator<Item = (&String, &Member)> {
        self.members.iter()
    }

    /// Hands out an id, which the group waits for as for a member.
    pub fn expect(&mut self, member: String, session_timeout: Duration, now: Instant) {
        self.expected.insert(member, now + session_timeout);
    }

    /// Whether this is a member, or an id that was handed out.
    pub fn knows(&self, member: &str) -> bool {
        self.members.contains_key(member) || self.expected.contains_key(member)
    }

    /// Whether a join could be taken.
    pub fn check_join(&self, joining: &Joining) -> Result<(), E> {
        let known = self.members.contains_key(&joining.member);
        let expected = self.expected.contains_key(&joining.member);
        if !known && !expected && self.members.len() + self.expected.len() >= MAX_MEMBERS {
            return Err(E::GroupMaxSizeReached);
        }
        let others = || {
            self.members
                .values()
                .filter(|m| m.about.member != joining.member)
        };
        let common = joining.protocols.iter().any(|(name, _)| {
            others().all(|member| member.about.protocols.iter().any(|(n, _)| n == name))
        });
        let same_type = others().all(|m| m.about.protocol_type == joining.protocol_type);
        if joining.protocols.is_empty() || joining.protocol_type.is_empty() || !common || !same_type
        {
            return Err(E::InconsistentGroupProtocol);
        }
        Ok(())
    }

    /// Takes a member in, or back. The number is for [`Group::joined`].
    pub fn join(&mut self, joining: Joining, first_delay: Duration, now: Instant) -> u64 {
        self.replace_instance(&joining);
        let id = joining.member.clone();
        self.expected.remove(&id);
        self.joins += 1;
        let ticket = self.joins;
        let was_empty = self.members.is_empty();
        let old = self.members.remove(&id);
        let same = old.as_ref().is_some_and(|old| {
            old.about.protocols == joining.protocols
                && !(self.phase == Phase::Stable && self.leader == id)
        });
        self.protocol_type.clone_from(&joining.protocol_type);
        let member = Member {
            about: joining,
            assignment: old.map(|old| old.assignment).unwrap_or_default(),
            seen: now,
            waits: Some(ticket),
            waits_for_assignment: false,
        };
        self.members.insert(id, member);
        match self.phase {
            Phase::PreparingRebalance => {}
            // It only missed the answer: nothing has changed, so it is told again.
            Phase::Stable | Phase::CompletingRebalance if same => {}
            _ => self.rebalance(now),
        }
        if was_empty {
            self.not_before = Some(now + first_delay);
        }
        self.tick(now);
        ticket
    }

    /// The answer to a join, when it is there.
    pub fn joined(&mut self, member: &str, ticket: u64, now: Instant) -> Option<Result<Joined, E>> {
        self.tick(now);
        let Some(found) = self.members.get_mut(member) else {
            return Some(Err(E::UnknownMemberId));
        };
        if found.waits != Some(ticket) {
            // The same member has asked again since, over another connection.
            return Some(Err(E::RebalanceInProgress));
        }
        if self.phase == Phase::PreparingRebalance {
            return None;
        }
        found.waits = None;
        found.seen = now;
        let members = if self.leader == member {
            let about = |member: &Member| {
                let about = &member.about;
                let metadata = metadata(about, &self.protocol);
                (about.member.clone(), about.instance.clone(), metadata)
            };
            self.members.values().map(about).collect()
        } else {
            Vec::new()
        };
        Some(Ok(Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            members,
        }))
    }

    /// A member that asks for its assignment; the leader brings all of them.
    pub fn sync(
        &mut self,
        member: &str,
        generation: i32,
        assignments: Vec<(String, Bytes)>,
        now: Instant,
    ) -> Result<(), E> {
        self.check(member, generation, now)?;
        match self.phase {
            Phase::Empty => return Err(E::UnknownMemberId),
            Phase::PreparingRebalance => return Err(E::RebalanceInProgress),
            Phase::Stable => {}
            Phase::CompletingRebalance if self.leader == member => {
                for (id, assignment) in assignments {
                    if let Some(member) = self.members.get_mut(&id) {
                        member.assignment = assignment;
                    }
                }
                self.phase = Phase::Stable;
            }
            Phase::CompletingRebalance => {}
        }
        if let Some(member) = self.members.get_mut(member) {
            member.waits_for_assignment = true;
        }
        Ok(())
    }

    /// The answer to a sync, when it is there.
    pub fn synced(
        &mut self,
        member: &str,
        generation: i32,
        now: Instant,
    ) -> Option<Result<Bytes, E>> {
        self.tick(now);
        let (phase, current) = (self.phase, self.generation);
        let Some(found) = self.members.get_mut(member) else {
            return Some(Err(E::UnknownMemberId));
        };
        if current != generation || phase == Phase::PreparingRebalance {
            found.waits_for_assignment = false;
            return Some(Err(E::RebalanceInProgress));
        }
        if phase != Phase::Stable {
            return None;
        }
        found.waits_for_assignment = false;
        found.seen = now;
        Some(Ok(found.assignment.clone()))
    }

    pub fn heartbeat(&mut self, member: &str, generation: i32, now: Instant) -> Result<(), E> {
        self.check(member, generation, now)?;
        match self.phase {
            Phase::Empty => Err(E::UnknownMemberId),
            Phase::PreparingRebalance => Err(E::RebalanceInProgress),
            Phase::CompletingRebalance | Phase::Stable => Ok(()),
        }
    }

    pub fn leave(&mut self, member: &str, now: Instant) -> Result<(), E> {
        self.tick(now);
        if self.expected.remove(member).is_some() {
            self.tick(now);
            return Ok(());
        }
        self.members.remove(member).ok_or(E::UnknownMemberId)?;
        self.lost_some(now);
        Ok(())
    }

    /// The member that goes by this instance id.
    pub fn member_of(&self, instance: &str) -> Option<&str> {
        let by_name = |m: &&Member| m.about.instance.as_deref() == Some(instance);
        let found = self.members.values().find(by_name)?;
        Some(&found.about.member)
    }

    /// Whether positions may be set: by a member of the present generation, or from outside (generation below 0) while
    /// there are no members.
    pub fn check_commit(&mut self, member: &str, generation: i32, now: Instant) -> Result<(), E> {
        self.tick(now);
        if generation < 0 && self.members.is_empty() {
            return Ok(());
        }
        self.check(member, generation, now)?;
        match self.phase {
            Phase::CompletingRebalance => Err(E::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Lets go who has not been heard of, and ends a rebalance whose time has come.
    pub fn tick(&mut self, now: Instant) {
        self.expected.retain(|_, until| *until > now);
        let before = self.members.len();
        self.members.retain(|_, member| {
            let waits = member.waits.is_some() || member.waits_for_assignment;
            waits || member.seen + member.about.session_timeout > now
        });
        if self.members.len() < before {
            self.lost_some(now);
        }
        if self.phase == Phase::PreparingRebalance {
            self.complete(now);
        }
    }

    /// When [`Group::tick`] has something to do next if nobody says anything.
    pub fn next_event(&self) -> Option<Instant> {
        let sessions = self
            .members
            .values()
            .filter(|m| m.waits.is_none() && !m.waits_for_assignment)
            .map(|member| member.seen + member.about.session_timeout);
        let rebalance = self.deadline.into_iter().chain(self.not_before);
        let expected = self.expected.values().copied();
        sessions.chain(rebalance).chain(expected).min()
    }

    /// Whether the member is of this generation; that it asks is a sign of life.
    fn check(&mut self, member: &str, generation: i32, now: Instant) -> Result<(), E> {
        self.tick(now);
        let current = self.generation;
        let member = self.members.get_mut(member).ok_or(E::UnknownMemberId)?;
        if generation != current {
            return Err(E::IllegalGeneration);
        }
        member.seen = now;
        Ok(())
    }

    fn replace_instance(&mut self, joining: &Joining) {
        let Some(instance) = &joining.instance else {
            return;
        };
        if let Some(old) = self.member_of(instance).map(str::to_owned)
            && old != joining.member
        {
            self.members.remove(&old);
        }
    }

    fn lost_some(&mut self, now: Instant) {
        match self.phase {
            Phase::Stable | Phase::CompletingRebalance => self.rebalance(now),
            Phase::Empty | Phase::PreparingRebalance => {}
        }
        if self.phase == Phase::PreparingRebalance {
            self.complete(now);
        }
    }

    /// Calls everybody to join again.
    fn rebalance(&mut self, now: Instant) {
        self.phase = Phase::PreparingRebalance;
        let timeouts = self.members.values().map(|m| m.about.rebalance_timeout);
        self.deadline = Some(now + timeouts.max().unwrap_or_default());
        self.not_before = None;
    }

    /// Begins the next generation if all have joined, or if the time is up.
    fn complete(&mut self, now: Instant) {
        let late = self.deadline.is_some_and(|deadline| now >= deadline);
        // What has passed is no event to wait for any more.
        self.not_before = self.not_before.filter(|time| now < *time);
        let early = self.not_before.is_some();
        let all = self.expected.is_empty() && self.members.values().all(|m| m.waits.is_some());
        if !late && (early || !all) {
            return;
        }
        self.members.retain(|_, member| member.waits.is_some());
        self.deadline = None;
        self.not_before = None;
        self.generation += 1;
        if self.members.is_empty() {
            self.phase = Phase::Empty;
            self.protocol.clear();
            self.leader.clear();
            return;
        }
        self.phase = Phase::CompletingRebalance;
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
            member.seen = now;
        }
        if !self.members.contains_key(&self.leader) {
            let first = self.members.values().min_by_key(|member| member.waits);
            self.leader = first.map(|m| m.about.member.clone()).unwrap_or_default();
        }
        self.protocol = self.elect_protocol();
    }

    /// Of the protocols that all members know the one that most of them would take first.
    fn elect_protocol(&self) -> String {
        let known_to_all = |name: &String| {
            let knows = |member: &Member| member.about.protocols.iter().any(|(n, _)| n == name);
            self.members.values().all(knows)
        };
        let mut votes: BTreeMap<&String, usize> = BTreeMap::new();
        for member in self.members.values() {
            let mut names = member.about.protocols.iter().map(|(name, _)| name);
            if let Some(first) = names.find(|name| known_to_all(name)) {
                *votes.entry(first).or_default() += 1;
            }
        }
        let most = votes.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(name, _)| name.clone()).unwrap_or_default()
    }
}

/// What the member says to the leader for this protocol.
pub(super) fn metadata(about: &Joining, protocol: &str) -> Bytes {
    let found = about.protocols.iter().find(|(name, _)| name == protocol);
    found
        .map(|(_, metadata)| metadata.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
