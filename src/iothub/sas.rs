//! Shared access signatures: what a device or a service shows IoT Hub instead of its key.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key is no base64, so it is not one of IoT Hub's. The text of the key is in no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key is not base64")]
pub struct NotBase64;

/// A token for a resource (`myhub.azure-devices.net/devices/fakepi`), valid up to a time in seconds since 1970.
/// `key_name` is the policy whose key it is; none for a device's own key.
///
/// `SharedAccessSignature sr=…&sig=…&se=…[&skn=…]`: the base64 of HMAC-SHA256, with the decoded key, over the
/// url-encoded resource, a line feed and the expiry.
pub fn token(
    resource_uri: &str,
    key_name: Option<&str>,
    key_base64: &Secret,
    expires_unix: i64,
) -> Result<Secret, NotBase64> {
    let key = STANDARD
        .decode(key_base64.expose().trim())
        .map_err(|_| NotBase64)?;
    let resource = encode(resource_uri);
    // HMAC takes a key of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| NotBase64)?;
    mac.update(format!("{resource}\n{expires_unix}").as_bytes());
    let signature = encode(&STANDARD.encode(mac.finalize().into_bytes()));
    let mut token =
        format!("SharedAccessSignature sr={resource}&sig={signature}&se={expires_unix}");
    if let Some(name) = key_name {
        token.push_str("&skn=");
        token.push_str(&encode(name));
    }
    Ok(Secret::new(token))
}

/// Percent-encodes everything but RFC 3986's unreserved characters; also right for one segment of a path.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signatures made by `openssl dgst -sha256 -mac HMAC -macopt hexkey:…`.
    #[test]
    fn signatures_are_those_of_another_implementation() {
        let key = Secret::from("c2VjcmV0LWtleS1vZi1hLWRldmljZQ==");
        let device = token(
            "myhub.azure-devices.net/devices/fakepi",
            None,
            &key,
            1_900_000_000,
        )
        .unwrap();
        assert_eq!(
            device.expose(),
            "SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Ffakepi&sig=%2B83%2FmhIx2ao%2BrJpG508nr1yVvUve4m2NY0tIw3iUXpc%3D&se=1900000000"
        );
        let service = token(
            "myhub.azure-devices.net",
            Some("ser vice"),
            &key,
            1_900_000_000,
        )
        .unwrap();
        assert_eq!(
            service.expose(),
            "SharedAccessSignature sr=myhub.azure-devices.net&sig=l2AqzhbvYN8xE1CmqK840987zlprRUXUHt5wPoZw7zY%3D&se=1900000000&skn=ser%20vice"
        );
    }

    #[test]
    fn a_key_that_is_no_key() {
        let error = token("h", None, &"PLACEHOLDER canary".into(), 1).unwrap_err();
        assert_eq!(error.to_string(), "the key is not base64");
    }
}
