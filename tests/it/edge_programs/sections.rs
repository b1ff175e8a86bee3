//! The answer format: what sections.sh prints is what `facts::sections` reads, byte for byte; and the programs that ask.

use super::{SHELLS, run, shell, text};
use hdikafka::facts::sections::{Sections, pairs};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

fn asking(under: &[&str], script: &str, arguments: &[&str]) -> Command {
    shell(
        under,
        &format!("{}\n{script}\nprintf 'end 0\\n\\n'\n", text("sections.sh")),
        arguments,
    )
}

#[test]
fn files_come_back_byte_for_byte() {
    let all_bytes: Vec<u8> = (0..=255).collect();
    let bodies: [&[u8]; 8] = [
        b"",
        b"\n",
        b"no end of line",
        b"two\n\n",
        b"end 0\n\n",
        b"\0\xff\n\0",
        b"file:x 3\nabc\n",
        &all_bytes,
    ];
    let dir = tempfile::tempdir().unwrap();
    for under in SHELLS {
        for body in bodies {
            let file = dir.path().join("a 'file'\nof ours");
            fs::write(&file, body).unwrap();
            let script = "section_file 'file:/a b 7' \"$1\"; printf x | section after";
            let ended = run(asking(under, script, &[file.to_str().unwrap()]), b"");
            assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
            let sections = Sections::parse(&ended.out, "file:/a b 7").unwrap();
            assert_eq!(sections.bytes("file:/a b 7"), Some(body), "{under:?}");
            assert_eq!(sections.text("after"), "x");
        }
    }
}

/// In one piece if their lengths are still what was said of them, else each by itself: byte for byte both times.
#[test]
fn several_files_come_back_byte_for_byte_whether_they_changed_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let bodies: [(&str, &[u8]); 3] = [("a b", b"\0\xff\n"), ("empty", b""), ("c", b"x\ny")];
    let files: Vec<String> = bodies
        .iter()
        .map(|(name, body)| {
            let file = dir.path().join(name);
            fs::write(&file, body).unwrap();
            file.to_str().unwrap().to_owned()
        })
        .collect();
    for under in SHELLS {
        for (last, alone) in [(3, false), (4, true)] {
            let index = format!("3 {}\n0 {}\n{last} {}\n", files[0], files[1], files[2]);
            let total = (3 + last).to_string();
            let mut arguments = vec![index.as_str(), &total];
            arguments.extend(files.iter().map(String::as_str));
            let script = "section_files \"$@\"; printf x | section after";
            let ended = run(asking(under, script, &arguments), b"");
            assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
            let first = if alone {
                format!("file:{}", files[0])
            } else {
                "files".to_owned()
            };
            let sections = Sections::parse(&ended.out, &first).unwrap();
            let there = sections.files().unwrap();
            assert_eq!(there.len(), 3);
            for (file, (_, body)) in files.iter().zip(bodies) {
                assert_eq!(there[file.as_str()], body, "{under:?} {file}");
            }
            assert_eq!(sections.text("after"), "x");
        }
    }
}

#[test]
fn a_large_file_is_cut_and_a_missing_one_empty_and_neither_spoils_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large");
    fs::write(&large, vec![b'x'; (1 << 20) + 7]).unwrap();
    for under in SHELLS {
        let script =
            "section_file large \"$1\"; section_file missing \"$1.not\"; printf x | section after";
        let ended = run(asking(under, script, &[large.to_str().unwrap()]), b"");
        let sections = Sections::parse(&ended.out, "large").unwrap();
        assert_eq!(sections.bytes("large").unwrap().len(), 1 << 20);
        assert_eq!(sections.bytes("missing"), Some(&b""[..]));
        assert_eq!(sections.text("after"), "x");
    }
}

#[test]
fn a_file_is_read_once() {
    // a pipe has its contents only once: a second look would find nothing and give another length
    for under in SHELLS {
        let script = "section_file once /dev/stdin; printf x | section after";
        let ended = run(asking(under, script, &[]), b"0123456789");
        let sections = Sections::parse(&ended.out, "once").unwrap();
        assert_eq!(
            (sections.text("once"), sections.text("after")),
            ("0123456789".into(), "x".into())
        );
    }
}

#[test]
fn output_of_commands_keeps_its_line_ends_and_loses_only_nul() {
    for under in SHELLS {
        for body in [
            &b""[..],
            b"\n\n",
            b"a\n\nb",
            b"\xff\xfe\n",
            "ü€\n".as_bytes(),
            b"%s\\n$(id)\n",
            b"a\0b\n",
        ] {
            let ended = run(
                asking(under, "section body; printf x | section after", &[]),
                body,
            );
            let sections = Sections::parse(&ended.out, "body").unwrap();
            let kept: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).collect();
            assert_eq!(sections.bytes("body"), Some(kept.as_slice()), "{under:?}");
            assert_eq!(sections.text("after"), "x");
        }
    }
}

#[test]
fn nothing_is_left_behind_however_it_ends() {
    for under in SHELLS {
        for end in ["", "exit 3", "kill -TERM $$"] {
            let dir = tempfile::tempdir().unwrap();
            let mut command = asking(under, &format!("printf x | section a; {end}"), &[]);
            command.env("TMPDIR", dir.path());
            run(command, b"");
            assert_eq!(
                fs::read_dir(dir.path()).unwrap().count(),
                0,
                "{under:?} {end}"
            );
        }
    }
}

#[test]
fn the_facts_of_a_node_are_whole_under_every_shell() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("kafka broker");
    fs::create_dir_all(home.join("config")).unwrap();
    fs::create_dir_all(home.join("libs")).unwrap();
    for jar in [
        "kafka_2.13-3.2.0.jar",
        "kafka_2.13-3.2.0-sources.jar",
        "my-iothub.jar",
    ] {
        fs::write(home.join("libs").join(jar), jar).unwrap();
    }
    let worker = "bootstrap.servers=a\r\n# \u{e9}\n";
    fs::write(home.join("config/connect-standalone.properties"), worker).unwrap();
    for under in SHELLS {
        let program = format!("{}\n{}", text("sections.sh"), text("facts.sh"));
        let arguments = [home.to_str().unwrap(), "nobody", "1", "2"];
        let ended = run(shell(under, &program, &arguments), b"");
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let sections = Sections::parse(&ended.out, "node").unwrap();
        let node = sections.text("node");
        let values = |wanted: &str| -> Vec<&str> {
            pairs(&node)
                .filter(|(key, _)| *key == wanted)
                .map(|(_, value)| value)
                .collect()
        };
        assert_eq!(values("kafka_jar"), ["kafka_2.13-3.2.0.jar"]);
        assert_eq!(
            values("kafka_real"),
            [fs::canonicalize(&home).unwrap().to_str().unwrap()]
        );
        assert_eq!(values("exists"), ["nobody"]);
        assert_eq!(values("connect"), [] as [&str; 0]);
        let file = home.join("config/connect-standalone.properties");
        let files = sections.files().unwrap();
        assert_eq!(files[file.to_str().unwrap()], worker.as_bytes());
        let paths = sections.text("paths");
        let line = paths
            .lines()
            .find(|line| line.ends_with(file.to_str().unwrap()))
            .unwrap();
        let fields: Vec<&str> = line.split('|').collect();
        assert_eq!(
            (fields[0], fields[4]),
            ("f", worker.len().to_string().as_str()),
            "{line}"
        );
        assert!(paths.contains("my-iothub.jar"), "{paths}");
        for name in [
            "java",
            "disk",
            "workers",
            "port:1",
            "port:2",
            "unwritable",
            "unit:source",
            "log:sink",
        ] {
            assert!(
                sections.bytes(name).is_some(),
                "{under:?}: no section {name}"
            );
        }
    }
}

#[test]
fn the_way_out_is_judged_host_by_host() {
    super::require("getent");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for under in SHELLS {
        let arguments = [
            port.as_str(),
            "127.0.0.1",
            "127.0.0.2",
            "no-such-host.invalid",
            "$(touch x)",
        ];
        let ended = run(shell(under, &text("reach.sh"), &arguments), b"");
        let answer = ended.text();
        let mut lines: Vec<&str> = answer.lines().collect();
        lines.sort_unstable();
        let expected = [
            "closed 127.0.0.2",
            "name $(touch x)",
            "name no-such-host.invalid",
            "ok 127.0.0.1",
        ];
        assert_eq!(
            (ended.code, lines.as_slice()),
            (Some(0), &expected[..]),
            "{under:?}"
        );
        assert!(!Path::new("x").exists());
    }
}
