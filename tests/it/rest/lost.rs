//! Writes whose answer got lost: never sent a second time, and settled by a look into the topic.

use super::Proxy;
use hdikafka::sandbox::http::Fault;

#[test]
fn what_was_written_before_the_answer_was_cut_is_found() {
    let proxy = Proxy::with_topic("t");
    // the proxy writes, and the way back breaks
    proxy.fault("/v1/producer", Fault::cut_at(1).times(1));
    let found = proxy
        .run(&["produce", "t", "one", "-o", "json"])
        .succeeded();
    assert_eq!(found.json()["found"], 1);
    assert!(
        found.err.contains("looking into the topic"),
        "{}",
        found.err
    );
    assert_eq!(proxy.values("t"), ["one"]);
    assert_eq!(proxy.asked("POST", "/v1/producer"), 1);
    // again, with the same text: the first one is not taken for the second
    proxy.fault("/v1/producer", Fault::hang_up().times(1));
    proxy
        .run(&["produce", "t", "one", "--timeout", "2"])
        .failed(13, &["writing to t", "look before you send again"]);
    assert_eq!(proxy.values("t"), ["one"]);
}

#[test]
fn what_did_not_arrive_stays_unknown_and_is_named() {
    let proxy = Proxy::with_topic("t");
    let lines: String = (0..2500).map(|n| format!("line {n}\n")).collect();
    let file = proxy.0.world.file("work/lines", lines);
    // the second of three requests: the first uses up what stands in the way of the other
    proxy.fault("/v1/producer/topics", Fault::default().times(1));
    proxy.fault("/v1/producer", Fault::hang_up().times(1));
    let words = [
        "1000 of 2500 records were acknowledged by t",
        "not known whether written: lines 1001-2000",
        "not sent: line 2001 and those after it",
    ];
    proxy
        .run(&["produce", "t", "--file", &file, "--timeout", "2"])
        .failed(13, &words);
    assert_eq!(proxy.values("t").len(), 1000);
    assert_eq!(
        proxy.asked("POST", "/v1/producer"),
        2,
        "nothing goes on after it"
    );
}

#[test]
fn an_answer_of_a_gateway_says_nothing_about_the_write() {
    let proxy = Proxy::with_topic("t");
    for status in [500, 502, 503, 504] {
        proxy.fault(
            "/v1/producer",
            Fault::answer(status, "text/html", "<html>").times(1),
        );
        proxy
            .run(&["produce", "t", "x", "--timeout", "1"])
            .failed(13, &["not known whether the records were written"]);
    }
    assert_eq!(
        proxy.asked("POST", "/v1/producer"),
        4,
        "none was sent twice"
    );
    assert!(proxy.values("t").is_empty());
}

#[test]
fn a_command_whose_answer_is_late_is_not_sent_twice() {
    let proxy = Proxy::with_topic("iotout");
    proxy.fault(
        "/v1/producer",
        Fault::delay(std::time::Duration::from_secs(20)).times(1),
    );
    let late = proxy.run(&["send", "-d", "fakepi", "Turn On", "--timeout", "2"]);
    let late = late.failed(13, &["not known whether"]);
    assert!(late.took.as_secs() < 20, "{:?}", late.took);
    assert_eq!(
        proxy.asked("POST", "/v1/producer") + proxy.values("iotout").len(),
        0
    );
}

/// So many commands for ten devices, with ids.
fn commands(count: usize) -> String {
    let line = |n| {
        format!(
            "{{\"deviceId\":\"d{}\",\"message\":\"turn {n}\",\"messageId\":\"m{n}\"}}\n",
            n % 10
        )
    };
    (1..=count).map(line).collect()
}

#[test]
fn commands_whose_answer_was_cut_are_found_and_the_others_are_named() {
    let proxy = Proxy::with_topic("iotout");
    let file = proxy.0.world.file("work/commands.jsonl", commands(1500));
    let send = ["send", "--file", &file, "--timeout", "2", "-o", "json"];
    proxy.fault("/v1/producer", Fault::cut_at(1).times(1));
    let found = proxy.run(&send).succeeded();
    assert!(
        found.err.contains("looking into the topic")
            && found
                .err
                .contains("ok: 1500 messages acknowledged by iotout"),
        "{}",
        found.err
    );
    assert_eq!(found.out.lines().count(), 1500);
    assert_eq!(proxy.values("iotout").len(), 1500);
    // The same commands again: those of the first time are not taken for them.
    proxy.fault("/v1/producer", Fault::hang_up().times(1));
    let lost = proxy.run(&send);
    assert_eq!(lost.code, 13, "{}", lost.err);
    for words in [
        "0 of 1500 messages were acknowledged by iotout",
        "not known whether written: lines 1-1000",
        "not sent: line 1001 and those after it",
    ] {
        assert!(lost.err.contains(words), "{words}: {}", lost.err);
    }
    assert_eq!(proxy.values("iotout").len(), 1500);
    assert_eq!(proxy.asked("POST", "/v1/producer"), 3);
}
