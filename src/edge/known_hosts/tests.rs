//! OpenSSH's cases: plain, hashed, ports, wildcards, revoked, garbage.

use super::*;

const ED: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIIgZnSbOw4AKpSZcMAkm1zh9V2rXIyVq7Dkeflt9uVXM";

/// A blob of any type whose body is one byte repeated: enough for a comparison.
fn key(key_type: &str, byte: u8) -> Vec<u8> {
    let mut blob = (key_type.len() as u32).to_be_bytes().to_vec();
    blob.extend(key_type.as_bytes());
    blob.extend([0, 0, 0, 32]);
    blob.extend([byte; 32]);
    blob
}

fn line(hosts: &str, key: &[u8]) -> String {
    format!("{hosts} {} {}\n", key_type(key), STANDARD.encode(key))
}

fn hosts(text: &str) -> KnownHosts {
    KnownHosts {
        lines: parse(text, "known_hosts"),
    }
}

fn known(text: &str, name: &str, key: &[u8]) -> bool {
    hosts(text).judge(name, key) == Verdict::Known
}

#[test]
fn plain_lists_and_ports() {
    let ed = key("ssh-ed25519", 1);
    let text = line("edge.example,10.0.0.4", &ed);
    assert!(known(&text, "edge.example", &ed));
    assert!(known(&text, "10.0.0.4", &ed));
    assert!(!known(&text, "edge.example.org", &ed));
    assert!(
        !known(&text, &host_name("edge.example", 2222), &ed),
        "a line without a port is for port 22"
    );
    assert!(known(
        &line("[edge.example]:2222", &ed),
        &host_name("EDGE.example", 2222),
        &ed
    ));
    assert!(!known(
        &line("[edge.example]:2222", &ed),
        "edge.example",
        &ed
    ));
    assert!(
        known(&text.replace(' ', "\t"), "edge.example", &ed),
        "tabs separate as blanks do"
    );
    assert!(
        known(text.trim_end(), "edge.example", &ed),
        "no newline at the end"
    );
}

#[test]
fn wildcards_and_negation() {
    let ed = key("ssh-ed25519", 1);
    let text = line("*.example,!bad.example,node?", &ed);
    assert!(known(&text, "edge.example", &ed));
    assert!(known(&text, "a.b.example", &ed));
    assert!(!known(&text, "bad.example", &ed));
    assert!(known(&text, "node7", &ed));
    assert!(!known(&text, "node77", &ed));
    assert!(
        !known(&line("!edge.example", &ed), "edge.example", &ed),
        "a negation alone matches nothing"
    );
    assert!(known(
        &line("[*.example]:2222", &ed),
        "[edge.example]:2222",
        &ed
    ));
    assert!(
        wildcard_fits("a*b*c", "aXbYbZc")
            && !wildcard_fits("a*b*c", "aXbY")
            && wildcard_fits("**", "")
    );
}

#[test]
fn hashed_names_made_by_ssh_keygen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("known_hosts");
    let ed = STANDARD.decode(ED).unwrap();
    std::fs::write(
        &path,
        line("edge.example", &ed) + &line("[edge.example]:2222", &ed),
    )
    .unwrap();
    let status = std::process::Command::new("ssh-keygen")
        .arg("-Hf")
        .arg(&path)
        .output()
        .unwrap();
    assert!(status.status.success());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("|1|") && !text.contains("edge.example"));
    let hosts = KnownHosts::read(&[path]).unwrap();
    assert_eq!(hosts.judge("edge.example", &ed), Verdict::Known);
    assert_eq!(hosts.judge("[edge.example]:2222", &ed), Verdict::Known);
    assert_eq!(hosts.judge("[edge.example]:2223", &ed), Verdict::Unknown);
    assert_eq!(hosts.judge("other.example", &ed), Verdict::Unknown);
    assert!(matches!(
        hosts.judge("edge.example", &key("ssh-ed25519", 9)),
        Verdict::Changed { .. }
    ));
    assert!(matches!(
        hosts.judge("edge.example", &key("ssh-rsa", 9)),
        Verdict::Changed { .. }
    ));
    assert_eq!(hosts.key_types("edge.example"), ["ssh-ed25519"]);
}

#[test]
fn another_key_or_another_type_is_changed_never_unknown() {
    let (ed, rsa) = (key("ssh-ed25519", 1), key("ssh-rsa", 2));
    let text = line("edge.example", &rsa);
    let expected = format!("{} (known_hosts:1)", fingerprint(&rsa));
    assert_eq!(
        hosts(&text).judge("edge.example", &ed),
        Verdict::Changed { expected }
    );
    assert_eq!(hosts(&text).key_types("edge.example"), ["ssh-rsa"]);
    let both = text + &line("edge.example", &ed);
    assert!(known(&both, "edge.example", &ed) && known(&both, "edge.example", &rsa));
    assert_eq!(
        hosts(&both).key_types("edge.example"),
        ["ssh-rsa", "ssh-ed25519"]
    );
}

#[test]
fn a_revoked_key_is_refused_even_where_it_is_also_known() {
    let (ed, other) = (key("ssh-ed25519", 1), key("ssh-ed25519", 2));
    let text = line("edge.example", &ed) + "@revoked " + &line("*", &ed);
    let place = "known_hosts:2".to_owned();
    assert_eq!(
        hosts(&text).judge("edge.example", &ed),
        Verdict::Revoked { place }
    );
    let only = format!("@revoked {}", line("edge.example", &ed));
    assert_eq!(hosts(&only).judge("edge.example", &other), Verdict::Unknown);
}

#[test]
fn garbage_hides_nothing_and_authorities_prove_nothing() {
    let ed = key("ssh-ed25519", 1);
    let text = format!(
        "# comment\n\nedge.example\nedge.example ssh-ed25519 not*base64\nedge.example ssh-rsa {ED}\n\
         \u{0}\u{1}\n|1|x|y| ssh-ed25519 {ED}\n@cert-authority {}{}",
        line("*", &ed),
        line("edge.example", &ed)
    );
    assert_eq!(hosts(&text).judge("edge.example", &ed), Verdict::Known);
    let authority = format!("@cert-authority {}", line("*", &ed));
    assert_eq!(
        hosts(&authority).judge("edge.example", &ed),
        Verdict::Unknown
    );
}

#[test]
fn a_line_is_appended_and_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ssh/known_hosts");
    let (ed, rsa) = (key("ssh-ed25519", 1), key("ssh-rsa", 2));
    append(&path, "edge.example", &ed).unwrap();
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let without_newline = std::fs::read_to_string(&path)
        .unwrap()
        .trim_end()
        .to_owned();
    std::fs::write(&path, &without_newline).unwrap();
    append(&path, "[edge.example]:2222", &rsa).unwrap();
    let hosts = KnownHosts::read(&[path]).unwrap();
    assert_eq!(hosts.judge("edge.example", &ed), Verdict::Known);
    assert_eq!(hosts.judge("[edge.example]:2222", &rsa), Verdict::Known);
}

#[test]
fn an_unreadable_file_is_an_error_and_a_missing_one_is_empty() {
    let directory = tempfile::tempdir().unwrap();
    assert!(
        KnownHosts::read(&[directory.path().join("none")])
            .unwrap()
            .lines
            .is_empty()
    );
    // A directory cannot be read as a file, not even by root.
    assert!(matches!(
        KnownHosts::read(&[directory.path().into()]),
        Err(RemoteError::Config(_))
    ));
}

#[test]
fn the_fingerprint_is_ssh_keygens() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key.pub");
    std::fs::write(&path, format!("ssh-ed25519 {ED}\n")).unwrap();
    let output = std::process::Command::new("ssh-keygen")
        .arg("-lf")
        .arg(&path)
        .output()
        .unwrap();
    let expected = String::from_utf8(output.stdout).unwrap();
    assert!(
        expected.contains(&fingerprint(&STANDARD.decode(ED).unwrap())),
        "{expected}"
    );
}
