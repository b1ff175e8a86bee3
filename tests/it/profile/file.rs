//! The profile file: found in its order, refused with line and key, its paths its own.

use super::World;
use hdikafka::profile::ErrorKind;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn all_problems_of_a_file_are_named_with_line_key_and_nearest_key() {
    let refused = World::refused(
        "[cluster]\nnam = \"a\"\npartitions = 8\n\n[topic]\nx = 1\n[topics]\npartitions = \"8\"\nreplication_factor = 0\n\
         [hub]\nstart_time = \"yesterday\"\n[connector]\ninto = \"libz\"\n[zzz]\n",
    );
    let expected = [
        "2: unknown key \"cluster.nam\"; did you mean cluster.name?",
        "3: unknown key \"cluster.partitions\"; did you mean topics.partitions?",
        "5: unknown section \"topic\"; did you mean [topics]?",
        "8: topics.partitions: a whole number from 1 to 10000 is expected, not a string",
        "9: topics.replication_factor: \"0\" is not a whole number from 1 to 32767",
        "11: hub.start_time: \"yesterday\" is not a time such as 2026-01-31T09:00:00Z",
        "13: connector.into: \"libz\" is not one of plugins, libs",
        "14: unknown section \"zzz\"",
    ];
    assert_eq!(refused, expected);
    assert_eq!(
        World::refused("cluster = \"a\"\n"),
        ["1: cluster is a section: write [cluster] and its keys below it"]
    );
    assert_eq!(
        World::refused("partitions = 8\n"),
        ["1: unknown key \"partitions\"; did you mean topics.partitions?"]
    );
    assert!(
        World::refused("[hub]\nname = \"a\"\nname = \"b\"\n")[0].starts_with("3: duplicate key")
    );
}

#[test]
fn relative_paths_belong_to_the_file_and_flags_to_the_working_directory() {
    let world = World::new();
    fs::create_dir(world.path("scripts")).unwrap();
    let content = "[connector]\njar = \"jars/c.jar\"\n[edge]\nidentity_file = \"~/.ssh/id\"\n[hub]\njson = \"-\"\n";
    world.file("work/hdikafka.toml", content);
    let profile = world
        .load(&[
            ("cluster.ca_file", "ca.pem"),
            ("hub.policy_json", "/p.json"),
        ])
        .unwrap();
    assert_eq!(profile.connector.jar, Some(world.path("work/jars/c.jar")));
    assert_eq!(profile.edge.identity_file, Some(world.path(".ssh/id")));
    assert_eq!(profile.hub.json, Some(PathBuf::from("-")));
    assert_eq!(
        profile.cluster.ca_file,
        Some(world.path("work/deep/ca.pem"))
    );
    assert_eq!(profile.hub.policy_json, Some(PathBuf::from("/p.json")));
}

#[test]
fn a_file_that_is_not_utf_8_text_is_named_for_what_it_is() {
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<_>>()
    };
    let text = "[hub]\nname = \"abc\"\n";
    assert!(
        World::refused([b"\xef\xbb\xbf", text.as_bytes()].concat())[0]
            .starts_with("1: starts with a byte order mark")
    );
    assert_eq!(
        World::refused([b"\xff\xfe".to_vec(), utf16(text)].concat()),
        ["1: is UTF-16: save it as UTF-8"]
    );
    assert!(World::refused(utf16(text))[0].starts_with("1: contains a NUL byte"));
    assert!(World::refused(b"[hub]\n# \0\n")[0].starts_with("2: contains a NUL byte"));
    assert_eq!(
        World::refused(b"[hub]\n# caf\xe9\n"),
        ["2: is not UTF-8: byte 0xe9"]
    );
    assert_eq!(World::refused("[hub\n").len(), 1);
    // Lines end as they like, and an empty file is one that sets nothing.
    World::new()
        .config("[hub]\r\nname = \"abc\"\r\n")
        .load(&[])
        .unwrap();
    World::new().config("").load(&[]).unwrap();
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    for path in ["/dev/zero", "/"] {
        let mut world = World::new();
        world.config = Some(path.into());
        let error = world.load(&[]).unwrap_err().to_string();
        assert!(error.ends_with("is not a regular file"), "{error}");
    }
    let error = World::new()
        .config(vec![b'#'; 1024 * 1024 + 1])
        .load(&[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("larger than 1 MiB"), "{error}");
}

#[test]
fn the_file_is_found_in_its_order() {
    let name = |world: &World| world.load(&[]).map(|profile| profile.hub.name);
    let content = |name: &str| format!("[hub]\nname = \"{name}\"\n");
    let mut world = World::new();
    assert_eq!(name(&world).unwrap(), None);

    world.file(
        ".config/hdikafka/profiles/one.toml",
        content("from-current"),
    );
    world.file(
        ".config/hdikafka/profiles/two.toml",
        content("from-profile"),
    );
    world.file(".config/hdikafka/current", "one\n");
    assert_eq!(name(&world).unwrap().as_deref(), Some("from-current"));

    world.file("work/hdikafka.toml", content("from-above"));
    assert_eq!(name(&world).unwrap().as_deref(), Some("from-above"));
    world.file("work/deep/hdikafka.toml", content("from-cwd"));
    assert_eq!(name(&world).unwrap().as_deref(), Some("from-cwd"));

    world = world.set("HDIKAFKA_PROFILE", "two");
    assert_eq!(name(&world).unwrap().as_deref(), Some("from-profile"));
    world.config = Some(world.file("x.toml", content("from-config")));
    assert_eq!(name(&world).unwrap().as_deref(), Some("from-config"));

    world.profile = Some("two".into());
    assert_eq!(world.load(&[]).unwrap_err().kind(), ErrorKind::Usage);
    world.config = None;
    for (profile, kind) in [
        ("three", ErrorKind::NotFound),
        ("../two", ErrorKind::Usage),
        ("", ErrorKind::Usage),
    ] {
        world.profile = Some(profile.into());
        assert_eq!(world.load(&[]).unwrap_err().kind(), kind, "{profile:?}");
    }
    world.profile = Some("three".into());
    assert!(
        world
            .load(&[])
            .unwrap_err()
            .to_string()
            .contains("there are: one, two")
    );
    world.profile = None;
    world.config = Some(Path::new("no-such.toml").into());
    assert_eq!(world.load(&[]).unwrap_err().kind(), ErrorKind::NotFound);
}
