//! The IoT Hub: names, endpoint, partitions and policy; and whether the edge node has a way out to it.

use crate::edge::{Command, Remote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

const REACH_PROGRAM: &str = include_str!("../../templates/edge/reach.sh");
/// AMQP over TLS: fixed in the connector's libraries, for both directions.
pub const AMQPS_PORT: u16 = 5671;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hub {
    pub name: String,
    /// `myhub.azure-devices.net`: where commands go.
    pub host_name: String,
    /// The Event Hubs-compatible name (`eventHubEndpoints.events.path`).
    pub events_path: String,
    /// `sb://NAMESPACE.servicebus.windows.net/`: where telemetry is read.
    pub events_endpoint: String,
    pub partitions: u32,
    pub policy: String,
    /// Rights of the policy as Azure says them; none when only a key was given.
    pub rights: Option<String>,
    /// How each of the two hosts answered the edge node on port 5671; empty when nobody asked.
    #[serde(default)]
    pub reach: BTreeMap<String, Reach>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    Ok,
    /// The name does not resolve.
    Name,
    /// Refused or reset.
    Closed,
    /// No answer within 5 s.
    Silent,
    /// The node has nothing to try it with.
    Unknown,
}

impl Reach {
    /// What is wrong, in words; none when nothing is known to be.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            Self::Ok | Self::Unknown => None,
            Self::Name => Some("the name does not resolve there"),
            Self::Closed => Some("the connection is refused"),
            Self::Silent => {
                Some("no answer within 5 s: a firewall or network security group drops it")
            }
        }
    }
}

impl Hub {
    /// The host part of the Event Hubs-compatible endpoint.
    pub fn events_host(&self) -> &str {
        let rest = self
            .events_endpoint
            .split_once("://")
            .map_or(self.events_endpoint.as_str(), |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or(rest)
    }

    /// The hosts that the connectors talk to: source's, then sink's.
    pub fn hosts(&self) -> [&str; 2] {
        [self.events_host(), &self.host_name]
    }

    /// "the edge node has no way out to HOST:5671: …" for each host that did not answer.
    pub fn reach_problems(&self) -> Vec<String> {
        let named = self
            .reach
            .iter()
            .filter_map(|(host, reach)| Some((host, reach.problem()?)));
        named
            .map(|(host, why)| {
                format!("the edge node has no way out to {host}:{AMQPS_PORT}: {why}")
            })
            .collect()
    }
}

/// Asks the node to open a connection to each host. One exec.
pub fn reach(remote: &dyn Remote, hosts: &[&str]) -> anyhow::Result<BTreeMap<String, Reach>> {
    let command = Command::program("hdikafka-reach", REACH_PROGRAM, reach_arguments(hosts))
        .timeout(Duration::from_secs(20));
    let output = remote.run(&command)?;
    if !output.success() {
        return Err(super::failure(remote, &command, &output));
    }
    Ok(parse_reach(&String::from_utf8_lossy(&output.stdout)))
}

fn reach_arguments(hosts: &[impl AsRef<str>]) -> impl Iterator<Item = String> {
    let hosts = hosts.iter().map(|host| host.as_ref().to_owned());
    std::iter::once(AMQPS_PORT.to_string()).chain(hosts)
}

/// The program that asks and its arguments, for another program to run.
pub fn reach_question(hosts: &[String]) -> Vec<String> {
    let program = std::iter::once(REACH_PROGRAM.to_owned());
    program.chain(reach_arguments(hosts)).collect()
}

/// What it answered.
pub fn parse_reach(text: &str) -> BTreeMap<String, Reach> {
    let mut answers = BTreeMap::new();
    for (word, host) in text.lines().filter_map(|line| line.split_once(' ')) {
        let reach = match word {
            "ok" => Reach::Ok,
            "name" => Reach::Name,
            "closed" => Reach::Closed,
            "silent" => Reach::Silent,
            _ => Reach::Unknown,
        };
        answers.insert(host.to_owned(), reach);
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_reach_are_read() {
        let hub = Hub {
            host_name: "myhub.azure-devices.net".into(),
            events_endpoint: "sb://iothub-ns-x.servicebus.windows.net:443/".into(),
            reach: parse_reach(
                "ok myhub.azure-devices.net\nsilent iothub-ns-x.servicebus.windows.net\n",
            ),
            ..Hub::default()
        };
        assert_eq!(
            hub.hosts(),
            [
                "iothub-ns-x.servicebus.windows.net",
                "myhub.azure-devices.net"
            ]
        );
        let problems = hub.reach_problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with(
            "the edge node has no way out to iothub-ns-x.servicebus.windows.net:5671"
        ));
    }
}
