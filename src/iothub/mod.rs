//! IoT Hub as its devices and services see it: names, commands, connection strings, SAS tokens, the HTTP APIs
//! of devices and of their registry, a simulated device.
//!
//! What Azure's management says of a hub is in `azure`; how a command travels through Kafka is in `kafka`.

pub mod command;
pub mod connection_string;
pub mod device;
mod error;
mod link;
pub mod registry;
pub mod sas;
pub mod simulation;
pub mod telemetry;

use crate::text::check_name;

pub use command::{Command, CommandError};
pub use error::IotHubError;

/// Checks a device id by IoT Hub's rule: 1 to 128 of `A–Z a–z 0–9` and `-.+%_#*?!(),:=@$'`, upper and lower case being
/// different. `.` and `..` are refused as well: no URL can name such a device. The error is a sentence for a person; it
/// shows no control character.
pub fn device_id(id: &str) -> Result<&str, String> {
    check_name(id, "device id", "-.+%_#*?!(),:=@$'", 128)?;
    if matches!(id, "." | "..") {
        return Err(format!("`{id}` cannot be a device id"));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::device_id;

    #[test]
    fn device_ids() {
        for good in [
            "fakepi",
            "A-b.c+d%e_f#g*h?i!(j),k:l=m@n$o'p",
            "...",
            &"x".repeat(128),
        ] {
            assert_eq!(device_id(good), Ok(good));
        }
        for bad in [
            "",
            ".",
            "..",
            "a b",
            "a/b",
            "../x",
            "a;b",
            "a\"b",
            "ü",
            "a\nb",
            "a\\b",
            &"x".repeat(129),
        ] {
            let error = device_id(bad).unwrap_err();
            assert!(!error.chars().any(char::is_control), "{error}");
        }
    }
}
