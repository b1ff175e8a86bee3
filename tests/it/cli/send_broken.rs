//! `send` of many on a bad day: answers that get lost, brokers that go away, signals, readers that leave, full disks. Every
//! line is accounted for, and none is written twice.

use super::send_many::{cluster, commands, lines, value};
use hdikafka::sandbox::kafka::{ApiKey, Cluster, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

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
    // What is pushed within this time is one request to each partition: a broker takes five that it has not answered.
    let text = commands(500);
    let linger = ["-X", "linger.ms=1000"];
    let args = [&["send", "-o", "json", "--timeout", "5"][..], &linger].concat();
    let many = world.run_with(&args, text.as_bytes());
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
