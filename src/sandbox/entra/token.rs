//! Access tokens: JSON Web Tokens that are really signed (ES256) and really checked. Here: the key, the claims, and
//! what can be wrong with a token; who gets one is said in `mod`, what it opens where it is shown.
//!
//! Entra signs with RS256; nothing that reads these tokens cares which of the two it is, and this key can be made at
//! once.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, SigningKey as _};
use rustls::SignatureScheme;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Half of an ES256 signature, and of a public key.
const HALF: usize = 32;

/// What signs the tokens of one directory.
pub struct Signer {
    key: KeyPair,
    key_id: String,
}

/// What a token says. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The resource that the token is for, as it was asked for.
    pub aud: String,
    pub iss: String,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    /// The application's (client) id.
    pub appid: String,
    /// `app`: nobody has signed in beside the application.
    pub idtyp: String,
    /// The object id of its service principal: what roles and groups are given to.
    pub oid: String,
    pub sub: String,
    pub tid: String,
    pub ver: String,
}

/// Checks tokens of one directory. Holds nothing secret.
#[derive(Clone, Debug)]
pub struct Verifier {
    issuer: String,
    /// The point on the curve, uncompressed.
    public: Arc<[u8]>,
}

/// Why a token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("there is no bearer token")]
    Missing,
    #[error("the token is not a signed JWT of this directory")]
    Invalid,
    #[error("the token's time was over at {0} (seconds since 1970)")]
    Expired(i64),
    #[error("the token is for {0}")]
    Audience(String),
    #[error("the token was issued by {0}")]
    Issuer(String),
}

impl Signer {
    pub fn generate() -> anyhow::Result<Self> {
        Self::new(KeyPair::generate()?)
    }

    /// A P-256 key in PEM (PKCS #8): two processes that share it understand each other.
    pub fn from_file(path: &Path) -> anyhow::Result<Self> {
        let reading = || format!("reading the signing key {}", path.display());
        let pem = std::fs::read_to_string(path).with_context(reading)?;
        Self::new(KeyPair::from_pem(&pem).with_context(reading)?)
    }

    /// What [`Signer::from_file`] reads.
    pub fn to_pem(&self) -> crate::secret::Secret {
        crate::secret::Secret::new(self.key.serialize_pem())
    }

    fn new(key: KeyPair) -> anyhow::Result<Self> {
        anyhow::ensure!(
            key.public_key_raw().len() == 1 + 2 * HALF,
            "the signing key is not one of P-256"
        );
        let digest = Sha256::digest(key.public_key_raw());
        let key_id = URL_SAFE_NO_PAD.encode(&digest[..20]);
        Ok(Self { key, key_id })
    }

    pub fn verifier(&self, tenant: &str) -> Verifier {
        Verifier {
            issuer: issuer(tenant),
            public: self.key.public_key_raw().into(),
        }
    }

    pub(super) fn sign(&self, claims: &Claims) -> anyhow::Result<String> {
        let head = json!({"typ": "JWT", "alg": "ES256", "kid": self.key_id});
        let part = |value: &[u8]| URL_SAFE_NO_PAD.encode(value);
        let signed = format!(
            "{}.{}",
            part(head.to_string().as_bytes()),
            part(&serde_json::to_vec(claims)?)
        );
        let der = self.key.sign(signed.as_bytes())?;
        let signature = halves(&der).context("a signature of an unexpected form")?;
        Ok(format!("{signed}.{}", part(&signature)))
    }

    /// The JSON Web Key Set with the one key.
    pub(super) fn key_set(&self) -> Value {
        let point = &self.key.public_key_raw()[1..];
        json!({"keys": [{
            "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": self.key_id,
            "x": URL_SAFE_NO_PAD.encode(&point[..HALF]),
            "y": URL_SAFE_NO_PAD.encode(&point[HALF..]),
        }]})
    }
}

/// Of tokens of the old form, which is what Azure Resource Manager gets.
pub(super) fn issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

impl Verifier {
    /// Checks the header `Authorization: Bearer …`; `audiences` without a slash at the end, which does not matter.
    /// `now` in seconds since 1970.
    pub fn check(
        &self,
        authorization: Option<&str>,
        audiences: &[&str],
        now: i64,
    ) -> Result<Claims, TokenFault> {
        let (scheme, token) = authorization
            .and_then(|text| text.split_once(' '))
            .ok_or(TokenFault::Missing)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(TokenFault::Missing);
        }
        let claims = self.open(token.trim()).ok_or(TokenFault::Invalid)?;
        if claims.iss != self.issuer {
            return Err(TokenFault::Issuer(claims.iss));
        }
        if !audiences.contains(&claims.aud.trim_end_matches('/')) {
            return Err(TokenFault::Audience(claims.aud));
        }
        if claims.exp <= now {
            return Err(TokenFault::Expired(claims.exp));
        }
        Ok(claims)
    }

    /// The claims, if the signature is ours.
    fn open(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let head: Value = serde_json::from_slice(&decode(head)?).ok()?;
        if head["alg"] != "ES256" {
            return None;
        }
        let der = sequence(&decode(signature)?)?;
        let provider = rustls::crypto::ring::default_provider();
        let (_, algorithms) = provider
            .signature_verification_algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == SignatureScheme::ECDSA_NISTP256_SHA256)?;
        algorithms
            .iter()
            .any(|algorithm| {
                let checked = algorithm.verify_signature(&self.public, signed.as_bytes(), &der);
                checked.is_ok()
            })
            .then(|| serde_json::from_slice(&decode(claims)?).ok())
            .flatten()
    }
}

/// `SEQUENCE { INTEGER r, INTEGER s }` as the two numbers side by side.
fn halves(der: &[u8]) -> Option<Vec<u8>> {
    let mut rest = der.strip_prefix(&[0x30])?.get(1..)?;
    let mut out = Vec::with_capacity(2 * HALF);
    for _ in 0..2 {
        let length = usize::from(*rest.strip_prefix(&[0x02])?.first()?);
        let number = rest.get(2..2 + length)?;
        // A leading zero only says that the number is not negative.
        let number = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        out.resize(out.len() + HALF.checked_sub(number.len())?, 0);
        out.extend_from_slice(number);
        rest = &rest[2 + length..];
    }
    Some(out)
}

/// The way back.
fn sequence(halves: &[u8]) -> Option<Vec<u8>> {
    if halves.len() != 2 * HALF {
        return None;
    }
    let mut inside = Vec::new();
    for half in halves.chunks(HALF) {
        let zeros = half.iter().take_while(|byte| **byte == 0).count();
        let number = &half[zeros.min(HALF - 1)..];
        let pad = usize::from(number[0] >= 0x80);
        inside.extend([0x02, u8::try_from(number.len() + pad).ok()?]);
        inside.extend(std::iter::repeat_n(0, pad));
        inside.extend_from_slice(number);
    }
    let mut der = vec![0x30, u8::try_from(inside.len()).ok()?];
    der.extend(inside);
    Some(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            aud: "https://management.core.windows.net/".into(),
            iss: issuer("t1"),
            iat: 1_000,
            nbf: 1_000,
            exp: 2_000,
            appid: "a".into(),
            idtyp: "app".into(),
            oid: "o".into(),
            sub: "o".into(),
            tid: "t1".into(),
            ver: "1.0".into(),
        }
    }

    const ARM: &[&str] = &["https://management.core.windows.net"];

    #[test]
    fn what_is_signed_is_opened_and_nothing_else() {
        let signer = Signer::generate().unwrap();
        // Numbers with and without leading zeros come by chance.
        for round in 0..200 {
            let mut claims = claims();
            claims.sub = round.to_string();
            let token = signer.sign(&claims).unwrap();
            let shown = format!("Bearer {token}");
            let opened = signer.verifier("t1").check(Some(&shown), ARM, 1_500);
            assert_eq!(opened, Ok(claims));
        }
        let token = signer.sign(&claims()).unwrap();
        let check = |verifier: Verifier, header: Option<&str>| verifier.check(header, ARM, 1_500);
        assert_eq!(check(signer.verifier("t1"), None), Err(TokenFault::Missing));
        let basic = format!("Basic {token}");
        assert_eq!(
            check(signer.verifier("t1"), Some(&basic)),
            Err(TokenFault::Missing)
        );
        let stranger = Signer::generate().unwrap();
        let shown = format!("Bearer {token}");
        assert_eq!(
            check(stranger.verifier("t1"), Some(&shown)),
            Err(TokenFault::Invalid)
        );
        let parts: Vec<&str> = token.split('.').collect();
        let mut forged = claims();
        forged.exp = 9_000;
        let forged = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&forged).unwrap());
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        for wrong in [
            format!("{}.{forged}.{}", parts[0], parts[2]),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            "a.b.c".to_owned(),
            String::new(),
        ] {
            let shown = format!("Bearer {wrong}");
            let checked = check(signer.verifier("t1"), Some(&shown));
            assert_eq!(checked, Err(TokenFault::Invalid), "{wrong}");
        }
    }

    #[test]
    fn a_token_is_for_one_resource_one_directory_and_a_time() {
        let signer = Signer::generate().unwrap();
        let shown = format!("Bearer {}", signer.sign(&claims()).unwrap());
        let check = |tenant: &str, audiences, now| {
            signer.verifier(tenant).check(Some(&shown), audiences, now)
        };
        assert!(check("t1", ARM, 1_999).is_ok());
        assert_eq!(check("t1", ARM, 2_000), Err(TokenFault::Expired(2_000)));
        assert!(matches!(
            check("t1", &["https://hib.azurehdinsight.net"], 1_500),
            Err(TokenFault::Audience(_))
        ));
        assert!(matches!(
            check("t2", ARM, 1_500),
            Err(TokenFault::Issuer(_))
        ));
    }

    #[test]
    fn a_key_in_a_file_is_the_same_key() {
        let signer = Signer::generate().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), signer.to_pem().expose()).unwrap();
        let again = Signer::from_file(file.path()).unwrap();
        assert_eq!(signer.key_set(), again.key_set());
        std::fs::write(file.path(), "no key").unwrap();
        assert!(Signer::from_file(file.path()).is_err());
    }
}
