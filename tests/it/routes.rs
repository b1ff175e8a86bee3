//! Every verb over every way to Kafka: one table, held against the command line, against the README, and against what the
//! binary does in a rehearsal. A verb that is not in it fails here.

use crate::rehearsal::stage::Stage;
use clap::CommandFactory as _;
use hdikafka::cli::Cli;
use hdikafka::sandbox::kafka::EXTERNAL;
use std::collections::BTreeSet;

/// What a verb has to do with the ways to Kafka.
#[derive(Clone, Copy)]
enum Ways {
    /// It asks no broker.
    None,
    /// All three; over the REST proxy with what is said here.
    All(&'static str),
    /// Kafka's own protocol, directly or through the tunnel. Over the REST proxy it is refused with exit code 2.
    Protocol,
    /// The REST proxy, whatever `--via` says.
    Rest,
}
use Ways::{All, None, Protocol, Rest};

/// A verb, its ways, and how it is run here, in this order, in a rehearsal without a bridge: its arguments, and the exit
/// code where it is not refused. `VIA` stands for the way.
type Verb = (&'static str, Ways, &'static str, i32);

#[rustfmt::skip] // a table reads better as one
const VERBS: &[Verb] = &[
    ("setup", Protocol, "--dry-run --out VIA.json --only topics --telemetry-topic in-VIA --commands-topic out-VIA", 10),
    ("apply", Protocol, "VIA.json --yes --telemetry-topic in-VIA --commands-topic out-VIA", 0),
    ("topics create", All("waits until the proxy lists it"), "t-VIA", 0),
    ("topics list", All(""), "", 0),
    ("topics describe", All("no settings of the topic; first and next offsets"), "t-VIA", 0),
    // There is no connector.
    ("status", All("no positions of the sink's group"), "", 4),
    ("produce", All("no place of each record; in doubt the topic is looked into"), "t-VIA x", 0),
    ("tail", All("from offsets, partition by partition"), "t-VIA", 0),
    ("send", All("no place of the record"), "x -d fakepi --commands-topic t-VIA", 0),
    ("topics delete", Protocol, "t-VIA --yes", 0),
    ("connector install", Protocol, "--dry-run", 10),
    ("connector configure", Protocol, "--dry-run", 10),
    // There is nothing to start.
    ("connector start", Protocol, "source", 3),
    ("connector restart", Protocol, "source", 3),
    ("connector fetch", None, "", 0),
    ("connector build", None, "", 0),
    ("connector inspect", None, "", 0),
    ("connector stop", None, "", 0),
    ("connector status", None, "", 0),
    ("connector logs", None, "", 0),
    ("hosts", None, "", 0),
    ("hub show", None, "", 0),
    ("rest status", Rest, "", 0),
    ("rest brokers", Rest, "", 0),
    ("rest token", Rest, "", 0),
    ("device simulate", None, "", 0),
    ("profile init", None, "", 0),
    ("profile list", None, "", 0),
    ("profile use", None, "", 0),
    ("profile trust", None, "", 0),
    ("profile store-secret", None, "", 0),
    ("profile show", None, "", 0),
    ("profile check", None, "", 0),
    ("completions", None, "", 0),
    ("man", None, "", 0),
    ("sandbox up", None, "", 0),
    ("sandbox status", None, "", 0),
    ("sandbox down", None, "", 0),
    ("sandbox demo", None, "", 0),
];

/// Every command that is run, with the names above it.
fn verbs(command: &clap::Command, above: &str, all: &mut BTreeSet<String>) {
    let below: Vec<_> = command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
        .collect();
    for sub in &below {
        verbs(sub, format!("{above} {}", sub.get_name()).trim(), all);
    }
    if below.is_empty() {
        all.insert(above.to_owned());
    }
}

#[test]
fn every_verb_is_in_the_table_of_routes_and_no_other() {
    let mut there = BTreeSet::new();
    let mut root = Cli::command();
    // What a command takes is made when it is used.
    root.build();
    verbs(&root, "", &mut there);
    let table: BTreeSet<String> = VERBS.iter().map(|verb| verb.0.to_owned()).collect();
    assert_eq!(table.len(), VERBS.len(), "a verb is there twice");
    let missing: Vec<_> = there.difference(&table).collect();
    let gone: Vec<_> = table.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "say of {missing:?} by which routes they work, here and in the README; not there any more: {gone:?}"
    );
}

#[test]
fn the_readme_says_which_verb_works_by_which_route() {
    let readme = include_str!("../../README.md");
    let row = |(name, ways, ..): &Verb| {
        let [own, rest] = match ways {
            None => return Option::None,
            All("") => ["yes", "yes"],
            All(words) => return Some(format!("| `{name}` | yes | yes | {words} |")),
            Protocol => ["yes", "–"],
            Rest => ["–", "yes"],
        };
        Some(format!("| `{name}` | {own} | {own} | {rest} |"))
    };
    let rows = VERBS.iter().filter_map(row);
    let missing: Vec<String> = rows.filter(|row| !readme.contains(row)).collect();
    assert!(
        missing.is_empty(),
        "README.md lacks these rows:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_verb_does_over_every_route_what_the_table_says() {
    let stage = Stage::new();
    let external = stage.rehearsal.kafka.bootstrap(EXTERNAL);
    // Directly: the brokers' names in the network mean nothing here, so they are reached by other ones.
    let routes = [
        ("direct", &["--brokers", &external, "--via", "direct"][..]),
        ("tunnel", &["--via", "tunnel"]),
        ("rest", &["--via", "rest"]),
    ];
    let asked = || stage.rehearsal.ambari.server().requests().len();
    for (route, flags) in routes {
        for (name, ways, arguments, code) in VERBS {
            let arguments = arguments.replace("VIA", route);
            let line: Vec<&str> = name
                .split(' ')
                .chain(arguments.split_whitespace())
                .chain(flags.iter().copied())
                .collect();
            match (ways, route) {
                (None, _) => {}
                (Protocol, "rest") => {
                    let before = asked();
                    let line = [&line[..], &["--no-input"]].concat();
                    stage
                        .run(&line)
                        .failed(2, &["the REST proxy cannot do this", "--via tunnel"]);
                    assert_eq!(asked(), before, "{line:?}");
                }
                (Protocol | All(_) | Rest, _) => {
                    let outcome = stage.run(&line);
                    assert_eq!(outcome.code, *code, "{line:?}: {}", outcome.err);
                }
            }
        }
    }
}
