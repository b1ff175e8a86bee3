//! What an imitated Entra ID is made of: the directory and its applications, in a spec file or made by a caller.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Deserializer};

use crate::sandbox::ambari::read_secret;
use crate::sandbox::http::Fault;
use crate::sandbox::tls::TlsFiles;
use crate::secret::Secret;

/// The spec file (JSON).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub listen: String,
    pub tls: TlsFiles,
    /// P-256 in PEM; the servers that take the tokens are given the same file.
    pub signing_key_file: PathBuf,
    pub directory: Directory,
    /// Path prefix → misbehaviour.
    #[serde(default)]
    pub faults: BTreeMap<String, Fault>,
    /// End when the standard input of the process closes.
    #[serde(default)]
    pub end_with_stdin: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// The tenant's id, a GUID.
    pub tenant: String,
    /// Its other name: `contoso.onmicrosoft.com`.
    #[serde(default)]
    pub domain: Option<String>,
    pub applications: Vec<Application>,
    /// What tokens may be asked for: `https://management.core.windows.net`. A slash at the end does not matter.
    #[serde(default = "known_resources")]
    pub resources: Vec<String>,
    /// How long a token is good for.
    #[serde(default = "an_hour")]
    pub token_seconds: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub client_id: String,
    /// Of its service principal: what roles are given to.
    pub object_id: String,
    /// In the spec file `secret_file`: where it lies.
    #[serde(rename = "secret_file", deserialize_with = "from_file")]
    pub secret: Secret,
    #[serde(default)]
    pub state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    #[default]
    Enabled,
    Disabled,
    /// Its secret is the right one, and too old.
    SecretExpired,
}

impl Spec {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no spec", path.display()))
    }
}

/// Azure Resource Manager under both of its names, and the gateway of HDInsight's REST proxy.
pub fn known_resources() -> Vec<String> {
    [
        "https://management.core.windows.net",
        "https://management.azure.com",
        "https://hib.azurehdinsight.net",
    ]
    .map(str::to_owned)
    .into()
}

/// As Entra says of its own: 3599 s.
fn an_hour() -> u32 {
    3599
}

/// A secret that a spec file names by its path.
pub(in crate::sandbox) fn from_file<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Secret, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    read_secret(&path).map_err(|error| serde::de::Error::custom(format!("{error:#}")))
}
