//! Every switch of the node's faults, seen by our own client.

use super::stage::{PASSWORD, Say, Stage, eventually, refused, sh, words};
use hdikafka::edge::{Command, Remote, RemoteError, Ssh, Stdin, Target};
use hdikafka::sandbox::edge::{ChannelCut, KeyKind};
use hdikafka::secret::Secret;
use std::time::{Duration, Instant};

#[test]
fn a_host_key_that_has_changed() {
    let stage = Stage::new();
    let old = stage.connect();
    stage.node.change_host_key(KeyKind::Ed25519).unwrap();
    let error = refused(Ssh::connect(&stage.target()));
    assert!(
        matches!(error, RemoteError::ChangedHostKey { .. }),
        "{error}"
    );
    assert_eq!(old.say("echo still here"), "still here\n");
}

#[test]
fn nobody_is_let_in() {
    let stage = Stage::new();
    stage.faults(|faults| faults.refuse_auth = true);
    let both = Target {
        password: Some(Secret::from(PASSWORD)),
        ..stage.target()
    };
    let error = refused(Ssh::connect(&both));
    assert!(matches!(error, RemoteError::Auth { .. }), "{error}");
    stage.faults(|faults| faults.refuse_auth = false);
    stage.connect();
}

#[test]
fn no_forwarding() {
    let stage = Stage::new();
    let ssh = stage.connect();
    stage.faults(|faults| faults.forbid_forwarding = true);
    let error = ssh.dial("localhost", stage.node.addr().port()).unwrap_err();
    assert!(matches!(error, RemoteError::Forbidden { .. }), "{error}");
    assert_eq!(ssh.say("echo exec works"), "exec works\n");
    stage.faults(|faults| faults.forbid_forwarding = false);
    ssh.dial("localhost", stage.node.addr().port()).unwrap();
}

fn upload(ssh: &Ssh, bytes: usize) -> Result<(), RemoteError> {
    let command = sh("cat >/tmp/upload").stdin(Stdin::Bytes(vec![7; bytes]));
    ssh.run(&command).map(drop)
}

#[test]
fn a_connection_that_is_cut() {
    let stage = Stage::new();
    let ssh = stage.connect();
    stage.faults(|faults| faults.cut_after = Some(1 << 20));
    let error = upload(&ssh, 4 << 20).unwrap_err();
    assert!(matches!(error, RemoteError::Lost { .. }), "{error}");
    assert_eq!(stage.node.faults().cut_after, None);
    // Where the shell had not begun yet there is no file.
    let size = std::fs::metadata(stage.node.scratch().host_path("/tmp/upload"))
        .map_or(0, |there| there.len());
    assert!(size < 1 << 20, "{size}");
    let ssh = stage.connect();
    ssh.say("true");
    stage.faults(|faults| {
        faults.cut_channel = Some(ChannelCut {
            number: 2,
            after: 100_000,
        })
    });
    let error = upload(&ssh, 4 << 20).unwrap_err();
    assert!(matches!(error, RemoteError::Lost { .. }), "{error}");
    let ssh = stage.connect();
    upload(&ssh, 4 << 20).unwrap();
    stage.node.drop_connections();
    assert!(ssh.run(&sh("true")).is_err());
    eventually("no connection is left", || stage.node.connections() == 0);
}

#[test]
fn a_node_that_falls_silent() {
    let stage = Stage::new();
    let ssh = stage.connect();
    ssh.say("true");
    stage.faults(|faults| faults.silent = true);
    let started = Instant::now();
    let error = ssh
        .run(&sh("true").timeout(Duration::from_secs(30)))
        .unwrap_err();
    assert!(matches!(error, RemoteError::Lost { .. }), "{error}");
    assert!(
        started.elapsed() >= Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    stage.faults(|faults| faults.silent = false);
    stage.connect().say("true");
}

#[test]
fn slow_lines_and_slow_starts() {
    let stage = Stage::new();
    let ssh = stage.connect();
    stage.faults(|faults| faults.bytes_per_second = Some(1 << 20));
    let started = Instant::now();
    upload(&ssh, 1 << 20).unwrap();
    let took = started.elapsed();
    assert!(took > Duration::from_millis(800), "{took:?}");
    stage.faults(|faults| {
        faults.bytes_per_second = None;
        faults.exec_delay = Duration::from_millis(700);
    });
    let started = Instant::now();
    ssh.say("true");
    assert!(started.elapsed() >= Duration::from_millis(700));
}

#[test]
fn a_full_disk() {
    let stage = Stage::new();
    let ssh = stage.connect();
    stage.faults(|faults| faults.full = ["/var/lib".to_owned()].into());
    let full = ssh.try_sh("sudo sh -c 'echo x > /var/lib/x'");
    assert!(
        words(&full).contains("No space left on device"),
        "{}",
        words(&full)
    );
    ssh.say("sudo sh -c 'echo x > /var/log/x'");
    stage.faults(|faults| faults.full.clear());
    ssh.say("sudo sh -c 'echo x > /var/lib/x'");
}

#[test]
fn a_wrong_clock() {
    let stage = Stage::new();
    let ssh = stage.connect();
    let now = || -> i64 { ssh.say("date +%s").trim().parse().unwrap() };
    let right = now();
    stage.faults(|faults| faults.clock_skew = -86_400);
    assert!((now() + 86_400 - right).abs() < 60);
    assert!(ssh.say("date -u +%Y-%m-%dT%H:%M:%SZ").ends_with("Z\n"));
    stage.faults(|faults| faults.clock_skew = 0);
    assert!((now() - right).abs() < 60);
}

#[test]
fn no_systemd_and_missing_tools() {
    let stage = Stage::with(|options| options.hideable = vec!["flock".into()]);
    let ssh = stage.connect();
    stage.faults(|faults| faults.no_systemd = true);
    assert_eq!(ssh.say("cat /proc/1/comm"), "init\n");
    let start = ssh.try_sh("sudo systemctl start x");
    assert!(
        words(&start).contains("not been booted with systemd"),
        "{}",
        words(&start)
    );
    stage.faults(|faults| {
        faults.no_systemd = false;
        faults.missing_tools = ["flock", "java", "systemctl"].map(str::to_owned).into();
    });
    assert_eq!(ssh.say("cat /proc/1/comm"), "systemd\n");
    for tool in ["flock", "java", "systemctl"] {
        assert!(
            !ssh.run(&Command::new(["which", tool])).unwrap().success(),
            "{tool}"
        );
    }
    stage.faults(|faults| faults.missing_tools.clear());
    ssh.say("flock --version; java -version; systemctl --version");
    assert!(
        stage
            .node
            .set_faults(|faults| faults.missing_tools = ["awk".to_owned()].into())
            .is_err()
    );
}
