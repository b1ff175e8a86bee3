//! Help, completions, exit codes and errors for programs: what scripts and shells build on.

use super::World;
use clap::{CommandFactory, Parser};
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

/// A command as the README's table has it: what it does, and its flags beyond settings and those that all have.
fn command_row(path: &[String], command: &clap::Command) -> String {
    let everywhere: BTreeSet<&str> = KEYS
        .iter()
        .map(|key| key.flag.trim_start_matches("--"))
        .chain(["help", "version"])
        .collect();
    let flags: Vec<String> = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && !argument.is_global_set())
        .filter_map(clap::Arg::get_long)
        .filter(|flag| !everywhere.contains(flag))
        .map(|flag| format!("`--{flag}`"))
        .collect();
    let about = command.get_about().map(ToString::to_string);
    format!(
        "| `{}` | {} | {} |",
        path.join(" "),
        about.unwrap_or_default(),
        flags.join(" ")
    )
}

#[test]
fn the_readme_lists_every_command_with_its_flags() {
    let readme = include_str!("../../../README.md");
    let leaves = commands();
    let leaves = leaves.iter().filter(|(_, command)| {
        let mut below = command.get_subcommands();
        below.all(|sub| sub.is_hide_set() || sub.get_name() == "help")
    });
    let missing: Vec<String> = leaves
        .map(|(path, command)| command_row(path, command))
        .filter(|row| !readme.contains(row))
        .collect();
    assert!(
        missing.is_empty(),
        "README.md lacks these rows:\n{}",
        missing.join("\n")
    );
}

/// The command lines of a text, without the shell's part: prompts, redirections, pipes, comments.
fn examples(text: &str) -> Vec<Vec<String>> {
    let lines = text
        .lines()
        .map(|line| line.trim().trim_start_matches("$ "));
    let ours = lines.filter(|line| line.starts_with("hdikafka "));
    ours.map(|line| {
        let end = [" > ", " | ", " < ", "  #", " && "]
            .iter()
            .filter_map(|stop| line.find(stop))
            .min()
            .unwrap_or(line.len());
        shlex::split(&line[..end]).unwrap_or_else(|| panic!("not a command line: {line}"))
    })
    .collect()
}

#[test]
fn every_example_is_a_command_line_that_is_understood() {
    let mut seen = 0;
    let readme = include_str!("../../../README.md").to_owned();
    let help = commands()
        .into_iter()
        .filter_map(|(_, command)| command.get_after_help().map(ToString::to_string));
    for text in help.chain([readme]) {
        for line in examples(&text) {
            if let Err(error) = Cli::try_parse_from(&line) {
                assert!(!error.use_stderr(), "{line:?}: {error}");
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "only {seen} examples were found");
}

/// clap finds a global argument of the same name in a command only when both are given, and then by a panic.
#[test]
fn no_argument_has_the_name_of_a_global_one() {
    let root = Cli::command();
    let global: BTreeSet<&str> = root
        .get_arguments()
        .map(|argument| argument.get_id().as_str())
        .collect();
    assert!(global.contains("config"), "{global:?}");
    for (path, command) in commands().iter().skip(1) {
        let own = command
            .get_arguments()
            .filter(|argument| !argument.is_global_set());
        for id in own.map(|argument| argument.get_id().as_str()) {
            assert!(
                !global.contains(id) || ["help", "version"].contains(&id),
                "{path:?}: {id}"
            );
        }
    }
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
        (
            &["-ojson", "send", "-d", "fakepi", "--id", "x"],
            2,
            "<TEXT>",
        ),
        (&["-o", "yaml"], 2, "a command is missing"),
        (&["hub", "show", "-o", "yaml"], 2, "hub.name"),
    ];
    for (arguments, code, words) in cases {
        let outcome = world.run(arguments);
        assert_eq!(i64::from(outcome.code), code, "{}", outcome.err);
        let line = outcome.err.lines().last().unwrap();
        let document: Value = serde_json::from_str(line).expect(line);
        // YAML reads both forms
        assert_eq!(outcome.yaml(), document, "{arguments:?}");
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
