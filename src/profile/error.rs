//! What can be wrong with settings. No text here ever holds the value of a secret.

use std::fmt;

/// Why the settings could not be used. Nothing was contacted.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Values that cannot be used: all of them, not only the first.
    #[error("{}", one_per_line(.0))]
    Invalid(Vec<Problem>),
    #[error("{0}")]
    Usage(String),
    /// A file or a profile that was named and is not there.
    #[error("{0}")]
    NotFound(String),
    /// A file that may not be read.
    #[error("{0}")]
    Denied(String),
    /// Something that is not the person's own and would have been obeyed.
    #[error("{0}")]
    Trust(String),
}

/// What the exit code is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    Usage,
    NotFound,
    Denied,
    Trust,
}

impl ProfileError {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::Usage(_) => ErrorKind::Usage,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::Denied(_) => ErrorKind::Denied,
            Self::Trust(_) => ErrorKind::Trust,
        }
    }

    /// An error of reading `what` (a path, with what it is for), by its kind.
    pub(super) fn reading(what: &str, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound(format!("{what}: no such file")),
            std::io::ErrorKind::PermissionDenied => {
                Self::Denied(format!("{what}: permission denied"))
            }
            _ => Self::Usage(format!("{what}: {error}")),
        }
    }
}

/// One value that cannot be used, and where it stands: `hdikafka.toml:7`, `--partitions`, `HDIKAFKA_PARTITIONS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: String,
    pub message: String,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A piece of the person's text as it may stand in an error: quoted, control characters visible, not endless.
pub(super) fn quoted(text: &str) -> String {
    const LIMIT: usize = 60;
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn one_per_line(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}
