//! Who is where: brokers, topics and their leaders, coordinators. Names and ports are those of the listener by which the
//! client came in.

use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    BrokerId, DescribeClusterRequest, DescribeClusterResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, MetadataRequest, MetadataResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;

use super::super::request::{Request, code, text};
use super::super::state::State;
use super::super::topics::{Partition, Topic, Wanted, check_name};

/// A broker as the client is told: id, host, port.
type Place = (BrokerId, StrBytes, i32);

pub fn metadata(request: &Request<'_>, asked: MetadataRequest) -> MetadataResponse {
    let mut state = request.shared.lock();
    let all = match &asked.topics {
        None => true,
        // Before version 1 there was no other way to ask for all.
        Some(topics) => request.version == 0 && topics.is_empty(),
    };
    let names: Vec<TopicName> = if all {
        let names = state.topics.iter().map(|(name, _)| name_of(name));
        names.collect()
    } else {
        let asked_for = asked.topics.unwrap_or_default();
        asked_for
            .into_iter()
            .filter_map(|topic| topic.name)
            .collect()
    };
    let may_create = asked.allow_auto_topic_creation || request.version < 4;
    let topics = names
        .into_iter()
        .map(|name| topic(request, &mut state, name, may_create))
        .collect();
    let brokers = places(request, &state).into_iter().map(|(id, host, port)| {
        MetadataResponseBroker::default()
            .with_node_id(id)
            .with_host(host)
            .with_port(port)
    });
    MetadataResponse::default()
        .with_brokers(brokers.collect())
        .with_cluster_id(Some(text(&request.shared.options.cluster_id)))
        .with_controller_id(controller(&state))
        .with_topics(topics)
}

fn topic(
    request: &Request<'_>,
    state: &mut State,
    name: TopicName,
    may_create: bool,
) -> MetadataResponseTopic {
    let options = &request.shared.options;
    let alive = state.alive();
    let mut outcome = request.allowed();
    if outcome.is_ok() && state.topics.get(&name).is_none() {
        outcome = Err(match check_name(&name) {
            Ok(()) => E::UnknownTopicOrPartition,
            Err(_) => E::InvalidTopicException,
        });
        if options.auto_create_topics && may_create {
            let wanted = Wanted {
                partitions: options.default_partitions,
                replication: options.default_replication,
                ..Wanted::default()
            };
            let created = state.topics.create(&name, wanted, &alive);
            outcome = created.map_err(|(error, _)| error);
        }
    }
    let found = state.topics.get(&name).filter(|_| outcome.is_ok());
    let partitions = found.map(|found| partitions(request, state, found, &alive));
    MetadataResponseTopic::default()
        .with_error_code(code(&outcome))
        .with_name(Some(name))
        .with_partitions(partitions.unwrap_or_default())
}

fn partitions(
    request: &Request<'_>,
    state: &State,
    topic: &Topic,
    alive: &[bool],
) -> Vec<MetadataResponsePartition> {
    let ids = |nodes: Vec<usize>| -> Vec<BrokerId> {
        let id = |node: usize| BrokerId(state.nodes[node].id);
        nodes.into_iter().map(id).collect()
    };
    let one = |(index, partition): (usize, &Partition)| {
        let outcome = partition.leader.ok_or(E::LeaderNotAvailable);
        let dead = partition
            .replicas
            .iter()
            .copied()
            .filter(|node| !alive[*node]);
        let answer = MetadataResponsePartition::default()
            .with_error_code(code(&outcome))
            .with_partition_index(i32::try_from(index).unwrap_or(i32::MAX))
            .with_leader_id(outcome.map_or(BrokerId(-1), |node| BrokerId(state.nodes[node].id)))
            .with_replica_nodes(ids(partition.replicas.clone()))
            .with_isr_nodes(ids(partition.in_sync(alive).collect()));
        let answer = match request.version {
            5.. => answer.with_offline_replicas(ids(dead.collect())),
            _ => answer,
        };
        match request.version {
            7.. => answer.with_leader_epoch(partition.epoch),
            _ => answer,
        }
    };
    topic.partitions.iter().enumerate().map(one).collect()
}

pub fn describe_cluster(
    request: &Request<'_>,
    _asked: DescribeClusterRequest,
) -> DescribeClusterResponse {
    let state = request.shared.lock();
    let brokers = places(request, &state).into_iter().map(|(id, host, port)| {
        DescribeClusterBroker::default()
            .with_broker_id(id)
            .with_host(host)
            .with_port(port)
    });
    DescribeClusterResponse::default()
        .with_error_code(code(&request.allowed()))
        .with_cluster_id(text(&request.shared.options.cluster_id))
        .with_controller_id(controller(&state))
        .with_brokers(brokers.collect())
}

/// Transactions are not imitated, so only groups have a coordinator.
pub fn find_coordinator(
    request: &Request<'_>,
    asked: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let state = request.shared.lock();
    let found = request.allowed().and_then(|()| match asked.key_type {
        0 if asked.key.is_empty() => Err(E::InvalidGroupId),
        0 => state
            .coordinator(&asked.key)
            .ok_or(E::CoordinatorNotAvailable),
        _ => Err(E::InvalidRequest),
    });
    let response = FindCoordinatorResponse::default().with_error_code(code(&found));
    match found {
        Ok(node) => {
            let (id, host, port) = place(request, &state, node);
            response.with_node_id(id).with_host(host).with_port(port)
        }
        Err(_) => response.with_node_id(BrokerId(-1)).with_port(-1),
    }
}

fn controller(state: &State) -> BrokerId {
    let controller = state.controller();
    BrokerId(controller.map_or(-1, |node| state.nodes[node].id))
}

/// The brokers that live.
fn places(request: &Request<'_>, state: &State) -> Vec<Place> {
    let living = (0..state.nodes.len()).filter(|node| state.nodes[*node].alive);
    living.map(|node| place(request, state, node)).collect()
}

fn place(request: &Request<'_>, state: &State, node: usize) -> Place {
    let node = &state.nodes[node];
    let (host, port) = &node.endpoints[request.listener];
    (BrokerId(node.id), text(host), i32::from(*port))
}

fn name_of(name: &str) -> TopicName {
    TopicName(text(name))
}
