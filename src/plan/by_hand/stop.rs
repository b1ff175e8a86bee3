//! The end of the workers of a bridge made by hand: what tells each from any other process, and how it is started again.

use super::{ByHand, Properties, Worker};
use crate::facts::Facts;
use crate::facts::places::Connector;
use crate::plan::{Process, Step, Wanted};

/// Connect's own, where a worker file says nothing else.
const REST_PORT: u16 = 8083;
/// The connector's own `ReceiveTimeout`, which the 0.6 release always has.
const RECEIVE_TIMEOUT: u64 = 60;
/// Nobody waits longer than this for a poll to return.
const LONGEST: u64 = 900;

pub(super) fn workers(found: &ByHand, wanted: &Wanted, facts: &Facts) -> Vec<Step> {
    let stop = |worker: &Worker| {
        let process = worker.process;
        let names = worker.connectors.iter();
        let (rest_host, rest_port) = rest(&worker.file);
        Step::StopWorker {
            process: Process {
                pid: process.pid,
                boot_id: facts.edge.boot_id.clone(),
                started: process.started,
                argv_sha256: process.argv_sha256.clone(),
            },
            user: process.user.clone(),
            files: process.reads.clone(),
            connectors: names
                .filter_map(|connector| Some(found.files.get(connector)?.name().to_owned()))
                .collect(),
            rest_host,
            rest_port,
            rest_within: rest_within(found, worker, facts.hub.partitions),
            end_within: end_within(&worker.file),
            again: again(worker, wanted),
        }
    };
    found.workers.iter().map(stop).collect()
}

/// Where its REST API is, as the node itself reaches it.
fn rest(file: &Properties) -> (String, u16) {
    let value = |key: &str| {
        file.get(key)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let plain = |all: &str| {
        let mut all = all.split(',').map(|url| url.trim().to_owned());
        all.find(|url| !url.starts_with("https:"))
    };
    let listener = value("listeners").and_then(plain);
    let (host, port) = match listener.as_deref().and_then(|url| url.rsplit_once(':')) {
        Some((url, port)) => (url.rsplit('/').next(), port.parse().ok()),
        None => (
            value("rest.host.name"),
            value("rest.port").and_then(|port| port.parse().ok()),
        ),
    };
    let host = host.filter(|host| !["", "0.0.0.0", "localhost"].contains(host));
    (
        host.unwrap_or("127.0.0.1").to_owned(),
        port.unwrap_or(REST_PORT),
    )
}

/// Seconds until its tasks have come to rest: a source task polls its partitions one after the other, and each blocks.
fn rest_within(found: &ByHand, worker: &Worker, partitions: u32) -> u64 {
    let source = worker.connectors.contains(&Connector::Source);
    let Some(file) = found.files.get(&Connector::Source).filter(|_| source) else {
        return 120;
    };
    let number = |key: &str| file.value(key).and_then(|value| value.parse::<u64>().ok());
    let tasks = number("tasks.max").unwrap_or(1).max(1);
    let partitions = number("IotHub.Partitions").unwrap_or_else(|| partitions.into());
    let one = number("ReceiveTimeout").unwrap_or(RECEIVE_TIMEOUT);
    // twice: a slow trickle of events makes a poll longer than its time-out
    let longest = partitions
        .div_ceil(tasks)
        .saturating_mul(one)
        .saturating_mul(2);
    longest.saturating_add(60).min(LONGEST)
}

/// Seconds from SIGTERM to its end, its own graceful time-out included. At rest it has nothing to do but to close its
/// clients, to each of which Connect gives at most 30 s.
fn end_within(file: &Properties) -> u64 {
    let graceful = file.get("task.shutdown.graceful.timeout.ms");
    let graceful: u64 = graceful
        .and_then(|ms| ms.trim().parse().ok())
        .unwrap_or(5000);
    (graceful / 1000).saturating_add(30).min(LONGEST)
}

/// The command that starts it again as it was.
fn again(worker: &Worker, wanted: &Wanted) -> String {
    let process = worker.process;
    let word = |text: &str| {
        shlex::try_quote(text).map_or_else(|_| text.to_owned(), |text| text.into_owned())
    };
    let script = format!("{}/bin/connect-standalone.sh", wanted.kafka_home);
    let words = std::iter::once(script.as_str()).chain(process.reads.iter().map(String::as_str));
    let words: Vec<String> = words.map(word).collect();
    format!(
        "cd {} && sudo -u {} nohup {} &",
        word(&process.directory),
        word(&process.user),
        words.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_port_is_where_the_worker_file_puts_it() {
        let of = |text: &str| rest(&crate::properties::read(text.as_bytes()).unwrap());
        let here = |port: u16| ("127.0.0.1".to_owned(), port);
        assert_eq!(of(""), here(8083));
        assert_eq!(of("rest.port=8090\n"), here(8090));
        assert_eq!(of("listeners=https://x:8443, http://:8091\n"), here(8091));
        assert_eq!(
            of("listeners = http://127.0.0.1:8092\nrest.port=8090\n"),
            here(8092)
        );
        assert_eq!(
            of("listeners=http://ed10:8093\n"),
            ("ed10".to_owned(), 8093)
        );
        assert_eq!(of("rest.host.name=ed10\n"), ("ed10".to_owned(), 8083));
    }
}
