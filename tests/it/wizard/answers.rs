//! Answers that are wrong, taken back or asked about: the error stands beside the question, which is asked again.

use super::person::{Person, WIDE};
use super::{Known, QUIET, files, stage, with_az};

#[test]
fn a_wrong_password_is_sent_once_and_the_third_ends_it() {
    let stage = stage();
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.answers("Name:", &known.gateway);
    person.answers("User [admin]:", "");
    let before = stage.rehearsal.ambari.server().requests().len();
    person.answers("Password of admin:", "wrong-canary-1");
    person.sees("does not accept this user and password; 2 tries more");
    assert_eq!(stage.rehearsal.ambari.server().requests().len(), before + 1);
    // The same again, and nothing: neither is sent.
    person.answers("Password of admin:", "wrong-canary-1");
    person.sees("was refused already");
    person.answers("Password of admin:", "");
    person.sees("an answer is needed");
    assert_eq!(stage.rehearsal.ambari.server().requests().len(), before + 1);
    person.answers("Password of admin:", &known.password);
    person.sees("rehearsal: 3 brokers");
    person.sees("Edge node");
    person.types("\x03");
    let end = person.ends();
    end.never_showed(&["wrong-canary-1".to_owned()]);
    end.never_showed(&stage.secrets);

    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.answers("Name:", &known.gateway);
    person.answers("User [admin]:", "ann");
    for wrong in ["one-wrong", "two-wrong", "three-wrong"] {
        person.answers("Password of ann:", wrong);
    }
    let end = person.ends();
    assert_eq!(end.code, 5, "{}", end.text);
    assert!(
        end.text.contains("error: three passwords were refused"),
        "{}",
        end.text
    );
    assert_eq!(files(&stage), Vec::<String>::new());
}

#[test]
fn a_cluster_an_edge_and_a_hub_that_are_not_there_are_asked_for_again() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.answers("Name or number [rehearsal]:", "not a name");
    person.sees("! ");
    person.answers("Name or number [rehearsal]:", "https://127.0.0.1:1");
    person.sees("nobody answers for this cluster");
    person.answers("Name or number [rehearsal]:", &known.gateway);
    known.login(&mut person);
    person.sees("Edge node");
    person.answers("Host", "127.0.0.1:1");
    person.sees("cannot reach 127.0.0.1:1");
    person.answers("Host", "bad host");
    person.sees("! ");
    person.answers("Host", &known.edge);
    person.answers("[rehearsal-hub]:", "nosuchhub");
    person.sees("no IoT Hub named nosuchhub");
    person.answers(
        "[rehearsal-hub]:",
        "HostName=h.x;SharedAccessKeyName=service",
    );
    person.sees("has no SharedAccessKey");
    person.answers("[rehearsal-hub]:", "nowhere.json");
    person.sees("cannot read nowhere.json");
    person.answers("[rehearsal-hub]:", "");
    person.sees("rehearsal-hub: 4 partitions");
    person.answers("Telemetry [iotin]:", "bad/topic");
    person.sees("! ");
    person.answers("Telemetry [iotin]:", "");
    person.answers("Commands [iotout]:", "iotin");
    person.sees("is the telemetry topic as well");
    person.answers("Commands [iotout]:", "");
    person.answers("File or number", "nowhere.jar");
    person.sees("nowhere.jar");
    person.answers("File or number", "");
    person.sees("Keep them");
    person.types("\x04");
    let end = person.ends();
    assert_eq!(end.code, 130, "{}", end.text);
    assert_eq!(files(&stage), Vec::<String>::new());
}

#[test]
fn what_is_pasted_at_the_wrong_question_is_not_shown_and_answers_no_other_one() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    known.to_the_hub(&mut person);
    person.answers("[rehearsal-hub]:", "");
    person.sees("Telemetry [iotin]:");
    person.reads();
    person.types(&format!(
        "\x1b[200~{}\x1b[201~\r",
        known.policy.replace('\n', "\r")
    ));
    person.sees("! ");
    person.sees("Telemetry [iotin]:");
    person.answers("Telemetry [iotin]:", &stage.secrets[2]);
    person.sees("! ");
    person.answers("Telemetry [iotin]:", "");
    person.sees("Commands [iotout]:");
    person.types("\x03");
    let end = person.ends();
    assert_eq!(end.code, 130, "{}", end.text);
    end.never_showed(&stage.secrets);
}

#[test]
fn the_way_back_leads_over_answers_that_were_checked() {
    let stage = stage();
    with_az(&stage);
    let known = Known::of(&stage);
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.answers("Name or number [rehearsal]:", "<");
    person.sees("this is the first question");
    person.answers("Name or number [rehearsal]:", "?");
    person.sees("The name that the cluster has in the Azure portal");
    person.sees("--cluster, --gateway");
    person.answers("Name or number [rehearsal]:", &known.gateway);
    person.answers("User [admin]:", "");
    // Neither explains nor leads back unseen: both are told from a password.
    person.answers("Password of admin:", "?");
    person.sees("cluster login");
    person.answers("Password of admin:", "<");
    person.answers("User [admin]:", "");
    person.answers("Password of admin:", &known.password);
    person.answers("Host", &known.edge);
    person.answers("[rehearsal-hub]:", "");
    person.answers("Telemetry [iotin]:", "other");
    person.sees("other will be made");
    person.answers("Commands [iotout]:", "<");
    person.answers("Telemetry [other]:", "<");
    person.answers("[rehearsal-hub]:", "<");
    person.answers("Host", "<");
    person.sees("2/7 Login");
    person.answers("User [admin]:", "");
    // The password is still known, and nobody has to type it again.
    person.answers("Password of admin (Enter: as before):", "");
    person.sees("rehearsal: 3 brokers");
    person.answers("Host", "");
    person.answers("[rehearsal-hub]:", "");
    person.answers("Telemetry [other]:", "iotin");
    person.answers("Commands [iotout]:", "");
    person.answers("File or number", "");
    person.answers("Keep them [1]:", "");
    person.sees("name = \"rehearsal\"");
    person.answers("Name or number [hdikafka.toml]:", "<");
    person.answers("Keep them [1]:", "");
    person.answers("Name or number [hdikafka.toml]:", "3");
    person.answers("Go ahead?", "n");
    let end = person.ends();
    assert_eq!(end.code, 10, "{}", end.text);
    end.never_showed(&stage.secrets);
}

#[test]
fn hosts_of_the_ssh_configuration_are_offered_with_what_it_says_of_them() {
    let stage = stage();
    let known = Known::of(&stage);
    let config = format!(
        "Host jump *\nHost bridge-edge\n  HostName {}\n  IdentityFile {}\n",
        known.edge, known.key
    );
    stage.world.file("home/.ssh/config", config);
    // Without the variable: the key is the configuration's.
    let mut person = Person::start(&stage, &["setup"], &[], WIDE);
    person.answers("Name:", &known.gateway);
    known.login(&mut person);
    person.sees("1  bridge-edge  ~/.ssh/config");
    person.answers("Host or number", "1");
    person.sees("Kafka 3.2.0");
    person.sees("IoT Hub");
    person.types("\x03");
    assert_eq!(person.ends().code, 130);
}

#[test]
fn only_what_a_profile_lacks_is_asked() {
    let stage = stage();
    stage.profile("[connector]\njar", "[connector]\n#jar");
    let config = stage.place().profile();
    let arguments = ["--config", config.to_str().unwrap(), "setup"];
    let mut person = Person::start(&stage, &arguments, &QUIET, WIDE);
    person.sees("1/1 Connector");
    person.answers("File or number", "");
    person.answers("Go ahead?", "n");
    let end = person.ends();
    assert_eq!(end.code, 10, "{}", end.text);
    assert!(!end.text.contains("Profile"), "{}", end.text);
}

#[test]
fn an_az_that_takes_its_time_is_not_waited_for() {
    let stage = stage();
    stage.world.program("az", "sleep 60\n");
    let begun = std::time::Instant::now();
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.sees("asking az for your clusters");
    person.sees("az takes too long");
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
    person.types("\x03");
    assert_eq!(person.ends().code, 130);
    stage.world.program(
        "az",
        "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1\n",
    );
    let mut person = Person::start(&stage, &["setup"], &QUIET, WIDE);
    person.sees("az is not logged in");
    person.types("\x03");
    assert_eq!(person.ends().code, 130);
}
