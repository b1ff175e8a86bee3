//! `send` of many: what is refused before anybody is contacted, what arrives, and what is told of it. The broker is the
//! rehearsal's, in this process.

use super::servers::Watched;
use super::{Outcome, World};
use hdikafka::kafka::Settings;
use hdikafka::kafka::group::Group;
use hdikafka::sandbox::kafka::{ApiKey, Cluster, EXTERNAL, Fault, Options, Record};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

pub(super) fn cluster(topic: &str, partitions: i32) -> (Cluster, World) {
    let cluster = Cluster::start(Options::loopback(3)).unwrap();
    cluster.create_topic(topic, partitions, 3, &[]).unwrap();
    let world = World::new().set("HDIKAFKA_BROKERS", cluster.bootstrap(EXTERNAL));
    (cluster, world)
}

fn lines(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.out.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

fn value(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().unwrap()).unwrap()
}

/// So many commands for ten devices, with ids.
fn commands(count: usize) -> String {
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

/// From now on the broker writes what it is sent, and no answer ever arrives.
fn lose_answers(kafka: &Cluster) {
    kafka.fail(ApiKey::Produce, Fault::cut_at(0));
}

/// From now on the broker hangs up instead of writing.
fn lose_requests(kafka: &Cluster) {
    kafka.fail(ApiKey::Produce, Fault::hang_up());
}

#[test]
fn what_was_written_without_an_answer_is_found_in_the_topic() {
    let (kafka, world) = cluster("iotout", 3);
    lose_answers(&kafka);
    let one = world.run(&["send", "-d", "fakepi", "Turn On", "--timeout", "2"]);
    let one = one.succeeded();
    assert!(
        one.out.starts_with("iotout-") && one.out.ends_with("@0\n"),
        "{}",
        one.out
    );
    assert!(one.err.contains("looking into iotout"), "{}", one.err);
    let text = commands(500);
    let many = world.run_with(&["send", "-o", "json", "--timeout", "2"], text.as_bytes());
    let many = many.succeeded();
    assert!(
        many.err.contains("ok: 500 messages acknowledged"),
        "{}",
        many.err
    );
    let answers = lines(&many);
    let records = kafka.records("iotout").unwrap();
    assert_eq!(
        (answers.len(), records.len()),
        (500, 501),
        "none was written twice"
    );
    for answer in answers {
        let record = records.iter().find(|record| {
            (json!(record.partition), json!(record.offset))
                == (answer["partition"].clone(), answer["offset"].clone())
        });
        assert_eq!(value(record.unwrap())["messageId"], answer["messageId"]);
    }
}

#[test]
fn what_is_not_found_stays_unknown_and_is_named() {
    let (kafka, world) = cluster("iotout", 3);
    let text = commands(20);
    let first = world.run_with(&["send"], text.as_bytes());
    first.succeeded();
    lose_requests(&kafka);
    // The same ids are in the topic from before, and are not taken for those of this run.
    for _ in 0..2 {
        let lost = world.run_with(&["send", "--timeout", "2"], text.as_bytes());
        let words = [
            "0 of 20 messages were acknowledged by iotout",
            "not known whether written: lines 1-20",
            "look before you send again",
        ];
        lost.failed(13, &words);
    }
    let lost = world.run(&["send", "-d", "d1", "--id", "m1", "turn 1", "--timeout", "2"]);
    lost.failed(13, &["sending to d1", "not known whether"]);
    assert_eq!(kafka.records("iotout").unwrap().len(), 20);
}

#[test]
fn brokers_that_go_away_half_way_leave_nothing_in_the_dark() {
    let (kafka, world) = cluster("iotout", 3);
    let text = commands(5000);
    let arguments = ["send", "-o", "json", "--rate", "2000", "--timeout", "2"];
    let outcome = std::thread::scope(|scope| {
        let going = scope.spawn(|| world.run_with(&arguments, text.as_bytes()));
        let seen = |seen: &hdikafka::sandbox::kafka::Seen<'_>| seen.count("iotout") >= 500;
        kafka
            .wait_for("the first ones", Duration::from_secs(30), seen)
            .unwrap();
        for node in [1001, 1002, 1003] {
            kafka.stop_node(node).unwrap();
        }
        going.join().unwrap()
    });
    assert!(
        matches!(outcome.code, 8 | 13),
        "{}: {}",
        outcome.code,
        outcome.err
    );
    let error: Value = serde_json::from_str(outcome.err.lines().last().unwrap()).unwrap();
    let told = error["error"].as_str().unwrap();
    let acknowledged: BTreeSet<u64> = lines(&outcome)
        .iter()
        .map(|a| a["line"].as_u64().unwrap())
        .collect();
    assert!(
        told.starts_with(&format!(
            "{} of 5000 messages were acknowledged",
            acknowledged.len()
        )),
        "{told}"
    );
    let written: BTreeSet<u64> = kafka
        .records("iotout")
        .unwrap()
        .iter()
        .map(|record| {
            value(record)["messageId"].as_str().unwrap()[1..]
                .parse()
                .unwrap()
        })
        .collect();
    assert!(acknowledged.is_subset(&written));
    // Each line is told once: acknowledged, unknown, failed, or not sent.
    let mut named = acknowledged.clone();
    for part in told.lines().skip(1) {
        let (kind, numbers) = part.split_once(": ").unwrap();
        let numbers = numbers
            .trim_start_matches("lines ")
            .trim_start_matches("line ");
        if kind == "not sent" {
            let from: u64 = numbers.split(' ').next().unwrap().parse().unwrap();
            named.extend(from..=5000);
            continue;
        }
        for range in numbers.split(", ") {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            for line in from.parse::<u64>().unwrap()..=to.parse().unwrap() {
                assert!(named.insert(line), "line {line} is told twice: {told}");
                assert!(
                    kind.contains("not known") || !written.contains(&line),
                    "{kind}: {line}"
                );
            }
        }
    }
    assert_eq!(named.len(), 5000, "{told}");
}

#[test]
fn a_signal_ends_it_when_what_is_under_way_is_there() {
    let (kafka, world) = cluster("iotout", 3);
    let file = world.file("work/commands.jsonl", commands(5000));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_hdikafka"))
        .args(["send", "--file", &file, "--rate", "100"])
        .env_clear()
        .envs(&world.env)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let seen = |seen: &hdikafka::sandbox::kafka::Seen<'_>| seen.count("iotout") >= 5;
    kafka
        .wait_for("the first ones", Duration::from_secs(30), seen)
        .unwrap();
    // SAFETY: a process of ours.
    unsafe { libc::kill(child.id().cast_signed(), libc::SIGINT) };
    let code = child.wait().unwrap().code();
    let err = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    let written = kafka.records("iotout").unwrap().len();
    assert_eq!(code, Some(130), "{err}");
    assert!(
        err.contains(&format!(
            "error: interrupted: {written} of 5000 messages were acknowledged"
        )),
        "{err}"
    );
    assert!(
        err.contains(&format!(
            "not sent: line {} and those after it",
            written + 1
        )),
        "{err}"
    );
}

#[test]
fn a_reader_that_leaves_changes_nothing_and_a_full_disk_ends_it() {
    let (kafka, world) = cluster("iotout", 3);
    let file = world.file("work/commands.jsonl", commands(3000));
    let send = |out: std::process::Stdio| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hdikafka"));
        command
            .args(["send", "--file", &file, "-o", "json"])
            .env_clear()
            .envs(&world.env);
        let output = command
            .stdin(std::process::Stdio::null())
            .stdout(out)
            .stderr(std::process::Stdio::piped());
        let output = output.spawn().unwrap().wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (code, err) = send(writer.into());
    assert_eq!(
        (code, err.as_str()),
        (Some(0), "ok: 3000 messages acknowledged by iotout\n")
    );
    assert_eq!(kafka.records("iotout").unwrap().len(), 3000);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let (code, err) = send(full.into());
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("cannot write the output"), "{err}");
    let acknowledged = kafka.records("iotout").unwrap().len() - 3000;
    let told: serde_json::Value = serde_json::from_str(err.lines().last().unwrap()).unwrap();
    let told = told["error"].as_str().unwrap();
    let all = told == "3000 messages acknowledged by iotout";
    let some = format!(
        "{acknowledged} of 3000 messages were acknowledged by iotout\nnot sent: line {} and",
        acknowledged + 1
    );
    assert!(all || told.starts_with(&some), "{told}");
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

#[test]
fn memory_does_not_grow_with_the_file() {
    let (kafka, world) = cluster("iotout", 8);
    // 160 MB; the broker keeps the last 64 of them
    let text = "x".repeat(8000);
    let line = |n: usize| {
        format!(
            "{{\"deviceId\":\"d{}\",\"message\":\"{text}\",\"messageId\":\"m{n}\"}}\n",
            n % 100
        )
    };
    let file = world.path("work/large.jsonl");
    let mut writer = std::io::BufWriter::new(fs::File::create(&file).unwrap());
    (0..20_000).for_each(|n| std::io::Write::write_all(&mut writer, line(n).as_bytes()).unwrap());
    drop(writer);
    assert!(fs::metadata(&file).unwrap().len() > 150 << 20);
    let begun = Instant::now();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_hdikafka"))
        .args(["send", "--quiet", "--file", file.to_str().unwrap()])
        .env_clear()
        .envs(&world.env)
        .stdin(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(60));
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most = most.max(peak.map_or(0, |peak| {
            peak.trim().trim_end_matches(" kB").parse().unwrap()
        }));
        std::thread::sleep(Duration::from_millis(2));
    };
    assert_eq!(status.code(), Some(0));
    let marks = kafka.look(|seen| seen.watermarks("iotout"));
    assert_eq!(marks.iter().map(|(_, high)| high).sum::<i64>(), 20_000);
    assert!((1..150_000).contains(&most), "{most} kB");
}
