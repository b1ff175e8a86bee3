//! How the keys get to the workers: a secrets file for each connector, or the value in the clear in the connector file
//! itself. The planner knows fingerprints of both, never a value that is to be written.

use super::change::Before;
use super::files::{Files, Wish, run_user};
use super::{Plan, Refusal, SecretsAs, Step};
use crate::facts::edge::latin1_bytes;
use crate::facts::places::Connector;
use crate::properties;
use crate::template;

/// What stands in a plan where the file will have, or has, a key.
pub const STAND_IN: &str = "(a key in the clear, not shown)";

/// What the connector's sample files have where a value belongs.
pub(super) const PLACEHOLDER: &str = "PLACEHOLDER";

/// The key of the connector file whose value is the secret.
pub fn property(connector: Connector) -> &'static str {
    match connector {
        Connector::Source => "IotHub.AccessKeyValue",
        Connector::Sink => "IotHub.ConnectionString",
    }
}

/// The secret that a connector file has in the clear, if it has one.
pub fn in_the_clear(connector: Connector, text: &str) -> Option<String> {
    let values = properties::read(&latin1_bytes(text)).ok()?;
    clear_value(values.get(property(connector))?).map(str::to_owned)
}

/// None for a reference, and for what the sample files have there.
pub(super) fn clear_value(value: &str) -> Option<&str> {
    let value = value.trim();
    let none = value.is_empty() || value == PLACEHOLDER || value.starts_with("${");
    (!none).then_some(value)
}

impl Files<'_> {
    /// What the connector file says: a reference, or what stands for the key.
    pub(super) fn secret_value(&self, connector: Connector) -> (&'static str, String) {
        let file = connector.secrets_file();
        let value = match (self.wanted.secrets_as, connector) {
            (SecretsAs::Inline, _) => STAND_IN.to_owned(),
            (SecretsAs::File, Connector::Source) => template::source_reference(&file),
            (SecretsAs::File, Connector::Sink) => template::sink_reference(&file),
        };
        (property(connector), value)
    }

    pub(super) fn secrets(&self, plan: &mut Plan) -> Result<Vec<Step>, Vec<Refusal>> {
        match self.wanted.secrets_as {
            SecretsAs::File => Ok(self.secrets_files(plan)),
            // the connector files are planned whole, with their keys
            SecretsAs::Inline if self.wanted.has(super::Part::Config) => Ok(Vec::new()),
            SecretsAs::Inline => self.keys_alone(plan),
        }
    }

    fn secrets_files(&self, plan: &mut Plan) -> Vec<Step> {
        let group = run_user(self.wanted, self.facts);
        let mut steps = Vec::new();
        for (&connector, wish) in &self.wanted.secrets {
            let path = connector.secrets_file();
            let there = self.facts.edge.sha256(&path);
            let manifest = self.facts.edge.manifest.as_ref();
            let owned = manifest.and_then(|manifest| manifest.files.get(&path));
            let same = owned
                .is_some_and(|owned| owned.fingerprint.as_deref() == Some(&wish.fingerprint))
                && owned.map(|owned| owned.sha256.as_str()) == there;
            if same && self.is_closed(&path) {
                plan.in_place.push(path);
                continue;
            }
            steps.push(Step::WriteSecrets {
                connector,
                before: Before::of(there),
                path,
                group: group.clone(),
                source: wish.source.clone(),
                fingerprint: wish.fingerprint.clone(),
            });
        }
        steps
    }

    /// `--only secrets` with inline keys: of the connector files the key, and nothing else.
    fn keys_alone(&self, plan: &mut Plan) -> Result<Vec<Step>, Vec<Refusal>> {
        let (mut steps, mut refusals) = (Vec::new(), Vec::new());
        for connector in Connector::BOTH {
            let path = connector.properties_file(&self.wanted.kafka_home);
            if self.facts.edge.contents(&path).is_none() {
                let hint = "hdikafka setup --only config,secrets";
                refusals.push(Refusal::conflict(format!("{path} is missing"), hint));
                continue;
            }
            let wish = Wish {
                path,
                base: String::new(),
                derived: false,
                values: vec![self.secret_value(connector)],
                extra: Vec::new(),
                secret: Some(connector),
            };
            match self.properties(wish, plan) {
                Ok(more) => steps.extend(more),
                Err(more) => refusals.extend(more),
            }
        }
        if refusals.is_empty() {
            Ok(steps)
        } else {
            Err(refusals)
        }
    }

    /// 0640, of root and the user that the workers run as.
    pub(super) fn is_closed(&self, path: &str) -> bool {
        let group = run_user(self.wanted, self.facts);
        self.facts.edge.paths.get(path).is_some_and(|facts| {
            (
                facts.mode.as_str(),
                facts.owner.as_str(),
                facts.group.as_str(),
            ) == ("640", "root", group.as_str())
        })
    }

    /// Secrets files that no connector file refers to any more. A worker that runs with them keeps them until its restart.
    pub(super) fn left_over(&self, planned: &[Step]) -> Vec<Step> {
        if self.wanted.secrets_as == SecretsAs::File || !self.wanted.has(super::Part::Secrets) {
            return Vec::new();
        }
        let edge = &self.facts.edge;
        let unused = |connector: &Connector| {
            let file = connector.properties_file(&self.wanted.kafka_home);
            let refers = edge
                .contents(&file)
                .is_some_and(|text| text.contains(&connector.secrets_file()));
            let replaced = planned.iter().any(
                |step| matches!(step, Step::WriteFile { path, key: Some(_), .. } if *path == file),
            );
            let runs = edge
                .units
                .get(connector)
                .is_some_and(|unit| unit.is_running());
            (replaced || !refers) && (self.wanted.has(super::Part::Services) || !runs)
        };
        Connector::BOTH
            .into_iter()
            .filter(unused)
            .filter_map(|connector| {
                let path = connector.secrets_file();
                let sha256 = edge.sha256(&path)?.to_owned();
                Some(Step::RemoveSecrets { path, sha256 })
            })
            .collect()
    }

    /// Said when a key is about to be written in the clear.
    pub(super) fn warn_of_inline(planned: &[Step], plan: &mut Plan) {
        if planned
            .iter()
            .any(|step| matches!(step, Step::WriteFile { key: Some(_), .. }))
        {
            plan.warnings.push(
                "--secrets inline: the keys stand in the connector files and their backups"
                    .to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_from_a_reference_and_from_the_samples() {
        let found = |value: &str| {
            let text = format!("a=1\nIotHub.AccessKeyValue={value}\n");
            in_the_clear(Connector::Source, &text)
        };
        assert_eq!(found("c2VjcmV0\\=").as_deref(), Some("c2VjcmV0="));
        for none in ["", " ", "PLACEHOLDER", "${file:/etc/x:outer.key}"] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
