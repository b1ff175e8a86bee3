//! The worker files: the one that the manual edits, one derived from it for each connector, and their log4j files.

use super::files::{Files, Values, Wish, with_extra};
use super::{Into, Plan, Refusal, Step, by_hand, converter};
use crate::facts::edge::latin1_bytes;
use crate::facts::places::{self, Connector};
use crate::properties;
use crate::template;

/// Part of Kafka since 2.0, as a jar of its own.
const REST_LOGIN: &str =
    "org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension";
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
        let home = &self.wanted.kafka_home;
        let values = self.standalone_values(&shipped);
        let common = Wish {
            path: standalone,
            base: shipped.clone(),
            derived: false,
            extra: by_hand::worker_extra(&self.by_hand, home, &values),
            values,
            secret: None,
        };
        // what somebody keeps in the common file holds for the workers, too
        let base = match self.settle(&common, &shipped) {
            Ok(settled) => with_extra(&shipped, &common.extra, &settled.values),
            Err(_) => with_extra(&shipped, &common.extra, &common.values),
        };
        add(self.properties(common, plan));
        for connector in Connector::BOTH {
            if let Ok(base) = &base {
                let wish = Wish {
                    path: connector.worker_file(),
                    base: base.clone(),
                    derived: true,
                    values: self.worker_values(connector, base),
                    extra: Vec::new(),
                    secret: None,
                };
                add(self.properties(wish, plan));
            }
            add(self.properties(self.connector_wish(connector), plan));
            for (path, text) in self.beside_worker(connector) {
                add(self
                    .text(path, text, plan)
                    .map(|step| step.into_iter().collect())
                    .map_err(|refusal| vec![refusal]));
            }
        }
        if !self.facts.edge.has_rest_login {
            plan.warnings.push(format!(
                "Kafka on {} lacks connect-basic-auth-extension: every user of the node can read the hub's key from the workers' REST ports",
                self.facts.edge.host
            ));
        }
        self.warn_of_misprint(plan);
        if conflicts.is_empty() {
            Self::warn_of_inline(&steps, plan);
            Ok(steps)
        } else {
            Err(conflicts)
        }
    }

    fn connector_wish(&self, connector: Connector) -> Wish<'_> {
        let home = &self.wanted.kafka_home;
        let values = self.connector_values(connector);
        Wish {
            path: connector.properties_file(home),
            base: self.connector_template(connector),
            derived: false,
            extra: by_hand::extra(&self.by_hand, connector, home, &values),
            values,
            secret: Some(connector),
        }
    }

    /// Files of a worker that are no properties of Connect.
    fn beside_worker(&self, connector: Connector) -> Vec<(String, String)> {
        let log4j = template::fill(template::LOG4J, &[("log", &connector.log_file())]);
        let mut files = vec![(connector.log4j_file(), log4j)];
        if self.facts.edge.has_rest_login {
            let jaas = template::fill(template::REST_JAAS, &[("login", &connector.login_file())]);
            files.push((connector.jaas_file(), jaas));
        }
        files
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
            let there = listed(shipped, "plugin.path");
            values.push(("plugin.path", appended(&there, places::PLUGINS)));
        }
        values
    }

    /// What makes a worker file of its own out of the common one.
    fn worker_values(&self, connector: Connector, common: &str) -> Values {
        let mut values = vec![
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
        ];
        if self.facts.edge.has_rest_login {
            let there = listed(common, "rest.extension.classes");
            values.push(("rest.extension.classes", appended(&there, REST_LOGIN)));
        }
        values
    }
}

/// A value of a file that may not be there.
fn listed(file: &str, key: &str) -> String {
    let map = properties::read(&latin1_bytes(file)).unwrap_or_default();
    map.get(key).cloned().unwrap_or_default()
}

/// A comma-separated list: ours is appended to what is there, once.
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
