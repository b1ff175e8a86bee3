//! Which records are wanted, and from where to where: what the flags of `tail` say, checked before anybody is contacted.

use super::read::device_of;
use crate::error::Failure;
use crate::kafka::consumer::{End, Start};
use crate::kafka::view::View;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// A moment as people write one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// So long ago.
    Ago(SignedDuration),
}

/// `2026-01-31T09:00:00Z`, or how long ago: `90s`, `2h 30m`, `3d`.
pub fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(time) = text.parse() {
        return Ok(Moment::At(time));
    }
    let span = text.parse::<Span>().ok();
    let duration = span.and_then(|span| {
        let days = SpanRelativeTo::days_are_24_hours();
        span.to_duration(days).ok()
    });
    duration
        .map(|duration| Moment::Ago(duration.abs()))
        .ok_or_else(|| {
            "a time such as 2026-01-31T09:00:00Z, or how long ago: 90s, 2h, 3d".to_owned()
        })
}

impl Moment {
    /// Milliseconds since 1970, before which there are no records: negative numbers mean something else to brokers.
    fn of(self, now: Timestamp) -> Result<i64, Failure> {
        let time = match self {
            Self::At(time) => time,
            Self::Ago(duration) => now
                .checked_sub(duration)
                .map_err(|_| Failure::usage("--since or --until: that is before all time"))?,
        };
        Ok(time.as_millisecond().max(0))
    }
}

/// The flags as they were given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub last: Option<usize>,
    pub follow: bool,
    pub offset: Option<i64>,
    pub since: Option<Moment>,
    pub until: Option<Moment>,
    pub until_end: bool,
}

/// From where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub start: Start,
    pub end: End,
}

/// Without a word on where to begin: as many as fit a screen.
const SCREEN: usize = 10;

/// What the parser cannot say: the order of two times. Everything else that contradicts itself it has refused.
pub fn extent(asked: &Asked, now: Timestamp) -> Result<(Extent, Pick), Failure> {
    let of = |moment: Option<Moment>| moment.map(|moment| moment.of(now)).transpose();
    let (since, until) = (of(asked.since)?, of(asked.until)?);
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        return Err(Failure::usage(
            "--since is not before --until: nothing lies between",
        ));
    }
    let start = match (asked.offset, since, asked.last) {
        (Some(offset), _, _) => Start::At(offset),
        (None, Some(since), _) => Start::Since(since),
        (None, None, Some(0)) if asked.follow => Start::Latest,
        (None, None, Some(last)) => Start::Last(last),
        (None, None, None) if asked.follow => Start::Latest,
        (None, None, None) if asked.until_end => Start::Earliest,
        (None, None, None) => Start::Last(SCREEN),
    };
    let end = match (asked.follow, until) {
        (true, _) => End::Follow,
        (false, Some(until)) => End::Until(until),
        (false, None) => End::Now,
    };
    let pick = Pick {
        since,
        until,
        ..Pick::default()
    };
    Ok((Extent { start, end }, pick))
}

/// Which records count.
#[derive(Clone, Debug, Default)]
pub struct Pick {
    pub device: Option<String>,
    pub text: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
}

impl Pick {
    /// Whether every record counts.
    pub fn is_any(&self) -> bool {
        self.device.is_none() && self.text.is_none() && self.since.is_none() && self.until.is_none()
    }

    pub fn fits(&self, view: &View<'_>) -> bool {
        self.fits_in_time(view)
            && self.text.as_ref().is_none_or(|text| {
                has(view.value, text.as_bytes()) || has(view.key, text.as_bytes())
            })
            && self.device.as_ref().is_none_or(|device| {
                // Its name is in the record in any form; most records are told apart by that.
                let named = has(view.value, device.as_bytes());
                named && device_of(view).as_deref() == Some(device)
            })
    }

    /// Times in a partition need not be in order: what was read from the first one on may hold an earlier one.
    fn fits_in_time(&self, view: &View<'_>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let time = view.timestamp_ms().unwrap_or(i64::MIN);
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

fn has(bytes: Option<&[u8]>, text: &[u8]) -> bool {
    bytes.is_some_and(|bytes| memchr::memmem::find(bytes, text).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-31T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn moments_are_times_or_how_long_ago() {
        let at = |text: &str| {
            let ms = moment(text).unwrap().of(now()).unwrap();
            Timestamp::from_millisecond(ms).unwrap().to_string()
        };
        assert_eq!(at("2026-01-31T10:00:00+02:00"), "2026-01-31T08:00:00Z");
        assert_eq!(at("90s"), "2026-01-31T08:58:30Z");
        assert_eq!(at("1h 30m"), "2026-01-31T07:30:00Z");
        assert_eq!(at("2d"), "2026-01-29T09:00:00Z");
        assert_eq!(at("1w"), "2026-01-24T09:00:00Z");
        assert_eq!(at("500ms ago"), "2026-01-31T08:59:59.5Z");
        for wrong in ["", "90", "yesterday", "2026-01-31", "1mo", "9:00", "\u{1b}"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
        assert_eq!(at("1969-12-31T23:59:59Z"), "1970-01-01T00:00:00Z");
        assert!(moment("999999w").unwrap().of(now()).is_err());
    }

    #[test]
    fn where_it_begins_and_ends() {
        let of = |asked: Asked| extent(&asked, now()).unwrap().0;
        let hour = now().as_millisecond() - 3_600_000;
        let ago = |text: &str| moment(text).ok();
        let asked = Asked::default();
        let is = |start, end| Extent { start, end };
        assert_eq!(of(asked), is(Start::Last(10), End::Now));
        let follow = Asked {
            follow: true,
            ..asked
        };
        assert_eq!(of(follow), is(Start::Latest, End::Follow));
        let last = Asked {
            last: Some(3),
            ..follow
        };
        assert_eq!(of(last), is(Start::Last(3), End::Follow));
        let since = Asked {
            since: ago("1h"),
            ..asked
        };
        assert_eq!(of(since), is(Start::Since(hour), End::Now));
        let until = Asked {
            until: ago("1h"),
            ..asked
        };
        assert_eq!(of(until), is(Start::Last(10), End::Until(hour)));
        let all = Asked {
            until_end: true,
            ..asked
        };
        assert_eq!(of(all), is(Start::Earliest, End::Now));
        let at = Asked {
            offset: Some(7),
            ..all
        };
        assert_eq!(of(at), is(Start::At(7), End::Now));
        let crossed = Asked {
            since: ago("1h"),
            until: ago("2h"),
            ..asked
        };
        assert!(extent(&crossed, now()).is_err());
    }

    #[test]
    fn picked_by_device_text_and_time() {
        let record = |value: &'static str, time| {
            View::new("iotin", (0, 0), Some(time), None, Some(value.as_bytes()))
        };
        let command = r#"{"messageId":"1","message":"for other","deviceId":"fakepi"}"#;
        let device = |name: &str| Pick {
            device: Some(name.into()),
            ..Pick::default()
        };
        assert!(device("fakepi").fits(&record(command, 0)));
        assert!(!device("other").fits(&record(command, 0)));
        assert!(!device("fake").fits(&record(command, 0)));
        let text = Pick {
            text: Some("for o".into()),
            ..Pick::default()
        };
        assert!(text.fits(&record(command, 0)) && !text.fits(&record("x", 0)));
        let time = Pick {
            since: Some(5),
            until: Some(7),
            ..Pick::default()
        };
        let fits: Vec<i64> = (3..9).filter(|ms| time.fits(&record("x", *ms))).collect();
        assert_eq!(fits, [5, 6]);
    }
}
