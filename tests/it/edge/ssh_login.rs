//! Keys of every kind against a real sshd, and a sshd that has had enough.

use super::node::{Node, keygen};
use hdikafka::edge::{Questions, RemoteError, Ssh, Target};
use hdikafka::secret::Secret;
use std::fs;
use std::sync::{Arc, Mutex};

const PASSPHRASE: &str = "opens sesame";

fn target(node: &Node, key: &str) -> Target {
    Target {
        identity_file: Some(node.at(key)),
        ..node.target()
    }
}

#[test]
fn a_passphrase_opens_keys_of_every_kind_and_format() {
    let Some(node) = Node::start() else { return };
    let mut authorized = String::new();
    let kinds = [
        ("ed25519", &["-t", "ed25519"][..]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
        ("rsa-pem", &["-t", "rsa", "-b", "2048", "-m", "PEM"]),
        ("ecdsa", &["-t", "ecdsa"]),
        ("ecdsa-384", &["-t", "ecdsa", "-b", "384"]),
    ];
    for (name, options) in kinds {
        keygen(&node.at(name), &[options, &["-N", PASSPHRASE]].concat());
        authorized += &fs::read_to_string(node.at(&format!("{name}.pub"))).unwrap();
    }
    fs::write(node.at("authorized_keys"), authorized).unwrap();
    for (name, _) in kinds {
        let with = |passphrase: &str| Target {
            passphrase: Some(Secret::from(passphrase)),
            ..target(&node, name)
        };
        if let Err(error) = Ssh::connect(&with(PASSPHRASE)) {
            panic!("{name}: {error}");
        }
        let error = Ssh::connect(&with("wrong")).unwrap_err().to_string();
        assert!(error.contains("its passphrase is wrong"), "{name}: {error}");
    }
}

/// What a person has answered once is not asked again when the session is made anew.
#[test]
fn a_right_answer_is_remembered_and_a_wrong_one_is_asked_for_once_more() {
    let Some(node) = Node::start() else { return };
    keygen(&node.at("locked"), &["-t", "ed25519", "-N", PASSPHRASE]);
    fs::copy(node.at("locked.pub"), node.at("authorized_keys")).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let questions = Questions::to(Arc::new(move |question: &str| {
        let mut asked = log.lock().unwrap();
        asked.push(question.to_owned());
        Some(Secret::from(if asked.len() == 1 {
            "wrong"
        } else {
            PASSPHRASE
        }))
    }));
    let mut target = Target {
        questions: questions.clone(),
        ..target(&node, "locked")
    };
    Ssh::connect(&target).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
    target.questions = questions.silenced();
    Ssh::connect(&target).unwrap();
    assert_eq!(asked.lock().unwrap().len(), 2);
}

/// sshd hangs up after so many refusals: that is a refusal, not a broken line.
#[test]
fn a_server_that_has_refused_enough_refuses() {
    let Some(node) = Node::start_with("MaxAuthTries 2") else {
        return;
    };
    let mut config = "IdentityAgent none\n".to_owned();
    for name in ["first", "second", "third"] {
        keygen(&node.at(name), &["-t", "ed25519", "-N", ""]);
        config += &format!("IdentityFile {}\n", node.at(name).display());
    }
    fs::write(node.at("ssh_config"), config).unwrap();
    let error = Ssh::connect(&target(&node, "first")).unwrap_err();
    let words = ["first", "then the server closed the connection"];
    assert!(
        matches!(&error, RemoteError::Auth { tried, .. } if words.iter().all(|w| tried.contains(w))),
        "{error:?}"
    );
    // Nothing is tried before the right key.
    Ssh::connect(&node.target()).unwrap();
}
