//! Property files against the judge itself: `java.util.Properties` reads what we read and what we wrote.
//!
//! Inputs are made from a fixed seed out of the pieces that make such files hard; one JVM run reads them all.

mod planned;

use hdikafka::properties::{self, PropertiesError};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

const INPUTS: usize = 20_000;

type Units = Vec<u16>;
/// What a reader makes of a file: its entries in order, or nothing if it refuses the file.
type Reading = Option<Vec<(Units, Units)>>;

#[test]
fn every_generated_file_is_read_as_java_reads_it() {
    let files: Vec<Vec<u8>> = Random::new(1).files().take(INPUTS).collect();
    let judged = judge(&files);
    let mut malformed = 0;
    for (file, java) in files.iter().zip(&judged) {
        let ours = reading(file);
        assert_eq!(&ours, java, "{}", file.escape_ascii());
        malformed += usize::from(java.is_none());
    }
    // The generator must reach both sides, or agreement says little.
    assert!(
        malformed > 100 && malformed < INPUTS / 2,
        "{malformed} malformed of {INPUTS}"
    );
}

#[test]
fn every_patched_file_is_read_by_java_as_intended() {
    let mut random = Random::new(2);
    let mut cases = Vec::new();
    let mut refused = 0;
    while cases.len() < INPUTS {
        let file = random.file();
        let changes = random.changes(&file);
        let borrowed: Vec<(&str, &str)> = changes
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        match properties::patch(&file, &borrowed) {
            Ok(patched) => cases.push((file, changes, patched.bytes)),
            Err(PropertiesError::MalformedEscape { .. }) => {}
            Err(PropertiesError::DanglingContinuation | PropertiesError::Disagreement { .. }) => {
                refused += 1;
            }
            Err(other) => panic!("{other} for {}", file.escape_ascii()),
        }
    }
    assert!(
        refused < INPUTS / 5,
        "{refused} refused beside {INPUTS} patched"
    );

    let befores: Vec<Vec<u8>> = cases.iter().map(|(before, ..)| before.clone()).collect();
    let afters: Vec<Vec<u8>> = cases.iter().map(|(.., after)| after.clone()).collect();
    for (((file, changes, after), before), found) in
        cases.iter().zip(judge(&befores)).zip(judge(&afters))
    {
        let mut expected = before.expect("Java read the file that was patched");
        for (key, value) in changes {
            let (key, value) = (units(key), units(value));
            match expected.iter_mut().rev().find(|(k, _)| *k == key) {
                Some(entry) => entry.1 = value,
                None => expected.push((key, value)),
            }
        }
        assert_eq!(
            found.as_ref(),
            Some(&expected),
            "\nfile {}\nchanges {changes:?}\nafter {}",
            file.escape_ascii(),
            after.escape_ascii()
        );
    }
}

#[test]
fn bytes_outside_the_changed_value_are_kept() {
    let mut random = Random::new(3);
    let mut checked = 0;
    for _ in 0..INPUTS {
        let file = random.file();
        let Ok(entries) = properties::scan(&file) else {
            continue;
        };
        let Some(entry) = entries.last() else {
            continue;
        };
        let Ok(patched) = properties::patch(&file, &[(&entry.key(), "new")]) else {
            continue;
        };
        // The last entry is the last duplicate of its key, so this is the one that changes.
        if String::from_utf16(&entry.key_units).is_err() || entry.value() == "new" {
            continue;
        }
        assert!(
            patched.bytes.starts_with(&file[..entry.key_span.end]),
            "{}",
            file.escape_ascii()
        );
        assert!(
            patched.bytes.ends_with(&file[entry.value_span.end..]),
            "{}",
            file.escape_ascii()
        );
        checked += 1;
    }
    assert!(
        checked > INPUTS / 4,
        "only {checked} of {INPUTS} could be checked"
    );
}

fn reading(file: &[u8]) -> Reading {
    match properties::scan(file) {
        Ok(entries) => Some(
            entries
                .into_iter()
                .map(|entry| (entry.key_units, entry.value_units))
                .collect(),
        ),
        Err(PropertiesError::MalformedEscape { .. }) => None,
        Err(other) => panic!("{other} for {}", file.escape_ascii()),
    }
}

fn units(text: &str) -> Units {
    text.encode_utf16().collect()
}

/// The judge, compiled once.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<TempDir> = OnceLock::new();
    CLASSES.get_or_init(compiled).path()
}

fn compiled() -> TempDir {
    let classes = tempfile::tempdir().unwrap();
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/PropertiesOracle.java"
    );
    let javac = Command::new("javac")
        .arg("-d")
        .arg(classes.path())
        .arg(source)
        .output()
        .expect("this test needs a JDK: `javac` could not be started");
    assert!(
        javac.status.success(),
        "{}",
        String::from_utf8_lossy(&javac.stderr)
    );
    classes
}

/// Runs all files through `java.util.Properties` in one JVM.
fn judge(files: &[Vec<u8>]) -> Vec<Reading> {
    let mut java = Command::new("java")
        .arg("-XX:TieredStopAtLevel=1")
        .arg("-cp")
        .arg(classes())
        .arg("PropertiesOracle")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs a JDK: `java` could not be started");
    let mut stdin = java.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            for file in files {
                stdin.write_all(&(file.len() as u32).to_be_bytes()).unwrap();
                stdin.write_all(file).unwrap();
            }
        });
        java.wait_with_output().unwrap()
    });
    assert!(output.status.success());

    let mut answer = Answer(&output.stdout);
    let judged = files.iter().map(|_| answer.reading()).collect();
    assert!(answer.0.is_empty(), "Java said more than was asked");
    judged
}

struct Answer<'a>(&'a [u8]);

impl Answer<'_> {
    fn reading(&mut self) -> Reading {
        let count = self.int();
        (count >= 0).then(|| (0..count).map(|_| (self.text(), self.text())).collect())
    }

    fn text(&mut self) -> Units {
        let length = usize::try_from(self.int()).unwrap();
        let (text, rest) = self.0.split_at(2 * length);
        self.0 = rest;
        text.chunks_exact(2)
            .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
            .collect()
    }

    fn int(&mut self) -> i32 {
        let (int, rest) = self.0.split_at(4);
        self.0 = rest;
        i32::from_be_bytes(int.try_into().unwrap())
    }
}

/// xorshift64*: the same inputs on every machine.
struct Random(u64);

const PIECES: &[&[u8]] = &[
    b"a",
    b"b",
    b"k",
    b"key",
    b"v",
    b"=",
    b"=",
    b":",
    b" ",
    b"\t",
    b"\x0c",
    b"\\",
    b"\\",
    b"\\\\",
    b"\n",
    b"\n",
    b"\r",
    b"\r\n",
    b"\\\n",
    b"\\\r\n",
    b"\\\n  ",
    b"#",
    b"!",
    b"# c\n",
    b"a=1\n",
    b"k : v\n",
    b"\\u0041",
    b"\\u00e9",
    b"\\uD83D",
    b"\\uDE00",
    b"\\u12",
    b"\\u+123",
    b"\\t",
    b"\\n",
    b"\\ ",
    b"\\=",
    b"\\:",
    b"\\#",
    b"\x80",
    b"\x85",
    b"\xa0",
    b"\xe9",
    b"\xff",
    b"\x0b",
    b"\x1b",
    b"\x7f",
    b"\xef\xbb\xbf",
    b"bootstrap.servers=",
    b"wn0:9092,wn1:9092",
    b"\n\n",
];

const VALUES: &[&str] = &[
    "",
    " ",
    "v",
    "1,2,3",
    "=x",
    ":x",
    " lead",
    "trail ",
    "a\\b",
    "\\",
    "a\nb",
    "\r",
    "\t",
    "\u{c}",
    "é",
    "€uro",
    "😀",
    "#no",
    "!no",
    "wn0:9092,wn1:9092",
    "$Default",
    "\u{7f}",
    "\u{80}",
    "\u{a0}",
    "a=b:c d",
];

const KEYS: &[&str] = &[
    "a",
    "b",
    "k",
    "key",
    "new key",
    "z=",
    "é",
    "bootstrap.servers",
    "",
    "#k",
    "\\",
];

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn file(&mut self) -> Vec<u8> {
        let pieces = self.below(24);
        (0..pieces)
            .flat_map(|_| PIECES[self.below(PIECES.len())].iter().copied())
            .collect()
    }

    fn files(mut self) -> impl Iterator<Item = Vec<u8>> {
        std::iter::repeat_with(move || self.file())
    }

    /// One to three changes of different keys, often of keys that the file has.
    fn changes(&mut self, file: &[u8]) -> Vec<(String, String)> {
        let present: Vec<String> = properties::scan(file)
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| String::from_utf16(&entry.key_units).ok())
            .collect();
        let mut changes: Vec<(String, String)> = Vec::new();
        for _ in 0..=self.below(3) {
            let key = if present.is_empty() || self.below(3) == 0 {
                KEYS[self.below(KEYS.len())].to_owned()
            } else {
                present[self.below(present.len())].clone()
            };
            if changes.iter().all(|(taken, _)| *taken != key) {
                changes.push((key, VALUES[self.below(VALUES.len())].to_owned()));
            }
        }
        changes
    }
}
