//! A take-over that is refused or fails: what was made by hand runs on or can be started again as it was, and nothing of
//! it is lost.

use super::by_hand::{DEVICES, Hand, Traffic, arrived, each_arrives_once, session, workers};
use super::node::{CONFIG, Tree};
use super::person::Person;
use super::stage::{Stage, eventually};
use hdikafka::edge::{Command, Remote, Ssh};
use hdikafka::sandbox::rehearsal::Faults;
use hdikafka::sandbox::worker::faults::Faults as Worker;

const OFFSETS: &str = "/tmp/connect.offsets";
const SETUP: [&str; 2] = ["setup", "--yes"];
const TAKE_OVER: [&str; 3] = ["setup", "--yes", "--take-over"];

fn bridge(stage: &Stage, ssh: &Ssh) -> (Hand, u32) {
    for name in ["iotin", "iotout"] {
        stage.rehearsal.kafka.create_topic(name, 8, 3, &[]).unwrap();
    }
    let hand = Hand::in_config(stage, &[]);
    let pid = hand.nohup(ssh, &hand.both());
    (hand, pid)
}

fn on_the_node(ssh: &Ssh, line: &str) {
    let output = ssh.run(&Command::new(["sh", "-c", line])).unwrap();
    assert!(
        output.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn workers_misbehave(stage: &Stage, worker: Worker) {
    let workers = [("*".to_owned(), worker)].into();
    let faults = Faults {
        workers,
        ..Faults::default()
    };
    stage.rehearsal.set_faults(&faults).unwrap();
}

/// Paths of the node that are other than before, but those of the worker that runs there.
fn changes(stage: &Stage, before: &Tree) -> Vec<String> {
    let mut changes = before.changes(&Tree::of(stage));
    changes.retain(|line| !line.ends_with(OFFSETS) && !line.ends_with("connect.log"));
    changes
}

#[test]
fn a_person_who_says_no_leaves_it_untouched() {
    let stage = Stage::new();
    let ssh = session(&stage);
    let (_hand, pid) = bridge(&stage, &ssh);
    let before = Tree::of(&stage);
    let mut person = Person::at(&stage, &["setup"], &[]);
    person.reads("Take over the bridge made by hand");
    person.reads("Go ahead?");
    person.types("e");
    person.reads("never SIGKILL");
    person.reads("Go ahead?");
    person.types("n");
    let secrets: Vec<&str> = stage.secrets.iter().map(String::as_str).collect();
    let (code, seen) = person.leaves(&secrets);
    assert_eq!(code, 10, "{seen}");
    assert_eq!(changes(&stage, &before), [] as [&str; 0]);
    assert_eq!(workers(&stage), [pid]);
}

#[test]
fn another_process_meanwhile_is_not_stopped() {
    let stage = Stage::new();
    let ssh = session(&stage);
    let (hand, pid) = bridge(&stage, &ssh);
    let mut person = Person::at(&stage, &["setup"], &[]);
    person.reads("Go ahead?");
    // its operator starts it anew while the plan is looked at
    on_the_node(&ssh, &format!("kill {pid}"));
    eventually("its end", || workers(&stage).is_empty());
    let other = hand.nohup(&ssh, &hand.both());
    let before = Tree::of(&stage);
    person.types("y");
    person.reads(&format!(
        "pid {pid} is not the worker of this plan any more"
    ));
    let (code, seen) = person.leaves(&[]);
    assert_eq!(code, 3, "{seen}");
    assert_eq!(workers(&stage), [other], "the wrong one was stopped");
    let changed = changes(&stage, &before);
    let of_ours = |line: &String| line.contains("hdikafka") && !line.ends_with(".properties");
    assert!(changed.iter().all(of_ours), "{changed:?}");
    stage.run(&TAKE_OVER).succeeded();
}

#[test]
fn offsets_that_are_truncated_at_the_end_are_not_carried_and_it_can_be_started_again() {
    let stage = Stage::new();
    let ssh = session(&stage);
    workers_misbehave(
        &stage,
        Worker {
            truncate_offsets: true,
            ..Worker::default()
        },
    );
    let (_hand, pid) = bridge(&stage, &ssh);
    stage.rehearsal.set_faults(&Faults::default()).unwrap();
    let traffic = Traffic::begin(&stage, DEVICES);
    eventually("offsets", || {
        arrived(&stage, "iotin").len() > 20 && stage.exists(OFFSETS)
    });
    let failed = stage.run(&[&TAKE_OVER[..], &["-o", "json"]].concat());
    assert_eq!(failed.code, 3, "{}", failed.err);
    let error = failed.json()["error"].clone();
    let said = error.to_string();
    for words in [
        "stopped and not taken over",
        "it ends early",
        "none of its files was changed",
    ] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
    let hints = error["hints"].as_array().unwrap();
    let hint = hints
        .iter()
        .filter_map(|hint| hint.as_str())
        .find_map(|hint| hint.split_once("on the node: "));
    let (_, again) = hint.unwrap_or_else(|| panic!("no way back in {said}"));
    assert!(!workers(&stage).contains(&pid));
    assert!(
        !stage.exists("/etc/hdikafka/source-worker.properties"),
        "files were written"
    );
    assert!(
        stage
            .text(&format!("{CONFIG}/connect-standalone.properties"))
            .contains(OFFSETS)
    );
    // still refused, by the plan now
    stage.run(&TAKE_OVER).failed(3, &[OFFSETS, "it ends early"]);

    // what was read since the last good copy is read again by whoever has no better one: here there is one
    let good = offsets_of_what_arrived(&stage);
    stage.write(OFFSETS, good);
    // as it stands there, with its words kept out of this session
    on_the_node(
        &ssh,
        &format!("{{ {again}\n}} > again.log 2>&1 < /dev/null"),
    );
    eventually("it to run again", || workers(&stage).len() == 1);
    let more = traffic.sent() + 20;
    eventually("more events", || {
        traffic.sent() >= more && arrived(&stage, "iotin").len() >= more
    });
    stage.run(&TAKE_OVER).succeeded();
    let sent = traffic.stop();
    each_arrives_once(&stage, "iotin", sent);
    stage.nothing_to_do(&SETUP);
}

/// An offset file of exactly what is in the topic.
fn offsets_of_what_arrived(stage: &Stage) -> Vec<u8> {
    let hub = stage.rehearsal.hub.names().events_path.clone();
    let records = stage
        .rehearsal
        .kafka
        .look(|seen| seen.records("iotin").unwrap());
    let mut last = std::collections::BTreeMap::new();
    let events = stage.rehearsal.hub.wait(std::time::Duration::ZERO, |data| {
        Some(data.telemetry.partitions().to_vec())
    });
    let events = events.unwrap();
    for record in records {
        let text = String::from_utf8(record.value.unwrap()).unwrap();
        for (partition, events) in events.iter().enumerate() {
            for event in events {
                let body = String::from_utf8_lossy(&event.body);
                if text.contains(body.as_ref()) {
                    let at: &mut i64 = last.entry(partition).or_insert(event.offset);
                    *at = event.offset.max(*at);
                }
            }
        }
    }
    let entry = |(partition, offset): (usize, i64)| {
        (
            format!(
                r#"["AzureIotHubConnector",{{"EventHubName":"{hub}","EventHubPartition":"{partition}"}}]"#
            ),
            format!(r#"{{"EventHubOffset":"{offset}"}}"#),
        )
    };
    hdikafka::facts::offsets::written(&last.into_iter().map(entry).collect())
}

#[test]
fn a_worker_that_ignores_its_end_is_not_killed() {
    let stage = Stage::new();
    let ssh = session(&stage);
    workers_misbehave(
        &stage,
        Worker {
            hang_on_term: true,
            ..Worker::default()
        },
    );
    let (_hand, pid) = bridge(&stage, &ssh);
    let failed = stage.run(&TAKE_OVER);
    assert!(
        [1, 12].contains(&failed.code),
        "{}: {}",
        failed.code,
        failed.err
    );
    for words in [
        &format!("the worker with pid {pid} did not end") as &str,
        "it was not killed",
        &format!("sudo kill -9 {pid}"),
    ] {
        assert!(
            failed.err.contains(words),
            "{words:?} is not in {}",
            failed.err
        );
    }
    assert_eq!(workers(&stage), [pid]);
    assert!(
        !stage.exists("/etc/hdikafka/source-worker.properties"),
        "something was written"
    );
}

#[test]
fn a_worker_that_does_not_answer_is_left_alone() {
    let stage = Stage::new();
    let ssh = session(&stage);
    let (hand, pid) = bridge(&stage, &ssh);
    // its files say another port than it was started with
    let text = stage.text(&hand.worker);
    stage.write(&hand.worker, text.replace("listeners=", "#listeners="));
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    stage.write(
        &hand.worker,
        format!(
            "{}listeners=http://127.0.0.1:{free}\n",
            stage.text(&hand.worker)
        ),
    );
    let failed = stage.run(&TAKE_OVER);
    assert_eq!(failed.code, 12, "{}", failed.err);
    for words in ["cannot be brought to rest", "does not answer", "Ctrl-C"] {
        assert!(
            failed.err.contains(words),
            "{words:?} is not in {}",
            failed.err
        );
    }
    assert!(failed.err.contains(&pid.to_string()));
    assert_eq!(workers(&stage), [pid]);
    eventually("events", || {
        stage
            .rehearsal
            .hub
            .inject("d1", b"event-0;", Default::default());
        arrived(&stage, "iotin").contains_key(&0)
    });
}

#[test]
fn files_that_cannot_be_read_are_named_and_nothing_is_stopped() {
    let stage = Stage::new();
    for name in ["iotin", "iotout"] {
        stage.rehearsal.kafka.create_topic(name, 8, 3, &[]).unwrap();
    }
    let home = "/home/sshuser";
    let names = ["worker", "source", "sink"].map(|name| format!("{home}/{name}.properties"));
    let hand = Hand::at(&stage, &[&names[0], &names[1], &names[2]], &[]);
    let ssh = session(&stage);
    let pid = hand.nohup(&ssh, &hand.both());
    let good = stage.text(&hand.source);
    // read once at the start, lost since
    stage.remove(&hand.source);
    stage.run(&TAKE_OVER).failed(
        3,
        &[
            &hand.source,
            "is gone or cannot be read",
            &format!("pid {pid}"),
        ],
    );
    std::fs::create_dir(stage.rehearsal.edge.scratch().host_path(&hand.source)).unwrap();
    stage
        .run(&TAKE_OVER)
        .failed(3, &[&hand.source, "is gone or cannot be read"]);
    std::fs::remove_dir(stage.rehearsal.edge.scratch().host_path(&hand.source)).unwrap();
    stage.write(&hand.source, format!("{good}x=\\u00zz\n"));
    stage
        .run(&TAKE_OVER)
        .failed(3, &[&hand.source, "is gone or cannot be read"]);
    stage.write(
        &hand.source,
        format!("{good}producer.override.sasl.jaas.config=x\n"),
    );
    stage
        .run(&TAKE_OVER)
        .failed(3, &["producer.override.sasl.jaas.config", "it is a secret"]);
    assert_eq!(workers(&stage), [pid]);
    assert!(!stage.exists("/etc/hdikafka") && !stage.exists("/var/lib/hdikafka"));
}
