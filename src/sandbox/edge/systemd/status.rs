//! `systemctl status`, `list-units` and `cat`: what a person reads.

use super::manager::{JobError, Loaded, Manager};
use super::properties::{self, unit_file_state};
use super::service::State;
use super::{Call, clock, enablement};
use std::fs;
use std::io;

/// Journal lines under a status, as systemctl's own default.
const LINES: usize = 10;

/// 0 active, 3 not, 4 no such unit.
pub fn status(manager: &Manager, call: &mut Call, name: &str) -> io::Result<i32> {
    let now = clock::now().real;
    let text = manager.look(name, |loaded| {
        loaded.map(|loaded| describe(manager, name, loaded, now))
    });
    let Some((text, state)) = text else {
        writeln!(call.err, "Unit {name} could not be found.")?;
        return Ok(4);
    };
    call.out.write_all(text.as_bytes())?;
    let lines = manager.journal(name);
    let last = &lines[lines.len().saturating_sub(LINES)..];
    if !last.is_empty() {
        writeln!(call.out)?;
    }
    for line in last {
        writeln!(
            call.out,
            "{}",
            super::journalctl::short(line, &manager.shared.setup.host_name)
        )?;
    }
    Ok(match state {
        State::Running => 0,
        _ => 3,
    })
}

fn describe(manager: &Manager, name: &str, loaded: &Loaded, now: i64) -> (String, State) {
    let service = &loaded.service;
    let (active, sub) = service.state.names();
    let file_state = unit_file_state(manager, name, Some(loaded));
    let mut text = format!("● {name} - {}\n", service.title());
    if manager.shared.text(name) != loaded.text {
        text = format!(
            "Warning: The unit file, source configuration file or drop-ins of {name} changed on disk. Run 'systemctl \
             daemon-reload' to reload units.\n{text}"
        );
    }
    text += &format!(
        "   Loaded: loaded ({}/{name}; {file_state}; vendor preset: enabled)\n",
        enablement::UNITS
    );
    let result = match service.outcome {
        super::service::Outcome::Success => String::new(),
        outcome => format!(" (Result: {})", outcome.name()),
    };
    let since = match clock::stamp(&service.state_change) {
        empty if empty.is_empty() => empty,
        stamp => format!(
            " since {stamp}; {} ago",
            clock::ago(service.state_change.real, now)
        ),
    };
    let result = if result.is_empty() {
        format!(" ({sub})")
    } else {
        result
    };
    text += &format!("   Active: {active}{result}{since}\n");
    if let Some(process) = &loaded.process {
        text += &format!(" Main PID: {}\n", process.pid());
        text += &format!("   CGroup: {}\n", properties::control_group(name));
    } else if let Some(ended) = service.last {
        text += &format!("  Process: ({})\n", ended.words());
    }
    for complaint in service.unit.complaints.iter().chain(&service.unit.problem) {
        text += &format!("    Error: {complaint}\n");
    }
    if !service.unit.ignored.is_empty() {
        text += &format!(
            "  Sandbox: accepted and without effect: {}\n",
            service.unit.ignored.join(", ")
        );
    }
    (text, service.state)
}

pub fn list_units(manager: &Manager, call: &mut Call, all: bool, legend: bool) -> io::Result<i32> {
    let mut rows = Vec::new();
    for name in manager.names() {
        manager.look(&name, |loaded| {
            let Some(service) = loaded.map(|loaded| &loaded.service) else {
                return;
            };
            if all || service.state != State::Dead {
                let (active, sub) = service.state.names();
                rows.push((name.clone(), active, sub, service.title().to_owned()));
            }
        });
    }
    if legend {
        writeln!(
            call.out,
            "{:<30} {:<6} {:<8} {:<8} DESCRIPTION",
            "UNIT", "LOAD", "ACTIVE", "SUB"
        )?;
    }
    for (name, active, sub, title) in &rows {
        writeln!(
            call.out,
            "{name:<30} {:<6} {active:<8} {sub:<8} {title}",
            "loaded"
        )?;
    }
    if legend {
        writeln!(call.out, "\n{} loaded units listed.", rows.len())?;
    }
    Ok(0)
}

/// The unit file and its drop-ins, each under its name.
pub fn cat(manager: &Manager, call: &mut Call, name: &str) -> io::Result<i32> {
    let path = format!("{}/{name}", enablement::UNITS);
    let Ok(text) = fs::read_to_string(manager.scratch().host_path(&path)) else {
        writeln!(call.err, "No files found for {name}.")?;
        return Ok(1);
    };
    write!(call.out, "# {path}\n{text}")?;
    Ok(0)
}

/// How systemctl words a job that did not do what was asked for, and what it exits with.
pub fn job_failed(call: &mut Call, verb: &str, name: &str, error: &JobError) -> io::Result<i32> {
    use super::service::Outcome::{ExitCode, StartLimitHit, Timeout};
    match error {
        JobError::NotFound => {
            writeln!(call.err, "Failed to {verb} {name}: Unit {name} not found.")?
        }
        JobError::NotLoaded => {
            writeln!(call.err, "Failed to {verb} {name}: Unit {name} not loaded.")?
        }
        JobError::BadSetting(problem) => writeln!(
            call.err,
            "Failed to {verb} {name}: Unit {name} has a bad unit file setting.\n{name}: {problem}\nSee system logs and \
             'systemctl status {name}' for details."
        )?,
        JobError::TimedOut => writeln!(call.err, "Failed to {verb} {name}: Connection timed out")?,
        JobError::Failed(outcome) => {
            let cause = match outcome {
                StartLimitHit => "start of the service was attempted too often",
                Timeout => "a timeout was exceeded",
                ExitCode => "the control process exited with error code",
                _ => "a fatal signal was delivered to the control process",
            };
            writeln!(
                call.err,
                "Job for {name} failed because {cause}.\nSee \"systemctl status {name}\" and \"journalctl -xe\" for details."
            )?;
            if *outcome == StartLimitHit {
                writeln!(
                    call.err,
                    "To force a start use \"systemctl reset-failed {name}\" followed by \"systemctl start {name}\" again."
                )?;
            }
        }
    }
    Ok(match error {
        JobError::NotFound | JobError::NotLoaded => 5,
        _ => 1,
    })
}
