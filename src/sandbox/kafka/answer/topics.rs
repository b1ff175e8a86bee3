//! Creating, growing and deleting topics. Only the controller does, as before Kafka 3: others answer NOT_CONTROLLER.

use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{
    CreatableTopicConfigs, CreatableTopicResult,
};
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, TopicName,
};

use super::super::config::{Config, SETTINGS, value};
use super::super::request::{Request, code, text};
use super::super::state::State;
use super::super::topics::{Refusal, Topic, Wanted};

pub fn create(request: &Request<'_>, asked: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut state = request.shared.lock();
    let names: Vec<TopicName> = asked
        .topics
        .iter()
        .map(|topic| topic.name.clone())
        .collect();
    let mut results = Vec::new();
    for wanted in asked.topics {
        let twice = names.iter().filter(|name| **name == wanted.name).count() > 1;
        let name = wanted.name.clone();
        let outcome = if twice {
            let text = "Create topics request from client contains multiple entries for the topic";
            Err((E::InvalidRequest, text.to_owned()))
        } else {
            controlled(request, &state)
                .and_then(|()| create_one(request, &mut state, wanted, asked.validate_only))
        };
        let found = state.topics.get(&name).filter(|_| outcome.is_ok());
        results.push(created(request, name, outcome, found));
    }
    drop(state);
    request.shared.changed.notify_all();
    CreateTopicsResponse::default().with_topics(results)
}

fn create_one(
    request: &Request<'_>,
    state: &mut State,
    wanted: CreatableTopic,
    validate_only: bool,
) -> Result<(), Refusal> {
    let options = &request.shared.options;
    let name = wanted.name.clone();
    let or_default = |number: i32, default: i32| if number == -1 { default } else { number };
    let wanted = Wanted {
        partitions: or_default(wanted.num_partitions, options.default_partitions),
        replication: match wanted.replication_factor {
            -1 => options.default_replication,
            factor => factor,
        },
        assignment: assignment(state, &wanted)?,
        config: wanted
            .configs
            .into_iter()
            .map(|c| (c.name.to_string(), c.value.unwrap_or_default().to_string()))
            .collect(),
    };
    let alive = state.alive();
    match validate_only {
        true => state.topics.check(&name, &wanted, &alive),
        false => state.topics.create(&name, wanted, &alive),
    }
}

/// The replicas that the request names for each partition, in the order of the partitions.
fn assignment(state: &State, wanted: &CreatableTopic) -> Result<Option<Vec<Vec<usize>>>, Refusal> {
    if wanted.assignments.is_empty() {
        return Ok(None);
    }
    let refuse = |why: &str| Err((E::InvalidReplicaAssignment, why.to_owned()));
    if wanted.num_partitions != -1 || wanted.replication_factor != -1 {
        let text = "Both numPartitions or replicationFactor and replicasAssignments were set. \
                    Both cannot be used at the same time.";
        return Err((E::InvalidRequest, text.to_owned()));
    }
    let mut sorted: Vec<_> = wanted.assignments.iter().collect();
    sorted.sort_by_key(|one| one.partition_index);
    let in_order = (0i32..)
        .zip(&sorted)
        .all(|(n, one)| one.partition_index == n);
    if !in_order {
        return refuse("partitions should be a consecutive 0-based integer sequence");
    }
    let nodes = sorted.into_iter().map(|one| nodes(state, &one.broker_ids));
    match nodes.collect() {
        Some(nodes) => Ok(Some(nodes)),
        None => refuse("an assignment names a broker that there is not"),
    }
}

fn nodes(state: &State, ids: &[BrokerId]) -> Option<Vec<usize>> {
    ids.iter().map(|id| state.node(id.0)).collect()
}

fn created(
    request: &Request<'_>,
    name: TopicName,
    outcome: Result<(), Refusal>,
    topic: Option<&Topic>,
) -> CreatableTopicResult {
    let result = CreatableTopicResult::default().with_name(name);
    let result = match outcome {
        Ok(()) => result,
        Err((error, why)) => result
            .with_error_code(error.code())
            .with_error_message(Some(text(why))),
    };
    // Since version 5 the answer tells what was made, since version 7 its id, too.
    let (Some(topic), 5..) = (topic, request.version) else {
        return result;
    };
    let count = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
    let result = result
        .with_num_partitions(count)
        .with_replication_factor(i16::try_from(topic.replication()).unwrap_or(i16::MAX))
        .with_configs(Some(all_configs(&topic.config)));
    match request.version {
        7.. => result.with_topic_id(topic.id),
        _ => result,
    }
}

fn all_configs(config: &Config) -> Vec<CreatableTopicConfigs> {
    let one = |name: &'static str| {
        CreatableTopicConfigs::default()
            .with_name(text(name))
            .with_value(Some(text(value(config, name))))
            .with_config_source(super::configs::source(config, name))
    };
    SETTINGS.iter().map(|setting| one(setting.name)).collect()
}

pub fn delete(request: &Request<'_>, asked: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let mut state = request.shared.lock();
    let mut results = Vec::new();
    for name in asked.topic_names {
        let outcome = controlled(request, &state)
            .map_err(|(error, _)| error)
            .and_then(|()| state.topics.delete(&name));
        if outcome.is_ok() {
            for group in state.groups.values_mut() {
                group.positions.forget(&name);
            }
        }
        results.push(
            DeletableTopicResult::default()
                .with_error_code(code(&outcome))
                .with_name(Some(name)),
        );
    }
    drop(state);
    request.shared.changed.notify_all();
    DeleteTopicsResponse::default().with_responses(results)
}

pub fn create_partitions(
    request: &Request<'_>,
    asked: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let mut state = request.shared.lock();
    let mut results = Vec::new();
    for wanted in asked.topics {
        let name = wanted.name.clone();
        let outcome = controlled(request, &state)
            .and_then(|()| grow(&mut state, wanted, asked.validate_only));
        let result = CreatePartitionsTopicResult::default().with_name(name);
        results.push(match outcome {
            Ok(()) => result,
            Err((error, why)) => result
                .with_error_code(error.code())
                .with_error_message(Some(text(why))),
        });
    }
    drop(state);
    request.shared.changed.notify_all();
    CreatePartitionsResponse::default().with_results(results)
}

fn grow(
    state: &mut State,
    wanted: CreatePartitionsTopic,
    validate_only: bool,
) -> Result<(), Refusal> {
    let alive = state.alive();
    let assignment = wanted.assignments.map(|assignments| {
        let nodes = assignments.iter().map(|one| nodes(state, &one.broker_ids));
        let unknown = "an assignment names a broker that there is not".to_owned();
        nodes
            .collect::<Option<Vec<_>>>()
            .ok_or((E::InvalidReplicaAssignment, unknown))
    });
    let assignment = assignment.transpose()?;
    state.topics.grow(
        &wanted.name,
        wanted.count,
        assignment,
        &alive,
        validate_only,
    )
}

/// Whether this node may do it.
fn controlled(request: &Request<'_>, state: &State) -> Result<(), Refusal> {
    let refusal = |error: E| (error, error.to_string());
    request.allowed().map_err(refusal)?;
    match state.controller() == Some(request.node) {
        true => Ok(()),
        false => Err(refusal(E::NotController)),
    }
}
