//! Flag, environment, file, default: for every key of the table.

use super::{World, shown};
use hdikafka::profile::keys::{KEYS, Key, Kind};
use hdikafka::profile::{Profile, Source};

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
        ("hub.gateway", _) => ["a:1", "b:2", "c:3"],
        ("hub.start_time", _) => [
            "2026-01-01T00:00:00Z",
            "2026-01-02T00:00:00Z",
            "2026-01-03T00:00:00Z",
        ],
        ("rest.url" | "rest.authority", _) => [
            "https://a.example",
            "https://b.example",
            "https://c.example",
        ],
        ("rest.scope", _) => [
            "https://a/.default",
            "https://b/.default",
            "https://c/.default",
        ],
        ("source.converter" | "sink.converter" | "worker.converter", _) => {
            ["json-schema", "a.Alpha", "b.Bravo"]
        }
        ("worker.heap", _) => ["100m", "200m", "300m"],
        (_, Kind::Integer { .. }) => ["101", "102", "103"],
        (_, Kind::Duration { .. }) => ["101s", "102s", "103s"],
        (_, Kind::List) => ["a:1,b:2", "c:3", "d:4"],
        (_, Kind::Path) => ["/a/file", "/b/file", "/c/file"],
        (_, Kind::Bool) => ["false", "true", "false"],
        (_, Kind::Choice(names)) => [names[1], names[0], names[names.len() - 1]],
        (_, Kind::Properties) => ["client.id=a", "client.id=b", "client.id=c"],
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

#[test]
fn for_every_key_flag_beats_environment_beats_file_beats_default() {
    // Those of librdkafka add up: they have a test of their own.
    let single = |key: &&Key| !key.is_secret() && key.kind != Kind::Properties;
    for key in KEYS.iter().filter(single) {
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
fn every_key_reaches_its_own_typed_field_and_no_other() {
    for key in KEYS.iter().filter(|key| !key.is_secret()) {
        let (without, with) = (fields(&[]), fields(&[(key.name, samples(key)[0])]));
        let changed: Vec<_> = with
            .iter()
            .filter(|field| !without.contains(field))
            .collect();
        let derived = |field: &str| {
            let of_the_name = ["cluster.gateway", "edge.host", "rest.url"];
            key.name == "cluster.name" && of_the_name.contains(&field)
        };
        let own: Vec<_> = changed.iter().filter(|(name, _)| !derived(name)).collect();
        assert_eq!(own.len(), 1, "{} changed {changed:?}", key.name);
        assert_eq!(own[0].0, key.name);
    }
}

/// The typed settings as pairs of a key's name and its field's debug text.
fn fields(flags: &[(&'static str, &str)]) -> Vec<(String, String)> {
    let p = World::new().load(flags).unwrap();
    let sections = [
        ("cluster", format!("{:#?}", p.cluster)),
        ("edge", format!("{:#?}", p.edge)),
        ("hub", format!("{:#?}", p.hub)),
        ("topics", format!("{:#?}", p.topics)),
        ("connector", format!("{:#?}", p.connector)),
        ("source", format!("{:#?}", p.source)),
        ("sink", format!("{:#?}", p.sink)),
        ("worker", format!("{:#?}", p.worker)),
        ("proof", format!("{:#?}", p.proof)),
        ("kafka", format!("{:#?}", p.kafka)),
        ("rest", format!("{:#?}", p.rest)),
    ];
    let mut fields: Vec<(String, String)> = Vec::new();
    for (section, text) in &sections {
        for line in text.lines() {
            // A field stands four spaces deep; what is deeper belongs to the one above.
            match line
                .strip_prefix("    ")
                .filter(|line| !line.starts_with(' '))
                .and_then(|line| line.split_once(": "))
            {
                Some((name, value)) => fields.push((format!("{section}.{name}"), value.to_owned())),
                None => {
                    if let Some((_, value)) = fields.last_mut() {
                        value.push_str(line);
                    }
                }
            }
        }
    }
    fields
}

#[test]
fn for_every_secret_flag_beats_environment_beats_file() {
    for key in KEYS.iter().filter(|key| key.is_secret()) {
        let resolved = |world: &World, flags: &[(&'static str, &str)]| {
            let profile = world.load(flags).unwrap();
            let source = match key.name {
                "cluster.password" => &profile.cluster.password,
                "hub.information" => &profile.hub.information,
                "hub.device_connection_string" => &profile.hub.device_connection_string,
                "edge.passphrase" => &profile.edge.passphrase,
                "edge.sudo_password" => &profile.edge.sudo_password,
                "rest.client_secret" => &profile.rest.client_secret,
                _ => &profile.edge.password,
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
