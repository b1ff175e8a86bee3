//! Who we are to the node: key files, ssh-agent, password, in that order; each is tried once, and what was tried is told.
//! Passphrases are not asked for: an encrypted key belongs into the agent.

use super::Target;
use crate::edge::printable;
use crate::edge::ssh_config::{AgentSocket, HostConfig};
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ssh2::{ErrorCode, KeyboardInteractivePrompt, Prompt, Session};
use std::path::{Path, PathBuf};

const DEFAULT_KEYS: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

pub struct Identity {
    pub user: String,
    /// Named by the caller: before the agent.
    own_key: Option<PathBuf>,
    /// From the ssh configuration, or ssh's defaults: after the agent.
    keys: Vec<PathBuf>,
    /// `IdentitiesOnly`: of the agent's keys only those whose public half lies beside a key file.
    only_these: bool,
    agent: AgentSocket,
    public_key: bool,
    password: Option<Secret>,
}

impl Identity {
    pub fn resolve(target: &Target, config: HostConfig, user: String, ssh: &Path) -> Self {
        let mut keys = config.identity_files;
        if keys.is_empty() && target.identity_file.is_none() {
            keys.extend(
                DEFAULT_KEYS
                    .map(|name| ssh.join(name))
                    .into_iter()
                    .filter(|path| path.exists()),
            );
        }
        Self {
            user,
            own_key: target.identity_file.clone(),
            keys,
            only_these: config.identities_only,
            agent: config.agent,
            public_key: !config.no_public_key,
            password: target.password.clone(),
        }
    }
}

/// # Errors
/// What was tried and how the server answered, in one line.
pub fn authenticate(session: &Session, identity: &Identity) -> Result<(), String> {
    let accepted = match session.auth_methods(&identity.user) {
        Ok(list) => printable(list),
        Err(e) => return Err(format!("nothing yet: {}", printable(e.message()))),
    };
    if session.authenticated() {
        return Ok(());
    }
    let offers = |method: &str| accepted.split(',').any(|name| name == method);
    let mut attempt = Attempt {
        session,
        identity,
        tried: Vec::new(),
        over: false,
    };
    if offers("publickey") && identity.public_key {
        attempt.keys();
    }
    if !session.authenticated() && !attempt.over {
        attempt.password(offers("password"), offers("keyboard-interactive"));
    }
    if session.authenticated() {
        return Ok(());
    }
    if attempt.tried.is_empty() {
        attempt
            .tried
            .push("nothing (no key, no agent, no password)".into());
    }
    Err(format!(
        "{}; the server accepts {accepted}",
        attempt.tried.join(", ")
    ))
}

struct Attempt<'a> {
    session: &'a Session,
    identity: &'a Identity,
    tried: Vec<String>,
    /// The server hung up: nothing more can be tried.
    over: bool,
}

impl Attempt<'_> {
    fn keys(&mut self) {
        let identity = self.identity;
        if let Some(path) = &identity.own_key {
            self.key_file(path);
        }
        self.agent();
        for path in &identity.keys {
            self.key_file(path);
        }
    }

    fn done(&self) -> bool {
        self.over || self.session.authenticated()
    }

    fn key_file(&mut self, path: &Path) {
        if self.done() {
            return;
        }
        let shown = format!("key {}", path.display());
        match std::fs::read(path) {
            Err(e) => self.tried.push(format!("{shown} ({})", e.kind())),
            // libssh2 would call it a wrong format.
            Ok(bytes) if is_encrypted(&String::from_utf8_lossy(&bytes)) => {
                self.tried.push(format!(
                    "{shown} (needs its passphrase: add it to ssh-agent with ssh-add)"
                ));
            }
            Ok(_) => {
                let result =
                    self.session
                        .userauth_pubkey_file(&self.identity.user, None, path, None);
                self.note(shown, result);
            }
        }
    }

    /// The reasons of libssh2 that mean more than "refused" are told.
    fn note(&mut self, shown: String, result: Result<(), ssh2::Error>) {
        let Err(error) = result else { return };
        match error.code() {
            ErrorCode::Session(-18 | -19) => self.tried.push(shown),
            ErrorCode::Session(-7 | -13 | -43) => {
                self.over = true;
                self.tried
                    .push(format!("{shown} (then the server closed the connection)"));
            }
            _ => self
                .tried
                .push(format!("{shown} ({})", printable(error.message()))),
        }
    }

    fn agent(&mut self) {
        if self.done() || self.identity.agent == AgentSocket::Never {
            return;
        }
        if self.identity.agent == AgentSocket::Environment
            && std::env::var_os("SSH_AUTH_SOCK").is_none()
        {
            return;
        }
        match self.ask_agent() {
            Ok(0) => self.tried.push("ssh-agent (no fitting key)".into()),
            Ok(keys) => self.tried.push(format!("ssh-agent ({keys} keys)")),
            Err(e) => self
                .tried
                .push(format!("ssh-agent ({})", printable(e.message()))),
        }
    }

    /// How many of its keys were offered.
    fn ask_agent(&mut self) -> Result<usize, ssh2::Error> {
        let mut agent = self.session.agent()?;
        if let AgentSocket::Path(path) = &self.identity.agent {
            agent.set_identity_path(path)?;
        }
        agent.connect()?;
        agent.list_identities()?;
        let allowed: Vec<Vec<u8>> = self
            .identity
            .own_key
            .iter()
            .chain(&self.identity.keys)
            .filter_map(|path| public_half(path))
            .collect();
        let mut offered = 0;
        for key in agent.identities()? {
            if self.identity.only_these && !allowed.iter().any(|blob| blob == key.blob()) {
                continue;
            }
            offered += 1;
            if agent.userauth(&self.identity.user, &key).is_ok() {
                break;
            }
        }
        Ok(offered)
    }

    /// One try: a second one with the same wrong password only brings a lock-out nearer.
    fn password(&mut self, plain: bool, interactive: bool) {
        let Some(password) = &self.identity.password else {
            return;
        };
        if plain {
            let result = self
                .session
                .userauth_password(&self.identity.user, password.expose());
            self.note("password".into(), result);
        } else if interactive {
            let mut answers = Answers {
                password: Some(password),
            };
            let result = self
                .session
                .userauth_keyboard_interactive(&self.identity.user, &mut answers);
            self.note("password (keyboard-interactive)".into(), result);
        } else {
            self.tried
                .push("not the password (not accepted here)".into());
        }
    }
}

/// Answers the first hidden question with the password, and every other with nothing.
struct Answers<'a> {
    password: Option<&'a Secret>,
}

impl KeyboardInteractivePrompt for Answers<'_> {
    fn prompt<'a>(
        &mut self,
        _user: &str,
        _instructions: &str,
        prompts: &[Prompt<'a>],
    ) -> Vec<String> {
        let mut answer = |prompt: &Prompt| match self.password.take_if(|_| !prompt.echo) {
            Some(password) => password.expose().to_owned(),
            None => String::new(),
        };
        prompts.iter().map(&mut answer).collect()
    }
}

/// The blob of `FILE.pub`.
fn public_half(path: &Path) -> Option<Vec<u8>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    let text = std::fs::read_to_string(name).ok()?;
    STANDARD.decode(text.split_whitespace().nth(1)?).ok()
}

/// PEM says it in a header; OpenSSH's own format names its cipher after the magic.
fn is_encrypted(text: &str) -> bool {
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return true;
    }
    let Some((_, body)) = text.split_once("-----BEGIN OPENSSH PRIVATE KEY-----") else {
        return false;
    };
    let body: String = body
        .split("-----")
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    // Only the beginning is looked at; 64 characters are 48 bytes.
    let head = body
        .get(..64)
        .and_then(|head| STANDARD.decode(head).ok())
        .unwrap_or_default();
    head.strip_prefix(b"openssh-key-v1\0\0\0\0")
        .is_some_and(|rest| !rest.starts_with(b"\x04none"))
}

#[cfg(test)]
mod tests {
    use super::is_encrypted;

    fn key(kind: &[&str]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let output = std::process::Command::new("ssh-keygen")
            .args(["-q", "-f"])
            .arg(&path)
            .args(kind)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn encrypted_keys_are_recognised_in_every_format() {
        assert!(is_encrypted(&key(&["-t", "ed25519", "-N", "words"])));
        assert!(!is_encrypted(&key(&["-t", "ed25519", "-N", ""])));
        assert!(is_encrypted(&key(&[
            "-t", "ecdsa", "-m", "PEM", "-N", "words"
        ])));
        assert!(!is_encrypted(&key(&["-t", "ecdsa", "-m", "PEM", "-N", ""])));
        assert!(is_encrypted(&key(&[
            "-t", "ecdsa", "-m", "PKCS8", "-N", "words"
        ])));
        assert!(!is_encrypted(&key(&[
            "-t", "ecdsa", "-m", "PKCS8", "-N", ""
        ])));
        assert!(!is_encrypted(""));
    }
}
