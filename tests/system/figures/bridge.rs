//! A whole bridge on a fresh edge, to both connectors RUNNING, beside the manual's steps as a script over ssh
//! (`benches/manual.sh`); and a second run that finds nothing to do.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::samples::Samples;
use super::table::Row;
use super::{commands, in_turn};
use crate::cases::bridge::write_profile;
use crate::lab::{Lab, kafka, net, parts};
use crate::runner::Outcome;

const AGAIN: usize = 5;

#[derive(Default)]
pub struct Figures {
    ours: Way,
    manual: Way,
    nothing: Samples,
}

/// From the first command to both RUNNING, in seconds.
#[derive(Default)]
struct Way {
    whole: Samples,
    /// Without the time that was spent waiting for the started workers.
    own: Samples,
    workers: Samples,
}

impl Way {
    fn push(&mut self, whole: f64, workers: f64) {
        self.whole.push(whole);
        self.workers.push(workers);
        self.own.push(whole - workers);
    }
}

impl Figures {
    pub fn measure(&mut self, lab: &Lab, ours_first: bool) -> Outcome {
        let Figures {
            ours,
            manual,
            nothing,
        } = self;
        in_turn(
            ours_first,
            || {
                fresh(lab)?;
                setup(lab, ours)?;
                nothing_to_do(lab, nothing)
            },
            || {
                fresh(lab)?;
                by_hand(lab, manual)
            },
        )
    }

    pub fn rows(&self) -> Vec<Row> {
        let median = |way: &Way| way.workers.median();
        let own = format!(
            "the same without the workers' own start ({:.1} s of hdikafka's, {:.1} s of the script's)",
            median(&self.ours),
            median(&self.manual)
        );
        vec![
            Row::faster(
                "`setup --stable-for 0s` on a fresh edge to both connectors RUNNING, beside the manual's steps as a script over ssh",
                1.4,
                &self.ours.whole,
                &self.manual.whole,
            ),
            Row::faster(&own, 5.0, &self.ours.own, &self.manual.own),
            Row::seconds(
                "`setup` with nothing to do, hub facts from files",
                1.5,
                &self.nothing,
            ),
        ]
    }
}

/// A fresh edge, no topics, and the profile in a new home.
pub fn fresh(lab: &Lab) -> Outcome {
    lab.reset()?;
    write_profile(lab, "")
}

fn setup(lab: &Lab, way: &mut Way) -> Outcome {
    let args = ["--profile", "lab", "setup", "--yes", "--stable-for", "0s"];
    let made = lab.hdikafka(&[&args[..], &["-o", "json"]].concat())?.ok()?;
    let report: Value = serde_json::from_str(&made.stdout)?;
    ensure!(report["result"] == "done", "{report:#}");
    let proofs = report["proofs"].as_array().context("no proofs")?;
    let running: Vec<u64> = proofs
        .iter()
        .filter_map(|proof| proof["running_after_ms"].as_u64())
        .collect();
    ensure!(running.len() == 2, "{report:#}");
    let workers = running.into_iter().max().unwrap_or_default() as f64 / 1e3;
    way.push(made.took.as_secs_f64(), workers);
    Ok(())
}

fn nothing_to_do(lab: &Lab, times: &mut Samples) -> Outcome {
    // RUNNING is not yet healthy: each task has to be seen polling once.
    lab.wait("nothing to do", Duration::from_secs(60), || {
        let again = lab.hdikafka(&["--profile", "lab", "setup", "--dry-run"])?;
        Ok(again.code == Some(0) && again.stdout.starts_with("Nothing to do"))
    })?;
    let command = format!("{} --profile lab setup --yes", parts::binary().display());
    times.extend(commands::timed(lab, AGAIN, &command)?);
    Ok(())
}

fn by_hand(lab: &Lab, way: &mut Way) -> Outcome {
    let ssh = lab.home().join(".ssh");
    let config = lab.home().join("ssh_config");
    fs::write(
        &config,
        format!(
            "Host edge\n  HostName {}\n  User sshuser\n  IdentityFile {}\n  UserKnownHostsFile {}\n  BatchMode yes\n",
            net::EDGE,
            ssh.join("id_ed25519").display(),
            ssh.join("known_hosts").display()
        ),
    )?;
    let (servers, az) = (lab.servers()?, lab.az_dir());
    let mut command = lab.op_command("bash")?;
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/manual.sh"))
        .env("SSH_CONFIG", config)
        .env("AMBARI", format!("https://{}", net::GATEWAY))
        .env("CLUSTER", net::CLUSTER)
        .env("PASSWORD_FILE", servers.password_file())
        .env("CA_FILE", servers.ca_file())
        .env("HUB_JSON", az.join("hub.json"))
        .env("POLICY_JSON", az.join("policy.json"))
        .env("JAR", parts::jar("0.7.0")?);
    let made = crate::lab::host::run("benches/manual.sh", command, b"")?.ok()?;
    let workers = made
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("workers_ms="))
        .context("the script does not say how long the workers took")?;
    way.push(made.took.as_secs_f64(), workers.parse::<f64>()? / 1e3);
    let topics = lab.topics()?;
    ensure!(
        topics == ["iotin", "iotout"],
        "{topics:?} at {}",
        kafka::bootstrap()
    );
    Ok(())
}
