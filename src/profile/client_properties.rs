//! `[kafka.properties]` and `-X`: settings of librdkafka, the library that speaks to Kafka, passed through by their own
//! names. Here: how they are written, which are secrets, and which are the program's own. Whether librdkafka knows a name
//! and takes a value is for `kafka` to say.

use super::error::quoted;
use super::file::{Entry, secret, texts};
use super::origin::Base;
use super::secrets::SecretSource;
use super::value::Value;
use super::{ProfileError, keys};
use crate::secret::Secret;
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The key of the table that stands for all of them.
pub(super) const KEY: &str = "kafka.properties";
/// Between the texts of several `-X`: what no argument of a command line can hold.
pub(super) const BETWEEN_FLAGS: char = '\0';

/// One setting of librdkafka.
#[derive(Clone, Debug)]
pub enum Property {
    Text(String),
    Secret(SecretSource),
}

impl Property {
    /// The value, fetched if it is a secret; none if that has no source.
    pub fn resolve(&self) -> Result<Option<Secret>, ProfileError> {
        match self {
            Self::Text(text) => Ok(Some(Secret::new(text.clone()))),
            // PEM has lines; a password has one.
            Self::Secret(source) if source.key().ends_with(".pem") => source.resolve_text(),
            Self::Secret(source) => source.resolve(),
        }
    }
}

/// As `profile show` has it.
impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Secret(source) => source.fmt(f),
        }
    }
}

/// Secrets that have a variable of their own; with `_FILE` at its end it names a file.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    ("sasl.password", "HDIKAFKA_SASL_PASSWORD"),
    ("ssl.key.password", "HDIKAFKA_SSL_KEY_PASSWORD"),
    ("ssl.keystore.password", "HDIKAFKA_SSL_KEYSTORE_PASSWORD"),
    ("ssl.key.pem", "HDIKAFKA_SSL_KEY_PEM"),
];

/// By its name, so that one of a later librdkafka, or a misspelt one, is not taken for harmless.
pub(super) fn is_secret(name: &str) -> bool {
    let parts = ["passw", "passphrase", "secret"];
    parts.iter().any(|part| name.contains(part))
        || name.ends_with("key.pem")
        || name == "sasl.oauthbearer.config"
}

/// Whether the value says where something is on this machine.
pub(super) fn is_path(name: &str) -> bool {
    name.ends_with(".location")
}

const READING: &str = "the program reads without a group and commits nothing";
const PATIENCE: &str = "--timeout says how long a send is waited for";
const FOREIGN: &str = "it would run what is not part of this program";
const WORDS: &str = "what librdkafka says of itself is printed nowhere";
const BROKERS: &str = "cluster.brokers (--brokers) names them";
const IMITATED: &str = "it would send to brokers that are imitated in this process";

/// Settings that the program cannot leave to others, and why or what is there instead.
const OWNED: &[(&str, &str)] = &[
    ("bootstrap.servers", BROKERS),
    ("metadata.broker.list", BROKERS),
    ("group.id", READING),
    ("group.instance.id", READING),
    ("group.protocol", READING),
    ("enable.auto.commit", READING),
    ("auto.commit.enable", READING),
    ("enable.auto.offset.store", READING),
    ("enable.partition.eof", READING),
    (
        "auto.offset.reset",
        "tail says where it begins: --last, --offset",
    ),
    (
        "allow.auto.create.topics",
        "topics are made by topics create",
    ),
    ("message.timeout.ms", PATIENCE),
    ("delivery.timeout.ms", PATIENCE),
    ("transactional.id", "the program sends without transactions"),
    ("plugin.library.paths", FOREIGN),
    ("ssl.engine.location", FOREIGN),
    ("sasl.kerberos.kinit.cmd", FOREIGN),
    ("test.mock.num.brokers", IMITATED),
    ("test.mock.broker.rtt", IMITATED),
    ("debug", WORDS),
    ("log_level", WORDS),
    ("log.queue", WORDS),
];

/// Whether this setting may be given at all. The error finishes "PLACE: …" and shows no value.
pub(super) fn check(name: &str, value: Option<&str>) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
    if name.is_empty() || name.len() > 100 || !name.chars().all(fits) {
        return Err(format!(
            "{} is not the name of a librdkafka setting",
            quoted(name)
        ));
    }
    if let Some((_, why)) = OWNED.iter().find(|(owned, _)| *owned == name) {
        return Err(format!("{name} is not to be set: {why}"));
    }
    match value {
        Some(text) if text.contains('\0') => Err(format!("{name} must not contain a NUL")),
        Some("0") if matches!(name, "acks" | "request.required.acks") => Err(format!(
            "{name}=0 is not to be set: what nobody acknowledges has no place to tell"
        )),
        _ => Ok(()),
    }
}

/// Of the text of one `-X`, or of one line of the variable: NAME=VALUE, of a secret NAME=@FILE.
pub(super) fn of_text(text: &str, base: &Base<'_>) -> Result<(String, Given), String> {
    let Some((name, value)) = text.split_once('=') else {
        // It may be a value that lost its name.
        return Err("NAME=VALUE is expected".into());
    };
    let name = name.trim();
    if is_secret(name) {
        check(name, None)?;
        return match value.strip_prefix('@') {
            Some("") | None => Err(format!(
                "{name} is a secret and does not stand here: {name}=@FILE or {name}=@- (standard input){}, or {} in the profile",
                variable(name).map_or(String::new(), |name| format!(", {name}")),
                keys::SECRET_SHAPE
            )),
            Some(path) => Ok((name.to_owned(), Given::SecretIn(path.to_owned()))),
        };
    }
    check(name, Some(value))?;
    Ok((name.to_owned(), Given::Text(placed(name, value, base))))
}

/// What a text gives for a setting.
pub(super) enum Given {
    Text(String),
    /// A path, or `-`.
    SecretIn(String),
}

fn variable(name: &str) -> Option<&'static str> {
    let found = VARIABLES.iter().find(|(secret, _)| *secret == name);
    found.map(|(_, variable)| *variable)
}

/// A setting of a file, or what is wrong with it, at its place in the text.
pub(super) type Found = (usize, Result<(String, Entry), String>);

/// Of a table of the file. `a.b = 1`, `"a.b" = 1` and tables in tables are the same setting.
pub(super) fn of_table(table: &DeTable<'_>, base: &Base<'_>) -> Vec<Found> {
    let mut all = Vec::new();
    collect("", table, base, &mut all);
    all
}

fn collect(above: &str, table: &DeTable<'_>, base: &Base<'_>, all: &mut Vec<Found>) {
    for (leaf, value) in table {
        let name = match above {
            "" => leaf.get_ref().to_string(),
            above => format!("{above}.{}", leaf.get_ref()),
        };
        match value.get_ref() {
            DeValue::Table(inside) if !is_source(inside) && !is_secret(&name) => {
                collect(&name, inside, base, all);
            }
            value => {
                let entry = entry(&name, value, base).map(|entry| (name, entry));
                all.push((leaf.span().start, entry));
            }
        }
    }
}

/// `{ env = "NAME" }` and its like, which no setting of librdkafka looks like.
fn is_source(table: &DeTable<'_>) -> bool {
    let forms = ["env", "file", "command", "keyring"];
    table.len() == 1
        && table
            .keys()
            .all(|key| forms.contains(&key.get_ref().as_ref()))
}

fn entry(name: &str, value: &DeValue<'_>, base: &Base<'_>) -> Result<Entry, String> {
    let shape = keys::SECRET_SHAPE;
    let text = match value {
        DeValue::Table(table) => {
            check(name, None)?;
            let source = secret(shape, table, base).map_err(|words| format!("{name}: {words}"));
            return source.map(Entry::Secret);
        }
        _ if is_secret(name) => {
            check(name, None)?;
            return Err(format!(
                "{name}: a secret does not stand here in the clear: write {shape}"
            ));
        }
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_err(|_| format!("{name}: the number is too large"))?
            .to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Array(items) => texts(items.iter().map(|item: &Spanned<DeValue<'_>>| item))
            .ok_or_else(|| format!("{name}: a text or a number is expected"))?
            .join(","),
        DeValue::Datetime(_) => return Err(format!("{name}: a text or a number is expected")),
    };
    check(name, Some(&text))?;
    Ok(Entry::Value(Value::Text(placed(name, &text, base))))
}

/// Paths refer to where they stand, as all do; `probe` is librdkafka's word for the system's own authorities.
fn placed(name: &str, value: &str, base: &Base<'_>) -> String {
    match is_path(name) && value != "probe" && !value.is_empty() {
        true => base.path(value).display().to_string(),
        false => value.to_owned(),
    }
}

/// The inline table of a profile for these settings.
pub(super) fn literal<'a>(all: impl IntoIterator<Item = (&'a str, &'a Property)>) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let item = |(name, property): (&str, &Property)| {
        let value = match property {
            Property::Text(text) => quoted(text),
            Property::Secret(source) => {
                let (form, place) = source.in_a_profile()?;
                format!("{{ {form} = {} }}", quoted(&place))
            }
        };
        Some(format!("{} = {value}", quoted(name)))
    };
    let items: Vec<String> = all.into_iter().filter_map(item).collect();
    format!("{{ {} }}", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_text_is_a_name_and_a_value_and_no_error_repeats_the_value() {
        let base = Base {
            dir: Path::new("/p"),
            home: None,
        };
        let (name, given) = of_text("sasl.username=a=b", &base).unwrap();
        assert!(name == "sasl.username" && matches!(given, Given::Text(text) if text == "a=b"));
        let (_, given) = of_text("ssl.ca.location=ca.pem", &base).unwrap();
        assert!(matches!(given, Given::Text(text) if text == "/p/ca.pem"));
        let (_, given) = of_text("ssl.ca.location=probe", &base).unwrap();
        assert!(matches!(given, Given::Text(text) if text == "probe"));
        let (_, given) = of_text("sasl.password=@pw", &base).unwrap();
        assert!(matches!(given, Given::SecretIn(path) if path == "pw"));
        for bad in [
            "hunter2",
            "sasl.password=hunter2",
            "ssl.key.password=hunter2",
            "ssl.key.pem=hunter2",
            "sasl.pasword.passwd=hunter2",
            "sasl.password=@",
            "=hunter2",
            "BOOTSTRAP=hunter2",
            "bootstrap.servers=hunter2",
            "group.id=hunter2",
            "debug=hunter2",
            "acks=0",
        ] {
            let error = of_text(bad, &base).map(|(name, _)| name).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        for good in ["acks=1", "enable.idempotence=false", "client.id=me"] {
            assert!(of_text(good, &base).is_ok(), "{good}");
        }
    }
}
