//! The life of a worker under the imitated systemd, by the programs of the product and by hand.

use super::stage::{Say, Stage, eventually, words};
use hdikafka::edge::{Contents, Remote, Ssh, Status, WriteFile, write_file};
use hdikafka::facts::edge::{self, Edge, Question};
use hdikafka::facts::places::Connector;

const UNIT: &str = "hdikafka-source.service";

/// Waits for SIGTERM as a worker does, and ends with its exit code. Its first file says how it behaves.
const WORKER: &str = "trap 'echo bye; exit 143' TERM
echo \"[main] up $1\"
mode=$(cat /tmp/mode 2>/dev/null)
case $mode in
crash) exit 9 ;;
deaf) trap '' TERM ;;
esac
sleep 1000 &
child=$!
while kill -0 $child 2>/dev/null; do wait $child; done
";

fn stage() -> Stage {
    Stage::with(|options| {
        let line = [
            "/bin/sh",
            "-c",
            WORKER,
            "org.apache.kafka.connect.cli.ConnectStandalone",
        ];
        options.worker = Some(line.map(str::to_owned).to_vec());
    })
}

fn install(ssh: &Ssh, change: impl FnOnce(String) -> String) {
    let text = include_str!("../../../../templates/worker.service")
        .replace("{{connector}}", "source")
        .replace("{{user}}", "kafka")
        .replace("{{group}}", "kafka")
        .replace("{{log4j}}", "/etc/hdikafka/source-log4j.properties")
        .replace("{{heap}}", "256m")
        .replace("{{jvm_options}}", "-server")
        .replace("{{log}}", "/var/log/hdikafka/source.log")
        .replace("{{kafka_home}}", "/usr/hdp/current/kafka-broker")
        .replace("{{worker}}", "/etc/hdikafka/source-worker.properties")
        .replace("{{properties}}", "/etc/hdikafka/source.properties")
        .replace("{{stop_seconds}}", "2")
        .replace("{{restart}}", "on-failure")
        .replace("RestartSec=30", "RestartSec=1");
    let text = change(text);
    ssh.say("sudo install -d -o kafka -g hadoop -m 0750 /var/log/hdikafka");
    let file = WriteFile {
        sudo: true,
        ..WriteFile::new(
            format!("/etc/systemd/system/{UNIT}"),
            Contents::Bytes(text.into_bytes()),
        )
    };
    write_file(ssh, file).unwrap();
}

fn facts(ssh: &Ssh) -> Edge {
    let question = Question {
        kafka_home: "/usr/hdp/current/kafka-broker",
        run_user: None,
        source_port: 8083,
        sink_port: 8084,
    };
    edge::ask(ssh, &question).unwrap()
}

fn state(ssh: &Ssh) -> String {
    let shown = ssh.try_sh(&format!(
        "systemctl show -p ActiveState -p SubState -p Result {UNIT}"
    ));
    String::from_utf8(shown.stdout).unwrap().replace('\n', " ")
}

#[test]
fn a_worker_is_started_seen_and_stopped() {
    let stage = stage();
    let ssh = stage.connect();
    let missing = ssh.try_sh(&format!("sudo systemctl start {UNIT}"));
    assert_eq!(missing.status, Status::Code(5), "{}", words(&missing));
    install(&ssh, |text| text);
    ssh.say(&format!(
        "sudo systemctl daemon-reload; sudo systemctl -q --no-reload enable {UNIT}"
    ));
    assert_eq!(
        ssh.say(&format!("systemctl is-enabled {UNIT}")),
        "enabled\n"
    );
    let not_root = ssh.try_sh(&format!("systemctl start {UNIT}"));
    assert!(words(&not_root).contains("Interactive authentication required"));
    ssh.say(&format!("sudo systemctl start {UNIT}"));
    let seen = facts(&ssh);
    let unit = &seen.units[&Connector::Source];
    assert!(
        unit.loaded && unit.enabled && unit.is_running() && !unit.needs_reload,
        "{unit:?}"
    );
    assert_eq!(
        (unit.sub.as_str(), unit.result.as_str(), unit.restarts),
        ("running", "success", 0)
    );
    assert_eq!(unit.invocation.len(), 32);
    assert!(
        unit.since.ends_with("UTC") && (seen.uptime - unit.since_boot).abs() < 30,
        "{unit:?} {}",
        seen.uptime
    );
    // The worker is found among the processes, as its user's and as the unit's.
    eventually("the worker's process", || !facts(&ssh).workers.is_empty());
    let worker = &facts(&ssh).workers[0];
    assert_eq!((worker.pid, worker.user.as_str()), (unit.pid, "kafka"));
    assert_eq!(worker.unit.as_deref(), Some(UNIT));
    // ExecStartPre has marked the log with this start's id.
    let log = ssh.say("sudo cat /var/log/hdikafka/source.log");
    assert_eq!(log, format!("=== hdikafka start {}\n", unit.invocation));
    assert_eq!(
        ssh.say("sudo stat -c '%U:%G %a' /var/log/hdikafka/source.log"),
        "kafka:kafka 640\n"
    );
    assert_eq!(ssh.say(&format!("systemctl is-active {UNIT}")), "active\n");
    assert!(
        stage
            .node
            .journal(UNIT)
            .iter()
            .any(|line| line.starts_with("[main] up /etc/hdikafka"))
    );
    let status = ssh.say(&format!("systemctl status {UNIT}"));
    assert!(
        status.contains("Active: active (running)") && status.contains("LimitCORE"),
        "{status}"
    );
    ssh.say(&format!("sudo systemctl stop {UNIT}"));
    let unit = &facts(&ssh).units[&Connector::Source];
    assert_eq!(
        (unit.active.as_str(), unit.result.as_str(), unit.exit_status),
        ("inactive", "success", 143)
    );
    assert!(!unit.by_signal);
    assert!(facts(&ssh).workers.is_empty());
    let journal = ssh.say(&format!(
        "sudo journalctl -q --no-pager -o cat -n 3 -u {UNIT}"
    ));
    assert!(
        journal.ends_with("Stopped Kafka Connect worker of the IoT Hub source.\n"),
        "{journal}"
    );
    assert_eq!(journal.lines().count(), 3);
    ssh.say(&format!("sudo systemctl disable {UNIT} 2>&1"));
    assert_eq!(
        ssh.try_sh(&format!("systemctl is-enabled {UNIT}")).stdout,
        b"disabled\n"
    );
}

#[test]
fn one_that_crashes_is_restarted_until_the_limit() {
    let stage = stage();
    let ssh = stage.connect();
    install(&ssh, |text| text);
    ssh.say("echo crash > /tmp/mode");
    ssh.say(&format!("sudo systemctl start {UNIT}"));
    eventually("the limit", || {
        state(&ssh).contains("Result=start-limit-hit")
    });
    let unit = &facts(&ssh).units[&Connector::Source];
    assert!(unit.has_failed(), "{unit:?}");
    assert_eq!((unit.exit_status, unit.restarts), (9, 3));
    assert!(
        unit.journal
            .iter()
            .any(|line| line.contains("Start request repeated too quickly")),
        "{:?}",
        unit.journal
    );
    let again = ssh.try_sh(&format!("sudo systemctl start {UNIT}"));
    assert!(
        words(&again).contains("attempted too often"),
        "{}",
        words(&again)
    );
    ssh.say("rm /tmp/mode");
    ssh.say(&format!(
        "sudo systemctl reset-failed {UNIT} && sudo systemctl start {UNIT}"
    ));
    assert!(state(&ssh).contains("SubState=running"));
    // Killed by hand: seen as killed, and started again.
    let pid = facts(&ssh).units[&Connector::Source].pid;
    ssh.say(&format!("sudo kill -KILL {pid}"));
    eventually("the restart", || {
        let unit = &facts(&ssh).units[&Connector::Source];
        unit.is_running() && unit.restarts == 1 && unit.pid != pid
    });
}

#[test]
fn one_that_is_deaf_is_killed_after_its_time() {
    let stage = stage();
    let ssh = stage.connect();
    install(&ssh, |text| text);
    ssh.say("echo deaf > /tmp/mode");
    ssh.say(&format!("sudo systemctl start {UNIT}"));
    eventually("it is up", || {
        !stage
            .node
            .journal(UNIT)
            .iter()
            .all(|line| !line.contains("[main] up"))
    });
    eventually("its child", || {
        ssh.try_sh("pgrep -f '[s]leep 1000'").success()
    });
    ssh.say(&format!("sudo systemctl stop {UNIT}"));
    let unit = &facts(&ssh).units[&Connector::Source];
    assert_eq!(
        (unit.active.as_str(), unit.result.as_str()),
        ("failed", "timeout")
    );
    assert!(unit.by_signal && unit.exit_status == 9);
    // Its children too.
    assert!(!ssh.try_sh("pgrep -f '[s]leep 1000'").success());
}

#[test]
fn what_cannot_start_says_why() {
    let stage = stage();
    let ssh = stage.connect();
    install(&ssh, |text| {
        text.replace("ExecStart=/usr", "ExecStart=/none")
            .replace("Restart=on-failure", "Restart=no")
    });
    ssh.say(&format!("sudo systemctl start {UNIT}"));
    let unit = &facts(&ssh).units[&Connector::Source];
    assert_eq!((unit.active.as_str(), unit.exit_status), ("failed", 203));
    ssh.say(&format!(
        "sudo systemctl reset-failed {UNIT}; sudo rm -r /var/log/hdikafka"
    ));
    let no_log = ssh.try_sh(&format!("sudo systemctl start {UNIT}"));
    assert!(
        words(&no_log).contains("control process exited with error code"),
        "{}",
        words(&no_log)
    );
    let cause = &facts(&ssh).units[&Connector::Source].journal;
    assert!(
        cause.iter().any(|line| line.contains("source.log")),
        "{cause:?}"
    );
    install(&ssh, |text| text.replace("Type=simple", "Type=forking"));
    ssh.say("sudo systemctl daemon-reload");
    let forking = ssh.try_sh(&format!("sudo systemctl start {UNIT}"));
    assert!(
        words(&forking).contains("Type=simple only"),
        "{}",
        words(&forking)
    );
}

#[test]
fn a_changed_unit_wants_a_reload() {
    let stage = stage();
    let ssh = stage.connect();
    install(&ssh, |text| text);
    ssh.say(&format!("sudo systemctl start {UNIT}"));
    install(&ssh, |text| text.replace("256m", "512m"));
    assert!(facts(&ssh).units[&Connector::Source].needs_reload);
    ssh.say("sudo systemctl daemon-reload");
    assert!(!facts(&ssh).units[&Connector::Source].needs_reload);
    let before = facts(&ssh).units[&Connector::Source].pid;
    ssh.say(&format!("sudo systemctl restart {UNIT}"));
    assert_ne!(facts(&ssh).units[&Connector::Source].pid, before);
    let environment = ssh.say(&format!("systemctl show -p Environment --value {UNIT}"));
    assert!(environment.contains("-Xmx512m"), "{environment}");
    let followed = ssh
        .run(&super::stage::sh(&format!(
            "sudo timeout 1 journalctl -f -n 1 -o cat -u {UNIT}"
        )))
        .unwrap();
    assert!(!followed.stdout.is_empty());
    // As people type it.
    let together = ssh.say(&format!(
        "sudo journalctl -qrn 1 -u{UNIT}; sudo journalctl -xen 1 -o cat -u {UNIT}"
    ));
    assert_eq!(together.lines().count(), 2, "{together}");
    let followed = ssh.try_sh(&format!("sudo timeout 1 journalctl -fu {UNIT}"));
    assert!(
        words(&followed).contains("edge-sandbox"),
        "{}",
        words(&followed)
    );
}
