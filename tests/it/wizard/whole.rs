//! The whole way, to both connectors RUNNING and to a profile that needs no question any more.

use super::person::{Person, WIDE};
use super::{Known, QUIET, files, stage, with_az};
use std::os::unix::fs::PermissionsExt;

#[test]
fn from_nothing_to_a_bridge_and_a_profile() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &[], WIDE);
    person.sees("1/7 Cluster");
    person.sees("rehearsal  Running, West Europe");
    assert!(
        !person.screen().contains("sparkling"),
        "{}",
        person.screen()
    );
    person.answers("Name or number [rehearsal]:", &known.gateway);
    person.answers("User [admin]:", "");
    person.answers("Password of admin:", &known.password);
    person.sees("rehearsal: 3 brokers");
    person.sees("3/7 Edge node");
    person.answers("Host", &known.edge);
    person.sees("The node did not let us in.");
    person.answers("Key file or number:", &known.key);
    person.sees("4/7 IoT Hub");
    person.answers("[rehearsal-hub]:", "");
    person.sees("rehearsal-hub: 4 partitions, policy service, its key from az");
    person.answers("Telemetry [iotin]:", "");
    person.sees("iotin will be made: 8 partitions");
    person.answers("Commands [iotout]:", "");
    person.answers("File or number", "");
    person.sees("7/7 Profile");
    person.answers("Keep them [1]:", "2");
    person.sees("password = { file = \"rehearsal.cluster.password\" }");
    person.answers("Name or number [hdikafka.toml]:", "");
    person.sees("wrote rehearsal.cluster.password, hdikafka.toml");
    person.answers("Go ahead?", "e");
    person.sees("A file is replaced by rename");
    person.answers("Go ahead?", "y");
    let end = person.ends();
    assert_eq!(end.code, 0, "{}", end.text);
    assert!(end.text.matches("RUNNING").count() >= 2, "{}", end.text);
    end.never_showed(&stage.secrets);

    let written = |name: &str| {
        let path = stage.world.path("work").join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        (std::fs::read_to_string(path).unwrap(), mode)
    };
    assert_eq!(
        written("rehearsal.cluster.password"),
        (format!("{}\n", known.password), 0o600)
    );
    let (profile, _) = written("hdikafka.toml");
    for secret in &stage.secrets {
        assert!(!profile.contains(secret.as_str()), "{profile}");
    }
    assert_eq!(files(&stage).len(), 2, "{:?}", files(&stage));

    // The profile alone, without a terminal and without any variable: everything is in it.
    stage.until_healthy();
    let config = ["--config", "hdikafka.toml", "setup"];
    let again = stage.world.run(&config).succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
}

#[test]
fn without_az_what_is_pasted_in_any_order_makes_the_bridge() {
    let stage = stage();
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.sees("az is not installed");
    known.to_the_hub(&mut person);
    // The key alone, by a terminal that does not mark its pastes; then what is missing, by one that does.
    let policy: serde_json::Value = serde_json::from_str(&known.policy).unwrap();
    let key = policy["primaryKey"].as_str().unwrap();
    person.answers("Name, file or paste:", key);
    person.sees("known so far: key; still missing");
    person.sees("Name, file or paste:");
    person.reads();
    person.types(&format!(
        "\x1b[200~{}\x1b[201~",
        known.hub.replace('\n', "\r")
    ));
    person.types("\r");
    person.sees("rehearsal-hub: 4 partitions, policy service, its key from what was pasted");
    known.topics_and_jar(&mut person);
    person.sees("They are: cluster.password, hub.information.");
    person.answers("Keep them [1]:", "2");
    // Its own place in the configuration directory.
    person.answers("Name or number [hdikafka.toml]:", "2");
    person.sees("profiles/rehearsal.toml");
    person.answers("Go ahead?", "y");
    let end = person.ends();
    assert_eq!(end.code, 0, "{}", end.text);
    end.never_showed(&stage.secrets);
    stage.until_healthy();
    let again = stage
        .world
        .run(&["--profile", "rehearsal", "setup"])
        .succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);

    // And it is offered to whoever asks without a profile the next time.
    let mut person = Person::start(&stage, &["setup"], &[], WIDE);
    person.sees("an earlier profile");
    person.answers("Name or number", "1");
    let end = person.ends();
    assert_eq!(end.code, 0, "{}", end.text);
    assert!(end.text.contains("Nothing to do"), "{}", end.text);
}

#[test]
fn files_beside_the_person_are_offered_and_secrets_are_kept_only_when_told() {
    let stage = stage();
    let known = Known::of(&stage);
    stage.world.file("work/a-hub.json", &known.hub);
    stage.world.file("work/b-policy.json", &known.policy);
    let before = files(&stage);
    let mut person = Person::start(&stage, &["setup", "--dry-run"], &QUIET, WIDE);
    known.to_the_hub(&mut person);
    person.sees("a-hub.json     endpoint, of rehearsal-hub");
    person.sees("b-policy.json  key");
    person.answers("Name, number, file or paste:", "1");
    person.sees("its key from");
    known.topics_and_jar(&mut person);
    person.answers("Keep them [1]:", "");
    person.sees("# password: not kept, --ambari-password-file names it");
    person.answers("Name or number [hdikafka.toml]:", "3");
    let end = person.ends();
    assert_eq!(end.code, 10, "{}", end.text);
    end.never_showed(&stage.secrets);
    assert_eq!(files(&stage), before);
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_a_yes() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    stage.world.file("work/mine.toml", "# mine\n");
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    known.to_the_hub(&mut person);
    person.answers("[rehearsal-hub]:", "");
    known.topics_and_jar(&mut person);
    person.answers("Keep them [1]:", "3");
    person.sees("password = { env = \"HDIKAFKA_AMBARI_PASSWORD\" }");
    person.answers("Name or number [hdikafka.toml]:", "mine.toml");
    person.sees("There already: mine.toml");
    person.answers("(yes/no):", "no");
    let mine = || std::fs::read_to_string(stage.world.path("work/mine.toml")).unwrap();
    person.sees("Name or number [hdikafka.toml]:");
    assert_eq!(mine(), "# mine\n");
    person.answers("Name or number [hdikafka.toml]:", "mine.toml");
    person.answers("(yes/no):", "yes");
    person.answers("Go ahead?", "n");
    let end = person.ends();
    // Saying no is no error: the changes are pending.
    assert_eq!(end.code, 10, "{}", end.text);
    assert!(
        end.text.contains("Nothing was changed.") && !end.text.contains("error:"),
        "{}",
        end.text
    );
    assert!(mine().contains("name = \"rehearsal\""), "{}", mine());
    assert_eq!(stage.topics(), Vec::<String>::new());
}
