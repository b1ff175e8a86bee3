//! What the text of a setting may be, beyond its kind. Each rule answers with words that finish "NAME: …".
//!
//! These are the names that later become host names, URL paths, arguments and file contents, so each rule also keeps out
//! what could mean something there: a leading `-`, quotes, spaces, control characters. A rule never sees a secret.

use super::error::quoted;

pub type Rule = fn(&str) -> Result<(), String>;

/// HDInsight: at most 59 characters, letters, digits and hyphens.
pub fn cluster_name(text: &str) -> Result<(), String> {
    if let Some(name) = text
        .strip_prefix("https://")
        .or(Some(text))
        .and_then(|rest| rest.split_once(".azurehdinsight"))
    {
        return Err(format!("give the name alone, {}", quoted(name.0)));
    }
    length(text, 1, 59)?;
    start(text)?;
    only(text, "letters, digits and '-'", |c| {
        c.is_ascii_alphanumeric() || c == '-'
    })
}

/// IoT Hub: 3 to 50 characters, letters, digits and hyphens, no hyphen at an end.
pub fn hub_name(text: &str) -> Result<(), String> {
    if let Some((name, _)) = text.split_once(".azure-devices.") {
        return Err(format!("give the name alone, {}", quoted(name)));
    }
    length(text, 3, 50)?;
    start(text)?;
    only(text, "letters, digits and '-'", |c| {
        c.is_ascii_alphanumeric() || c == '-'
    })?;
    if text.ends_with('-') {
        Err("must not end with '-'".into())
    } else {
        Ok(())
    }
}

/// Kafka: 1 to 249 of `[a-zA-Z0-9._-]`, not `.` or `..`. Internal topics are refused as well.
pub fn topic(text: &str) -> Result<(), String> {
    length(text, 1, 249)?;
    only(text, "letters, digits, '.', '_' and '-'", |c| {
        c.is_ascii_alphanumeric() || "._-".contains(c)
    })?;
    match text {
        "." | ".." => Err("Kafka does not allow this name".into()),
        _ if text.starts_with("__") => {
            Err("names that start with '__' belong to Kafka itself".into())
        }
        _ => start(text),
    }
}

/// A host name or an address, without a port.
pub fn host(text: &str) -> Result<(), String> {
    length(text, 1, 253)?;
    start(text)?;
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok(());
    }
    only(
        text,
        "a host name: letters, digits, '.', '_' and '-'",
        |c| c.is_ascii_alphanumeric() || "._-".contains(c),
    )
}

/// `[user@]host[:port]`, as OpenSSH's ProxyJump has it; `none`.
pub fn jump(text: &str) -> Result<(), String> {
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, text),
    };
    if let Some(user) = user {
        unix_user(user)?;
    }
    // An IPv6 address has colons of its own, and brackets when a port follows.
    if place.parse::<std::net::Ipv6Addr>().is_ok() || !place.contains(':') {
        return host(place);
    }
    broker(place)
}

/// `host:port`, `[v6]:port`.
pub fn broker(text: &str) -> Result<(), String> {
    let Some((name, port)) = text.rsplit_once(':') else {
        return Err(format!(
            "{} has no port: HOST:PORT is expected",
            quoted(text)
        ));
    };
    if !port.starts_with('+') && port.parse::<u16>().is_ok_and(|port| port > 0) {
        host(
            name.strip_prefix('[')
                .and_then(|name| name.strip_suffix(']'))
                .unwrap_or(name),
        )
    } else {
        Err(format!("{} is not a port", quoted(port)))
    }
}

/// A base URL without credentials, query or path: `https://NAME.azurehdinsight.net`, `http://headnodehost:8080`.
pub fn url(text: &str) -> Result<(), String> {
    let Some(rest) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return Err("must start with https:// or http://".into());
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        // Not echoed: what stands before the @ may be a password.
        return Err("must not hold a user name or a password".into());
    }
    if rest.contains(['/', '?', '#']) {
        return Err("must be scheme, host and port only".into());
    }
    let has_port = rest
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    if has_port { broker(rest) } else { host(rest) }
}

/// A login name on a Linux node.
pub fn unix_user(text: &str) -> Result<(), String> {
    length(text, 1, 32)?;
    only(text, "letters, digits, '_', '.' and '-'", |c| {
        c.is_ascii_alphanumeric() || "_.-".contains(c)
    })?;
    match text.chars().next() {
        Some(first) if first.is_ascii_alphabetic() || first == '_' => Ok(()),
        _ => Err("must start with a letter or '_'".into()),
    }
}

/// A user name of HTTP Basic authentication: no colon can stand in it.
pub fn login(text: &str) -> Result<(), String> {
    word(text)?;
    if text.contains(':') {
        Err("must not contain ':'".into())
    } else {
        Ok(())
    }
}

/// An argument of another program: one word that cannot be taken for an option.
pub fn word(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    start(text)?;
    only(text, "visible characters without spaces or quotes", |c| {
        !c.is_control() && !c.is_whitespace() && !"\"'`\\".contains(c)
    })
}

/// Azure resource groups: letters, digits, `_ . - ( )`, at most 90.
pub fn resource_group(text: &str) -> Result<(), String> {
    length(text, 1, 90)?;
    start(text)?;
    only(text, "letters, digits, '_', '.', '-', '(' and ')'", |c| {
        c.is_alphanumeric() || "_.-()".contains(c)
    })
}

/// An id or a display name, which may hold spaces.
pub fn subscription(text: &str) -> Result<(), String> {
    length(text, 1, 256)?;
    start(text)?;
    one_line(text)
}

pub fn consumer_group(text: &str) -> Result<(), String> {
    length(text, 1, 50)?;
    start(text)?;
    only(text, "letters, digits, '$', '.', '_' and '-'", |c| {
        c.is_ascii_alphanumeric() || "$._-".contains(c)
    })
}

/// An absolute path on the node. It becomes part of unit files and arguments there.
pub fn node_path(text: &str) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err("must be an absolute path on the node".into());
    }
    if text.split('/').any(|part| part == "..") {
        return Err("must not contain '..'".into());
    }
    only(text, "letters, digits and '/._+-'", |c| {
        c.is_ascii_alphanumeric() || "/._+-".contains(c)
    })
}

/// `SHA256:` and 43 characters of base64, as ssh-keygen -l prints it.
pub fn host_key(text: &str) -> Result<(), String> {
    let digest = text
        .strip_prefix("SHA256:")
        .map(|digest| digest.trim_end_matches('='));
    match digest {
        Some(digest)
            if digest.len() == 43
                && digest
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/') =>
        {
            Ok(())
        }
        _ => Err("must be SHA256: and 43 characters, as `ssh-keygen -l` prints it".into()),
    }
}

/// As [`url`]; what is sent there is a secret.
pub fn https_url(text: &str) -> Result<(), String> {
    url(text)?;
    match text.starts_with("https://") {
        true => Ok(()),
        false => Err("must start with https://".into()),
    }
}

/// An Entra tenant: its id or a domain of its own. An application has no use for the tenants that everybody shares.
pub fn tenant(text: &str) -> Result<(), String> {
    host(text)?;
    match text {
        "common" | "organizations" | "consumers" => {
            Err("must be the tenant's id or its domain".into())
        }
        _ => Ok(()),
    }
}

/// The scope of an application's token: `https://RESOURCE/.default`.
pub fn scope(text: &str) -> Result<(), String> {
    word(text)?;
    match text.ends_with("/.default") {
        true => Ok(()),
        false => Err("must end with /.default, as scopes of applications do".into()),
    }
}

/// A JVM size: `256m`, `1g`.
pub fn heap(text: &str) -> Result<(), String> {
    let digits = text
        .strip_suffix(['k', 'K', 'm', 'M', 'g', 'G'])
        .unwrap_or("");
    match digits.parse::<u32>() {
        Ok(size) if size > 0 && !digits.starts_with('+') => Ok(()),
        _ => Err(format!("{} is not a size such as 256m or 1g", quoted(text))),
    }
}

/// RFC 3339 in UTC with `Z`, the only form that the connector takes.
pub fn instant(text: &str) -> Result<(), String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let bytes = text.as_bytes();
    // A second 60 is accepted by the parser and refused by the connector.
    let canonical =
        bytes.len() >= 20 && bytes[10] == b'T' && text.ends_with('Z') && &bytes[17..19] != b"60";
    match parsed {
        Ok(_) if canonical => Ok(()),
        Ok(time) => Err(format!(
            "{} must be in UTC with Z: write {time}",
            quoted(text)
        )),
        Err(_) => Err(format!(
            "{} is not a time such as 2026-01-31T09:00:00Z",
            quoted(text)
        )),
    }
}

pub fn one_line(text: &str) -> Result<(), String> {
    only(text, "one line without control characters", |c| {
        !c.is_control()
    })
}

fn length(text: &str, min: usize, max: usize) -> Result<(), String> {
    match text.chars().count() {
        0 => Err("must not be empty".into()),
        n if n < min || n > max => Err(format!("must have {min} to {max} characters, has {n}")),
        _ => Ok(()),
    }
}

fn start(text: &str) -> Result<(), String> {
    if text.starts_with('-') {
        Err("must not start with '-'".into())
    } else {
        Ok(())
    }
}

fn only(text: &str, what: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    match text.chars().enumerate().find(|(_, c)| !allowed(*c)) {
        None => Ok(()),
        Some((at, c)) if c.is_ascii_graphic() => {
            Err(format!("only {what} (got '{c}' at {})", at + 1))
        }
        Some((at, c)) => Err(format!(
            "only {what} (got U+{:04X} at {})",
            u32::from(c),
            at + 1
        )),
    }
}

#[cfg(test)]
mod tests;
