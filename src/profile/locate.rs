//! Which profile file is meant, and whether it may be obeyed. Reading it is the business of `file`.

use super::error::{ProfileError, quoted};
use super::named::{PROFILES, current_name, names};
use super::origin::Selection;
use super::trust::{self, Standing};
use serde::Serialize;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The name that is looked for from the working directory upwards.
pub const FILE_NAME: &str = "hdikafka.toml";

/// A profile file, and how it came to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub path: PathBuf,
    pub found: Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Found {
    /// `--config FILE`, or `HDIKAFKA_CONFIG`.
    Config,
    /// `--profile NAME`, or `HDIKAFKA_PROFILE`.
    Profile,
    /// From the working directory upwards: perhaps somebody else's repository.
    Above,
    /// The name in `current`.
    Current,
}

/// `$XDG_CONFIG_HOME/hdikafka`, else `~/.config/hdikafka`. `None` without a home directory.
pub fn directory(selection: &Selection<'_>) -> Option<PathBuf> {
    // The specification wants relative values ignored.
    let base = selection
        .var("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    base.or_else(|| Some(selection.home()?.join(".config")))
        .map(|base| base.join("hdikafka"))
}

/// The profile file that applies, if any: what a flag names, else what a variable names, else the next `hdikafka.toml` from
/// the working directory upwards, else the current profile (`profile use`). The directory that one stands in is nearer than
/// what was chosen some day, as with every tool that has both. A named one must be there; one found above the working directory must belong to
/// the person or to root, because it decides which hosts get the passwords.
pub fn locate(selection: &Selection<'_>) -> Result<Option<Located>, ProfileError> {
    match (&selection.config, &selection.profile) {
        (Some(_), Some(_)) => {
            return Err(ProfileError::Usage(
                "--config and --profile name two files: give one of them".into(),
            ));
        }
        (Some(config), None) => return explicit(selection, config).map(Some),
        (None, Some(name)) => return named(selection, name, Found::Profile).map(Some),
        (None, None) => {}
    }
    match (
        selection.var("HDIKAFKA_CONFIG"),
        selection.var("HDIKAFKA_PROFILE"),
    ) {
        (Some(_), Some(_)) => Err(ProfileError::Usage(
            "HDIKAFKA_CONFIG and HDIKAFKA_PROFILE name two files: set one of them".into(),
        )),
        (Some(config), None) => explicit(selection, Path::new(&config)).map(Some),
        (None, Some(name)) => named(selection, &name, Found::Profile).map(Some),
        (None, None) => match above(&selection.cwd)? {
            Some(located) => Ok(Some(located)),
            None => current(selection),
        },
    }
}

/// Whether a program named in this file may be run: the file is the person's own and nobody else can write it, or the
/// person trusts exactly these bytes of it.
pub(super) fn may_run_programs(
    selection: &Selection<'_>,
    located: &Located,
    bytes: &[u8],
) -> Result<(), ProfileError> {
    let path = located.path.display();
    let standing = trust::standing(selection, &located.path, bytes);
    if standing == Standing::Trusted {
        return Ok(());
    }
    if located.found == Found::Above {
        let why = match standing {
            Standing::Changed => "it has changed since it was trusted",
            _ => "it was found from the working directory upwards",
        };
        return Err(ProfileError::Trust(format!(
            "{path}: {{ command = … }} does not count here: {why}; \
             look at it, then `hdikafka profile trust {path}`, or name it with --config"
        )));
    }
    let metadata = fs::metadata(&located.path)
        .map_err(|error| ProfileError::reading(&path.to_string(), &error))?;
    if !own(metadata.uid(), effective_user()) || metadata.mode() & 0o022 != 0 {
        return Err(ProfileError::Trust(format!(
            "{path}: {{ command = … }} counts only in a file that is yours and that nobody else may write: \
             it belongs to user {} with mode {:04o}",
            metadata.uid(),
            metadata.mode() & 0o7777
        )));
    }
    Ok(())
}

fn explicit(selection: &Selection<'_>, config: &Path) -> Result<Located, ProfileError> {
    let path = selection.cwd.join(config);
    match fs::metadata(&path) {
        Ok(_) => Ok(Located {
            path,
            found: Found::Config,
        }),
        Err(error) => Err(ProfileError::reading(&path.display().to_string(), &error)),
    }
}

/// A name as `--profile` takes it: also one that cannot lead out of the directory.
pub(super) fn checked_name(name: &str) -> Result<(), ProfileError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    match name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(plain) {
        true => Err(ProfileError::Usage(format!(
            "{} is not a profile's name: letters, digits, '.', '_' and '-' (a file is given by --config)",
            quoted(name)
        ))),
        false => Ok(()),
    }
}

pub(super) fn named(
    selection: &Selection<'_>,
    name: &str,
    found: Found,
) -> Result<Located, ProfileError> {
    checked_name(name)?;
    let directory = directory(selection).ok_or_else(|| {
        ProfileError::Usage(format!(
            "where is profile {name}? neither XDG_CONFIG_HOME nor HOME is set"
        ))
    })?;
    let path = directory.join(PROFILES).join(format!("{name}.toml"));
    match fs::metadata(&path) {
        Ok(_) => Ok(Located { path, found }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(ProfileError::NotFound(format!(
                "there is no profile {name}: {} does not exist ({})",
                path.display(),
                known(&names(&directory))
            )))
        }
        Err(error) => Err(ProfileError::reading(&path.display().to_string(), &error)),
    }
}

fn above(cwd: &Path) -> Result<Option<Located>, ProfileError> {
    for dir in cwd.ancestors() {
        let path = dir.join(FILE_NAME);
        // Not followed: a dangling link is a file that was meant, and is named when it is read.
        let Ok(link) = fs::symlink_metadata(&path) else {
            continue;
        };
        let user = effective_user();
        let owners = [
            Some(link.uid()),
            fs::metadata(&path).ok().map(|target| target.uid()),
        ];
        if let Some(owner) = owners
            .into_iter()
            .flatten()
            .find(|owner| !own(*owner, user))
        {
            return Err(ProfileError::Trust(format!(
                "{} was found from the working directory upwards and belongs to another user ({owner}): \
                 name it with --config if you mean it",
                path.display()
            )));
        }
        return Ok(Some(Located {
            path,
            found: Found::Above,
        }));
    }
    Ok(None)
}

fn current(selection: &Selection<'_>) -> Result<Option<Located>, ProfileError> {
    let Some(directory) = directory(selection) else {
        return Ok(None);
    };
    match current_name(&directory)? {
        Some(name) => named(selection, &name, Found::Current).map(Some),
        None => Ok(None),
    }
}

fn known(names: &[String]) -> String {
    match names.is_empty() {
        true => "there are no profiles yet".into(),
        false => format!("there are: {}", names.join(", ")),
    }
}

fn own(owner: u32, user: u32) -> bool {
    owner == user || owner == 0
}

fn effective_user() -> u32 {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn ones_own_and_roots_files_count_as_own() {
        assert!(own(1000, 1000) && own(0, 1000) && own(0, 0));
        assert!(!own(1000, 1001) && !own(1000, 0));
    }
}
