//! What is left behind on the edge after a run: the manifest (what we own, with digests) and the operations log.

use crate::facts::Facts;
use crate::facts::edge::latin1_bytes;
use crate::facts::manifest::{Manifest, Owned, SCHEMA, WHOLE};
use crate::plan::{Before, Step, Wanted};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The manifest after these steps. `written` gives the digests of the files with secrets, which a plan cannot know.
pub fn manifest(
    wanted: &Wanted,
    facts: &Facts,
    salt: &str,
    done: &[Step],
    written: &BTreeMap<String, String>,
) -> Manifest {
    let mut manifest = facts.edge.manifest.clone().unwrap_or_else(|| Manifest {
        salt: salt.to_owned(),
        first_setup: wanted.first_setup.clone(),
        ..Manifest::default()
    });
    manifest.schema = SCHEMA;
    manifest.kafka_cluster_id = facts.topics.cluster_id.clone();
    manifest.cluster = facts.cluster.name.clone();
    manifest.hub_host = facts.hub.host_name.clone();
    manifest.written_by = env!("CARGO_PKG_VERSION").to_owned();
    for step in done {
        note(&mut manifest, step, written);
    }
    manifest
}

fn note(manifest: &mut Manifest, step: &Step, written: &BTreeMap<String, String>) {
    if let Step::CreateTopic { topic, .. } = step
        && !manifest.topics.contains(topic)
    {
        manifest.topics.push(topic.clone());
    }
    if let Step::MoveAway { path, .. } = step {
        manifest.files.remove(path);
    }
    if let Step::KeepSettings {
        connector,
        settings,
        ..
    } = step
    {
        manifest.kept.insert(*connector, settings.clone());
    }
    if let Step::RemoveSecrets { path, .. } = step {
        manifest.files.remove(path);
    }
    if let Step::Keep { path, sha256, kept } = step {
        // a file that we have not written otherwise is not ours but for this
        let owned = manifest.files.entry(path.clone()).or_insert_with(|| Owned {
            sha256: sha256.clone(),
            ..Owned::default()
        });
        owned.kept.extend(kept.clone());
    }
    let known = step.path().and_then(|path| manifest.files.get(path));
    let (path, before, owned) = match step {
        Step::UploadJar {
            to, sha256, before, ..
        } => (
            to,
            before,
            Owned {
                sha256: sha256.clone(),
                ..Owned::default()
            },
        ),
        Step::WriteFile {
            path,
            before,
            change,
            values,
            key,
            ..
        } => {
            let planned = || hex::encode(Sha256::digest(latin1_bytes(&change.after)));
            let mut owned = known.cloned().unwrap_or_default();
            owned.sha256 = written.get(path).cloned().unwrap_or_else(planned);
            owned.values.extend(values.clone());
            owned
                .kept
                .retain(|name, _| name != WHOLE && !values.contains_key(name));
            if let Some(key) = key {
                owned.values.remove(&key.property);
                owned.kept.remove(&key.property);
            }
            owned.fingerprint = key.as_ref().map(|key| key.fingerprint.clone());
            (path, before, owned)
        }
        Step::WriteSecrets {
            path,
            before,
            fingerprint,
            ..
        } => {
            let sha256 = written.get(path).cloned().unwrap_or_default();
            (
                path,
                before,
                Owned {
                    sha256,
                    fingerprint: Some(fingerprint.clone()),
                    ..Owned::default()
                },
            )
        }
        _ => return,
    };
    // once created by us, always created by us: `uninstall` may remove it
    let created =
        *before == Before::Absent || manifest.files.get(path).is_some_and(|known| known.created);
    manifest
        .files
        .insert(path.clone(), Owned { created, ..owned });
}

/// One line of `/var/lib/hdikafka/operations.log`: who ran what, when, with which result.
#[derive(Debug, Serialize)]
pub struct Operation {
    pub at: String,
    pub who: String,
    pub version: &'static str,
    pub command: String,
    pub result: String,
    pub done: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_started: Vec<String>,
}
