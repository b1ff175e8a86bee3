//! What is honoured, passed over and refused.

use super::*;

fn read_text(text: &str, host: &str) -> Result<HostConfig, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    std::fs::write(&path, text).unwrap();
    read(&path, host, None, false).map_err(|e| {
        let text = e.to_string();
        assert!(
            matches!(e, RemoteError::Config(_)) && text.contains("/config: "),
            "{text}"
        );
        text
    })
}

#[test]
fn what_is_honoured_is_read() {
    let text = "User everybody\nHost edge\n  HostName %h.example\n  user=ann\n  Port 2222\n  IdentityFile /keys/%r\n\
        IdentityFile \"/my keys/%h\"\n  IdentitiesOnly yes\n  UserKnownHostsFile /a /b\n  ConnectTimeout 7\n\
        ServerAliveInterval 3\n  ServerAliveCountMax 2\n  IdentityAgent none\n  PubkeyAuthentication no\n\
        Host *\n  Port 99\n  GlobalKnownHostsFile none\n";
    let config = read_text(text, "edge").unwrap();
    assert_eq!(config.host_name.as_deref(), Some("edge.example"));
    assert_eq!(
        config.user.as_deref(),
        Some("everybody"),
        "the first value counts"
    );
    assert_eq!(config.port, Some(2222));
    let files = ["/keys/everybody", "/my keys/edge.example"].map(PathBuf::from);
    assert_eq!(config.identity_files, files);
    assert!(config.identities_only && config.no_public_key);
    assert_eq!(
        config.user_known_hosts,
        Some(vec!["/a".into(), "/b".into()])
    );
    assert_eq!(config.global_known_hosts, Some(vec![]));
    assert_eq!(config.connect_timeout, Some(Duration::from_secs(7)));
    assert_eq!(config.alive_interval, Some(Duration::from_secs(3)));
    assert_eq!(config.alive_count, Some(2));
    assert_eq!(config.agent, AgentSocket::Never);
    assert_eq!(read_text(text, "other").unwrap().port, Some(99));
}

#[test]
fn what_would_change_the_connection_is_named_and_refused() {
    for line in [
        "ProxyCommand nc %h %p",
        "ProxyUseFdpass yes",
        "HostKeyAlias x",
        "BindAddress 10.0.0.1",
        "BindInterface eth1",
        "AddressFamily inet6",
        "CertificateFile /x",
        "CanonicalizeHostname yes",
        "KnownHostsCommand /x",
        "RevokedHostKeys /x",
        "PKCS11Provider /x",
        "Ciphers aes256-gcm@openssh.com",
        "MACs -hmac-sha2-256",
    ] {
        let keyword = line.split(' ').next().unwrap().to_lowercase();
        let error = read_text(&format!("Host edge\n  {line}\n"), "edge").unwrap_err();
        assert!(error.contains(&keyword), "{line}: {error}");
        assert!(
            read_text(&format!("Host other\n  {line}\n"), "edge").is_ok(),
            "{line} is about another host"
        );
    }
}

#[test]
fn jump_hosts_are_read_in_their_order() {
    let text = "Host edge\n  ProxyJump ann@a:2222,b\nHost inside-*\n  ProxyJump none\nHost *\n  ProxyJump c\n";
    assert_eq!(read_text(text, "edge").unwrap().jump, ["ann@a:2222", "b"]);
    assert!(read_text(text, "inside-1").unwrap().jump.is_empty());
    assert_eq!(read_text(text, "other").unwrap().jump, ["c"]);
}

#[test]
fn what_changes_nothing_is_passed_over() {
    let text = "AddKeysToAgent ask\nForwardAgent /run/agent\nProxyJump none\nProxyCommand none\n\
        HostKeyAlgorithms +ssh-rsa\nStrictHostKeyChecking no\nLocalForward 1 x:1\nRequestTTY force\n\
        RekeyLimit 1G 1h\nNoSuchKeyword 1\nControlMaster auto\n";
    assert_eq!(read_text(text, "edge").unwrap(), HostConfig::default());
}

#[test]
fn match_is_understood_where_it_is_simple_and_refused_where_it_matters() {
    assert_eq!(
        read_text("Match all\n  Port 23\n", "edge").unwrap().port,
        Some(23)
    );
    assert!(
        read_text(
            "Match host edge\n  ForwardX11 yes\nHost edge\n  Port 23\n",
            "edge"
        )
        .is_ok()
    );
    let error = read_text(
        "Host other\n  Port 1\nMatch exec \"true\"\n  User bob\n",
        "edge",
    )
    .unwrap_err();
    assert!(
        error.contains("line 3") && error.contains("sets user"),
        "{error}"
    );
}

#[test]
fn an_included_file_counts_and_its_match_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let included = directory.path().join("more");
    std::fs::write(&included, "Host edge\n  Port 24\n").unwrap();
    let text = format!("Include {}\n", included.display());
    assert_eq!(read_text(&text, "edge").unwrap().port, Some(24));
    std::fs::write(&included, "Match host edge\n  Port 24\n").unwrap();
    assert!(read_text(&text, "edge").unwrap_err().contains("Match"));
}

#[test]
fn bad_values_and_missing_files() {
    assert!(
        read_text("Port ssh\n", "edge")
            .unwrap_err()
            .contains("port")
    );
    assert!(
        read_text("IdentityFile /x/%C\n", "edge")
            .unwrap_err()
            .contains("%C")
    );
    let missing = Path::new("/nonexistent/config");
    assert_eq!(
        read(missing, "edge", None, false).unwrap(),
        HostConfig::default()
    );
    assert!(matches!(
        read(Path::new("/"), "edge", None, false),
        Err(RemoteError::Config(_))
    ));
}
