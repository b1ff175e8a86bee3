//! The REST extension that asks for a password: which of Kafka's jars has it, whom its JAAS file lets in, and what it
//! answers to everybody else.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::exception::Exception;
use crate::properties;
use crate::sandbox::http::{Request, Response};

/// The class, as a worker file names it.
pub const CLASS: &str =
    "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension";
/// How the names of the jars begin that have it.
pub const JAR: &str = "connect-basic-auth-extension-";

/// The door in front of the API.
#[derive(Clone, Debug)]
pub struct Door {
    /// Of the JAAS file: none was named, or it cannot be read.
    credentials: Option<String>,
}

impl Door {
    /// `extensions`: `rest.extension.classes`. None when no password is wanted.
    pub fn of(
        extensions: &str,
        class_path: &str,
        jaas_file: Option<&str>,
    ) -> Result<Option<Self>, Exception> {
        let classes = extensions
            .split(',')
            .map(str::trim)
            .filter(|class| !class.is_empty());
        let mut door = None;
        for class in classes {
            if class != CLASS || !is_on(class_path) {
                return Err(Exception::connect(format!(
                    "Failed to find any class that implements interface org.apache.kafka.connect.rest.ConnectRestExtension and which name matches {class}"
                )));
            }
            let credentials = jaas_file
                .and_then(|file| std::fs::read_to_string(file).ok())
                .and_then(|text| credentials_file(&text));
            door = Some(Self { credentials });
        }
        Ok(door)
    }

    /// What a request without the right password gets.
    pub fn refuses(&self, request: &Request) -> Option<Response> {
        (!self.lets_in(request).unwrap_or(false))
            .then(|| Response::text(401, "text/plain", "User cannot access the resource."))
    }

    fn lets_in(&self, request: &Request) -> Option<bool> {
        let given = request.header("authorization")?.strip_prefix("Basic ")?;
        let given = String::from_utf8(BASE64_STANDARD.decode(given.trim()).ok()?).ok()?;
        let (user, password) = given.split_once(':')?;
        let file = std::fs::read(self.credentials.as_deref()?).ok()?;
        let known = properties::read(&file).ok()?;
        Some(known.get(user).is_some_and(|known| known == password))
    }
}

fn is_on(class_path: &str) -> bool {
    let folders = class_path
        .split(':')
        .filter_map(|entry| entry.strip_suffix("/*"));
    folders
        .filter_map(|folder| Path::new(folder).read_dir().ok())
        .flat_map(|entries| entries.flatten())
        .any(|entry| entry.file_name().to_string_lossy().starts_with(JAR))
}

/// `file="…"` of the entry `KafkaConnect`, which is the name that the extension looks for.
fn credentials_file(jaas: &str) -> Option<String> {
    let entry = jaas.split_once("KafkaConnect")?.1.split_once('{')?.1;
    let entry = entry.split_once('}')?.0;
    let value = entry.split_once("file=\"")?.1;
    Some(value.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_our_own_template_is_found() {
        let jaas = crate::template::fill(crate::template::REST_JAAS, &[("login", "/run/x")]);
        assert_eq!(credentials_file(&jaas).as_deref(), Some("/run/x"));
        assert_eq!(credentials_file("Other { file=\"/run/x\"; };"), None);
    }
}
