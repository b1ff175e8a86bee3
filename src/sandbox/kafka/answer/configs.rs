//! Settings: those of topics are shown and changed, those of brokers only shown, and only the few that decide what this
//! broker does.

use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::incremental_alter_configs_request::AlterableConfig;
use kafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, alter_configs_response,
    incremental_alter_configs_response,
};
use kafka_protocol::protocol::StrBytes;

use super::super::config::{self, Config, SETTINGS};
use super::super::request::{Request, text};
use super::super::state::State;
use super::super::topics::Refusal;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const OF_THE_TOPIC: i8 = 1;
const OF_THE_BROKERS_FILE: i8 = 4;
const DEFAULT: i8 = 5;

/// Where the value of a topic's setting comes from.
pub(super) fn source(config: &Config, name: &str) -> i8 {
    match config.contains_key(name) {
        true => OF_THE_TOPIC,
        false => DEFAULT,
    }
}

pub fn describe(request: &Request<'_>, asked: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let state = request.shared.lock();
    let results = asked.resources.into_iter().map(|resource| {
        let outcome = settings(request, &state, &resource);
        let result = DescribeConfigsResult::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name);
        let wanted = |name: &str| {
            let keys = resource.configuration_keys.as_ref();
            keys.is_none_or(|keys| keys.iter().any(|key| **key == *name))
        };
        match outcome {
            Ok(settings) => {
                let settings = settings.into_iter().filter(|(name, ..)| wanted(name));
                let entries = settings.map(|one| entry(one, asked.include_synonyms));
                result.with_configs(entries.collect())
            }
            Err((error, why)) => result
                .with_error_code(error.code())
                .with_error_message(Some(text(why))),
        }
    });
    DescribeConfigsResponse::default().with_results(results.collect())
}

/// Name, value, source.
type Entry = (&'static str, String, i8);

fn settings(
    request: &Request<'_>,
    state: &State,
    resource: &DescribeConfigsResource,
) -> Result<Vec<Entry>, Refusal> {
    request
        .allowed()
        .map_err(|error| (error, error.to_string()))?;
    match resource.resource_type {
        TOPIC => {
            let topic = state
                .topics
                .get(&resource.resource_name)
                .ok_or_else(unknown)?;
            let entry = |name: &'static str| {
                let value = config::value(&topic.config, name).to_owned();
                (name, value, source(&topic.config, name))
            };
            Ok(SETTINGS.iter().map(|setting| entry(setting.name)).collect())
        }
        BROKER => {
            let id = state.nodes[request.node].id;
            if resource.resource_name.as_str() != id.to_string() {
                let why = format!("Unexpected broker id, expected {id}");
                return Err((E::InvalidRequest, why));
            }
            Ok(of_the_broker(request, id))
        }
        _ => Err(other_type()),
    }
}

fn of_the_broker(request: &Request<'_>, id: i32) -> Vec<Entry> {
    let options = &request.shared.options;
    let file = |name, value: String| (name, value, OF_THE_BROKERS_FILE);
    let millis = options.initial_rebalance_delay.as_millis();
    vec![
        file(
            "auto.create.topics.enable",
            options.auto_create_topics.to_string(),
        ),
        file("broker.id", id.to_string()),
        file(
            "default.replication.factor",
            options.default_replication.to_string(),
        ),
        file("group.initial.rebalance.delay.ms", millis.to_string()),
        file("num.partitions", options.default_partitions.to_string()),
        file("socket.request.max.bytes", options.max_request.to_string()),
    ]
}

fn entry((name, value, source): Entry, synonyms: bool) -> DescribeConfigsResourceResult {
    let value: StrBytes = text(value);
    let synonym = DescribeConfigsSynonym::default()
        .with_name(text(name))
        .with_value(Some(value.clone()))
        .with_source(source);
    DescribeConfigsResourceResult::default()
        .with_name(text(name))
        .with_value(Some(value))
        .with_read_only(source == OF_THE_BROKERS_FILE)
        .with_config_source(source)
        .with_synonyms(if synonyms { vec![synonym] } else { Vec::new() })
}

/// The settings that are given are all that the topic has afterwards.
pub fn alter(request: &Request<'_>, asked: AlterConfigsRequest) -> AlterConfigsResponse {
    let mut state = request.shared.lock();
    let responses = asked.resources.into_iter().map(|resource| {
        let place = (resource.resource_type, resource.resource_name.as_str());
        let outcome = change(request, &mut state, place, asked.validate_only, |_| {
            let mut wanted = Config::new();
            for one in &resource.configs {
                let value = one.value.as_deref().unwrap_or_default();
                config::check(&one.name, value).map_err(|why| (E::InvalidConfig, why))?;
                wanted.insert(one.name.to_string(), value.to_owned());
            }
            Ok(wanted)
        });
        let (code, why) = told(outcome);
        alter_configs_response::AlterConfigsResourceResponse::default()
            .with_error_code(code)
            .with_error_message(why)
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name)
    });
    AlterConfigsResponse::default().with_responses(responses.collect())
}

/// Only the settings that are named change.
pub fn alter_some(
    request: &Request<'_>,
    asked: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let mut state = request.shared.lock();
    let responses = asked.resources.into_iter().map(|resource| {
        let place = (resource.resource_type, resource.resource_name.as_str());
        let outcome = change(request, &mut state, place, asked.validate_only, |config| {
            changed(config.clone(), &resource.configs)
        });
        let (code, why) = told(outcome);
        incremental_alter_configs_response::AlterConfigsResourceResponse::default()
            .with_error_code(code)
            .with_error_message(why)
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name)
    });
    IncrementalAlterConfigsResponse::default().with_responses(responses.collect())
}

fn changed(mut config: Config, changes: &[AlterableConfig]) -> Result<Config, Refusal> {
    for change in changes {
        let name = change.name.as_str();
        let value = change.value.as_deref().unwrap_or_default();
        let has = || config::value(&config, name).to_owned();
        let items = |list: &str| -> Vec<String> {
            let items = list.split(',').filter(|item| !item.is_empty());
            items.map(str::to_owned).collect()
        };
        let wanted = match change.config_operation {
            0 => value.to_owned(),
            1 => {
                let known = SETTINGS.iter().any(|setting| setting.name == name);
                if !known {
                    return Err((
                        E::InvalidConfig,
                        format!("Unknown topic config name: {name}"),
                    ));
                }
                config.remove(name);
                continue;
            }
            2 => [items(&has()), items(value)].concat().join(","),
            3 => {
                let gone = items(value);
                let left = items(&has())
                    .into_iter()
                    .filter(|item| !gone.contains(item));
                left.collect::<Vec<_>>().join(",")
            }
            _ => return Err((E::InvalidRequest, "Unknown config operation".to_owned())),
        };
        config::check(name, &wanted).map_err(|why| (E::InvalidConfig, why))?;
        config.insert(name.to_owned(), wanted);
    }
    Ok(config)
}

/// Puts what is `wanted` in the place of the settings that a topic has, unless it is only to be checked. `place`: type and
/// name of what has the settings.
fn change(
    request: &Request<'_>,
    state: &mut State,
    place: (i8, &str),
    validate_only: bool,
    wanted: impl FnOnce(&Config) -> Result<Config, Refusal>,
) -> Result<(), Refusal> {
    request
        .allowed()
        .map_err(|error| (error, error.to_string()))?;
    let config = match place {
        (TOPIC, name) => &mut state.topics.get_mut(name).ok_or_else(unknown)?.config,
        (BROKER, _) => {
            let why = "the settings of this rehearsal broker cannot be changed".to_owned();
            return Err((E::InvalidRequest, why));
        }
        _ => return Err(other_type()),
    };
    let wanted = wanted(config)?;
    if !validate_only {
        *config = wanted;
    }
    Ok(())
}

fn told(outcome: Result<(), Refusal>) -> (i16, Option<StrBytes>) {
    match outcome {
        Ok(()) => (0, None),
        Err((error, why)) => (error.code(), Some(text(why))),
    }
}

fn unknown() -> Refusal {
    let error = E::UnknownTopicOrPartition;
    (error, error.to_string())
}

fn other_type() -> Refusal {
    let why = "Unsupported resource type: only topics and brokers have settings here".to_owned();
    (E::InvalidRequest, why)
}
