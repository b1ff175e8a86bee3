//! The edge node: checked by logging in and looking around, the host key by the person.

use super::super::gather;
use super::offers::{self, short};
use super::{Move, Wizard};
use crate::edge::RemoteError;
use crate::error::{Exit, Failure, diagnose};
use crate::facts;
use crate::profile::keys;
use crate::secret::Secret;
use crate::ui::{Offer, Pose, PoseInput, Reply};
use std::path::PathBuf;

const WHY: &str = "The connectors run on the cluster's edge node, which is reached by SSH.";
const EXPLAIN: &str = "The edge node's SSH name: in the portal under Applications or SSH + Cluster login, mostly \
    new-edgenode.CLUSTER-ssh.azurehdinsight.net. user@host:port is understood, and so is a name of ~/.ssh/config. Keys, \
    ssh-agent and passwords are tried as ssh does.\nFlags: --edge, --edge-user, --edge-port, --identity-file; keys: edge.host, \
    edge.user, edge.port, edge.identity_file.";
const LOGIN: &str = "The node did not let us in.";
const LOGIN_EXPLAIN: &str = "Name the file of a private key that the node accepts, or choose the password of the SSH user (not \
    of Ambari's). A key with a passphrase belongs into ssh-agent: ssh-add FILE. `<` leads to the name of the node.\nFlags: \
    --identity-file, --edge-password-file; keys: edge.identity_file, edge.password.";

pub fn lacks(w: &Wizard) -> bool {
    let profile = &w.ctx.profile;
    profile.edge.host.is_none() || (w.whole && profile.is_default("edge.host"))
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let offers = offers::hosts(w.ctx.profile.cluster.name.as_deref());
    loop {
        // After a refusal the last answer, so that Enter tries it again.
        let default = known(w).or_else(|| offers.first().map(|offer| offer.text.clone()));
        let reply = w.pose(Pose {
            why: WHY,
            explain: EXPLAIN,
            offers: &offers,
            label: match offers.is_empty() {
                true => "Host",
                false => "Host or number",
            },
            default: default.as_deref(),
            check: Some(&check),
            ..Pose::default()
        })?;
        let text = match reply {
            Reply::Back => return Ok(Move::Back),
            Reply::Offer(index) => offers[index].text.clone(),
            Reply::Text(text) => text,
        };
        match taken(w, &text).and_then(|()| look(w)) {
            Ok(()) => return Ok(Move::Next),
            Err(error) if is_login(&error) => {
                if login(w, error)? {
                    return Ok(Move::Next);
                }
            }
            // Whoever ended the input at the question for the host key wants no other question.
            Err(error) if diagnose(&error).exit == Exit::Interrupted => return Err(error),
            Err(error) => w.refuse(&error),
        }
    }
}

/// `user@host:port` in its parts; an IPv6 address has no port here.
fn parts(text: &str) -> (Option<&str>, &str, Option<&str>) {
    let (user, rest) = match text.split_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, text),
    };
    match rest.split_once(':') {
        Some((host, port)) if !port.contains(':') => (user, host, Some(port)),
        _ => (user, rest, None),
    }
}

fn check(text: &str) -> Result<(), String> {
    let (user, host, port) = parts(text);
    for (name, text) in [
        ("edge.host", Some(host)),
        ("edge.user", user),
        ("edge.port", port),
    ] {
        if let (Some(text), Some(key)) = (text, keys::key(name)) {
            key.check(text)?;
        }
    }
    Ok(())
}

/// The host with what was answered of user and port.
fn known(w: &Wizard) -> Option<String> {
    let profile = &w.ctx.profile;
    let mut text = profile.edge.host.clone()?;
    if profile.is_answer("edge.user") {
        text = format!("{}@{text}", profile.edge.user);
    }
    match profile.edge.port.filter(|_| profile.is_answer("edge.port")) {
        Some(port) => Some(format!("{text}:{port}")),
        None => Some(text),
    }
}

fn taken(w: &mut Wizard, text: &str) -> anyhow::Result<()> {
    w.ctx.forget_remote();
    // The same node: its login stays as well.
    if w.ctx.profile.is_answer("edge.host") && known(w).as_deref() == Some(text) {
        return Ok(());
    }
    for name in [
        "edge.identity_file",
        "edge.password",
        "edge.user",
        "edge.port",
    ] {
        w.ctx.profile.forget(name);
    }
    let (user, host, port) = parts(text);
    w.ctx.profile.answer("edge.host", host)?;
    if let Some(user) = user {
        w.ctx.profile.answer("edge.user", user)?;
    }
    if let Some(port) = port {
        w.ctx.profile.answer("edge.port", port)?;
    }
    Ok(())
}

/// Logs in and looks around: what would be refused later is said now.
fn look(w: &Wizard) -> anyhow::Result<()> {
    w.ctx.leave_logins_to_the_wizard();
    let connecting = w.ctx.ui.task("connecting to the edge node");
    let remote = w.ctx.remote()?;
    let edge = facts::edge::ask(remote.as_ref(), &gather::question(w.ctx))?;
    drop(connecting);
    let wrong = |words: String| Failure::new(Exit::Conflict, words);
    if let Some(server) = edge.servers.first() {
        let words = format!("{} runs {server}: it is no edge node", remote.name());
        return Err(wrong(words).into());
    }
    let Some(_) = &edge.kafka_real_home else {
        let home = &w.ctx.profile.edge.kafka_home;
        let hint = "--kafka-home DIR, if it is elsewhere";
        return Err(
            wrong(format!("there is no Kafka at {home} on {}", remote.name()))
                .hint(hint)
                .into(),
        );
    };
    let version = edge
        .kafka_version
        .as_deref()
        .unwrap_or("of unknown version");
    w.ctx
        .ui
        .success(&format!("{}: {}, Kafka {version}", remote.name(), edge.os));
    Ok(())
}

fn is_login(error: &anyhow::Error) -> bool {
    let remote = error
        .chain()
        .find_map(|link| link.downcast_ref::<RemoteError>());
    matches!(remote, Some(RemoteError::Auth { .. }))
}

/// Asks for a key or the password until one is accepted; `false`: back to the host.
fn login(w: &mut Wizard, error: anyhow::Error) -> anyhow::Result<bool> {
    let keys: Vec<PathBuf> = offers::keys();
    let mut offers: Vec<Offer> = keys
        .iter()
        .map(|path| Offer {
            text: short(path),
            note: "private key".to_owned(),
        })
        .collect();
    offers.push(Offer {
        text: format!("the password of {}", w.ctx.profile.edge.user),
        note: "not shown".to_owned(),
    });
    w.ctx.ui.note("");
    w.refuse(&error);
    let mut first = true;
    loop {
        if first {
            // The heading with what can be chosen stands below the error that led here.
            let error = w.error.take().unwrap_or_default();
            w.ctx.ui.warn(&error);
            first = false;
        }
        let reply = w.pose(Pose {
            why: LOGIN,
            explain: LOGIN_EXPLAIN,
            offers: &offers,
            label: "Key file or number",
            check: Some(&|text| match expanded(text).is_file() {
                true => Ok(()),
                false => Err("there is no such file".to_owned()),
            }),
            ..Pose::default()
        })?;
        match reply {
            Reply::Back => return Ok(false),
            Reply::Offer(index) if index == keys.len() => {
                if !password(w)? {
                    continue;
                }
            }
            Reply::Offer(index) => {
                let path = keys[index].display().to_string();
                w.ctx.profile.answer("edge.identity_file", &path)?;
            }
            Reply::Text(text) => w.ctx.profile.answer("edge.identity_file", &text)?,
        }
        w.ctx.forget_remote();
        match look(w) {
            Ok(()) => return Ok(true),
            Err(error) => {
                w.ctx.profile.forget("edge.password");
                w.ctx.profile.forget("edge.identity_file");
                w.refuse(&error);
            }
        }
    }
}

fn password(w: &mut Wizard) -> anyhow::Result<bool> {
    let label = format!("Password of {}", w.ctx.profile.edge.user);
    w.error = Some(String::new());
    let reply = w.pose(Pose {
        explain: LOGIN_EXPLAIN,
        label: &label,
        input: PoseInput::Hidden,
        ..Pose::default()
    })?;
    let Reply::Text(text) = reply else {
        return Ok(false);
    };
    w.ctx
        .profile
        .answer_secret("edge.password", Secret::new(text))?;
    Ok(true)
}

fn expanded(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn user_and_port_are_taken_apart() {
        assert_eq!(parts("edge"), (None, "edge", None));
        assert_eq!(parts("ann@edge:2222"), (Some("ann"), "edge", Some("2222")));
        assert_eq!(parts("::1"), (None, "::1", None));
    }
}
