//! The profiles in the configuration directory by their names, and which of them is the current one.

use super::error::ProfileError;
use super::file::{self, Entry};
use super::locate::{checked_name, directory, named};
use super::origin::Selection;
use super::value::Value;
use super::{Found, Located};
use serde::Serialize;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A profile of the configuration directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    pub name: String,
    pub file: PathBuf,
    /// Used where neither a flag, nor a variable, nor a found `hdikafka.toml` says otherwise.
    pub current: bool,
    pub cluster: Option<String>,
    pub hub: Option<String>,
    /// Why it cannot be used; all of it, one per line.
    pub problem: Option<String>,
}

/// All of them, sorted by name. A file that cannot be used is among them, with its problem.
pub fn list(selection: &Selection<'_>) -> Result<Vec<Named>, ProfileError> {
    let Some(base) = directory(selection) else {
        return Ok(Vec::new());
    };
    let current = current_name(&base)?;
    let named = |name: String| {
        let file = file_of(&base, &name);
        let said = file::read(&file).and_then(|bytes| file::parse(&file, &bytes, selection.home()));
        let (parsed, problem) = match said {
            Ok(parsed) => (parsed, None),
            Err(error) => (file::Parsed::default(), Some(error.to_string())),
        };
        let text = |key: &str| match parsed.values.get(key) {
            Some((Entry::Value(Value::Text(text)), _)) => Some(text.clone()),
            _ => None,
        };
        Named {
            current: current.as_deref() == Some(&*name),
            cluster: text("cluster.name"),
            hub: text("hub.name"),
            name,
            file,
            problem,
        }
    };
    Ok(names(&base).into_iter().map(named).collect())
}

/// Their names alone, sorted: what a shell completes. Nothing is read but the directory.
pub fn names_of(selection: &Selection<'_>) -> Vec<String> {
    directory(selection).map_or(Vec::new(), |base| names(&base))
}

/// Makes this profile the current one; none: no profile is. Its file has to be there.
pub fn choose(selection: &Selection<'_>, name: Option<&str>) -> Result<(), ProfileError> {
    let Some(name) = name else {
        let path = directory(selection).map(|base| base.join(CURRENT));
        return match path.map_or(Ok(()), fs::remove_file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ProfileError::reading("the current profile", &error))
            }
            _ => Ok(()),
        };
    };
    let Located { path, .. } = named(selection, name, Found::Profile)?;
    let Some(base) = path.parent().and_then(Path::parent) else {
        return Ok(());
    };
    replace(&base.join(CURRENT), format!("{name}\n").as_bytes())
}

/// Where the profile of this name has its file, whether it is there or not. Its directory is made.
pub fn place(selection: &Selection<'_>, name: &str) -> Result<PathBuf, ProfileError> {
    checked_name(name)?;
    let base = directory(selection)
        .ok_or_else(|| ProfileError::Usage("neither XDG_CONFIG_HOME nor HOME is set".to_owned()))?;
    let file = file_of(&base, name);
    make_directory(&base.join(PROFILES))?;
    Ok(file)
}

/// Holds the name of the current profile.
pub(super) const CURRENT: &str = "current";
pub(super) const PROFILES: &str = "profiles";

fn file_of(base: &Path, name: &str) -> PathBuf {
    base.join(PROFILES).join(format!("{name}.toml"))
}

pub(super) fn names(base: &Path) -> Vec<String> {
    let entries = fs::read_dir(base.join(PROFILES)).into_iter().flatten();
    let name = |entry: io::Result<fs::DirEntry>| {
        let name = entry.ok()?.file_name();
        let name = name.to_str()?.strip_suffix(".toml")?.to_owned();
        // what `--profile` would not take is none
        checked_name(&name).is_ok().then_some(name)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

/// The name in `current`; none if nobody chose one.
pub(super) fn current_name(base: &Path) -> Result<Option<String>, ProfileError> {
    let path = base.join(CURRENT);
    match fs::read_to_string(&path) {
        Ok(name) => Ok(Some(name.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ProfileError::reading(&path.display().to_string(), &error)),
    }
}

/// Writes a file of the configuration directory whole or not at all, 0600, with its directory.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), ProfileError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    make_directory(directory)?;
    let written = || -> io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
        temporary.write_all(bytes)?;
        temporary.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|error| unwritable(path, &error))
}

fn make_directory(directory: &Path) -> Result<(), ProfileError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory);
    made.map_err(|error| unwritable(directory, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> ProfileError {
    let words = format!("cannot write {}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::PermissionDenied => ProfileError::Denied(words),
        _ => ProfileError::Usage(words),
    }
}
