//! Every other answer of the proxy, told apart in words, and what it cannot do at all.

use super::Proxy;
use hdikafka::sandbox::http::Fault;

#[test]
fn whoever_is_not_in_the_group_is_told_so() {
    let proxy = Proxy::with_topic("t");
    proxy
        .0
        .rehearsal
        .rest
        .change(|options| options.members.clear());
    let words = ["(403)", "as a member to the Security group"];
    proxy.run(&["topics", "list"]).failed(6, &words);
    proxy.run(&["produce", "t", "x"]).failed(6, &words);
    assert!(proxy.values("t").is_empty());
}

#[test]
fn what_answers_instead_of_the_proxy() {
    let proxy = Proxy::new();
    let cases: [(Fault, i32, &[&str]); 7] = [
        (
            Fault::answer(200, "text/html", "<title>Azure</title>"),
            8,
            &["an HTML page, \"Azure\"", "--rest-url"],
        ),
        (
            Fault::answer(200, "application/json", "{\"items\":[]}"),
            8,
            &["JSON of another shape"],
        ),
        (
            Fault::answer(302, "text/plain", "").header("Location", "https://login/?t=1"),
            8,
            &["a redirect"],
        ),
        (
            Fault::answer(502, "text/html", "<html>"),
            8,
            &["the REST proxy behind it does not (502)", "port 9400"],
        ),
        (
            Fault::answer(504, "text/plain", ""),
            8,
            &["(504)", "port 9400"],
        ),
        (
            Fault::answer(500, "text/plain", "\u{1b}[31mboom"),
            1,
            &["failed (500)", "[31mboom"],
        ),
        (
            Fault::answer(500, "application/json", "{\"message\":\"no broker\"}"),
            1,
            &["no broker"],
        ),
    ];
    for (fault, code, words) in cases {
        proxy.fault("/v1/metadata/topics", fault);
        proxy.run(&["topics", "list"]).failed(code, words);
    }
    proxy.fault("/v1/metadata/topics", Fault::hang_up());
    proxy.run(&["topics", "list"]).failed(8, &["cannot reach"]);
    proxy.fault("/v1/metadata/topics", Fault::hang_up().times(2));
    proxy.run(&["topics", "list"]).succeeded();
}

#[test]
fn nobody_there_and_an_unknown_name() {
    let proxy = Proxy::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", taken.local_addr().unwrap());
    drop(taken);
    proxy
        .run(&["rest", "status", "--rest-url", &url])
        .failed(8, &["cannot reach", "443 must be open"]);
    proxy
        .run(&[
            "rest",
            "status",
            "--rest-url",
            "https://nobody-kafkarest.invalid",
        ])
        .failed(
            8,
            &[
                "nobody-kafkarest.invalid",
                "enabled when the cluster was made",
            ],
        );
    proxy.0.profile("ca_file", "# ca_file");
    proxy
        .run(&["rest", "status"])
        .failed(7, &["cannot be trusted", "--ca-file"]);
}

#[test]
fn asked_to_come_back_later() {
    let proxy = Proxy::with_topic("t");
    for status in [429, 503] {
        let later = || Fault::answer(status, "text/plain", "later").header("Retry-After", "1");
        proxy.fault("/v1/status", later().times(1));
        let answered = proxy.run(&["rest", "status"]).succeeded();
        assert!(answered.took.as_millis() >= 1000, "{:?}", answered.took);
        // it says that nothing was done, so this is no second try
        proxy.fault("/v1/producer", later().times(1));
        proxy
            .run(&["produce", "t", &status.to_string()])
            .succeeded();
    }
    assert_eq!(proxy.values("t"), ["429", "503"]);
    let long = Fault::answer(429, "text/plain", "").header("Retry-After", "7200");
    proxy.fault("/v1/status", long);
    let given_up = proxy
        .run(&["rest", "status"])
        .failed(8, &["come back later (429)"]);
    assert!(given_up.took.as_secs() < 30);
}

#[test]
fn requests_that_cannot_be() {
    let proxy = Proxy::with_topic("t");
    proxy
        .run(&["topics", "describe", "nosuch"])
        .failed(4, &["does not know", "nosuch"]);
    proxy
        .run(&["topics", "describe", "t", "--partition", "9"])
        .failed(4, &["(404)"]);
    proxy
        .run(&["produce", "nosuch", "x"])
        .failed(4, &["nosuch"]);
    proxy
        .run(&["produce", "t", "x", "--partition", "9"])
        .failed(1, &["(400)", "no such partition"]);
    proxy.run(&["tail", "nosuch"]).failed(4, &["nosuch"]);
    proxy
        .run(&[
            "topics",
            "create",
            "bad",
            "--set",
            "no.such=1",
            "--replication-factor",
            "1",
        ])
        .failed(1, &["(400)"]);
    assert!(proxy.values("t").is_empty());
    let lines = proxy
        .0
        .world
        .file("work/lines", "{\"value\":1}\n{\"valeu\":2}\n\u{1}\n");
    proxy
        .run(&["produce", "t", "--form", "record", "--file", &lines])
        .failed(2, &["nothing was written", "line 2", "line 3"]);
    let large = proxy.0.world.file("work/large", "x".repeat(6_000_001));
    proxy
        .run(&["produce", "t", "--file", &large])
        .failed(2, &["6000000"]);
    assert!(proxy.values("t").is_empty());
}

#[test]
fn what_the_proxy_cannot_do_is_said_before_anything_happens() {
    let proxy = Proxy::new();
    for command in [
        &["setup", "--yes"][..],
        &["setup", "--dry-run"],
        &["connector", "start", "sink"],
    ] {
        proxy.0.refused(
            command,
            2,
            &["the REST proxy cannot do this", "--via tunnel"],
        );
    }
}
