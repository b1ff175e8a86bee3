//! A profile file: its bytes checked, its TOML held against the table of keys. All problems are found, each with its line.

use super::client_properties;
use super::error::{Problem, ProfileError, quoted};
use super::keyring;
use super::keys::{KEYS, Key, Kind, SECTIONS};
use super::origin::Base;
use super::value::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const LIMIT: u64 = 1024 * 1024;

/// What a file says: for each key that it has, the value and its line.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub values: BTreeMap<&'static str, (Entry, usize)>,
    /// Of `[kafka.properties]`, by their own names.
    pub properties: BTreeMap<String, (Entry, usize)>,
}

#[derive(Debug)]
pub(super) enum Entry {
    Value(Value),
    Secret(SecretForm),
}

/// The ways to name a secret in a file.
#[derive(Debug)]
pub(super) enum SecretForm {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
    Keyring(String),
}

/// Reads a file of at most 1 MiB. Directories, devices and pipes are refused.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ProfileError> {
    let failed = |error: std::io::Error| ProfileError::reading(&path.display().to_string(), &error);
    let unusable = |what: &str| ProfileError::Usage(format!("{}: {what}", path.display()));
    // Asked before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(unusable("is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > LIMIT {
        Err(unusable("is larger than 1 MiB: not a profile"))
    } else {
        Ok(bytes)
    }
}

/// Holds the bytes of `path` against the table. Relative paths in it refer to its own directory.
pub(super) fn parse(
    path: &Path,
    bytes: &[u8],
    home: Option<PathBuf>,
) -> Result<Parsed, ProfileError> {
    let place = |line: usize| format!("{}:{line}", path.display());
    let text = decode(bytes).map_err(|(line, message)| {
        ProfileError::Invalid(vec![Problem::new(place(line), message)])
    })?;
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        // Only the message: the error's own display repeats the line, which may hold a password.
        ProfileError::Invalid(vec![Problem::new(place(line), error.message())])
    })?;
    let base = Base {
        dir: path.parent().unwrap_or(Path::new("")),
        home,
    };
    let mut parsed = Parsed::default();
    let mut problems = Vec::new();
    let mut note =
        |at: usize, message: String| problems.push(Problem::new(place(line_of(text, at)), message));

    for (section, content) in table.get_ref() {
        let at = section.span().start;
        let name = section.get_ref().as_ref();
        let Some(entries) = content.get_ref().as_table() else {
            note(at, unknown_top(name));
            continue;
        };
        if !SECTIONS.iter().any(|(known, _)| *known == name) {
            note(at, unknown_section(name));
            continue;
        }
        for (leaf, value) in entries {
            let (name, at) = (format!("{name}.{}", leaf.get_ref()), leaf.span().start);
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                note(at, unknown_key(&name));
                continue;
            };
            if let (Kind::Properties, DeValue::Table(table)) = (key.kind, value.get_ref()) {
                for (at, found) in client_properties::of_table(table, &base) {
                    match found {
                        Ok((name, entry)) => {
                            parsed.properties.insert(name, (entry, line_of(text, at)));
                        }
                        Err(message) => note(at, format!("{}: {message}", key.name)),
                    }
                }
                continue;
            }
            match entry(key, value, &base) {
                Ok(entry) => drop(parsed.values.insert(key.name, (entry, line_of(text, at)))),
                Err(message) => note(value.span().start, format!("{}: {message}", key.name)),
            }
        }
    }
    // In the order of the file; the parser's tables are sorted by name.
    problems.sort_by_key(|problem| {
        problem
            .place
            .rsplit_once(':')
            .and_then(|(_, line)| line.parse::<usize>().ok())
    });
    if problems.is_empty() {
        Ok(parsed)
    } else {
        Err(ProfileError::Invalid(problems))
    }
}

/// The text, or the line and what is wrong with the bytes.
fn decode(bytes: &[u8]) -> Result<&str, (usize, String)> {
    let line = |at: usize| 1 + bytes[..at].iter().filter(|b| **b == b'\n').count();
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err((
            1,
            "starts with a byte order mark: save it as UTF-8 without one".into(),
        ));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err((1, "is UTF-16: save it as UTF-8".into()));
    }
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        return Err((line(at), "contains a NUL byte: not a text in UTF-8".into()));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        (
            line(at),
            format!(
                "is not UTF-8: byte 0x{:02x}",
                bytes.get(at).copied().unwrap_or_default()
            ),
        )
    })
}

fn entry(key: &Key, value: &Spanned<DeValue<'_>>, base: &Base<'_>) -> Result<Entry, String> {
    let value = value.get_ref();
    let unexpected = || format!("{} is expected, not {}", key.shape(), article(value));
    let parsed = match (key.kind, value) {
        (Kind::Secret, DeValue::Table(table)) => {
            return secret(&key.shape(), table, base).map(Entry::Secret);
        }
        // Never with what was found: it is most likely the secret itself.
        (Kind::Secret, _) => {
            return Err(format!(
                "a secret does not stand here in the clear: write {}",
                key.shape()
            ));
        }
        (
            Kind::Text | Kind::Path | Kind::Duration { .. } | Kind::Choice(_) | Kind::List,
            DeValue::String(text),
        ) => key.parse(text, base),
        // An unquoted time is a time as well.
        (Kind::Text, DeValue::Datetime(time)) => key.parse(&time.to_string(), base),
        (Kind::Bool, DeValue::Boolean(value)) => {
            key.parse(if *value { "true" } else { "false" }, base)
        }
        (Kind::Integer { .. } | Kind::Duration { .. }, DeValue::Integer(number)) => {
            match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => key.parse(&number.to_string(), base),
                Err(_) => Err(format!("{} is expected", key.shape())),
            }
        }
        (Kind::List, DeValue::Array(items)) => {
            key.items(texts(items.iter()).ok_or_else(unexpected)?)
        }
        _ => return Err(unexpected()),
    };
    parsed.map(Entry::Value)
}

/// Where a secret is; `shape` says what is expected.
pub(super) fn secret(
    shape: &str,
    table: &DeTable<'_>,
    base: &Base<'_>,
) -> Result<SecretForm, String> {
    let mut entries = table
        .iter()
        .map(|(form, value)| (form.get_ref().as_ref(), value.get_ref()));
    let (Some((form, value)), None) = (entries.next(), entries.next()) else {
        return Err(format!("exactly one source is expected: {shape}"));
    };
    match (form, value) {
        ("env", DeValue::String(name)) if !name.is_empty() && !name.contains(['=', '\0']) => {
            Ok(SecretForm::Env(name.to_string()))
        }
        // Standard input is the command line's to give away.
        ("file", DeValue::String(path))
            if !path.is_empty() && !path.contains('\0') && path != "-" =>
        {
            Ok(SecretForm::File(base.path(path)))
        }
        ("command", DeValue::Array(argv)) => match texts(argv.iter()) {
            Some(argv) if argv.first().is_some_and(|program| !program.is_empty()) => {
                Ok(SecretForm::Command(placed(argv, base)))
            }
            _ => Err("command is a list of texts: [\"PROGRAM\", \"ARGUMENT\"]".into()),
        },
        ("keyring", DeValue::String(name)) => {
            keyring::check_name(name).map(|()| SecretForm::Keyring(name.to_string()))
        }
        ("env" | "file" | "command" | "keyring", _) => {
            Err(format!("{form} has another shape: {shape} is expected"))
        }
        _ => Err(format!(
            "{} is not a source: {shape} is expected",
            quoted(form)
        )),
    }
}

/// A program given by a path stands beside the file, as all paths in it do; a bare name is looked up in PATH.
fn placed(mut argv: Vec<String>, base: &Base<'_>) -> Vec<String> {
    if let Some(program) = argv.first_mut().filter(|program| program.contains('/')) {
        *program = base.path(program).to_string_lossy().into_owned();
    }
    argv
}

pub(super) fn texts<'a>(
    items: impl Iterator<Item = &'a Spanned<DeValue<'a>>>,
) -> Option<Vec<String>> {
    items
        .map(|item| item.get_ref().as_str().map(str::to_owned))
        .collect()
}

fn article(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    if kind.starts_with(['a', 'i']) {
        format!("an {kind}")
    } else {
        format!("a {kind}")
    }
}

fn unknown_top(name: &str) -> String {
    match SECTIONS.iter().find(|(section, _)| *section == name) {
        Some(_) => format!("{name} is a section: write [{name}] and its keys below it"),
        None => {
            let sibling = KEYS
                .iter()
                .find(|key| key.leaf() == name || key.name == name);
            let hint = sibling.map_or_else(|| nearest_key(name), |key| Some(key.name));
            format!(
                "unknown key {}{}",
                quoted(name),
                did_you_mean(hint, |name| name.to_owned())
            )
        }
    }
}

fn unknown_section(name: &str) -> String {
    let hint = nearest(name, SECTIONS.iter().map(|(section, _)| *section));
    format!(
        "unknown section {}{}",
        quoted(name),
        did_you_mean(hint, |name| format!("[{name}]"))
    )
}

fn unknown_key(name: &str) -> String {
    let leaf = name.split_once('.').map_or(name, |(_, leaf)| leaf);
    // The right key in the wrong section is the likelier slip.
    let hint = KEYS
        .iter()
        .find(|key| key.leaf() == leaf)
        .map(|key| key.name)
        .or_else(|| nearest_key(name));
    format!(
        "unknown key {}{}",
        quoted(name),
        did_you_mean(hint, |name| name.to_owned())
    )
}

fn nearest_key(name: &str) -> Option<&'static str> {
    nearest(name, KEYS.iter().map(|key| key.name))
}

fn nearest(name: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let best = candidates
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .min()?;
    (best.0 <= (name.chars().count() / 3).max(2)).then_some(best.1)
}

fn did_you_mean(hint: Option<&str>, show: impl Fn(&str) -> String) -> String {
    hint.map(|hint| format!("; did you mean {}?", show(hint)))
        .unwrap_or_default()
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
}
