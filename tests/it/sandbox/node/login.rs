//! Our own SSH client: who gets in, what comes back, uploads and connections.

use super::stage::{PASSWORD, Say, Stage, noise, refused, sh};
use hdikafka::edge::{
    Contents, Outcome, Remote, RemoteError, Ssh, Status, Stdin, Target, WriteFile, digest,
    write_file,
};
use hdikafka::sandbox::edge::{Host, KeyKind};
use hdikafka::secret::Secret;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::time::{Duration, Instant};

#[test]
fn a_key_a_password_and_nothing_else_open_the_door() {
    let stage = Stage::new();
    let who = "id -un; id -u; pwd; echo $HOME; uname -n";
    let expected = "sshuser\n1000\n/home/sshuser\n/home/sshuser\nedge-sandbox\n";
    assert_eq!(stage.connect().say(who), expected);
    std::fs::write(
        stage.at("agentless"),
        "IdentityAgent none\nIdentityFile none\n",
    )
    .unwrap();
    let by_password = |password: &str| Target {
        identity_file: None,
        password: Some(Secret::from(password)),
        config_file: Some(stage.at("agentless")),
        ..stage.target()
    };
    let ssh = Ssh::connect(&by_password(PASSWORD)).unwrap();
    assert_eq!(ssh.say(who), expected);
    for wrong in [
        by_password("wrong"),
        Target {
            user: Some("root".into()),
            ..by_password(PASSWORD)
        },
        Target {
            user: Some("kafka".into()),
            ..stage.target()
        },
    ] {
        let error = refused(Ssh::connect(&wrong));
        assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
    }
}

#[test]
fn an_unknown_host_key_is_refused_and_the_pinned_one_taken() {
    let stage = Stage::with(|options| options.more_host_keys = vec![KeyKind::EcdsaP256]);
    assert_eq!(stage.node.fingerprints().len(), 2);
    let unknown = Target {
        known_hosts: Some(stage.at("none")),
        ..stage.target()
    };
    let error = refused(Ssh::connect(&unknown));
    assert!(
        matches!(error, RemoteError::UnknownHostKey { .. }),
        "{error}"
    );
    let kept = stage.node.host_key().unwrap();
    let again = Stage::with(|options| options.host_key = Some(kept));
    assert_eq!(again.node.fingerprints(), stage.node.fingerprints()[..1]);
}

#[test]
fn output_codes_signals_and_input() {
    let stage = Stage::new();
    let ssh = stage.connect();
    let output = ssh.try_sh("printf out; printf err >&2; exit 3");
    assert_eq!(output.status, Status::Code(3));
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out"[..], &b"err"[..])
    );
    assert_eq!(
        ssh.try_sh("kill -TERM $$").status,
        Status::Signal("TERM".into())
    );
    assert_eq!(
        ssh.try_sh("kill -KILL $$").status,
        Status::Signal("KILL".into())
    );
    let echoed = ssh
        .run(&sh("cat").stdin(Stdin::Bytes(b"in".to_vec())))
        .unwrap();
    assert_eq!(echoed.stdout, b"in");
    let lines = "i=0; while [ $i -lt 2000 ]; do echo $i; echo $i >&2; i=$((i+1)); done";
    let much = ssh.try_sh(lines);
    assert_eq!((much.stdout.len(), much.stderr.len()), (8890, 8890));
}

#[test]
fn many_channels_at_a_time() {
    let stage = Stage::new();
    let ssh = stage.connect();
    std::thread::scope(|scope| {
        for number in 0..32 {
            let ssh = &ssh;
            scope.spawn(move || {
                assert_eq!(
                    ssh.say(&format!("echo {number}; sleep 0.2")),
                    format!("{number}\n")
                );
            });
        }
    });
}

#[test]
fn fifty_mebibytes_arrive_as_they_left() {
    let stage = Stage::new();
    let ssh = stage.connect();
    let bytes = noise(50 << 20);
    let started = Instant::now();
    let file = WriteFile {
        sudo: true,
        ..WriteFile::new("/var/lib/big.jar", Contents::Bytes(bytes.clone()))
    };
    let written = write_file(&ssh, file).unwrap();
    println!("50 MiB written and checked in {:?}", started.elapsed());
    assert_eq!(written.outcome, Outcome::Created);
    assert_eq!(
        ssh.say("sha256sum < /var/lib/big.jar"),
        format!("{}  -\n", digest(&bytes[..]).unwrap().1)
    );
    let host = stage.node.scratch().host_path("/var/lib/big.jar");
    assert_eq!(std::fs::read(host).unwrap().len(), bytes.len());
    assert_eq!(
        ssh.say("stat -c '%U:%G %a' /var/lib/big.jar"),
        "root:root 644\n"
    );
}

/// Answers every connection with what it is sent, until the test process ends.
fn echo(address: &str) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let mut reader = peer.unwrap();
            let mut writer = reader.try_clone().unwrap();
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut reader, &mut writer);
                let _ = writer.shutdown(Shutdown::Write);
            });
        }
    });
    port
}

#[test]
fn connections_go_to_the_hosts_of_the_rehearsal_and_nowhere_else() {
    let broker = "127.83.7.11";
    let stage = Stage::with(|options| {
        options.hosts = vec![Host {
            address: broker.parse().unwrap(),
            names: vec!["wn0-kafka.example".into(), "wn0-kafka".into()],
        }];
    });
    let ssh = stage.connect();
    let port = echo(broker);
    let bytes = noise(32 << 20);
    let mut stream = ssh.dial("wn0-kafka.example", port).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            writer.write_all(&bytes).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        assert!(back == bytes);
    });
    println!("32 MiB there and back in {:?}", started.elapsed());
    for (host, port) in [
        ("example.org", 80),
        ("10.0.0.4", 9092),
        ("169.254.169.254", 80),
    ] {
        let error = ssh.dial(host, port).unwrap_err();
        assert!(matches!(error, RemoteError::Forbidden { .. }), "{error}");
    }
    // Nobody listens there; a port that was free a moment ago may be another test's by now.
    assert!(ssh.dial("localhost", 1).is_err());
    // The same names inside.
    assert!(ssh.say("getent hosts wn0-kafka").starts_with(broker));
    assert!(
        ssh.say("cat /etc/hosts")
            .contains("wn0-kafka.example wn0-kafka")
    );
    assert!(!ssh.try_sh("getent hosts example.org").success());
}

#[test]
fn the_end_of_the_node_is_the_end_of_all_that_ran_in_it() {
    let stage = Stage::new();
    let ssh = stage.connect();
    ssh.say("setsid sleep 1000 </dev/null >/dev/null 2>&1 &");
    let pids = stage.node.scratch().processes();
    assert!(!pids.is_empty());
    let Stage { node, dir: _dir } = stage;
    let started = Instant::now();
    drop(node);
    assert!(started.elapsed() < Duration::from_secs(5));
    for pid in pids {
        // Whoever it belongs to now has not looked at its end yet, or it is gone.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }
    assert!(ssh.run(&sh("true")).is_err());
}
