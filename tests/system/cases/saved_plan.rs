//! A plan in other hands: saved and applied by another run, and as a script of manual steps that needs Kafka's own tools.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::bridge::{hdikafka, write_profile};
use crate::lab::host::run;
use crate::lab::{Lab, Parts};
use crate::runner::{Case, Outcome};

pub fn cases() -> Vec<Case> {
    vec![
        Case::shared(
            "a_saved_plan_is_applied",
            Parts::ALL,
            a_saved_plan_is_applied,
        ),
        Case::shared(
            "the_printed_commands_make_a_bridge",
            Parts::ALL,
            the_printed_commands_make_a_bridge,
        ),
    ]
}

fn a_saved_plan_is_applied(lab: &Lab) -> Outcome {
    write_profile(lab, "")?;
    let file = lab.home().join("plan.json");
    let file = file.to_str().context("the home is no text")?;
    hdikafka(lab, &["setup", "--dry-run", "--out", file])?.code_is(10)?;
    let applied = hdikafka(lab, &["apply", file, "--yes", "-o", "json"])?.ok()?;
    let report: Value = serde_json::from_str(&applied.stdout)?;
    ensure!(report["result"] == "done", "{report:#}");
    let again = hdikafka(lab, &["apply", file, "--yes"])?.ok()?;
    ensure!(
        again.stdout.starts_with("Nothing to do"),
        "{}",
        again.stdout
    );
    Ok(())
}

fn the_printed_commands_make_a_bridge(lab: &Lab) -> Outcome {
    let ssh = lab.home().join(".ssh");
    // OpenSSH looks for its files in the home that the system knows, not in $HOME
    write_profile(
        lab,
        &format!(
            "[edge]\nidentity_file = {:?}\nknown_hosts = {:?}\n",
            ssh.join("id_ed25519"),
            ssh.join("known_hosts")
        ),
    )?;
    let printed = hdikafka(lab, &["setup", "--print-commands"])?.ok()?;
    let script = lab.home().join("steps.sh");
    std::fs::write(&script, &printed.stdout)?;
    let policy = std::fs::read_to_string(lab.az_dir().join("policy.json"))?;
    let policy: Value = serde_json::from_str(&policy)?;
    let key = policy["primaryKey"].as_str().context("no key")?;
    ensure!(!printed.stdout.contains(key), "the key is in the script");

    let mut command = lab.op_command("sh")?;
    command.arg(&script).env("HUB_KEY", key);
    run("the printed commands", command, b"")?.ok()?;
    ensure!(lab.topics()? == ["iotin", "iotout"], "{:?}", lab.topics()?);
    lab.wait("two healthy connectors", Duration::from_secs(60), || {
        let status = hdikafka(lab, &["connector", "status"])?;
        Ok(status.code == Some(0) && status.stdout.matches("healthy").count() == 2)
    })?;

    // what is left: secrets files of setup's own, and the restart that they want
    let left = hdikafka(lab, &["setup", "--dry-run", "-o", "json"])?.code_is(10)?;
    let left: Value = serde_json::from_str(&left.stdout)?;
    let stages = left["plan"]["stages"].as_array().context("stages")?;
    for step in stages
        .iter()
        .flat_map(|stage| stage["steps"].as_array())
        .flatten()
    {
        let kind = step["step"].as_str().unwrap_or_default();
        ensure!(
            [
                "write-secrets",
                "restart-connector",
                "prove",
                "keep-settings",
                "write-file"
            ]
            .contains(&kind),
            "{step:#}"
        );
    }
    hdikafka(lab, &["setup", "--yes"])?.ok()?;
    Ok(())
}
