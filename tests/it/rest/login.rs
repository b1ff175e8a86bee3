//! Tokens: got once, kept for the owner alone, renewed when refused, and every way in which Entra says no.

use super::Proxy;
use hdikafka::sandbox::entra::State;
use hdikafka::sandbox::http::Fault;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn kept(proxy: &Proxy) -> Vec<PathBuf> {
    let directory = proxy.0.world.path("home/.cache/hdikafka/tokens");
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_token_is_got_once_and_kept_for_its_owner_alone() {
    let proxy = Proxy::new();
    let first = proxy
        .run(&["rest", "token", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(
        (first["cached"].as_bool(), first.get("token")),
        (Some(false), None)
    );
    let second = proxy
        .run(&["rest", "token", "-o", "json"])
        .succeeded()
        .json();
    assert_eq!(second["cached"].as_bool(), Some(true));
    proxy.run(&["rest", "status"]).succeeded();
    assert_eq!(proxy.tokens(), 1);

    let files = kept(&proxy);
    let mode = std::fs::metadata(&files[0]).unwrap().permissions().mode();
    assert_eq!((files.len(), mode & 0o777), (1, 0o600));
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let secret = proxy.0.secrets.last().unwrap();
    assert!(
        !text.contains(secret.as_str()) && !files[0].to_str().unwrap().contains(secret.as_str())
    );

    let token = proxy.run(&["rest", "token", "--reveal"]).succeeded().out;
    assert!(
        text.contains(token.trim()) && token.trim().split('.').count() == 3,
        "{token}"
    );

    // what others could read is not taken
    std::fs::set_permissions(&files[0], std::fs::Permissions::from_mode(0o644)).unwrap();
    proxy.run(&["rest", "status"]).succeeded();
    assert_eq!(proxy.tokens(), 2);
}

#[test]
fn another_client_or_scope_has_a_token_of_its_own() {
    let proxy = Proxy::new();
    proxy.run(&["rest", "token"]).succeeded();
    let scope = "https://management.azure.com/.default";
    proxy.run(&["rest", "token", "--scope", scope]).succeeded();
    assert_eq!((proxy.tokens(), kept(&proxy).len()), (2, 2));
    // the token is good, the proxy wants another
    let words = [
        "does not accept the token (401)",
        "are tenant and scope those of the cluster",
    ];
    proxy
        .run(&["rest", "status", "--scope", scope])
        .failed(5, &words);
    assert_eq!(proxy.tokens(), 3, "it is renewed once");
}

#[test]
fn a_token_near_its_end_is_renewed_before_it_is_used() {
    let proxy = Proxy::new();
    proxy
        .0
        .rehearsal
        .entra
        .change(|directory| directory.token_seconds = 200);
    proxy.run(&["rest", "status"]).succeeded();
    proxy.run(&["rest", "status"]).succeeded();
    assert_eq!(proxy.tokens(), 2);
}

#[test]
fn a_refused_token_is_renewed_once_and_the_request_goes_on() {
    let proxy = Proxy::with_topic("t");
    proxy.run(&["rest", "status"]).succeeded();
    proxy.fault(
        "/v1/producer",
        Fault::answer(401, "text/plain", "Unauthorized").times(1),
    );
    proxy.run(&["produce", "t", "once"]).succeeded();
    assert_eq!(
        (proxy.tokens(), proxy.values("t")),
        (2, vec!["once".to_owned()])
    );
    proxy.fault("/v1/status", Fault::answer(401, "text/html", "<html>"));
    proxy.run(&["rest", "status"]).failed(5, &["(401)"]);
    assert_eq!(proxy.asked("GET", "/v1/status"), 1 + 2);
}

#[test]
fn each_no_of_entra_in_words() {
    let proxy = Proxy::new();
    let wrong = proxy.0.world.file("work/wrong", "not-the-secret");
    let cases: [(&[&str], &[&str]); 4] = [
        (
            &["--client-secret-file", &wrong],
            &[
                "AADSTS7000215",
                "invalid_client",
                "the secret's value is wanted, not its id",
            ],
        ),
        (
            &["--tenant", "5afe0000-0000-4000-8000-00000000ffff"],
            &["AADSTS90002", "is the tenant right?"],
        ),
        (
            &["--client-id", "5afe0000-0000-4000-8000-00000000ffff"],
            &["AADSTS700016", "--client-id"],
        ),
        (
            &["--scope", "https://example.net/.default"],
            &["AADSTS500011", "is the scope right"],
        ),
    ];
    for (more, words) in cases {
        proxy
            .run(&[&["rest", "status"][..], more].concat())
            .failed(5, words);
    }
    for (state, word) in [
        (State::SecretExpired, "AADSTS7000222"),
        (State::Disabled, "AADSTS7000112"),
    ] {
        proxy
            .0
            .rehearsal
            .entra
            .change(|directory| directory.applications[0].state = state);
        proxy.run(&["rest", "status"]).failed(5, &[word]);
    }
    assert_eq!(proxy.asked("GET", "/"), 0, "nobody asked the proxy");
    assert!(kept(&proxy).is_empty());
}

#[test]
fn what_is_not_entra_and_what_passes() {
    let proxy = Proxy::new();
    proxy.entra(Fault::answer(200, "text/html", "<title>Sign in</title>"));
    proxy
        .run(&["rest", "status"])
        .failed(8, &["an HTML page, \"Sign in\""]);
    proxy.entra(Fault::answer(
        200,
        "application/json",
        "{\"expires_in\":3599}",
    ));
    proxy
        .run(&["rest", "status"])
        .failed(8, &["JSON of another shape"]);
    let busy = r#"{"error":"temporarily_unavailable","error_description":"AADSTS90033: later","error_codes":[90033]}"#;
    proxy.entra(
        Fault::answer(400, "application/json", busy)
            .header("Retry-After", "0")
            .times(2),
    );
    proxy.run(&["rest", "status"]).succeeded();
}

#[test]
fn settings_that_cannot_be_are_refused_before_anybody_is_asked() {
    let proxy = Proxy::new();
    for (more, words) in [
        (
            ["--tenant", "common"],
            "must be the tenant's id or its domain",
        ),
        (["--tenant", "../.."], "--tenant"),
        (
            ["--authority", "http://login.example.net"],
            "must start with https://",
        ),
        (
            ["--rest-url", "http://rest.example.net"],
            "must start with https://",
        ),
        (
            ["--rest-url", "https://me:pw@rest.example.net"],
            "must not hold a user name",
        ),
        (
            ["--scope", "https://hib.azurehdinsight.net"],
            "must end with /.default",
        ),
    ] {
        proxy
            .run(&[&["rest", "status"][..], &more].concat())
            .failed(2, &[words]);
    }
    assert_eq!((proxy.tokens(), proxy.asked("GET", "/")), (0, 0));
    let world = crate::cli::World::new();
    world
        .run(&["rest", "status", "--cluster", "mykafka", "--no-input"])
        .failed(
            2,
            &[
                "rest.tenant",
                "rest.client_id",
                "--tenant",
                "HDIKAFKA_CLIENT_ID",
            ],
        );
}
