//! What Microsoft's sample program for the proxy does, by our commands: create a topic, see it, write records of six forms,
//! read them two at a time, look at partitions.

use super::Proxy;
use serde_json::{Value, json};

#[test]
fn what_the_sample_does() {
    let proxy = Proxy::new();
    let topic = "hello_topic_abcdefg";
    let created = proxy
        .run(&[
            "topics",
            "create",
            topic,
            "--partitions",
            "1",
            "--replication-factor",
            "1",
            "--set",
            "retention.ms=604800000",
            "--set",
            "min.insync.replicas=1",
            "-o",
            "json",
        ])
        .succeeded();
    assert_eq!(created.json(), json!({"created": [topic], "in_place": []}));
    let config = proxy
        .run(&["topics", "describe", topic, "--via", "tunnel"])
        .succeeded();
    assert!(
        config.out.contains("retention.ms=604800000"),
        "{}",
        config.out
    );
    let listed = proxy.run(&["topics", "list"]).succeeded();
    assert!(listed.out.contains(topic), "{}", listed.out);

    let records = [
        json!({"key": "key1", "value": "**********"}),
        json!({"partition": 0, "value": 5}),
        json!({"value": 3.25}),
        json!({"value": {"id": 1, "name": "HDInsight Kafka REST proxy"}}),
        json!({"value": [{"id": 1, "name": "HDInsight Kafka REST proxy 1"}, {"id": 2}]}),
        json!({"value": {"group id": 1, "servers": [{"server id": 1}, {"server id": 2}]}}),
    ];
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let file = proxy.0.world.file("work/records.jsonl", lines.join("\n"));
    let written = proxy
        .run(&[
            "produce", topic, "--form", "record", "--file", &file, "-o", "json",
        ])
        .succeeded()
        .json();
    assert_eq!(
        (&written["records"], &written["requests"]),
        (&json!(6), &json!(1))
    );
    let there = proxy.values(topic);
    assert_eq!(there[0], "**********");
    assert_eq!(there[1], "5");
    let third: Value = serde_json::from_str(&there[3]).unwrap();
    assert_eq!(third, records[3]["value"]);

    for wrapped in [true, false] {
        proxy
            .0
            .rehearsal
            .rest
            .change(|options| options.wrapped = wrapped);
        let mut read = Vec::new();
        for offset in [0, 2, 4] {
            let (offset, two) = (offset.to_string(), "2");
            let part = proxy
                .run(&[
                    "tail",
                    topic,
                    "--partition",
                    "0",
                    "--offset",
                    &offset,
                    "--count",
                    two,
                    "-o",
                    "json",
                ])
                .succeeded();
            assert_eq!(part.out.lines().count(), 2, "{}", part.out);
            read.extend(
                part.out
                    .lines()
                    .map(|line| serde_json::from_str::<Value>(line).unwrap()),
            );
        }
        for (offset, (read, record)) in read.iter().zip(&records).enumerate() {
            assert_eq!(read["value"], record["value"]);
            assert_eq!(read["offset"], json!(offset));
            assert_eq!(
                read["key"],
                record.get("key").cloned().unwrap_or(Value::Null)
            );
        }
    }
    let end = proxy
        .run(&["tail", topic, "--partition", "0", "--offset", "6"])
        .succeeded();
    assert_eq!(end.out, "");

    let all = proxy
        .run(&["topics", "describe", topic, "-o", "json"])
        .succeeded()
        .json();
    let one = proxy
        .run(&[
            "topics",
            "describe",
            topic,
            "--partition",
            "0",
            "-o",
            "json",
        ])
        .succeeded()
        .json();
    assert_eq!(all, one);
    assert_eq!(all["partitions"][0]["latest_offset"], json!(6));
    assert!(all["partitions"][0]["leader"]["hostName"].is_string());
}

#[test]
fn what_else_only_the_proxy_has() {
    let proxy = Proxy::new();
    let status = proxy
        .run(&["rest", "status", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(status["status"], "OK");
    let brokers = proxy
        .run(&["rest", "brokers", "-o", "json"])
        .succeeded()
        .json();
    let ids: Vec<&Value> = brokers["brokers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| &b["id"])
        .collect();
    assert_eq!(ids, [&json!(1001), &json!(1002), &json!(1003)]);
}

#[test]
fn a_command_over_the_proxy_is_one_that_the_sink_reads() {
    let proxy = Proxy::with_topic("iotout");
    proxy
        .run(&[
            "send",
            "--device",
            "fakepi",
            "--id",
            "m1",
            "Turn \"On\" \u{fc}",
        ])
        .succeeded();
    let there: Value = serde_json::from_str(&proxy.values("iotout")[0]).unwrap();
    let wanted = json!({"messageId": "m1", "message": "Turn \"On\" \u{fc}", "deviceId": "fakepi"});
    assert_eq!(there, wanted);
    let records = proxy.0.rehearsal.kafka.records("iotout").unwrap();
    assert_eq!(records[0].key.as_deref(), Some(&b"fakepi"[..]));
    let read = proxy.run(&["tail", "iotout", "--last", "1"]).succeeded();
    assert!(
        read.out.contains("Turn") && read.out.contains("fakepi"),
        "{}",
        read.out
    );
}

#[test]
fn many_records_go_in_few_requests() {
    let proxy = Proxy::with_topic("many");
    let lines: String = (0..2500).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let file = proxy.0.world.file("work/many.jsonl", lines);
    let written = proxy
        .run(&["produce", "many", "--file", &file, "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(
        (&written["records"], &written["requests"]),
        (&json!(2500), &json!(3))
    );
    assert_eq!(proxy.asked("POST", "/v1/producer"), 3);
    let there = proxy.values("many");
    assert_eq!(there.len(), 2500);
    assert_eq!(there[2499], "{\"n\":2499}");
    let last = proxy
        .run(&["tail", "many", "--last", "3", "-o", "json"])
        .succeeded();
    let last: Vec<Value> = last
        .out
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(last[2]["value"], json!({"n": 2499}));
    assert_eq!(last.len(), 3);
}

#[test]
fn following_shows_what_comes_and_ends_at_its_count() {
    let proxy = Proxy::with_topic("iotin");
    let following = proxy
        .0
        .start(&["tail", "iotin", "--follow", "--count", "2"]);
    crate::rehearsal::stage::eventually("the first look", || {
        proxy.asked("GET", "/v1/consumer") + proxy.asked("GET", "/v1/metadata/topics/iotin") > 0
    });
    for text in ["one", "two"] {
        proxy.run(&["produce", "iotin", text]).succeeded();
    }
    let seen = following.finish().succeeded();
    assert!(
        seen.out.contains("one") && seen.out.contains("two"),
        "{}",
        seen.out
    );
}

#[test]
fn a_topic_that_the_proxy_does_not_list_yet_is_waited_for_within_bounds() {
    let proxy = Proxy::new();
    // its list is as old as it likes
    proxy
        .0
        .rehearsal
        .rest
        .change(|options| options.refresh = std::time::Duration::from_secs(3600));
    proxy.run(&["topics", "list"]).succeeded();
    let created = proxy
        .run(&["topics", "create", "late", "--wait", "1", "-o", "json"])
        .succeeded();
    assert_eq!(created.json()["invisible"], json!(["late"]));
    assert!(
        created
            .err
            .contains("not listed by the REST proxy within 1 s"),
        "{}",
        created.err
    );
    proxy
        .0
        .rehearsal
        .rest
        .change(|options| options.refresh = std::time::Duration::ZERO);
    let again = proxy
        .run(&["topics", "create", "late", "-o", "json"])
        .succeeded();
    assert_eq!(again.json()["in_place"], json!(["late"]));
    proxy
        .run(&["topics", "create", "late", "--partitions", "3"])
        .failed(3, &["late is there with 8 partitions"]);
}

#[test]
fn many_commands_go_in_few_requests_and_each_is_answered() {
    let proxy = Proxy::with_topic("iotout");
    let lines: String = (1..=2500)
        .map(|n| format!("{{\"deviceId\":\"d{}\",\"message\":\"turn {n}\"}}\n", n % 7))
        .collect();
    let sent = proxy.0.run_with(&["send", "-o", "json"], lines.as_bytes());
    let sent = sent.succeeded();
    assert_eq!(proxy.asked("POST", "/v1/producer"), 3);
    let answers: Vec<Value> = sent
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let there = proxy.values("iotout");
    assert_eq!((answers.len(), there.len()), (2500, 2500));
    for (number, (answer, value)) in (1..).zip(answers.iter().zip(&there)) {
        let value: Value = serde_json::from_str(value).unwrap();
        assert_eq!(value["message"], format!("turn {number}"));
        assert_eq!(answer["messageId"], value["messageId"]);
        assert_eq!(
            (&answer["line"], &answer["topic"]),
            (&json!(number), &json!("iotout"))
        );
    }
    let texts = proxy.0.run_with(
        &["send", "-d", "fakepi", "--rate", "10"],
        b"one\ntwo\nthree\n",
    );
    assert_eq!(
        texts.succeeded().err,
        "ok: 3 messages acknowledged by iotout\n"
    );
    assert_eq!(proxy.asked("POST", "/v1/producer"), 6);
    let before = proxy.asked("GET", "/v1");
    for arguments in [
        &["send", "-d", "a", "x", "--wait"][..],
        &["produce", "t", "x", "--header", "a=b"],
    ] {
        let refused = proxy
            .run(arguments)
            .failed(2, &["the REST proxy", "--via tunnel"]);
        assert!(refused.out.is_empty());
    }
    let bytes = proxy
        .0
        .run_with(&["produce", "t", "--form", "bytes"], b"\xff\n");
    bytes.failed(2, &["line 1: the REST proxy takes JSON and texts"]);
    assert_eq!(proxy.asked("GET", "/v1"), before);
}
