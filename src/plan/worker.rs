//! The worker files: the one that the manual edits, one derived from it for each connector, and their log4j files.

use super::converter;
use super::files::{Files, Values, Wish, patched};
use super::{Into, Plan, Refusal, Step};
use crate::facts::edge::latin1_bytes;
use crate::facts::places::{self, Connector};
use crate::properties;
use crate::template;

const FILE_PROVIDER: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";

impl Files<'_> {
    /// All property and log4j files; the conflicts are hand-made changes of values that are ours.
    pub(super) fn config(&self, plan: &mut Plan) -> Result<Vec<Step>, Vec<Refusal>> {
        let standalone = places::standalone_file(&self.wanted.kafka_home);
        let shipped = self
            .facts
            .edge
            .contents(&standalone)
            .unwrap_or_default()
            .to_owned();
        let mut conflicts = Vec::new();
        let mut steps = Vec::new();
        let mut add = |outcome: Result<Vec<Step>, Vec<Refusal>>| match outcome {
            Ok(more) => steps.extend(more),
            Err(refusals) => conflicts.extend(refusals),
        };
        let common = Wish {
            path: standalone,
            base: shipped.clone(),
            derived: false,
            values: self.standalone_values(&shipped),
            secret: None,
        };
        // what somebody keeps in the common file holds for the workers, too
        let base = match self.settle(&common, &shipped) {
            Ok(settled) => patched(&shipped, &settled.values),
            Err(_) => patched(&shipped, &common.values),
        };
        add(self.properties(common, plan));
        for connector in Connector::BOTH {
            if let Ok(base) = &base {
                let wish = Wish {
                    path: connector.worker_file(),
                    base: base.clone(),
                    derived: true,
                    values: self.worker_values(connector),
                    secret: None,
                };
                add(self.properties(wish, plan));
            }
            let wish = Wish {
                path: connector.properties_file(&self.wanted.kafka_home),
                base: self.connector_template(connector),
                derived: false,
                values: self.connector_values(connector),
                secret: Some(connector),
            };
            add(self.properties(wish, plan));
            let log4j = template::fill(template::LOG4J, &[("log", &connector.log_file())]);
            add(self
                .text(connector.log4j_file(), log4j, plan)
                .map(|step| step.into_iter().collect())
                .map_err(|refusal| vec![refusal]));
        }
        self.warn_of_misprint(plan);
        if conflicts.is_empty() {
            self.warn_of_inline(&steps, plan);
            Ok(steps)
        } else {
            Err(conflicts)
        }
    }

    /// What the manual sets, plus where plugins and offsets belong.
    fn standalone_values(&self, shipped: &str) -> Values {
        let mut values = vec![
            ("bootstrap.servers", self.wanted.brokers.join(",")),
            // not `--converter`'s: the sink never reads a key, and no other class takes a plain device id for one
            ("key.converter", converter::STRING.to_owned()),
        ];
        values.extend(self.wanted.converters.worker.values());
        values.push(("consumer.max.poll.records", "10".to_owned()));
        values.push((
            "offset.storage.file.filename",
            format!("{}/connect.offsets", places::OFFSETS),
        ));
        if self.wanted.into == Into::Plugins {
            let there = properties::read(&latin1_bytes(shipped))
                .ok()
                .and_then(|map| map.get("plugin.path").cloned());
            values.push((
                "plugin.path",
                appended(there.as_deref().unwrap_or_default(), places::PLUGINS),
            ));
        }
        values
    }

    /// What makes a worker file of its own out of the common one.
    fn worker_values(&self, connector: Connector) -> Values {
        vec![
            (
                "listeners",
                format!("http://127.0.0.1:{}", self.wanted.port(connector)),
            ),
            ("offset.storage.file.filename", connector.offset_file()),
            // an idle sink says something at every flush only; the health check waits for it
            ("offset.flush.interval.ms", "5000".to_owned()),
            (
                "task.shutdown.graceful.timeout.ms",
                self.wanted.graceful_stop_ms().to_string(),
            ),
            ("config.providers", "file".to_owned()),
            ("config.providers.file.class", FILE_PROVIDER.to_owned()),
        ]
    }
}

/// `plugin.path` is a comma-separated list: ours is appended to what is there, once.
fn appended(list: &str, ours: &str) -> String {
    let mut entries: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .collect();
    if !entries.contains(&ours) {
        entries.push(ours);
    }
    entries.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_path_is_appended_to_once() {
        assert_eq!(appended("", "/p"), "/p");
        assert_eq!(appended("/a, /b", "/p"), "/a,/b,/p");
        assert_eq!(appended("/p,/a", "/p"), "/p,/a");
    }
}
