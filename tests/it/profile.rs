//! Profiles through the library's door: real files in a directory of the test's own, an environment of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hdikafka::profile::keys::{KEYS, Key, Kind};
use hdikafka::profile::{ErrorKind, Profile, ProfileError, Selection, Source, load};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CANARY: &str = "hunter2-canary-9f3a";

/// A home, a working directory below it, and an environment that nothing else sees.
struct World {
    dir: TempDir,
    env: BTreeMap<String, String>,
    config: Option<PathBuf>,
    profile: Option<String>,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("home/.config/hdikafka/profiles")).unwrap();
        fs::create_dir_all(dir.path().join("home/work/deep")).unwrap();
        let home = dir.path().join("home").to_str().unwrap().to_owned();
        Self {
            dir,
            env: BTreeMap::from([("HOME".into(), home)]),
            config: None,
            profile: None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("home").join(name)
    }

    /// Writes a file below the home directory that only its owner may write.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    fn config(mut self, content: impl AsRef<[u8]>) -> Self {
        self.config = Some(self.file("given.toml", content));
        self
    }

    fn load(&self, flags: &[(&'static str, &str)]) -> Result<Profile, ProfileError> {
        let env = |name: &str| self.env.get(name).cloned();
        let selection = Selection {
            config: self.config.clone(),
            profile: self.profile.clone(),
            cwd: self.path("work/deep"),
            env: &env,
        };
        let flags: Vec<_> = flags
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()))
            .collect();
        load(&selection, &flags)
    }

    /// The errors of a file, each as "line: message".
    fn refused(content: impl AsRef<[u8]>) -> Vec<String> {
        let world = Self::new().config(content);
        let error = world.load(&[]).expect_err("was taken");
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        let prefix = format!("{}:", world.path("given.toml").display());
        error
            .to_string()
            .lines()
            .map(|line| line.strip_prefix(&prefix).expect("no place").to_owned())
            .collect()
    }
}

/// Three texts that the key takes, none of them its default.
fn samples(key: &Key) -> [&'static str; 3] {
    match (key.name, key.kind) {
        ("cluster.gateway", _) => [
            "https://a.example",
            "https://b.example",
            "http://c.example:8080",
        ],
        ("edge.host_key", _) => [
            "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "SHA256:ccccccccccccccccccccccccccccccccccccccccccc",
        ],
        ("edge.kafka_home", _) => ["/a/kafka", "/b/kafka", "/c/kafka"],
        ("hub.start_time", _) => [
            "2026-01-01T00:00:00Z",
            "2026-01-02T00:00:00Z",
            "2026-01-03T00:00:00Z",
        ],
        ("worker.heap", _) => ["100m", "200m", "300m"],
        (_, Kind::Integer { .. }) => ["101", "102", "103"],
        (_, Kind::Duration { .. }) => ["101s", "102s", "103s"],
        (_, Kind::List) => ["a:1,b:2", "c:3", "d:4"],
        (_, Kind::Path) => ["/a/file", "/b/file", "/c/file"],
        (_, Kind::Bool) => ["false", "true", "false"],
        (_, Kind::Choice(names)) => [names[1], names[0], names[names.len() - 1]],
        (_, Kind::Text | Kind::Secret) => ["alpha", "bravo", "charlie"],
    }
}

/// The line of a file that gives the key this text.
fn line(key: &Key, text: &str) -> String {
    let value = match key.kind {
        Kind::Integer { .. } | Kind::Bool => text.to_owned(),
        Kind::List => format!("{:?}", text.split(',').collect::<Vec<_>>()),
        _ => format!("{text:?}"),
    };
    format!("[{}]\n{} = {value}\n", key.section(), key.leaf())
}

fn shown(profile: &Profile, name: &str) -> (Option<String>, Source) {
    let line = profile
        .show()
        .into_iter()
        .find(|line| line.key == name)
        .unwrap();
    (line.value, line.source)
}

#[test]
fn for_every_key_flag_beats_environment_beats_file_beats_default() {
    for key in KEYS.iter().filter(|key| !key.is_secret()) {
        let [flag, env, file] = samples(key);
        let world = World::new().set("HDIKAFKA_CONFIG", "");
        let value = |profile: &Profile| shown(profile, key.name);

        let default = key.default.map(str::to_owned);
        assert_eq!(
            value(&world.load(&[]).unwrap()),
            (default, Source::Default),
            "{}",
            key.name
        );

        let world = world.config(line(key, file));
        let from_file = Source::File(world.path("given.toml"), 2);
        assert_eq!(
            value(&world.load(&[]).unwrap()),
            (Some(file.into()), from_file),
            "{}",
            key.name
        );

        let world = world.set(key.env, env);
        let from_env = Source::Env(key.env.into());
        assert_eq!(
            value(&world.load(&[]).unwrap()),
            (Some(env.into()), from_env),
            "{}",
            key.name
        );

        let profile = world.load(&[(key.name, flag)]).unwrap();
        assert_eq!(
            value(&profile),
            (Some(flag.into()), Source::Flag),
            "{}",
            key.name
        );
        assert!(!profile.is_default(key.name));
    }
}

#[test]
fn every_key_reaches_its_own_typed_field() {
    // Debug of the typed part: a key that is not wired up, or wired to another field, is not found in it.
    for key in KEYS.iter().filter(|key| !key.is_secret()) {
        let fields = |flags: &[(&'static str, &str)]| {
            let p = World::new().load(flags).unwrap();
            let topics = (&p.cluster, &p.edge, &p.hub, &p.topics, &p.connector);
            format!(
                "{topics:?}{:?}",
                (&p.source, &p.sink, &p.worker, &p.proof, &p.kafka)
            )
        };
        let (without, with) = (fields(&[]), fields(&[(key.name, samples(key)[0])]));
        assert_ne!(without, with, "{} is not in the typed settings", key.name);
        let field = key.leaf();
        assert!(
            with.contains(&format!("{field}: ")),
            "{} has no field {field}",
            key.name
        );
    }
}

#[test]
fn for_every_secret_flag_beats_environment_beats_file() {
    for key in KEYS.iter().filter(|key| key.is_secret()) {
        let resolved = |world: &World, flags: &[(&'static str, &str)]| {
            let profile = world.load(flags).unwrap();
            let source = if key.name == "cluster.password" {
                &profile.cluster.password
            } else {
                &profile.edge.password
            };
            (
                source
                    .resolve()
                    .unwrap()
                    .map(|secret| secret.expose().to_owned()),
                profile.sources.get(key.name).cloned(),
            )
        };
        let world = World::new();
        assert_eq!(resolved(&world, &[]), (None, None));
        let by_flag = world.file("by-flag", "from flag\n");
        world.file("by-file", "from file\r\n");
        world.file("by-path", "from path");

        let world = world.config(format!(
            "[{}]\n{} = {{ file = \"by-file\" }}\n",
            key.section(),
            key.leaf()
        ));
        let from_file = Source::File(world.path("given.toml"), 2);
        assert_eq!(
            resolved(&world, &[]),
            (Some("from file".into()), Some(from_file))
        );

        let by_path = format!("{}_FILE", key.env);
        let path = world.path("by-path").to_str().unwrap().to_owned();
        let world = world.set(&by_path, &path);
        assert_eq!(
            resolved(&world, &[]),
            (Some("from path".into()), Some(Source::Env(by_path.clone())))
        );

        let world = world.set(key.env, "from env");
        let error = world.load(&[]).unwrap_err().to_string();
        assert!(
            error.contains(key.env) && error.contains(&by_path),
            "{error}"
        );
        let world = world.set(&by_path, "");
        assert_eq!(
            resolved(&world, &[]),
            (Some("from env".into()), Some(Source::Env(key.env.into())))
        );

        let flag = by_flag.to_str().unwrap();
        assert_eq!(
            resolved(&world, &[(key.name, flag)]),
            (Some("from flag".into()), Some(Source::Flag))
        );
    }
}

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
fn values_that_are_names_elsewhere_are_checked_before_anything_is_contacted() {
    let world = World::new().set("HDIKAFKA_COMMANDS_TOPIC", "a b");
    let error = world
        .load(&[("cluster.name", "k;rm -rf /"), ("hub.name", "x\ny")])
        .unwrap_err()
        .to_string();
    let expected = "--cluster: only letters, digits and '-' (got ';' at 2)\n\
                    --hub: only letters, digits and '-' (got U+000A at 2)\n\
                    HDIKAFKA_COMMANDS_TOPIC: only letters, digits, '.', '_' and '-' (got U+0020 at 2)";
    assert_eq!(error, expected);
}

#[test]
fn a_secret_in_the_clear_is_refused_and_never_repeated() {
    let file = |value: &str| format!("[cluster]\nname = \"a\"\npassword = {value}\n");
    for value in [
        format!("\"{CANARY}\""),
        format!("[\"{CANARY}\"]"),
        CANARY.to_owned(),
        format!("{{ value = \"{CANARY}\" }}"),
        format!("{{ env = \"A\", file = \"{CANARY}\" }}"),
        format!("{{ env = [\"{CANARY}\"] }}"),
        format!("'{CANARY}"),
        "{}".to_owned(),
        "12345678".to_owned(),
    ] {
        let refused = World::refused(file(&value)).join("\n");
        assert!(refused.starts_with("3: "), "{refused}");
        assert!(
            !refused.contains("hunter2") && !refused.contains("12345678"),
            "{refused}"
        );
    }
    let refused = World::refused(file(&format!("\"{CANARY}\""))).join("\n");
    for way in ["{ env = ", "{ file = ", "{ command = "] {
        assert!(refused.contains(way), "{refused}");
    }
}

#[test]
fn no_secret_shows_in_debug_display_or_show() {
    let world = World::new()
        .set("HDIKAFKA_AMBARI_PASSWORD", CANARY)
        .set("PW", CANARY);
    let mut profile = world
        .config("[edge]\npassword = { env = \"PW\" }\n")
        .load(&[])
        .unwrap();
    profile
        .answer_secret("edge.password", CANARY.into())
        .unwrap();
    assert_eq!(
        profile.edge.password.resolve().unwrap().unwrap().expose(),
        CANARY
    );
    let text = format!(
        "{profile:?}{:#?}{:?}{}",
        profile,
        profile.show(),
        serde_json::to_string(&profile.show()).unwrap()
    );
    assert!(!text.contains("hunter2"), "{text}");
    let password = shown(&profile, "cluster.password").0.unwrap();
    assert_eq!(password, "(secret, from env HDIKAFKA_AMBARI_PASSWORD)");
}

#[test]
fn a_source_that_was_named_and_gives_nothing_is_an_error_and_not_an_empty_password() {
    let resolve = |content: &str| {
        World::new()
            .config(content)
            .load(&[])
            .unwrap()
            .cluster
            .password
            .resolve()
    };
    let error = resolve("[cluster]\npassword = { env = \"NO_SUCH\" }\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cluster.password: the variable NO_SUCH is not set"
    );
    let error = resolve("[cluster]\npassword = { file = \"/no/such/file\" }\n").unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().contains("/no/such/file")),
        (ErrorKind::NotFound, true)
    );
    let error = resolve("[cluster]\npassword = { file = \"/\" }\n").unwrap_err();
    assert!(error.to_string().ends_with("is not a file"), "{error}");
}

#[test]
fn a_program_is_run_only_from_the_persons_own_configuration() {
    let content = "[cluster]\npassword = { command = [\"echo\", \"from program\"] }\n";
    let password = |profile: Profile| {
        profile
            .cluster
            .password
            .resolve()
            .unwrap()
            .unwrap()
            .expose()
            .to_owned()
    };

    let world = World::new().config(content);
    assert_eq!(password(world.load(&[]).unwrap()), "from program");

    let mut world = World::new();
    world.file(".config/hdikafka/profiles/prod.toml", content);
    world.profile = Some("prod".into());
    assert_eq!(password(world.load(&[]).unwrap()), "from program");

    let world = World::new();
    world.file("work/hdikafka.toml", content);
    let error = world.load(&[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trust);
    assert!(
        error
            .to_string()
            .contains("found from the working directory upwards"),
        "{error}"
    );
    // A flag that overrides it makes the program superfluous.
    let flag = world.file("pw", "from flag");
    assert_eq!(
        password(
            world
                .load(&[("cluster.password", flag.to_str().unwrap())])
                .unwrap()
        ),
        "from flag"
    );

    let world = World::new().config(content);
    fs::set_permissions(world.path("given.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    let error = world.load(&[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Trust);
    assert!(error.to_string().contains("mode 0666"), "{error}");
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
fn standard_input_is_given_away_once() {
    let error = World::new()
        .load(&[("hub.json", "-"), ("cluster.password", "-")])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("--hub-json") && error.contains("--ambari-password-file"),
        "{error}"
    );
    World::new().load(&[("cluster.password", "-")]).unwrap();
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

#[test]
fn all_that_is_missing_is_named_at_once_and_can_be_answered() {
    let mut profile = World::new().load(&[]).unwrap();
    let wanted = [
        "cluster.name",
        "cluster.gateway",
        "edge.host",
        "edge.user",
        "hub.name",
        "cluster.password",
    ];
    let flags = |profile: &Profile| {
        profile
            .missing(&wanted)
            .iter()
            .map(|missing| missing.flag)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        flags(&profile),
        [
            "--cluster",
            "--gateway",
            "--edge",
            "--hub",
            "--ambari-password-file"
        ]
    );

    profile.answer("cluster.name", "kafka").unwrap();
    profile
        .answer_secret("cluster.password", "x".into())
        .unwrap();
    assert_eq!(flags(&profile), ["--hub"]);
    assert_eq!(
        profile.cluster.gateway.as_deref(),
        Some("https://kafka.azurehdinsight.net")
    );
    assert_eq!(
        profile.edge.host.as_deref(),
        Some("new-edgenode.kafka-ssh.azurehdinsight.net")
    );
    assert_eq!(shown(&profile, "cluster.name").1, Source::Prompt);
    assert!(profile.answer("hub.name", "my_hub").is_err() && profile.hub.name.is_none());
    assert!(profile.answer("topics.commands", "iotin").is_err());
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let refused =
        |flags: &[(&'static str, &str)]| World::new().load(flags).unwrap_err().to_string();
    assert!(
        refused(&[("topics.commands", "iotin")]).contains("devices would get their own messages")
    );
    assert!(refused(&[("sink.rest_port", "8083")]).contains("the second worker could not start"));
    let profile = World::new()
        .load(&[("topics.telemetry", "iot.x"), ("topics.commands", "iot_x")])
        .unwrap();
    assert_eq!(profile.warnings().len(), 1);
}

#[test]
fn a_secret_file_that_others_may_read_is_a_warning() {
    let world = World::new();
    let path = world.file("pw", "x");
    let warnings = || {
        world
            .load(&[("cluster.password", path.to_str().unwrap())])
            .unwrap()
            .warnings()
    };
    assert_eq!(warnings(), Vec::<String>::new());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(warnings()[0].ends_with("may be read by others: chmod 600"));
}
