use super::*;

const MS: Duration = Duration::from_millis(1);
const SESSION: Duration = Duration::from_millis(1000);
const DELAY: Duration = Duration::from_millis(50);

fn joining(member: &str) -> Joining {
    Joining {
        member: member.into(),
        instance: None,
        client_id: "c".into(),
        host: "127.0.0.1".into(),
        session_timeout: SESSION,
        rebalance_timeout: 3 * SESSION,
        protocol_type: "consumer".into(),
        protocols: vec![("range".into(), Bytes::from(member.to_owned()))],
    }
}

/// A group with these members in its first generation, all synced, and the time then.
fn stable(members: &[&str]) -> (Group, Instant) {
    let mut group = Group::default();
    let begin = Instant::now();
    let tickets: Vec<u64> = members
        .iter()
        .map(|member| group.join(joining(member), DELAY, begin))
        .collect();
    let now = begin + DELAY;
    settle(&mut group, members, &tickets, now);
    (group, now)
}

fn settle(group: &mut Group, members: &[&str], tickets: &[u64], now: Instant) {
    for (member, ticket) in members.iter().zip(tickets) {
        group.joined(member, *ticket, now).unwrap().unwrap();
    }
    let all = members
        .iter()
        .map(|m| ((*m).to_owned(), Bytes::from(format!("of {m}"))));
    let (leader, generation) = (group.leader.clone(), group.generation);
    group.sync(&leader, generation, all.collect(), now).unwrap();
    for member in members {
        group.sync(member, generation, Vec::new(), now).unwrap();
        let assignment = group.synced(member, generation, now).unwrap().unwrap();
        assert_eq!(assignment, Bytes::from(format!("of {member}")));
    }
    assert_eq!(group.phase(), Phase::Stable);
}

#[test]
fn the_first_member_waits_a_moment_for_others() {
    let mut group = Group::default();
    let now = Instant::now();
    let one = group.join(joining("a"), DELAY, now);
    assert!(group.joined("a", one, now).is_none());
    assert_eq!(group.next_event(), Some(now + DELAY));
    let two = group.join(joining("b"), DELAY, now + 10 * MS);
    let first = group.joined("a", one, now + DELAY).unwrap().unwrap();
    assert_eq!((first.generation, first.leader.as_str()), (1, "a"));
    let told: Vec<_> = first.members.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(told, ["a", "b"]);
    let second = group.joined("b", two, now + DELAY).unwrap().unwrap();
    assert!(
        second.members.is_empty(),
        "only the leader is told of the others"
    );
}

#[test]
fn a_new_member_calls_the_others_back() {
    let (mut group, now) = stable(&["a", "b"]);
    let three = group.join(joining("c"), DELAY, now);
    assert!(group.joined("c", three, now + DELAY).is_none());
    assert_eq!(group.heartbeat("a", 1, now), Err(E::RebalanceInProgress));
    assert_eq!(group.check_commit("a", 1, now), Ok(()));
    let one = group.join(joining("a"), DELAY, now);
    let two = group.join(joining("b"), DELAY, now);
    settle(&mut group, &["a", "b", "c"], &[one, two, three], now);
    assert_eq!(group.generation(), 2);
    assert_eq!(group.heartbeat("a", 1, now), Err(E::IllegalGeneration));
    assert_eq!(group.heartbeat("x", 2, now), Err(E::UnknownMemberId));
    assert_eq!(group.heartbeat("b", 2, now), Ok(()));
}

#[test]
fn who_is_not_heard_of_is_let_go_and_the_others_called() {
    let (mut group, now) = stable(&["a", "b", "c"]);
    let later = now + 900 * MS;
    group.heartbeat("b", 1, later).unwrap();
    group.heartbeat("c", 1, later).unwrap();
    let dead = now + SESSION;
    assert_eq!(group.heartbeat("b", 1, dead), Err(E::RebalanceInProgress));
    let two = group.join(joining("b"), DELAY, dead);
    assert!(group.joined("b", two, dead).is_none());
    let three = group.join(joining("c"), DELAY, dead);
    settle(&mut group, &["b", "c"], &[two, three], dead);
    assert_eq!(group.heartbeat("a", 1, dead), Err(E::UnknownMemberId));
}

#[test]
fn who_does_not_come_back_in_time_is_left_behind() {
    let (mut group, now) = stable(&["a", "b"]);
    let three = group.join(joining("c"), DELAY, now);
    let one = group.join(joining("a"), DELAY, now);
    // b lives, but it does not join.
    let mut at = now;
    while at < now + 3 * SESSION {
        assert!(group.joined("c", three, at).is_none());
        assert_eq!(group.heartbeat("b", 1, at), Err(E::RebalanceInProgress));
        at += 500 * MS;
    }
    settle(&mut group, &["a", "c"], &[one, three], at);
    assert_eq!(group.heartbeat("b", 1, at), Err(E::UnknownMemberId));
}

#[test]
fn the_last_one_leaves_and_positions_stay() {
    let (mut group, now) = stable(&["a"]);
    let position = crate::sandbox::kafka::positions::Position {
        offset: 7,
        leader_epoch: -1,
        metadata: String::new(),
    };
    assert_eq!(
        group.check_commit("", -1, now),
        Err(E::UnknownMemberId),
        "it has a member"
    );
    group.positions.set("iotout", 0, position).unwrap();
    group.leave("a", now).unwrap();
    assert_eq!(group.leave("a", now), Err(E::UnknownMemberId));
    assert_eq!(group.phase(), Phase::Empty);
    assert_eq!(group.check_commit("", -1, now), Ok(()));
    assert_eq!(group.positions.get("iotout", 0).map(|p| p.offset), Some(7));
    assert_eq!(group.next_event(), None);
}

#[test]
fn an_id_that_was_handed_out_is_waited_for_and_forgotten() {
    let mut group = Group::default();
    let now = Instant::now();
    group.expect("ghost".into(), SESSION, now);
    let one = group.join(joining("a"), DELAY, now);
    assert!(group.joined("a", one, now + DELAY).is_none());
    assert!(
        group.next_event().is_some_and(|next| next > now + DELAY),
        "nothing passed is waited for"
    );
    assert!(group.joined("a", one, now + SESSION).unwrap().is_ok());
}

#[test]
fn what_cannot_join() {
    let (group, _) = stable(&["a"]);
    let mut other = joining("b");
    other.protocols[0].0 = "roundrobin".into();
    assert_eq!(group.check_join(&other), Err(E::InconsistentGroupProtocol));
    let mut connect = joining("b");
    connect.protocol_type = "connect".into();
    assert_eq!(
        group.check_join(&connect),
        Err(E::InconsistentGroupProtocol)
    );
    assert_eq!(group.check_join(&joining("b")), Ok(()));
}

#[test]
fn a_member_that_missed_the_answer_is_told_again() {
    let (mut group, now) = stable(&["a", "b"]);
    let again = group.join(joining("b"), DELAY, now);
    let told = group.joined("b", again, now).unwrap().unwrap();
    assert_eq!((told.generation, group.phase()), (1, Phase::Stable));
    // The leader asks again when it wants another distribution.
    group.join(joining("a"), DELAY, now);
    assert_eq!(group.phase(), Phase::PreparingRebalance);
}
