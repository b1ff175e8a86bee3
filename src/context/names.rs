//! Names that ordinary commands came across, for the shell to complete. A convenience: what cannot be read or written is
//! left out in silence, and nothing is ever asked for them.

use super::cache_directory;
use std::io::{Read, Write};
use std::path::PathBuf;

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cluster,
    Hub,
    Topic,
    Device,
}

/// The last ones that were met are kept.
const KEPT: usize = 300;
/// More was not written by us.
const LIMIT: u64 = 256 * 1024;

/// Remembers names, the newest first. Two runs at once may lose each other's; the next one brings them back.
pub fn learn<'a>(kind: Kind, names: impl IntoIterator<Item = &'a str>) {
    let known = known(kind);
    let mut all: Vec<String> = names.into_iter().map(str::to_owned).collect();
    all.retain(|name| !name.is_empty() && name.len() <= 256 && !name.contains(char::is_control));
    for name in &known {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all.truncate(KEPT);
    if all != known {
        let _ = write(kind, &(all.join("\n") + "\n"));
    }
}

/// The names that were remembered, the newest first.
pub fn known(kind: Kind) -> Vec<String> {
    let text = || {
        let mut text = String::new();
        let file = std::fs::File::open(file(kind)?).ok()?;
        file.take(LIMIT).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let text = text().unwrap_or_default();
    // somebody else may have written it
    let lines = text.lines().filter(|line| !line.contains(char::is_control));
    lines.take(KEPT).map(str::to_owned).collect()
}

fn file(kind: Kind) -> Option<PathBuf> {
    let name = match kind {
        Kind::Cluster => "clusters",
        Kind::Hub => "hubs",
        Kind::Topic => "topics",
        Kind::Device => "devices",
    };
    Some(cache_directory()?.join("names").join(name))
}

fn write(kind: Kind, text: &str) -> Option<()> {
    let file = file(kind)?;
    let directory = file.parent()?;
    std::fs::create_dir_all(directory).ok()?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory).ok()?;
    temporary.write_all(text.as_bytes()).ok()?;
    temporary.persist(file).ok().map(drop)
}
