//! What `systemctl show` says of a unit: names and forms of systemd 237.

use super::clock;
use super::enablement;
use super::manager::{Loaded, Manager};
use super::service::{Ended, Stamp, State};
use super::unit::Restart;

/// All that is known here, in the order in which `show` without `-p` prints it.
pub const ALL: [&str; 44] = [
    "Type",
    "Restart",
    "NotifyAccess",
    "RestartUSec",
    "TimeoutStartUSec",
    "TimeoutStopUSec",
    "MainPID",
    "ControlPID",
    "Result",
    "UID",
    "NRestarts",
    "ExecMainStartTimestamp",
    "ExecMainStartTimestampMonotonic",
    "ExecMainPID",
    "ExecMainCode",
    "ExecMainStatus",
    "ControlGroup",
    "Environment",
    "UMask",
    "User",
    "Group",
    "KillMode",
    "SendSIGKILL",
    "Id",
    "Names",
    "Description",
    "LoadState",
    "ActiveState",
    "SubState",
    "FragmentPath",
    "UnitFileState",
    "UnitFilePreset",
    "StateChangeTimestamp",
    "InactiveExitTimestamp",
    "InactiveExitTimestampMonotonic",
    "ActiveEnterTimestamp",
    "ActiveEnterTimestampMonotonic",
    "ActiveExitTimestamp",
    "InactiveEnterTimestamp",
    "NeedDaemonReload",
    "StartLimitIntervalUSec",
    "StartLimitBurst",
    "InvocationID",
    "LoadError",
];

/// The value of one property; `None`: systemd 237 has it or not, it is not imitated.
pub fn value(
    manager: &Manager,
    name: &str,
    loaded: Option<&Loaded>,
    property: &str,
) -> Option<String> {
    match property {
        "Id" | "Names" => return Some(name.to_owned()),
        "UnitFileState" => return Some(unit_file_state(manager, name, loaded)),
        _ => {}
    }
    let Some(loaded) = loaded else {
        return absent(name, property);
    };
    about_process(loaded, property)
        .or_else(|| about_settings(loaded, property))
        .or_else(|| about_state(manager, name, loaded, property))
}

/// Of a unit that has no file.
fn absent(name: &str, property: &str) -> Option<String> {
    let text = match property {
        "LoadState" => "not-found",
        "ActiveState" => "inactive",
        "SubState" => "dead",
        "Description" => name,
        "Result" => "success",
        "MainPID" | "ControlPID" | "NRestarts" | "ExecMainPID" | "ExecMainCode"
        | "ExecMainStatus" => "0",
        "NeedDaemonReload" => "no",
        "LoadError" => "org.freedesktop.systemd1.NoSuchUnit \"Unit not found.\"",
        other if other.ends_with("Monotonic") => "0",
        other if ALL.contains(&other) => "",
        _ => return None,
    };
    Some(text.to_owned())
}

fn about_process(loaded: &Loaded, property: &str) -> Option<String> {
    let service = &loaded.service;
    let pid = loaded.process.as_ref().map_or(0, |process| process.pid());
    let main = !matches!(service.state, State::StartPre(_));
    let (code, status) = match service.last {
        None => (0, 0),
        // CLD_EXITED, CLD_KILLED, CLD_DUMPED
        Some(Ended::Code(code)) => (1, code),
        Some(Ended::Signal { number, core }) => (if core { 3 } else { 2 }, number),
    };
    // A process that runs has not ended yet, whatever the one before did.
    let runs = main && pid != 0;
    Some(match property {
        "MainPID" => (if main { pid } else { 0 }).to_string(),
        "ControlPID" => (if main { 0 } else { pid }).to_string(),
        "ExecMainPID" => pid.to_string(),
        "ExecMainCode" => (if runs { 0 } else { code }).to_string(),
        "ExecMainStatus" => (if runs { 0 } else { status }).to_string(),
        "ExecMainStartTimestamp" => clock::stamp(&loaded.main_started),
        "ExecMainStartTimestampMonotonic" => micros(&loaded.main_started),
        _ => return None,
    })
}

fn about_settings(loaded: &Loaded, property: &str) -> Option<String> {
    let unit = &loaded.service.unit;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Some(match property {
        "Type" => "simple".into(),
        "NotifyAccess" => "none".into(),
        "KillMode" => "control-group".into(),
        "SendSIGKILL" => yes(unit.send_sigkill),
        "Restart" => match unit.restart {
            Restart::No => "no",
            Restart::OnSuccess => "on-success",
            Restart::OnFailure => "on-failure",
            Restart::OnAbnormal => "on-abnormal",
            Restart::OnAbort => "on-abort",
            Restart::Always => "always",
        }
        .into(),
        "RestartUSec" => span(unit.restart_after),
        "TimeoutStartUSec" => "1min 30s".into(),
        "TimeoutStopUSec" => unit.stop_timeout.map_or("infinity".into(), span),
        "StartLimitIntervalUSec" => span(unit.start_limit_interval),
        "StartLimitBurst" => unit.start_limit_burst.to_string(),
        "UMask" => format!("{:04o}", unit.umask),
        "User" => text(&unit.user),
        "Group" => text(&unit.group),
        "Environment" => unit
            .environment
            .iter()
            .map(|(key, value)| quoted(&format!("{key}={value}")))
            .collect::<Vec<_>>()
            .join(" "),
        _ => return None,
    })
}

fn about_state(manager: &Manager, name: &str, loaded: &Loaded, property: &str) -> Option<String> {
    let service = &loaded.service;
    let (active, sub) = service.state.names();
    Some(match property {
        "LoadState" if loaded.text.is_none() => "not-found".into(),
        "LoadState" if service.unit.problem.is_some() => "bad-setting".into(),
        "LoadState" => "loaded".into(),
        "LoadError" => service.unit.problem.clone().unwrap_or_default(),
        "ActiveState" => active.into(),
        "SubState" => sub.into(),
        "Result" => service.outcome.name().into(),
        "NRestarts" => service.restarts.to_string(),
        "InvocationID" => service.invocation.clone(),
        "Description" => service.title().to_owned(),
        "FragmentPath" => format!("{}/{name}", enablement::UNITS),
        "UnitFilePreset" => "enabled".into(),
        "ControlGroup" if loaded.process.is_some() => control_group(name),
        "ControlGroup" | "UID" => String::new(),
        "StateChangeTimestamp" => clock::stamp(&service.state_change),
        "InactiveExitTimestamp" => clock::stamp(&service.inactive_exit),
        "InactiveExitTimestampMonotonic" => micros(&service.inactive_exit),
        "ActiveEnterTimestamp" => clock::stamp(&service.active_enter),
        "ActiveEnterTimestampMonotonic" => micros(&service.active_enter),
        "ActiveExitTimestamp" => clock::stamp(&service.active_exit),
        "InactiveEnterTimestamp" => clock::stamp(&service.inactive_enter),
        "NeedDaemonReload" => yes(manager.shared.text(name) != loaded.text),
        _ => return None,
    })
}

/// `/system.slice/NAME`: where systemd puts a service's processes.
pub fn control_group(name: &str) -> String {
    format!("/system.slice/{name}")
}

pub fn unit_file_state(manager: &Manager, name: &str, loaded: Option<&Loaded>) -> String {
    if enablement::is_enabled(manager.scratch(), name) {
        return "enabled".into();
    }
    match loaded {
        Some(loaded) if !loaded.service.unit.wanted_by.is_empty() => "disabled".into(),
        Some(_) => "static".into(),
        None => String::new(),
    }
}

fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.into()
}

fn micros(stamp: &Stamp) -> String {
    stamp.since_boot.as_micros().to_string()
}

/// `1min 15s`, as systemd writes a time span.
fn span(time: std::time::Duration) -> String {
    if time == std::time::Duration::MAX {
        return "infinity".into();
    }
    let (seconds, millis) = (time.as_secs(), time.subsec_millis());
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
        (millis.into(), "ms"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if words.is_empty() {
        "0".into()
    } else {
        words.join(" ")
    }
}

fn quoted(word: &str) -> String {
    if word.contains(char::is_whitespace) {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn spans_as_systemd_writes_them() {
        assert_eq!(span(Duration::from_secs(75)), "1min 15s");
        assert_eq!(span(Duration::from_millis(30_250)), "30s 250ms");
        assert_eq!(span(Duration::ZERO), "0");
        assert_eq!(quoted("A=b c"), "\"A=b c\"");
    }
}
