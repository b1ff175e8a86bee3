//! Directories on the node, all that are wanted in one exec.

use super::files::{WriteError, failure};
use super::{Command, Remote};

const MAKE_DIRECTORIES: &str = concat!(
    include_str!("../../templates/edge/files.sh"),
    include_str!("../../templates/edge/make-directories.sh")
);

/// A directory that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Absolute. Missing parents are made 0755.
    pub path: String,
    pub mode: u32,
    pub owner: Option<String>,
    pub group: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryOutcome {
    Created,
    /// Owner or mode were another.
    Changed,
    Unchanged,
}

/// Makes all of them, in this order, in one exec.
pub fn make_directories(
    remote: &dyn Remote,
    directories: &[Directory],
    sudo: bool,
) -> Result<Vec<DirectoryOutcome>, WriteError> {
    let keep = |name: &Option<String>| name.clone().unwrap_or_else(|| "keep".into());
    let args = directories.iter().flat_map(|directory| {
        let mode = format!("{:o}", directory.mode);
        [
            directory.path.clone(),
            mode,
            keep(&directory.owner),
            keep(&directory.group),
        ]
    });
    let mut command = Command::program("make-directories", MAKE_DIRECTORIES, args);
    command.sudo = sudo;
    let output = remote.run(&command)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let outcomes: Option<Vec<_>> = text
        .lines()
        .map(|line| match line {
            "created" => Some(DirectoryOutcome::Created),
            "changed" => Some(DirectoryOutcome::Changed),
            "unchanged" => Some(DirectoryOutcome::Unchanged),
            _ => None,
        })
        .collect();
    let outcomes = outcomes.unwrap_or_default();
    if output.success() && outcomes.len() == directories.len() {
        return Ok(outcomes);
    }
    // The one that failed is the first without an answer.
    let path = directories
        .get(outcomes.len())
        .map(|directory| directory.path.clone())
        .unwrap_or_default();
    Err(failure(&output, path, 0))
}
