//! What became of many lines that were sent: what was acknowledged, what failed, what is not known, what was left. Nothing of
//! it is lost in silence: every line that was not acknowledged is named.

use super::lines::Numbers;
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::kafka::producer::{Place, SendError};
use crate::ui::{OutputError, Report};
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Tally {
    pub acknowledged: u64,
    failed: Numbers,
    unknown: Numbers,
    /// The first of each kind.
    failure: Option<anyhow::Error>,
    doubt: Option<anyhow::Error>,
    /// By partition, the last offset that was acknowledged.
    pub ends: Vec<Option<i64>>,
    /// The first line that was not sent.
    left: Option<u64>,
    interrupted: bool,
}

impl Tally {
    pub fn acknowledged(&mut self, place: Place) {
        self.acknowledged += 1;
        let partition = usize::try_from(place.partition).unwrap_or_default();
        if self.ends.len() <= partition {
            self.ends.resize(partition + 1, None);
        }
        self.ends[partition] = self.ends[partition].max(Some(place.offset));
    }

    pub fn failed(&mut self, line: u64, error: SendError) {
        let unknown = matches!(error, SendError::Unknown { .. });
        self.failed_as(line, unknown, error);
    }

    pub fn failed_as(&mut self, line: u64, unknown: bool, error: impl Into<anyhow::Error>) {
        let (numbers, first) = match unknown {
            true => (&mut self.unknown, &mut self.doubt),
            false => (&mut self.failed, &mut self.failure),
        };
        numbers.insert(line);
        first.get_or_insert_with(|| error.into());
    }

    /// What was unknown was found where it was to be written.
    pub fn found(&mut self, line: u64) {
        self.unknown.remove(line);
    }

    /// Something was not acknowledged: what comes after it is not sent. Commands of a device have an order.
    pub fn is_over(&self) -> bool {
        !self.failed.is_empty() || !self.unknown.is_empty()
    }

    pub fn unknown(&self) -> &Numbers {
        &self.unknown
    }

    /// This line and all after it were not sent.
    pub fn left(&mut self, line: u64, interrupted: bool) {
        self.left = Some(line);
        self.interrupted = interrupted;
    }

    /// Of one that needs no words about others.
    pub fn into_error(self) -> Option<anyhow::Error> {
        self.doubt.or(self.failure)
    }

    /// Of `total` lines, each a `what` (`message`): all acknowledged and answered, or which were not.
    pub fn outcome(
        self,
        answers: Answers<'_>,
        (what, total): (&str, u64),
        topic: &str,
    ) -> anyhow::Result<Exit> {
        let plural = if total == 1 { "" } else { "s" };
        let whole = !self.is_over() && self.left.is_none();
        let mut words = match whole {
            true => format!("{total} {what}{plural} acknowledged by {topic}"),
            false => {
                let were = if self.acknowledged == 1 {
                    "was"
                } else {
                    "were"
                };
                format!(
                    "{} of {total} {what}{plural} {were} acknowledged by {topic}",
                    self.acknowledged
                )
            }
        };
        if !self.unknown.is_empty() {
            words += &format!("\nnot known whether written: {}", self.unknown);
        }
        if !self.failed.is_empty() {
            words += &format!("\nfailed, not written: {}", self.failed);
        }
        if let Some(line) = self.left {
            words += &format!("\nnot sent: line {line} and those after it");
        }
        // What leaves the most in doubt decides; a doubt that was settled does not.
        let error = match self.unknown.is_empty() {
            true => self.failure,
            false => self.doubt,
        };
        match error.or(answers.error.map(Into::into)) {
            Some(error) => Err(error.context(words)),
            None if self.interrupted => {
                let words = format!("interrupted: {words}");
                Err(Failure::new(Exit::Interrupted, words).into())
            }
            None if whole => {
                answers.ctx.ui.success(&words);
                Ok(Exit::Done)
            }
            None => Err(Failure::new(Exit::Failed, words).into()),
        }
    }
}

/// The answers on stdout. A person gets the summary only: a line each is for programs.
pub struct Answers<'a> {
    ctx: &'a Context,
    wanted: bool,
    pub error: Option<OutputError>,
}

impl<'a> Answers<'a> {
    pub fn new(ctx: &'a Context) -> Self {
        let wanted = ctx.ui.format() != crate::ui::Format::Table;
        Self {
            ctx,
            wanted,
            error: None,
        }
    }

    /// The answer to one record is for a person, too.
    pub fn also_for_a_person(&mut self) {
        self.wanted = true;
    }

    /// Whether anybody wants them.
    pub fn wanted(&self) -> bool {
        self.wanted
    }

    pub fn put(&mut self, answer: &impl Report) {
        if self.wanted {
            let outcome = self.ctx.ui.line_in_block(answer);
            self.look(outcome);
        }
    }

    /// What there is of them goes out.
    pub fn flush(&mut self) {
        if self.wanted {
            let outcome = self.ctx.ui.flush();
            self.look(outcome);
        }
    }

    /// A reader that has left changes nothing: it is the sending that was asked for. An answer that could not be kept is
    /// another thing, for whoever wanted it to be.
    fn look(&mut self, outcome: Result<(), OutputError>) {
        if let Err(error) = outcome {
            self.wanted = false;
            self.error = match error {
                OutputError::ReaderLeft => None,
                failed @ OutputError::Failed(_) => Some(failed),
            };
        }
    }
}

/// `--rate`: no more than so many a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    every: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// When the next one may be sent, counted from when the first was.
    pub fn next(&mut self, now: Instant) -> Instant {
        // Whoever was held up does not make good for it by a burst.
        let next = self
            .next
            .map_or(now, |next| next.max(now.checked_sub(BURST).unwrap_or(now)));
        self.next = Some(next + self.every);
        next
    }
}

const BURST: Duration = Duration::from_millis(100);

/// `10`, `0.5`, `10/s`, `100/min`, `1000/h`.
impl std::str::FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (count, unit) = text.split_once('/').unwrap_or((text, "s"));
        let unit = match unit {
            "s" => Some(1.0),
            "min" => Some(60.0),
            "h" => Some(3600.0),
            _ => None,
        };
        let count = count
            .parse()
            .ok()
            .filter(|count: &f64| count.is_finite() && *count > 0.0);
        let every = unit.zip(count).map(|(unit, count)| unit / count);
        every
            .and_then(|every| Duration::try_from_secs_f64(every).ok())
            .filter(|every| *every <= Duration::from_secs(24 * 3600))
            .map(|every| Self { every, next: None })
            .ok_or_else(|| "a number for a second, such as 10, 0.5, 100/min or 1000/h".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_without_bursts() {
        let mut pace: Pace = "100/min".parse().unwrap();
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        assert_eq!(pace.next(begin), begin);
        assert_eq!(pace.next(at(0.1)), at(0.6));
        assert_eq!(pace.next(at(0.6)), at(1.2));
        // after a long time
        let late = pace.next(at(60.0));
        assert!(late >= at(59.9));
        assert!(pace.next(at(60.0)) >= at(60.4));
        for wrong in ["", "0", "-1", "x", "10/day", "NaN", "inf", "1e-9"] {
            assert!(wrong.parse::<Pace>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_least_known_error_is_told() {
        let mut tally = Tally::default();
        assert!(!tally.is_over());
        tally.failed(3, SendError::TooLarge);
        let cause = "lost".to_owned();
        tally.failed(2, SendError::Unknown { cause });
        assert!(tally.is_over() && tally.doubt.is_some());
        assert_eq!(tally.unknown().to_string(), "line 2");
        tally.found(2);
        assert!(tally.is_over() && tally.unknown().is_empty());
    }
}
