//! One request on its way: where it came in, what it is, what fault it meets. And the table of all requests that are
//! answered, from where each goes to its answer.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use kafka_protocol::error::ResponseError as E;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::answer::{
    configs, fetch, groups, membership, metadata, offsets, positions, produce, topics,
};
use super::shape;
use super::state::{Shared, State};

/// A kind of request that is answered.
struct Known {
    api: ApiKey,
    min: i16,
    max: i16,
    /// The first version with compact lengths and tagged fields.
    flexible: i16,
    /// See [`shape`].
    shape: &'static str,
}

const fn known(api: ApiKey, min: i16, max: i16, flexible: i16, shape: &'static str) -> Known {
    Known {
        api,
        min,
        max,
        flexible,
        shape,
    }
}

/// Versions from what kafka-python and librdkafka 1 speak up to the last one that names topics by their names.
const TABLE: &[Known] = &[
    known(ApiKey::Produce, 3, 9, 9, "s 2 4 [ s [ 4 b ] ]"),
    known(
        ApiKey::Fetch,
        4,
        11,
        12,
        "4 4 4 4 1 7+4 7+4 [ s [ 4 9+4 8 5+8 4 ] ] 7+[ s { 4 } ] 11+s",
    ),
    known(ApiKey::ListOffsets, 1, 7, 6, "4 2+1 [ s [ 4 4+4 8 ] ]"),
    known(ApiKey::Metadata, 0, 9, 9, "[ s ] 4+1 8+1 8+1"),
    known(
        ApiKey::OffsetCommit,
        2,
        8,
        8,
        "s 4 s 7+s 4-8 [ s [ 4 8 6+4 s ] ]",
    ),
    known(
        ApiKey::OffsetFetch,
        1,
        8,
        6,
        "7-s 7-[ s { 4 } ] 8+[ s [ s { 4 } ] ] 7+1",
    ),
    known(ApiKey::FindCoordinator, 0, 3, 3, "s 1+1"),
    known(ApiKey::JoinGroup, 0, 7, 6, "s 4 1+4 s 5+s s [ s b ]"),
    known(ApiKey::Heartbeat, 0, 4, 4, "s 4 s 3+s"),
    known(ApiKey::LeaveGroup, 0, 4, 4, "s 2-s 3+[ s s ]"),
    known(ApiKey::SyncGroup, 0, 5, 4, "s 4 s 3+s 5+s 5+s [ s b ]"),
    known(ApiKey::DescribeGroups, 0, 5, 5, "{ s } 3+1"),
    known(ApiKey::ListGroups, 0, 4, 3, "4+{ s }"),
    known(ApiKey::ApiVersions, 0, 3, 3, "3+s 3+s"),
    known(
        ApiKey::CreateTopics,
        2,
        7,
        5,
        "[ s 4 2 [ 4 { 4 } ] [ s s ] ] 4 1",
    ),
    known(ApiKey::DeleteTopics, 1, 5, 4, "{ s } 4"),
    known(ApiKey::DeleteRecords, 0, 2, 2, "[ s [ 4 8 ] ] 4"),
    known(ApiKey::InitProducerId, 0, 4, 2, "s 4 3+8 3+2"),
    known(ApiKey::OffsetForLeaderEpoch, 2, 4, 4, "3+4 [ s [ 4 4 4 ] ]"),
    known(ApiKey::DescribeConfigs, 1, 4, 4, "[ 1 s { s } ] 1 3+1"),
    known(ApiKey::AlterConfigs, 0, 2, 2, "[ 1 s [ s s ] ] 1"),
    known(
        ApiKey::IncrementalAlterConfigs,
        0,
        1,
        1,
        "[ 1 s [ s 1 s ] ] 1",
    ),
    known(ApiKey::CreatePartitions, 0, 3, 2, "[ s 4 [ { 4 } ] ] 4 1"),
    known(ApiKey::DeleteGroups, 0, 2, 2, "{ s }"),
    known(ApiKey::DescribeCluster, 0, 0, 0, "1"),
];

/// What ends a connection: bytes that are no request, or one that cannot be answered.
#[derive(Debug, thiserror::Error)]
#[error("not a request that this broker answers")]
pub(super) struct Malformed;

/// A request's header and the bytes of its body.
#[derive(Debug)]
pub(super) struct Frame {
    pub api: ApiKey,
    pub version: i16,
    pub client_id: String,
    correlation: i32,
    body: Bytes,
}

impl Frame {
    pub fn parse(mut bytes: Bytes) -> Result<Self, Malformed> {
        let number = |at: usize| {
            let two: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
            Some(i16::from_be_bytes(two))
        };
        let (api, version) = number(0).zip(number(2)).ok_or(Malformed)?;
        let api = ApiKey::try_from(api).map_err(|_| Malformed)?;
        let known = TABLE
            .iter()
            .find(|known| known.api == api)
            .ok_or(Malformed)?;
        let in_range = (known.min..=known.max).contains(&version);
        if !in_range && api != ApiKey::ApiVersions {
            return Err(Malformed);
        }
        // Of versions that are not known the header is all that is read, and only of ApiVersions.
        let flexible = in_range && version >= known.flexible;
        let client_id = number(8).ok_or(Malformed)?;
        let tags = 10 + usize::try_from(client_id.max(0)).map_err(|_| Malformed)?;
        if flexible && !shape::header_fits(bytes.get(tags..).ok_or(Malformed)?) {
            return Err(Malformed);
        }
        let header_version = if flexible { 2 } else { 1 };
        let header = RequestHeader::decode(&mut bytes, header_version).map_err(|_| Malformed)?;
        if in_range && !shape::fits(known.shape, version, flexible, &bytes) {
            return Err(Malformed);
        }
        Ok(Self {
            api,
            version,
            client_id: header.client_id.as_deref().unwrap_or_default().to_owned(),
            correlation: header.correlation_id,
            body: bytes,
        })
    }
}

/// A request in the hands of the node that it came to.
pub(super) struct Request<'a> {
    pub shared: &'a Shared,
    /// The index of the node, and of the listener by which the client came.
    pub node: usize,
    pub listener: usize,
    pub version: i16,
    pub client_id: &'a str,
    /// The client's address without its port.
    pub peer: &'a str,
    /// A fault's code, in the place of what is asked.
    pub refuse: Option<E>,
    /// Set when the connection is cut: nobody waits for the answer any more.
    pub cut: &'a AtomicBool,
}

impl Request<'_> {
    /// Nothing, or the code that a fault asks for.
    pub fn allowed(&self) -> Result<(), E> {
        self.refuse.map_or(Ok(()), Err)
    }

    /// Nothing, or the code that the fault asks for, or that another node is the coordinator.
    pub fn allowed_for_group(&self, state: &State, group: &str) -> Result<(), E> {
        self.allowed()?;
        match state.coordinator(group) == Some(self.node) {
            true => Ok(()),
            false => Err(E::NotCoordinator),
        }
    }

    /// Waits for a change of the state, at most until then. `None`: nobody is there any more for whom to wait.
    pub fn wait<'s>(
        &self,
        state: MutexGuard<'s, State>,
        until: Option<Instant>,
    ) -> Option<MutexGuard<'s, State>> {
        if state.ended || self.cut.load(Ordering::SeqCst) {
            return None;
        }
        let state = self.shared.wait(state, until);
        (!state.ended && !self.cut.load(Ordering::SeqCst)).then_some(state)
    }
}

/// The error code of an outcome.
pub(super) fn code<T>(outcome: &Result<T, E>) -> i16 {
    outcome.as_ref().err().map_or(0, E::code)
}

pub(super) fn text(text: impl Into<String>) -> StrBytes {
    StrBytes::from_string(text.into())
}

/// The answer's bytes without their length; `None` where none is expected or wanted any more.
pub(super) fn answer(request: &Request<'_>, frame: Frame) -> Result<Option<BytesMut>, Malformed> {
    let (api, version) = (frame.api, frame.version);
    let call = Call {
        frame: &frame,
        request,
    };
    match api {
        ApiKey::ApiVersions => call.api_versions(),
        ApiKey::Produce => call.perhaps(produce::produce),
        ApiKey::Fetch => call.perhaps(fetch::fetch),
        ApiKey::ListOffsets => call.run(offsets::list),
        ApiKey::OffsetForLeaderEpoch => call.run(offsets::end_of_epoch),
        ApiKey::DeleteRecords => call.run(offsets::delete_records),
        ApiKey::Metadata => call.run(metadata::metadata),
        ApiKey::DescribeCluster => call.run(metadata::describe_cluster),
        ApiKey::FindCoordinator => call.run(metadata::find_coordinator),
        ApiKey::InitProducerId => call.run(produce::init_producer_id),
        ApiKey::JoinGroup => call.perhaps(membership::join),
        ApiKey::SyncGroup => call.perhaps(membership::sync),
        ApiKey::Heartbeat => call.run(membership::heartbeat),
        ApiKey::LeaveGroup => call.run(membership::leave),
        ApiKey::OffsetCommit => call.run(positions::commit),
        ApiKey::OffsetFetch => call.run(positions::fetch),
        ApiKey::ListGroups => call.run(groups::list),
        ApiKey::DescribeGroups => call.run(groups::describe),
        ApiKey::DeleteGroups => call.run(groups::delete),
        ApiKey::CreateTopics => call.run(topics::create),
        ApiKey::DeleteTopics => call.run(topics::delete),
        ApiKey::CreatePartitions => call.run(topics::create_partitions),
        ApiKey::DescribeConfigs => call.run(configs::describe),
        ApiKey::AlterConfigs => call.run(configs::alter),
        ApiKey::IncrementalAlterConfigs => call.run(configs::alter_some),
        _ => {
            debug_assert!(false, "{api:?} {version} is in the table and has no answer");
            Err(Malformed)
        }
    }
}

struct Call<'a> {
    frame: &'a Frame,
    request: &'a Request<'a>,
}

impl Call<'_> {
    fn run<Q: Decodable, A: Encodable>(
        &self,
        answer: impl FnOnce(&Request<'_>, Q) -> A,
    ) -> Result<Option<BytesMut>, Malformed> {
        self.perhaps(|request, asked| Some(answer(request, asked)))
    }

    fn perhaps<Q: Decodable, A: Encodable>(
        &self,
        answer: impl FnOnce(&Request<'_>, Q) -> Option<A>,
    ) -> Result<Option<BytesMut>, Malformed> {
        let mut body = self.frame.body.clone();
        let asked = Q::decode(&mut body, self.frame.version).map_err(|_| Malformed)?;
        match answer(self.request, asked) {
            Some(answer) => self.encode(&answer, self.frame.version).map(Some),
            None => Ok(None),
        }
    }

    fn encode(&self, answer: &impl Encodable, version: i16) -> Result<BytesMut, Malformed> {
        let size = answer.compute_size(version).unwrap_or_default();
        let mut bytes = BytesMut::with_capacity(size + 16);
        let header = ResponseHeader::default().with_correlation_id(self.frame.correlation);
        header
            .encode(&mut bytes, self.frame.api.response_header_version(version))
            .and_then(|()| answer.encode(&mut bytes, version))
            .map_err(|error| {
                debug_assert!(false, "{:?} {version}: {error}", self.frame.api);
                Malformed
            })?;
        Ok(bytes)
    }

    /// A version that is not known is answered in version 0, with the versions that are: so a client finds out.
    fn api_versions(&self) -> Result<Option<BytesMut>, Malformed> {
        let versions = TABLE.iter().map(|known| {
            ApiVersion::default()
                .with_api_key(known.api as i16)
                .with_min_version(match known.api {
                    // librdkafka 2.0 does not compress when version 0 is not in the range, although it never
                    // uses it (KAFKA-18659); Kafka 4 says so, too, and does not take it either.
                    ApiKey::Produce => 0,
                    _ => known.min,
                })
                .with_max_version(known.max)
        });
        let mut answer = ApiVersionsResponse::default().with_api_keys(versions.collect());
        let version = self.frame.version;
        if !(0..=3).contains(&version) {
            answer.error_code = E::UnsupportedVersion.code();
            return self.encode(&answer, 0).map(Some);
        }
        answer.error_code = code(&self.request.allowed());
        self.encode(&answer, version).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::RequestKind;

    /// A body of this shape: two elements in every array, strings of two bytes, numbers of zeros.
    fn body(tokens: &mut dyn Iterator<Item = &str>, version: i16, flexible: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(token) = tokens.next() {
            let (present, kind) = match (token.split_once('+'), token.split_once('-')) {
                (Some((from, kind)), _) => (version >= from.parse().unwrap(), kind),
                (_, Some((until, kind))) => (version <= until.parse().unwrap(), kind),
                _ => (true, token),
            };
            let piece = match kind {
                "]" => {
                    bytes.extend(flexible.then_some(0));
                    return bytes;
                }
                "}" => return bytes,
                "s" if flexible => vec![3, b'a', b'b'],
                "s" => vec![0, 2, b'a', b'b'],
                "b" if flexible => vec![3, 1, 2],
                "b" => vec![0, 0, 0, 2, 1, 2],
                "[" | "{" => {
                    let element = body(tokens, version, flexible);
                    let count = if flexible { vec![3] } else { vec![0, 0, 0, 2] };
                    [count, element.clone(), element].concat()
                }
                size => vec![0; size.parse().unwrap()],
            };
            if present {
                bytes.extend(piece);
            }
        }
        bytes.extend(flexible.then_some(0));
        bytes
    }

    #[test]
    fn the_shapes_are_those_of_the_codec() {
        for known in TABLE {
            for version in known.min..=known.max {
                let flexible = version >= known.flexible;
                let what = format!("{:?} {version}", known.api);
                assert_eq!(
                    known.api.request_header_version(version),
                    1 + i16::from(flexible),
                    "{what}"
                );
                let bytes = body(&mut known.shape.split_whitespace(), version, flexible);
                assert!(
                    shape::fits(known.shape, version, flexible, &bytes),
                    "{what}"
                );
                if let Some(short) = bytes.len().checked_sub(1) {
                    assert!(
                        !shape::fits(known.shape, version, flexible, &bytes[..short]),
                        "{what}"
                    );
                }
                let mut rest = Bytes::from(bytes);
                let decoded = RequestKind::decode(known.api, &mut rest, version);
                assert!(
                    decoded.is_ok() && rest.is_empty(),
                    "{what}: {decoded:?} {rest:?}"
                );
            }
        }
    }

    #[test]
    fn no_bytes_whatever_make_it_panic() {
        // A fixed sequence that looks random (xorshift).
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as u8
        };
        for known in TABLE {
            for round in 0..2000 {
                let version = known.min + i16::from(next()) % (known.max - known.min + 1);
                let flexible = version >= known.flexible;
                let mut bytes = body(&mut known.shape.split_whitespace(), version, flexible);
                for _ in 0..=(round % 4) {
                    let at = usize::from(next()) % bytes.len().max(1);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = next();
                    }
                }
                if shape::fits(known.shape, version, flexible, &bytes) {
                    let mut rest = Bytes::from(bytes);
                    let _ = RequestKind::decode(known.api, &mut rest, version);
                }
            }
        }
    }
}
