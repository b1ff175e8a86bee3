//! What an imitated REST proxy is made of, in a spec file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use super::Options;
use crate::sandbox::http::Fault;
use crate::sandbox::tls::TlsFiles;

/// The spec file (JSON).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub listen: String,
    pub tls: TlsFiles,
    /// Brokers as `host:port`, with commas between them.
    pub bootstrap: String,
    /// Whose tokens are taken: the id of the Entra ID's tenant.
    pub tenant: String,
    /// The file that Entra ID signs with.
    pub signing_key_file: PathBuf,
    /// Object ids of the members of the cluster's security group.
    pub members: BTreeSet<String>,
    /// How old the list of topics may be.
    #[serde(default = "seconds")]
    pub refresh_seconds: u64,
    /// Records in an object, or as a bare list.
    #[serde(default = "yes")]
    pub wrapped: bool,
    /// Path prefix → misbehaviour.
    #[serde(default)]
    pub faults: BTreeMap<String, Fault>,
    /// End when the standard input of the process closes.
    #[serde(default)]
    pub end_with_stdin: bool,
}

impl Spec {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no spec", path.display()))
    }

    pub(super) fn options(&self) -> Options {
        Options {
            bootstrap: self.bootstrap.clone(),
            members: self.members.clone(),
            refresh: Duration::from_secs(self.refresh_seconds),
            wrapped: self.wrapped,
        }
    }
}

fn seconds() -> u64 {
    2
}

fn yes() -> bool {
    true
}
