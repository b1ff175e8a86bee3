//! The units of the connectors: what starts at boot, starting and stopping, after a look whether there is a way out.

use super::Live;
use crate::apply::wait::Unhealthy;
use crate::edge::{Command, Status};
use crate::facts::places::Connector;
use crate::facts::{self, hub, run_as_root};
use std::time::{Duration, Instant};

const SERVICE_PROGRAM: &str = include_str!("../../../templates/edge/service.sh");
/// A stop waits for the worker's own graceful time-out, and systemd's above it: minutes with long receive time-outs.
const SERVICE_TIMEOUT: Duration = Duration::from_secs(600);
/// The node has no way out to the hub, and its worker was left as it was.
const NO_WAY_OUT: i32 = 30;

impl Live<'_> {
    pub(super) fn service(&self, action: &str, words: Vec<String>) -> anyhow::Result<()> {
        run_as_root(self.remote.as_ref(), &service_command(action, words))?;
        Ok(())
    }

    /// A worker whose way out is closed says RUNNING or FAILED in many ways; asking first says it in one.
    pub(super) fn after_preflight(
        &self,
        action: &str,
        connector: Connector,
        hosts: &[String],
    ) -> anyhow::Result<()> {
        self.seen().ordered.insert(connector, Instant::now());
        let mut words = vec![connector.word().to_owned()];
        if !hosts.is_empty() {
            words.push("--".to_owned());
            words.extend(hub::reach_question(hosts));
        }
        let command = service_command(action, words);
        let output = self.remote.run(&command)?;
        if output.status != Status::Code(NO_WAY_OUT) {
            return match output.success() {
                true => Ok(()),
                false => Err(facts::failure(self.remote.as_ref(), &command, &output)),
            };
        }
        let asked = hub::Hub {
            reach: hub::parse_reach(&String::from_utf8_lossy(&output.stdout)),
            ..hub::Hub::default()
        };
        let problems = asked.reach_problems();
        let words = problems.into_iter().next().unwrap_or_default();
        Err(Unhealthy {
            connector: connector.to_string(),
            words: format!("it was not started: {words}"),
            hint: Some(
                "open port 5671 from the edge node to both hosts of hdikafka hub show".into(),
            ),
            evidence: words,
        }
        .into())
    }
}

fn service_command(action: &str, words: Vec<String>) -> Command {
    let arguments = std::iter::once(action.to_owned()).chain(words);
    Command::program("hdikafka-service", SERVICE_PROGRAM, arguments)
        .sudo()
        .timeout(SERVICE_TIMEOUT)
}
