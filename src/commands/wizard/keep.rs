//! The last question: what the profile file says, where it goes, and where the secrets that were entered are from then on.
//! Nothing is written unasked, nothing that is there is overwritten unasked, and no secret is in the profile itself.

use super::offers::short;
use super::{Move, Wizard};
use crate::profile::{self, FILE_NAME, Kept, keys};
use crate::ui::{Offer, Pose, Reply};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const SECRETS_WHY: &str = "Passwords and keys that you entered are in no file yet.";
const SECRETS_EXPLAIN: &str = "Not at all: they are asked for again the next time. Files: each in one of its own beside the \
    profile, 0600. Variables: the profile names a variable that you set before each run. Keys on the edge node are another \
    matter: there they are in /etc/hdikafka, 0640.";
const WHERE_WHY: &str =
    "This profile says what you answered. Written to a file, nothing of it is asked again.";
const WHERE_EXPLAIN: &str = "A file named hdikafka.toml counts in its directory and below; a named one in your configuration \
    directory counts with --profile NAME everywhere. Neither holds a secret. A name, or a path that ends in .toml, can be \
    typed as well.";

pub fn lacks(w: &Wizard) -> bool {
    w.whole
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let mut kept = match secrets(w)? {
        Some(kept) => kept,
        None => return Ok(Move::Back),
    };
    loop {
        let stem = w.ctx.profile.cluster.name.clone();
        let stem = stem.unwrap_or_else(|| "bridge".to_owned());
        let text = w.ctx.profile.file_text(&kept);
        let reply = place(w, &text, &stem)?;
        let path = match reply {
            Place::Nowhere => return Ok(Move::Next),
            Place::File(path) => path,
            Place::Back => match secrets(w)? {
                Some(again) => {
                    kept = again;
                    continue;
                }
                None => return Ok(Move::Back),
            },
        };
        match write(w, &path, &text, &kept) {
            Ok(true) => return Ok(Move::Next),
            Ok(false) => {}
            Err(error) => w.refuse(&error),
        }
    }
}

/// Where each entered secret will be; none: back. Without any there is nothing to ask.
fn secrets(w: &mut Wizard) -> anyhow::Result<Option<BTreeMap<&'static str, Kept>>> {
    let entered: Vec<&'static str> = w
        .ctx
        .profile
        .entered()
        .iter()
        .map(|(key, _)| *key)
        .collect();
    if entered.is_empty() {
        return Ok(Some(BTreeMap::new()));
    }
    let offer = |text: &str, note: &str| Offer {
        text: text.to_owned(),
        note: note.to_owned(),
    };
    let offers = [
        offer("not at all", "asked for again the next time"),
        offer("files", "beside the profile, readable by you alone"),
        offer("variables", &variables(&entered).join(", ")),
    ];
    let why = format!("{SECRETS_WHY} They are: {}.", entered.join(", "));
    let reply = w.pose(Pose {
        why: &why,
        explain: SECRETS_EXPLAIN,
        offers: &offers,
        label: "Keep them",
        default: Some("1"),
        check: Some(&|_| Err("one of the numbers".to_owned())),
        ..Pose::default()
    })?;
    let stem = w.ctx.profile.cluster.name.clone();
    let stem = stem.unwrap_or_else(|| "bridge".to_owned());
    let kept = |how: usize, key: &'static str| match how {
        1 => Some((key, Kept::File(format!("{stem}.{}", key.replace('_', "-"))))),
        2 => keys::key(key).map(|known| (key, Kept::Env(known.env.to_owned()))),
        _ => None,
    };
    Ok(match reply {
        Reply::Back => None,
        // Enter alone
        Reply::Text(_) => Some(BTreeMap::new()),
        Reply::Offer(how) => Some(entered.iter().filter_map(|key| kept(how, key)).collect()),
    })
}

fn variables(keys: &[&'static str]) -> Vec<&'static str> {
    keys.iter()
        .filter_map(|name| keys::key(name))
        .map(|key| key.env)
        .collect()
}

enum Place {
    Nowhere,
    Back,
    File(PathBuf),
}

fn place(w: &mut Wizard, text: &str, stem: &str) -> anyhow::Result<Place> {
    let named = profile::place(stem);
    let note = |path: &Path, what: String| match path.exists() {
        true => format!("{what}; is there, and replaced only if you agree"),
        false => what,
    };
    let here = PathBuf::from(FILE_NAME);
    let mut offers = vec![Offer {
        text: FILE_NAME.to_owned(),
        note: note(&here, "counts in this directory and below".to_owned()),
    }];
    if let Some(path) = &named {
        offers.push(Offer {
            text: stem.to_owned(),
            note: note(path, format!("counts everywhere with --profile {stem}")),
        });
    }
    offers.push(Offer {
        text: "nowhere".to_owned(),
        note: "for this run only".to_owned(),
    });
    let reply = w.pose(Pose {
        why: WHERE_WHY,
        block: text,
        explain: WHERE_EXPLAIN,
        offers: &offers,
        label: "Name or number",
        default: Some(FILE_NAME),
        check: Some(&|text| match text.contains('/')
            || text.ends_with(".toml")
            || profile::place(text).is_some()
        {
            true => Ok(()),
            false => Err("a name has letters, digits, '.', '_' and '-'".to_owned()),
        }),
        ..Pose::default()
    })?;
    Ok(match reply {
        Reply::Back => Place::Back,
        Reply::Offer(0) => Place::File(here),
        Reply::Offer(index) if index + 1 == offers.len() => Place::Nowhere,
        Reply::Offer(_) => named.map_or(Place::File(here), Place::File),
        Reply::Text(text) if text.contains('/') || text.ends_with(".toml") => {
            Place::File(PathBuf::from(text))
        }
        Reply::Text(text) => profile::place(&text).map_or(Place::Nowhere, Place::File),
    })
}

/// The secrets first: a profile never names a file that is not there. `false`: somebody said no to replacing one.
fn write(
    w: &Wizard,
    path: &Path,
    text: &str,
    kept: &BTreeMap<&'static str, Kept>,
) -> anyhow::Result<bool> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let entered: BTreeMap<_, _> = w.ctx.profile.entered().into_iter().collect();
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for (key, how) in kept {
        if let (Kept::File(name), Some(secret)) = (how, entered.get(key)) {
            files.push((
                directory.join(name),
                format!("{}\n", secret.expose()).into_bytes(),
            ));
        }
    }
    files.push((path.to_owned(), text.as_bytes().to_vec()));
    let there: Vec<String> = files
        .iter()
        .filter(|(path, contents)| {
            std::fs::read(path).map_or(path.exists(), |old| old != *contents)
        })
        .map(|(path, _)| short(path))
        .collect();
    if !there.is_empty()
        && !w
            .ctx
            .ui
            .confirm(
                &format!("There already: {}", there.join(", ")),
                "Replace it?",
            )
            .map_err(super::ended)?
    {
        return Ok(false);
    }
    for (path, contents) in &files {
        profile::written(path, contents, !there.is_empty()).map_err(|error| {
            match error.kind() {
                ErrorKind::AlreadyExists => {
                    anyhow::anyhow!("{} has just been made by somebody else", short(path))
                }
                _ => anyhow::anyhow!("cannot write {}: {error}", short(path)),
            }
        })?;
    }
    let names: Vec<String> = files.iter().map(|(path, _)| short(path)).collect();
    w.ctx.ui.success(&format!("wrote {}", names.join(", ")));
    Ok(true)
}
