//! Settings of librdkafka on the command line: what reaches it, what is refused before anybody is asked, and that no
//! secret of them is ever printed.

use super::{PASSWORD, World};
use crate::rehearsal::stage::Stage;

/// Nobody listens there.
const BROKERS: [&str; 2] = ["--brokers", "127.0.0.1:9"];

#[test]
fn what_librdkafka_does_not_take_is_named_before_anything_is_asked() {
    // Without the name of a cluster or of brokers: that would be asked for next.
    let world = World::new();
    for (property, words) in [
        ("no.such.setting=1", "no.such.setting"),
        ("linger.ms=soon", "linger.ms"),
        ("security.protocol=TLS", "security.protocol"),
        ("bootstrap.servers=a:1", "--brokers"),
        ("acks=0", "acks=0"),
    ] {
        for command in [
            &["topics", "list"][..],
            &["send", "-d", "fakepi", "x"],
            &["profile", "check"],
        ] {
            let arguments = [command, &["-X", property]].concat();
            world.run(&arguments).failed(2, &[words]);
        }
    }
    world.file("work/hdikafka.toml", "[kafka.properties]\nlinger.mss = 3\n");
    world
        .run(&["topics", "list"])
        .failed(2, &["linger.mss", "[kafka.properties] of the profile"]);
}

#[test]
fn what_does_not_go_together_is_usage_as_well() {
    let world = World::new();
    for (properties, words) in [
        (&["acks=1"][..], "enable.idempotence"),
        (
            &["security.protocol=SSL", "ssl.ca.location=/no/such/ca.pem"],
            "ssl.ca.location",
        ),
        (
            &["security.protocol=SASL_SSL", "sasl.mechanism=SCRAM-SHA-512"],
            "sasl.username",
        ),
    ] {
        let given = properties.iter().flat_map(|property| ["-X", *property]);
        let arguments: Vec<&str> = ["send", "-d", "fakepi", "x"]
            .into_iter()
            .chain(BROKERS)
            .chain(given)
            .collect();
        world.run(&arguments).failed(2, &[words]);
    }
}

#[test]
fn a_secret_is_never_on_the_command_line_and_never_printed() {
    let world = World::new();
    // `run` looks for the password in what is printed
    let given = format!("sasl.password={PASSWORD}");
    world
        .run(&["topics", "list", "-X", &given, "-vv"])
        .failed(2, &["sasl.password=@FILE", "HDIKAFKA_SASL_PASSWORD"]);

    let file = world.file("pw", format!("{PASSWORD}\n"));
    let sasl = [
        "-X",
        "security.protocol=SASL_PLAINTEXT",
        "-X",
        "sasl.mechanism=PLAIN",
        "-X",
        "sasl.username=ann",
        "-X",
        &format!("sasl.password=@{file}"),
        "-vv",
    ];
    let list = [
        &["topics", "list", "--via", "direct", "--timeout", "2"][..],
        &BROKERS,
        &sasl,
    ]
    .concat();
    world.run(&list).failed(8, &["127.0.0.1:9"]);
    for form in ["table", "json"] {
        let show = [
            &["profile", "show", "--sources", "-o", form][..],
            &sasl[..8],
        ]
        .concat();
        let shown = world.run(&show).done().out;
        assert!(shown.contains("kafka.properties.sasl.password"), "{shown}");
        assert!(shown.contains(&format!("from file {file}")), "{shown}");
    }
    let piped = [&list[..list.len() - 2], &["sasl.password=@-"]].concat();
    world
        .run_with(&piped, PASSWORD.as_bytes())
        .failed(8, &["127.0.0.1:9"]);
}

#[test]
fn what_is_given_reaches_the_brokers_and_does_not_pass_over_rest_in_silence() {
    let stage = Stage::new();
    stage
        .rehearsal
        .kafka
        .create_topic("iotout", 8, 1, &[])
        .unwrap();
    stage
        .run(&["topics", "list", "-X", "client.id=me"])
        .succeeded();
    // The rehearsal's brokers speak no TLS: the flag is what makes the difference.
    stage
        .run(&[
            "topics",
            "list",
            "-X",
            "security.protocol=SSL",
            "--timeout",
            "5",
        ])
        .failed(8, &["SSL handshake failed"]);
    stage.profile(
        "route = \"tunnel\"",
        "route = \"tunnel\"\nproperties = { \"security.protocol\" = \"SSL\" }",
    );
    stage
        .run(&["topics", "list", "--timeout", "5"])
        .failed(8, &["SSL handshake failed"]);
    stage
        .run(&["topics", "list", "-X", "security.protocol=PLAINTEXT"])
        .succeeded();
    // Of the profile they are for the other routes.
    stage.run(&["topics", "list", "--via", "rest"]).succeeded();
    stage
        .run(&["topics", "list", "--via", "rest", "-X", "linger.ms=1"])
        .failed(2, &["-X", "--via tunnel"]);
    let unacknowledged = ["-X", "acks=1", "-X", "enable.idempotence=false"];
    let send = [
        "send",
        "-d",
        "fakepi",
        "x",
        "-X",
        "security.protocol=PLAINTEXT",
    ];
    let sent = stage
        .run(&[&send[..], &unacknowledged].concat())
        .succeeded();
    assert!(sent.out.starts_with("iotout-"), "{}", sent.out);
}

#[test]
fn a_new_profile_has_what_was_given_and_trust_names_their_programs() {
    let world = World::new();
    let secret = world.file("pw", PASSWORD);
    let init = [
        "profile",
        "init",
        "new.toml",
        "-X",
        "client.id=me",
        "-X",
        &format!("sasl.password=@{secret}"),
    ];
    world.run(&init).succeeded();
    let text = std::fs::read_to_string(world.path("work/new.toml")).unwrap();
    assert!(
        text.contains("\nproperties = { \"client.id\" = \"me\" }\n"),
        "{text}"
    );
    let show = ["profile", "show", "--config", "new.toml"];
    let shown = world.run(&show).done().out;
    assert!(shown.contains("kafka.properties.client.id"), "{shown}");

    world.file(
        "work/hdikafka.toml",
        "[kafka.properties]\nsasl.password = { command = [\"pass\", \"show\"] }\n",
    );
    world.run(&["topics", "list"]).failed(7, &["profile trust"]);
    let trusted = world
        .run(&["profile", "trust", "hdikafka.toml"])
        .succeeded();
    let words = "kafka.properties.sasl.password is what this program prints: pass";
    assert!(trusted.err.contains(words), "{}", trusted.err);
}
