//! Help, completions, exit codes and errors for programs: what scripts and shells build on.

use super::World;
use clap::CommandFactory;
use hdikafka::cli::Cli;
use hdikafka::error::Exit;
use hdikafka::profile::keys::{KEYS, Key};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every command with its path, the root first; hidden ones are nobody's business.
fn commands() -> Vec<(Vec<String>, clap::Command)> {
    let mut root = Cli::command();
    root.build();
    let mut all = vec![(Vec::new(), root)];
    let mut at = 0;
    while at < all.len() {
        let (path, command) = all[at].clone();
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            all.push((
                [path.clone(), vec![sub.get_name().to_owned()]].concat(),
                sub.clone(),
            ));
        }
        at += 1;
    }
    all
}

#[test]
fn every_help_fits_80_columns_and_both_forms_exist() {
    let world = World::new();
    let commands = commands();
    assert!(commands.len() > 20, "{}", commands.len());
    for (path, _) in commands {
        for flag in ["-h", "--help"] {
            let mut arguments = path.clone();
            arguments.push(flag.to_owned());
            let help = world.run(&arguments).done().out;
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
            }
        }
    }
}

#[test]
fn every_command_flag_and_argument_says_what_it_is_and_no_example_is_broken() {
    let mut silent = Vec::new();
    for (path, command) in commands() {
        if command.get_about().is_none() {
            silent.push(path.join(" "));
        }
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
        {
            if argument
                .get_help()
                .is_none_or(|help| help.to_string().trim().is_empty())
            {
                silent.push(format!("{} {}", path.join(" "), argument.get_id()));
            }
        }
        let after = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        for line in after.lines() {
            assert!(
                line.len() <= 80,
                "{path:?}: this line would be broken: {line}"
            );
        }
    }
    assert!(silent.is_empty(), "without help text: {silent:?}");
}

/// A setting as the README's table has it.
fn row(key: &Key) -> String {
    let default = key
        .default
        .map(|text| format!("`{text}`"))
        .unwrap_or_default();
    let help = key.help.replace('|', "\\|");
    format!(
        "| `{}` | `{}` | `{}` | {default} | {help} |",
        key.name, key.flag, key.env
    )
}

#[test]
fn the_readme_lists_every_setting() {
    let readme = include_str!("../../../README.md");
    let missing: Vec<String> = KEYS
        .iter()
        .map(row)
        .filter(|row| !readme.contains(row))
        .collect();
    assert!(
        missing.is_empty(),
        "README.md lacks these rows:\n{}",
        missing.join("\n")
    );
}

#[test]
fn there_is_a_man_page_for_every_command_with_all_its_flags() {
    let world = World::new();
    let directory = world.path("man");
    world.run(&["man", directory.to_str().unwrap()]).succeeded();
    let mut pages: BTreeSet<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for (path, command) in commands() {
        let name = [vec!["hdikafka".to_owned()], path].concat().join("-");
        assert!(pages.remove(&format!("{name}.1")), "no page {name}");
        let page = fs::read_to_string(directory.join(format!("{name}.1"))).unwrap();
        let page = page.replace("\\-", "-");
        let flags = command.get_arguments().filter(|one| !one.is_hide_set());
        for flag in flags.filter_map(|one| one.get_long()) {
            assert!(page.contains(&format!("--{flag}")), "{name}: --{flag}");
        }
    }
    assert!(pages.is_empty(), "pages of nothing: {pages:?}");
}

#[test]
fn the_committed_completions_are_those_that_the_binary_prints() {
    let shells = [
        ("bash", "hdikafka.bash"),
        ("zsh", "_hdikafka"),
        ("fish", "hdikafka.fish"),
        ("powershell", "hdikafka.ps1"),
    ];
    for (shell, file) in shells {
        let printed = World::new().run_raw(&["completions", shell]);
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("completions")
            .join(file);
        let committed = fs::read(path).unwrap_or_default();
        assert!(
            printed == committed,
            "completions/{file} is stale; refresh it: cargo run -q -- completions {shell} > completions/{file}"
        );
    }
}

#[test]
fn the_help_lists_every_exit_code_and_none_is_used_twice() {
    let help = World::new().run(&["--help"]).done().out;
    let (_, listed) = help.split_once("Exit codes: ").unwrap();
    let listed = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    let listed: Vec<&str> = listed.split(", ").collect();
    let table: Vec<String> = Exit::ALL
        .iter()
        .map(|(exit, words)| format!("{} {words}", *exit as u8))
        .collect();
    assert_eq!(listed, table);
    let readme = include_str!("../../../README.md");
    for (exit, _) in Exit::ALL {
        let start = format!("\n| {} | ", exit as u8);
        assert_eq!(readme.matches(&start).count(), 1, "the README's row{start}");
    }
    // the numbers as the sources have them: a variant that the table forgot would show here
    let source = include_str!("../../../src/error.rs");
    let body = source.split("pub enum Exit {").nth(1).unwrap();
    let body = &body[..body.find("\n}").unwrap()];
    let declared: Vec<u8> = body
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_suffix(',')?
                .split(" = ")
                .nth(1)?
                .parse()
                .ok()
        })
        .collect();
    let known: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| *exit as u8).collect();
    assert_eq!(declared, known);
    assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len());
}

#[test]
fn an_error_for_a_program_is_the_last_line_and_whole() {
    let world = World::new();
    let cases: [(&[&str], i64, &str); 6] = [
        (&["hosts", "-o", "json"], 2, "cluster.name"),
        (
            &["--output=json", "connector", "inspect", "nowhere.jar"],
            4,
            "reading the connector jar",
        ),
        (
            &["hosts", "--bogus", "-o", "json"],
            2,
            "unexpected argument '--bogus'",
        ),
        (&["-ojson", "send", "-d", "fakepi"], 2, "<TEXT>"),
        (&["-o", "yaml"], 2, "a command is missing"),
        (&["hub", "show", "-o", "yaml"], 2, "hub.name"),
    ];
    for (arguments, code, words) in cases {
        let outcome = world.run(arguments);
        assert_eq!(
            (i64::from(outcome.code), outcome.out.as_str()),
            (code, ""),
            "{arguments:?}: {}",
            outcome.err
        );
        let line = outcome.err.lines().last().unwrap();
        let document: Value = serde_json::from_str(line).expect(line);
        assert_eq!(document["code"], code, "{line}");
        assert!(line.contains(words), "{line}");
        let keys: Vec<_> = document
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 4);
        assert!(
            ["code", "error", "causes", "hints"]
                .iter()
                .all(|key| keys.contains(key)),
            "{line}"
        );
        assert!(document["causes"].is_array() && document["hints"].is_array());
        assert!(!document["error"].as_str().unwrap().is_empty());
    }
}

#[test]
fn usage_errors_for_people_stay_as_the_parser_writes_them() {
    let world = World::new();
    for arguments in [
        &["hosts", "--bogus"][..],
        &["send", "-d", "fakepi", "--", "-o", "json", "x"],
    ] {
        world.run(arguments).failed(2, &["Usage: hdikafka"]);
    }
    let help = world.run(&["hosts", "--help", "-o", "json"]).done();
    assert!(help.out.contains("Usage: hdikafka hosts"));
    assert!(
        world
            .run(&["--version"])
            .done()
            .out
            .starts_with("hdikafka ")
    );
}

#[test]
fn a_connection_that_fails_under_another_error_keeps_its_exit_code() {
    use hdikafka::edge::{LockError, RemoteError, WriteError};
    use hdikafka::error::diagnose;
    let lost = || RemoteError::Lost {
        host: "edge".into(),
        cause: "reset".into(),
    };
    for error in [
        anyhow::Error::from(lost()),
        anyhow::Error::from(LockError::Remote(lost())),
        anyhow::Error::from(WriteError::Remote(lost())),
    ] {
        let diagnosis = diagnose(&error.context("what was being done"));
        assert_eq!(diagnosis.exit, Exit::Unreachable);
        assert_eq!(diagnosis.hints.len(), 1);
    }
}
