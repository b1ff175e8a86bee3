//! Taking a file out of its directory and keeping it in the backups of this run. Which file, the plan says.

use super::Live;
use crate::edge::{Command, Remote, Status, WriteError};
use crate::facts::failure;
use crate::facts::manifest::Moved;
use crate::plan::Step;
use crate::text::printable;
use std::time::Duration;

const MOVE_AWAY: &str = concat!(
    include_str!("../../../templates/edge/files.sh"),
    include_str!("../../../templates/edge/move-away.sh")
);

impl Live<'_> {
    pub(super) fn move_away(&self, step: &Step) -> anyhow::Result<()> {
        let Step::MoveAway {
            path, sha256, size, ..
        } = step
        else {
            return Ok(());
        };
        let to = move_away(self.remote.as_ref(), &self.backups, path, sha256, *size)?;
        self.seen().moved.push(Moved {
            path: path.clone(),
            to,
            sha256: sha256.clone(),
        });
        Ok(())
    }
}

/// Returns where the file is kept. It is untouched unless the copy is whole and the file is still the one of `sha256`.
fn move_away(
    remote: &dyn Remote,
    backups: &str,
    path: &str,
    sha256: &str,
    size: u64,
) -> anyhow::Result<String> {
    let command = Command::program("move-away", MOVE_AWAY, [path, sha256, backups])
        .sudo()
        .timeout(Duration::from_secs(120));
    let output = remote.run(&command)?;
    if output.success() {
        return Ok(format!("{backups}{path}"));
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let path = path.to_owned();
    let cause = printable(String::from_utf8_lossy(&output.stderr).trim());
    let error = match output.status {
        Status::Code(10) => WriteError::Changed {
            path,
            found: stdout
                .lines()
                .find_map(|line| line.strip_prefix("found "))
                .filter(|found| *found != "absent")
                .map(printable),
        },
        Status::Code(13) => WriteError::NoSpace {
            path: backups.to_owned(),
            needs: size,
            free: None,
        },
        Status::Code(14) => WriteError::Denied { path, cause },
        Status::Code(15) => WriteError::ReadOnly { path },
        _ => return Err(failure(remote, &command, &output)),
    };
    Err(error.into())
}
