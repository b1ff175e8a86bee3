//! Secrets: named, fetched late, never shown, and programs only from where they may come.

use super::{CANARY, World, shown};
use hdikafka::profile::{ErrorKind, Profile};
use std::fs;
use std::os::unix::fs::PermissionsExt;

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
