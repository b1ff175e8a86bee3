//! The systemd units of the two workers.

use super::files::{Files, run_user};
use super::{Plan, Refusal, Step};
use crate::facts::places::Connector;
use crate::template;

impl Files<'_> {
    pub(super) fn units(&self, plan: &mut Plan) -> Result<Vec<Step>, Vec<Refusal>> {
        let (mut steps, mut conflicts) = (Vec::new(), Vec::new());
        for connector in Connector::BOTH {
            match self.unit(connector, plan) {
                Ok(step) => steps.extend(step),
                Err(refusal) => conflicts.push(refusal),
            }
        }
        if conflicts.is_empty() {
            Ok(steps)
        } else {
            Err(conflicts)
        }
    }

    fn unit(&self, connector: Connector, plan: &mut Plan) -> Result<Option<Step>, Refusal> {
        let wanted = self.wanted;
        let user = run_user(wanted, self.facts);
        // above the worker's own graceful time-out, so that systemd's SIGKILL is the last resort
        let stop_seconds = (wanted.graceful_stop_ms() / 1000 + 30).to_string();
        let rest_login = match self.facts.edge.has_rest_login {
            true => template::REST_LOGIN,
            false => "",
        };
        let unit = template::fill(
            template::UNIT,
            &[
                // first: it has places of its own
                ("rest_login", rest_login),
                ("jaas", &connector.jaas_file()),
                ("login", &connector.login_file()),
                ("connector", connector.word()),
                ("user", &user),
                ("group", &user),
                ("log4j", &connector.log4j_file()),
                ("heap", &wanted.heap),
                ("jvm_options", &wanted.jvm_options),
                ("log", &connector.log_file()),
                ("kafka_home", &wanted.kafka_home),
                ("worker", &connector.worker_file()),
                ("properties", &connector.properties_file(&wanted.kafka_home)),
                ("stop_seconds", &stop_seconds),
                // a sink that fails on a record would send the good ones before it again at every restart
                (
                    "restart",
                    if connector == Connector::Source {
                        "on-failure"
                    } else {
                        "no"
                    },
                ),
            ],
        );
        self.text(connector.unit_path(), unit, plan)
    }
}
