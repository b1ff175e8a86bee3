//! Where settings are looked for, and where each value came from.

use serde::{Serialize, Serializer};
use std::fmt;
use std::path::{Path, PathBuf};

/// What decides which file is read, and the surroundings it is read in. Everything that could differ between two runs
/// is in here, so that loading is a function of its arguments and of files.
pub struct Selection<'a> {
    /// `--config FILE`
    pub config: Option<PathBuf>,
    /// `--profile NAME`
    pub profile: Option<String>,
    /// The directory from which `hdikafka.toml` is looked for upwards, and to which relative paths of flags refer.
    pub cwd: PathBuf,
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

impl Selection<'_> {
    /// The selection of this process: its environment and its working directory.
    pub fn of_process(
        config: Option<PathBuf>,
        profile: Option<String>,
    ) -> std::io::Result<Selection<'static>> {
        Ok(Selection {
            config,
            profile,
            cwd: std::env::current_dir()?,
            env: &process_env,
        })
    }

    /// A variable that is set to nothing counts as not set.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn home(&self) -> Option<PathBuf> {
        self.var("HOME")
            .map(PathBuf::from)
            .filter(|home| home.is_absolute())
    }
}

/// Which layer a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Flag,
    /// The variable's name.
    Env(String),
    /// The file, and the line counted from 1.
    File(PathBuf, usize),
    /// Entered on the terminal in this run.
    Prompt,
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::File(path, line) => write!(f, "file {}:{line}", path.display()),
            Self::Prompt => f.write_str("prompt"),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Makes the paths of one layer absolute: relative ones refer to `dir`, `~/` to the home directory.
pub(super) struct Base<'a> {
    pub dir: &'a Path,
    pub home: Option<PathBuf>,
}

impl Base<'_> {
    /// `-` stands for standard input and stays as it is.
    pub fn path(&self, text: &str) -> PathBuf {
        match (text, text.strip_prefix("~/"), &self.home) {
            ("-", _, _) => PathBuf::from("-"),
            (_, Some(rest), Some(home)) => home.join(rest),
            _ => self.dir.join(text),
        }
    }
}

/// A value that is not UTF-8 keeps a replacement character, which loading names: ignoring it in silence would let a
/// lower layer answer for it.
fn process_env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
