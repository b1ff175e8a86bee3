//! Shared access signatures, from the side that checks them. Here: tokens, policies and rights; which right a request
//! needs is said where the request is answered.
//!
//! A token is `SharedAccessSignature sr=RESOURCE&sig=SIGNATURE&se=EXPIRY[&skn=POLICY]`: the signature is the base64 of
//! HMAC-SHA256 over `RESOURCE\nEXPIRY`, RESOURCE url-encoded as it stands in the token. IoT Hub's documentation wants
//! it in lower case; its SDKs differ, so a signature over either form of it counts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::sandbox::http::percent_decode;
use crate::secret::Secret;

/// What a policy may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    RegistryRead,
    RegistryWrite,
    ServiceConnect,
    DeviceConnect,
}

/// Rights as IoT Hub writes them: `RegistryWrite, ServiceConnect`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rights(Vec<Right>);

impl TryFrom<String> for Rights {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let right = |word: &str| match word.trim() {
            "RegistryRead" => Ok(Right::RegistryRead),
            "RegistryWrite" => Ok(Right::RegistryWrite),
            "ServiceConnect" => Ok(Right::ServiceConnect),
            "DeviceConnect" => Ok(Right::DeviceConnect),
            other => Err(format!("`{other}` is no right of a policy")),
        };
        text.split(',')
            .map(right)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Rights {
    /// Who may write the registry may read it.
    pub fn include(&self, right: Right) -> bool {
        let implied = right == Right::RegistryRead && self.0.contains(&Right::RegistryWrite);
        implied || self.0.contains(&right)
    }
}

/// A shared access policy; every key of it counts.
#[derive(Clone, Debug)]
pub struct Policy {
    pub name: String,
    pub rights: Rights,
    /// Base64, as IoT Hub gives them.
    pub keys: Vec<Secret>,
}

/// How a key becomes the bytes that sign: IoT Hub decodes its base64, Event Hubs takes the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    Decoded,
    Text,
}

/// A token as it was sent. Nothing in it is printed anywhere.
pub struct Token {
    /// Url-encoded, as sent.
    resource: String,
    signature: Vec<u8>,
    /// As sent, and as a number of seconds since 1970.
    expiry: (String, i64),
    /// The policy that signed; `None`: the device itself.
    pub policy: Option<String>,
}

/// Why a token does not open the door. The words are for the client and hold nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no shared access signature, or it cannot be read")]
    Malformed,
    #[error("ExpiredToken: the token is expired")]
    Expired,
    #[error("InvalidAudience: the token is for another resource")]
    Audience,
    #[error("InvalidSignature: The token has an invalid signature.")]
    Signature,
    #[error("the policy does not have the right that is needed")]
    Right,
}

impl Token {
    pub fn parse(header: Option<&str>) -> Result<Self, Refusal> {
        let fields = header.and_then(|text| text.trim().strip_prefix("SharedAccessSignature "));
        let fields = fields.ok_or(Refusal::Malformed)?;
        let field = |name: &str| {
            let pairs = fields.split('&').filter_map(|pair| pair.split_once('='));
            let mut values = pairs
                .filter(|(key, _)| key.trim() == name)
                .map(|(_, value)| value.trim());
            values.next()
        };
        let need = |name| field(name).ok_or(Refusal::Malformed);
        let signature = STANDARD.decode(percent_decode(need("sig")?));
        let expiry = need("se")?;
        Ok(Self {
            resource: need("sr")?.to_owned(),
            signature: signature.map_err(|_| Refusal::Malformed)?,
            expiry: (
                expiry.to_owned(),
                expiry.parse().map_err(|_| Refusal::Malformed)?,
            ),
            policy: field("skn")
                .filter(|name| !name.is_empty())
                .map(percent_decode),
        })
    }

    /// Whether the token is for this resource (`myhub.azure-devices.net/devices/fakepi`) or one above it, and still
    /// valid at `now`, seconds since 1970. Host names have no case, device ids do.
    pub fn check_scope(&self, target: &str, now: i64) -> Result<(), Refusal> {
        let resource = percent_decode(&self.resource);
        let resource = resource.trim_end_matches('/');
        let scheme = target.find("://").map_or(0, |at| at + 3);
        let host_end = target[scheme..]
            .find('/')
            .map_or(target.len(), |at| scheme + at);
        let covered = resource
            .get(..host_end)
            .is_some_and(|host| host.eq_ignore_ascii_case(&target[..host_end]))
            && target[host_end..]
                .strip_prefix(&resource[host_end..])
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !covered {
            return Err(Refusal::Audience);
        }
        if self.expiry.1 <= now {
            return Err(Refusal::Expired);
        }
        Ok(())
    }

    /// Whether one of these keys made the signature.
    pub fn check_signature(&self, keys: &[Secret], form: KeyForm) -> Result<(), Refusal> {
        let signed_by = |key: &Secret| {
            let bytes = match form {
                KeyForm::Decoded => STANDARD.decode(key.expose()).ok()?,
                KeyForm::Text => key.expose().as_bytes().to_vec(),
            };
            let forms = [self.resource.clone(), self.resource.to_lowercase()];
            let fits = |resource: &String| {
                let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).ok()?;
                mac.update(format!("{resource}\n{}", self.expiry.0).as_bytes());
                mac.verify_slice(&self.signature).ok()
            };
            forms.iter().find_map(fits)
        };
        keys.iter().find_map(signed_by).ok_or(Refusal::Signature)
    }

    /// Checks the token as one of a policy with this right.
    pub fn check_policy(
        &self,
        policies: &[Policy],
        right: Right,
        target: &str,
        form: KeyForm,
        now: i64,
    ) -> Result<(), Refusal> {
        self.check_scope(target, now)?;
        let named = policies
            .iter()
            .find(|policy| self.policy.as_ref() == Some(&policy.name));
        // An unknown policy is answered like a wrong key: who asks does not learn which policies there are.
        let policy = named.ok_or(Refusal::Signature)?;
        self.check_signature(&policy.keys, form)?;
        if policy.rights.include(right) {
            Ok(())
        } else {
            Err(Refusal::Right)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a2V5";

    fn signed(resource: &str, over: &str, expiry: &str) -> Token {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        mac.update(format!("{over}\n{expiry}").as_bytes());
        let signature = STANDARD
            .encode(mac.finalize().into_bytes())
            .replace('+', "%2B");
        Token::parse(Some(&format!(
            "SharedAccessSignature sr={resource}&sig={signature}&se={expiry}"
        )))
        .unwrap()
    }

    #[test]
    fn scope_is_a_whole_segment_and_device_ids_have_case() {
        let token = signed(
            "MYHUB.azure-devices.net%2Fdevices%2Ffakepi",
            "x",
            "2000000000",
        );
        let check = |target| token.check_scope(target, 1_900_000_000);
        assert_eq!(check("myhub.azure-devices.net/devices/fakepi"), Ok(()));
        assert_eq!(
            check("myhub.azure-devices.net/devices/fakepi/messages/events"),
            Ok(())
        );
        assert_eq!(
            check("myhub.azure-devices.net/devices/fakepi2"),
            Err(Refusal::Audience)
        );
        assert_eq!(
            check("myhub.azure-devices.net/devices/FakePi"),
            Err(Refusal::Audience)
        );
        assert_eq!(
            check("other.azure-devices.net/devices/fakepi"),
            Err(Refusal::Audience)
        );
        let expired = token.check_scope("myhub.azure-devices.net/devices/fakepi", 2_000_000_000);
        assert_eq!(expired, Err(Refusal::Expired));
    }

    #[test]
    fn a_signature_counts_over_the_resource_as_sent_or_in_lower_case_only() {
        let resource = "myhub.azure-devices.net%2Fdevices%2Ffakepi";
        let keys = [Secret::from(KEY)];
        let check =
            |over| signed(resource, over, "2000000000").check_signature(&keys, KeyForm::Decoded);
        assert_eq!(check(resource), Ok(()));
        assert_eq!(check("myhub.azure-devices.net%2fdevices%2ffakepi"), Ok(()));
        assert_eq!(
            check("myhub.azure-devices.net/devices/fakepi"),
            Err(Refusal::Signature)
        );
        let other = signed(resource, resource, "2000000000").check_signature(&keys, KeyForm::Text);
        assert_eq!(other, Err(Refusal::Signature));
    }

    /// Python: `b64encode(hmac.new(b"key", b"myhub.azure-devices.net%2Fdevices%2Ffakepi\n2000000000", sha256).digest())`.
    #[test]
    fn a_token_made_elsewhere_counts() {
        let token = "SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Ffakepi&sig=QfMkavFrlqPMKOmvkUAiUCcgXoejH2xZvWWNDQMZMeQ%3D\
                     &se=2000000000";
        let token = Token::parse(Some(token)).unwrap();
        assert_eq!(
            token.check_signature(&[Secret::from(KEY)], KeyForm::Decoded),
            Ok(())
        );
        assert_eq!(
            token.check_signature(&[Secret::from("b3RoZXI=")], KeyForm::Decoded),
            Err(Refusal::Signature)
        );
    }

    #[test]
    fn rights_are_read_as_they_are_printed() {
        let rights = Rights::try_from("RegistryWrite, ServiceConnect".to_owned()).unwrap();
        assert!(rights.include(Right::RegistryRead) && rights.include(Right::ServiceConnect));
        assert!(!rights.include(Right::DeviceConnect));
        assert!(Rights::try_from("Owner".to_owned()).is_err());
    }
}
