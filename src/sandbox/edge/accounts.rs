//! The users of the node, as its own /etc/passwd and /etc/group have them.

use super::scratch::{Scratch, User};
use std::fs;

/// The account of that name, or of that number written in digits.
pub fn find(scratch: &Scratch, name: &str) -> Option<User> {
    let passwd = fs::read_to_string(scratch.host_path("/etc/passwd")).ok()?;
    let groups = fs::read_to_string(scratch.host_path("/etc/group")).unwrap_or_default();
    find_in(&passwd, &groups, name)
}

/// The login shell of the node's people: bash as on Ubuntu, where this machine has it.
pub fn shell() -> &'static str {
    if std::path::Path::new("/bin/bash").exists() {
        "/bin/bash"
    } else {
        "/bin/sh"
    }
}

/// The number of a group, by its name or its number.
pub fn group(scratch: &Scratch, name: &str) -> Option<u32> {
    let groups = fs::read_to_string(scratch.host_path("/etc/group")).ok()?;
    group_in(&groups, name)
}

pub fn find_in(passwd: &str, groups: &str, name: &str) -> Option<User> {
    let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let account = passwd
        .lines()
        .map(fields)
        .find(|f| f.len() >= 7 && (f[0] == name || f[2] == name))?;
    let gid = account[3].parse().ok()?;
    let others = groups
        .lines()
        .map(fields)
        .filter(|f| f.len() >= 4 && f[3].split(',').any(|member| member == account[0]));
    let mut all = vec![gid];
    all.extend(others.filter_map(|f| f[2].parse::<u32>().ok()));
    all.dedup();
    Some(User {
        name: account[0].clone(),
        uid: account[2].parse().ok()?,
        gid,
        groups: all,
        home: account[5].clone(),
    })
}

pub fn group_in(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let fits = fields.len() >= 3 && (fields[0] == name || fields[2] == name);
        fits.then(|| fields[2].parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_with_its_groups() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n";
        let groups = "root:x:0:\nsudo:x:27:ann\nhadoop:x:1009:kafka,ann\nann:x:1000:\n";
        let ann = find_in(passwd, groups, "ann").unwrap();
        assert_eq!(
            (ann.uid, ann.gid, ann.groups),
            (1000, 1000, vec![1000, 27, 1009])
        );
        assert_eq!(find_in(passwd, groups, "0").unwrap().name, "root");
        assert!(find_in(passwd, groups, "bob").is_none());
        assert_eq!(group_in(groups, "hadoop"), Some(1009));
    }
}
