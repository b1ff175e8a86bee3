//! write-file.sh: the old file or the new one, never anything between, and every exit code that `edge::files` reads.

use super::{Ended, SHELLS, ended, run, shell, text, until};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const OLD: &[u8] = b"old contents\n";
const NEW: &[u8] = b"new contents \xff\0\n\n";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A directory with the file `f` in it, and the arguments that replace it by `NEW`.
struct Place {
    dir: TempDir,
    path: PathBuf,
    mode: &'static str,
    owner: String,
    size: usize,
    sha256: String,
    before: String,
    backups: String,
}

impl Place {
    fn new() -> Self {
        Self::named("f")
    }

    fn named(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // others may look, so that a test may run the program as somebody else
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = dir.path().join(name);
        fs::write(&path, OLD).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        Self {
            path,
            dir,
            mode: "keep",
            owner: "keep".into(),
            size: NEW.len(),
            sha256: sha256(NEW),
            before: sha256(OLD),
            backups: "-".into(),
        }
    }

    fn command(&self, under: &[&str]) -> Command {
        let path = self.path.to_str().unwrap();
        let (size, owner) = (self.size.to_string(), &self.owner);
        let arguments = [
            path,
            self.mode,
            owner,
            owner,
            &size,
            &self.sha256,
            &self.before,
            &self.backups,
        ];
        shell(under, &text("write-file.sh"), &arguments)
    }

    fn run(&self, under: &[&str], input: &[u8]) -> Ended {
        run(self.command(under), input)
    }

    fn contents(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    fn mode(&self) -> u32 {
        fs::metadata(&self.path).unwrap().mode() & 0o7777
    }

    fn temporaries(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .filter(|path| {
                path.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with(".hdikafka")
            })
            .collect()
    }

    /// It failed with this code, the old file is there, and nothing else.
    #[track_caller]
    fn is_untouched(&self, ended: &Ended, code: i32) {
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert_eq!(
            (self.contents(), self.mode()),
            (OLD.to_vec(), 0o640),
            "{ended:?}"
        );
        assert_eq!(self.temporaries(), [] as [PathBuf; 0], "{ended:?}");
    }

    /// Programs of this directory come before those of the system.
    fn shimmed(&self, under: &[&str], tool: &str, script: &str) -> Command {
        let bin = self.dir.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        fs::write(bin.join(tool), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(bin.join(tool), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = self.command(under);
        command.env(
            "PATH",
            format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
        );
        command
    }
}

#[track_caller]
fn said(ended: &Ended, code: i32, out: &str) {
    assert_eq!(
        (ended.code, ended.text().as_str()),
        (Some(code), out),
        "{}",
        ended.err
    );
}

#[test]
fn a_file_is_replaced_and_keeps_what_it_shall_keep() {
    for under in SHELLS {
        let place = Place::new();
        said(&place.run(under, NEW), 0, "written\n");
        assert_eq!((place.contents(), place.mode()), (NEW.to_vec(), 0o640));
        assert!(place.temporaries().is_empty());
        let mut place = Place::new();
        (place.mode, place.before) = ("600", "any".into());
        said(&place.run(under, NEW), 0, "written\n");
        assert_eq!((place.contents(), place.mode()), (NEW.to_vec(), 0o600));
    }
}

#[test]
fn a_new_file_gets_the_mode_that_was_asked_for_or_a_plain_one() {
    for under in SHELLS {
        for (mode, expected) in [("keep", 0o644), ("640", 0o640)] {
            let mut place = Place::new();
            fs::remove_file(&place.path).unwrap();
            (place.mode, place.before) = (mode, "absent".into());
            said(&place.run(under, NEW), 0, "written\n");
            assert_eq!((place.contents(), place.mode()), (NEW.to_vec(), expected));
        }
        let mut empty = Place::new();
        (empty.size, empty.sha256) = (0, sha256(b""));
        said(&empty.run(under, b""), 0, "written\n");
        assert_eq!(empty.contents(), b"");
    }
}

#[test]
fn the_same_bytes_and_mode_are_left_as_they_are() {
    for under in SHELLS {
        let mut place = Place::new();
        (place.size, place.sha256) = (OLD.len(), sha256(OLD));
        let inode = fs::metadata(&place.path).unwrap().ino();
        said(&place.run(under, OLD), 0, "unchanged\n");
        assert_eq!(fs::metadata(&place.path).unwrap().ino(), inode);
        place.mode = "600";
        said(&place.run(under, OLD), 0, "written\n");
        assert_eq!((place.contents(), place.mode()), (OLD.to_vec(), 0o600));
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_not_written_and_its_digest_told() {
    for under in SHELLS {
        let mut place = Place::new();
        for before in [sha256(b"something else"), "absent".into()] {
            place.before = before;
            let ended = place.run(under, NEW);
            place.is_untouched(&ended, 20);
            assert_eq!(ended.text(), format!("{}\n", sha256(OLD)));
        }
        let mut gone = Place::new();
        fs::remove_file(&gone.path).unwrap();
        said(&gone.run(under, NEW), 20, "absent\n");
        assert!(!gone.path.exists());
        gone.before = "absent".into();
        said(&gone.run(under, NEW), 0, "written\n");
    }
}

#[test]
fn a_payload_that_is_cut_or_altered_replaces_nothing() {
    for under in SHELLS {
        let place = Place::new();
        for length in [0, 1, NEW.len() / 2, NEW.len() - 1] {
            let ended = place.run(under, &NEW[..length]);
            place.is_untouched(&ended, 21);
            assert_eq!(ended.text(), format!("{length}\n"));
        }
        let ended = place.run(under, &[NEW, b"x"].concat());
        place.is_untouched(&ended, 21);
        let mut altered = NEW.to_vec();
        altered[3] ^= 1;
        place.is_untouched(&place.run(under, &altered), 22);
    }
}

#[test]
fn what_the_system_refuses_has_a_code_of_its_own() {
    let cases = [
        // a real full device behind the temporary's name
        (
            "mktemp",
            "for name; do :; done; ln -s /dev/full \"$name\" && echo \"$name\"",
            23,
            "No space left",
        ),
        (
            "mktemp",
            "echo 'mktemp: Read-only file system' >&2; exit 1",
            25,
            "Read-only",
        ),
        (
            "chown",
            "echo 'chown: Operation not permitted' >&2; exit 1",
            24,
            "not permitted",
        ),
        (
            "cp",
            "echo 'cp: Disk quota exceeded' >&2; exit 1",
            23,
            "quota",
        ),
        (
            "mv",
            "echo 'mv: Input/output error' >&2; exit 1",
            27,
            "Input/output",
        ),
    ];
    for under in SHELLS {
        for (tool, script, code, words) in cases {
            let mut place = Place::new();
            place.backups = place.dir.path().join("backups").to_str().unwrap().into();
            let ended = run(place.shimmed(under, tool, script), NEW);
            place.is_untouched(&ended, code);
            assert!(ended.err.contains(words), "{}", ended.err);
        }
        let mut nobody = Place::new();
        nobody.owner = "no-such-user-of-ours".into();
        nobody.is_untouched(&nobody.run(under, NEW), 27);
    }
}

#[test]
fn a_directory_of_somebody_else_is_denied() {
    for under in SHELLS {
        let mut place = Place::new();
        place.before = "any".into();
        fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut command = place.command(under);
        // SAFETY: geteuid takes nothing and cannot fail.
        if unsafe { libc::geteuid() } == 0 {
            command.uid(65_534).gid(65_534);
        } else {
            fs::set_permissions(place.dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
        }
        let ended = run(command, NEW);
        fs::set_permissions(place.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        said(&ended, 24, "");
        assert!(ended.err.contains("Permission denied"), "{}", ended.err);
        assert_eq!(place.contents(), OLD);
    }
}

#[test]
fn what_is_no_file_is_never_replaced() {
    for under in SHELLS {
        let mut place = Place::new();
        place.before = "any".into();
        place.path = place.dir.path().join("directory");
        fs::create_dir(&place.path).unwrap();
        said(&place.run(under, NEW), 26, "");
        place.path = PathBuf::from("/dev/null");
        said(&place.run(under, NEW), 26, "");
        place.path = place.dir.path().join("no/such/directory/f");
        said(&place.run(under, NEW), 27, "");
        place.path = place.dir.path().join("loop");
        symlink("loop", &place.path).unwrap();
        let ended = place.run(under, NEW);
        said(&ended, 27, "");
        assert!(ended.err.contains("link to nowhere"), "{}", ended.err);
    }
}

#[test]
fn a_link_stays_a_link_and_its_target_is_replaced() {
    for under in SHELLS {
        let mut place = Place::new();
        let (target, elsewhere) = (place.path.clone(), tempfile::tempdir().unwrap());
        place.path = elsewhere.path().join("link");
        symlink(&target, &place.path).unwrap();
        said(&place.run(under, NEW), 0, "written\n");
        assert_eq!(fs::read_link(&place.path).unwrap(), target);
        assert_eq!(
            (fs::read(&target).unwrap(), place.mode()),
            (NEW.to_vec(), 0o640)
        );
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    }
}

#[test]
fn names_are_nothing_but_names() {
    for under in SHELLS {
        for name in ["a b", "a'b\"c", "a\nb", "-rf", "$(id)", "*", "ü;x", "\\n%s"] {
            let mut place = Place::named(name);
            place.backups = place
                .dir
                .path()
                .join("the backups")
                .to_str()
                .unwrap()
                .into();
            said(&place.run(under, NEW), 0, "written\n");
            assert_eq!(
                (place.contents(), place.mode()),
                (NEW.to_vec(), 0o640),
                "{name:?}"
            );
            assert_eq!(fs::read_dir(place.dir.path()).unwrap().count(), 2);
        }
    }
}

#[test]
fn the_old_file_is_kept_where_only_its_owner_looks() {
    for under in SHELLS {
        let mut place = Place::new();
        let backups = place.dir.path().join("backups/2026");
        place.backups = backups.to_str().unwrap().into();
        said(&place.run(under, NEW), 0, "written\n");
        let copy = backups.join(place.path.to_str().unwrap().replace('/', "_"));
        assert_eq!(fs::read(&copy).unwrap(), OLD);
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
        assert_eq!((mode(&backups), mode(&copy)), (0o700, 0o640));
        // where the copy cannot be made nothing is replaced
        let mut place = Place::new();
        place.backups = "/dev/null/backups".into();
        place.is_untouched(&place.run(under, NEW), 27);
    }
}

#[test]
fn killed_in_the_middle_it_leaves_the_old_file_alone() {
    // to all of it, as when the node stops it; and to the shell alone, whose input then ends
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT] {
        for group in [true, false] {
            for under in SHELLS {
                let place = Place::new();
                let mut command = place.command(under);
                let mut child = command.process_group(0).spawn().unwrap();
                let mut stdin = child.stdin.take().unwrap();
                stdin.write_all(&NEW[..5]).unwrap();
                until("half of the payload", || {
                    let temporaries = place.temporaries();
                    temporaries
                        .iter()
                        .any(|path| fs::metadata(path).is_ok_and(|m| m.len() == 5))
                });
                let pid = child.id().cast_signed();
                // SAFETY: kill only takes numbers; the child has not been waited for, so both are its own.
                let sent = unsafe { libc::kill(if group { -pid } else { pid }, signal) };
                assert_eq!(sent, 0);
                drop(stdin);
                let ended = ended(child);
                assert_ne!(ended.code, Some(0), "{ended:?}");
                assert_eq!(place.contents(), OLD);
                assert_eq!(
                    place.temporaries(),
                    [] as [PathBuf; 0],
                    "{under:?} {signal} {group} {ended:?}"
                );
            }
        }
    }
}
