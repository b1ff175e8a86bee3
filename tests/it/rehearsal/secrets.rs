//! The keys are where they have to be and nowhere else: not on the node's disk, in its journal or among its arguments, not
//! in what the rehearsal or any command says. And the search for them is one that finds.

use super::node::{CONFIG, holding};
use super::stage::Stage;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A secret in the forms in which it may lie around: as it is (without the `=` that property files escape), in a URL, in
/// JSON.
fn forms(secret: &str) -> Vec<String> {
    let secret = secret.trim_end_matches('=');
    let url: String = secret
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    vec![secret.to_owned(), url, secret.replace('/', "\\/")]
}

/// Files: those of the edge node by their path there (`edge:/…`), others by their path in the world; journals; arguments
/// and environments.
fn places(stage: &Stage, secret: &str) -> BTreeSet<String> {
    let forms = forms(secret);
    let world = stage.world.dir.path();
    let mut found: BTreeSet<String> = holding(world, &forms)
        .into_iter()
        .map(|path| {
            let path = Path::new(&path);
            match path.strip_prefix(stage.place().edge().join("root")) {
                Ok(on_node) => format!("edge:/{}", on_node.display()),
                Err(_) => path.strip_prefix(world).unwrap().display().to_string(),
            }
        })
        .collect();
    let holds = |text: &str| forms.iter().any(|form| text.contains(form.as_str()));
    for unit in ["hdikafka-source.service", "hdikafka-sink.service"] {
        let journal = stage.rehearsal.edge.journal(unit);
        if journal.iter().any(|line| holds(line)) {
            found.insert(format!("journal of {unit}"));
        }
    }
    let mut looked_at = 0;
    for pid in stage.rehearsal.edge.scratch().processes() {
        for what in ["cmdline", "environ"] {
            let bytes = fs::read(PathBuf::from(format!("/proc/{pid}/{what}"))).unwrap_or_default();
            looked_at += usize::from(!bytes.is_empty());
            if holds(&String::from_utf8_lossy(&bytes)) {
                found.insert(what.to_owned());
            }
        }
    }
    assert!(looked_at >= 4, "the workers were not looked at");
    found
}

#[test]
fn keys_are_nowhere_else() {
    let stage = Stage::bridge();
    // What each of these says is searched where it is run.
    for arguments in [
        &["setup", "--yes", "-o", "json"][..],
        &["setup", "--dry-run", "-o", "yaml", "-v"],
        &["connector", "restart", "--yes", "-o", "json", "-v"],
        &["connector", "status", "-o", "json"],
        &["connector", "logs", "source"],
        &["connector", "logs", "sink"],
        &["send", "-d", "fakepi", "x", "-v"],
        &["device", "simulate", "fakepi", "-n", "1", "-v"],
        &["hub", "show"],
        &["hub", "show", "-o", "json"],
        &["profile", "show"],
        &["hosts", "-v"],
    ] {
        stage.run(arguments);
    }
    let [password, login, policy, device, private] = stage.secrets.as_slice() else {
        panic!("five secrets")
    };
    let set = |paths: &[&str]| -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    };
    assert_eq!(places(&stage, password), set(&["r/ambari-password"]));
    assert_eq!(places(&stage, login), set(&["r/edge-password"]));
    assert_eq!(
        places(&stage, policy),
        set(&[
            "edge:/etc/hdikafka/sink-secrets.properties",
            "edge:/etc/hdikafka/source-secrets.properties",
            "r/policy.json",
        ])
    );
    assert_eq!(places(&stage, device), set(&["r/fakepi.connection-string"]));
    assert_eq!(places(&stage, private), set(&["r/id_ed25519"]));

    let revealed = stage
        .command(&["hub", "show", "--reveal"])
        .output()
        .unwrap();
    let revealed = String::from_utf8(revealed.stdout).unwrap();
    assert!(revealed.contains(policy.as_str()), "{revealed}");
    the_search_finds(&stage, policy);
}

/// One copy in each kind of place.
fn the_search_finds(stage: &Stage, key: &str) {
    let [plain, url, _] = &forms(key)[..] else {
        panic!()
    };
    stage.write("/var/log/planted", format!("x {plain}\\="));
    let sink = format!("{CONFIG}/connect-iothub-sink.properties");
    stage.write(&sink, format!("{}# {url}\n", stage.text(&sink)));
    stage.world.file("home/.cache/planted", plain);
    stage.spawn("root", (0, 0), &["/bin/sh", "-c", "sleep 300; :", plain]);
    let found = places(stage, key);
    for place in [
        "edge:/var/log/planted",
        "edge:/etc/kafka/5.1.4.8/0/connect-iothub-sink.properties",
        "home/.cache/planted",
        "cmdline",
    ] {
        assert!(
            found.contains(place),
            "the search does not find {place}: {found:#?}"
        );
    }
}
