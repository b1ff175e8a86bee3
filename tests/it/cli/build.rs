//! `connector build` with a small sbt-shaped source of ours and a stand-in sbt, which says that it is one.

use super::World;
use super::connector::jar;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const BUILD: &str =
    "name := \"kafka-connect-iothub\"\nversion := \"0.7.0\"\nscalaVersion := \"2.11.8\"\n";
const PLUGINS: &str = "// bintray was here\nresolvers += Resolver.url(\"x\", url(\"https://dl.bintray.com/y/z\"))\naddSbtPlugin(\"me.lessis\" % \"bintray-sbt\" % \"0.3.0\")\n";

/// A source, Java 8, and an sbt that runs `script` and leaves a witness.
fn world(script: &str) -> World {
    let world = World::new();
    world.file("src/build.sbt", BUILD);
    world.file("src/project/build.properties", "sbt.version=0.13.12\n");
    world.file("src/project/plugins.sbt", PLUGINS);
    let entry = |name: &str| format!("PACKAGE/{name}.class");
    let (source, sink) = (
        entry("source/IotHubSourceConnector"),
        entry("sink/IotHubSinkConnector"),
    );
    let class = b"\xca\xfe\xba\xbe\0\0\0\x34".as_slice();
    world.file("made.jar", jar(&[(&source, class), (&sink, class)]));
    world.file("other.jar", jar(&[("a/B.class", class)]));
    java(&world, "1.8.0_345");
    let header = "echo 'a stand-in sbt of a test'\necho \"$@ in $PWD\" > ../witness\nenv > ../environment\nmkdir -p target/scala-2.11\n";
    world.program("sbt", &format!("{header}{script}"));
    world
}

fn java(world: &World, version: &str) {
    world.program(
        "java",
        &format!("echo 'openjdk version \"{version}\"' >&2\n"),
    );
}

fn source(world: &World) -> String {
    world.path("src").to_str().unwrap().to_owned()
}

const MAKES_ONE: &str =
    "cp ../made.jar target/scala-2.11/kafka-connect-iothub-assembly_2.11-0.7.0.jar\n";

#[test]
fn a_dry_run_tells_all_and_runs_nothing_of_the_source() {
    let world = world(MAKES_ONE);
    let dry = world.run(&[
        "connector",
        "build",
        "--source",
        &source(&world),
        "--dry-run",
    ]);
    assert_eq!(dry.code, 10, "{}", dry.err);
    for words in [
        "bin/sbt assembly",
        "0.13.12",
        "2.11.8",
        "1.8.0_345",
        "project/plugins.sbt:2: resolvers",
        "project/plugins.sbt:3: addSbtPlugin",
        "Bintray was shut down in 2021",
    ] {
        assert!(dry.out.contains(words), "{words:?} is not in {}", dry.out);
    }
    assert!(
        !dry.out.contains("plugins.sbt:1"),
        "a comment counts: {}",
        dry.out
    );
    let json = world.run(&[
        "connector",
        "build",
        "--source",
        &source(&world),
        "--dry-run",
        "-o",
        "json",
    ]);
    assert_eq!(json.json()["warnings"].as_array().unwrap().len(), 2);
    world
        .run(&["connector", "build", "--source", &source(&world)])
        .failed(
            2,
            &[
                "nobody is there to agree",
                "bin/sbt assembly",
                "plugins.sbt:3",
            ],
        );
    assert!(!world.path("witness").exists());
}

#[test]
fn the_jar_that_comes_out_is_found_and_shown() {
    let world = world(MAKES_ONE).set("HDIKAFKA_AMBARI_PASSWORD", "canary-of-a-password");
    let built = world.run(&[
        "connector",
        "build",
        "--source",
        &source(&world),
        "--yes",
        "-o",
        "json",
    ]);
    let built = built.succeeded();
    let json = built.json();
    assert!(
        json["path"]
            .as_str()
            .unwrap()
            .ends_with("src/target/scala-2.11/kafka-connect-iothub-assembly_2.11-0.7.0.jar")
    );
    assert_eq!(json["sha256"].as_str().unwrap().len(), 64);
    assert!(
        built.err.contains("a stand-in sbt of a test"),
        "{}",
        built.err
    );
    let witness = fs::read_to_string(world.path("witness")).unwrap();
    assert!(
        witness.starts_with("assembly in ") && witness.trim_end().ends_with("/src"),
        "{witness}"
    );
    let environment = fs::read_to_string(world.path("environment")).unwrap();
    assert!(!environment.contains("canary"), "{environment}");
}

#[test]
fn builds_that_fail_make_nothing_or_make_several() {
    let failing = world(
        "printf 'compiling\\033[31m\\n'; echo '[error] Foo.scala:3: not found' >&2; exit 3\n",
    );
    failing
        .run(&["connector", "build", "--source", &source(&failing), "--yes"])
        .failed(
            1,
            &[
                "the build ended with exit status: 3",
                "Foo.scala:3: not found",
            ],
        );
    for (script, words) in [
        ("true\n", "nothing matches"),
        (
            "cp ../other.jar target/scala-2.11/x.jar\n",
            "x.jar (another jar",
        ),
    ] {
        let none = world(script);
        none.run(&["connector", "build", "--source", &source(&none), "--yes"])
            .failed(4, &[words]);
    }
    let two = world(&format!(
        "{MAKES_ONE}cp ../made.jar target/scala-2.11/kafka-connect-iothub_2.11-0.7.0.jar\ncp ../other.jar target/scala-2.11/b-assembly.jar\n"
    ));
    let built = two
        .run(&["connector", "build", "--source", &source(&two), "--yes"])
        .succeeded();
    for words in [
        "kafka-connect-iothub-assembly_2.11-0.7.0.jar is taken",
        "kafka-connect-iothub_2.11-0.7.0.jar (no assembly",
        "b-assembly.jar (another jar",
    ] {
        assert!(
            built.err.contains(words),
            "{words:?} is not in {}",
            built.err
        );
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_runs() {
    let world = world(MAKES_ONE);
    let build = |source: &str| world.run(&["connector", "build", "--source", source, "--yes"]);
    java(&world, "17.0.15");
    build(&source(&world)).failed(
        1,
        &[
            "another JDK",
            "Scala 2.11.8 of the build needs Java 8",
            "17.0.15",
        ],
    );
    world.file("src/build.sbt", BUILD.replace("2.11.8", "2.12.15"));
    build(&source(&world)).failed(1, &["sbt 0.13.12 of the build needs Java 8"]);
    fs::remove_file(world.path("bin/java")).unwrap();
    fs::remove_file(world.path("bin/sbt")).unwrap();
    build(&source(&world)).failed(1, &["sbt: neither on PATH", "a JDK: neither in JAVA_HOME"]);
    let dry = world.run(&[
        "connector",
        "build",
        "--source",
        &source(&world),
        "--dry-run",
    ]);
    assert_eq!(dry.code, 1);
    assert!(
        dry.out.contains("missing: sbt") && dry.out.contains("missing: a JDK"),
        "{}",
        dry.out
    );
    build(world.path("bin").to_str().unwrap()).failed(2, &["there is no build.sbt"]);
    build("/no/such").failed(2, &["it is no directory"]);
    assert!(!world.path("witness").exists());
}

/// The launcher that a source brings along serves where none is installed.
#[test]
fn the_launcher_in_the_source_serves() {
    let world = world(MAKES_ONE);
    fs::rename(world.path("bin/sbt"), world.path("src/sbt")).unwrap();
    world
        .run(&["connector", "build", "--source", &source(&world), "--yes"])
        .succeeded();
    assert!(world.path("witness").exists());
}

#[test]
fn an_interrupt_ends_the_build_and_all_that_it_started() {
    for deaf in ["", "trap '' TERM\n"] {
        let world = world(&format!(
            "{deaf}sleep 300 &\necho $! > ../child\nmv ../child ../started\nwait\nsleep 300\n"
        ));
        let child = Command::new(env!("CARGO_BIN_EXE_hdikafka"))
            .args(["connector", "build", "--source", &source(&world), "--yes"])
            .env_clear()
            .envs(&world.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let until = |what: &str, holds: &dyn Fn() -> bool| {
            let begun = Instant::now();
            while !holds() {
                assert!(
                    begun.elapsed() < Duration::from_secs(40),
                    "never came: {what}"
                );
                thread::sleep(Duration::from_millis(5));
            }
        };
        until("the build", &|| world.path("started").exists());
        // SAFETY: kill(2) has no memory effects; the child has not been waited for.
        unsafe { libc::kill(child.id().cast_signed(), libc::SIGINT) };
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{err}");
        assert!(err.contains("interrupted: the build"), "{err}");
        let started = fs::read_to_string(world.path("started")).unwrap();
        until("the end of what the build started", &|| {
            let stat = fs::read_to_string(format!("/proc/{}/stat", started.trim()));
            stat.map_or(true, |stat| stat.contains(") Z "))
        });
    }
}
