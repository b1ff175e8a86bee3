//! `send`: what is refused before anybody is contacted, brokers that are down, and a record that arrives.

use super::World;
use super::servers::{Watched, ambari, closed, host};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use serde_json::{Value, json};
use std::time::Duration;

#[track_caller]
fn refused(arguments: &[&str], words: &[&str]) {
    let watched = Watched::new();
    let world = World::new().set("HDIKAFKA_BROKERS", watched.address());
    let outcome = world.run(arguments);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (2, ""),
        "{arguments:?}: {}",
        outcome.err
    );
    for words in words {
        assert!(
            outcome.err.contains(words),
            "{words:?} is not in {}",
            outcome.err
        );
    }
    assert!(!watched.was_contacted(), "{arguments:?}");
}

#[test]
fn an_id_that_no_device_can_have_contacts_nobody() {
    let long = "x".repeat(129);
    let both = [
        "a\"b",
        "a\nb",
        "../x",
        "a b",
        "a/b",
        "a\\b",
        "ü",
        "",
        "\u{1b}[31m",
        &long,
    ];
    // a message's id may have a `;`, and no URL is made of it
    for id in both.into_iter().chain(["a;b", ".."]) {
        refused(&["send", "--device", id, "on"], &["device id"]);
    }
    for id in both {
        refused(&["send", "-d", "fakepi", "--id", id, "on"], &["message id"]);
    }
}

#[test]
fn a_text_that_the_hub_would_refuse_contacts_nobody() {
    let text = "x".repeat(64 * 1024);
    refused(&["send", "-d", "fakepi", &text], &["65536"]);
}

#[test]
fn an_expiry_that_the_sink_would_not_read_contacts_nobody() {
    for time in [
        "tomorrow",
        "2026-01-31",
        "2026-01-31 09:00:00Z",
        "2026-01-31T09:00:00",
        "2026-01-31T09:00:00+01:00",
        "2026-01-31T09:00:00.5Z",
        "2026-02-30T09:00:00Z",
        "2026-01-31t09:00:00z",
        "",
    ] {
        refused(
            &["send", "-d", "fakepi", "--expires", time, "on"],
            &["YYYY-MM-DDThh:mm:ssZ"],
        );
    }
}

#[test]
fn a_name_that_no_topic_can_have_contacts_nobody() {
    let long = "x".repeat(250);
    for topic in [
        "a\"b", "a'b", "a\nb", "a;b", "../x", "..", ".", "a b", "ü", &long,
    ] {
        let flag = format!("--commands-topic={topic}");
        refused(
            &["send", "-d", "fakepi", "on", &flag],
            &["--commands-topic"],
        );
        refused(&["tail", topic], &[]);
        refused(&["topics", "describe", topic], &[]);
        refused(&["topics", "create", "good", topic], &[]);
    }
}

#[test]
fn brokers_that_are_down_are_told_in_words_and_in_time() {
    let brokers = format!("{},{}", closed(), closed());
    let world = World::new().set("HDIKAFKA_BROKERS", &brokers);
    for arguments in [
        &["send", "-d", "fakepi", "on"][..],
        &["topics", "list"],
        &["tail"],
    ] {
        let outcome = world
            .run(&[arguments, &["--timeout", "3"]].concat())
            .failed(
                8,
                &["cannot reach Kafka", &brokers, "refused", "hdikafka hosts"],
            );
        assert!(
            outcome.took < Duration::from_secs(6),
            "{arguments:?}: {:?}",
            outcome.took
        );
    }
}

#[test]
fn brokers_that_say_nothing_are_left_after_the_time_out() {
    let silent = Watched::new();
    let world = World::new().set("HDIKAFKA_BROKERS", silent.address());
    let outcome = world
        .run(&["send", "-d", "fakepi", "on", "--timeout", "2"])
        .failed(8, &["cannot reach Kafka"]);
    assert!(outcome.took < Duration::from_secs(6), "{:?}", outcome.took);
    assert!(silent.was_contacted());
}

/// librdkafka's own broker: no Kafka, but its protocol.
fn kafka() -> MockCluster<'static, DefaultProducerContext> {
    let cluster = MockCluster::new(1).unwrap();
    for topic in ["iotin", "iotout"] {
        cluster.create_topic(topic, 4, 1).unwrap();
    }
    cluster
}

#[test]
fn a_command_arrives_as_the_sink_reads_it() {
    let kafka = kafka();
    let world = World::new().set("HDIKAFKA_BROKERS", kafka.bootstrap_servers());
    let texts = ["Turn On", "", "\"'\n\u{1b}[31m ü \\"];
    for (number, text) in texts.iter().enumerate() {
        let id = format!("m-{number}");
        let sent = world
            .run(&[
                "send", "--device", "fakepi", "--id", &id, "-o", "json", "--", text,
            ])
            .done()
            .json();
        assert_eq!(
            (&sent["topic"], &sent["offset"]),
            (&json!("iotout"), &json!(number))
        );
        assert_eq!(
            (&sent["messageId"], &sent["deviceId"]),
            (&json!(id), &json!("fakepi"))
        );
    }
    let answer = world
        .run(&[
            "send",
            "-d",
            "fakepi",
            "--expires",
            "2099-01-31T09:00:00Z",
            "off",
        ])
        .done()
        .out;
    assert!(
        answer.starts_with("iotout-") && answer.ends_with("@3\n"),
        "{answer:?}"
    );
    let read = world
        .run(&["tail", "iotout", "--last", "9", "-o", "json"])
        .done()
        .out;
    let records: Vec<Value> = read
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 4, "{read}");
    for (number, text) in texts.iter().enumerate() {
        let expected =
            json!({"messageId": format!("m-{number}"), "message": text, "deviceId": "fakepi"});
        assert_eq!(
            (&records[number]["value"], &records[number]["key"]),
            (&expected, &json!("fakepi"))
        );
    }
    assert_eq!(records[3]["value"]["expiryTime"], "2099-01-31T09:00:00Z");
}

#[test]
fn hosts_are_remembered_and_then_nobody_asks_ambari() {
    let kafka = kafka();
    // a host may be named with a port of its own, so the brokers of this Ambari can be real ones
    let mut broker = host("wn0", "127.0.0.1", "KAFKA_BROKER", "STARTED");
    broker["name"] = json!(kafka.bootstrap_servers());
    let running = ambari(&[json!({"name": "myKafka", "version": "HDP-5.1", "hosts": [broker]})]);
    let world = running.world();
    // nothing remembered: asked once, and then known
    world.run(&["send", "-d", "fakepi", "one"]).done();
    assert_eq!(running.requests(), 2);
    world.run(&["send", "-d", "fakepi", "two"]).done();
    world.run(&["tail", "iotout", "--last", "1"]).done();
    assert_eq!(running.requests(), 2);
    // neither Ambari nor its password is needed
    let gone = World::new().set("HDIKAFKA_GATEWAY", running.head_node());
    let gone = gone.set("XDG_CACHE_HOME", world.env["XDG_CACHE_HOME"].clone());
    drop(running);
    gone.run(&["send", "-d", "fakepi", "three"]).done();
    gone.run(&["hosts"]).failed(2, &["cluster.password"]);
    // a cache that is spoilt is as good as none
    let cache = world.path("home/.cache/hdikafka/hosts");
    for entry in std::fs::read_dir(&cache).unwrap() {
        std::fs::write(entry.unwrap().path(), b"{\"name\":").unwrap();
    }
    gone.run(&["send", "-d", "fakepi", "four"])
        .failed(2, &["cluster.password"]);
}
