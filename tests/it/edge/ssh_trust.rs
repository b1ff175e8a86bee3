//! Who is let in, in both directions: host keys, user keys, agent and password, and what the errors say.

use super::node::{Node, eventually, keygen, require};
use hdikafka::edge::{Command, HostKeyDecision, Remote, RemoteError, Ssh, Target, UnknownKey};
use hdikafka::secret::Secret;
use std::fs;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn works(target: &Target) -> bool {
    Ssh::connect(target)
        .unwrap()
        .run(&Command::new(["true"]))
        .unwrap()
        .success()
}

fn error(target: &Target) -> RemoteError {
    match Ssh::connect(target) {
        Ok(_) => panic!("it connected"),
        Err(e) => e,
    }
}

#[test]
fn an_unknown_key_is_refused_or_asked_about_and_remembered() {
    let Some(node) = Node::start() else { return };
    let file = node.at("fresh/known_hosts");
    let mut target = Target {
        known_hosts: Some(file.clone()),
        ..node.target()
    };
    let RemoteError::UnknownHostKey { host, fingerprint } = error(&target) else {
        panic!("not refused")
    };
    assert_eq!(
        (host, fingerprint),
        (
            format!("[127.0.0.1]:{}", node.port),
            node.fingerprint("host_ed25519")
        )
    );

    let asked = Arc::new(Mutex::new(Vec::<UnknownKey>::new()));
    let (log, answer) = (asked.clone(), Arc::new(Mutex::new(false)));
    let says = answer.clone();
    target.accept = HostKeyDecision::Ask(Arc::new(move |key: &UnknownKey| {
        log.lock().unwrap().push(key.clone());
        *says.lock().unwrap()
    }));
    assert!(
        matches!(error(&target), RemoteError::UnknownHostKey { .. }),
        "the answer was no"
    );
    assert!(!file.exists());
    *answer.lock().unwrap() = true;
    assert!(works(&target));
    assert!(works(&target));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2, "once it is known nobody is asked");
    assert_eq!(asked[0].key_type, "ssh-ed25519");
    let known = fs::read_to_string(&file).unwrap();
    let expected = node.known_hosts_line("host_ed25519");
    assert_eq!(
        known
            .split(' ')
            .take(3)
            .collect::<Vec<_>>()
            .join(" ")
            .trim(),
        expected.split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
}

#[test]
fn a_changed_key_is_refused_without_asking() {
    let Some(node) = Node::start() else { return };
    keygen(&node.at("other"), &["-t", "ed25519", "-N", ""]);
    keygen(&node.at("rsa"), &["-t", "rsa", "-b", "2048", "-N", ""]);
    let ask = HostKeyDecision::Ask(Arc::new(|_: &UnknownKey| panic!("nobody may be asked")));
    let target = Target {
        accept: ask,
        ..node.target()
    };
    for (lines, expected) in [
        (node.known_hosts_line("other"), node.fingerprint("other")),
        (node.known_hosts_line("rsa"), node.fingerprint("rsa")),
        (
            format!("@revoked {}", node.known_hosts_line("host_ed25519")),
            "not revoked".into(),
        ),
        (
            format!("{0}@revoked {0}", node.known_hosts_line("host_ed25519")),
            "not revoked".into(),
        ),
    ] {
        fs::write(node.at("known_hosts"), lines).unwrap();
        let RemoteError::ChangedHostKey {
            expected: text,
            fingerprint,
            ..
        } = error(&target)
        else {
            panic!("not refused")
        };
        assert!(text.contains(&expected), "{text}");
        assert_eq!(fingerprint, node.fingerprint("host_ed25519"));
    }
}

#[test]
fn a_host_with_several_keys_shows_the_one_on_file() {
    let Some(node) = Node::start_full("", &["rsa", "ecdsa", "ed25519"]) else {
        return;
    };
    for key in ["host_rsa", "host_ecdsa", "host_ed25519"] {
        fs::write(node.at("known_hosts"), node.known_hosts_line(key)).unwrap();
        assert!(works(&node.target()), "{key}");
    }
}

#[test]
fn a_pinned_key_counts_alone() {
    let Some(node) = Node::start() else { return };
    fs::write(node.at("known_hosts"), "").unwrap();
    let pinned = |text: String| Target {
        pinned_host_key: Some(text),
        ..node.target()
    };
    assert!(works(&pinned(node.fingerprint("host_ed25519"))));
    assert_eq!(
        fs::read_to_string(node.at("known_hosts")).unwrap(),
        "",
        "nothing is remembered"
    );
    let wrong = format!("SHA256:{}", "A".repeat(43));
    assert!(
        matches!(error(&pinned(wrong.clone())), RemoteError::ChangedHostKey { expected, .. } if expected == wrong)
    );
}

#[test]
fn what_was_tried_is_told() {
    let Some(node) =
        Node::start_with("PasswordAuthentication yes\nKbdInteractiveAuthentication no")
    else {
        return;
    };
    keygen(&node.at("stranger"), &["-t", "ed25519", "-N", ""]);
    keygen(&node.at("locked"), &["-t", "ed25519", "-N", "words"]);
    let tried = |target: Target| match error(&target) {
        RemoteError::Auth { tried, user, .. } if user == node.user => tried,
        other => panic!("{other}"),
    };
    let with_key = |name: &str| Target {
        identity_file: Some(node.at(name)),
        ..node.target()
    };
    let text = tried(with_key("stranger"));
    assert!(
        text.contains("key ")
            && text.contains("/stranger")
            && text.contains("the server accepts publickey"),
        "{text}"
    );
    assert!(tried(with_key("missing")).contains("not found"));
    assert!(tried(with_key("locked")).contains("needs its passphrase"));
    fs::write(node.at("garbage"), "not a key\n").unwrap();
    assert!(tried(with_key("garbage")).contains("/garbage"));
    let canary = "hunter2-canary";
    let password = Target {
        password: Some(Secret::from(canary)),
        ..with_key("missing")
    };
    let text = tried(password);
    assert!(
        text.contains(", password;") && !text.contains(canary),
        "{text}"
    );
    let log = fs::read_to_string(node.at("sshd.log")).unwrap();
    assert_eq!(
        log.matches("Failed password").count(),
        1,
        "one try and no more: {log}"
    );
}

#[test]
fn the_ssh_configuration_and_the_agent_are_used() {
    let Some(node) = Node::start() else { return };
    let Some(agent) = require("ssh-agent") else {
        return;
    };
    let socket = node.at("agent");
    let mut agent = std::process::Command::new(agent)
        .arg("-D")
        .arg("-a")
        .arg(&socket)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    eventually("the agent's socket", || socket.exists());
    let add = std::process::Command::new("ssh-add")
        .arg(node.at("id"))
        .env("SSH_AUTH_SOCK", &socket)
        .output()
        .unwrap();
    let config = |more: &str| {
        let text = format!(
            "Host bridge\n  HostName 127.0.0.1\n  Port {}\n  User {}\n  UserKnownHostsFile {}\n  {more}\n",
            node.port,
            node.user,
            node.at("known_hosts").display()
        );
        fs::write(node.at("ssh_config"), text).unwrap();
        Target {
            host: "bridge".into(),
            config_file: Some(node.at("ssh_config")),
            ..Target::default()
        }
    };
    let by_agent =
        std::panic::catch_unwind(|| works(&config(&format!("IdentityAgent {}", socket.display()))));
    let _ = agent.kill();
    let _ = agent.wait();
    assert!(add.status.success() && by_agent.unwrap());
    assert!(works(&config(&format!(
        "IdentityAgent none\n  IdentityFile {}",
        node.at("id").display()
    ))));
    let refused = error(&config("ProxyCommand nc %h %p"));
    assert!(
        matches!(&refused, RemoteError::Config(_)) && refused.to_string().contains("proxycommand"),
        "{refused}"
    );
}

/// Otherwise the one that a profile has for all nodes, or the one at the keyboard, would be tried.
#[test]
fn without_a_configuration_file_the_named_user_counts() {
    let Some(node) = Node::start() else { return };
    let target = Target {
        config_file: Some(node.at("no such file")),
        default_user: Some("somebody-else".into()),
        ..node.target()
    };
    assert!(works(&target));
    let default = Target {
        user: None,
        ..target
    };
    let refused = error(&default);
    assert!(
        matches!(&refused, RemoteError::Auth { user, .. } if user == "somebody-else"),
        "{refused}"
    );
}

#[test]
fn where_nobody_answers_it_says_so_in_time() {
    let Some(node) = Node::start() else { return };
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let text = error(&Target {
        port: Some(closed),
        ..node.target()
    })
    .to_string();
    assert!(
        text.contains(&format!("cannot reach 127.0.0.1:{closed}")) && text.contains("refused"),
        "{text}"
    );

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = Some(silent.local_addr().unwrap().port());
    let started = Instant::now();
    let timeout = Some(Duration::from_millis(500));
    let refused = error(&Target {
        port,
        connect_timeout: timeout,
        ..node.target()
    });
    assert!(
        matches!(&refused, RemoteError::Unreachable { .. })
            && refused.to_string().contains("handshake"),
        "{refused}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );

    let unknown = error(&Target {
        host: "no-such-host.invalid".into(),
        ..node.target()
    });
    assert!(
        matches!(&unknown, RemoteError::Unreachable { .. })
            && unknown.to_string().contains("resolve"),
        "{unknown}"
    );
    for host in ["", "-oProxyCommand=x", "a b"] {
        assert!(
            matches!(
                error(&Target {
                    host: host.into(),
                    ..node.target()
                }),
                RemoteError::Config(_)
            ),
            "{host}"
        );
    }
}
