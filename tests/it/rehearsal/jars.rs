//! Other jars of the same connector on the node: named, moved away with consent, kept; and where the jar goes.

use super::node::{CONFIG, Tree};
use super::stage::Stage;
use serde_json::Value;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use zip::write::{SimpleFileOptions, ZipWriter};

const LIBS: &str = "/usr/hdp/current/kafka-broker/libs";
const OURS: &str = "/usr/lib/hdikafka/plugins/iothub";
const NAME: &str = "kafka-connect-iothub-assembly_2.11-0.7.0.jar";
const SETUP: [&str; 2] = ["setup", "--yes"];

/// A jar with these entries.
fn jar(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A connector jar of the later generation, told apart by its words.
fn connector(words: &str, more: &[&str]) -> Vec<u8> {
    let package = "com/microsoft/azure/iot/kafka/connect";
    let source = format!("{package}/source/IotHubSourceConnector.class");
    let config = format!("{package}/source/IotHubSourceConfig.class");
    let sink = format!("{package}/sink/IotHubSinkConnector.class");
    let mut entries = vec![
        ("words.txt", words),
        (source.as_str(), "\u{0}"),
        (config.as_str(), "ReceiveTimeout"),
        (sink.as_str(), "\u{0}"),
    ];
    entries.extend(more.iter().map(|name| (*name, "")));
    jar(&entries)
}

fn host(stage: &Stage, guest: &str) -> PathBuf {
    stage.rehearsal.edge.scratch().host_path(guest)
}

fn put(stage: &Stage, guest: &str, bytes: &[u8]) {
    let path = host(stage, guest);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Where the manifest says that the file is kept.
fn kept(stage: &Stage, guest: &str) -> String {
    let manifest: Value =
        serde_json::from_slice(&stage.read("/var/lib/hdikafka/manifest.json")).unwrap();
    let moved = manifest["moved"].as_array().expect("nothing was moved");
    let one = moved.iter().rfind(|one| one["path"] == guest);
    let to = one.unwrap_or_else(|| panic!("{guest} is not in {moved:#?}"))["to"].as_str();
    to.unwrap().to_owned()
}

#[test]
fn jars_of_the_same_connector_are_named_and_moved_away() {
    let stage = Stage::new();
    let elsewhere = "/opt/plugins/microsoft/lib/renamed.jar";
    let in_libs = format!("{LIBS}/connector.jar");
    let harmless = format!("{LIBS}/iothub-tools.jar");
    let (one, two) = (connector("by hand", &[]), connector("of the hub", &[]));
    put(&stage, &in_libs, &one);
    put(&stage, elsewhere, &two);
    put(
        &stage,
        &harmless,
        &jar(&[("org/x/IotHubSinkConnector.class", "")]),
    );
    put(&stage, "/opt/plugins/broken.jar", b"no zip");
    let standalone = format!("{CONFIG}/connect-standalone.properties");
    let text = stage.text(&standalone);
    stage.write(
        &standalone,
        format!("{text}\nplugin.path=/no/such, \\\n   /opt/plugins ,relative\n"),
    );

    let before = Tree::of(&stage);
    let dry = stage.run(&["setup", "--dry-run"]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for path in [&in_libs, elsewhere] {
        let said = format!("- move {path} away to the backups (another jar of this connector");
        assert!(dry.out.contains(&said), "{said} is not in {}", dry.out);
    }
    assert!(!dry.out.contains("broken.jar") && !dry.out.contains("iothub-tools.jar"));
    before.is_still(&stage);
    // without consent nothing is touched
    stage.refused(&["setup"], 2, &["nobody is there to agree", "move /opt"]);

    stage.run(&SETUP).succeeded();
    for (path, bytes) in [(in_libs.as_str(), &one), (elsewhere, &two)] {
        assert!(!stage.exists(path), "{path} is still there");
        let kept = kept(&stage, path);
        assert!(kept.starts_with("/var/lib/hdikafka/backups/") && kept.ends_with(path));
        assert_eq!(&stage.read(&kept), bytes);
    }
    assert!(stage.exists(&harmless) && stage.exists("/opt/plugins/broken.jar"));
    stage.nothing_to_do(&SETUP);
}

#[test]
fn an_older_jar_of_ours_does_not_stay_beside_the_new_one() {
    let stage = Stage::bridge();
    let new = stage.world.file("iothub-0.8.jar", connector("newer", &[]));
    let pid = |stage: &Stage| stage.health("source")["pid"].clone();
    let old = pid(&stage);
    // the jar alone: what it leaves to do is said
    let install = stage.run(&["connector", "install", "--yes", "--jar", &new]);
    assert!(
        install.err.contains("(another jar of ours") && install.err.contains("connector restart"),
        "{}",
        install.err
    );
    install.succeeded();
    assert!(stage.exists(&format!("{OURS}/iothub-0.8.jar")));
    assert!(!stage.exists(&format!("{OURS}/{NAME}")));
    assert_eq!(
        stage.read(&kept(&stage, &format!("{OURS}/{NAME}"))),
        std::fs::read(stage.place().jar()).unwrap()
    );
    assert_eq!(pid(&stage), old, "it was restarted unasked");
    // a start and an install of one second cannot be told apart: it was installed later
    let installed = std::fs::File::open(host(&stage, &format!("{OURS}/iothub-0.8.jar"))).unwrap();
    let now = SystemTime::now();
    installed
        .set_modified(now + Duration::from_secs(5))
        .unwrap();
    // the whole setup restarts what runs with the old one
    let setup = stage.run(&["setup", "--yes", "--jar", &new]).succeeded();
    assert!(setup.err.contains("restart the source"), "{}", setup.err);
    assert_ne!(pid(&stage), old);
    installed.set_modified(now).unwrap();
    stage.nothing_to_do(&["setup", "--yes", "--jar", &new]);
}

#[test]
fn from_the_plugin_directory_to_libs_and_back() {
    let stage = Stage::bridge();
    let libs = ["setup", "--yes", "--into", "libs"];
    let (there, here) = (format!("{LIBS}/{NAME}"), format!("{OURS}/{NAME}"));
    let out = stage.run(&libs).succeeded();
    assert!(
        out.err.contains("the same jar in another place"),
        "{}",
        out.err
    );
    assert!(stage.exists(&there) && !stage.exists(&here));
    stage.nothing_to_do(&libs);
    stage.run(&SETUP).succeeded();
    assert!(stage.exists(&here) && !stage.exists(&there));
    stage.nothing_to_do(&SETUP);
}

#[test]
fn a_jar_that_cannot_be_kept_is_not_moved() {
    let stage = Stage::new();
    let rival = format!("{LIBS}/connector.jar");
    put(&stage, &rival, &connector("by hand", &[]));
    // a file where the backups of this node would go
    put(&stage, "/var/lib/hdikafka/backups", b"in the way");
    let outcome = stage.run(&SETUP);
    assert_ne!(outcome.code, 0, "{}", outcome.err);
    assert!(stage.exists(&rival));
}

#[test]
fn libs_and_what_a_jar_would_shadow_there_are_told_before() {
    let stage = Stage::new();
    for name in [
        "scala-library-2.13.8.jar",
        "jackson-core-2.12.6.jar",
        "slf4j-api-1.7.36.jar",
    ] {
        put(&stage, &format!("{LIBS}/{name}"), b"");
    }
    let fat = connector(
        "fat",
        &[
            "scala/Predef.class",
            "org/slf4j/LoggerFactory.class",
            "com/fasterxml/jackson/core/JsonFactory.class",
        ],
    );
    let file = stage.world.file("kafka-connect-iothub.jar", &fat);
    put(&stage, &format!("{LIBS}/renamed.jar"), &fat);

    let seen = stage
        .run(&["connector", "inspect", &file, "--against-edge"])
        .succeeded();
    for words in [
        "in libs it would shadow scala-library-2.13.8.jar by its own scala-library",
        "in libs it would shadow slf4j-api-1.7.36.jar by its own slf4j-api",
        "in libs jackson-core-2.12.6.jar would win",
        "this jar is there: /usr/hdp/current/kafka-broker/libs/renamed.jar",
        "It fits the node's Java",
    ] {
        assert!(seen.out.contains(words), "{words:?} is not in {}", seen.out);
    }
    let json = stage.run(&[
        "connector",
        "inspect",
        &file,
        "--against-edge",
        "-o",
        "json",
    ]);
    let node = &json.succeeded().json()["node"];
    assert_eq!(node["connector_jars"][0]["same"], true);
    assert_eq!(node["clashes"].as_array().unwrap().len(), 3);

    let dry = stage.run(&["setup", "--dry-run", "--jar", &file, "--into", "libs"]);
    let words = "this jar shadows for everything that runs on";
    let line = dry.out.lines().find(|line| line.contains(words));
    let line = line.unwrap_or_else(|| panic!("{words:?} is not in {}", dry.out));
    assert!(
        line.contains("scala-library-2.13.8.jar (by scala-library")
            && line.contains("slf4j-api-1.7.36.jar")
    );
    assert!(!line.contains("jackson"), "{line}");
    let dry = stage.run(&["setup", "--dry-run", "--jar", &file]);
    assert!(!dry.out.contains(words), "{}", dry.out);
}

#[test]
fn of_several_jars_the_newest_that_is_a_connector_is_taken() {
    let stage = Stage::new();
    let age = |name: &str, bytes: &[u8], hours: u64| {
        let path = stage.world.file(&format!("t [1]/{name}"), bytes);
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        let then = SystemTime::now() - Duration::from_secs(hours * 3600);
        file.set_modified(then).unwrap();
    };
    age("iothub-0.6.jar", &connector("old", &[]), 9);
    age("iothub-0.7.jar", &connector("new", &[]), 5);
    age("iothub-0.7-sources.jar", &jar(&[("a.scala", "")]), 3);
    age("broken.jar", b"<html>", 1);
    age("notes.txt", b"", 0);
    let directory = stage.world.path("t [1]");
    let pattern = directory.join("*.jar");
    for path in [pattern.to_str().unwrap(), directory.to_str().unwrap()] {
        let dry = stage.run(&["setup", "--dry-run", "--jar", path]);
        assert_eq!(dry.code, 10, "{}", dry.err);
        assert!(
            dry.out.contains("plugins/iothub/iothub-0.7.jar"),
            "{}",
            dry.out
        );
        for words in [
            "iothub-0.7.jar is taken",
            "iothub-0.6.jar (older)",
            "iothub-0.7-sources.jar (another jar",
            "broken.jar (no jar: it begins with \"<html>\")",
        ] {
            assert!(dry.err.contains(words), "{words:?} is not in {}", dry.err);
        }
    }
    let none = directory.join("*-sources.jar");
    stage.refused(
        &["setup", "--yes", "--jar", none.to_str().unwrap()],
        4,
        &[
            "no jar that is the IoT Hub connector",
            "iothub-0.7-sources.jar (another jar",
        ],
    );
    let nothing = directory.join("x*.jar");
    stage.refused(
        &["setup", "--yes", "--jar", nothing.to_str().unwrap()],
        4,
        &["nothing matches"],
    );
}
