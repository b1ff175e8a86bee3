//! How it ends before its end, and terminals of all kinds: Ctrl-C and Ctrl-D at each kind of question leave the terminal
//! as it was and nothing written ([`Person::ends`] looks at modes and cursor).

use super::person::{Person, WIDE};
use super::{Known, QUIET, files, stage, with_az};
use crate::rehearsal::stage::Stage;

/// Leads to a question, where one key ends everything.
type To = fn(&Known, &mut Person);

const KINDS: [(&str, To); 5] = [
    ("a text", |_, person| {
        person.sees("Name or number [rehearsal]:")
    }),
    ("a secret", |known, person| {
        person.answers("Name or number [rehearsal]:", &known.gateway);
        person.answers("User [admin]:", "");
        person.sees("Password of admin:");
        assert!(!person.echoes(), "keys of a password are shown");
    }),
    ("a paste", |known, person| {
        known.to_the_hub(person);
        person.sees("file or paste");
        person.types("\x1b[200~{\"a\":\r1\x1b[201~");
        person.sees("(not shown)");
    }),
    ("a choice", |known, person| {
        known.to_the_hub(person);
        person.answers("[rehearsal-hub]:", "");
        known.topics_and_jar(person);
        person.sees("Keep them [1]:");
    }),
    ("the consent", |known, person| {
        known.to_the_hub(person);
        person.answers("[rehearsal-hub]:", "");
        known.topics_and_jar(person);
        person.answers("Keep them [1]:", "");
        person.answers("Name or number [hdikafka.toml]:", "3");
        person.sees("xplain:");
    }),
];

#[test]
fn ctrl_c_ends_every_question_and_leaves_nothing() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    for (kind, to) in KINDS {
        let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
        to(&known, &mut person);
        person.types("\x03");
        let end = person.ends();
        assert_eq!(end.code, 130, "{kind}: {}", end.text);
        end.never_showed(&stage.secrets);
    }
    nothing_is_left(&stage);
}

#[test]
fn ctrl_d_ends_every_question_and_leaves_nothing() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    for (kind, to) in KINDS {
        // In the middle of a paste it ends the paste.
        if kind == "a paste" {
            continue;
        }
        let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
        to(&known, &mut person);
        person.types("\x04");
        let end = person.ends();
        assert_eq!(end.code, 130, "{kind}: {}", end.text);
        assert!(end.text.contains("the input ended"), "{kind}: {}", end.text);
    }
    nothing_is_left(&stage);
}

#[test]
fn an_unknown_host_key_is_a_question_like_the_others() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let empty = stage.world.file("known_hosts", "");
    let more = [QUIET[0], ("HDIKAFKA_KNOWN_HOSTS", empty.as_str())];
    let start = || {
        let mut person = Person::start(&stage, &["setup"], &more, WIDE);
        person.answers("Name or number [rehearsal]:", &known.gateway);
        known.login(&mut person);
        person.answers("Host", &known.edge);
        person.sees("SHA256:");
        person
    };
    for key in ["\x03", "\x04"] {
        let mut person = start();
        person.sees("(yes/no):");
        person.types(key);
        assert_eq!(person.ends().code, 130);
    }
    let mut person = start();
    person.answers("(yes/no):", "no");
    person.sees("is unknown");
    person.answers("Host", "");
    person.answers("(yes/no):", "yes");
    person.sees("Kafka 3.2.0");
    person.sees("IoT Hub");
    person.types("\x03");
    assert_eq!(person.ends().code, 130);
    assert!(std::fs::read_to_string(&empty).unwrap().contains("ssh-"));
}

fn nothing_is_left(stage: &Stage) {
    assert_eq!(files(stage), Vec::<String>::new());
    assert_eq!(stage.topics(), Vec::<String>::new());
    assert!(!stage.exists("/etc/hdikafka"));
}

#[test]
fn a_narrow_terminal_and_one_that_changes_its_size() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &QUIET, (50, 40));
    person.sees("1/7 Cluster");
    person.sees("Name or number [rehearsal]:");
    for line in person.screen().lines() {
        assert!(line.chars().count() <= 40, "{line}");
    }
    // Broken between words: each line begins with a whole one.
    let whole = "A few questions first; each answer is";
    let screen = person.screen();
    assert!(
        screen.lines().any(|line| line.trim_end() == whole),
        "{screen}"
    );
    person.answers("Name or number [rehearsal]:", &known.gateway);
    person.sees("User [admin]:");
    person.resizes(50, 100);
    person.answers("User [admin]:", "");
    person.answers("Password of admin:", &known.password);
    person.sees("The connectors run on the cluster's edge node, which is reached by SSH.");
    // In the middle of an answer, which begins when the question stands there.
    person.sees("Host [");
    person.types(&known.edge[..4]);
    person.resizes(50, 30);
    person.answers("Host", &known.edge[4..]);
    person.sees("4/7 IoT Hub");
    person.types("\x03");
    assert_eq!(person.ends().code, 130);
}

#[test]
fn colours_are_for_who_wants_them() {
    let stage = stage();
    for (more, coloured) in [(("NO_COLOR", "1"), false), (("NO_COLOR", ""), true)] {
        let mut person = Person::start(&stage, &["setup"], &[more], WIDE);
        person.answers("Name:", "x y");
        person.sees("! ");
        person.types("\x03");
        let end = person.ends();
        let raw = String::from_utf8_lossy(&end.raw).into_owned();
        assert_eq!(raw.contains("\x1b[31m"), coloured, "{raw:?}");
        assert_eq!(raw.contains("\x1b[1m"), coloured, "{raw:?}");
    }
}

#[test]
fn where_nobody_can_be_asked_all_that_is_missing_is_named() {
    let stage = stage();
    let all =
        "settings are missing: cluster.name, cluster.password, edge.host, hub.name, connector.jar";
    let dumb = Person::start(&stage, &["setup"], &[("TERM", "dumb")], (50, 200)).ends();
    let mute = Person::start(&stage, &["setup", "--no-input"], &[], (50, 200)).ends();
    for end in [dumb, mute] {
        assert_eq!(end.code, 2, "{}", end.text);
        assert!(end.text.contains(all), "{}", end.text);
        assert!(
            !end.raw.contains(&0x1b),
            "{:?}",
            String::from_utf8_lossy(&end.raw)
        );
    }
    let piped = stage.world.run(&["setup"]);
    piped.failed(2, &[all, "--cluster", "HDIKAFKA_AMBARI_PASSWORD"]);
}

#[test]
fn keys_are_edited_and_arrows_leave_nothing_behind() {
    let stage = stage();
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.sees("Name:");
    person.types("wrong\x15not\x1b[D\x1b[A a\x7f\x7fname /");
    person.sees("Name: notname /");
    person.types("\r");
    person.sees("! ");
    person.types("\x03");
    assert_eq!(person.ends().code, 130);
}
