//! Secrets in the kernel's keyring: put there by a pipe, used by a profile, taken out again.

use super::servers::{ambari, cluster};
use super::{PASSWORD, World};
use std::io::Write;

/// Taken out whatever the test finds.
struct Stored<'a>(&'a World, String);

impl Drop for Stored<'_> {
    fn drop(&mut self) {
        self.0
            .run(&["profile", "store-secret", &self.1, "--remove"]);
    }
}

#[test]
fn a_stored_secret_is_used_and_never_shown() {
    let running = ambari(&[cluster("myKafka")]);
    let world = World::new();
    let name = format!("test-{}", uuid::Uuid::new_v4());
    let store = ["profile", "store-secret", name.as_str()];
    let file = format!(
        "[cluster]\ngateway = \"{}\"\npassword = {{ keyring = \"{name}\" }}\n",
        running.head_node()
    );
    world.file("work/hdikafka.toml", file);
    let first = world.run_with(&store, format!("{PASSWORD}\r\n").as_bytes());
    if first.code == 6 {
        // a container may forbid the calls; then this is what is said
        assert!(
            first.err.contains("keyring of this system cannot be used"),
            "{}",
            first.err
        );
        let _ = writeln!(std::io::stderr(), "announced: not run: {}", first.err);
        return;
    }
    let first = first.succeeded();
    let _stored = Stored(&world, name.clone());
    assert!(
        first.err.contains("until this machine restarts"),
        "{}",
        first.err
    );
    world.run(&["hosts"]).done();
    let shown = world.run(&["profile", "show"]).done().out;
    assert!(
        shown.contains(&format!("(secret, from keyring {name})")),
        "{shown}"
    );
    // replaced: the wrong one is used
    let json = [&store[..], &["-o", "json"]].concat();
    let stored = world.run_with(&json, b"not it").succeeded();
    assert_eq!(stored.json(), serde_json::json!({ "stored": name }));
    world.run(&["hosts"]).failed(5, &[]);
    let remove = [&store[..], &["--remove"]].concat();
    world.run(&remove).succeeded();
    world.run(&remove).failed(4, &["the keyring has no"]);
    let put = format!("hdikafka profile store-secret {name}");
    world
        .run(&["hosts"])
        .failed(4, &["cluster.password: the keyring has no", &put]);
}

#[test]
fn what_is_no_secret_or_no_name_is_not_stored() {
    let world = World::new();
    let long = "x".repeat(40_000);
    for input in [
        &b""[..],
        b"\n",
        b"a\nb\n",
        b"a\0b",
        b"\xff\xfe",
        long.as_bytes(),
    ] {
        world
            .run_with(&["profile", "store-secret", "never-stored"], input)
            .failed(2, &[]);
    }
    for name in ["", "a b", "a\u{1b}b", "ü"] {
        world
            .run_with(&["profile", "store-secret", name], b"x")
            .failed(2, &["a name in the keyring has"]);
    }
    world.file(
        "work/hdikafka.toml",
        "[cluster]\npassword = { keyring = \"a b\" }\n",
    );
    world
        .run(&["profile", "show"])
        .failed(2, &["hdikafka.toml:2", "a name in the keyring has"]);
}
