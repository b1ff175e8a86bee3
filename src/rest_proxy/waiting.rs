//! How long to wait before the same question is asked again: what `Retry-After` says, else a little more each time.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::time::Duration;

/// Of one question, all waits together. Longer than the gateway's usual minute of grace makes no script happier.
pub(super) const AT_MOST: Duration = Duration::from_secs(90);
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// The waits of one question.
#[derive(Debug, Default)]
pub(super) struct Patience {
    waited: Duration,
    asked: u32,
}

impl Patience {
    /// How long to wait now; none when that would be too long altogether.
    pub fn next(&mut self, retry_after: Option<&str>, now: Timestamp) -> Option<Duration> {
        let own = (FIRST * 2u32.saturating_pow(self.asked)).min(LONGEST);
        let wait = retry_after
            .and_then(|text| asked_for(text, now))
            .unwrap_or(own);
        self.asked += 1;
        if self.waited + wait > AT_MOST {
            return None;
        }
        self.waited += wait;
        Some(wait)
    }

    pub fn waited(&self) -> u64 {
        self.waited.as_secs()
    }
}

/// Seconds, or a date of HTTP.
fn asked_for(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-31T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn retry_after_in_both_forms() {
        let mut patience = Patience::default();
        assert_eq!(
            patience.next(Some("7"), now()),
            Some(Duration::from_secs(7))
        );
        let date = "Sat, 31 Jan 2026 09:00:20 GMT";
        assert_eq!(
            patience.next(Some(date), now()),
            Some(Duration::from_secs(20))
        );
        let past = "Sat, 31 Jan 2026 08:00:20 GMT";
        assert_eq!(patience.next(Some(past), now()), Some(Duration::ZERO));
        assert_eq!(patience.next(Some("3600"), now()), None);
        assert_eq!(patience.waited(), 27);
    }

    #[test]
    fn without_it_the_waits_grow_and_end() {
        let mut patience = Patience::default();
        let waits: Vec<u128> = std::iter::from_fn(|| patience.next(None, now()))
            .map(|wait| wait.as_millis())
            .collect();
        assert_eq!(waits[..4], [500, 1000, 2000, 4000]);
        assert!(waits.len() < 12, "{waits:?}");
    }
}
