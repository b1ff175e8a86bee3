//! Logins: keys with a passphrase, ssh-agent, passwords, and a connection that is cut meanwhile.

use super::super::person::Person;
use super::super::stage::Stage;
use super::private;
use crate::edge::node::{keygen, require};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PASSPHRASE: &str = "opens-sesame-canary";
const ASK: [&str; 2] = ["topics", "list"];

/// A key of this kind that the node accepts.
fn key(stage: &Stage, name: &str, options: &[&str]) -> PathBuf {
    let path = stage.world.path(name);
    keygen(&path, options);
    let line = fs::read_to_string(path.with_extension("pub")).unwrap();
    let place = "/home/sshuser/.ssh/authorized_keys";
    stage.write(place, stage.text(place) + &line);
    path
}

/// The profile without its key.
fn keyless() -> Stage {
    let stage = Stage::new();
    let identity = stage.place().identity();
    stage.profile(&format!("identity_file = \"{}\"\n", identity.display()), "");
    stage
}

fn with<'a>(key: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&ASK[..], &["--identity-file", key.to_str().unwrap()], more].concat()
}

#[test]
fn a_passphrase_opens_a_key() {
    let stage = keyless();
    let file = private(&stage.world.path("passphrase"), PASSPHRASE);
    let given = ["--edge-passphrase-file", file.to_str().unwrap()];
    let wrong = private(&stage.world.path("wrong"), "wr0ng-canary");
    let wrong = ["--edge-passphrase-file", wrong.to_str().unwrap()];
    for (name, options) in [("ed25519", ["-t", "ed25519"]), ("ecdsa", ["-t", "ecdsa"])] {
        let key = key(&stage, name, &[&options[..], &["-N", PASSPHRASE]].concat());
        stage.run(&with(&key, &given)).succeeded();
        let outcome = stage.refused(&with(&key, &wrong), 5, &[name, "its passphrase is wrong"]);
        assert!(!outcome.err.contains("canary"), "{}", outcome.err);
        stage.refused(
            &with(&key, &[]),
            5,
            &[name, "needs its passphrase", "--edge-passphrase-file"],
        );
    }
}

#[test]
fn a_person_is_asked_for_the_passphrase_and_once_more() {
    let stage = keyless();
    let key = key(&stage, "locked", &["-t", "ed25519", "-N", PASSPHRASE]);
    let mut person = Person::at(&stage, &with(&key, &[]), &[]);
    person.reads("Passphrase of the key");
    person.types("wr0ng-canary");
    person.reads("that was not it");
    person.types(PASSPHRASE);
    let (code, screen) = person.leaves(&[PASSPHRASE, "wr0ng-canary"]);
    assert_eq!(code, 0, "{screen}");

    let mut person = Person::at(&stage, &with(&key, &[]), &[]);
    for _ in 0..2 {
        person.reads("Passphrase of the key");
        person.types("wr0ng-canary");
    }
    // The password of the login is the last way.
    person.reads("Password of sshuser@");
    person.types("wr0ng-canary");
    person.reads("Password of sshuser@");
    person.types("wr0ng-canary");
    let (code, screen) = person.leaves(&["wr0ng-canary"]);
    assert_eq!(code, 5, "{screen}");
    assert_eq!(
        screen.matches("Passphrase of the key").count(),
        2,
        "{screen}"
    );
    assert!(screen.contains("its passphrase is wrong"), "{screen}");
}

/// `setup` shows what it is waiting for meanwhile, ten times a second.
#[test]
fn no_progress_is_drawn_over_a_question() {
    let stage = keyless();
    let file = stage.place().directory().join("edge-password");
    let password = fs::read_to_string(file).unwrap().trim().to_owned();
    let mut person = Person::at(&stage, &["setup", "--dry-run"], &[("NO_COLOR", "1")]);
    person.reads("asking Ambari");
    person.reads("Password of sshuser@");
    person.reads(":");
    person.is_waited_for();
    person.types(&password);
    person.reads("ok: asking Ambari");
    let (code, screen) = person.leaves(&[&password]);
    assert_eq!(code, 10, "{screen}");
}

#[test]
fn a_password_logs_in_given_or_asked_for() {
    let stage = keyless();
    let file = stage.place().directory().join("edge-password");
    let given = ["--edge-password-file", file.to_str().unwrap()];
    stage.run(&[&ASK[..], &given].concat()).succeeded();
    let wrong = private(&stage.world.path("wrong"), "wr0ng-canary");
    let wrong = ["--edge-password-file", wrong.to_str().unwrap()];
    stage.refused(
        &[&ASK[..], &wrong].concat(),
        5,
        &["did not accept sshuser", "tried password"],
    );
    stage.refused(
        &ASK,
        5,
        &[
            "nothing (no key, no agent, no password)",
            "--edge-password-file",
        ],
    );
    // A server that takes it only as the answer to a question of its own.
    stage
        .rehearsal
        .edge
        .set_faults(|faults| faults.ask_for_passwords = true)
        .unwrap();
    stage.run(&[&ASK[..], &given].concat()).succeeded();
    let words = [
        "tried password (keyboard-interactive)",
        "accepts publickey,keyboard-interactive",
    ];
    stage.refused(&[&ASK[..], &wrong].concat(), 5, &words);
    let password = fs::read_to_string(&file).unwrap();
    let mut person = Person::at(&stage, &ASK, &[]);
    person.reads("Password of sshuser@");
    person.types(&password);
    let (code, screen) = person.leaves(&[&password]);
    assert_eq!(code, 0, "{screen}");
}

/// OpenSSH's own agent.
struct Agent {
    process: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(stage: &Stage) -> Option<Self> {
        let program = require("ssh-agent")?;
        let socket = stage.world.path("agent.sock");
        let mut command = Command::new(program);
        command.arg("-D").arg("-a").arg(&socket);
        let process = command.stdout(Stdio::null()).spawn().unwrap();
        super::super::stage::eventually("the agent listens", || socket.exists());
        Some(Self { process, socket })
    }

    fn add(&self, key: &Path) {
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket)
            .status();
        assert!(added.unwrap().success());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_agent_has_the_key_or_not_or_is_dead() {
    let mut stage = keyless();
    let Some(agent) = Agent::start(&stage) else {
        return;
    };
    let socket = agent.socket.to_str().unwrap().to_owned();
    stage.world.env.insert("SSH_AUTH_SOCK".into(), socket);
    stage.refused(&ASK, 5, &["ssh-agent (no fitting key)"]);
    let stranger = stage.world.path("stranger");
    keygen(&stranger, &["-t", "ed25519", "-N", ""]);
    agent.add(&stranger);
    stage.refused(&ASK, 5, &["ssh-agent (1 key)"]);
    let right = key(&stage, "right", &["-t", "ecdsa", "-N", ""]);
    agent.add(&right);
    stage.run(&ASK).succeeded();
    // The agent has opened the key whose passphrase nobody gives; also when its public half lies nowhere.
    let locked = stage.world.path("locked");
    fs::copy(&right, &locked).unwrap();
    let changed = Command::new("ssh-keygen")
        .args(["-q", "-p", "-N", PASSPHRASE, "-f"])
        .arg(&locked)
        .output()
        .unwrap();
    assert!(changed.status.success());
    stage.run(&with(&locked, &[])).succeeded();

    // Only the keys that the configuration names.
    let directory = stage.world.path("home/.ssh");
    fs::create_dir_all(&directory).unwrap();
    let only = |key: &Path| {
        let text = format!(
            "Host *\n IdentitiesOnly yes\n IdentityFile {}\n",
            key.display()
        );
        private(&directory.join("config"), &text);
    };
    fs::remove_file(&stranger).unwrap();
    only(&stranger);
    stage.refused(&ASK, 5, &["ssh-agent (1 key)"]);
    only(&locked);
    stage.run(&ASK).succeeded();
    fs::remove_file(directory.join("config")).unwrap();

    drop(agent);
    stage.refused(&ASK, 5, &["ssh-agent ("]);
}

#[test]
fn a_connection_that_is_cut_during_the_login_is_no_wrong_key() {
    let stage = Stage::new();
    stage
        .rehearsal
        .edge
        .set_faults(|faults| faults.cut_login = true)
        .unwrap();
    stage.refused(
        &ASK,
        8,
        &[
            "cannot reach",
            "during the login the server closed the connection",
        ],
    );
}

#[test]
fn the_user_of_the_settings_and_of_the_configuration() {
    let stage = Stage::new();
    // No configuration file: the setting counts.
    stage.refused(
        &[&ASK[..], &["--edge-user", "bob"]].concat(),
        5,
        &["did not accept bob"],
    );
    let directory = stage.world.path("home/.ssh");
    fs::create_dir_all(&directory).unwrap();
    private(&directory.join("config"), "Host 127.*\n User carol\n");
    stage.refused(&ASK, 5, &["did not accept carol"]);
    stage
        .run(&[&ASK[..], &["--edge-user", "sshuser"]].concat())
        .succeeded();
    // What it includes counts as well.
    private(&directory.join("more"), "Host 127.*\n User dave\n");
    private(
        &directory.join("config"),
        &format!("Include {}\n", directory.join("more").display()),
    );
    stage.refused(&ASK, 5, &["did not accept dave"]);
}
