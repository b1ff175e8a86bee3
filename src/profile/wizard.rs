//! What the wizard needs of a profile: answers taken back, an earlier profile taken over, and the file that says what was
//! answered. No question stands here.

use super::client_properties::{self, Property};
use super::error::ProfileError;
use super::example::literal;
use super::keys::{KEYS, Key, Kind, SECTIONS};
use super::locate;
use super::origin::{Selection, Source};
use super::resolve::{Profile, load};
use super::secrets::SecretSource;
use super::value::Value;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// Where a secret that was entered is to be had the next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The variable's name.
    Env(String),
    /// Beside the profile, by its name there.
    File(String),
}

impl Profile {
    /// Takes an answer back: what a flag, a variable or a file said, or the default, holds again.
    pub fn forget(&mut self, name: &str) {
        let mut raw = self.raw.clone();
        raw.forget(name);
        *self = Self::of(raw, self.located());
    }

    /// Whether a person answered the question for it in this run.
    pub fn is_answer(&self, name: &str) -> bool {
        self.sources.get(name) == Some(&Source::Prompt)
    }

    /// The profile of that name, under the flags of this run.
    pub fn instead(&self, name: &str) -> Result<Self, ProfileError> {
        let mut flags: Vec<(&'static str, String)> = Vec::new();
        for key in KEYS {
            match (
                self.raw.values.get(key.name),
                self.raw.secrets.get(key.name),
            ) {
                (Some((value, Source::Flag)), _) => flags.push((key.name, value.to_string())),
                (_, Some((secret, Source::Flag))) => {
                    let path = secret
                        .in_a_profile()
                        .map_or("-".to_owned(), |(_, path)| path);
                    flags.push((key.name, path));
                }
                _ => {}
            }
        }
        let given = self.raw.properties.iter();
        let given: Vec<String> = given
            .filter(|(_, (_, source))| *source == Source::Flag)
            .map(|(name, (property, _))| match property {
                Property::Text(text) => format!("{name}={text}"),
                Property::Secret(secret) => {
                    let path = secret.in_a_profile();
                    format!("{name}=@{}", path.map_or("-".to_owned(), |(_, path)| path))
                }
            })
            .collect();
        if !given.is_empty() {
            let texts = given.join(&client_properties::BETWEEN_FLAGS.to_string());
            flags.push((client_properties::KEY, texts));
        }
        let selection = Selection::of_process(None, Some(name.to_owned()))
            .map_err(|error| ProfileError::Usage(format!("the working directory: {error}")))?;
        load(&selection, &flags)
    }

    /// The secrets that were entered in this run, by their keys.
    pub fn entered(&self) -> Vec<(&'static str, Secret)> {
        let entered = |(name, (source, from)): (&&'static str, &(SecretSource, Source))| {
            let secret = source.resolve().ok().flatten()?;
            matches!(from, Source::Prompt).then_some((*name, secret))
        };
        self.raw.secrets.iter().filter_map(entered).collect()
    }

    /// A profile file that says what nobody needs to be asked for again: all that is not a default, and where each secret
    /// is. Of those that were entered: where `kept` says; else nothing, and a comment says so.
    pub fn file_text(&self, kept: &BTreeMap<&'static str, Kept>) -> String {
        let mut text =
            String::from("# A profile of hdikafka, from the answers of `hdikafka setup`.\n");
        for (section, _) in SECTIONS {
            let lines: Vec<String> = KEYS
                .iter()
                .filter(|key| key.section() == *section)
                .filter_map(|key| self.line(key, kept))
                .collect();
            if !lines.is_empty() {
                // Writing to a String cannot fail.
                let _ = write!(text, "\n[{section}]\n{}\n", lines.join("\n"));
            }
        }
        text
    }

    fn line(&self, key: &Key, kept: &BTreeMap<&'static str, Kept>) -> Option<String> {
        if let Some((source, _)) = self.raw.secrets.get(key.name) {
            let (form, place) = match (source.in_a_profile(), kept.get(key.name)) {
                (Some(named), _) => named,
                (None, Some(Kept::Env(name))) => ("env", name.clone()),
                (None, Some(Kept::File(name))) => ("file", name.clone()),
                (None, None) => {
                    return Some(format!("# {}: not kept, {} names it", key.leaf(), key.flag));
                }
            };
            let place = toml::Value::String(place);
            return Some(format!("{} = {{ {form} = {place} }}", key.leaf()));
        }
        if key.kind == Kind::Properties {
            let all = self.raw.properties.iter();
            let all: Vec<(&str, &Property)> = all
                .map(|(name, (property, _))| (name.as_str(), property))
                .collect();
            return (!all.is_empty())
                .then(|| format!("{} = {}", key.leaf(), client_properties::literal(all)));
        }
        let (value, source) = self.raw.values.get(key.name)?;
        // Standard input is gone by then.
        let gone = matches!(value, Value::Path(path) if path.as_os_str() == "-");
        (*source != Source::Default && !gone)
            .then(|| format!("{} = {}", key.leaf(), literal(key, &value.to_string())))
    }
}

/// The names of the profiles in the configuration directory, sorted.
pub fn names() -> Vec<String> {
    let Some(directory) = Selection::of_process(None, None)
        .ok()
        .and_then(|selection| locate::directory(&selection))
    else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(directory.join("profiles"))
        .into_iter()
        .flatten();
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            Some(
                entry
                    .file_name()
                    .to_str()?
                    .strip_suffix(".toml")?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    names
}

/// Where the profile of that name is or would be; none for what is no profile's name.
pub fn place(name: &str) -> Option<std::path::PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits = !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(plain);
    let selection = Selection::of_process(None, None).ok()?;
    let directory = locate::directory(&selection)?.join("profiles");
    fits.then(|| directory.join(format!("{name}.toml")))
}

/// Writes a file that is the owner's alone, whole or not at all. One that is there is replaced only when `replace` says so.
pub fn written(path: &Path, contents: &[u8], replace: bool) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
    temporary.write_all(contents)?;
    temporary.as_file().sync_all()?;
    let done = match replace {
        true => temporary.persist(path).map(drop),
        false => temporary.persist_noclobber(path).map(drop),
    };
    done.map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::file;

    fn profile() -> Profile {
        let selection = Selection {
            config: None,
            profile: None,
            cwd: "/nowhere".into(),
            env: &|name| (name == "HDIKAFKA_EDGE_PASSWORD").then(|| "hunter2".to_owned()),
        };
        load(&selection, &[("topics.partitions", "4".to_owned())]).unwrap()
    }

    #[test]
    fn the_file_says_what_was_answered_and_no_secret() {
        let mut profile = profile();
        profile.answer("cluster.name", "mykafka").unwrap();
        profile
            .answer_secret("cluster.password", Secret::from("canary-1"))
            .unwrap();
        profile
            .answer_secret("hub.information", Secret::from("canary-2"))
            .unwrap();
        let kept = BTreeMap::from([("cluster.password", Kept::File("mykafka.password".into()))]);
        let text = profile.file_text(&kept);
        assert!(
            !text.contains("canary") && !text.contains("hunter2"),
            "{text}"
        );
        for line in [
            "name = \"mykafka\"",
            "password = { file = \"mykafka.password\" }",
            "password = { env = \"HDIKAFKA_EDGE_PASSWORD\" }",
            "# information: not kept, --hub-info-file names it",
            "partitions = 4",
        ] {
            assert!(
                text.lines().any(|one| one == line),
                "{line} is not in {text}"
            );
        }
        let parsed = file::parse(Path::new("/x/x.toml"), text.as_bytes(), None).unwrap();
        assert_eq!(parsed.values.len(), 4);
        assert_eq!(profile.entered().len(), 2);
    }

    #[test]
    fn an_answer_that_is_taken_back_leaves_what_was_there() {
        let mut profile = profile();
        profile.answer("topics.telemetry", "other").unwrap();
        profile.answer("cluster.name", "mykafka").unwrap();
        profile.answer("topics.partitions", "6").unwrap();
        profile.answer("topics.partitions", "7").unwrap();
        profile
            .answer_secret("edge.password", Secret::from("canary"))
            .unwrap();
        profile.forget("edge.password");
        profile.forget("topics.telemetry");
        profile.forget("cluster.name");
        // Twice: a flag is no answer.
        profile.forget("topics.partitions");
        profile.forget("topics.partitions");
        assert_eq!(profile.topics.telemetry, "iotin");
        assert_eq!(profile.topics.partitions, 4);
        let password = profile.edge.password.resolve().unwrap().unwrap();
        assert_eq!(password.expose(), "hunter2");
        assert_eq!((&profile.cluster.name, &profile.edge.host), (&None, &None));
    }

    #[test]
    fn nothing_is_overwritten_unasked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep").join("x.toml");
        written(&path, b"one", false).unwrap();
        let error = written(&path, b"two", false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        written(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }
}
