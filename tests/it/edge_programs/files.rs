//! make-directories.sh and append-log.sh.

use super::{SHELLS, run, shell, text};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::thread;

/// Name of the user and of the group that this test runs as.
fn me() -> [String; 2] {
    ["-un", "-gn"].map(|flag| {
        let output = Command::new("id").arg(flag).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    })
}

#[test]
fn directories_are_made_with_mode_and_owner_and_may_be_there() {
    let [user, group] = me();
    for under in SHELLS {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let (first, second) = (path("a/b 'c'"), path("-d\ne"));
        let arguments: Vec<&str> = [[&first, "750"], [&second, "700"]]
            .iter()
            .flat_map(|[path, mode]| [path, mode, user.as_str(), group.as_str()])
            .collect();
        for _ in 0..2 {
            let ended = run(shell(under, &text("make-directories.sh"), &arguments), b"");
            assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
            let mode = |path: &str| fs::metadata(path).unwrap().mode() & 0o7777;
            assert_eq!((mode(&first), mode(&second)), (0o750, 0o700));
        }
        fs::write(path("file"), "").unwrap();
        for [path, owner] in [
            [path("file/x"), user.clone()],
            [path("y"), "no-such-user-of-ours".to_owned()],
        ] {
            let arguments = [&path, "755", &owner, &group, &first, "711", &user, &group];
            let ended = run(shell(under, &text("make-directories.sh"), &arguments), b"");
            assert_eq!(ended.code, Some(27));
            assert!(!ended.err.is_empty());
            // what comes after the failure is not done
            assert_eq!(fs::metadata(&first).unwrap().mode() & 0o7777, 0o750);
        }
    }
}

#[test]
fn the_operations_log_gets_whole_lines() {
    for under in SHELLS {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("operations log");
        let lines: Vec<String> = (0..8)
            .map(|n| {
                format!(
                    "{{\"n\":{n},\"text\":\"%s \\\\n '$(id)' {}\"}}",
                    "x".repeat(900)
                )
            })
            .collect();
        thread::scope(|scope| {
            for line in &lines {
                let file = &file;
                scope.spawn(move || {
                    let ended = run(
                        shell(under, &text("append-log.sh"), &[file]),
                        line.as_bytes(),
                    );
                    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
                });
            }
        });
        let written = fs::read_to_string(&file).unwrap();
        let mut written: Vec<&str> = written.lines().collect();
        written.sort_unstable();
        assert_eq!(written, lines);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
        let ended = run(shell(under, &text("append-log.sh"), &["/dev/null/x"]), b"x");
        assert_ne!(ended.code, Some(0));
    }
}
