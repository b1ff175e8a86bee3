//! Tab in a real shell: the committed script, the binary behind it, and names that earlier commands came across.

use super::servers::{Watched, ambari, cluster};
use super::{KEY, World};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn committed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("completions")
        .join(name);
    path.to_str().unwrap().to_owned()
}

/// The program on PATH, as whoever presses Tab has it.
fn installed(world: &World) {
    let binary = env!("CARGO_BIN_EXE_hdikafka");
    let link = world.path("bin/hdikafka");
    if !link.exists() {
        std::os::unix::fs::symlink(binary, link).unwrap();
    }
}

/// What bash offers for the last of these words.
fn bash(world: &World, words: &[&str]) -> Vec<String> {
    installed(world);
    let script = format!(
        ". {}\nCOMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9\n\
         _clap_complete_hdikafka hdikafka \"${{@: -1}}\" x\n\
         [ ${{#COMPREPLY[@]}} -eq 0 ] || printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        committed("hdikafka.bash")
    );
    let output = Command::new("/bin/bash")
        .args(["--norc", "-c", &script, "bash", "hdikafka"])
        .args(words)
        .env_clear()
        .envs(&world.env)
        .current_dir(world.path("work"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
    let offered = String::from_utf8(output.stdout).unwrap();
    offered
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn remembered(world: &World, kind: &str, names: &str) {
    world.file(&format!("home/.cache/hdikafka/names/{kind}"), names);
}

#[test]
fn commands_flags_and_choices_are_offered() {
    let world = World::new();
    assert_eq!(bash(&world, &["prof"]), ["profile"]);
    let below = bash(&world, &["profile", ""]);
    for name in ["init", "list", "show", "use", "check", "trust"] {
        assert!(
            below.iter().any(|offered| offered == name),
            "{name}: {below:?}"
        );
    }
    assert_eq!(bash(&world, &["setup", "--into", ""]), ["plugins", "libs"]);
    assert_eq!(bash(&world, &["hosts", "--ambari-u"]), ["--ambari-user"]);
    let forms = bash(&world, &["send", "-o", ""]);
    assert_eq!(forms, ["table", "json", "yaml"]);
    for command in ["start", "stop", "restart", "status", "logs"] {
        let names = bash(&world, &["connector", command, "s"]);
        assert_eq!(names, ["source", "sink"], "{command}");
    }
    assert!(bash(&world, &["no-such-command", "x"]).is_empty());
}

#[test]
fn names_are_those_that_earlier_commands_came_across() {
    let running = ambari(&[cluster("myKafka")]);
    let world = running.world();
    assert!(bash(&world, &["hosts", "--cluster", ""]).is_empty());
    world.run(&["hosts"]).done();
    let hub = json!({"name": "myhub", "properties": {"hostName": "myhub.azure-devices.net", "state": "Active",
        "eventHubEndpoints": {"events": {"path": "p", "partitionCount": 2, "endpoint": "sb://ns.x.net/"}}}});
    let world = world.set("HDIKAFKA_HUB_INFO", format!("{hub}\n{KEY}"));
    world.run(&["hub", "show"]).done();
    world.file("home/.config/hdikafka/profiles/production.toml", "");
    let asked = running.requests();
    assert_eq!(bash(&world, &["setup", "--cluster", "my"]), ["myKafka"]);
    assert_eq!(bash(&world, &["hub", "show", "--hub", ""]), ["myhub"]);
    assert_eq!(bash(&world, &["profile", "use", "p"]), ["production"]);
    assert_eq!(bash(&world, &["send", "--profile", ""]), ["production"]);
    assert_eq!(running.requests(), asked, "the network was touched");
    // a key is no name
    for entry in std::fs::read_dir(world.path("home/.cache/hdikafka/names")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(KEY), "{text}");
    }
}

#[test]
fn devices_and_topics_are_offered_where_one_is_expected() {
    let world = World::new();
    remembered(&world, "devices", "fakepi\nfakepi-2\nother\n");
    remembered(&world, "topics", "iotin\niotout\n");
    assert_eq!(
        bash(&world, &["send", "--device", "fake"]),
        ["fakepi", "fakepi-2"]
    );
    assert_eq!(bash(&world, &["send", "-d", "o"]), ["other"]);
    assert_eq!(bash(&world, &["device", "simulate", "oth"]), ["other"]);
    for command in [
        &["tail", "iot"][..],
        &["topics", "describe", "iot"],
        &["setup", "--telemetry-topic", "iot"],
    ] {
        assert_eq!(bash(&world, command), ["iotin", "iotout"], "{command:?}");
    }
}

/// Everything that a device's name may have, and what only somebody who writes into the cache could bring.
#[test]
fn no_name_becomes_shell_code_or_a_pattern() {
    let world = World::new();
    world.file("work/matched", "");
    let names = [
        "$(touch pwned)",
        "a*",
        "m*",
        "it's",
        "x;touch pwned",
        "`touch pwned`",
        "a b",
        "q?",
        "-rf",
        "ü",
        "a\"b",
    ];
    remembered(
        &world,
        "devices",
        &format!("{}\nbad\x1b[2J\n", names.join("\n")),
    );
    let offered = bash(&world, &["send", "--device", ""]);
    // each is one word of the shell again, and the name that it was
    let expected: Vec<&str> = names.into_iter().filter(|name| *name != "-rf").collect();
    let words: Vec<String> = offered
        .iter()
        .map(|offered| {
            let script = format!("set -- {offered}; [ $# = 1 ] && printf %s \"$1\"");
            let output = Command::new("/bin/bash")
                .args(["--norc", "-c", &script])
                .current_dir(world.path("work"))
                .output()
                .unwrap();
            assert!(output.status.success(), "{offered}");
            String::from_utf8(output.stdout).unwrap()
        })
        .collect();
    assert_eq!(words, expected, "{offered:?}");
    assert!(!world.path("work/pwned").exists());
    // as far as it was typed, quoted
    assert_eq!(
        bash(&world, &["send", "--device", "\\$"]),
        ["\\$\\(touch\\ pwned\\)"]
    );
}

#[test]
fn a_tab_is_quick_silent_and_contacts_nobody() {
    let watched = Watched::new();
    let world = World::new()
        .set("HDIKAFKA_GATEWAY", format!("http://{}", watched.address()))
        .set("HDIKAFKA_BROKERS", watched.address());
    world.file("work/hdikafka.toml", "this is no profile");
    let many: Vec<String> = (0..5000).map(|n| format!("topic-{n}")).collect();
    remembered(&world, "topics", &many.join("\n"));
    let mut answer = Command::new(env!("CARGO_BIN_EXE_hdikafka"));
    answer
        .args(["--", "hdikafka", "tail", "topic-"])
        .env_clear()
        .envs(&world.env)
        .envs([("HDIKAFKA_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "2")]);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        let output = answer.output().unwrap();
        best = best.min(begun.elapsed());
        assert!(output.status.success() && output.stderr.is_empty());
        assert_eq!(
            String::from_utf8(output.stdout)
                .unwrap()
                .split('\n')
                .count(),
            300
        );
    }
    // 20 ms of the optimised binary; this one has all its checks in
    assert!(best < Duration::from_millis(200), "{best:?}");
    assert!(!watched.was_contacted());
    for (shell, arguments) in [("tcsh", &["--", "hdikafka", ""][..]), ("bash", &["--"])] {
        let output = answer_of(&world, shell, arguments);
        assert_eq!(
            (output.stdout.as_slice(), output.stderr.as_slice()),
            (&b""[..], &b""[..])
        );
    }
}

fn answer_of(world: &World, shell: &str, arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hdikafka"));
    command
        .args(arguments)
        .env_clear()
        .envs(&world.env)
        .env("HDIKAFKA_COMPLETE", shell);
    command.output().unwrap()
}

/// What they offer is the engine's business and the same as in bash; that their scripts are theirs is seen here.
#[test]
#[ignore = "needs zsh and fish on PATH"]
fn other_shells_take_their_scripts() {
    for (shell, file, check) in [
        ("zsh", "_hdikafka", "-n"),
        ("fish", "hdikafka.fish", "--no-execute"),
    ] {
        let output = Command::new(shell).arg(check).arg(committed(file)).output();
        let output = output.unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{shell}: {err}");
    }
}
