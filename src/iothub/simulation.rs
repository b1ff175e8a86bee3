//! What a simulated device says, and when it speaks and asks. No I/O: the clock is handed in.

use serde::Serialize;
use std::time::{Duration, Instant};

/// The hub answers a device's question for commands at once, so the device has to ask again and again. A hub of one S1
/// unit takes 1,000 such questions a minute from all its devices together; this is 60 of them, while somebody is likely
/// to be waiting for the answer.
pub const ASK_EVERY: Duration = Duration::from_secs(1);
/// So often after [`BUSY_FOR`] without a command.
pub const ASK_IDLE: Duration = Duration::from_secs(5);
/// How long after the start or the last command the device counts as in use.
pub const BUSY_FOR: Duration = Duration::from_secs(60);
/// The longest pause after a failure of which the hub did not say how long to wait.
const LONGEST: Duration = Duration::from_secs(30);
/// A hub that asks for more patience than this is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(300);

/// One telemetry message, in the shape of the manual's web simulator:
/// `{"messageId":1,"deviceId":"fakepi","temperature":27.31,"humidity":64.8}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// From 1, a run.
    pub message_id: u64,
    pub device_id: String,
    /// 20 to 35 °C, two decimals.
    pub temperature: f64,
    /// 60 to 80 %, two decimals.
    pub humidity: f64,
}

impl Reading {
    /// `chance`: sixteen random bytes.
    pub fn new(message_id: u64, device_id: &str, chance: [u8; 16]) -> Self {
        let share = |at: usize| {
            let bytes = [chance[at], chance[at + 1], chance[at + 2], chance[at + 3]];
            f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
        };
        let two_decimals = |number: f64| (number * 100.0).round() / 100.0;
        Self {
            message_id,
            device_id: device_id.to_owned(),
            // The ends of a random UUID, which has fixed bits in the middle.
            temperature: two_decimals(20.0 + 15.0 * share(0)),
            humidity: two_decimals(60.0 + 20.0 * share(12)),
        }
    }

    /// The web simulator's application property `temperatureAlert`.
    pub fn alert(&self) -> bool {
        self.temperature > 30.0
    }
}

/// When something that is repeated is due, and how long it has been failing.
#[derive(Debug)]
pub struct Pace {
    due: Instant,
    /// In a row, and since when.
    failed: Option<(u32, Instant)>,
}

/// It has failed for so long that going on is of no use.
#[derive(Debug, PartialEq, Eq)]
pub struct Hopeless;

impl Pace {
    /// Due at once.
    pub fn new(now: Instant) -> Self {
        Self {
            due: now,
            failed: None,
        }
    }

    pub fn due(&self) -> Instant {
        self.due
    }

    /// It worked: the next time is one interval after this one was due; where that is over, now.
    pub fn worked(&mut self, now: Instant, interval: Duration) {
        self.failed = None;
        self.due = (self.due + interval).max(now);
    }

    /// It worked, and there may be more.
    pub fn again(&mut self, now: Instant) {
        self.failed = None;
        self.due = now;
    }

    /// It failed: the pause that begins now. 1 s, 2 s, 4 s … 30 s, or what the hub asked for.
    pub fn failed(&mut self, now: Instant, asked: Option<Duration>) -> Result<Duration, Hopeless> {
        let (times, since) = self.failed.unwrap_or((0, now));
        if now.duration_since(since) >= PATIENCE {
            return Err(Hopeless);
        }
        let own = Duration::from_secs(1 << times.min(5)).min(LONGEST);
        let pause = asked.map_or(own, |asked| asked.clamp(Duration::from_secs(1), PATIENCE));
        self.failed = Some((times + 1, since));
        self.due = now + pause;
        Ok(pause)
    }

    /// Whether the last time failed.
    pub fn is_failing(&self) -> bool {
        self.failed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_have_the_manuals_shape_and_stay_in_range() {
        let low = Reading::new(1, "fakepi", [0; 16]);
        assert_eq!(
            serde_json::to_string(&low).unwrap(),
            r#"{"messageId":1,"deviceId":"fakepi","temperature":20.0,"humidity":60.0}"#
        );
        assert!(!low.alert());
        let high = Reading::new(2, "fakepi", [255; 16]);
        assert_eq!((high.temperature, high.humidity), (35.0, 80.0));
        assert!(high.alert());
    }

    #[test]
    fn a_rhythm_is_kept_and_what_was_missed_is_not_made_up_for() {
        let begun = Instant::now();
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(begun);
        pace.worked(begun + second / 10, 2 * second);
        assert_eq!(pace.due(), begun + 2 * second);
        pace.worked(begun + 9 * second, 2 * second);
        assert_eq!(pace.due(), begun + 9 * second);
    }

    #[test]
    fn failures_are_met_with_growing_patience_that_ends() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        let mut now = begun;
        let mut pauses = Vec::new();
        while let Ok(pause) = pace.failed(now, None) {
            assert_eq!(pace.due(), now + pause);
            now = pace.due();
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 30, 30]);
        assert!(now - begun >= Duration::from_secs(300), "{pauses:?}");
        pace.worked(now, ASK_EVERY);
        assert!(!pace.is_failing());
        let asked = Some(Duration::from_secs(7));
        assert_eq!(pace.failed(now, asked), Ok(Duration::from_secs(7)));
        let forever = Some(Duration::from_secs(1 << 40));
        assert_eq!(pace.failed(now, forever), Ok(Duration::from_secs(300)));
        assert_eq!(
            pace.failed(now, Some(Duration::ZERO)),
            Ok(Duration::from_secs(1))
        );
    }
}
