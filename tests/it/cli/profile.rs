//! `profile init|show|check`: the layers as an operator sees them.

use super::World;
use super::servers::Watched;
use serde_json::{Value, json};
use std::fs;

fn setting(world: &World, arguments: &[&str], key: &str) -> Value {
    let shown = world.run(&[&["profile", "show", "-o", "json"][..], arguments].concat());
    let shown = shown.done().json();
    let settings = shown["settings"].as_array().unwrap();
    settings
        .iter()
        .find(|line| line["key"] == key)
        .unwrap()
        .clone()
}

#[test]
fn flag_beats_environment_beats_file_beats_default_and_the_source_is_named() {
    let mut world = World::new();
    let key = "topics.partitions";
    let value = |world: &World, arguments: &[&str]| {
        let shown = world
            .run(&[&["profile", "show", "--sources"][..], arguments].concat())
            .done()
            .out;
        let row = shown
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned();
        let words: Vec<&str> = row.split_whitespace().skip(1).collect();
        assert_eq!(setting(world, arguments, key)["value"], words[0]);
        words.join(" ")
    };
    assert_eq!(value(&world, &[]), "8 default");
    let file = world.file("work/hdikafka.toml", "# mine\n[topics]\npartitions = 5\n");
    assert_eq!(value(&world, &[]), format!("5 file {file}:3"));
    world = world.set("HDIKAFKA_PARTITIONS", "6");
    assert_eq!(value(&world, &[]), "6 env HDIKAFKA_PARTITIONS");
    assert_eq!(value(&world, &["--partitions", "7"]), "7 flag");
}

#[test]
fn a_secret_is_shown_by_its_place_only() {
    let world = World::new().set("HDIKAFKA_AMBARI_PASSWORD", super::PASSWORD);
    for format in ["table", "json", "yaml"] {
        // `run` looks for the password in what is printed
        let shown = world
            .run(&["profile", "show", "--sources", "-o", format])
            .done()
            .out;
        assert!(shown.contains("HDIKAFKA_AMBARI_PASSWORD"), "{shown}");
    }
}

#[test]
fn what_is_missing_is_named_all_at_once_with_its_flags() {
    let world = World::new();
    let needed = [
        ("cluster.name", "--cluster", "HDIKAFKA_CLUSTER"),
        (
            "cluster.password",
            "--ambari-password-file",
            "HDIKAFKA_AMBARI_PASSWORD",
        ),
        ("edge.host", "--edge", "HDIKAFKA_EDGE"),
        ("hub.name", "--hub", "HDIKAFKA_HUB"),
        ("connector.jar", "--jar", "HDIKAFKA_JAR"),
    ];
    let words: Vec<&str> = needed
        .iter()
        .flat_map(|(key, flag, env)| [*key, *flag, *env])
        .collect();
    world.run(&["setup", "--dry-run"]).failed(2, &words);
    let check = world.run(&["profile", "check"]);
    assert_eq!((check.code, check.err.as_str()), (2, ""));
    let rows: Vec<_> = check.out.lines().skip(2).collect();
    assert_eq!(rows.len(), needed.len(), "{}", check.out);
    for (row, (key, flag, env)) in rows.iter().zip(needed) {
        let words: Vec<&str> = row.split_whitespace().take(3).collect();
        assert_eq!(words, [key, flag, env]);
    }
    let check = world.run(&["profile", "check", "-o", "json"]);
    assert_eq!(
        (
            check.code,
            check.json()["missing"].as_array().unwrap().len()
        ),
        (2, 5)
    );

    let complete = ["--cluster", "kafka", "--hub", "myhub", "--jar", "c.jar"];
    let world = world.set("HDIKAFKA_AMBARI_PASSWORD", super::PASSWORD);
    let check = world
        .run(&[&["profile", "check"][..], &complete].concat())
        .done();
    assert!(check.out.contains("nothing is missing"), "{}", check.out);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
    let world = World::new();
    let watched = Watched::new();
    let file = world.file(
        "work/hdikafka.toml",
        "[cluster]\nnme = \"a\"\nbrokers = [\"x\"]\n",
    );
    let words = [
        format!("{file}:2: unknown key \"cluster.nme\"; did you mean cluster.name?"),
        format!("{file}:3: "),
    ];
    let words = words.each_ref().map(String::as_str);
    for arguments in [&["profile", "check"][..], &["profile", "show"], &["hosts"]] {
        world.run(arguments).failed(2, &words);
    }
    let brokers = watched.address();
    world
        .run(&["topics", "list", "--brokers", &brokers])
        .failed(2, &words[..1]);
    assert!(!watched.was_contacted());
}

#[test]
fn init_writes_a_file_to_start_from_and_never_over_another() {
    let world = World::new();
    let init = |arguments: &[&str]| world.run(&[&["profile", "init"][..], arguments].concat());
    let first = init(&["--cluster", "contoso", "--partitions", "4"]);
    assert_eq!((first.code, first.out.as_str()), (0, ""), "{}", first.err);
    let file = world.path("work/hdikafka.toml");
    assert_eq!(setting(&world, &[], "cluster.name")["value"], "contoso");
    assert_eq!(setting(&world, &[], "topics.partitions")["value"], "4");
    let written = fs::read_to_string(&file).unwrap();
    init(&["--cluster", "other"]).failed(3, &["is there already", "--force"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    assert_eq!(init(&["--cluster", "other", "--force"]).code, 0);
    assert_eq!(setting(&world, &[], "cluster.name")["value"], "other");
    init(&["no-such-directory/x.toml"]).failed(1, &["no-such-directory/x.toml"]);
    // nothing half-written is left beside it
    let names: Vec<_> = fs::read_dir(world.path("work"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["hdikafka.toml"]);
}

#[test]
fn a_profile_of_somebody_else_may_not_run_a_program() {
    let world = World::new();
    let mark = world.path("ran");
    let command = json!(["/bin/sh", "-c", format!("touch {}; echo x", mark.display())]);
    world.file(
        "work/hdikafka.toml",
        format!(
            "[cluster]\ngateway = \"http://127.0.0.1:1\"\npassword = {{ command = {command} }}\n"
        ),
    );
    let outcome = world.run(&["hosts"]);
    assert_eq!(outcome.code, 7, "{}", outcome.err);
    assert!(!mark.exists());
}
