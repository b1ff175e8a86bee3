//! `profile list|use|trust`: which profile is meant, and which may run programs.

use super::{PASSWORD, World};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const PROFILES: &str = "home/.config/hdikafka/profiles";

fn profile(cluster: &str) -> String {
    format!("[cluster]\nname = \"{cluster}\"\n[hub]\nname = \"{cluster}-hub\"\n")
}

/// A world with the profiles `one` and `two`.
fn world() -> World {
    let world = World::new();
    for name in ["one", "two"] {
        world.file(&format!("{PROFILES}/{name}.toml"), profile(name));
    }
    world
}

fn cluster(world: &World, arguments: &[&str]) -> Value {
    let shown = world.run(&[&["profile", "show", "-o", "json"][..], arguments].concat());
    let shown = shown.done().json();
    let settings = shown["settings"].as_array().unwrap().iter();
    let mut cluster = settings.filter(|line| line["key"] == "cluster.name");
    json!([cluster.next().unwrap()["value"], shown["found"]])
}

#[test]
fn the_nearest_profile_wins_and_the_current_one_is_the_last() {
    let mut world = world();
    assert_eq!(cluster(&world, &[]), json!([null, null]));
    let used = world.run(&["profile", "use", "one"]).succeeded();
    assert_eq!(
        (used.out.as_str(), used.err.as_str()),
        ("", "ok: one is the current profile\n")
    );
    assert_eq!(cluster(&world, &[]), json!(["one", "current"]));
    world.file("work/hdikafka.toml", profile("here"));
    assert_eq!(cluster(&world, &[]), json!(["here", "above"]));
    // said, because it would surprise
    let used = world.run(&["profile", "use", "two"]).succeeded();
    assert!(
        used.err.contains("work/hdikafka.toml applies"),
        "{}",
        used.err
    );
    let file = world.file("other.toml", profile("other"));
    world = world.set("HDIKAFKA_CONFIG", &file);
    assert_eq!(cluster(&world, &[]), json!(["other", "config"]));
    assert_eq!(
        cluster(&world, &["--profile", "one"]),
        json!(["one", "profile"])
    );
    world.env.remove("HDIKAFKA_CONFIG");
    fs::remove_file(world.path("work/hdikafka.toml")).unwrap();
    assert_eq!(cluster(&world, &[]), json!(["two", "current"]));
    for _ in 0..2 {
        world.run(&["profile", "use", "--none"]).succeeded();
        assert_eq!(cluster(&world, &[]), json!([null, null]));
    }
}

#[test]
fn what_is_no_profile_is_not_made_the_current_one() {
    let world = world();
    world.run(&["profile", "use", "one"]).succeeded();
    world
        .run(&["profile", "use", "three"])
        .failed(4, &["no profile three", "there are: one, two"]);
    for name in ["../one", "a/b", ".one", "o ne", "o;ne"] {
        world
            .run(&["profile", "use", "--", name])
            .failed(2, &["is not a profile's name"]);
    }
    assert_eq!(cluster(&world, &[]), json!(["one", "current"]));
    // one that went away is missed by whoever needs it, not by the list
    fs::remove_file(world.path(&format!("{PROFILES}/one.toml"))).unwrap();
    world
        .run(&["profile", "show"])
        .failed(4, &["no profile one"]);
    let list = world.run(&["profile", "list"]).succeeded();
    assert!(
        list.out.contains("two-hub") && list.err.contains("no profile one"),
        "{}",
        list.err
    );
}

#[test]
fn the_list_has_all_of_them_also_the_broken_ones() {
    assert!(
        World::new()
            .run(&["profile", "list"])
            .done()
            .out
            .starts_with("no profiles yet")
    );
    let world = world();
    world.file(
        &format!("{PROFILES}/broken.toml"),
        format!("[cluster]\nname = \"x\"\npassword = \"{PASSWORD}\"\n"),
    );
    world.file(&format!("{PROFILES}/not a name.toml"), "");
    world.file(&format!("{PROFILES}/two.toml.bak"), "");
    world.run(&["profile", "use", "two"]).succeeded();
    let list = world.run(&["profile", "list"]).done().out;
    let rows: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let file = |name: &str| {
        world
            .path(&format!("{PROFILES}/{name}.toml"))
            .display()
            .to_string()
    };
    assert_eq!(rows[0], ["PROFILE", "CLUSTER", "HUB", "FILE"]);
    assert_eq!(rows[1], ["broken", "?", "?", &file("broken")]);
    assert_eq!(rows[2], ["one", "one", "one-hub", &file("one")]);
    assert_eq!(rows[3], ["*", "two", "two", "two-hub", &file("two")]);
    assert!(
        list.contains("broken.toml:3: cluster.password: a secret does not stand here"),
        "{list}"
    );
    assert!(
        list.ends_with("two.toml (it is the current profile)\n"),
        "{list}"
    );
    let list = world.run(&["profile", "list", "-o", "json"]).done().json();
    assert_eq!(list["profiles"].as_array().unwrap().len(), 3);
    assert_eq!(list["profiles"][2]["current"], true);
    assert_eq!(list["in_use"]["found"], "current");
}

#[test]
fn init_makes_a_profile_of_a_name() {
    let world = World::new();
    let init = [
        "profile",
        "init",
        "--profile",
        "staging",
        "--cluster",
        "contoso",
    ];
    world.run(&init).succeeded();
    assert_eq!(cluster(&world, &["--profile", "staging"])[0], "contoso");
    let mode = fs::metadata(world.path(PROFILES))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    world.run(&init).failed(3, &["is there already"]);
    world
        .run(&["profile", "init", "--profile", "../x"])
        .failed(2, &["is not a profile's name"]);
    world
        .run(&["profile", "init", "x.toml", "--profile", "y"])
        .failed(2, &["two places"]);
    assert!(!world.path("work/x.toml").exists());
}

/// A found profile whose password comes from a program that leaves a mark.
fn with_program(world: &World, file: &str) -> String {
    let mark = world.path("ran");
    let script = format!("echo x >> {}; echo {PASSWORD}", mark.display());
    let argv = json!(["/bin/sh", "-c", script]);
    world.file(
        file,
        format!("[cluster]\ngateway = \"http://127.0.0.1:1\"\npassword = {{ command = {argv} }}\n"),
    )
}

#[test]
fn a_found_file_runs_programs_only_while_it_is_the_one_that_was_trusted() {
    let world = World::new();
    let file = with_program(&world, "work/hdikafka.toml");
    let hosts = |code: i32, words: &[&str]| world.run(&["hosts"]).failed(code, words);
    let ran = || {
        fs::read_to_string(world.path("ran"))
            .unwrap_or_default()
            .len()
            / 2
    };
    let ask = format!("hdikafka profile trust {file}");
    hosts(
        7,
        &["it was found from the working directory upwards", &ask],
    );
    assert_eq!(ran(), 0);

    let trusted = world
        .run(&["profile", "trust", "hdikafka.toml"])
        .succeeded();
    assert!(
        trusted
            .err
            .contains("cluster.password is what this program prints: /bin/sh")
            && trusted
                .err
                .contains(&format!("{file} is trusted as it is now")),
        "{}",
        trusted.err
    );
    assert_eq!(ran(), 0, "trusting ran the program");
    hosts(8, &[]);
    assert_eq!(ran(), 1);
    let list = world
        .run(&["profile", "trust", "--list", "-o", "json"])
        .done()
        .json();
    assert_eq!(
        (
            &list["trusted"][0]["file"],
            &list["trusted"][0]["unchanged"]
        ),
        (&json!(file), &json!(true))
    );

    // changed by a byte; changed back
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n")).unwrap();
    hosts(7, &["it has changed since it was trusted", &ask]);
    let list = world.run(&["profile", "trust", "--list"]).done().out;
    assert!(list.contains("changed or gone"), "{list}");
    fs::write(&file, &text).unwrap();
    hosts(8, &[]);
    // the same bytes elsewhere are another file
    let elsewhere = World {
        dir: tempfile::tempdir().unwrap(),
        env: world.env.clone(),
    };
    fs::create_dir(elsewhere.path("work")).unwrap();
    elsewhere.file("work/hdikafka.toml", &text);
    elsewhere.run(&["hosts"]).failed(7, &["it was found"]);

    world
        .run(&["profile", "trust", "--remove", "hdikafka.toml"])
        .succeeded();
    hosts(7, &["it was found"]);
    world
        .run(&["profile", "trust", "--remove", "hdikafka.toml"])
        .failed(4, &["is not trusted"]);
    assert!(
        world
            .run(&["profile", "trust", "--list"])
            .done()
            .out
            .contains("no file is trusted")
    );
    assert_eq!(ran(), 2);
}

#[test]
fn what_cannot_be_a_profile_is_not_trusted() {
    let world = World::new();
    world.file("work/broken.toml", "[cluster]\nnme = 1\n");
    world.file("work/plain.toml", profile("plain"));
    for (file, code, words) in [
        ("nowhere.toml", 4, "no such file"),
        (".", 2, "is a directory"),
        ("broken.toml", 2, "unknown key"),
    ] {
        world
            .run(&["profile", "trust", file])
            .failed(code, &[words]);
    }
    world.run(&["profile", "trust"]).failed(2, &["FILE"]);
    assert!(
        world
            .run(&["profile", "trust", "--list"])
            .done()
            .out
            .contains("no file is trusted")
    );
    let plain = world.run(&["profile", "trust", "plain.toml"]).succeeded();
    assert!(plain.err.contains("it names no program"), "{}", plain.err);
}
