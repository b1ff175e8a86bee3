//! An `az` that is a shell script: what is asked of it, and what is made of what it says.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// An `az` that is a shell script.
fn az(script: &str) -> (tempfile::TempDir, Az) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("az");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    (
        dir,
        Az {
            program: path.into(),
            timeout: Duration::from_secs(20),
        },
    )
}

const HUB: &str =
    r#"{"EventHubCompatibleName":"n","EventHubCompatibleEndpoint":"sb://ns.x/","Partitions":2}"#;

#[test]
fn warnings_are_not_errors_and_arguments_arrive_whole() {
    let (dir, az) = az(&format!(
        "echo 'WARNING: deprecated' >&2; for a; do echo \"[$a]\"; done > \"$(dirname \"$0\")/args\"; echo '{HUB}'"
    ));
    let scope = Scope {
        resource_group: Some("rg 1"),
        subscription: Some("sub"),
    };
    let hub = az.hub("-my hub; rm", scope).unwrap();
    assert_eq!(hub.partitions, Some(2));
    let args = std::fs::read_to_string(dir.path().join("args")).unwrap();
    assert_eq!(
        args,
        "[iot]\n[hub]\n[show]\n[--name=-my hub; rm]\n[--resource-group=rg 1]\n[--subscription=sub]\n[--output]\n[json]\n"
    );
}

#[test]
fn failures_are_told_apart() {
    let fails = |script: &str| {
        let (_dir, az) = az(script);
        az.hub("nosuch", Scope::default()).unwrap_err()
    };
    let unknown = AzError::NoSuchHub {
        name: "nosuch".into(),
        group: None,
    };
    assert_eq!(
        fails("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1"),
        AzError::NotLoggedIn
    );
    assert_eq!(
        fails(
            "echo 'ERROR: No IoT Hub found with name nosuch in current subscription.' >&2; exit 1"
        ),
        unknown
    );
    assert_eq!(
        fails("printf 'ERROR: (ResourceNotFound) x\\nCode: ResourceNotFound\\n' >&2; exit 3"),
        unknown
    );
    let error = fails("printf 'WARNING: w\\nERROR: it \\033[31mbroke\\n' >&2; exit 1");
    assert!(
        matches!(&error, AzError::Failed { code: Some(1), message, .. } if message == "it [31mbroke"),
        "{error:?}"
    );
    assert!(matches!(fails("exit 0"), AzError::Answer { .. }));
    assert!(matches!(fails("exec yes"), AzError::TooMuchOutput { .. }));
    let missing = Az {
        program: "/nonexistent/az".into(),
        ..Az::default()
    };
    assert_eq!(
        missing.account(),
        Err(AzError::Missing {
            program: "/nonexistent/az".into()
        })
    );
}

#[test]
fn a_policys_key_is_kept_secret() {
    let (_dir, az) = az(
        r#"echo '{"keyName":"service","primaryKey":"Y2FuYXJ5Y2FuYXJ5","rights":"ServiceConnect"}'"#,
    );
    let policy = az.policy("myhub", "service", Scope::default()).unwrap();
    assert_eq!(policy.key.as_ref().unwrap().expose(), "Y2FuYXJ5Y2FuYXJ5");
    assert!(!format!("{policy:?}").contains("Y2FuYXJ5"));
}

#[test]
fn the_account() {
    let (_dir, az) = az(
        r#"echo '{"id":"0000-1","name":"Pay","user":{"name":"a@b","type":"user"},"tenantId":"t"}'"#,
    );
    assert_eq!(
        az.account().unwrap(),
        Account {
            subscription: "0000-1".into(),
            name: "Pay".into(),
            user: Some("a@b".into())
        }
    );
}

#[test]
fn what_does_not_end_is_ended_with_its_children() {
    let (dir, az) = az("echo $$ > \"$(dirname \"$0\")/pid\"; sleep 600 & sleep 600");
    let az = Az {
        timeout: Duration::from_secs(1),
        ..az
    };
    assert!(matches!(
        az.account(),
        Err(AzError::TimedOut { seconds: 1, .. })
    ));
    let pid = std::fs::read_to_string(dir.path().join("pid")).unwrap();
    let group: i32 = pid.trim().parse().unwrap();
    // The kernel takes a moment to let go of killed processes.
    let end = Instant::now() + Duration::from_secs(10);
    // SAFETY: signal 0 only asks whether anybody is there.
    while unsafe { libc::kill(-group, 0) } == 0 {
        assert!(
            Instant::now() < end,
            "a child of the ended command is still there"
        );
        thread::sleep(Duration::from_millis(5));
    }
}
