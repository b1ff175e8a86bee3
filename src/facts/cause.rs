//! What a log or a trace says in its own way, said in words: why a connector is not healthy, and what helps.

use super::edge::UnitFacts;
use super::log::{LogFacts, clean};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub words: String,
    pub hint: Option<String>,
    /// The line that it was read from, keys taken out.
    pub evidence: String,
}

impl Cause {
    fn new(words: impl Into<String>, hint: &str, evidence: &str) -> Self {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self {
            words: words.into(),
            hint,
            evidence: clean(evidence).chars().take(500).collect(),
        }
    }

    pub fn unknown(evidence: &str) -> Self {
        let line = evidence.lines().next().unwrap_or(evidence);
        Self::new(clean(line), "hdikafka connector logs", line)
    }

    pub fn unwritable(path: &str) -> Self {
        Self::new(
            format!(
                "the run user cannot write {path}: what was read is never remembered, and read again after a restart"
            ),
            "give it to the run user again; hdikafka setup does that for the directory",
            path,
        )
    }
}

/// A text that the log or a trace holds, and what it means. The first that is found wins: the specific before the general.
/// The texts are those of connector.md: Kafka Connect's and the connector's own.
const SIGNS: [(&str, &str, &str); 24] = [
    (
        "Failed to find any class that implements Connector",
        "the worker does not find the connector's class: the jar does not have it, or is not under plugin.path",
        "hdikafka connector inspect JAR; hdikafka setup",
    ),
    (
        "Unable to initialize REST server",
        "the worker's REST port is taken by somebody else",
        "set source.rest_port or sink.rest_port to a free port and run hdikafka setup",
    ),
    (
        "Address already in use",
        "the worker's REST port is taken by somebody else",
        "set source.rest_port or sink.rest_port to a free port and run hdikafka setup",
    ),
    (
        "Failed to connect to and describe Kafka cluster",
        "the worker cannot reach the brokers in bootstrap.servers",
        "hdikafka hosts",
    ),
    (
        "Could not read properties from file",
        "the secrets file cannot be read by the worker",
        "hdikafka setup --only secrets",
    ),
    (
        "invalid stream header",
        "the offset file is damaged",
        "move it away to start from StartTime, or put a good copy back",
    ),
    (
        "AccessDeniedException",
        "the worker may not read or write one of its files",
        "hdikafka setup",
    ),
    (
        "Failed to commit offsets",
        "the offset file cannot be written: what was read will be read again after a restart",
        "look at free space and owner of /var/lib/hdikafka/offsets",
    ),
    (
        "Flush of offsets threw an unexpected exception",
        "the offset file cannot be written: what was read will be read again after a restart",
        "look at free space and owner of /var/lib/hdikafka/offsets",
    ),
    (
        "must be InterfaceMethodref constant",
        "the jar was built for Java 8 and the node's Java is newer",
        "hdikafka connector inspect JAR",
    ),
    (
        "anonymous cipher suites are within the supported list",
        "the jar (0.6) needs anonymous TLS ciphers, which this Java forbids",
        "use a 0.7 jar or Java 8",
    ),
    (
        "Put token failed",
        "IoT Hub refuses the key of the policy",
        "hdikafka hub show; then hdikafka setup --only secrets",
    ),
    (
        "IotHubUnathorizedException",
        "IoT Hub refuses the connection string of the sink",
        "hdikafka hub show; then hdikafka setup --only secrets",
    ),
    (
        "SharedAccessKeyName cannot be null or empty",
        "the sink's connection string is not one",
        "hdikafka setup --only secrets",
    ),
    (
        "IllegalEntityException",
        "IoT Hub does not know the Event Hubs-compatible name, the consumer group, or one of the partitions",
        "hdikafka hub show; then hdikafka setup --only config",
    ),
    (
        "QuotaExceededException",
        "more than five readers share a partition of this consumer group",
        "give the bridge a consumer group of its own (hub.consumer_group)",
    ),
    (
        "ReceiverDisconnectedException",
        "another reader with an epoch took over this consumer group",
        "give the bridge a consumer group of its own (hub.consumer_group)",
    ),
    (
        "Unable to convert record with schema",
        "a record in the commands topic is not a command; the sink stops at it for every device",
        "hdikafka tail iotout; step over it with the sink's group, then hdikafka connector restart sink",
    ),
    (
        "IotHubNotFoundException",
        "a command names a device that IoT Hub does not know; the sink stops at it for every device",
        "create the device, then hdikafka connector restart sink",
    ),
    (
        "IotHubDeviceMaximumQueueDepthExceededException",
        "a device already has 50 commands waiting; the sink stops at the next",
        "let the device fetch its commands, then hdikafka connector restart sink",
    ),
    (
        "MessagingFactory timed out",
        "no way out to IoT Hub: the connection to port 5671 is dropped on the way",
        "open port 5671 from the edge node to both hosts of hdikafka hub show",
    ),
    (
        "connection aborted",
        "no way out to IoT Hub: wrong host name, or port 5671 is closed",
        "open port 5671 from the edge node to both hosts of hdikafka hub show",
    ),
    (
        "Connection failed to be established",
        "no way out to IoT Hub: wrong host name, or port 5671 is closed",
        "open port 5671 from the edge node to both hosts of hdikafka hub show",
    ),
    (
        "maxMessageCount",
        "BatchSize is above 999",
        "set source.batch_size to 999 or less",
    ),
];

/// The cause that a text names, if it is one that we know.
pub fn of_text(text: &str) -> Option<Cause> {
    let line_with = |sign: &str| {
        text.lines()
            .find(|line| line.contains(sign))
            .unwrap_or_default()
            .to_owned()
    };
    if let Some(invalid) = invalid_settings(text) {
        return Some(invalid);
    }
    let (sign, words, hint) = SIGNS.iter().find(|(sign, _, _)| text.contains(sign))?;
    Some(Cause::new(*words, hint, &line_with(sign)))
}

/// "Connector configuration is invalid and contains the following N error(s):" and the lines after it.
fn invalid_settings(text: &str) -> Option<Cause> {
    let (_, after) = text.split_once("Connector configuration is invalid")?;
    let named: Vec<&str> = after
        .lines()
        .skip(1)
        .take_while(|line| !line.contains("You can also find"))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let words = format!(
        "a setting of the connector file is invalid: {}",
        named.join("; ")
    );
    Some(Cause::new(
        words,
        "hdikafka setup --only config",
        named.first().unwrap_or(&""),
    ))
}

pub fn of_log(log: &LogFacts) -> Option<Cause> {
    if log.error_lines.is_empty() {
        return None;
    }
    let text = log.error_lines.join("\n");
    of_text(&text).or_else(|| Some(Cause::unknown(&log.error_lines[0])))
}

/// The process has ended: by the log, else by what it said before the log began, else by its exit code.
pub fn of_exit(unit: &UnitFacts, log: &LogFacts) -> Cause {
    let journal = unit.journal.join("\n");
    let evidence = of_log(log)
        .filter(|_| log.begun)
        .or_else(|| of_text(&log.tail.join("\n")))
        .or_else(|| of_text(&journal));
    let code = match unit.exit_status {
        1 => "its arguments are wrong",
        2 => "the worker could not start",
        3 => "the connector could not be created",
        126 | 127 => "the start script or Java was not found",
        203 => "systemd could not execute the start script",
        217 => "the run user does not exist",
        _ => "it ended",
    };
    let last = unit
        .journal
        .iter()
        .rev()
        .find(|line| !line.trim().is_empty());
    let (code, hint) = match (unit.by_signal, unit.exit_status) {
        (true, 9) => (
            "by hand, or by the kernel for want of memory",
            "journalctl -k on the node names processes that were killed for want of memory",
        ),
        (true, _) => ("a crash, or by hand", "hdikafka connector logs"),
        (false, _) => (code, "hdikafka connector logs"),
    };
    let mut cause = evidence.unwrap_or_else(|| {
        Cause::new(
            code,
            hint,
            last.or(log.tail.last()).map_or("", String::as_str),
        )
    });
    let ended = if unit.by_signal {
        "was killed by signal"
    } else {
        "exited with"
    };
    cause.words = format!("the worker {ended} {}: {}", unit.exit_status, cause.words);
    cause
}

/// The worker asks for a topic that is not there, again and again.
pub fn of_metadata(log: &LogFacts) -> Cause {
    let line = log.metadata_warning.as_deref().unwrap_or_default();
    let topic = line
        .rsplit_once('{')
        .and_then(|(_, rest)| rest.split_once('='))
        .map_or("the topic", |(topic, _)| topic);
    Cause::new(
        format!(
            "Kafka has no topic {topic}: the worker asks for it again and again and delivers nothing"
        ),
        "hdikafka setup --only topics",
        line,
    )
}

/// The beginning of a trace: the exception and its causes, without the frames, keys taken out.
pub fn first_lines(trace: &str) -> String {
    let lines = trace.lines().filter(|line| {
        !line.trim_start().starts_with("at ") && !line.trim_start().starts_with("... ")
    });
    lines.take(12).map(clean).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_failures_are_said_in_words() {
        let cause = of_text("org.apache.kafka.connect.errors.ConnectException: x\nCaused by: java.io.IOException: Connection failed to be established").unwrap();
        assert!(cause.words.starts_with("no way out"));
        let cause = of_text("BadRequestException: Connector configuration is invalid and contains the following 1 error(s):\nInvalid value PLACEHOLDER for configuration IotHub.Partitions: Not a number of type INT\nYou can also find the above list").unwrap();
        assert!(
            cause
                .words
                .contains("Invalid value PLACEHOLDER for configuration IotHub.Partitions"),
            "{}",
            cause.words
        );
        assert!(of_text("all is well").is_none());
    }

    #[test]
    fn an_exit_without_a_log_is_told_by_its_journal() {
        let unit = UnitFacts {
            exit_status: 127,
            journal: vec!["line: java: not found".into()],
            ..UnitFacts::default()
        };
        let cause = of_exit(&unit, &LogFacts::default());
        assert_eq!(
            cause.words,
            "the worker exited with 127: the start script or Java was not found"
        );
        assert_eq!(cause.evidence, "line: java: not found");
    }

    #[test]
    fn a_worker_that_was_killed_is_not_said_to_have_exited() {
        let unit = UnitFacts {
            exit_status: 9,
            by_signal: true,
            ..UnitFacts::default()
        };
        let cause = of_exit(&unit, &LogFacts::default());
        assert!(
            cause
                .words
                .starts_with("the worker was killed by signal 9: "),
            "{}",
            cause.words
        );
    }

    #[test]
    fn evidence_never_holds_a_key() {
        let cause = Cause::unknown(
            "URISyntaxException: Endpoint=sb://x;SharedAccessKey=canary42;EntityPath=e",
        );
        assert!(!cause.words.contains("canary42") && !cause.evidence.contains("canary42"));
    }
}
