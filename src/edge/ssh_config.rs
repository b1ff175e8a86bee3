//! The user's `~/.ssh/config`: what it says about one host, as plain data.
//!
//! A keyword that would change how the host is reached and that is not honoured here is named and refused: connecting
//! in another way than `ssh` does would be a surprise at best. Keywords about what runs in the session (forwards,
//! terminals, local commands) do not concern us and are passed over. Not here: any connecting.

use super::{RemoteError, printable};
use ssh2_config::{DefaultAlgorithms, HostParams, ParseRule, SshConfig};
use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the file says; `None` and empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostConfig {
    pub host_name: Option<String>,
    pub user: Option<String>,
    pub port: Option<u16>,
    /// `ProxyJump`: `[user@]host[:port]` each, the nearest first.
    pub jump: Vec<String>,
    pub identity_files: Vec<PathBuf>,
    pub identities_only: bool,
    pub agent: AgentSocket,
    pub user_known_hosts: Option<Vec<PathBuf>>,
    pub global_known_hosts: Option<Vec<PathBuf>>,
    pub connect_timeout: Option<Duration>,
    pub alive_interval: Option<Duration>,
    pub alive_count: Option<u32>,
    pub no_public_key: bool,
}

/// `IdentityAgent`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AgentSocket {
    /// What `SSH_AUTH_SOCK` names.
    #[default]
    Environment,
    Never,
    Path(PathBuf),
}

/// Keywords that would change the connection, with the values that change nothing.
const REFUSED: [(&str, &[&str]); 13] = [
    ("proxycommand", &["none"]),
    ("proxyusefdpass", &["no"]),
    ("hostkeyalias", &[]),
    ("bindaddress", &[]),
    ("bindinterface", &[]),
    ("addressfamily", &["any"]),
    ("certificatefile", &["none"]),
    ("canonicalizehostname", &["no"]),
    ("knownhostscommand", &["none"]),
    ("revokedhostkeys", &["none"]),
    ("pkcs11provider", &["none"]),
    ("securitykeyprovider", &["internal"]),
    ("verifyhostkeydns", &["no", "ask"]),
];

/// Lists of algorithms. A list that only adds to the default is passed over (it widens what is accepted; libssh2's own
/// list stays); one that narrows it is refused, because libssh2 could pick what the user ruled out.
const ALGORITHMS: [&str; 5] = [
    "ciphers",
    "kexalgorithms",
    "macs",
    "hostkeyalgorithms",
    "pubkeyacceptedalgorithms",
];

const HONOURED: [&str; 15] = [
    "host",
    "include",
    "hostname",
    "proxyjump",
    "user",
    "port",
    "identityfile",
    "identitiesonly",
    "identityagent",
    "userknownhostsfile",
    "globalknownhostsfile",
    "connecttimeout",
    "serveraliveinterval",
    "serveralivecountmax",
    "pubkeyauthentication",
];

/// Reads what `path` says about `host`, as it was named by the user. A missing file says nothing. `jumps`: the way there is
/// given, and what the file says about it does not count, as with `ssh -J`.
pub fn read(
    path: &Path,
    host: &str,
    user: Option<&str>,
    jumps: bool,
) -> Result<HostConfig, RemoteError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(HostConfig::default()),
        Err(e) => {
            return Err(RemoteError::Config(format!(
                "cannot read {}: {e}",
                path.display()
            )));
        }
    };
    let refuse =
        |what: String| RemoteError::Config(format!("{}: {}", path.display(), printable(&what)));
    let text = prepare(&String::from_utf8_lossy(&bytes)).map_err(refuse)?;
    let rules = ParseRule::ALLOW_UNKNOWN_FIELDS | ParseRule::ALLOW_UNSUPPORTED_FIELDS;
    let config = SshConfig::default()
        .parse(&mut text.as_bytes(), rules)
        .map_err(|e| refuse(e.to_string()))?;
    // Only an included file can still have one: the file itself went through `prepare`.
    if config.get_hosts().iter().any(|h| {
        h.params
            .ignored_fields
            .keys()
            .any(|k| k.eq_ignore_ascii_case("match"))
    }) {
        return Err(refuse(
            "Match in an included file is not supported; use Host".into(),
        ));
    }
    let params = config.query(host);
    refuse_what_would_change_the_connection(&params, host, jumps).map_err(refuse)?;
    interpret(&params, host, user).map_err(refuse)
}

/// Leaves only lines that matter here, so that a value of no concern (`AddKeysToAgent ask`) is not an error of the
/// whole file. The crate knows no `Match` and would count its lines to the block before: `Match all` becomes
/// `Host *`; another one is dropped if it says nothing of concern, and refused if it does.
fn prepare(text: &str) -> Result<String, String> {
    let mut kept = String::new();
    let mut in_match: Option<(usize, &str)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let keyword = line
            .split(|c: char| c.is_whitespace() || c == '=')
            .next()
            .unwrap_or_default();
        let keyword = keyword.trim_matches('"').to_lowercase();
        let words: Vec<String> = line.split_whitespace().map(str::to_lowercase).collect();
        if keyword == "host" {
            in_match = None;
        }
        if keyword == "match" {
            let all = words == ["match", "all"];
            in_match = (!all).then_some((index + 1, line));
            kept.push_str(if all { "Host *" } else { "" });
        } else if concerns_us(&keyword) {
            if let Some((number, condition)) = in_match {
                return Err(format!(
                    "line {number}: `{condition}` is not supported (it sets {keyword}); use Host"
                ));
            }
            kept.push_str(line);
        }
        kept.push('\n');
    }
    Ok(kept)
}

fn concerns_us(keyword: &str) -> bool {
    HONOURED.contains(&keyword)
        || ALGORITHMS.contains(&keyword)
        || REFUSED.iter().any(|(name, _)| *name == keyword)
}

fn refuse_what_would_change_the_connection(
    params: &HostParams,
    host: &str,
    jumps: bool,
) -> Result<(), String> {
    for (keyword, harmless) in REFUSED {
        let Some(value) = value_of(params, keyword) else {
            continue;
        };
        if jumps && keyword == "proxycommand" {
            continue;
        }
        if !harmless.iter().any(|word| value.eq_ignore_ascii_case(word)) {
            let instead = match keyword {
                "proxycommand" => "; a jump host is named with ProxyJump, or with --jump",
                _ => "",
            };
            return Err(format!(
                "{keyword} {value} (for {host}) is not supported{instead}"
            ));
        }
    }
    let default = HostParams::new(&DefaultAlgorithms::default());
    let lists = |p: &HostParams| {
        [
            &p.ciphers,
            &p.kex_algorithms,
            &p.mac,
            &p.host_key_algorithms,
            &p.pubkey_accepted_algorithms,
        ]
        .map(|list| list.algorithms().to_vec())
    };
    for ((keyword, wanted), usual) in ALGORITHMS
        .into_iter()
        .zip(lists(params))
        .zip(lists(&default))
    {
        if usual.iter().any(|name| !wanted.contains(name)) {
            return Err(format!(
                "{keyword} (for {host}) rules algorithms out, which is not supported"
            ));
        }
    }
    Ok(())
}

/// The value of a keyword of [`REFUSED`], wherever the crate keeps it.
fn value_of<'a>(params: &'a HostParams, keyword: &str) -> Option<Cow<'a, str>> {
    match keyword {
        "bindaddress" => params.bind_address.as_deref().map(Cow::from),
        "bindinterface" => params.bind_interface.as_deref().map(Cow::from),
        "certificatefile" => params
            .certificate_file
            .as_ref()
            .map(|path| path.to_string_lossy()),
        _ => words_of(params, keyword).map(|words| words.join(" ").into()),
    }
}

fn words_of<'a>(params: &'a HostParams, keyword: &str) -> Option<&'a Vec<String>> {
    let mut fields = params
        .unsupported_fields
        .iter()
        .chain(&params.ignored_fields);
    fields
        .find(|(name, _)| name.eq_ignore_ascii_case(keyword))
        .map(|(_, words)| words)
}

fn interpret(params: &HostParams, host: &str, user: Option<&str>) -> Result<HostConfig, String> {
    let host_name = match &params.host_name {
        Some(name) => Some(expand(
            name,
            &Tokens {
                host,
                original: host,
                user: "",
            },
        )?),
        None => None,
    };
    let user = user.map(str::to_owned).or_else(|| params.user.clone());
    let tokens = Tokens {
        host: host_name.as_deref().unwrap_or(host),
        original: host,
        user: user.as_deref().unwrap_or_default(),
    };
    let paths = |keyword: &str| -> Result<Option<Vec<PathBuf>>, String> {
        let Some(words) = words_of(params, keyword) else {
            return Ok(None);
        };
        let real = words
            .iter()
            .filter(|word| !word.eq_ignore_ascii_case("none"));
        real.map(|word| path_of(word, &tokens))
            .collect::<Result<_, _>>()
            .map(Some)
    };
    let word = |keyword: &str| words_of(params, keyword).and_then(|words| words.first());
    let mut identity_files = Vec::new();
    for path in params.identity_file.iter().flatten() {
        let text = path.to_string_lossy();
        if !text.eq_ignore_ascii_case("none") {
            identity_files.push(path_of(&text, &tokens)?);
        }
    }
    let alive_count = match word("serveralivecountmax") {
        Some(text) => Some(
            text.parse()
                .map_err(|_| format!("ServerAliveCountMax {text} is not a number"))?,
        ),
        None => None,
    };
    Ok(HostConfig {
        user_known_hosts: paths("userknownhostsfile")?,
        global_known_hosts: paths("globalknownhostsfile")?,
        identities_only: word("identitiesonly")
            .is_some_and(|text| text.eq_ignore_ascii_case("yes")),
        agent: match word("identityagent").map(String::as_str) {
            None | Some("SSH_AUTH_SOCK" | "$SSH_AUTH_SOCK") => AgentSocket::Environment,
            Some(none) if none.eq_ignore_ascii_case("none") => AgentSocket::Never,
            Some(path) => AgentSocket::Path(path_of(path, &tokens)?),
        },
        port: params.port,
        jump: jumps(params, &tokens)?,
        identity_files,
        connect_timeout: params.connect_timeout,
        // 0 means "never ask" to ssh; a bridge that may hang forever is of no use to anybody.
        alive_interval: params
            .server_alive_interval
            .filter(|interval| !interval.is_zero()),
        alive_count,
        no_public_key: params.pubkey_authentication == Some(false),
        host_name,
        user,
    })
}

fn jumps(params: &HostParams, tokens: &Tokens) -> Result<Vec<String>, String> {
    let hops = params.proxy_jump.iter().flatten().map(|hop| hop.trim());
    let real = hops.filter(|hop| !hop.is_empty() && !hop.eq_ignore_ascii_case("none"));
    real.map(|hop| expand(hop, tokens)).collect()
}

struct Tokens<'a> {
    host: &'a str,
    original: &'a str,
    user: &'a str,
}

fn path_of(text: &str, tokens: &Tokens) -> Result<PathBuf, String> {
    let text = expand(text.trim_matches('"'), tokens)?;
    match text.strip_prefix("~/") {
        Some(rest) => Ok(home()?.join(rest)),
        None => Ok(text.into()),
    }
}

/// The tokens of ssh_config(5) that can be answered without connecting.
fn expand(text: &str, tokens: &Tokens) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('h') => out.push_str(tokens.host),
            Some('n') => out.push_str(tokens.original),
            Some('r') if !tokens.user.is_empty() => out.push_str(tokens.user),
            Some('d') => out.push_str(&home()?.to_string_lossy()),
            other => {
                let token: String = other.into_iter().collect();
                return Err(format!("the token %{token} in `{text}` is not supported"));
            }
        }
    }
    Ok(out)
}

fn home() -> Result<PathBuf, String> {
    etcetera::home_dir().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests;
