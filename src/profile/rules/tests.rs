use super::*;

/// Rule, what it takes, what it refuses.
type Case = (Rule, &'static [&'static str], &'static [&'static str]);

#[test]
fn each_rule_takes_what_is_right_and_refuses_what_is_not() {
    let cases: &[Case] = &[
        (
            cluster_name,
            &["kafka", "MyCluster-01", "a"],
            &[
                "",
                "kafka;rm -rf /",
                "$(id)",
                "-o",
                "a\nb",
                "\u{441}luster",
                "a b",
                "x.azurehdinsight.net",
                "https://x.azurehdinsight.net/",
            ],
        ),
        (
            hub_name,
            &["contoso-hub", "abc"],
            &["", "ab", "my_hub", "hub.azure-devices.net", "-hub", "hub-"],
        ),
        (
            topic,
            &["iotin", "a.b_c-9"],
            &[
                "",
                ".",
                "..",
                "a b",
                "topic/../x",
                "a\"b",
                "a;b",
                "__consumer_offsets",
                "😀",
                "-x",
            ],
        ),
        (
            host,
            &[
                "edge",
                "10.0.0.4",
                "::1",
                "new-edgenode.k-ssh.azurehdinsight.net",
            ],
            &["", "-oProxyCommand=x", "a b", "a@b", "a:22"],
        ),
        (
            broker,
            &["wn0-kafka:9092", "[::1]:9092", "10.0.0.4:9092"],
            &["wn0", "wn0:0", "wn0:99999", ":9092", "a b:1", "wn0:-1"],
        ),
        (
            url,
            &[
                "https://k.azurehdinsight.net",
                "https://k.azurehdinsight.net/",
                "http://headnodehost:8080",
            ],
            &[
                "ftp://x",
                "k.azurehdinsight.net",
                "https://admin:pw@x",
                "https://x/y",
                "https://",
                "https://x?y",
            ],
        ),
        (
            unix_user,
            &["sshuser", "_svc", "a.b"],
            &["", "root;id", "user@dom", "a b", "-x", "1abc"],
        ),
        (
            login,
            &["admin", "admin@contoso.com"],
            &["", "a:b", "a b", "-a"],
        ),
        (
            consumer_group,
            &["$Default", "kafka-connect"],
            &["", "a b", "$(id)"],
        ),
        (
            node_path,
            &["/usr/hdp/current/kafka-broker"],
            &["usr", "/a/../etc", "/a b", "/a\nb", "/a%b"],
        ),
        (
            host_key,
            &["SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"],
            &[
                "nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
                "SHA256:short",
                "MD5:aa:bb",
            ],
        ),
        (
            heap,
            &["256m", "1G"],
            &["256", "m", "0m", "-1m", "+1m", "1.5g", "256m -Dx"],
        ),
        (
            instant,
            &["2026-01-31T09:00:00Z", "2026-01-31T09:00:00.5Z"],
            &[
                "yesterday",
                "2026-1-1",
                "2026-01-31T09:00:00+02:00",
                "2026-01-31T24:00:00Z",
                "2026-01-31T09:00:60Z",
                "2026-01-31 09:00:00Z",
                "2026-02-30T09:00:00Z",
            ],
        ),
    ];
    for (rule, good, bad) in cases {
        for text in *good {
            assert_eq!(rule(text), Ok(()), "{text:?}");
        }
        for text in *bad {
            let error = rule(text).expect_err(text);
            assert!(!error.chars().any(char::is_control), "{text:?}: {error:?}");
        }
    }
}

#[test]
fn a_rule_says_what_is_wrong_and_where() {
    assert_eq!(
        cluster_name("kafka;x").unwrap_err(),
        "only letters, digits and '-' (got ';' at 6)"
    );
    assert_eq!(
        cluster_name("\u{441}luster").unwrap_err(),
        "only letters, digits and '-' (got U+0441 at 1)"
    );
    assert_eq!(
        hub_name("contoso.azure-devices.net").unwrap_err(),
        "give the name alone, \"contoso\""
    );
    assert!(
        instant("2026-01-31T09:00:00+02:00")
            .unwrap_err()
            .ends_with("write 2026-01-31T07:00:00Z")
    );
    assert!(
        !url("https://admin:hunter2@x")
            .unwrap_err()
            .contains("hunter2")
    );
}
