//! Ambari's way of showing a resource: partial answers (`fields=…`), predicates, and what is shown unasked.
//! Here: the rules. Which resources there are is `tree`'s.

use serde_json::{Map, Value};

/// A resource with everything that can be asked of it.
pub(super) struct Resource {
    /// As error messages name the type: `Cluster`, `HostComponent`.
    pub kind: &'static str,
    /// Path below `/api/v1`, for `href`.
    pub path: String,
    /// Property path (`Hosts/ip`) → value.
    pub properties: Vec<(&'static str, Value)>,
    /// The properties that are always shown, and the only ones in a collection.
    pub keys: &'static [&'static str],
    pub children: Vec<(&'static str, Vec<Resource>)>,
}

/// What a query asks to see.
pub(super) enum Fields<'a> {
    /// The keys only: an entry of a collection.
    Keys,
    /// Everything, children by their keys: one resource, asked for without `fields`.
    Whole,
    /// The keys and these paths.
    Of(Vec<&'a str>),
}

impl<'a> Fields<'a> {
    /// From the value of `fields`: paths separated by commas.
    pub(super) fn parse(value: &'a str) -> Self {
        Self::Of(
            value
                .split(',')
                .map(str::trim)
                .filter(|path| !path.is_empty())
                .collect(),
        )
    }
}

/// A property or predicate that the type of resource does not have.
#[derive(Debug)]
pub(super) struct Unsupported {
    pub property: String,
    pub kind: &'static str,
}

impl Resource {
    pub(super) fn show(&self, fields: &Fields<'_>, base: &str) -> Result<Value, Unsupported> {
        let mut shown = Map::new();
        shown.insert(
            "href".to_owned(),
            format!("{base}/api/v1{}", self.path).into(),
        );
        for (path, value) in &self.properties {
            let wanted = match fields {
                Fields::Keys => false,
                Fields::Whole => true,
                Fields::Of(wanted) => wanted.iter().any(|field| covers(field, path)),
            };
            if wanted || self.keys.contains(path) {
                put(&mut shown, path, value.clone());
            }
        }
        for (name, children) in &self.children {
            let inner = match fields {
                Fields::Keys => continue,
                Fields::Whole => Fields::Keys,
                Fields::Of(wanted) => match below(name, wanted) {
                    None => continue,
                    Some(inner) => inner,
                },
            };
            let children: Result<Vec<Value>, _> = children
                .iter()
                .map(|child| child.show(&inner, base))
                .collect();
            shown.insert((*name).to_owned(), children?.into());
        }
        if let Fields::Of(wanted) = fields {
            self.check(wanted)?;
        }
        Ok(Value::Object(shown))
    }

    /// Whether a predicate of the query (`HostRoles/state=STARTED`, `service_name.in(A,B)`) holds.
    pub(super) fn holds(&self, key: &str, value: &str) -> Result<bool, Unsupported> {
        let among = key.strip_suffix(')').and_then(|key| key.split_once(".in("));
        let (path, allowed): (&str, Vec<&str>) = match among {
            Some((path, list)) => (path, list.split(',').map(str::trim).collect()),
            None => (key, vec![value]),
        };
        let Some((_, actual)) = self.properties.iter().find(|(known, _)| *known == path) else {
            return Err(self.unsupported(path));
        };
        let actual = match actual {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Ok(allowed.contains(&actual.as_str()))
    }

    fn check(&self, wanted: &[&str]) -> Result<(), Unsupported> {
        for field in wanted {
            let own = *field == "*" || self.properties.iter().any(|(path, _)| covers(field, path));
            let childs = self
                .children
                .iter()
                .any(|(name, _)| below(name, &[field]).is_some());
            if !own && !childs {
                return Err(self.unsupported(field));
            }
        }
        Ok(())
    }

    fn unsupported(&self, property: &str) -> Unsupported {
        Unsupported {
            property: property.to_owned(),
            kind: self.kind,
        }
    }
}

/// `Hosts/ip` covers itself, `Hosts` and `Hosts/*` the whole category, `*` everything of the resource itself.
fn covers(field: &str, path: &str) -> bool {
    let field = field.strip_suffix("/*").unwrap_or(field);
    field == "*"
        || field == path
        || path
            .strip_prefix(field)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// What is asked of the children called `name`; `None`: nothing.
fn below<'a>(name: &str, wanted: &[&'a str]) -> Option<Fields<'a>> {
    let inner: Vec<&str> = wanted
        .iter()
        .filter_map(|field| field.strip_prefix(name))
        .filter_map(|rest| {
            if rest.is_empty() {
                Some("")
            } else {
                rest.strip_prefix('/')
            }
        })
        .collect();
    match inner.as_slice() {
        [] => None,
        paths if paths.iter().all(|path| path.is_empty()) => Some(Fields::Keys),
        _ => Some(Fields::Of(
            inner.into_iter().filter(|path| !path.is_empty()).collect(),
        )),
    }
}

/// Puts `a/b` into the object `a`, and a name without a slash at the top.
fn put(shown: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('/') {
        None => {
            shown.insert(path.to_owned(), value);
        }
        Some((category, rest)) => {
            let inner = shown
                .entry(category)
                .or_insert_with(|| Value::Object(Map::new()))
                .as_object_mut();
            if let Some(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn host() -> Resource {
        let role = Resource {
            kind: "HostComponent",
            path: "/clusters/c/hosts/h/host_components/X".into(),
            properties: vec![
                ("HostRoles/component_name", json!("X")),
                ("HostRoles/state", json!("STARTED")),
            ],
            keys: &["HostRoles/component_name"],
            children: vec![],
        };
        Resource {
            kind: "Host",
            path: "/clusters/c/hosts/h".into(),
            properties: vec![
                ("Hosts/host_name", json!("h")),
                ("Hosts/ip", json!("10.0.0.1")),
            ],
            keys: &["Hosts/host_name"],
            children: vec![("host_components", vec![role])],
        }
    }

    #[test]
    fn only_what_is_asked_for_is_shown() {
        let shown = host()
            .show(
                &Fields::parse("host_components/HostRoles/state"),
                "http://b",
            )
            .unwrap();
        assert_eq!(
            shown,
            json!({"href": "http://b/api/v1/clusters/c/hosts/h", "Hosts": {"host_name": "h"}, "host_components": [
                {"href": "http://b/api/v1/clusters/c/hosts/h/host_components/X",
                 "HostRoles": {"component_name": "X", "state": "STARTED"}}]})
        );
        let whole = host().show(&Fields::Whole, "").unwrap();
        assert_eq!(whole["Hosts"]["ip"], "10.0.0.1");
        assert_eq!(
            whole["host_components"][0]["HostRoles"],
            json!({"component_name": "X"})
        );
        assert_eq!(
            host().show(&Fields::parse("Hosts/*"), "").unwrap()["Hosts"]["ip"],
            "10.0.0.1"
        );
    }

    #[test]
    fn what_the_type_does_not_have_is_refused() {
        for field in [
            "Hosts/colour",
            "foo",
            "host_components/HostRoles/colour",
            "Hos",
        ] {
            assert!(host().show(&Fields::parse(field), "").is_err(), "{field}");
        }
        assert!(host().holds("Hosts/colour", "red").is_err());
        assert!(host().holds("Hosts/ip.in(10.0.0.2, 10.0.0.1)", "").unwrap());
        assert!(!host().holds("Hosts/ip", "10.0.0.2").unwrap());
    }
}
