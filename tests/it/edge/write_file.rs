//! `write-file.sh` by itself, in every shell: what it writes, keeps, and leaves alone.

use super::node::{eventually, noise};
use super::place::{Args, PROGRAM, Place, sha};
use super::programs::{mode, shells};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

#[test]
fn created_replaced_unchanged_and_backed_up() {
    for shell in shells() {
        let place = Place::new();
        let path = place.path("it's a \"file\"\n$HOME *\n");
        let mut args = Args {
            before: "absent".into(),
            mode: "640",
            ..Args::new(path.clone(), b"one")
        };
        args.backups = place.path("backups");
        let ended = args.run(&shell, b"one");
        assert_eq!(ended.code, 0, "{}: {}", shell.name, ended.stderr);
        assert_eq!(
            ended.stdout,
            format!("done created\npath\n{}", path.display())
        );
        assert_eq!(
            (fs::read(&path).unwrap(), mode(&path)),
            (b"one".to_vec(), 0o640)
        );

        let before = fs::metadata(&path).unwrap();
        let same = Args {
            backups: place.path("backups"),
            ..Args::new(path.clone(), b"one")
        };
        assert!(
            same.run(&shell, b"one")
                .stdout
                .starts_with("done unchanged\n"),
            "{}",
            shell.name
        );
        let after = fs::metadata(&path).unwrap();
        assert_eq!(
            (before.ino(), before.mtime_nsec()),
            (after.ino(), after.mtime_nsec()),
            "not touched"
        );
        assert!(!place.path("backups").exists());

        for (old, new) in [("one", "two"), ("two", "three")] {
            let mut args = Args::new(path.clone(), new.as_bytes());
            (args.before, args.backups) = (sha(old.as_bytes()), place.path("backups"));
            let ended = args.run(&shell, new.as_bytes());
            let expected = format!(
                "backup\nprevious {}\ndone replaced\npath\n",
                sha(old.as_bytes())
            );
            assert!(
                ended.code == 0 && ended.stdout.starts_with(&expected),
                "{}: {}{}",
                shell.name,
                ended.stdout,
                ended.stderr
            );
            assert_eq!(
                (fs::read(&path).unwrap(), mode(&path)),
                (new.into(), 0o640),
                "the mode is kept"
            );
        }
        let copy = PathBuf::from(format!(
            "{}{}",
            place.path("backups").display(),
            path.display()
        ));
        assert_eq!(
            fs::read(&copy).unwrap(),
            b"one",
            "the first copy is the original"
        );
        assert_eq!((mode(&place.path("backups")), mode(&copy)), (0o700, 0o640));
        assert_eq!(place.names().len(), 2, "{:?}", place.names());
    }
}

#[test]
fn the_file_behind_a_link_is_replaced() {
    for shell in shells() {
        let place = Place::new();
        fs::create_dir(place.path("real")).unwrap();
        fs::write(place.path("real/file"), "old").unwrap();
        std::os::unix::fs::symlink("real/file", place.path("link")).unwrap();
        let ended = Args::new(place.path("link"), b"new").run(&shell, b"new");
        assert_eq!(ended.code, 0, "{}: {}", shell.name, ended.stderr);
        assert!(ended.stdout.ends_with("/real/file"));
        assert!(
            fs::symlink_metadata(place.path("link"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(fs::read(place.path("real/file")).unwrap(), b"new");
    }
}

#[test]
fn what_is_not_as_expected_is_left_alone() {
    for shell in shells() {
        let place = Place::new();
        let path = place.path("file");
        fs::write(&path, "theirs").unwrap();
        for before in ["absent".to_owned(), sha(b"ours")] {
            let ended = Args {
                before,
                ..Args::new(path.clone(), b"new")
            }
            .run(&shell, b"new");
            assert_eq!(
                (ended.code, ended.stdout),
                (10, format!("found {}\n", sha(b"theirs"))),
                "{}",
                shell.name
            );
        }
        let gone = Args {
            before: sha(b"x"),
            ..Args::new(place.path("gone"), b"new")
        }
        .run(&shell, b"new");
        assert_eq!((gone.code, gone.stdout.as_str()), (10, "found absent\n"));

        // Changed while the bytes were on their way.
        let args = Args::new(path.clone(), b"new").list();
        let mut child = shell
            .command(
                PROGRAM,
                "write-file",
                &args.iter().map(String::as_str).collect::<Vec<_>>(),
            )
            .spawn()
            .unwrap();
        child.stdin.as_mut().unwrap().write_all(b"n").unwrap();
        eventually("the temporary file", || place.names().len() == 2);
        fs::write(&path, "theirs, later").unwrap();
        let ended = super::programs::finish(child, b"ew");
        assert_eq!(
            (ended.code, ended.stdout),
            (10, format!("found {}\n", sha(b"theirs, later"))),
            "{}",
            shell.name
        );
        assert_eq!(fs::read(&path).unwrap(), b"theirs, later");
        assert_eq!(place.names(), ["file"]);
    }
}

#[test]
fn cut_or_altered_bytes_change_nothing() {
    let bytes = noise(1, 200_000);
    for shell in shells() {
        let place = Place::new();
        let path = place.path("file");
        fs::write(&path, "old").unwrap();
        let args = Args::new(path.clone(), &bytes);
        for cut in [0, 1, 32_767, 32_768, 65_536, 199_999] {
            let ended = args.run(&shell, &bytes[..cut]);
            assert_eq!(
                (ended.code, ended.stdout),
                (11, format!("got {cut}\n")),
                "{}",
                shell.name
            );
        }
        assert_eq!(
            args.run(&shell, &[&bytes[..], b"x"].concat()).code,
            11,
            "too much is as wrong as too little"
        );
        let mut altered = bytes.clone();
        altered[100_000] ^= 1;
        assert_eq!(args.run(&shell, &altered).code, 12, "{}", shell.name);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(place.names(), ["file"]);
    }
}

/// Its digest is OpenSSL's where that is installed; busybox alone has none.
#[test]
fn a_large_file_is_compared_by_either_digest() {
    let bytes = noise(5, 3 << 20);
    for shell in shells() {
        let place = Place::new();
        let path = place.path("large");
        let args = Args::new(path.clone(), &bytes);
        for expected in ["done created\n", "done unchanged\n"] {
            let ended = args.run(&shell, &bytes);
            assert_eq!(ended.code, 0, "{}: {}", shell.name, ended.stderr);
            assert!(ended.stdout.starts_with(expected), "{}", ended.stdout);
        }
        assert!(fs::read(&path).unwrap() == bytes, "{}", shell.name);

        let mut other = bytes.clone();
        other[2 << 20] ^= 1;
        let ended = Args::new(place.path("other"), &bytes).run(&shell, &other);
        assert_eq!(ended.code, 12, "{}: {}", shell.name, ended.stderr);
        assert!(!place.path("other").exists(), "{}", shell.name);
    }
}
