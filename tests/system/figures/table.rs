//! The table, as the README has it.

use std::fmt::Write as _;

use super::TOLERANCE;
use super::samples::{Limit, Samples};

/// The unit of a comparison.
const TIMES: &str = " ×";

/// One figure.
#[derive(Clone)]
pub struct Row {
    pub what: String,
    pub ours: String,
    pub peer: String,
    /// What is compared with the limit, and its unit.
    value: f64,
    unit: &'static str,
    limit: Limit,
    pub runs: usize,
}

impl Row {
    /// Ours takes at most `limit` times as long as the peer.
    pub fn at_most(what: &str, limit: f64, ours: &Samples, peer: &Samples) -> Row {
        Row {
            value: ours.median() / peer.median(),
            limit: Limit::AtMost(limit),
            ..Row::beside(what, ours, peer)
        }
    }

    /// Ours is at least `limit` times as fast as the peer.
    pub fn faster(what: &str, limit: f64, ours: &Samples, peer: &Samples) -> Row {
        Row {
            value: peer.median() / ours.median(),
            limit: Limit::AtLeast(limit),
            ..Row::beside(what, ours, peer)
        }
    }

    /// No peer: the median of so many seconds.
    pub fn seconds(what: &str, limit: f64, ours: &Samples) -> Row {
        Row {
            peer: "–".to_owned(),
            value: ours.median(),
            unit: " s",
            limit: Limit::AtMost(limit),
            ..Row::beside(what, ours, ours)
        }
    }

    /// No peer: the most of all runs, in MB (10⁶ bytes).
    pub fn megabytes(what: &str, limit: f64, ours: &Samples) -> Row {
        Row {
            ours: format!("{:.1} MB", ours.most()),
            peer: "–".to_owned(),
            value: ours.most(),
            unit: " MB",
            limit: Limit::AtMost(limit),
            ..Row::beside(what, ours, ours)
        }
    }

    /// No peer: so many things in so many seconds.
    pub fn rate(
        what: &str,
        (count, unit): (usize, &'static str),
        limit: f64,
        ours: &Samples,
    ) -> Row {
        Row {
            peer: "–".to_owned(),
            value: count as f64 / ours.median(),
            unit,
            limit: Limit::AtLeast(limit),
            ..Row::beside(what, ours, ours)
        }
    }

    fn beside(what: &str, ours: &Samples, peer: &Samples) -> Row {
        Row {
            what: what.to_owned(),
            ours: time(ours),
            peer: time(peer),
            value: f64::NAN,
            unit: TIMES,
            limit: Limit::AtMost(f64::NAN),
            runs: ours.len(),
        }
    }

    fn verdict(&self) -> String {
        let missed = self.limit.missed_by(self.value);
        let percent = missed * 100.0;
        if missed <= 0.0 {
            "met".to_owned()
        } else if missed <= TOLERANCE {
            format!("missed by {percent:.0} %, within the tolerance")
        } else {
            // A value that is no number is not met either.
            format!("**missed by {percent:.0} %**")
        }
    }

    fn wanted(&self) -> String {
        match self.limit {
            Limit::AtMost(limit) => format!("≤ {limit}{}", self.unit),
            Limit::AtLeast(limit) if self.unit == TIMES => format!("≥ {limit}{TIMES} faster"),
            Limit::AtLeast(limit) => format!("≥ {limit}{}", self.unit),
        }
    }
}

/// A median with the quartiles around it.
fn time(samples: &Samples) -> String {
    let median = samples.median();
    let (low, high) = samples.middle_half();
    if median < 0.1 {
        format!(
            "{:.2} ms ({:.2}–{:.2})",
            median * 1e3,
            low * 1e3,
            high * 1e3
        )
    } else {
        format!("{median:.2} s ({low:.2}–{high:.2})")
    }
}

pub fn markdown(rows: &[Row], rounds: usize, machine: &str) -> String {
    let mut text = String::from(
        "| | hdikafka | peer | result | wanted | | runs of each |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2}{} | {} | {} | {} |",
            row.what,
            row.ours,
            row.peer,
            row.value,
            row.unit,
            row.wanted(),
            row.verdict(),
            row.runs
        );
    }
    let _ = writeln!(
        text,
        "\nMedians of all runs, with the quartiles in brackets; of memory the largest. Rounds: {rounds}, in each of which \
         hdikafka and its peer took turns. Tolerance: {:.0} % of the limit.\n\n{machine}",
        TOLERANCE * 100.0
    );
    text
}
