//! Which folder of src/ may use which, read from the sources themselves; and the two bans that go with it: only `ui`
//! prints, tokio stays in `sandbox`.

mod scan;

use scan::{paths, tokens};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const SYSTEMS: &[&str] = &[
    "ambari",
    "azure",
    "edge",
    "kafka",
    "rest_proxy",
    "connect",
    "iothub",
];
const TEXTS: &[&str] = &["properties", "jar", "template", "secret", "text"];

/// The rule for a place: the longest prefix that fits counts. What is not listed may not be used.
fn allowed(place: &str) -> Vec<&'static str> {
    let rules: &[(&str, &[&[&str]])] = &[
        ("main", &[&["cli"]]),
        // Only declarations of modules.
        ("lib", &[]),
        ("cli", &[&["commands", "context", "error", "profile", "ui"]]),
        // The cluster it resolves and remembers is a fact.
        (
            "context",
            &[&["error", "facts", "profile", "ui", "secret"], SYSTEMS],
        ),
        (
            "error",
            &[&["profile", "facts", "plan", "apply"], SYSTEMS, TEXTS],
        ),
        (
            "commands/sandbox",
            &[&["sandbox"], COMMANDS, SYSTEMS, TEXTS],
        ),
        ("commands", &[COMMANDS, SYSTEMS, TEXTS]),
        ("facts", &[SYSTEMS, TEXTS]),
        ("plan", &[&["facts"], TEXTS]),
        // What touches the world; the rest of apply is types.
        ("apply/live", &[&["facts", "plan"], SYSTEMS, TEXTS]),
        ("apply/wait", &[&["facts", "plan"], SYSTEMS, TEXTS]),
        ("apply", &[&["facts", "plan"], TEXTS]),
        ("profile", &[&["secret", "text"]]),
        ("ui", &[]),
        ("sandbox", &[SYSTEMS, TEXTS]),
        ("template", &[&["properties", "secret"]]),
        ("properties", &[]),
        ("jar", &[&["text", "transport"]]),
        ("secret", &[]),
        ("text", &[]),
        ("transport", &[&["text"]]),
    ];
    const COMMANDS: &[&str] = &[
        "context", "error", "profile", "facts", "plan", "apply", "ui",
    ];
    if SYSTEMS.contains(&place.split('/').next().unwrap_or_default()) {
        return vec!["secret", "text", "transport"];
    }
    let fits = |prefix: &str| {
        place == prefix
            || place
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let rule = rules
        .iter()
        .filter(|(prefix, _)| fits(prefix))
        .max_by_key(|(prefix, _)| prefix.len());
    rule.map(|(_, groups)| {
        groups
            .iter()
            .flat_map(|group| group.iter().copied())
            .collect()
    })
    .unwrap_or_default()
}

/// What is wrong with the file at this path below src/ (`commands/setup.rs`).
fn violations(path: &str, source: &str) -> Vec<String> {
    let place = path.trim_end_matches(".rs").trim_end_matches("/mod");
    let own = place.split('/').next().unwrap_or_default();
    let allowed = allowed(place);
    let tokens = tokens(source);
    let mut wrong = BTreeSet::new();
    for used in paths(place, &tokens) {
        let used: Vec<&str> = used.iter().map(String::as_str).collect();
        match used[..] {
            ["crate", module, ..]
                if module != own && !allowed.contains(&module) && is_module(module) =>
            {
                wrong.insert(format!("{place} uses {module}"));
            }
            ["std", "io", stream @ ("stdout" | "stderr"), ..]
            | ["io", stream @ ("stdout" | "stderr"), ..]
                // A server of the sandbox as a process tells whoever started it that it is ready; a tool of its node is a
                // program of that node.
                if own != "ui"
                    && !["sandbox/serve", "sandbox/tools", "sandbox/rehearsal/process"].contains(&place)
                    && !place.starts_with("sandbox/edge/tools/") =>
            {
                wrong.insert(format!("{place} writes to {stream}"));
            }
            [
                terminal @ ("dialoguer" | "indicatif" | "comfy_table" | "console"),
                ..,
            ] if own != "ui" => {
                wrong.insert(format!("{place} uses {terminal}"));
            }
            ["tokio", ..] if own != "sandbox" => {
                wrong.insert(format!("{place} uses tokio"));
            }
            _ => {}
        }
    }
    for pair in tokens.windows(2) {
        if let [print @ ("print" | "println" | "eprint" | "eprintln"), "!"] =
            [pair[0].as_str(), pair[1].as_str()]
            && own != "ui"
        {
            wrong.insert(format!("{place} calls {print}!"));
        }
    }
    wrong.into_iter().collect()
}

/// A name after `crate::` that is a module and not a macro or a type of the crate's root.
fn is_module(name: &str) -> bool {
    name == "*" || name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn no_file_uses_what_its_layer_may_not() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&src);
    assert!(files.len() > 15, "only {} files were found", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let path = file
            .strip_prefix(&src)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        wrong.extend(violations(&path, &fs::read_to_string(&file).unwrap()));
    }
    assert!(wrong.is_empty(), "wrong edges:\n{}", wrong.join("\n"));
}

#[test]
fn the_scanner_sees_a_wrong_edge_however_it_is_written() {
    let wrong: &[(&str, &str, &str)] = &[
        (
            "edge/ssh.rs",
            "use crate::profile::Profile;",
            "edge/ssh uses profile",
        ),
        (
            "edge/ssh.rs",
            "use crate::{secret::Secret, kafka::{Admin, Dial as D}};",
            "edge/ssh uses kafka",
        ),
        (
            "kafka/mod.rs",
            "use super::edge::Command;",
            "kafka uses edge",
        ),
        (
            "kafka/admin.rs",
            "use super::super::edge;",
            "kafka/admin uses edge",
        ),
        (
            "kafka/admin.rs",
            "mod tests { use super::super::super::edge; }",
            "kafka/admin uses edge",
        ),
        (
            "connect/mod.rs",
            "fn f() -> Result<crate::ui::Ui, ()> { todo() }",
            "connect uses ui",
        ),
        (
            "connect/mod.rs",
            "fn f() { let x = !crate::ambari::get('\"', \"// no comment\"); }",
            "connect uses ambari",
        ),
        ("plan/mod.rs", "use crate::edge::Command;", "plan uses edge"),
        (
            "plan/jar.rs",
            "use {std::fs, crate::edge};",
            "plan/jar uses edge",
        ),
        ("plan/jar.rs", "use crate::*;", "plan/jar uses *"),
        (
            "apply/mod.rs",
            "use crate::edge::Remote;",
            "apply uses edge",
        ),
        (
            "ui/table.rs",
            "use crate::secret::Secret;",
            "ui/table uses secret",
        ),
        (
            "facts/edge.rs",
            "use crate::context::Context;",
            "facts/edge uses context",
        ),
        (
            "commands/setup.rs",
            "use crate::sandbox::Hub;",
            "commands/setup uses sandbox",
        ),
        (
            "main.rs",
            "fn main() { hdikafka::commands::setup() }",
            "main uses commands",
        ),
        ("secret.rs", "use crate::error::Exit;", "secret uses error"),
        (
            "newfolder/mod.rs",
            "use crate::secret::Secret;",
            "newfolder uses secret",
        ),
        (
            "facts/hub.rs",
            "fn f() { println!(\"x\") }",
            "facts/hub calls println!",
        ),
        (
            "facts/hub.rs",
            "use std::io::{self, stderr};",
            "facts/hub writes to stderr",
        ),
        (
            "facts/hub.rs",
            "fn f() { io::stdout().flush(); }",
            "facts/hub writes to stdout",
        ),
        (
            "facts/hub.rs",
            "use dialoguer::Input;",
            "facts/hub uses dialoguer",
        ),
        (
            "edge/ssh.rs",
            "async fn f() { tokio::spawn(g()); }",
            "edge/ssh uses tokio",
        ),
    ];
    for (path, source, expected) in wrong {
        assert_eq!(violations(path, source), [*expected], "{path}: {source}");
    }
}

#[test]
fn the_scanner_lets_pass_what_is_right() {
    let right: &[(&str, &str)] = &[
        (
            "edge/ssh.rs",
            "use crate::secret::Secret; use super::RemoteError; use crate::edge::Command;",
        ),
        ("edge/mod.rs", "mod tests { use super::Command; }"),
        (
            "edge/ssh.rs",
            "// use crate::ui::Ui;\n/* crate::ui /* nested */ crate::ui */ const X: &str = r#\"crate::\"ui\"#;",
        ),
        (
            "edge/ssh.rs",
            "fn f<'a>(x: &'a str, c: char) -> bool { c == '\\'' || c == '\"' } // crate::ui",
        ),
        (
            "plan/mod.rs",
            "use crate::{facts::Facts, properties, jar::Jar, template, secret::Secret};",
        ),
        (
            "apply/live.rs",
            "use crate::edge::Remote; use super::Approved;",
        ),
        ("apply/live/files.rs", "use crate::edge::Remote;"),
        (
            "commands/sandbox.rs",
            "use crate::sandbox; use crate::ui::Ui;",
        ),
        (
            "sandbox/hub.rs",
            "use tokio::net::TcpListener; use crate::iothub::Sas;",
        ),
        ("ui/streams.rs", "fn f() { std::io::stdout(); }"),
        (
            "facts/mod.rs",
            "use std::io::{self, Read, stdin}; fn f(o: Output) { o.stdout.len(); }",
        ),
    ];
    for (path, source) in right {
        assert_eq!(
            violations(path, source),
            Vec::<String>::new(),
            "{path}: {source}"
        );
    }
}
