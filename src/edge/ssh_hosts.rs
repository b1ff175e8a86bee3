//! Which hosts the user's `~/.ssh/config` names: what is offered to a person who chooses one. What the file says about a
//! host is the business of `ssh_config`.

/// The aliases in the order of the file, without patterns. Files that it includes are not looked at; a file that cannot
/// be read names none.
pub fn ssh_hosts() -> Vec<String> {
    let file = etcetera::home_dir().map(|home| home.join(".ssh").join("config"));
    let bytes = file.ok().and_then(|file| std::fs::read(file).ok());
    named(&String::from_utf8_lossy(&bytes.unwrap_or_default()))
}

fn named(text: &str) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let Some((keyword, rest)) = line.split_once(|c: char| c.is_whitespace() || c == '=') else {
            continue;
        };
        if !keyword.eq_ignore_ascii_case("host") {
            continue;
        }
        let names = rest.trim_start_matches(['=', ' ', '\t']).split_whitespace();
        for name in names.map(|name| name.trim_matches('"')) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if !name.is_empty()
                && !name.starts_with('-')
                && name.chars().all(plain)
                && !hosts.iter().any(|host| host == name)
            {
                hosts.push(name.to_owned());
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    #[test]
    fn aliases_are_named_once_and_patterns_are_not() {
        let text = "User x\nHost edge *.example !bad\n  HostName 10.0.0.1\nHOST=jump \"edge\"\n# Host gone\nHostName no\nHost\thn-?\x1b\n";
        assert_eq!(super::named(text), ["edge", "jump"]);
    }
}
