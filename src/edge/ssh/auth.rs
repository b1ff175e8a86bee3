//! Who we are to the node: key files, ssh-agent, password. What needs nobody to be asked comes first, then the passphrases
//! of keys, then the password; each is tried once (what a person typed, twice), and what was tried is told.

use super::Target;
use super::key_file::{is_encrypted, public_half};
use crate::edge::printable;
use crate::edge::questions::{Questions, Verdict, Wanted};
use crate::edge::ssh_config::{AgentSocket, HostConfig};
use crate::secret::Secret;
use ssh2::{ErrorCode, KeyboardInteractivePrompt, Prompt, Session};
use std::path::{Path, PathBuf};

const DEFAULT_KEYS: [&str; 3] = ["id_ed25519", "id_ecdsa", "id_rsa"];

/// libssh2's codes: the socket failed or nothing came in time.
const SOCKET: [i32; 5] = [-7, -9, -13, -30, -43];
const REFUSED: [i32; 2] = [-18, -19];
/// It uses the codes of a refusal also when the answer did not come, and only says so in words.
const NO_ANSWER: &str = "Waiting for";

pub struct Identity {
    pub user: String,
    host: String,
    /// Named by the caller: before the agent.
    own_key: Option<PathBuf>,
    /// From the ssh configuration, or ssh's defaults: after the agent.
    keys: Vec<PathBuf>,
    /// `IdentitiesOnly`: of the agent's keys only those whose public half is known.
    only_these: bool,
    agent: AgentSocket,
    public_key: bool,
    passphrase: Option<Secret>,
    password: Option<Secret>,
    questions: Questions,
}

impl Identity {
    pub fn resolve(
        target: &Target,
        config: HostConfig,
        user: String,
        host: &str,
        ssh: &Path,
    ) -> Self {
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
            host: host.to_owned(),
            own_key: target.identity_file.clone(),
            keys,
            only_these: config.identities_only,
            agent: config.agent,
            public_key: !config.no_public_key,
            passphrase: target.passphrase.clone(),
            password: target.password.clone(),
            questions: target.questions.clone(),
        }
    }

    fn has_keys(&self) -> bool {
        let agent = match self.agent {
            AgentSocket::Environment => std::env::var_os("SSH_AUTH_SOCK").is_some(),
            AgentSocket::Never => false,
            AgentSocket::Path(_) => true,
        };
        self.public_key && (agent || self.own_key.is_some() || !self.keys.is_empty())
    }
}

pub enum Refusal {
    /// What was tried and how the server answered, in one line.
    Tried(String),
    /// The connection ended before anything had been refused.
    Cut(String),
}

/// # Errors
/// A server that hangs up after it has refused something refuses (too many attempts); one that does so before is not there.
/// libssh2 does not pass on what a server says when it hangs up, so one that allows a single attempt is taken for cut.
pub fn authenticate(session: &Session, identity: &Identity) -> Result<(), Refusal> {
    let mut attempt = Attempt {
        session,
        identity,
        accepted: String::new(),
        tried: Vec::new(),
        refused: false,
        over: None,
    };
    // Which methods the server takes costs a round trip and, after a refusal, one of the few attempts; with keys alone,
    // the answer would change nothing.
    let keys_first = identity.has_keys() && identity.password.is_none();
    if keys_first {
        attempt.keys();
    }
    if !attempt.done() {
        attempt.ask_methods();
    }
    if !keys_first && identity.public_key && attempt.offers("publickey") {
        attempt.keys();
    }
    if identity.public_key && attempt.offers("publickey") {
        attempt.asked_keys();
    }
    attempt.password();
    attempt.outcome()
}

struct Attempt<'a> {
    session: &'a Session,
    identity: &'a Identity,
    /// The server's list, once it was asked.
    accepted: String,
    tried: Vec<String>,
    /// The server said no at least once.
    refused: bool,
    /// The connection has ended: nothing more can be tried.
    over: Option<String>,
}

impl Attempt<'_> {
    fn outcome(mut self) -> Result<(), Refusal> {
        if self.session.authenticated() {
            return Ok(());
        }
        if self.tried.is_empty() {
            self.tried
                .push("nothing (no key, no agent, no password)".into());
        }
        let tried = self.tried.join(", ");
        match self.over {
            Some(cause) if !self.refused => Err(Refusal::Cut(format!("during the login {cause}"))),
            Some(cause) => Err(Refusal::Tried(format!("{tried}; then {cause}"))),
            None => Err(Refusal::Tried(format!(
                "{tried}; the server accepts {}",
                self.accepted
            ))),
        }
    }

    fn ask_methods(&mut self) {
        match self.session.auth_methods(&self.identity.user) {
            Ok(list) => self.accepted = printable(list),
            Err(e) => {
                self.note(None, Err(e));
            }
        }
    }

    fn offers(&self, method: &str) -> bool {
        self.accepted.split(',').any(|name| name == method)
    }

    fn done(&self) -> bool {
        self.over.is_some() || self.session.authenticated()
    }

    /// All that can be tried without asking anybody.
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

    fn key_file(&mut self, path: &Path) {
        if self.done() {
            return;
        }
        let shown = format!("key {}", path.display());
        let encrypted = match std::fs::read(path) {
            Err(e) => return self.tried.push(format!("{shown} ({})", e.kind())),
            Ok(bytes) => is_encrypted(&String::from_utf8_lossy(&bytes)),
        };
        if !encrypted {
            let result = self
                .session
                .userauth_pubkey_file(&self.identity.user, None, path, None);
            self.note(Some(shown), result);
            return;
        }
        let known = self.identity.questions.answered(&wanted(path));
        if let Some(passphrase) = known.as_ref().or(self.identity.passphrase.as_ref())
            && self.unlock(path, passphrase) == Verdict::Wrong
        {
            self.tried
                .push(format!("{shown} (its passphrase is wrong)"));
        }
    }

    /// Encrypted keys whose passphrase is not given: a person may know it.
    fn asked_keys(&mut self) {
        let identity = self.identity;
        for path in identity.own_key.iter().chain(&identity.keys) {
            let text = std::fs::read(path).unwrap_or_default();
            let open = !is_encrypted(&String::from_utf8_lossy(&text));
            if self.done() || identity.passphrase.is_some() || open {
                continue;
            }
            let questions = identity.questions.clone();
            let verdict = questions.try_answers(&wanted(path), |answer| self.unlock(path, answer));
            let why = match verdict {
                Some(Verdict::Right | Verdict::Over) => continue,
                Some(Verdict::Wrong) => "its passphrase is wrong",
                None => "needs its passphrase",
            };
            self.tried.push(format!("key {} ({why})", path.display()));
        }
    }

    /// Tries an encrypted key. libssh2 has one error for a wrong passphrase and an unknown format; a passphrase is the
    /// likelier one.
    fn unlock(&mut self, path: &Path, passphrase: &Secret) -> Verdict {
        let user = &self.identity.user;
        let result = self
            .session
            .userauth_pubkey_file(user, None, path, Some(passphrase.expose()));
        match result {
            Ok(()) => Verdict::Right,
            Err(e) if e.code() == ErrorCode::Session(-16) => Verdict::Wrong,
            Err(e) => {
                self.note(Some(format!("key {}", path.display())), Err(e));
                // The passphrase was right, the key is not wanted.
                Verdict::Over
            }
        }
    }

    /// Tells apart what the server refused, what never reached it, and the end of the connection.
    fn note(&mut self, shown: Option<String>, result: Result<(), ssh2::Error>) {
        let Err(error) = result else { return };
        let (code, text) = (error.code(), printable(error.message()));
        let among =
            |codes: &[i32]| matches!(code, ErrorCode::Session(code) if codes.contains(&code));
        if among(&SOCKET) || text.starts_with(NO_ANSWER) {
            self.over = Some(match among(&[-9, -30]) {
                true => "the server did not answer".into(),
                false => "the server closed the connection".into(),
            });
            self.tried.extend(shown);
        } else if among(&REFUSED) {
            self.refused = true;
            self.tried.extend(shown);
        } else {
            let shown = shown.unwrap_or_else(|| "nothing yet".into());
            self.tried.push(format!("{shown} ({text})"));
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
            Ok(1) => self.tried.push("ssh-agent (1 key)".into()),
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
        let identity = self.identity;
        let named = identity.own_key.iter().chain(&identity.keys);
        let allowed: Vec<Vec<u8>> = named.filter_map(|path| public_half(path)).collect();
        let mut keys = agent.identities()?;
        // The named ones first: a server takes only so many attempts.
        keys.sort_by_key(|key| !allowed.iter().any(|blob| blob == key.blob()));
        let mut offered = 0;
        for key in keys {
            let named = allowed.iter().any(|blob| blob == key.blob());
            if self.done() || (identity.only_these && !named) {
                break;
            }
            offered += 1;
            let result = agent.userauth(&identity.user, &key);
            let words = format!("a key of ssh-agent ({})", printable(key.comment()));
            let before = self.tried.len();
            self.note(Some(words), result);
            if self.refused {
                // Told as one by their number.
                self.tried.truncate(before);
            }
        }
        Ok(offered)
    }

    /// One try of a given password: a second one with the same wrong password only brings a lock-out nearer.
    fn password(&mut self) {
        if self.done() {
            return;
        }
        let method = ["password", "keyboard-interactive"]
            .into_iter()
            .find(|method| self.offers(method));
        let identity = self.identity;
        let wanted = Wanted::Password {
            user: identity.user.clone(),
            host: identity.host.clone(),
        };
        let known = identity.questions.answered(&wanted);
        match (known.as_ref().or(identity.password.as_ref()), method) {
            (Some(_), None) => self
                .tried
                .push("not the password (not accepted here)".into()),
            (None, None) => {}
            (Some(password), Some(method)) => {
                self.try_password(password, method);
            }
            (None, Some(method)) => {
                let questions = identity.questions.clone();
                questions.try_answers(&wanted, |answer| self.try_password(answer, method));
            }
        }
    }

    fn try_password(&mut self, password: &Secret, method: &str) -> Verdict {
        let user = &self.identity.user;
        let (shown, result) = if method == "password" {
            let result = self.session.userauth_password(user, password.expose());
            ("password".to_owned(), result)
        } else {
            let mut answers = Answers {
                password: Some(password),
            };
            let result = self
                .session
                .userauth_keyboard_interactive(user, &mut answers);
            (format!("password ({method})"), result)
        };
        self.note(Some(shown), result);
        match self.session.authenticated() {
            true => Verdict::Right,
            false if self.over.is_some() => Verdict::Over,
            false => Verdict::Wrong,
        }
    }
}

fn wanted(key: &Path) -> Wanted {
    Wanted::Passphrase {
        key: key.to_owned(),
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
