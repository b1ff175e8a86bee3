//! Which jar is meant by a path: a file, a directory, or a pattern that no shell has expanded (`target/*.jar`). Of several
//! the newest that has both connectors is taken; each other is named with why not.

use super::{Jar, JarError, inspect, plain};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[derive(Debug)]
pub struct Chosen {
    pub jar: Jar,
    /// What else the pattern matches, and why it was not taken.
    pub others: Vec<(PathBuf, String)>,
}

/// A path that leads to one file gives that file, whatever it is. No candidate that fits is [`JarError::NoneFits`].
pub fn choose(path: &Path) -> Result<Chosen, JarError> {
    let Some(candidates) = candidates(path)? else {
        return Ok(Chosen {
            jar: inspect(path)?,
            others: Vec::new(),
        });
    };
    of_several(path, candidates)
}

/// The newest first: a build leaves the jars of earlier versions where they are.
pub(super) fn of_several(path: &Path, candidates: Vec<PathBuf>) -> Result<Chosen, JarError> {
    let modified = |file: &PathBuf| {
        let metadata = file.metadata().and_then(|metadata| metadata.modified());
        metadata.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut dated: Vec<_> = candidates
        .into_iter()
        .map(|file| (modified(&file), file))
        .collect();
    dated.sort();
    let mut others = Vec::new();
    let mut chosen = None;
    for (_, file) in dated.into_iter().rev() {
        if chosen.is_some() {
            others.push((file, "older".to_owned()));
            continue;
        }
        match inspect(&file) {
            Ok(jar) if jar.sink_class.is_none() => others.push((file, "no sink connector".into())),
            Ok(jar) if jar.source_class.is_none() => {
                others.push((file, "no source connector".into()))
            }
            Ok(jar) => chosen = Some(jar),
            Err(error) => others.push((file, error.why())),
        }
    }
    match chosen {
        Some(jar) => Ok(Chosen { jar, others }),
        None => Err(JarError::NoneFits {
            path: path.to_owned(),
            others: listed(&others),
        }),
    }
}

/// `a.jar (older), b.jar (no sink connector)`; the first ten.
pub fn listed(others: &[(PathBuf, String)]) -> String {
    let name = |file: &Path| plain(&file.file_name().unwrap_or_default().to_string_lossy());
    let mut words: Vec<String> = others
        .iter()
        .take(10)
        .map(|(file, why)| format!("{} ({why})", name(file)))
        .collect();
    if others.len() > words.len() {
        words.push(format!("and {} more", others.len() - words.len()));
    }
    words.join(", ")
}

/// `None`: the path is one file, or nothing at all.
fn candidates(path: &Path) -> Result<Option<Vec<PathBuf>>, JarError> {
    let unreadable = |cause: std::io::Error| JarError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    if path.is_dir() {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|extension| extension == "jar") && file.is_file() {
                found.push(file);
            }
        }
        return Ok(Some(found));
    }
    if path.exists() || !path.to_string_lossy().contains(['*', '?', '[']) {
        return Ok(None);
    }
    let bad = |words: &str| unreadable(std::io::Error::other(format!("no pattern: {words}")));
    let pattern = pattern(path).ok_or_else(|| bad("it is no UTF-8"))?;
    let found = glob::glob(&pattern).map_err(|error| bad(error.msg))?;
    // what cannot be looked at is no candidate
    let files = found.flatten().filter(|file| file.is_file()).collect();
    Ok(Some(files))
}

/// The directories that are there are meant as they are called, also those with a `[`.
fn pattern(path: &Path) -> Option<String> {
    let there = path.ancestors().find(|ancestor| ancestor.is_dir())?;
    let rest = path.strip_prefix(there).ok()?.to_str()?;
    let there = glob::Pattern::escape(there.to_str()?);
    Some(match there.is_empty() {
        true => rest.to_owned(),
        false => format!("{}/{rest}", there.trim_end_matches('/')),
    })
}
