//! The life of a group's member: join, sync, heartbeat, leave. Joins and syncs wait for the other members.

use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::super::group::{Group, Joined, Joining};
use super::super::request::{Request, code, text};
use super::super::state::{MAX_GROUPS, State};

/// None if nobody waits for the answer any more.
pub fn join(request: &Request<'_>, asked: JoinGroupRequest) -> Option<JoinGroupResponse> {
    let group = asked.group_id.to_string();
    let mut member = asked.member_id.to_string();
    let mut state = request.shared.lock();
    let ticket = match enter(request, &mut state, &mut member, asked) {
        Ok(ticket) => ticket,
        Err(error) => return Some(join_refused(request, member, error)),
    };
    request.shared.changed.notify_all();
    loop {
        let now = Instant::now();
        let Some(found) = state.groups.get_mut(&group) else {
            return Some(join_refused(request, member, E::UnknownMemberId));
        };
        match found.joined(&member, ticket, now) {
            Some(outcome) => {
                // That the generation has begun is news for the others.
                request.shared.changed.notify_all();
                return Some(match outcome {
                    Ok(joined) => join_response(request, member, joined),
                    Err(error) => join_refused(request, member, error),
                });
            }
            None => {
                let until = found.next_event();
                state = request.wait(state, until)?;
            }
        }
    }
}

/// Checks the join and takes the member in. Who comes without an id is given one.
fn enter(
    request: &Request<'_>,
    state: &mut State,
    member: &mut String,
    asked: JoinGroupRequest,
) -> Result<u64, E> {
    let name = asked.group_id.as_str();
    if name.is_empty() {
        return Err(E::InvalidGroupId);
    }
    request.allowed_for_group(state, name)?;
    let options = &request.shared.options;
    let session = millis(asked.session_timeout_ms);
    if !options.session_timeout.contains(&session) {
        return Err(E::InvalidSessionTimeout);
    }
    let now = Instant::now();
    let rooms = state.groups.len() < MAX_GROUPS;
    let known = state.groups.contains_key(name);
    if !known && !member.is_empty() {
        return Err(E::UnknownMemberId);
    }
    if !known && !rooms {
        return Err(E::GroupMaxSizeReached);
    }
    let joining = Joining {
        member: String::new(),
        instance: asked.group_instance_id.map(|id| id.to_string()),
        client_id: request.client_id.to_owned(),
        host: request.peer.to_owned(),
        session_timeout: session,
        // Before version 1 there was only one time for both.
        rebalance_timeout: match request.version {
            0 => session,
            _ => millis(asked.rebalance_timeout_ms),
        },
        protocol_type: asked.protocol_type.to_string(),
        protocols: asked
            .protocols
            .into_iter()
            .map(|p| (p.name.to_string(), p.metadata))
            .collect(),
    };
    state.members += 1;
    let number = state.members;
    let group = state.groups.entry(name.to_owned()).or_default();
    group.tick(now);
    admit(request, group, member, joining, number, now)
}

fn admit(
    request: &Request<'_>,
    group: &mut Group,
    member: &mut String,
    mut joining: Joining,
    number: u64,
    now: Instant,
) -> Result<u64, E> {
    if !member.is_empty() && !group.knows(member) {
        return Err(E::UnknownMemberId);
    }
    joining.member.clone_from(member);
    group.check_join(&joining)?;
    if member.is_empty() {
        let unique = uuid::Uuid::new_v4();
        *member = format!("{}-{number}-{unique}", request.client_id);
        joining.member.clone_from(member);
        // Since version 4 a member first learns its id: one that never comes back then leaves no ghost.
        if request.version >= 4 && joining.instance.is_none() {
            group.expect(member.clone(), joining.session_timeout, now);
            return Err(E::MemberIdRequired);
        }
    }
    let delay = request.shared.options.initial_rebalance_delay;
    Ok(group.join(joining, delay, now))
}

fn millis(number: i32) -> Duration {
    Duration::from_millis(u64::try_from(number).unwrap_or_default())
}

fn join_response(request: &Request<'_>, member: String, joined: Joined) -> JoinGroupResponse {
    let members = joined.members.into_iter().map(|(id, instance, metadata)| {
        let member = JoinGroupResponseMember::default()
            .with_member_id(text(id))
            .with_metadata(metadata);
        match request.version {
            5.. => member.with_group_instance_id(instance.map(text)),
            _ => member,
        }
    });
    JoinGroupResponse::default()
        .with_generation_id(joined.generation)
        .with_protocol_type(Some(text(joined.protocol_type)).filter(|_| request.version >= 7))
        .with_protocol_name(Some(text(joined.protocol)))
        .with_leader(text(joined.leader))
        .with_member_id(text(member))
        .with_members(members.collect())
}

fn join_refused(request: &Request<'_>, member: String, error: E) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(error.code())
        .with_generation_id(-1)
        // Only version 7 can say "none".
        .with_protocol_name(Some(StrBytes::new()).filter(|_| request.version < 7))
        .with_member_id(text(member))
}

/// None if nobody waits for the answer any more.
pub fn sync(request: &Request<'_>, asked: SyncGroupRequest) -> Option<SyncGroupResponse> {
    let group = asked.group_id.to_string();
    let member = asked.member_id.to_string();
    let mut state = request.shared.lock();
    if let Err(error) = begin_sync(request, &mut state, &group, &member, &asked) {
        return Some(SyncGroupResponse::default().with_error_code(error.code()));
    }
    request.shared.changed.notify_all();
    loop {
        let Some(found) = state.groups.get_mut(&group) else {
            let gone = E::UnknownMemberId.code();
            return Some(SyncGroupResponse::default().with_error_code(gone));
        };
        match found.synced(&member, asked.generation_id, Instant::now()) {
            Some(outcome) => {
                let names = (
                    found.protocol_type().to_owned(),
                    found.protocol().to_owned(),
                );
                return Some(sync_response(request, outcome, names));
            }
            None => {
                let until = found.next_event();
                state = request.wait(state, until)?;
            }
        }
    }
}

fn begin_sync(
    request: &Request<'_>,
    state: &mut State,
    group: &str,
    member: &str,
    asked: &SyncGroupRequest,
) -> Result<(), E> {
    request.allowed_for_group(state, group)?;
    let group = state.groups.get_mut(group).ok_or(E::UnknownMemberId)?;
    let named = |name: &Option<StrBytes>, is: &str| name.as_ref().is_none_or(|name| **name == *is);
    if !named(&asked.protocol_type, group.protocol_type())
        || !named(&asked.protocol_name, group.protocol())
    {
        return Err(E::InconsistentGroupProtocol);
    }
    let assignments = asked.assignments.iter();
    let assignments = assignments.map(|one| (one.member_id.to_string(), one.assignment.clone()));
    group.sync(
        member,
        asked.generation_id,
        assignments.collect(),
        Instant::now(),
    )
}

fn sync_response(
    request: &Request<'_>,
    outcome: Result<Bytes, E>,
    (protocol_type, protocol): (String, String),
) -> SyncGroupResponse {
    let response = SyncGroupResponse::default().with_error_code(code(&outcome));
    match (outcome, request.version) {
        (Err(_), _) => response,
        (Ok(assignment), 5..) => response
            .with_assignment(assignment)
            .with_protocol_type(Some(text(protocol_type)))
            .with_protocol_name(Some(text(protocol))),
        (Ok(assignment), _) => response.with_assignment(assignment),
    }
}

pub fn heartbeat(request: &Request<'_>, asked: HeartbeatRequest) -> HeartbeatResponse {
    let mut state = request.shared.lock();
    let outcome = request
        .allowed_for_group(&state, &asked.group_id)
        .and_then(|()| {
            let group = state.groups.get_mut(asked.group_id.as_str());
            let group = group.ok_or(E::UnknownMemberId)?;
            group.heartbeat(&asked.member_id, asked.generation_id, Instant::now())
        });
    HeartbeatResponse::default().with_error_code(code(&outcome))
}

/// Until version 2 one member leaves, since then several.
pub fn leave(request: &Request<'_>, asked: LeaveGroupRequest) -> LeaveGroupResponse {
    let mut state = request.shared.lock();
    let now = Instant::now();
    let allowed = request.allowed_for_group(&state, &asked.group_id);
    let mut one = |member: &str, instance: Option<&str>| {
        let group = state.groups.get_mut(asked.group_id.as_str());
        let group = group.ok_or(E::UnknownMemberId)?;
        let named = instance.filter(|_| member.is_empty());
        let id = named.and_then(|instance| group.member_of(instance));
        let id = id.unwrap_or(member).to_owned();
        group.leave(&id, now)
    };
    let response = LeaveGroupResponse::default();
    let response = match (allowed, request.version) {
        (Err(error), _) => response.with_error_code(error.code()),
        (Ok(()), ..=2) => response.with_error_code(code(&one(&asked.member_id, None))),
        (Ok(()), _) => {
            let members = asked.members.into_iter().map(|leaving: MemberIdentity| {
                let outcome = one(&leaving.member_id, leaving.group_instance_id.as_deref());
                MemberResponse::default()
                    .with_member_id(leaving.member_id)
                    .with_group_instance_id(leaving.group_instance_id)
                    .with_error_code(code(&outcome))
            });
            response.with_members(members.collect())
        }
    };
    drop(state);
    request.shared.changed.notify_all();
    response
}
