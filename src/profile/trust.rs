//! Which profile files may run programs although they were only found: those that the person has looked at and trusts.
//!
//! A trusted file is known by its path and the digest of its contents; a change to either ends it. One small file for each
//! in `trusted/` of the configuration directory, so that two runs side by side never lose what the other one wrote. The
//! programs themselves are not looked at: a script beside the file can change unnoticed, as everything on PATH can.

use super::client_properties;
use super::error::ProfileError;
use super::file::{self, Entry, SecretForm};
use super::locate::directory;
use super::named::replace;
use super::origin::Selection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A profile file that may run programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// Without links.
    pub file: PathBuf,
    pub sha256: String,
}

/// Settings whose values are what programs print: the key, and the program.
pub type Programs = Vec<(String, String)>;

/// Whether contents are the ones that were trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Trusted,
    /// It was trusted with other contents.
    Changed,
    Unknown,
}

/// Trusts this file as it is now. Returns what is remembered, and the programs that it names, each with its setting.
pub fn trust(selection: &Selection<'_>, file: &Path) -> Result<(Trusted, Programs), ProfileError> {
    let path = real(selection, file)?;
    let bytes = file::read(&path)?;
    let parsed = file::parse(&path, &bytes, selection.home())?;
    let program = |entry: &Entry| match entry {
        Entry::Secret(SecretForm::Command(argv)) => argv.first().cloned(),
        _ => None,
    };
    let values = parsed.values.iter();
    let values = values.map(|(key, (entry, _))| ((*key).to_owned(), entry));
    let properties = parsed.properties.iter();
    let properties =
        properties.map(|(name, (entry, _))| (format!("{}.{name}", client_properties::KEY), entry));
    let programs = values
        .chain(properties)
        .filter_map(|(key, entry)| Some((key, program(entry)?)));
    let programs = programs.collect();
    let trusted = Trusted {
        sha256: digest(&bytes),
        file: path,
    };
    let text = serde_json::to_vec(&trusted)
        .map_err(|error| ProfileError::Usage(format!("{}: {error}", trusted.file.display())))?;
    replace(&record(selection, &trusted.file)?, &text)?;
    Ok((trusted, programs))
}

/// Takes the trust in this file back; an error if there was none. The file itself may be gone.
pub fn distrust(selection: &Selection<'_>, file: &Path) -> Result<PathBuf, ProfileError> {
    let path = real(selection, file).unwrap_or_else(|_| selection.cwd.join(file));
    match fs::remove_file(record(selection, &path)?) {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ProfileError::NotFound(
            format!("{} is not trusted", path.display()),
        )),
        Err(error) => Err(ProfileError::reading(&path.display().to_string(), &error)),
    }
}

/// All of them, sorted by path.
pub fn trusted(selection: &Selection<'_>) -> Vec<Trusted> {
    let entries = directory(selection).map(|base| base.join(TRUSTED));
    let entries = entries.and_then(|directory| fs::read_dir(directory).ok());
    let mut all: Vec<Trusted> = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| read(&entry.ok()?.path()))
        .collect();
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all
}

/// `bytes` are what was read of `path`, and nothing else is judged: what is read later may be another file.
pub(super) fn standing(selection: &Selection<'_>, path: &Path, bytes: &[u8]) -> Standing {
    let known = || {
        let path = real(selection, path).ok()?;
        let known = read(&record(selection, &path).ok()?)?;
        (known.file == path).then_some(known)
    };
    match known() {
        None => Standing::Unknown,
        Some(known) if known.sha256 == digest(bytes) => Standing::Trusted,
        Some(_) => Standing::Changed,
    }
}

/// Whether the file has the contents that were trusted.
pub fn is_as_trusted(trusted: &Trusted) -> bool {
    file::read(&trusted.file).is_ok_and(|bytes| digest(&bytes) == trusted.sha256)
}

const TRUSTED: &str = "trusted";

fn record(selection: &Selection<'_>, path: &Path) -> Result<PathBuf, ProfileError> {
    let base = directory(selection)
        .ok_or_else(|| ProfileError::Usage("neither XDG_CONFIG_HOME nor HOME is set".to_owned()))?;
    let name = digest(path.as_os_str().as_encoded_bytes());
    Ok(base.join(TRUSTED).join(name))
}

fn read(record: &Path) -> Option<Trusted> {
    serde_json::from_slice(&fs::read(record).ok()?).ok()
}

fn real(selection: &Selection<'_>, file: &Path) -> Result<PathBuf, ProfileError> {
    let path = selection.cwd.join(file);
    path.canonicalize()
        .map_err(|error| ProfileError::reading(&path.display().to_string(), &error))
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
