//! The layers of one run, and what they give for each key before it has a type: which text wins, and where it stood.

use super::error::{Problem, ProfileError};
use super::file::{Entry, Parsed, SecretForm};
use super::keys::{KEYS, Key};
use super::locate::{self, Located};
use super::origin::{Base, Selection, Source};
use super::secrets::{Origin, SecretSource};
use super::value::Value;
use crate::secret::Secret;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The winning value of each key that has one.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    pub values: BTreeMap<&'static str, (Value, Source)>,
    pub secrets: BTreeMap<&'static str, (SecretSource, Source)>,
    /// What a person's answers stand in front of, for answers that are taken back.
    pub behind: Behind,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Behind {
    pub values: BTreeMap<&'static str, Option<(Value, Source)>>,
    pub secrets: BTreeMap<&'static str, Option<(SecretSource, Source)>>,
}

pub(super) struct Layers<'a> {
    pub selection: &'a Selection<'a>,
    pub flags: &'a [(&'static str, String)],
    pub located: Option<&'a Located>,
    /// The bytes that were parsed.
    pub bytes: &'a [u8],
    pub parsed: Parsed,
    /// What could not be used, filled by [`Layers::resolve`].
    pub problems: Vec<Problem>,
    /// A program that was named in a file that may not name one.
    pub trust: Option<ProfileError>,
}

impl Layers<'_> {
    pub fn resolve(&mut self) -> Raw {
        let mut raw = Raw::default();
        for key in KEYS {
            if key.is_secret() {
                if let Some((origin, source)) = self.secret(key) {
                    raw.secrets
                        .insert(key.name, (SecretSource::new(key.name, origin), source));
                }
            } else if let Some(found) = self.value(key) {
                raw.values.insert(key.name, found);
            }
        }
        raw
    }

    fn value(&mut self, key: &Key) -> Option<(Value, Source)> {
        // Taken in any case, so that a mistake in the file is not hidden by a flag: parsing has already named it.
        let in_file = self.parsed.values.remove(key.name);
        if let Some(text) = self.flag(key) {
            return self.parse(key, &text, key.flag, Source::Flag);
        }
        if let Some(text) = self.variable(key.env) {
            return self.parse(key, &text, key.env, Source::Env(key.env.to_owned()));
        }
        if let Some((Entry::Value(value), line)) = in_file {
            return Some((value, self.in_file(line)));
        }
        let default = key.default?;
        self.parse(key, default, key.name, Source::Default)
    }

    fn secret(&mut self, key: &Key) -> Option<(Origin, Source)> {
        let in_file = self.parsed.values.remove(key.name);
        if let Some(path) = self.flag(key) {
            return self.secret_path(&path, key.flag, Source::Flag);
        }
        let by_path = format!("{}_FILE", key.env);
        match (self.variable(key.env), self.variable(&by_path)) {
            (Some(_), Some(_)) => {
                self.problem(
                    key.env,
                    format!("{by_path} is set as well: set one of them"),
                );
                return None;
            }
            (Some(value), None) => {
                let origin = Origin::Env(key.env.to_owned(), Some(Secret::new(value)));
                return Some((origin, Source::Env(key.env.to_owned())));
            }
            (None, Some(path)) => {
                return self.secret_path(&path, &by_path, Source::Env(by_path.clone()));
            }
            (None, None) => {}
        }
        let (Entry::Secret(form), line) = in_file? else {
            return None;
        };
        let origin = match form {
            SecretForm::Env(name) => {
                let value = self.selection.var(&name).map(Secret::new);
                Origin::Env(name, value)
            }
            SecretForm::Keyring(name) => Origin::Keyring(name),
            SecretForm::File(path) => Origin::File(path),
            SecretForm::Command(argv) => self.command(argv)?,
        };
        Some((origin, self.in_file(line)))
    }

    fn command(&mut self, argv: Vec<String>) -> Option<Origin> {
        let located = self.located?;
        if let Err(error) = locate::may_run_programs(self.selection, located, self.bytes) {
            self.trust.get_or_insert(error);
            return None;
        }
        let dir = located.path.parent().unwrap_or(Path::new("/"));
        Some(Origin::Command(argv, dir.to_owned()))
    }

    fn secret_path(&mut self, path: &str, place: &str, source: Source) -> Option<(Origin, Source)> {
        if path.is_empty() || path.contains('\0') {
            self.problem(place, "a path or - is expected".into());
            return None;
        }
        let origin = if path == "-" {
            Origin::Stdin
        } else {
            Origin::File(self.base().path(path))
        };
        Some((origin, source))
    }

    fn parse(
        &mut self,
        key: &Key,
        text: &str,
        place: &str,
        source: Source,
    ) -> Option<(Value, Source)> {
        match key.parse(text, &self.base()) {
            Ok(value) => Some((value, source)),
            Err(message) => {
                self.problem(place, message);
                None
            }
        }
    }

    fn flag(&self, key: &Key) -> Option<String> {
        // The last one given wins, as everywhere on a command line.
        self.flags
            .iter()
            .rev()
            .find(|(name, _)| *name == key.name)
            .map(|(_, text)| text.clone())
    }

    fn variable(&mut self, name: &str) -> Option<String> {
        let value = self.selection.var(name)?;
        if value.contains(char::REPLACEMENT_CHARACTER) {
            self.problem(name, "is not UTF-8".into());
            return None;
        }
        Some(value)
    }

    fn problem(&mut self, place: &str, message: String) {
        self.problems.push(Problem::new(place, message));
    }

    fn base(&self) -> Base<'_> {
        Base {
            dir: &self.selection.cwd,
            home: self.selection.home(),
        }
    }

    fn in_file(&self, line: usize) -> Source {
        Source::File(
            self.located
                .map(|located| located.path.clone())
                .unwrap_or_default(),
            line,
        )
    }
}

impl Raw {
    /// A person's answer; the first one for a setting puts what was there behind it.
    pub fn answer(&mut self, name: &'static str, value: Value) {
        let before = self.values.insert(name, (value, Source::Prompt));
        self.behind.values.entry(name).or_insert(before);
    }

    pub fn answer_secret(&mut self, name: &'static str, secret: SecretSource) {
        let before = self.secrets.insert(name, (secret, Source::Prompt));
        self.behind.secrets.entry(name).or_insert(before);
    }

    /// As if it had not been answered.
    pub fn forget(&mut self, name: &str) {
        if let Some((name, before)) = self.behind.values.remove_entry(name) {
            self.values.remove(name);
            self.values.extend(before.map(|before| (name, before)));
        }
        if let Some((name, before)) = self.behind.secrets.remove_entry(name) {
            self.secrets.remove(name);
            self.secrets.extend(before.map(|before| (name, before)));
        }
    }
}

/// By kind. The table's kinds and defaults make sure that what is asked for is there; see the test of `resolve`.
impl Raw {
    pub fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name) {
            Some((Value::Text(text), _)) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn path(&self, name: &str) -> Option<PathBuf> {
        match self.values.get(name) {
            Some((Value::Path(path), _)) => Some(path.clone()),
            _ => None,
        }
    }

    /// As the integer type that the table's bounds fit into.
    pub fn integer<N: TryFrom<i64>>(&self, name: &str) -> Option<N> {
        match self.values.get(name) {
            Some((Value::Integer(number), _)) => N::try_from(*number).ok(),
            _ => None,
        }
    }

    pub fn boolean(&self, name: &str) -> bool {
        matches!(self.values.get(name), Some((Value::Bool(true), _)))
    }

    pub fn duration(&self, name: &str) -> Duration {
        match self.values.get(name) {
            Some((Value::Duration(duration), _)) => *duration,
            _ => Duration::ZERO,
        }
    }

    pub fn list(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some((Value::List(items), _)) => items.clone(),
            _ => Vec::new(),
        }
    }

    pub fn secret(&self, name: &'static str) -> SecretSource {
        let found = self.secrets.get(name).map(|(source, _)| source.clone());
        found.unwrap_or_else(|| SecretSource::new(name, Origin::Unset))
    }

    pub fn sources(&self) -> BTreeMap<&'static str, Source> {
        let values = self
            .values
            .iter()
            .map(|(name, (_, source))| (*name, source.clone()));
        values
            .chain(
                self.secrets
                    .iter()
                    .map(|(name, (_, source))| (*name, source.clone())),
            )
            .collect()
    }
}
