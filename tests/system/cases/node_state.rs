//! What setup finds on a node and in Kafka that is somebody else's: kept as it is, or refused before anything is changed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::bad_day::{KAFKA_CONFIG, read, refused, says, unit, write, write_profile};
use super::bridge::{as_device, hdikafka};
use crate::lab::{Lab, Parts, kafka};
use crate::runner::{Case, Outcome};

const SETUP: [&str; 2] = ["setup", "--yes"];

pub fn cases() -> Vec<Case> {
    let all = Parts::ALL;
    vec![
        Case::shared(
            "somebodys_files_and_topics_are_kept",
            all,
            somebodys_files_and_topics_are_kept,
        ),
        Case::shared(
            "a_node_in_somebodys_use_is_refused",
            all,
            a_node_in_somebodys_use_is_refused,
        ),
        Case::shared("the_gate_before_the_sink", all, the_gate_before_the_sink),
    ]
}

/// CRLF, Latin-1 and UTF-8 side by side, keys given twice, values and keys over several lines, odd separators.
const STANDALONE: &[u8] = b"# Gr\xf6\xdfe \xe2\x82\xac, by ann\r\n\
    ! bootstrap.servers=commented:9092\r\n\
    bootstrap.servers = first:9092\r\n\
    \tkey.converter : org.apache.kafka.connect.json.\\\r\n      JsonConverter\r\n\
    value.converter=org.apache.kafka.connect.json.JsonConverter\n\
    offset.flush.timeout.ms=5000\r\n\
    offset.flush.timeout.ms = \\\r\n   6000\r\n\
    rest.extra\\ key\\:x=caf\xe9 \\u20ac\r\n\
    bootstrap.servers:second:9092\r\n\
    offset.storage.file.filename=/tmp/connect.offsets\r\n\
    # the last line has no end\r\n\
    access.control.allow.methods=GET";

/// What of it is not ours, in order.
const KEPT: [&[u8]; 6] = [
    b"# Gr\xf6\xdfe \xe2\x82\xac, by ann\r\n! bootstrap.servers=commented:9092\r\n",
    b"offset.flush.timeout.ms=5000\r\noffset.flush.timeout.ms = \\\r\n   6000\r\n",
    b"rest.extra\\ key\\:x=caf\xe9 \\u20ac\r\n",
    b"offset.storage.file.filename=/var/lib/hdikafka/offsets/connect.offsets\r\n",
    b"# the last line has no end\r\n",
    b"access.control.allow.methods=GET",
];

fn somebodys_files_and_topics_are_kept(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let standalone = format!("{KAFKA_CONFIG}/connect-standalone.properties");
    write(lab, &standalone, STANDALONE)?;
    let sink = format!("{KAFKA_CONFIG}/connect-iothub-sink.properties");
    write(
        lab,
        &sink,
        b"# ann\xe9\r\nname=Mine\r\nerrors.log.enable=\\\r\n  false\r\n",
    )?;
    lab.create_topic("iotin", 2)?;

    let made = hdikafka(lab, &SETUP)?.ok()?;
    ensure!(
        made.stderr
            .contains("topic iotin is there with another shape: partitions 2"),
        "{}",
        made.stderr
    );
    let after = read(lab, &standalone)?;
    let mut rest = after.as_slice();
    for part in KEPT {
        let at = rest
            .windows(part.len())
            .position(|window| window == part)
            .with_context(|| {
                format!(
                    "{:?} is not in {:?}",
                    String::from_utf8_lossy(part),
                    String::from_utf8_lossy(&after)
                )
            })?;
        rest = &rest[at + part.len()..];
    }
    let after = read(lab, &sink)?;
    ensure!(
        after.starts_with(b"# ann\xe9\r\nname=")
            && after
                .windows(27)
                .any(|w| w == b"errors.log.enable=\\\r\n  fals"),
        "{:?}",
        String::from_utf8_lossy(&after)
    );
    hdikafka(lab, &["connector", "status"])?.ok()?;
    as_device(lab, |device| device.send(b"{\"t\": 1}", &[]))?;
    lab.wait("the telemetry in iotin", Duration::from_secs(30), || {
        let tail = hdikafka(lab, &["tail", "iotin", "--last", "5"])?.ok()?;
        Ok(tail.stdout.contains("{\"t\": 1}"))
    })?;
    says(
        hdikafka(lab, &["topics", "create", "iotin", "--partitions", "8"])?,
        3,
        &["iotin", "2"],
    )?;
    Ok(())
}

fn a_node_in_somebodys_use_is_refused(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let source = format!("{KAFKA_CONFIG}/connect-iothub-source.properties");
    write(lab, &source, b"name=x\ntransforms.a.type=PLACEHOLDER\n")?;
    refused(lab, &SETUP, 3, &["transforms.a.type=PLACEHOLDER", "give"])?;
    lab.edge_exec(&["rm", &source])?.ok()?;

    run_by_hand(
        lab,
        "holder",
        &["systemd-socket-activate", "-l", "127.0.0.1:8084", "cat"],
    )?;
    listening(lab, 8084)?;
    refused(
        lab,
        &SETUP,
        3,
        &["8084", "systemd-socket", "(pid ", "--sink-port"],
    )?;
    lab.edge_exec(&["systemctl", "stop", "holder"])?.ok()?;

    write(lab, "/tmp/connect.offsets", b"not empty")?;
    refused(lab, &SETUP, 3, &["/tmp/connect.offsets", "made by hand"])?;
    lab.edge_exec(&["rm", "/tmp/connect.offsets"])?.ok()?;

    foreign_worker(lab)?;
    refused(
        lab,
        &SETUP,
        3,
        &[
            "a Connect worker that is not ours",
            "user kafka, /var/tmp/worker.properties",
        ],
    )?;
    Ok(())
}

fn run_by_hand(lab: &Lab, unit: &str, argv: &[&str]) -> Outcome {
    let unit = format!("--unit={unit}");
    lab.edge_exec(&[&["systemd-run", "-q", &unit, "--uid=kafka"], argv].concat())?
        .ok()?;
    Ok(())
}

fn listening(lab: &Lab, port: u16) -> Outcome {
    let filter = format!("sport = :{port}");
    lab.wait("a listener", Duration::from_secs(30), || {
        let ss = lab.edge()?.exec_quietly(&["ss", "-Hltn", &filter])?.ok()?;
        Ok(!ss.stdout.is_empty())
    })
}

/// What an operator made by hand with Kafka's own tools, on a port of its own.
fn foreign_worker(lab: &Lab) -> Outcome {
    let worker = format!(
        "bootstrap.servers={}\nkey.converter=org.apache.kafka.connect.storage.StringConverter\n\
         value.converter=org.apache.kafka.connect.storage.StringConverter\n\
         offset.storage.file.filename=/var/tmp/mine.offsets\nlisteners=http://127.0.0.1:8090\n",
        kafka::bootstrap()
    );
    let lines = "name=lines\nconnector.class=org.apache.kafka.connect.file.FileStreamSourceConnector\n\
                 tasks.max=1\nfile=/var/tmp/lines.txt\ntopic=lines\n";
    write(lab, "/var/tmp/worker.properties", worker.as_bytes())?;
    write(lab, "/var/tmp/lines.properties", lines.as_bytes())?;
    let start = "/usr/hdp/current/kafka-broker/bin/connect-standalone.sh";
    let files = ["/var/tmp/worker.properties", "/var/tmp/lines.properties"];
    // Its log goes to the journal, not where it would look like a change of ours.
    let log = "KAFKA_LOG4J_OPTS=-Dlog4j.configuration=file:/usr/hdp/current/kafka-broker/config/tools-log4j.properties";
    run_by_hand(lab, "mine", &[&["env", log, start][..], &files].concat())?;
    listening(lab, 8090)
}

fn the_gate_before_the_sink(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    lab.create_topic("iotout", 3)?;
    hdikafka(lab, &["hosts"])?.ok()?;
    for text in ["old one", "old two"] {
        hdikafka(lab, &["send", "--device", "fakepi", text])?.ok()?;
    }
    let words = [
        "the sink has never run",
        "2 commands wait for 1 device",
        "--from latest",
    ];
    refused(lab, &SETUP, 3, &words)?;
    hdikafka(lab, &[&SETUP[..], &["--from", "latest"]].concat())?.ok()?;
    hdikafka(lab, &["send", "--device", "fakepi", "new"])?.ok()?;
    ensure!(received(lab)? == "new", "an old command was sent");

    // From now on a backlog is meant: it is shown, and with consent it goes out.
    hdikafka(lab, &["connector", "stop", "sink"])?.ok()?;
    ensure!(unit(lab, "sink", "ActiveState")? == "inactive");
    hdikafka(lab, &["send", "--device", "fakepi", "while it stood"])?.ok()?;
    let asks = says(
        hdikafka(lab, &["connector", "start", "sink"])?,
        2,
        &["1 command waits for 1 device", "--yes"],
    )?;
    ensure!(
        unit(lab, "sink", "ActiveState")? == "inactive",
        "{}",
        asks.stderr
    );
    hdikafka(lab, &["connector", "start", "sink", "--yes"])?.ok()?;
    ensure!(received(lab)? == "while it stood");
    Ok(())
}

/// The next command that the device gets.
fn received(lab: &Lab) -> Result<String> {
    let mut got = None;
    lab.wait("a command at the device", Duration::from_secs(30), || {
        got = as_device(lab, |device| device.receive())?;
        Ok(got.is_some())
    })?;
    let got = got.context("nothing received")?;
    as_device(lab, |device| device.complete(&got))?;
    Ok(String::from_utf8_lossy(&got.body).into_owned())
}
