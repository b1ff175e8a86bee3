//! What the cases of bad days share: a bridge that stands, what a refusal has to look like, and the node's files.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::bridge;
use crate::lab::Lab;
use crate::lab::host::Output;
use crate::runner::Outcome;

pub const KAFKA_CONFIG: &str = "/usr/hdp/current/kafka-broker/config";

/// A profile whose connectors are not watched after RUNNING: what these cases are about comes later.
pub fn write_profile(lab: &Lab) -> Outcome {
    bridge::write_profile(lab, "[proof]\nstable_for = \"0s\"\n")
}

/// A whole bridge whose connectors run.
pub fn standing_bridge(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    bridge::hdikafka(lab, &["setup", "--yes"])?.ok()?;
    Ok(())
}

/// The program ends with `code`, stderr has all of `words`, and nothing on the edge has changed.
pub fn refused(lab: &Lab, args: &[&str], code: i32, words: &[&str]) -> Result<Output> {
    unchanged(lab, || says(bridge::hdikafka(lab, args)?, code, words))
}

pub fn unchanged<T>(lab: &Lab, act: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = lab.edge_tree()?;
    let outcome = act()?;
    let changes = before.changes(&lab.edge_tree()?);
    ensure!(changes.is_empty(), "the edge was changed: {changes:#?}");
    Ok(outcome)
}

pub fn says(output: Output, code: i32, words: &[&str]) -> Result<Output> {
    let output = output.code_is(code)?;
    for part in words {
        ensure!(
            output.stderr.contains(part),
            "{part:?} is not said:\n{}",
            output.stderr
        );
    }
    ensure!(
        !output.stderr.contains('\u{1b}') && !output.stderr.contains("panicked"),
        "{}",
        output.stderr
    );
    Ok(output)
}

/// A file of the edge as this machine sees it.
pub fn on_edge(lab: &Lab, path: &str) -> Result<PathBuf> {
    let real = lab
        .edge()?
        .exec_quietly(&["readlink", "-f", path])?
        .ok()?
        .stdout;
    Ok(lab
        .edge()?
        .disk()
        .root()
        .join(real.trim().trim_start_matches('/')))
}

pub fn read(lab: &Lab, path: &str) -> Result<Vec<u8>> {
    std::fs::read(on_edge(lab, path)?).with_context(|| format!("reading {path}"))
}

/// Replaces what is in a file of the edge, by the edge's own root.
pub fn write(lab: &Lab, path: &str, bytes: &[u8]) -> Outcome {
    lab.edge()?.exec_with(&["tee", path], bytes)?.ok()?;
    Ok(())
}

/// Asks our worker's REST port on the node, as root with the password of this start, by curl with these arguments more.
pub fn worker_rest(
    lab: &Lab,
    connector: &str,
    path: &str,
    more: &[&str],
    stdin: &[u8],
) -> Result<Output> {
    // The password is in no argument: curl reads it from a descriptor.
    const PROGRAM: &str = r#"
        login=/run/hdikafka-$1/rest-login.properties url=$2
        shift 2
        exec 3<<END
user = "$(tr = : <"$login")"
END
        exec curl -sS --fail -K /dev/fd/3 "$@" "$url""#;
    let port = if connector == "source" { 8083 } else { 8084 };
    let url = format!("http://127.0.0.1:{port}{path}");
    let mut argv = vec!["sh", "-c", PROGRAM, "worker-rest", connector, &url];
    argv.extend(more);
    lab.edge()?.exec_with(&argv, stdin)
}

/// A property of a unit, as systemd says it.
pub fn unit(lab: &Lab, connector: &str, property: &str) -> Result<String> {
    let unit = format!("hdikafka-{connector}");
    let shown =
        lab.edge()?
            .exec_quietly(&["systemctl", "show", "--value", "-p", property, &unit])?;
    Ok(shown.ok()?.stdout.trim().to_owned())
}
