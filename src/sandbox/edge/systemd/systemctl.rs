//! The command line of systemctl, as far as it is imitated; the rest is refused in words.

use super::manager::{JobError, Manager};
use super::properties;
use super::service::State;
use super::status::{cat, job_failed, list_units, status};
use super::{Call, enablement, unit};
use std::io;

/// What Ubuntu 18.04 has.
const VERSION: &str = "systemd 237\n+PAM +AUDIT +SELINUX +IMA +APPARMOR +SMACK +SYSVINIT +UTMP +LIBCRYPTSETUP +GCRYPT +GNUTLS +ACL +XZ +LZ4 +SECCOMP +BLKID +ELFUTILS +KMOD -IDN2 +IDN -PCRE2 default-hierarchy=hybrid\n";

#[derive(Default)]
struct Options {
    quiet: bool,
    no_reload: bool,
    now: bool,
    all: bool,
    no_legend: bool,
    value: bool,
    properties: Vec<String>,
    signal: Option<String>,
    words: Vec<String>,
    version: bool,
}

pub fn run(manager: &Manager, call: &mut Call) -> io::Result<i32> {
    let options = match parse(call.args) {
        Ok(options) => options,
        Err(words) => {
            writeln!(call.err, "systemctl: {words}")?;
            return Ok(1);
        }
    };
    if options.version {
        call.out.write_all(VERSION.as_bytes())?;
        return Ok(0);
    }
    let mut words = options.words.iter();
    let verb = words.next().map_or("list-units", String::as_str);
    let names: Vec<String> = words.map(|name| full_name(name)).collect();
    if !is_allowed(verb, call.uid) {
        let what = names.first().map(String::as_str).unwrap_or_default();
        writeln!(
            call.err,
            "Failed to {verb} {what}: Interactive authentication required.\nSee system logs and 'systemctl status {what}' \
             for details."
        )?;
        return Ok(1);
    }
    match verb {
        "list-units" => return list_units(manager, call, options.all, !options.no_legend),
        "daemon-reload" => {
            manager.daemon_reload();
            return Ok(0);
        }
        "daemon-reexec" => return Ok(0),
        "is-system-running" => {
            writeln!(call.out, "running")?;
            return Ok(0);
        }
        "show" => return show(manager, call, &options, &names),
        _ => {}
    }
    if names.is_empty() && verb != "reset-failed" {
        writeln!(call.err, "Too few arguments.")?;
        return Ok(1);
    }
    let names = if names.is_empty() {
        manager.names()
    } else {
        names
    };
    each(manager, call, verb, &options, &names)
}

/// The exit code of several units is the first that is not 0; `is-active` is content with one.
fn each(
    manager: &Manager,
    call: &mut Call,
    verb: &str,
    options: &Options,
    names: &[String],
) -> io::Result<i32> {
    let mut codes = Vec::new();
    for name in names {
        if !name.ends_with(".service") {
            writeln!(call.err, "The sandbox imitates services only, not {name}.")?;
            return Ok(1);
        }
        codes.push(one(manager, call, verb, options, name)?);
    }
    let any = matches!(verb, "is-active" | "is-enabled" | "is-failed");
    if any && codes.contains(&0) {
        return Ok(0);
    }
    Ok(codes.into_iter().find(|code| *code != 0).unwrap_or(0))
}

fn one(
    manager: &Manager,
    call: &mut Call,
    verb: &str,
    options: &Options,
    name: &str,
) -> io::Result<i32> {
    let active = || {
        manager.look(name, |loaded| {
            loaded.map_or(State::Dead, |l| l.service.state)
        })
    };
    let done = match verb {
        "start" => manager.start_unit(name),
        "stop" => manager.stop_unit(name),
        "restart" | "reload-or-restart" => restart(manager, name),
        "try-restart" | "condrestart" => match active() {
            State::Running => restart(manager, name),
            _ => Ok(()),
        },
        "reset-failed" => manager.reset_failed(name),
        "kill" => {
            let signal = options.signal.as_deref().unwrap_or("TERM");
            let number = signal.parse().ok().or_else(|| unit::signal_number(signal));
            let Some(number) = number.filter(|number| (1..65).contains(number)) else {
                writeln!(call.err, "Failed to parse signal string {signal}.")?;
                return Ok(1);
            };
            manager.signal_unit(name, number)
        }
        "enable" | "reenable" => return enable(manager, call, options, name),
        "disable" => return disable(manager, call, options, name),
        "is-active" | "is-failed" => {
            let state = active().names().0;
            if !options.quiet {
                writeln!(call.out, "{state}")?;
            }
            let yes = if verb == "is-active" {
                "active"
            } else {
                "failed"
            };
            return Ok(match state == yes {
                true => 0,
                false if verb == "is-active" => 3,
                false => 1,
            });
        }
        "is-enabled" => return is_enabled(manager, call, options, name),
        "status" => return status(manager, call, name),
        "cat" => return cat(manager, call, name),
        other => {
            writeln!(
                call.err,
                "Unknown operation {other}. (The sandbox imitates a part of systemctl.)"
            )?;
            return Ok(1);
        }
    };
    match done {
        Ok(()) => Ok(0),
        Err(error) => {
            let verb = if verb == "reset-failed" {
                "reset failed state of unit"
            } else {
                verb
            };
            job_failed(call, verb, name, &error)
        }
    }
}

fn restart(manager: &Manager, name: &str) -> Result<(), JobError> {
    match manager.stop_unit(name) {
        Ok(()) | Err(JobError::NotLoaded) => manager.start_unit(name),
        Err(error) => Err(error),
    }
}

fn enable(manager: &Manager, call: &mut Call, options: &Options, name: &str) -> io::Result<i32> {
    let wanted = manager.look(name, |loaded| {
        loaded.map(|l| l.service.unit.wanted_by.clone())
    });
    let Some(wanted) = wanted else {
        writeln!(
            call.err,
            "Failed to enable unit: Unit file {name} does not exist."
        )?;
        return Ok(1);
    };
    if wanted.is_empty() {
        writeln!(
            call.err,
            "The unit files have no installation config (WantedBy, RequiredBy, Also, Alias\nsettings in the [Install] section). \
             This means they are not meant to be enabled\nusing systemctl."
        )?;
        return Ok(0);
    }
    said(
        call,
        options,
        enablement::enable(manager.scratch(), name, &wanted),
    )?;
    after(manager, call, options, name, "start")
}

fn disable(manager: &Manager, call: &mut Call, options: &Options, name: &str) -> io::Result<i32> {
    if manager.look(name, |loaded| loaded.is_none())
        && !enablement::is_enabled(manager.scratch(), name)
    {
        writeln!(
            call.err,
            "Failed to disable unit: Unit file {name} does not exist."
        )?;
        return Ok(1);
    }
    said(call, options, enablement::disable(manager.scratch(), name))?;
    after(manager, call, options, name, "stop")
}

fn said(call: &mut Call, options: &Options, links: io::Result<Vec<String>>) -> io::Result<()> {
    match links {
        Ok(lines) if options.quiet => drop(lines),
        Ok(lines) => {
            for line in lines {
                writeln!(call.err, "{line}")?;
            }
        }
        Err(e) => writeln!(call.err, "Failed to change the unit's links: {e}")?,
    }
    Ok(())
}

/// The reload that follows a change of links, and what `--now` asks for.
fn after(
    manager: &Manager,
    call: &mut Call,
    options: &Options,
    name: &str,
    verb: &str,
) -> io::Result<i32> {
    if !options.no_reload {
        manager.daemon_reload();
    }
    if options.now {
        return one(manager, call, verb, options, name);
    }
    Ok(0)
}

fn is_enabled(
    manager: &Manager,
    call: &mut Call,
    options: &Options,
    name: &str,
) -> io::Result<i32> {
    let state = manager.look(name, |loaded| {
        properties::unit_file_state(manager, name, loaded)
    });
    if state.is_empty() {
        writeln!(
            call.err,
            "Failed to get unit file state for {name}: No such file or directory"
        )?;
        return Ok(1);
    }
    if !options.quiet {
        writeln!(call.out, "{state}")?;
    }
    Ok(i32::from(state == "disabled"))
}

fn show(
    manager: &Manager,
    call: &mut Call,
    options: &Options,
    names: &[String],
) -> io::Result<i32> {
    if names.is_empty() {
        writeln!(
            call.err,
            "The sandbox does not imitate the properties of the manager itself."
        )?;
        return Ok(1);
    }
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            writeln!(call.out)?;
        }
        // systemctl has an order of its own, whatever it is asked for, and is silent about what it does not know.
        let wanted = properties::ALL.into_iter().filter(|&property| {
            options.properties.is_empty() || options.properties.iter().any(|one| one == property)
        });
        let mut text = String::new();
        manager.look(name, |loaded| {
            for property in wanted {
                if let Some(value) = properties::value(manager, name, loaded, property) {
                    if options.value {
                        text += &format!("{value}\n");
                    } else {
                        text += &format!("{property}={value}\n");
                    }
                }
            }
        });
        call.out.write_all(text.as_bytes())?;
    }
    Ok(0)
}

/// Reading is for everybody, changing for root.
fn is_allowed(verb: &str, uid: u32) -> bool {
    let reads = [
        "list-units",
        "show",
        "status",
        "cat",
        "is-active",
        "is-enabled",
        "is-failed",
        "is-system-running",
    ];
    uid == 0 || reads.contains(&verb)
}

fn full_name(name: &str) -> String {
    if name.contains('.') {
        name.to_owned()
    } else {
        format!("{name}.service")
    }
}

fn parse(args: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = |given: Option<&str>| {
            given
                .map(str::to_owned)
                .or_else(|| args.next().cloned())
                .ok_or_else(|| format!("option requires an argument -- '{arg}'"))
        };
        match arg.as_str() {
            "-q" | "--quiet" => options.quiet = true,
            "--no-reload" => options.no_reload = true,
            "--now" => options.now = true,
            "-a" | "--all" => options.all = true,
            "--no-legend" => options.no_legend = true,
            "--value" => options.value = true,
            "--version" => options.version = true,
            "-f" | "--force" | "-l" | "--full" | "--no-pager" | "--no-ask-password"
            | "--system" => {}
            "-n" | "--lines" | "-o" | "--output" | "-t" | "--type" | "--state" => {
                drop(value(None)?)
            }
            "-p" | "--property" => options.properties.extend(list(&value(None)?)),
            "-s" | "--signal" => options.signal = Some(value(None)?),
            "--" => {
                options.words.extend(args.by_ref().cloned());
            }
            other => match other.split_once('=') {
                Some(("--property", names)) => options.properties.extend(list(names)),
                Some(("--signal", name)) => options.signal = Some(name.to_owned()),
                Some(("--type" | "--state" | "--lines" | "--output" | "--kill-who", _)) => {}
                _ if other.starts_with("-p") => options.properties.extend(list(&other[2..])),
                _ if other.starts_with('-') => {
                    return Err(format!("unrecognized option '{other}'"));
                }
                _ => options.words.push(other.to_owned()),
            },
        }
    }
    Ok(options)
}

fn list(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}
