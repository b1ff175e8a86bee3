//! kcat against the cluster: lists, produces in every codec it has, consumes, is a member and dies.

// What is skipped is said.
#![allow(clippy::print_stdout)]

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hdikafka::sandbox::kafka::{Cluster, EXTERNAL, Options};

use super::{PATIENCE, cluster, produce, settings};

/// kcat, or a failing test that says what to install; a machine that cannot have it announces that in `HDIKAFKA_SKIP`.
fn kcat() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|place| place.join("kcat"));
    let found = places.find(|file| file.is_file());
    if found.is_none() {
        let announced = std::env::var("HDIKAFKA_SKIP").unwrap_or_default();
        assert!(
            announced.split(',').any(|word| word == "kcat"),
            "kcat is needed by this test and is not installed"
        );
        println!("skipped: kcat is not installed, as HDIKAFKA_SKIP says");
    }
    found
}

fn command(kcat: &PathBuf, cluster: &Cluster, arguments: &str) -> Command {
    let mut command = Command::new(kcat);
    command
        .env_remove("KCAT_CONFIG")
        // The test runner's would lend kcat the librdkafka that the program is built with.
        .env_remove("LD_LIBRARY_PATH")
        .args(["-b", &cluster.bootstrap(EXTERNAL), "-m", "15"])
        .args(arguments.split_whitespace());
    command
}

fn run(kcat: &PathBuf, cluster: &Cluster, arguments: &str, input: &str) -> String {
    let mut child = command(kcat, cluster, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kcat {arguments}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_lists_produces_in_every_codec_and_consumes() {
    let Some(kcat) = kcat() else { return };
    let cluster = cluster();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        cluster.create_topic(codec, 1, 3, &[]).unwrap();
        let lines: String = (0..200).map(|n| format!("{codec} {n}\n")).collect();
        run(
            &kcat,
            &cluster,
            &format!("-P -t {codec} -p 0 -z {codec}"),
            &lines,
        );
        let read = run(
            &kcat,
            &cluster,
            &format!("-C -t {codec} -o beginning -e -q"),
            "",
        );
        assert_eq!(read, lines, "{codec}");
        assert_eq!(
            cluster.records(codec).is_err(),
            codec != "none",
            "{codec} was kept as it came"
        );
    }
    let listed = run(&kcat, &cluster, "-L", "");
    assert!(
        listed.contains(" 3 brokers:") && listed.contains(" 5 topics:"),
        "{listed}"
    );
    assert!(listed.contains("broker 1001 at 127.0.0.1:"), "{listed}");
    let found = run(&kcat, &cluster, "-Q -t none:0:-1", "");
    assert!(found.contains("none [0] offset 200"), "{found}");
}

#[test]
fn the_other_members_take_over_from_one_that_is_killed() {
    let Some(kcat) = kcat() else { return };
    let options = Options {
        session_timeout: Duration::from_millis(500)..=Duration::from_secs(60),
        ..Options::loopback(3)
    };
    let cluster = Cluster::start(options).unwrap();
    cluster.create_topic("iotout", 6, 3, &[]).unwrap();
    let arguments = "-X session.timeout.ms=1500 -X heartbeat.interval.ms=200 -X topic.auto.offset.reset=earliest \
                     -u -q -G g iotout";
    let mut members: Vec<Member> = (0..3)
        .map(|_| {
            Member(
                command(&kcat, &cluster, arguments)
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap(),
            )
        })
        .collect();
    let settled = |count: usize| {
        let settled = cluster.wait_for(&format!("{count} members"), PATIENCE, |seen| {
            seen.group("g")
                .is_some_and(|g| g.state == "Stable" && g.members.len() == count)
        });
        settled.unwrap();
    };
    settled(3);
    let mut killed = members.remove(1);
    killed.0.kill().unwrap();
    settled(2);
    let settings = settings(&cluster);
    for partition in 0..6 {
        produce(
            &settings,
            &[("iotout", partition, &format!("to {partition}"))],
        );
    }
    let (tell, told) = std::sync::mpsc::channel();
    for member in &mut members {
        let lines = BufReader::new(member.0.stdout.take().unwrap()).lines();
        let tell = tell.clone();
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .try_for_each(|line| tell.send(line))
        });
    }
    let end = Instant::now() + PATIENCE;
    let left = || end.saturating_duration_since(Instant::now());
    let mut read: Vec<String> = (0..6).map(|_| told.recv_timeout(left()).unwrap()).collect();
    read.sort();
    assert_eq!(read, ["to 0", "to 1", "to 2", "to 3", "to 4", "to 5"]);
}

/// Ends with the test.
struct Member(Child);

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
