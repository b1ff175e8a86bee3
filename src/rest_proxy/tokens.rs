//! A token at hand when it is needed: from memory, from the owner's cache file, or new. The secret is never kept.

use super::entra::{Application, sign_in};
use super::error::RestError;
use crate::secret::Secret;
use jiff::{SignedDuration, Timestamp};
use reqwest::blocking::Client as Http;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A token is renewed this long before its end: a request that is on its way must not arrive too late.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// Of a token file.
const FILE_LIMIT: u64 = 64 * 1024;

/// A token and when it ends.
#[derive(Debug, Clone)]
pub struct Token {
    pub value: Secret,
    pub expires_at: Timestamp,
    /// From the cache file, not from Entra just now.
    pub cached: bool,
}

/// The tokens of one application.
pub struct Tokens {
    http: Http,
    application: Application,
    /// None: tokens are not kept beyond this run.
    file: Option<PathBuf>,
    held: Mutex<Option<Token>>,
}

/// The file: by tenant, client and scope, which are in its name as a digest.
#[derive(Serialize, Deserialize)]
struct Kept {
    access_token: String,
    /// Seconds since 1970.
    expires_at: i64,
}

impl Tokens {
    /// `cache` is the directory of our cache; Entra is not contacted.
    pub(super) fn new(http: Http, application: Application, cache: Option<PathBuf>) -> Self {
        let file = cache.map(|directory| {
            let mut digest = Sha256::new();
            for part in [
                application.authority.trim_end_matches('/'),
                &application.tenant,
                &application.client_id,
                &application.scope,
            ] {
                digest.update(part.to_ascii_lowercase());
                digest.update([0]);
            }
            let name = hex::encode(&digest.finalize()[..16]);
            directory.join("tokens").join(name + ".json")
        });
        Self {
            http,
            application,
            file,
            held: Mutex::default(),
        }
    }

    /// A token that is good for some minutes more.
    pub fn get(&self) -> Result<Token, RestError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let good = |token: &Token| remaining(token.expires_at) > MARGIN;
        if let Some(token) = held.as_ref().filter(|token| good(token)) {
            return Ok(token.clone());
        }
        if let Some(token) = self.read().filter(good) {
            *held = Some(token.clone());
            return Ok(token);
        }
        let token = self.fetch()?;
        *held = Some(token.clone());
        Ok(token)
    }

    /// A new token, because `refused` was not accepted. Another thread's newer one will do.
    pub fn renew(&self, refused: &Token) -> Result<Token, RestError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = held.as_ref()
            && token.value.expose() != refused.value.expose()
        {
            return Ok(token.clone());
        }
        let token = self.fetch()?;
        *held = Some(token.clone());
        Ok(token)
    }

    fn fetch(&self) -> Result<Token, RestError> {
        let granted = sign_in(&self.http, &self.application)?;
        let lifetime =
            SignedDuration::try_from(granted.lifetime.min(Duration::from_secs(48 * 3600)));
        let token = Token {
            value: granted.token,
            expires_at: Timestamp::now() + lifetime.unwrap_or(SignedDuration::ZERO),
            cached: false,
        };
        // A cache that cannot be written is no reason to fail.
        let _ = self.write(&token);
        Ok(token)
    }

    /// Only a file that is ours and nobody else can read.
    fn read(&self) -> Option<Token> {
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NOFOLLOW)
            .open(self.file.as_ref()?)
            .ok()?;
        let about = file.metadata().ok()?;
        // SAFETY: takes nothing and cannot fail.
        let me = unsafe { libc::geteuid() };
        if !about.is_file() || about.uid() != me || about.mode() & 0o077 != 0 {
            return None;
        }
        let mut text = String::new();
        file.take(FILE_LIMIT).read_to_string(&mut text).ok()?;
        let kept: Kept = serde_json::from_str(&text).ok()?;
        Some(Token {
            value: Secret::new(kept.access_token),
            expires_at: Timestamp::from_second(kept.expires_at).ok()?,
            cached: true,
        })
    }

    fn write(&self, token: &Token) -> std::io::Result<()> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let directory = path.parent().unwrap_or(path);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        // 0600 from its first byte; replaced whole.
        let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
        let kept = Kept {
            access_token: token.value.expose().to_owned(),
            expires_at: token.expires_at.as_second(),
        };
        temporary.write_all(&serde_json::to_vec(&kept)?)?;
        temporary.persist(path)?;
        Ok(())
    }
}

fn remaining(until: Timestamp) -> SignedDuration {
    until.duration_since(Timestamp::now())
}
