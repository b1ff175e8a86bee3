//! Workers that do not start, that die, or that say RUNNING while nothing arrives: exit code 14 and the cause in words.

use std::time::Duration;

use anyhow::{Context, ensure};

use super::bad_day::{KAFKA_CONFIG, read, says, standing_bridge, unit, worker_rest, write};
use super::bridge::{as_device, hdikafka};
use super::interruptions::{finish, start};
use crate::lab::net::{self, Block, Host};
use crate::lab::{Lab, Parts, kafka};
use crate::runner::{Case, Outcome};

const OFFSETS: &str = "/var/lib/hdikafka/offsets";

pub fn cases() -> Vec<Case> {
    let all = Parts::ALL;
    vec![
        Case::shared("a_worker_exits_at_once", all, a_worker_exits_at_once),
        Case::shared(
            "a_worker_dies_while_it_is_watched",
            all,
            a_worker_dies_while_it_is_watched,
        ),
        Case::shared("a_worker_ends_by_itself", all, a_worker_ends_by_itself),
        Case::shared("no_way_out_to_the_hub", all, no_way_out_to_the_hub),
        Case::shared(
            "the_topic_is_gone_and_the_source_runs",
            all,
            the_topic_is_gone_and_the_source_runs,
        ),
        Case::shared(
            "the_offset_file_is_no_good",
            all,
            the_offset_file_is_no_good,
        ),
        Case::shared(
            "a_stop_in_the_middle_of_a_start",
            all,
            a_stop_in_the_middle_of_a_start,
        ),
    ]
}

fn a_worker_exits_at_once(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    hdikafka(lab, &["connector", "stop", "sink"])?.ok()?;
    let path = format!("{KAFKA_CONFIG}/connect-iothub-sink.properties");
    let good = read(lab, &path)?;
    let text = String::from_utf8(good.clone())?;
    let class = text
        .lines()
        .find(|line| line.starts_with("connector.class"))
        .context("a class")?;
    write(
        lab,
        &path,
        text.replace(class, "connector.class=com.example.NoSuchSink")
            .as_bytes(),
    )?;
    let words = [
        "the sink is not healthy",
        "does not find the connector's class",
        "connector logs sink",
    ];
    says(
        hdikafka(lab, &["connector", "start", "sink", "--stable-for", "10s"])?,
        14,
        &words,
    )?;
    let status = hdikafka(lab, &["connector", "status", "sink"])?.code_is(14)?;
    ensure!(
        status
            .stdout
            .contains("does not find the connector's class"),
        "{}",
        status.stdout
    );
    let invalid = text.replace("tasks.max=1", "tasks.max=many");
    ensure!(invalid != text, "{text}");
    write(lab, &path, invalid.as_bytes())?;
    let words = ["a setting of the connector file is invalid", "tasks.max"];
    says(
        hdikafka(lab, &["connector", "start", "sink", "--stable-for", "10s"])?,
        14,
        &words,
    )?;
    write(lab, &path, &good)?;
    hdikafka(lab, &["connector", "start", "sink"])?.ok()?;
    Ok(())
}

fn a_worker_dies_while_it_is_watched(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    for connector in ["sink", "source"] {
        let before = unit(lab, connector, "MainPID")?;
        let child = start(
            lab,
            &[
                "connector",
                "restart",
                connector,
                "--yes",
                "--stable-for",
                "60s",
            ],
        )?;
        lab.wait(
            "a new worker whose tasks run",
            Duration::from_secs(60),
            || {
                let status = worker_rest(lab, connector, "/connectors?expand=status", &[], b"")?;
                Ok(status
                    .stdout
                    .contains("\"tasks\":[{\"id\":0,\"state\":\"RUNNING\"")
                    && unit(lab, connector, "MainPID")? != before)
            },
        )?;
        lab.edge_exec(&[
            "systemctl",
            "kill",
            "-s",
            "KILL",
            &format!("hdikafka-{connector}"),
        ])?
        .ok()?;
        let words = [
            format!("the {connector} is not healthy"),
            "was killed by signal 9".to_owned(),
        ];
        says(finish(child)?, 14, &[&words[0], &words[1]])?;
    }
    Ok(())
}

/// Both are RUNNING for a while and then end, with nobody's help: the watch has to see it.
fn a_worker_ends_by_itself(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    let args = [
        "setup",
        "--yes",
        "--stable-for",
        "30s",
        "--worker-jvm-options=-Dstandin.end.after.ms=10000",
    ];
    let words = [
        "the source is not healthy: the worker exited with 9",
        "hdikafka connector logs",
    ];
    let ended = says(hdikafka(lab, &args)?, 14, &words)?;
    for connector in ["source", "sink"] {
        let said = format!("failed: prove that the {connector} runs");
        ensure!(ended.stderr.contains(&said), "{}", ended.stderr);
    }
    hdikafka(lab, &["connector", "status"])?.code_is(14)?;
    hdikafka(lab, &["setup", "--yes"])?.ok()?;
    hdikafka(lab, &["connector", "status"])?.ok()?;
    Ok(())
}

fn no_way_out_to_the_hub(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    hdikafka(lab, &["connector", "stop"])?.ok()?;
    for (connector, host, how, why) in [
        (
            "source",
            net::EVENTS,
            Block::Silence,
            "no answer within 5 s",
        ),
        ("source", net::EVENTS, Block::Reset, "is refused"),
        ("sink", net::HUB, Block::Silence, "no answer within 5 s"),
    ] {
        let barrier = lab.block(Host::Edge, host, 5671, how)?;
        let output = hdikafka(lab, &["connector", "start", connector])?;
        let said = [connector, "was not started", host, "5671", why];
        says(output, 14, &said)?;
        ensure!(
            unit(lab, connector, "ActiveState")? == "inactive",
            "{connector} was started"
        );
        let whole = hdikafka(lab, &["setup", "--yes"])?;
        says(whole, 14, &["was not started", host, why])?;
        drop(barrier);
        hdikafka(lab, &["connector", "stop"])?.ok()?;
    }
    hdikafka(lab, &["connector", "start"])?.ok()?;
    Ok(())
}

fn the_topic_is_gone_and_the_source_runs(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    let delete = format!(
        "/usr/hdp/current/kafka-broker/bin/kafka-topics.sh --bootstrap-server {} --delete --topic iotin",
        kafka::bootstrap()
    );
    lab.ssh(&["bash", "-c", &delete])?.ok()?;
    as_device(lab, |device| device.send(b"{\"t\": 2}", &[]))?;
    let mut last = None;
    lab.wait("a status that knows it", Duration::from_secs(60), || {
        let status = hdikafka(lab, &["connector", "status", "source", "-o", "json"])?;
        let known = status.code == Some(14);
        last = Some(status);
        Ok(known)
    })?;
    let status: serde_json::Value = serde_json::from_str(&last.context("a status")?.stdout)?;
    let source = &status["connectors"][0];
    ensure!(source["state"] == "RUNNING", "{source:#}");
    let words = source["cause"]["words"].as_str().unwrap_or_default();
    ensure!(words.contains("no topic iotin"), "{source:#}");
    Ok(())
}

fn the_offset_file_is_no_good(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    let file = format!("{OFFSETS}/source.offsets");
    as_device(lab, |device| device.send(b"{\"t\": 3}", &[]))?;
    lab.wait("an offset", Duration::from_secs(30), || {
        Ok(lab.edge()?.exec_quietly(&["test", "-s", &file])?.code == Some(0))
    })?;
    hdikafka(lab, &["connector", "stop", "source"])?.ok()?;
    lab.edge_exec(&["truncate", "-s", "60", &file])?.ok()?;
    let words = ["ends early", ".after-stop", "from the beginning"];
    says(hdikafka(lab, &["connector", "start", "source"])?, 3, &words)?;
    says(hdikafka(lab, &["setup", "--yes"])?, 3, &words)?;
    ensure!(unit(lab, "source", "ActiveState")? == "inactive");
    // What the hint says.
    lab.edge_exec(&["cp", "-p", &format!("{file}.after-stop"), &file])?
        .ok()?;
    hdikafka(lab, &["connector", "start", "source"])?.ok()?;
    let tail = hdikafka(lab, &["tail", "iotin", "--last", "10"])?.ok()?;
    ensure!(
        tail.stdout.matches("{\"t\": 3}").count() == 1,
        "{}",
        tail.stdout
    );

    hdikafka(lab, &["connector", "stop", "source"])?.ok()?;
    // A directory that the worker may not enter, and a file that it may not write: the one ends it, the other it does not notice.
    lab.edge_exec(&["chown", "root:root", OFFSETS])?.ok()?;
    lab.edge_exec(&["chmod", "700", OFFSETS])?.ok()?;
    let args = ["connector", "start", "source", "--stable-for", "10s"];
    let words = [
        "the source is not healthy",
        "the run user cannot write",
        OFFSETS,
    ];
    says(hdikafka(lab, &args)?, 14, &words)?;
    // And setup puts it right.
    hdikafka(lab, &["setup", "--yes"])?.ok()?;
    hdikafka(lab, &["connector", "status"])?.ok()?;
    hdikafka(lab, &["connector", "stop", "source"])?.ok()?;
    lab.edge_exec(&["chown", "root:root", &file])?.ok()?;
    says(hdikafka(lab, &args)?, 14, &[words[0], words[1], &file])?;
    let given = format!("give {file} to kafka:kafka (640)");
    let dry = hdikafka(lab, &["setup", "--dry-run"])?.code_is(10)?;
    ensure!(dry.stdout.contains(&given), "{}", dry.stdout);
    hdikafka(lab, &["setup", "--yes"])?.ok()?;
    let now = lab.edge_exec(&["stat", "-c", "%U:%G %a", &file])?.ok()?;
    ensure!(now.stdout.trim() == "kafka:kafka 640", "{}", now.stdout);
    hdikafka(lab, &["connector", "status"])?.ok()?;
    Ok(())
}

fn a_stop_in_the_middle_of_a_start(lab: &Lab) -> Outcome {
    standing_bridge(lab)?;
    for connector in ["source", "sink"] {
        hdikafka(lab, &["connector", "stop", connector])?.ok()?;
        let mut child = start(
            lab,
            &[
                "connector",
                "start",
                connector,
                "--yes",
                "--stable-for",
                "60s",
            ],
        )?;
        lab.wait("a worker", Duration::from_secs(20), || {
            Ok(unit(lab, connector, "ActiveState")? == "active")
        })?;
        // While somebody else starts it, a stop waits its turn.
        says(
            hdikafka(lab, &["connector", "stop", connector])?,
            11,
            &[
                "connector start",
                "hint: wait until the other run has ended",
            ],
        )?;
        child.kill()?;
        child.wait()?;
        lab.wait("the lock to be free", Duration::from_secs(5), || {
            let lock = ["flock", "-n", "/run/hdikafka.lock", "true"];
            Ok(lab.edge()?.exec_quietly(&lock)?.code == Some(0))
        })?;
        hdikafka(lab, &["connector", "stop", connector])?.ok()?;
        let end = [
            unit(lab, connector, "ActiveState")?,
            unit(lab, connector, "Result")?,
        ];
        ensure!(end == ["inactive", "success"], "{connector}: {end:?}");
    }
    let again = hdikafka(lab, &["setup", "--yes"])?;
    again.ok()?;
    Ok(())
}
