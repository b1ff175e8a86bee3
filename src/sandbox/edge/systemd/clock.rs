//! The node's clock as systemd reads and prints it.

use super::service::{Now, Stamp};
use std::time::Duration;

/// This moment. "Since boot" is what /proc/uptime says, because that is what a program on the node compares it with; in a
/// container the two clocks may differ.
pub fn now() -> Now {
    let uptime = std::fs::read_to_string("/proc/uptime")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse::<f64>().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Now {
        since_boot: uptime.unwrap_or_default(),
        real: jiff::Timestamp::now().as_microsecond(),
        id: uuid::Uuid::new_v4().simple().to_string(),
    }
}

/// `Sat 2026-11-21 06:53:13 UTC`; nothing for what never happened.
pub fn stamp(stamp: &Stamp) -> String {
    match jiff::Timestamp::from_microsecond(stamp.real) {
        Ok(time) if stamp.real != 0 => time.strftime("%a %Y-%m-%d %H:%M:%S UTC").to_string(),
        _ => String::new(),
    }
}

/// `Nov 21 06:53:13`, as journalctl begins its lines.
pub fn short(real: i64) -> String {
    jiff::Timestamp::from_microsecond(real)
        .map(|time| time.strftime("%b %d %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// `5s`, `2min 3s`, `1h 4min`: how long ago `status` says it was.
pub fn ago(real: i64, now: i64) -> String {
    let seconds = (now - real).max(0) / 1_000_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}min {}s", seconds / 60, seconds % 60),
        3600..86400 => format!("{}h {}min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86400),
    }
}
