//! The file of a saved plan: written whole or not at all, and read with suspicion.

use super::{KIND, SCHEMA, SavedPlan};
use crate::error::{Exit, Failure};
use crate::secret::redact;
use crate::text::{plain, printable};
use anyhow::Context as _;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A plan with the text of every file is a few dozen kB.
const LARGEST: u64 = 4 << 20;

/// Where a plan goes.
pub struct Out {
    path: PathBuf,
    force: bool,
}

impl Out {
    /// Said before anybody is asked for facts: what is there is overwritten only with `--force`.
    pub fn new(path: &Path, force: bool) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            let words = "--out takes a file; -o json prints the plan on standard output";
            return Err(Failure::usage(words));
        }
        match path.symlink_metadata() {
            Ok(_) if !force => Err(there_already(path)),
            Ok(there) if there.is_dir() => {
                Err(Failure::usage(format!("{} is a directory", path.display())))
            }
            _ => Ok(Self {
                path: path.to_owned(),
                force,
            }),
        }
    }

    /// 0600: it names hosts, accounts and places of secrets.
    pub fn write(&self, saved: &SavedPlan) -> anyhow::Result<()> {
        let value = serde_json::to_value(saved)?;
        if let Some(place) = key_in(&value) {
            let words = format!(
                "internal error: the plan was not saved, for there seems to be a key in it ({place})"
            );
            return Err(Failure::new(Exit::Failed, words).into());
        }
        let mut text = serde_json::to_vec_pretty(saved)?;
        text.push(b'\n');
        match self.persist(&text) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(there_already(&self.path).into())
            }
            Err(error) => {
                let words = format!("cannot write {}: {error}", self.path.display());
                Err(Failure::new(Exit::Failed, words).into())
            }
        }
    }

    fn persist(&self, text: &[u8]) -> io::Result<()> {
        let parent = self
            .path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let mut temporary = tempfile::NamedTempFile::new_in(parent.unwrap_or(Path::new(".")))?;
        temporary.write_all(text)?;
        temporary.as_file().sync_all()?;
        let persisted = match self.force {
            true => temporary.persist(&self.path),
            false => temporary.persist_noclobber(&self.path),
        };
        persisted.map(drop).map_err(|error| error.error)
    }
}

/// The command that applies it.
impl std::fmt::Display for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.path.display().to_string();
        let quoted = shlex::try_quote(&path).map_or_else(|_| path.clone(), Into::into);
        write!(f, "hdikafka apply {quoted}")
    }
}

fn there_already(path: &Path) -> Failure {
    let words = format!("{} is there already", path.display());
    Failure::new(Exit::Conflict, words).hint("--force overwrites it")
}

impl SavedPlan {
    /// Exit codes: 4 not there, 2 not a saved plan, 3 of another schema, 7 damaged, edited or with a key in it.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display();
        let value = parse(path).with_context(|| format!("reading the saved plan {name}"))?;
        Self::of(&value).with_context(|| format!("reading the saved plan {name}"))
    }

    fn of(value: &Value) -> Result<Self, Failure> {
        let field = |name: &str| value.get(name);
        if field("kind").and_then(Value::as_str) != Some(KIND) {
            return Err(foreign(
                "it is JSON, but nothing that setup --dry-run --out has written",
            ));
        }
        let schema = field("schema").and_then(Value::as_u64);
        if schema != Some(SCHEMA.into()) {
            let by = field("version").and_then(Value::as_str).unwrap_or("?");
            let theirs = schema.map_or("none".to_owned(), |schema| schema.to_string());
            let words = format!(
                "it has schema {theirs}, written by hdikafka {}; this program, {}, has schema {SCHEMA}",
                plain(by),
                env!("CARGO_PKG_VERSION")
            );
            return Err(Failure::new(Exit::Conflict, words).hint(
                "apply it with the program that made it, or make a new plan: hdikafka setup --dry-run --out FILE --force",
            ));
        }
        if let Some(place) = key_in(value) {
            let words =
                format!("there seems to be a key in it ({place}); a saved plan never holds one");
            return Err(Failure::new(Exit::Trust, words)
                .hint("if the key is real, it is no secret any more: change it"));
        }
        let stated = field("sha256").and_then(Value::as_str).unwrap_or_default();
        let digest = digest(value).map_err(|error| foreign(&error.to_string()))?;
        if stated != digest {
            let words = "it was damaged or edited: its own sha256 does not fit its contents";
            return Err(Failure::new(Exit::Trust, words)
                .hint("make it anew: hdikafka setup --dry-run --out FILE --force"));
        }
        let saved: Self = serde_json::from_value(value.clone())
            .map_err(|error| foreign(&format!("it is not as this program writes it: {error}")))?;
        saved.check()?;
        Ok(saved)
    }

    /// The few values that a new plan is made from.
    fn check(&self) -> Result<(), Failure> {
        let first = &self.wish.first_setup;
        let time = first.parse::<jiff::Timestamp>().ok();
        if time.is_none_or(|time| format!("{time:.0}") != *first) {
            return Err(foreign(&format!("first_setup is no time: {first:?}")));
        }
        if self.wish.parts.is_empty() {
            return Err(foreign("it is a plan for no part of the bridge"));
        }
        Ok(())
    }
}

fn parse(path: &Path) -> Result<Value, Failure> {
    let unreadable = |error: io::Error| {
        let exit = match error.kind() {
            io::ErrorKind::NotFound => Exit::NotFound,
            io::ErrorKind::PermissionDenied => Exit::Denied,
            _ => Exit::Usage,
        };
        Failure::new(exit, error.to_string())
    };
    let mut text = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let read = file.take(LARGEST + 1).read_to_end(&mut text);
    if read.map_err(unreadable)? as u64 > LARGEST {
        return Err(foreign("it is too large for one"));
    }
    // PowerShell's `>` writes a mark, or UTF-16, which is no JSON
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    serde_json::from_slice(text).map_err(|error| match error.is_eof() {
        true => foreign(&format!("it ends early: {error}")),
        false => foreign(&format!("it is no JSON: {error}")),
    })
}

fn foreign(why: &str) -> Failure {
    Failure::usage(format!("this is no saved plan: {}", plain(why)))
}

/// Of the document without its own field `sha256`, in the order of its keys: pretty or not makes no difference.
pub(super) fn digest(value: &Value) -> anyhow::Result<String> {
    let mut rest = value.clone();
    if let Some(fields) = rest.as_object_mut() {
        fields.remove("sha256");
    }
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(&rest)?)))
}

/// The name of a field with something that looks like a key in the clear.
fn key_in(value: &Value) -> Option<String> {
    match value {
        // what is taken out already, and a reference, is left alone
        Value::String(text) => {
            let calm = text
                .replace("(redacted)", "${file:")
                .replace("(a key in the clear, not shown)", "${file:");
            (redact(&calm) != calm).then(|| "a text".to_owned())
        }
        Value::Array(all) => all.iter().find_map(key_in),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let inside = key_in(value)?;
            Some(match inside.as_str() {
                "a text" => printable(name),
                _ => inside,
            })
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::key_in;
    use serde_json::json;

    #[test]
    fn a_key_is_seen_and_a_reference_or_what_was_hidden_is_not() {
        for calm in [
            "+IotHub.AccessKeyValue=${file:/etc/hdikafka/source-secrets.properties:outer.key}\n",
            "-IotHub.ConnectionString=(redacted)\n-IotHub.AccessKeyValue=(a key in the clear, not shown)\n",
            "#HostName=h;SharedAccessKeyName=service;SharedAccessKey=(redacted)\n",
            "key of service from hub.information (file keys)",
        ] {
            assert_eq!(key_in(&json!({"diff": [calm]})), None, "{calm}");
        }
        let text = "x;SharedAccessKey=c2VjcmV0;y";
        assert_eq!(
            key_in(&json!({"a": {"note": text}})).as_deref(),
            Some("note")
        );
        assert_eq!(key_in(&json!([text])).as_deref(), Some("a text"));
    }
}
