//! The `az` CLI as a child process. No secret goes in; what comes out is bounded in size and time.

use super::error::AzError;
use super::parse::{Hub, Policy, parse_hub, parse_policy};
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// `az iot hub show` prints about 4 kB.
const OUTPUT_LIMIT: u64 = 4 << 20;

#[derive(Clone, Debug)]
pub struct Az {
    pub program: String,
    pub timeout: Duration,
}

impl Default for Az {
    /// `az` itself needs seconds to start, and longer behind a proxy.
    fn default() -> Self {
        Self { program: "az".into(), timeout: Duration::from_secs(120) }
    }
}

impl Az {
    pub fn hub(&self, name: &str, resource_group: Option<&str>, subscription: Option<&str>) -> Result<Hub, AzError> {
        let args = ["iot", "hub", "show", "--name", name];
        parse_hub(&self.run(&args, resource_group, subscription)?)
    }

    pub fn policy(
        &self,
        hub: &str,
        policy: &str,
        resource_group: Option<&str>,
        subscription: Option<&str>,
    ) -> Result<Policy, AzError> {
        let args = ["iot", "hub", "policy", "show", "--hub-name", hub, "--name", policy];
        parse_policy(&self.run(&args, resource_group, subscription)?)
    }

    /// Standard output of a run that ended well. Warnings on standard error are no errors.
    fn run(&self, args: &[&str], resource_group: Option<&str>, subscription: Option<&str>) -> Result<Vec<u8>, AzError> {
        let mut command = Command::new(&self.program);
        command.args(args).args(["--output", "json"]);
        for (flag, value) in [("--resource-group", resource_group), ("--subscription", subscription)] {
            command.args(value.map(|value| [flag, value]).into_iter().flatten());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let title = format!("{} {}", self.program, args.join(" "));
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => AzError::Missing { program: self.program.clone() },
            _ => AzError::Failed { command: title.clone(), code: -1, words: error.to_string() },
        })?;
        let stdout = child.stdout.take().map(|pipe| thread::spawn(move || read(pipe)));
        let stderr = child.stderr.take().map(|pipe| thread::spawn(move || read(pipe)));
        let status = wait(&mut child, self.timeout)
            .ok_or_else(|| AzError::TimedOut { command: title.clone(), seconds: self.timeout.as_secs() })?;
        let text = |reader: Option<thread::JoinHandle<Vec<u8>>>| reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        let (stdout, stderr) = (text(stdout), text(stderr));
        if status.success() {
            return Ok(stdout);
        }
        Err(failure(title, status.code().unwrap_or(-1), &String::from_utf8_lossy(&stderr)))
    }
}

/// `az` says why on lines that begin with ERROR; its exit codes tell little.
fn failure(command: String, code: i32, stderr: &str) -> AzError {
    let clean = |line: &str| crate::secret::redact(line).chars().filter(|c| !c.is_control()).collect::<String>();
    let error = stderr.lines().find_map(|line| line.trim().strip_prefix("ERROR:"));
    let last = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it did not say why");
    let words: String = clean(error.unwrap_or(last).trim()).chars().take(400).collect();
    if words.contains("az login") || words.contains("AADSTS") {
        return AzError::NotLoggedIn { words };
    }
    if words.contains("No IoT Hub found") || words.contains("was not found") || words.contains("ResourceNotFound") || words.contains("No keys found") {
        return AzError::NotFound { words };
    }
    AzError::Failed { command, code, words }
}

fn read(pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // what could be read is looked at; a broken pipe shows as output that is cut off
    let _ = pipe.take(OUTPUT_LIMIT).read_to_end(&mut bytes);
    bytes
}

/// None: it took too long and was ended.
fn wait(child: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_az_says_is_told_apart() {
        let of = |stderr: &str| failure("az".into(), 1, stderr);
        assert!(matches!(of("WARNING: x\nERROR: Please run 'az login' to setup account.\n"), AzError::NotLoggedIn { .. }));
        assert!(matches!(of("ERROR: No IoT Hub found with name nosuch in current subscription."), AzError::NotFound { .. }));
        assert!(matches!(of("ERROR: (ResourceNotFound) x"), AzError::NotFound { .. }));
        assert!(matches!(of("boom"), AzError::Failed { .. }));
    }

    #[test]
    fn a_missing_az_and_one_that_hangs_are_told_apart() {
        let missing = Az { program: "no-such-az-here".into(), ..Az::default() };
        assert!(matches!(missing.hub("h", None, None), Err(AzError::Missing { .. })));
    }
}
