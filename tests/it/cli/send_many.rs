//! `send` of many: what is refused before anybody is contacted, what arrives, and what is told of it. The broker is the
//! rehearsal's, in this process.

use super::servers::Watched;
use super::{Outcome, World};
use hdikafka::kafka::Settings;
use hdikafka::kafka::group::Group;
use hdikafka::sandbox::kafka::{ApiKey, Cluster, EXTERNAL, Options, Record};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

pub(super) fn cluster(topic: &str, partitions: i32) -> (Cluster, World) {
    let cluster = Cluster::start(Options::loopback(3)).unwrap();
    cluster.create_topic(topic, partitions, 3, &[]).unwrap();
    let world = World::new().set("HDIKAFKA_BROKERS", cluster.bootstrap(EXTERNAL));
    (cluster, world)
}

pub(super) fn lines(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

pub(super) fn value(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}

/// So many commands for ten devices, with ids.
pub(super) fn commands(count: usize) -> String {
    let line = |n: usize| {
        let command = json!({"deviceId": format!("d{}", n % 10), "message": format!("turn {n}"), "messageId": format!("m{n}")});
        format!("{command}\n")
    };
    (1..=count).map(line).collect()
}

#[test]
fn json_lines_arrive_as_the_sink_reads_them_and_each_is_answered() {
    let (kafka, world) = cluster("iotout", 8);
    let text = "{\"deviceId\":\"fakepi\",\"message\":\"Turn On\",\"messageId\":\"m-1\",\"expiryTime\":\"2099-01-31T12:00:00Z\"}\n\
                \n\
                {\"message\":\"\u{fc} \\\"\\n\",\"deviceId\":\"other\"}\r\n";
    let file = world.file("work/commands.jsonl", text);
    let by_file = world.run(&["send", "--file", &file, "-o", "json"]);
    let by_file = by_file.succeeded();
    let by_stdin = world.run_with(&["send", "-o", "json"], text.as_bytes());
    let by_stdin = by_stdin.succeeded();
    let by_dash = world.run_with(&["send", "--file", "-"], text.as_bytes());
    assert_eq!(by_dash.succeeded().out, "", "a person gets a summary");
    for outcome in [&by_file, &by_stdin] {
        assert_eq!(outcome.err, "ok: 2 messages acknowledged by iotout\n");
        let mut answers = lines(outcome);
        answers.sort_by_key(|answer| answer["line"].as_u64());
        assert_eq!(
            (&answers[0]["line"], &answers[1]["line"]),
            (&json!(1), &json!(3))
        );
        assert_eq!(answers[0]["messageId"], "m-1");
        let records = kafka.records("iotout").unwrap();
        for answer in &answers {
            let place = (&answer["partition"], &answer["offset"]);
            let record = records
                .iter()
                .find(|record| (&json!(record.partition), &json!(record.offset)) == place);
            let sent = value(record.unwrap());
            assert_eq!(sent["messageId"], answer["messageId"]);
            assert_eq!(sent["deviceId"], answer["deviceId"]);
            assert_eq!(answer["topic"], "iotout");
        }
    }
    let records = kafka.records("iotout").unwrap();
    assert_eq!(records.len(), 6);
    let (mut generated, mut given) = (BTreeSet::new(), 0);
    for record in &records {
        let sent = value(record);
        assert_eq!(
            record.key.as_deref(),
            Some(sent["deviceId"].as_str().unwrap().as_bytes())
        );
        if sent["deviceId"] == "fakepi" {
            given += 1;
            let whole = json!({"messageId": "m-1", "message": "Turn On", "deviceId": "fakepi", "expiryTime": "2099-01-31T12:00:00Z"});
            assert_eq!(sent, whole);
        } else {
            assert_eq!(sent["message"], "\u{fc} \"\n");
            generated.insert(sent["messageId"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!((given, generated.len()), (3, 3), "ids that are made differ");
}

#[test]
fn texts_for_one_device_keep_their_order() {
    let (kafka, world) = cluster("iotout", 8);
    let texts = "\u{feff}one\r\n{\"deviceId\":\"x\"}\n\n\tthree \n";
    let sent = world.run_with(
        &["send", "-d", "fakepi", "--expires-in", "10m"],
        texts.as_bytes(),
    );
    let sent = sent.succeeded();
    assert_eq!(sent.err, "ok: 3 messages acknowledged by iotout\n");
    let records = kafka.records("iotout").unwrap();
    let messages: Vec<Value> = records
        .iter()
        .map(|r| value(r)["message"].clone())
        .collect();
    assert_eq!(messages, ["one", "{\"deviceId\":\"x\"}", "\tthree "]);
    let now = jiff::Timestamp::now();
    for record in &records {
        let expiry: jiff::Timestamp = value(record)["expiryTime"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let left = expiry.duration_since(now).as_secs();
        assert!((540..=600).contains(&left), "{left}");
    }
}

#[test]
fn every_line_is_checked_before_anybody_is_contacted() {
    let watched = Watched::new();
    let world = World::new().set("HDIKAFKA_BROKERS", watched.address());
    let long = "x".repeat(64 * 1024);
    let wrong = [
        (r#"{"deviceId":"a b","message":"x"}"#, "device id"),
        (
            r#"{"deviceId":"a","message":"x","expiry":"2099-01-31T12:00:00Z"}"#,
            "expiryTime",
        ),
        (
            r#"{"deviceId":"a","message":"x","expiryTime":"2099-01-31T12:00:00.5Z"}"#,
            "YYYY-MM-DDThh:mm:ssZ",
        ),
        (
            r#"{"deviceId":"a","message":"x","expiryTime":"2019-01-31T12:00:00Z"}"#,
            "has passed",
        ),
        (
            r#"{"deviceId":"a","message":"x","messageId":"m 1"}"#,
            "message id",
        ),
        (
            r#"{"deviceId":"a","message":"x","to":"b"}"#,
            "unknown field",
        ),
        (r#"["a","x"]"#, "not a JSON object"),
        ("Turn On", "not a JSON object"),
        (r#"{"deviceId":"a","message":"x""#, "not JSON"),
    ];
    let mut text = String::from("{\"deviceId\":\"a\",\"message\":\"good\"}\n");
    text += &wrong.map(|(line, _)| format!("{line}\n")).concat();
    text += &format!("{{\"deviceId\":\"a\",\"message\":\"{long}\"}}\n");
    let mut bytes = text.into_bytes();
    bytes.extend(b"{\"deviceId\":\"a\",\"message\":\"\xff\"}\n");
    let refused = world.run_with(&["send"], &bytes);
    let refused = refused.failed(2, &["nothing was sent", "65536", "--skip-invalid"]);
    for (number, (line, words)) in (2..).zip(wrong) {
        let told = refused
            .err
            .lines()
            .find(|told| told.contains(&format!("line {number}: ")));
        assert!(
            told.is_some_and(|told| told.contains(words)),
            "{line}: {}",
            refused.err
        );
    }
    assert!(
        refused.err.contains("line 12: this is not UTF-8"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains("line 1:"), "{}", refused.err);
    let empty = world.run_with(&["send"], b"\n\n");
    empty.failed(2, &["there is nothing to send"]);
    let missing = world.run(&["send", "--file", "no-such-file"]);
    missing.failed(2, &["no-such-file cannot be read"]);
    for arguments in [
        &["send", "on"][..],
        &["send", "-d", "a b"],
        &["send", "-d", "a", "on", "--file", "f"],
        &["send", "--id", "m1"],
        &["send", "-d", "a", "on", "--expires", "2019-01-31T12:00:00Z"],
        &["send", "-d", "a", "on", "--expires-in", "1000000h"],
        &[
            "send",
            "-d",
            "a",
            "on",
            "--expires-in",
            "1h",
            "--expires",
            "2099-01-31T12:00:00Z",
        ],
        &["send", "-d", "a", "--rate", "0"],
    ] {
        let refused = world.run_with(arguments, b"text\n");
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (2, ""),
            "{arguments:?}"
        );
    }
    assert!(!watched.was_contacted());
}

#[test]
fn an_id_may_be_given_once() {
    let watched = Watched::new();
    let world = World::new().set("HDIKAFKA_BROKERS", watched.address());
    let text = commands(40) + &commands(30) + &commands(1);
    let refused = world.run_with(&["send"], text.as_bytes());
    let words = [
        "line 41: line 1 has the same messageId",
        "line 60: line 20 has the same messageId",
        "and 11 more",
    ];
    let refused = refused.failed(2, &words);
    assert!(!refused.err.contains("line 61:"), "{}", refused.err);
    assert!(!watched.was_contacted());
}

#[test]
fn what_is_invalid_can_be_left_out_and_is_kept() {
    let (kafka, world) = cluster("iotout", 2);
    let text = commands(2)
        + "Turn On\n"
        + &commands(1)
        + "{\"deviceId\":\"d\\u0000\",\"message\":\"x\"}\n";
    let bad = world.file("work/bad.jsonl", "from before");
    let sent = world.run_with(&["send", "--skip-invalid", &bad], text.as_bytes());
    let sent = sent.succeeded();
    let words = [
        "warning: 3 lines are invalid and not sent",
        "bad.jsonl",
        "line 3: this is not a JSON object",
        "line 4: line 1 has the same messageId",
        "line 5: ",
        "ok: 2 messages acknowledged",
    ];
    for words in words {
        assert!(sent.err.contains(words), "{words}: {}", sent.err);
    }
    let records = kafka.records("iotout").unwrap();
    let ids: BTreeSet<String> = records
        .iter()
        .map(|r| value(r)["messageId"].to_string())
        .collect();
    assert_eq!(ids.len(), 2);
    let kept = fs::read_to_string(&bad).unwrap();
    assert_eq!(
        fs::metadata(&bad).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let mut kept: Vec<Value> = kept
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    kept.sort_by_key(|one| one["line"].as_u64());
    let known = |one: &Value| (one["line"].clone(), one["input"].clone());
    assert_eq!(known(&kept[0]), (json!(3), json!("Turn On")));
    assert_eq!(kept[1]["line"], 4);
    assert!(kept[1]["reason"].as_str().unwrap().contains("messageId"));
    assert_eq!(
        known(&kept[2]),
        (
            json!(5),
            json!("{\"deviceId\":\"d\\u0000\",\"message\":\"x\"}")
        )
    );
    assert_eq!(kept.len(), 3);
    let none = world.run_with(&["send", "--skip-invalid", &bad], b"x\n");
    none.failed(2, &["there is nothing to send"]);
    let own = world.run(&["send", "--file", &bad, "--skip-invalid", &bad]);
    own.failed(2, &["the one that is read"]);
    assert_eq!(fs::read_to_string(&bad).unwrap().lines().count(), 1);
}

#[test]
fn a_rate_is_kept() {
    let (kafka, world) = cluster("iotout", 3);
    let text = commands(11);
    let sent = world.run_with(&["send", "--rate", "600/min"], text.as_bytes());
    let sent = sent.succeeded();
    assert!(sent.took >= Duration::from_millis(900), "{:?}", sent.took);
    let mut times: Vec<i64> = kafka
        .records("iotout")
        .unwrap()
        .iter()
        .map(|record| record.timestamp_ms)
        .collect();
    times.sort_unstable();
    assert!(times[10] - times[0] >= 800, "{times:?}");
}

#[test]
fn waiting_for_the_sink() {
    const GROUP: &str = "connect-AzureIotHubSinkConnector";
    let (kafka, world) = cluster("iotout", 1);
    let idle = world.run(&["send", "-d", "a", "on", "--wait=500ms"]);
    assert_eq!(
        (idle.code, idle.out.as_str()),
        (14, "iotout-0@0\n"),
        "{}",
        idle.err
    );
    assert!(
        idle.err
            .contains("the sink has not passed iotout-0@0 within 500ms: it does not run"),
        "{}",
        idle.err
    );
    assert!(
        idle.err.contains("hdikafka connector status sink"),
        "{}",
        idle.err
    );
    let group = Group::open(&Settings::new([kafka.bootstrap(EXTERNAL)]), GROUP).unwrap();
    // It stands before the message, and then behind it.
    group.commit("iotout", &[(0, 1)]).unwrap();
    let sent = std::thread::scope(|scope| {
        let going = scope.spawn(|| world.run_with(&["send", "--wait"], commands(3).as_bytes()));
        let seen = |seen: &hdikafka::sandbox::kafka::Seen<'_>| seen.count("iotout") == 4;
        kafka
            .wait_for("the messages", Duration::from_secs(30), seen)
            .unwrap();
        group.commit("iotout", &[(0, 3)]).unwrap();
        let looked = kafka.requests(ApiKey::OffsetFetch);
        let seen = |seen: &hdikafka::sandbox::kafka::Seen<'_>| {
            seen.requests(ApiKey::OffsetFetch) > looked + 1
        };
        kafka
            .wait_for("a look", Duration::from_secs(30), seen)
            .unwrap();
        assert!(!going.is_finished(), "3 is the next that it reads");
        group.commit("iotout", &[(0, 4)]).unwrap();
        going.join().unwrap()
    });
    let sent = sent.succeeded();
    assert!(
        sent.err.contains("ok: waiting for the sink"),
        "{}",
        sent.err
    );
}

#[test]
fn a_check_needs_an_edge_node_and_says_so() {
    let (_kafka, world) = cluster("iotout", 1);
    let sent = world.run(&["send", "-d", "a", "on", "--check"]).succeeded();
    assert_eq!(sent.out, "iotout-0@0\n");
    for words in ["warning: whether the sink runs", "edge.host"] {
        assert!(sent.err.contains(words), "{words}: {}", sent.err);
    }
}
