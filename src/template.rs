//! The files that are written on the edge, from the templates embedded in the binary.
//!
//! Property files are made by patching their template, the same way as a file that is there is patched; the others have
//! `{{name}}` places.

use crate::properties::{self, PropertiesError};
use crate::secret::Secret;

pub const SOURCE: &str = include_str!("../templates/connect-iothub-source.properties");
pub const SINK: &str = include_str!("../templates/connect-iothub-sink.properties");
pub const LOG4J: &str = include_str!("../templates/log4j.properties");
pub const UNIT: &str = include_str!("../templates/worker.service");
/// The lines of the unit that make a password for the worker's REST port.
pub const REST_LOGIN: &str = include_str!("../templates/rest-login.service");
pub const REST_JAAS: &str = include_str!("../templates/rest-jaas.conf");
const SOURCE_SECRETS: &str = include_str!("../templates/source-secrets.properties");
const SINK_SECRETS: &str = include_str!("../templates/sink-secrets.properties");

/// Keys in the secrets files. The source's goes in two steps: Connect resolves once for the connector and once for its
/// task, and a single step leaves the key in the task's settings, which REST shows.
const OUTER: &str = "outer.key";
const INNER: &str = "inner.key";
const CONNECTION_STRING: &str = "sink.connection.string";

/// Puts values into the `{{name}}` places of a template of ours.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    text
}

/// `${file:PATH:KEY}`: what the source's connector file says instead of the key.
pub fn source_reference(path: &str) -> String {
    format!("${{file:{path}:{OUTER}}}")
}

pub fn sink_reference(path: &str) -> String {
    format!("${{file:{path}:{CONNECTION_STRING}}}")
}

/// The source's secrets file. Its contents are a secret.
pub fn source_secrets(path: &str, key: &Secret) -> Result<Secret, PropertiesError> {
    let inner = format!("${{file:{path}:{INNER}}}");
    secrets(SOURCE_SECRETS, &[(OUTER, &inner), (INNER, key.expose())])
}

/// The sink's secrets file. Its contents are a secret.
pub fn sink_secrets(connection_string: &Secret) -> Result<Secret, PropertiesError> {
    secrets(
        SINK_SECRETS,
        &[(CONNECTION_STRING, connection_string.expose())],
    )
}

fn secrets(template: &str, values: &[(&str, &str)]) -> Result<Secret, PropertiesError> {
    let patched = properties::patch(template.as_bytes(), values)?;
    // the patcher writes ASCII only
    Ok(Secret::new(
        String::from_utf8_lossy(&patched.bytes).into_owned(),
    ))
}
