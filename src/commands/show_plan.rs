//! A plan for a person: what would be done, with the diff of every file.

use super::plan_file::SavedPlan;
use crate::plan::{Before, Plan, Step};
use crate::ui::Style;
use std::fmt::Write;

/// The plan as text. `diffs`: with the lines that change; a new file is shown as a whole only by `explain`.
pub fn plan_text(plan: &Plan, style: &Style, diffs: bool) -> String {
    let mut text = String::new();
    // writing to a String cannot fail
    let _ = writeln!(text, "{}", style.strong(&plan.title));
    for stage in &plan.stages {
        let _ = writeln!(text, "\n{}", style.strong(&stage.title));
        for step in &stage.steps {
            let _ = writeln!(text, "  {} {step}", style.good(sign(step)));
            if let Step::WriteFile {
                change,
                before: Before::Sha256(_),
                ..
            } = step
                && diffs
            {
                diff(&mut text, &change.diff, style);
            }
        }
    }
    if !plan.in_place.is_empty() {
        let _ = writeln!(
            text,
            "\n{} {}",
            style.dim("In place:"),
            style.dim(plan.in_place.join(", "))
        );
    }
    for warning in &plan.warnings {
        let _ = writeln!(text, "\n{} {warning}", style.warn("warning:"));
    }
    text
}

/// Everything: also the whole text of new files, and why each stage is there.
pub fn explain(plan: &Plan) -> String {
    let plain = Style::default();
    let mut text = String::from(
        "A file is replaced by rename, after length and digest were checked on the node; the old one is kept in\n\
         /var/lib/hdikafka/backups. Nothing is started before its files, topics and position are there. Steps of a stage run\n\
         side by side. If one fails, the rest of its stage is finished and nothing after it begins; run again for the rest.\n",
    );
    if plan.takes_over() {
        text.push_str(TAKE_OVER);
    }
    for (path, diff_of) in new_files(plan) {
        let _ = writeln!(text, "\n{path}");
        diff(&mut text, diff_of, &plain);
    }
    text
}

const TAKE_OVER: &str = "\nThe bridge made by hand is taken over: its connectors are paused until nothing is under way, its workers end by SIGTERM\n\
    (never SIGKILL), and only then are its offsets read, checked and carried over; its own offset file stays where it is.\n\
    If that fails, nothing of it has been changed, and the command that starts it again is shown.\n";

/// A saved plan for its reviewer: for whom, each step with every line that changes, and the settings it was made with.
pub fn saved_text(saved: &SavedPlan, style: &Style) -> String {
    let mut text = format!("{}\n\n", saved.headline());
    text.push_str(&plan_text(saved.plan(), style, true));
    let _ = writeln!(text, "\n{}", style.strong("New files"));
    for (path, diff_of) in new_files(saved.plan()) {
        let _ = writeln!(text, "\n{path}");
        diff(&mut text, diff_of, style);
    }
    let _ = writeln!(text, "\n{}", style.strong("Settings"));
    for line in saved.settings_lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// Path and diff of each file that is not there yet.
fn new_files(plan: &Plan) -> impl Iterator<Item = (&str, &str)> {
    plan.steps().filter_map(|step| match step {
        Step::WriteFile {
            path,
            change,
            before: Before::Absent,
            ..
        } => Some((path.as_str(), change.diff.as_str())),
        _ => None,
    })
}

fn sign(step: &Step) -> &'static str {
    match step {
        Step::WriteFile {
            before: Before::Sha256(_),
            ..
        }
        | Step::WriteSecrets {
            before: Before::Sha256(_),
            ..
        }
        | Step::UploadJar {
            before: Before::Sha256(_),
            ..
        }
        | Step::RestartConnector { .. } => "~",
        Step::StopConnector { .. }
        | Step::StopWorker { .. }
        | Step::MoveAway { .. }
        | Step::RemoveSecrets { .. } => "-",
        Step::Keep { .. } | Step::KeepSettings { .. } => "=",
        Step::Prove { .. } => "?",
        _ => "+",
    }
}

fn diff(text: &mut String, diff: &str, style: &Style) {
    for line in diff
        .lines()
        .filter(|line| !line.starts_with("---") && !line.starts_with("+++"))
    {
        let _ = writeln!(text, "      {}", style.diff(line.trim_end_matches('\r')));
    }
}
