//! The rehearsal cluster: how soon it is up, how long the demo takes, and what it weighs. Not in the lab: it needs none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::commands::timed;
use super::samples::Samples;
use super::table::Row;
use crate::lab::{Lab, parts};

const UPS: usize = 20;
const DEMOS: usize = 3;
const STARTS: usize = 60;

/// The same binary without the sandbox, made by `benches/run.sh`.
const WITHOUT: &str = "HDIKAFKA_BIN_WITHOUT_SANDBOX";

pub fn measure(lab: &Lab) -> Result<Vec<Row>> {
    let home = lab.home().join("sandbox");
    let (mut up, mut demo, mut memory) =
        (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..UPS {
        let began = Instant::now();
        run(&home, &["sandbox", "up"])?;
        up.push(began.elapsed().as_secs_f64());
        run(&home, &["sandbox", "down"])?;
    }
    for _ in 0..DEMOS {
        let began = Instant::now();
        run(&home, &["sandbox", "demo"])?;
        demo.push(began.elapsed().as_secs_f64());
        memory.push(in_use(&home)?);
    }
    let mut rows = vec![
        Row::seconds("`sandbox up` until everything answers", 1.0, &up),
        Row::seconds("`sandbox demo`", 20.0, &demo),
        Row::megabytes(
            "peak memory of the rehearsal after `setup`: its process and both workers",
            150.0,
            &memory,
        ),
    ];
    let mut size = Samples::default();
    size.push(fs::metadata(parts::binary())?.len() as f64 / 1e6);
    rows.push(Row::megabytes(
        "the static binary, with the sandbox",
        20.0,
        &size,
    ));
    rows.extend(start_beside_the_plain_one(lab)?);
    Ok(rows)
}

/// `--version` with the sandbox inside beside the same program without it, in turns.
fn start_beside_the_plain_one(lab: &Lab) -> Result<Option<Row>> {
    let Some(without) = std::env::var_os(WITHOUT).map(PathBuf::from) else {
        return Ok(None);
    };
    let (mut with, mut plain) = (Samples::default(), Samples::default());
    for _ in 0..7 {
        for (binary, samples) in [(parts::binary(), &mut with), (without.clone(), &mut plain)] {
            let command = format!("{} --version", binary.display());
            samples.extend(timed(lab, STARTS, &command)?);
        }
    }
    Ok(Some(Row::at_most(
        "`--version` beside the same program without the sandbox",
        1.05,
        &with,
        &plain,
    )))
}

/// A bridge is made; then the most that the rehearsal's processes ever held, in MB.
fn in_use(home: &Path) -> Result<f64> {
    run(home, &["sandbox", "up"])?;
    let state: Value = serde_json::from_slice(&run(home, &["sandbox", "status", "-o", "json"])?)?;
    let pid = state["pid"].as_u64().context("the sandbox has no pid")?;
    run(home, &["-p", "sandbox", "setup", "--yes"])?;
    let health: Value = serde_json::from_slice(&run(
        home,
        &["-p", "sandbox", "connector", "status", "-o", "json"],
    )?)?;
    let workers = health["connectors"].as_array().or(health.as_array());
    let mut pids: Vec<u64> = workers
        .context("no connectors in the status")?
        .iter()
        .filter_map(|one| one["pid"].as_u64())
        .collect();
    ensure!(pids.len() == 2, "not two workers: {health}");
    pids.push(pid);
    let kib: Result<Vec<f64>> = pids.into_iter().map(peak).collect();
    run(home, &["sandbox", "down"])?;
    Ok(kib?.iter().sum::<f64>() * 1024.0 / 1e6)
}

fn peak(pid: u64) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmHWM")?.parse()?)
}

fn run(home: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(parts::binary())
        .args(arguments)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .output()?;
    ensure!(
        output.status.success(),
        "{arguments:?}: {}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
