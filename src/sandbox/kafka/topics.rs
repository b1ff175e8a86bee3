//! The topics of the cluster: creating and deleting them, who leads a partition, and the bound on their memory. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::error::ResponseError as E;
use uuid::Uuid;

use super::config::{self, Config};
use super::log::Log;

/// Of the whole cluster: a rehearsal needs few, and each one takes memory.
const MAX_PARTITIONS: usize = 10_000;
/// Kafka's own bound, so that a topic's name is a file's name.
const MAX_NAME: usize = 249;

/// A refusal: Kafka's code, and a sentence in Kafka's style.
pub(super) type Refusal = (E, String);

#[derive(Debug)]
pub(super) struct Partition {
    pub log: Log,
    /// Indexes of nodes; the first one that lives leads.
    pub replicas: Vec<usize>,
    pub leader: Option<usize>,
    /// Counts the changes of the leader.
    pub epoch: i32,
}

impl Partition {
    pub fn in_sync<'a>(&'a self, alive: &'a [bool]) -> impl Iterator<Item = usize> + 'a {
        self.replicas.iter().copied().filter(|node| alive[*node])
    }

    fn elect(&mut self, alive: &[bool]) {
        let leader = self.in_sync(alive).next();
        if leader != self.leader {
            self.leader = leader;
            self.epoch += 1;
        }
    }
}

#[derive(Debug)]
pub(super) struct Topic {
    pub id: Uuid,
    pub partitions: Vec<Partition>,
    pub config: Config,
}

impl Topic {
    pub fn replication(&self) -> usize {
        self.partitions.first().map_or(0, |p| p.replicas.len())
    }

    fn bytes(&self) -> usize {
        self.partitions.iter().map(|p| p.log.bytes()).sum()
    }
}

/// What a request wants a new topic to be.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub partitions: i32,
    pub replication: i16,
    /// For each partition the nodes' indexes; instead of the two numbers.
    pub assignment: Option<Vec<Vec<usize>>>,
    pub config: Config,
}

#[derive(Debug, Default)]
pub(super) struct Topics {
    by_name: BTreeMap<Arc<str>, Topic>,
    /// How many were ever created: where the first partition of the next one is led.
    created: usize,
}

impl Topics {
    pub fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.by_name.get_mut(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Topic)> {
        self.by_name.iter()
    }

    pub fn partition(&self, topic: &str, index: i32) -> Option<&Partition> {
        let index = usize::try_from(index).ok()?;
        self.get(topic)?.partitions.get(index)
    }

    /// Checks a creation without doing it.
    pub fn check(&self, name: &str, wanted: &Wanted, alive: &[bool]) -> Result<(), Refusal> {
        check_name(name).map_err(|text| (E::InvalidTopicException, text))?;
        if self.by_name.contains_key(name) {
            let text = format!("Topic '{name}' already exists.");
            return Err((E::TopicAlreadyExists, text));
        }
        // Metrics know no difference between the two characters, so Kafka refuses it.
        let metric = |name: &str| name.replace('.', "_");
        if let Some(other) = self.by_name.keys().find(|k| metric(k) == metric(name)) {
            let text = format!("Topic '{name}' collides with existing topics: {other}");
            return Err((E::InvalidTopicException, text));
        }
        let partitions = match &wanted.assignment {
            Some(assignment) => {
                check_assignment(assignment, alive.len())?;
                assignment.len()
            }
            None => {
                check_numbers(wanted, alive)?;
                usize::try_from(wanted.partitions).unwrap_or(usize::MAX)
            }
        };
        self.check_room(partitions)?;
        for (key, value) in &wanted.config {
            config::check(key, value).map_err(|text| (E::InvalidConfig, text))?;
        }
        Ok(())
    }

    pub fn create(&mut self, name: &str, wanted: Wanted, alive: &[bool]) -> Result<(), Refusal> {
        self.check(name, &wanted, alive)?;
        let count = usize::try_from(wanted.partitions).unwrap_or_default();
        let replication = usize::try_from(wanted.replication).unwrap_or_default();
        let assignment = wanted.assignment.unwrap_or_else(|| {
            (0..count)
                .map(|partition| spread(self.created + partition, replication, alive))
                .collect()
        });
        self.created += 1;
        let topic = Topic {
            id: Uuid::new_v4(),
            partitions: assignment
                .into_iter()
                .map(|replicas| partition(replicas, alive))
                .collect(),
            config: wanted.config,
        };
        self.by_name.insert(Arc::from(name), topic);
        Ok(())
    }

    pub fn delete(&mut self, name: &str) -> Result<(), E> {
        let found = self.by_name.remove(name);
        found.map(|_| ()).ok_or(E::UnknownTopicOrPartition)
    }

    /// Makes the topic have so many partitions in all.
    pub fn grow(
        &mut self,
        name: &str,
        count: i32,
        assignment: Option<Vec<Vec<usize>>>,
        alive: &[bool],
        validate_only: bool,
    ) -> Result<(), Refusal> {
        let unknown = || {
            let text = format!("The topic '{name}' does not exist.");
            (E::UnknownTopicOrPartition, text)
        };
        let topic = self.get(name).ok_or_else(unknown)?;
        let (has, replication) = (topic.partitions.len(), topic.replication());
        let wanted = usize::try_from(count).unwrap_or_default();
        if wanted <= has {
            let text = format!(
                "Topic currently has {has} partitions, which is higher than the requested {count}."
            );
            return Err((E::InvalidPartitions, text));
        }
        self.check_room(wanted - has)?;
        if let Some(assignment) = &assignment {
            check_assignment(assignment, alive.len())?;
            if assignment.len() != wanted - has {
                let text = "the assignments are not one for each new partition".to_owned();
                return Err((E::InvalidReplicaAssignment, text));
            }
        }
        if validate_only {
            return Ok(());
        }
        let first = topic.partitions[0].replicas[0];
        let added = assignment.unwrap_or_else(|| {
            (has..wanted)
                .map(|partition| spread(first + partition, replication, alive))
                .collect()
        });
        let topic = self.get_mut(name).ok_or_else(unknown)?;
        let added = added.into_iter().map(|replicas| partition(replicas, alive));
        topic.partitions.extend(added);
        Ok(())
    }

    /// To be called when a node came or went.
    pub fn elect(&mut self, alive: &[bool]) {
        for topic in self.by_name.values_mut() {
            for partition in &mut topic.partitions {
                partition.elect(alive);
            }
        }
    }

    /// What all logs hold in memory.
    pub fn bytes(&self) -> usize {
        self.by_name.values().map(Topic::bytes).sum()
    }

    /// Lets the oldest batches of the largest topics go until a sixteenth of the limit is free again: so it is not
    /// needed for every single batch.
    pub fn make_room(&mut self, limit: usize) {
        let mut bytes = self.bytes();
        if bytes <= limit {
            return;
        }
        let target = limit - limit / 16;
        while bytes > target {
            let largest = self.by_name.values_mut().max_by_key(|topic| topic.bytes());
            let Some(log) = largest.and_then(|topic| {
                let logs = topic.partitions.iter_mut().map(|p| &mut p.log);
                logs.max_by_key(|log| log.bytes())
            }) else {
                return;
            };
            let before = log.bytes();
            // A step of a megabyte: what is largest need not be found out for every batch.
            while log.bytes() > 0 && before - log.bytes() < 1 << 20 && log.drop_oldest() {
                if bytes - (before - log.bytes()) <= target {
                    break;
                }
            }
            bytes -= before - log.bytes();
        }
    }

    fn check_room(&self, more: usize) -> Result<(), Refusal> {
        let has: usize = self.by_name.values().map(|t| t.partitions.len()).sum();
        if more > MAX_PARTITIONS || has + more > MAX_PARTITIONS {
            let text = format!("this rehearsal broker has at most {MAX_PARTITIONS} partitions");
            return Err((E::PolicyViolation, text));
        }
        Ok(())
    }
}

fn partition(replicas: Vec<usize>, alive: &[bool]) -> Partition {
    let leader = replicas.iter().copied().find(|node| alive[*node]);
    Partition {
        log: Log::default(),
        replicas,
        leader,
        epoch: 0,
    }
}

/// The replicas of a partition: living nodes in a row, beginning with another one for each partition.
fn spread(from: usize, replication: usize, alive: &[bool]) -> Vec<usize> {
    let living: Vec<usize> = (0..alive.len()).filter(|node| alive[*node]).collect();
    (0..replication.min(living.len()))
        .map(|n| living[(from + n) % living.len()])
        .collect()
}

/// The error is the sentence for the answer.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > MAX_NAME || matches!(name, "." | "..") {
        return Err(format!(
            "Topic name is illegal, it can't be empty, '.' or '..', or longer than {MAX_NAME} characters"
        ));
    }
    match name.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!(
            "Topic name {name:?} is illegal, it contains a character other than ASCII alphanumerics, '.', '_' and '-'"
        )),
    }
}

fn check_numbers(wanted: &Wanted, alive: &[bool]) -> Result<(), Refusal> {
    let living = alive.iter().filter(|alive| **alive).count();
    if wanted.partitions < 1 {
        let text = "Number of partitions must be larger than 0.".to_owned();
        return Err((E::InvalidPartitions, text));
    }
    if wanted.replication < 1 {
        let text = "Replication factor must be larger than 0.".to_owned();
        return Err((E::InvalidReplicationFactor, text));
    }
    if usize::try_from(wanted.replication).is_ok_and(|wanted| wanted > living) {
        let text = format!(
            "Replication factor: {} larger than available brokers: {living}.",
            wanted.replication
        );
        return Err((E::InvalidReplicationFactor, text));
    }
    Ok(())
}

fn check_assignment(assignment: &[Vec<usize>], nodes: usize) -> Result<(), Refusal> {
    let good = |replicas: &Vec<usize>| {
        let mut distinct = replicas.clone();
        distinct.sort_unstable();
        distinct.dedup();
        !replicas.is_empty()
            && distinct.len() == replicas.len()
            && replicas.iter().all(|node| *node < nodes)
    };
    let even = assignment
        .windows(2)
        .all(|two| two[0].len() == two[1].len());
    if assignment.is_empty() || !even || !assignment.iter().all(good) {
        let text = "the assignment names unknown brokers, one twice, or unequal numbers".to_owned();
        return Err((E::InvalidReplicaAssignment, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(partitions: i32, replication: i16) -> Wanted {
        Wanted {
            partitions,
            replication,
            ..Wanted::default()
        }
    }

    fn refused(topics: &Topics, name: &str, wanted: &Wanted) -> E {
        topics.check(name, wanted, &[true; 3]).unwrap_err().0
    }

    #[test]
    fn what_cannot_be_created() {
        let mut topics = Topics::default();
        topics.create("a.b", wanted(1, 1), &[true; 3]).unwrap();
        for name in ["", ".", "..", "a b", "a/b", "ü", "a\nb", &"x".repeat(250)] {
            assert_eq!(
                refused(&topics, name, &wanted(1, 1)),
                E::InvalidTopicException
            );
        }
        assert_eq!(
            refused(&topics, "a.b", &wanted(1, 1)),
            E::TopicAlreadyExists
        );
        assert_eq!(
            refused(&topics, "a_b", &wanted(1, 1)),
            E::InvalidTopicException
        );
        assert_eq!(refused(&topics, "t", &wanted(0, 1)), E::InvalidPartitions);
        assert_eq!(refused(&topics, "t", &wanted(-7, 1)), E::InvalidPartitions);
        assert_eq!(
            refused(&topics, "t", &wanted(1, 0)),
            E::InvalidReplicationFactor
        );
        assert_eq!(
            refused(&topics, "t", &wanted(1, 4)),
            E::InvalidReplicationFactor
        );
        assert_eq!(
            refused(&topics, "t", &wanted(i32::MAX, 1)),
            E::PolicyViolation
        );
        let twice = Wanted {
            assignment: Some(vec![vec![0, 0]]),
            ..Wanted::default()
        };
        assert_eq!(refused(&topics, "t", &twice), E::InvalidReplicaAssignment);
        let dead = [true, false, false];
        let error = topics.check("t", &wanted(1, 2), &dead).unwrap_err().0;
        assert_eq!(error, E::InvalidReplicationFactor);
    }

    #[test]
    fn leaders_move_and_come_back() {
        let mut topics = Topics::default();
        topics.create("t", wanted(3, 2), &[true; 3]).unwrap();
        let leaders = |topics: &Topics| -> Vec<Option<usize>> {
            let partitions = &topics.get("t").unwrap().partitions;
            partitions.iter().map(|p| p.leader).collect()
        };
        let at_first = leaders(&topics);
        assert_eq!(at_first, [Some(0), Some(1), Some(2)]);
        topics.elect(&[false, true, true]);
        assert_eq!(leaders(&topics), [Some(1), Some(1), Some(2)]);
        topics.elect(&[false, false, true]);
        assert_eq!(leaders(&topics), [None, Some(2), Some(2)]);
        topics.elect(&[true; 3]);
        assert_eq!(leaders(&topics), at_first);
        assert_eq!(topics.partition("t", 0).unwrap().epoch, 3);
    }

    #[test]
    fn growing() {
        let mut topics = Topics::default();
        let alive = [true; 3];
        topics.create("t", wanted(2, 2), &alive).unwrap();
        let mut grow = |count, dry| topics.grow("t", count, None, &alive, dry).map_err(|e| e.0);
        assert_eq!(grow(2, false), Err(E::InvalidPartitions));
        assert_eq!(grow(4, true), Ok(()));
        assert_eq!(grow(4, false), Ok(()));
        let partitions = &topics.get("t").unwrap().partitions;
        let replicas: Vec<_> = partitions.iter().map(|p| p.replicas.clone()).collect();
        assert_eq!(replicas, [[0, 1], [1, 2], [2, 0], [0, 1]]);
        let unknown = topics.grow("x", 4, None, &alive, false).unwrap_err().0;
        assert_eq!(unknown, E::UnknownTopicOrPartition);
    }
}
