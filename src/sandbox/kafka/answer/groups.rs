//! Groups looked at from outside: list, describe, delete.

use std::time::Instant;

use bytes::Bytes;
use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    GroupId, ListGroupsRequest, ListGroupsResponse,
};

use super::super::group::{Group, Phase, metadata};
use super::super::request::{Request, code, text};

/// Each node tells of the groups that it coordinates; clients ask all of them.
pub fn list(request: &Request<'_>, asked: ListGroupsRequest) -> ListGroupsResponse {
    let mut state = request.shared.lock();
    state.tick(Instant::now());
    let allowed = request.allowed();
    let wanted = |group: &Group| {
        let name = group.phase().name();
        asked.states_filter.is_empty() || asked.states_filter.iter().any(|state| **state == *name)
    };
    let groups = state
        .groups
        .iter()
        .filter(|(name, group)| {
            let own = state.coordinator(name) == Some(request.node);
            allowed.is_ok() && own && wanted(group)
        })
        .map(|(name, group)| {
            let listed = ListedGroup::default()
                .with_group_id(GroupId(text(name)))
                .with_protocol_type(text(group.protocol_type()));
            match request.version {
                4.. => listed.with_group_state(text(group.phase().name())),
                _ => listed,
            }
        });
    ListGroupsResponse::default()
        .with_error_code(code(&allowed))
        .with_groups(groups.collect())
}

/// A group that there is not is described as dead, as Kafka does.
pub fn describe(request: &Request<'_>, asked: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let mut state = request.shared.lock();
    state.tick(Instant::now());
    let groups = asked.groups.into_iter().map(|name| {
        let allowed = request.allowed_for_group(&state, &name);
        let found = state.groups.get(name.as_str()).filter(|_| allowed.is_ok());
        let described = DescribedGroup::default()
            .with_error_code(code(&allowed))
            .with_group_id(name);
        match found {
            Some(group) => described
                .with_group_state(text(group.phase().name()))
                .with_protocol_type(text(group.protocol_type()))
                .with_protocol_data(text(group.protocol()))
                .with_members(members(request, group)),
            None if allowed.is_ok() => described.with_group_state(text("Dead")),
            None => described,
        }
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn members(request: &Request<'_>, group: &Group) -> Vec<DescribedGroupMember> {
    // Between generations members have neither a protocol nor an assignment.
    let stable = group.phase() == Phase::Stable;
    let one = |(id, member): (&String, &super::super::group::Member)| {
        let about = &member.about;
        let described = DescribedGroupMember::default()
            .with_member_id(text(id))
            .with_client_id(text(&about.client_id))
            .with_client_host(text(format!("/{}", about.host)));
        let described = match request.version {
            4.. => described.with_group_instance_id(about.instance.clone().map(text)),
            _ => described,
        };
        let (metadata, assignment) = match stable {
            true => (metadata(about, group.protocol()), member.assignment.clone()),
            false => (Bytes::new(), Bytes::new()),
        };
        described
            .with_member_metadata(metadata)
            .with_member_assignment(assignment)
    };
    group.members().map(one).collect()
}

pub fn delete(request: &Request<'_>, asked: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut state = request.shared.lock();
    state.tick(Instant::now());
    let mut results = Vec::new();
    for name in asked.groups_names {
        let outcome = request.allowed_for_group(&state, &name).and_then(|()| {
            match state.groups.get(name.as_str()).map(Group::phase) {
                None => Err(E::GroupIdNotFound),
                Some(Phase::Empty) => Ok(state.groups.remove(name.as_str())),
                Some(_) => Err(E::NonEmptyGroup),
            }
        });
        results.push(
            DeletableGroupResult::default()
                .with_error_code(code(&outcome))
                .with_group_id(name),
        );
    }
    drop(state);
    request.shared.changed.notify_all();
    DeleteGroupsResponse::default().with_results(results)
}
