//! From a target to an authenticated session: ssh configuration, TCP, key exchange, host key, authentication. Blocking,
//! with a time limit on each. Not here: anything that happens on the session afterwards.

use super::auth::{Identity, Refusal, authenticate};
use super::jump;
use super::{HostKeyDecision, Keepalive, Target, UnknownKey};
use crate::edge::known_hosts::{self, KnownHosts, Verdict};
use crate::edge::ssh_config::{self, HostConfig};
use crate::edge::{RemoteError, printable};
use ssh2::{MethodType, Session};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub struct Connected {
    pub session: Session,
    pub host: String,
    pub user: String,
    /// `SHA256:…` of the key that was accepted.
    pub fingerprint: String,
    pub keepalive: Keepalive,
}

/// Name service and PAM may take their time; a server that says nothing for this long will not say anything.
const AUTH_TIMEOUT: Duration = Duration::from_secs(30);

pub fn connect(target: &Target) -> Result<Connected, RemoteError> {
    connect_from(target, &mut Vec::new())
}

/// `passed`: the hosts that wait for this one, to see a circle.
pub(super) fn connect_from(
    target: &Target,
    passed: &mut Vec<(String, u16)>,
) -> Result<Connected, RemoteError> {
    let place = Place::resolve(target)?;
    let known = KnownHosts::read(&place.known_hosts)?;
    let mut session = Session::new().map_err(|e| place.unreachable(e.message()))?;
    match jump::way(&place, target, passed)? {
        Some(stream) => session.set_tcp_stream(stream),
        None => session.set_tcp_stream(place.tcp()?),
    }
    session.set_timeout(millis(place.timeout));
    prefer_known_types(&session, &known.key_types(&place.known_name))
        .and_then(|()| session.handshake())
        .map_err(|e| {
            place.unreachable(&format!(
                "the SSH handshake failed: {}",
                printable(e.message())
            ))
        })?;
    let fingerprint = check_host_key(&session, &place, &known, target)?;
    session.set_timeout(millis(AUTH_TIMEOUT));
    authenticate(&session, &place.identity).map_err(|refusal| match refusal {
        Refusal::Tried(tried) => RemoteError::Auth {
            host: place.host.clone(),
            user: place.identity.user.clone(),
            tried,
        },
        Refusal::Cut(cause) => place.unreachable(&cause),
    })?;
    Ok(Connected {
        session,
        host: place.host,
        user: place.identity.user,
        fingerprint,
        keepalive: place.keepalive,
    })
}

/// What target, configuration and defaults come to.
pub(super) struct Place {
    pub host: String,
    pub port: u16,
    pub timeout: Duration,
    /// Hosts on the way, the nearest first.
    pub jump: Vec<String>,
    keepalive: Keepalive,
    /// How known_hosts calls it.
    known_name: String,
    /// All that are read; a new key goes into the first.
    known_hosts: Vec<PathBuf>,
    identity: Identity,
}

impl Place {
    fn resolve(target: &Target) -> Result<Self, RemoteError> {
        let bad = |c: char| c.is_control() || c.is_whitespace();
        if target.host.is_empty() || target.host.starts_with('-') || target.host.contains(bad) {
            return Err(RemoteError::Config(format!(
                "`{}` is not a host name",
                printable(&target.host)
            )));
        }
        let home = etcetera::home_dir().map_err(|e| RemoteError::Config(e.to_string()))?;
        let ssh = home.join(".ssh");
        let file = target
            .config_file
            .clone()
            .unwrap_or_else(|| ssh.join("config"));
        let mut config = {
            let user = target.user.as_deref();
            ssh_config::read(&file, &target.host, user, target.jump.is_some())?
        };
        let host = config
            .host_name
            .clone()
            .unwrap_or_else(|| target.host.clone());
        let port = target.port.or(config.port).unwrap_or(22);
        // Without a configuration file nothing has taken the user over into `config`.
        let user = match config
            .user
            .clone()
            .or_else(|| target.user.clone())
            .or_else(|| target.default_user.clone())
            .or_else(|| std::env::var("USER").ok())
        {
            Some(user) if !user.is_empty() && !user.contains('\0') => user,
            _ => return Err(RemoteError::Config(format!("no user is named for {host}"))),
        };
        let keepalive = target.keepalive.unwrap_or_else(|| {
            let usual = Keepalive::default();
            Keepalive {
                interval: config.alive_interval.unwrap_or(usual.interval),
                count: config.alive_count.unwrap_or(usual.count),
            }
        });
        Ok(Self {
            timeout: target
                .connect_timeout
                .or(config.connect_timeout)
                .unwrap_or(Duration::from_secs(10)),
            keepalive: Keepalive {
                interval: keepalive.interval.max(Duration::from_secs(2)),
                count: keepalive.count.max(2),
            },
            jump: match &target.jump {
                Some(hops) => hops.clone(),
                None => std::mem::take(&mut config.jump),
            },
            known_name: known_hosts::host_name(&host, port),
            known_hosts: known_hosts_files(target, &config, &ssh),
            identity: Identity::resolve(target, config, user, &host, &ssh),
            host,
            port,
        })
    }

    fn unreachable(&self, cause: &str) -> RemoteError {
        RemoteError::Unreachable {
            host: self.host.clone(),
            port: self.port,
            cause: cause.to_owned(),
        }
    }

    /// Tries all addresses of the name, within the one time limit.
    fn tcp(&self) -> Result<TcpStream, RemoteError> {
        let addresses = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|e| self.unreachable(&format!("the name cannot be resolved: {e}")))?;
        let end = Instant::now() + self.timeout;
        let mut cause = "the name has no address".to_owned();
        for address in addresses {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                cause = format!("no answer within {} s", self.timeout.as_secs());
                break;
            }
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => {
                    stream
                        .set_nodelay(true)
                        .map_err(|e| self.unreachable(&e.to_string()))?;
                    return Ok(stream);
                }
                Err(e) => cause = e.to_string(),
            }
        }
        Err(self.unreachable(&cause))
    }
}

fn known_hosts_files(target: &Target, config: &HostConfig, ssh: &std::path::Path) -> Vec<PathBuf> {
    if let Some(file) = &target.known_hosts {
        return vec![file.clone()];
    }
    let user = config.user_known_hosts.clone();
    let global = config.global_known_hosts.clone();
    let mut files = user.unwrap_or_else(|| vec![ssh.join("known_hosts"), ssh.join("known_hosts2")]);
    files.extend(global.unwrap_or_else(|| {
        vec![
            "/etc/ssh/ssh_known_hosts".into(),
            "/etc/ssh/ssh_known_hosts2".into(),
        ]
    }));
    files
}

/// Puts the algorithms of the key types on file first, and leaves the others behind them: a server that has none of
/// the known types shall show what it has, and be called changed.
fn prefer_known_types(session: &Session, types: &[&str]) -> Result<(), ssh2::Error> {
    if types.is_empty() {
        return Ok(());
    }
    let supported = session.supported_algs(MethodType::HostKey)?;
    let type_of = |algorithm: &str| match algorithm {
        "rsa-sha2-512" | "rsa-sha2-256" => "ssh-rsa".to_owned(),
        other => other.to_owned(),
    };
    let rank = |algorithm: &&str| {
        types
            .iter()
            .position(|t| *t == type_of(algorithm))
            .unwrap_or(types.len())
    };
    let mut ordered = supported;
    ordered.sort_by_key(rank);
    session.method_pref(MethodType::HostKey, &ordered.join(","))
}

fn check_host_key(
    session: &Session,
    place: &Place,
    known: &KnownHosts,
    target: &Target,
) -> Result<String, RemoteError> {
    let Some((key, _)) = session.host_key() else {
        return Err(place.unreachable("the server showed no host key"));
    };
    let host = place.known_name.clone();
    let fingerprint = known_hosts::fingerprint(key);
    let changed = |expected: String| {
        Err(RemoteError::ChangedHostKey {
            host: host.clone(),
            expected,
            fingerprint: fingerprint.clone(),
        })
    };
    let verdict = known.judge(&place.known_name, key);
    if let Verdict::Revoked { place } = verdict {
        return changed(format!("a key that is not revoked ({place})"));
    }
    if let Some(pinned) = &target.pinned_host_key {
        // ssh-keygen prints no padding; people paste it with some.
        let same = pinned.trim().trim_end_matches('=') == fingerprint;
        return if same {
            Ok(fingerprint)
        } else {
            changed(printable(pinned))
        };
    }
    match verdict {
        Verdict::Known | Verdict::Revoked { .. } => Ok(fingerprint),
        Verdict::Changed { expected } => changed(expected),
        Verdict::Unknown => {
            let unknown = UnknownKey {
                host,
                fingerprint: fingerprint.clone(),
                key_type: known_hosts::key_type(key),
            };
            decide(unknown, key, place, &target.accept).map(|()| fingerprint)
        }
    }
}

fn decide(
    unknown: UnknownKey,
    key: &[u8],
    place: &Place,
    accept: &HostKeyDecision,
) -> Result<(), RemoteError> {
    let accepted = match accept {
        HostKeyDecision::Refuse => false,
        HostKeyDecision::Ask(ask) => ask(&unknown),
    };
    if !accepted {
        return Err(RemoteError::UnknownHostKey {
            host: unknown.host,
            fingerprint: unknown.fingerprint,
        });
    }
    match place.known_hosts.first() {
        None => Ok(()),
        Some(file) => known_hosts::append(file, &unknown.host, key).map_err(|e| {
            RemoteError::Config(format!(
                "cannot write the host key to {}: {e}",
                file.display()
            ))
        }),
    }
}

fn millis(duration: Duration) -> u32 {
    // 0 would mean no limit at all.
    u32::try_from(duration.as_millis())
        .unwrap_or(u32::MAX)
        .max(1)
}
