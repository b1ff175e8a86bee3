//! The worker files: the one that the manual edits, one derived from it for each connector, and their log4j files.

use super::by_hand;
use super::files::{Files, Values, Wish, with_extra};
use super::{Into, Plan, Refusal, Step};
use crate::facts::edge::latin1_bytes;
use crate::facts::places::{self, Connector};
use crate::properties;
use crate::template;

pub(super) const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";
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
        let mut add = |outcome: Result<Option<Step>, Vec<Refusal>>| match outcome {
            Ok(step) => steps.extend(step),
            Err(refusals) => conflicts.extend(refusals),
        };
        let values = self.standalone_values(&shipped);
        let ours: Vec<&str> = values.iter().map(|(key, _)| *key).collect();
        let extra = by_hand::worker_extra(&self.by_hand, &self.wanted.kafka_home, &ours);
        let wish = Wish {
            path: standalone,
            base: shipped.clone(),
            derived: false,
            values,
            extra,
        };
        let base = with_extra(&shipped, &wish);
        add(self.properties(wish, plan));
        for connector in Connector::BOTH {
            if let Ok(base) = &base {
                let values = self.worker_values(connector, base);
                add(self.properties(
                    Wish {
                        path: connector.worker_file(),
                        base: base.clone(),
                        derived: true,
                        values,
                        extra: Vec::new(),
                    },
                    plan,
                ));
            }
            let (base, values) = match connector {
                Connector::Source => (self.source_template(), self.source_values()),
                Connector::Sink => (template::SINK.to_owned(), self.sink_values()),
            };
            let home = &self.wanted.kafka_home;
            let ours: Vec<&str> = values.iter().map(|(key, _)| *key).collect();
            add(self.properties(
                Wish {
                    path: connector.properties_file(home),
                    extra: by_hand::extra(&self.by_hand, connector, home, &ours),
                    base,
                    derived: false,
                    values,
                },
                plan,
            ));
            let log4j = template::fill(template::LOG4J, &[("log", &connector.log_file())]);
            add(self
                .text(connector.log4j_file(), log4j, plan)
                .map_err(|refusal| vec![refusal]));
            if self.facts.edge.has_rest_login {
                let jaas =
                    template::fill(template::REST_JAAS, &[("login", &connector.login_file())]);
                add(self
                    .text(connector.jaas_file(), jaas, plan)
                    .map_err(|refusal| vec![refusal]));
            }
        }
        if !self.facts.edge.has_rest_login {
            plan.warnings.push(format!(
                "Kafka on {} lacks connect-basic-auth-extension: every user of the node can read the hub's key from the workers' REST ports",
                self.facts.edge.host
            ));
        }
        if conflicts.is_empty() {
            Ok(steps)
        } else {
            Err(conflicts)
        }
    }

    /// What the manual sets, plus where plugins and offsets belong.
    fn standalone_values(&self, shipped: &str) -> Values {
        let mut values = vec![
            ("bootstrap.servers", self.wanted.brokers.join(",")),
            ("key.converter", STRING_CONVERTER.to_owned()),
            ("value.converter", STRING_CONVERTER.to_owned()),
            ("consumer.max.poll.records", "10".to_owned()),
            (
                "offset.storage.file.filename",
                format!("{}/connect.offsets", places::OFFSETS),
            ),
        ];
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
