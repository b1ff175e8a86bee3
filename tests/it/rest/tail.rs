//! Reading back over the proxy, and the state of the chain as far as it knows it; what it does not know is said.

use super::Proxy;
use serde_json::{Value, json};

#[test]
fn records_are_chosen_and_shown_as_over_kafka_itself() {
    let proxy = Proxy::with_topic("iotin");
    let telemetry =
        r#"{"deviceId":"fakepi","content":"21\u001b[2J","enqueuedTime":"x","sequenceNumber":1}"#;
    let mut lines = vec![telemetry.to_owned()];
    lines.extend((0..1200).map(|n| format!("{{\"n\":{n}}}")));
    let file = proxy.0.world.file("work/records.jsonl", lines.join("\n"));
    proxy
        .run(&["produce", "iotin", "--file", &file])
        .succeeded();
    let tail = |arguments: &[&str]| {
        let out = proxy.run(&[&["tail"], arguments].concat()).done().out;
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // Far behind the others, and found.
    assert_eq!(
        tail(&["--device", "fakepi", "--format", "%p@%o %d %b"]),
        ["0@0 fakepi 21\\x1b[2J"]
    );
    assert_eq!(
        tail(&["--grep", "\"n\":7}", "--format", "raw"]),
        ["{\"n\":7}"]
    );
    assert_eq!(tail(&["--until-end", "--format", "raw"]).len(), 1201);
    assert_eq!(
        tail(&["--until-end", "--count", "3", "--format", "%o"]),
        ["0", "1", "2"]
    );
    let last = tail(&["--last", "2", "-o", "json"]);
    let last: Vec<Value> = last
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&last[1]["offset"], &last[1]["value"]),
        (&json!(1200), &json!({"n": 1199}))
    );
    let told = proxy.run(&["tail", "--until-end", "-v"]).succeeded();
    assert!(
        told.err
            .contains("1201 records; next offsets: iotin-0@1201"),
        "{}",
        told.err
    );
}

#[test]
fn what_the_proxy_does_not_know_is_refused_in_words() {
    let proxy = Proxy::with_topic("iotin");
    let cases: [&[&str]; 4] = [
        &["tail", "--since", "1h"],
        &["tail", "--until", "1h"],
        &["tail", "--format", "%h"],
        &["topics", "delete", "iotin", "--yes"],
    ];
    for case in cases {
        proxy.run(case).failed(2, &["not over rest", "use tunnel"]);
    }
    assert_eq!((proxy.tokens(), proxy.asked("GET", "/")), (0, 0));
}

#[test]
fn shapes_and_the_newest_telemetry_but_no_group() {
    let proxy = Proxy::with_topic("iotin");
    proxy.run(&["produce", "iotin", "x"]).succeeded();
    let listed = proxy.run(&["topics", "list", "--check", "-o", "json"]);
    assert_eq!(listed.code, 10, "{}", listed.err);
    let listed = listed.json();
    assert_eq!(listed["missing"], json!(["iotout"]));
    assert_eq!(
        listed["topics"][0]["drift"][0],
        json!({"setting": "partitions", "wanted": 8, "found": 1})
    );
    let one = proxy.run(&["topics", "describe", "iotin", "--partition", "0", "--check"]);
    assert_eq!(one.code, 10, "{}", one.err);

    // No connector is installed here: not found, as with connector status.
    let status = proxy.run(&["status", "-o", "json"]);
    assert_eq!(status.code, 4, "{}", status.err);
    let status = status.json();
    assert_eq!(status["topics"][0]["partitions"], 1);
    assert_eq!(
        (&status["telemetry"]["records"], &status["sink"]),
        (&json!(1), &Value::Null)
    );
    assert!(status["telemetry"]["age_seconds"].as_i64().unwrap() < 60);
    assert_eq!(status["not_asked"][0]["part"], "sink");
    let words = status["not_asked"][0]["error"]["error"].as_str().unwrap();
    assert!(words.contains("not over rest; use tunnel"), "{words}");
}
