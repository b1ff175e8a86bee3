//! Kafka over its own protocol: settings, topics, producing, consuming, the positions of a group.
//!
//! Everything blocks and has a deadline. librdkafka runs threads of its own and never prints: what it has to say about
//! a broker ends up in the [`KafkaError`] of the call. What the records mean is not known here.

pub mod admin;
pub mod backlog;
pub mod consumer;
mod delivery;
mod error;
pub mod group;
#[cfg(target_os = "linux")]
mod hook;
mod line;
pub mod lookback;
pub mod newest;
pub mod pipe;
pub mod producer;
mod queue;
mod session;
mod settings;
pub mod view;
mod watch;

use crate::text::check_name;

pub use error::KafkaError;
pub use line::{Dial, Dialer};
pub use session::Watermarks;
pub use settings::Settings;

/// Whether this program can reach brokers through a [`Dialer`]. The linker's part in it is tried on Linux only.
pub const TUNNEL: bool = cfg!(target_os = "linux");

/// Where nothing can be hooked, nobody has a [`Dialer`], and every client is made as usual.
#[cfg(not(target_os = "linux"))]
mod hook {
    pub fn through<T>(
        _line: Option<&std::sync::Arc<super::line::Line>>,
        make: impl FnOnce() -> T,
    ) -> T {
        make()
    }
}

/// Checks a topic name by Kafka's rule: 1 to 249 of `a–z A–Z 0–9 . _ -`, and neither `.` nor `..`. The error is a
/// sentence for a person; it shows no control character.
pub fn topic_name(name: &str) -> Result<&str, String> {
    check_name(name, "topic name", "._-", 249)?;
    if matches!(name, "." | "..") {
        return Err(format!("`{name}` is not a topic name"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::topic_name;

    #[test]
    fn topic_names() {
        for good in ["iotin", "a.b_c-D9", "...", &"x".repeat(249)] {
            assert_eq!(topic_name(good), Ok(good));
        }
        for bad in [
            "",
            ".",
            "..",
            "a b",
            "a/b",
            "../x",
            "a;b",
            "a'b",
            "ü",
            "a\nb",
            &"x".repeat(250),
        ] {
            let error = topic_name(bad).unwrap_err();
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
