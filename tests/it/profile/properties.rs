//! `[kafka.properties]`: settings of librdkafka from every layer, their secrets named and never shown.

use super::{CANARY, World, shown};
use hdikafka::profile::{ErrorKind, Profile, Source};
use std::collections::BTreeMap;
use std::fs;

/// Names with their values, secrets fetched.
fn resolved(profile: &Profile) -> Vec<(String, String)> {
    let all = profile.kafka.properties.iter();
    let value = |property: &hdikafka::profile::Property| {
        let value = property.resolve().unwrap().unwrap();
        value.expose().to_owned()
    };
    all.map(|(name, property)| (name.clone(), value(property)))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    expected.iter().map(owned).collect()
}

#[test]
fn all_ways_to_write_them_in_a_file_mean_the_same() {
    let expected = pairs(&[
        ("linger.ms", "5"),
        ("sasl.password", CANARY),
        ("sasl.username", "ann"),
        ("security.protocol", "SASL_SSL"),
        ("socket.keepalive.enable", "true"),
    ]);
    for content in [
        "[kafka.properties]\nsecurity.protocol = \"SASL_SSL\"\nsasl.username = { env = \"WHO\" }\n\
         sasl.password = { env = \"PW\" }\nlinger.ms = 5\nsocket.keepalive.enable = true\n",
        "[kafka.properties]\n\"security.protocol\" = \"SASL_SSL\"\n\"sasl.username\" = \"ann\"\n\
         \"sasl.password\" = { env = \"PW\" }\n\"linger.ms\" = 5\n\"socket.keepalive.enable\" = true\n",
        "[kafka]\nproperties = { \"security.protocol\" = \"SASL_SSL\", \"sasl.username\" = \"ann\", \
         \"sasl.password\" = { env = \"PW\" }, \"linger.ms\" = \"5\", \"socket.keepalive.enable\" = \"true\" }\n",
        "[kafka.properties.security]\nprotocol = \"SASL_SSL\"\n[kafka.properties.sasl]\nusername = \"ann\"\n\
         password = { env = \"PW\" }\n[kafka.properties]\nlinger.ms = 5\nsocket.keepalive.enable = true\n",
    ] {
        let world = World::new().set("PW", CANARY).set("WHO", "ann");
        let profile = world.config(content).load(&[]).unwrap();
        assert_eq!(resolved(&profile), expected, "{content}");
    }
}

#[test]
fn a_nearer_layer_overrides_single_settings_and_not_all() {
    let world = World::new().config(
        "[kafka.properties]\nclient.id = \"file\"\nlinger.ms = 1\nretries = 7\n\
         sasl.password = { env = \"NO_SUCH\" }\n",
    );
    world.file("work/deep/pw", "from flag\n");
    let world = world.set("HDIKAFKA_KAFKA_PROPERTY", "client.id=env\nlinger.ms=2\n");
    let flags = [(
        "kafka.properties",
        "client.id=first\0client.id=flag\0sasl.password=@pw",
    )];
    let profile = world.load(&flags).unwrap();
    let expected = pairs(&[
        ("client.id", "flag"),
        ("linger.ms", "2"),
        ("retries", "7"),
        ("sasl.password", "from flag"),
    ]);
    assert_eq!(resolved(&profile), expected);
    let source = |name: &str| shown(&profile, &format!("kafka.properties.{name}")).1;
    assert_eq!(source("client.id"), Source::Flag);
    let variable = "HDIKAFKA_KAFKA_PROPERTY".to_owned();
    assert_eq!(source("linger.ms"), Source::Env(variable));
    assert_eq!(source("retries"), Source::File(world.path("given.toml"), 4));
}

#[test]
fn secrets_have_variables_of_their_own_and_are_shown_by_their_place() {
    let world = World::new().set("HDIKAFKA_SASL_PASSWORD", CANARY).config(
        "[kafka.properties]\nsasl.password = { file = \"pw\" }\nssl.key.pem = { file = \"key\" }\n",
    );
    // PEM has lines, and they are kept.
    world.file("key", "-----BEGIN\nhunter2\n-----END\n");
    let profile = world.load(&[]).unwrap();
    assert_eq!(resolved(&profile)[0].1, CANARY);
    assert_eq!(resolved(&profile)[1].1.lines().count(), 3);
    let (value, source) = shown(&profile, "kafka.properties.sasl.password");
    assert_eq!(
        value.as_deref(),
        Some("(secret, from env HDIKAFKA_SASL_PASSWORD)")
    );
    assert_eq!(source, Source::Env("HDIKAFKA_SASL_PASSWORD".into()));
    let text = format!(
        "{profile:?}{}",
        serde_json::to_string(&profile.show()).unwrap()
    );
    assert!(!text.contains("hunter2"), "{text}");

    let world = World::new().set("HDIKAFKA_SASL_PASSWORD_FILE", "/no/such/file");
    let profile = world.load(&[]).unwrap();
    let error = profile.kafka.properties["sasl.password"]
        .resolve()
        .unwrap_err();
    assert!(error.to_string().contains("/no/such/file"), "{error}");
}

#[test]
fn a_secret_in_the_clear_and_what_is_the_programs_own_are_refused_without_the_value() {
    for line in [
        "sasl.password = \"CANARY\"",
        "\"ssl.key.password\" = \"CANARY\"",
        "sasl.password = { value = \"CANARY\" }",
        "sasl.password = { env = \"A\", file = \"CANARY\" }",
        "ssl.key.pem = \"CANARY\"",
        "bootstrap.servers = \"CANARY\"",
        "group.id = \"CANARY\"",
        "plugin.library.paths = \"CANARY\"",
        "Linger.Ms = \"CANARY\"",
        "linger.ms = 2026-01-01",
        "acks = 0",
    ] {
        let line = line.replace("CANARY", CANARY);
        let refused = World::refused(format!("[kafka.properties]\n{line}\n")).join("\n");
        assert!(refused.starts_with("2: kafka.properties: "), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    let refused = |flag: &str| {
        let error = World::new()
            .load(&[("kafka.properties", flag)])
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(!error.to_string().contains("hunter2"), "{error}");
        error.to_string()
    };
    let words = refused(&format!("sasl.password={CANARY}"));
    for way in ["-X: ", "=@FILE", "HDIKAFKA_SASL_PASSWORD", "{ command = "] {
        assert!(words.contains(way), "{words}");
    }
    assert!(refused("bootstrap.servers=a:1").contains("--brokers"));
    refused(CANARY);
}

#[test]
fn paths_refer_to_where_they_stand() {
    let world = World::new().config(
        "[kafka.properties]\nssl.ca.location = \"ca.pem\"\nssl.key.location = \"~/key.pem\"\n",
    );
    let profile = world
        .load(&[("kafka.properties", "ssl.certificate.location=c.pem")])
        .unwrap();
    let place = |name: &str| world.path(name).display().to_string();
    let expected = [
        ("ssl.ca.location", place("ca.pem")),
        ("ssl.certificate.location", place("work/deep/c.pem")),
        ("ssl.key.location", place("key.pem")),
    ];
    let expected = expected.map(|(name, path)| (name.to_owned(), path));
    assert_eq!(resolved(&profile), expected);
}

#[test]
fn a_file_that_was_only_found_runs_no_program_for_them() {
    let world = World::new();
    let content = "[kafka.properties]\nsasl.password = { command = [\"touch\", \"ran\"] }\n";
    fs::write(world.path("work/hdikafka.toml"), content).unwrap();
    let error = world.load(&[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trust, "{error}");
    // What a flag overrides does not count.
    world.file("work/deep/pw", "x");
    let flags = [("kafka.properties", "sasl.password=@pw")];
    world.load(&flags).unwrap();
    assert!(!world.path("work/ran").exists());
}

#[test]
fn what_the_wizard_writes_keeps_them_and_no_secret() {
    let world = World::new().set("PW", CANARY).config(
        "[kafka.properties]\nclient.id = \"me, \\\"myself\\\"\"\nsasl.password = { env = \"PW\" }\n",
    );
    let before = resolved(&world.load(&[]).unwrap());
    let text = world.load(&[]).unwrap().file_text(&BTreeMap::new());
    assert!(!text.contains("hunter2"), "{text}");
    let again = world.config(text).load(&[]).unwrap();
    assert_eq!(resolved(&again), before);
}
