//! sudo that wants a password: found, asked for, wrong, missing; and where the password does not turn up.

use super::super::node::{Tree, holding};
use super::super::person::Person;
use super::super::stage::Stage;
use super::private;
use hdikafka::sandbox::edge::Sudo;

fn asking() -> (Stage, String) {
    let stage = Stage::new();
    stage
        .rehearsal
        .edge
        .set_faults(|faults| faults.sudo = Sudo::Password)
        .unwrap();
    let password = std::fs::read_to_string(stage.place().directory().join("edge-password"));
    (stage, password.unwrap())
}

#[test]
fn a_bridge_is_made_with_sudo_that_asks_each_time() {
    let (stage, password) = asking();
    let file = stage.place().directory().join("edge-password");
    let named = format!(
        "[edge]\nsudo_password = {{ file = \"{}\" }}\n",
        file.display()
    );
    stage.profile("[edge]\n", &named);
    stage.run(&["setup", "--yes"]).succeeded();
    stage.nothing_to_do(&["setup", "--yes"]);
    // The jar went through sudo as well, byte for byte.
    let name = stage.place().jar();
    let name = name.file_name().unwrap().to_str().unwrap();
    let there = format!("/usr/lib/hdikafka/plugins/iothub/{name}");
    assert!(stage.read(&there) == std::fs::read(stage.place().jar()).unwrap());
    // Nowhere on the node, in no log.
    assert_eq!(
        holding(&stage.place().edge().join("root"), &[password]),
        Vec::<String>::new()
    );
    // The password of the login is the one that is tried where no other is named.
    stage.profile("sudo_password", "password");
    stage.run(&["connector", "status"]).succeeded();
}

#[test]
fn without_the_right_password_nothing_happens() {
    let (stage, _) = asking();
    stage.refused(
        &["setup", "--yes"],
        6,
        &["a password is required", "--sudo-password-file"],
    );
    let wrong = private(&stage.place().directory().join("wrong"), "wr0ng-canary");
    let outcome = stage.refused(
        &[
            "setup",
            "--yes",
            "--sudo-password-file",
            wrong.to_str().unwrap(),
        ],
        6,
        &[
            "sudo on sshuser@",
            "the password was not accepted",
            "--sudo-password-file",
        ],
    );
    assert!(!outcome.err.contains("wr0ng"), "{}", outcome.err);
    stage
        .rehearsal
        .edge
        .set_faults(|faults| faults.sudo = Sudo::Refused)
        .unwrap();
    let right = stage.place().directory().join("edge-password");
    stage.refused(
        &[
            "setup",
            "--yes",
            "--sudo-password-file",
            right.to_str().unwrap(),
        ],
        6,
        &["is not in the sudoers file"],
    );
}

#[test]
fn a_person_is_asked_for_it_once() {
    let (stage, password) = asking();
    let mut person = Person::at(&stage, &["setup", "--dry-run"], &[]);
    person.reads("Password for sudo on sshuser@");
    person.types(&password);
    let (code, screen) = person.leaves(&[&password]);
    assert_eq!(code, 10, "{screen}");
    assert_eq!(screen.matches("Password for sudo").count(), 1, "{screen}");

    let before = Tree::of(&stage);
    let mut person = Person::at(&stage, &["setup", "--yes"], &[]);
    person.reads("Password for sudo on sshuser@");
    person.types("wr0ng-canary");
    let (code, screen) = person.leaves(&["wr0ng-canary"]);
    assert_eq!(code, 6, "{screen}");
    assert!(screen.contains("the password was not accepted"), "{screen}");
    before.is_still(&stage);
}
