//! The way to a node through jump hosts: a session to the last of them, and a connection through it. Each hop is a host of
//! its own, with its own part of the ssh configuration, its own host key and its own login.
//!
//! A hop is offered the private key of the target, as other keys, but never its password, and the pinned host key is not
//! the hop's. The stream keeps the sessions of the hops alive, nothing else has to.

use super::connect::{self, Place};
use super::{Ssh, Target};
use crate::edge::{RemoteError, printable};
use std::os::unix::net::UnixStream;

/// More are a mistake.
const HOPS: usize = 8;

/// The stream to `place`, or `None` if it is reached directly.
///
/// # Errors
/// What happened on a hop is inside of `Jump`; that the last hop does not lead on is `Forbidden` or `Dial`.
pub fn way(
    place: &Place,
    target: &Target,
    passed: &mut Vec<(String, u16)>,
) -> Result<Option<UnixStream>, RemoteError> {
    let Some((last, before)) = place.jump.split_last() else {
        return Ok(None);
    };
    let here = (place.host.clone(), place.port);
    if passed.contains(&here) || passed.len() >= HOPS {
        return Err(RemoteError::Config(format!(
            "the jump hosts of {} lead in a circle",
            passed.first().map_or(place.host.as_str(), |(host, _)| host)
        )));
    }
    passed.push(here);
    let hop = hop(last, before, target)?;
    let session = connect::connect_from(&hop, passed)
        .and_then(Ssh::of)
        .map_err(|error| match error {
            RemoteError::Jump { .. } | RemoteError::Config(_) => error,
            error => RemoteError::Jump {
                hop: printable(last),
                error: Box::new(error),
            },
        })?;
    let (near, far) = UnixStream::pair().map_err(|e| RemoteError::Start {
        command: "a connection through a jump host".into(),
        cause: e.to_string(),
    })?;
    session.carry_within(place.timeout, far, &place.host, place.port)?;
    Ok(Some(near))
}

/// `[user@]host[:port]`, also as `ssh://…`, behind the hops before it.
fn hop(text: &str, before: &[String], target: &Target) -> Result<Target, RemoteError> {
    let refuse = || {
        RemoteError::Config(format!(
            "`{}` is not a jump host: [USER@]HOST[:PORT]",
            printable(text)
        ))
    };
    let place = text.strip_prefix("ssh://").unwrap_or(text);
    let (user, place) = match place.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, place),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(refuse)?;
            (host, port.strip_prefix(':'))
        }
        None => match place.rsplit_once(':') {
            // An IPv6 address without brackets has no port.
            Some((host, port)) if !host.contains(':') => (host, Some(port)),
            _ => (place, None),
        },
    };
    let port = match port {
        Some(port) => Some(
            port.parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(refuse)?,
        ),
        None => None,
    };
    if host.is_empty() || user.is_some_and(str::is_empty) {
        return Err(refuse());
    }
    Ok(Target {
        host: host.to_owned(),
        port,
        user: user.map(str::to_owned),
        default_user: None,
        password: None,
        pinned_host_key: None,
        // The first hop of all may have one of its own in the configuration.
        jump: (!before.is_empty()).then(|| before.to_vec()),
        ..target.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_is_read_as_openssh_reads_it() {
        let target = Target {
            host: "edge".into(),
            password: Some("hunter2".into()),
            pinned_host_key: Some("SHA256:x".into()),
            ..Target::default()
        };
        for (text, user, host, port) in [
            ("a", None, "a", None),
            ("ann@a:2222", Some("ann"), "a", Some(2222)),
            ("ann@example@a", Some("ann@example"), "a", None),
            ("[fe80::1]:22", None, "fe80::1", Some(22)),
            ("fe80::1", None, "fe80::1", None),
            ("ssh://ann@a:23", Some("ann"), "a", Some(23)),
        ] {
            let hop = hop(text, &["x".into()], &target).unwrap();
            assert_eq!(
                (hop.user.as_deref(), hop.host.as_str(), hop.port),
                (user, host, port)
            );
            assert_eq!(hop.jump.as_deref(), Some(&["x".to_owned()][..]));
            assert!(hop.password.is_none() && hop.pinned_host_key.is_none());
        }
        assert_eq!(hop("a", &[], &target).unwrap().jump, None);
        for bad in ["", "@a", "ann@", "a:ssh", "a:0", "a:70000", "[::1"] {
            assert!(
                matches!(hop(bad, &[], &target), Err(RemoteError::Config(_))),
                "{bad}"
            );
        }
    }
}
