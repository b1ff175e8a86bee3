//! The Rust around the programs, on this machine: what was done and what was refused, in types.

use super::node::eventually;
use super::place::{Place, sha};
use super::programs::{is_root, mode, set_mode, shells};
use hdikafka::edge::{
    Before, Contents, Directory, DirectoryOutcome, Local, Outcome, SmallFile, WriteError,
    WriteFile, digest, make_directories, write_file, write_files,
};
use hdikafka::secret::Secret;
use std::fs;

#[test]
fn the_rust_side_says_it_in_types() {
    let place = Place::new();
    let path = place.path("secrets");
    let name = path.to_str().unwrap().to_owned();
    let file = |contents| WriteFile {
        mode: Some(0o640),
        ..WriteFile::new(name.clone(), contents)
    };
    let bytes = |text: &str| Contents::Bytes(text.into());
    let first = WriteFile {
        before: Before::Absent,
        ..file(Contents::Secret(Secret::from("one")))
    };
    let written = write_file(&Local, first).unwrap();
    assert_eq!(
        (
            written.outcome,
            written.path.as_str(),
            written.sha256.as_str()
        ),
        (Outcome::Created, &*name, &*sha(b"one"))
    );
    assert_eq!(
        write_file(&Local, file(bytes("one"))).unwrap().outcome,
        Outcome::Unchanged
    );
    let backup_dir = Some(place.path("backups").to_str().unwrap().to_owned());
    let before = Before::Sha256(sha(b"one"));
    let written = write_file(
        &Local,
        WriteFile {
            backup_dir,
            before: before.clone(),
            ..file(bytes("two"))
        },
    )
    .unwrap();
    assert_eq!(
        (written.outcome, written.previous),
        (Outcome::Replaced, Some(sha(b"one")))
    );
    assert_eq!(fs::read(written.backup.unwrap()).unwrap(), b"one");

    let error = |file| write_file(&Local, file).unwrap_err();
    let changed = error(WriteFile {
        before,
        ..file(bytes("three"))
    });
    assert!(
        matches!(changed, WriteError::Changed { found: Some(found), .. } if found == sha(b"two"))
    );
    let (length, sha256) = digest(&b"12345"[..]).unwrap();
    let reader = |text: &'static [u8]| Contents::Reader {
        reader: Box::new(text),
        length,
        sha256: sha256.clone(),
    };
    let short = error(file(reader(b"123")));
    assert!(
        matches!(
            short,
            WriteError::Short {
                expected: 5,
                got: 3,
                ..
            }
        ),
        "{short}"
    );
    assert!(matches!(
        error(file(reader(b"54321"))),
        WriteError::Digest { .. }
    ));
    let broken = Contents::Reader {
        reader: Box::new(Broken),
        length,
        sha256: sha256.clone(),
    };
    assert!(matches!(error(file(broken)), WriteError::Source { .. }));
    assert!(matches!(
        error(WriteFile::new("/", bytes("x"))),
        WriteError::NotAFile { .. }
    ));
    assert!(
        matches!(error(WriteFile::new("/no\u{1b}/such/x", bytes("x"))), WriteError::Other { cause, .. } if !cause.contains('\u{1b}'))
    );
    assert_eq!(fs::read(&path).unwrap(), b"two");
    eventually("nothing is left over", || {
        place.names() == ["backups", "secrets"]
    });
}

#[test]
fn several_small_files_have_their_outcomes_in_order() {
    let place = Place::new();
    let small = |name: &str, before| {
        let path = place.path(name).to_str().unwrap().to_owned();
        let contents = Contents::Secret(Secret::from("a \u{20ac} b"));
        let file = WriteFile {
            mode: Some(0o640),
            before,
            ..WriteFile::new(path, contents)
        };
        SmallFile::new(file).unwrap()
    };
    let one = write_files(&Local, vec![small("one", Before::Absent)]);
    assert_eq!(one[0].as_ref().unwrap().outcome, Outcome::Created);
    // more than go into one call
    let mut files: Vec<SmallFile> = (0..40)
        .map(|n| small(&format!("file {n}"), Before::Absent))
        .collect();
    fs::write(place.path("other"), "by somebody").unwrap();
    files.insert(3, small("other", Before::Absent));
    files.insert(4, small("one", Before::Any));
    let outcomes = write_files(&Local, files);
    assert_eq!(outcomes.len(), 42);
    for (n, outcome) in outcomes.iter().enumerate() {
        match (n, outcome) {
            (3, Err(WriteError::Changed { found: Some(_), .. })) => {}
            (4, Ok(written)) => assert_eq!(written.outcome, Outcome::Unchanged),
            (_, Ok(written)) => assert_eq!(written.outcome, Outcome::Created),
            (n, other) => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(
        fs::read(place.path("file 39")).unwrap(),
        "a \u{20ac} b".as_bytes()
    );
    assert_eq!(mode(&place.path("file 39")), 0o640);
}

struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the jar went away"))
    }
}

#[test]
fn directories_are_made_corrected_and_left() {
    let place = Place::new();
    let directory = |name: &str, mode| Directory {
        path: place.path(name).to_str().unwrap().to_owned(),
        mode,
        owner: is_root().then(|| "nobody".to_owned()),
        group: None,
    };
    let wanted = [directory("a b/c\n", 0o750), directory("logs", 0o700)];
    use DirectoryOutcome::{Changed, Created, Unchanged};
    assert_eq!(
        make_directories(&Local, &wanted, false).unwrap(),
        [Created, Created]
    );
    assert_eq!(
        (
            mode(&place.path("a b/c\n")),
            mode(&place.path("logs")),
            mode(&place.path("a b"))
        ),
        (0o750, 0o700, 0o755)
    );
    set_mode(&place.path("logs"), 0o755);
    assert_eq!(
        make_directories(&Local, &wanted, false).unwrap(),
        [Unchanged, Changed]
    );
    fs::write(place.path("file"), "").unwrap();
    let inside = Directory {
        owner: None,
        ..directory("file/x", 0o700)
    };
    let error = make_directories(&Local, &[wanted[0].clone(), inside], false).unwrap_err();
    assert!(
        matches!(&error, WriteError::NotAFile { path, .. } if path.ends_with("file/x")),
        "{error}"
    );
    let text = concat!(
        include_str!("../../../templates/edge/files.sh"),
        include_str!("../../../templates/edge/make-directories.sh")
    );
    for shell in shells() {
        let path = place.path(shell.name);
        let args = [path.to_str().unwrap(), "700", "keep", "keep"];
        let run = || shell.run(text, "make-directories", &args, b"").stdout;
        assert_eq!(
            (run(), run()),
            ("created\n".into(), "unchanged\n".into()),
            "{}",
            shell.name
        );
    }
}
