//! `write-files.sh` by itself, in every shell: several files in one call, each with a fate of its own.

use super::node::{eventually, noise};
use super::place::{Args, Disk, Place, SEVERAL, sha};
use super::programs::{Ended, Shell, finish, is_root, mode, shells};
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

/// One file of a call: its eight arguments and what comes for it.
struct Wish<'a> {
    args: Vec<String>,
    contents: &'a [u8],
}

impl<'a> Wish<'a> {
    fn new(args: &Args, contents: &'a [u8]) -> Self {
        let args = args.list();
        Self { args, contents }
    }

    fn owned(args: &Args, contents: &'a [u8], owner: &str, group: &str) -> Self {
        let mut wish = Self::new(args, contents);
        (wish.args[2], wish.args[3]) = (owner.into(), group.into());
        wish
    }
}

fn arguments<'a>(wishes: &'a [Wish]) -> Vec<&'a str> {
    let words = wishes.iter().flat_map(|wish| &wish.args);
    words.map(String::as_str).collect()
}

fn contents(wishes: &[Wish]) -> Vec<u8> {
    wishes
        .iter()
        .flat_map(|wish| wish.contents)
        .copied()
        .collect()
}

fn run(shell: &Shell, wishes: &[Wish]) -> Ended {
    shell.run(
        SEVERAL,
        "write-files",
        &arguments(wishes),
        &contents(wishes),
    )
}

fn codes(ended: &Ended) -> Vec<i32> {
    let heads = ended.stdout.lines();
    heads
        .filter_map(|line| line.strip_prefix("file ")?.split(' ').next()?.parse().ok())
        .collect()
}

#[test]
fn several_files_in_one_call_have_a_fate_each() {
    let all_bytes: Vec<u8> = (0..=255).collect();
    for shell in shells() {
        let place = Place::new();
        fs::write(place.path("changed"), "by somebody").unwrap();
        fs::write(place.path("same"), "same").unwrap();
        fs::write(place.path("old"), "old").unwrap();
        fs::create_dir(place.path("directory")).unwrap();
        let new = |name: &str, bytes: &[u8]| Args::new(place.path(name), bytes);
        let expected = |args: Args, before: &str| Args {
            before: before.into(),
            ..args
        };
        let backed_up = Args {
            backups: place.path("backups"),
            ..new("old", b"newer")
        };
        let wishes = [
            Wish::new(&new("new one", &all_bytes), &all_bytes),
            Wish::new(&expected(new("changed", b"x"), "absent"), b"x"),
            Wish::new(&new("no/such/file", b"y"), b"y"),
            Wish::new(&new("wrong", b"what was meant"), b"what came here"),
            Wish::new(&new("same", b"same"), b"same"),
            Wish::new(&new("empty", b""), b""),
            Wish::new(&new("directory", b"no"), b"no"),
            Wish::new(&Args::new("relative".into(), b"no"), b"no"),
            Wish::new(&expected(backed_up, &sha(b"old")), b"newer"),
        ];
        let ended = run(&shell, &wishes);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (0, ""),
            "{}",
            shell.name
        );
        assert_eq!(
            codes(&ended),
            [0, 10, 17, 12, 0, 0, 16, 17, 0],
            "{}: {}",
            shell.name,
            ended.stdout
        );
        assert_eq!(fs::read(place.path("new one")).unwrap(), all_bytes);
        assert_eq!(fs::read(place.path("changed")).unwrap(), b"by somebody");
        assert_eq!(fs::read(place.path("old")).unwrap(), b"newer");
        let copy = format!("backups{}", place.path("old").to_str().unwrap());
        assert_eq!(fs::read(place.path(&copy)).unwrap(), b"old");
        assert_eq!(
            place.names(),
            [
                "backups",
                "changed",
                "directory",
                "empty",
                "new one",
                "old",
                "same"
            ],
            "{}",
            shell.name
        );
        for words in [
            "\nfile 10 ",
            "found ",
            "said ",
            "done unchanged\n",
            "backup\nprevious ",
        ] {
            assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
        }
    }
}

#[test]
fn what_came_whole_before_the_cut_is_written_and_the_rest_is_short() {
    let each = b"0123456789abcdef";
    for shell in shells() {
        let place = Place::new();
        let names = ["a", "b", "c", "d"];
        let wishes = names.map(|name| Wish::new(&Args::new(place.path(name), each), each));
        let ended = shell.run(
            SEVERAL,
            "write-files",
            &arguments(&wishes),
            &contents(&wishes)[..40],
        );
        assert_eq!(codes(&ended), [0, 0, 11, 11], "{}", shell.name);
        assert_eq!(place.names(), ["a", "b"], "{}", shell.name);
        assert!(ended.stdout.contains("\ngot 8\n"), "{}", ended.stdout);
    }
}

#[test]
fn a_name_may_hold_anything_and_a_link_stays_one() {
    for shell in shells() {
        let place = Place::new();
        let names = [
            "with a blank",
            "back\\slash",
            "line\nend\n",
            "line\nx",
            "$(touch here)`x`",
            "quote'\"",
            "-f",
            "\u{e4}",
        ];
        fs::write(place.path("behind"), "old").unwrap();
        std::os::unix::fs::symlink("behind", place.path("link")).unwrap();
        std::os::unix::fs::symlink(".", place.path("here")).unwrap();
        let mut wishes: Vec<Wish> = names
            .iter()
            .map(|name| {
                Wish::new(
                    &Args::new(place.path(name), name.as_bytes()),
                    name.as_bytes(),
                )
            })
            .collect();
        for name in ["link", "here/through"] {
            wishes.push(Wish::new(&Args::new(place.path(name), b"new"), b"new"));
        }
        // once made, once compared
        for outcome in ["done created\n", "done unchanged\n"] {
            let ended = run(&shell, &wishes);
            assert_eq!(codes(&ended), [0; 10], "{}: {}", shell.name, ended.stdout);
            assert_eq!(
                ended.stdout.matches(outcome).count(),
                if outcome.contains("created") { 9 } else { 10 },
                "{}: {}",
                shell.name,
                ended.stdout
            );
            let real = place.path("through");
            assert!(
                ended
                    .stdout
                    .ends_with(&format!("path\n{}\n", real.display()))
            );
        }
        for name in names {
            assert_eq!(fs::read(place.path(name)).unwrap(), name.as_bytes());
        }
        assert!(place.path("link").is_symlink());
        assert_eq!(fs::read(place.path("behind")).unwrap(), b"new");
        assert_eq!(
            place.names().len(),
            names.len() + 4,
            "{}: {:?}",
            shell.name,
            place.names()
        );
    }
}

#[test]
#[ignore = "needs root"]
fn owners_and_modes_are_given_together_and_a_wrong_one_costs_the_others_nothing_as_root() {
    assert!(
        is_root(),
        "only root can give files away: run the tests as root"
    );
    for shell in shells() {
        let place = Place::new();
        fs::write(place.path("kept"), "old").unwrap();
        std::os::unix::fs::chown(place.path("kept"), Some(12), Some(65534)).unwrap();
        super::programs::set_mode(&place.path("kept"), 0o604);
        let args = |name: &str, mode| Args {
            mode,
            ..Args::new(place.path(name), b"new")
        };
        let owned = |name: &str, mode, owner: &str, group: &str| {
            Wish::owned(&args(name, mode), b"new", owner, group)
        };
        let wishes = [
            owned("a", "640", "root", "nogroup"),
            owned("b", "640", "nobody", "nogroup"),
            owned("nobody knows", "640", "no-such-user", "nogroup"),
            owned("c", "751", "root", "nogroup"),
            owned("d", "keep", "keep", "keep"),
            owned("kept", "keep", "keep", "keep"),
            owned("e", "0600", "65534", "12"),
        ];
        let ended = run(&shell, &wishes);
        assert_eq!(
            codes(&ended),
            [0, 0, 17, 0, 0, 0, 0],
            "{}: {}",
            shell.name,
            ended.stdout
        );
        let has = |name: &str| {
            let meta = fs::metadata(place.path(name)).unwrap();
            (mode(&place.path(name)), meta.uid(), meta.gid())
        };
        assert_eq!(has("a"), (0o640, 0, 65534), "{}", shell.name);
        assert_eq!(has("b"), (0o640, 65534, 65534), "{}", shell.name);
        assert_eq!(has("c"), (0o751, 0, 65534), "{}", shell.name);
        assert_eq!(has("d"), (0o644, 0, 0), "{}", shell.name);
        assert_eq!(has("kept"), (0o604, 12, 65534), "{}", shell.name);
        assert_eq!(has("e"), (0o600, 65534, 12), "{}", shell.name);
        assert_eq!(place.names(), ["a", "b", "c", "d", "e", "kept"]);
    }
}

#[test]
#[ignore = "needs root"]
fn what_does_not_fit_on_the_disk_is_refused_alone_as_root() {
    let place = Place::new();
    let Some(disk) = Disk::mount(place.path("disk")) else {
        return;
    };
    let much = noise(4, 1_300_000);
    for shell in shells() {
        let path = |name: &str| disk.path.join(name);
        fs::write(path("old"), "old").unwrap();
        let wishes = [
            Wish::new(&Args::new(path("small"), b"small"), b"small"),
            Wish::new(&Args::new(path("old"), &much), &much),
            Wish::new(&Args::new(place.path("elsewhere"), b"fits"), b"fits"),
        ];
        let ended = run(&shell, &wishes);
        assert_eq!(
            codes(&ended),
            [0, 13, 0],
            "{}: {}",
            shell.name,
            ended.stdout
        );
        assert!(ended.stdout.contains("\nfree "), "{}", ended.stdout);
        assert_eq!(fs::read(path("old")).unwrap(), b"old");
        assert_eq!(fs::read(path("small")).unwrap(), b"small");
        assert_eq!(fs::read(place.path("elsewhere")).unwrap(), b"fits");
        assert_eq!(fs::read_dir(&disk.path).unwrap().count(), 2);
        fs::remove_file(path("small")).unwrap();
        fs::remove_file(place.path("elsewhere")).unwrap();
    }
}

#[test]
fn without_the_right_to_write_it_says_so_of_each() {
    for shell in shells() {
        let place = Place::new();
        fs::write(place.path("file"), "old").unwrap();
        let wishes = ["file", "other"].map(|name| {
            let args = Args::new(place.path(name), b"new");
            Wish::new(&args, b"new")
        });
        let ended = shell.run_unprivileged(
            SEVERAL,
            "write-files",
            &arguments(&wishes),
            &contents(&wishes),
        );
        if is_root() {
            assert_eq!(codes(&ended), [14, 14], "{}: {}", shell.name, ended.stdout);
            assert_eq!(place.names(), ["file"]);
        } else {
            assert_eq!(codes(&ended), [0, 0], "{}: {}", shell.name, ended.stdout);
        }
    }
}

#[test]
fn a_change_or_a_signal_in_the_middle_leaves_the_old_files_and_no_other() {
    for shell in shells() {
        let place = Place::new();
        for name in ["one", "two"] {
            fs::write(place.path(name), "old").unwrap();
        }
        let wishes = ["one", "two"].map(|name| {
            let args = Args::new(place.path(name), b"new");
            Wish::new(&args, b"new")
        });
        let begin = || {
            let mut child = shell
                .command(SEVERAL, "write-files", &arguments(&wishes))
                .spawn()
                .unwrap();
            child.stdin.as_mut().unwrap().write_all(b"newn").unwrap();
            eventually("the second temporary file", || place.names().len() == 4);
            child
        };
        let child = begin();
        fs::write(place.path("one"), "theirs").unwrap();
        let ended = finish(child, b"ew");
        assert_eq!(codes(&ended), [10, 0], "{}: {}", shell.name, ended.stdout);
        assert_eq!(fs::read(place.path("one")).unwrap(), b"theirs");
        assert_eq!(fs::read(place.path("two")).unwrap(), b"new");
        assert_eq!(place.names(), ["one", "two"]);

        fs::write(place.path("two"), "old").unwrap();
        let child = begin();
        let status = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
        let ended = finish(child, b"ew");
        assert_eq!(ended.code, 143, "{}: {}", shell.name, ended.stdout);
        assert_eq!(fs::read(place.path("one")).unwrap(), b"theirs");
        assert_eq!(fs::read(place.path("two")).unwrap(), b"old");
        assert_eq!(place.names(), ["one", "two"], "{}", shell.name);
    }
}

#[test]
fn what_a_killed_run_left_is_removed_after_an_hour() {
    for shell in shells() {
        let place = Place::new();
        fs::write(place.path(".hdikafka-abcd10"), "a secret").unwrap();
        let status = Command::new("touch")
            .args(["-d", "2 hours ago"])
            .arg(place.path(".hdikafka-abcd10"))
            .status();
        assert!(status.unwrap().success());
        let args = Args::new(place.path("file"), b"new");
        assert_eq!(codes(&run(&shell, &[Wish::new(&args, b"new")])), [0]);
        assert_eq!(place.names(), ["file"], "{}", shell.name);
    }
}
