//! Where secrets get into files, and where a file of them goes away. Their values come from the caller, at this moment.

use super::{Live, expected};
use crate::edge::{Command, Contents, Status, WriteError, WriteFile};
use crate::facts::edge::latin1_bytes;
use crate::facts::failure;
use crate::facts::places::Connector;
use crate::plan::{InlineKey, Step};
use crate::properties;
use crate::secret::Secret;
use crate::text::printable;
use anyhow::Context as _;

const REMOVE_FILE: &str = concat!(
    include_str!("../../../templates/edge/files.sh"),
    include_str!("../../../templates/edge/remove-file.sh")
);

/// What is asked for of a connector's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The contents of its secrets file.
    File,
    /// The value alone.
    Value,
}

/// Where secrets come from.
pub type SecretContents<'a> = &'a (dyn Fn(Connector, Form) -> anyhow::Result<Secret> + Sync);

impl Live<'_> {
    fn secret(&self, connector: Connector, form: Form) -> anyhow::Result<Secret> {
        self.secrets.context("this run has no secrets")?(connector, form)
    }

    pub(super) fn write_secrets(&self, step: &Step) -> anyhow::Result<()> {
        let Step::WriteSecrets {
            connector,
            path,
            before,
            group,
            ..
        } = step
        else {
            return Ok(());
        };
        let contents = self.secret(*connector, Form::File)?;
        let write = WriteFile {
            mode: Some(0o640),
            owner: Some("root".into()),
            group: Some(group.clone()),
            before: expected(before),
            // secrets files of ours are never backed up
            backup_dir: None,
            sudo: true,
            ..WriteFile::new(path.clone(), Contents::Secret(contents))
        };
        let written = self.write_small(write)?;
        self.seen().secrets.insert(path.clone(), written.sha256);
        Ok(())
    }

    /// The planned text with the key in the place of its stand-in.
    pub(super) fn with_key(&self, planned: &str, key: &InlineKey) -> anyhow::Result<Vec<u8>> {
        let value = self.secret(key.connector, Form::Value)?;
        let changes = [(key.property.as_str(), value.expose())];
        Ok(properties::patch(&latin1_bytes(planned), &changes)?.bytes)
    }

    pub(super) fn remove_secrets(&self, path: &str, sha256: &str) -> anyhow::Result<()> {
        let command = Command::program("remove-file", REMOVE_FILE, [path, sha256]).sudo();
        let output = self.remote.run(&command)?;
        if output.success() {
            return Ok(());
        }
        let cause = printable(String::from_utf8_lossy(&output.stderr).trim());
        let path = path.to_owned();
        let error = match output.status {
            Status::Code(10) => WriteError::Changed { path, found: None },
            Status::Code(14) => WriteError::Denied { path, cause },
            Status::Code(15) => WriteError::ReadOnly { path },
            _ => return Err(failure(self.remote.as_ref(), &command, &output)),
        };
        Err(error.into())
    }
}
