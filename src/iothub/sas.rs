//! SAS tokens: `SharedAccessSignature sr=…&sig=…&se=…[&skn=…]`, HMAC-SHA256 over the encoded resource and the expiry.

use super::percent_encoded;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

#[derive(Debug, thiserror::Error)]
pub enum SasError {
    #[error("the key is not base64")]
    NotBase64,
}

/// A token for `resource` (`myhub.azure-devices.net/devices/fakepi`) until `expires` (Unix time in seconds). `policy` is
/// the name of a shared access policy; a device signs without one.
pub fn token(resource: &str, policy: Option<&str>, key: &Secret, expires: u64) -> Result<Secret, SasError> {
    let key = STANDARD.decode(key.expose()).map_err(|_| SasError::NotBase64)?;
    let resource = percent_encoded(resource);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SasError::NotBase64)?;
    mac.update(format!("{resource}\n{expires}").as_bytes());
    let signature = percent_encoded(&STANDARD.encode(mac.finalize().into_bytes()));
    let policy = policy.map(|policy| format!("&skn={}", percent_encoded(policy))).unwrap_or_default();
    Ok(Secret::new(format!("SharedAccessSignature sr={resource}&sig={signature}&se={expires}{policy}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_one_that_python_makes() {
        // hmac.new(b"key", b"h.azure-devices.net%2Fdevices%2Fd\n1700000000", sha256), base64, quoted
        let token = token("h.azure-devices.net/devices/d", Some("service"), &Secret::from("a2V5"), 1_700_000_000).unwrap();
        assert_eq!(token.expose(), EXPECTED);
        assert!(super::token("x", None, &Secret::from("not base64!"), 1).is_err());
    }

    const EXPECTED: &str = "SharedAccessSignature sr=h.azure-devices.net%2Fdevices%2Fd&sig=sgyE9iBLUDvmrt1WiHJwZK9trcJuZAKGNGIM9jnnOjY%3D&se=1700000000&skn=service";
}
