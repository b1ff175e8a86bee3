//! References in settings, `${PROVIDER:PATH:KEY}`, resolved as Connect does: once for the connector and once more for
//! each of its tasks. Of the providers only FileConfigProvider is here.

use std::path::Path;

use super::define::Props;
use super::exception::Exception;
use crate::properties;

const FILE: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";

/// The providers that the worker's file names.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    file: Vec<String>,
}

impl Providers {
    /// `config.providers=a,b` and `config.providers.a.class=…`.
    pub fn of(worker: &Props) -> Result<Self, Exception> {
        let names = worker.get("config.providers").map_or("", String::as_str);
        let mut providers = Self::default();
        for name in names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let key = format!("config.providers.{name}.class");
            match worker.get(&key).map(|class| class.trim()) {
                Some(FILE) => providers.file.push(name.to_owned()),
                Some(class) => {
                    return Err(Exception::config(format!(
                        "Invalid value java.lang.ClassNotFoundException: {class} for configuration Invalid config:{class} ClassNotFoundException exception occurred"
                    )));
                }
                None => {}
            }
        }
        Ok(providers)
    }

    /// All values resolved by one step. A key that its file does not have leaves the text as it is, in silence; a file
    /// that cannot be read is an error.
    pub fn resolve(&self, props: &Props) -> Result<Props, Exception> {
        let resolved = props
            .iter()
            .map(|(key, value)| Ok((key.clone(), self.text(value)?)));
        resolved.collect()
    }

    fn text(&self, value: &str) -> Result<String, Exception> {
        let mut out = String::new();
        let mut rest = value;
        while let Some(start) = rest.find("${") {
            out.push_str(&rest[..start]);
            let Some(length) = rest[start..].find('}') else {
                rest = &rest[start..];
                break;
            };
            let reference = &rest[start..=start + length];
            match self.lookup(&reference[2..reference.len() - 1])? {
                Some(found) => out.push_str(&found),
                None => out.push_str(reference),
            }
            rest = &rest[start + length + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// `NAME:PATH:KEY` or `NAME:KEY`; the path may hold colons, the key may not.
    fn lookup(&self, reference: &str) -> Result<Option<String>, Exception> {
        let Some((name, place)) = reference.split_once(':') else {
            return Ok(None);
        };
        if !self.file.iter().any(|known| known == name) {
            return Ok(None);
        }
        let Some((path, key)) = place.rsplit_once(':') else {
            return Ok(None);
        };
        let bytes = std::fs::read(Path::new(path)).ok();
        let values = bytes.and_then(|bytes| properties::read(&bytes).ok());
        let values = values.ok_or_else(|| {
            Exception::config(format!("Could not read properties from file {path}"))
        })?;
        Ok(values.get(key).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn two_steps_and_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.properties");
        let file = path.to_str().unwrap();
        std::fs::write(&path, format!("outer=${{file:{file}:inner}}\ninner=KEY\n")).unwrap();
        let providers = Providers::of(&props(&[
            ("config.providers", "file"),
            ("config.providers.file.class", FILE),
        ]))
        .unwrap();
        let outer = format!("a ${{file:{file}:outer}} z");
        let once = providers.resolve(&props(&[("k", &outer)])).unwrap();
        assert_eq!(once["k"], format!("a ${{file:{file}:inner}} z"));
        assert_eq!(providers.resolve(&once).unwrap()["k"], "a KEY z");
        for text in [
            format!("${{file:{file}:nokey}}"),
            "${other:x:y}".to_owned(),
            "${".to_owned(),
        ] {
            assert_eq!(
                providers.resolve(&props(&[("k", &text)])).unwrap()["k"],
                text
            );
        }
        let gone = providers.resolve(&props(&[("k", "${file:/no/such:x}")]));
        assert!(
            gone.unwrap_err()
                .to_string()
                .contains("Could not read properties from file /no/such")
        );
        assert_eq!(Providers::default().resolve(&once).unwrap(), once);
    }
}
