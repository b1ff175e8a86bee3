//! Two runs at once, and connections that end in the middle of an upload: the old state stays, and the next run ends well.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::bad_day::{on_edge, says, standing_bridge, unit, write_profile};
use super::bridge::hdikafka;
use crate::lab::net::{self, Block, Host};
use crate::lab::{Lab, Parts, host, parts};
use crate::runner::{Case, Outcome};
use crate::transcript;

const PLUGINS: &str = "/usr/lib/hdikafka/plugins/iothub";
/// Enough for an upload to be caught in its middle.
const PADDING: usize = 64 << 20;

pub fn cases() -> Vec<Case> {
    let all = Parts::ALL;
    vec![
        Case::shared("two_setups_at_once", all, two_setups_at_once),
        Case::shared("an_upload_is_reset", all, an_upload_is_reset),
        Case::shared("an_upload_falls_silent", all, an_upload_falls_silent),
        Case::shared("the_disk_fills_up_during_setup", all, the_disk_fills_up),
    ]
}

fn two_setups_at_once(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    std::thread::scope(|scope| {
        let first = scope.spawn(|| hdikafka(lab, &["setup", "--yes"]));
        lab.wait(
            "the first to hold the lock",
            Duration::from_secs(20),
            || {
                ensure!(!first.is_finished(), "the first ended before");
                let lock = lab
                    .edge()?
                    .exec_quietly(&["test", "-s", "/run/hdikafka.lock"])?;
                Ok(lock.code == Some(0))
            },
        )?;
        let second = hdikafka(lab, &["setup", "--yes"])?;
        ensure!(!first.is_finished(), "the first was too fast for this test");
        says(
            second,
            11,
            &["another run holds the lock", "operator@laptop, setup"],
        )?;
        let first = first.join().map_err(|_| anyhow::anyhow!("a panic"))??;
        first.ok()
    })?;
    let log = lab
        .edge_exec(&["cat", "/var/lib/hdikafka/operations.log"])?
        .ok()?;
    ensure!(log.stdout.lines().count() == 1, "{}", log.stdout);
    nothing_left_to_do(lab, &["setup", "--yes"])
}

/// Once both connectors have polled, there is nothing left to prove either.
fn nothing_left_to_do(lab: &Lab, args: &[&str]) -> Outcome {
    lab.wait("nothing to do", Duration::from_secs(60), || {
        let again = hdikafka(lab, args)?.ok()?;
        ensure!(!again.stderr.contains("replace"), "{}", again.stderr);
        Ok(again.stdout.starts_with("Nothing to do"))
    })
}

fn an_upload_is_reset(lab: &Lab) -> Outcome {
    // What sshd does when it is restarted, or the node goes down: the session's processes end.
    upload_is_cut(lab, Duration::from_secs(10), |lab| {
        lab.edge_exec(&["sh", "-c", "kill -9 $(pgrep -u sshuser sshd)"])?
            .ok()?;
        Ok(None)
    })
}

fn an_upload_falls_silent(lab: &Lab) -> Outcome {
    // The node hears nothing of the end: what runs there has to find out by itself.
    upload_is_cut(lab, Duration::from_secs(75), |lab| {
        let barrier = lab.block(Host::Operator, net::EDGE, 22, Block::Silence)?;
        Ok(Some(barrier))
    })
}

/// A bridge stands; a new jar is uploaded and the connection is cut in the middle. The node has to be tidy `soon`.
fn upload_is_cut(
    lab: &Lab,
    soon: Duration,
    cut: impl FnOnce(&Lab) -> Result<Option<net::Barrier>>,
) -> Outcome {
    standing_bridge(lab)?;
    let before = lab.edge_tree()?;
    let pids = || {
        Ok::<_, anyhow::Error>([
            unit(lab, "source", "MainPID")?,
            unit(lab, "sink", "MainPID")?,
        ])
    };
    let running = pids()?;
    let jar = padded_jar(lab)?;
    let jar = jar.to_str().context("a plain path")?;
    let args = ["setup", "--yes", "--jar", jar];

    let plugins = on_edge(lab, PLUGINS)?;
    let mut child = start(lab, &args)?;
    let half = wait_for_half(&plugins, &mut child)?;
    let barrier = cut(lab)?;
    let began = Instant::now();
    let output = finish(child)?;
    transcript::say(format!(
        "cut at {} MiB: known after {:.1} s",
        half >> 20,
        began.elapsed().as_secs_f64()
    ));
    says(output, 8, &["was lost", "run the same command again"])?;
    lab.wait("a node without left-overs", soon, || {
        let free = lab
            .edge()?
            .exec_quietly(&["flock", "-n", "/run/hdikafka.lock", "true"])?;
        Ok(free.code == Some(0) && temporary(&plugins)?.is_none())
    })?;
    transcript::say(format!("tidy after {:.1} s", began.elapsed().as_secs_f64()));
    drop(barrier);
    let changes: Vec<String> = before
        .changes(&lab.edge_tree()?)
        .into_iter()
        .filter(|line| !line.contains("/var/log/hdikafka/"))
        .filter(|line| !line.contains("/var/lib/hdikafka/offsets/"))
        .collect();
    ensure!(changes.is_empty(), "the old state: {changes:#?}");
    ensure!(pids()? == running, "a worker was restarted");

    hdikafka(lab, &args)?.ok()?;
    let there = std::fs::metadata(plugins.join("kafka-connect-iothub-assembly_2.11-0.7.0.jar"))?;
    ensure!(there.len() > PADDING as u64, "{there:?}");
    nothing_left_to_do(lab, &args)
}

fn the_disk_fills_up(lab: &Lab) -> Outcome {
    write_profile(lab)?;
    let jar = padded_jar(lab)?;
    let jar = jar.to_str().context("a plain path")?;
    let args = ["setup", "--yes", "--jar", jar];
    let plugins = on_edge(lab, "/usr/lib")?.join("hdikafka/plugins/iothub");
    let mut child = start(lab, &args)?;
    lab.wait("the plugin directory", Duration::from_secs(30), || {
        ensure!(child.try_wait()?.is_none(), "setup ended before its upload");
        Ok(plugins.is_dir())
    })?;
    wait_for_half(&plugins, &mut child)?;
    let filling = lab.fill_edge_disk(0)?;
    let words = [
        "the plan was carried out in part",
        "no space",
        "run the same command again",
    ];
    says(finish(child)?, 12, &words)?;
    ensure!(temporary(&plugins)?.is_none(), "half a jar was left");
    ensure!(
        std::fs::read_dir(&plugins)?.next().is_none(),
        "a jar is there"
    );
    // On a disk that is still full nothing more happens, and it is said again.
    let full = hdikafka(lab, &args)?;
    ensure!(
        full.code != Some(0) && full.stderr.contains("space"),
        "{:?}: {}",
        full.code,
        full.stderr
    );
    ensure!(temporary(&plugins)?.is_none(), "half a jar was left");
    drop(filling);

    hdikafka(lab, &args)?.ok()?;
    let log = lab
        .edge_exec(&["cat", "/var/lib/hdikafka/operations.log"])?
        .ok()?;
    for line in log.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).with_context(|| line.to_owned())?;
    }
    nothing_left_to_do(lab, &args)
}

/// The stand-in's jar under its own name, with something large in it that does not shrink.
fn padded_jar(lab: &Lab) -> Result<PathBuf> {
    let small = parts::jar("0.7.0")?;
    let dir = lab.home().join("padded");
    std::fs::create_dir_all(&dir)?;
    let jar = dir.join(small.file_name().context("a name")?);
    std::fs::copy(&small, &jar)?;
    let mut random = vec![0; PADDING];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut random)?;
    std::fs::write(dir.join("padding.bin"), random)?;
    let mut update = Command::new("jar");
    update
        .arg("-u0f")
        .arg(&jar)
        .arg("-C")
        .arg(&dir)
        .arg("padding.bin");
    host::run("jar -u0f", update, b"")?.ok()?;
    Ok(jar)
}

pub fn start(lab: &Lab, args: &[&str]) -> Result<Child> {
    let mut command = lab.op_command(&parts::binary().display().to_string())?;
    command.args(["--profile", "lab"]).args(args);
    Ok(command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?)
}

pub fn finish(child: Child) -> Result<host::Output> {
    let began = Instant::now();
    let output = child.wait_with_output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(host::Output {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        took: began.elapsed(),
    })
}

/// Until some of the upload, and not all, is on the node. Gives how much.
fn wait_for_half(plugins: &Path, child: &mut Child) -> Result<u64> {
    loop {
        ensure!(child.try_wait()?.is_none(), "setup ended before its upload");
        if let Some(size) = temporary(plugins)?.filter(|size| *size > 1 << 20) {
            ensure!(size < PADDING as u64 * 9 / 10, "the upload was not caught");
            return Ok(size);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The size of a file that is being written, if there is one.
fn temporary(plugins: &Path) -> Result<Option<u64>> {
    for entry in std::fs::read_dir(plugins)? {
        let entry = entry?;
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(".hdikafka-")
        {
            return Ok(entry.metadata().ok().map(|found| found.len()));
        }
    }
    Ok(None)
}
