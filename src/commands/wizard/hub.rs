//! The IoT Hub: by name, from files, or from whatever was pasted; in each case the same facts, asked for at once.

use super::super::ask_hub;
use super::offers::{self, HubFile, short};
use super::{Move, Wizard};
use crate::azure::{self, Meant, Pieces};
use crate::error::{Exit, Failure};
use crate::profile::keys;
use crate::secret::Secret;
use crate::ui::{Offer, Pose, PoseInput, Reply};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

const WHY: &str = "The hub whose devices the bridge serves. Its name suffices where az is logged in; else paste what you have \
    of it.";
const EXPLAIN: &str = "A name is asked of az. Without az paste one after the other, in any order: the output of `az iot hub \
    show` and of `az iot hub policy show`, the service connection string, or the portal's Event Hubs-compatible endpoint with \
    the number of partitions as {\"Partitions\": 4}. What may be a key is not shown; an empty line ends a paste. A file that \
    holds any of these can be named as well.\nFlags: --hub, --hub-json, --policy-json, --hub-info-file; keys: hub.name, \
    hub.json, hub.policy_json, hub.information.";
/// What an earlier answer to this question may have set.
const OURS: [&str; 5] = [
    "hub.name",
    "hub.resource_group",
    "hub.json",
    "hub.policy_json",
    "hub.information",
];

pub fn lacks(w: &Wizard) -> bool {
    let hub = &w.ctx.profile.hub;
    hub.name.is_none()
        && (hub.json.is_none() || hub.policy_json.is_none())
        && !hub.information.is_set()
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let (mut offers, groups) = w.offers.hubs(&w.ctx.ui);
    let hubs = offers.len();
    let files = offers::hub_files();
    offers.extend(files.iter().map(|file| Offer {
        text: short(&file.path),
        note: file.note.clone(),
    }));
    let before = w.ctx.profile.hub.name.clone();
    let default = before.or_else(|| (hubs == 1).then(|| offers[0].text.clone()));
    loop {
        let reply = w.pose(Pose {
            why: WHY,
            explain: EXPLAIN,
            offers: &offers,
            label: match offers.is_empty() {
                true => "Name, file or paste",
                false => "Name, number, file or paste",
            },
            default: default.as_deref(),
            input: PoseInput::Guarded(&whole),
            ..Pose::default()
        })?;
        let taken = match reply {
            Reply::Back => {
                w.pieces = Pieces::default();
                return Ok(Move::Back);
            }
            Reply::Offer(index) if index < hubs => {
                named(w, &offers[index].text, groups[index].as_deref())
            }
            Reply::Offer(index) => from_files(w, &files, index - hubs),
            Reply::Text(text) => match shape(&text) {
                Shape::Name => {
                    let listed = offers[..hubs].iter().position(|offer| offer.text == text);
                    named(w, &text, listed.and_then(|index| groups[index].as_deref()))
                }
                Shape::File(path) => from_file(w, &path),
                Shape::Pasted => pasted(w, text.as_bytes()),
            },
        };
        match taken.and_then(|()| look(w)) {
            Ok(()) => return Ok(Move::Next),
            Err(error) => w.refuse(&error),
        }
    }
}

enum Shape {
    Name,
    File(PathBuf),
    Pasted,
}

fn shape(text: &str) -> Shape {
    let path = match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    };
    let is_name = keys::key("hub.name").is_some_and(|key| key.check(text).is_ok());
    match text.contains(['\n', '{', '"', ';', '=']) {
        true => Shape::Pasted,
        false if path.is_file() => Shape::File(path),
        // A key that stands alone is no name: it is longer, or has other characters.
        false if is_name && azure::recognise(text.as_bytes(), Meant::default()).is_err() => {
            Shape::Name
        }
        false if text.contains(['/', '.']) && !text.ends_with('=') => Shape::File(path),
        false if is_name && text.len() < 40 => Shape::Name,
        false => Shape::Pasted,
    }
}

/// Whether what was pasted so far ends where something ends. Whatever is wrong otherwise is told by `pasted`.
fn whole(text: &str) -> bool {
    match azure::recognise(text.as_bytes(), Meant::default()) {
        Ok(_) => true,
        Err(error) => !error.to_string().contains("cut off"),
    }
}

fn forget(w: &mut Wizard) {
    OURS.iter().for_each(|key| w.ctx.profile.forget(key));
}

fn named(w: &mut Wizard, name: &str, group: Option<&str>) -> anyhow::Result<()> {
    // To a name that follows on a paste belongs what was pasted.
    if w.pieces.key.is_none() && w.pieces.events_path.is_none() {
        forget(w);
    }
    w.ctx.profile.answer("hub.name", name)?;
    if let Some(group) = group {
        w.ctx.profile.answer("hub.resource_group", group)?;
    }
    Ok(())
}

/// The chosen file, and the only other one that has what it lacks.
fn from_files(w: &mut Wizard, files: &[HubFile], chosen: usize) -> anyhow::Result<()> {
    forget(w);
    w.pieces = Pieces::default();
    let file = &files[chosen];
    let fits = |other: &&HubFile| match (file.has_endpoint, file.has_key) {
        (true, false) => other.has_key && !other.has_endpoint,
        (false, true) => other.has_endpoint,
        _ => false,
    };
    let mut others = files.iter().filter(fits);
    let other = others.next().filter(|_| others.next().is_none());
    for (key, path) in [
        ("hub.json", Some(&file.path)),
        ("hub.policy_json", other.map(|other| &other.path)),
    ] {
        if let Some(path) = path {
            w.ctx.profile.answer(key, &path.display().to_string())?;
        }
    }
    Ok(())
}

/// A file that was named, as if it had been pasted.
fn from_file(w: &mut Wizard, path: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::new(
            Exit::NotFound,
            format!("cannot read {}: {error}", short(path)),
        )
    })?;
    pasted(w, &bytes).with_context(|| format!("reading {}", short(path)))
}

fn pasted(w: &mut Wizard, bytes: &[u8]) -> anyhow::Result<()> {
    let found = azure::recognise(bytes, ask_hub::meant(&w.ctx.profile))?;
    let mut known = w.pieces.clone();
    if let Err(error) = known.add(found) {
        w.pieces = Pieces::default();
        return Err(anyhow::Error::new(error).context("all that was pasted so far is forgotten"));
    }
    w.pieces = known;
    if let Some(policy) = w.pieces.policy.clone() {
        w.ctx.profile.answer("hub.policy", &policy)?;
    }
    w.ctx.profile.forget("hub.json");
    w.ctx.profile.forget("hub.policy_json");
    // What a host name says alone is its hub's name.
    let host = w.pieces.host_name.as_deref();
    let name = w
        .pieces
        .name
        .as_deref()
        .or(host.and_then(|host| host.split('.').next()));
    if let Some(name) = name.map(str::to_owned) {
        w.ctx.profile.answer("hub.name", &name)?;
    }
    w.ctx
        .profile
        .answer_secret("hub.information", in_one(&w.pieces)?)?;
    Ok(())
}

fn in_one(pieces: &Pieces) -> anyhow::Result<Secret> {
    let line = pieces.to_line();
    match line.is_empty() {
        true => Err(Failure::usage("this says too little about a hub").into()),
        false => Ok(line),
    }
}

/// The facts, from az where something is missing and the name is known.
fn look(w: &mut Wizard) -> anyhow::Result<()> {
    let asking = w.ctx.ui.task("asking for the IoT Hub");
    let (hub, _, key_from) = ask_hub::ask(w.ctx).map_err(|error| match known(&w.pieces) {
        Some(known) => error.context(format!("known so far: {known}; still missing")),
        None => error,
    })?;
    drop(asking);
    if let Some(rights) = &hub.rights
        && !rights.contains("ServiceConnect")
    {
        let words = format!(
            "the policy {} has the rights {rights}, not ServiceConnect",
            hub.policy
        );
        return Err(Failure::new(Exit::Conflict, words)
            .hint("--policy service")
            .into());
    }
    let from = match key_from.as_str() {
        "prompt" => "what was pasted",
        from => from,
    };
    w.ctx.ui.success(&format!(
        "{}: {} partitions, policy {}, its key from {from}",
        hub.name, hub.partitions, hub.policy
    ));
    if w.ctx.profile.hub.name.is_none() {
        w.ctx.profile.answer("hub.name", &hub.name)?;
    }
    Ok(())
}

/// What was pasted so far, in words without values.
fn known(pieces: &Pieces) -> Option<String> {
    let parts = [
        (pieces.host_name.is_some(), "host name"),
        (pieces.events_endpoint.is_some(), "endpoint"),
        (pieces.events_path.is_some(), "Event Hubs-compatible name"),
        (pieces.partitions.is_some(), "partitions"),
        (pieces.key.is_some(), "key"),
    ];
    let known: Vec<&str> = parts
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, what)| *what)
        .collect();
    (!known.is_empty()).then(|| known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_keys_and_files() {
        assert!(matches!(shape("my-hub"), Shape::Name));
        assert!(matches!(shape("myhub123"), Shape::Name));
        assert!(matches!(shape("nowhere/hub.json"), Shape::File(_)));
        assert!(matches!(
            shape("HostName=x;SharedAccessKey=y"),
            Shape::Pasted
        ));
        assert!(matches!(
            shape("aHViLWNhbmFyeS0wMTIzNDU2Nzg5YWJjZGVmZ2hpamsh"),
            Shape::Pasted
        ));
        assert!(!whole("{\"name\": "));
        assert!(whole("{\"Partitions\": 4}"));
    }
}
