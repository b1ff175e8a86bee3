//! On the edge node itself: the one file of the program copied there, the same commands, the same plan, no SSH.

use std::path::Path;

use anyhow::{Result, ensure};

use super::bridge::{hdikafka, write_profile};
use crate::lab::host::Output;
use crate::lab::{Lab, Parts, net, parts};
use crate::runner::{Case, Outcome};

const HOME: &str = "/home/sshuser/bridge";
/// Otherwise the plan has the time of the first setup in it.
const START: [&str; 2] = ["--start-time", "2026-01-31T09:00:00Z"];

pub fn cases() -> Vec<Case> {
    vec![Case::shared(
        "the_edge_node_runs_it_itself",
        Parts::ALL,
        the_edge_node_runs_it_itself,
    )]
}

fn the_edge_node_runs_it_itself(lab: &Lab) -> Outcome {
    write_profile(lab, "")?;
    let az = lab.az_dir();
    let own = [
        ("ca.pem", lab.servers()?.ca_file()),
        ("ambari-password", lab.home().join("ambari-password")),
        ("hub.json", az.join("hub.json")),
        ("policy.json", az.join("policy.json")),
        ("connector.jar", parts::jar("0.7.0")?),
        ("hdikafka", parts::binary()),
    ];
    lab.edge_exec(&["install", "-d", "-o", "sshuser", HOME])?
        .ok()?;
    for (name, file) in &own {
        put(lab, name, &std::fs::read(file)?)?;
    }
    let profile = format!(
        "[cluster]\nname = \"{}\"\npassword = {{ file = \"ambari-password\" }}\nca_file = \"ca.pem\"\n\n\
         [edge]\nhost = \"local\"\n\n[hub]\nname = \"myhub\"\njson = \"hub.json\"\npolicy_json = \"policy.json\"\n\n\
         [connector]\njar = \"connector.jar\"\n",
        net::CLUSTER
    );
    put(lab, "hdikafka.toml", profile.as_bytes())?;

    let dry = [&["setup", "--dry-run"][..], &START].concat();
    let near = there(lab, &dry)?.code_is(10)?;
    let far = hdikafka(lab, &dry)?.code_is(10)?;
    let same = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !differs(line));
        lines.map(str::to_owned).collect()
    };
    ensure!(
        same(&near.stdout) == same(&far.stdout),
        "two plans:\n{}\n{}",
        near.stdout,
        far.stdout
    );
    there(lab, &[&["setup", "--yes"][..], &START].concat())?.ok()?;
    let again = there(lab, &["setup", "--yes"])?.ok()?;
    ensure!(
        again.stdout.starts_with("Nothing to do"),
        "{}",
        again.stdout
    );
    let status = there(lab, &["connector", "status"])?.ok()?;
    ensure!(
        status.stdout.matches("healthy").count() == 2,
        "{}",
        status.stdout
    );
    there(lab, &["send", "--device", "fakepi", "Turn On"])?.ok()?;
    Ok(())
}

/// Names of the operator's own files.
fn differs(line: &str) -> bool {
    line.contains("policy.json") || line.contains(".jar")
}

fn put(lab: &Lab, name: &str, bytes: &[u8]) -> Outcome {
    let path = Path::new(HOME).join(name).display().to_string();
    let write = "cat > \"$0\" && chmod 700 \"$0\" && chown sshuser \"$0\"";
    lab.edge()?
        .exec_with(&["sh", "-c", write, &path], bytes)?
        .ok()?;
    Ok(())
}

fn there(lab: &Lab, arguments: &[&str]) -> Result<Output> {
    let program = format!("{HOME}/hdikafka");
    let profile = format!("{HOME}/hdikafka.toml");
    lab.ssh(
        &[
            &[program.as_str(), "--config", profile.as_str()][..],
            arguments,
        ]
        .concat(),
    )
}
