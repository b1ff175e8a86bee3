//! What keeps `write-file.sh` from writing, in every shell: each has its exit code and leaves the old file.

use super::node::{eventually, noise};
use super::place::{Args, Disk, PROGRAM, Place};
use super::programs::{is_root, set_mode, shells};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

#[test]
fn a_signal_in_the_middle_leaves_the_old_file_and_no_other() {
    for shell in shells() {
        for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
            let place = Place::new();
            fs::write(place.path("file"), "old").unwrap();
            let args = Args::new(place.path("file"), b"new").list();
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
            Command::new("kill")
                .arg(format!("-{signal}"))
                .arg(child.id().to_string())
                .status()
                .unwrap();
            let ended = super::programs::finish(child, b"ew");
            assert_eq!(
                ended.code, code,
                "{} {signal}: {}",
                shell.name, ended.stderr
            );
            assert_eq!(fs::read(place.path("file")).unwrap(), b"old");
            assert_eq!(place.names(), ["file"], "{} {signal}", shell.name);
        }
    }
}

#[test]
fn what_a_killed_run_left_is_removed_after_an_hour() {
    for shell in shells() {
        let place = Place::new();
        for (name, age) in [
            (".hdikafka-abcdef", "2 hours ago"),
            (".hdikafka-uvwxyz", "now"),
            (".other", "2 hours ago"),
        ] {
            fs::write(place.path(name), "x").unwrap();
            let status = Command::new("touch")
                .args(["-d", age])
                .arg(place.path(name))
                .status()
                .unwrap();
            assert!(status.success());
        }
        assert_eq!(
            Args::new(place.path("file"), b"new")
                .run(&shell, b"new")
                .code,
            0
        );
        assert_eq!(
            place.names(),
            [".hdikafka-uvwxyz", ".other", "file"],
            "{}",
            shell.name
        );
    }
}

#[test]
fn every_other_refusal_has_its_code() {
    for shell in shells() {
        let place = Place::new();
        let run = |args: Args| args.run(&shell, b"new");
        fs::create_dir(place.path("directory")).unwrap();
        assert_eq!(
            run(Args::new(place.path("directory"), b"new")).code,
            16,
            "{}",
            shell.name
        );
        assert_eq!(run(Args::new("relative".into(), b"new")).code, 17);
        let missing = run(Args::new(place.path("no/such/file"), b"new"));
        assert!(
            missing.code == 17 && missing.stderr.contains("does not exist"),
            "{}",
            missing.stderr
        );

        fs::write(place.path("directory/file"), "old").unwrap();
        set_mode(&place.path("directory"), 0o555);
        let args = Args::new(place.path("directory/file"), b"new").list();
        let list: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(
            shell
                .run_unprivileged(PROGRAM, "write-file", &list, b"new")
                .code,
            14,
            "{}",
            shell.name
        );
        set_mode(&place.path("directory"), 0o755);
        assert_eq!(fs::read(place.path("directory/file")).unwrap(), b"old");
        if is_root() {
            let mut owned = Args::new(place.path("directory/file"), b"newer").list();
            (owned[2], owned[3]) = ("nobody".into(), "nogroup".into());
            let list: Vec<&str> = owned.iter().map(String::as_str).collect();
            assert_eq!(shell.run(PROGRAM, "write-file", &list, b"newer").code, 0);
            let meta = fs::metadata(place.path("directory/file")).unwrap();
            assert_eq!((meta.uid(), meta.gid()), (65534, 65534));
            let kept = Args::new(place.path("directory/file"), b"newest").run(&shell, b"newest");
            let meta = fs::metadata(place.path("directory/file")).unwrap();
            assert_eq!(
                (kept.code, meta.uid(), meta.gid()),
                (0, 65534, 65534),
                "the owner is kept"
            );
        }
        assert_eq!(place.names(), ["directory"]);
    }
}

#[test]
#[ignore = "needs root"]
fn a_full_or_read_only_disk_keeps_the_old_file_as_root() {
    let place = Place::new();
    let Some(disk) = Disk::mount(place.path("disk")) else {
        return;
    };
    let path = disk.path.join("file");
    let names = || fs::read_dir(&disk.path).unwrap().count();
    let much = noise(4, 3_000_000);
    for shell in shells() {
        fs::write(&path, "old").unwrap();
        let known = Args::new(path.clone(), &much).run(&shell, &much);
        assert_eq!(known.code, 13, "{}: {}", shell.name, known.stderr);
        let free: u64 = known
            .stdout
            .trim()
            .strip_prefix("free ")
            .unwrap()
            .parse()
            .unwrap();
        assert!(free > 900_000 && free <= 1 << 20, "{free}");
        // The disk fills up while the bytes come.
        let unknown = Args {
            length: 10,
            ..Args::new(path.clone(), &much)
        }
        .run(&shell, &much);
        assert_eq!(unknown.code, 13, "{}: {}", shell.name, unknown.stderr);
        assert_eq!(
            (fs::read(&path).unwrap(), names()),
            (b"old".to_vec(), 1),
            "{}",
            shell.name
        );
    }
    let remount = |how: &str| {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(&disk.path)
            .status()
            .unwrap();
        assert!(status.success());
    };
    remount("ro");
    let codes: Vec<i32> = shells()
        .iter()
        .map(|shell| Args::new(path.clone(), b"new").run(shell, b"new").code)
        .collect();
    remount("rw");
    assert!(codes.iter().all(|code| *code == 15), "{codes:?}");
}
