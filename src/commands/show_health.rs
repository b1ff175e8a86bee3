//! The health of the connectors for a person.

use crate::error::Exit;
use crate::facts::health::{Health, Verdict};
use crate::ui::{Cell, Style, Table, Tone};
use std::io;

/// A line each, and below it why one is not healthy.
pub fn table(health: &[Health], out: &mut dyn io::Write, style: &Style) -> io::Result<()> {
    let mut table = Table::new(["CONNECTOR", "HEALTH", "STATE", "TASKS", "PID", "SINCE"]);
    for one in health {
        let tone = match one.verdict {
            Verdict::Healthy => Tone::Good,
            Verdict::Starting | Verdict::Stopped | Verdict::Absent => Tone::Warn,
            Verdict::Unhealthy => Tone::Bad,
        };
        let running = one
            .tasks
            .iter()
            .filter(|task| task.state == "RUNNING")
            .count();
        table.row([
            Cell::new(one.connector.word()),
            Cell::new(one.verdict.word()).tone(tone),
            Cell::new(&one.state),
            Cell::new(format!("{running}/{}", one.expected_tasks)),
            Cell::new(if one.pid == 0 {
                "-".to_owned()
            } else {
                one.pid.to_string()
            }),
            Cell::new(if one.since.is_empty() {
                "-"
            } else {
                &one.since
            }),
        ]);
    }
    table.write(out, style)?;
    for one in health {
        if let Some(cause) = &one.cause {
            writeln!(out, "{}: {}", style.bad(one.connector), cause.words)?;
            if let Some(hint) = &cause.hint {
                writeln!(out, "  {} {hint}", style.dim("hint:"))?;
            }
        } else if one.verdict == Verdict::Starting {
            writeln!(
                out,
                "{}: {}",
                style.warn(one.connector),
                one.missing.join("; ")
            )?;
        }
    }
    Ok(())
}

/// All are healthy, or on their way with nothing wrong.
pub fn all_well(health: &[Health]) -> bool {
    health
        .iter()
        .all(|one| matches!(one.verdict, Verdict::Healthy | Verdict::Starting))
}

/// The exit code of a command that only looks.
pub fn exit(health: &[Health]) -> Exit {
    let absent = health.iter().all(|one| one.verdict == Verdict::Absent);
    match (all_well(health), absent) {
        (_, true) => Exit::NotFound,
        (true, _) => Exit::Done,
        (false, _) => Exit::Unhealthy,
    }
}
