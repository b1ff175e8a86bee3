//! Running the `az` CLI: arguments out, JSON in. No secret goes into its arguments or environment.

use super::choose::Meant;
use super::error::{AzError, plain};
use super::model::read;
use super::pieces::{Pieces, shown};
use super::recognise::recognise;
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

/// Where a hub is looked for; az's own choice where it is not said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    pub resource_group: Option<&'a str>,
    /// Id or name.
    pub subscription: Option<&'a str>,
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
    pub fn hub(&self, name: &str, scope: Scope) -> Result<Pieces, AzError> {
        let args = arguments(&["iot", "hub", "show"], &[("--name=", name)], scope);
        let meant = Meant {
            hub: Some(name),
            ..Meant::default()
        };
        self.pieces(&args, meant)
            .map_err(|error| hub_error(error, name, scope.resource_group))
    }

    /// The policy's key: from `az iot hub policy show`, and where that command is not known, from those that print
    /// connection strings: the one of the extension azure-iot, then the older one that it replaces.
    pub fn policy(&self, hub: &str, policy: &str, scope: Scope) -> Result<Pieces, AzError> {
        let meant = Meant {
            policy: Some(policy),
            ..Meant::default()
        };
        let ask = |words: &[&str], names: &[(&str, &str)]| {
            self.pieces(&arguments(words, names, scope), meant)
        };
        let no_hub = |error| hub_error(error, hub, scope.resource_group);
        let of_policy = [("--hub-name=", hub), ("--name=", policy)];
        // both know the hub's name by this letter only
        let of_string = [("-n", hub), ("--policy-name=", policy)];
        let first = match ask(&["iot", "hub", "policy", "show"], &of_policy) {
            Err(error) if is_unknown_policy(&error) => {
                let named = self.no_such_policy(hub, policy, scope);
                return Err(named.unwrap_or_else(|| no_hub(error)));
            }
            Err(error) if is_unknown_command(&error) => error,
            known => return known.map_err(no_hub),
        };
        for words in [
            &["iot", "hub", "connection-string", "show"][..],
            &["iot", "hub", "show-connection-string"],
        ] {
            match ask(words, &of_string) {
                Err(error) if is_unknown_command(&error) => {}
                known => return known.map_err(no_hub),
            }
        }
        Err(first)
    }

    /// The hub's policies by name, for somebody who named another one. None if they cannot be had, either.
    fn no_such_policy(&self, hub: &str, policy: &str, scope: Scope) -> Option<AzError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            key_name: String,
        }
        let words = ["iot", "hub", "policy", "list"];
        let stdout = self
            .run(&arguments(&words, &[("--hub-name=", hub)], scope))
            .ok()?;
        let policies: Vec<Named> = read(&stdout, "policies").ok()?;
        Some(AzError::NoSuchPolicy {
            hub: plain(hub),
            policy: plain(policy),
            known: policies
                .iter()
                .map(|known| shown(&known.key_name))
                .collect(),
        })
    }

    /// What az prints about a hub, recognised as it would be in a file of the same content.
    fn pieces(&self, args: &[String], meant: Meant) -> Result<Pieces, AzError> {
        let stdout = self.run(args)?;
        recognise(&stdout, meant).map_err(|error| match error {
            AzError::Shape { why, .. } | AzError::Unclear { why } => AzError::Answer {
                command: self.line(args),
                why,
            },
            other => other,
        })
    }

    fn line(&self, args: &[String]) -> String {
        plain(&format!("{} {}", self.program.display(), args.join(" ")))
    }

    /// Runs it to its end and returns what it printed, or why it failed. Warnings on its standard error are its own.
    pub(super) fn run(&self, args: &[String]) -> Result<Vec<u8>, AzError> {
        let command = self.line(args);
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
            // A command that is not there is not there: az would ask whether to install it, or do so.
            .env("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no")
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

/// A command line: its words, its named values, and where to look. A value stands in one argument with its name, so that
/// one with a leading dash stays a value.
fn arguments(words: &[&str], named: &[(&str, &str)], scope: Scope) -> Vec<String> {
    let place = [
        ("--resource-group=", scope.resource_group),
        ("--subscription=", scope.subscription),
    ];
    let place = place
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let named = named.iter().copied().chain(place);
    let words = words.iter().map(|word| (*word).to_owned());
    words
        .chain(named.map(|(name, value)| format!("{name}{value}")))
        .collect()
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
    if message.contains("AuthorizationFailed") {
        return AzError::Denied {
            command,
            message: plain(&message),
        };
    }
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
                || message.contains("An IotHub ")
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

/// The hub was found, the policy in it not: az ends with 3 where Azure answers 404, and where it is the hub that is not
/// there, its resource is named.
fn is_unknown_policy(error: &AzError) -> bool {
    matches!(error, AzError::Failed { code: Some(3), message, .. } if !message.contains("IotHubs/"))
}

/// How versions of az say that they lack a command: as it is said today, by az 2.0 to 2.10, by their argument parser.
fn is_unknown_command(error: &AzError) -> bool {
    let AzError::Failed { message, .. } = error else {
        return false;
    };
    [
        "misspelled or not recognized",
        "is not in the '",
        "invalid choice",
        "requires the extension",
    ]
    .iter()
    .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests;
