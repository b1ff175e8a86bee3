//! append-log.sh: whole lines, whatever is in them.

use super::{SHELLS, run, shell, text};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::thread;

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
