//! The layers of one run, and what they give for each key before it has a type: which text wins, and where it stood.

use super::client_properties::{self, BETWEEN_FLAGS, Given, Property};
use super::error::{Problem, ProfileError};
use super::file::{Entry, Parsed, SecretForm};
use super::keys::{KEYS, Key, Kind};
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
    /// Of librdkafka. Each layer adds to those below it.
    pub properties: BTreeMap<String, (Property, Source)>,
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
            if key.kind == Kind::Properties {
                raw.properties = self.properties(key);
            } else if key.is_secret() {
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
        if let Some(found) = self.secret_variable(key.env) {
            return found;
        }
        let (Entry::Secret(form), line) = in_file? else {
            return None;
        };
        Some((self.secret_form(form)?, self.in_file(line)))
    }

    /// Of the variable, or of the one with `_FILE` at its end; none where neither is set.
    fn secret_variable(&mut self, name: &str) -> Option<Option<(Origin, Source)>> {
        let by_path = format!("{name}_FILE");
        match (self.variable(name), self.variable(&by_path)) {
            (Some(_), Some(_)) => {
                self.problem(name, format!("{by_path} is set as well: set one of them"));
                Some(None)
            }
            (Some(value), None) => {
                let origin = Origin::Env(name.to_owned(), Some(Secret::new(value)));
                Some(Some((origin, Source::Env(name.to_owned()))))
            }
            (None, Some(path)) => {
                Some(self.secret_path(&path, &by_path, Source::Env(by_path.clone())))
            }
            (None, None) => None,
        }
    }

    fn secret_form(&mut self, form: SecretForm) -> Option<Origin> {
        match form {
            SecretForm::Env(name) => {
                let value = self.selection.var(&name).map(Secret::new);
                Some(Origin::Env(name, value))
            }
            SecretForm::Keyring(name) => Some(Origin::Keyring(name)),
            SecretForm::File(path) => Some(Origin::File(path)),
            SecretForm::Command(argv) => self.command(argv),
        }
    }

    /// Of all layers: one that is nearer overrides single settings, not all of them.
    fn properties(&mut self, key: &Key) -> BTreeMap<String, (Property, Source)> {
        let mut all = BTreeMap::new();
        if let Some(texts) = self.flag(key) {
            for text in texts.split(BETWEEN_FLAGS) {
                let found = self.property(text, "-X", Source::Flag);
                // The last one given wins.
                all.extend(found);
            }
        }
        let mut environment = BTreeMap::new();
        if let Some(texts) = self.variable(key.env) {
            for text in texts.lines().filter(|line| !line.trim().is_empty()) {
                let found = self.property(text, key.env, Source::Env(key.env.to_owned()));
                environment.extend(found);
            }
        }
        for (name, variable) in client_properties::VARIABLES {
            if let Some(Some((origin, source))) = self.secret_variable(variable) {
                let secret = SecretSource::new(*name, origin);
                environment.insert((*name).to_owned(), (Property::Secret(secret), source));
            }
        }
        for (name, found) in environment {
            all.entry(name).or_insert(found);
        }
        for (name, (entry, line)) in std::mem::take(&mut self.parsed.properties) {
            if all.contains_key(&name) {
                continue;
            }
            let property = match entry {
                Entry::Value(value) => Some(Property::Text(value.to_string())),
                Entry::Secret(form) => self
                    .secret_form(form)
                    .map(|origin| Property::Secret(SecretSource::new(name.clone(), origin))),
            };
            let source = self.in_file(line);
            all.extend(property.map(|property| (name, (property, source))));
        }
        all
    }

    fn property(
        &mut self,
        text: &str,
        place: &str,
        source: Source,
    ) -> Option<(String, (Property, Source))> {
        match client_properties::of_text(text, &self.base()) {
            Ok((name, Given::Text(text))) => Some((name, (Property::Text(text), source))),
            Ok((name, Given::SecretIn(path))) => {
                let (origin, source) = self.secret_path(&path, place, source)?;
                let secret = SecretSource::new(name.clone(), origin);
                Some((name, (Property::Secret(secret), source)))
            }
            Err(message) => {
                self.problem(place, message);
                None
            }
        }
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

    /// Those settings of librdkafka that are secrets.
    pub fn property_secrets(&self) -> impl Iterator<Item = (&String, &SecretSource)> {
        self.properties
            .iter()
            .filter_map(|(name, (property, _))| match property {
                Property::Secret(source) => Some((name, source)),
                Property::Text(_) => None,
            })
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
