//! `--secrets inline`: the keys in the connector files, as the manual has them, and nowhere else; and the way there and back.

use super::node::{CONFIG, holding};
use super::stage::Stage;
use std::path::Path;

const SOURCE: &str = "/usr/hdp/current/kafka-broker/config/connect-iothub-source.properties";
const SINK: &str = "/usr/hdp/current/kafka-broker/config/connect-iothub-sink.properties";
const SECRETS: [&str; 2] = [
    "/etc/hdikafka/source-secrets.properties",
    "/etc/hdikafka/sink-secrets.properties",
];
const INLINE: [&str; 4] = ["setup", "--yes", "--secrets", "inline"];
const FILES: [&str; 4] = ["setup", "--yes", "--only", "config,secrets"];

impl Stage {
    /// The policy's key.
    fn key(&self) -> &str {
        &self.secrets[2]
    }

    /// Files of the node that hold the key, backups of runs all as one.
    fn with_key(&self) -> Vec<String> {
        let root = self.place().edge().join("root");
        let texts = [self.key().trim_end_matches('=').to_owned()];
        let mut found: Vec<String> = holding(&root, &texts)
            .iter()
            .map(|path| Path::new(path).strip_prefix(&root).unwrap())
            .map(|path| format!("/{}", path.display()))
            .map(
                |path| match path.strip_prefix("/var/lib/hdikafka/backups/") {
                    Some(rest) => format!("backup:{}", rest.split_once('/').unwrap().1),
                    None => path,
                },
            )
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// Another key of the same policy.
    fn rotate(&self) -> String {
        let key = "bmV3IGtleSBvZiB0aGUgcG9saWN5LCBjYW5hcnkgOTk=";
        let file = self.place().directory().join("policy.json");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(self.key(), key)).unwrap();
        key.to_owned()
    }
}

/// Where the files really are: the configuration directory is a link.
fn real(name: &str) -> String {
    format!("/etc/kafka/5.1.4.8/0/connect-iothub-{name}.properties")
}

#[test]
fn a_bridge_with_its_keys_inline_runs_and_a_second_run_finds_nothing_to_do() {
    let stage = Stage::new();
    let dry = stage.run(&["setup", "--dry-run", "--secrets", "inline"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for part in [
        "connect-iothub-source.properties (640 root:kafka; IotHub.AccessKeyValue not shown: key of service from",
        "connect-iothub-sink.properties (640 root:kafka; IotHub.ConnectionString not shown: key of service from",
        "warning: --secrets inline",
    ] {
        assert!(dry.out.contains(part), "{part:?} is not in {}", dry.out);
    }
    assert!(!dry.out.contains("secrets.properties"), "{}", dry.out);
    stage
        .run(&[&INLINE[..], &["-o", "json"]].concat())
        .succeeded();
    assert!(
        stage
            .text(SOURCE)
            .contains(&format!("IotHub.AccessKeyValue={}", stage.key())),
        "no key in the file"
    );
    for path in [SOURCE, SINK] {
        assert_eq!(stage.access(path), "0640 0:1011", "{path}");
    }
    assert_eq!(stage.with_key(), [real("sink"), real("source")]);
    stage.nothing_to_do(&INLINE);
    // A line of somebody's own changes nothing about that.
    stage.write(SOURCE, stage.text(SOURCE) + "errors.log.enable=true\n");
    let dry = stage.run(&[
        "setup",
        "--only",
        "config,secrets",
        "--dry-run",
        "--secrets",
        "inline",
    ]);
    assert_eq!(dry.code, 0, "{}", dry.out);
    for arguments in [
        &["connector", "logs", "source"][..],
        &["connector", "status", "-o", "json"],
    ] {
        stage.run(arguments);
    }
}

#[test]
fn another_key_is_written_and_the_old_one_is_in_a_closed_backup() {
    let stage = Stage::new();
    let files = [&FILES[..], &["--secrets", "inline"]].concat();
    stage.run(&files).succeeded();
    let new = stage.rotate();
    let only = [
        "setup",
        "--dry-run",
        "--only",
        "secrets",
        "--secrets",
        "inline",
    ];
    for format in ["table", "json"] {
        let dry = stage.run(&[&only[..], &["-o", format]].concat());
        assert_eq!(dry.code, 10, "{}", dry.err);
        assert!(!dry.out.contains(&new), "the new key was printed");
        let words = "IotHub.AccessKeyValue not shown: key of service from";
        assert!(format == "json" || dry.out.contains(words), "{}", dry.out);
    }
    stage
        .run(&["setup", "--yes", "--only", "secrets", "--secrets", "inline"])
        .succeeded();
    assert!(stage.text(SOURCE).contains(&new) && stage.text(SINK).contains(&new));
    assert_eq!(
        stage.with_key(),
        ["sink", "source"].map(|name| format!("backup:{}", &real(name)[1..]))
    );
    assert_eq!(stage.access("/var/lib/hdikafka/backups"), "0700 0:0");
    let dry = stage.run(&[
        "setup",
        "--dry-run",
        "--only",
        "config,secrets",
        "--secrets",
        "inline",
    ]);
    assert_eq!(dry.code, 0, "{}", dry.out);
}

#[test]
fn the_way_from_files_to_inline_and_back() {
    let stage = Stage::bridge();
    assert_eq!(stage.with_key(), [SECRETS[1], SECRETS[0]]);
    let dry = stage.run(&["setup", "--dry-run", "--secrets", "inline"]);
    for part in [
        "-IotHub.AccessKeyValue=${file:",
        "+IotHub.AccessKeyValue=(",
        "restart the source",
        "- remove /etc/hdikafka/source-secrets.properties",
    ] {
        assert!(dry.out.contains(part), "{part:?} is not in {}", dry.out);
    }
    stage.run(&INLINE).succeeded();
    assert!(SECRETS.iter().all(|path| !stage.exists(path)), "left over");
    assert_eq!(stage.with_key(), [real("sink"), real("source")]);
    stage.nothing_to_do(&INLINE);
    stage.run(&["connector", "restart", "--yes"]).succeeded();

    stage.run(&["setup", "--yes"]).succeeded();
    assert!(stage.text(SOURCE).contains("IotHub.AccessKeyValue=${file:"));
    let mut expected = vec![SECRETS[1].to_owned(), SECRETS[0].to_owned()];
    expected.extend(["sink", "source"].map(|name| format!("backup:{}", &real(name)[1..])));
    assert_eq!(stage.with_key(), expected);
    stage.nothing_to_do(&["setup", "--yes"]);
}

#[test]
fn a_worker_that_runs_keeps_its_file_of_secrets_until_its_restart() {
    let stage = Stage::bridge();
    let files = [&FILES[..], &["--secrets", "inline"]].concat();
    let made = stage.run(&files).succeeded();
    assert!(
        made.err.contains("until `hdikafka connector restart"),
        "{}",
        made.err
    );
    assert!(SECRETS.iter().all(|path| stage.exists(path)));
    stage.run(&INLINE).succeeded();
    assert!(SECRETS.iter().all(|path| !stage.exists(path)));
}

#[test]
fn a_key_that_somebody_put_there_is_a_conflict_and_not_shown() {
    let stage = Stage::new();
    let files = [&FILES[..], &["--secrets", "inline"]].concat();
    stage.run(&files).succeeded();
    let canary = "Y2FuYXJ5IG9mIHNvbWVib2R5IGVsc2U=";
    stage.write(SOURCE, stage.text(SOURCE).replace(stage.key(), canary));
    for line in [files.clone(), FILES.to_vec()] {
        let refused = stage.refused(
            &line,
            3,
            &["IotHub.AccessKeyValue=(", "was changed by hand"],
        );
        assert!(!refused.err.contains(canary), "{}", refused.err);
    }
    stage.run(&[&files[..], &["--keep"]].concat()).succeeded();
    assert!(stage.text(SOURCE).contains(canary));
    assert!(
        !stage
            .text("/var/lib/hdikafka/manifest.json")
            .contains(canary)
    );
    let again = stage.run(&files).succeeded();
    assert!(again.out.contains("Nothing to do"), "{}", again.out);
    stage
        .run(&[&files[..], &["--overwrite=IotHub.AccessKeyValue"]].concat())
        .succeeded();
    assert!(stage.text(SOURCE).contains(stage.key()));
}

#[test]
fn a_sample_file_that_is_open_to_all_is_closed_before_the_key_is_in_it() {
    let stage = Stage::new();
    let sample = "# caf\u{e9}: replace PLACEHOLDER\nname=x\nIotHub.AccessKeyValue=PLACEHOLDER\n";
    let bytes: Vec<u8> = sample.chars().map(|c| c as u8).collect();
    let path = format!("{CONFIG}/connect-iothub-source.properties");
    stage.write(&path, &bytes);
    stage
        .rehearsal
        .edge
        .scratch()
        .set_mode(&path, 0o666)
        .unwrap();
    let files = [&FILES[..], &["--secrets", "inline"]].concat();
    stage.run(&files).succeeded();
    assert_eq!(stage.access(&path), "0640 0:1011");
    assert!(
        stage
            .read(&path)
            .starts_with(b"# caf\xe9: replace PLACEHOLDER\nname=")
    );
    // Opened again, it is closed again.
    stage
        .rehearsal
        .edge
        .scratch()
        .set_mode(&path, 0o644)
        .unwrap();
    stage.run(&files).succeeded();
    assert_eq!(stage.access(&path), "0640 0:1011");
}
