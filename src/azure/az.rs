//! Running the `az` CLI: arguments out, JSON in. No secret goes into its arguments or environment.

use super::error::{AzError, plain};
use super::model::{Hub, Policy, parse_hub, parse_policy, read};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const STDOUT_LIMIT: u64 = 4 * 1024 * 1024;
const STDERR_LIMIT: u64 = 64 * 1024;

/// The CLI of Azure, logged in by its user.
#[derive(Debug, Clone)]
pub struct Az {
    /// Looked for on PATH if it has no slash.
    pub program: OsString,
    /// For one call. The CLI alone takes two seconds to start.
    pub timeout: Duration,
}

/// Who is logged in, and where commands go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The subscription's id.
    pub subscription: String,
    pub name: String,
    pub user: Option<String>,
}

impl Default for Az {
    fn default() -> Self {
        Self {
            program: "az".into(),
            timeout: Duration::from_secs(60),
        }
    }
}

impl Az {
    pub fn account(&self) -> Result<Account, AzError> {
        #[derive(Deserialize)]
        struct Json {
            id: String,
            name: String,
            user: Option<User>,
        }
        #[derive(Deserialize)]
        struct User {
            name: Option<String>,
        }
        let stdout = self.run(&["account".into(), "show".into()])?;
        let account: Json = read(&stdout, "an account")?;
        Ok(Account {
            subscription: plain(&account.id),
            name: plain(&account.name),
            user: account
                .user
                .and_then(|user| user.name)
                .map(|name| plain(&name)),
        })
    }

    /// `az iot hub show`. Without a resource group the whole subscription is searched.
    pub fn hub(
        &self,
        name: &str,
        resource_group: Option<&str>,
        subscription: Option<&str>,
    ) -> Result<Hub, AzError> {
        let mut args: Vec<String> = ["iot", "hub", "show"].map(String::from).into();
        args.push(format!("--name={name}"));
        args.extend(scope(resource_group, subscription));
        let stdout = self
            .run(&args)
            .map_err(|error| hub_error(error, name, resource_group))?;
        parse_hub(&stdout)
    }

    /// `az iot hub policy show`: what it prints holds the keys.
    pub fn policy(
        &self,
        hub: &str,
        policy: &str,
        resource_group: Option<&str>,
        subscription: Option<&str>,
    ) -> Result<Policy, AzError> {
        let mut args: Vec<String> = ["iot", "hub", "policy", "show"].map(String::from).into();
        args.push(format!("--hub-name={hub}"));
        args.push(format!("--name={policy}"));
        args.extend(scope(resource_group, subscription));
        let stdout = self
            .run(&args)
            .map_err(|error| hub_error(error, hub, resource_group))?;
        parse_policy(&stdout)
    }

    /// Runs it to its end and returns what it printed, or why it failed. Warnings on its standard error are its own.
    pub(super) fn run(&self, args: &[String]) -> Result<Vec<u8>, AzError> {
        let command = plain(&format!("{} {}", self.program.display(), args.join(" ")));
        let mut child = self.start(args, &command)?;
        let (tell, told) = mpsc::channel();
        let stdout = child.stdout.take();
        let out = thread::spawn(move || {
            let read = read_all(stdout, STDOUT_LIMIT);
            let _ = tell.send(());
            read
        });
        let stderr = child.stderr.take();
        let err = thread::spawn(move || read_all(stderr, STDERR_LIMIT));
        let end = Instant::now() + self.timeout;
        let ended = told.recv_timeout(self.timeout).is_ok();
        let status = if ended { wait(&mut child, end) } else { None };
        let Some(status) = status else {
            end_all(&mut child);
            return Err(AzError::TimedOut {
                command,
                seconds: self.timeout.as_secs(),
            });
        };
        let (Ok(stdout), Ok(stderr)) = (out.join(), err.join()) else {
            return Err(failed(command, None, "its output could not be read"));
        };
        if stdout.len() as u64 > STDOUT_LIMIT {
            return Err(AzError::TooMuchOutput {
                command,
                limit: STDOUT_LIMIT,
            });
        }
        match status.success() {
            true => Ok(stdout),
            false => Err(why(command, status, &String::from_utf8_lossy(&stderr))),
        }
    }

    fn start(&self, args: &[String], command: &str) -> Result<Child, AzError> {
        let mut az = Command::new(&self.program);
        // Secrets that this program was given by the environment are not az's business.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let secret = ["_PASSWORD", "_CONNECTION_STRING"];
            if text.starts_with("HDIKAFKA_") && secret.iter().any(|end| text.ends_with(end)) {
                az.env_remove(&name);
            }
        }
        az.args(args)
            // Whatever the user's configuration says; and no question, no colour.
            .args(["--output", "json"])
            .env("AZURE_CORE_DISABLE_CONFIRM_PROMPT", "true")
            .env("AZURE_CORE_NO_COLOR", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that all of it can be ended.
            .process_group(0)
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => AzError::Missing {
                    program: plain(&self.program.display().to_string()),
                },
                _ => failed(command.to_owned(), None, &error.to_string()),
            })
    }
}

fn scope(resource_group: Option<&str>, subscription: Option<&str>) -> Vec<String> {
    // In one argument each, so that a name with a leading dash stays a name.
    let group = resource_group.map(|group| format!("--resource-group={group}"));
    let subscription = subscription.map(|subscription| format!("--subscription={subscription}"));
    group.into_iter().chain(subscription).collect()
}

fn read_all(from: Option<impl Read>, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What came before an error counts; its exit status tells the rest.
        let _ = from.take(limit + 1).read_to_end(&mut bytes);
    }
    bytes
}

/// Its output has ended, so it is about to end.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => {
                thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Ends a child that has not been waited for, and the interpreter that its wrapper may have started.
fn end_all(child: &mut Child) {
    if let Ok(group) = libc::pid_t::try_from(child.id()) {
        // SAFETY: kill only takes numbers. The group is the one that was made for this child, and nobody else's before
        // the child has been waited for.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
    let _ = child.wait();
}

fn why(command: String, status: ExitStatus, stderr: &str) -> AzError {
    let lower = stderr.to_lowercase();
    if lower.contains("az login") {
        return AzError::NotLoggedIn;
    }
    // `ERROR: …` is the reason; warnings may stand before it.
    let error = stderr
        .find("ERROR:")
        .map_or(stderr, |at| &stderr[at + "ERROR:".len()..]);
    let message = error.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = if message.is_empty() {
        "without a word".into()
    } else {
        message
    };
    failed(command, status.code(), &message)
}

fn failed(command: String, code: Option<i32>, message: &str) -> AzError {
    AzError::Failed {
        command,
        code,
        message: plain(message),
    }
}

fn hub_error(error: AzError, name: &str, group: Option<&str>) -> AzError {
    let unknown = match &error {
        AzError::Failed { code, message, .. } => {
            message.contains("No IoT Hub found")
                || message.contains("was not found")
                || (*code == Some(3) && message.contains("ResourceNotFound"))
        }
        _ => false,
    };
    match unknown {
        true => AzError::NoSuchHub {
            name: plain(name),
            group: group.map(plain),
        },
        false => error,
    }
}

#[cfg(test)]
mod tests {
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

    const HUB: &str = r#"{"EventHubCompatibleName":"n","EventHubCompatibleEndpoint":"sb://ns.x/","Partitions":2}"#;

    #[test]
    fn warnings_are_not_errors_and_arguments_arrive_whole() {
        let (dir, az) = az(&format!(
            "echo 'WARNING: deprecated' >&2; for a; do echo \"[$a]\"; done > \"$(dirname \"$0\")/args\"; echo '{HUB}'"
        ));
        let hub = az.hub("-my hub; rm", Some("rg 1"), Some("sub")).unwrap();
        assert_eq!(hub.partitions, 2);
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
            az.hub("nosuch", None, None).unwrap_err()
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
        assert!(matches!(fails("exit 0"), AzError::Shape { .. }));
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
        let policy = az.policy("myhub", "service", None, None).unwrap();
        assert_eq!(policy.primary_key.expose(), "Y2FuYXJ5Y2FuYXJ5");
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
}
