//! Commands and telemetry, from one end to the other: each arrives once, by every route.

use super::person::Person;
use super::stage::{Stage, eventually};
use hdikafka::sandbox::hub::Fate;
use hdikafka::sandbox::kafka::{ApiKey, EXTERNAL, Fault};
use serde_json::{Value, json};

#[test]
fn commands_arrive_once_by_every_route() {
    let stage = Stage::bridge();
    let outside = stage.rehearsal.kafka.bootstrap(EXTERNAL);
    let direct = ["--via", "direct", "--brokers", &outside];
    let auto = ["--via", "auto", "-v"];
    let routes = [&[][..], &["--via", "tunnel"], &direct, &auto];
    let mut texts = Vec::new();
    for (number, route) in routes.iter().enumerate() {
        let text = format!("turn {number} \u{fc} \"'");
        let sent = stage
            .run(&[&["send", "-d", "fakepi", "-o", "json", &text][..], route].concat())
            .succeeded();
        let sent = sent.json();
        assert_eq!(
            (&sent["topic"], &sent["deviceId"]),
            (&json!("iotout"), &json!("fakepi")),
            "{sent:#}"
        );
        texts.push(text);
        let tail = stage
            .run(&[&["tail", "iotout", "--last", "1"][..], route].concat())
            .succeeded();
        assert!(tail.out.contains(&format!("turn {number}")), "{}", tail.out);
        let topics = stage
            .run(&[&["topics", "list"][..], route].concat())
            .succeeded();
        assert!(
            topics.out.contains("iotin") && topics.out.contains("iotout"),
            "{}",
            topics.out
        );
        if route.contains(&"-v") {
            assert!(
                topics.err.contains("through the edge node's SSH session"),
                "{}",
                topics.err
            );
        }
    }
    eventually("all commands", || {
        stage.commands("fakepi").len() >= texts.len()
    });
    assert_eq!(stage.commands("fakepi"), texts, "each once and in order");

    let simulated = stage
        .run(&["device", "simulate", "fakepi", "--no-telemetry", "-n", "4"])
        .succeeded();
    let received: Vec<&str> = simulated
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("Receive message: "))
        .collect();
    assert_eq!(received, texts);
    let fates = stage.rehearsal.hub.commands("fakepi");
    assert!(
        fates.iter().all(|one| one.fate == Fate::Completed),
        "{fates:?}"
    );

    stage
        .run(&["topics", "delete", "audit", "--yes", "--via", "rest"])
        .failed(2, &["not over rest"]);
    stage
        .run(&[
            "send",
            "-d",
            "fakepi",
            "x",
            "--via",
            "direct",
            "--timeout",
            "3",
        ])
        .failed(8, &["cannot reach Kafka", "--via tunnel"]);
    // The sink goes on after the connectors were restarted, where it was.
    stage
        .run(&["connector", "restart", "sink", "--yes"])
        .succeeded();
    stage.run(&["send", "-d", "fakepi", "last"]).done();
    eventually("the last one", || {
        stage
            .commands("fakepi")
            .last()
            .is_some_and(|text| text == "last")
    });
    assert_eq!(
        stage.commands("fakepi").len(),
        texts.len() + 1,
        "something came twice"
    );
}

#[test]
fn telemetry_arrives_once_and_cannot_harm_a_terminal() {
    let stage = Stage::bridge();
    let wild = "{\"text\":\"\u{1b}]0;title\u{7}\u{9b}31m \u{202e}\"}";
    let sent = stage
        .run(&[
            "device", "simulate", "fakepi", "-n", "3", "--every", "100ms",
        ])
        .succeeded();
    assert_eq!(
        sent.out.matches("Sent message: ").count(),
        3,
        "{}",
        sent.out
    );
    let properties = [("temperatureAlert".to_owned(), "\u{1b}[31m".to_owned())].into();
    stage
        .rehearsal
        .hub
        .inject("fakepi", wild.as_bytes(), properties);
    eventually("four records", || {
        stage.rehearsal.kafka.look(|seen| seen.count("iotin")) >= 4
    });
    let all = stage
        .run(&["tail", "iotin", "--last", "20", "-o", "json"])
        .done()
        .out;
    let records: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 4, "{all}");
    for format in [&[][..], &["-o", "yaml"]] {
        let shown = stage
            .run(&[&["tail", "iotin", "--last", "20"][..], format].concat())
            .done()
            .out;
        assert!(
            shown.contains("title") && shown.contains("temperature"),
            "{shown}"
        );
    }
    // A source that starts again goes on where it was.
    stage.run(&["connector", "restart", "source"]).succeeded();
    stage.until_healthy();
    let last = stage
        .run(&["device", "simulate", "fakepi", "-n", "1"])
        .succeeded();
    assert_eq!(last.out.matches("Sent message: ").count(), 1);
    eventually("the fifth", || {
        stage.rehearsal.kafka.look(|seen| seen.count("iotin")) >= 5
    });
    assert_eq!(
        stage.rehearsal.kafka.look(|seen| seen.count("iotin")),
        5,
        "something was read twice"
    );
}

#[test]
fn the_gate_before_the_sink() {
    let stage = Stage::new();
    stage
        .rehearsal
        .kafka
        .create_topic("iotout", 8, 3, &[])
        .unwrap();
    for text in ["old one", "old two"] {
        stage.run(&["send", "-d", "fakepi", text]).done();
    }
    let words = [
        "the sink has never run",
        "2 commands wait for 1 device",
        "--from latest",
    ];
    stage.refused(&["setup", "--yes"], 3, &words);
    stage
        .run(&["setup", "--yes", "--from", "latest"])
        .succeeded();
    stage.run(&["send", "-d", "fakepi", "new"]).done();
    eventually("the new command", || stage.commands("fakepi") == ["new"]);

    stage.run(&["connector", "stop", "sink"]).succeeded();
    stage
        .run(&["send", "-d", "fakepi", "while it stood"])
        .done();
    stage
        .run(&["connector", "start", "sink"])
        .failed(2, &["1 command waits for 1 device", "--yes"]);
    assert_eq!(stage.health("sink")["verdict"], "stopped");
    stage
        .run(&["connector", "start", "sink", "--yes"])
        .succeeded();
    eventually("the backlog", || {
        stage.commands("fakepi") == ["new", "while it stood"]
    });

    stage.run(&["connector", "stop", "sink"]).succeeded();
    stage.run(&["send", "-d", "fakepi", "skipped"]).done();
    stage
        .run(&["connector", "start", "sink", "--yes", "--from", "latest"])
        .succeeded();
    stage.run(&["send", "-d", "fakepi", "after"]).done();
    eventually("what came after", || {
        stage.commands("fakepi") == ["new", "while it stood", "after"]
    });
}

#[test]
fn topics_are_made_and_shown() {
    let stage = Stage::new();
    let created = stage.run(&["topics", "create", "audit", "--partitions", "3"]);
    created.succeeded();
    let shown = stage
        .run(&["topics", "describe", "audit", "-o", "json"])
        .succeeded()
        .json();
    let yaml = stage
        .run(&["topics", "describe", "audit", "-o", "yaml"])
        .succeeded()
        .yaml();
    assert_eq!(shown, yaml);
    let table = stage.run(&["topics", "describe", "audit"]).succeeded().out;
    assert_eq!(
        table
            .lines()
            .filter(|line| line.starts_with(['0', '1', '2']))
            .count(),
        3,
        "{table}"
    );
    let again = stage
        .run(&["topics", "create", "audit", "--partitions", "3"])
        .succeeded();
    assert!(
        again.out.contains("audit is there already"),
        "{}",
        again.out
    );
    stage
        .run(&["topics", "create", "audit", "--partitions", "5"])
        .failed(3, &["audit", "3 partitions"]);
    stage
        .run(&["topics", "create", "big", "--replication-factor", "4"])
        .failed(2, &["big"]);
    stage
        .run(&["topics", "describe", "nope"])
        .failed(4, &["nope does not exist"]);
    stage.run(&["tail", "nope"]).failed(4, &["nope"]);
    assert_eq!(stage.topics(), ["audit"]);
}

#[test]
fn what_somebody_types_is_sent_line_by_line() {
    let stage = Stage::new();
    let kafka = &stage.rehearsal.kafka;
    kafka.create_topic("iotout", 1, 3, &[]).unwrap();
    let mut person = Person::at(&stage, &["send"], &[]);
    person.reads("Device");
    person.types("a b");
    person.reads("device id");
    person.types("\u{15}fakepi");
    person.reads("Ctrl-D ends");
    for (offset, text) in ["Turn On", "Turn Off"].iter().enumerate() {
        person.reads("fakepi> ");
        person.types(text);
        person.reads(&format!("iotout-0@{offset}"));
        assert_eq!(kafka.look(|seen| seen.count("iotout")), offset as i64 + 1);
    }
    person.reads("fakepi> ");
    person.types("");
    person.reads("fakepi> ");
    person.types(&"x".repeat(3000));
    person.reads("iotout-0@2");
    person.reads("fakepi> ");
    person.types("\u{4}");
    let (code, screen) = person.leaves(&[]);
    assert_eq!(code, 0, "{screen}");
    let values: Vec<Value> = kafka
        .records("iotout")
        .unwrap()
        .iter()
        .map(|record| serde_json::from_slice(record.value.as_deref().unwrap()).unwrap())
        .collect();
    assert_eq!(values.len(), 3);
    assert_eq!(
        (&values[0]["message"], &values[1]["message"]),
        (&json!("Turn On"), &json!("Turn Off"))
    );
    assert!(values.iter().all(|value| value["deviceId"] == "fakepi"));
    assert_ne!(values[0]["messageId"], values[1]["messageId"]);

    kafka.fail(ApiKey::Produce, Fault::hang_up());
    let mut person = Person::at(&stage, &["send", "-d", "fakepi", "--timeout", "1"], &[]);
    person.reads("fakepi> ");
    person.types("lost");
    person.reads("sending to fakepi: it is not known whether");
    person.reads("fakepi> ");
    kafka.clear_faults();
    person.types("there");
    person.reads("iotout-0@3");
    person.reads("fakepi> ");
    person.types("\u{4}");
    assert_eq!(person.leaves(&[]).0, 13, "one of them is not known");

    let nothing = stage.run(&["send", "-d", "fakepi", "--no-input"]);
    nothing.failed(2, &["there is nothing to send"]);
}

#[test]
fn a_check_tells_when_nobody_would_forward_it_and_waiting_when_somebody_has() {
    let stage = Stage::bridge();
    stage.until_healthy();
    let sent = stage.run(&["send", "-d", "fakepi", "one", "--check", "--wait", "-v"]);
    let sent = sent.succeeded();
    for words in ["the sink runs", "ok: waiting for the sink"] {
        assert!(sent.err.contains(words), "{words}: {}", sent.err);
    }
    assert!(stage.commands("fakepi").contains(&"one".to_owned()));
    stage.run(&["connector", "stop", "sink"]).succeeded();
    let waits = stage.run(&["send", "-d", "fakepi", "two", "--check", "--wait=1s"]);
    assert_eq!(waits.code, 14, "{}", waits.err);
    for words in ["warning: the sink is stopped", "has not passed iotout-"] {
        assert!(waits.err.contains(words), "{words}: {}", waits.err);
    }
    assert!(waits.out.starts_with("iotout-"), "{}", waits.out);
}
