//! IoT Hub as its devices and services see it: connection strings, SAS tokens, the sink's record, the device HTTP API.

pub mod command;
pub mod connection_string;
pub mod device;
pub mod sas;

/// IoT Hub's rule for device ids: 1 to 128 of ASCII letters, digits and `-.+%_#*?!(),:=@$'`.
pub fn device_id(id: &str) -> Result<&str, String> {
    const PUNCTUATION: &str = "-.+%_#*?!(),:=@$'";
    if id.is_empty() || id.len() > 128 {
        return Err(format!("a device id has 1 to 128 characters, this one has {}", id.chars().count()));
    }
    match id.chars().find(|c| !c.is_ascii_alphanumeric() && !PUNCTUATION.contains(*c)) {
        Some(wrong) => Err(format!("a device id cannot hold {wrong:?}: letters, digits and {PUNCTUATION}")),
        None => Ok(id),
    }
}

/// A name inside a URL path or a token: everything outside the unreserved characters is percent-encoded, upper case.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
