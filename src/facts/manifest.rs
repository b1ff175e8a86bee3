//! The manifest on the edge: what we own there, as we last left it. The base of every three-way comparison.

use super::places::Connector;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const SCHEMA: u32 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub schema: u32,
    /// Kafka's own cluster id: a manifest of another cluster is never written to.
    pub kafka_cluster_id: String,
    /// The cluster's name in Ambari.
    pub cluster: String,
    /// The hub's host name: in the sink's own file it is part of a secret.
    #[serde(default)]
    pub hub_host: String,
    /// 32 random bytes in hex; the key of every fingerprint below.
    pub salt: String,
    /// The version of the program that wrote this.
    pub written_by: String,
    /// When `setup` first ran here (RFC 3339): the source's StartTime unless somebody says otherwise.
    pub first_setup: String,
    pub files: BTreeMap<String, Owned>,
    pub topics: Vec<String>,
    /// What was taken out of the way, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// Of a bridge made by hand that was taken over: settings that are kept unless the profile says otherwise, by
    /// connector and key of its file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<Connector, BTreeMap<String, String>>,
    /// And its offsets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
}

/// Offsets that were carried over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    pub from: String,
    pub to: String,
    pub partitions: usize,
    /// Of the new file: as long as it is this one, no worker of ours has gone on from it.
    pub sha256: String,
}

/// A file that was in the way and is kept in the backups of the run that moved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub path: String,
    /// Where it is kept.
    pub to: String,
    pub sha256: String,
}

/// A file that we wrote or patched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// SHA-256 of the whole file as we left it, in hex.
    pub sha256: String,
    /// The keys that we set in a properties file and their values (references, never secrets).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Values that somebody changed by hand and decided to keep, by their keys; the file itself as [`WHOLE`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, Kept>,
    /// HMAC-SHA256, keyed by the salt: of the contents of a secrets file, or of the key that a connector file has in the
    /// clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// True when the file was not there before us.
    pub created: bool,
}

/// In the place of a key: the whole file is meant.
pub const WHOLE: &str = "*";

/// What was decided, and for which alternative: another value there, or another wish, is another question. SHA-256 in hex
/// of each, or the fingerprint of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub theirs: String,
    pub ours: String,
}

/// Reads a manifest. A newer schema or a damaged file is an error in words: nothing may be changed on top of it.
pub fn read(text: &str) -> Result<Manifest, String> {
    let manifest: Manifest =
        serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))?;
    if manifest.schema > SCHEMA {
        let (theirs, by) = (manifest.schema, &manifest.written_by);
        return Err(format!(
            "it has schema {theirs}, written by hdikafka {by}; this program knows up to {SCHEMA}"
        ));
    }
    Ok(manifest)
}
