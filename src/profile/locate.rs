//! Which profile file is meant, and whether it may be obeyed. Reading it is the business of `file`.

use super::error::{ProfileError, quoted};
use super::origin::Selection;
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The profile file that applies, if any. A named one must be there; one found above the working directory must belong to
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

/// Whether a program named in this file may be run: the file is the person's own and nobody else can write it.
pub(super) fn may_run_programs(located: &Located) -> Result<(), ProfileError> {
    let path = located.path.display();
    if located.found == Found::Above {
        return Err(ProfileError::Trust(format!(
            "{path}: {{ command = … }} does not count in a file that was found from the working directory upwards: \
             name the file with --config, or move it to your profiles"
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

fn named(selection: &Selection<'_>, name: &str, found: Found) -> Result<Located, ProfileError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(plain) {
        return Err(ProfileError::Usage(format!(
            "{} is not a profile's name: letters, digits, '.', '_' and '-' (a file is given by --config)",
            quoted(name)
        )));
    }
    let directory = directory(selection).ok_or_else(|| {
        ProfileError::Usage(format!(
            "where is profile {name}? neither XDG_CONFIG_HOME nor HOME is set"
        ))
    })?;
    let profiles = directory.join("profiles");
    let path = profiles.join(format!("{name}.toml"));
    match fs::metadata(&path) {
        Ok(_) => Ok(Located { path, found }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(ProfileError::NotFound(format!(
                "there is no profile {name}: {} does not exist ({})",
                path.display(),
                known(&profiles)
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
    let Some(path) = directory(selection).map(|directory| directory.join("current")) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(name) => named(selection, name.trim(), Found::Current).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ProfileError::reading(&path.display().to_string(), &error)),
    }
}

fn known(profiles: &Path) -> String {
    let entries = fs::read_dir(profiles).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        Some(
            entry
                .file_name()
                .to_str()?
                .strip_suffix(".toml")?
                .to_owned(),
        )
    });
    let mut names: Vec<_> = names.collect();
    names.sort();
    if names.is_empty() {
        "there are no profiles yet".into()
    } else {
        format!("there are: {}", names.join(", "))
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
