//! Whole labs: that two stand side by side, and that nothing of one remains, however it ended.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::enclosure;
use crate::lab::{Lab, Parts, remains, wait};
use crate::runner::{Case, Outcome};

pub fn cases() -> Vec<Case> {
    vec![
        Case::own(
            "two_labs_side_by_side",
            Parts::KAFKA.and(Parts::EDGE),
            two_labs_side_by_side,
        ),
        Case::own(
            "nothing_is_left",
            Parts::KAFKA.and(Parts::EDGE),
            nothing_is_left,
        ),
        Case::own(
            "a_killed_run_leaves_nothing",
            Parts::EDGE,
            a_killed_run_leaves_nothing,
        ),
        Case::own(
            "a_terminated_run_leaves_nothing",
            Parts::EDGE,
            a_terminated_run_leaves_nothing,
        ),
    ]
}

fn two_labs_side_by_side() -> Outcome {
    let parts = Parts::KAFKA.and(Parts::EDGE);
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| Lab::up(parts));
        (Lab::up(parts), one.join())
    });
    let one = one?;
    let other = other.map_err(|_| anyhow::anyhow!("bringing up the other lab panicked"))??;
    one.create_topic("only-here", 1)?;
    ensure!(
        one.topics()? == ["only-here"],
        "the first lab has {:?}",
        one.topics()?
    );
    ensure!(
        other.topics()?.is_empty(),
        "the other lab has {:?}",
        other.topics()?
    );
    let ids = [&one, &other].map(|lab| lab.ssh(&["cat", "/etc/machine-id"]));
    let [first, second] = ids.map(|id| id.and_then(|id| Ok(id.ok()?.stdout)));
    let (first, second) = (first?, second?);
    ensure!(
        first.trim().len() == 32 && first != second,
        "machine ids {first} and {second}"
    );
    one.down()?;
    // The other one did not notice.
    ensure!(other.topics()?.is_empty());
    other.ssh(&["true"])?.ok()?;
    other.down()
}

fn nothing_is_left() -> Outcome {
    let lab = Lab::up(Parts::KAFKA.and(Parts::EDGE))?;
    let dir = lab.dir().to_owned();
    let there = remains::of_lab(&dir)?;
    for kind in [
        "mount",
        "/run/netns",
        "/etc/netns",
        "/sys/fs/cgroup",
        "process",
    ] {
        ensure!(
            there.iter().any(|line| line.starts_with(kind)),
            "the search finds no {kind} of a running lab"
        );
    }
    let mut processes = lab.net().processes();
    lab.down()?;
    processes.retain(|id| std::path::Path::new("/proc").join(id.to_string()).exists());
    ensure!(processes.is_empty(), "still running: {processes:?}");
    let left = remains::of_lab(&dir)?;
    ensure!(left.is_empty(), "left behind: {left:?}");
    Ok(())
}

fn a_killed_run_leaves_nothing() -> Outcome {
    let (mut run, name) = held_run()?;
    run.kill()?;
    run.wait()?;
    nothing_runs_of(&name)?;
    // What is not tied to a process is removed by whoever comes next.
    let next = this_program().args(["--exact", "no such case"]).output()?;
    ensure!(
        next.status.success(),
        "{}",
        String::from_utf8_lossy(&next.stderr)
    );
    nothing_outside_of(&name)
}

fn a_terminated_run_leaves_nothing() -> Outcome {
    let (mut run, name) = held_run()?;
    let id = libc::pid_t::try_from(run.id())?;
    // SAFETY: only sends a signal, to a child that was not waited for.
    unsafe { libc::kill(id, libc::SIGTERM) };
    let status = run.wait()?;
    ensure!(
        status.code() == Some(128 + libc::SIGTERM),
        "the run ended with {status}"
    );
    nothing_runs_of(&name)?;
    nothing_outside_of(&name)
}

/// A run of this same program, in an enclosure within ours, that holds a lab with an edge.
fn held_run() -> anyhow::Result<(Child, String)> {
    let mut run = this_program()
        .arg("--hold")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(run.stdout.take().context("its output")?).read_line(&mut line)?;
    let name = line
        .trim()
        .strip_prefix("holding ")
        .context("the run came up")?
        .to_owned();
    ensure!(
        !running_of(&name)?.is_empty(),
        "the search finds no process of a running run"
    );
    ensure!(
        enclosure::outside_of(&name)
            .iter()
            .all(|path| path.exists()),
        "the search looks elsewhere"
    );
    Ok((run, name))
}

fn this_program() -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.env_remove(enclosure::STAGE);
    command
}

fn nothing_runs_of(run: &str) -> Outcome {
    wait(
        "the end of the run's processes",
        Duration::from_secs(10),
        || Ok(running_of(run)?.is_empty()),
    )
}

fn running_of(run: &str) -> anyhow::Result<Vec<String>> {
    remains::processes(&[&format!("hdikafka-system-{run}/")])
}

fn nothing_outside_of(run: &str) -> Outcome {
    for path in enclosure::outside_of(run) {
        ensure!(!path.exists(), "left behind: {}", path.display());
    }
    Ok(())
}
