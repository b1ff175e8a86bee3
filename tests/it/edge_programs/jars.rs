//! Which jars are found to be connectors, and how one is taken out of the way.

use super::{SHELLS, run, shell, text};
use hdikafka::facts::jars::{self, Jars};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

const ENTRY: &str = "com/microsoft/azure/iot/kafka/connect/sink/IotHubSinkConnector.class";

/// A zip's directory holds names as they are; no more of it is looked at.
fn jar(path: &Path, entry: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(
        path,
        [b"PK\0\x01".as_slice(), entry.as_bytes(), b"\0\xff"].concat(),
    )
    .unwrap();
}

fn asked(under: &[&str], home: &Path) -> Jars {
    let program = format!("{}\n{}", text("sections.sh"), text("jars.sh"));
    let ended = run(shell(under, &program, &[home]), b"");
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{under:?}");
    jars::parse(&ended.out).unwrap()
}

#[test]
fn connectors_are_found_by_what_is_inside_wherever_connect_would_look() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    jar(&at("libs/a name.jar"), ENTRY);
    jar(
        &at("libs/iothub-tools.jar"),
        "com/microsoft/azure/iot/X.class",
    );
    jar(
        &at("libs/c-sources.jar"),
        &ENTRY.replace(".class", ".scala"),
    );
    jar(&at("libs/deeper/not-on-the-class-path.jar"), ENTRY);
    jar(&at("plugins/iothub/lib/b.jar"), ENTRY);
    jar(&at("second/c.jar"), ENTRY);
    jar(&at("first/of-a-line-that-lost.jar"), ENTRY);
    std::os::unix::fs::symlink(at("second"), at("link")).unwrap();
    fs::create_dir(at("config")).unwrap();
    let path = |name: &str| at(name).to_str().unwrap().to_owned();
    let properties = format!(
        "#plugin.path=/etc\nplugin.path={}\nplugin.path = {},\\\r\n   {} ,{},relative,/no/such\nmy.plugin.path=/etc\n",
        path("first"),
        path("plugins"),
        path("second"),
        path("link"),
    )
    .replace("\\\r\n", "\\\n");
    fs::write(at("config/connect-standalone.properties"), properties).unwrap();
    for under in SHELLS {
        let found = asked(under, dir.path());
        assert_eq!(
            found.libs,
            ["a name.jar", "c-sources.jar", "iothub-tools.jar"]
        );
        let places: Vec<&String> = found
            .connectors
            .keys()
            .filter(|place| place.starts_with(dir.path().to_str().unwrap()))
            .collect();
        let expected = [
            "libs/a name.jar",
            "plugins/iothub/lib/b.jar",
            "second/c.jar",
        ]
        .map(path);
        assert_eq!(places, expected.iter().collect::<Vec<_>>(), "{under:?}");
        let digest = hex::encode(Sha256::digest(fs::read(at("second/c.jar")).unwrap()));
        assert_eq!(found.sha256(&path("second/c.jar")), Some(digest.as_str()));
    }
}

#[test]
fn a_home_without_anything_is_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    for under in SHELLS {
        let found = asked(under, dir.path());
        assert_eq!(found.libs, [] as [&str; 0]);
    }
}

#[test]
fn a_file_that_is_moved_away_is_kept_whole_or_stays() {
    for under in SHELLS {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("it's a.jar");
        let backups = dir.path().join("backups");
        let bytes = vec![7; 100_000];
        fs::write(&file, &bytes).unwrap();
        let digest = hex::encode(Sha256::digest(&bytes));
        let away = |digest: &str| {
            let arguments = [file.to_str().unwrap(), digest, backups.to_str().unwrap()];
            run(
                shell(
                    under,
                    &(text("files.sh") + &text("move-away.sh")),
                    &arguments,
                ),
                b"",
            )
        };
        let other = away(&"0".repeat(64));
        assert_eq!(other.code, Some(10), "{}", other.err);
        assert_eq!(other.text(), format!("found {digest}\n"));
        assert!(file.exists() && !backups.exists());

        fs::write(&backups, "in the way").unwrap();
        assert_ne!(away(&digest).code, Some(0));
        assert!(file.exists());
        fs::remove_file(&backups).unwrap();

        let moved = away(&digest);
        assert_eq!((moved.code, moved.err.as_str()), (Some(0), ""));
        assert!(!file.exists());
        let copy = format!("{}{}", backups.display(), file.display());
        assert_eq!(moved.text(), format!("kept {copy}"));
        assert_eq!(fs::read(&copy).unwrap(), bytes);
        assert!(!Path::new(&format!("{copy}.part")).exists());
        assert_eq!(away(&digest).code, Some(10), "it is gone already");
    }
}
