//! A service's unit file, parsed: what of it the imitation obeys, and the names of what it does not. Pure.

use super::words::{self, Specifiers};
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    #[default]
    No,
    OnSuccess,
    OnFailure,
    OnAbnormal,
    OnAbort,
    Always,
}

/// One `ExecStart=` or `ExecStartPre=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    pub argv: Vec<String>,
    /// `-` before the path: a failure does not count.
    pub may_fail: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    pub description: String,
    pub user: Option<String>,
    pub group: Option<String>,
    pub environment: Vec<(String, String)>,
    pub working_directory: Option<String>,
    /// Below /run; there as long as the service is.
    pub runtime_directory: Option<String>,
    pub runtime_directory_mode: u32,
    pub start_pre: Vec<Exec>,
    pub start: Option<Exec>,
    pub success_codes: BTreeSet<i32>,
    /// Numbers of signals that count as a clean end, beside HUP, INT, TERM and PIPE.
    pub success_signals: BTreeSet<i32>,
    /// `None`: for ever.
    pub stop_timeout: Option<Duration>,
    pub restart: Restart,
    pub restart_after: Duration,
    pub start_limit_interval: Duration,
    pub start_limit_burst: u32,
    pub umask: u32,
    pub send_sigkill: bool,
    pub wanted_by: Vec<String>,
    /// `Section.Key` of lines that are accepted and do nothing here.
    pub ignored: Vec<String>,
    /// What systemd would write into its log about lines that it cannot read.
    pub complaints: Vec<String>,
    /// Why the unit cannot be started (`LoadState=bad-setting`).
    pub problem: Option<String>,
}

impl Default for Unit {
    fn default() -> Self {
        Self {
            description: String::new(),
            user: None,
            group: None,
            environment: Vec::new(),
            working_directory: None,
            runtime_directory: None,
            runtime_directory_mode: 0o755,
            start_pre: Vec::new(),
            start: None,
            success_codes: BTreeSet::new(),
            success_signals: BTreeSet::new(),
            // systemd's own defaults (system.conf, systemd.unit)
            stop_timeout: Some(Duration::from_secs(90)),
            restart: Restart::No,
            restart_after: Duration::from_millis(100),
            start_limit_interval: Duration::from_secs(10),
            start_limit_burst: 5,
            umask: 0o022,
            send_sigkill: true,
            wanted_by: Vec::new(),
            ignored: Vec::new(),
            complaints: Vec::new(),
            problem: None,
        }
    }
}

impl Unit {
    /// `text`: the file, followed by its drop-ins.
    pub fn parse(text: &str, specifiers: &Specifiers) -> Self {
        let mut unit = Self::default();
        let mut section = String::new();
        for line in logical_lines(text) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = name.to_owned();
            } else if let Some((key, value)) = line.split_once('=') {
                unit.set(&section, key.trim(), value.trim(), specifiers);
            } else {
                unit.complaints
                    .push(format!("Missing '=', ignoring line: {line}"));
            }
        }
        if unit.problem.is_none() && unit.start.is_none() {
            unit.problem = Some("Service lacks ExecStart= setting. Refusing.".into());
        }
        unit
    }

    fn set(&mut self, section: &str, key: &str, value: &str, specifiers: &Specifiers) {
        let understood = match section {
            "Unit" => self.set_unit(key, value, specifiers),
            "Service" => self.set_service(key, value, specifiers),
            "Install" => self.set_install(key, value),
            _ => Some(false),
        };
        match understood {
            Some(true) => {}
            Some(false) => self.ignored.push(format!("{section}.{key}")),
            None => self
                .complaints
                .push(format!("Failed to parse {key}= setting, ignoring: {value}")),
        }
    }

    /// `Some(false)`: not obeyed here; `None`: the value cannot be read.
    fn set_unit(&mut self, key: &str, value: &str, specifiers: &Specifiers) -> Option<bool> {
        match key {
            "Description" => self.description = specifiers.expand(value).ok()?,
            "StartLimitIntervalSec" | "StartLimitInterval" => {
                self.start_limit_interval = time(value)?.unwrap_or_default();
            }
            "StartLimitBurst" => self.start_limit_burst = value.parse().ok()?,
            // Order and dependencies of one service after the boot are without effect.
            "After" | "Before" | "Wants" | "Documentation" => {}
            _ => return Some(false),
        }
        Some(true)
    }

    fn set_service(&mut self, key: &str, value: &str, specifiers: &Specifiers) -> Option<bool> {
        let expanded = || specifiers.expand(value).ok();
        match key {
            "Type" if matches!(value, "simple" | "exec" | "") => {}
            "Type" => {
                self.problem = Some(format!(
                    "The sandbox imitates Type=simple only, not Type={value}."
                ));
            }
            "User" => self.user = Some(expanded()?).filter(|name| !name.is_empty()),
            "Group" => self.group = Some(expanded()?).filter(|name| !name.is_empty()),
            "RuntimeDirectory" => self.runtime_directory = Some(directory_name(&expanded()?)?),
            "RuntimeDirectoryMode" => self.runtime_directory_mode = mode(value)?,
            "WorkingDirectory" => self.working_directory = Some(expanded()?),
            "Environment" if value.is_empty() => self.environment.clear(),
            "Environment" => self.add_environment(&expanded()?)?,
            "ExecStartPre" => exec_into(&mut self.start_pre, value, specifiers)?,
            "ExecStart" => {
                let mut list = Vec::new();
                exec_into(&mut list, value, specifiers)?;
                if list.len() == 1 && self.start.is_some() {
                    self.problem = Some(
                        "Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services. \
                         Refusing."
                            .into(),
                    );
                }
                self.start = list.pop();
            }
            "SuccessExitStatus" => self.add_success(value)?,
            "TimeoutStopSec" => self.stop_timeout = time(value)?,
            "TimeoutSec" => self.stop_timeout = time(value)?,
            "Restart" => self.restart = restart(value)?,
            "RestartSec" => self.restart_after = time(value)?.unwrap_or(Duration::MAX),
            "StartLimitInterval" => self.start_limit_interval = time(value)?.unwrap_or_default(),
            "StartLimitBurst" => self.start_limit_burst = value.parse().ok()?,
            "UMask" => self.umask = mode(value)?,
            "SendSIGKILL" => self.send_sigkill = boolean(value)?,
            _ => return Some(false),
        }
        Some(true)
    }

    fn set_install(&mut self, key: &str, value: &str) -> Option<bool> {
        match key {
            "WantedBy" => self
                .wanted_by
                .extend(value.split_whitespace().map(str::to_owned)),
            _ => return Some(false),
        }
        Some(true)
    }

    fn add_environment(&mut self, value: &str) -> Option<()> {
        for word in words::split(value)? {
            let (name, value) = word.split_once('=')?;
            self.environment.retain(|(known, _)| known != name);
            self.environment.push((name.to_owned(), value.to_owned()));
        }
        Some(())
    }

    fn add_success(&mut self, value: &str) -> Option<()> {
        for word in value.split_whitespace() {
            match word.parse::<u8>() {
                Ok(code) => drop(self.success_codes.insert(code.into())),
                Err(_) => drop(self.success_signals.insert(signal_number(word)?)),
            }
        }
        Some(())
    }
}

/// Lines without comments; a backslash at the end joins the next one to it.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut joined: Option<String> = None;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) || (line.is_empty() && joined.is_none()) {
            continue;
        }
        let mut whole = joined
            .take()
            .map_or_else(String::new, |before| before + " ");
        match line.strip_suffix('\\') {
            Some(start) => {
                whole.push_str(start.trim_end());
                joined = Some(whole);
            }
            None => {
                whole.push_str(line);
                lines.push(whole);
            }
        }
    }
    lines.extend(joined);
    lines
}

/// An empty value empties the list.
fn exec_into(list: &mut Vec<Exec>, value: &str, specifiers: &Specifiers) -> Option<()> {
    if value.is_empty() {
        list.clear();
        return Some(());
    }
    let mut path = value;
    let mut may_fail = false;
    while let Some(rest) = path.strip_prefix(['-', '+', '!', '@', ':']) {
        may_fail |= path.starts_with('-');
        path = rest;
    }
    let argv = words::split(path)?
        .iter()
        .map(|word| specifiers.expand(word))
        .collect::<Result<Vec<String>, String>>()
        .ok()?;
    if !argv.first()?.starts_with('/') {
        return None;
    }
    list.push(Exec { argv, may_fail });
    Some(())
}

fn mode(value: &str) -> Option<u32> {
    let mode = u32::from_str_radix(value, 8).ok()?;
    (mode <= 0o777).then_some(mode)
}

/// One name; systemd takes several, and parts of a path.
fn directory_name(value: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (value.starts_with(|c: char| c.is_ascii_alphanumeric()) && value.chars().all(plain))
        .then(|| value.to_owned())
}

fn restart(value: &str) -> Option<Restart> {
    Some(match value {
        "no" => Restart::No,
        "on-success" => Restart::OnSuccess,
        "on-failure" => Restart::OnFailure,
        "on-abnormal" => Restart::OnAbnormal,
        "on-abort" => Restart::OnAbort,
        "always" => Restart::Always,
        _ => return None,
    })
}

fn boolean(value: &str) -> Option<bool> {
    match value {
        "1" | "yes" | "y" | "true" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "off" => Some(false),
        _ => None,
    }
}

/// `90`, `5min 20s`, `500ms`, `infinity` (which is `Some(None)`).
fn time(value: &str) -> Option<Option<Duration>> {
    if value == "infinity" {
        return Some(None);
    }
    let mut sum = Duration::ZERO;
    let mut rest = value.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "us" | "usec" => 1e-6,
            "ms" | "msec" => 1e-3,
            "" | "s" | "sec" | "second" | "seconds" => 1.0,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86400.0,
            _ => return None,
        };
        sum += Duration::try_from_secs_f64(number * unit).ok()?;
        rest = rest[letters..].trim_start();
    }
    Some(Some(sum))
}

/// `SIGTERM` or `TERM`.
pub fn signal_number(name: &str) -> Option<i32> {
    let name = name.strip_prefix("SIG").unwrap_or(name);
    SIGNALS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number)
}

/// `TERM`.
pub fn signal_name(number: i32) -> Option<&'static str> {
    SIGNALS
        .iter()
        .find(|(_, known)| *known == number)
        .map(|(name, _)| *name)
}

const SIGNALS: [(&str, i32); 18] = [
    ("HUP", libc::SIGHUP),
    ("INT", libc::SIGINT),
    ("QUIT", libc::SIGQUIT),
    ("ILL", libc::SIGILL),
    ("TRAP", libc::SIGTRAP),
    ("ABRT", libc::SIGABRT),
    ("BUS", libc::SIGBUS),
    ("FPE", libc::SIGFPE),
    ("KILL", libc::SIGKILL),
    ("USR1", libc::SIGUSR1),
    ("SEGV", libc::SIGSEGV),
    ("USR2", libc::SIGUSR2),
    ("PIPE", libc::SIGPIPE),
    ("ALRM", libc::SIGALRM),
    ("TERM", libc::SIGTERM),
    ("CONT", libc::SIGCONT),
    ("STOP", libc::SIGSTOP),
    ("TSTP", libc::SIGTSTP),
];

#[cfg(test)]
#[path = "unit_tests.rs"]
mod tests;
