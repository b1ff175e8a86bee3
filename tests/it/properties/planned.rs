//! Worker, source and sink files as people have them, 2,000 of them, through the planner: Java reads the planned keys with
//! their planned values and everything else as before, and outside of the changed values no byte is another one.

use super::{Random, Reading, judge, units};
use hdikafka::facts::Facts;
use hdikafka::facts::edge::{PathFacts, latin1, latin1_bytes};
use hdikafka::plan::{self, Step, Wanted};
use hdikafka::properties;
use serde_json::Value;
use std::collections::BTreeMap;

const FILES: usize = 2_000;
const CONFIG: &str = "/usr/hdp/current/kafka-broker/config";

/// The names of a file's own keys that `setup` sets, and of others that may stand there.
const KINDS: [(&str, &[&str]); 3] = [
    (
        "connect-standalone.properties",
        &[
            "bootstrap.servers",
            "key.converter",
            "value.converter",
            "consumer.max.poll.records",
            "offset.storage.file.filename",
            "plugin.path",
        ],
    ),
    (
        "connect-iothub-source.properties",
        &[
            "name",
            "connector.class",
            "tasks.max",
            "Kafka.Topic",
            "IotHub.EventHubCompatibleName",
            "IotHub.EventHubCompatibleEndpoint",
            "IotHub.AccessKeyName",
            "IotHub.AccessKeyValue",
            "IotHub.Partitions",
            "IotHub.StartTime",
            "IotHub.Offsets",
            "BatchSize",
        ],
    ),
    (
        "connect-iothub-sink.properties",
        &[
            "name",
            "connector.class",
            "tasks.max",
            "topics",
            "IotHub.ConnectionString",
            "IotHub.MessageDeliveryAcknowledgement",
        ],
    ),
];

const OTHERS: &[&str] = &[
    "key.converter.schemas.enable",
    "offset.flush.timeout.ms",
    "errors.log.enable",
    "rest.extra\\ key\\:x",
    "caf\u{e9}",
    "consumer.auto.offset.reset",
    "\\u0061bc",
];

const VALUES: &[&str] = &[
    "PLACEHOLDER",
    "PLACEHOLDER",
    "localhost:9092",
    "org.apache.kafka.connect.json.JsonConverter",
    "org.apache.kafka.connect.json.\\\n      JsonConverter",
    "a,\\\r\n\tb",
    "/tmp/connect.offsets",
    "caf\u{e9} \\u20ac",
    "sb://x.servicebus.windows.net/",
    "$Default",
    "2018-01-28T00:00:00Z",
    "c2VjcmV0PT0\\=",
    "100",
    "",
    "x\\\\",
];

const COMMENTS: &[&str] = &[
    "# Replace PLACEHOLDER by the name of the topic",
    "#Kafka.Topic=PLACEHOLDER",
    "! IotHub.AccessKeyValue=PLACEHOLDER",
    "  # Gr\u{f6}\u{df}e \u{e2}\u{82}\u{ac}, by ann",
    "#bootstrap.servers=commented:9092 \\",
    "#plugin.path=",
    "",
    " \t",
];

impl Random {
    fn one_of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.below(all.len())]
    }

    /// A file of one kind: some of its keys, some twice, others between them, comments, every separator and line end.
    fn file_of(&mut self, own: &[&'static str]) -> String {
        let line_ends: &[&str] = match self.below(4) {
            0 => &["\r\n"],
            1 => &["\n", "\r\n", "\n"],
            2 => &["\n", "\n", "\r"],
            _ => &["\n"],
        };
        let mut text = String::new();
        for _ in 0..self.below(24) {
            match self.below(8) {
                0 | 1 => text += self.one_of(COMMENTS),
                2 => {
                    let value = self.one_of(VALUES).replace("PLACEHOLDER", "1");
                    text += &format!("{}={value}", self.one_of(OTHERS));
                }
                _ => {
                    let separator = self.one_of(&[
                        "=",
                        "=",
                        " = ",
                        ": ",
                        " ",
                        "\t:\t",
                        "=\\\n   ",
                        " \\\r\n = ",
                    ]);
                    text += self.one_of(&["", "", "", "  ", "\t"]);
                    text += self.one_of(own);
                    text += &format!("{separator}{}", self.one_of(VALUES));
                }
            }
            text += line_ends[self.below(line_ends.len())];
        }
        // often the last line has no end
        if self.below(3) == 0 {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    }
}

struct Case {
    before: Vec<u8>,
    after: Vec<u8>,
    values: BTreeMap<String, String>,
}

#[test]
fn of_two_thousand_files_only_planned_keys_differ() {
    let mut random = Random::new(4);
    let base = format!("{}/tests/plans/base.json", env!("CARGO_MANIFEST_DIR"));
    let base: Value = serde_json::from_slice(&std::fs::read(base).unwrap()).unwrap();
    let wanted: Wanted = serde_json::from_value(base["wanted"].clone()).unwrap();
    let facts: Facts = serde_json::from_value(base["facts"].clone()).unwrap();
    let (mut cases, mut refused) = (Vec::new(), 0);
    while cases.len() < FILES {
        let mut facts = facts.clone();
        let mut there = BTreeMap::new();
        for (name, own) in KINDS {
            let path = format!("{CONFIG}/{name}");
            let text = random.file_of(own);
            facts.edge.paths.insert(path.clone(), somebodys());
            facts.edge.contents.insert(path.clone(), text.clone());
            there.insert(path, text);
        }
        match plan::plan(&wanted, &facts) {
            Ok(plan) => cases.extend(plan.steps().filter_map(|step| case(step, &there))),
            // a file that ends in a continuation into nothing, or that two readers disagree about
            Err(refusal) => {
                let words = refusal.to_string();
                assert!(words.contains("cannot be patched"), "{words}");
                refused += 1;
            }
        }
    }
    assert!(refused < FILES / 10, "{refused} were refused");

    let both: Vec<Vec<u8>> = cases
        .iter()
        .flat_map(|case| [case.before.clone(), case.after.clone()])
        .collect();
    let read = judge(&both);
    let mut changed = 0;
    for (case, java) in cases.iter().zip(read.chunks_exact(2)) {
        java_reads_it_as_planned(case, &java[0], &java[1]);
        changed += usize::from(case.before != case.after);
        bytes_between_are_kept(case);
    }
    assert!(changed > FILES * 9 / 10, "{changed} were changed at all");
}

fn somebodys() -> PathFacts {
    PathFacts {
        directory: false,
        mode: "664".into(),
        owner: "kafka".into(),
        group: "hadoop".into(),
        size: 1,
        mtime: 1_700_000_000,
        sha256: Some("aa".repeat(32)),
    }
}

/// A step that changes one of the files that were there, and keeps its owner and mode.
fn case(step: &Step, there: &BTreeMap<String, String>) -> Option<Case> {
    let Step::WriteFile {
        path,
        change,
        values,
        mode,
        owner,
        group,
        ..
    } = step
    else {
        return None;
    };
    let before = there.get(path)?;
    assert_eq!([mode, owner, group], ["keep"; 3], "{path}");
    Some(Case {
        before: latin1_bytes(before),
        after: latin1_bytes(&change.after),
        values: values.clone(),
    })
}

/// In the order of the file: the last of duplicates changed, the absent ones added, nothing else.
fn java_reads_it_as_planned(case: &Case, before: &Reading, after: &Reading) {
    let mut expected = before.clone().expect("Java read the file that was patched");
    let mut added = Vec::new();
    for (key, value) in &case.values {
        let (key, value) = (units(key), units(value));
        match expected.iter_mut().rev().find(|(k, _)| *k == key) {
            Some(entry) => entry.1 = value,
            None => added.push((key, value)),
        }
    }
    let found = after.clone().expect("Java reads what was patched");
    let (kept, mut new) = found.split_at(expected.len());
    let mut last = new.to_vec();
    last.sort();
    added.sort();
    new = &last;
    assert_eq!(
        (kept, new),
        (expected.as_slice(), added.as_slice()),
        "{}",
        show(case)
    );
}

/// All bytes of the file but the changed values, in their order; behind them only lines that were added.
fn bytes_between_are_kept(case: &Case) {
    let entries = properties::scan(&case.before).unwrap();
    let mut at = 0;
    let mut rest = case.after.as_slice();
    for (index, entry) in entries.iter().enumerate() {
        let last = entries[index + 1..]
            .iter()
            .all(|later| later.key_units != entry.key_units);
        let planned = case.values.get(&entry.key()).filter(|_| last);
        let Some(value) = planned.filter(|value| **value != entry.value()) else {
            continue;
        };
        // the separator is part of what may change where it leads into another line
        let kept = &case.before[at..entry.key_span.end];
        rest = rest
            .strip_prefix(kept)
            .unwrap_or_else(|| panic!("{}", show(case)));
        let separator = &case.before[entry.key_span.end..entry.value_span.start];
        if !separator.contains(&b'\\') && !separator.is_empty() {
            rest = rest
                .strip_prefix(separator)
                .unwrap_or_else(|| panic!("{}", show(case)));
        } else {
            rest = rest
                .strip_prefix(b"=")
                .unwrap_or_else(|| panic!("{}", show(case)));
        }
        let written = properties::escape_value(value);
        rest = rest
            .strip_prefix(written.as_bytes())
            .unwrap_or_else(|| panic!("{}", show(case)));
        at = entry.value_span.end;
    }
    let added = rest
        .strip_prefix(&case.before[at..])
        .unwrap_or_else(|| panic!("{}", show(case)));
    for entry in properties::scan(added).unwrap() {
        assert!(case.values.contains_key(&entry.key()), "{}", show(case));
    }
}

fn show(case: &Case) -> String {
    format!(
        "\nbefore {}\nafter {}\nvalues {:?}",
        latin1(&case.before).escape_debug(),
        latin1(&case.after).escape_debug(),
        case.values
    )
}
